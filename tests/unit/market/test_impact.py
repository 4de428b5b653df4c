"""Cost against a mid, and the largest size under a limit: right to the unit."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.market.pools.builders import WAD, A, B, Drawn, Position, stable, v2, v3, v3_pools
from vaultsdk.core.pools import Pool
from vaultsdk.core.pools.ticks import Q96
from vaultsdk.market.impact import BPS, ImpactError, curve, depth, impact, largest, quoter
from vaultsdk.market.pools import marginal

DEEP = v3([Position(-60_000, 60_000, 10**24)], Q96)
POOLS: list[Pool] = [
    v2(10**24, 10**24),
    DEEP,
    v3([Position(-6000, 6000, 10**22), Position(-60, 60, 10**24)], Q96),
    stable((10**24, 10**24), 100),
]


def test_by_hand() -> None:
    """A pair of a million each, mid 1: 10,000 in bring 9,871.58, a cost of 128.42 bps."""
    out = quoter(v2(10**6 * WAD, 10**6 * WAD), A)
    got = impact(out, 10_000 * WAD, Fraction(1))
    assert got is not None
    assert got.amount_out == 9_871_580_343_970_612_988_504
    assert got.mid_out == 10_000 * WAD
    assert got.bps == 129 and 128.4 < got.cost * BPS < 128.5
    # The oracle says 2 % less than the pool: the pool pays more than the mid.
    better = impact(out, 10_000 * WAD, Fraction(98, 100))
    assert better is not None and better.cost < 0 and better.bps == -73
    # What 100 bps allow: 0.997 / (1 + 0.997 x) = 0.99, so x = 0.007 / 0.98703 = 0.0070920.
    found = largest(out, Fraction(1), 100)
    assert found.amount_in == pytest.approx(7_092_000_000_000_000_000_000, rel=1e-4)


@pytest.mark.parametrize("pool", POOLS, ids=lambda pool: pool.kind)
@pytest.mark.parametrize("limit", [5, 31, 100, 1_000, 5_000])
@pytest.mark.parametrize("token", [A, B])
def test_the_largest_is_under_the_limit_and_the_next_is_not(
    pool: Pool, limit: int, token: str
) -> None:
    out, mid = quoter(pool, token), Fraction(1)
    found = largest(out, mid, limit)
    if found.amount_in == 0:
        # The fee alone is more.
        assert marginal(pool, token) * BPS < BPS - limit
        return
    here, after = impact(out, found.amount_in, mid), impact(out, found.amount_in + 1, mid)
    assert here is not None and here.cost * BPS <= limit
    assert here.amount_out == found.amount_out
    assert after is None or after.cost * BPS > limit
    # And a good deal more is a good deal too much.
    more = impact(out, found.amount_in * 101 // 100, mid)
    assert more is None or more.cost * BPS > limit


@given(drawn=v3_pools(), limit=st.integers(1, 3_000), off=st.integers(-300, 300))
def test_no_larger_size_is_under_the_limit(drawn: Drawn, limit: int, off: int) -> None:
    pool = drawn.pool
    mid = marginal(pool, A, with_fee=False) * (BPS + off) / BPS
    out = quoter(pool, A)
    found = largest(out, mid, limit)
    if found.amount_in:
        here = impact(out, found.amount_in, mid)
        assert here is not None and here.cost * BPS <= limit
    for times in (2, 3, 10, 1000):
        size = max(found.amount_in, 10**6) * times
        more = impact(out, size, mid)
        # Of few units one more or less is many basis points, and roundings decide.
        if more is not None and more.amount_out > 10**7:
            assert more.cost * BPS > limit


def test_costs_rise_with_size() -> None:
    sizes = [10**n for n in range(15, 27)]
    for pool in POOLS:
        costs = [one.cost for one in curve(quoter(pool, A), sizes, Fraction(1))]
        assert costs == sorted(costs)
    depths = depth(quoter(DEEP, A), Fraction(1), [31, 50, 100, 500])
    assert [one.limit_bps for one in depths] == [31, 50, 100, 500]
    assert [one.amount_in for one in depths] == sorted({one.amount_in for one in depths})


def test_what_cannot_be_sold_whole_has_no_cost() -> None:
    pool = v3([Position(-60, 60, 10**20)], Q96)
    out = quoter(pool, A)
    assert impact(out, 10**24, Fraction(1)) is None
    assert curve(out, [10**15, 10**24], Fraction(1))[0].amount_in == 10**15
    # The liquidity ends before the cost reaches the limit: all of it, to the unit.
    found = largest(out, Fraction(1), 5_000)
    assert out(found.amount_in) is not None and out(found.amount_in + 1) is None


def test_sizes_too_small_for_the_pool_are_passed_over() -> None:
    """One unit of 18 decimals is nothing in a coin of 6, and Curve refuses it."""
    pool = stable((10**24, 10**12), 100, "plain", rates=(WAD, 10**30))
    out = quoter(pool, A)
    assert out(1) == 0
    found = largest(out, Fraction(1, 10**12), 50)
    assert found.amount_in > 10**22


@pytest.mark.parametrize("end", [1, 2, 3, 1023, 1024, 1025, 2047, 2048])
def test_the_end_is_found_wherever_it_lies(end: int) -> None:
    for most in (end, end + 1, 1 << 60):
        found = largest(lambda size: size if size <= end else None, Fraction(1), 100, most)
        assert (found.amount_in, found.amount_out) == (end, end)


def test_most_is_kept() -> None:
    assert largest(quoter(DEEP, A), Fraction(1), 100, most=12_345).amount_in == 12_345


@pytest.mark.parametrize(
    ("mid", "limit", "most", "name"),
    [
        (Fraction(0), 10, 1, "mid"),
        (Fraction(-1), 10, 1, "mid"),
        (Fraction(1), BPS, 1, "limit_bps"),
        (Fraction(1), -BPS, 1, "limit_bps"),
        (Fraction(1), 10, 0, "most"),
    ],
)
def test_questions_without_sense(mid: Fraction, limit: int, most: int, name: str) -> None:
    with pytest.raises(ImpactError) as error:
        largest(quoter(DEEP, A), mid, limit, most)
    assert error.value.name == name


def test_no_size_is_no_sale() -> None:
    with pytest.raises(ImpactError, match="above 0"):
        impact(quoter(DEEP, A), 0, Fraction(1))
