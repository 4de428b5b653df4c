"""The volatility of a price series: by hand, on simulated prices, and where there is none."""

from __future__ import annotations

import math
import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from vaultsdk.core.series import PricePoint, PriceSeries
from vaultsdk.harvest.boundary import BoundaryError
from vaultsdk.harvest.boundary.measure import volatility

START = datetime(2020, 1, 1, tzinfo=UTC)


def series(logs: list[float], days: list[float] | None = None) -> PriceSeries:
    """Prices with those logarithms, a day apart or at those days."""
    at = days or [float(i) for i in range(len(logs))]
    return PriceSeries(
        name="prices.csv:ETH",
        points=tuple(
            PricePoint(START + timedelta(days=day), Decimal(repr(1000 * math.exp(log))))
            for day, log in zip(at, logs, strict=True)
        ),
    )


def walk(n: int, sigma: float, seed: int, gaps: bool = False) -> PriceSeries:
    rng = random.Random(seed)
    log, day, logs, days = 0.0, 0.0, [0.0], [0.0]
    for _ in range(n):
        step = rng.choice([1, 1, 3, 7]) if gaps else 1
        day += step
        log += rng.gauss(0, sigma * math.sqrt(step / 365.25))
        logs.append(log)
        days.append(day)
    return series(logs, days)


def test_up_and_down_by_hand() -> None:
    """40 returns of +-1 % in turn: mean 0, variance 1e-4 a day times 40/39."""
    found = volatility(series([0.01 * (i % 2) for i in range(41)]))
    assert found.sigma == pytest.approx(math.sqrt(1e-4 * 365.25 * 40 / 39), rel=1e-9)
    assert found.returns == 40 and found.years == pytest.approx(40 / 365.25)


@pytest.mark.parametrize("gaps", [False, True])
def test_the_interval_holds_the_truth_about_as_often_as_it_says(gaps: bool) -> None:
    found = [volatility(walk(500, 0.7, seed, gaps)) for seed in range(60)]
    hits = sum(one.low <= 0.7 <= one.high for one in found)
    assert hits >= 51  # of 60; the lags cost some of the 95 %
    mean = math.fsum(one.sigma for one in found) / len(found)
    assert mean == pytest.approx(0.7, rel=0.01)


def test_wild_spells_widen_the_interval() -> None:
    rng = random.Random(1)
    log, logs = 0.0, [0.0]
    for i in range(1_000):
        log += rng.gauss(0, 0.06 if i // 100 % 2 else 0.01)
        logs.append(log)
    spells = volatility(series(logs))
    even = volatility(walk(1_000, spells.sigma, 1))
    assert spells.high / spells.low > 1.2 * even.high / even.low


def test_too_little_and_nothing_that_moves() -> None:
    with pytest.raises(BoundaryError, match="has 29 returns: a volatility needs at least 30"):
        volatility(walk(29, 0.7, 1))
    with pytest.raises(BoundaryError, match="never moves"):
        volatility(series([0.0] * 50))
