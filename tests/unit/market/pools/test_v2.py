"""The pair's formula: hand-computed figures, a model in fractions, and what must hold of it."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.market.pools.builders import WAD, A, B, C, sizes, stable, v2
from vaultsdk.core.pools import V2Pool
from vaultsdk.core.pools.v2 import MAX_RESERVE
from vaultsdk.market.pools import (
    QuoteError,
    QuoteReason,
    V2State,
    apply,
    marginal,
    quote,
    quote_out,
)

reserves = st.integers(1, MAX_RESERVE)
pools = st.builds(v2, reserves, reserves, st.sampled_from([3000, 2500, 100, 0]))


def test_by_hand() -> None:
    # 1,000 of each; 100 in at 0.3 %: 99.7 count, 1000 * 99.7 / 1099.7 = 90.661...
    pool = v2(1_000 * WAD, 1_000 * WAD)
    got = quote(pool, A, 100 * WAD)
    assert got.amount_out == 90_661_089_388_014_913_158
    assert got.after == V2State(1_100 * WAD, 1_000 * WAD - got.amount_out)
    assert not got.partial and got.amount_in_used == got.amount_in == 100 * WAD
    # The other way: 10 * 1000 / 990 / 0.997 = 10.131404313951956880..., and one more.
    assert quote_out(pool, B, 10 * WAD).amount_in == 10_131_404_313_951_956_881


@given(pool=pools, size=sizes)
def test_output_is_the_fraction_rounded_down(pool: V2Pool, size: int) -> None:
    got = quote(pool, A, size)
    net = Fraction(size * (1_000_000 - pool.fee), 1_000_000)
    exact = pool.reserve1 * net / (pool.reserve0 + net)
    assert got.amount_out == exact.numerator // exact.denominator
    assert got.token_out == B and quote(pool, B.lower(), size).token_in == B


@given(pool=pools, size=sizes)
def test_an_exact_output_costs_no_more_than_it_must(pool: V2Pool, size: int) -> None:
    size = 1 + size % max(pool.reserve1 - 1, 1)
    if size >= pool.reserve1:
        return
    cost = quote_out(pool, B, size)
    assert quote(pool, A, cost.amount_in).amount_out >= size
    # The formula adds one to a quotient, so that at most one unit less would have done as well.
    if cost.amount_in > 2:
        assert quote(pool, A, cost.amount_in - 2).amount_out < size


@given(pool=pools, first=sizes, second=sizes)
def test_in_two_goes_no_more_comes_out(pool: V2Pool, first: int, second: int) -> None:
    pair = pool.model_copy(update={"fee": 3000})
    once = quote(pair, A, first + second)
    step = quote(pair, A, first)
    between = pair.model_copy(update=step.after._asdict())
    twice = step.amount_out + quote(between, A, second).amount_out
    # The fee stays in the pool and deepens it for the second trade: a little better than at once,
    # by less than the fee on what the first one brought.
    assert twice <= once.amount_out + first * 3 * pair.reserve1 // (1000 * pair.reserve0) + 1
    free = pair.model_copy(update={"fee": 0})
    once, step = quote(free, A, first + second), quote(free, A, first)
    between = free.model_copy(update=step.after._asdict())
    assert step.amount_out + quote(between, A, second).amount_out <= once.amount_out


@given(pool=pools, size=sizes)
def test_the_product_never_falls(pool: V2Pool, size: int) -> None:
    after = quote(pool, A, size).after
    assert isinstance(after, V2State)
    assert after.reserve0 * after.reserve1 >= pool.reserve0 * pool.reserve1


@given(pool=pools, size=sizes, more=sizes)
def test_more_brings_more_at_a_worse_rate(pool: V2Pool, size: int, more: int) -> None:
    small, large = quote(pool, A, size), quote(pool, A, size + more)
    assert small.amount_out <= large.amount_out
    # (small + 1) / size > large / (size + more): the floor took less than one unit.
    assert (small.amount_out + 1) * (size + more) > large.amount_out * size
    assert large.amount_out <= marginal(pool, A) * (size + more)


@pytest.mark.parametrize(
    ("size", "reason"),
    [
        (0, QuoteReason.ZERO_AMOUNT),
        (-1, QuoteReason.ZERO_AMOUNT),
        (1 << 250, QuoteReason.TOO_LARGE),
    ],
)
def test_refused_both_ways(size: int, reason: QuoteReason) -> None:
    pool = v2()
    for call in (lambda: quote(pool, A, size), lambda: quote_out(pool, B, size)):
        with pytest.raises(QuoteError) as error:
            call()
        assert error.value.reason is reason and error.value.name == reason.value


def test_the_last_amount_that_the_router_can_multiply() -> None:
    """With one unit to give, the sum in the divisor overflows before any product does."""
    pool = v2(10**6, 1)
    word = 1 << 256
    fits = (word - 1 - 10**6 * 1000) // 997
    assert (fits + 1) * 997 < word
    assert quote(pool, A, fits).amount_out == 0
    with pytest.raises(QuoteError) as error:
        quote(pool, A, fits + 1)
    assert error.value.reason is QuoteReason.TOO_LARGE


def test_refused_by_the_pair_though_quoted() -> None:
    poor = v2(10**21, 10**6)
    nothing = quote(poor, A, 1)
    assert nothing.amount_out == 0
    with pytest.raises(QuoteError, match="gives nothing"):
        apply(poor, nothing)
    with pytest.raises(QuoteError, match="overflow"):
        apply(v2(), quote(v2(), A, MAX_RESERVE))
    with pytest.raises(QuoteError, match="ask for less"):
        quote_out(v2(10**21, 10**6), B, 10**6)


def test_what_is_no_question_to_this_pool() -> None:
    pool = v2()
    with pytest.raises(QuoteError, match="does not trade"):
        quote(pool, C, 1)
    with pytest.raises(QuoteError, match="does not trade"):
        quote(pool, A, 1, C)
    with pytest.raises(QuoteError, match="the same token"):
        quote(pool, A, 1, A)
    with pytest.raises(QuoteError, match="no price limit"):
        quote(pool, A, 1, limit_x96=5)
    with pytest.raises(QuoteError, match="another kind"):
        apply(stable(), quote(pool, A, 10**18))
