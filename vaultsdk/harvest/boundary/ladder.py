"""The boundary with a fixed cost per harvest (gas) and no horizon: a ladder of bases.

A fixed cost does not shrink with the lot, so the boundary depends on the basis. Let w(B) be the
value of a lot at z = 1 per dollar of its basis B, and gamma the fixed cost over the first basis
(set to 1). The argument of `closed` gives, for each basis,

    w(B) = max over z in (0, 1) of  z^n (a - gamma / B - (a + k) z + z w(B z)).

A harvest only lowers the basis, so w(B) needs w of smaller bases alone, and below B = gamma / a no
harvest ever pays: w = 0. The ladder is climbed from there to 1, once.
"""

from __future__ import annotations

import math
from typing import Final

from vaultsdk.core.model import Frozen
from vaultsdk.harvest.boundary.closed import solve
from vaultsdk.harvest.boundary.model import BoundaryError, Economics, checked

_RUNGS_A_LOSS: Final = 40  # between a basis and its boundary: 1e-6 of the value
_MOST_RUNGS: Final = 20_000  # a few seconds


class FixedCostBoundary(Frozen):
    """Boundary and value (per dollar of basis at z = 1) of a lot with a fixed cost per harvest.

    z_star and loss_threshold are None when no harvest of this lot ever pays; `value` is 0 then.
    """

    fixed_cost: float
    z_star: float | None
    loss_threshold: float | None
    value: float


def solve_fixed_cost(economics: Economics, fixed_cost: float) -> FixedCostBoundary:
    """The optimum with a fixed cost per harvest, given as a share of the lot's basis (gas / basis).

    Raises BoundaryError for a share outside [0, 1].
    """
    checked("fixed_cost", fixed_cost, 0, 1, "gas over the lot's basis, a share between 0 and 1")
    plain = solve(economics)
    loss = plain.loss_threshold
    if loss is None or fixed_cost == 0:
        return FixedCostBoundary(
            fixed_cost=fixed_cost, z_star=plain.z_star, loss_threshold=loss, value=plain.value
        )
    a = economics.advantage
    if fixed_cost >= a:
        return FixedCostBoundary(fixed_cost=fixed_cost, z_star=None, loss_threshold=None, value=0)
    # On the first rungs down gas is at its smallest, and like a proportional cost.
    alike = solve(economics.model_copy(update={"k": min(1.0, economics.k + fixed_cost)}))
    step = -math.log1p(-(alike.loss_threshold or 0)) / _RUNGS_A_LOSS
    height = math.log(a / fixed_cost)
    count = max(math.ceil(height / step), 8 * _RUNGS_A_LOSS)
    if count > _MOST_RUNGS:
        raise BoundaryError(
            f"a fixed cost of {fixed_cost:g} of the basis beside k = {economics.k:g} would take "
            f"{count:,} rungs: both are next to nothing; leave the fixed cost out",
            name="fixed_cost",
            value=fixed_cost,
        )
    return _climb(economics, fixed_cost, height / count, count)


def _climb(economics: Economics, fixed_cost: float, step: float, count: int) -> FixedCostBoundary:
    """w on the rungs B = exp(-(count - i) step), i = 0 .. count; the answer is that of the last."""
    a, k, n = economics.advantage, economics.k, economics.n
    falls = [math.exp(-j * step) for j in range(count + 1)]
    weights = [math.exp(-n * j * step) for j in range(count + 1)]
    w = [0.0] * (count + 1)
    z, last = 1.0, 1
    for i in range(1, count + 1):
        paid = a - fixed_cost * math.exp((count - i) * step)
        # The last harvest of all leaves a basis below the ladder, where nothing more is to come:
        # the greatest z^n (paid - (a + k) z), if its place is down there.
        z = paid * n / ((a + k) * (n + 1))
        w[i] = z**n * (paid - (a + k) * z) if z < falls[i] else 0.0
        # From rung to rung the depth of a harvest changes little: look from a quarter of the
        # last one's to four times it.
        low, high = max(1, last // 4), min(i, 4 * last + 8)
        values = [weights[j] * (paid - (a + k - w[i - j]) * falls[j]) for j in range(low, high + 1)]
        fall, height = _peak(values, max(range(len(values)), key=values.__getitem__))
        last = i
        if height > w[i]:
            z, w[i] = math.exp(-(fall + low) * step), height
            last = round(fall) + low
    return FixedCostBoundary(fixed_cost=fixed_cost, z_star=z, loss_threshold=1 - z, value=w[count])


def _peak(values: list[float], at: int) -> tuple[float, float]:
    """Place and height of the parabola through the greatest value and its neighbours."""
    if not 0 < at < len(values) - 1:
        return float(at), values[at]
    left, middle, right = values[at - 1], values[at], values[at + 1]
    bend = left - 2 * middle + right
    if bend >= 0:
        return float(at), middle
    shift = 0.5 * (left - right) / bend
    return at + shift, middle - 0.25 * (left - right) * shift
