"""Finite differences against the closed form, the ladder and a binomial lattice, each where it
applies; and what must be true of a tax year."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import pytest

from tests.unit.harvest.boundary.examples import economics
from tests.unit.harvest.boundary.lattice import scaled, with_gas
from vaultsdk.harvest.boundary import BoundaryError, solve
from vaultsdk.harvest.boundary.finite import solve_finite
from vaultsdk.harvest.boundary.grid import generator, halved, nodes, times
from vaultsdk.harvest.boundary.ladder import solve_fixed_cost
from vaultsdk.harvest.boundary.schedule import Horizon


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"sigma": 0.3},
        {"mu": 0.4},
        {"mu": -0.2},
        {"k": 0.02},
        {"tau_later": 0.2, "lam": 0.5},
        {"sigma": 1.2, "k": 0.0005},
    ],
)
def test_a_long_horizon_agrees_with_the_closed_form_to_1e4(changes: dict[str, Any]) -> None:
    e = economics(**changes)
    exact, found = solve(e), solve_finite(e, Horizon(years=80))
    assert found.value == pytest.approx(exact.value, rel=1e-4)
    assert found.value == pytest.approx(exact.value, abs=1e-5)
    assert found.now.z_star == pytest.approx(exact.z_star, abs=1e-4)
    assert found.now.low == 0


def test_a_coarser_grid_errs_more_but_not_much() -> None:
    exact = solve(economics())
    assert solve_finite(economics(), Horizon(years=80), spacing=0.04).value == pytest.approx(
        exact.value, rel=1e-3
    )


@pytest.mark.parametrize("fixed", [0.001, 0.01])
def test_with_gas_it_agrees_with_the_ladder_to_1e4(fixed: float) -> None:
    exact = solve_fixed_cost(economics(), fixed)
    found = solve_finite(economics(), Horizon(years=80, fixed_cost=fixed))
    assert found.value == pytest.approx(exact.value, rel=1e-4)
    assert found.value == pytest.approx(exact.value, abs=1e-5)
    assert found.now.z_star == pytest.approx(exact.z_star, abs=2e-3)


@pytest.mark.parametrize(
    ("years", "year_end", "tau_next"),
    [(0.5, None, None), (2, None, None), (0.5, 0.25, None), (2, 0.25, None), (2, 0.5, 0.1)],
)
def test_a_short_one_agrees_with_a_lattice(
    years: float, year_end: float | None, tau_next: float | None
) -> None:
    e = economics(tau_later=0.2)
    wanted = scaled(e, years, 480, year_end, tau_next)
    terms = Horizon(years=years, year_end=year_end, tau_next=tau_next)
    assert solve_finite(e, terms).value == pytest.approx(wanted, rel=1.5e-3)


@pytest.mark.parametrize(("years", "fixed"), [(1, 0.005), (2, 0.02)])
def test_a_short_one_with_gas_agrees_with_a_lattice(years: float, fixed: float) -> None:
    e = economics(tau_later=0.2)
    wanted = (with_gas(e, years, 60, fixed) + with_gas(e, years, 61, fixed)) / 2
    found = solve_finite(e, Horizon(years=years, fixed_cost=fixed))
    assert found.value == pytest.approx(wanted, rel=4e-3)


def test_shorter_steps_change_little() -> None:
    e = economics(tau_later=0.2)
    one, two = (solve_finite(e, Horizon(years=1), steps_a_year=n).value for n in (100, 300))
    assert one == pytest.approx(two, rel=1e-4)


# ---------------------------------------------------------------- what must be true
def test_without_deferral_nothing_is_left_at_the_horizon() -> None:
    """Liquidation realises the loss anyway: a(T) = tau_now - tau_later = 0."""
    found = solve_finite(economics(), Horizon(years=2))
    assert found.points[-1].time == 2 and found.points[-1].z_star is None
    assert found.now.z_star is not None
    assert found.value < solve(economics()).value


def test_a_longer_horizon_is_worth_more() -> None:
    values = [solve_finite(economics(), Horizon(years=y)).value for y in (1, 3, 10, 30)]
    assert values == sorted(values)


def test_the_last_days_of_a_year_are_for_harvesting() -> None:
    """Constantinides: paid at the year's end, a loss is not in a hurry before it."""
    e = economics(tau_later=0.2)
    found = solve_finite(e, Horizon(years=3, year_end=0.5, tau_next=0.1))
    at = {round(point.time, 9): point for point in found.points}
    year_end, before = at[0.5], found.now
    after = min((p for p in found.points if p.time > 0.5), key=lambda point: point.time)
    assert year_end.z_star is not None and before.z_star is not None
    # On the last day nothing is to be waited for: any loss that pays for itself and the next year's
    # lower worth; the day after, hardly any does.
    assert year_end.z_star > before.z_star + 0.05
    assert after.z_star is None or after.z_star < year_end.z_star - 0.2


