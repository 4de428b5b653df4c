"""A computed ledger, sorted for questions: which disposals, losses and rows belong together."""

from __future__ import annotations

from collections import defaultdict

from vaultsdk.tax.compute import present
from vaultsdk.tax.identity import packaged_identity
from vaultsdk.tax.ledger.event import Event, Kind
from vaultsdk.tax.ledger.ledger import Ledger
from vaultsdk.tax.options import Options
from vaultsdk.tax.profile import Profile
from vaultsdk.tax.result import Adjustment, Disposal, Removal, TaxResult
from vaultsdk.tax.rules.treatment import Op


class Facts:
    """Events as the engine took them (cut at the result's `as_of`, token fees attached) and the
    result by event, by lot and by replacement. One pass; every question after it is a look-up.

    `options` are those that the result was computed with; only `identity` and `confidence` are
    used.
    """

    def __init__(
        self, ledger: Ledger, result: TaxResult, profile: Profile, options: Options
    ) -> None:
        self.result = result
        self.profile = profile
        cut = ledger.until(result.as_of)
        identity = options.identity or packaged_identity()
        self.same = present(identity.same(profile.losses.last.identity, options.confidence), cut)
        self.events = profile.fees.last.attach(cut.events)
        self.by_id = {event.id: event for event in self.events}
        self.place = {event.id: at for at, event in enumerate(self.events)}
        self.own_fee = {event.id: event.fee for event in cut.events}
        self.groups: dict[str, list[Event]] = defaultdict(list)
        for event in self.events:
            if event.group:
                self.groups[event.group].append(event)
        self.sold_by: dict[str, list[Disposal]] = defaultdict(list)
        self.taken_from: dict[str, list[Disposal | Removal]] = defaultdict(list)
        self.days = {sold.event for sold in result.disposals if ";" in sold.event}
        for sold in result.disposals:
            for name in sold.event.split(";"):
                self.sold_by[name].append(sold)
            for name in sold.lot.split(";"):
                self.taken_from[name].append(sold)
        for gone in result.removals:
            self.taken_from[gone.lot].append(gone)
        self.added_to: dict[str, list[Adjustment]] = defaultdict(list)
        self.losses: dict[tuple[str, str], list[Adjustment]] = defaultdict(list)
        for added in result.adjustments:
            self.added_to[added.replacement].append(added)
            self.losses[added.event, added.lot].append(added)
        self._ops: dict[str, tuple[Op, ...]] = {}  # by the treatment's name

    def op(self, event: Event) -> Op:
        """What an event does under the profile."""
        treatment = self.profile.treatment.on(event.day)
        table = self._ops.get(treatment.name)
        if table is None:
            table = self._ops[treatment.name] = treatment.table()
        return table[event.kind]

    def kind(self, asset: str) -> str:
        """The class of an asset for the loss rule."""
        return self.same.get(asset, asset)

    def fees(self, event: Event) -> list[Event]:
        """The rows of token fees whose value is part of an event's fee."""
        if event.fee == self.own_fee[event.id]:
            return []
        return [leg for leg in self.groups[event.group] if leg.kind == Kind.FEE]

    def bearer(self, event: Event) -> Event | None:
        """The row whose fee contains the value of this row of type fee."""
        if event.kind != Kind.FEE or not event.group or not event.total:
            return None
        legs = self.groups[event.group]
        return next((leg for leg in legs if leg.fee != self.own_fee[leg.id]), None)

    def consideration(self, event: Event) -> tuple[int, int]:
        """Units and net proceeds of a disposing row."""
        if self.op(event) is Op.MOVE:
            return event.fee_quantity, event.total - event.fee
        return event.quantity, event.total - event.fee
