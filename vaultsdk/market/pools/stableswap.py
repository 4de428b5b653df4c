"""Curve's StableSwap, with the integer iterations that the pools themselves run.

The invariant (StableSwap white paper) for n balances x_i, brought to 18 decimals by their rates:

    A n**n S + D = A n**n D + D**(n+1) / (n**n prod x_i),     S = sum x_i

Pools store A n**(n-1) and call it A, so `ann` below is that times n. D is found by Newton's method
from S, the balance that keeps D after a trade by another; both stop when two results differ by at
most 1. What a pool pays depends on how these divide, and the generations of the code differ:

- classic (3pool and its like): D**(n+1)/(n**n prod x) is divided by x_i n one coin at a time; the
  quote takes the fee after the conversion to the coin's own decimals, the exchange before it;
- steth (the ETH/stETH pool and its siblings): by x_i n + 1 at a time; A in hundredths; no rates;
- base (pools of the base template): by x_i n one at a time; A in hundredths;
- plain (the factory's plain pools): by x_i one at a time, then by n**n once; A in hundredths;
- ng (stableswap-ng): as plain, and the fee may grow as the balances leave the peg.

No Curve byte code is at hand for the tests. They hold every answer against the invariant itself in
exact fractions (within a few units), and classic and base pools against what two real pools said on
mainnet (equal to the unit); the roundings of steth, plain and ng are as documented, not proven.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from vaultsdk.core.pools.stable import FEE_SCALE, RATE_SCALE, StablePool
from vaultsdk.market.pools.errors import QuoteError, QuoteReason
from vaultsdk.market.pools.quotes import Quote, StableState

_ROUNDS: Final = 255  # iterations after which a pool gives up
_WORD: Final = 1 << 256


def quote_in(pool: StablePool, place_in: int, place_out: int, amount_in: int) -> Quote:
    """What get_dy says for an exact input, with the balances after the exchange. QuoteError."""
    if amount_in <= 0:
        raise QuoteError(
            f"nothing is to be sold to {pool.address}: give an amount above 0",
            QuoteReason.ZERO_AMOUNT,
            limit=1,
            value=amount_in,
        )
    balances = scaled(pool)
    rate_in, rate_out = pool.rates[place_in], pool.rates[place_out]
    new_in = balances[place_in] + amount_in * rate_in // RATE_SCALE
    if new_in.bit_length() > 128:
        raise QuoteError(
            f"{amount_in} units overflow the numbers of pool {pool.address}: offer less",
            QuoteReason.TOO_LARGE,
            limit=1 << 128,
            value=amount_in,
        )
    new_out = balance_for(pool, place_in, place_out, new_in, balances)
    # One less than the solution, in the pool's favour.
    gross = balances[place_out] - new_out - 1
    if gross < 0:
        raise QuoteError(
            f"pool {pool.address} gives nothing for {amount_in} units: offer more",
            QuoteReason.ZERO_OUT,
            value=amount_in,
        )
    fee = gross * _fee(pool, balances, place_in, place_out, new_in, new_out) // FEE_SCALE
    paid = (gross - fee) * RATE_SCALE // rate_out
    if pool.maths == "classic":
        own = gross * RATE_SCALE // rate_out
        quoted = own - own * pool.fee // FEE_SCALE
    else:
        quoted = paid
    admin = (fee * pool.admin_fee // FEE_SCALE) * RATE_SCALE // rate_out
    after = list(pool.balances)
    after[place_in] += amount_in
    after[place_out] -= paid + admin
    return Quote(
        pool.coins[place_in],
        pool.coins[place_out],
        amount_in,
        amount_in,
        quoted,
        StableState(tuple(after)),
    )


def scaled(pool: StablePool) -> tuple[int, ...]:
    """The balances with 18 decimals and at the peg, rounded down."""
    return tuple(
        balance * rate // RATE_SCALE
        for balance, rate in zip(pool.balances, pool.rates, strict=True)
    )


def invariant(pool: StablePool, balances: tuple[int, ...]) -> int:
    """D of scaled balances, by the pool's own iteration. Raises QuoteError if it does not end."""
    count, total = len(balances), sum(balances)
    ann, precision = pool.amplification * count, pool.a_precision
    if min(balances) <= 0:
        raise _no_end(pool)
    found = total
    for _ in range(_ROUNDS):
        product = _over_product(pool, found, balances)
        before = found
        found = (
            (ann * total // precision + product * count)
            * found
            // ((ann - precision) * found // precision + (count + 1) * product)
        )
        if abs(found - before) <= 1:
            return found
    return _unsettled(pool, found)


def balance_for(
    pool: StablePool, place_in: int, place_out: int, new_in: int, balances: tuple[int, ...]
) -> int:
    """The scaled balance of the coin that goes out once the other has become `new_in`.

    With D and all other balances given the invariant is a square in it: y**2 + (b - D) y = c.
    """
    count = len(balances)
    ann, precision = pool.amplification * count, pool.a_precision
    d = invariant(pool, balances)
    c, others = d, 0
    for place, balance in enumerate(balances):
        if place == place_out:
            continue
        x = new_in if place == place_in else balance
        others += x
        c = c * d // (x * count)
    c = c * d * precision // (ann * count)
    b = others + d * precision // ann
    y = d
    for _ in range(_ROUNDS):
        before = y
        y = (y * y + c) // (2 * y + b - d)
        if abs(y - before) <= 1:
            return y
    return _unsettled(pool, y)


def marginal(pool: StablePool, place_in: int, place_out: int, with_fee: bool) -> Fraction:
    """Units out for the next unit in: the invariant's slope at the pool's D.

    Along it, dy/dx = (ann + P / x) / (ann + P / y) with P = D**(n+1) / (n**n prod x_i).
    """
    balances = scaled(pool)
    count = len(balances)
    if min(balances) <= 0:
        raise _no_end(pool)
    ann = Fraction(pool.amplification * count, pool.a_precision)
    d = invariant(pool, balances)
    spread = Fraction(d)
    for balance in balances:
        spread *= Fraction(d, balance * count)
    x, y = balances[place_in], balances[place_out]
    rate = (ann + spread / x) / (ann + spread / y)
    rate *= Fraction(pool.rates[place_in], pool.rates[place_out])
    if not with_fee:
        return rate
    return rate * (1 - Fraction(_fee(pool, balances, place_in, place_out, x, y), FEE_SCALE))


def _over_product(pool: StablePool, d: int, balances: tuple[int, ...]) -> int:
    """D**(n+1) / (n**n prod x_i), divided in the order of the pool's generation."""
    count, product = len(balances), d
    if pool.maths in ("classic", "base"):
        for balance in balances:
            product = product * d // (balance * count)
    elif pool.maths == "steth":
        for balance in balances:
            # The one keeps an empty pool from dividing by zero; it costs a trace of precision.
            product = product * d // (balance * count + 1)
    else:
        for balance in balances:
            product = product * d // balance
        product //= count**count
    if product * d >= _WORD:
        raise _no_end(pool)
    return product


def _fee(
    pool: StablePool,
    balances: tuple[int, ...],
    place_in: int,
    place_out: int,
    new_in: int,
    new_out: int,
) -> int:
    """The fee in parts of 1e10. In ng pools it grows from `fee` at the peg towards `fee` times the
    multiplier, by the average of the two balances before and after."""
    multiplier = pool.offpeg_fee_multiplier
    if multiplier <= FEE_SCALE:
        return pool.fee
    x = (balances[place_in] + new_in) // 2
    y = (balances[place_out] + new_out) // 2
    squared = (x + y) ** 2
    weight = (multiplier - FEE_SCALE) * 4 * x * y // squared + FEE_SCALE
    return multiplier * pool.fee // weight


def _unsettled(pool: StablePool, last: int) -> int:
    """What a pool makes of an iteration that swings between values: the first ones took the last,
    the later ones revert. Small balances far apart can bring it about."""
    if pool.maths == "classic":
        return last
    raise _no_end(pool)


def _no_end(pool: StablePool) -> QuoteError:
    return QuoteError(
        f"the iteration of pool {pool.address} does not end at these balances: use another pool",
        QuoteReason.NO_CONVERGENCE,
    )
