"""What a wrap or a transfer took along: the engine is asked for the lots before and after it."""

from __future__ import annotations

from collections import Counter
from typing import Final, NamedTuple

from vaultsdk.tax.compute import attempt
from vaultsdk.tax.explain.facts import Facts
from vaultsdk.tax.ledger.event import Event, Kind
from vaultsdk.tax.ledger.ledger import Ledger
from vaultsdk.tax.options import Options
from vaultsdk.tax.related import related_assets
from vaultsdk.tax.result import OpenLot
from vaultsdk.tax.rules.treatment import Op

_MOST: Final = 4  # events asked about in one explanation: each takes two computations
_LEGS: Final = frozenset({Op.CARRY_OUT, Op.CARRY_IN})


class Carried(NamedTuple):
    """Parts of lots that an event took (`gone`) and what they are after it (`come`). Units and
    basis are the event's own, `acquired` is the holding start."""

    gone: tuple[OpenLot, ...]
    come: tuple[OpenLot, ...]


class Carrier:
    """Answers for the lots of one computation. An event that is asked about again costs nothing."""

    def __init__(self, facts: Facts, options: Options) -> None:
        self._facts = facts
        self._options = options.model_copy(
            update={"method": facts.result.method or None, "scope": facts.result.scope}
        )
        self._known: dict[str, Carried | None] = {}

    def of(self, event: Event) -> Carried | None:
        """What a wrap (either leg) or a transfer took along; None where it cannot be told."""
        legs = [event]
        if self._facts.op(event) in _LEGS:
            legs = [leg for leg in self._facts.groups[event.group] if self._facts.op(leg) in _LEGS]
        last = max(legs, key=lambda leg: self._facts.place[leg.id])
        if last.id not in self._known:
            if len(self._known) == _MOST:
                return None
            self._known[last.id] = self._ask(legs, self._facts.place[last.id])
        return self._known[last.id]

    def _ask(self, legs: list[Event], place: int) -> Carried | None:
        events = self._facts.events[: place + 1]
        related = related_assets(Ledger(events), self._facts.same)[legs[0].asset]
        waiting = Counter(
            event.group for event in events if event.asset in related and self._is_leg(event)
        )
        # Token fees are attached already; a wrap with one leg only has not happened yet.
        rows = [
            event._replace(group="") if event.kind == Kind.FEE else event
            for event in events
            if event.asset in related and not (self._is_leg(event) and waiting[event.group] < 2)
        ]
        names = {leg.id for leg in legs}
        without = [row for row in rows if row.id not in names]
        if legs[0].fee_quantity:  # what a transfer spends is disposed of and not taken along
            (move,) = legs
            without.append(move._replace(quantity=move.fee_quantity))
        before = self._lots(without, place)
        after = self._lots(rows, place)
        if before is None or after is None:
            return None
        gone = _difference(before, after)
        come = _difference(after, before)
        if sum(lot.basis for lot in gone) != sum(lot.basis for lot in come):
            return None
        return Carried(gone, come)

    def _is_leg(self, event: Event) -> bool:
        return self._facts.op(event) in _LEGS

    def _lots(self, events: list[Event], place: int) -> Counter[OpenLot] | None:
        """Open lots, with units and basis left out, and the sums of these."""
        facts = self._facts
        day = facts.events[place].day
        ledger = Ledger(tuple(events), facts.result.decimals, facts.result.currency)
        options = self._options.model_copy(update={"as_of": day})
        result, problems = attempt(ledger, facts.profile, options)
        return None if problems else Counter(result.open_lots)


def _difference(one: Counter[OpenLot], other: Counter[OpenLot]) -> tuple[OpenLot, ...]:
    """What there is more of, as lots of the units and basis by which it is more."""
    sums: dict[OpenLot, list[int]] = {}
    for lots, sign in ((one, 1), (other, -1)):
        for lot, count in lots.items():
            key = lot._replace(quantity=0, basis=0)
            amounts = sums.setdefault(key, [0, 0])
            amounts[0] += sign * count * lot.quantity
            amounts[1] += sign * count * lot.basis
    return tuple(
        key._replace(quantity=units, basis=basis)
        for key, (units, basis) in sums.items()
        if units > 0
    )
