"""Policies by name, and what they say."""

from __future__ import annotations

import pytest

from tests.unit.harvest.backtest.worlds import DAY, T0, walk
from vaultsdk.harvest.backtest import BacktestError, Past, Terms, decider, spans
from vaultsdk.harvest.backtest.deciders import Calendar
from vaultsdk.harvest.backtest.terms import ppm
from vaultsdk.harvest.boundary import BoundaryError, solve

PAST = walk(1, 600)


@pytest.mark.parametrize(
    "text", ["", "sometimes", "fixed", "fixed:", "fixed:x", "fixed:0", "fixed:100%", "fixed:nan"]
)
def test_what_is_no_policy(text: str) -> None:
    with pytest.raises(BacktestError):
        decider(text)


def test_fixed() -> None:
    for text in ("fixed:5%", "fixed:0.05"):
        assert decider(text).min_loss(Past(PAST, 100), Terms()) == 500


def test_break_even_is_where_the_loss_pays_for_the_swap() -> None:
    terms = Terms(tau_now=0.37, tau_long=0.37, swap_fee=0.003, impact=0, keeper_fee=0)
    found = solve(terms.economics(0.7, 0.05))
    assert found.break_even is not None
    loss = decider("break-even").min_loss(Past(PAST, 0), terms)
    assert loss is not None and 0 <= loss / 10_000 - (1 - found.break_even) < 1e-4
    assert decider("break-even").min_loss(Past(PAST, 0), Terms(tau_now=0.1)) is None


def test_the_optimum_is_the_boundarys_with_what_was_known() -> None:
    seen = PAST.moments(500, 365)
    assert seen is not None
    terms = Terms(dev_bps=50)
    wanted = solve(terms.economics(seen.sigma, terms.mu)).z_star
    assert wanted is not None
    loss = decider("optimal").min_loss(Past(PAST, 500), terms)
    assert loss == pytest.approx((1 - wanted * 1.005) * 10_000, abs=2)
    drift = decider("optimal:drift").min_loss(Past(PAST, 500), terms)
    wanted = solve(terms.economics(seen.sigma, seen.mu)).z_star
    assert wanted is not None
    assert drift == pytest.approx((1 - wanted * 1.005) * 10_000, abs=2)
    assert decider("optimal").min_loss(Past(PAST, 20), terms) is None
    assert decider("optimal").min_loss(Past(PAST, 500), Terms(tau_now=0.1)) is None


def test_calendars() -> None:
    days = [T0 + DAY * i for i in range(365)]
    months = [Calendar.MONTHLY.mark(time) for time in days]
    assert len(set(months)) == 12
    ends = [Calendar.YEAR_END.mark(time) for time in days]
    assert [i for i, mark in enumerate(ends) if mark >= 0] == [362, 363, 364]


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"tau_now": 1.2}, "tau_now is 1.2"),
        ({"tau_long": -0.1}, "tau_long"),
        ({"r": float("nan")}, "r is nan"),
        ({"swap_fee": 0.5, "impact": 0.5}, "leave nothing"),
        ({"size": 0}, "size"),
        ({"hold_days": 0}, "hold_days"),
        ({"horizon": 0.0}, "horizon"),
    ],
)
def test_terms_out_of_range(changes: dict[str, float], complaint: str) -> None:
    with pytest.raises((BoundaryError, BacktestError), match=complaint):
        Terms.model_validate(changes)


def test_shares_become_parts_per_million() -> None:
    assert ppm(0.37) == 370_000 and ppm(0.0000004) == 0


def test_starts() -> None:
    even = spans(PAST, 3)
    assert [one.start for one in even] == [60, 147, 234]  # a year is left after the last
    assert {one.end for one in even} == {599}
    apart = spans(PAST, 3, every_days=10, horizon=0.5)
    assert [one.start for one in apart] == [60, 70, 80]
    assert all(182 <= one.end - one.start <= 183 for one in apart)
    for lots, every, horizon in ((0, None, None), (3, 0, None), (100, 10, None), (1, None, 2.0)):
        with pytest.raises(BacktestError):
            spans(PAST, lots, every, horizon)


def test_a_loss_without_discount_or_liquidation_is_worth_the_difference_of_rates() -> None:
    assert Terms(r=0, lam=0).tax_value == pytest.approx(0.17)
    assert Terms(r=0, lam=0.2).tax_value == pytest.approx(0.17)
    assert Terms().tax_value == pytest.approx(0.37 - 0.2 * 0.8)
