"""What it takes to bring a pool back to the oracle: pure sums over the pools' own formulas.

A trader gains as long as a pool's marginal price is off by more than its fee, and stops there. So
pool and oracle disagree by up to the fee, as real ones do, and by no more.
"""

from __future__ import annotations

from fractions import Fraction
from math import isqrt
from typing import NamedTuple

_MILLION = 1_000_000
_V2_FEE = 3000  # Uniswap V2 takes 0.3 % of every input, and no other fee exists


class Trade(NamedTuple):
    """Sell `amount_in` of token0 or token1; for a V3 pool, until its price is `limit_x96`."""

    sell_token0: bool
    amount_in: int
    limit_x96: int


def band(ratio: Fraction, fee: int) -> tuple[Fraction, Fraction]:
    """The prices between which nobody gains by trading a pool with this fee (parts per million)
    when the fair price is `ratio`."""
    return ratio * (_MILLION - fee) / _MILLION, ratio * _MILLION / (_MILLION - fee)


def v3_trade(sqrt_price_x96: int, ratio: Fraction, fee: int, purse: int) -> Trade | None:
    """The trade that moves a V3 pool to the nearer edge of its band, or None within it.

    `purse` is the most that the trader can sell; the pool takes what it needs up to the limit.
    """
    low, high = band(ratio, fee)
    # Rounded inwards, so that a pool that was traded counts as within its band.
    low_x96 = isqrt((low.numerator << 192) // low.denominator) + 1
    high_x96 = isqrt((high.numerator << 192) // high.denominator)
    if sqrt_price_x96 < low_x96:
        return Trade(sell_token0=False, amount_in=purse, limit_x96=low_x96)
    if sqrt_price_x96 > high_x96:
        return Trade(sell_token0=True, amount_in=purse, limit_x96=high_x96)
    return None


def v2_trade(reserve0: int, reserve1: int, ratio: Fraction) -> Trade | None:
    """The trade that moves a V2 pool to the nearer edge of its band, or None within it."""
    low, high = band(ratio, _V2_FEE)
    price = Fraction(reserve1, reserve0)
    if price < low:
        trade, out = Trade(False, _v2_amount_in(reserve1, reserve0, low), 0), (reserve1, reserve0)
    elif price > high:
        trade, out = (
            Trade(True, _v2_amount_in(reserve0, reserve1, 1 / high), 0),
            (reserve0, reserve1),
        )
    else:
        return None
    # Off by so little that not one unit comes out: the pair would refuse it.
    return trade if _v2_amount_out(*out, trade.amount_in) > 0 else None


def _v2_amount_in(reserve_in: int, reserve_out: int, target: Fraction) -> int:
    """The least input after which reserve_in / reserve_out >= target.

    After an input a the reserves are i + a and i o / (i + g a), g = 0.997, so that the target is
    met when (i + a) (i + g a) = target i o: g a^2 + (1 + g) i a + i^2 - target i o = 0.
    """
    gain, whole = _MILLION - _V2_FEE, _MILLION
    linear = (whole + gain) * reserve_in
    constant = whole * (
        reserve_in**2 - target.numerator * reserve_in * reserve_out // target.denominator
    )
    root = isqrt(linear**2 - 4 * gain * constant)
    # Up twice: for the root and for the division.
    return (root + 1 - linear) // (2 * gain) + 1


def _v2_amount_out(reserve_in: int, reserve_out: int, amount_in: int) -> int:
    """What the pair gives (UniswapV2Library.getAmountOut)."""
    net = amount_in * (_MILLION - _V2_FEE)
    return net * reserve_out // (reserve_in * _MILLION + net)
