"""Sweeps: the same numbers however they are spread."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator

import pytest

from tests.unit.harvest.backtest.worlds import walk
from vaultsdk.harvest.backtest import BacktestError, Terms, World, cases, constant_gas, sweep
from vaultsdk.harvest.backtest.summary import Summary
from vaultsdk.harvest.backtest.sweep import Chunk

PAST = walk(7, 900)
WORLD = World(PAST, constant_gas(PAST, 10**10), 10)
SETS = cases(
    ["fixed:10%", "optimal", "year-end"],
    Terms(),
    {"tau_long": [0.0, 0.2], "hold_days": [1, 31], "horizon": [1.0, None]},
)


def test_every_combination_policies_first() -> None:
    assert len(SETS) == 24 and [case.policy for case in SETS[:8]] == ["fixed:10%"] * 8
    assert (SETS[1].terms.tau_long, SETS[1].terms.horizon) == (0.0, None)
    assert len(set(SETS)) == 24


def test_two_processes_give_what_one_gives() -> None:
    one = sweep(WORLD, SETS, processes=1)
    assert [summary.policy for summary in one] == [case.policy for case in SETS]
    assert sweep(WORLD, SETS, processes=2) == one
    # Each set alone as well: nothing is carried from one to the next.
    assert [sweep(WORLD, [case], processes=1)[0] for case in SETS[::5]] == one[::5]


def test_another_engines_map() -> None:
    def backwards(
        work: Callable[[Chunk], list[Summary]], chunks: Iterable[Chunk]
    ) -> Iterator[list[Summary]]:
        copies = [pickle.loads(pickle.dumps(chunk)) for chunk in chunks]
        assert len(copies) > 1
        return reversed([work(chunk) for chunk in reversed(copies)])

    assert sweep(WORLD, SETS, processes=2, map_=backwards) == sweep(WORLD, SETS, processes=1)


def test_wrong_names_and_counts() -> None:
    with pytest.raises(BacktestError, match="nothing is called 'tau'"):
        cases(["never"], Terms(), {"tau": [0.1]})
    with pytest.raises(BacktestError, match="no policy 'sometimes'"):
        sweep(WORLD, cases(["sometimes"], Terms(), {}), processes=2)
    with pytest.raises(BacktestError, match="-1 processes"):
        sweep(WORLD, SETS, processes=-1)
