"""UK: the year's losses first, then the annual exempt amount, then losses brought forward."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from vaultsdk.tax.ledger.event import WAD
from vaultsdk.tax.result import Disposal, Year
from vaultsdk.tax.rules.netting.base import by_year
from vaultsdk.tax.rules.years import SIXTH_OF_APRIL, TaxYear

_EXEMPT: Final = (
    (2008, 9_600),
    (2009, 10_100),
    (2011, 10_600),
    (2013, 10_900),
    (2014, 11_000),
    (2015, 11_100),
    (2017, 11_300),
    (2018, 11_700),
    (2019, 12_000),
    (2020, 12_300),
    (2023, 6_000),
    (2024, 3_000),
)
"""The annual exempt amount of an individual in GBP from the tax year that begins in each calendar
year: TCGA 1992 s. 3 (s. 1K since 2019), HMRC's rates and allowances for capital gains tax."""


@dataclass(frozen=True)
class UkNetting:
    """TCGA 1992 ss. 1, 1K, 2, 2A: losses of a year must go against its gains in full; the annual
    exempt amount comes off what is left; losses of earlier years are used only down to that amount.

    A day's disposals of one asset are one disposal, and only its whole result is a gain or a loss.
    """

    tax_year: TaxYear = SIXTH_OF_APRIL

    @staticmethod
    def exempt(first: int) -> int:
        """The annual exempt amount of the year that began in `first`; 0 before 2008."""
        at = bisect_right(_EXEMPT, (first, 1 << 30))
        return _EXEMPT[at - 1][1] * WAD if at else 0

    def years(self, disposals: Sequence[Disposal]) -> tuple[Year, ...]:
        """Years by taxpayer."""
        found: list[Year] = []
        for owner, years in by_year(disposals, self.tax_year):
            carried = 0
            for first, parts in years:
                results: dict[tuple[str, int], int] = {}
                for part in parts:
                    key = part.asset, part.disposed
                    results[key] = results.get(key, 0) + part.recognised
                gains = sum(result for result in results.values() if result > 0)
                losses = -sum(result for result in results.values() if result < 0)
                exempt = self.exempt(first)
                own = gains - losses
                used = min(carried, max(0, own - exempt))
                lines = {
                    "gains": gains,
                    "losses": losses,
                    "annual_exempt_amount": exempt,
                    "losses_brought_forward": carried,
                    "losses_used": used,
                    "taxable": max(0, own - used - exempt),
                }
                carried = carried - used + max(0, -own)
                label = self.tax_year.label(first)
                found.append(Year(label, owner, None, None, own - used, 0, carried, lines))
        return tuple(found)
