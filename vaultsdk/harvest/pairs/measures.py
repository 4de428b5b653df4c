"""How closely a replacement follows an asset: correlation, beta and tracking error.

With x the asset's logarithmic returns and y the replacement's, over n steps:

    correlation      cov(x, y) / sqrt(var x  var y)
    beta             cov(x, y) / var x
    tracking error   sqrt(steps per year  var(y - x)), variances with n - 1

Rolling figures are of the last `window` returns up to a time and know nothing of what came after.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from vaultsdk.core.model import Frozen
from vaultsdk.harvest.pairs.bootstrap import Draws, Sums, percentiles, resampled
from vaultsdk.harvest.pairs.errors import PairsError
from vaultsdk.harvest.pairs.history import PairHistory
from vaultsdk.harvest.pairs.intervals import Estimate, deviation, fisher

LEAST_WINDOW: Final = 20
"""Returns of the shortest window. The chi-squared interval of a deviation from 20 returns already
reaches from 0.76 to 1.46 times the estimate; below, a ranking would be one of chance."""


class Window(Frozen):
    """Figures of the returns up to `end`. Intervals: Fisher's z and chi-squared. The correlation
    is None where one of the two did not move, beta where the asset did not."""

    end: datetime
    correlation: Estimate | None
    beta: float | None
    tracking_error: Estimate


class Whole(Frozen):
    """Figures of a whole history of `returns` steps from `first` to `last`. Intervals: Fisher's z
    for the correlation, the block bootstrap for beta and the tracking error."""

    first: datetime
    last: datetime
    returns: int
    correlation: Estimate | None
    beta: Estimate | None
    tracking_error: Estimate


class _Moments(NamedTuple):
    """Sums of squares and products about the means, and of the differences."""

    xx: float
    yy: float
    xy: float
    dd: float

    @property
    def correlation(self) -> float | None:
        """None where one of the two does not move."""
        if self.xx <= 0 or self.yy <= 0:
            return None
        return max(-1.0, min(1.0, self.xy / math.sqrt(self.xx) / math.sqrt(self.yy)))

    @property
    def beta(self) -> float | None:
        """None where the asset does not move."""
        return None if self.xx <= 0 else self.xy / self.xx


def check_window(window: int, confidence: float) -> None:
    """Raise PairsError for a window that is too short or a confidence outside (0, 1)."""
    if window < LEAST_WINDOW:
        raise PairsError(
            f"a window of {window} returns says too little: take at least {LEAST_WINDOW}",
            name="window",
            limit=LEAST_WINDOW,
            value=window,
        )
    if not 0 < confidence < 1:
        raise PairsError(
            f"a confidence of {confidence:g} is none: give a share between 0 and 1, like 0.95",
            name="confidence",
            limit=1,
            value=confidence,
        )


def rolling(history: PairHistory, window: int, confidence: float = 0.95) -> tuple[Window, ...]:
    """The figures of every `window` consecutive returns, in time order; none where the history has
    fewer. Raises PairsError for a window below 20 or a confidence outside (0, 1)."""
    check_window(window, confidence)
    x, y, d = history.asset_returns, history.returns, history.differences
    found = []
    for end in range(window, len(x) + 1):
        span = slice(end - window, end)
        moments = _moments(x[span], y[span], d[span])
        r = moments.correlation
        error = math.sqrt(moments.dd / (window - 1) * history.per_year)
        found.append(
            Window(
                end=history.times[end],
                correlation=None if r is None else fisher(r, window, confidence),
                beta=moments.beta,
                tracking_error=deviation(error, window, confidence),
            )
        )
    return tuple(found)


def whole(history: PairHistory, confidence: float = 0.95, draws: Draws | None = None) -> Whole:
    """The figures of the whole history. Raises PairsError for fewer than 20 returns, for a
    confidence outside (0, 1), and for draws that make no sense."""
    n = len(history.returns)
    check_window(n, confidence)
    x, y = _centred(history.asset_returns), _centred(history.returns)
    d = _centred(history.differences)
    moments = _moments(x, y, d)
    r, beta = moments.correlation, moments.beta
    scale = history.per_year / (n - 1)
    # Of x and d, since y = x + d: for a close replacement the variance of d taken from those of x
    # and y would be a difference of nearly equal numbers.
    sums = resampled(x, d, draws or Draws())
    errors = [math.sqrt(max(0.0, _about_mean(s.yy, s.y, s.y, n)) * scale) for s in sums]
    low, high = percentiles(errors, confidence)
    return Whole(
        first=history.times[0],
        last=history.times[-1],
        returns=n,
        correlation=None if r is None else fisher(r, n, confidence),
        beta=None if beta is None else _beta(beta, sums, confidence),
        tracking_error=Estimate(value=math.sqrt(moments.dd * scale), low=low, high=high),
    )


def _beta(value: float, sums: list[Sums], confidence: float) -> Estimate:
    """Beta is 1 plus that of the difference. A resample in which the asset stands still has none
    and says nothing."""
    found = []
    for s in sums:
        xx = _about_mean(s.xx, s.x, s.x, s.n)
        if xx > 0:
            found.append(1 + _about_mean(s.xy, s.x, s.y, s.n) / xx)
    low, high = percentiles(found, confidence)
    return Estimate(value=value, low=low, high=high)


def _about_mean(product: float, a: float, b: float, n: int) -> float:
    return product - a * b / n


def _moments(x: Sequence[float], y: Sequence[float], d: Sequence[float]) -> _Moments:
    x, y, d = _centred(x), _centred(y), _centred(d)
    return _Moments(
        math.fsum(a * a for a in x),
        math.fsum(b * b for b in y),
        math.fsum(a * b for a, b in zip(x, y, strict=True)),
        math.fsum(c * c for c in d),
    )


def _centred(values: Sequence[float]) -> list[float]:
    # All the same: exactly no movement, which the mean's last digit would turn into a little.
    if all(value == values[0] for value in values):
        return [0.0] * len(values)
    mean = math.fsum(values) / len(values)
    return [value - mean for value in values]
