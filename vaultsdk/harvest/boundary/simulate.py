"""Monte Carlo of a fixed threshold: cash flows of simulated lots, with nothing solved beforehand.

Between harvests only the time matters at which the price first falls by the threshold. For
geometric Brownian motion that time has an inverse Gaussian law, from which it is drawn exactly
(Michael, Schucany and Haas, "Generating random variates using transformations with multiple
roots", The American Statistician 30, 1976), so no step is too coarse to see a fall. Each simulated
lot has a liquidation time, pays tau_later then on all that its harvests took off its basis, and
comes with an antithetic twin made of the opposite draws.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from random import Random
from statistics import NormalDist
from typing import Final

from vaultsdk.core.model import Frozen
from vaultsdk.harvest.boundary.model import BoundaryError, Economics

_NORMAL: Final = NormalDist()
_NEGLIGIBLE: Final = 1e-12  # of the first basis: what is left cannot be seen in any sum


class Estimate(Frozen):
    """A mean with its two-sided interval at `confidence`, from `pairs` of antithetic lots."""

    value: float
    low: float
    high: float
    confidence: float
    pairs: int


def simulate(
    economics: Economics, loss: float, pairs: int, seed: int, confidence: float = 0.99
) -> Estimate:
    """Value over never harvesting, per dollar of basis at z = 1, of harvesting at every fall of
    `loss` (0 < loss < 1). The same seed gives the same estimate. Raises BoundaryError.
    """
    if not 0 < loss < 1:
        raise BoundaryError(f"loss is {loss:g}: give a share between 0 and 1", name="loss")
    if pairs < 2:
        raise BoundaryError(f"{pairs} pairs have no spread: simulate at least 2", name="pairs")
    if economics.q <= 0:
        raise BoundaryError("r and lam are both 0: give r or lam above 0", name="r")
    if economics.sigma <= 0:
        raise BoundaryError("sigma is 0: there is nothing to simulate", name="sigma", value=0)
    rng = Random(seed)
    total = squares = 0.0
    for _ in range(pairs):
        drawn: list[float] = []
        mean = (
            _lot(economics, loss, _fresh(rng, drawn)) + _lot(economics, loss, _twin(rng, drawn))
        ) / 2
        total += mean
        squares += mean * mean
    value = total / pairs
    spread = math.sqrt(max(0.0, squares / pairs - value * value) / (pairs - 1))
    half = _NORMAL.inv_cdf((1 + confidence) / 2) * spread
    return Estimate(
        value=value, low=value - half, high=value + half, confidence=confidence, pairs=pairs
    )


def _lot(economics: Economics, loss: float, draws: Iterator[float]) -> float:
    """Present worth of the harvests of one lot with basis 1."""
    e = economics
    ends = -math.log(next(draws)) / e.lam if e.lam > 0 else math.inf
    kept = math.exp(-e.r * ends) if math.isfinite(ends) else 0.0
    time, basis, worth, taken = 0.0, 1.0, 0.0, 0.0
    while True:
        time += _fall_time(e, -math.log1p(-loss), next(draws), next(draws))
        discount = math.exp(-e.r * time) if math.isfinite(time) else 0.0
        if time >= ends or discount * basis < _NEGLIGIBLE:
            # At liquidation the gain is larger by all that was taken off the basis.
            return worth - e.tau_later * taken * kept
        price = basis * (1 - loss)
        worth += discount * (e.tau_now * (basis - price) - e.k * price)
        taken += basis - price
        basis = price


def _fall_time(economics: Economics, depth: float, first: float, second: float) -> float:
    """Years until log price has fallen by `depth`; infinite when it never does.

    With drift nu of the log price away from the barrier it gets there with probability
    e^(-2 nu depth / sigma^2), and then as if the drift were -nu.
    """
    variance = economics.sigma**2
    nu = economics.mu - variance / 2
    if nu > 0:
        reached = math.exp(-2 * nu * depth / variance)
        if second >= reached:
            return math.inf
        second /= reached
    normal = _NORMAL.inv_cdf((1 + first) / 2)
    chi = normal * normal
    shape = depth * depth / variance
    if abs(nu) < 1e-9:
        return shape / chi if chi > 0 else math.inf
    mean = depth / abs(nu)
    # The smaller of two roots, written so that it does not cancel.
    half = mean * chi / (2 * shape)
    root = mean / (1 + half + math.sqrt(half * (2 + half)))
    return root if second * (mean + root) <= mean else mean * mean / root


def _fresh(rng: Random, drawn: list[float]) -> Iterator[float]:
    """Uniform draws, kept in `drawn`; never 0, whose logarithm is none."""
    while True:
        draw = 1 - rng.random()
        drawn.append(min(draw, 1 - 2**-53))
        yield drawn[-1]


def _twin(rng: Random, drawn: list[float]) -> Iterator[float]:
    """The opposites of the draws, then new ones."""
    for draw in drawn:
        yield 1 - draw
    yield from _fresh(rng, [])
