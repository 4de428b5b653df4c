"""Rows with one `group`: whether they are the legs of one event."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from vaultsdk.tax.errors import Problem
from vaultsdk.tax.exact import exact
from vaultsdk.tax.ledger.event import Event, Kind
from vaultsdk.tax.ledger.quoted import plain
from vaultsdk.tax.ledger.shapes import BY_KIND

_TRADES: Final = frozenset({Kind.SELL, Kind.BUY, Kind.SPEND})
_HARVESTS: Final = frozenset({Kind.HARVEST_OUT, Kind.HARVEST_IN})
_WRAPS: Final = frozenset({Kind.WRAP_OUT, Kind.WRAP_IN})
_SORTS: Final = (_TRADES, _HARVESTS, _WRAPS)
NEED_GROUP: Final = _HARVESTS | _WRAPS
_WHAT: Final = (
    "a group is a trade (one sell and one buy), a buy, sell or spend with its fees, a harvest, or "
    "a wrap"
)


def group_faults(legs: Sequence[Event]) -> list[Problem]:
    """What keeps the rows of one group from being one event: no fault when they are.

    They are a sell and a buy with equal totals; or one buy, sell or spend; or the out and in sides
    of a harvest; or one out and one in side of a wrap; each with any number of rows of type fee,
    all of one owner and day.
    """
    if len(legs) == 2 and _is_plain_trade(*legs):
        return []
    first = legs[0]
    if len(legs) == 1:
        return [
            Problem(
                first.row,
                "group",
                f"group {plain(first.group)} has no other row: give its other legs the same group, "
                "or clear the column",
            )
        ]
    return _strangers(legs) or (_composition(legs) + _apart(legs))


def _is_plain_trade(one: Event, other: Event) -> bool:
    return (
        (one.kind, other.kind) in ((Kind.SELL, Kind.BUY), (Kind.BUY, Kind.SELL))
        and one.total == other.total
        and one.day == other.day
        and one.owner == other.owner
    )


def _strangers(legs: Sequence[Event]) -> list[Problem]:
    """Rows of a type that no group has, or that does not go with the group's first."""
    legs = [leg for leg in legs if leg.kind != Kind.FEE]
    sort: frozenset[Kind] | None = None
    found: list[Problem] = []
    for leg in legs:
        own = next((kinds for kinds in _SORTS if leg.kind in kinds), None)
        sort = sort or own
        if own is None or own is not sort:
            cause = f"{BY_KIND[leg.kind].name} does not belong to group {plain(leg.group)}: {_WHAT}"
            found.append(Problem(leg.row, "group", cause))
    return found


def _composition(legs: Sequence[Event]) -> list[Problem]:
    name = plain(legs[0].group)
    by_kind: dict[int, list[Event]] = {}
    for leg in legs:
        by_kind.setdefault(leg.kind, []).append(leg)
    found: list[Problem] = []
    for kind, of_kind in by_kind.items():
        if kind in _TRADES or kind in _WRAPS:
            found.extend(
                Problem(
                    leg.row,
                    "group",
                    f"group {name} has {BY_KIND[kind].name} already, in row {of_kind[0].row}: give "
                    "this one another group",
                )
                for leg in of_kind[1:]
            )
    if by_kind.keys() == {Kind.FEE}:
        found.append(Problem(legs[0].row, "group", f"group {name} has only fees: {_WHAT}"))
    for pair in ((Kind.HARVEST_OUT, Kind.HARVEST_IN), (Kind.WRAP_OUT, Kind.WRAP_IN)):
        for here, there in (pair, pair[::-1]):
            if here in by_kind and there not in by_kind:
                cause = f"group {name} lacks {BY_KIND[there].name}: add it"
                found.append(Problem(by_kind[here][0].row, "group", cause))
    if Kind.SPEND in by_kind and (Kind.BUY in by_kind or Kind.SELL in by_kind):
        row = by_kind[Kind.SPEND][0].row
        cause = f"a spend cannot be a leg of a trade (group {name}): write it as a sell"
        found.append(Problem(row, "group", cause))
    if not found and Kind.BUY in by_kind and Kind.SELL in by_kind:
        buy, sell = by_kind[Kind.BUY][0], by_kind[Kind.SELL][0]
        if buy.total != sell.total:
            cause = (
                f"the buy of trade {name} has total {exact(buy.total)}, but its sell in row "
                f"{sell.row} has {exact(sell.total)}: both legs need the same"
            )
            found.append(Problem(buy.row, "total", cause))
    return found


def _apart(legs: Sequence[Event]) -> list[Problem]:
    """Legs of another owner or day than the first's."""
    first = legs[0]
    found: list[Problem] = []
    for leg in legs[1:]:
        if leg.owner != first.owner:
            own, others = (plain(owner) or "empty" for owner in (leg.owner, first.owner))
            cause = (
                f"the owner is {own}, but {others} in row {first.row} of group "
                f"{plain(leg.group)}: legs of one event have one owner"
            )
            found.append(Problem(leg.row, "owner", cause))
        if leg.day != first.day:
            cause = (
                f"the day is not that of row {first.row} of group {plain(leg.group)}: legs of one "
                "event have one day"
            )
            found.append(Problem(leg.row, "time", cause))
    return found
