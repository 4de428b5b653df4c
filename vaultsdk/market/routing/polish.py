"""The last units: moving amounts between legs as long as the quotes themselves get better.

What the clearing price says is right to a few parts in a million; the pools round, and a V2 pair
that two legs share gives a little less to the second (the first one's fee stays in its reserves, so
that it moves the price). Both are seen only in quotes, so here nothing else counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from typing import Final

from vaultsdk.market.routing.sale import Pools, Run, Way, run

Legs = tuple[tuple[Way, int], ...]

_FIRST: Final = 64  # the first move is this part of the sale
_LAST: Final = 1 << 26  # moves smaller than this part of it are lost in the pools' roundings
_FACTOR: Final = 4
_ROUNDS: Final = 60


def ordered(pools: Pools, legs: Legs) -> tuple[Legs, Run] | None:
    """The order that brings most: it matters only where legs share pools. None where none runs."""
    places = [address for way, _ in legs for address in way.path]
    orders = permutations(legs) if len(set(places)) < len(places) else iter([legs])
    best: tuple[Legs, Run] | None = None
    for order in orders:
        done = run(pools, order)
        if done is not None and (best is None or done.out > best[1].out):
            best = order, done
    return best


def polished(pools: Pools, legs: Legs, total: int) -> tuple[Legs, Run] | None:
    """The legs with amounts that no move between two of them makes better; None where the legs do
    not run and no small move makes them."""
    ways = [way for way, _ in legs]
    amounts = [amount for _, amount in legs]
    best = run(pools, legs)
    size = max(1, total // _FIRST)
    rounds = 0
    while True:
        moved = False
        for source in range(len(ways)):
            for target in range(len(ways)):
                if source == target or not amounts[source]:
                    continue
                part = min(size, amounts[source])
                tried = list(amounts)
                tried[source] -= part
                tried[target] += part
                done = run(pools, zip(ways, tried, strict=True))
                if done is not None and (best is None or done.out > best.out):
                    amounts, best, moved = tried, done, True
        rounds += 1
        if moved and rounds < _ROUNDS:
            continue
        if size <= max(1, total // _LAST) or rounds >= _ROUNDS:
            break
        size = max(1, size // _FACTOR)
    if best is None:
        return None
    return tuple(zip(ways, amounts, strict=True)), best


def without_nothing(legs: Sequence[tuple[Way, int]]) -> Legs:
    """The legs that sell something."""
    return tuple((way, amount) for way, amount in legs if amount)
