"""Integers as exact decimal texts."""

from __future__ import annotations


def exact(value: int, decimals: int = 18) -> str:
    """The text of an integer of 10**-decimals, without trailing zeros: (-1500, 3) -> "-1.5".

    18 decimals are those of money. Any number of decimals will do.
    """
    sign, digits = ("-" if value < 0 else ""), str(abs(value)).rjust(decimals + 1, "0")
    whole, part = digits[: len(digits) - decimals], digits[len(digits) - decimals :].rstrip("0")
    return f"{sign}{whole}.{part}" if part else f"{sign}{whole}"
