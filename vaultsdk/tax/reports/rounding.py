"""Rounding, which happens in reports only, and once: from 1e-18 of the currency to what is shown.

Each function takes an integer of 1e-18 and gives an integer of 10**-places.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from vaultsdk.tax.reports.model import Number

Rounding = Callable[[int, int], int]
_WAD_PLACES: Final = 18


def half_up(value: int, places: int) -> int:
    """To the nearest; a half goes away from zero, so that a loss is rounded as a gain of its
    size."""
    unit: int = 10 ** (_WAD_PLACES - places)
    whole = (2 * abs(value) + unit) // (2 * unit)
    return -whole if value < 0 else whole


def down(value: int, places: int) -> int:
    """Never more than the value."""
    unit: int = 10 ** (_WAD_PLACES - places)
    return value // unit


def up(value: int, places: int) -> int:
    """Never less than the value."""
    return -down(-value, places)


def cents(value: int) -> Number:
    """Money to the nearest hundredth, shown with two decimals."""
    return Number(half_up(value, 2), 2, 2)
