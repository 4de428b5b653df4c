"""Uniswap V3 within one range of liquidity: amounts and prices, with the pool's roundings.

With L the liquidity and s the root of the price (times 2**96), white paper 6.2.3:

    token0 between two prices:  L (1/s_low - 1/s_high)        token1:  L (s_high - s_low)

What the pool takes is rounded up and what it gives is rounded down. A price that an amount leads to
is rounded so that the pool never moves further than the amount pays for.
"""

from __future__ import annotations

from typing import Final

MILLION: Final = 1_000_000
_Q96_BITS: Final = 96
_MASK_96: Final = (1 << 96) - 1
_WORD: Final = 1 << 256


def amount0_up(low: int, high: int, liquidity: int) -> int:
    """Units of token0 between two root prices, rounded up.

    The pool divides by one price and then by the other, up both times, which comes to the same.
    """
    return -((liquidity << _Q96_BITS) * (low - high) // (low * high))


def amount0_down(low: int, high: int, liquidity: int) -> int:
    """Units of token0 between two root prices, rounded down."""
    return (liquidity << _Q96_BITS) * (high - low) // (low * high)


def amount1_up(low: int, high: int, liquidity: int) -> int:
    """Units of token1 between two root prices, rounded up."""
    return (liquidity * (high - low) + _MASK_96) >> _Q96_BITS


def amount1_down(low: int, high: int, liquidity: int) -> int:
    """Units of token1 between two root prices, rounded down."""
    return liquidity * (high - low) >> _Q96_BITS


def price_after_in0(price: int, liquidity: int, amount: int) -> int:
    """Root price after `amount` of token0 came in, rounded up: L s / (L + amount s).

    Where that product needs more than 256 bits, the pool divides first, and so rounds otherwise.
    """
    scaled = liquidity << _Q96_BITS
    product = amount * price
    if product < _WORD and scaled + product < _WORD:
        return -(-scaled * price // (scaled + product))
    return -(-scaled // (scaled // price + amount))


def price_after_in1(price: int, liquidity: int, amount: int) -> int:
    """Root price after `amount` of token1 came in, rounded down: s + amount / L."""
    return price + (amount << _Q96_BITS) // liquidity


def price_after_out1(price: int, liquidity: int, amount: int) -> int:
    """Root price after `amount` of token1 went out, rounded down: s - amount / L."""
    return price + (-(amount << _Q96_BITS) // liquidity)


def price_after_out0(price: int, liquidity: int, amount: int) -> int:
    """Root price after `amount` of token0 went out, rounded up: L s / (L - amount s)."""
    scaled = liquidity << _Q96_BITS
    return -(-scaled * price // (scaled - amount * price))


def fee_on(net: int, fee: int) -> int:
    """The fee that comes on top of a net input, rounded up, so that it is `fee` of the whole."""
    return -(-net * fee // (MILLION - fee))
