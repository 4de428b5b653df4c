"""Canada: half of the net gain counts, net capital losses are carried."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vaultsdk.tax.result import Disposal, Year
from vaultsdk.tax.rules.netting.base import by_year, total
from vaultsdk.tax.rules.years import CALENDAR, TaxYear


@dataclass(frozen=True)
class CanadaNetting:
    """Income Tax Act ss. 3(b), 38(a) (half of a capital gain is taxable), 111(1)(b) (net capital
    losses go against the taxable gains of other years; here forward only, carrying back is a
    choice).

    The rise to two thirds that was proposed for 2024 was withdrawn and is not applied.
    """

    tax_year: TaxYear = CALENDAR

    def years(self, disposals: Sequence[Disposal]) -> tuple[Year, ...]:
        """Years by taxpayer; `carried_over` is in full gains, before the half."""
        found: list[Year] = []
        for owner, years in by_year(disposals, self.tax_year):
            carried = 0
            for first, parts in years:
                gain = total(parts)
                net = gain - carried
                used = min(carried, max(0, gain))
                lines = {
                    "gain": gain,
                    "superficial_losses": sum(part.disallowed for part in parts),
                    "taxable_half": max(0, gain) // 2,
                    "carried_in": carried,
                    "losses_used": used,
                    "taxable": max(0, net) // 2,
                }
                carried = max(0, -net)
                label = self.tax_year.label(first)
                found.append(Year(label, owner, None, None, net, 0, carried, lines))
        return tuple(found)
