"""Holding periods: when a gain is long-term."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol


class Holding(Protocol):
    """A holding-period rule. Days are ordinals. `exempt`: long-term results do not count at all."""

    @property
    def exempt(self) -> bool:
        """Whether long-term gains and losses are left out of account."""
        ...

    def long_from(self, acquired: int) -> int | None:
        """The first day on which a disposal is long-term; None = there are no terms."""
        ...


@dataclass(frozen=True)
class MoreThanOneYearUs:
    """Long-term is more than one year by the calendar. The day of acquisition does not count, the
    day of disposal does; the year runs from the day after acquisition, and a unit acquired on the
    last day of February turns long on the first of March (IRC § 1222; Rev. Rul. 66-7)."""

    exempt: bool = False

    def long_from(self, acquired: int) -> int | None:
        """One year after the day after acquisition."""
        start = date.fromordinal(acquired + 1)
        if (start.month, start.day) == (2, 29):
            return date(start.year + 1, 3, 1).toordinal()
        return start.replace(year=start.year + 1).toordinal()


@dataclass(frozen=True)
class MoreThanOneYearDe:
    """Exempt once more than one year lies between acquisition and disposal: § 23 Abs. 1 Satz 1 Nr.
    2 EStG. The period ends with the day of the same date a year later, or with the month's last
    day where that date is missing (§§ 187 Abs. 1, 188 Abs. 2 and 3 BGB)."""

    exempt: bool = True

    def long_from(self, acquired: int) -> int | None:
        """The day after the anniversary."""
        day = date.fromordinal(acquired)
        if (day.month, day.day) == (2, 29):
            return date(day.year + 1, 3, 1).toordinal()
        return day.replace(year=day.year + 1).toordinal() + 1


@dataclass(frozen=True)
class NoTerms:
    """The length of holding makes no difference (UK, Canada, moving average)."""

    exempt: bool = False

    def long_from(self, acquired: int) -> int | None:
        """Never."""
        return None


def term_of(holding: Holding, acquired: int, disposed: int) -> str:
    """ "long", "short", or "" where there are no terms."""
    first = holding.long_from(acquired)
    if first is None:
        return ""
    return "long" if disposed >= first else "short"
