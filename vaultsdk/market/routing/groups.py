"""Pools that are used together: one pool, or pools to and from one token between.

Two paths that share a pool are not independent, so they are no units of choice; a group is. It
is either a single pool, or some pools from the token sold to a token between and some from there
to the token received, all of one exchange. What goes into the token between may come out by any of
the second pools, so a group of m and n pools takes m + n - 1 legs, laid along the amounts of the
token between; groups that share no pool do not touch each other, and what each brings is a concave
function of what it is given.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence
from typing import NamedTuple

from vaultsdk.market.routing.depth import Depth, Taken
from vaultsdk.market.routing.ladder import LOWEST, price

Path = tuple[str, ...]
"""Addresses of the pools of one leg, in order."""


class PathAmount(NamedTuple):
    """A leg and how much of the token sold goes into it."""

    path: Path
    amount: int


class Group:
    """Pools that are used together. `legs` and `swaps` are what it takes at most, `start` a step
    above its first marginal price."""

    legs: int
    swaps: int
    start: int
    pools: frozenset[str]

    def __init__(self) -> None:
        self._known: dict[int, Taken] = {}

    def at(self, step: int) -> Taken:
        """What the group takes and gives until its marginal price is the step's."""
        found = self._known.get(step)
        if found is None:
            found = self._known[step] = Taken(0, 0) if step >= self.start else self._at(step)
        return found

    @property
    def most(self) -> Taken | None:
        """All that the group takes at a price above nothing, if a search has come that far."""
        return self._known.get(LOWEST)

    def paths(self, step: int) -> list[PathAmount]:
        """The same as legs, in the order in which they are to run."""
        raise NotImplementedError

    def _at(self, step: int) -> Taken:
        raise NotImplementedError


class Single(Group):
    """One pool."""

    def __init__(self, depth: Depth) -> None:
        super().__init__()
        self._depth = depth
        self.legs = self.swaps = 1
        self.start = depth.start
        self.pools = frozenset([depth.pool.address])

    def _at(self, step: int) -> Taken:
        return self._depth.at(step)

    def paths(self, step: int) -> list[PathAmount]:
        """One leg."""
        return [PathAmount((self._depth.pool.address,), self.at(step).amount_in)]


class _Flow(NamedTuple):
    """Per pool: units of the token between that the first ones give and the second ones take, and
    the units sold and received for them."""

    sold: list[Taken]
    bought: list[Taken]


class Through(Group):
    """Pools to a token between, and pools from there.

    At price p for the whole and q for the token between, a first pool goes down to p / q and a
    second one to q. The higher q, the more the first ones give and the less the second ones take:
    q is where they meet.
    """

    def __init__(self, firsts: Sequence[Depth], seconds: Sequence[Depth]) -> None:
        super().__init__()
        self._firsts, self._seconds = tuple(firsts), tuple(seconds)
        self.legs = len(firsts) + len(seconds) - 1
        self.swaps = 2 * self.legs
        self._first_start = max(one.start for one in firsts)
        self._second_start = max(one.start for one in seconds)
        self.start = self._first_start + self._second_start
        self.pools = frozenset(one.pool.address for one in (*firsts, *seconds))
        self._between: dict[int, int] = {}
        self._asked: list[int] = []

    def _supply(self, step: int) -> int:
        return sum(one.at(step).amount_out for one in self._firsts)

    def _demand(self, step: int) -> int:
        return sum(one.at(step).amount_in for one in self._seconds)

    def _price_between(self, step: int) -> int:
        """The highest step of q at which the second pools take all that the first ones give."""
        if step in self._between:
            return self._between[step]
        low, high = step - self._first_start, self._second_start
        # q never rises as the whole's price falls, and never falls by more steps than that does:
        # neighbours that were asked before leave little to search.
        place = bisect_left(self._asked, step)
        if place < len(self._asked):
            above = self._asked[place]
            q = self._between[above]
            low, high = max(low, q - (above - step)), min(high, q + 1)
        if place:
            below = self._asked[place - 1]
            q = self._between[below]
            low, high = max(low, q), min(high, q + (step - below) + 1)
        while high - low > 1:
            middle = (low + high) // 2
            if self._supply(step - middle) <= self._demand(middle):
                low = middle
            else:
                high = middle
        self._between[step] = low
        insort(self._asked, step)
        return low

    def _flow(self, step: int) -> _Flow:
        """Where a price falls off so steeply that one step of q moves a lot, the amount lies
        between those of two steps; both sides are then filled up to the same."""
        q = self._price_between(step)
        most = min(self._supply(step - q - 1), self._demand(q))
        middle = min(max(self._supply(step - q), self._demand(q + 1)), most)
        sold = _fill(self._firsts, step - q, step - q - 1, middle, by_output=True)
        bought = _fill(self._seconds, q + 1, q, middle, by_output=False)
        return _Flow(sold, bought)

    def _at(self, step: int) -> Taken:
        flow = self._flow(step)
        return Taken(sum(one[0] for one in flow.sold), sum(one[1] for one in flow.bought))

    def paths(self, step: int) -> list[PathAmount]:
        """Legs along the amounts of the token between: each ends where a first or a second pool
        has had its part."""
        flow = self._flow(step)
        found: list[PathAmount] = []
        wanted = [one.amount_in for one in flow.bought]
        place = 0
        for first, (amount, given) in zip(self._firsts, flow.sold, strict=True):
            left, left_in = given, amount
            while left > 0:
                while place < len(wanted) - 1 and wanted[place] <= 0:
                    place += 1
                last = place == len(wanted) - 1 or wanted[place] >= left
                part = left if last else wanted[place]
                wanted[place] -= part
                left -= part
                # The pool has given `given - left` by now; what remains is what it took for less.
                rest_in = 0 if last else amount - _input_for(first, given - left, amount, given)
                path = (first.pool.address, self._seconds[place].pool.address)
                found.append(PathAmount(path, left_in - rest_in))
                left_in = rest_in
        return [one for one in found if one.amount > 0]


def _fill(
    pools: Sequence[Depth], high: int, low: int, target: int, *, by_output: bool
) -> list[Taken]:
    """The pools at step `high` and then, one after another towards step `low`, as much more as
    brings their outputs (or inputs) together to the target."""
    found = [one.at(high) for one in pools]
    missing = target - sum(one[by_output] for one in found)
    for place, pool in enumerate(pools):
        if missing <= 0:
            break
        least, most = found[place], pool.at(low)
        room = most[by_output] - least[by_output]
        if room > 0:
            part = min(missing, room)
            found[place] = Taken(
                least[0] + (most[0] - least[0]) * part // room,
                least[1] + (most[1] - least[1]) * part // room,
            )
            missing -= part
    return found


def _input_for(pool: Depth, output: int, amount: int, given: int) -> int:
    """Units in for the first `output` of the `given` units that `amount` brings."""
    low, high = pool.start - 1, pool.start
    while pool.at(low).amount_out < output and high - low < 1 << 30:
        high, low = low, low - 2 * (high - low)
    while high - low > 1:
        middle = (low + high) // 2
        if pool.at(middle).amount_out < output:
            high = middle
        else:
            low = middle
    less = pool.at(high)
    numerator, denominator = price(high)
    return min(amount, less.amount_in + (output - less.amount_out) * denominator // numerator)
