"""What only all rows together show: groups that are none, assets that nothing brings in."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from vaultsdk.tax.errors import Problem
from vaultsdk.tax.ledger.event import Event, Kind
from vaultsdk.tax.ledger.groups import NEED_GROUP, group_faults
from vaultsdk.tax.ledger.intake import Intake
from vaultsdk.tax.ledger.shapes import BY_KIND


def check_together(intake: Intake) -> None:
    """Note the faults that rows have among themselves, and drop the events concerned: an event
    leaves with all of its group, so that no half of one is left."""
    _check_assets(intake)
    _check_groups(intake)
    if intake.broken:
        gone = [event for event in intake.events if event.group in intake.broken]
        intake.touched.update(event.asset for event in gone if _brings(event))
        intake.events = [event for event in intake.events if event.group not in intake.broken]
    _spread(intake)


def _check_assets(intake: Intake) -> None:
    """Assets that leave or move but never come in: most likely a typing error."""
    unknown = {event.asset for event in intake.events} - intake.inward
    if not unknown:
        return
    hints = {asset: _hint(asset, intake.inward) for asset in unknown}
    kept: list[Event] = []
    for event in intake.events:
        if event.asset not in unknown:
            kept.append(event)
            continue
        intake.problems.append(
            Problem(
                event.row,
                "asset",
                f"{event.asset} is an unknown asset: nothing in the ledger brings it in; "
                f"{hints[event.asset]}",
            )
        )
        if event.group:
            intake.broken.add(event.group)
    intake.events = kept


def _hint(asset: str, known: Iterable[str]) -> str:
    folded: dict[str, list[str]] = {}
    for one in sorted(known):
        folded.setdefault(one.casefold(), []).append(one)
    near = get_close_matches(asset.casefold(), folded, 3)
    names = [name for one in near for name in folded[one]]
    if names:
        return f"did you mean {' or '.join(names)}?"
    return "correct the symbol, or add the row that acquired it"


def _check_groups(intake: Intake) -> None:
    groups: dict[str, list[Event]] = {}
    alone: list[Event] = []
    for event in intake.events:
        if event.group:
            groups.setdefault(event.group, []).append(event)
        elif event.kind in NEED_GROUP:
            alone.append(event)
    for event in alone:
        cause = f"{BY_KIND[event.kind].name} needs a group, shared with the other side: give one"
        intake.problems.append(Problem(event.row, "group", cause))
        if _brings(event):
            intake.touched.add(event.asset)
    for name, legs in groups.items():
        # With a leg that could not be read there is nothing to say about the others.
        if name in intake.broken or (intake.group_lost and len(legs) == 1):
            continue
        faults = group_faults(legs)
        if faults:
            intake.problems.extend(faults)
            intake.broken.add(name)
    if alone:
        intake.events = [
            event for event in intake.events if event.group or event.kind not in NEED_GROUP
        ]


def _brings(event: Event) -> bool:
    """Whether units may be missing somewhere when the event is left out."""
    return event.kind == Kind.TRANSFER or BY_KIND[event.kind].inward


def _spread(intake: Intake) -> None:
    """What is wrapped out of a touched asset is touched as well."""
    if not intake.touched:
        return
    sides: dict[str, list[Event]] = {}
    for event in intake.events:
        if event.kind in (Kind.WRAP_OUT, Kind.WRAP_IN):
            sides.setdefault(event.group, []).append(event)
    pairs = [
        (a.asset, b.asset) if a.kind == Kind.WRAP_OUT else (b.asset, a.asset)
        for a, b in (legs for legs in sides.values() if len(legs) == 2)
    ]
    grown = True
    while grown:
        grown = False
        for out, into in pairs:
            if out in intake.touched and into not in intake.touched:
                intake.touched.add(into)
                grown = True
