"""Liquidation in expectation: against a sum over every step, and against the closed form."""

from __future__ import annotations

import math
from statistics import fmean, stdev

import pytest

from tests.unit.harvest.backtest.worlds import WAD, walk
from vaultsdk.harvest.backtest import (
    Span,
    Terms,
    constant_gas,
    decider,
    expected,
    no_gas,
    run,
    spans,
)
from vaultsdk.harvest.backtest.engine import Lot
from vaultsdk.harvest.backtest.history import History
from vaultsdk.harvest.boundary import Economics, threshold_value


def by_steps(lot: Lot, past: History, terms: Terms) -> float:
    """Wealth after tax with and without harvests at each step, times the chance of that step."""
    total, cash, held = 0.0, 0.0, lot.trail[0]
    marks = {mark.step: mark for mark in lot.trail[1:]}
    now = held
    for step in range(lot.span.start + 1, lot.span.end + 1):
        before, after = (
            (past.times[i] - past.times[lot.span.start]) / (365.25 * 86_400)
            for i in (step - 1, step)
        )
        chance = math.exp(-terms.lam * before) - math.exp(-terms.lam * after)
        if step == lot.span.end:
            chance = math.exp(-terms.lam * before)
        worth = []
        for mark in (now, held):
            value = mark.units / WAD * past.prices[step] / WAD
            worth.append(value - terms.tau_long * (value - mark.basis / WAD))
        total += chance * (cash + math.exp(-terms.r * after) * (worth[0] - worth[1]))
        if step in marks:
            saved = terms.tau_now * (now.basis - marks[step].basis) - marks[step].gas
            cash += math.exp(-terms.r * after) * saved / WAD
            now = marks[step]
    return total


@pytest.mark.parametrize("policy", ["never", "fixed:5%", "optimal"])
def test_it_is_the_sum_over_all_steps(policy: str) -> None:
    past, terms = walk(2, 900), Terms(tau_long=0.3, lam=0.7)
    gas = constant_gas(past, 30 * 10**9)
    found = run(past, decider(policy), terms, gas, spans(past, 6, horizon=1.5))
    wanted = [by_steps(lot, past, terms) / terms.size for lot in found.lots]
    result = expected(found, past, terms)
    assert result.mean == pytest.approx(fmean(wanted), abs=1e-12)
    assert (result.worst, result.best) == pytest.approx((min(wanted), max(wanted)), abs=1e-12)
    assert (policy == "never") == (result.best == result.worst == 0)


@pytest.mark.parametrize("loss", [20, 30])
def test_on_random_walks_it_is_the_closed_form(loss: int) -> None:
    """Daily prices see a fall late: by 0.5826 sigma sqrt(dt) on average (Broadie, Glasserman and
    Kou 1997), and the lower end of a band lies 0.3 % below the basis. Thresholds below these would
    also feel the two days that must pass between harvests."""
    e = Economics(tau_now=0.37, tau_later=0.37, k=0.003, r=0.05, lam=0.4, mu=0.05, sigma=0.7)
    terms = Terms(
        tau_short=0.37,
        tau_long=0.37,
        swap_fee=e.k,
        impact=0,
        keeper_fee=0,
        r=e.r,
        lam=e.lam,
        hold_days=1,
        dev_bps=0,
        gate=False,
    )
    values = []
    for seed in range(200):
        past = walk(seed, 4_000, sigma=e.sigma, mu=e.mu)
        one = run(past, decider(f"fixed:{loss}%"), terms, no_gas(past), [Span(0, len(past) - 1)])
        values.append(expected(one, past, terms).mean)
    late = math.exp(-0.5826 * e.sigma / math.sqrt(365.25))
    wanted = threshold_value(e, 1 - (1 - loss / 100) * 0.997 * late)
    error = stdev(values) / math.sqrt(len(values))
    assert error < 0.12 * wanted
    assert fmean(values) == pytest.approx(wanted, abs=3 * error)