def test_losses_paid_for_at_the_year_s_end_are_worth_less() -> None:
    e = economics(tau_later=0.2)
    at_once = solve_finite(e, Horizon(years=3))
    later = solve_finite(e, Horizon(years=3, year_end=0.7))
    assert later.value < at_once.value
    free = e.model_copy(update={"r": 0.0})
    assert solve_finite(free, Horizon(years=3, year_end=0.7)).value == pytest.approx(
        solve_finite(free, Horizon(years=3)).value, rel=1e-3
    )


def test_the_worth_of_a_harvest_by_hand() -> None:
    e = economics()
    terms = Horizon(years=2.0, year_end=0.5, tau_next=0.1)
    later = 0.37 * (0.8 * (1 - math.exp(-0.25)) + math.exp(-0.25))  # one year before the horizon
    assert terms.advantage(e, 1.0) == pytest.approx(0.1 * math.exp(-0.05 * 0.5) - later)
    at_end = 0.37 - 0.37 * (0.8 * (1 - math.exp(-0.375)) + math.exp(-0.375))
    assert terms.advantage(e, 0.5) == pytest.approx(at_end)
    next_day = 0.1 * math.exp(-0.05) - (0.37 - at_end)
    assert terms.advantage(e, 0.5, after=True) == pytest.approx(next_day)
    assert terms.year_ends() == (0.5, 1.5)
    assert Horizon(years=0.3, year_end=0.5).year_ends() == ()
    assert Horizon(years=200).advantage(e, 0) == pytest.approx(e.advantage)
    never = economics(r=0, lam=0)
    assert Horizon(years=3).advantage(never, 1) == 0


# ---------------------------------------------------------------- the grid
def test_no_weight_is_negative_and_the_drift_is_right() -> None:
    for e in (economics(), economics(sigma=0.02, mu=0.5), economics(sigma=0.02, mu=-0.5)):
        x = nodes(e, 10, 0.01, 0.8)
        assert 0.0 in x and x == sorted(x) and len(set(x)) == len(x)
        lower, upper = generator(e, x)
        assert min(lower) >= 0 and min(upper) >= 0
        drift = e.mu - e.sigma**2 / 2
        for i in range(1, len(x) - 1):
            moved = upper[i] * (x[i + 1] - x[i]) - lower[i] * (x[i] - x[i - 1])
            assert moved == pytest.approx(drift, abs=1e-9)


def test_every_year_s_end_is_a_time() -> None:
    grid = times(3.3, (0.25, 1.25, 2.25, 3.25), 50)
    assert grid[0] == 3.3 and grid[-1] == 0 and grid == sorted(grid, reverse=True)
    assert {0.25, 1.25, 2.25, 3.25} <= set(grid)
    assert len(halved(grid)) == 2 * len(grid) - 1 and set(grid) <= set(halved(grid))
    assert max(a - b for a, b in pairwise(grid)) <= 1 / 50 + 1e-12


# ---------------------------------------------------------------- bad input
@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ({"years": 0}, "horizon is 0"),
        ({"years": math.nan}, "horizon is nan"),
        ({"years": 1, "fixed_cost": -1}, "fixed_cost is -1"),
        ({"years": 1, "year_end": 1.5}, "year_end is 1.5"),
        ({"years": 1, "year_end": 0.5, "tau_next": 2}, "tau_next is 2"),
        ({"years": 1, "tau_next": 0.2}, "give year_end too"),
    ],
)
def test_terms_that_make_no_sense_are_named(terms: dict[str, Any], words: str) -> None:
    with pytest.raises(BoundaryError, match=words):
        Horizon(**terms)


def test_without_volatility_the_closed_form_is_pointed_to() -> None:
    with pytest.raises(BoundaryError, match="closed form"):
        solve_finite(economics(sigma=0), Horizon(years=1))
