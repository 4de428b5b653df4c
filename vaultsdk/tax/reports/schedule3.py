"""Canada: Schedule 3, Capital Gains or Losses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from vaultsdk.tax.ledger.event import ordinal
from vaultsdk.tax.reports.common import LINES, computed, notes_of, quantity
from vaultsdk.tax.reports.model import Cell, Column, Number, Report, Section
from vaultsdk.tax.reports.rounding import half_up
from vaultsdk.tax.reports.selection import expect, first_of, of_calendar_year
from vaultsdk.tax.result import Disposal, TaxResult
from vaultsdk.tax.rules.years import CALENDAR

_KIND: Final = "Bonds, debentures, promissory notes, crypto-assets, and other similar properties"

_NUMBERED: Final = range(2019, 2024)
"""Tax years whose forms have lines 15199 (proceeds), 15300 (gain), 19700 and 19900."""

_SECOND_PERIOD: Final = ordinal("2024-06-25")
"""The form of 2024 asks for two periods; this day begins the second one."""

_COLUMNS: Final = (
    Column("number", "Number", number=True),
    Column("name", "Name"),
    Column("year", "(1) Year of acquisition"),
    Column("proceeds", "(2) Proceeds of disposition", number=True, total=True),
    Column("acb", "(3) Adjusted cost base", number=True, total=True),
    Column("outlays", "(4) Outlays and expenses", number=True, total=True),
    Column("denied", "Superficial loss denied", number=True, total=True),
    Column("gain", "(5) Gain (or loss)", number=True, total=True),
)


def schedule3(result: TaxResult, year: str, owner: str) -> Report:
    """Schedule 3 of a tax year: a row for each disposition, to the cent, halves up.

    Column (5) is (2) less (3) and (4) of the rounded figures; what is denied of a superficial loss
    (Income Tax Act ss. 40(2)(g)(i), 54) is shown beside it and is already added back in it. Source:
    the form, section for crypto-assets (canada.ca, Completing Schedule 3), with line numbers for
    2019 to 2023; the form of 2024 has two periods. Half of the net gain is taxable (s. 38(a)).
    Raises ReportError.
    """
    expect(result, "ca", "Schedule 3")
    first = first_of(year, CALENDAR)
    disposals = of_calendar_year(result, year, owner)
    sections = [
        Section.of(key, f"{_KIND}{part}", _COLUMNS, [_row(result, one) for one in chosen])
        for key, part, chosen in _periods(first, disposals)
    ]
    return Report(
        key="schedule-3",
        title=f"Schedule 3, Capital Gains or Losses, {year}",
        owner=owner,
        year=year,
        currency=result.currency,
        sections=(
            *sections,
            _summary(first, disposals),
            *computed(result, year, owner),
        ),
        notes=notes_of(
            result,
            "Units of a pool were acquired in different years: the year of acquisition is empty.",
            "A denied superficial loss is already added back in column (5) and to the cost of what "
            "is left.",
            "Only what is in this ledger, on capital account. Losses of other years are claimed on "
            "the return, not on this schedule.",
        ),
        source="CRA Schedule 3, section for crypto-assets"
        + ("" if first in _NUMBERED else "; lines are named in words"),
    )


def _periods(
    first: int, disposals: Sequence[Disposal]
) -> Sequence[tuple[str, str, Sequence[Disposal]]]:
    if first != 2024:
        return [("dispositions", "", disposals)]
    early = [one for one in disposals if one.disposed < _SECOND_PERIOD]
    late = [one for one in disposals if one.disposed >= _SECOND_PERIOD]
    return [
        ("period-1", ", January 1 to June 24, 2024", early),
        ("period-2", ", June 25 to December 31, 2024", late),
    ]


def _figures(part: Disposal) -> tuple[int, int, int, int, int]:
    """Columns (2), (3), (4), denied and (5) in cents; no more is denied than the loss shown."""
    proceeds, cost = half_up(part.proceeds + part.fee, 2), half_up(part.basis, 2)
    outlays = half_up(part.fee, 2)
    loss = max(0, cost + outlays - proceeds)
    whole = part.disallowed > 0 and part.recognised == 0
    denied = loss if whole else min(loss, half_up(part.disallowed, 2))
    return proceeds, cost, outlays, denied, proceeds - cost - outlays + denied


def _row(result: TaxResult, part: Disposal) -> tuple[Cell, ...]:
    year = None if part.acquired is None else str(date.fromordinal(part.acquired).year)
    return (
        quantity(result, part),
        part.asset,
        year,
        *(Number(value, 2, 2) for value in _figures(part)),
    )


def _summary(first: int, disposals: Sequence[Disposal]) -> Section:
    numbered = first in _NUMBERED
    figures = [_figures(part) for part in disposals]
    proceeds, gain = sum(one[0] for one in figures), sum(one[4] for one in figures)
    half = half_up(gain * 10**16 // 2, 2)
    rows: list[tuple[Cell, ...]] = [
        ("15199" if numbered else "", "Total proceeds", Number(proceeds, 2, 2)),
        ("15300" if numbered else "", "Total gain (or loss)", Number(gain, 2, 2)),
        ("19700" if numbered else "", "Total capital gains (or losses)", Number(gain, 2, 2)),
        ("", "Inclusion rate, in per cent", Number(50)),
        (
            "19900" if numbered else "",
            "Taxable capital gains" if gain >= 0 else "Net capital loss",
            Number(half, 2, 2),
        ),
    ]
    return Section.of("summary", "Totals", LINES, rows)
