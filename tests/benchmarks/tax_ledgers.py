"""Ledgers to measure the tax engine and its peers on: from a seed, the same for everybody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from vaultsdk.tax.ledger.event import Event, Kind, order_of
from vaultsdk.tax.ledger.ledger import Ledger

WAD = 10**18
MINUTES = 10 * 365 * 24 * 60  # ten years
US_START = date(2015, 1, 1).toordinal()
UK_START = date(2012, 1, 1).toordinal()
US_ASSETS = {"ETH": 2_000.0, "BTC": 40_000.0, "UNI": 7.0, "LINK": 15.0, "AAVE": 90.0}
US_WALLETS = ("hot", "cold", "exchange")
CYCLES, CYCLE = 36, 100  # days
PER_ASSET = 1_260  # disposals of one asset in ten years


def us_ledger(count: int) -> Ledger:
    """Buys and sells in turn over ten years: five assets in three wallets, quantities and totals
    with all their 18 places, prices that wander. A tenth of what is bought stays."""
    random = Random(count)
    prices = dict(US_ASSETS)
    places = [(asset, wallet) for asset in US_ASSETS for wallet in US_WALLETS]
    held = dict.fromkeys(places, 0)
    events = []
    for number in range(count):
        buy = number % 2 == 0
        place = random.choice(places)
        if buy:
            quantity = random.randrange(10**15, 10**19)
            last = place
        else:
            place = place if held[place] else last
            quantity = min(held[place], random.randrange(10**15, 9 * 10**18))
        held[place] += quantity if buy else -quantity
        asset, wallet = place
        prices[asset] *= 1 + random.gauss(0, 0.002)
        total = quantity * int(prices[asset] * 10**9) // 10**9
        minute = number * MINUTES // count
        day = US_START + minute // 1_440
        kind = Kind.BUY if buy else Kind.SELL
        order = order_of(day, kind, minute % 1_440 * 60_000_000)
        time = _moment(day, minute % 1_440).isoformat()
        events.append(
            Event(f"e{number}", kind, order, day, asset, quantity, total, wallet=wallet, time=time)
        )
    return Ledger.of(events, dict.fromkeys(US_ASSETS, 18), "USD")


def uk_ledger(disposals: int) -> Ledger:
    """As many buys as sells over ten years, by date: 1,260 sells of each asset, because more of one
    asset would fall on the same days, and a day's are one disposal.

    An asset's days come in rounds of a hundred: buys, then sells with small buys among them, which
    are met within the day or 30 days, then a pause of 34 days. A sell is larger than all the small
    buys of its round, because cgt-calc refuses a ledger in which the days after a disposal bring
    more than was sold.
    """
    random = Random(disposals)
    events: list[Event] = []
    for first in range(0, disposals, PER_ASSET):
        sells = min(PER_ASSET, disposals - first)
        asset = f"T{first // PER_ASSET}"
        for cycle in range(CYCLES):
            begin = UK_START + cycle * CYCLE
            count = sells * (cycle + 1) // CYCLES - sells * cycle // CYCLES
            small = count // 2
            for _ in range(count - small):
                quantity = random.randrange(4 * WAD, 5 * WAD)
                events.append(_dated(random, Kind.BUY, begin, 20, asset, quantity))
            for _ in range(small):
                quantity = random.randrange(10**15, WAD // count)
                events.append(_dated(random, Kind.BUY, begin + 20, 46, asset, quantity))
            for _ in range(count):
                quantity = random.randrange(WAD, 2 * WAD)
                events.append(_dated(random, Kind.SELL, begin + 20, 46, asset, quantity))
    events = [event._replace(id=f"e{number}") for number, event in enumerate(events)]
    return Ledger.of(events, {event.asset: 18 for event in events}, "GBP")


def _dated(random: Random, kind: Kind, begin: int, days: int, asset: str, quantity: int) -> Event:
    day = begin + random.randrange(days)
    total = quantity * random.randrange(10**6, 10**9) // 10**6
    return Event("", kind, order_of(day, kind, None), day, asset, quantity, total)


def to_peer(events: Sequence[Event]) -> list[dict[str, Any]]:
    """Events as a peer's driver takes them, in their order."""
    return [
        {
            "id": event.id,
            "time": event.time or _moment(event.day, 0).isoformat(),
            "type": "buy" if event.kind == Kind.BUY else "sell",
            "asset": event.asset,
            "quantity": _text(event.quantity),
            "total": _text(event.total),
        }
        for event in events
    ]


def _moment(day: int, minute: int) -> datetime:
    return datetime.fromordinal(day).replace(tzinfo=UTC) + timedelta(minutes=minute)


def _text(amount: int) -> str:
    return f"{amount // WAD}.{amount % WAD:018d}"
