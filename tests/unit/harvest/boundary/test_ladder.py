"""With a fixed cost per harvest: the ladder against the closed form, by its own equation, and
against what must be true of it."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.harvest.boundary.examples import economics
from vaultsdk.harvest.boundary import BoundaryError, Economics, solve
from vaultsdk.harvest.boundary.ladder import solve_fixed_cost


def test_no_fixed_cost_is_the_closed_form() -> None:
    plain, found = solve(economics()), solve_fixed_cost(economics(), 0)
    assert (found.z_star, found.value) == (plain.z_star, plain.value)


def test_a_small_fixed_cost_tends_to_it() -> None:
    plain, found = solve(economics()), solve_fixed_cost(economics(), 1e-7)
    assert found.z_star == pytest.approx(plain.z_star, abs=1e-4)
    assert found.value == pytest.approx(plain.value, rel=3e-5)


def test_the_last_harvest_by_hand() -> None:
    """With gas of 60 % of a dollar of loss and more, a lot is harvested once: z^n (p - (a + k) z)
    with p = a - gas is greatest at p n / ((a + k)(n + 1))."""
    e = economics()
    a, k, n = 0.074, 0.003, e.n
    p = a - 0.06
    z = p * n / ((a + k) * (n + 1))
    found = solve_fixed_cost(e, 0.06)
    assert found.z_star == pytest.approx(z, rel=1e-12)
    assert found.value == pytest.approx(z**n * (p - (a + k) * z), rel=1e-12)


@pytest.mark.parametrize("fixed", [0.0005, 0.002, 0.01, 0.03])
def test_its_own_equation_on_another_grid(fixed: float) -> None:
    """The value of a lot is the best over z, with the next lot's value asked anew for each z."""
    e = economics()
    found = solve_fixed_cost(e, fixed)
    assert found.z_star is not None
    best = 0.0
    for i in range(-4, 5):
        z = found.z_star * (1 + i / 200)
        after = solve_fixed_cost(e, min(1.0, fixed / z)).value
        best = max(best, z**e.n * (e.advantage - fixed - (e.advantage + e.k - after) * z))
    assert found.value == pytest.approx(best, rel=2e-5)


MODERATE = st.builds(
    Economics,
    tau_now=st.floats(0.1, 0.6),
    tau_later=st.floats(0, 0.1),
    k=st.floats(1e-3, 0.1),
    r=st.floats(0.01, 0.3),
    lam=st.floats(0, 3),
    mu=st.floats(-0.5, 1),
    sigma=st.floats(0.2, 2),
)


@settings(max_examples=30)
@given(MODERATE, st.floats(1e-3, 0.2))
def test_gas_makes_deeper_and_worth_less(e: Economics, fixed: float) -> None:
    plain = solve(e)
    found, dearer = solve_fixed_cost(e, fixed), solve_fixed_cost(e, fixed * 1.2)
    assert plain.z_star is not None
    assert dearer.value <= found.value <= plain.value
    if found.z_star is not None:
        assert found.z_star <= plain.z_star * 1.001


@settings(max_examples=30)
@given(MODERATE, st.floats(0.05, 0.4))
def test_looking_near_the_last_depth_misses_nothing(e: Economics, part: float) -> None:
    """The same recursion, every depth looked at on every rung."""
    a, k, n = e.advantage, e.k, e.n
    fixed = part * a
    count = 120
    step = math.log(a / fixed) / count
    w = [0.0] * (count + 1)
    for i in range(1, count + 1):
        paid = a - fixed * math.exp((count - i) * step)
        w[i] = max(
            math.exp(-n * j * step)
            * (paid - (a + k - (w[i - j] if j <= i else 0)) * math.exp(-j * step))
            for j in range(1, 4 * count)
        )
    # Whole rungs only, and none deeper than four ladders: a little less than the truth.
    found = solve_fixed_cost(e, fixed).value
    assert found >= w[count] * (1 - 1e-5)
    assert found == pytest.approx(w[count], rel=3e-2, abs=1e-6)


def test_gas_above_all_that_can_be_won_means_never() -> None:
    found = solve_fixed_cost(economics(), 0.0741)
    assert found.z_star is None and found.loss_threshold is None and found.value == 0
    never = solve_fixed_cost(economics(tau_later=1), 0.001)
    assert never.z_star is None and never.value == 0


@pytest.mark.parametrize("fixed", [-0.001, 1.5, float("nan")])
def test_a_share_outside_0_and_1_is_named(fixed: float) -> None:
    with pytest.raises(BoundaryError, match="fixed_cost is "):
        solve_fixed_cost(economics(), fixed)


def test_harvests_for_gas_alone() -> None:
    found = solve_fixed_cost(economics(k=0), 0.001)
    assert found.z_star is not None and 0.6 < found.z_star < 0.9
    assert found.value < solve(economics(k=0)).value


def test_next_to_nothing_is_refused() -> None:
    with pytest.raises(BoundaryError, match="leave the fixed cost out"):
        solve_fixed_cost(economics(k=0), 1e-9)
