"""Uniswap V3's ticks: the price at a tick is 1.0001**tick, kept as its root times 2**96.

The white paper (6.1) gives the price; the pool computes the root by multiplying fixed-point
constants, one for each bit of the tick, and cutting off after every step. A tick's root is thus a
little below the true one, and what counts is the pool's number to the bit, so the same products are
formed here. The constants are the negative powers of the root of 1.0001, rounded to 128 bits; they
are worked out below instead of being written down.
"""

from __future__ import annotations

from functools import lru_cache
from math import isqrt, log
from typing import Final

from vaultsdk.core.pools.errors import PoolError

MIN_TICK: Final = -887_272
MAX_TICK: Final = 887_272
Q96: Final = 1 << 96
WORD: Final = 256  # ticks (counted in spacings) in a word of the pool's bitmap

_ONE: Final = 1 << 128
_BITS: Final = MAX_TICK.bit_length()
_LOG_STEP: Final = log(1.0001) / 2


def _factors() -> tuple[int, ...]:
    """round(2**128 * 1.0001**(-2**i / 2)) for every bit i of a tick."""
    guard = 512  # bits carried beyond the 128: twenty squarings lose about twenty of them
    power = isqrt((10_000 << 2 * (128 + guard)) // 10_001)
    found = []
    for _ in range(_BITS):
        found.append((power + (1 << (guard - 1))) >> guard)
        power = (power * power) >> (128 + guard)
    return tuple(found)


_FACTORS: Final = _factors()


@lru_cache(maxsize=1 << 16)
def sqrt_price_at(tick: int) -> int:
    """Root of the price at a tick times 2**96, as the pool computes it. Raises PoolError."""
    if not MIN_TICK <= tick <= MAX_TICK:
        raise PoolError(
            f"tick {tick} is outside [{MIN_TICK}, {MAX_TICK}]: no V3 pool has it",
            name="tick",
            limit=MAX_TICK,
            value=tick,
        )
    ratio, rest, place = _ONE, abs(tick), 0
    while rest:
        if rest & 1:
            ratio = (ratio * _FACTORS[place]) >> 128
        rest >>= 1
        place += 1
    if tick > 0:
        ratio = ((1 << 256) - 1) // ratio
    # From 128 to 96 bits after the point, rounded up, so that `tick_at` leads back to the tick.
    return -(-ratio >> 32)


MIN_SQRT_PRICE: Final = sqrt_price_at(MIN_TICK)
MAX_SQRT_PRICE: Final = sqrt_price_at(MAX_TICK)


def tick_at(sqrt_price_x96: int) -> int:
    """The greatest tick whose price is at most this one. Raises PoolError outside the range that
    a pool's price can have."""
    if not MIN_SQRT_PRICE <= sqrt_price_x96 < MAX_SQRT_PRICE:
        raise PoolError(
            f"the root price {sqrt_price_x96} is outside [{MIN_SQRT_PRICE}, {MAX_SQRT_PRICE}): no "
            "V3 pool has it",
            name="sqrt_price_x96",
            limit=MAX_SQRT_PRICE,
            value=sqrt_price_x96,
        )
    # The logarithm is only where to look first; the comparisons decide.
    tick = max(MIN_TICK, min(MAX_TICK - 1, int(log(sqrt_price_x96 / Q96) // _LOG_STEP)))
    while sqrt_price_at(tick) > sqrt_price_x96:
        tick -= 1
    while sqrt_price_at(tick + 1) <= sqrt_price_x96:
        tick += 1
    return tick


def word_of(tick: int, spacing: int) -> int:
    """The word of the pool's bitmap that a tick, or the usable tick below it, lies in."""
    return tick // spacing // WORD


def all_words(spacing: int) -> tuple[int, int]:
    """The first and last word that a tick of this spacing can lie in."""
    return word_of(MIN_TICK, spacing), word_of(MAX_TICK, spacing)
