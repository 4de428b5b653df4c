"""Which groups to use: the best few sets of them, by bounds that leave none out by mistake.

At one price the bound of `clearing` is a sum over groups. So with the price at which a good first
set clears, a set of groups can be left out as soon as its bound, or that of everything it can still
grow into, is below what the first one brings: a depth-first search over sets visits few of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from vaultsdk.market.routing.clearing import Cleared, clear, profit
from vaultsdk.market.routing.groups import Group
from vaultsdk.market.routing.ladder import price

SLACK: Final = 500_000
"""A set that could be better by less than one part in this many is not followed up."""

KEPT: Final = 4  # sets that are quoted in the end
_MOST_CLEARED: Final = 400  # sets that are worked out; only pools alike by the dozen come near


def best_sets(groups: Sequence[Group], amount: int, max_legs: int, swap_cost: int) -> list[Cleared]:
    """The best sets of groups for a sale, net of `swap_cost` (units received) per swap, best first.

    Empty when no set of at most `max_legs` legs can take the whole sale.
    """
    able = sorted(groups, key=lambda one: (-one.start, sorted(one.pools)))
    found = _Found(swap_cost)
    for group in able:
        if group.legs <= max_legs:
            found.add(clear([group], amount))
    _grow(able, amount, max_legs, found)
    if not found.sets:
        # No one group takes it all: whatever does is a start.
        for chosen in _fullest(able, max_legs):
            found.add(clear(chosen, amount))
            if found.sets:
                _grow(able, amount, max_legs, found)
                break
    if not found.sets:
        for chosen, _ in _sets(able, max_legs, None, amount, found):
            found.add(clear(chosen, amount))
    if not found.sets:
        return []
    best = found.sets[0]
    ranked = sorted(
        _sets(able, max_legs, best.step, amount, found), key=lambda one: one[1], reverse=True
    )
    for chosen, most in ranked[:_MOST_CLEARED]:
        if most - swap_cost * swaps(chosen) > found.enough:
            found.add(clear(chosen, amount, best.step, found.enough + swap_cost * swaps(chosen)))
    return found.sets


def swaps(groups: Sequence[Group]) -> int:
    """Pools that the groups' legs go through, at most."""
    return sum(group.swaps for group in groups)


class _Found:
    """The best sets so far, best first, each once."""

    def __init__(self, swap_cost: int) -> None:
        self.sets: list[Cleared] = []
        self._seen: set[frozenset[frozenset[str]]] = set()
        self._cost = swap_cost

    def net(self, one: Cleared) -> int:
        return one.out - self._cost * swaps(one.groups)

    @property
    def enough(self) -> int:
        """What a set must bring at least, net, to be worth a look."""
        best = self.net(self.sets[0])
        return best + abs(best) // SLACK

    def add(self, one: Cleared | None) -> None:
        if one is None:
            return
        name = frozenset(group.pools for group in one.groups)
        if name not in self._seen:
            self._seen.add(name)
            self.sets.append(one)
            self.sets.sort(key=self.net, reverse=True)
            del self.sets[KEPT:]


def _grow(groups: Sequence[Group], amount: int, max_legs: int, found: _Found) -> None:
    """From the best set so far, add the group that helps most, as long as one does."""
    while found.sets:
        best = found.sets[0]
        used = frozenset().union(*(one.pools for one in best.groups))
        room = max_legs - sum(one.legs for one in best.groups)
        for group in groups:
            if group.legs <= room and not group.pools & used and group.start > best.step:
                found.add(clear([*best.groups, group], amount, best.step))
        if found.sets[0] is best:
            return


def _fullest(groups: Sequence[Group], max_legs: int) -> Iterator[list[Group]]:
    """Sets for a sale that no group takes alone: as many as fit, the cheapest first, and those
    that take most."""
    orders = (
        list(groups),
        sorted(groups, key=lambda one: -one.at(one.start - (1 << 30)).amount_in),
    )
    for order in orders:
        chosen: list[Group] = []
        used: frozenset[str] = frozenset()
        left = max_legs
        for group in order:
            if group.legs <= left and not group.pools & used:
                chosen.append(group)
                used |= group.pools
                left -= group.legs
        if chosen:
            yield chosen


def _sets(
    groups: Sequence[Group], max_legs: int, step: int | None, amount: int, found: _Found
) -> Iterator[tuple[list[Group], int]]:
    """All sets of groups without a common pool, at most `max_legs` legs, whose bound at a step is
    better than the best known, with that bound (before swaps); without a step, all there are."""
    cost = found._cost
    if step is None:
        numerator, denominator, gains = 0, 1, [0] * len(groups)
    else:
        numerator, denominator = price(step)
        gains = [profit(group, step) for group in groups]
    base = amount * numerator
    # In order of what a group can add, so that the first too poor one ends the search of a branch.
    order = sorted(range(len(groups)), key=lambda place: -(gains[place]))
    stack: list[tuple[int, tuple[int, ...], frozenset[str], int, int]] = [
        (0, (), frozenset(), max_legs, base)
    ]
    while stack:
        place, chosen, used, left, total = stack.pop()
        if place == len(order) or not left:
            continue
        gain = gains[order[place]]
        if step is not None:
            paid = cost * (sum(groups[one].swaps for one in chosen) + 1)
            # Every further leg can add at most what the next group adds.
            if (total + left * gain) // denominator - paid <= found.enough:
                continue
        stack.append((place + 1, chosen, used, left, total))
        group = groups[order[place]]
        if group.legs <= left and not group.pools & used:
            more = (*chosen, order[place])
            most = (total + gain) // denominator
            made = [groups[one] for one in more]
            if step is None or most - cost * swaps(made) > found.enough:
                yield made, most
            stack.append((place + 1, more, used | group.pools, left - group.legs, total + gain))
