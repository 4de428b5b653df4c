"""Builds the harvest table: every holding sold, one at a time, on top of the ledger."""

from __future__ import annotations

from collections.abc import Mapping

from vaultsdk.tax.candidates.holding import Holding
from vaultsdk.tax.candidates.holdings import holdings_of, price_of
from vaultsdk.tax.candidates.model import Candidate, Candidates, Wait
from vaultsdk.tax.candidates.sales import Effect, Sales
from vaultsdk.tax.candidates.waits import alike, do_not_buy, gain_wait, spoiled_until
from vaultsdk.tax.compute import computed
from vaultsdk.tax.identity import packaged_identity
from vaultsdk.tax.ledger.event import Kind, iso
from vaultsdk.tax.ledger.ledger import Ledger
from vaultsdk.tax.options import Options
from vaultsdk.tax.profile import Profile
from vaultsdk.tax.related import related_assets
from vaultsdk.tax.rules.holding import term_of
from vaultsdk.tax.rules.matching import EngineName, Method


def candidates(
    ledger: Ledger,
    profile: Profile,
    prices: Mapping[str, int],
    day: int,
    options: Options | None = None,
) -> Candidates:
    """Every open lot or pool of an asset with a price, as if it were sold on `day` (ordinal).

    `prices`: money (1e-18 of the report currency) per whole unit. Rows of the ledger after that day
    are not known yet. Raises what `compute` raises.
    """
    return _Table(ledger, profile, prices, day, options or Options()).build()


class _Table:
    def __init__(
        self,
        ledger: Ledger,
        profile: Profile,
        prices: Mapping[str, int],
        day: int,
        options: Options,
    ) -> None:
        self.ledger = ledger.until(day)
        self.profile = profile
        self.prices = prices
        self.day = day
        self.options = options.model_copy(update={"as_of": day})
        identity = options.identity or packaged_identity()
        self.same = identity.same(profile.losses.last.identity, options.confidence)
        self.now = computed(self.ledger, profile, self.options)
        self.attached = profile.fees.last.attach(self.ledger.events)
        self.held = holdings_of(self.now)
        self.owners = len({one.owner for one in self.held}) > 1

    def build(self) -> Candidates:
        rows: list[Candidate] = []
        waits: list[Wait] = []
        for group, priced in self._groups().items():
            sales = Sales(self._part(group), self.profile, self.options, self.day)
            holdings, values = [one for one, _ in priced], [value for _, value in priced]
            effects = sales.sell_each(holdings, values, self.day)
            for one, value, effect in zip(holdings, values, effects, strict=True):
                row = self._row(one, value, effect)
                rows.append(row)
                if effect.own:
                    waits.append(self._spoiled(one, value, sales))
                else:
                    wait = gain_wait(row, self._subject(one), self.profile, self.day)
                    waits += [wait] if wait else []
        rows.sort(key=lambda row: (row.gain, row.asset, row.lot, row.owner, row.wallet))
        waits.sort(key=lambda one: (one.until, one.subject))
        return Candidates(
            day=self.day,
            currency=self.now.currency,
            decimals=self.ledger.decimals,
            rows=tuple(rows),
            do_not_buy=tuple(do_not_buy(self.now, rows, self.profile, self.same, self.day)),
            do_not_sell=tuple(waits),
            notes=(*self._notes(), *self.now.notes),
        )

    # ------------------------------------------------------------ what is sold on top of what
    def _groups(self) -> dict[frozenset[str], list[tuple[Holding, int]]]:
        """Holdings with their values, by the assets that their sale can touch."""
        related = related_assets(self.ledger, self.same)
        found: dict[frozenset[str], list[tuple[Holding, int]]] = {}
        for one in self.held:
            price = price_of(one, self.prices, self.same)
            if price is not None:
                value = one.quantity * price // 10 ** self.ledger.places(one.asset)
                found.setdefault(related[one.asset], []).append((one, value))
        return found

    def _part(self, group: frozenset[str]) -> Ledger:
        """The rows of some assets. Fees in other tokens are part of them already, so rows of type
        fee are no more than disposals."""
        events = [
            event._replace(group="") if event.kind == Kind.FEE else event
            for event in self.attached
            if event.asset in group
        ]
        ledger = self.ledger
        return Ledger(tuple(events), ledger.decimals, ledger.currency, ledger.source)

    # ------------------------------------------------------------ rows
    def _row(self, one: Holding, value: int, effect: Effect) -> Candidate:
        holding = self.profile.holding.on(self.day)
        acquired = max(one.acquired, default=None)
        terms = {term_of(holding, start, self.day) for start in one.acquired}
        term = "mixed" if len(terms) > 1 else next(iter(terms), "")
        days = None
        if acquired is not None and term in ("short", "mixed"):
            first = holding.long_from(acquired)
            days = None if first is None else first - self.day
        return Candidate(
            kind="lot" if one.lot else "pool",
            lot=one.lot or one.asset,
            owner=one.owner,
            wallet=one.wallet,
            asset=one.asset,
            quantity=one.quantity,
            basis=one.basis,
            value=value,
            acquired=acquired,
            term=term,
            days_to_long=days,
            realised=effect.realised,
            recognised=effect.recognised,
            deferred=effect.deferred,
            denied=effect.denied,
        )

    def _subject(self, one: Holding) -> str:
        """The lot or pool, with what tells it from others of that name."""
        text = one.lot or one.asset
        text += f" in wallet {one.wallet}" if one.wallet else ""
        return text + (f", {one.owner}" if self.owners and one.owner else "")

    def _spoiled(self, one: Holding, value: int, sales: Sales) -> Wait:
        until, last = spoiled_until(one, value, self.day, sales, self.profile)
        rule, what = self.profile.losses.last.name, alike(one.asset, self.same)
        why = f"{what} was bought on {iso(last)}: {rule}, part of the loss would not count now"
        return Wait(self._subject(one), until, why)

    # ------------------------------------------------------------ notes
    def _notes(self) -> list[str]:
        held = {one.asset for one in self.held}
        priced = {
            one.asset for one in self.held if price_of(one, self.prices, self.same) is not None
        }
        used = {self.same.get(name, name) for name in held} | held
        notes = [
            f"no price for {name}: what is held of it is left out" for name in sorted(held - priced)
        ]
        notes += [
            f"nothing is held of {asset}: its price is not used"
            for asset in sorted(self.prices)
            if asset not in used and self.same.get(asset, asset) not in used
        ]
        return notes + self._remarks()

    def _remarks(self) -> list[str]:
        name, matching = self.profile.name, self.profile.matching
        notes = []
        if matching.engine is not EngineName.LOTS:
            notes.append(
                f"profile {name} pools what is alike: a candidate is a pool, and a sale takes from "
                "all of it at its average cost, never from one lot"
            )
        elif Method.SPEC not in matching.methods:
            notes.append(
                f"profile {name} uses lots in order: one comes up for sale only after the earlier "
                "ones of its wallet"
            )
        if self.profile.losses.last.watches and len(self.held) > 1:
            notes.append("each row is a sale by itself: to make several can change each of them")
        return notes
