"""Rules with dates: which plugin holds on which day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from vaultsdk.tax.errors import TaxError

T = TypeVar("T")


@dataclass(frozen=True)
class Dated(Generic[T]):
    """A rule and the days it holds for, both included; None = open to that side."""

    rule: T
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Timeline(Generic[T]):
    """Rules one after the other, without gap or overlap, the first open to the past and the last to
    the future. Raises TaxError when they are not."""

    spans: tuple[Dated[T], ...]

    def __post_init__(self) -> None:
        """Check that the spans meet."""
        sound = bool(self.spans) and self.spans[0].since is None and self.spans[-1].until is None
        for before, after in zip(self.spans, self.spans[1:], strict=False):
            meet = before.until is not None and after.since is not None
            sound = sound and meet and _next(before.until) == after.since
        if not sound:
            raise TaxError("a profile's rules leave a gap between their dates: correct the profile")

    @classmethod
    def always(cls, rule: T) -> Timeline[T]:
        """One rule for all days."""
        return cls((Dated(rule),))

    def on(self, day: int) -> T:
        """The rule of a day (ordinal)."""
        for span in self.spans:
            if span.until is None or day <= span.until.toordinal():
                return span.rule
        raise AssertionError("the last span is open")  # pragma: no cover

    @property
    def last(self) -> T:
        """The rule as it stands now."""
        return self.spans[-1].rule

    def __iter__(self) -> Iterator[T]:
        """Every rule, oldest first."""
        return (span.rule for span in self.spans)

    def changes(self) -> list[tuple[int, T]]:
        """First days (ordinals) of the later rules, with these."""
        return [
            (span.since.toordinal(), span.rule) for span in self.spans if span.since is not None
        ]


def _next(day: date | None) -> date | None:
    return None if day is None else date.fromordinal(day.toordinal() + 1)
