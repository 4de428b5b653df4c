"""Germany: Anlage SO, private Veräußerungsgeschäfte."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final, NamedTuple

from vaultsdk.tax.exact import exact
from vaultsdk.tax.reports.common import computed, notes_of
from vaultsdk.tax.reports.model import Cell, Column, Number, Report, Section
from vaultsdk.tax.reports.rounding import half_up
from vaultsdk.tax.reports.selection import by_first, expect, first_of
from vaultsdk.tax.result import Disposal, TaxResult
from vaultsdk.tax.rules.netting import GermanyNetting
from vaultsdk.tax.rules.years import CALENDAR

_CENT: Final = 10**16

_COLUMNS: Final = (
    Column("asset", "Art des Wirtschaftsguts"),
    Column("acquired", "Anschaffung"),
    Column("disposed", "Veräußerung"),
    Column("proceeds", "Veräußerungspreis", number=True, total=True),
    Column("basis", "Anschaffungskosten", number=True, total=True),
    Column("fee", "Werbungskosten", number=True, total=True),
    Column("gain", "Gewinn / Verlust", number=True, total=True),
)


class _Tally(NamedTuple):
    """A year in cents. `brought` is the loss carried in, `short` what the year's sales within the
    year of holding came to."""

    short: int
    limit: int
    brought: int

    @property
    def free(self) -> bool:
        return 0 <= self.short < self.limit

    @property
    def used(self) -> int:
        return 0 if self.free else min(self.brought, max(0, self.short))

    @property
    def taxable(self) -> int:
        return 0 if self.free else max(0, self.short) - self.used

    @property
    def carried(self) -> int:
        return self.brought - self.used + max(0, -self.short)


def anlage_so(result: TaxResult, year: str, owner: str) -> Report:
    """Anlage SO of a tax year, private Veräußerungsgeschäfte: sales within a year of acquisition,
    those after it apart, and the limit.

    To the cent, halves up; the gain is the difference of the rounded figures. Source: § 23 Abs. 1
    Satz 1 Nr. 2 and Abs. 3 EStG, above all Satz 5 (gains stay free if the year's total is *less
    than* 1,000 EUR, up to 2023 600 EUR; from there on all of it is taxable) and Satz 7 and 8
    (losses against such gains only; here those of earlier years of this ledger, in the same
    rounding). The form of 2023 has these fields for virtual currencies in lines 41 to 47. Raises
    ReportError.
    """
    expect(result, "de", "Anlage SO")
    first = first_of(year, CALENDAR)
    years = by_first(result, owner, CALENDAR)
    brought = 0
    for earlier in range(min(years, default=first), first):
        brought = _tally(earlier, years.get(earlier, []), brought).carried
    disposals = years.get(first, [])
    lines = ["Zeilen 41 bis 47 des Vordrucks für 2023."] if first == 2023 else []
    return Report(
        key="anlage-so",
        title=f"Anlage SO, private Veräußerungsgeschäfte, {year}",
        owner=owner,
        year=year,
        currency=result.currency,
        sections=(
            Section.of(
                "taxable",
                "Innerhalb eines Jahres nach der Anschaffung veräußert",
                _COLUMNS,
                [_row(result, one) for one in disposals if one.term != "long"],
                lines,
                label="Summe",
            ),
            Section.of(
                "exempt",
                "Nach mehr als einem Jahr veräußert (nicht steuerbar, nicht anzugeben)",
                _COLUMNS,
                [_row(result, one) for one in disposals if one.term == "long"],
                label="Summe",
            ),
            _summary(_tally(first, disposals, brought)),
            *computed(result, year, owner),
        ),
        notes=notes_of(
            result,
            "Only what is in this ledger: other private sales count towards the limit, and losses "
            "before the ledger are not known here. Carrying a loss back is left to the assessment.",
            "Income such as staking rewards (§ 22 Nr. 3 EStG) belongs to another part of the form.",
        ),
        source="Anlage SO, § 23 EStG",
    )


def _figures(part: Disposal) -> tuple[int, int, int, int]:
    """Price, cost, expenses and gain in cents."""
    price, cost = half_up(part.proceeds + part.fee, 2), half_up(part.basis, 2)
    fee = half_up(part.fee, 2)
    return price, cost, fee, price - cost - fee


def _tally(first: int, disposals: Sequence[Disposal], brought: int) -> _Tally:
    short = sum(_figures(part)[3] for part in disposals if part.term != "long")
    return _Tally(short, GermanyNetting.limit(first) // _CENT, brought)


def _row(result: TaxResult, part: Disposal) -> tuple[Cell, ...]:
    return (
        f"{exact(part.quantity, result.places(part.asset))} {part.asset}",
        None if part.acquired is None else german_date(part.acquired),
        german_date(part.disposed),
        *(Number(value, 2, 2) for value in _figures(part)),
    )


def german_date(day: int) -> str:
    """A day as TT.MM.JJJJ."""
    when = date.fromordinal(day)
    return f"{when.day:02d}.{when.month:02d}.{when.year:04d}"


def _summary(tally: _Tally) -> Section:
    rows: list[tuple[Cell, ...]] = [
        ("Gewinne und Verluste innerhalb eines Jahres", _cents(tally.short)),
        ("Freigrenze (frei ist, was darunter bleibt)", _cents(tally.limit)),
        ("Frei, weil unter der Freigrenze", _cents(tally.short if tally.free else 0)),
        ("Verluste früherer Jahre", _cents(tally.brought)),
        ("davon verrechnet", _cents(tally.used)),
        ("Steuerpflichtig", _cents(tally.taxable)),
        ("Verluste für spätere Jahre", _cents(tally.carried)),
    ]
    columns = (Column("what", "Was"), Column("amount", "Betrag", number=True))
    return Section.of("summary", "Ergebnis des Jahres", columns, rows)


def _cents(value: int) -> Number:
    return Number(value, 2, 2)
