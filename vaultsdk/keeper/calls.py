"""Call data and answers of what the keeper calls: the vault, the lens, the quoter. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from vaultsdk.core.model import Frozen
from vaultsdk.market.route import Route

_WORD: Final = 32


class Leg(Frozen):
    """One swap of a harvest: adapter, share of the units sold (parts of 1e18), the path."""

    adapter: str
    share: int
    data: bytes


class HarvestCall(Frozen):
    """The arguments of the vault's `harvest`, in its order."""

    keys: tuple[int, ...]
    to_asset: int
    legs: tuple[Leg, ...]
    min_rate: int
    min_sold: int
    fee_bps: int
    deadline: int

    def encode(self) -> bytes:
        """Selector and arguments."""
        return _selector(
            "harvest(uint256[],uint256,(address,uint256,bytes)[],uint256,uint256,uint256,uint256)"
        ) + encode(
            (
                "uint256[]",
                "uint256",
                "(address,uint256,bytes)[]",
                "uint256",
                "uint256",
                "uint256",
                "uint256",
            ),
            (
                self.keys,
                self.to_asset,
                [(leg.adapter, leg.share, leg.data) for leg in self.legs],
                self.min_rate,
                self.min_sold,
                self.fee_bps,
                self.deadline,
            ),
        )


# ---------------------------------------------------------------- vault and lens
def vault_state(vault: str) -> bytes:
    """LotLens.vault_state."""
    return _call("vault_state(address)", ("address",), (vault,))


def assets_page(vault: str) -> bytes:
    """LotLens.assets_page."""
    return _call("assets_page(address)", ("address",), (vault,))


def cohorts_by_key(vault: str, keys: Sequence[int]) -> bytes:
    """LotLens.cohorts_by_key; at most 500 keys."""
    return _call("cohorts_by_key(address,uint256[])", ("address", "uint256[]"), (vault, keys))


def roles(account: str) -> bytes:
    """LotVault.roles."""
    return _call("roles(address)", ("address",), (account,))


def adapters(adapter: str) -> bytes:
    """LotVault.adapters: is it listed?"""
    return _call("adapters(address)", ("address",), (adapter,))


# ---------------------------------------------------------------- quotes
def quote(route: Route, amount_in: int) -> bytes:
    """What the first word of the quoter's answer (V3) or the last one (V2) tells: units out."""
    if route.kind == "uniswap_v3":
        return _call(
            "quoteExactInput(bytes,uint256)", ("bytes", "uint256"), (route.data, amount_in)
        )
    return _call(
        "getAmountsOut(uint256,address[])",
        ("uint256", "address[]"),
        (amount_in, list(route.tokens)),
    )


def quoted(route: Route, answer: bytes) -> int:
    """Units out from the answer to `quote`; 0 when there is none."""
    found = words(answer)
    if not found:
        return 0
    return found[0] if route.kind == "uniswap_v3" else found[-1]


# ---------------------------------------------------------------- words
def words(answer: bytes) -> list[int]:
    """The 32-byte words of an answer."""
    return [int.from_bytes(answer[i : i + _WORD]) for i in range(0, len(answer), _WORD)]


def array(answer: bytes) -> list[int]:
    """The words of an answer that is one dynamic array: behind its offset and length."""
    found = words(answer)
    return found[2 : 2 + found[1]] if len(found) > 1 else []


def _call(signature: str, types: tuple[str, ...], values: tuple[Any, ...]) -> bytes:
    return _selector(signature) + encode(types, values)


_selectors: dict[str, bytes] = {}


def _selector(signature: str) -> bytes:
    if signature not in _selectors:
        _selectors[signature] = keccak(text=signature)[:4]
    return _selectors[signature]
