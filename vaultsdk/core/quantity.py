"""Quantities with their units as people write them in files: "1.5 WETH", "25 h", "0.5 %".

Exact or refused: nothing is ever rounded. All raise UnitsError with a line that shows the form.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Final

from vaultsdk.core.errors import UnitsError
from vaultsdk.core.units import USD_DECIMALS, parse_amount

_FORM: Final = re.compile(r"\s*([0-9][0-9_]*(?:\.[0-9]+)?)\s*(\S+)\s*")
_SECONDS: Final = {
    **dict.fromkeys(("s", "second", "seconds"), 1),
    **dict.fromkeys(("min", "minute", "minutes"), 60),
    **dict.fromkeys(("h", "hour", "hours"), 3_600),
    **dict.fromkeys(("d", "day", "days"), 86_400),
}
_BPS: Final = {"%": 100, "bps": 1}
DAY_S: Final = 86_400


def split_quantity(text: object, what: str, example: str) -> tuple[str, str]:
    """Number and unit of a text like "25 h"; `what` and `example` go into the error."""
    match = _FORM.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise UnitsError(
            f"{what} is {text!r}: write a number and its unit in quotes, like {example!r}",
            name=what,
            value=text,
        )
    return match[1].replace("_", ""), match[2]


def parse_duration(text: object, what: str = "duration") -> int:
    """Seconds of a text like "90 min", "25 h" or "2 days"."""
    return _scaled(text, what, _SECONDS, "25 h")


def parse_days(text: object, what: str = "duration") -> int:
    """Whole days of a duration."""
    seconds = parse_duration(text, what)
    if seconds % DAY_S:
        raise UnitsError(f"{what} is {text}: give whole days, like '31 days'", name=what)
    return seconds // DAY_S


def parse_share(text: object, what: str = "share") -> int:
    """Basis points of a text like "0.5 %" or "50 bps"."""
    return _scaled(text, what, _BPS, "0.5 %")


def parse_token_amount(text: object, symbol: str, decimals: int, what: str = "amount") -> int:
    """Smallest units of a text like "1.5 WETH", whose unit must be `symbol`."""
    number, unit = split_quantity(text, what, f"1.5 {symbol}")
    if unit != symbol:
        raise UnitsError(
            f"{what} is {text!r}: its unit must be {symbol}", name=what, limit=symbol, value=text
        )
    return parse_amount(number, decimals, what)


def parse_wad(text: object, what: str = "number") -> int:
    """Wad of a plain decimal text like "0.95"."""
    if not isinstance(text, str):
        raise UnitsError(f"{what} is {text!r}: write it in quotes, like '0.95'", name=what)
    return parse_amount(text, USD_DECIMALS, what)


def _scaled(text: object, what: str, units: dict[str, int], example: str) -> int:
    number, unit = split_quantity(text, what, example)
    if unit not in units:
        raise UnitsError(
            f"{what} is {text!r}: its unit can be {', '.join(units)}, like {example!r}",
            name=what,
            value=text,
        )
    try:
        # Decimal's own product would round beyond 28 digits; a ratio of integers never does.
        top, bottom = Decimal(number).as_integer_ratio()
    except InvalidOperation:  # pragma: no cover - the form above lets nothing else through
        raise UnitsError(f"{what} is {text!r}: not a number", name=what) from None
    value, rest = divmod(top * units[unit], bottom)
    if rest:
        raise UnitsError(
            f"{what} is {text!r}: give a whole number of {'seconds' if 's' in units else 'bps'}",
            name=what,
            value=text,
        )
    return value
