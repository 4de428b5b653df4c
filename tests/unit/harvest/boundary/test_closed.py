"""The closed form: the issue's equation, optimal among thresholds and among all rules, and what is
said where there is no boundary."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.harvest.boundary.examples import EXAMPLE, WORTH_HARVESTING, economics
from vaultsdk.harvest.boundary import (
    BoundaryError,
    Economics,
    Regime,
    hold_value,
    solve,
    threshold_value,
)
from vaultsdk.harvest.boundary.closed import _excess


def negative_root(e: Economics) -> float:
    """m by bisection of its own equation, below 0."""

    def f(m: float) -> float:
        return e.sigma**2 / 2 * m * (m - 1) + e.mu * m - e.q

    low, high = -1.0, 0.0
    while f(low) < 0:
        low *= 2
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if f(middle) > 0 else (low, middle)
    return (low + high) / 2


def naive_value(e: Economics, z: float) -> float:
    """C as the issue writes it."""
    a, m = e.tau_now - e.tau_later * e.lam / (e.r + e.lam), negative_root(e)
    return (a - (a + e.k) * z) / (z**m - z)


def test_the_example() -> None:
    found = solve(economics())
    assert found.regime is Regime.BOUNDARY
    assert found.z_star == pytest.approx(0.714446, abs=5e-7)
    assert found.value == pytest.approx(0.034793, abs=5e-7)
    assert found.loss_threshold == pytest.approx(1 - 0.714446, abs=5e-7)
    assert found.break_even == pytest.approx(0.074 / 0.077, rel=1e-12)
    assert list(found.share) == ["1%", "5%", "10%", "20%", "30%"]
    for key, share in found.share.items():
        wanted = naive_value(economics(), 1 - float(key[:-1]) / 100) / found.value
        assert share == pytest.approx(wanted, rel=1e-9)
    assert found.share["1%"] is not None and found.share["1%"] < -3


@given(WORTH_HARVESTING)
def test_the_issues_equation_holds_to_rounding(e: Economics) -> None:
    found = solve(e)
    a, m, k, z = e.advantage, negative_root(e), e.k, found.z_star
    assert found.m == pytest.approx(m, rel=1e-9) and z is not None

    def h(z: float) -> float:
        n = -m
        return a * z ** (n + 1) - (a + k) * (n + 1) * z + a * n

    # H changes its sign within 1e-9 (what bisecting m leaves) of z*, and so does the equation.
    assert h(z * (1 - 1e-9)) > 0 > h(z * (1 + 1e-9))
    if m > -50:
        left = (a + k) * (z**m - z)
        right = (a - (a + k) * z) * (1 - m * z ** (m - 1))
        size = a * (1 - m * z ** (m - 1))
        assert abs(left - right) < 1e-8 * size


@given(WORTH_HARVESTING)
def test_z_star_is_exact_to_1e12(e: Economics) -> None:
    """Against bisection of H in 50 digits."""
    from decimal import Decimal, localcontext

    z = solve(e).z_star
    assert z is not None
    with localcontext() as context:
        context.prec = 50
        a, k, n = Decimal(e.advantage), Decimal(e.k), Decimal(e.n)
        low, high = Decimal(z) * (1 - Decimal("1e-12")), Decimal(z) * (1 + Decimal("1e-12"))

        def h(z: Decimal) -> Decimal:
            return a * z ** (n + 1) - (a + k) * (n + 1) * z + a * n

        assert h(low) > 0 > h(high)


@given(WORTH_HARVESTING, st.floats(1e-4, 1 - 1e-4))
def test_no_threshold_is_worth_more(e: Economics, loss: float) -> None:
    found = solve(e)
    value = threshold_value(e, loss)
    assert value <= found.value * (1 + 1e-12)
    assert found.loss_threshold is not None and found.break_even is not None
    assert 1 - found.loss_threshold < found.break_even
    best = found.loss_threshold
    for near in (best * 0.999, best + (1 - best) * 0.001):
        assert threshold_value(e, near) <= found.value * (1 + 1e-13)


@given(WORTH_HARVESTING)
def test_no_other_rule_is_better(e: Economics) -> None:
    """The verification: v >= g above z*, and below it waiting never pays."""
    found = solve(e)
    a, k, c, z_star, m = e.advantage, e.k, found.value, found.z_star, -e.n
    assert z_star is not None
    for i in range(1, 400):
        z = i / 200
        payoff = a - (a + k - c) * z
        if z > z_star:
            assert c * z**m >= payoff - 1e-12
        else:
            waiting = e.mu * z * (c - a - k) - e.q * payoff
            assert waiting <= 1e-12


def test_the_curve_of_values_peaks_at_z_star_on_a_fine_grid() -> None:
    e = economics()
    found = solve(e)
    a, m = e.advantage, negative_root(e)
    grid = (i / 100_000 for i in range(1, 100_000))
    best = max(((a - (a + e.k) * z) / (z**m - z), z) for z in grid)
    assert best[0] == pytest.approx(found.value, rel=1e-9)
    assert best[1] == pytest.approx(found.z_star, abs=2e-5)


@given(WORTH_HARVESTING)
def test_dearer_means_deeper_and_worth_less(e: Economics) -> None:
    cheap = solve(e)
    dear = solve(e.model_copy(update={"k": min(1.0, e.k * 1.1)}))
    assert dear.z_star is not None and cheap.z_star is not None
    assert dear.z_star < cheap.z_star
    assert dear.value <= cheap.value


def test_more_volatility_means_deeper_and_worth_more() -> None:
    found = [solve(economics(sigma=s)) for s in (0.2, 0.4, 0.7, 1.0)]
    losses = [one.loss_threshold or 0 for one in found]
    assert losses == sorted(losses)
    assert [one.value for one in found] == sorted(one.value for one in found)


# ---------------------------------------------------------------- edges
@pytest.mark.parametrize("later", [1.0, 0.4625])
def test_without_an_advantage_never_harvest(later: float) -> None:
    found = solve(economics(tau_later=later))
    assert found.regime is Regime.NEVER and "never harvest" in found.note
    assert found.z_star is None and found.break_even is None and found.value == 0
    assert set(found.share.values()) == {None}
    assert all(value < 0 for value in found.fixed.values())


def test_harvesting_for_free_is_continuous() -> None:
    e = economics(k=0)
    found = solve(e)
    assert found.regime is Regime.CONTINUOUS and "at once" in found.note
    assert (found.z_star, found.loss_threshold) == (1, 0)
    assert found.value == pytest.approx(threshold_value(e, 1e-7), rel=1e-6)
    assert all(0 < share < 1 for share in found.share.values() if share is not None)


@pytest.mark.parametrize("k", [1e-13, 1e-10, 1e-7])
def test_cheap_harvests_tend_to_it_like_a_square_root(k: float) -> None:
    e = economics(k=k)
    loss = solve(e).loss_threshold
    # For small k, H = 0 becomes a n y^2 / 2 = k.
    assert loss == pytest.approx(math.sqrt(2 * k / (e.advantage * e.n)), rel=2e-3)


def test_a_price_without_volatility() -> None:
    rising = solve(economics(sigma=0))
    assert rising.regime is Regime.NEVER_FALLS and rising.z_star is None and rising.m is None
    falling = economics(sigma=0, mu=-0.25)
    found = solve(falling)
    # It falls by z in -ln z / 0.25 years, so that the discount is z^((r + lam) / 0.25) = z.
    assert found.m == pytest.approx(-1)
    assert found.z_star == pytest.approx(solve(economics(sigma=1e-6, mu=-0.25)).z_star, abs=1e-9)
    a, k = falling.advantage, falling.k
    # n = 1: a z^2 - 2 (a + k) z + a = 0.
    assert found.z_star == pytest.approx(((a + k) - math.sqrt((a + k) ** 2 - a * a)) / a, rel=1e-12)


def test_hardly_any_volatility_overflows_nothing() -> None:
    found = solve(economics(sigma=1e-6))
    assert found.value >= 0 and found.break_even is not None
    assert found.z_star == pytest.approx(found.break_even, rel=1e-6)


def test_nothing_discounted_and_never_liquidated_is_refused() -> None:
    with pytest.raises(BoundaryError, match="r and lam are both 0") as caught:
        solve(economics(r=0, lam=0))
    assert caught.value.name == "r"
    assert solve(economics(r=0, lam=0.2)).regime is Regime.NEVER  # a = tau_now - tau_later
    assert solve(economics(r=0.05, lam=0)).advantage == 0.37


def test_a_price_that_outgrows_everything_leaves_the_value_finite() -> None:
    e = economics(mu=0.4)
    assert hold_value(e) == math.inf
    assert 0 < solve(e).value < solve(economics()).value
    assert hold_value(economics()) == pytest.approx(0.63 * 0.2 / 0.2 + 0.37 * 0.8)
    assert hold_value(economics(lam=0)) == 0


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("tau_now", -0.1, "between 0 and 1"),
        ("tau_now", 37, "such as 0.37"),
        ("tau_later", 1.01, "between 0 and 1"),
        ("k", -0.003, "between 0 and 1"),
        ("k", 30, "between 0 and 1"),
        ("r", -0.05, "between 0 and 1"),
        ("r", 5, "between 0 and 1"),
        ("lam", -0.2, "at least 0"),
        ("mu", 50, "between -10 and 10"),
        ("sigma", -0.7, "volatility a year, at least 0"),
        ("sigma", 70, "such as 0.7 for 70 %"),
    ],
)
def test_what_is_out_of_range_is_named(name: str, value: float, words: str) -> None:
    with pytest.raises(BoundaryError, match=words) as caught:
        economics(**{name: value})
    assert caught.value.name == name and str(caught.value).startswith(f"{name} is {value:g}")


@pytest.mark.parametrize("name", EXAMPLE)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_named(name: str, value: float) -> None:
    with pytest.raises(BoundaryError, match=f"^{name} is "):
        economics(**{name: value})


@pytest.mark.parametrize("loss", [0, 1, -0.1, 2, math.nan])
def test_a_threshold_lies_between_0_and_1(loss: float) -> None:
    with pytest.raises(BoundaryError, match="no loss"):
        threshold_value(economics(), loss)


@given(st.floats(1e-6, 1e4), st.floats(1e-12, 0.5))
def test_the_excess_does_not_cancel(p: float, y: float) -> None:
    from decimal import Decimal, localcontext

    with localcontext() as context:
        context.prec = 80
        exact = (1 - Decimal(y)) ** (1 + Decimal(p)) - 1 + (1 + Decimal(p)) * Decimal(y)
        assert _excess(1 + p, y) == pytest.approx(float(exact), rel=1e-9)


def test_the_model_takes_nothing_else() -> None:
    unknown: dict[str, Any] = EXAMPLE | {"theta": 1}
    with pytest.raises(ValueError, match="theta"):
        Economics(**unknown)
