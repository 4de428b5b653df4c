"""The purchases that a loss could meet, as a ledger small enough to ask about every lot.

A wash-sale rule looks at a loss that comes last in the ledger only through the open units that were
bought in the days before and have replaced nothing yet. Which these are the engine says itself: a
stranger's loss, large enough for all of them, is added for a moment. The sale of a lot then needs
no other rows than these and the lot.
"""

from __future__ import annotations

from bisect import bisect_left
from operator import attrgetter
from typing import Final, NamedTuple

from vaultsdk.tax.candidates.holding import Holding
from vaultsdk.tax.compute import computed
from vaultsdk.tax.ledger.event import Event, Kind, order_of
from vaultsdk.tax.ledger.ledger import Ledger
from vaultsdk.tax.options import Options
from vaultsdk.tax.profile import Profile

_STRANGER: Final = "(whoever loses)"
_DAY = attrgetter("day")


class Purchase(NamedTuple):
    """Open units of a lot bought on a day that may still replace."""

    lot: str
    day: int
    quantity: int


def open_purchases(
    ledger: Ledger, profile: Profile, options: Options, asset: str, day: int
) -> list[Purchase]:
    """What of an asset's class a loss on `day` could meet, in the order in which it would."""
    units = sum(event.quantity for event in ledger.events) + 1
    stranger = Event(
        id=f"{_STRANGER} buys",
        kind=Kind.GIFT_IN,
        order=order_of(day, Kind.GIFT_IN, None),
        day=day,
        asset=asset,
        quantity=units,
        total=units,  # so that every unit of it is worth something
        owner=_STRANGER,
        wallet=_STRANGER,
        acquired=day,
    )
    loss = stranger._replace(
        id=f"{_STRANGER} sells",
        kind=Kind.SELL,
        order=order_of(day, Kind.SELL, None),
        total=0,
        acquired=None,
    )
    result = computed(ledger.plus([stranger, loss]), profile, options)
    # The stranger has held for no time, so a replacement's holding start is its purchase.
    return [
        Purchase(added.replacement, added.acquired, added.quantity)
        for added in result.adjustments
        if added.event == loss.id and added.acquired is not None
    ]


def small_ledger(
    one: Holding, purchases: list[Purchase], ledger: Ledger, day: int, since: int
) -> Ledger:
    """A lot of one part as it is on a day, and the purchases a loss on it would meet: from the day
    `since` on, in their order, as many as replace all of its units. A lot is no replacement for
    itself."""
    (acquired,) = one.acquired
    lot = Event(
        id=one.lot,
        kind=Kind.GIFT_IN,
        order=order_of(day, Kind.GIFT_IN, None),
        day=day,
        asset=one.asset,
        quantity=one.quantity,
        total=one.basis,
        owner=one.owner,
        wallet=one.wallet,
        acquired=acquired,
    )
    others: list[Purchase] = []
    left = one.quantity
    for purchase in purchases[bisect_left(purchases, since, key=_DAY) :]:
        if left <= 0:
            break
        if purchase.lot != one.lot:
            others.append(purchase)
            left -= purchase.quantity
    bought = [
        Event(
            id=purchase.lot,
            kind=Kind.BUY,
            order=order_of(purchase.day, Kind.BUY, at),
            day=purchase.day,
            asset=one.asset,
            quantity=purchase.quantity,
            owner=_STRANGER,
            wallet=_STRANGER,
        )
        for at, purchase in enumerate(others)
    ]
    return Ledger.of([lot, *bought], ledger.decimals, ledger.currency, ledger.source)
