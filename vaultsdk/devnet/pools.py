"""Where a new pool's price and positions lie. Prices are exact fractions of smallest units."""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction
from math import isqrt

from vaultsdk.devnet.params import Range

Q96 = 1 << 96
TICK_SPACING = {100: 1, 500: 10, 3000: 60, 10000: 200}  # Uniswap V3 factory; 100 is added later
_MAX_TICK = 887_272  # TickMath.MAX_TICK


def price_ratio(usd0: int, decimals0: int, usd1: int, decimals1: int) -> Fraction:
    """Units of token1 per unit of token0, from their USD prices (wad per whole token)."""
    return Fraction(usd0 * 10**decimals1, usd1 * 10**decimals0)


def sqrt_price_x96(ratio: Fraction) -> int:
    """sqrt(ratio) * 2**96, rounded down, as Uniswap V3 writes a price."""
    return isqrt((ratio.numerator << 192) // ratio.denominator)


def tick_near(ratio: Fraction, spacing: int) -> int:
    """The usable tick nearest to a price."""
    with localcontext() as context:
        context.prec = 40
        price = Decimal(ratio.numerator) / Decimal(ratio.denominator)
        exact = price.ln() / Decimal("1.0001").ln()
        return int((exact / spacing).to_integral_value()) * spacing


def tick_range(ratio: Fraction, place: Range, fee: int, inverted: bool) -> tuple[int, int]:
    """Lower and upper tick of a position around the price `ratio`.

    `inverted`: the pool's own price is one over the one that the range is written for.
    """
    spacing = TICK_SPACING[fee]
    if place.low is None or place.high is None:
        return -(_MAX_TICK // spacing) * spacing, _MAX_TICK // spacing * spacing
    low, high = Fraction(place.low), Fraction(place.high)
    if inverted:
        low, high = 1 / high, 1 / low
    return tick_near(ratio * low, spacing), tick_near(ratio * high, spacing)


def position_amounts(
    reserve0: int, reserve1: int, ratio: Fraction, ticks: tuple[int, int]
) -> tuple[int, int]:
    """Units of both tokens that give a position these virtual reserves at the price `ratio`.

    Whitepaper of Uniswap V3, 6.29 and 6.30: x (1 - sqrt(P / Pb)) and y (1 - sqrt(Pa / P)).
    """
    with localcontext() as context:
        context.prec = 60
        price = Decimal(ratio.numerator) / Decimal(ratio.denominator)
        lower, upper = (Decimal("1.0001") ** tick for tick in ticks)
        amount0 = reserve0 * (1 - (price / upper).sqrt())
        amount1 = reserve1 * (1 - (lower / price).sqrt())
        # One unit more, since the manager rounds the liquidity down to what both amounts buy.
        return int(amount0) + 1, int(amount1) + 1
