"""Improving a plan of a few blocks until no small change helps; exactly, where they are very few.

Blocks are bits of a mask, a plan is a tuple of masks in the order of sending. Small changes: a
block joins, leaves, moves or changes places with another; harvests merge, split at a floor, or
change places; one is searched anew through all subsets of its blocks and the free ones. Up to
`EXACT` blocks the best plan is found through all ordered partitions instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from vaultsdk.harvest.select.block import Block
from vaultsdk.harvest.select.pricing import Priced, Pricer

EXACT: Final = 8  # 3**8 harvests to price for each harvest of a plan
SUBSETS: Final = 12  # 2**12 harvests to price
BUDGET: Final = 50_000  # plans priced before the search stops where it is
Masks = tuple[int, ...]


class Polish:
    """A search over plans of `pool`, sold after `sold` units with the bucket used up to `used`."""

    def __init__(
        self,
        pricer: Pricer,
        pool: Sequence[Block],
        sold: int,
        used: int,
        max_transactions: int,
        max_keys: int,
    ) -> None:
        self._pricer, self._pool = pricer, tuple(pool)
        self._sold, self._used = sold, used
        self._most, self._keys = max_transactions, max_keys
        self._all = (1 << len(pool)) - 1
        self._sums: dict[int, Block] = {}
        self._priced: dict[tuple[int, int, int], Priced] = {}
        self._left = BUDGET

    def block(self, mask: int) -> Block:
        """The blocks of a mask together."""
        found = self._sums.get(mask)
        if found is None:
            low = mask & -mask
            one = self._pool[low.bit_length() - 1]
            rest = mask ^ low
            found = self._sums[mask] = self.block(rest).join(one) if rest else one
        return found

    def _price(self, mask: int, sold: int, used: int) -> Priced | None:
        key = (mask, sold, used)
        found = self._priced.get(key)
        if found is None:
            found = self._priced[key] = self._pricer(self.block(mask), sold, used)
        return found if found.reason is None else None

    def value(self, plan: Masks) -> int | None:
        """What the plan is worth (USD wad); None where a harvest of it would be refused."""
        sold, used, total = self._sold, self._used, 0
        for mask in plan:
            block = self.block(mask)
            if block.count > self._keys:
                return None
            priced = self._price(mask, sold, used)
            if priced is None:
                return None
            total, used, sold = total + priced.value, priced.used, sold + block.units
        return total

    def run(self, plans: Sequence[Masks], exact: int = EXACT) -> Masks:
        """The best plan found from these; the empty one where nothing is worth it."""
        if len(self._pool) <= exact:
            return self._partitions()
        starts = [*plans, ()]
        if len(self._pool) <= SUBSETS:
            starts += self._firsts()
        best: Masks = ()
        most = 0
        for start in dict.fromkeys(starts):
            plan, value = self._climb(start)
            if value > most:
                best, most = plan, value
        return best

    def _climb(self, plan: Masks) -> tuple[Masks, int]:
        value = self.value(plan)
        if value is None:
            plan, value = (), 0
        while self._left > 0:
            better, more = plan, value
            for other in self._near(plan):
                self._left -= 1
                found = self.value(other)
                if found is not None and found > more:
                    better, more = other, found
            if better == plan:
                for row, place in self._anew(plan):
                    other = self._subset(row, place)
                    found = self.value(other)
                    if found is not None and found > more:
                        better, more = other, found
            if better == plan:
                break
            plan, value = better, more
        return plan, value

    def _near(self, plan: Masks) -> Iterator[Masks]:
        free = self._all
        for mask in plan:
            free ^= mask
        more = len(plan) < self._most
        for bit in _bits(free):
            for place, mask in enumerate(plan):
                yield _with(plan, place, mask | bit)
                for other in _bits(mask):
                    yield _with(plan, place, mask ^ other | bit)
                    if more and mask != other:
                        yield from _inserted(_with(plan, place, mask ^ other), bit | other)
            if more:
                yield from _inserted(plan, bit)
        for place, mask in enumerate(plan):
            for bit in _bits(mask):
                rest = _with(plan, place, mask ^ bit)
                yield rest
                for into in range(len(rest)):
                    yield _with(rest, into, rest[into] | bit)
                if len(rest) < self._most:
                    yield from _inserted(rest, bit)
                for second in range(place + 1, len(plan)):
                    for other in _bits(plan[second]):
                        both = bit | other
                        swapped = _with(plan, place, mask ^ both)
                        yield _with(swapped, second, plan[second] ^ both)
            for second in range(place + 1, len(plan)):
                yield _with(_with(plan, second, 0), place, mask | plan[second])
                swapped = _with(plan, place, plan[second])
                yield _with(swapped, second, mask)
            if more:
                yield from self._split(plan, place)

    def _split(self, plan: Masks, place: int) -> Iterator[Masks]:
        """A harvest in two: those of the stricter floors first."""
        mask = plan[place]
        for limit in sorted({self.block(bit).floor for bit in _bits(mask)})[1:]:
            strict = sum(bit for bit in _bits(mask) if self.block(bit).floor >= limit)
            yield (*plan[:place], strict, mask ^ strict, *plan[place + 1 :])

    def _firsts(self) -> list[Masks]:
        """The best single harvest with each block, and under each floor: where plans of several
        may start from. What is best alone need not be what leaves the most to the next."""
        best: dict[tuple[int, int], tuple[int, int]] = {}
        for mask in _subsets(self._all):
            value = self.value((mask,))
            if value is None:
                continue
            for kind in ((0, self.block(mask).floor), *((1, bit) for bit in _bits(mask))):
                if kind not in best or value > best[kind][0]:
                    best[kind] = value, mask
        return [(mask,) for _, mask in sorted(set(best.values()), reverse=True)]

    def _anew(self, plan: Masks) -> Iterator[tuple[Masks, int]]:
        """Places of a plan that may be searched through all subsets: each harvest, and one more
        before and after them."""
        for place in range(len(plan)):
            yield plan, place
        if len(plan) < self._most:
            yield (0, *plan), 0
            yield (*plan, 0), len(plan)

    def _subset(self, plan: Masks, place: int) -> Masks:
        """The plan with one harvest replaced by the best of all subsets of its and free blocks."""
        within = self._all
        for index, mask in enumerate(plan):
            if index != place:
                within ^= mask
        if within.bit_count() > SUBSETS:
            return tuple(mask for mask in plan if mask)
        best: Masks = ()
        most = 0
        for mask in _subsets(within):
            other = _with(plan, place, mask)
            value = self.value(other)
            if value is not None and value > most:
                best, most = other, value
        return best

    def _partitions(self) -> Masks:
        """The best plan over all ordered partitions: harvest by harvest, over all sets sold."""
        done: dict[int, tuple[int, int, Masks]] = {0: (0, self._used, ())}
        best: tuple[int, int, Masks] = done[0]
        for _ in range(min(self._most, len(self._pool))):
            after: dict[int, tuple[int, int, Masks]] = {}
            for before, (value, used, plan) in done.items():
                sold = self._sold + (self.block(before).units if before else 0)
                for mask in _subsets(self._all ^ before):
                    if self.block(mask).count > self._keys:
                        continue
                    priced = self._price(mask, sold, used)
                    if priced is None:
                        continue
                    total, known = value + priced.value, after.get(before | mask)
                    if known is None or total > known[0]:
                        after[before | mask] = (total, priced.used, (*plan, mask))
            if not after:
                break
            done = after
            best = max(best, *after.values(), key=lambda found: found[0])
        return best[2]


def _bits(mask: int) -> Iterator[int]:
    while mask:
        low = mask & -mask
        yield low
        mask ^= low


def _subsets(mask: int) -> Iterator[int]:
    """All subsets but the empty one."""
    part = mask
    while part:
        yield part
        part = (part - 1) & mask


def _with(plan: Masks, place: int, mask: int) -> Masks:
    """The plan with one harvest replaced; by nothing, if it is left without blocks."""
    return (*plan[:place], mask, *plan[place + 1 :]) if mask else plan[:place] + plan[place + 1 :]


def _inserted(plan: Masks, mask: int) -> Iterator[Masks]:
    for place in range(len(plan) + 1):
        yield (*plan[:place], mask, *plan[place:])
