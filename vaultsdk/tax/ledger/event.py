"""The neutral ledger's events, as the engines take them: parsed, checked, integers only.

Quantities are integers of the asset's smallest unit, money is an integer of 1e-18 of the report
currency, days are proleptic ordinals (`datetime.date.toordinal`) in the taxpayer's time zone.
"""

from __future__ import annotations

from datetime import date
from enum import IntEnum
from typing import Final, NamedTuple

WAD: Final = 10**18


class Kind(IntEnum):
    """What an event is: the ledger's `type`, with its `side` where the legs differ."""

    BUY = 0
    SELL = 1
    INCOME = 2
    SPEND = 3
    TRANSFER = 4
    TRANSFER_IN = 5  # a transfer from outside the ledger: `acquired` says since when it is held
    GIFT_IN = 6
    GIFT_OUT = 7
    HARVEST_OUT = 8
    HARVEST_IN = 9
    WRAP_OUT = 10
    WRAP_IN = 11
    FEE = 12


ACQUISITIONS: Final = frozenset(
    {Kind.BUY, Kind.INCOME, Kind.TRANSFER_IN, Kind.GIFT_IN, Kind.HARVEST_IN}
)
MOVES: Final = frozenset({Kind.TRANSFER, Kind.WRAP_OUT, Kind.WRAP_IN})


class Named(NamedTuple):
    """A lot that a disposal names: its id, and how much of it (None = as much as is needed)."""

    lot: str
    quantity: int | None = None


class Event(NamedTuple):
    """One row of the ledger.

    `total` is the consideration before `fee`: an acquisition costs total + fee, a disposal brings
    total - fee. `fee_quantity` is the part of a transfer's `quantity` that its fee took, disposed
    of for `total`. `acquired` is the day a gift or a transfer in was first acquired. `order` sorts
    events: see `order_of`. `row` is the line in its file (0: none). `rate` tells the exchange rate
    that `total` and `fee` were converted at, "" when they were in the report currency.
    """

    id: str
    kind: int
    order: int
    day: int
    asset: str
    quantity: int
    total: int = 0
    fee: int = 0
    fee_quantity: int = 0
    wallet: str = ""
    to_wallet: str = ""
    owner: str = ""
    lot: tuple[Named, ...] = ()
    group: str = ""
    acquired: int | None = None
    note: str = ""
    time: str = ""  # as the ledger wrote it
    row: int = 0
    rate: str = ""
    valued: bool = True  # False: the row may leave `total` out, and does


_DAY_US: Final = 86_400_000_000


def order_of(day: int, kind: int, microsecond: int | None) -> int:
    """The sort key of an event: by day, then time; equal keys keep the order of the file.

    `microsecond` counts from the day's midnight; None is a date without a time. Nothing orders
    such events within their day, so acquisitions come first, before everything that has a time,
    and then, after everything that has one, first transfers and wraps and last disposals: what the
    day brought in is there before it goes out.
    """
    base = day * 3 * _DAY_US
    if microsecond is not None:
        return base + _DAY_US + microsecond
    if kind in ACQUISITIONS:
        return base
    return base + 2 * _DAY_US + (0 if kind in MOVES else 1)


def iso(day: int) -> str:
    """A day as `2021-11-30`."""
    return date.fromordinal(day).isoformat()


def ordinal(text: str) -> int:
    """The day of `2021-11-30`. Raises ValueError."""
    return date.fromisoformat(text).toordinal()
