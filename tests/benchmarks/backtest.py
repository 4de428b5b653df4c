"""Backtests: sweeps of 1,000 sets over eight years of daily prices and of 50 over hourly, 100 lots
each, on every core.

With LOTVAULT_DATA the prices are ether's of 2018 to 2026 and gas is that of the days; without it a
seeded random walk of the same length stands in, and the progress says so. The target is two
minutes on two cores for each. Seconds are this machine's; lot-days a second count every day of
every lot's life, whether it had to be looked at or not.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from vaultsdk.devnet.pricefile import read_prices
from vaultsdk.harvest.backtest import (
    Case,
    History,
    Terms,
    World,
    cases,
    constant_gas,
    history_of,
    parse_gas,
    sweep,
)

LOTS = 100
POLICIES = ("fixed:5%", "fixed:10%", "fixed:20%", "break-even", "optimal")
DAY, HOUR = 86_400, 3_600
WAD = 10**18
START = int(datetime(2018, 1, 1, tzinfo=UTC).timestamp())

DAILY = {
    "swap_fee": (0.0001, 0.0005, 0.001, 0.003, 0.01),
    "tau_long": (0.0, 0.15, 0.2, 0.37),
    "hold_days": (1, 7, 31, 61, 91),
    "size": (5_000, 50_000),
}
HOURLY = {"swap_fee": (0.0001, 0.0005, 0.001, 0.003, 0.01), "hold_days": (1, 31)}


def run(progress: Callable[[str], None]) -> dict[str, int]:
    """Every `backtest.` key."""
    results: dict[str, int] = {}
    for name, step, axes in (("daily_1000", DAY, DAILY), ("hourly_50", HOUR, HOURLY)):
        world = _world(step, progress)
        sets = cases(POLICIES, Terms(), axes)
        assert len(sets) == int(name.split("_")[1])
        progress(f"backtest: {len(sets):,} sets over {len(world.history):,} prices")
        seconds = _seconds(world, sets)
        days = len(sets) * sum(
            (world.history.times[span.end] - world.history.times[span.start]) // DAY
            for span in world.spans(None)
        )
        results[f"{name}_ms"] = int(1000 * seconds)
        results[f"{name}_lot_days_per_s"] = int(days / seconds)
    results["cores"] = os.cpu_count() or 1
    return {f"backtest.{key}": value for key, value in results.items()}


def _seconds(world: World, sets: list[Case]) -> float:
    start = time.perf_counter()
    assert len(sweep(world, sets)) == len(sets)
    return time.perf_counter() - start


def _world(step: int, progress: Callable[[str], None]) -> World:
    """Ether's prices with their gas, or a random walk and 30 gwei."""
    data = os.environ.get("LOTVAULT_DATA")
    if data is None:
        progress("backtest: LOTVAULT_DATA is not set, so prices are a seeded random walk")
        past = _walk(step)
        return World(past, constant_gas(past, 30 * 10**9), LOTS)
    folder = Path(data)
    if step == DAY:
        series = read_prices(folder / "derived_daily_close_utc.csv", "ETH")
    else:
        series = read_prices(folder / "hourly/ETH_USDT-1h.feather", "close")
    past = history_of(series, max_gap=2 * DAY)
    gas = (folder / "derived_daily_gas_eth.csv").read_text(encoding="utf-8")
    return World(past, parse_gas(gas, "gas", past), LOTS)


def _walk(step: int) -> History:
    count, rng, dt = 3_056 * DAY // step, Random(1), step / (365.25 * DAY)
    price, prices = 755.0, []
    for _ in range(count):
        prices.append(int(price * WAD))
        price *= math.exp((0.2 - 0.8**2 / 2) * dt + 0.8 * math.sqrt(dt) * rng.gauss(0, 1))
    times = tuple(START + step * i for i in range(count))
    return History("random walk", times, tuple(prices), ())
