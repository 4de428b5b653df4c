"""Monte Carlo confirms the closed form, for the optimum and for fixed thresholds.

The seeds are fixed, so a test is red or green for ever; the intervals are 99.9 % ones.
"""

from __future__ import annotations

import math
import random
from typing import Any

import pytest

from tests.unit.harvest.boundary.examples import economics
from vaultsdk.harvest.boundary import BoundaryError, solve, threshold_value
from vaultsdk.harvest.boundary.simulate import _fall_time, simulate


@pytest.mark.parametrize("loss", [0.05, 0.10, 0.20, 0.30, None])
def test_the_example_lies_within_its_interval(loss: float | None) -> None:
    found = solve(economics())
    at = found.loss_threshold if loss is None else loss
    assert at is not None
    seen = simulate(economics(), at, pairs=12_000, seed=7, confidence=0.999)
    assert seen.low <= threshold_value(economics(), at) <= seen.high
    if at > 0.1:
        assert seen.high - seen.low < 0.05 * found.value


@pytest.mark.parametrize(
    "changes",
    [
        {"mu": 0.6},  # the price drifts away from the boundary and may never meet it
        {"mu": 0.245},  # no drift of the log price at all
        {"mu": -0.3},
        {"lam": 0.0},
        {"r": 0.0, "tau_later": 0.2},
        {"tau_now": 0.4, "tau_later": 0.2, "sigma": 0.4, "lam": 1.0},
        {"k": 0.03},
    ],
)
def test_other_economics_too(changes: dict[str, Any]) -> None:
    e = economics(**changes)
    at = solve(e).loss_threshold
    assert at is not None
    seen = simulate(e, at, pairs=6_000, seed=11, confidence=0.999)
    assert seen.low <= threshold_value(e, at) <= seen.high


def test_an_interval_tells_a_wrong_value() -> None:
    """One per cent of tau_now more, and the interval no longer holds the value."""
    wrong = threshold_value(economics(tau_now=0.3737), 0.285)
    seen = simulate(economics(), 0.285, pairs=40_000, seed=3, confidence=0.999)
    assert not seen.low <= wrong <= seen.high


def test_fall_times_have_the_transform_of_first_passage() -> None:
    """E[e^(-s T)] = (1 - loss)^n with n from s = r + lam."""
    e, rng = economics(mu=0.5), random.Random(5)
    times = [_fall_time(e, -math.log(0.8), rng.random(), rng.random()) for _ in range(40_000)]
    seen = [math.exp(-e.q * time) for time in times]
    mean = math.fsum(seen) / len(seen)
    spread = math.sqrt(math.fsum((x - mean) ** 2 for x in seen)) / len(seen)
    assert abs(mean - 0.8**e.n) < 3.3 * spread


def test_the_same_seed_gives_the_same_estimate() -> None:
    one, two, other = (simulate(economics(), 0.2, 500, seed) for seed in (1, 1, 2))
    assert one == two != other


@pytest.mark.parametrize(
    ("changes", "loss", "pairs", "words"),
    [
        ({}, 0.0, 100, "loss is 0"),
        ({}, 0.2, 1, "no spread"),
        ({"sigma": 0.0}, 0.2, 100, "sigma is 0"),
        ({"r": 0.0, "lam": 0.0}, 0.2, 100, "both 0"),
    ],
)
def test_what_cannot_be_simulated(
    changes: dict[str, Any], loss: float, pairs: int, words: str
) -> None:
    with pytest.raises(BoundaryError, match=words):
        simulate(economics(**changes), loss, pairs, seed=1)
