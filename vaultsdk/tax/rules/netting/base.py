"""What all nettings share: disposals by taxpayer and tax year."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from vaultsdk.tax.result import Disposal, Year
from vaultsdk.tax.rules.years import TaxYear


class Netting(Protocol):
    """A netting rule. Pure: the same disposals give the same years."""

    @property
    def tax_year(self) -> TaxYear:
        """The years it counts by."""
        ...

    def years(self, disposals: Sequence[Disposal]) -> tuple[Year, ...]:
        """Every tax year from the first disposal to the last, by taxpayer, then year."""
        ...


def by_year(
    disposals: Sequence[Disposal], tax_year: TaxYear
) -> Iterator[tuple[str, list[tuple[int, list[Disposal]]]]]:
    """For each owner, every year from his first disposal to his last (also those without any, for
    a carried loss passes through them) with its disposals."""
    grouped: dict[str, dict[int, list[Disposal]]] = {}
    first_of: dict[int, int] = {}  # a million disposals fall on a few thousand days
    for disposal in disposals:
        day = disposal.disposed
        year = first_of.get(day)
        if year is None:
            year = first_of[day] = tax_year.first_of(day)
        years = grouped.get(disposal.owner)
        if years is None:
            years = grouped[disposal.owner] = {}
        if year in years:
            years[year].append(disposal)
        else:
            years[year] = [disposal]
    for owner in sorted(grouped):
        years = grouped[owner]
        yield owner, [(year, years.get(year, [])) for year in range(min(years), max(years) + 1)]


def total(disposals: Sequence[Disposal]) -> int:
    """The sum of what is recognised."""
    return sum(one.proceeds - one.basis + one.disallowed for one in disposals)
