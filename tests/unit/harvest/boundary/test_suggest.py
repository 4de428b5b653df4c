"""A suggested policy harvests at the boundary under the contract's own rules, and within bounds."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.harvest.boundary.examples import economics
from vaultsdk.core.policy import BPS, Bounds, Policy
from vaultsdk.harvest.boundary import BoundaryError, Economics, solve
from vaultsdk.harvest.boundary.measure import Volatility
from vaultsdk.harvest.boundary.suggest import Feeds, Suggestion, suggest

BOUNDS = Bounds(max_cost=5_000, max_slippage=400, max_fee=100)
FIELDS = ("min_loss", "max_cost", "max_slippage", "max_fee", "min_hold_days", "tax_value")


def policy_of(found: Suggestion) -> Policy:
    return Policy(mask=1, **{name: getattr(found, name) for name in FIELDS})


def test_the_example_by_hand() -> None:
    found = suggest(economics(), BOUNDS)
    # 1 - 0.714446 * 1.005 = 0.28198; a = 0.074; 0.6 % of feeds and 1.5 * 0.3 % of costs.
    assert [getattr(found, name) for name in FIELDS] == [2_819, 115, 105, 8, 31, 740]
    assert set(found.reasons) == set(FIELDS)
    assert all(reason for reason in found.reasons.values())


@given(
    st.floats(0.2, 0.5),
    st.floats(0.0, 0.5),
    st.floats(0.0005, 0.01),
    st.floats(0.3, 1.5),
    st.integers(0, 100),
)
def test_the_contract_lets_a_harvest_pass_at_the_boundary_and_not_far_above(
    now: float, later: float, k: float, sigma: float, dev: int
) -> None:
    e = economics(tau_now=now, tau_later=later * now, k=k, sigma=sigma)
    found = suggest(e, BOUNDS, Feeds(dev_base=dev, dev_in=0, dev_out=60))
    z = solve(e).z_star
    assert z is not None and not found.hold
    policy_of(found).check(BOUNDS, 1)
    high = 1 + dev / BPS
    allowed = 1 - found.min_loss / BPS
    # The contract's rules of floats, for a basis of 1 at the lower end of its band.
    assert z * high <= allowed + 1e-9
    assert (z + 2e-4) * high > allowed or found.min_loss == 1
    price = allowed / high
    floor = max(
        price * (1 - found.max_slippage / BPS),
        price - found.max_cost / BPS * (1 - price * high),
    )
    assert price * (1 - k) >= floor - 1e-9


def test_gas_asks_for_more() -> None:
    plain, gas = suggest(economics(), BOUNDS), suggest(economics(), BOUNDS, fixed_cost=0.002)
    assert gas.min_loss > plain.min_loss and gas.with_gas is not None


def test_a_measured_volatility_says_how_sure_it_is() -> None:
    measured = Volatility(sigma=0.7, low=0.6, high=0.8, returns=1_000, years=2.7)
    found = suggest(economics(), BOUNDS, measured=measured)
    low, high = found.by_volatility.values()
    assert low is not None and high is not None
    assert low == solve(economics(sigma=0.6)).loss_threshold
    assert low < solve(economics()).loss_threshold < high  # type: ignore[operator]
    assert "between 60.0% and 80.0%" in found.reasons["volatility"]


@pytest.mark.parametrize(
    ("e", "fixed", "why"),
    [
        (economics(tau_later=1), 0.0, "never harvest: a <= 0"),
        (economics(sigma=0), 0.0, "nothing to harvest"),
        (economics(), 0.08, "gas costs more"),
    ],
)
def test_where_nothing_pays_hold(e: Economics, fixed: float, why: str) -> None:
    found = suggest(e, BOUNDS, fixed_cost=fixed)
    assert found.hold and why in found.reasons["policy"]
    assert all(getattr(found, name) == 0 for name in FIELDS)


@pytest.mark.parametrize(
    ("changes", "options", "words"),
    [
        ({"k": 0.0}, {}, "k is 0"),
        ({}, {"hold_days": 0}, "hold is 0"),
        ({}, {"feeds": Feeds(dev_base=-1)}, "dev_base is -1"),
        ({}, {"feeds": Feeds(dev_out=500)}, "choose a pair with closer feeds"),
        ({}, {"bounds": Bounds(max_cost=10, max_slippage=400, max_fee=100)}, "cheaper swap"),
    ],
)
def test_what_cannot_be_is_named(
    changes: dict[str, Any], options: dict[str, Any], words: str
) -> None:
    bounds = options.pop("bounds", BOUNDS)
    with pytest.raises(BoundaryError, match=words):
        suggest(economics(**changes), bounds, **options)
