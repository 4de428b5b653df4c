"""The engine: equal to one that visits every step, to a hand-computed year, and to the theory."""

from __future__ import annotations

import math
from random import Random
from statistics import fmean, stdev

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.harvest.backtest.worlds import DAY, WAD, ByKeeper, history, plain_run, walk
from vaultsdk.harvest.backtest import (
    STANDARD,
    Past,
    Span,
    Terms,
    constant_gas,
    decider,
    no_gas,
    paths,
    run,
    spans,
    summarise,
)
from vaultsdk.harvest.backtest.deciders import Calendar
from vaultsdk.harvest.backtest.engine import after_tax, gas_units
from vaultsdk.harvest.boundary import Economics, threshold_value
from vaultsdk.harvest.economics import GasModel, GasPrice

GWEI = 10**9
FREE = {"swap_fee": 0.0, "impact": 0.0, "keeper_fee": 0.0}


@pytest.mark.parametrize("policy", [*STANDARD, "optimal:drift", "fixed:1%"])
@pytest.mark.parametrize(
    "terms",
    [
        Terms(),
        Terms(gate=False, hold_days=1),
        Terms(size=500, hold_days=3, dev_bps=0, r=0.0),
    ],
    ids=["default", "blind", "small"],
)
def test_skipping_changes_nothing(policy: str, terms: Terms) -> None:
    """Equal to the plain engine in every event and account, daily and hourly, gas and all."""
    for seed, step, steps in ((1, DAY, 700), (3, 3_600, 2_500)):
        past = walk(seed, steps, step=step)
        gas = constant_gas(past, 40 * GWEI)
        lots = spans(past, 9, horizon=1.2 if step == DAY else 0.1)
        found = run(past, decider(policy), terms, gas, lots)
        events, accounts = plain_run(past, decider(policy), terms, gas, lots)
        assert list(found.events) == events
        for lot, account in zip(found.lots, accounts, strict=True):
            for name in ("units", "basis", "account", "loss", "gas", "harvests"):
                assert getattr(lot, name) == account[name]


