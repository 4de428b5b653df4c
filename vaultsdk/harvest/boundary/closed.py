"""The optimal harvest boundary in closed form: proportional costs, no horizon.

A lot has price S and basis B, z = S/B. Let V(S, B) be what the right to harvest is worth over never
harvesting. A harvest at S pays tau_now (B - S) now and costs k S now and tau_later (B - S) at
liquidation, in all a (B - S) - k S today, and leaves a lot with basis S. Everything scales with the
basis, so V = B v(z).

*While waiting*, v earns nothing and fades at the rate r + lam: sigma^2/2 z^2 v'' + mu z v' -
(r + lam) v = 0. Its solutions are powers of z; as v must vanish for a price far above the basis,
only v = C z^m with the negative root m is left. A lot just harvested has z = 1, so C = v(1).

*At the boundary* the value is what a harvest pays (value matching), g(z) = a - (a + k) z + z C:

    C z^m = a - (a + k) z + C z        so  C = (a - (a + k) z) / (z^m - z)

and the slopes meet (smooth pasting): m C z^(m-1) = -(a + k) + C. Putting C into it,

    (a + k) (z^m - z) = (a - (a + k) z) (1 - m z^(m-1)),

which is just as well dC/dz = 0: the boundary is the fixed threshold with the greatest value.

With n = -m > 0 and multiplied by z^(n+1) it becomes

    H(z) = a z^(n+1) - (a + k) (n + 1) z + a n = 0.

For a > 0 and k > 0, H is strictly convex with H(0) = a n > 0 and H(1) = -k (n + 1) < 0: exactly one
root lies in (0, 1). At break-even b = a/(a + k) it is a (b^(n+1) - 1) < 0, so z* < b: break-even is
always too early. That z* is optimal among all rules, not only thresholds: above z*, v - g is convex
in z with value and slope 0 at z*, so v >= g. Below, the drift of g less what fades,
(a + k - C)(r + lam - mu) z - (r + lam) a, is linear in z, negative at 0, and at z* it is minus
sigma^2/2 z^2 v'' < 0; so waiting never pays there.

C is finite for every mu as long as r + lam > 0, since the price at the j-th harvest is z*^j of the
first basis. The wealth itself is finite only for mu < r + lam: see `hold_value`.

Cadenillas and Pliska, "Optimal trading of a security when there are taxes and transaction costs",
Finance and Stochastics 3 (1999), solve the problem of which this is the case of losses only;
Constantinides, "Optimal stock trading with personal taxes", Journal of Financial Economics 13
(1984), without costs: realise every loss at once, as here for k = 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import StrEnum
from typing import Final

from vaultsdk.core.model import Frozen
from vaultsdk.harvest.boundary.model import BoundaryError, Economics

FIXED_LOSSES: Final = {"1%": 0.01, "5%": 0.05, "10%": 0.10, "20%": 0.20, "30%": 0.30}
_STEPS: Final = 500  # Newton needs 5 to 40; see `_descend`


class Regime(StrEnum):
    """Which kind of answer there is."""

    BOUNDARY = "boundary"
    CONTINUOUS = "continuous"
    NEVER = "never"
    NEVER_FALLS = "never falls"


_NOTES: Final = {
    Regime.BOUNDARY: "harvest when the price has fallen to z_star of the basis",
    Regime.CONTINUOUS: "harvesting is free (k = 0): harvest every fall at once, the boundary is 1",
    Regime.NEVER: (
        "never harvest: a <= 0, the tax that the lower basis brings later is worth at least as "
        "much as the loss now"
    ),
    Regime.NEVER_FALLS: (
        "nothing to harvest: without volatility (sigma = 0) and with mu >= 0 the price never falls "
        "below the basis"
    ),
}


class Boundary(Frozen):
    """The optimal boundary and what it is worth.

    z_star: share of the basis at which to harvest, None when never. loss_threshold: 1 - z_star.
    break_even: a/(a + k), the share of the basis below which one harvest pays for itself, None when
    none does. value: C, per dollar of basis at z = 1, over never harvesting. fixed: C of fixed
    thresholds by their loss ("1%", ...); negative when the costs exceed what they bring. share:
    those over `value`, None where `value` is 0. advantage: a. m: the negative root, None when there
    is none.
    """

    regime: Regime
    note: str
    z_star: float | None
    loss_threshold: float | None
    break_even: float | None
    value: float
    share: dict[str, float | None]
    fixed: dict[str, float]
    advantage: float
    m: float | None


def solve(economics: Economics) -> Boundary:
    """The optimal boundary, to 1e-12 of z_star. Raises BoundaryError when r + lam = 0."""
    a, k, n = economics.advantage, economics.k, economics.n
    regime, loss, value = _optimum(a, k, n)
    fixed = {key: threshold_value(economics, fall) for key, fall in FIXED_LOSSES.items()}
    return Boundary(
        regime=regime,
        note=_NOTES[regime],
        z_star=None if loss is None else 1 - loss,
        loss_threshold=loss,
        break_even=a / (a + k) if a > 0 else None,
        value=value,
        share={key: one / value if value > 0 else None for key, one in fixed.items()},
        fixed=fixed,
        advantage=a,
        m=-n if math.isfinite(n) else None,
    )


def threshold_value(economics: Economics, loss: float) -> float:
    """C of the rule "harvest whenever the price has fallen by `loss` (0 < loss < 1)".

    Per dollar of basis at z = 1, over never harvesting. Raises BoundaryError.
    """
    if not 0 < loss < 1:
        raise BoundaryError(
            f"a threshold of {loss:g} is no loss: give a share between 0 and 1, such as 0.05",
            name="loss",
            value=loss,
        )
    return _value(economics.advantage, economics.k, economics.n, loss)


def hold_value(economics: Economics) -> float:
    """After-tax present worth of never harvesting a dollar at z = 1, the baseline of every value.

    Liquidated at rate lam: (1 - tau_later) lam / (r + lam - mu) + tau_later lam / (r + lam).
    Infinite for mu >= r + lam, where the price outgrows discount and liquidation; the value of
    harvesting, a difference, is finite even then. Raises BoundaryError when r + lam = 0.
    """
    lam, q, kept = economics.lam, economics.q, 1 - economics.tau_later
    later = economics.tau_now - economics.advantage  # and r + lam is checked
    if lam == 0:
        return 0.0
    if economics.mu >= q:
        return math.inf if kept > 0 else later
    return kept * lam / (q - economics.mu) + later


def _optimum(a: float, k: float, n: float) -> tuple[Regime, float | None, float]:
    """Regime, best loss threshold and value."""
    if a <= 0:
        return Regime.NEVER, None, 0.0
    if math.isinf(n):
        return Regime.NEVER_FALLS, None, 0.0
    if k == 0:
        # The limit of C for z -> 1.
        return Regime.CONTINUOUS, 0.0, a / (1 + n)
    loss = _best_loss(a, k, n)
    return Regime.BOUNDARY, loss, _value(a, k, n, loss)


def _value(a: float, k: float, n: float, loss: float) -> float:
    """C = (a - (a + k) z) / (z^m - z), times z^n above and below: nothing can overflow."""
    log_z = math.log1p(-loss)
    return (a * loss - k * (1 - loss)) * math.exp(n * log_z) / -math.expm1((n + 1) * log_z)


def _best_loss(a: float, k: float, n: float) -> float:
    """1 - z*, z* the root of H in (0, 1); a, k > 0.

    H is convex and falls through its root, so Newton's method from the left never overshoots. The
    start is where the line under H crosses zero, a n / ((a + k)(n + 1)). A root in the upper half
    is sought as y = 1 - z, so that a small loss is as exact as a small z.
    """
    start = a * n / ((a + k) * (n + 1))

    def h(z: float) -> float:
        return a * math.pow(z, n + 1) - (a + k) * (n + 1) * z + a * n

    def h_slope(z: float) -> float:
        return (n + 1) * (a * math.pow(z, n) - (a + k))

    def f(y: float) -> float:
        return a * _excess(n + 1, y) - k * (n + 1) * (1 - y)

    def f_slope(y: float) -> float:
        return (n + 1) * (k - a * math.expm1(n * math.log1p(-y)))

    if h(0.5) <= 0:
        return 1 - _descend(h, h_slope, start)
    # The loss is below one half, and from there f is convex and rises.
    return _descend(f, f_slope, min(0.5, (a + k * (n + 1)) / ((a + k) * (n + 1))))


def _excess(p: float, y: float) -> float:
    """(1 - y)^p - 1 + p y for 0 <= y <= 1/2, without cancelling for small p y."""
    if p * y > 0.5:
        return math.expm1(p * math.log1p(-y)) + p * y
    term, total, j = -p * y, 0.0, 1
    while abs(term) > 1e-18 * total or j < 3:
        term *= -(p - j) / (j + 1) * y
        total += term
        j += 1
        if term == 0:
            break
    return total


def _descend(f: Callable[[float], float], slope: Callable[[float], float], x: float) -> float:
    """The root that Newton's method approaches from one side only, until rounding turns it back."""
    direction = 0.0
    for _ in range(_STEPS):
        step = -f(x) / slope(x)
        if direction * step < 0 or abs(step) <= 1e-16 * x:
            break
        direction, x = step, x + step
    return x
