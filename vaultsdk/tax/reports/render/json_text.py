"""Reports as JSON: numbers are the decimal strings that are shown everywhere else."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from vaultsdk.tax.reports.model import Cell, Report, Section, shown


def document_of(report: Report) -> dict[str, Any]:
    """A report as what `json.dumps` takes. Rows are objects by column key; an empty field is
    null."""
    return {
        "report": report.key,
        "title": report.title,
        "year": report.year,
        "owner": report.owner,
        "currency": report.currency,
        "source": report.source,
        "notes": list(report.notes),
        "sections": [_section(section) for section in report.sections],
    }


def json_of(reports: Sequence[Report]) -> str:
    """Reports as a JSON text, an object with the list `reports`."""
    document = {"reports": [document_of(report) for report in reports]}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _section(section: Section) -> dict[str, Any]:
    return {
        "section": section.key,
        "title": section.title,
        "columns": [{"key": column.key, "title": column.title} for column in section.columns],
        "rows": [_row(section, row) for row in section.rows],
        "totals": None
        if section.totals is None
        else {
            column.key: shown(cell)
            for column, cell in zip(section.columns, section.totals, strict=True)
            if column.total
        },
        "notes": list(section.notes),
    }


def _row(section: Section, row: Sequence[Cell]) -> dict[str, str | None]:
    return {
        column.key: None if cell is None else shown(cell)
        for column, cell in zip(section.columns, row, strict=True)
    }
