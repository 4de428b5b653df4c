"""The trader's sums, against the pools' own formulas."""

from __future__ import annotations

from fractions import Fraction
from math import isqrt

from hypothesis import given
from hypothesis import strategies as st

from vaultsdk.devnet.arbitrage import band, v2_trade, v3_trade
from vaultsdk.devnet.pools import Q96, price_ratio, sqrt_price_x96

RESERVES = st.integers(10**9, 10**27)
RATIOS = st.fractions(min_value=Fraction(1, 10**15), max_value=Fraction(10**15))


def v2_out(reserve_in: int, reserve_out: int, amount_in: int) -> int:
    """UniswapV2Library.getAmountOut, written down from its Solidity."""
    net = amount_in * 997
    return net * reserve_out // (reserve_in * 1000 + net)


@given(RESERVES, RESERVES, st.fractions(min_value=Fraction(1, 1000), max_value=1000))
def test_a_v2_trade_ends_at_the_edge_of_the_band(
    reserve0: int, reserve1: int, factor: Fraction
) -> None:
    fair = Fraction(reserve1, reserve0) * factor
    low, high = band(fair, 3000)
    trade = v2_trade(reserve0, reserve1, fair)
    price = Fraction(reserve1, reserve0)
    if trade is None:
        # Within the band, or off by less than one unit is worth.
        one = Fraction(2, min(reserve0, reserve1))
        assert low * (1 - one) <= price <= high * (1 + one)
        return
    assert not low <= price <= high
    reserves = [reserve0, reserve1]
    into = 0 if trade.sell_token0 else 1

    reserves[into] += trade.amount_in
    reserves[1 - into] -= (
        v2_out(reserve0, reserve1, trade.amount_in)
        if into == 0
        else v2_out(reserve1, reserve0, trade.amount_in)
    )
    # At the edge but for the rounding of a unit of what went in and of what is left of the other.
    edge = high if trade.sell_token0 else low
    off = Fraction(reserves[1], reserves[0]) / edge - 1
    assert abs(off) <= Fraction(4, reserves[1 - into]) + Fraction(4, reserves[into])


@given(RATIOS, RATIOS, st.sampled_from([100, 500, 3000, 10000]))
def test_a_v3_trade_stops_within_the_band(ratio: Fraction, price: Fraction, fee: int) -> None:
    now = sqrt_price_x96(price)
    low, high = band(ratio, fee)
    trade = v3_trade(now, ratio, fee, 10**30)
    if trade is None:
        # Rounding in the last bit of the price.
        assert low * Q96**2 <= (now + 1) ** 2
        assert now**2 <= high * Q96**2
        return
    reached = Fraction(trade.limit_x96**2, Q96**2)
    assert low <= reached <= high or high - low < Fraction(4, Q96)
    assert (trade.limit_x96 < now) == trade.sell_token0


def test_the_band_is_where_a_gain_begins() -> None:
    """Buying at price p costs p / (1 - fee) with the fee, so it pays below fair * (1 - fee)."""
    low, high = band(Fraction(2), 3000)
    assert low == Fraction(2) * Fraction(997, 1000)
    assert high == Fraction(2) / Fraction(997, 1000)


def test_prices_of_mixed_decimals() -> None:
    """One WETH (18) at 4,000 USD against USDC (6): 4,000e6 units for 1e18, from either side."""
    weth, usdc = (4_000 * 10**18, 18), (10**18, 6)
    assert price_ratio(*weth, *usdc) == Fraction(4_000 * 10**6, 10**18)
    assert price_ratio(*usdc, *weth) == 1 / price_ratio(*weth, *usdc)
    assert sqrt_price_x96(Fraction(1)) == Q96
    assert sqrt_price_x96(price_ratio(*weth, *usdc)) == isqrt(4_000 * 10**6 * 2**192 // 10**18)
