"""The level of a cohort is the contract's own, to the wei, and the gate's bound is safe."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.harvest.backtest.worlds import (
    DAY,
    T0,
    WAD,
    cost_ppm,
    history,
    market_of,
    policy_of,
)
from vaultsdk.core.cohort import CohortKey
from vaultsdk.core.decision import Refusal
from vaultsdk.core.harvest_rules import Candidate, cohort_limits
from vaultsdk.harvest.backtest import Terms, decider
from vaultsdk.harvest.backtest.rules import Rules

PAST = history([100.0, 99.0])


def rules(terms: Terms) -> Rules:
    return Rules(PAST, decider("fixed:5%"), terms)


@given(st.integers(10**10, 10**24), st.integers(1, 9_999), st.integers(0, 500))
def test_the_highest_price_that_the_contract_takes(basis: int, loss: int, dev: int) -> None:
    terms = Terms(gate=False, dev_bps=dev)
    key = CohortKey.of(0, 1, basis, T0, 0)
    level = rules(terms).level(key.lower, loss)
    candidate = Candidate(key=key, units=WAD, policy=policy_of(terms, loss))

    def refused(price: int) -> bool:
        limits = cohort_limits(candidate, market_of(terms, price), T0 + 100 * DAY)
        return isinstance(limits, Refusal)

    assert not refused(level) and refused(level + 1)


@given(st.integers(10**16, 10**24), st.integers(1, 5_000), st.floats(0, 0.1), st.floats(0.2, 0.9))
def test_the_gate_takes_nothing_away_that_pays(
    lower: int, loss: int, fee: float, tau: float
) -> None:
    """Above the level, either the loss is not reached or it is not worth its swap."""
    terms = Terms(tau_now=tau, tau_long=0.1, swap_fee=fee)
    level = rules(terms).level(lower, loss)
    blind = rules(terms.model_copy(update={"gate": False})).level(lower, loss)
    units, price = 10**24, level + 1
    value = units * price // WAD
    received = value * (10**6 - cost_ppm(terms)) // 10**6
    saved = max(0, units * lower // WAD - received) * round(terms.tax_value * 10**6) // 10**6
    assert level <= blind
    assert price > blind or saved <= value - received


def test_no_loss_is_no_level() -> None:
    assert rules(Terms()).level(10**20, None) == -1
    assert Rules(PAST, decider("never"), Terms()).first_due(10**30, 0) == len(PAST)
