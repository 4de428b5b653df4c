"""`make bench`: run the suites, write `out/bench.json`, show the difference to the baseline.

The document is one flat object of dotted keys, each suite under its own prefix. The committed copy
is `tests/benchmarks/baseline.json`; `--accept` replaces it, and the README's table, by what was
measured. Gas and sizes are exact; lots per second are this machine's, so only their ratio compares
between machines. The same holds for the tax engine's rates, those of its peers, and backtests.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.benchmarks import backtest, gas, readme, sdk, selection, sizes, tax  # noqa: E402
from tests.benchmarks.world import open_world  # noqa: E402

BASELINE = ROOT / "tests/benchmarks/baseline.json"
RESULT = ROOT / "out/bench.json"


SUITES = ("size", "tax", "select", "backtest", "sdk", "gas")


def measure(progress: Callable[[str], None], suites: Sequence[str]) -> dict[str, int]:
    """Every key of these suites."""
    results: dict[str, int] = {}
    if "size" in suites:
        progress("sizes")
        results |= sizes.run()
    if "tax" in suites:
        results |= tax.run(progress)
    if "select" in suites:
        results |= selection.run(progress)
    if "backtest" in suites:
        results |= backtest.run(progress)
    if {"sdk", "gas"}.isdisjoint(suites):
        return results
    with open_world() as world:
        # Reading first: gas leaves the vault with a harvest, reading leaves nothing.
        if "sdk" in suites:
            results |= sdk.run(world, progress)
        if "gas" in suites:
            results |= gas.run(world, progress)
    return results


def difference(results: dict[str, int], baseline: dict[str, int]) -> Table:
    """One row a key: now, committed, change."""
    table = Table(box=None, pad_edge=False)
    table.add_column("key")
    for name in ("now", "committed", "change"):
        table.add_column(name, justify="right")
    for key in sorted(results | baseline):
        now, before = results.get(key), baseline.get(key)
        change = ""
        if now is not None and before is not None and now != before:
            change = f"{now - before:+,}" + (f" ({100 * (now - before) / before:+.1f} %)")
        table.add_row(key, _text(now), _text(before), change)
    return table


def _text(value: int | None) -> str:
    return "-" if value is None else f"{value:,}"


def main() -> int:
    """Measure, write, compare."""
    parser = argparse.ArgumentParser(description=__doc__, prog="make bench")
    parser.add_argument("--accept", action="store_true", help="replace the committed baseline")
    parser.add_argument("--only", choices=SUITES, help="measure one suite; the rest stays")
    arguments = parser.parse_args()
    suites = [arguments.only] if arguments.only else SUITES
    errors = Console(stderr=True)
    results = measure(lambda what: errors.print(f"measuring {what}", style="dim"), suites)
    committed = json.loads(BASELINE.read_text(encoding="utf-8")) if BASELINE.exists() else {}
    baseline = {key: value for key, value in committed.items() if key.split(".")[0] in suites}
    others = {key: value for key, value in committed.items() if key not in baseline}
    text = json.dumps(results, indent=2, sort_keys=True) + "\n"
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(text, encoding="utf-8")
    Console().print(difference(results, baseline))
    if arguments.accept:
        text = json.dumps(others | results, indent=2, sort_keys=True) + "\n"
        BASELINE.write_text(text, encoding="utf-8")
        readme.write()
        errors.print(f"baseline replaced: commit {BASELINE.relative_to(ROOT)} and README.md")
    return 0


if __name__ == "__main__":
    sys.exit(main())
