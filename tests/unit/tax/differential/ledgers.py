"""Random small ledgers that a peer can read: buys and sells without fees, from a seed.

Two grids. On the round one quantities have 8 decimal places and unit prices 4, so every pro-rata
part is exact and nobody rounds. On the ragged one quantities go down to 1e-13, the least that rp2
can count, and totals have all 18 places.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from vaultsdk.tax.ledger.event import Event, Kind, order_of
from vaultsdk.tax.ledger.ledger import Ledger

WAD = 10**18
START = datetime(2019, 1, 1, tzinfo=UTC)
ASSETS = ("ETH", "BTC")
WALLETS = ("hot", "cold")


@dataclass(frozen=True)
class Row:
    """One buy or sell. Quantity and total are integers of 1e-18."""

    id: str
    time: datetime
    buy: bool
    asset: str
    quantity: int
    total: int
    wallet: str = ""


def us_ledgers(seed: int, count: int, round_grid: bool) -> Iterator[list[Row]]:
    """Ledgers over four years, by time; some events share their hour, and some acquisitions their
    unit price."""
    random = Random(f"us {seed} {round_grid}")
    for _ in range(count):
        span = random.choice((40, 400, 1_400))
        times = sorted(
            START + timedelta(days=random.randrange(span), hours=random.randrange(24))
            for _ in range(random.randint(2, 18))
        )
        yield _rows(random, times, round_grid)


def uk_ledgers(seed: int, count: int, round_grid: bool) -> Iterator[list[Row]]:
    """Ledgers by day, crowded enough that days and windows of 30 days have several events."""
    random = Random(f"uk {seed} {round_grid}")
    for _ in range(count):
        span = random.choice((10, 60, 200))
        days = sorted(
            START + timedelta(days=random.randrange(span)) for _ in range(random.randint(2, 24))
        )
        yield _rows(random, days, round_grid)


def _rows(random: Random, times: list[datetime], round_grid: bool) -> list[Row]:
    """Events at these times, nothing sold that is not held; at one time acquisitions come first."""
    assets = ASSETS[: random.randint(1, 2)]
    prices = [random.randint(1, 10**8) for _ in range(4)]
    held = dict.fromkeys(assets, 0)
    bought: dict[datetime, int] = {}
    rows: list[Row] = []
    for number, time in enumerate(times):
        asset = random.choice(assets)
        unit = 10**10 if round_grid else 10**5
        buy = not held[asset] or random.random() < 0.5
        if buy:
            quantity = _quantity(random, round_grid)
        elif random.random() < 0.2:
            quantity = held[asset]
        else:
            quantity = random.randint(1, max(1, held[asset] // unit)) * unit
        held[asset] += quantity if buy else -quantity
        price = random.choice(prices) if random.random() < 0.3 else random.randint(1, 10**8)
        total = quantity * price // 10**4 + (0 if round_grid else random.randint(0, 10**9))
        row = Row(f"e{number}", time, buy, asset, quantity, total, random.choice(WALLETS))
        # Bringing a later buy before the sells of its time never leaves less to sell.
        at = bought.get(time, len(rows)) if buy else len(rows)
        bought.setdefault(time, at)
        rows.insert(at, row)
        if buy:
            bought[time] += 1
    return rows


def _quantity(random: Random, round_grid: bool) -> int:
    if round_grid:
        return random.choice((1, 10**8, random.randint(1, 10**10))) * 10**10
    return random.randint(1, 10 ** random.randint(4, 16)) * 10**5


def to_peer(rows: list[Row]) -> list[dict[str, Any]]:
    """The rows as a driver takes them."""
    return [
        {
            "id": row.id,
            "time": row.time.isoformat(),
            "type": "buy" if row.buy else "sell",
            "asset": row.asset,
            "quantity": text(row.quantity),
            "total": text(row.total),
        }
        for row in rows
    ]


def to_ledger(rows: list[Row], *, by_day: bool = False) -> Ledger:
    """The rows as our engine takes them; `by_day`: with dates only."""
    return Ledger.of((_event(row, by_day) for row in rows), dict.fromkeys(ASSETS, 18))


def _event(row: Row, by_day: bool) -> Event:
    kind = Kind.BUY if row.buy else Kind.SELL
    day = row.time.toordinal()
    order = order_of(day, kind, None if by_day else row.time.hour * 3_600_000_000)
    return Event(row.id, kind, order, day, row.asset, row.quantity, row.total, wallet=row.wallet)


def text(amount: int) -> str:
    """An integer of 1e-18 as a decimal."""
    return f"{amount // WAD}.{amount % WAD:018d}"


def units(amount: str) -> Decimal:
    """A decimal in units of 1e-18."""
    return Decimal(amount).scaleb(18)
