"""The basis: how far a replacement trades from what it should be worth in units of the asset.

    gap = ln(price of the replacement / price of the asset) - ln(fair)

Fair is a rate that somebody promises (an LST's protocol rate) where there is one; otherwise the
mean of the logarithms over the `window` times *before*, so that no day is judged by itself or by
its future. Against such a mean a slow drift, like a staking yield, shows as a lasting gap of about
half a window's worth of it. A gap below zero is a discount: what a holder loses who must leave.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from vaultsdk.core.model import Frozen
from vaultsdk.core.series import PriceSeries
from vaultsdk.harvest.pairs.bootstrap import Draws, percentiles, resampled
from vaultsdk.harvest.pairs.errors import PairsError
from vaultsdk.harvest.pairs.history import PairHistory, carried
from vaultsdk.harvest.pairs.intervals import Estimate, z_of

LEAST_GAPS: Final = 20
BPS: Final = 10_000
_DAY: Final = timedelta(days=1)


class Gap(NamedTuple):
    """One gap, in basis points."""

    time: datetime
    bps: float


class Basis(Frozen):
    """Gaps in basis points, all of the history that has any. `half_life_days`: how long half of a
    gap lasts; None where it does not close, 0 where nothing of it is left a step later."""

    against: str
    gaps: int
    mean_bps: Estimate
    worst_bps: float
    worst_time: datetime
    discount_bps: float
    discount_time: datetime
    persistence: Estimate
    half_life_days: Estimate | None


class RollingBasis(Frozen):
    """Mean and worst (farthest from zero) of the last `window` gaps up to `end`."""

    end: datetime
    mean_bps: float
    worst_bps: float


def rate_logs(history: PairHistory, rate: PriceSeries, max_age: timedelta) -> list[float | None]:
    """The logarithm of the rate as it was known at each of the history's times (`carried`)."""
    known = carried(history.times, rate, max_age)
    return [None if one is None else float(one.ln()) for one in known]


def gaps(
    history: PairHistory, window: int, fair: Sequence[float | None] | None = None
) -> tuple[Gap, ...]:
    """The gaps in time order: against `fair` (logarithms, one for each of the history's times; None
    = not known then), else against the mean of the `window` times before."""
    found = []
    for i, (time, ratio) in enumerate(zip(history.times, history.ratio, strict=True)):
        if fair is not None:
            level = fair[i]
        elif i >= window:
            level = math.fsum(history.ratio[i - window : i]) / window
        else:
            level = None
        if level is not None:
            found.append(Gap(time, BPS * (ratio - level)))
    return tuple(found)


def basis(
    found: Sequence[Gap],
    step: timedelta,
    against: str,
    confidence: float = 0.95,
    draws: Draws | None = None,
) -> Basis:
    """The figures of the gaps. Raises PairsError for fewer than 20.

    The interval of the mean is the block bootstrap's. The half-life is that of gap[t] = c + phi
    gap[t - 1] + e by least squares, ln(1/2) / ln(phi) steps; its interval is that of phi, plus and
    minus normal standard errors (no upper bound where phi may be 1). Least squares takes phi for a
    little smaller than it is (Kendall 1954), and the mean of the window before makes every gap
    close by itself: take half-lives for the short end.
    """
    if len(found) < LEAST_GAPS:
        raise PairsError(
            f"{len(found)} gaps say too little about a basis: give at least {LEAST_GAPS}",
            name="gaps",
            limit=LEAST_GAPS,
            value=len(found),
        )
    values = [gap.bps for gap in found]
    n = len(values)
    sums = resampled(values, values, draws or Draws())
    low, high = percentiles([s.x / s.n for s in sums], confidence)
    worst = max(found, key=lambda gap: abs(gap.bps))
    discount = min(found, key=lambda gap: gap.bps)
    phi = _persistence(values, confidence)
    return Basis(
        against=against,
        gaps=n,
        mean_bps=Estimate(value=math.fsum(values) / n, low=low, high=high),
        worst_bps=worst.bps,
        worst_time=worst.time,
        discount_bps=discount.bps,
        discount_time=discount.time,
        persistence=phi,
        half_life_days=_half_life(phi, step / _DAY),
    )


def rolling_basis(found: Sequence[Gap], window: int) -> tuple[RollingBasis, ...]:
    """Mean and worst of every `window` consecutive gaps."""
    rows = []
    for end in range(window, len(found) + 1):
        values = [gap.bps for gap in found[end - window : end]]
        rows.append(
            RollingBasis(
                end=found[end - 1].time,
                mean_bps=math.fsum(values) / window,
                worst_bps=max(values, key=abs),
            )
        )
    return tuple(rows)


def _persistence(values: Sequence[float], confidence: float) -> Estimate:
    """phi by least squares. Gaps that never change are taken to stay."""
    before, after = values[:-1], values[1:]
    n = len(before)
    middle, level = math.fsum(before) / n, math.fsum(after) / n
    x = [value - middle for value in before]
    y = [value - level for value in after]
    xx = math.fsum(a * a for a in x)
    if xx <= 0:
        return Estimate(value=1.0, low=None, high=None)
    phi = math.fsum(a * b for a, b in zip(x, y, strict=True)) / xx
    rest = math.fsum((b - phi * a) ** 2 for a, b in zip(x, y, strict=True))
    half = z_of(confidence) * math.sqrt(rest / (n - 2) / xx)
    return Estimate(value=phi, low=phi - half, high=phi + half)


def _half_life(phi: Estimate, days: float) -> Estimate | None:
    def of(x: float | None) -> float | None:
        if x is None or x >= 1:
            return None
        return 0.0 if x <= 0 else math.log(0.5) / math.log(x) * days

    value = of(phi.value)
    return None if value is None else Estimate(value=value, low=of(phi.low), high=of(phi.high))
