"""A price series: parsed, checked, and filled in day by day. Pure; files are read elsewhere.

Prices are Decimals in USD per whole unit, times are UTC. A row is refused with its line number and
what is wrong with it, never skipped: a hole that nobody sees would move every later decision.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation, localcontext
from typing import Final, NamedTuple, Self

from pydantic import model_validator

from vaultsdk.core.errors import LotvaultError
from vaultsdk.core.model import Frozen

TIME_HEADERS: Final = ("date", "time")
_DAY: Final = timedelta(days=1)
# Chainlink's USD feeds have eight decimals; a price between two given ones needs no more.
_STEP: Final = Decimal("1e-8")


class SeriesError(LotvaultError):
    """A price series that cannot be used; the message names the line and what is wrong."""


class PricePoint(NamedTuple):
    """One price (USD) at one time (UTC)."""

    time: datetime
    price: Decimal


class PriceSeries(Frozen):
    """Prices in time order, at least one, all above zero, no two at the same time."""

    name: str
    points: tuple[PricePoint, ...]

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if not self.points:
            raise SeriesError(f"price series {self.name} is empty: give at least one row")
        return self

    @property
    def first(self) -> PricePoint:
        """The earliest price."""
        return self.points[0]

    @property
    def last(self) -> PricePoint:
        """The latest price."""
        return self.points[-1]

    def between(self, start: datetime | None, end: datetime | None) -> PriceSeries:
        """The points from `start` to `end`, both included. Raises SeriesError when none is left."""
        kept = tuple(
            point
            for point in self.points
            if (start is None or point.time >= start) and (end is None or point.time <= end)
        )
        if not kept:
            raise SeriesError(
                f"price series {self.name} has nothing in that span: "
                f"it runs from {self.first.time:%Y-%m-%d} to {self.last.time:%Y-%m-%d}"
            )
        return PriceSeries(name=self.name, points=kept)

    def shifted(self, first: datetime) -> PriceSeries:
        """The same prices with the first one at `first`."""
        by = first - self.first.time
        moved = tuple(PricePoint(point.time + by, point.price) for point in self.points)
        return PriceSeries(name=self.name, points=moved)

    def daily(self) -> PriceSeries:
        """The series with a price for every day between two given ones.

        Geometric: between two closes the price grows by the same factor every day, rounded half
        even to eight decimals. The given points are kept as they are, and nothing is added within
        a day or after the last point.
        """
        filled: list[PricePoint] = []
        with localcontext() as context:
            context.prec = 40
            for here, after in zip(self.points, self.points[1:], strict=False):
                filled.append(here)
                span = Decimal((after.time - here.time).total_seconds())
                growth = (after.price / here.price).ln()
                time = here.time + _DAY
                while time < after.time:
                    share = Decimal((time - here.time).total_seconds()) / span
                    price = here.price * (growth * share).exp()
                    # A step may round a price of dust to nothing, and nothing is no price.
                    filled.append(PricePoint(time, max(price.quantize(_STEP), _STEP)))
                    time += _DAY
        filled.append(self.last)
        return PriceSeries(name=self.name, points=tuple(filled))


def parse_csv(text: str, source: str, column: str | None = None) -> PriceSeries:
    """The series in a CSV text with a header: `date` or `time`, then `close` or a column per asset.

    `source` names the file in errors. Raises SeriesError.
    """
    rows = csv.reader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    try:
        # The reader's own count, since a quoted field may hold line breaks.
        lines = [(rows.line_num, row) for row in rows if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise SeriesError(f"{source} line {rows.line_num}: not CSV ({error}): correct it") from None
    if not lines:
        raise SeriesError(f"{source} is empty: give a header (date,close) and one row per day")
    return parse_rows(lines[0][1], lines[1:], source, column)


def parse_rows(
    header: Sequence[str],
    rows: Iterable[tuple[int, Sequence[str]]],
    source: str,
    column: str | None = None,
) -> PriceSeries:
    """The series in rows of text with their line numbers. Raises SeriesError."""
    names = [name.strip() for name in header]
    if names[0].lower() not in TIME_HEADERS:
        raise SeriesError(
            f"{source}: the first column is {names[0]!r} but must be `date` or `time`: "
            "begin the file with a header such as date,close"
        )
    at = _column(names, source, column)
    points: list[PricePoint] = []
    hole: int | None = None
    for line, row in rows:
        where = f"{source} line {line}"
        if len(row) != len(names):
            raise SeriesError(f"{where}: {len(row)} fields where the header has {len(names)}")
        time = _time(row[0].strip(), where)
        cell = row[at].strip()
        if not cell and len(names) > 2:
            # Beside other assets an asset may start later or end earlier, but not pause.
            hole = hole if hole is not None or not points else line
            continue
        if hole is not None:
            raise SeriesError(f"{source} line {hole}: no {names[at]} price between two others")
        point = PricePoint(time, _price(cell, where))
        _check_order(points, point, where)
        points.append(point)
    if not points:
        raise SeriesError(f"{source} has no {names[at]} price: give at least one row")
    return PriceSeries(name=f"{source}:{names[at]}", points=tuple(points))


def _column(names: list[str], source: str, wanted: str | None) -> int:
    """Where the prices are: the column asked for, else `close`, else the only one there is."""
    lower = [name.lower() for name in names]
    others = ", ".join(names[1:]) or "none"
    if wanted is not None:
        if wanted.lower() not in lower[1:]:
            raise SeriesError(f"{source} has no column {wanted!r}: choose one of {others}")
        return lower.index(wanted.lower(), 1)
    if "close" in lower[1:]:
        return lower.index("close", 1)
    if len(names) == 2:
        return 1
    raise SeriesError(f"{source} has no column `close`: choose one with --column: {others}")


def _time(text: str, where: str) -> datetime:
    """A time in UTC; a bare date is its midnight."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise SeriesError(
            f"{where}: {text!r} is not a date: write it as 2021-11-30 or 2021-11-30T00:00:00Z"
        ) from None
    if time.tzinfo is None:
        return time.replace(tzinfo=UTC)
    if time.utcoffset() != timedelta(0):
        raise SeriesError(f"{where}: {text!r} is not in UTC: convert it")
    return time.astimezone(UTC)


def _price(text: str, where: str) -> Decimal:
    try:
        price = Decimal(text)
    except InvalidOperation:
        raise SeriesError(f"{where}: {text!r} is not a price: write it as 1234.5") from None
    if not price.is_finite() or price <= 0:
        raise SeriesError(f"{where}: the price is {text}, but must be above 0")
    return price


def _check_order(points: list[PricePoint], point: PricePoint, where: str) -> None:
    if not points or points[-1].time < point.time:
        return
    if points[-1].time == point.time:
        raise SeriesError(f"{where}: {point.time.isoformat()} comes twice: keep one of them")
    raise SeriesError(f"{where}: {point.time.isoformat()} comes after a later time: sort the file")
