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
from typing import Final

from vaultsdk.tax.engine.stores import Lot, Store
from vaultsdk.tax.ledger.event import Event
from vaultsdk.tax.result import Adjustment
from vaultsdk.tax.rules.losses import LossRule

_RANK = attrgetter("rank")
_DAY = attrgetter("day")
_PRUNE_AT: Final = 4_096  # purchases passed over, before a list is worth copying without them


@dataclass(slots=True)
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


class _Purchase:
    """What one purchase may still replace in a class: its lots, wherever moves and wraps have put
    them. `rank` orders purchases: by age, of one age as they came. `passed`: nothing was left of it
    in the class, so that what a wrap brings back later must be put in its place anew."""

    __slots__ = ("_at", "_lots", "bought", "id", "passed", "rank")

    def __init__(self, lot: Lot, number: int) -> None:
        assert lot.bought is not None
        self.id = lot.purchase
        self.rank = (lot.age, number)
        self.bought = lot.bought
        self.passed = False
        self._lots: list[Lot] = []
        self._at = 0  # every lot before it is used up

    def add(self, lot: Lot) -> None:
        """One more lot of it."""
        self._lots.append(lot)

    def next(self) -> Lot | None:
        """The first lot that has units; None when there is none."""
        lots, at = self._lots, self._at
        while at < len(lots) and not lots[at].quantity:
            at += 1
        self._at = at
        return lots[at] if at < len(lots) else None


@dataclass
class _Class:
    """One class of substantially identical assets: purchases that may still replace, by rank, and
    losses that wait, by day. No purchase before `first` can replace anything any more."""

    purchases: list[_Purchase] = field(default_factory=list)
    by_id: dict[str, _Purchase] = field(default_factory=dict)
    first: int = 0
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
        self._numbers: dict[str, int] = {}  # of purchases, as they came
        self.disallowed: dict[int, int] = {}  # by place of the disposal
        self.adjustments: list[Adjustment] = []

    def _class(self, asset: str) -> _Class:
        return self._classes.setdefault(self._same.get(asset, asset), _Class())

    def follow(self, lot: Lot) -> None:
        """A lot that was bought, or came out of one that was: it may replace a later loss."""
        if lot.bought is None or lot.used:
            return
        group = self._class(lot.asset)
        purchase = group.by_id.get(lot.purchase)
        if purchase is None or purchase.passed:
            number = self._numbers.setdefault(lot.purchase, len(self._numbers))
            purchase = group.by_id[lot.purchase] = _Purchase(lot, number)
            insort(group.purchases, purchase, group.first, key=_RANK)
        purchase.add(lot)

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
            self._match(group, loss)
            if loss.quantity:
                group.losses.append(loss)

    def _match(self, group: _Class, loss: Loss) -> None:
        """Look for replacements of a loss among the purchases there are, by age."""
        purchases, at = group.purchases, group.first
        since = loss.day - self._rule.before
        own = None
        while at < len(purchases) and loss.quantity:
            purchase = purchases[at]
            if purchase.id == loss.purchase:
                own = purchase
                at += 1
                continue
            lot = purchase.next()
            # Days only go forward, so a purchase that is too old now is so for every later loss.
            if lot is None or purchase.bought < since:
                purchase.passed = True
                at += 1
                continue
            self._replace(loss, lot)
        # What was passed over is used up, except for the purchase that this loss came from.
        if own is not None:
            at -= 1
            purchases[at] = own
        group.first = at
        if at > _PRUNE_AT and at * 2 > len(purchases):
            del purchases[:at]
            group.first = 0

    def _replace(self, loss: Loss, lot: Lot) -> None:
        """Move as much of the loss as the lot can take into a part of its own."""
        units, amount = loss.quantity, loss.amount
        if units > lot.quantity:
            units = lot.quantity
            amount = amount * units // loss.quantity
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
            tuple.__new__(
                Adjustment,
                (
                    loss.event,
                    loss.lot,
                    loss.asset,
                    loss.day,
                    units,
                    amount,
                    lot.id,
                    lot.owner,
                    True,  # carried
                    part.acquired,
                    self._rule.name,
                ),
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
