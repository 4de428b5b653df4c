"""V3 swaps against a model that knows positions instead of ticks, and what must hold of them."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.unit.market.pools.builders import WAD, A, B, Drawn, Position, sizes, v3, v3_pools
from vaultsdk.core.pools import V3Pool
from vaultsdk.core.pools.ticks import (
    MAX_SQRT_PRICE,
    MIN_SQRT_PRICE,
    Q96,
    sqrt_price_at,
    tick_at,
)
from vaultsdk.market.pools import (
    Quote,
    QuoteError,
    QuoteReason,
    V3State,
    apply,
    marginal,
    quote,
    quote_out,
)

sides = st.booleans()


def ask(pool: V3Pool, zero_for_one: bool, size: int) -> Quote | None:
    try:
        return quote(pool, pool.token0 if zero_for_one else pool.token1, size)
    except QuoteError as error:
        if error.reason not in (QuoteReason.NO_LIQUIDITY, QuoteReason.PRICE_LIMIT):
            raise
        return None


def moved(positions: list[Position], low: int, high: int) -> tuple[Fraction, Fraction]:
    """Both tokens that all positions hold between two root prices: white paper, 6.29 and 6.30."""
    token0 = token1 = Fraction(0)
    for one in positions:
        start = max(low, sqrt_price_at(one.low))
        end = min(high, sqrt_price_at(one.high))
        if start < end:
            token0 += one.liquidity * Fraction(Q96 * (end - start), start * end)
            token1 += one.liquidity * Fraction(end - start, Q96)
    return token0, token1


def stops(pool: V3Pool, state: V3State) -> int:
    """No fewer than the steps that such a swap takes: each rounds once."""
    words = abs(state.tick - pool.tick) // (256 * pool.tick_spacing) + 2
    return words + len(pool.ticks)


@given(drawn=v3_pools(), size=sizes, zero_for_one=sides)
def test_what_moves_is_what_the_positions_hold(drawn: Drawn, size: int, zero_for_one: bool) -> None:
    pool, positions = drawn
    got = ask(pool, zero_for_one, size)
    if got is None:
        return
    assert isinstance(got.after, V3State)
    ends = sorted((pool.sqrt_price_x96, got.after.sqrt_price_x96))
    token0, token1 = moved(positions, *ends)
    net, out = (token0, token1) if zero_for_one else (token1, token0)
    steps = stops(pool, got.after)
    assert out - steps <= got.amount_out <= out
    gross = net * 1_000_000 / (1_000_000 - pool.fee)
    assert got.amount_in_used >= net
    # Rounded up twice a step, and the fee once; a last step that stops short keeps its rest, less
    # than what would have moved the price by one more unit of the last place.
    one_more = moved(positions, ends[0] - 1, ends[1] + 1)
    rest = (one_more[0] - token0) if zero_for_one else (one_more[1] - token1)
    assert got.amount_in_used <= gross + 4 * steps + 2 * rest
    # And it is where it says: tick and liquidity are those of the new price.
    assert got.after.tick - tick_at(got.after.sqrt_price_x96) in (0, -1)
    here = sum(one.liquidity for one in positions if one.low <= got.after.tick < one.high)
    assert got.after.liquidity == here
    if got.partial:
        assert got.after.sqrt_price_x96 == (
            MIN_SQRT_PRICE + 1 if zero_for_one else MAX_SQRT_PRICE - 1
        )


@given(drawn=v3_pools(), size=sizes, more=sizes, zero_for_one=sides)
def test_more_brings_more_at_a_worse_rate(
    drawn: Drawn, size: int, more: int, zero_for_one: bool
) -> None:
    small, large = (ask(drawn.pool, zero_for_one, n) for n in (size, size + more))
    assume(small is not None and large is not None)
    assert small is not None and large is not None
    assert isinstance(large.after, V3State)
    assert small.amount_out <= large.amount_out
    assert small.amount_in_used <= large.amount_in_used
    token = drawn.pool.token0 if zero_for_one else drawn.pool.token1
    # Each step rounds the output by a unit, and the fee on the input by another.
    lost = stops(drawn.pool, large.after) + 2 * marginal(drawn.pool, token)
    assert (small.amount_out + lost) * large.amount_in_used >= (
        large.amount_out * small.amount_in_used
    )
    assert large.amount_out <= marginal(drawn.pool, token) * large.amount_in_used


@given(drawn=v3_pools(), first=sizes, second=sizes, zero_for_one=sides)
def test_in_two_goes_no_more_comes_out(
    drawn: Drawn, first: int, second: int, zero_for_one: bool
) -> None:
    """Fees do not stay in a V3 pool's liquidity, so two goes are never better, only rounding."""
    pool = drawn.pool
    once, step = ask(pool, zero_for_one, first + second), ask(pool, zero_for_one, first)
    assume(once is not None and step is not None and not step.partial)
    assert once is not None and step is not None
    then = ask(apply(pool, step), zero_for_one, second)
    got = step.amount_out + (then.amount_out if then else 0)
    # Rounding is for the pool in each go; at most the unit that the whole lost more often.
    assert isinstance(once.after, V3State)
    assert got <= once.amount_out + 1 + int(marginal(pool, step.token_in)) * 2
    if then and not once.partial:
        assert isinstance(then.after, V3State)
        steps = stops(pool, once.after)
        rate = marginal(pool, step.token_in)
        assert got >= once.amount_out - 2 * steps - 3 * rate


