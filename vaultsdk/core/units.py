"""Token amounts and USD as exact text, and back. Never a float.

Amounts are integers in a token's smallest unit, USD in wad (1e18). `parse_*` and `format_*` are
exact inverses; `human` rounds and is for people's eyes only.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from typing import Final

from vaultsdk.core.errors import UnitsError

WAD: Final = 10**18
USD_DECIMALS: Final = 18
MAX_DECIMALS: Final = 18  # more than that the vault does not list
_NUMBER: Final = re.compile(r"(-?)(\d+)(?:\.(\d*))?|(-?)\.(\d+)")


def scale(decimals: int) -> int:
    """Smallest units in a whole token: 10**decimals. Raises UnitsError above 18."""
    _check_decimals(decimals)
    return int(10**decimals)


def parse_amount(text: str, decimals: int, what: str = "amount") -> int:
    """The integer of a decimal text like `1.5`: no rounding, no exponent, no separators but `_`.

    Raises UnitsError for anything else, for a negative amount and for more places than the token
    has. `what` names the value in the message.
    """
    value = _parse(text, decimals, what)
    if value < 0:
        raise UnitsError(f"{what} is {text}: give 0 or more", name=what, limit=0, value=text)
    return value


def parse_usd(text: str, what: str = "USD amount") -> int:
    """USD wad of a decimal text; a leading `$` is allowed. Raises UnitsError."""
    return parse_amount(text.strip().removeprefix("$"), USD_DECIMALS, what)


def format_amount(value: int, decimals: int) -> str:
    """The exact decimal text, without trailing zeros: (1500000, 6) -> '1.5'. Negative allowed."""
    _check_decimals(decimals)
    sign, digits = ("-" if value < 0 else ""), str(abs(value)).rjust(decimals + 1, "0")
    whole, part = digits[: len(digits) - decimals], digits[len(digits) - decimals :]
    part = part.rstrip("0")
    return f"{sign}{whole}.{part}" if part else f"{sign}{whole}"


def format_usd(value: int) -> str:
    """The exact decimal text of USD wad."""
    return format_amount(value, USD_DECIMALS)


def to_decimal(value: int, decimals: int) -> Decimal:
    """The amount in whole tokens as an exact Decimal."""
    return Decimal(format_amount(value, decimals))  # a Decimal of a text is never rounded


def human(value: int, decimals: int, places: int = 4) -> str:
    """For display only: rounded (half to even) to `places`, thousands separated by commas.

    A value that is not zero but would show as zero is shown as `<0.0001` (`>-0.0001`).
    """
    exact = Decimal(format_amount(value, decimals))
    step = Decimal(1).scaleb(-places)
    with localcontext() as context:
        context.prec = 100  # 128-bit amounts of 18 decimals, with room
        rounded = exact.quantize(step, rounding=ROUND_HALF_EVEN)
    if value and not rounded:
        return f"<{step:f}" if value > 0 else f">-{step:f}"
    return f"{rounded:,f}"


def human_usd(value: int, places: int = 2) -> str:
    """For display only: USD wad as `$1,234.50` or `-$1,234.50`."""
    text = human(abs(value), USD_DECIMALS, places)
    sign = "-" if value < 0 else ""
    return f"<{sign}${text[1:]}" if text.startswith("<") else f"{sign}${text}"


def _parse(text: str, decimals: int, what: str) -> int:
    _check_decimals(decimals)
    cleaned = text.strip().replace("_", "")
    match = _NUMBER.fullmatch(cleaned)
    if match is None:
        raise UnitsError(
            f"{what} {text!r} is not a decimal number: write digits with at most one point, like "
            "1.25, and no commas",
            name=what,
            value=text,
        )
    sign, whole, part = match[1] or match[4] or "", match[2] or "0", match[3] or match[5] or ""
    part = part.rstrip("0")
    if len(part) > decimals:
        raise UnitsError(
            f"{what} {text} has {len(part)} decimal places, but only {decimals} can be expressed: "
            "shorten it",
            name=what,
            limit=decimals,
            value=text,
        )
    value = int(whole) * scale(decimals) + int(part.ljust(decimals, "0") or "0")
    return -value if sign else value


def _check_decimals(decimals: int) -> None:
    if not 0 <= decimals <= MAX_DECIMALS:
        raise UnitsError(
            f"a token of {decimals} decimals is not supported: 0 to {MAX_DECIMALS}",
            name="decimals",
            limit=MAX_DECIMALS,
            value=decimals,
        )
