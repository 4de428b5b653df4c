"""No jurisdiction's form: everything that was disposed of, unrounded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from vaultsdk.tax.ledger.event import iso
from vaultsdk.tax.reports.common import computed, exact_money, notes_of, quantity
from vaultsdk.tax.reports.model import Cell, Column, Number, Report, Section
from vaultsdk.tax.reports.selection import check_owner, first_of, tax_year_of
from vaultsdk.tax.result import Disposal, Income, TaxResult


def _columns(texts_and_numbers: str) -> tuple[Column, ...]:
    """Columns by name, which is their title too; a name with `#` is a number's."""
    return tuple(
        Column(name.strip("#"), name.strip("#"), number=name.endswith("#"))
        for name in texts_and_numbers.split()
    )


_DISPOSALS: Final = _columns(
    "event lot owner wallet asset acquired disposed quantity# proceeds# fee# basis# gain# "
    "disallowed# recognised# rule term of_quantity# of_basis#"
)
_INCOME: Final = _columns("event owner asset day quantity# value#")
_SUMS: Final = ("proceeds", "fee", "basis", "gain", "disallowed", "recognised")


def generic(result: TaxResult, year: str | None, owner: str | None) -> Report:
    """Every disposal with all its fields, and what came in as income: exact, in no form's words.

    `year` None is all years, `owner` None all taxpayers. Proceeds are less the fee, which is shown
    beside them. Works with any profile's result; its tax years are the profile's (for the moving
    average: calendar years). Source: none, it is this program's own list. Raises ReportError.
    """
    tax_year = tax_year_of(result)
    if owner is not None:
        check_owner(result, owner)
    first = None if year is None else first_of(year, tax_year)

    def chosen(day: int, whose: str) -> bool:
        return owner in (None, whose) and (first is None or tax_year.first_of(day) == first)

    disposals = [one for one in result.disposals if chosen(one.disposed, one.owner)]
    income = [one for one in result.income if chosen(one.day, one.owner)]
    sections = [
        Section.of("disposals", "Disposals", _DISPOSALS, [_row(result, one) for one in disposals]),
        Section.of(
            "sums",
            "Sums of the disposals",
            (Column("what", "what"), Column("amount", "amount", number=True)),
            [(name, exact_money(sum(getattr(one, name) for one in disposals))) for name in _SUMS],
        ),
    ]
    if income:
        rows = [_income(result, one) for one in income]
        sections.append(Section.of("income", "Income in tokens", _INCOME, rows))
    if year is not None and owner is not None:
        sections += computed(result, year, owner, rounded=False)
    return Report(
        key="disposals",
        title="Disposals, all years" if year is None else f"Disposals, {year}",
        owner="all owners" if owner is None else owner,
        year="all" if year is None else year,
        currency=result.currency,
        sections=tuple(sections),
        notes=notes_of(result, "Exact figures, nothing is rounded. Proceeds are less the fee."),
        source="this program's own list, no form",
    )


def _row(result: TaxResult, part: Disposal) -> Sequence[Cell]:
    return (
        part.event,
        part.lot,
        part.owner,
        part.wallet,
        part.asset,
        None if part.acquired is None else iso(part.acquired),
        iso(part.disposed),
        quantity(result, part),
        exact_money(part.proceeds),
        exact_money(part.fee),
        exact_money(part.basis),
        exact_money(part.gain),
        exact_money(part.disallowed),
        exact_money(part.recognised),
        part.rule,
        part.term,
        Number(part.of_quantity, result.places(part.asset)),
        exact_money(part.of_basis),
    )


def _income(result: TaxResult, one: Income) -> Sequence[Cell]:
    return (
        one.event,
        one.owner,
        one.asset,
        iso(one.day),
        Number(one.quantity, result.places(one.asset)),
        exact_money(one.value),
    )
