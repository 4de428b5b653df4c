"""A Uniswap V3 swap across ticks, step by step as the pool takes it.

The pool looks for the next initialised tick within one word of its bitmap at a time, and where
there is none it stops at the word's edge all the same. Each stop rounds amounts and takes its fee,
so the empty stops are part of the result and are made here too, except where there is no liquidity
at all, when a step moves nothing but the price.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Final

from vaultsdk.core.pools.ticks import (
    MAX_SQRT_PRICE,
    MAX_TICK,
    MIN_SQRT_PRICE,
    MIN_TICK,
    WORD,
    all_words,
    sqrt_price_at,
    tick_at,
)
from vaultsdk.core.pools.v3 import V3Pool
from vaultsdk.market.pools.errors import QuoteError, QuoteReason
from vaultsdk.market.pools.quotes import Quote, V3State
from vaultsdk.market.pools.v3_math import (
    MILLION,
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

_MAX_AMOUNT: Final = (1 << 255) - 1  # the pool's amounts are signed


def quote_in(
    pool: V3Pool, zero_for_one: bool, amount_in: int, limit_x96: int | None = None
) -> Quote:
    """What the pool gives for an exact input, down to (up to) a root price. Raises QuoteError.

    As with the pool itself, liquidity that ends before the input does is no error: the quote is
    then partial.
    """
    limit = _checked(pool, zero_for_one, amount_in, limit_x96)
    used, out, after, crossed = _swap(pool, zero_for_one, amount_in, True, limit)
    return _quote(pool, zero_for_one, amount_in, used, out, after, crossed)


def quote_out(
    pool: V3Pool, zero_for_one: bool, amount_out: int, limit_x96: int | None = None
) -> Quote:
    """What an exact output costs. Raises QuoteError.

    Without a price limit all of it must be there, else the quoter refuses; with one, what there is
    up to the limit is quoted.
    """
    limit = _checked(pool, zero_for_one, amount_out, limit_x96)
    used, out, after, crossed = _swap(pool, zero_for_one, amount_out, False, limit)
    if limit_x96 is None and out < amount_out:
        raise QuoteError(
            f"pool {pool.address} has {out} units, {amount_out} are wanted: ask for less",
            QuoteReason.NO_LIQUIDITY,
            limit=out,
            value=amount_out,
        )
    return _quote(pool, zero_for_one, used, used, out, after, crossed)


def _checked(pool: V3Pool, zero_for_one: bool, amount: int, limit_x96: int | None) -> int:
    """The price limit, once amount and limit are found in order."""
    # The quoter makes a signed number of the amount before it asks the pool.
    if amount > _MAX_AMOUNT:
        raise QuoteError(
            f"{amount} units overflow the numbers of pool {pool.address}: ask for less",
            QuoteReason.TOO_LARGE,
            limit=_MAX_AMOUNT,
            value=amount,
        )
    if amount <= 0:
        raise QuoteError(
            f"no amount is given to pool {pool.address}: give one above 0",
            QuoteReason.ZERO_AMOUNT,
            limit=1,
            value=amount,
        )
    if zero_for_one:
        limit = MIN_SQRT_PRICE + 1 if limit_x96 is None else limit_x96
        right = MIN_SQRT_PRICE < limit < pool.sqrt_price_x96
    else:
        limit = MAX_SQRT_PRICE - 1 if limit_x96 is None else limit_x96
        right = pool.sqrt_price_x96 < limit < MAX_SQRT_PRICE
    if not right:
        side = "below" if zero_for_one else "above"
        raise QuoteError(
            f"pool {pool.address}: the limit {limit} must be {side} its root price "
            f"{pool.sqrt_price_x96} and short of the range's end",
            QuoteReason.PRICE_LIMIT,
            limit=pool.sqrt_price_x96,
            value=limit,
        )
    return limit


def _quote(
    pool: V3Pool,
    zero_for_one: bool,
    offered: int,
    used: int,
    out: int,
    after: V3State,
    crossed: int,
) -> Quote:
    if used == 0 and out == 0:
        raise QuoteError(
            f"pool {pool.address} has no liquidity on this side: use another",
            QuoteReason.NO_LIQUIDITY,
            limit=0,
            value=offered,
        )
    if zero_for_one:
        return Quote(pool.token0, pool.token1, offered, used, out, after, crossed)
    return Quote(pool.token1, pool.token0, offered, used, out, after, crossed)


def _swap(
    pool: V3Pool, zero_for_one: bool, amount: int, exact_in: bool, limit: int
) -> tuple[int, int, V3State, int]:
    """Units taken, units given, the state after and the initialised ticks crossed."""
    nets, fee = pool.tick_nets, pool.fee
    price, tick, liquidity = pool.sqrt_price_x96, pool.tick, pool.liquidity
    start = place = bisect_right(pool.tick_numbers, tick)  # the first initialised tick above
    find = _stop_below if zero_for_one else _stop_above
    step = _step_in if exact_in else _step_out
    left, taken, given = amount, 0, 0

    while left and price != limit:
        stop, initialised = find(pool, tick, place, liquidity)
        before, at_stop = price, sqrt_price_at(stop)
        target = max(at_stop, limit) if zero_for_one else min(at_stop, limit)
        if liquidity:
            price, cost, out = step(zero_for_one, before, target, liquidity, left, fee)
            taken += cost
            given += out
            left -= cost if exact_in else out
        else:
            price = target
        if price == at_stop:
            # Going down, the price at a tick counts as below it.
            tick = stop - 1 if zero_for_one else stop
            if initialised and zero_for_one:
                place -= 1
                liquidity -= nets[place]
            elif initialised:
                liquidity += nets[place]
                place += 1
        elif price != before:
            tick = tick_at(price)
    return taken, given, V3State(price, tick, liquidity), abs(place - start)


def _stop_below(pool: V3Pool, tick: int, place: int, liquidity: int) -> tuple[int, bool]:
    """The tick at which a step down ends, and whether it is initialised."""
    low = pool.words[0]
    spacing = pool.tick_spacing
    word = tick // spacing // WORD
    if word < low:
        raise _beyond(pool)
    # Without liquidity every stop is empty: straight to the end of what is known.
    edge = (word if liquidity else low) * WORD * spacing
    if place and (found := pool.tick_numbers[place - 1]) >= edge:
        return found, True
    return max(edge, MIN_TICK), False


def _stop_above(pool: V3Pool, tick: int, place: int, liquidity: int) -> tuple[int, bool]:
    """The tick at which a step up ends, and whether it is initialised."""
    high = pool.words[1]
    spacing = pool.tick_spacing
    word = (tick // spacing + 1) // WORD
    # A word above the last one cannot hold a tick, so that one is known to be empty.
    if word > high and high < all_words(spacing)[1]:
        raise _beyond(pool)
    edge = ((word if liquidity else max(word, high)) * WORD + WORD - 1) * spacing
    if place < len(pool.tick_numbers) and (found := pool.tick_numbers[place]) <= edge:
        return found, True
    return min(edge, MAX_TICK), False


def _step_in(
    zero_for_one: bool, price: int, target: int, liquidity: int, left: int, fee: int
) -> tuple[int, int, int]:
    """The price after selling at most `left` down (up) to `target`; units taken, fee included, and
    units given."""
    budget = left * (MILLION - fee) // MILLION
    if zero_for_one:
        net = amount0_up(target, price, liquidity)
        if budget >= net:
            return target, net + fee_on(net, fee), amount1_down(target, price, liquidity)
        after = price_after_in0(price, liquidity, budget)
        out = amount1_down(after, price, liquidity)
    else:
        net = amount1_up(price, target, liquidity)
        if budget >= net:
            return target, net + fee_on(net, fee), amount0_down(price, target, liquidity)
        after = price_after_in1(price, liquidity, budget)
        out = amount0_down(price, after, liquidity)
    # A step that stops short takes all that is left, the rounding as fee. As prices are rounded
    # against moving, it never ends on the target.
    return after, left, out


def _step_out(
    zero_for_one: bool, price: int, target: int, liquidity: int, left: int, fee: int
) -> tuple[int, int, int]:
    """As `_step_in`, buying at most `left`."""
    if zero_for_one:
        out, after = amount1_down(target, price, liquidity), target
        if left < out:
            after = price_after_out1(price, liquidity, left)
            out = min(left, amount1_down(after, price, liquidity))
        net = amount0_up(after, price, liquidity)
    else:
        out, after = amount0_down(price, target, liquidity), target
        if left < out:
            after = price_after_out0(price, liquidity, left)
            out = min(left, amount0_down(price, after, liquidity))
        net = amount1_up(price, after, liquidity)
    return after, net + fee_on(net, fee), out


def _beyond(pool: V3Pool) -> QuoteError:
    low, high = pool.words
    return QuoteError(
        f"the swap leaves the ticks of pool {pool.address} that were loaded (words {low} to "
        f"{high}): load more words, or ask for less",
        QuoteReason.BEYOND_SNAPSHOT,
        limit=(low, high),
    )
