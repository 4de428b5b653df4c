"""Germany: gains within a year of acquisition, with the all-or-nothing limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vaultsdk.tax.ledger.event import WAD
from vaultsdk.tax.result import Disposal, Year
from vaultsdk.tax.rules.netting.base import by_year, total
from vaultsdk.tax.rules.years import CALENDAR, TaxYear


@dataclass(frozen=True)
class GermanyNetting:
    """§ 23 Abs. 3 EStG. Satz 5: gains stay free if the year's total of private disposals is *less
    than* 1,000 EUR (600 EUR up to 2023), else all of them are taxable. Satz 7 and 8: losses go
    against such gains only, of the same year and then of others; here forward, carrying back (one
    year) is left to the assessment. A year below the limit uses up no carried loss.

    `short` is what the year taxes, `long` what it exempts: gains and losses after more than a year.
    """

    tax_year: TaxYear = CALENDAR

    @staticmethod
    def limit(year: int) -> int:
        """The limit of a year: gains below it are free. 1,000 EUR from 2024
        (Wachstumschancengesetz)."""
        return (1_000 if year >= 2024 else 600) * WAD

    def years(self, disposals: Sequence[Disposal]) -> tuple[Year, ...]:
        """Years by taxpayer."""
        found: list[Year] = []
        for owner, years in by_year(disposals, self.tax_year):
            carried = 0
            for first, parts in years:
                long = total([part for part in parts if part.term == "long"])
                short = total(parts) - long
                limit = self.limit(first)
                free = 0 <= short < limit
                used = 0 if free else min(carried, max(0, short))
                left = carried - used + max(0, -short)
                lines = {
                    "exemption_limit": limit,
                    "free_below_limit": short if free else 0,
                    "carried_in": carried,
                    "losses_used": used,
                    "taxable": 0 if free else max(0, short) - used,
                }
                net = short - used
                carried = left
                label = self.tax_year.label(first)
                found.append(Year(label, owner, short, long, net, 0, carried, lines))
        return tuple(found)
