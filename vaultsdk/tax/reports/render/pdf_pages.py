"""Reports as a PDF, made in memory: the same report gives the same bytes."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, Final
from xml.sax.saxutils import escape

from vaultsdk.tax.reports.errors import ReportError
from vaultsdk.tax.reports.model import Report
from vaultsdk.tax.reports.render.pdf_layout import widths
from vaultsdk.tax.reports.render.rows import Table, owner_of, tables_of

# Points, colours and sizes: floats are what a page wants; no money is among them.
_MARGIN: Final = 34.0
_FRAME: Final = 6.0  # reportlab's own padding inside the margins
_PAD: Final = 3.0
_LEADING: Final = 1.25
_INK, _SOFT, _LINE, _BAND = "#1f2933", "#52606d", "#cbd2d9", "#f5f7fa"
_PIECE: Final = 500  # rows
_WIDE_TABLE: Final = 12  # columns; from there on the print is smaller


def pdf_of(reports: Sequence[Report]) -> bytes:
    """The PDF, A4 across, each report on a page of its own, with page numbers.

    The built-in fonts know western European letters; others are written as `\\u039e`. Raises
    ReportError without reportlab.
    """
    lab = _Library()
    stream = io.BytesIO()
    title = ", ".join(report.title for report in reports)
    document = lab.template(
        stream,
        pagesize=lab.page,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN + 10,
        title=_plain(title),
        author="",
        creator="vaultsdk",
        invariant=1,
    )
    story: list[Any] = []
    for count, report in enumerate(reports):
        if count:
            story.append(lab.page_break())
        story += [lab.mark(report.title), *_sheet(lab, report, document.width - 2 * _FRAME)]
    document.build(story, canvasmaker=lab.canvas)
    return stream.getvalue()


def _sheet(lab: _Library, report: Report, width: float) -> list[Any]:
    story = [lab.paragraph(report.title, "title")]
    story += [
        lab.paragraph(f"{name}: {text}", "about")
        for name, text in (
            ("Owner", owner_of(report)),
            ("Tax year", report.year),
            ("Currency", report.currency or "as in the ledger"),
            ("Source", report.source),
        )
    ]
    for table in tables_of(report):
        story += [lab.unless_room(70), lab.paragraph(table.title, "heading")]
        story += _pieces(lab, table, width)
        story += [lab.paragraph(note, "small") for note in table.notes]
    story.append(lab.spacer(1, 12))
    story += [
        lab.paragraph(note, "about" if count == 0 else "small")
        for count, note in enumerate(report.notes)
    ]
    return story


def _pieces(lab: _Library, table: Table, width: float) -> list[Any]:
    """A table, or several for one that is very long: reportlab copies all that is left of a table
    on every page."""
    size = 5.6 if len(table.header) >= _WIDE_TABLE else 7.6
    texts = [table.header, *table.rows, *([table.totals] if table.totals else [])]
    columns = widths(
        [[_plain(text) for text in row] for row in texts],
        width,
        lambda text: float(lab.text_width(text, "Helvetica-Bold", size)) + 2 * _PAD + 0.5,
    )
    story: list[Any] = []
    for start in range(0, max(1, len(table.rows)), _PIECE):
        if start:
            story.append(lab.page_break())
        rows = table.rows[start : start + _PIECE]
        last = start + _PIECE >= len(table.rows)
        piece = table._replace(rows=rows, totals=table.totals if last else None)
        story.append(_table(lab, piece, columns, size))
    return story


def _table(lab: _Library, table: Table, columns: Sequence[float], size: float) -> Any:
    body, foot = table.rows, table.totals

    def cells(row: Sequence[str], bold: bool) -> list[Any]:
        return [
            lab.cell(text, size, number, bold, columns[at] - 2 * _PAD)
            for at, (text, number) in enumerate(zip(row, table.numbers, strict=True))
        ]

    data = [cells(table.header, True), *(cells(row, False) for row in body)]
    commands: list[tuple[Any, ...]] = [
        ("FONT", (0, 0), (-1, -1), "Helvetica", size, size * _LEADING),
        ("TEXTCOLOR", (0, 0), (-1, -1), _INK),
        ("FONTNAME", (0, 0), (-1, 0), "Helvetica-Bold"),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("VALIGN", (0, 0), (-1, 0), "BOTTOM"),
        ("BACKGROUND", (0, 0), (-1, 0), _BAND),
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, _LINE),
        ("LEFTPADDING", (0, 0), (-1, -1), _PAD),
        ("RIGHTPADDING", (0, 0), (-1, -1), _PAD),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
        *(
            ("ALIGN", (at, 0), (at, -1), "RIGHT")
            for at, number in enumerate(table.numbers)
            if number
        ),
    ]
    if not body:
        data.append(["None.", *[""] * (len(table.header) - 1)])
        commands.append(("SPAN", (0, 1), (-1, 1)))
    if foot:
        data.append(cells(foot, True))
        commands.append(("FONTNAME", (0, -1), (-1, -1), "Helvetica-Bold"))
        commands.append(("LINEABOVE", (0, -1), (-1, -1), 1, _INK))
        commands.append(("NOSPLIT", (0, -2), (0, -1)))  # no total alone on a page
    one_line = size * _LEADING + 4
    heights = [one_line if all(isinstance(cell, str) for cell in row) else None for row in data]
    return lab.table(
        data,
        colWidths=columns,
        rowHeights=heights,
        repeatRows=1,
        splitInRow=1,
        hAlign="LEFT",
        style=commands,
    )


def _plain(text: str) -> str:
    """Text that the built-in fonts can show: other characters as `\\u039e`."""
    return text.encode("cp1252", "backslashreplace").decode("cp1252")


class _Library:
    """What is used of reportlab, which is imported here only."""

    def __init__(self) -> None:
        try:
            from reportlab import platypus
            from reportlab.lib.enums import TA_RIGHT
            from reportlab.lib.pagesizes import A4, landscape
            from reportlab.lib.styles import ParagraphStyle
            from reportlab.pdfbase.pdfmetrics import stringWidth
            from reportlab.pdfgen.canvas import Canvas
        except ImportError:
            raise ReportError(
                "a PDF needs reportlab: install it with `pip install 'vaultsdk[report]'`"
            ) from None
        self.page = landscape(A4)
        self.template, self.table = platypus.SimpleDocTemplate, platypus.LongTable
        self.spacer, self.page_break = platypus.Spacer, platypus.PageBreak
        self.unless_room = platypus.CondPageBreak
        self.text_width = stringWidth
        self.mark, self.canvas = _footer(platypus.Flowable, Canvas, self.page)
        self._paragraph, self._style, self._right = platypus.Paragraph, ParagraphStyle, TA_RIGHT
        self._styles: dict[tuple[Any, ...], Any] = {
            ("title",): self._make("title", "Helvetica-Bold", 14, _INK, after=6),
            ("heading",): self._make("heading", "Helvetica-Bold", 9.5, _INK, 10, 4),
            ("about",): self._make("about", "Helvetica", 8.5, _INK),
            ("small",): self._make("small", "Helvetica", 7.6, _SOFT, 2),
        }

    def paragraph(self, text: str, style: str) -> Any:
        """A paragraph of escaped text."""
        return self._paragraph(escape(_plain(text)), self._styles[style,])

    def cell(self, text: str, size: float, number: bool, bold: bool, width: float) -> Any:
        """A cell's text, if it fits on one line, which prints many times faster; else a paragraph,
        in which long words are split, so that ids wrap."""
        font = "Helvetica-Bold" if bold else "Helvetica"
        plain = _plain(text)
        if "\n" not in plain and self.text_width(plain, font, size) <= width:
            return plain
        key = "cell", size, number, bold
        if key not in self._styles:
            self._styles[key] = self._make(f"cell{len(self._styles)}", font, size, _INK)
            if number:
                self._styles[key].alignment = self._right
        return self._paragraph(escape(plain), self._styles[key])

    def _make(
        self, name: str, font: str, size: float, colour: str, before: float = 0, after: float = 0
    ) -> Any:
        return self._style(
            name,
            fontName=font,
            fontSize=size,
            leading=size * _LEADING,
            textColor=colour,
            spaceBefore=before,
            spaceAfter=after,
            splitLongWords=1,
        )


def _footer(flowable: Any, canvas: Any, page: tuple[float, float]) -> tuple[Any, Any]:
    """A flowable that tells which report begins, and a canvas that writes its title and "Page 1 of
    3" under each page, once it knows how many there are."""

    class Mark(flowable):  # type: ignore[misc]
        """Takes no room."""

        def __init__(self, title: str) -> None:
            super().__init__()
            self.title = title

        def wrap(self, *_: float) -> tuple[float, float]:
            """No size."""
            return 0, 0

        def draw(self) -> None:
            """From this page on the title is this report's."""
            self.canv.title = _plain(self.title)

    class Numbered(canvas):  # type: ignore[misc]
        """Holds the pages back until the last one."""

        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            self.title = ""
            self.held: list[dict[str, Any]] = []

        def showPage(self) -> None:  # noqa: N802 - reportlab's name
            """Hold the page back."""
            self.held.append(dict(self.__dict__))
            self._startPage()

        def save(self) -> None:
            """Number the pages, then write them."""
            held = self.held
            for number, state in enumerate(held, 1):
                self.__dict__.update(state)
                self.setFont("Helvetica", 7)
                self.setFillColor(_SOFT)
                self.drawString(_MARGIN + _FRAME, _MARGIN - 8, self.title)
                self.drawRightString(
                    page[0] - _MARGIN - _FRAME, _MARGIN - 8, f"Page {number} of {len(held)}"
                )
                super().showPage()
            super().save()

    return Mark, Numbered
