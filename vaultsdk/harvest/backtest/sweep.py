"""Many sets of terms and policies over one history, on all cores, with the same numbers as on one.

A set is a pure function of its input, so how sets are spread cannot change what they give: the
results come back in the order of the sets. `map_` is any engine's parallel map; the standard
library's processes are built in. Engines over several machines (Ray, Dask) would be one more.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from typing import Any, NamedTuple

from vaultsdk.harvest.backtest.deciders import decider
from vaultsdk.harvest.backtest.engine import run
from vaultsdk.harvest.backtest.errors import BacktestError
from vaultsdk.harvest.backtest.gas import GasCost
from vaultsdk.harvest.backtest.history import History
from vaultsdk.harvest.backtest.lots import Span, spans
from vaultsdk.harvest.backtest.summary import Summary, summarise
from vaultsdk.harvest.backtest.terms import Terms

_CHUNKS = 8  # a core, so that one slow chunk does not keep the others waiting


class Case(NamedTuple):
    """One set: a policy by its name, and terms."""

    policy: str
    terms: Terms


class World(NamedTuple):
    """What all sets share."""

    history: History
    gas: GasCost
    lots: int
    every_days: int | None = None

    def spans(self, horizon: float | None) -> tuple[Span, ...]:
        """The lots' spans."""
        return spans(self.history, self.lots, self.every_days, horizon)


class Chunk(NamedTuple):
    """Work for one process."""

    world: World
    cases: tuple[Case, ...]


Mapper = Callable[[Callable[[Chunk], list[Summary]], Iterable[Chunk]], Iterator[list[Summary]]]


def cases(policies: Sequence[str], terms: Terms, axes: Mapping[str, Sequence[Any]]) -> list[Case]:
    """Every combination: policies outermost, then the axes in their order. Raises BacktestError for
    a name that Terms do not have."""
    for name in axes:
        if name not in Terms.model_fields:
            raise BacktestError(
                f"nothing is called {name!r}: sweep over {', '.join(Terms.model_fields)}"
            )
    fields = terms.model_dump()
    return [
        Case(policy, Terms.model_validate(fields | dict(zip(axes, values, strict=True))))
        for policy in policies
        for values in product(*axes.values())
    ]


def work(chunk: Chunk) -> list[Summary]:
    """The sets of a chunk, one after the other."""
    world, found = chunk.world, []
    for case in chunk.cases:
        lots = world.spans(case.terms.horizon)
        result = run(world.history, decider(case.policy), case.terms, world.gas, lots)
        found.append(summarise(result, world.history, case.terms))
    return found


def sweep(
    world: World, sets: Sequence[Case], processes: int | None = None, map_: Mapper | None = None
) -> list[Summary]:
    """One summary a set, in their order. `processes`: None = every core; 1 = this process alone.
    `map_`: another engine's map instead."""
    for policy in {case.policy for case in sets}:
        decider(policy)  # A wrong name is said here, not from inside a worker.
    count = processes or os.cpu_count() or 1
    if count < 1:
        raise BacktestError(f"{count} processes: give at least 1")
    parts = max(1, min(len(sets), 1 if count == 1 and map_ is None else count * _CHUNKS))
    # Dealt like cards: neighbours are alike, and the slow ones should not all meet in one chunk.
    hands = [Chunk(world, tuple(sets[i::parts])) for i in range(parts)]
    if map_ is not None:
        results = list(map_(work, hands))
    elif count == 1:
        results = [work(hand) for hand in hands]
    else:
        with ProcessPoolExecutor(max_workers=count) as pool:
            results = list(pool.map(work, hands))
    return [results[i % parts][i // parts] for i in range(len(sets))]
