"""A depositor's tax position over a ledger: what harvests would be worth, by the same engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from pydantic import Field

from vaultsdk.core.model import Frozen, checksum
from vaultsdk.core.roll import Realisation
from vaultsdk.core.tax_view import TaxOutcome
from vaultsdk.tax.compute import computed
from vaultsdk.tax.errors import TaxError
from vaultsdk.tax.exact import exact
from vaultsdk.tax.ledger.event import Event, Kind, Named, order_of
from vaultsdk.tax.ledger.ledger import Ledger
from vaultsdk.tax.ledger.times import Clock, zone_of
from vaultsdk.tax.ledger.vault_names import VaultNames, block_time
from vaultsdk.tax.options import Options
from vaultsdk.tax.profile import Profile
from vaultsdk.tax.result import TaxResult
from vaultsdk.tax.simulate import simulate

_CURRENCY: Final = "USD"


class TaxRates(Frozen):
    """Flat rates in bps on what is recognised short-term and long-term. A profile without terms
    uses `short_bps` for all; in Germany a long-term gain is exempt: `long_bps` 0."""

    short_bps: int = Field(ge=0, le=10_000)
    long_bps: int = Field(ge=0, le=10_000)


class _Held(NamedTuple):
    """A lot that a hypothetical harvest may take, and what it is recognised by."""

    asset: str
    quantity: int
    basis: int
    acquired: int
    lot: str


class LedgerTaxView:
    """A `TaxView` of one vault's depositors: a tax ledger, a profile, and flat rates.

    `ledger` is what `events_of_vault` made of the vault's log, with whatever else the taxpayer
    bought and sold. `names`, `symbols` and `timezone` are those it was made with, `decimals` those
    of the assets by id. `taxpayers` tells which taxpayer an address belongs to; these are a family,
    so where a loss rule looks at affiliated persons it sees them all. Without it every address is a
    taxpayer of his own and a stranger to the others: only his own rows count. `options` go to the
    engine (method, scope, …).

    All money is USD, also under a profile whose own currency is another one: there it is an
    estimate at one rate for all days. Raises TaxError for a ledger in another currency.
    """

    def __init__(
        self,
        ledger: Ledger,
        profile: Profile,
        rates: TaxRates,
        *,
        names: VaultNames,
        symbols: Mapping[int, str],
        decimals: Mapping[int, int],
        taxpayers: Mapping[str, str] | None = None,
        timezone: str = "UTC",
        options: Options | None = None,
    ) -> None:
        if ledger.currency not in ("", _CURRENCY):
            raise TaxError(
                f"a vault counts in {_CURRENCY} and this ledger in {ledger.currency}: give the "
                "ledger as it was before it was converted",
                name="ledger",
                limit=_CURRENCY,
                value=ledger.currency,
            )
        known = {symbols[asset]: places for asset, places in decimals.items() if asset in symbols}
        self._ledger = replace(ledger, decimals={**known, **ledger.decimals})
        self._profile = profile
        self._rates = rates
        self._names = names
        self._symbols = symbols
        self._taxpayers = taxpayers and {checksum(k): v for k, v in taxpayers.items()}
        self._clock = Clock(zone_of(timezone))
        self._options = options or Options()
        self._known: dict[str, TaxResult] = {}

    def simulate(self, owner: str, realisations: Sequence[Realisation]) -> TaxOutcome:
        """What these realisations, none of which is in the ledger yet, would add to the owner's
        position. Changes nothing.

        `tax` is the difference of what is recognised with and without them, times the rates,
        rounded up: also what they do to other sales counts, such as a loss of last week that
        buying again disallows. Raises LedgerProblemsError when the ledger cannot be computed,
        TaxError for an address or asset it does not know.
        """
        taxpayer = self._taxpayer(owner)
        ledger = self._ledger if self._taxpayers is not None else self._only(taxpayer)
        before = self._before(taxpayer, ledger)
        events, notes = self._events(owner, taxpayer, before, realisations)
        simulation = simulate(ledger, events, self._profile, self._options, before=before)
        after = simulation.after
        long = _recognised(after, taxpayer, True) - _recognised(before, taxpayer, True)
        short = _recognised(after, taxpayer, False) - _recognised(before, taxpayer, False)
        owed = short * self._rates.short_bps + long * self._rates.long_bps
        denied = _disallowed(after, taxpayer) - _disallowed(before, taxpayer)
        notes += [note for note in after.notes if note not in before.notes]
        later = _carried(after, taxpayer) - _carried(before, taxpayer)
        if later > 0:
            notes.append(f"{exact(later)} {_CURRENCY} of loss would be carried over to later years")
        return TaxOutcome(
            tax=-(-owed // 10_000),
            allowed_loss=max(0, -(short + long)),
            disallowed_loss=max(0, denied),
            notes=tuple(notes),
        )

    # ------------------------------------------------------------ whose
    def _taxpayer(self, owner: str) -> str:
        owner = checksum(owner)
        if self._taxpayers is None:
            return owner
        found = self._taxpayers.get(owner)
        if found is None:
            raise TaxError(
                f"{owner} belongs to no taxpayer here: add it to `taxpayers`, or make the view "
                "of the ledger that has it",
                name="owner",
                value=owner,
            )
        return found

    def _only(self, taxpayer: str) -> Ledger:
        events = tuple(event for event in self._ledger.events if event.owner == taxpayer)
        return replace(self._ledger, events=events)

    def _before(self, taxpayer: str, ledger: Ledger) -> TaxResult:
        """The ledger as it is; the same for every question, so computed once."""
        if taxpayer not in self._known:
            self._known[taxpayer] = computed(ledger, self._profile, self._options)
        return self._known[taxpayer]

    # ------------------------------------------------------------ what if
    def _events(
        self, owner: str, taxpayer: str, before: TaxResult, realisations: Sequence[Realisation]
    ) -> tuple[list[Event], list[str]]:
        held = [
            _Held(lot.asset, lot.quantity, lot.basis, lot.acquired, lot.lot)
            for lot in before.open_lots
            if lot.owner == taxpayer and lot.wallet in ("", self._names.wallet)
        ]
        pooled = not held  # then there are no lots to name
        stem = f"what-if:{self._names.stem}:{owner}"
        events: list[Event] = []
        unnamed = 0
        for count, hop in enumerate(realisations):
            if hop.units_sold == 0:
                continue
            group = f"{stem}/{count}/harvest{hop.harvest}"
            asset, time = self._symbol(hop.from_key.asset), hop.time
            lot = self._match(held, asset, hop)
            unnamed += lot is None
            out = self._event(group, Kind.HARVEST_OUT, time, taxpayer, asset, hop.units_sold)
            out = out._replace(total=hop.proceeds, group=group)
            if lot is not None:
                out = out._replace(lot=(Named(lot, hop.units_sold),))
            if hop.units_received == 0:
                events.append(out._replace(kind=Kind.SELL, group=""))
                continue
            after = f"{stem}/{count}@{hop.harvest}"
            got = self._symbol(hop.to_key.asset)
            into = self._event(after, Kind.HARVEST_IN, time, taxpayer, got, hop.units_received)
            events += [out, into._replace(total=hop.proceeds, group=group)]
            held.append(_Held(got, hop.units_received, hop.proceeds, into.day, after))
        if unnamed and not pooled:
            return events, [
                f"{unnamed} of {len(realisations)} lots are not in the ledger as the vault has "
                "them: units are taken by the method, so gains may be those of other lots"
            ]
        return events, []

    def _match(self, held: list[_Held], asset: str, hop: Realisation) -> str | None:
        """The id of the lot that a realisation sells, which holds no number: told by what it is."""
        wanted = asset, hop.units_sold, hop.basis_sold, self._day(hop.acquired_at)
        for at, lot in enumerate(held):
            if lot[:4] == wanted:
                del held[at]
                return lot.lot
        return None

    def _event(
        self, name: str, kind: Kind, time: int, taxpayer: str, asset: str, quantity: int
    ) -> Event:
        text = block_time(time)
        day, microsecond = self._clock.read(text)
        return Event(
            id=name,
            kind=kind,
            order=order_of(day, kind, microsecond),
            day=day,
            asset=asset,
            quantity=quantity,
            wallet=self._names.wallet,
            owner=taxpayer,
            time=text,
        )

    def _day(self, seconds: int) -> int:
        return self._clock.day(block_time(seconds))

    def _symbol(self, asset: int) -> str:
        symbol = self._symbols.get(asset)
        if symbol is None:
            raise TaxError(
                f"asset {asset} has no symbol: give one in `symbols`", name="symbols", value=asset
            )
        return symbol


def _recognised(result: TaxResult, owner: str, long: bool) -> int:
    return sum(
        disposal.recognised
        for disposal in result.disposals
        if disposal.owner == owner and (disposal.term == "long") is long
    )


def _disallowed(result: TaxResult, owner: str) -> int:
    return sum(disposal.disallowed for disposal in result.disposals if disposal.owner == owner)


def _carried(result: TaxResult, owner: str) -> int:
    """The loss left for later years after the last year there is."""
    years = [year for year in result.net if year.owner == owner]
    return years[-1].carried_over if years else 0
