"""The boundary with a horizon, a fixed cost and a tax year's end, by finite differences.

Independent of the closed form: it knows the equation of waiting and the payoff, but neither roots
nor smooth pasting. Per dollar of a basis B, with x = log(S/B), the value v(x, t) obeys

    min( -v_t - sigma^2/2 v_xx - (mu - sigma^2/2) v_x + (r + lam) v,  v - g ) = 0,
    g(x, t) = a(t) - gamma / B - (a(t) + k) e^x + e^x W(B e^x, t)   for x < 0,

a(t) from `schedule`, gamma the fixed cost over the first basis (= 1), W(B, t) = v(0, t) of a lot
with basis B. Backwards in time with implicit steps; in each the set of prices at which to harvest
is found by policy iteration, because before a year's end it need not reach down to 0. Without a
fixed cost one basis stands for all; with one there is a row of bases, smallest first, as a harvest
only lowers the basis.

The grid errs in proportion to the spacing's square, an implicit step in proportion to its length;
the value is therefore computed with steps of two lengths and extrapolated to none (Richardson).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from vaultsdk.core.model import Frozen
from vaultsdk.harvest.boundary.grid import generator, halved, nodes, times
from vaultsdk.harvest.boundary.model import BoundaryError, Economics
from vaultsdk.harvest.boundary.schedule import Horizon

_ITERATIONS: Final = 100  # policy iteration takes 2 to 6
_BASIS_STEP: Final = 0.08  # between the logarithms of two bases


class BoundaryPoint(Frozen):
    """At `time` (years from now) harvest when z is at most z_star; None = not at any price.

    low is above 0 when it is better to wait for the year's end once z has fallen below it: then
    nothing is left to lose by waiting.
    """

    time: float
    z_star: float | None
    low: float = 0.0


class FiniteBoundary(Frozen):
    """Value at z = 1 today per dollar of basis, and the boundary of today's basis over time."""

    value: float
    points: tuple[BoundaryPoint, ...]

    @property
    def now(self) -> BoundaryPoint:
        """The boundary today."""
        return self.points[0]