class Restless:
    """Another threshold every five days, or none."""

    name, review_days, calendar = "restless", 5, Calendar.ALWAYS

    def min_loss(self, past: Past, terms: Terms) -> int | None:
        last = past.price(len(past) - 1) if len(past) else 0
        return (300, 800, 2_000, None)[last // 10**12 % 4]


@pytest.mark.parametrize("step", [DAY, 3_600])
def test_skipping_changes_nothing_when_thresholds_change_often(step: int) -> None:
    total = 0
    for seed in range(8):
        past, terms = walk(seed, 2_500 if step == 3_600 else 500, step=step), Terms(hold_days=1)
        lots = spans(past, 9, horizon=0.1)
        found = run(past, Restless(), terms, no_gas(past), lots)
        events, _ = plain_run(past, Restless(), terms, no_gas(past), lots)
        assert list(found.events) == events
        total += len(events)
    assert total > 20


def test_something_happens_in_that_comparison() -> None:
    past, terms = walk(1, 700), Terms(gate=False, hold_days=1)
    lots = spans(past, 9, horizon=1.2)
    for policy in ("fixed:5%", "monthly", "optimal"):
        events = run(past, decider(policy), terms, no_gas(past), lots).events
        assert len(events) > 3 and any(event.cohorts > 1 for event in events)
        assert any(event.cohorts == 1 < len(event.lots) for event in events)


@pytest.mark.parametrize("policy", ["fixed:5%", "break-even", "optimal", "monthly"])
@pytest.mark.parametrize("size", [300, 10_000])
def test_it_decides_as_the_keeper(policy: str, size: int) -> None:
    """Equal, harvest by harvest, to a replay in which the keeper's own `choose` decides each day:
    the contract's floors and ceilings, the order of cohorts and the sharing of gas included."""
    past, terms = walk(1, 700), Terms(size=size)
    assert round(terms.tax_value * 10**6) % 100 == 0  # whole basis points, as policies have them
    gas, lots = constant_gas(past, 40 * GWEI), spans(past, 15, horizon=0.8)
    found = run(past, decider(policy), terms, gas, lots)
    keeper = ByKeeper(terms, 40 * GWEI)
    events, _ = plain_run(past, decider(policy), terms, gas, lots, keeper)
    assert list(found.events) == events and events


def test_by_hand() -> None:
    """One lot of 1,000 at 100; it falls to 80, is harvested, and is sold for 150 two years on."""
    past = history([100.0] * 10 + [80.0] * 10 + [150.0] * 720)
    terms = Terms(
        size=1_000,
        tau_now=0.4,
        tau_short=0.4,
        tau_long=0.25,
        swap_fee=0.01,
        impact=0,
        keeper_fee=0,
        r=0,
        hold_days=1,
    )
    found = run(past, decider("fixed:10%"), terms, no_gas(past), [Span(0, len(past) - 1)])
    (lot,) = found.outcomes
    # 10 units at 80 less 1 %: 792 of basis, 208 of loss, 83.20 of tax saved.
    assert (lot.loss, lot.cost, lot.harvests) == (208 * WAD, 8 * WAD, 1)
    # 9.9 units at 150 = 1,485; a quarter of the gain of 693 goes.
    assert lot.wealth == (1485 * WAD - 17325 * WAD // 100) + 832 * WAD // 10
    # Held: 1,500 less a quarter of 500.
    assert lot.held == 1375 * WAD
    assert [event.step for event in found.events] == [10]


def test_gas_by_hand() -> None:
    """Three lots of one day harvested at once pay for 310,000 + 2 x 12,000 gas; then they are one
    cohort and pay for 310,000."""
    past = history([100.0] * 5 + [80.0] * 5 + [60.0] * 400)
    gas = constant_gas(past, GWEI)
    terms = Terms(hold_days=1)
    lots = [Span(0, 409), Span(1, 409), Span(2, 409)]
    found = run(past, decider("fixed:10%"), terms, gas, lots)
    assert [event.cohorts for event in found.events] == [3, 1]
    assert found.events[0].gas == GasPrice(wei=GWEI, native_usd=80 * WAD).usd(334_000)
    assert found.events[1].gas == GasPrice(wei=GWEI, native_usd=60 * WAD).usd(310_000)
    assert sum(lot.gas for lot in found.outcomes) == sum(event.gas for event in found.events)


@given(st.integers(0, 300))
def test_gas_of_many_cohorts_is_that_of_full_transactions(cohorts: int) -> None:
    model, left, total = GasModel(), cohorts, 0
    while left:
        total += model.units(min(64, left))
        left -= min(64, left)
    assert gas_units(cohorts) == total


def test_the_gate_refuses_what_gas_eats() -> None:
    past = history([100.0] * 5 + [80.0] * 500)
    lots, dear = [Span(0, 504)], constant_gas(past, 10_000 * GWEI)
    assert not run(past, decider("fixed:5%"), Terms(size=100), dear, lots).events
    blind = run(past, decider("fixed:5%"), Terms(size=100, gate=False), dear, lots)
    assert blind.events and blind.outcomes[0].wealth < blind.outcomes[0].held


def test_no_harvest_at_a_liquidation_or_after_it() -> None:
    past = history([100.0] * 5 + [80.0] * 5)
    for end, events in ((4, 0), (5, 0), (6, 1)):
        terms = Terms(hold_days=1)
        found = run(past, decider("fixed:5%"), terms, no_gas(past), [Span(0, end)])
        assert len(found.events) == events


def test_who_is_liquidated_on_the_day_of_a_harvest_is_not_in_it() -> None:
    past = history([100.0] * 3 + [80.0] * 5 + [60.0] * 5)
    terms, lots = Terms(hold_days=1), [Span(0, 8), Span(0, 12)]
    found = run(past, decider("fixed:5%"), terms, no_gas(past), lots)
    assert [(event.step, event.lots) for event in found.events] == [(3, (0, 1)), (8, (1,))]


def test_a_cohort_that_is_not_worth_its_own_gas_stays() -> None:
    """Bought at 81.50, harvestable at 80: worth some dollars, less than the 20 of 12,000 gas. The
    one bought at 200 pays for the whole transaction."""
    past = history([200.0, 81.5, 200.0] + [80.0] * 400)
    gas, terms = constant_gas(past, 20_833 * GWEI), Terms(hold_days=1, dev_bps=0)
    lots = [Span(0, 402), Span(1, 402)]
    found = run(past, decider("fixed:1%"), terms, gas, lots)
    assert [event.lots for event in found.events] == [(0,)]
    cheap = run(past, decider("fixed:1%"), terms, constant_gas(past, 2_000 * GWEI), lots)
    assert [event.lots for event in cheap.events] == [(0, 1)]


def test_holding_is_the_measure() -> None:
    past = walk(5, 900)
    found = run(past, decider("never"), Terms(), no_gas(past), spans(past, 20))
    assert all(one.wealth == one.held and one.harvests == 0 for one in found.outcomes)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([*STANDARD[1:], "optimal:drift"]))
def test_harvests_for_nothing_only_lose_their_costs(seed: int, policy: str) -> None:
    """At one rate throughout and r = 0, tax saved comes back in full: the basis removed is the loss
    realised, so what is left is what swaps and gas cost, after tax."""
    past = walk(seed, 600)
    terms = Terms(tau_now=0.3, tau_short=0.3, tau_long=0.3, r=0, lam=0.2, gate=False)
    gas = constant_gas(past, 20 * GWEI)
    for policy_gas in (gas, no_gas(past)):
        found = run(past, decider(policy), terms, policy_gas, spans(past, 5))
        for lot, one in zip(found.lots, found.outcomes, strict=True):
            lost = lot.trail[0].units - lot.units  # units that swaps took
            value = lost * past.prices[one.end] // WAD
            wanted = -(value * 7 // 10) - one.gas
            assert one.wealth - one.held == pytest.approx(wanted, abs=200)


def test_free_harvests_never_lose() -> None:
    past = walk(9, 1_500)
    terms = Terms(tau_now=0.3, tau_short=0.3, tau_long=0.3, **FREE)
    found = run(past, decider("fixed:5%"), terms, no_gas(past), spans(past, 30))
    assert all(one.wealth >= one.held - 1_000 for one in found.outcomes)
    assert any(one.wealth > one.held for one in found.outcomes)


def test_the_value_of_a_threshold_is_the_theorys() -> None:
    """Lots on random walks, liquidated at a Poisson rate, against the closed form. Daily prices see
    a fall late: by 0.5826 sigma sqrt(dt) on average (Broadie, Glasserman and Kou 1997)."""
    e = Economics(tau_now=0.37, tau_later=0.37, k=0.003, r=0.05, lam=0.4, mu=0.05, sigma=0.7)
    terms = Terms(
        tau_short=0.37,
        tau_long=0.37,
        swap_fee=0.003,
        impact=0,
        keeper_fee=0,
        r=e.r,
        lam=e.lam,
        hold_days=1,
        dev_bps=0,
        gate=False,
    )
    rng, means = Random(1), []
    for seed in range(250):
        past = walk(seed, 4_500, sigma=e.sigma, mu=e.mu)
        ends = [min(len(past) - 1, 1 + int(rng.expovariate(e.lam) * 365.25)) for _ in range(20)]
        found = run(past, decider("fixed:20%"), terms, no_gas(past), [Span(0, end) for end in ends])
        means.append(
            fmean(
                (one.wealth - one.held) / (terms.size * WAD) * math.exp(-e.r * one.end / 365.25)
                for one in found.outcomes
            )
        )
    late = math.exp(-0.5826 * e.sigma / math.sqrt(365.25))
    wanted = threshold_value(e, 1 - 0.8 * 0.996 * late)  # 0.4 %: half a band
    error = stdev(means) / math.sqrt(len(means))
    assert error < 0.1 * wanted
    assert fmean(means) == pytest.approx(wanted, abs=3 * error)


def test_taxes_on_liquidation() -> None:
    terms = Terms(tau_now=0.1, tau_short=0.4, tau_long=0.2)
    assert after_tax(terms, 150, 100, 365 * DAY) == 130
    assert after_tax(terms, 150, 100, 365 * DAY + 1) == 140
    assert after_tax(terms, 50, 100, 0) == 55


def test_the_summary_by_hand() -> None:
    past = history([100.0] * 10 + [80.0] * 10 + [150.0] * 720)
    terms = Terms(size=1_000, tau_now=0.4, tau_long=0.25, r=0, hold_days=1, **FREE)
    found = run(past, decider("fixed:10%"), terms, no_gas(past), [Span(0, 739), Span(30, 739)])
    one = summarise(found, past, terms)
    assert one.harvests == 1 and one.lots == 2 and one.better == 0.5
    assert one.loss.best == pytest.approx(0.2) and one.loss.mean == pytest.approx(0.1)
    # 80 of tax saved, 50 more to pay.
    assert one.gain.best == pytest.approx(0.03) and one.gain.worst == 0
    years = 739 / 365.25
    assert one.alpha.best == pytest.approx(1.405 ** (1 / years) - 1.375 ** (1 / years))


def test_the_path_by_hand() -> None:
    """Bought at 100, up to 120, down to 60 (harvested on the way at 80), back to 90."""
    past = history([100.0, 100.0, 120.0, 110.0, 80.0, 60.0, 90.0])
    terms, lots = Terms(size=1_000, hold_days=1, dev_bps=0, gate=False, **FREE), [Span(0, 6)]
    held = paths(run(past, decider("never"), terms, no_gas(past), lots), past, terms)
    assert held.drawdown.mean == pytest.approx(0.5)
    # 80, 60 and 90 of seven prices are below 100.
    assert held.below_basis.mean == pytest.approx(3 / 7)
    found = run(past, decider("fixed:15%"), terms, no_gas(past), lots)
    assert [event.step for event in found.events] == [4]
    moved = paths(found, past, terms)
    assert moved.drawdown.mean == pytest.approx(0.5)
    # Of 80 only 60 is.
    assert moved.below_basis.mean == pytest.approx(1 / 7)


def test_a_harvest_restarts_the_holding_period() -> None:
    """Sold 400 days after the purchase, 100 after the harvest: a young gain, an old one if held."""
    past = history([100.0] * 300 + [80.0] * 10 + [150.0] * 100)
    terms = Terms(size=1_000, tau_now=0.4, tau_short=0.4, tau_long=0.25, r=0, hold_days=1, **FREE)
    (lot,) = run(past, decider("fixed:10%"), terms, no_gas(past), [Span(0, 400)]).outcomes
    assert lot.harvests == 1
    assert lot.held == 1_375 * WAD  # a quarter of 500
    assert lot.wealth == (1_500 - 280 + 80) * WAD  # 40 % of 700, and 80 saved
