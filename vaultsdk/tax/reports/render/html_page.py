"""Reports as one HTML page that can be printed and needs nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from vaultsdk.tax.reports.errors import ReportError
from vaultsdk.tax.reports.model import Report
from vaultsdk.tax.reports.render.rows import owner_of, tables_of


def html_of(reports: Sequence[Report]) -> str:
    """The page, a sheet for each report. Everything is escaped. Raises ReportError without
    jinja2."""
    text = files("vaultsdk.tax.reports.render").joinpath("report.html").read_text(encoding="utf-8")
    template = _environment().from_string(text)
    sheets = [
        {"report": report, "owner": owner_of(report), "tables": tables_of(report)}
        for report in reports
    ]
    return str(template.render(title=", ".join(one.title for one in reports), sheets=sheets))


def _environment() -> Any:
    try:
        from jinja2 import Environment, StrictUndefined
    except ImportError:
        raise ReportError(
            "a printable page needs jinja2: install it with `pip install 'vaultsdk[report]'`"
        ) from None
    return Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
