"""Fee rules: where fees paid in tokens go. Fees in money are part of each row."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from vaultsdk.tax.ledger.event import Event, Kind


class FeeTo(StrEnum):
    """Which leg of a trade bears a fee that was paid in tokens."""

    DISPOSAL = "disposal"
    ACQUISITION = "acquisition"


@dataclass(frozen=True)
class FeeRule:
    """Units spent as a fee are themselves disposed of for their value. When the fee belongs to a
    trade (same group), that value is also a cost of the trade: of its disposal if it has one,
    else of its acquisition. A transfer's fee is no cost of anything."""

    name: str = "token fees are disposals, and costs of their trade"
    prefers: FeeTo = FeeTo.DISPOSAL
    bearers: dict[FeeTo, frozenset[Kind]] = field(
        default_factory=lambda: {
            FeeTo.DISPOSAL: frozenset({Kind.SELL, Kind.SPEND, Kind.HARVEST_OUT}),
            FeeTo.ACQUISITION: frozenset({Kind.BUY, Kind.HARVEST_IN}),
        }
    )

    def attach(self, events: tuple[Event, ...]) -> tuple[Event, ...]:
        """The events with each grouped fee's value added to the `fee` of the leg that bears it."""
        values: dict[str, int] = {}
        for event in events:
            if event.group and event.kind == Kind.FEE:
                values[event.group] = values.get(event.group, 0) + event.total
        if not values:
            return events
        bearer = _bearers(events, values, self)
        return tuple(
            event._replace(fee=event.fee + values[event.group])
            if bearer.get(event.group) == index
            else event
            for index, event in enumerate(events)
        )


def _bearers(events: tuple[Event, ...], values: dict[str, int], rule: FeeRule) -> dict[str, int]:
    """Index of the leg that bears the fee, by group: the first one of the preferred side."""
    found: dict[str, tuple[int, int]] = {}
    other = next(side for side in FeeTo if side is not rule.prefers)
    for index, event in enumerate(events):
        if event.group not in values:
            continue
        for rank, side in enumerate((rule.prefers, other)):
            if event.kind in rule.bearers[side]:
                known = found.get(event.group)
                if known is None or rank < known[0]:
                    found[event.group] = rank, index
    return {group: index for group, (_, index) in found.items()}


TOKEN_FEES: Final = FeeRule()
"""US: costs of purchase are basis, costs of sale reduce the amount realised (from 2025 on Treas.
Reg. §§ 1.1012-1(h), 1.1001-7; before as for other property). UK: TCGA 1992 s. 38; HMRC CRYPTO22280.
Germany: § 23 Abs. 3 Satz 1 EStG. Canada: Income Tax Act s. 40(1)(a)."""
