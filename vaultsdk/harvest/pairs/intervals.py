"""Confidence intervals by formula: Fisher's z for a correlation, chi-squared for a deviation.

Both take the observations for independent draws of a normal distribution. Returns are neither, so
these are the narrow end of the truth; `bootstrap` gives the wider one.
"""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist
from typing import Final

from vaultsdk.core.model import Frozen

_TINY: Final = 1e-300
_ENOUGH: Final = 1e-15
_TERMS: Final = 100_000


class Estimate(Frozen):
    """A figure and its confidence interval; None where there is no bound."""

    value: float
    low: float | None
    high: float | None


def z_of(confidence: float) -> float:
    """Standard errors on either side of a normal estimate: 1.96 for 0.95."""
    return NormalDist().inv_cdf(0.5 + confidence / 2)


def fisher(r: float, n: int, confidence: float) -> Estimate:
    """A correlation of `n` pairs with the interval of its inverse hyperbolic tangent, whose
    standard error is 1 / sqrt(n - 3) (R. A. Fisher, Metron 1, 1921). Without bounds for n < 4; a
    correlation of exactly 1 or -1 is its own interval."""
    if abs(r) >= 1:
        whole = math.copysign(1.0, r)
        return Estimate(value=whole, low=whole, high=whole)
    if n < 4:
        return Estimate(value=r, low=None, high=None)
    middle, half = math.atanh(r), z_of(confidence) / math.sqrt(n - 3)
    return Estimate(value=r, low=math.tanh(middle - half), high=math.tanh(middle + half))


def deviation(s: float, n: int, confidence: float) -> Estimate:
    """A standard deviation of `n` observations (n - 1 in its denominator) with the interval of
    (n - 1) s^2 / sigma^2, which is chi-squared with n - 1 degrees of freedom."""
    tail = (1 - confidence) / 2
    freedom = n - 1
    return Estimate(
        value=s,
        low=s * math.sqrt(freedom / chi_squared(1 - tail, freedom)),
        high=s * math.sqrt(freedom / chi_squared(tail, freedom)),
    )


@lru_cache(maxsize=256)
def chi_squared(probability: float, freedom: int) -> float:
    """The quantile of the chi-squared distribution, by bisection of its distribution function."""
    low, high = 0.0, float(freedom)
    while gamma_share(freedom / 2, high / 2) < probability:
        high *= 2
    for _ in range(200):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if gamma_share(freedom / 2, middle / 2) < probability:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def gamma_share(a: float, x: float) -> float:
    """The regularised lower incomplete gamma function P(a, x): by its power series below a + 1,
    above by the continued fraction of 1 - P (Abramowitz and Stegun, 6.5.29 and 6.5.31, the latter
    in its contracted form, evaluated from the front)."""
    if x <= 0:
        return 0.0
    scale = math.exp(a * math.log(x) - x - math.lgamma(a))
    if x < a + 1:
        term = total = 1 / a
        for k in range(1, _TERMS):
            term *= x / (a + k)
            total += term
            if term < total * _ENOUGH:
                break
        return scale * total
    b = x + 1 - a
    c, d = 1 / _TINY, 1 / b
    fraction = d
    for k in range(1, _TERMS):
        part = -k * (k - a)
        b += 2
        d = 1 / _away(part * d + b)
        c = _away(b + part / c)
        fraction *= d * c
        if abs(d * c - 1) < _ENOUGH:
            break
    return 1 - scale * fraction


def _away(x: float) -> float:
    """Not zero: a continued fraction that passes through it goes on."""
    return x if abs(x) > _TINY else _TINY
