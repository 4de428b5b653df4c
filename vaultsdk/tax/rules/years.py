"""Tax years: which one a day belongs to, and how it is called."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final


@dataclass(frozen=True)
class TaxYear:
    """Years that begin on `month`/`day`. Calendar years are called "2024", others "2019/20"."""

    month: int = 1
    day: int = 1

    def first_of(self, day: int) -> int:
        """The calendar year in which the tax year of a day (ordinal) began."""
        when = date.fromordinal(day)
        return when.year - ((when.month, when.day) < (self.month, self.day))

    def label(self, first: int) -> str:
        """The name of the tax year that began in the calendar year `first`."""
        if (self.month, self.day) == (1, 1):
            return str(first)
        return f"{first}/{(first + 1) % 100:02d}"

    def of(self, day: int) -> str:
        """The name of a day's tax year."""
        return self.label(self.first_of(day))


CALENDAR: Final = TaxYear()
"""US: IRC § 441 for calendar-year taxpayers; Canada: Income Tax Act s. 249; Germany: § 2 Abs.
7 EStG."""

SIXTH_OF_APRIL: Final = TaxYear(4, 6)
"""UK: Income Tax Act 2007 s. 4; TCGA 1992 s. 288(1ZA)."""
