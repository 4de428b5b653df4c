"""Prices as whole steps of a fine geometric ladder.

Every pool, path and set of paths is asked what it would take down to some marginal price. Asked at
steps of one common ladder, the answers can be kept and shared by all combinations that are tried.
A step is a factor of 2**(1/2**20), less than one part in a million. The ladder only says where to
look: what a sale brings is always quoted on the pools themselves.
"""

from __future__ import annotations

from functools import lru_cache
from math import floor, log2
from typing import Final

STEPS: Final = 1 << 20  # to a factor of two
LOWEST: Final = -300 * STEPS  # beyond the price of any two tokens; the search ends here
_BITS: Final = 44  # of a price's digits; fewer than a float has, so that all machines agree


@lru_cache(maxsize=1 << 16)
def price(step: int) -> tuple[int, int]:
    """Units out per unit in at a step, as numerator and denominator: 2**(step / STEPS)."""
    octave, rest = divmod(step, STEPS)
    digits = round(2.0 ** (rest / STEPS + _BITS))
    return (digits << octave, 1 << _BITS) if octave >= 0 else (digits, 1 << (_BITS - octave))


def step_below(numerator: int, denominator: int) -> int:
    """A step whose price is at most this one, by two steps or less."""
    return floor((log2(numerator) - log2(denominator)) * STEPS) - 1
