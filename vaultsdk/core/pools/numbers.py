"""Integers in snapshots: exact in Python, decimal strings in JSON.

A JSON number passes through a float in many readers, which is exact up to 2**53 only; amounts,
prices and liquidity therefore travel as strings. Floats and booleans are refused everywhere.
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer

_DECIMAL = re.compile(r"-?[0-9]{1,80}")


def whole(value: object) -> int:
    """An integer as it is, or one written in decimal digits. Raises ValueError for others."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        return int(value)
    raise ValueError(f"{value!r} is not a whole number: give decimal digits")


Big = Annotated[int, BeforeValidator(whole), PlainSerializer(str, when_used="json")]
"""An amount, price or liquidity: a decimal string in JSON."""

Small = Annotated[int, BeforeValidator(whole)]
"""A tick, a fee, a count: a JSON number, as it is far below 2**53."""
