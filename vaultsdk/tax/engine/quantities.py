"""How much of a class of assets each owner holds and acquires, at every place of a ledger.

Quantities do not depend on cost, so they can be known for all days before any money is: a rule that
looks 30 days ahead asks here. A place is an event's index in the ledger; what stands at a place
includes that event.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping

from vaultsdk.tax.engine.job import Job
from vaultsdk.tax.engine.walk import walk
from vaultsdk.tax.ledger.event import Event
from vaultsdk.tax.rules.treatment import Op


class Series:
    """A running total by place."""

    __slots__ = ("places", "totals")

    def __init__(self) -> None:
        self.places: list[int] = []
        self.totals: list[int] = []

    def add(self, place: int, quantity: int) -> None:
        """Add a quantity (it may be negative) at a place, which none before is later than."""
        self.totals.append(quantity + (self.totals[-1] if self.totals else 0))
        self.places.append(place)

    def at(self, place: int) -> int:
        """The total at a place."""
        index = bisect_right(self.places, place)
        return self.totals[index - 1] if index else 0

    def between(self, first: int, last: int) -> int:
        """What was added from one place to another, both included."""
        return self.at(last) - self.at(first - 1)

    def parts(self, first: int, last: int) -> Iterator[tuple[int, int]]:
        """Place and quantity of what was added from one place to another, both included."""
        # One by one: a window may have thousands, of which the first few are enough.
        start, end = bisect_left(self.places, first), bisect_right(self.places, last)
        totals = self.totals
        for index in range(start, end):
            yield self.places[index], totals[index] - (totals[index - 1] if index else 0)


class Flow:
    """One owner's units of a class: what is held, and what was acquired."""

    __slots__ = ("acquired", "held")

    def __init__(self) -> None:
        self.held = Series()
        self.acquired = Series()


def flows(job: Job) -> Mapping[str, Mapping[str, Flow]]:
    """Flows by class and owner. Moves between wallets change nothing but for their fee."""
    same = job.same
    found: dict[str, dict[str, Flow]] = {}

    def flow(event: Event) -> Flow:
        owners = found.setdefault(same.get(event.asset, event.asset), {})
        known = owners.get(event.owner)
        if known is None:
            known = owners[event.owner] = Flow()
        return known

    for at, op, event, come in walk(job, {}):
        if op is Op.ACQUIRE:
            into = flow(event)
            into.held.add(at, event.quantity)
            into.acquired.add(at, event.quantity)
        elif op is Op.RECEIVE:
            flow(event).held.add(at, event.quantity)
        elif op is Op.MOVE:
            if event.fee_quantity:
                flow(event).held.add(at, -event.fee_quantity)
        else:
            flow(event).held.add(at, -event.quantity)
            if come is not None:
                flow(come).held.add(at, come.quantity)
    return found
