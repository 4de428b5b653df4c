"""Legs as they would run: one after the other, each quoted on what the ones before it left."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Final, NamedTuple

from vaultsdk.core.pools import V2Pool, V3Pool
from vaultsdk.market.pools import QuoteError, apply, marginal, quote
from vaultsdk.market.route import Route
from vaultsdk.market.routing.groups import Path

WAD: Final = 10**18

Pools = Mapping[str, V2Pool | V3Pool]
"""Pools by address."""


class Way(NamedTuple):
    """One leg's pools with the tokens between them: one more token than pools."""

    path: Path
    tokens: tuple[str, ...]


class Run(NamedTuple):
    """What the legs bring, in their order, and the pools afterwards (those that changed)."""

    outs: tuple[int, ...]
    after: Pools

    @property
    def out(self) -> int:
        """Units received in all."""
        return sum(self.outs)


def run(pools: Pools, legs: Iterable[tuple[Way, int]]) -> Run | None:
    """The legs quoted one after the other; None where one would fail: a pool that takes a part
    only, gives nothing, or ends. Legs of nothing are skipped, as the vault skips them."""
    now: dict[str, V2Pool | V3Pool] = {}
    outs = []
    for way, amount in legs:
        if not amount:
            outs.append(0)
            continue
        for address, token in zip(way.path, way.tokens[:-1], strict=True):
            pool = now.get(address) or pools[address]
            try:
                found = quote(pool, token, amount)
                if found.partial or not found.amount_out:
                    return None
                now[address] = apply(pool, found)  # type: ignore[type-var]  # either is right
            except QuoteError:
                return None
            amount = found.amount_out
        outs.append(amount)
    return Run(tuple(outs), now)


def price_of(pools: Pools, way: Way, *, with_fee: bool = True) -> Fraction:
    """Units out for the next unit in along a way, exactly."""
    rate = Fraction(1)
    for address, token in zip(way.path, way.tokens[:-1], strict=True):
        rate *= marginal(pools[address], token, with_fee=with_fee)
    return rate


def route_of(pools: Pools, way: Way) -> Route:
    """The way as a leg's route, with the data that its exchange's adapter reads."""
    used = [pools[address] for address in way.path]
    return Route(
        kind=used[0].kind,
        tokens=way.tokens,
        fees=tuple(pool.fee for pool in used),
        pools=way.path,
    )


def shares_of(amounts: Sequence[int], total: int) -> tuple[int, ...]:
    """Parts of 1e18 for amounts that add up to the total; they add up to 1e18.

    A sale of at most 1e18 units is divided to the unit. A larger one cannot be: each leg then gets
    less by up to total / 1e18 units, as one that empties its pool must not get more, and the last
    one gets these too.
    """
    up = total - 1 if total <= WAD else 0
    shares = [(amount * WAD + up) // total for amount in amounts[:-1]]
    # Several roundings up can come to more than one when the last leg has next to nothing.
    while sum(shares) > WAD:
        shares[shares.index(max(shares))] -= 1
    return (*shares, WAD - sum(shares))


def amounts_of(shares: Sequence[int], total: int) -> tuple[int, ...]:
    """What the vault gives each leg of a sale of `total` units."""
    parts = [total * share // WAD for share in shares[:-1]]
    return (*parts, total - sum(parts))
