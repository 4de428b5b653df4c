"""The volatility of an asset from its price history, with what is not known about it."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Final

from vaultsdk.core.model import Frozen
from vaultsdk.core.series import PriceSeries
from vaultsdk.harvest.boundary.model import BoundaryError

YEAR: Final = 365.25 * 86_400  # s; crypto trades on every day
LEAST_RETURNS: Final = 30  # fewer say next to nothing about a volatility
_Z95: Final = 1.959964  # half-width of a 95 % interval in standard errors


class Volatility(Frozen):
    """Annualised volatility and its 95 % interval, as shares, from `returns` over `years`."""

    sigma: float
    low: float
    high: float
    returns: int
    years: float


def volatility(series: PriceSeries) -> Volatility:
    """Annualised volatility of log prices and its 95 % interval.

    Each return counts by its own length, so gaps and mixed spacings do no harm:
    sigma^2 = sum (r - m dt)^2 / dt / (n - 1), m the mean growth. Calm and wild days come in spells
    and tails are fat, so the textbook's chi-squared interval would be far too narrow; the error of
    sigma^2 is that of a mean of autocorrelated terms (Newey and West 1987, Bartlett weights, lag
    1.3 sqrt(n) as Lazarus, Lewis, Stock and Watson 2018 advise), carried over to log sigma.
    Raises BoundaryError for fewer than 30 returns or a price that never moves.
    """
    points = series.points
    n = len(points) - 1
    if n < LEAST_RETURNS:
        raise BoundaryError(
            f"{series.name} has {n} returns: a volatility needs at least {LEAST_RETURNS}, "
            "better some years",
            name="prices",
            limit=LEAST_RETURNS,
            value=n,
        )
    spans = [(after.time - here.time).total_seconds() / YEAR for here, after in pairwise(points)]
    # A ratio of prices, not money: the model works on its logarithm.
    returns = [float((after.price / here.price).ln()) for here, after in pairwise(points)]
    growth = math.fsum(returns) / math.fsum(spans)
    terms = [(r - growth * dt) ** 2 / dt for r, dt in zip(returns, spans, strict=True)]
    variance = math.fsum(terms) / (n - 1)
    if variance <= 0:
        raise BoundaryError(
            f"{series.name} never moves: a constant price has no volatility to measure",
            name="prices",
            value=0,
        )
    half = _Z95 * math.sqrt(_long_run(terms) / n) / (2 * variance)
    sigma = math.sqrt(variance)
    return Volatility(
        sigma=sigma,
        low=sigma * math.exp(-half),
        high=sigma * math.exp(half),
        returns=n,
        years=math.fsum(spans),
    )


def _long_run(terms: list[float]) -> float:
    """Long-run variance of a series: its variance and weighted autocovariances."""
    n = len(terms)
    mean = math.fsum(terms) / n
    off = [term - mean for term in terms]
    lags = min(n - 1, math.ceil(1.3 * math.sqrt(n)))
    total = math.fsum(x * x for x in off) / n
    for lag in range(1, lags + 1):
        product = math.fsum(x * y for x, y in zip(off, off[lag:], strict=False)) / n
        total += 2 * (1 - lag / (lags + 1)) * product
    return total
