"""Hypothetical sales of what is held, put to the engine, together where that is the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from vaultsdk.tax.candidates.holding import Holding
from vaultsdk.tax.candidates.window import Purchase, open_purchases, small_ledger
from vaultsdk.tax.compute import computed
from vaultsdk.tax.ledger.event import Event, Kind, Named, order_of
from vaultsdk.tax.ledger.ledger import Ledger
from vaultsdk.tax.options import Options
from vaultsdk.tax.profile import Profile
from vaultsdk.tax.result import Adjustment, Disposal, TaxResult
from vaultsdk.tax.rules.matching import EngineName
from vaultsdk.tax.rules.treatment import Op

HYPOTHETICAL: Final = "(what if)"


class Effect(NamedTuple):
    """What one sale adds to the sums of all disposals, and `own`: what of its own loss a loss rule
    takes away."""

    realised: int
    recognised: int
    deferred: int
    denied: int
    own: int


class Sales:
    """Sales on top of the rows of related assets in a ledger, whose token fees are attached, as it
    is on a day (ordinal), the `as_of` of the options too."""

    def __init__(self, ledger: Ledger, profile: Profile, options: Options, day: int) -> None:
        self.ledger = ledger
        self.day = day
        self.profile = profile
        self.options = options
        self.before = _Sums(computed(ledger, profile, options), profile)
        days = (purchase_day(profile, event) for event in ledger.events)
        self.bought = sorted({day for day in days if day is not None})
        self._purchases: dict[str, list[Purchase]] = {}  # by asset
        self._wrapped: dict[str, bool] = {}  # by asset: whether some of these came out of wraps
        self._wraps = {event.id for event in ledger.events if event.kind == Kind.WRAP_IN}

    def days_bought(self, one: Holding) -> list[int]:
        """The days of the purchases that a loss on a holding could meet, each once."""
        purchases = self._reachable(one)
        if purchases is None:
            return self.bought
        return sorted({purchase.day for purchase in purchases if purchase.lot != one.lot})

    def alone(self, one: Holding, day: int) -> Sales:
        """The same for a sale of this one holding on a day (ordinal), with as few rows as it takes:
        no more than the lot and the purchases that a loss on it would meet, where the rest cannot
        matter."""
        purchases = self._reachable(one)
        if purchases is None:
            return self
        since = day - self.profile.losses.last.before
        small = small_ledger(one, purchases, self.ledger, self.day, since)
        return Sales(small, self.profile, self.options, self.day)

    def _reachable(self, one: Holding) -> list[Purchase] | None:
        """The purchases that a loss on a holding could meet; None where all rows must be asked."""
        rule = self.profile.losses.last
        lots = self.profile.matching.engine is EngineName.LOTS and rule.watches and rule.affiliates
        if not lots or len(one.acquired) != 1:
            return None
        if one.asset not in self._purchases:
            self._purchases[one.asset] = open_purchases(
                self.ledger, self.profile, self.options, one.asset, self.day
            )
            self._wrapped[one.asset] = any(
                purchase.lot in self._wraps for purchase in self._purchases[one.asset]
            )
        purchases = self._purchases[one.asset]
        # What a wrap made of a lot has another name and is of the same purchase, which replaces
        # nothing for itself. Only the engine knows which these are.
        if purchases and (one.lot in self._wraps or self._wrapped[one.asset]):
            return None
        return purchases

    def sell(self, one: Holding, value: int, day: int) -> Effect:
        """All of it is sold for `value` on a day (ordinal), alone."""
        sale = _sale(one, value, day, HYPOTHETICAL)
        after = self._after([sale], day)
        return _effect(after, self.before, sale)

    def sell_each(
        self, holdings: Sequence[Holding], values: Sequence[int], day: int
    ) -> list[Effect]:
        """Each sold as if alone; those that cannot touch anything else in one computation."""
        found: list[Effect | None] = [None] * len(holdings)
        safe = [at for at, one in enumerate(holdings) if self.is_independent(one, values[at], day)]
        sales = [_sale(holdings[at], values[at], day, f"{HYPOTHETICAL} {at}") for at in safe]
        if sales:
            for at, effect in zip(safe, _alone(self._after(sales, day), sales), strict=True):
                found[at] = effect
        return [
            effect or self.alone(holdings[at], day).sell(holdings[at], values[at], day)
            for at, effect in enumerate(found)
        ]

    def is_independent(self, one: Holding, value: int, day: int) -> bool:
        """Whether a sale, which is the last thing that happens, changes nothing but itself.

        Named lots take nothing from each other. So all that is left is the loss rule; it looks at
        losses only, and at purchases of the days before.
        """
        if self.profile.matching.engine is not EngineName.LOTS:
            return False
        rule = self.profile.losses.last
        if not rule.watches or (len(one.acquired) == 1 and value >= one.basis):
            return True
        return not self.bought or self.bought[-1] < day - rule.before

    def _after(self, sales: Sequence[Event], day: int) -> _Sums:
        names = frozenset(sale.id for sale in sales)
        options = self.options.model_copy(update={"identified": names, "as_of": day})
        scope = self.profile.scope.on(self.day)
        if options.scope == "auto" and scope is not self.profile.scope.on(day):
            # What is held is told by the scope of the day asked about, and so it is sold later.
            options = options.model_copy(update={"scope": scope.value})
        return _Sums(computed(self.ledger.plus(sales), self.profile, options), self.profile)


def purchase_day(profile: Profile, event: Event) -> int | None:
    """The day on which a loss rule sees a purchase in an event; None where there is none."""
    if profile.treatment.on(event.day).ops[Kind(event.kind)] is Op.ACQUIRE:
        return event.day
    if event.kind == Kind.TRANSFER_IN and profile.matching.engine is EngineName.LOTS:
        return event.day if event.acquired is None else event.acquired
    return None


class _Sums:
    """The sums of a result that a sale may change."""

    def __init__(self, result: TaxResult, profile: Profile) -> None:
        self.result = result
        self.profile = profile
        self.realised = sum(one.gain for one in result.disposals)
        self.exempt = sum(one.recognised for one in result.disposals if self.is_exempt(one))
        self.recognised = sum(one.recognised for one in result.disposals) - self.exempt
        self.deferred = -_moved(result.adjustments, True)
        self.denied = self.exempt - _moved(result.adjustments, False)

    def is_exempt(self, one: Disposal) -> bool:
        """Whether a disposal counts neither as gain nor as loss for its term."""
        return one.term == "long" and self.profile.holding.on(one.disposed).exempt


def _moved(adjustments: Sequence[Adjustment], carried: bool) -> int:
    return sum(one.amount for one in adjustments if one.carried is carried)


def _effect(after: _Sums, before: _Sums, sale: Event) -> Effect:
    own = [one for one in after.result.disposals if sale.id in one.event.split(";")]
    return Effect(
        after.realised - before.realised,
        after.recognised - before.recognised,
        after.deferred - before.deferred,
        after.denied - before.denied,
        sum(one.disallowed for one in own),
    )


def _alone(after: _Sums, sales: Sequence[Event]) -> list[Effect]:
    """The effects of sales that change nothing but themselves, and have nothing disallowed."""
    own: dict[str, list[Disposal]] = {sale.id: [] for sale in sales}
    for one in after.result.disposals:
        if one.event in own:
            own[one.event].append(one)
    found = []
    for parts in own.values():
        realised = sum(one.gain for one in parts)
        exempt = sum(one.gain for one in parts if after.is_exempt(one))
        found.append(Effect(realised, realised - exempt, 0, exempt, 0))
    return found


def _sale(one: Holding, value: int, day: int, name: str) -> Event:
    return Event(
        id=name,
        kind=Kind.SELL,
        order=order_of(day, Kind.SELL, None),
        day=day,
        asset=one.asset,
        quantity=one.quantity,
        total=value,
        wallet=one.wallet,
        owner=one.owner,
        lot=(Named(one.lot, one.quantity),) if one.lot else (),
    )
