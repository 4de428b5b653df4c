"""Uniswap V2: x y = k on what is left of the input after the fee.

    out = floor(in g y / (x M + in g)),    in = floor(x out M / ((y - out) g)) + 1

with x, y the reserves of what goes in and out, M a million and g = M - fee. Uniswap writes 997 and
1000; both forms have the same quotient. (White paper, 3.2.1.)
"""

from __future__ import annotations

from typing import Final

from vaultsdk.core.pools.v2 import MAX_RESERVE, V2Pool
from vaultsdk.market.pools.errors import QuoteError, QuoteReason
from vaultsdk.market.pools.quotes import Quote, V2State

_MILLION: Final = 1_000_000
_LEGACY: Final = 1_000  # Uniswap's own code counts in thousandths, and overflows accordingly
_WORD: Final = 1 << 256


def quote_in(pool: V2Pool, zero_for_one: bool, amount_in: int) -> Quote:
    """What the pair gives for an exact input, as the router's getAmountsOut says. QuoteError."""
    if amount_in <= 0:
        raise QuoteError(
            f"nothing is to be sold to {pool.address}: give an amount above 0",
            QuoteReason.ZERO_AMOUNT,
            limit=1,
            value=amount_in,
        )
    reserve_in, reserve_out = _sides(pool, zero_for_one)
    net = amount_in * (_MILLION - pool.fee)
    # The router multiplies in 256 bits: by the kept thousandths first, then by the reserve.
    if net * reserve_out // _LEGACY >= _WORD or reserve_in * _LEGACY + net // _LEGACY >= _WORD:
        raise _too_large(pool, amount_in)
    amount_out = net * reserve_out // (reserve_in * _MILLION + net)
    return _done(pool, zero_for_one, amount_in, amount_out)


def quote_out(pool: V2Pool, zero_for_one: bool, amount_out: int) -> Quote:
    """What an exact output costs, as the router's getAmountsIn says. Raises QuoteError."""
    if amount_out <= 0:
        raise QuoteError(
            f"nothing is to be bought of {pool.address}: give an amount above 0",
            QuoteReason.ZERO_AMOUNT,
            limit=1,
            value=amount_out,
        )
    reserve_in, reserve_out = _sides(pool, zero_for_one)
    if reserve_in * amount_out * _LEGACY >= _WORD:
        raise _too_large(pool, amount_out)
    if amount_out >= reserve_out:
        raise QuoteError(
            f"pair {pool.address} has {reserve_out} units, {amount_out} are wanted: ask for less",
            QuoteReason.NO_LIQUIDITY,
            limit=reserve_out - 1,
            value=amount_out,
        )
    left = (reserve_out - amount_out) * (_MILLION - pool.fee)
    amount_in = reserve_in * amount_out * _MILLION // left + 1
    return _done(pool, zero_for_one, amount_in, amount_out)


def check_swap(pool: V2Pool, quote: Quote) -> None:
    """Raise QuoteError when the pair would refuse the swap though the router quotes it."""
    if quote.amount_out == 0:
        raise QuoteError(
            f"pair {pool.address} gives nothing for {quote.amount_in} units: offer more",
            QuoteReason.ZERO_OUT,
            value=quote.amount_in,
        )
    assert isinstance(quote.after, V2State)
    if max(quote.after.reserve0, quote.after.reserve1) > MAX_RESERVE:
        raise _too_large(pool, quote.amount_in)


def _sides(pool: V2Pool, zero_for_one: bool) -> tuple[int, int]:
    if zero_for_one:
        return pool.reserve0, pool.reserve1
    return pool.reserve1, pool.reserve0


def _too_large(pool: V2Pool, amount: int) -> QuoteError:
    return QuoteError(
        f"{amount} units overflow the numbers of pair {pool.address}: ask for less",
        QuoteReason.TOO_LARGE,
        limit=MAX_RESERVE,
        value=amount,
    )


def _done(pool: V2Pool, zero_for_one: bool, amount_in: int, amount_out: int) -> Quote:
    if zero_for_one:
        after = V2State(pool.reserve0 + amount_in, pool.reserve1 - amount_out)
        return Quote(pool.token0, pool.token1, amount_in, amount_in, amount_out, after)
    after = V2State(pool.reserve0 - amount_out, pool.reserve1 + amount_in)
    return Quote(pool.token1, pool.token0, amount_in, amount_in, amount_out, after)
