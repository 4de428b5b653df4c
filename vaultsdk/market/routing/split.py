"""One sale over several pools and one-hop paths: `split`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import combinations
from typing import Final, NamedTuple

from vaultsdk.core.model import checksum
from vaultsdk.core.pools import Pool, V2Pool, V3Pool
from vaultsdk.market.route import Route
from vaultsdk.market.routing import polish
from vaultsdk.market.routing.choose import best_sets
from vaultsdk.market.routing.clearing import legs as cleared_legs
from vaultsdk.market.routing.depth import Depth, depth_of
from vaultsdk.market.routing.errors import RoutingError
from vaultsdk.market.routing.groups import Group, Path, Single, Through
from vaultsdk.market.routing.ladder import LOWEST
from vaultsdk.market.routing.sale import (
    WAD,
    Pools,
    Way,
    amounts_of,
    price_of,
    route_of,
    run,
    shares_of,
)

MAX_LEGS: Final = 4  # what the vault's harvest and sell take


class Leg(NamedTuple):
    """One leg of a split: its route, its share of the sale (parts of 1e18; the last leg takes the
    rest), and what that gives and brings in smallest units.

    `price_before` and `price_after` are units out for the next unit in, fees included, before
    and after the whole sale; `spot` is the former without fees.
    """

    route: Route
    share: int
    amount_in: int
    amount_out: int
    spot: Fraction
    price_before: Fraction
    price_after: Fraction


class Split(NamedTuple):
    """A sale as the vault would carry it out: legs in their order, quoted one after the other.

    Amounts in smallest units. `swap_cost` is what each swap after the first costs, in units
    received; `single` is what the best single path brings of the same sale, None where none takes
    all of it.
    """

    amount_in: int
    amount_out: int
    legs: tuple[Leg, ...]
    swap_cost: int
    single: int | None

    @property
    def swaps(self) -> int:
        """Pools that the legs go through."""
        return sum(len(leg.route.pools) for leg in self.legs)

    @property
    def net(self) -> int:
        """Units out less what the further swaps cost: what was maximised."""
        return self.amount_out - self.swap_cost * (self.swaps - 1)


def split(
    pools: Iterable[Pool],
    token_in: str,
    token_out: str,
    amount: int,
    *,
    max_legs: int = MAX_LEGS,
    swap_cost: int = 0,
    through: Iterable[str] | None = None,
) -> Split:
    """The split of a sale over these pools that brings most, net of gas.

    `amount` in smallest units; `swap_cost` in units received, for every swap after the first;
    `through`: tokens that may lie between (all that the pools have, when left out). Only Uniswap
    pools are used, as there are adapters for no others. The same pools give the same split, in
    whatever order they come. It is within a few parts in a million of the best (docs/routing.md),
    and never brings less, net, than the best single path. Raises RoutingError for a size, a number
    of legs or a cost that makes no sense, and where the pools cannot take the sale.
    """
    sold, wanted = checksum(token_in), checksum(token_out)
    _check(sold, wanted, amount, max_legs, swap_cost)
    usable = {one.address: one for one in pools if isinstance(one, V2Pool | V3Pool)}
    between = None if through is None else frozenset(checksum(token) for token in through)
    groups, ways = _groups(usable, sold, wanted, between, max_legs)
    if not groups:
        raise RoutingError(
            f"no pool, and no two pools in a row, lead from {sold} to {wanted}: load others",
            name="no route",
        )
    found: list[_Candidate] = []
    for way in ways.values():
        _add(found, usable, ((way, amount),), amount, swap_cost)
    single = max((one.out for one in found), default=None)
    for chosen in best_sets(groups, amount, max_legs, swap_cost):
        parts = [(ways[path], part) for path, part in cleared_legs(chosen, amount)]
        _improve(found, usable, polish.without_nothing(parts), amount, swap_cost)
    for group in groups:
        if group.legs <= max_legs and group.most and group.most.amount_in < amount:
            _overfill(found, usable, ways, group, amount, swap_cost)
    if not found:
        raise RoutingError(
            f"the pools cannot take {amount} units of {sold} in {max_legs} legs: sell less, or "
            "load more of their ticks",
            name="too large",
            value=amount,
        )
    best = min(found, key=lambda one: (-one.net, len(one.legs), _names(one.legs)))
    return _told(usable, best, amount, swap_cost, single)


class _Candidate(NamedTuple):
    legs: polish.Legs
    shares: tuple[int, ...]
    out: int
    net: int


def _add(
    found: list[_Candidate], pools: Pools, legs: polish.Legs, amount: int, swap_cost: int
) -> None:
    """Quote the legs as the vault would run them, shares and all, and keep them if they run.

    The last leg takes what the shares leave over, which one that empties its pool cannot: where
    the legs do not run in their order, each is tried as the last one.
    """
    orders = [legs]
    orders += [(*legs[:place], *legs[place + 1 :], legs[place]) for place in range(len(legs) - 1)]
    for order in orders:
        shares = shares_of([part for _, part in order], amount)
        amounts = amounts_of(shares, amount)
        # A leg whose share comes to nothing is left out, also if it is the last: the one before it
        # then takes the rest, which is what it had.
        kept = [place for place, part in enumerate(amounts) if part]
        real = tuple((order[place][0], amounts[place]) for place in kept)
        parts = [shares[place] for place in kept[:-1]]
        done = run(pools, real)
        if done is not None:
            swaps = sum(len(way.path) for way, _ in real)
            net = done.out - swap_cost * (swaps - 1)
            found.append(_Candidate(real, (*parts, WAD - sum(parts)), done.out, net))
            return


def _improve(
    found: list[_Candidate], pools: Pools, legs: polish.Legs, amount: int, swap_cost: int
) -> None:
    """A set's legs, polished and in the order that brings most."""
    if not legs:
        return
    better = polish.polished(pools, legs, amount)
    if better is None:
        return
    in_order = polish.ordered(pools, polish.without_nothing(better[0]))
    kept = in_order[0] if in_order else better[0]
    if in_order and in_order[1] > better[1]:
        again = polish.polished(pools, kept, amount)
        kept = again[0] if again else kept
    _add(found, pools, polish.without_nothing(kept), amount, swap_cost)


