"""A report as plain rows of text, which a terminal's table or anything else can take."""

from __future__ import annotations

from typing import NamedTuple

from vaultsdk.tax.reports.model import Report, Section, shown


class Table(NamedTuple):
    """A section in texts. `numbers` says which columns are numbers (to be right-aligned), `totals`
    is the row of sums or None."""

    key: str
    title: str
    header: tuple[str, ...]
    numbers: tuple[bool, ...]
    rows: tuple[tuple[str, ...], ...]
    totals: tuple[str, ...] | None
    notes: tuple[str, ...]


def table_of(section: Section) -> Table:
    """A section's texts."""
    return Table(
        section.key,
        section.title,
        tuple(column.title for column in section.columns),
        tuple(column.number for column in section.columns),
        tuple(tuple(map(shown, row)) for row in section.rows),
        None if section.totals is None else tuple(map(shown, section.totals)),
        section.notes,
    )


def tables_of(report: Report) -> tuple[Table, ...]:
    """All sections of a report, in order."""
    return tuple(map(table_of, report.sections))


def owner_of(report: Report) -> str:
    """The taxpayer as people read it."""
    return report.owner or "not named in the ledger"
