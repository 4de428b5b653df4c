"""A report as CSV: a file for each section, with a header, and the totals as the last row."""

from __future__ import annotations

import csv
import io
from typing import Final

from vaultsdk.tax.reports.model import Cell, Number, Report, Section, shown

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def csv_of(section: Section) -> str:
    """A section's CSV; the header has the columns' titles.

    Text that a spreadsheet would run as a formula (a token's name can be anything) gets an
    apostrophe in front; numbers are left alone.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([column.title for column in section.columns])
    for row in section.rows if section.totals is None else (*section.rows, section.totals):
        writer.writerow([_safe(cell) for cell in row])
    return out.getvalue()


def csv_files(report: Report) -> dict[str, str]:
    """All sections of a report by file name, such as `form-8949-2025-box-i.csv`."""
    year = report.year.replace("/", "-")
    return {
        f"{report.key}-{year}-{section.key.lower()}.csv": csv_of(section)
        for section in report.sections
    }


def _safe(cell: Cell) -> str:
    text = shown(cell)
    return f"'{text}" if not isinstance(cell, Number) and text.startswith(_FORMULA) else text
