"""Gaps, what they are measured against, and how long they last."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

from tests.unit.harvest.pairs.histories import DAY, START, series, walk
from vaultsdk.harvest.pairs import PairsError, align, basis, gaps, rate_logs, rolling_basis
from vaultsdk.harvest.pairs.basis import Gap


def test_gaps_against_a_rate_by_hand() -> None:
    history = align(series("ETH", [100] * 3), series("rETH", [110, 109, 121]))
    rate = series("rate", ["1.1", "1.1", "1.1"])
    got = gaps(history, 2, rate_logs(history, rate, DAY))
    assert [gap.bps for gap in got] == pytest.approx(
        [0, 1e4 * math.log(109 / 110), 1e4 * math.log(1.1)], abs=1e-9
    )


def test_gaps_against_the_mean_before_know_no_future() -> None:
    prices, other = [100.0] * 6, [100.0, 101, 102, 103, 90, 500]
    history = align(series("A", prices), series("B", other))
    got = gaps(history, 3)
    assert [gap.time for gap in got] == [START + i * DAY for i in (3, 4, 5)]
    mean = sum(math.log(p / 100) for p in (100, 101, 102)) / 3
    assert got[0].bps == pytest.approx(1e4 * (math.log(1.03) - mean))
    short = align(series("A", prices[:4]), series("B", other[:4]))
    assert gaps(short, 3) == got[:1]


def test_a_half_life_is_found_again() -> None:
    """phi 0.9 means ln 0.5 / ln 0.9 = 6.58 days."""
    draw, level, found = random.Random(4), 0.0, []
    for i in range(4000):
        level = 0.9 * level + draw.gauss(0, 10)
        found.append(Gap(START + i * DAY, level + 25))
    got = basis(found, DAY, "a rate")
    assert got.half_life_days is not None
    assert got.half_life_days.value == pytest.approx(6.58, rel=0.15)
    assert got.half_life_days.low is not None and got.half_life_days.high is not None
    assert got.half_life_days.low < 6.58 < got.half_life_days.high
    values = np.array([gap.bps for gap in found])
    phi, _ = np.polyfit(values[:-1], values[1:], 1)
    assert got.persistence.value == pytest.approx(phi)
    assert got.mean_bps.value == pytest.approx(values.mean())
    assert got.mean_bps.low is not None and got.mean_bps.high is not None
    assert got.mean_bps.low < 25 < got.mean_bps.high
    assert got.worst_bps == pytest.approx(values[np.abs(values).argmax()])
    assert got.discount_bps == pytest.approx(values.min())
    assert got.discount_time == START + int(values.argmin()) * DAY
    # In half days the same gaps close in half the time.
    halved = basis(found, DAY / 2, "a rate").half_life_days
    assert halved is not None and halved.value == pytest.approx(got.half_life_days.value / 2)


def test_gaps_that_stay_or_vanish() -> None:
    steady = [Gap(START + i * DAY, 5.0) for i in range(30)]
    assert basis(steady, DAY, "x").half_life_days is None
    growing = [Gap(START + i * DAY, 1.1**i) for i in range(30)]
    assert basis(growing, DAY, "x").half_life_days is None
    turning = [Gap(START + i * DAY, (-1.0) ** i) for i in range(30)]
    got = basis(turning, DAY, "x").half_life_days
    assert got is not None and got.value == 0
    with pytest.raises(PairsError, match="19 gaps"):
        basis(steady[:19], DAY, "x")


def test_rolling_basis() -> None:
    found = [Gap(START + i * DAY, v) for i, v in enumerate([1.0, -5, 3, 4])]
    got = rolling_basis(found, 3)
    assert [(r.mean_bps, r.worst_bps) for r in got] == pytest.approx([(-1 / 3, -5), (2 / 3, -5)])
    assert got[-1].end == found[-1].time


def test_a_drift_shows_as_half_a_window_of_itself() -> None:
    """One basis point a day against the mean of 40 days before: 20.5 of them."""
    prices = walk(100, 2)
    other = [p * math.exp(1e-4 * i) for i, p in enumerate(prices)]
    got = gaps(align(series("A", prices), series("B", other)), 40)
    assert [gap.bps for gap in got] == pytest.approx([20.5] * 60, rel=1e-6)
