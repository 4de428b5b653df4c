from __future__ import annotations

import base64
import builtins
import csv
import json
import re
import zlib
from html.parser import HTMLParser
from typing import Any

import pytest

from tests.unit.tax.reports.made import numbers, part, result
from vaultsdk.tax.reports import Report, ReportError, generic, report_for
from vaultsdk.tax.reports.render import csv_files, html_of, json_of, pdf_of, tables_of
from vaultsdk.tax.reports.render.pdf_layout import widths

_YEARS = {"us-wash": "2025", "uk": "2024/25", "ca": "2025", "de": "2025", "average": "2025"}


def _reports(name: str, asset: str = "ETH") -> list[Report]:
    found = result(
        name,
        part("2025-01-02", "1500.005", "1000.004", term="short", asset=asset, fee="1.25"),
        part("2025-01-03", "9.5", "1000", term="long", asset=asset, quantity="3.25"),
        part("2025-02-03", "10", "1234.56", term="short", disallowed="1000", asset=asset),
    )
    return report_for(name, found, _YEARS[name], "")


class _Cells(HTMLParser):
    """The texts of a page's table cells, and the names of all its tags."""

    def __init__(self) -> None:
        super().__init__()
        self.cells: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)
        if tag in {"td", "th"}:
            self.cells.append("")

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1] in {"td", "th"}:
            self.cells[-1] += data.strip()


def _page(text: str) -> _Cells:
    parser = _Cells()
    parser.feed(text)
    return parser


def _pdf_texts(pdf: bytes) -> list[str]:
    """The strings that a PDF's pages draw, in order."""
    found: list[str] = []
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL):
        drawn = zlib.decompress(base64.a85decode(stream.strip().removesuffix(b"~>")))
        for text in re.findall(rb"\(((?:[^()\\]|\\.)*)\) Tj", drawn):
            plain = re.sub(
                rb"\\(\d{3}|.)",
                lambda hit: bytes([int(hit[1], 8)]) if len(hit[1]) == 3 else hit[1],
                text,
            )
            found.append(plain.decode("cp1252"))
    return found


@pytest.mark.parametrize("name", list(_YEARS))
def test_every_form_of_a_report_has_the_same_numbers(name: str) -> None:
    reports = _reports(name)
    page = set(_page(html_of(reports)).cells)
    printed = set(_pdf_texts(pdf_of(reports)))
    for report in reports:
        expected = numbers(report)
        assert len(expected) > 5
        assert expected <= page
        assert expected <= printed
        written = {
            cell
            for text in csv_files(report).values()
            for row in csv.reader(text.splitlines())
            for cell in row
        }
        assert expected <= written
        on_screen = {
            cell
            for table in tables_of(report)
            for row in (*table.rows, *([table.totals] if table.totals else []))
            for cell in row
        }
        assert expected <= on_screen
    document = json_of(reports)
    in_json = {
        value
        for report in json.loads(document)["reports"]
        for one in report["sections"]
        for row in (*one["rows"], one["totals"] or {})
        for value in row.values()
    }
    assert set().union(*map(numbers, reports)) <= in_json


def test_the_pdf_of_the_same_reports_is_the_same_and_its_pages_are_numbered() -> None:
    reports = _reports("us-wash")
    assert pdf_of(reports) == pdf_of(reports)
    texts = _pdf_texts(pdf_of(reports))
    pages = [text for text in texts if text.startswith("Page ")]
    assert len(pages) >= len(reports)
    assert pages == [f"Page {number} of {len(pages)}" for number in range(1, len(pages) + 1)]


def test_names_are_text_wherever_they_come_from() -> None:
    hostile = "<b>&'\"</b><script>{{ 7*7 }}"
    reports = _reports("us-wash", hostile)
    page = html_of(reports)
    assert "script" not in _page(page).tags
    assert "b" not in _page(page).tags
    assert f"1 {hostile}" in _page(page).cells
    assert "script" in "".join(_pdf_texts(pdf_of(reports)))


def test_a_name_that_a_spreadsheet_would_run_does_not_begin_a_cell() -> None:
    (report,) = _reports("uk", "=HYPERLINK(1)")
    text = csv_files(report)["sa108-2024-25-disposals.csv"]
    assert "'=HYPERLINK(1)" in text
    assert ",=" not in text
    assert ",-1225" in text  # a number stays one


def test_a_long_table_is_printed_whole_with_one_total() -> None:
    parts = [part("2025-01-02", "2", "1", event=f"event-{n}") for n in range(1001)]
    (report,) = report_for("uk", result("uk", *parts), "2024/25", "")
    texts = _pdf_texts(pdf_of([report]))
    assert texts.count("section 104 pool") == 0
    assert texts.count("FIFO") == 1001
    assert texts.count("Total") == 2


def test_letters_that_the_fonts_lack_are_written_as_codes() -> None:
    assert "\\u039e" in "".join(_pdf_texts(pdf_of(_reports("de", "Ξ"))))


def test_long_names_wrap_and_the_longest_go_on_to_the_next_page() -> None:
    many = part("2025-01-02", "1", "1", event=";".join(f"event-{n}" for n in range(3000)))
    last = part("2025-01-03", "1", "1", lot="x" * 20_000)
    joined = "".join(_pdf_texts(pdf_of([generic(result("average", many, last), None, None)])))
    assert "event-2999" in joined.replace(" ", "")
    assert joined.count("x") >= 20_000
    # With totals below the row, too.
    assert "".join(_pdf_texts(pdf_of(_reports("us-wash", "x" * 20_000)))).count("x") >= 60_000


def test_no_disposals_and_no_reports() -> None:
    for name, year in _YEARS.items():
        reports = report_for(name, result(name), year, "")
        assert "None." in _page(html_of(reports)).cells
        assert "None." in _pdf_texts(pdf_of(reports))
        assert json.loads(json_of(reports))["reports"]


def test_file_names_have_no_slashes() -> None:
    (report,) = _reports("uk")
    assert sorted(csv_files(report)) == [
        "sa108-2024-25-computed.csv",
        "sa108-2024-25-disposals.csv",
        "sa108-2024-25-matches.csv",
        "sa108-2024-25-summary.csv",
    ]


@pytest.mark.parametrize(("library", "print_it"), [("jinja2", html_of), ("reportlab", pdf_of)])
def test_a_missing_library_is_named_with_its_extra(
    library: str, print_it: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **options: Any) -> Any:
        if name.split(".")[0] == library:
            raise ImportError(name)
        return real(name, *args, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ReportError, match=rf"needs {library}: .*vaultsdk\[report\]"):
        print_it(_reports("us-wash"))


def test_column_widths_fit_the_page() -> None:
    def measure(text: str) -> float:
        return float(len(text))

    assert widths([["a", "b"], ["xxxx", "x"]], 100.0, measure) == [28.0, 25.0]
    assert widths([["a", "b"], ["x" * 500, "x"]], 100.0, measure) == [99.0, 1.0]
    assert widths([["a", "b"], ["x" * 500, "x" * 90]], 100.0, measure) == [50.0, 50.0]
