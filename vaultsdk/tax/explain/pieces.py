"""A lot's own history: bought, used part by part, divided and raised by losses of others."""

from __future__ import annotations

from vaultsdk.tax.explain.account import Account, Entry, Step
from vaultsdk.tax.explain.carried import Carrier
from vaultsdk.tax.explain.facts import Facts
from vaultsdk.tax.ledger.event import Event
from vaultsdk.tax.result import Adjustment, Disposal, Removal
from vaultsdk.tax.rules.treatment import Op

_MOST_PARTS = 200  # a lot in more parts than that is not told step by step


class Part(Account):
    """Some units of a lot that share basis and holding start."""

    __slots__ = ("acquired", "used")

    def __init__(self, entries: list[Entry], acquired: int, used: bool = False) -> None:
        super().__init__(entries)
        self.acquired = acquired
        self.used = used


def lot_history(facts: Facts, wanted: Disposal, carrier: Carrier) -> list[Entry] | None:
    """The steps from a lot's row to what the lot had right before a disposal (`of_quantity` and
    `of_basis`, exactly); None where they cannot be told from ledger and result."""
    row = facts.by_id.get(wanted.lot)
    parts = [] if row is None else _first_parts(facts, row, carrier)
    return _History(facts, wanted.lot, parts).until(wanted) if parts else None


def _first_parts(facts: Facts, row: Event, carrier: Carrier) -> list[Part]:
    """A lot as its row brought it."""
    op = facts.op(row)
    if op is Op.CARRY_IN:
        carried = carrier.of(row)
        return [
            Part([Entry(Step.CAME, row.id, lot.quantity, lot.basis)], lot.acquired)
            for lot in (carried.come if carried else ())
        ]
    acquired = row.acquired if op is Op.RECEIVE and row.acquired is not None else row.day
    return [Part([Entry(Step.ROW, row.id, row.quantity, row.total + row.fee)], acquired)]


class _History:
    def __init__(self, facts: Facts, lot: str, parts: list[Part]) -> None:
        self.facts = facts
        self.lot = lot
        self.parts = parts

    def until(self, wanted: Disposal) -> list[Entry] | None:
        place = self.facts.place
        # What one event disposes of is out before its losses find their replacements.
        steps: list[tuple[int, int, Disposal | Removal | Adjustment]] = [
            (place[taken.event], 0, taken) for taken in self.facts.taken_from[self.lot]
        ]
        steps += [
            (max(place[added.event], place[self.lot]), 1, added)
            for added in self.facts.added_to[self.lot]
        ]
        steps.sort(key=lambda step: step[:2])
        for _, _, record in steps:
            if isinstance(record, Adjustment):
                if not self._add(record):
                    return None
                continue
            part = self._find(record)
            if record is wanted:
                return None if part is None else part.entries
            if part is None:
                return None
            step = Step.TAKEN if isinstance(record, Disposal) else Step.GIVEN
            part.add(step, record.event, -record.quantity, -record.basis)
        return None

    def _find(self, record: Disposal | Removal) -> Part | None:
        """The part that a record took from, as large as it was then."""
        if isinstance(record, Removal):
            for part in self.parts:
                if part.units >= record.quantity and part.share(record.quantity) == record.basis:
                    return part
            return None
        had, basis = record.of_quantity, record.of_basis
        parts = [part for part in self.parts if part.acquired == record.acquired]
        for part in parts:
            if (part.units, part.cost) == (had, basis):
                return part
        for part in parts:
            # Transfers, wraps and the allocation to wallets divide a lot without a disposal.
            if part.units > had and basis in (
                part.share(had),
                part.cost - part.share(part.units - had),
            ):
                return self._divide(part, had, basis)
        return None

    def _divide(self, part: Part, units: int, cost: int, loss: str = "") -> Part:
        piece = Part(part.entries, part.acquired, part.used)
        here, there = (Step.REPLACED, Step.REPLACING) if loss else (Step.APART, Step.APART)
        piece.add(there, loss, units - part.units, cost - part.cost)
        part.add(here, loss, -units, -cost)
        self.parts.append(piece)
        return piece

    def _add(self, added: Adjustment) -> bool:
        """A loss makes as many units as it needs a part of their own and raises their basis."""
        units = added.quantity
        free = [part for part in self.parts if not part.used and part.units >= units]
        if not free or len(self.parts) > _MOST_PARTS:
            return False
        part = free[0]
        if part.units > units:
            part = self._divide(part, units, part.share(units), added.event)
        part.add(Step.LOSS, added.event, 0, added.amount)
        part.used = True
        if added.acquired is not None:
            part.acquired = added.acquired
        return True
