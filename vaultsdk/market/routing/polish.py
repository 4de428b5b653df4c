"""The last units: moving amounts between legs as long as the quotes themselves get better.

What the clearing price says is right to a few parts in a million; the pools round, and a V2 pair
that two legs share gives a little less to the second (the first one's fee stays in its reserves, so
that it moves the price). Both are seen only in quotes, so here nothing else counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import permutations
from typing import Final

from vaultsdk.market.routing.sale import Pools, Way, run

Legs = tuple[tuple[Way, int], ...]

_FIRST: Final = 64  # the first move is this part of the sale
_LAST: Final = 1 << 26  # moves smaller than this part of it are lost in the pools' roundings
_FACTOR: Final = 4
_ROUNDS: Final = 60


def ordered(pools: Pools, legs: Legs) -> tuple[Legs, int] | None:
    """The order that brings most, and how much: it matters only where legs share pools. None where
    none runs."""
    orders = permutations(legs) if _shared(way for way, _ in legs) else iter([legs])
    best: tuple[Legs, int] | None = None
    for order in orders:
        done = run(pools, order)
        if done is not None and (best is None or done.out > best[1]):
            best = order, done.out
    return best


def polished(pools: Pools, legs: Legs, total: int) -> tuple[Legs, int] | None:
    """The legs with amounts that no move between two of them makes better, and what they bring;
    None where the legs do not run and no small move makes them."""
    ways = [way for way, _ in legs]
    amounts = [amount for _, amount in legs]
    bring = _bringing(pools, ways)
    best = bring(amounts)
    size = max(1, total // _FIRST)
    rounds = 0
    while True:
        moved = False
        for source, target in permutations(range(len(ways)), 2):
            if not amounts[source]:
                continue
            part = min(size, amounts[source])
            tried = list(amounts)
            tried[source] -= part
            tried[target] += part
            found = bring(tried)
            if found is not None and (best is None or found > best):
                amounts, best, moved = tried, found, True
        rounds += 1
        if moved and rounds < _ROUNDS:
            continue
        if size <= max(1, total // _LAST) or rounds >= _ROUNDS:
            break
        size = max(1, size // _FACTOR)
    return None if best is None else (tuple(zip(ways, amounts, strict=True)), best)


def _bringing(pools: Pools, ways: Sequence[Way]) -> Callable[[Sequence[int]], int | None]:
    """Units out for the legs' amounts, None where a leg does not run. Legs without a common pool
    do not touch each other, so that only those whose amounts changed are quoted again."""
    if _shared(ways):

        def together(amounts: Sequence[int]) -> int | None:
            done = run(pools, zip(ways, amounts, strict=True))
            return None if done is None else done.out

        return together

    known: dict[tuple[int, int], int | None] = {}

    def apart(amounts: Sequence[int]) -> int | None:
        total = 0
        for place, amount in enumerate(amounts):
            if (place, amount) not in known:
                done = run(pools, [(ways[place], amount)])
                known[place, amount] = None if done is None else done.out
            found = known[place, amount]
            if found is None:
                return None
            total += found
        return total

    return apart


def _shared(ways: Iterable[Way]) -> bool:
    places = [address for way in ways for address in way.path]
    return len(set(places)) < len(places)


def without_nothing(legs: Sequence[tuple[Way, int]]) -> Legs:
    """The legs that sell something."""
    return tuple((way, amount) for way, amount in legs if amount)
