"""A ledger in order: events with what is needed to read their numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from operator import attrgetter

from vaultsdk.tax.ledger.event import Event

_ORDER = attrgetter("order")


@dataclass(frozen=True)
class Ledger:
    """Events by `order` (ties as given), decimals of every asset in them, and the currency of
    their money ("" = not said). `source` names the file in errors."""

    events: tuple[Event, ...]
    decimals: Mapping[str, int] = field(default_factory=dict)
    currency: str = ""
    source: str = "ledger"

    @classmethod
    def of(
        cls,
        events: Iterable[Event],
        decimals: Mapping[str, int] | None = None,
        currency: str = "",
        source: str = "ledger",
    ) -> Ledger:
        """A ledger of events in any order."""
        ordered = tuple(sorted(events, key=_ORDER))
        return cls(ordered, dict(decimals or {}), currency, source)

    def plus(self, events: Iterable[Event], decimals: Mapping[str, int] | None = None) -> Ledger:
        """The same ledger with more events; at equal times they come after the ones there are."""
        more = tuple(sorted((*self.events, *events), key=_ORDER))
        return replace(self, events=more, decimals={**self.decimals, **(decimals or {})})

    def until(self, day: int | None) -> Ledger:
        """Only the events up to and including a day; None = all."""
        if day is None or not self.events or self.events[-1].day <= day:
            return self
        return replace(self, events=tuple(event for event in self.events if event.day <= day))

    def places(self, asset: str) -> int:
        """Decimals of an asset; 18 when nobody said."""
        return self.decimals.get(asset, 18)
