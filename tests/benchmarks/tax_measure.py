"""One measurement of the tax engine in a process of its own, so that its peak memory is its own.

    python -m tests.benchmarks.tax_measure us fifo universal 1000000 1
    python -m tests.benchmarks.tax_measure uk 100000 3
    python -m tests.benchmarks.tax_measure files 200000

Prints JSON: seconds of the processor, the least of so many rounds, and megabytes, the most in use
at any moment.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

from tests.benchmarks.tax_ledgers import uk_ledger, us_ledger
from vaultsdk.tax.compute import compute
from vaultsdk.tax.document import document
from vaultsdk.tax.ledger.export import ledger_csv
from vaultsdk.tax.ledger.parse import parse_ledger
from vaultsdk.tax.profiles import profile


def us(method: str, scope: str, count: str, rounds: str) -> dict[str, float]:
    """From events in memory to disposals in memory. `ledger_mb` is with the events alone."""
    ledger, us_profile = us_ledger(int(count)), profile("us")
    before = _megabytes()
    seconds, _ = _least(
        int(rounds), lambda: compute(ledger, us_profile, method=method, scope=scope)
    )
    return {"seconds": seconds, "ledger_mb": before, "peak_mb": _megabytes()}


def uk(count: str, rounds: str) -> dict[str, float]:
    """The same for share matching; `parts` of disposals come out."""
    ledger, uk_profile = uk_ledger(int(count)), profile("uk")
    seconds, result = _least(int(rounds), lambda: compute(ledger, uk_profile))
    return {"seconds": seconds, "parts": len(result.disposals)}


def files(count: str) -> dict[str, float]:
    """What is before and after: a CSV text parsed, and a result written as JSON text."""
    made = us_ledger(int(count))
    text = ledger_csv(made)
    parse, ledger = _least(
        1,
        lambda: parse_ledger(text, assets=made.decimals, currency="USD", report_currency="USD"),
    )
    assert len(ledger.events) == len(made.events)
    result = compute(ledger, profile("us"), method="fifo", scope="universal")
    write, _ = _least(1, lambda: json.dumps(document(result)))
    return {"parse": parse, "write": write, "parts": len(result.disposals)}


def _least(rounds: int, work: Callable[[], Any]) -> tuple[float, Any]:
    times, result = [], None
    for _ in range(rounds):
        result = None  # so that two results are never held at once
        start = time.process_time()
        result = work()
        times.append(time.process_time() - start)
    return min(times), result


def _megabytes() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // (2**20 if sys.platform == "darwin" else 2**10)


if __name__ == "__main__":
    print(json.dumps({"us": us, "uk": uk, "files": files}[sys.argv[1]](*sys.argv[2:])))
