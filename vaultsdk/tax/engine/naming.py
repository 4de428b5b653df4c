"""Specific identification: the lots that rows name must exist, and exist by then."""

from __future__ import annotations

from vaultsdk.tax.engine.job import Job
from vaultsdk.tax.ledger.event import Event, iso
from vaultsdk.tax.rules.treatment import Op

_OPENING = frozenset({Op.ACQUIRE, Op.RECEIVE, Op.CARRY_IN})


def check_names(job: Job, naming: frozenset[str]) -> set[tuple[str, str]]:
    """Note a problem for every lot named by one of the `naming` events that does not exist, is
    another asset's or owner's, or was acquired after the row that names it (Treas. Reg. §
    1.1012-1(j)(3): no later than the sale).

    Gives the owners and assets of which a fault is on record, so that what follows from it need not
    be told as well.
    """
    faulty: set[tuple[str, str]] = set()
    opened: dict[str, tuple[int, Event]] = {}
    for at, event in enumerate(job.ledger.events):
        if job.ops(event.day)[event.kind] in _OPENING:
            opened[event.id] = at, event
    for at, event in enumerate(job.ledger.events):
        for name in event.lot if event.id in naming else ():
            cause = _fault(opened.get(name.lot), at, event)
            if cause:
                job.refuse(event, "lot", f"lot {name.lot} {cause}")
                faulty.add((event.owner, event.asset))
    return faulty


def _fault(known: tuple[int, Event] | None, at: int, event: Event) -> str:
    """What is wrong with naming a lot in the row at a place; empty when nothing is."""
    if known is None:
        return "does not exist: name the id of a row that acquired units"
    when, source = known
    if source.asset != event.asset:
        return f"is of {source.asset}, not {event.asset}"
    if source.owner != event.owner:
        return f"belongs to {source.owner or 'no owner'}, not to {event.owner or 'no owner'}"
    if when > at:
        return (
            f"was acquired on {iso(source.day)}, after this row of {iso(event.day)}: a lot can "
            "only be named once it is there"
        )
    return ""