@given(drawn=v3_pools(), size=sizes, zero_for_one=sides)
def test_there_and_back_costs_the_fees(drawn: Drawn, size: int, zero_for_one: bool) -> None:
    there = ask(drawn.pool, zero_for_one, size)
    assume(there is not None and there.amount_out > 0)
    assert there is not None
    back = ask(apply(drawn.pool, there), not zero_for_one, there.amount_out)
    assert back is None or back.amount_out <= there.amount_in_used


@given(drawn=v3_pools(), size=sizes, zero_for_one=sides)
def test_an_exact_output_costs_what_it_takes(drawn: Drawn, size: int, zero_for_one: bool) -> None:
    pool = drawn.pool
    token_out = pool.token1 if zero_for_one else pool.token0
    try:
        cost = quote_out(pool, token_out, size)
    except QuoteError as error:
        if error.reason is QuoteReason.PRICE_LIMIT:
            return
        # There is less than that, however much is offered.
        assert error.reason is QuoteReason.NO_LIQUIDITY  # noqa: PT017
        most = ask(pool, zero_for_one, 1 << 250)
        assert most is None or most.amount_out < size
        return
    assert cost.amount_out == size and not cost.partial
    got = ask(pool, zero_for_one, cost.amount_in)
    assert got is not None
    assert isinstance(got.after, V3State)
    # Selling what buying costs brings it, but for the roundings of the steps.
    roundings = 3 * stops(pool, got.after)
    assert abs(got.amount_out - size) <= roundings * (1 + marginal(pool, got.token_in))


@given(drawn=v3_pools(), size=sizes, zero_for_one=sides, share=st.integers(1, 99))
def test_a_price_limit_is_kept(drawn: Drawn, size: int, zero_for_one: bool, share: int) -> None:
    pool = drawn.pool
    here = pool.sqrt_price_x96
    limit = here * (100 - share) // 100 if zero_for_one else here * (100 + share) // 100
    try:
        got = quote(pool, pool.token0 if zero_for_one else pool.token1, size, limit_x96=limit)
    except QuoteError as error:
        assert error.reason is QuoteReason.NO_LIQUIDITY  # noqa: PT017
        return
    free = ask(pool, zero_for_one, size)
    assert free is not None
    assert isinstance(got.after, V3State) and isinstance(free.after, V3State)
    after = got.after.sqrt_price_x96
    assert after >= limit if zero_for_one else after <= limit
    if after == limit:
        assert got.amount_out <= free.amount_out
    else:
        assert got == free


# ---------------------------------------------------------------- figures
def test_a_published_swap() -> None:
    """The first swap of the Uniswap V3 Development Book: 42 USDC into a pool of 1 ETH and 5,000
    USDC between 4,545 and 5,500, before it takes any fee."""
    liquidity = 1_517_882_343_751_509_868_544
    price = 5_602_277_097_478_614_198_912_276_234_240
    pool = v3([Position(84_222, 86_129, liquidity)], price, fee=0, spacing=1)
    assert pool.tick == 85_176
    got = quote(pool, B, 42 * WAD)
    assert got.amount_out == 8_396_714_242_162_444
    assert got.after == V3State(5_604_469_350_942_327_889_444_743_441_197, 85_184, liquidity)


def test_by_hand() -> None:
    """Price 1 and liquidity 1e21: 1e18 in at 0.3 % move the root to 1 / (1 + 0.997e18 / 1e21)."""
    pool = v3([Position(-6000, 6000, 10**21)], Q96)
    got = quote(pool, A, 10**18)
    # out = L (1 - 1 / 1.000997) = 1e21 * 0.000997 / 1.000997
    assert got.amount_out == 10**21 * 997 // 1_000_997
    assert got.ticks_crossed == 0 and not got.partial
    assert marginal(pool, A) == marginal(pool, B) == Fraction(997, 1000)
    assert marginal(pool, A, with_fee=False) == 1


