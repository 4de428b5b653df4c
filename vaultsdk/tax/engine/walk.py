"""A ledger, operation by operation: each event with what it does, wraps as pairs of legs."""

from __future__ import annotations

from collections.abc import Iterator

from vaultsdk.tax.engine.job import Job
from vaultsdk.tax.ledger.event import Event
from vaultsdk.tax.rules.treatment import Op

_LEGS = (Op.CARRY_OUT, Op.CARRY_IN)


def walk(job: Job, alone: dict[str, Event]) -> Iterator[tuple[int, Op, Event, Event | None]]:
    """Place in the ledger, operation, event, and the other leg (None but for wraps).

    A wrap is given once, where its second leg stands, as CARRY_OUT of the leg out with the leg in
    beside it, whichever comes first. `alone` holds the legs that wait for their other one, by
    group; what is in it at the end has none.
    """
    events = job.ledger.events
    if not events:
        return
    changes = [day for day, _ in job.profile.treatment.changes() if day > events[0].day]
    changes.append(events[-1].day + 1)
    ops, until = job.ops(events[0].day), changes.pop(0)
    for at, event in enumerate(events):
        if event.day >= until:
            ops = job.ops(event.day)
            while event.day >= until:
                until = changes.pop(0)
        op = ops[event.kind]
        if op not in _LEGS:
            yield at, op, event, None
            continue
        first = alone.pop(event.group, None)
        if first is None:
            alone[event.group] = event
        elif first.kind == event.kind:
            # Two legs of one side: the name of the group is taken, so the second keeps its own.
            alone[event.group] = first
            alone[f"{event.group}\n{event.id}"] = event
        elif op is Op.CARRY_IN:
            yield at, Op.CARRY_OUT, first, event
        else:
            yield at, Op.CARRY_OUT, event, first
