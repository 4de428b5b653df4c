"""The demo's cast: the same for the same seed, and always playable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaultsdk.demo.scenario import Day, ScenarioError, Way, draw, needs

days = st.integers(1, 500)
people = st.integers(1, 300)
seeds = st.integers(0, 2**32)


@given(days, people, seeds)
def test_everybody_opens_a_lot_before_acting_on_it(length: int, crowd: int, seed: int) -> None:
    scenario = draw(length, crowd, seed)
    assert len(scenario) == length
    opened: set[int] = set()
    for day in scenario:
        assert all(action.depositor in opened for action in day.actions)
        opened |= {opening.depositor for opening in day.openings}
    assert opened == set(range(crowd))


@given(days, people, seeds)
def test_what_is_brought_along_covers_what_is_deposited(length: int, crowd: int, seed: int) -> None:
    scenario = draw(length, crowd, seed)
    left = {asset: dict(wanted) for asset, wanted in needs(scenario).items()}
    for opening in (opening for day in scenario for opening in day.openings):
        assert opening.units >= 10**17  # above any minimum deposit of the devnet
        if opening.way is not Way.BOUGHT:
            left[opening.asset][opening.depositor] -= opening.units
    assert all(units == 0 for wanted in left.values() for units in wanted.values())


def test_a_seed_names_one_scenario() -> None:
    assert draw(100, 50, 1) == draw(100, 50, 1)
    assert draw(100, 50, 1) != draw(100, 50, 2)


def test_nobody_and_no_day_are_refused() -> None:
    with pytest.raises(ScenarioError, match="--depositors"):
        draw(10, 0)
    with pytest.raises(ScenarioError, match="at least one day"):
        draw(0)


def test_a_day_may_be_quiet() -> None:
    assert Day().openings == ()
