"""Explains what an event did: the rows, the lots, the rule, the source, and every step between."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from vaultsdk.tax.document import adjustment, disposal
from vaultsdk.tax.errors import TaxError
from vaultsdk.tax.exact import exact
from vaultsdk.tax.explain.sources import LOSSES, RULES, TERMS, family
from vaultsdk.tax.explain.words import Words
from vaultsdk.tax.ledger.event import Event, iso
from vaultsdk.tax.ledger.ledger import Ledger
from vaultsdk.tax.profile import Profile
from vaultsdk.tax.result import Adjustment, Disposal, TaxResult
from vaultsdk.tax.rules.treatment import Op


@dataclass(frozen=True)
class Explanation:
    """An event in words, line by line, with the numbers that the words are about."""

    event: str
    lines: tuple[str, ...]
    disposals: tuple[Disposal, ...]
    adjustments: tuple[Adjustment, ...]
    result: TaxResult

    def document(self) -> dict[str, Any]:
        """For JSON: the lines, and the disposals and adjustments they explain."""
        return {
            "event": self.event,
            "profile": self.result.profile,
            "lines": list(self.lines),
            "disposals": [disposal(one, self.result) for one in self.disposals],
            "adjustments": [adjustment(one, self.result) for one in self.adjustments],
        }


def explain(
    ledger: Ledger, result: TaxResult, profile: Profile, event_id: str, *, source: str = ""
) -> Explanation:
    """Explain an event of a computed ledger.

    `result` is what `compute` gave for this ledger and profile. Raises TaxError when the ledger has
    no such event, with the ids that look like it.
    """
    return _Story(ledger, result, profile, source or ledger.source).tell(event_id)


class _Story:
    def __init__(self, ledger: Ledger, result: TaxResult, profile: Profile, source: str) -> None:
        self.result = result
        self.profile = profile
        self.source = source
        self.words = Words(result)
        self.events = {event.id: event for event in profile.fees.last.attach(ledger.events)}
        self.law = family(profile.name)

    def tell(self, event_id: str) -> Explanation:
        event = self.events.get(event_id)
        if event is None:
            near = get_close_matches(event_id, list(self.events), 3, 0.6)
            hint = f": did you mean {' or '.join(near)}?" if near else ""
            raise TaxError(
                f"the ledger has no event {event_id!r}{hint}", name="event", value=event_id
            )
        op = self._op(event)
        lines = [f"{event_id}: {self.words.row(event, op, self.source)}."]
        sold = [one for one in self.result.disposals if event_id in one.event.split(";")]
        for one in sold:
            lines += self._disposal(one)
        if len(sold) > 1:
            lines.append(f"Together: {self._totals(sold)}.")
        own = [one for one in self.result.adjustments if one.event in {it.event for it in sold}]
        came = [one for one in self.result.adjustments if event_id in one.replacement.split(";")]
        if op in (Op.ACQUIRE, Op.RECEIVE, Op.CARRY_IN):
            lines += self._acquired(event, came)
        lines += self._others(event, op)
        return Explanation(event_id, tuple(lines), tuple(sold), (*own, *came), self.result)

    def _op(self, event: Event) -> Op:
        return self.profile.treatment.on(event.day).table()[event.kind]

    # ------------------------------------------------------------ disposals
    def _disposal(self, one: Disposal) -> list[str]:
        words = self.words
        units = words.units(one.asset, one.quantity)
        rule, source = RULES[self.law, one.rule]
        lines = [f"{units} from {self._from(one)}: {rule} ({source})."]
        together = one.event.split(";")
        if len(together) > 1:
            lines.append(
                f"  The law takes the day's disposals ({', '.join(together)}) as one transaction."
            )
        lines.append(f"  Basis: {self._basis(one)}.")
        lines += [f"    {line}" for line in self._trail(one)]
        lines.append(f"  Proceeds: {self._proceeds(one)}.")
        lines.append(f"  {exact(one.proceeds)} - {exact(one.basis)} = {words.result_of(one.gain)}.")
        if one.term:
            term, law = TERMS[self.law, one.term]
            assert one.acquired is not None
            held = one.disposed - one.acquired
            lines.append(
                f"  Held from {iso(one.acquired)} to {iso(one.disposed)}, {held} days; {term} "
                f"({law})."
            )
        return lines + self._disallowed(one)

    def _from(self, one: Disposal) -> str:
        if one.acquired is None:
            return f"the pool of {one.asset}" + (f" of {one.owner}" if one.owner else "")
        if self.law == "uk":
            return f"{' and '.join(one.lot.split(';'))}, acquired on {iso(one.acquired)}"
        return f"lot {one.lot}, held since {iso(one.acquired)}"

    def _basis(self, one: Disposal) -> str:
        had = self.words.number(one.asset, one.of_quantity)
        if one.quantity == one.of_quantity:
            return f"all that was left, {self.words.money(one.basis)} for {had} units"
        part = self.words.number(one.asset, one.quantity)
        return (
            f"{had} units had {exact(one.of_basis)}, so {exact(one.of_basis)} x {part} / {had} = "
            f"{self.words.money(one.basis)}, rounded down at the 18th place"
        )

    def _proceeds(self, one: Disposal) -> str:
        rows = [self.events[name] for name in one.event.split(";") if name in self.events]
        values = [self._consideration(row) for row in rows]
        quantity = sum(amount for amount, _ in values)
        total = sum(value for _, value in values)
        if quantity == one.quantity:
            return self.words.money(one.proceeds)
        part, whole = (self.words.number(one.asset, n) for n in (one.quantity, quantity))
        return (
            f"its share {part} / {whole} of {exact(total)} = {self.words.money(one.proceeds)}, "
            "rounded down, the last share takes the rest"
        )

    def _consideration(self, event: Event) -> tuple[int, int]:
        """Units and net proceeds of a disposing row."""
        if self._op(event) is Op.MOVE:
            return event.fee_quantity, event.total
        return event.quantity, event.total - event.fee

    def _trail(self, one: Disposal) -> list[str]:
        """Where the basis of a lot came from: its own row, what went before, what was added."""
        words = self.words
        if one.acquired is None:
            before = [
                other
                for other in self.result.disposals
                if other.acquired is None
                and (other.asset, other.owner, other.wallet) == (one.asset, one.owner, one.wallet)
                and other.disposed <= one.disposed
                and other is not one
            ]
            if not before:
                return ["nothing was taken from the pool before"]
            last = before[-1]
            return [
                f"{len(before)} disposals were taken from the pool before, the last by "
                f"{last.event} on {iso(last.disposed)} at a cost of {words.money(last.basis)}"
            ]
        lines = []
        for name in one.lot.split(";"):
            row = self.events.get(name)
            if row is not None:
                lines.append(f"{name}: {words.row(row, self._op(row), self.source)}")
        for other in self.result.disposals:
            if other is one:
                break
            if other.lot == one.lot and other.owner == one.owner:
                lines.append(
                    f"{other.event} on {iso(other.disposed)} took "
                    f"{words.units(other.asset, other.quantity)} with {words.money(other.basis)}"
                )
        for added in self.result.adjustments:
            if added.replacement == one.lot and added.disposed <= one.disposed:
                lines.append(
                    f"the loss of {added.event} on {iso(added.disposed)} added "
                    f"{words.money(added.amount)} to "
                    f"{words.units(added.asset, added.quantity)} of it ({added.rule})"
                )
        return lines

    def _disallowed(self, one: Disposal) -> list[str]:
        if not one.disallowed:
            return []
        words = self.words
        mine = [
            added
            for added in self.result.adjustments
            if added.event == one.event and added.lot == one.lot
        ]
        rule = mine[0].rule if mine else self.profile.losses.last.name
        lines = [
            f"  {rule}: {words.money(one.disallowed)} of the loss does not count now "
            f"({LOSSES.get(rule, '')}); recognised is {exact(one.gain)} + "
            f"{exact(one.disallowed)} = {words.money(one.recognised)}."
        ]
        for added in mine:
            went = f"went to {added.replacement}" if added.carried else "is denied for good"
            since = (
                f", which now counts as held since {iso(added.acquired)}" if added.acquired else ""
            )
            lines.append(
                f"    {words.money(added.amount)}, for {words.units(added.asset, added.quantity)}, "
                f"{went}{since}"
            )
        return lines

    def _totals(self, sold: list[Disposal]) -> str:
        proceeds, basis = sum(one.proceeds for one in sold), sum(one.basis for one in sold)
        gain = self.words.result_of(proceeds - basis)
        return f"proceeds {exact(proceeds)} - basis {exact(basis)} = {gain}"

    # ------------------------------------------------------------ acquisitions
    def _acquired(self, event: Event, came: list[Adjustment]) -> list[str]:
        words = self.words
        lines = [
            f"Added: {words.money(added.amount)}, the disallowed loss of {added.event} "
            f"({added.rule}; {LOSSES.get(added.rule, '')})."
            for added in came
        ]
        for one in self.result.disposals:
            if event.id in one.lot.split(";"):
                lines.append(
                    f"Used: {words.units(one.asset, one.quantity)} by {one.event} on "
                    f"{iso(one.disposed)}, with basis {words.money(one.basis)}."
                )
        for lot in self.result.open_lots:
            if lot.lot == event.id:
                where = f" in wallet {lot.wallet}" if lot.wallet else ""
                lines.append(
                    f"Left: {words.units(lot.asset, lot.quantity)}{where} with basis "
                    f"{words.money(lot.basis)}, held since {iso(lot.acquired)}."
                )
        for pool in self.result.pools:
            if (pool.asset, pool.owner) == (event.asset, event.owner):
                lines.append(
                    f"What is not matched is part of the pool of {pool.asset}: now "
                    f"{words.number(pool.asset, pool.quantity)} units with a cost of "
                    f"{words.money(pool.cost)}."
                )
        return lines

    def _others(self, event: Event, op: Op) -> list[str]:
        words = self.words
        lines = [
            f"Nothing is realised: {words.units(one.asset, one.quantity)} of lot {one.lot} left "
            f"with basis {words.money(one.basis)} ({self.profile.treatment.on(event.day).name})."
            for one in self.result.removals
            if one.event == event.id
        ]
        if op is Op.MOVE:
            lines.append("Moving between one's own wallets realises nothing; basis goes along.")
        if op in (Op.CARRY_OUT, Op.CARRY_IN):
            legs = [one.id for one in self.events.values() if one.group == event.group]
            lines.append(
                f"A wrap ({' and '.join(legs)}) realises nothing; basis and time go along."
            )
        lines += [
            f"Income: {words.money(one.value)} at its value when received."
            for one in self.result.income
            if one.event == event.id
        ]
        return lines
