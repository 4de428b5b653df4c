"""Explains what an event did: the rows, the lots, the rule, the source, and every step between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final

from vaultsdk.tax.document import adjustment, disposal
from vaultsdk.tax.errors import TaxError
from vaultsdk.tax.exact import exact
from vaultsdk.tax.explain.carried import Carrier
from vaultsdk.tax.explain.disposals import DisposalStory
from vaultsdk.tax.explain.facts import Facts
from vaultsdk.tax.explain.sources import LOSSES
from vaultsdk.tax.explain.words import Words
from vaultsdk.tax.ledger.event import Event, Kind, iso
from vaultsdk.tax.ledger.ledger import Ledger
from vaultsdk.tax.options import Options
from vaultsdk.tax.profile import Profile
from vaultsdk.tax.result import Adjustment, Disposal, OpenLot, TaxResult
from vaultsdk.tax.rules.matching import EngineName, Method
from vaultsdk.tax.rules.scope import Scope
from vaultsdk.tax.rules.timeline import Timeline
from vaultsdk.tax.rules.treatment import Op

_MOST_USES: Final = 12
_MOST_NAMES: Final = 20_000  # ids that are compared with one that does not exist


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
    ledger: Ledger,
    result: TaxResult,
    profile: Profile,
    event_id: str,
    *,
    source: str = "",
    options: Options | None = None,
) -> Explanation:
    """Explain an event of a computed ledger.

    `result` is what `compute` gave for this ledger and profile, with `options` if it was asked for
    other statements about assets that count as the same. Every sum in the lines is checked before
    it is written. Raises TaxError when the ledger has no such event, with the ids that look like
    it.
    """
    facts = Facts(ledger, result, profile, options or Options())
    if event_id not in facts.by_id and event_id in facts.days:
        event_id = event_id.partition(";")[0]  # a day's disposals are one: any of them tells it
    if event_id not in facts.by_id:
        later = next((event for event in ledger.events if event.id == event_id), None)
        if later is None:
            raise _unknown(event_id, [event.id for event in ledger.events])
        assert result.as_of is not None
        line = (
            f"{event_id}: it is of {iso(later.day)}, and this computation ends with "
            f"{iso(result.as_of)}: nothing of it counts yet."
        )
        return Explanation(event_id, (line,), (), (), result)
    carrier = Carrier(facts, options or Options())
    return _Story(facts, source or ledger.source, carrier).tell(facts.by_id[event_id])


def _unknown(event_id: str, known: list[str]) -> TaxError:
    near = get_close_matches(event_id, known[:_MOST_NAMES], 3, 0.6)
    hint = f"did you mean {' or '.join(near)}?" if near else "give the id of one of its rows"
    return TaxError(f"the ledger has no event {event_id!r}: {hint}", name="event", value=event_id)


class _Story:
    def __init__(self, facts: Facts, source: str, carrier: Carrier) -> None:
        self.facts = facts
        self.carrier = carrier
        self.result = facts.result
        self.words = Words(facts.result, source)

    def tell(self, event: Event) -> Explanation:
        op = self.facts.op(event)
        lines = [f"{event.id}: {self.words.row(event, op)}."]
        lines += self._fees(event)
        sold = self.facts.sold_by.get(event.id, [])
        lines += DisposalStory(self.facts, self.words, self.carrier).tell(sold)
        came = self.facts.added_to.get(event.id, [])
        own = {
            id(added): added
            for one in sold
            if one.disallowed
            for added in self.facts.losses[one.event, one.lot]
        }
        own |= {id(added): added for added in came}
        if op in (Op.ACQUIRE, Op.RECEIVE, Op.CARRY_IN):
            lines += self._acquired(event, op, came)
        lines += self._others(event, op)
        return Explanation(event.id, tuple(lines), tuple(sold), tuple(own.values()), self.result)

    def _fees(self, event: Event) -> list[str]:
        """Fees paid in tokens: where their value went, and what is in this row's fee."""
        words, facts = self.words, self.facts
        lines = []
        rows = facts.fees(event)
        if rows:
            names = " and ".join(row.id for row in rows)
            own, value = facts.own_fee[event.id], sum(row.total for row in rows)
            text = f"{words.money(value)}"
            if own:
                text = f"{exact(own)} of its own + {exact(value)} = {words.money(own + value)}"
            lines.append(f"Its fee contains the value of what {names} spent: {text}.")
        bearer = facts.bearer(event)
        if bearer is not None:
            lines.append(
                f"Its value of {words.money(event.total)} is also a cost of {bearer.id}, "
                f"of the same group ({facts.profile.fees.last.name})."
            )
        return lines

    # ------------------------------------------------------------ acquisitions
    def _acquired(self, event: Event, op: Op, came: list[Adjustment]) -> list[str]:
        words = self.words
        lines = [
            f"Added: {words.money(added.amount)}, the disallowed loss of {self._seller(added)} on "
            f"{words.units(added.asset, added.quantity)} ({added.rule}; "
            f"{LOSSES.get(added.rule, '')})."
            for added in came
        ]
        taken = self.facts.taken_from.get(event.id, [])
        uses = [one for one in taken if isinstance(one, Disposal)]
        for one in uses[:_MOST_USES]:
            with_others = [name for name in one.lot.split(";") if name != event.id]
            whole = f" (of {event.id} and {' and '.join(with_others)})" if with_others else ""
            lines.append(
                f"Used: {words.units(one.asset, one.quantity)}{whole} by "
                f"{' and '.join(one.event.split(';'))} on {iso(one.disposed)}, with basis "
                f"{words.money(one.basis)}."
            )
        rest = uses[_MOST_USES:]
        if rest:
            units = words.units(event.asset, sum(one.quantity for one in rest))
            basis = words.money(sum(one.basis for one in rest))
            lines.append(f"Used: {units} by {len(rest)} more, with basis {basis}.")
        if self.facts.profile.matching.engine is EngineName.LOTS:
            return lines + self._left(event, op)
        return lines + self._pool(event)

    def _seller(self, added: Adjustment) -> str:
        row = self.facts.by_id[added.event]
        whose = f" of {row.owner or 'no owner'}" if row.owner != added.owner else ""
        return f"{added.event}{whose}"

    def _left(self, event: Event, op: Op) -> list[str]:
        """What is left of a lot, and that nothing of its basis is lost."""
        words = self.words
        lots = [lot for lot in self.result.open_lots if lot.lot == event.id]
        lines = []
        for lot in lots:
            where = f" in wallet {lot.wallet}" if lot.wallet else ""
            lines.append(
                f"Left: {words.units(lot.asset, lot.quantity)}{where} with basis "
                f"{words.money(lot.basis)}, held since {iso(lot.acquired)}."
            )
        if op is Op.CARRY_IN:
            return lines
        own = event.total + event.fee
        added = sum(one.amount for one in self.facts.added_to.get(event.id, ()))
        taken = self.facts.taken_from.get(event.id, ())
        used = sum(one.basis for one in taken)
        left = sum(lot.basis for lot in lots)
        units = sum(one.quantity for one in taken) + sum(lot.quantity for lot in lots)
        if (added or used) and own + added - used == left and units == event.quantity:
            parts = [exact(own)]
            parts += [f"+ {exact(added)}"] if added else []
            parts += [f"- {exact(used)}"] if used else []
            lines.append(f"Of its basis {' '.join(parts)} = {words.money(left)} is left.")
        elif units < event.quantity:
            gone = words.units(event.asset, event.quantity - units)
            lines.append(f"{gone} went on in wraps, as other lots.")
        return lines

    def _pool(self, event: Event) -> list[str]:
        words = self.words
        lines = []
        kind = self.facts.kind(event.asset)
        for pool in self.result.pools:
            if pool.owner == event.owner and self.facts.kind(pool.asset) == kind:
                what = "What is not matched" if self._matches() else "It"
                where = f" in wallet {pool.wallet}" if pool.wallet else ""
                lines.append(
                    f"{what} is part of the pool of {pool.asset}{where}: now "
                    f"{words.units(pool.asset, pool.quantity)} with a cost of "
                    f"{words.money(pool.cost)}."
                )
        return lines

    def _matches(self) -> bool:
        return self.facts.profile.matching.engine is EngineName.SHARES

    # ------------------------------------------------------------ what realises nothing
    def _others(self, event: Event, op: Op) -> list[str]:
        words = self.words
        treatment = self.facts.profile.treatment.on(event.day)
        lines = []
        if event.kind in (Kind.GIFT_IN, Kind.GIFT_OUT) and op in (Op.ACQUIRE, Op.DISPOSE):
            lines.append(f"Here {treatment.name}, and an acquisition of who receives it.")
        if op is Op.REMOVE:
            for one in self.result.removals:
                if one.event == event.id:
                    lot = one.lot and not one.lot.startswith("S104:")
                    source = f"lot {one.lot}" if lot else "the pool"
                    lines.append(
                        f"Nothing is realised: {words.units(one.asset, one.quantity)} of {source} "
                        f"left with basis {words.money(one.basis)} ({treatment.name})."
                    )
        if op is Op.MOVE and event.quantity > event.fee_quantity:
            lines.append(self._moved(event))
            lines += self._carried(event)
        if op in (Op.CARRY_OUT, Op.CARRY_IN):
            legs = " and ".join(
                one.id
                for one in self.facts.groups[event.group]
                if self.facts.op(one) in (Op.CARRY_OUT, Op.CARRY_IN)
            )
            lines.append(f"A wrap ({legs}) realises nothing: {self._goes_along()}.")
            lines += self._carried(event)
        lines += [
            f"Income: {words.money(one.value)}, its value when received, which is also its cost."
            for one in self.result.income
            if one.event == event.id
        ]
        return lines

    def _carried(self, event: Event) -> list[str]:
        """The lots that went along, and what they are now."""
        if self.facts.profile.matching.engine is not EngineName.LOTS:
            return []
        carried = self.carrier.of(event)
        if carried is None:
            return []
        return self._lots("Took", carried.gone) + self._lots("Brought", carried.come)

    def _lots(self, verb: str, lots: Sequence[OpenLot]) -> list[str]:
        words = self.words
        lines = []
        for lot in lots[:_MOST_USES]:
            where = f" in wallet {lot.wallet}" if lot.wallet else ""
            lines.append(
                f"{verb}: {words.units(lot.asset, lot.quantity)} of lot {lot.lot}{where} with "
                f"basis {words.money(lot.basis)}, held since {iso(lot.acquired)}."
            )
        rest = lots[_MOST_USES:]
        if rest:
            units = words.units(rest[0].asset, sum(lot.quantity for lot in rest))
            basis = words.money(sum(lot.basis for lot in rest))
            lines.append(f"{verb}: {units} of {len(rest)} more with basis {basis}.")
        return lines

    def _goes_along(self) -> str:
        lots = self.facts.profile.matching.engine is EngineName.LOTS
        return "basis and time go along" if lots else "the cost goes along"

    def _moved(self, event: Event) -> str:
        nothing = "Moving between one's own wallets realises nothing"
        if self.facts.profile.matching.engine is not EngineName.LOTS:
            if self.result.scope == Scope.WALLET:
                return f"{nothing}: the cost goes along."
            return f"{nothing}: one pool serves all wallets."
        scopes = self.facts.profile.scope
        if self.result.scope != "auto":
            scopes = Timeline.always(Scope(self.result.scope))
        if scopes.on(event.day) is Scope.UNIVERSAL:
            until = " on that day" if scopes.last is not Scope.UNIVERSAL else ""
            return f"{nothing}: the taxpayer's lots serve all wallets{until}."
        named = ", as the row names them" if event.lot and self.result.method == Method.SPEC else ""
        return f"{nothing}: lots go along with basis and time{named or ', the earliest first'}."
