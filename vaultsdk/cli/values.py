"""Values as people write them on the command line: dates, percentages, lots with amounts.

Parsers that need the chain (a token's decimals) take the text later; what is plainly wrong is a
usage error (exit code 2).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple

import click

_BPS: Final = 10_000


class LotPart(NamedTuple):
    """A lot and the text of an amount; None is all of it."""

    lot: int
    amount: str | None = None


class LotPartType(click.ParamType):
    """`3` (all of lot 3) or `3:1.5` (1.5 tokens of it)."""

    name = "lot[:amount]"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> LotPart:
        """Parse, or fail with a usage error."""
        if isinstance(value, LotPart):
            return value
        match = re.fullmatch(r"(\d+)(?::(\S+))?", str(value).strip())
        if match is None:
            self.fail(f"{value!r}: write 3 for all of lot 3, or 3:1.5 for a part", param, ctx)
        return LotPart(int(match[1]), match[2])


class BpsType(click.ParamType):
    """A share as `5%`, or in basis points as `500`; an int of basis points."""

    name = "percent"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Parse, or fail with a usage error."""
        if isinstance(value, int):
            return value
        text = str(value).strip()
        try:
            number = Decimal(text.removesuffix("%").strip())
        except InvalidOperation:
            self.fail(f"{value!r} is no share: write 5% or, in basis points, 500", param, ctx)
        if text.endswith("%"):
            number *= 100
        if not number.is_finite() or number != int(number) or number < 0:
            self.fail(f"{value!r}: the finest share is 0.01% (1 basis point)", param, ctx)
        return int(number)


class DateType(click.ParamType):
    """An ISO date or time (UTC unless it says otherwise), or seconds since 1970."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Parse, or fail with a usage error."""
        text = str(value).strip()
        if text.isdigit() and len(text) > 8:
            return int(text)
        try:
            time = datetime.fromisoformat(text)
        except ValueError:
            self.fail(f"{value!r} is no date: write 2021-11-30 or 2021-11-30T12:00", param, ctx)
        if time.tzinfo is None:
            time = time.replace(tzinfo=UTC)
        return int(time.timestamp())


LOT_PART: Final = LotPartType()
BPS: Final = BpsType()
DATE: Final = DateType()


def less(amount: int, bps: int) -> int:
    """An amount less a share of it, rounded down."""
    return amount * (_BPS - min(bps, _BPS)) // _BPS


def day_text(timestamp: int) -> str:
    """`2021-11-30` (UTC)."""
    return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%d")


def time_text(timestamp: int) -> str:
    """`2021-11-30 12:00:00` (UTC)."""
    return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%d %H:%M:%S")


def age_text(seconds: int) -> str:
    """An age in the unit that says most: `45 s`, `12 min`, `5 h`, `3 d`."""
    for size, name in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size} {name}"
    return f"{seconds} s"
