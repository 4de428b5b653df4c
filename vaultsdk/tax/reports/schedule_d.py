"""United States: Schedule D (Form 1040), the totals of Form 8949 and the carried losses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from vaultsdk.tax.reports.common import LINES, computed, notes_of
from vaultsdk.tax.reports.form8949 import DIGITAL_SINCE, Reported, Row, row_of, rows_by_box
from vaultsdk.tax.reports.model import Cell, Column, Number, Report, Section
from vaultsdk.tax.reports.selection import by_first, expect, first_of
from vaultsdk.tax.result import TaxResult, Year
from vaultsdk.tax.rules.netting import UsNetting
from vaultsdk.tax.rules.years import CALENDAR

_CENT: Final = 10**16  # in 1e-18 of a dollar

_PART: Final = (
    Column("line", "Line"),
    Column("what", "What"),
    Column("proceeds", "(d) Proceeds", number=True),
    Column("basis", "(e) Cost or other basis", number=True),
    Column("adjustment", "(g) Adjustments", number=True),
    Column("gain", "(h) Gain or (loss)", number=True),
)
_SHORT: Final = (("1b", "AG"), ("2", "BH"), ("3", "CI"))
_LONG: Final = (("8b", "DJ"), ("9", "EK"), ("10", "FL"))


def schedule_d(result: TaxResult, year: str, owner: str, reported: Reported = "none") -> Report:
    """Schedule D's lines that follow from Form 8949: 1b, 2, 3, 7 and 8b, 9, 10, 15 with the boxes
    of that form, the carryovers on 6 and 14, and 16 and 21.

    All sums are of the cents that Form 8949 shows, also those of earlier years, from which the
    carryovers come by the instructions' Capital Loss Carryover Worksheet: this year's lines 6 and
    14 are what last year's report gave. Source: Schedule D (Form 1040) of 2025 and its
    instructions (irs.gov); IRC §§ 1211(b), 1212(b). Line 21 has the limit of 3,000 USD: for a
    married person who files separately it is 1,500. Raises ReportError.
    """
    expect(result, "us", "Schedule D")
    boxes = rows_by_box(result, year, owner, reported)
    before = _carried(result, year, owner)
    digital = first_of(year, CALENDAR) >= DIGITAL_SINCE
    short, long = _part(_SHORT, boxes, digital), _part(_LONG, boxes, digital)
    in_short, in_long = before
    net_short, net_long = _gains(boxes, _SHORT) - in_short, _gains(boxes, _LONG) - in_long
    after = _netted(first_of(year, CALENDAR), owner, boxes, before)
    net = net_short + net_long
    summary: list[tuple[Cell, ...]] = [("16", "Lines 7 and 15 together", _cents(net))]
    if net < 0:
        summary.append(
            ("21", "Loss that other income may be reduced by", _cents(-after.allowed // _CENT))
        )
    summary += [
        ("", "Short-term loss carried to the next year", _cents(_line(after, "carried_short"))),
        ("", "Long-term loss carried to the next year", _cents(_line(after, "carried_long"))),
    ]
    return Report(
        key="schedule-d",
        title=f"Schedule D (Form 1040), Capital Gains and Losses, {year}",
        owner=owner,
        year=year,
        currency=result.currency,
        sections=(
            Section.of(
                "short-term",
                "Part I, short-term",
                _PART,
                [
                    *short,
                    ("6", "Short-term capital loss carryover", None, None, None, _cents(-in_short)),
                    ("7", "Net short-term gain or (loss)", None, None, None, _cents(net_short)),
                ],
            ),
            Section.of(
                "long-term",
                "Part II, long-term",
                _PART,
                [
                    *long,
                    ("14", "Long-term capital loss carryover", None, None, None, _cents(-in_long)),
                    ("15", "Net long-term gain or (loss)", None, None, None, _cents(net_long)),
                ],
            ),
            Section.of("summary", "Part III, summary", LINES, summary),
            *computed(result, year, owner),
        ),
        notes=notes_of(
            result,
            "Only what is in this ledger: add other sales, and losses carried from before it.",
            "Line 21 assumes the limit of 3,000 USD; it is 1,500 for a married person who files "
            "separately. Lines 17 to 20 (rates) are not part of this report.",
        ),
        source="IRS Schedule D (Form 1040), lines as of tax year 2025",
    )


def _cents(value: int) -> Number:
    return Number(value, 2, 2)


def _part(
    lines: Sequence[tuple[str, str]], boxes: dict[str, list[Row]], digital: bool
) -> list[tuple[Cell, ...]]:
    """A line for each of the form's boxes; empty where there was nothing."""
    found: list[tuple[Cell, ...]] = []
    for line, letters in lines:
        named = letters if digital else letters[:1]
        what = f"Form 8949 with {' or '.join(f'box {letter}' for letter in named)} checked"
        rows = [row for letter in letters for row in boxes.get(letter, [])]
        sums: tuple[Cell, ...] = (None, None, None, None)
        if rows:
            sums = (
                _cents(sum(row.proceeds for row in rows)),
                _cents(sum(row.basis for row in rows)),
                _cents(sum(row.adjustment for row in rows)),
                _cents(sum(row.gain for row in rows)),
            )
        found.append((line, what, *sums))
    return found


def _gains(boxes: dict[str, list[Row]], lines: Sequence[tuple[str, str]]) -> int:
    return sum(
        row.gain for _, letters in lines for letter in letters for row in boxes.get(letter, [])
    )


def _netted(first: int, owner: str, boxes: dict[str, list[Row]], before: tuple[int, int]) -> Year:
    """The year netted in cents; `before` is what is carried in, in cents."""
    short, long = _gains(boxes, _SHORT), _gains(boxes, _LONG)
    carried = -before[0] * _CENT, -before[1] * _CENT
    return UsNetting().year(first, owner, short * _CENT, long * _CENT, carried)


def _line(year: Year, name: str) -> int:
    return year.lines[name] // _CENT


def _carried(result: TaxResult, year: str, owner: str) -> tuple[int, int]:
    """Short-term and long-term losses carried into a year, in cents: every year before it, by the
    same rounded rows."""
    known = by_first(result, owner, CALENDAR)
    carried = 0, 0
    last = first_of(year, CALENDAR)
    for first in range(min(known, default=last), last):
        boxes: dict[str, list[Row]] = {"I": [], "L": []}
        for disposal in known.get(first, []):
            boxes["L" if disposal.term == "long" else "I"].append(row_of(disposal))
        after = _netted(first, owner, boxes, carried)
        carried = _line(after, "carried_short"), _line(after, "carried_long")
    return carried
