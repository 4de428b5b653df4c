"""The harvest table: what selling each lot or pool now would realise, and what of it would count.

Every row is a simulation by the engine itself: the ledger with one more sale, at the market's
price, on the day asked about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from vaultsdk.tax.compute import computed
from vaultsdk.tax.exact import exact
from vaultsdk.tax.identity import packaged_identity
from vaultsdk.tax.ledger.event import Event, Kind, Named, iso, order_of
from vaultsdk.tax.ledger.ledger import Ledger
from vaultsdk.tax.options import Options
from vaultsdk.tax.profile import Profile
from vaultsdk.tax.related import related_assets
from vaultsdk.tax.result import OpenLot, Pool, TaxResult
from vaultsdk.tax.rules.holding import term_of
from vaultsdk.tax.rules.matching import EngineName
from vaultsdk.tax.simulate import simulate

HYPOTHETICAL = "(what if)"


class Candidate(NamedTuple):
    """A lot, or in pooled jurisdictions the pool, as if all of it were sold at the price.

    Money in 1e-18 of the report currency. `gain` is value less basis. Of what the sale realises
    `recognised` counts, `deferred` goes into a replacement and `denied` counts never: recognised -
    deferred - denied = realised. `days_to_long` counts the days until a sale is long-term (None: it
    is, or there are no terms).
    """

    kind: str  # "lot" or "pool"
    lot: str
    owner: str
    wallet: str
    asset: str
    quantity: int
    basis: int
    value: int
    acquired: int | None
    term: str
    days_to_long: int | None
    realised: int
    recognised: int
    deferred: int
    denied: int

    @property
    def gain(self) -> int:
        """Market value less basis."""
        return self.value - self.basis


class Wait(NamedTuple):
    """An asset not to buy, or a lot or asset not to sell, before the day `until`, and why."""

    subject: str
    until: int
    why: str


@dataclass(frozen=True)
class Candidates:
    """The table of a day, greatest loss first, with what to wait for."""

    day: int
    currency: str
    decimals: Mapping[str, int]
    rows: tuple[Candidate, ...]
    do_not_buy: tuple[Wait, ...]
    do_not_sell: tuple[Wait, ...]
    notes: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """For JSON: exact decimal texts and ISO dates."""
        return {
            "as_of": iso(self.day),
            "currency": self.currency or None,
            "candidates": [self._row(row) for row in self.rows],
            "do_not_buy": [_wait(one) for one in self.do_not_buy],
            "do_not_sell": [_wait(one) for one in self.do_not_sell],
            "notes": list(self.notes),
        }

    def _row(self, row: Candidate) -> dict[str, Any]:
        return {
            "kind": row.kind,
            "lot": row.lot,
            "owner": row.owner,
            "wallet": row.wallet or None,
            "asset": row.asset,
            "quantity": exact(row.quantity, self.decimals.get(row.asset, 18)),
            "basis": exact(row.basis),
            "value": exact(row.value),
            "gain": exact(row.gain),
            "acquired": None if row.acquired is None else iso(row.acquired),
            "term": row.term or None,
            "days_to_long": row.days_to_long,
            "realised": exact(row.realised),
            "recognised": exact(row.recognised),
            "deferred": exact(row.deferred),
            "denied": exact(row.denied),
        }


def _wait(one: Wait) -> dict[str, str]:
    return {"subject": one.subject, "until": iso(one.until), "why": one.why}


def candidates(
    ledger: Ledger,
    profile: Profile,
    prices: Mapping[str, int],
    day: int,
    options: Options | None = None,
) -> Candidates:
    """Every open lot or pool of an asset with a price, as if it were sold on `day` (ordinal).

    `prices`: money (1e-18 of the report currency) per whole unit. Raises what `compute` raises.
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
        self.rule = profile.losses.last
        identity = options.identity or packaged_identity()
        self.same = identity.same(self.rule.identity, options.confidence)
        self.before: dict[frozenset[str], tuple[Ledger, TaxResult]] = {}

    def build(self) -> Candidates:
        now = self._compute(self.ledger)
        rows: list[Candidate] = []
        notes: list[str] = []
        holdings: list[OpenLot | Pool] = [*now.open_lots, *now.pools]
        groups = related_assets(self.ledger, self.same)
        for one in holdings:
            if one.asset in self.prices and one.quantity:
                rows.append(self._row(one, groups[one.asset]))
        for asset in sorted({one.asset for one in holdings} - set(self.prices)):
            notes.append(f"no price for {asset}: its lots are left out")
        if self.profile.matching.engine is not EngineName.LOTS:
            notes.append(
                f"profile {self.profile.name} pools what is alike: a candidate is a pool, and a "
                "sale takes from all of it at its average cost, never from one lot"
            )
        elif "spec" not in self.profile.matching.methods:
            notes.append(
                f"profile {self.profile.name} uses lots in order: one comes up for sale only after "
                "the earlier ones of its wallet"
            )
        rows.sort(key=lambda row: (row.gain, row.asset, row.lot))
        return Candidates(
            day=self.day,
            currency=now.currency,
            decimals=self.ledger.decimals,
            rows=tuple(rows),
            do_not_buy=tuple(self._do_not_buy(now, rows)),
            do_not_sell=tuple(self._do_not_sell(rows)),
            notes=(*notes, *now.notes),
        )

    def _compute(self, ledger: Ledger) -> TaxResult:
        return computed(ledger, self.profile, self.options)

    # ------------------------------------------------------------ rows
    def _row(self, one: OpenLot | Pool, group: frozenset[str]) -> Candidate:
        basis = one.basis if isinstance(one, OpenLot) else one.cost
        value = one.quantity * self.prices[one.asset] // 10 ** self.ledger.places(one.asset)
        acquired = one.acquired if isinstance(one, OpenLot) else None
        holding = self.profile.holding.on(self.day)
        term, days = "", None
        if acquired is not None:
            term = term_of(holding, acquired, self.day)
            first = holding.long_from(acquired)
            days = first - self.day if term == "short" and first is not None else None
        realised, recognised, deferred, denied = self._simulate(one, value, group)
        if holding.exempt and term == "long":
            recognised, denied = 0, denied - realised
        return Candidate(
            kind="lot" if isinstance(one, OpenLot) else "pool",
            lot=one.lot if isinstance(one, OpenLot) else one.asset,
            owner=one.owner,
            wallet=one.wallet,
            asset=one.asset,
            quantity=one.quantity,
            basis=basis,
            value=value,
            acquired=acquired,
            term=term,
            days_to_long=days,
            realised=realised,
            recognised=recognised,
            deferred=deferred,
            denied=max(0, denied),
        )

    def _simulate(
        self, one: OpenLot | Pool, value: int, group: frozenset[str]
    ) -> tuple[int, int, int, int]:
        """The sale alone: only rows of assets that it can touch are computed again."""
        if group not in self.before:
            part = Ledger.of(
                (event for event in self.ledger.events if event.asset in group),
                self.ledger.decimals,
                self.ledger.currency,
                self.ledger.source,
            )
            self.before[group] = part, self._compute(part)
        part, before = self.before[group]
        sale = Event(
            id=HYPOTHETICAL,
            kind=Kind.SELL,
            order=order_of(self.day, Kind.SELL, None),
            day=self.day,
            asset=one.asset,
            quantity=one.quantity,
            total=value,
            wallet=one.wallet,
            owner=one.owner,
            lot=(Named(one.lot, one.quantity),) if isinstance(one, OpenLot) else (),
        )
        options = self.options.model_copy(update={"identified": frozenset({HYPOTHETICAL})})
        made = simulate(part, [sale], self.profile, options, before=before)
        return made.realised, made.recognised, made.deferred, made.denied

    # ------------------------------------------------------------ waiting
    def _class(self, asset: str) -> str:
        """An asset with those that count as the same, in words."""
        key = self.same.get(asset, asset)
        others = sorted({it for it, name in self.same.items() if name == key} - {asset})
        return f"{asset} (or {', '.join(others)})" if others else asset

    def _do_not_buy(self, now: TaxResult, rows: list[Candidate]) -> list[Wait]:
        """After a loss: until the window has closed behind it."""
        after = self.rule.after
        if not after:
            return []
        until: dict[str, tuple[int, str]] = {}
        for one in now.disposals:
            if one.recognised < 0 and one.disposed + after >= self.day:
                day = one.disposed + after + 1
                if day > until.get(one.asset, (0, ""))[0]:
                    until[one.asset] = day, f"{one.event} sold at a loss on {iso(one.disposed)}"
        for row in rows:
            if row.recognised < 0:
                day = self.day + after + 1
                until[row.asset] = day, f"if a loss is realised on {iso(self.day)}"
        return [
            Wait(self._class(asset), day, f"{why}: {self.rule.name}")
            for asset, (day, why) in sorted(until.items())
        ]

    def _do_not_sell(self, rows: list[Candidate]) -> list[Wait]:
        """Losses that a recent purchase would take away, and gains that soon turn long-term."""
        waits: dict[str, Wait] = {}
        for row in rows:
            if row.deferred > 0 or (row.denied > 0 and self.rule.before):
                last = max(
                    (
                        event.day
                        for event in self.ledger.events
                        if self.same.get(event.asset, event.asset)
                        == self.same.get(row.asset, row.asset)
                        and event.kind in (Kind.BUY, Kind.INCOME, Kind.HARVEST_IN, Kind.TRANSFER_IN)
                    ),
                    default=self.day,
                )
                why = f"bought on {iso(last)}: part of the loss would be deferred or denied"
                waits[row.lot] = Wait(
                    row.lot, last + self.rule.before + 1, f"{self._class(row.asset)} was {why}"
                )
            elif row.gain > 0 and row.days_to_long is not None:
                waits[row.lot] = Wait(
                    row.lot,
                    self.day + row.days_to_long,
                    "its gain turns exempt then"
                    if self.profile.holding.on(self.day).exempt
                    else "its gain turns long-term then",
                )
        return sorted(waits.values(), key=lambda one: (one.until, one.subject))
