"""Replaying a price series on a local chain."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

from vaultsdk.core.series import PriceSeries
from vaultsdk.devnet.errors import DevnetError
from vaultsdk.devnet.market import MarketMover, Prices, Step


def replay(
    mover: MarketMover, series: PriceSeries, *, pause: float = 0, base_fee: int | None = None
) -> Iterator[Step]:
    """Move the market through the series' ETH/USD prices, one block each; yields each step.

    `pause` waits that many seconds after each, for people who watch. Raises DevnetError, before
    anything has moved, when the series begins before the chain's clock.
    """
    now = mover.now()
    first = int(series.first.time.timestamp())
    if first < now:
        raise DevnetError(
            f"the prices begin at {series.first.time:%Y-%m-%d %H:%M} UTC, before the chain's clock "
            f"({datetime.fromtimestamp(now, UTC):%Y-%m-%d %H:%M} UTC): start the devnet with "
            "--start a day earlier, or replay with --from or --shift"
        )
    for point in series.points:
        yield mover.step(Prices(eth_usd=point.price), time=int(point.time.timestamp()))
        if pause:
            time.sleep(pause)
