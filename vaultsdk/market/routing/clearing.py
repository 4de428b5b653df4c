"""The price at which a set of groups takes exactly what is sold.

Outputs are concave, so selling S through several groups is best where all have the same marginal
price p, and for any p at all

    sum over groups of (y(p) - p x(p)) + p S

is at least what any split of S can bring: the search for p closes in on the optimum from above, and
can stop as soon as it is seen to be too low.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from vaultsdk.market.routing.groups import Group, PathAmount
from vaultsdk.market.routing.ladder import LOWEST, price


class Cleared(NamedTuple):
    """Groups that take the whole sale: the step at which they take no more than it, and what they
    bring (an estimate, good to a few parts in a million)."""

    groups: tuple[Group, ...]
    step: int
    out: int


def bound(groups: Sequence[Group], step: int, amount: int) -> int:
    """Units out that no split of `amount` over these groups can exceed, from one price."""
    numerator, denominator = price(step)
    total = amount * numerator
    for group in groups:
        total += profit(group, step)
    return total // denominator


def profit(group: Group, step: int) -> int:
    """y - p x at a step, times the price's denominator: what the group adds to the bound."""
    numerator, denominator = price(step)
    x, y = group.at(step)
    return max(0, y * denominator - x * numerator)


def clear(
    groups: Sequence[Group], amount: int, near: int | None = None, least: int = -1
) -> Cleared | None:
    """The clearing of a sale; None where the groups cannot take it, or bring at most `least`.

    `near`: a step to look around first.
    """
    used = tuple(groups)
    start = max(group.start for group in used)

    def taken(step: int) -> int:
        return sum(group.at(step).amount_in for group in used)

    def hopeless(step: int) -> bool:
        return least >= 0 and bound(used, step, amount) <= least

    # `high` is a step at which too little is taken, `low` one at which enough is.
    high = start
    low = min(start - 1, start - 1 if near is None else near)
    width = 64
    if near is not None and taken(low) >= amount:
        found = min(start, low + width)
        while found < start and taken(found) >= amount:
            low, width = found, width * 4
            found = min(start, low + width)
        high = found
    else:
        while taken(low) < amount:
            if low <= LOWEST or hopeless(low):
                return None
            high, width = low, width * 4
            low = max(LOWEST, low - width)
    while high - low > 1:
        middle = (low + high) // 2
        if taken(middle) >= amount:
            low = middle
        else:
            high = middle
        if hopeless(middle):
            return None
    part = _part(used, low, amount)
    out = sum(group.at(high).amount_out for group in used)
    more = sum(group.at(low).amount_out for group in used) - out
    return Cleared(used, low, out + part.numerator * more // part.denominator)


def _part(groups: Sequence[Group], step: int, amount: int) -> Fraction:
    """How far from the step above (0) to this one (1) the sale ends."""
    before = sum(group.at(step + 1).amount_in for group in groups)
    after = sum(group.at(step).amount_in for group in groups)
    return Fraction(amount - before, after - before) if after > before else Fraction(1)


def legs(cleared: Cleared, amount: int) -> list[PathAmount]:
    """The clearing as legs in the order in which they are to run, amounts adding up to the sale."""
    part = _part(cleared.groups, cleared.step, amount)
    found: list[PathAmount] = []
    for group in cleared.groups:
        before = group.at(cleared.step + 1).amount_in
        after = group.at(cleared.step).amount_in
        wanted = before + part.numerator * (after - before) // part.denominator
        if after:
            found += [
                PathAmount(path, one * wanted // after) for path, one in group.paths(cleared.step)
            ]
    if found:
        rest = amount - sum(one.amount for one in found)
        biggest = max(range(len(found)), key=lambda place: found[place].amount)
        path, one = found[biggest]
        found[biggest] = PathAmount(path, one + rest)
    return found
