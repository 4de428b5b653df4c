"""What every report carries: its notes, and the year as the profile computed it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from vaultsdk.tax.ledger.event import iso
from vaultsdk.tax.reports.model import Cell, Column, Number, Section
from vaultsdk.tax.result import Disposal, TaxResult, Year

ADVICE: Final = "This is software, not tax advice."

LINES: Final = (
    Column("line", "Line"),
    Column("what", "What"),
    Column("amount", "Amount", number=True),
)
"""The columns of a section that is a list of a form's fields."""


def notes_of(result: TaxResult, *notes: str) -> tuple[str, ...]:
    """The notes of a report: the warning, how it was computed, its own notes, the result's."""
    until = (
        "All of the ledger was taken into account."
        if result.as_of is None
        else f"As of {iso(result.as_of)}: what came later is not taken into account."
    )
    method = f", method {result.method}" if result.method else ""
    scope = f", scope {result.scope}" if result.scope else ""
    how = f"Computed with profile {result.profile}{method}{scope}. {until}"
    return (ADVICE, how, *notes, *result.notes)


def quantity(result: TaxResult, disposal: Disposal) -> Number:
    """A disposal's quantity in whole tokens, exactly."""
    return Number(disposal.quantity, result.places(disposal.asset))


def exact_money(value: int) -> Number:
    """Money, unrounded."""
    return Number(value, 18)


def computed(result: TaxResult, year: str, owner: str, rounded: bool = True) -> tuple[Section, ...]:
    """The year's steps as the profile computed them, unrounded; nothing where it has no such
    year. `rounded` says that the rest of the report is."""
    why = (
        "Unrounded, of this ledger alone: the form above is rounded disposal by disposal, so its "
        "sums may differ from these in the last places."
    )
    found = [one for one in result.net if one.year == year and one.owner == owner]
    return tuple(
        Section.of(
            "computed",
            "The year as computed" + (", before rounding" if rounded else ""),
            (Column("step", "Step"), Column("amount", "Amount", number=True)),
            _steps(one),
            [why] if rounded else [],
        )
        for one in found
    )


def _steps(year: Year) -> Sequence[tuple[Cell, ...]]:
    known = (("short", year.short), ("long", year.long), ("net", year.net))
    rows: list[tuple[Cell, ...]] = [
        (name, exact_money(value)) for name, value in known if value is not None
    ]
    rows += [(name.replace("_", " "), exact_money(value)) for name, value in year.lines.items()]
    rows.append(("allowed against other income", exact_money(year.allowed)))
    rows.append(("carried over", exact_money(year.carried_over)))
    return rows
