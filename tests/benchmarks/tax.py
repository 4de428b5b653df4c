"""The tax engine: events a second from memory to memory, peak memory, and peers on equal ledgers.

Every measurement of ours runs in a process of its own (`tax_measure.py`), every peer in its own
environment (`tests/peers`); none counts the making of its input objects. Times are the processor's,
so that other work on the machine matters little. Rates compare only within a run, so what matters
between runs is `_times_` (ours over theirs, rounded down) and, for the United Kingdom,
`uk_growth_percent`: the time for eight times the disposals, in percent of what n log n would take.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.benchmarks.tax_ledgers import to_peer, uk_ledger, us_ledger
from tests.peers.client import open_peer

ROOT = Path(__file__).resolve().parents[2]
MILLION = 1_000_000
US_PEER = 20_000  # events
FILES = 200_000  # events
UK_STEPS = (12_500, 25_000, 50_000, 100_000)  # disposals
UK_PEER = 5_000  # disposals
ROUNDS = 3


def run(progress: Callable[[str], None]) -> dict[str, int]:
    """Every `tax.` key."""
    results: dict[str, int] = {}
    for part in (_million, _files, _rp2, _uk, _uk_peers):
        results |= part(progress)
    return {f"tax.{key}": value for key, value in results.items()}


def _million(progress: Callable[[str], None]) -> dict[str, int]:
    results = {}
    for scope in ("universal", "wallet"):
        for method in ("fifo", "hifo"):
            progress(f"tax: a million events, {method}, {scope}")
            measured = _ours("us", method, scope, MILLION, 1)
            name = f"us_{method}_{scope}_1m"
            results[f"{name}_events_per_s"] = int(MILLION / measured["seconds"])
            results[f"{name}_peak_mb"] = int(measured["peak_mb"])
            results["us_1m_events_alone_mb"] = int(measured["ledger_mb"])
    return results


def _files(progress: Callable[[str], None]) -> dict[str, int]:
    progress("tax: reading CSV, writing JSON")
    measured = _ours("files", FILES)
    return {
        "csv_rows_parsed_per_s": int(FILES / measured["parse"]),
        "json_disposals_written_per_s": int(measured["parts"] / measured["write"]),
    }


def _rp2(progress: Callable[[str], None]) -> dict[str, int]:
    results = {}
    events = to_peer(us_ledger(US_PEER).events)
    with open_peer("rp2") as peer:
        for method in ("fifo", "hifo"):
            progress(f"tax: {US_PEER:,} events, {method}, with rp2")
            ask = {"methods": [method], "events": events, "brief": True}
            theirs = min(_answer(peer.ask(ask))[method]["seconds"] for _ in range(2))
            ours = _ours("us", method, "universal", US_PEER, ROUNDS)["seconds"]
            results[f"us_{method}_20k_events_per_s"] = int(US_PEER / ours)
            results[f"us_{method}_20k_rp2_events_per_s"] = int(US_PEER / theirs)
            results[f"us_{method}_20k_times_rp2"] = int(theirs / ours)
    return results


def _uk(progress: Callable[[str], None]) -> dict[str, int]:
    results, seconds = {}, {}
    for count in UK_STEPS:
        progress(f"tax: {count:,} disposals in the United Kingdom")
        seconds[count] = _ours("uk", count, ROUNDS)["seconds"]
        results[f"uk_{count}_disposals_per_s"] = int(count / seconds[count])
    few, many = UK_STEPS[0], UK_STEPS[-1]
    allowed = seconds[few] * (many * math.log(many)) / (few * math.log(few))
    return results | {"uk_growth_percent": int(100 * seconds[many] / allowed)}


def _uk_peers(progress: Callable[[str], None]) -> dict[str, int]:
    ask = {"events": to_peer(uk_ledger(UK_PEER).events), "brief": True}
    ours = _ours("uk", UK_PEER, ROUNDS)
    results = {"uk_5000_disposals_per_s": int(UK_PEER / ours["seconds"])}
    # BittyTax and investir take long: one round.
    for name, rounds in (("cgt_calc", ROUNDS), ("investir", 1), ("bittytax", 1)):
        progress(f"tax: {UK_PEER:,} disposals in the United Kingdom, with {name}")
        with open_peer(name) as peer:
            answers = [_answer(peer.ask(ask)) for _ in range(rounds)]
        assert answers[0].get("parts", ours["parts"]) == ours["parts"]  # the same matches
        theirs = min(answer["seconds"] for answer in answers)
        results[f"uk_5000_{name}_disposals_per_s"] = int(UK_PEER / theirs)
        results[f"uk_5000_times_{name}"] = int(theirs / ours["seconds"])
    return results


def _ours(*arguments: str | int) -> dict[str, Any]:
    command: Sequence[str] = [sys.executable, "-m", "tests.benchmarks.tax_measure"]
    done = subprocess.run(
        [*command, *map(str, arguments)], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    )
    measured: dict[str, Any] = json.loads(done.stdout)
    return measured


def _answer(answer: dict[str, Any]) -> dict[str, Any]:
    assert "error" not in answer, answer
    return answer
