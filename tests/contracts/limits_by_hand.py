"""Floor, ceiling, eligibility and bucket of a harvest by the design's formulas, in fractions.

Written from section 2.5 of the design, with `Fraction` and explicit rounding, and knowing neither
the contract's code nor the SDK's, so that all three agree only if all three are right.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from tests.contracts.support import naive_band, naive_lower

BPS = 10_000


@dataclass(frozen=True)
class Terms:
    """A policy's terms that matter here, in bps."""

    min_loss: int
    max_cost: int
    max_slippage: int


def high_price(price: int, dev_base: int, dev_in: int) -> int:
    """What the price (wad) may really be at most, given how far the feeds may be off."""
    return ceil(price * (1 + Fraction(dev_base + dev_in, BPS)))


def threshold(unit_basis: int, min_loss: int) -> int:
    """The highest `high_price` at which a cohort with this unit basis may be harvested."""
    lower = naive_lower(naive_band(unit_basis))
    return floor(lower * (1 - Fraction(min_loss, BPS)))


def floor_price(price: int, high: int, unit_basis: int, terms: Terms) -> int:
    """Least net value per whole token sold (wad)."""
    lower = naive_lower(naive_band(unit_basis))
    by_slippage = ceil(price * (1 - Fraction(terms.max_slippage, BPS)))
    allowance = floor(Fraction(terms.max_cost, BPS) * (lower - high))
    return max(by_slippage, price - min(price, allowance))


def ceiling_price(price: int, unit_basis: int, terms: Terms) -> int:
    """Largest gross value per whole token sold (wad)."""
    lower = naive_lower(naive_band(unit_basis))
    return min(lower, floor(price * (1 + Fraction(terms.max_slippage, BPS))))


def least_net(floor_value: int, sold: int, price_out: int, scale_in: int, scale_out: int) -> int:
    """The smallest net amount (units received) whose value reaches the floor."""
    value = Fraction(floor_value * sold, scale_in)
    return ceil(value / Fraction(price_out, scale_out))


def most_gross(ceiling_value: int, sold: int, price_out: int, scale_in: int, scale_out: int) -> int:
    """The largest gross amount (units received) whose value stays under the ceiling."""
    value = Fraction(ceiling_value * sold, scale_in)
    return floor(value / Fraction(price_out, scale_out))


def debit(
    sold: int, net: int, rate_in: int, rate_out: int, scale_in: int, scale_out: int, devs: int
) -> int:
    """What a harvest takes from the bucket (base wad): the shortfall and what the feeds hide."""
    value_sold = ceil(Fraction(sold * rate_in, scale_in))
    value_net = floor(Fraction(net * rate_out, scale_out))
    return max(0, value_sold - value_net) + ceil(Fraction(value_sold * devs, BPS))
