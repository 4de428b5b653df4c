"""Ways from one token to another through the pools of a deployment.

A route is one leg of a harvest: pools of one exchange in a row, as a listed adapter takes them.
Single pools and two pools in a row through one token between are tried; a token between must be a
token of the deployment, since pools with strangers' tokens are never a keeper's business.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

from vaultsdk.core.deployment import Deployment, PoolRef
from vaultsdk.core.model import Address, Frozen, address_to_int

MILLION: Final = 1_000_000  # pool fees are in parts of it
_V2_FEE: Final = 3000  # Uniswap V2 has this one and no other


class Route(Frozen):
    """Pools of one exchange in a row. `tokens` has one more item than `fees` (parts per million)
    and `pools` (addresses)."""

    kind: Literal["uniswap_v2", "uniswap_v3"]
    tokens: tuple[Address, ...]
    fees: tuple[int, ...]
    pools: tuple[Address, ...]

    @property
    def data(self) -> bytes:
        """The path as the exchange's adapter reads it: for V3 it is the router's own packed path,
        for V2 the addresses one after another."""
        parts = [_bytes(self.tokens[0])]
        for token, fee in zip(self.tokens[1:], self.fees, strict=True):
            if self.kind == "uniswap_v3":
                parts.append(fee.to_bytes(3, "big"))
            parts.append(_bytes(token))
        return b"".join(parts)

    @property
    def kept(self) -> int:
        """What the pools' fees leave of an input, in parts of 10**18, rounded down."""
        rest = 10**18
        for fee in self.fees:
            rest = rest * (MILLION - fee) // MILLION
        return rest

    def describe(self, symbols: dict[str, str] | None = None) -> str:
        """`WETH -0.05%-> wstETH (v3)`. `symbols` by address."""
        names = [(symbols or {}).get(token, token[:8]) for token in self.tokens]
        text = names[0]
        for name, fee in zip(names[1:], self.fees, strict=True):
            text += f" -{fee / 10_000:g}%-> {name}"
        return f"{text} ({self.kind[-2:]})"


def routes(deployment: Deployment, token_in: str, token_out: str) -> tuple[Route, ...]:
    """All single pools and all pairs of pools from one token to the other, shortest first.

    Only exchanges whose adapter the deployment names are used. Empty when there is no way.
    """
    known = {asset.address for asset in deployment.assets} | {deployment.quote.address}
    found: list[Route] = []
    for kind in ("uniswap_v3", "uniswap_v2"):
        if getattr(deployment.adapters, kind) is None:
            continue
        pools = [pool for pool in deployment.pools if pool.kind == kind]
        for first in _at(pools, token_in):
            middle = _other(first, token_in)
            if middle == token_out:
                found.append(_route(token_in, (first,)))
                continue
            if middle not in known:
                continue
            for second in _at(pools, middle):
                if second is not first and _other(second, middle) == token_out:
                    found.append(_route(token_in, (first, second)))
    # Sorted by nothing that a file's order could change: the same pools give the same choice.
    return tuple(sorted(found, key=lambda route: (len(route.pools), route.kind, route.pools)))


def _at(pools: Iterable[PoolRef], token: str) -> list[PoolRef]:
    return [pool for pool in pools if token in (pool.token0, pool.token1)]


def _other(pool: PoolRef, token: str) -> str:
    return pool.token1 if token == pool.token0 else pool.token0


def _route(token_in: str, pools: tuple[PoolRef, ...]) -> Route:
    tokens = [token_in]
    for pool in pools:
        tokens.append(_other(pool, tokens[-1]))
    return Route(
        kind=pools[0].kind,
        tokens=tuple(tokens),
        fees=tuple(_V2_FEE if pool.kind == "uniswap_v2" else pool.fee for pool in pools),
        pools=tuple(pool.address for pool in pools),
    )


def _bytes(address: str) -> bytes:
    return address_to_int(address).to_bytes(20, "big")
