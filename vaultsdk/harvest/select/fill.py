"""A first plan for any number of cohorts: fill one harvest after the other from sorted lists.

Impact is shared, so what decides is a cohort's profit at the marginal price of the pools: its own
benefit less what its units lose there, less its gas. Lists are sorted by it, in whole (where the
places in a harvest are what is short) and per unit (where the pools' depth, the floor or the bucket
is), and once by floor, strictest first, since the first harvest gets the best price. A harvest is
filled from the head of each list; where a floor was in the way, again with only those whose own
floor is lower, for each of the few thresholds there. The most valuable of these is kept.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from typing import Final, NamedTuple

from vaultsdk.core.decision import Reason
from vaultsdk.core.policy import BPS
from vaultsdk.harvest.select.block import Block, joined
from vaultsdk.harvest.select.pricing import Priced, Pricer

WINDOW: Final = 512  # cohorts looked at from the head of a list for one harvest
PATIENCE: Final = 64  # cohorts in a row that do not fit before a harvest counts as full
THRESHOLDS: Final = 12  # floors tried for one harvest
Plan = list[list[int]]
"""Positions of blocks, harvest by harvest in the order of their sending."""


class Filled(NamedTuple):
    """One harvest: positions of its blocks, their sum, and what it is worth."""

    members: list[int]
    block: Block
    priced: Priced


def balance(pricer: Pricer, blocks: Sequence[Block], max_keys: int) -> int:
    """The marginal price (USD wad per whole token) at which all that profits at it can be sold.

    Each cohort has a price at which its profit is nothing; sorted by it, they are sold until the
    next unit brings less than the next cohort needs. A cohort's gas has its part of an opening.
    """
    gas = pricer.gas_each + pricer.opening // max_keys
    needs: list[tuple[int, int]] = []
    for block in blocks:
        missing = (block.units * pricer.price // pricer.scale + gas) * BPS - block.taxed_basis
        kept = block.units * BPS - block.taxed_units
        if missing <= 0 or kept > 0:
            needs.append((max(0, missing) * pricer.scale // max(1, kept), block.units))
    needs.sort()
    sums = list(accumulate(units for _, units in needs))

    def marginal(place: int) -> int:
        step = max(1, sums[place] // 1000)
        return pricer.rate(sums[place] - step, step)

    # The first that would be sold below its price: prices fall along the list, needs rise.
    end = bisect_left(range(len(needs)), True, key=lambda place: marginal(place) < needs[place][0])
    return marginal(end - 1) if end else 0


def orders(pricer: Pricer, blocks: Sequence[Block], rate: int) -> list[list[int]]:
    """Positions of those with a profit at a marginal price (USD wad per whole token), sorted by it,
    by it per unit, and by floor."""
    gains = pricer.profits(blocks, rate)
    live = [place for place, gain in enumerate(gains) if gain > 0]
    by_gain = sorted(live, key=gains.__getitem__, reverse=True)
    # Scaled before the division: a whole number of high resolution, whatever the decimals.
    rates = {place: (gains[place] << 64) // blocks[place].units for place in live}
    floors = {place: blocks[place].floor for place in live}
    return [
        by_gain,
        sorted(by_gain, key=rates.__getitem__, reverse=True),
        sorted(by_gain, key=floors.__getitem__, reverse=True),
    ]


def fill(
    pricer: Pricer,
    blocks: Sequence[Block],
    head: Sequence[int],
    sold: int,
    used: int,
    max_keys: int,
) -> tuple[Filled | None, bool]:
    """The best harvest that adding from the head of a list finds, and whether a floor was in the
    way of a cohort."""
    best: Filled | None = None
    block: Block | None = None
    members: list[int] = []
    # Somebody has to be the first: what he pays for all is asked for at the end.
    value, floored = -pricer.opening, False
    misses = 0
    for place in head:
        if len(members) >= max_keys or misses >= PATIENCE:
            break
        misses += 1
        tried = blocks[place] if block is None else block.join(blocks[place])
        priced = pricer(tried, sold, used)
        if priced.reason is not None and not priced.grows:
            floored |= priced.reason is Reason.BELOW_FLOOR
        elif priced.value > value:
            block, value = tried, priced.value
            members.append(place)
            misses = 0
            if priced.reason is None:
                best = Filled(list(members), block, priced)
    return best, floored


def _at_once(
    pricer: Pricer,
    blocks: Sequence[Block],
    head: Sequence[int],
    sold: int,
    used: int,
    max_keys: int,
) -> Filled | None:
    """A full harvest of the first ones, where all of them fit and the last unit still pays."""
    if len(head) < max_keys or max_keys < 2:
        return None
    first = list(head[:max_keys])
    block = joined(blocks, first)
    priced = pricer(block, sold, used)
    if priced.reason is not None:
        return None
    tail = max(1, block.units // 64)
    rate = pricer.rate(sold + block.units - tail, tail)
    if any(pricer.profit(blocks[place], rate) <= 0 for place in first):
        return None
    return Filled(first, block, priced)


def sequence(
    pricer: Pricer,
    blocks: Sequence[Block],
    lists: Sequence[Sequence[int]],
    max_transactions: int,
    max_keys: int,
) -> tuple[Plan, int, bool]:
    """Harvests filled one after the other until none is worth it; the sum of their values; and
    whether a floor was in the way."""
    plan: Plan = []
    floored = False
    total, sold, used = 0, 0, pricer.used
    gone: set[int] = set()
    starts = [0] * len(lists)
    while len(plan) < max_transactions:
        rate = pricer.rate(sold, 1 + sold // 1000) if sold else None

        def live(place: int, rate: int | None = rate) -> bool:
            if place in gone:
                return False
            if rate and pricer.profit(blocks[place], rate) <= 0:
                gone.add(place)  # prices only fall from here
                return False
            return True

        best: Filled | None = None
        for index, positions in enumerate(lists):
            while starts[index] < len(positions) and positions[starts[index]] in gone:
                starts[index] += 1
            if index == 0:
                # The best by the first list, and nothing in their way: no need to look further.
                head = list(_take(positions, starts[index], live, max_keys))
                best = _at_once(pricer, blocks, head, sold, used, max_keys)
                if best is not None:
                    break
            head = list(_take(positions, starts[index], live, WINDOW))
            found, in_way = fill(pricer, blocks, head, sold, used, max_keys)
            best = _better(best, found)
            if in_way:
                floored = True
                for found in _below(pricer, blocks, head, sold, used, max_keys):
                    best = _better(best, found)
        if best is None:
            break
        plan.append(best.members)
        gone.update(best.members)
        total, used = total + best.priced.value, best.priced.used
        sold += best.block.units
    return plan, total, floored


def _better(one: Filled | None, other: Filled | None) -> Filled | None:
    """The more valuable of two; the first where they are equal."""
    if one is None or (other is not None and other.priced.value > one.priced.value):
        return other
    return one


def _take(
    positions: Sequence[int], start: int, live: Callable[[int], bool], most: int
) -> Iterator[int]:
    found = 0
    for index in range(start, len(positions)):
        if live(positions[index]):
            yield positions[index]
            found += 1
            if found >= most:
                return


def _below(
    pricer: Pricer,
    blocks: Sequence[Block],
    head: Sequence[int],
    sold: int,
    used: int,
    max_keys: int,
) -> Iterator[Filled | None]:
    """Filled with only those whose own floor is at most a threshold, for a few of these."""
    floors = sorted({blocks[place].floor for place in head})
    step = max(1, -(-len(floors) // THRESHOLDS))
    for limit in floors[:-1][::step]:
        some = [place for place in head if blocks[place].floor <= limit]
        yield fill(pricer, blocks, some, sold, used, max_keys)[0]
