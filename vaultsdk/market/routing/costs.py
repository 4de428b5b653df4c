"""What a split costs, in parts that can be named.

Everything is in units of the token received, exactly: with a_i the legs' amounts, s_i the pools'
prices without fees and f_i with them, both before the sale, and m the oracle's mid,

    oracle gap    sum a_i (m - s_i)       negative where the pools think more of the token sold
    swap fee      sum a_i (s_i - f_i)
    price impact  sum a_i f_i - out       the sale's own effect, that of legs on one another too

so that the three add up to what the mid says less what comes out.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from vaultsdk.market.routing.split import Split


class Costs(NamedTuple):
    """Units of the token received. `reference` is what the mid says the sale is worth, or the
    pools' own prices where there is no mid (and then no gap). `gas` is that of the swaps after
    the first; a harvest has its own besides."""

    reference: Fraction
    swap_fee: Fraction
    price_impact: Fraction
    oracle_gap: Fraction | None
    gas: Fraction

    @property
    def total(self) -> Fraction:
        """All of them."""
        return self.swap_fee + self.price_impact + (self.oracle_gap or 0) + self.gas

    def bps(self, part: Fraction) -> Fraction:
        """A part in basis points of the reference, exactly."""
        return part * 10_000 / self.reference


def costs(split: Split, mid: Fraction | None = None) -> Costs:
    """The costs of a split; `mid` is units received per unit sold, by the oracle."""
    spot = sum((leg.amount_in * leg.spot for leg in split.legs), Fraction(0))
    after_fee = sum((leg.amount_in * leg.price_before for leg in split.legs), Fraction(0))
    worth = None if mid is None else split.amount_in * mid
    return Costs(
        reference=spot if worth is None else worth,
        swap_fee=spot - after_fee,
        price_impact=after_fee - split.amount_out,
        oracle_gap=None if worth is None else worth - spot,
        gas=Fraction(split.swap_cost * (split.swaps - 1)),
    )
