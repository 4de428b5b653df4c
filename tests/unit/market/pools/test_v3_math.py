"""The formulas within one range against their definitions in fractions."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor, gcd

from hypothesis import given
from hypothesis import strategies as st

from vaultsdk.core.pools.ticks import MAX_SQRT_PRICE, MIN_SQRT_PRICE, Q96
from vaultsdk.market.pools.v3_math import (
    amount0_down,
    amount0_up,
    amount1_down,
    amount1_up,
    fee_on,
    price_after_in0,
    price_after_in1,
    price_after_out0,
    price_after_out1,
)


def spread(low: int, high: int) -> st.SearchStrategy[int]:
    """Numbers of every magnitude between the two."""
    return st.builds(
        lambda bits, part: min(max((1 << bits) + (part << bits >> 64), low), high),
        st.integers(low.bit_length() - 1, high.bit_length() - 1),
        st.integers(0, (1 << 64) - 1),
    )


prices = spread(MIN_SQRT_PRICE, MAX_SQRT_PRICE - 1)
liquidities = spread(1, (1 << 128) - 1)
amounts = spread(1, (1 << 200) - 1)


@given(one=prices, other=prices, liquidity=liquidities)
def test_amounts_between_two_prices(one: int, other: int, liquidity: int) -> None:
    low, high = sorted((one, other))
    token0 = liquidity * (Fraction(Q96, low) - Fraction(Q96, high))
    token1 = liquidity * Fraction(high - low, Q96)
    assert amount0_up(low, high, liquidity) == ceil(token0)
    assert amount0_down(low, high, liquidity) == floor(token0)
    assert amount1_up(low, high, liquidity) == ceil(token1)
    assert amount1_down(low, high, liquidity) == floor(token1)


def test_token0_is_rounded_up_in_both_divisions() -> None:
    """Where all but a fraction of the first quotient is divided evenly by the second price."""
    low, high = MIN_SQRT_PRICE, MIN_SQRT_PRICE + 1
    shared = gcd(Q96, high)
    whole = low * high // shared
    liquidity = pow(Q96 // shared, -1, whole)
    # L 2**96 is `shared` above a multiple of low and high: the first division leaves a rest.
    assert liquidity * Q96 % (low * high) == shared < high
    assert amount0_up(low, high, liquidity) == amount0_down(low, high, liquidity) + 1


@given(one=prices, other=prices, liquidity=liquidities, part=st.integers(1, 1 << 64))
def test_less_than_a_price_takes_never_reaches_it(
    one: int, other: int, liquidity: int, part: int
) -> None:
    low, high = sorted((one, other))
    for short in (1, part):
        if (amount := amount0_up(low, high, liquidity) - short) > 0:
            assert price_after_in0(high, liquidity, amount) > low
        if (amount := amount1_up(low, high, liquidity) - short) > 0:
            assert price_after_in1(low, liquidity, amount) < high


@given(price=prices, liquidity=liquidities, amount=amounts)
def test_prices_after_what_comes_in(price: int, liquidity: int, amount: int) -> None:
    exact = Fraction(liquidity * Q96 * price, liquidity * Q96 + amount * price)
    after = price_after_in0(price, liquidity, amount)
    if liquidity * Q96 + amount * price < 1 << 256:
        assert after == ceil(exact)
    else:
        # Too wide for a word: the pool divides first, which rounds the price up a little more.
        assert exact <= after <= price
        assert after == ceil(Fraction(liquidity * Q96, liquidity * Q96 // price + amount))
    assert price_after_in1(price, liquidity, amount) == floor(
        price + Fraction(amount * Q96, liquidity)
    )


def test_where_a_word_is_too_narrow_the_pool_divides_first() -> None:
    price, liquidity, amount = MAX_SQRT_PRICE - 1, (1 << 128) - 1, 1 << 100
    assert amount * price >= 1 << 256
    exact = Fraction(liquidity * Q96 * price, liquidity * Q96 + amount * price)
    after = price_after_in0(price, liquidity, amount)
    assert after == ceil(Fraction(liquidity * Q96, liquidity * Q96 // price + amount))
    assert after > ceil(exact)


@given(price=prices, liquidity=liquidities, amount=amounts)
def test_prices_after_what_goes_out(price: int, liquidity: int, amount: int) -> None:
    assert price_after_out1(price, liquidity, amount) == floor(
        price - Fraction(amount * Q96, liquidity)
    )
    if liquidity * Q96 > amount * price:
        exact = Fraction(liquidity * Q96 * price, liquidity * Q96 - amount * price)
        assert price_after_out0(price, liquidity, amount) == ceil(exact)


@given(net=amounts, fee=st.integers(0, 999_999))
def test_the_fee_is_its_share_of_the_whole(net: int, fee: int) -> None:
    taken = fee_on(net, fee)
    assert taken == ceil(Fraction(net * fee, 1_000_000 - fee))
    assert taken * 1_000_000 >= (net + taken) * fee
