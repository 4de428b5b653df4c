"""US netting: short against long, the yearly limit, and the carryover that keeps its character."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vaultsdk.tax.ledger.event import WAD
from vaultsdk.tax.result import Disposal, Year
from vaultsdk.tax.rules.netting.base import by_year, total
from vaultsdk.tax.rules.years import CALENDAR, TaxYear


@dataclass(frozen=True)
class UsNetting:
    """IRC § 1222 (net short-term and net long-term), § 1211(b) (up to 3,000 USD of a net loss
    against other income; 1,500 for a married person filing separately), § 1212(b) (what is left is
    carried over and stays short-term or long-term; the deduction uses up short-term loss first).

    It assumes enough other income for the full deduction.
    """

    limit: int = 3_000 * WAD
    tax_year: TaxYear = CALENDAR

    def years(self, disposals: Sequence[Disposal]) -> tuple[Year, ...]:
        """Years by taxpayer, with carryovers passed on."""
        found: list[Year] = []
        for owner, years in by_year(disposals, self.tax_year):
            carried = (0, 0)
            for first, parts in years:
                long = total([part for part in parts if part.term == "long"])
                year = self.year(first, owner, total(parts) - long, long, carried)
                carried = -year.lines["carried_short"], -year.lines["carried_long"]
                found.append(year)
        return tuple(found)

    def year(
        self, first: int, owner: str, short: int, long: int, carried: tuple[int, int] = (0, 0)
    ) -> Year:
        """One year from its short-term and long-term nets and what is carried in (losses, <= 0)."""
        in_short, in_long = carried
        with_short, with_long = short + in_short, long + in_long
        net = with_short + with_long
        allowed = min(self.limit, max(0, -net))
        # The carryover worksheet counts the deduction as a short-term gain.
        left_short = min(0, with_short + allowed + max(0, with_long))
        left_long = min(0, net + allowed - left_short)
        return Year(
            year=self.tax_year.label(first),
            owner=owner,
            short=short,
            long=long,
            net=net,
            allowed=allowed,
            carried_over=-(left_short + left_long),
            lines={
                "carried_in_short": -in_short,
                "carried_in_long": -in_long,
                "net_short": with_short,
                "net_long": with_long,
                "carried_short": -left_short,
                "carried_long": -left_long,
            },
        )
