"""Wraps of a day: units become units of another class, and their part of the cost goes along.

A wrap is no disposal, so it must not matter which of a day's wraps comes first. What goes both
ways between two pools on a day is set off, and what remains is carried along its chain: a pool has
received everything of the day before anything of it goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from vaultsdk.tax.engine.shares_days import Holding

_Key = tuple[str, str]


class Wrap(NamedTuple):
    """`gone` units of one holding that became `come` units of another."""

    day: int
    source: Holding
    target: Holding
    gone: int
    come: int


class _Flow(NamedTuple):
    target: Holding
    gone: int
    come: int


def carry(wraps: Iterable[Wrap]) -> None:
    """Carry out the wraps of one day. Sums of quantities come out as the wraps say, and no cost is
    lost."""
    flows = _set_off(wraps)
    onward = {
        key: min((flow.target for flow in targets), key=_by_key)
        for key, (_, targets) in flows.items()
    }
    sources = [source for source, _ in flows.values()]
    awaited: dict[_Key, int] = dict.fromkeys(flows, 0)
    for _, targets in flows.values():
        for flow in targets:
            if flow.target.key in flows:
                awaited[flow.target.key] += 1
    ready = [key for key in flows if not awaited[key]]
    heapify(ready)
    left = sorted(flows, reverse=True)
    while flows:
        if not ready:
            # A ring of three or more has no beginning: its first by name is as good as any.
            while left[-1] not in flows:
                left.pop()
            ready.append(left[-1])
        source, targets = flows.pop(heappop(ready))
        for flow in sorted(targets, key=lambda flow: flow.target.key):
            target = flow.target
            target.cost += source.take(flow.gone)
            target.quantity += flow.come
            if target.key in flows:
                awaited[target.key] -= 1
                if not awaited[target.key]:
                    heappush(ready, target.key)
    for source in sorted(sources, key=_by_key):
        if source.cost and not source.quantity:
            _pass_on(source, onward)


def _by_key(holding: Holding) -> _Key:
    return holding.key


def _pass_on(source: Holding, onward: Mapping[_Key, Holding]) -> None:
    """Cost that a ring brought round to a pool which had given all its units goes on along the
    ring to the first pool that has some; if none has, it waits for the next units."""
    seen, target = {source.key}, onward[source.key]
    while not target.quantity and target.key in onward and target.key not in seen:
        seen.add(target.key)
        target = onward[target.key]
    if target.quantity:
        target.cost += source.cost
        source.cost = 0


def _set_off(wraps: Iterable[Wrap]) -> dict[_Key, tuple[Holding, list[_Flow]]]:
    """What flows from each holding to others. Both ways between the same two leave one flow, or,
    where both gained or lost units by it, units without cost."""
    sums: dict[tuple[_Key, _Key], tuple[Holding, Holding, int, int]] = {}
    for wrap in wraps:
        key = wrap.source.key, wrap.target.key
        _, _, gone, come = sums.get(key, (wrap.source, wrap.target, 0, 0))
        sums[key] = wrap.source, wrap.target, gone + wrap.gone, come + wrap.come
    flows: dict[_Key, tuple[Holding, list[_Flow]]] = {}
    for (here, there), (source, target, gone, come) in sums.items():
        if here == there:
            source.quantity += come - gone
            continue
        back = sums.get((there, here))
        if back is not None:
            gone, come = gone - back[3], come - back[2]
            if here < there and gone * come <= 0:
                source.quantity -= gone
                target.quantity += come
            if gone <= 0 or come <= 0:
                continue
        flows.setdefault(here, (source, []))[1].append(_Flow(target, gone, come))
    return flows
