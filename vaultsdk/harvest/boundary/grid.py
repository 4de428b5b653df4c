"""The grid in x = log(price/basis), and the equation of waiting on it."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Final

from vaultsdk.harvest.boundary.model import Economics

_GROWTH: Final = 1.04  # of the spacing, from node to node, where little happens
_BOTTOM: Final = 4.5  # x = -4.5: the price at 1 % of the basis


def nodes(economics: Economics, horizon: float, spacing: float, fine: float) -> list[float]:
    """Nodes from far below the basis to where a fall back to it is negligible; one is exactly 0.

    `spacing` apart from -`fine` to a little above 0, further apart beyond. The upper end is eight
    deviations of the horizon, or where the value has faded to 1e-7 if that is nearer.
    """
    variance = economics.sigma**2
    slope = economics.mu - variance / 2
    reach = 8 * economics.sigma * math.sqrt(horizon) + max(0.0, -slope) * horizon
    spread = 2 * math.sqrt(slope * slope + 2 * variance * economics.q)
    if spread > 0 and variance > 0:
        reach = min(reach, 16 * variance / spread)
    reach = max(reach, 20 * spacing)
    below = _away(spacing, fine, max(_BOTTOM, fine))
    above = _away(spacing, min(0.25, reach), reach)
    return [*(-x for x in reversed(below)), 0.0, *above]


def _away(spacing: float, even: float, end: float) -> list[float]:
    """Distances from 0 up to `end`: evenly spaced up to `even`, then growing."""
    found: list[float] = []
    x, h = 0.0, spacing
    while x < end:
        if x >= even:
            h = min(h * _GROWTH, 0.25)
        x += h
        found.append(x)
    return found


def generator(economics: Economics, x: list[float]) -> tuple[list[float], list[float]]:
    """Weights of the lower and the upper neighbour in sigma^2/2 v_xx + (mu - sigma^2/2) v_x.

    The node's own weight is minus their sum. Central differences; one-sided ones where a drift that
    is large against the volatility would make a weight negative, so that no weight ever is. The
    first node has none (the price is as good as nothing there), nor the last (its value is 0).
    """
    diffusion = economics.sigma**2 / 2
    drift = economics.mu - diffusion
    lower, upper = [0.0] * len(x), [0.0] * len(x)
    for i in range(1, len(x) - 1):
        left, right = x[i] - x[i - 1], x[i + 1] - x[i]
        down = (2 * diffusion - drift * right) / (left * (left + right))
        up = (2 * diffusion + drift * left) / (right * (left + right))
        if down < 0 or up < 0:
            down = 2 * diffusion / (left * (left + right)) + max(-drift, 0.0) / left
            up = 2 * diffusion / (right * (left + right)) + max(drift, 0.0) / right
        lower[i], upper[i] = down, up
    return lower, upper


def times(years: float, ends: tuple[float, ...], steps_a_year: int) -> list[float]:
    """Times from the horizon back to now, with every year's end among them.

    Steps are shortest just before an end, where the boundary moves fastest (1/20 of the usual one),
    and grow by a tenth from step to step; where nothing ends they grow on, up to two years, as
    implicit steps of any length lead to the same state at rest.
    """
    usual = 1 / steps_a_year
    stops = [*sorted({end for end in ends if end < years}, reverse=True), 0.0]
    found, now = [years], years
    for stop in stops:
        step = usual / 20
        while now - stop > 1e-12:
            left = now - stop
            # The last two steps of a stretch share what is left, so that none is a sliver.
            taken = left if left <= step else (left / 2 if left < 2 * step else step)
            now = stop if taken == left else now - taken
            found.append(now)
            far = years - now > 2 and not ends
            step = min(step * 1.1, 2.0) if far else min(step * 1.1, usual)
    return found


def halved(grid: list[float]) -> list[float]:
    """The times with a middle one between every two."""
    found = [grid[0]]
    for later, now in pairwise(grid):
        found += [(later + now) / 2, now]
    return found