def _overfill(
    found: list[_Candidate],
    pools: Pools,
    ways: Mapping[Path, Way],
    group: Group,
    amount: int,
    swap_cost: int,
) -> None:
    """More than a group takes at any price: where a second pool ends, a first one may still take
    the rest for next to nothing, so that the sale as a whole is possible. No price finds that."""
    legs = [(ways[path], part) for path, part in group.paths(LOWEST)]
    rest = amount - sum(part for _, part in legs)
    for place, (way, part) in enumerate(legs if len(legs) > 1 else []):
        tried = (*legs[:place], (way, part + rest), *legs[place + 1 :])
        _improve(found, pools, tried, amount, swap_cost)


def _names(legs: polish.Legs) -> list[tuple[str, ...]]:
    return [way.path for way, _ in legs]


def _told(pools: Pools, best: _Candidate, amount: int, swap_cost: int, single: int | None) -> Split:
    done = run(pools, best.legs)
    assert done is not None
    after = {**pools, **done.after}
    told = tuple(
        Leg(
            route=route_of(pools, way),
            share=share,
            amount_in=part,
            amount_out=out,
            spot=price_of(pools, way, with_fee=False),
            price_before=price_of(pools, way),
            price_after=price_of(after, way),
        )
        for (way, part), share, out in zip(best.legs, best.shares, done.outs, strict=True)
    )
    return Split(amount, done.out, told, swap_cost, single)


def _check(sold: str, wanted: str, amount: int, max_legs: int, swap_cost: int) -> None:
    if sold == wanted:
        raise RoutingError(f"{sold} is to be sold for itself: name two tokens", name="token")
    if amount <= 0:
        raise RoutingError(
            f"{amount} units cannot be sold: give a size above 0",
            name="amount",
            limit=1,
            value=amount,
        )
    if not 1 <= max_legs <= MAX_LEGS:
        raise RoutingError(
            f"{max_legs} legs: the vault takes 1 to {MAX_LEGS}",
            name="max_legs",
            limit=MAX_LEGS,
            value=max_legs,
        )
    if swap_cost < 0:
        raise RoutingError(
            f"a swap cannot cost {swap_cost} units: give 0 or more",
            name="swap_cost",
            limit=0,
            value=swap_cost,
        )


def _groups(
    pools: Pools, sold: str, wanted: str, between: frozenset[str] | None, max_legs: int
) -> tuple[list[Group], dict[tuple[str, ...], Way]]:
    """All groups, and all paths by their pools."""
    groups: list[Group] = []
    ways: dict[tuple[str, ...], Way] = {}
    firsts: dict[tuple[str, str], list[Depth]] = {}  # by token between and exchange
    seconds: dict[tuple[str, str], list[Depth]] = {}
    for address in sorted(pools):
        pool = pools[address]
        tokens = set(pool.tokens)
        if tokens == {sold, wanted}:
            groups.append(Single(depth_of(pool, sold)))
            ways[address,] = Way((address,), (sold, wanted))
        elif sold in tokens:
            (middle,) = tokens - {sold}
            if between is None or middle in between:
                firsts.setdefault((middle, pool.kind), []).append(depth_of(pool, sold))
        elif wanted in tokens:
            (middle,) = tokens - {wanted}
            if between is None or middle in between:
                seconds.setdefault((middle, pool.kind), []).append(depth_of(pool, middle))
    for key in sorted(firsts.keys() & seconds.keys()):
        for some in _some(firsts[key], max_legs):
            for others in _some(seconds[key], max_legs + 1 - len(some)):
                groups.append(Through(some, others))
        for first in firsts[key]:
            for second in seconds[key]:
                path = (first.pool.address, second.pool.address)
                ways[path] = Way(path, (sold, key[0], wanted))
    return groups, ways


def _some(items: Sequence[Depth], most: int) -> Iterable[tuple[Depth, ...]]:
    for count in range(1, min(most, len(items)) + 1):
        yield from combinations(items, count)


def swap_cost_in(usd: int, price_out: int, scale_out: int) -> int:
    """USD wad in smallest units of the token received, rounded up; `price_out` in USD wad per
    whole token of `scale_out` units. Raises RoutingError for a price that is none."""
    if price_out <= 0:
        raise RoutingError(
            f"a price of {price_out} is no price: give USD wad above 0",
            name="price_out",
            limit=0,
            value=price_out,
        )
    return -(-usd * scale_out // price_out)
