"""Netting for those without a jurisdiction: gains less losses, losses carried over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vaultsdk.tax.result import Disposal, Year
from vaultsdk.tax.rules.netting.base import by_year, total
from vaultsdk.tax.rules.years import CALENDAR, TaxYear


@dataclass(frozen=True)
class PlainNetting:
    """The year's gains less its losses and less losses of the years before, which are carried over
    without limit. Nobody's law: it is what most of them have in common."""

    tax_year: TaxYear = CALENDAR

    def years(self, disposals: Sequence[Disposal]) -> tuple[Year, ...]:
        """Years by taxpayer."""
        found: list[Year] = []
        for owner, years in by_year(disposals, self.tax_year):
            carried = 0
            for first, parts in years:
                own = total(parts)
                net = own - carried
                lines = {"gain": own, "carried_in": carried}
                carried = max(0, -net)
                label = self.tax_year.label(first)
                found.append(Year(label, owner, None, None, net, 0, carried, lines))
        return tuple(found)
