"""What prints a report, and only prints: CSV, JSON, rows for a terminal, HTML, PDF."""

from __future__ import annotations

from vaultsdk.tax.reports.render.csv_text import csv_files, csv_of
from vaultsdk.tax.reports.render.html_page import html_of
from vaultsdk.tax.reports.render.json_text import document_of, json_of
from vaultsdk.tax.reports.render.pdf_pages import pdf_of
from vaultsdk.tax.reports.render.rows import Table, tables_of

__all__ = [
    "Table",
    "csv_files",
    "csv_of",
    "document_of",
    "html_of",
    "json_of",
    "pdf_of",
    "tables_of",
]
