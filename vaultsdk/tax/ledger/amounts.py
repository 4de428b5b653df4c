"""Decimal texts of a ledger as integers: plain digits, exact, or refused."""

from __future__ import annotations

import re
from typing import Final

from vaultsdk.tax.ledger.quoted import plain, quoted

MONEY_PLACES: Final = 18
MAX_PLACES: Final = 36
MAX_WHOLE_DIGITS: Final = 78  # those of 2**256 - 1: no token counts further
_PLAIN: Final = re.compile(r"(\d+)(?:\.(\d*))?|\.(\d+)", re.ASCII)
_match = _PLAIN.fullmatch
_SCALE: Final[tuple[int, ...]] = tuple(10**places for places in range(MAX_PLACES + 1))


class PlacesError(ValueError):
    """A number with more decimal places than can be expressed."""


def integer_of(text: str, places: int) -> int:
    """The integer of 10**-places of a text like `1.25`: no sign, exponent, comma or rounding.

    Raises ValueError (PlacesError for too many places) with the cause, and what to do, as its
    message.
    """
    match = _match(text)
    if match is None:
        raise ValueError(
            f"{quoted(text)} is not a plain decimal number: write digits with at most one point, "
            "like 1.25, without sign, comma, exponent or unit"
        )
    whole, part = match[1] or "0", match[2] or match[3] or ""
    if len(whole) > MAX_WHOLE_DIGITS:
        whole = whole.lstrip("0") or "0"
        if len(whole) > MAX_WHOLE_DIGITS:
            raise ValueError(
                f"the number has {len(whole)} digits before the point, more than any token's "
                f"supply ({MAX_WHOLE_DIGITS}): correct it"
            )
    if len(part) > places:
        part = part.rstrip("0")
        if len(part) > places:
            raise PlacesError(
                f"{plain(text)} has {len(part)} decimal places, but only {places} can be "
                "expressed: shorten it"
            )
    return int(whole + part) * _SCALE[places - len(part)]
