"""Ticks and root prices: to and fro, against the true powers, at the ends."""

from __future__ import annotations

from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaultsdk.core.pools import PoolError
from vaultsdk.core.pools.ticks import (
    MAX_SQRT_PRICE,
    MAX_TICK,
    MIN_SQRT_PRICE,
    MIN_TICK,
    Q96,
    all_words,
    sqrt_price_at,
    tick_at,
    word_of,
)

ticks = st.integers(MIN_TICK, MAX_TICK)


def test_the_ends_are_those_of_the_contracts() -> None:
    assert MIN_SQRT_PRICE == 4295128739
    assert MAX_SQRT_PRICE == 1461446703485210103287273052203988822378723970342
    assert sqrt_price_at(0) == Q96


def test_every_stretch_of_ticks_leads_back_to_itself() -> None:
    # A prime stride visits every remainder of every spacing; both ends are there too.
    for tick in (*range(MIN_TICK, MAX_TICK, 211), MAX_TICK - 1):
        price = sqrt_price_at(tick)
        assert tick_at(price) == tick
        if tick > MIN_TICK:
            assert tick_at(price - 1) == tick - 1


@given(tick=ticks)
def test_a_price_is_the_power_of_the_root_of_1_0001(tick: int) -> None:
    with localcontext() as context:
        context.prec = 90
        true = Decimal("1.0001") ** (Decimal(tick) / 2) * Q96
        # The pool multiplies up to twenty powers below 1 and cuts each product off at 128 bits:
        # forty units of the last place, the more of the result the smaller that is. Then it rounds
        # up to 96 bits.
        smallest = Decimal("1.0001") ** (-abs(Decimal(tick)) / 2)
        allowed = 1 + true * 40 * Decimal(2) ** -128 / smallest
        assert abs(sqrt_price_at(tick) - true) <= allowed


@given(tick=st.integers(MIN_TICK, MAX_TICK - 1))
def test_prices_rise_with_ticks(tick: int) -> None:
    assert sqrt_price_at(tick) < sqrt_price_at(tick + 1)


@given(price=st.integers(MIN_SQRT_PRICE, MAX_SQRT_PRICE - 1))
def test_a_price_lies_within_its_tick(price: int) -> None:
    tick = tick_at(price)
    assert sqrt_price_at(tick) <= price < sqrt_price_at(tick + 1)


@given(bits=st.integers(33, 159), share=st.floats(0, 1, exclude_max=True))
def test_a_price_of_any_size_lies_within_its_tick(bits: int, share: float) -> None:
    price = min((1 << bits) + int(share * (1 << bits)), MAX_SQRT_PRICE - 1)
    tick = tick_at(price)
    assert sqrt_price_at(tick) <= price < sqrt_price_at(tick + 1)


@pytest.mark.parametrize("tick", [MIN_TICK - 1, MAX_TICK + 1])
def test_no_tick_beyond_the_ends(tick: int) -> None:
    with pytest.raises(PoolError, match="outside") as error:
        sqrt_price_at(tick)
    assert error.value.name == "tick" and error.value.value == tick


@pytest.mark.parametrize("price", [0, MIN_SQRT_PRICE - 1, MAX_SQRT_PRICE])
def test_no_price_beyond_the_ends(price: int) -> None:
    with pytest.raises(PoolError, match="outside"):
        tick_at(price)


@pytest.mark.parametrize(("spacing", "words"), [(1, 6932), (10, 694), (60, 116), (200, 36)])
def test_the_bitmap_has_so_many_words(spacing: int, words: int) -> None:
    low, high = all_words(spacing)
    assert high - low + 1 == words
    assert word_of(-1, spacing) == -1 and word_of(0, spacing) == 0
