"""The one model of all reports: sections of columns and rows, in numbers that are final.

A report is rounded when it is built, and what prints it only prints: `shown` is the one place that
turns a cell into text, so the screen, the CSV, the JSON, the page and the PDF cannot differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Number(NamedTuple):
    """`value` times 10**-places, exactly; shown with at least `least` decimals."""

    value: int
    places: int = 0
    least: int = 0


Cell = str | Number | None
"""Text, a number, or nothing (an empty field of a form)."""


class Column(NamedTuple):
    """A column. `key` names it for programs, `title` for people. `total`: its numbers, all of the
    same places, are summed below it."""

    key: str
    title: str
    number: bool = False
    total: bool = False


@dataclass(frozen=True)
class Section:
    """A table of a report. `totals` is the sum of what the rows show, or None."""

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    totals: tuple[Cell, ...] | None = None
    notes: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        key: str,
        title: str,
        columns: Sequence[Column],
        rows: Iterable[Sequence[Cell]],
        notes: Iterable[str] = (),
        label: str = "Total",
    ) -> Section:
        """A section, with totals where columns have them and there is a row; `label` names them.
        Raises ValueError for rows that do not fit the columns."""
        fixed = tuple(tuple(row) for row in rows)
        if any(len(row) != len(columns) for row in fixed):
            raise ValueError(f"section {key}: a row does not have {len(columns)} cells")
        totals: tuple[Cell, ...] | None = None
        if fixed and any(column.total for column in columns):
            labelled = next((at for at, one in enumerate(columns) if not one.number), None)
            totals = tuple(
                _sum([row[at] for row in fixed])
                if column.total
                else (label if at == labelled else None)
                for at, column in enumerate(columns)
            )
        return cls(key, title, tuple(columns), fixed, totals, tuple(notes))


@dataclass(frozen=True)
class Report:
    """A form, or a list of the program's own. `key` names it for programs and files; `source` says
    which form, of which year, and what it was read from."""

    key: str
    title: str
    owner: str
    year: str
    currency: str
    sections: tuple[Section, ...]
    notes: tuple[str, ...]
    source: str


def shown(cell: Cell) -> str:
    """A cell's text: numbers in plain decimals, without thousands separators."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    sign, digits = ("-" if cell.value < 0 else ""), str(abs(cell.value)).rjust(cell.places + 1, "0")
    whole, part = digits[: len(digits) - cell.places], digits[len(digits) - cell.places :]
    part = part.rstrip("0").ljust(cell.least, "0")
    return f"{sign}{whole}.{part}" if part else f"{sign}{whole}"


def _sum(cells: Sequence[Cell]) -> Cell:
    numbers = [cell for cell in cells if isinstance(cell, Number)]
    if not numbers:
        return None
    _, places, least = numbers[0]
    if any(number.places != places for number in numbers):
        raise ValueError("a column that is summed mixes numbers of different places")
    return Number(sum(number.value for number in numbers), places, least)
