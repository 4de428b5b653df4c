"""United States: Form 8949, Sales and Other Dispositions of Capital Assets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, NamedTuple

from vaultsdk.tax.exact import exact
from vaultsdk.tax.reports.common import notes_of
from vaultsdk.tax.reports.errors import ReportError
from vaultsdk.tax.reports.model import Column, Number, Report, Section
from vaultsdk.tax.reports.rounding import half_up
from vaultsdk.tax.reports.selection import expect, first_of, of_calendar_year
from vaultsdk.tax.result import Disposal, TaxResult
from vaultsdk.tax.rules.years import CALENDAR

Reported = str | Mapping[str, str]
"""What brokers reported: "none", "no-basis" or "basis", for all wallets or by wallet (those that
are left out: "none")."""

DIGITAL_SINCE: Final = 2025
"""The first tax year whose form has boxes of its own for digital assets (G to L)."""

_KINDS: Final = ("basis", "no-basis", "none")
_BOXES: Final = {  # (digital boxes, long-term): the boxes for basis, no-basis, none
    (False, False): "ABC",
    (False, True): "DEF",
    (True, False): "GHI",
    (True, True): "JKL",
}

COLUMNS: Final = (
    Column("description", "(a) Description of property"),
    Column("acquired", "(b) Date acquired"),
    Column("sold", "(c) Date sold or disposed of"),
    Column("proceeds", "(d) Proceeds", number=True, total=True),
    Column("basis", "(e) Cost or other basis", number=True, total=True),
    Column("code", "(f) Code"),
    Column("adjustment", "(g) Adjustment", number=True, total=True),
    Column("gain", "(h) Gain or (loss)", number=True, total=True),
)


class Row(NamedTuple):
    """A row in cents: proceeds (d), basis (e), adjustment (g); its gain (h) follows."""

    disposal: Disposal
    proceeds: int
    basis: int
    adjustment: int

    @property
    def gain(self) -> int:
        """(h) = (d) - (e) + (g), of the rounded figures, so that the form adds up."""
        return self.proceeds - self.basis + self.adjustment


def form8949(result: TaxResult, year: str, owner: str, reported: Reported = "none") -> Report:
    """Form 8949 of a tax year: a row for each part of a disposal, grouped by box.

    Amounts are rounded to the cent, halves up. Source: the form and its instructions (irs.gov,
    Form 8949) for tax year 2025, whose boxes G, H, I (short-term) and J, K, L (long-term) are for
    digital assets: basis reported on Form 1099-DA, proceeds only reported, not reported. Before
    2025 such assets stand in boxes A to F. Proceeds are net of selling expenses, as the
    instructions ask where no broker's statement was received. Code W: a loss that is nondeductible
    because of a wash sale. Raises ReportError.
    """
    expect(result, "us", "Form 8949")
    boxes = rows_by_box(result, year, owner, reported)
    digital = first_of(year, CALENDAR) >= DIGITAL_SINCE
    sections = [
        Section.of(f"box-{box}", _title(box), COLUMNS, [_cells(result, row) for row in rows])
        for box, rows in boxes.items()
    ]
    if not sections:
        sections = [
            Section.of("none", "No disposals in this year", COLUMNS, [], ["Nothing to report."])
        ]
    return Report(
        key="form-8949",
        title=f"Form 8949, Sales and Other Dispositions of Capital Assets, {year}",
        owner=owner,
        year=year,
        currency=result.currency,
        sections=tuple(sections),
        notes=notes_of(
            result,
            "Each amount is rounded to the cent; column (h) is (d) - (e) + (g) of what is shown.",
            "Column (d) is net of selling expenses. Where a broker's form shows gross proceeds, "
            "enter these and correct them in (f) and (g): see code E of the instructions.",
        ),
        source="IRS Form 8949 and its instructions, "
        + ("boxes as from tax year 2025" if digital else "boxes as before tax year 2025"),
    )


def rows_by_box(
    result: TaxResult, year: str, owner: str, reported: Reported
) -> dict[str, list[Row]]:
    """The year's rows by the letter of their box, short-term first. Raises ReportError."""
    _check(reported)
    digital = first_of(year, CALENDAR) >= DIGITAL_SINCE
    found: dict[str, list[Row]] = {}
    for disposal in of_calendar_year(result, year, owner):
        kind = reported if isinstance(reported, str) else reported.get(disposal.wallet, "none")
        letters = _BOXES[digital, disposal.term == "long"]
        found.setdefault(letters[_KINDS.index(kind)], []).append(row_of(disposal))
    return dict(sorted(found.items()))


def row_of(disposal: Disposal) -> Row:
    """A disposal's row. A loss disallowed in whole leaves exactly nothing, and no adjustment is
    more than the loss that is shown."""
    proceeds, basis = half_up(disposal.proceeds, 2), half_up(disposal.basis, 2)
    loss = max(0, basis - proceeds)
    whole = disposal.disallowed > 0 and disposal.recognised == 0
    adjustment = loss if whole else min(loss, half_up(disposal.disallowed, 2))
    return Row(disposal, proceeds, basis, adjustment)


def _cells(result: TaxResult, row: Row) -> Sequence[str | Number | None]:
    part = row.disposal
    disallowed = part.disallowed > 0
    return (
        f"{exact(part.quantity, result.places(part.asset))} {part.asset}",
        "VARIOUS" if part.acquired is None else us_date(part.acquired),
        us_date(part.disposed),
        Number(row.proceeds, 2, 2),
        Number(row.basis, 2, 2),
        "W" if disallowed else None,
        Number(row.adjustment, 2, 2) if disallowed else None,
        Number(row.gain, 2, 2),
    )


def us_date(day: int) -> str:
    """A day as MM/DD/YYYY, as the form's columns ask."""
    when = date.fromordinal(day)
    return f"{when.month:02d}/{when.day:02d}/{when.year:04d}"


def _title(box: str) -> str:
    term = "Part II, long-term" if box in "DEFJKL" else "Part I, short-term"
    form = "Form 1099-B" if box in "ABCDEF" else "Form 1099-DA"
    known = {
        "basis": f"reported on {form}, basis reported to the IRS",
        "no-basis": f"reported on {form}, basis not reported to the IRS",
        "none": "not reported on "
        + ("Form 1099-B" if box in "CF" else "Form 1099-DA or Form 1099-B"),
    }
    letters = next(letters for letters in _BOXES.values() if box in letters)
    return f"{term}, box {box}: {known[_KINDS[letters.index(box)]]}"


def _check(reported: Reported) -> None:
    kinds = {reported} if isinstance(reported, str) else set(reported.values())
    for kind in sorted(kinds - set(_KINDS)):
        raise ReportError(
            f"reported cannot be {kind!r}: choose one of {', '.join(_KINDS)}",
            name="reported",
            value=kind,
        )
