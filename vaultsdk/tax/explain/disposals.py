"""The parts of a disposal in words: which units, their basis, proceeds, term, and what of a loss
does not count."""

from __future__ import annotations

from collections.abc import Sequence

from vaultsdk.tax.exact import exact
from vaultsdk.tax.explain.account import Account, Entry, trail
from vaultsdk.tax.explain.carried import Carrier
from vaultsdk.tax.explain.facts import Facts
from vaultsdk.tax.explain.pieces import lot_history
from vaultsdk.tax.explain.pools import average_history, shares_history
from vaultsdk.tax.explain.sources import LOSSES, TERMS, family, rule_of
from vaultsdk.tax.explain.words import Words
from vaultsdk.tax.ledger.event import iso
from vaultsdk.tax.result import Adjustment, Disposal
from vaultsdk.tax.rules.matching import EngineName


class DisposalStory:
    """Tells the disposals of one event, all of them together."""

    def __init__(self, facts: Facts, words: Words, carrier: Carrier) -> None:
        self.facts = facts
        self.carrier = carrier
        self.words = words
        self.law = family(facts.profile.name)

    def tell(self, sold: Sequence[Disposal]) -> list[str]:
        """The lines about all parts of an event's disposal, in order."""
        lines: list[str] = []
        rows = [self.facts.by_id[name] for name in sold[0].event.split(";")] if sold else []
        amounts = [self.facts.consideration(row) for row in rows]
        units = sum(quantity for quantity, _ in amounts)
        money = sum(value for _, value in amounts)
        for at, one in enumerate(sold):
            lines += self._part(one)
            lines.append(f"  Proceeds: {self._proceeds(one, at, units, money)}.")
            units -= one.quantity
            money -= one.proceeds
            gain = self.words.result_of(one.gain)
            lines.append(f"  {exact(one.proceeds)} - {exact(one.basis)} = {gain}.")
            lines += self._term(one) + self._disallowed(one, sold[at + 1 :])
        if len(sold) > 1:
            lines.append(f"Together: {self._totals(sold)}.")
        return lines

    def _part(self, one: Disposal) -> list[str]:
        words = self.words
        rule, source = rule_of(self.law, one.rule, one.disposed)
        lines = [
            f"{words.units(one.asset, one.quantity)} from {self._from(one)}: {rule} ({source})."
        ]
        together = one.event.split(";")
        if len(together) > 1:
            lines.append(
                f"  The law takes the day's disposals ({', '.join(together)}) as one transaction."
            )
        had = words.units(one.asset, one.of_quantity)
        if one.quantity == one.of_quantity:
            lines.append(f"  Basis: all that was left there, {words.money(one.basis)} for {had}.")
        else:
            share = words.share(one.asset, one.of_basis, one.quantity, one.of_quantity, one.basis)
            lines.append(f"  Basis: {had} had {words.money(one.of_basis)} there, so {share}.")
        return lines + [f"    {line}" for line in self._trail(one)]

    def _from(self, one: Disposal) -> str:
        whose = f" of {one.owner}" if one.owner else ""
        if one.acquired is None:
            where = f" in wallet {one.wallet}" if one.wallet and self._by_wallet() else ""
            return f"the pool of {self.facts.kind(one.asset)}{whose}{where}"
        if self.law == "uk":
            return f"{' and '.join(one.lot.split(';'))}, acquired on {iso(one.acquired)}"
        return f"lot {one.lot}{whose}, held since {iso(one.acquired)}"

    def _by_wallet(self) -> bool:
        return self.facts.result.scope == "wallet"

    def _trail(self, one: Disposal) -> list[str]:
        """Where the basis came from, as a sum that comes out exactly; else the rows it began
        with."""
        entries = self._history(one)
        account = Account(entries or ())
        if entries and (account.units, account.cost) == (one.of_quantity, one.of_basis):
            return trail(entries, one.asset, self.facts, self.words)
        if one.acquired is None:
            return ["the pool's cost at that moment; not all of its steps are in the result"]
        rows = [self.facts.by_id[name] for name in one.lot.split(";") if name in self.facts.by_id]
        lines = [f"{row.id}: {self.words.row(row, self.facts.op(row))}" for row in rows]
        return [*lines, "a part of this lot, with the basis that came with it to where it was"]

    def _history(self, one: Disposal) -> list[Entry] | None:
        engine = self.facts.profile.matching.engine
        if engine is EngineName.LOTS:
            return lot_history(self.facts, one, self.carrier)
        history = shares_history if engine is EngineName.SHARES else average_history
        return history(self.facts, one)

    def _proceeds(self, one: Disposal, at: int, units: int, money: int) -> str:
        """One part's share of what is left of the proceeds for the units that are left."""
        words = self.words
        if one.quantity == units or not units:
            rest = "the rest, " if at else ""
            return f"{rest}{words.money(one.proceeds)}"
        share = words.share(one.asset, money, one.quantity, units, one.proceeds)
        left = " what is left of it," if at else ""
        return f"its share by units,{left} {share}"

    def _term(self, one: Disposal) -> list[str]:
        if not one.term or one.acquired is None:
            return []
        term, law = TERMS[self.law, one.term]
        held = one.disposed - one.acquired
        days = f"{held} day{'' if held == 1 else 's'}"
        return [f"  Held from {iso(one.acquired)} to {iso(one.disposed)}, {days}; {term} ({law})."]

    def _disallowed(self, one: Disposal, later: Sequence[Disposal]) -> list[str]:
        if not one.disallowed:
            return []
        words = self.words
        added = self.facts.losses[one.event, one.lot]
        rule = added[0].rule if added else self.facts.profile.losses.last.name
        lines = [
            f"  {rule}: {words.money(one.disallowed)} of the loss does not count now "
            f"({LOSSES.get(rule, '')}); recognised is {exact(one.gain)} + {exact(one.disallowed)} "
            f"= {words.money(one.recognised)}."
        ]
        # Two parts of one lot share their adjustments: these are told with the last of them.
        if any(other.lot == one.lot and other.disallowed for other in later):
            return lines
        if sum(it.amount for it in added) != one.disallowed:
            lines.append(f"    of all of {one.event}'s parts of lot {one.lot}:")
        return lines + [f"    {self._went(it, one)}" for it in added]

    def _went(self, added: Adjustment, one: Disposal) -> str:
        words = self.words
        whose = f" of {added.owner or 'no owner'}" if added.owner != one.owner else ""
        target = f"{added.replacement}{whose}"
        bought = self.facts.by_id.get(added.replacement)
        if bought is not None and bought.owner != added.owner:
            # No buyer of the window has units left at its end: it goes to whoever holds some.
            pool = f"the pool{whose}" if whose else "the pool"
            target = f"{pool}, which holds units at the window's end"
        went = f"went to {target}" if added.carried else "is denied for good"
        since = f", which now counts as held since {iso(added.acquired)}" if added.acquired else ""
        units = words.units(added.asset, added.quantity)
        return f"{words.money(added.amount)}, for {units}, {went}{since}"

    def _totals(self, sold: Sequence[Disposal]) -> str:
        proceeds, basis = sum(one.proceeds for one in sold), sum(one.basis for one in sold)
        gain = self.words.result_of(proceeds - basis)
        return f"proceeds {exact(proceeds)} - basis {exact(basis)} = {gain}"
