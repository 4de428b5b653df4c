"""Price series for tests: drawn with a seed, or given."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from vaultsdk.core.series import PricePoint, PriceSeries
from vaultsdk.harvest.pairs import PairHistory, align

START = datetime(2024, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def series(
    name: str, prices: Sequence[float | str], first: datetime = START, step: timedelta = DAY
) -> PriceSeries:
    points = (PricePoint(first + i * step, Decimal(str(p))) for i, p in enumerate(prices))
    return PriceSeries(name=name, points=tuple(points))


def walk(n: int, seed: int, volatility: float = 0.03) -> list[float]:
    """n prices of a random walk."""
    draw, price, found = random.Random(seed), 1000.0, []
    for _ in range(n):
        found.append(price)
        price *= math.exp(draw.gauss(0, volatility))
    return found


def follower(prices: Sequence[float], seed: int, error: float, beta: float = 1.0) -> list[float]:
    """Prices that follow with a beta and an independent daily error."""
    draw, found = random.Random(seed), [float(prices[0])]
    for here, after in pairwise(prices):
        found.append(found[-1] * math.exp(beta * math.log(after / here) + draw.gauss(0, error)))
    return found


def pair(n: int = 200, seed: int = 1, error: float = 0.004, name: str = "rETH") -> PairHistory:
    prices = walk(n, seed)
    return align(series("ETH", prices), series(name, follower(prices, seed + 99, error)))