def test_ticks_are_crossed_and_liquidity_ends() -> None:
    pool = v3([Position(-600, 600, 10**20), Position(-60, 60, 10**21)], Q96)
    end = quote(pool, A, 10**24)
    assert end.partial and end.ticks_crossed == 2
    assert end.after == V3State(MIN_SQRT_PRICE + 1, tick_at(MIN_SQRT_PRICE + 1), 0)
    after = apply(pool, end)
    # Selling on finds the price at its end; buying back finds all of the liquidity again.
    with pytest.raises(QuoteError) as error:
        quote(after, A, 1)
    assert error.value.reason is QuoteReason.PRICE_LIMIT
    back = quote(after, B, 10**24)
    assert back.ticks_crossed == 4 and back.after.tick > 600  # type: ignore[union-attr]


def test_to_the_unit_where_liquidity_ends() -> None:
    pool = v3([Position(-600, 600, 10**20)], Q96)
    end = quote(pool, A, 10**24)
    assert not quote(pool, A, end.amount_in_used).partial
    assert quote(pool, A, end.amount_in_used + 1).partial
    assert quote(pool, A, end.amount_in_used).amount_out == end.amount_out
    with pytest.raises(QuoteError, match="ask for less"):
        quote_out(pool, B, end.amount_out + 1)


@pytest.mark.parametrize("token", [A, B])
def test_no_more_comes_out_than_was_asked_for(token: str) -> None:
    """So deep a pool that the smallest move of its price is worth a hundred units."""
    pool = v3([Position(-60, 60, 10**31)], Q96)
    assert quote_out(pool, token, 1).amount_out == 1


@pytest.mark.parametrize("zero_for_one", [True, False])
def test_nothing_on_this_side(zero_for_one: bool) -> None:
    beyond = sqrt_price_at(-6000 if zero_for_one else 6000)
    pool = v3([Position(-600, 600, 10**20)], beyond)
    with pytest.raises(QuoteError) as error:
        quote(pool, pool.token0 if zero_for_one else pool.token1, 10**18)
    assert error.value.reason is QuoteReason.NO_LIQUIDITY
    other = quote(pool, pool.token1 if zero_for_one else pool.token0, 10**18)
    assert other.amount_out > 0


@pytest.mark.parametrize(
    ("size", "limit", "reason"),
    [
        (0, None, QuoteReason.ZERO_AMOUNT),
        (-5, None, QuoteReason.ZERO_AMOUNT),
        (1 << 255, None, QuoteReason.TOO_LARGE),
        (1, Q96, QuoteReason.PRICE_LIMIT),
        (1, Q96 + 1, QuoteReason.PRICE_LIMIT),
        (1, MIN_SQRT_PRICE, QuoteReason.PRICE_LIMIT),
        (1, 0, QuoteReason.PRICE_LIMIT),
    ],
)
def test_refused(size: int, limit: int | None, reason: QuoteReason) -> None:
    pool = v3([Position(-600, 600, 10**20)], Q96)
    for call in (
        lambda: quote(pool, A, size, limit_x96=limit),
        lambda: quote_out(pool, B, size, limit_x96=limit),
    ):
        with pytest.raises(QuoteError) as error:
            call()
        assert error.value.reason is reason


# ---------------------------------------------------------------- what was not loaded
def test_beyond_the_loaded_words_nothing_is_guessed() -> None:
    """Liquidity over four words, of which the price's own is known: up to its edge the quote is
    the whole pool's, beyond it there is none."""
    word = 60 * 256
    whole = v3([Position(-2 * word, 2 * word, 10**20)], sqrt_price_at(word // 2))
    part = V3Pool(**(whole.model_dump() | {"words": (0, 0), "ticks": ()}))
    for token, edge in ((A, 0), (B, word - 60)):
        inside = quote(whole, token, 1 << 200, limit_x96=sqrt_price_at(edge))
        assert quote(part, token, inside.amount_in_used) == quote(
            whole, token, inside.amount_in_used
        )
        with pytest.raises(QuoteError, match="load more words") as error:
            quote(part, token, inside.amount_in_used + 2)
        assert error.value.reason is QuoteReason.BEYOND_SNAPSHOT
        assert quote(whole, token, inside.amount_in_used + 2).amount_out >= inside.amount_out
        # With a limit within what is known, any amount is answered.
        assert quote(part, token, 1 << 200, limit_x96=sqrt_price_at(edge)) == inside


def test_without_liquidity_the_edge_of_what_is_known_is_an_edge_too() -> None:
    word = 60 * 256
    whole = v3([Position(60, 120, 10**20), Position(-3 * word, -2 * word, 10**20)], Q96)
    part = V3Pool(**(whole.model_dump() | {"words": (-1, 0), "ticks": whole.ticks[2:]}))
    assert quote(whole, A, 10**18).amount_out > 0
    with pytest.raises(QuoteError) as error:
        quote(part, A, 10**18)
    assert error.value.reason is QuoteReason.BEYOND_SNAPSHOT