def solve_finite(
    economics: Economics, horizon: Horizon, spacing: float = 0.005, steps_a_year: int = 100
) -> FiniteBoundary:
    """Value and boundary under a horizon.

    `spacing` is the grid's, in log price, near the basis; both are coarser with a fixed cost, where
    many bases are solved at once. Raises BoundaryError, also without volatility.
    """
    if economics.sigma <= 0:
        raise BoundaryError(
            "sigma is 0: the finite differences need a volatility above 0; without one the closed "
            "form has the answer",
            name="sigma",
            value=economics.sigma,
        )
    if horizon.fixed_cost > 0:
        spacing, steps_a_year = spacing * 3, steps_a_year // 2
    ends = horizon.year_ends()
    grid = times(horizon.years, ends, max(5, steps_a_year // 2))
    coarse = _Solver(economics, horizon, spacing, grid).run()
    fine = _Solver(economics, horizon, spacing, halved(grid)).run()
    return FiniteBoundary(value=max(0.0, 2 * fine.value - coarse.value), points=fine.points)


class _Solver:
    """The state of one solution: a row of values for each basis, at one time."""

    def __init__(
        self, economics: Economics, horizon: Horizon, spacing: float, grid: list[float]
    ) -> None:
        self.economics = economics
        self.horizon = horizon
        fixed = horizon.fixed_cost
        self.times = grid
        self.ends = frozenset(horizon.year_ends())
        self.x = nodes(economics, horizon.years, spacing, 0.8)
        self.zero = self.x.index(0.0)
        self.z = [math.exp(x) for x in self.x]
        self.lower, self.upper = generator(economics, self.x)
        # Log bases, smallest first, the last is today's. Below the first no harvest ever pays.
        most = max(self._a(t, after) for t in self.times for after in (False, True))
        rows = 1
        if fixed > 0:
            rows = max(1, math.ceil(math.log(max(most, fixed) / fixed) / _BASIS_STEP))
        self.gas = [fixed * math.exp((rows - 1 - j) * _BASIS_STEP) for j in range(rows)]
        # A harvest at node i leads `down` rows down and a share of the next.
        steps_down = [-x / _BASIS_STEP for x in self.x[: self.zero]]
        self.places = [(int(down), down - int(down)) for down in steps_down]
        self.rows = [[0.0] * len(self.x) for _ in range(rows)]
        self.masks: list[list[bool]] = [[False] * len(self.x) for _ in range(rows)]

    def _a(self, time: float, after: bool) -> float:
        return self.horizon.advantage(self.economics, time, after)

    def run(self) -> FiniteBoundary:
        """Back from the horizon to now."""
        points = [self._instant(self.times[0])]
        for now, later in zip(self.times[1:], self.times, strict=False):
            at_end = now in self.ends
            self._step(later - now, self._a(now, at_end))
            points.append(self._instant(now) if at_end else self._point(now, self._a(now, False)))
        return FiniteBoundary(value=self.rows[-1][self.zero], points=tuple(reversed(points)))

    # ------------------------------------------------------------ one moment
    def _instant(self, time: float) -> BoundaryPoint:
        """The last moment of a year, or of all: harvest now, or hold what is held afterwards."""
        a = self._a(time, False)
        worth = [row[self.zero] for row in self.rows]
        for j, row in enumerate(self.rows):
            payoff = self._payoff(j, a, worth)
            self.masks[j] = [i < self.zero and payoff[i] > v for i, v in enumerate(row)]
            self.rows[j] = [max(v, payoff[i]) if i < self.zero else v for i, v in enumerate(row)]
        return self._point(time, a)

    def _step(self, dt: float, a: float) -> None:
        """One implicit step back by `dt` years, for every basis."""
        down = [-dt * weight for weight in self.lower]
        up = [-dt * weight for weight in self.upper]
        fade = 1 + dt * self.economics.q
        centre = [fade - low - high for low, high in zip(down, up, strict=True)]
        worth = [row[self.zero] for row in self.rows]
        for j, row in enumerate(self.rows):
            self._solve_row(j, row, (down, centre, up), a, worth)

    def _solve_row(
        self,
        j: int,
        old: list[float],
        matrix: tuple[list[float], list[float], list[float]],
        a: float,
        worth: list[float],
    ) -> None:
        """Policy iteration: harvest where that is worth more than waiting, until it settles.

        `worth[j]`, v at z = 1 of this very basis, is part of the payoff and settles with it.
        """
        down, centre, up = matrix
        mask, last = self.masks[j], self.zero
        for _ in range(_ITERATIONS):
            payoff = self._payoff(j, a, worth)
            new = _waiting(down, centre, up, old, mask, payoff)
            change = abs(new[self.zero] - worth[j])
            worth[j] = new[self.zero]
            found = [False] * len(mask)
            for i in range(last):
                if mask[i]:
                    # Harvesting stays right while waiting there would be worth less.
                    left = new[i - 1] if i else 0.0
                    rest = down[i] * left + centre[i] * new[i] + up[i] * new[i + 1] - old[i]
                    found[i] = rest >= -1e-15
                else:
                    found[i] = new[i] < payoff[i] - 1e-15
            if found == mask and change < 1e-13:
                break
            mask = found
        else:
            raise BoundaryError(
                "the set of prices to harvest at does not settle: take another spacing",
                name="spacing",
            )
        self.rows[j], self.masks[j] = new, mask

    def _payoff(self, j: int, a: float, worth: Sequence[float]) -> list[float]:
        """What a harvest pays at every node below the basis, the value of what is left included."""
        paid, slope = a - self.gas[j], a + self.economics.k
        if self.horizon.fixed_cost == 0:
            slope -= worth[0]
            return [paid - slope * z for z in self.z[: self.zero]]
        return [
            paid - (slope - after) * z
            for after, z in zip(self._after(j, worth), self.z, strict=False)
        ]

    def _after(self, j: int, worth: Sequence[float]) -> list[float]:
        """W of the basis that a harvest leaves, by node: straight between two bases, and falling
        to 0 within one step below the first."""
        found = []
        for down, share in self.places:
            row = j - down
            if row > 0:
                found.append(worth[row] + share * (worth[row - 1] - worth[row]))
            else:
                found.append(worth[0] * (1 - share) if row == 0 else 0.0)
        return found

    # ------------------------------------------------------------ where it lies
    def _point(self, time: float, a: float) -> BoundaryPoint:
        """The boundary of today's basis, between nodes."""
        mask, row = self.masks[-1], self.rows[-1]
        if True not in mask:
            return BoundaryPoint(time=time, z_star=None)
        top = max(i for i, on in enumerate(mask) if on)
        low = mask.index(True)
        worth = [one[self.zero] for one in self.rows]
        payoff = self._payoff(len(self.rows) - 1, a, worth)
        x = self.x[top]
        if top + 2 < self.zero:
            # On the grid v - g is a parabola with w(0) = 0 whose second difference is that of the
            # true one, which touches zero; matching them at the next two nodes says where.
            one, two = row[top + 1] - payoff[top + 1], row[top + 2] - payoff[top + 2]
            if two > 2 * one > 0:
                shift = 0.5 - one / (two - 2 * one)
                x += max(-0.5, min(0.5, shift)) * (self.x[top + 1] - x)
        return BoundaryPoint(time=time, z_star=math.exp(x), low=self.z[low] if low > 0 else 0.0)


def _waiting(
    down: Sequence[float],
    centre: Sequence[float],
    up: Sequence[float],
    old: Sequence[float],
    mask: Sequence[bool],
    payoff: Sequence[float],
) -> list[float]:
    """Values of one implicit step, the payoff where `mask` says so: elimination from below.

    The matrix has a dominant diagonal, so nothing needs to be exchanged. The last node is 0.
    """
    last = len(old) - 1
    ratio, right = [0.0] * last, [0.0] * last
    r = v = 0.0
    for i in range(last):
        if i < len(payoff) and mask[i]:
            r, v = 0.0, payoff[i]
        else:
            pivot = centre[i] - down[i] * r
            r, v = up[i] / pivot, (old[i] - down[i] * v) / pivot
        ratio[i], right[i] = r, v
    new = [0.0] * (last + 1)
    value = 0.0
    for i in range(last - 1, -1, -1):
        value = right[i] - ratio[i] * value
        new[i] = value
    return new
