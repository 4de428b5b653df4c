"""Two series at the same times, or an error that says where they are not."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest

from tests.unit.harvest.pairs.histories import DAY, START, series
from vaultsdk.core.series import PriceSeries
from vaultsdk.harvest.pairs import PairsError, align, priced_by_rate
from vaultsdk.harvest.pairs.history import carried


def without(one: PriceSeries, at: int) -> PriceSeries:
    return PriceSeries(name=one.name, points=one.points[:at] + one.points[at + 1 :])


def test_returns_by_hand() -> None:
    got = align(series("ETH", [100, 110, 99]), series("rETH", [50, 55, 55]))
    assert got.asset_returns == pytest.approx((math.log(1.1), math.log(0.9)))
    assert got.returns == pytest.approx((math.log(1.1), 0.0))
    assert got.differences == pytest.approx((0.0, -math.log(0.9)))
    assert got.ratio == pytest.approx((math.log(0.5), math.log(0.5), math.log(55 / 99)))
    assert got.step == DAY and got.per_year == 365.25


def test_only_the_span_that_both_have() -> None:
    got = align(series("ETH", range(1, 11)), series("rETH", range(1, 5), START + 8 * DAY))
    assert got.times == (START + 8 * DAY, START + 9 * DAY)
    never = align(series("ETH", [1, 2]), series("rETH", [1, 2], START + 8 * DAY))
    assert never.times == never.returns == ()


def test_a_hole_in_one_is_named() -> None:
    full = series("ETH", range(1, 11))
    other = without(series("rETH", range(1, 11)), 4)
    with pytest.raises(PairsError, match=r"rETH has no price at 2024-01-05.* ETH has one"):
        align(full, other)
    with pytest.raises(PairsError, match=r"rETH has no price at 2024-01-05.* ETH has one"):
        align(other, full)


def test_a_hole_in_both_is_named() -> None:
    ours, theirs = (without(series(name, range(1, 11)), 4) for name in ("ETH", "rETH"))
    with pytest.raises(PairsError, match=r"2 days.* from 2024-01-04.* the step is 1 day"):
        align(ours, theirs)


def test_a_rate_is_the_last_one_known() -> None:
    asset = series("ETH", [100, 100, 200, 200])
    rate = series("rETH", ["1.1", "1.2"], START + timedelta(hours=12), timedelta(hours=36))
    got = priced_by_rate(asset, rate, 2 * DAY)
    # Nothing on the first day, whose rate comes at noon; 1.2 only from the third day's midnight on.
    assert [(p.time, float(p.price)) for p in got.points] == [
        (START + 1 * DAY, 110.0),
        (START + 2 * DAY, 240.0),
        (START + 3 * DAY, 240.0),
    ]


def test_old_rates_are_named_and_the_end_is_an_end() -> None:
    rate = series("rETH", ["1", "1.1"], START, 5 * DAY)
    times = [START + i * DAY for i in range(10)]
    with pytest.raises(PairsError, match=r"2024-01-01.* 3 days.* old at 2024-01-04"):
        carried(times, rate, 2 * DAY)
    assert carried(times, rate, 5 * DAY).count(None) == 0
    assert carried(times[5:], rate, 2 * DAY).count(None) == 2
    with pytest.raises(PairsError, match="no rate in the time"):
        priced_by_rate(series("ETH", [1, 2]), series("rETH", [1], START + 9 * DAY), DAY)
