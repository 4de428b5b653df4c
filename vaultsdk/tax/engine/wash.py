"""Wash sales: a loss whose units were bought again within the window goes into the replacement.

IRC § 1091; Treas. Reg. §§ 1.1091-1 and 1.1091-2. Losses are taken in the order in which they were
realised, replacements in the order in which they were acquired (§ 1.1091-1(c), (d)), and no unit
replaces twice (§ 1.1091-1(e)). A replacement's basis is raised by the loss, and its holding period
begins earlier by as long as the units sold had been held (§ 1223(3)). What was bought in the same
purchase as the units sold, or sold in the same transaction, replaces nothing.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter

from vaultsdk.tax.engine.stores import Lot, Store
from vaultsdk.tax.ledger.event import Event
from vaultsdk.tax.result import Adjustment
from vaultsdk.tax.rules.losses import LossRule

_AGE = attrgetter("age")
_DAY = attrgetter("day")


@dataclass
class Loss:
    """Units sold at a loss that may still find a replacement. `at` is the disposal's place in the
    list of disposals, `held` the days they had been held, `purchase` the event they came from."""

    at: int
    event: str
    lot: str
    purchase: str
    asset: str
    day: int
    quantity: int
    amount: int  # of the loss, above 0
    held: int


@dataclass
class _Class:
    """One class of substantially identical assets: purchases that may still replace, by age, and
    losses that wait, by day."""

    purchases: list[Lot] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)


class WashSales:
    """Watches purchases and losses of all owners and wallets. `store_of` finds a lot's store."""

    def __init__(
        self, rule: LossRule, same: Mapping[str, str], store_of: Callable[[Lot], Store]
    ) -> None:
        self._rule = rule
        self._same = same
        self._store_of = store_of
        self._classes: dict[str, _Class] = {}
        self.disallowed: dict[int, int] = {}  # by place of the disposal
        self.adjustments: list[Adjustment] = []

    def _class(self, asset: str) -> _Class:
        return self._classes.setdefault(self._same.get(asset, asset), _Class())

    def follow(self, lot: Lot) -> None:
        """A lot that was bought, or came out of one that was: it may replace a later loss."""
        if lot.bought is not None and not lot.used:
            insort(self._class(lot.asset).purchases, lot, key=_AGE)

    def bought(self, lot: Lot) -> None:
        """A purchase: it replaces losses of the days before it, and what is left a later one."""
        losses = self._class(lot.asset).losses
        assert lot.bought is not None
        # A transfer in may have been bought long before it is on record here, so losses that no
        # purchase of today could reach are passed over and kept.
        at = bisect_left(losses, lot.bought - self._rule.after, key=_DAY)
        while at < len(losses) and lot.quantity:
            loss = losses[at]
            if loss.day > lot.bought + self._rule.before:
                break
            self._replace(loss, lot)
            if not loss.quantity:
                del losses[at]
        if lot.quantity:
            self.follow(lot)

    def sold(self, event: Event, losses: Sequence[Loss]) -> None:
        """The losses of one disposal, once all of its units are out."""
        group = self._class(event.asset)
        for loss in losses:
            kept: list[Lot] = []
            at = 0
            purchases = group.purchases
            while at < len(purchases) and loss.quantity:
                lot = purchases[at]
                at += 1
                if not lot.quantity or lot.bought is None:
                    continue
                if lot.bought < loss.day - self._rule.before:
                    continue
                if lot.purchase != loss.purchase:
                    self._replace(loss, lot)
                if lot.quantity:
                    kept.append(lot)
            group.purchases = kept + purchases[at:]
            if loss.quantity:
                group.losses.append(loss)

    def _replace(self, loss: Loss, lot: Lot) -> None:
        """Move as much of the loss as the lot can take into a part of its own."""
        units = min(loss.quantity, lot.quantity)
        whole = units == loss.quantity
        amount = loss.amount if whole else loss.amount * units // loss.quantity
        loss.quantity -= units
        loss.amount -= amount
        part = lot.split(units)
        part.basis += amount
        assert part.bought is not None
        part.acquired = part.bought - loss.held
        part.used = True
        self._store_of(lot).add_before(lot, part)
        self.disallowed[loss.at] = self.disallowed.get(loss.at, 0) + amount
        self.adjustments.append(
            Adjustment(
                event=loss.event,
                lot=loss.lot,
                asset=loss.asset,
                disposed=loss.day,
                quantity=units,
                amount=amount,
                replacement=lot.id,
                owner=lot.owner,
                carried=True,
                acquired=part.acquired,
                rule=self._rule.name,
            )
        )

    def waiting(self, day: int) -> list[Loss]:
        """Losses that a purchase after the day can still reach."""
        return [
            loss
            for group in self._classes.values()
            for loss in group.losses
            if loss.quantity and loss.day + self._rule.after > day
        ]
