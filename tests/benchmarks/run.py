"""`make bench`: run the suites, write `out/bench.json`, show the difference to the baseline.

The document is one flat object of dotted keys, each suite under its own prefix. The committed copy
is `tests/benchmarks/baseline.json`; `--accept` replaces it, and the README's table, by what was
measured. Gas and sizes are exact; lots per second are this machine's, so only their ratio compares
between machines.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.benchmarks import gas, readme, sdk, sizes  # noqa: E402
from tests.benchmarks.world import open_world  # noqa: E402

BASELINE = ROOT / "tests/benchmarks/baseline.json"
RESULT = ROOT / "out/bench.json"


def measure(progress: Callable[[str], None]) -> dict[str, int]:
    """Every key of every suite."""
    progress("sizes")
    results = sizes.run()
    with open_world() as world:
        # Reading first: gas leaves the vault with a harvest, reading leaves nothing.
        results |= sdk.run(world, progress)
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
    arguments = parser.parse_args()
    errors = Console(stderr=True)
    results = measure(lambda what: errors.print(f"measuring {what}", style="dim"))
    text = json.dumps(results, indent=2, sort_keys=True) + "\n"
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(text, encoding="utf-8")
    baseline = json.loads(BASELINE.read_text(encoding="utf-8")) if BASELINE.exists() else {}
    Console().print(difference(results, baseline))
    if arguments.accept:
        BASELINE.write_text(text, encoding="utf-8")
        readme.write()
        errors.print(f"baseline replaced: commit {BASELINE.relative_to(ROOT)} and README.md")
    return 0


if __name__ == "__main__":
    sys.exit(main())
