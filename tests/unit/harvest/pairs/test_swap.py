"""Into a replacement and back, through the best pool."""

from __future__ import annotations

from fractions import Fraction

import pytest

from tests.unit.market.pools.builders import WAD, A, B, C, stable, v2
from vaultsdk.core.model import int_to_address
from vaultsdk.harvest.pairs import PairsError, swap_costs

MILLION = v2(10**6 * WAD, 10**6 * WAD)


def test_by_hand() -> None:
    """A pair of a million each: 10,000 in bring 9,871.58: 128.42 bps, of which 30 are the fee."""
    got = swap_costs([MILLION], A, B, 10_000 * WAD, 200)
    assert got.out is not None and got.back is not None and got.pools == 1
    assert got.out.amount_out == 9_871_580_343_970_612_988_504
    assert got.out.fee_bps == 30 and got.out.gap_bps == 0
    assert got.out.cost_bps == pytest.approx(128.42, abs=0.01)
    assert got.out.impact_bps == pytest.approx(98.42, abs=0.01)
    assert got.back.amount_in == got.out.amount_out
    assert got.back.amount_out < 10_000 * WAD
    # 0.997 / (1 + 0.997 x) = 0.98.
    assert got.depth_out.amount_in == pytest.approx((0.997 / 0.98 - 1) / 0.997 * 10**24, rel=1e-6)


def test_the_gap_to_another_mid_cancels_there_and_back() -> None:
    own = swap_costs([MILLION], A, B, WAD, 300)
    dear = swap_costs([MILLION], A, B, WAD, 300, mid=Fraction(101, 100))
    assert own.out and own.back and dear.out and dear.back
    assert dear.out.gap_bps > 95 and dear.back.gap_bps < -95
    assert abs(dear.out.gap_bps + dear.back.gap_bps) < 2
    for way in (dear.out, dear.back):
        assert way.fee_bps + way.impact_bps + way.gap_bps == pytest.approx(way.cost_bps)
    assert dear.depth_out.amount_in < own.depth_out.amount_in < dear.depth_back.amount_in


def test_the_pool_that_pays_most() -> None:
    shallow = v2(10**4 * WAD, 10**4 * WAD, fee=100)
    shallow = shallow.model_copy(update={"address": int_to_address(7)})
    small = swap_costs([MILLION, shallow], A, B, WAD // 100, 200)
    large = swap_costs([MILLION, shallow], A, B, 5_000 * WAD, 200)
    assert small.out is not None and small.out.pool == shallow.address
    assert large.out is not None and large.out.pool == MILLION.address


def test_a_stable_pools_fee() -> None:
    got = swap_costs([stable((10**24, 10**24), 100)], A, B, WAD, 200)
    assert got.out is not None
    assert 0 < got.out.fee_bps <= got.out.cost_bps + 1e-6


def test_no_pool_and_no_size() -> None:
    got = swap_costs([MILLION], A, C, WAD, 200)
    assert got.pools == 0 and got.out is None and got.back is None
    assert got.depth_out.amount_in == got.depth_back.amount_in == 0
    with pytest.raises(PairsError, match="size of 0"):
        swap_costs([MILLION], A, B, 0, 200)
