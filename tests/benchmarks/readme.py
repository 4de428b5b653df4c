"""The README's table of gas and sizes, made from the committed baseline.

    python tests/benchmarks/readme.py    # writes README.md; `run.py --accept` does it too

`tests/unit/test_readme.py` fails while table and baseline differ.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
BASELINE = ROOT / "tests/benchmarks/baseline.json"
START, END = "<!-- gas-table -->", "<!-- /gas-table -->"
LIMIT = 24_576  # bytes of deployed code: EIP-170

# Words and key, in the order of a lot's life. What is not told here is in the baseline.
ROWS = (
    ("deposit at a declared basis, the first of its cohort", "deposit_first"),
    ("deposit at a declared basis into an existing cohort", "deposit_existing"),
    ("the same, and it is its owner's first lot", "deposit_existing_new_owner"),
    ("deposit at the feeds' price, the first of its cohort", "deposit_oracle_first"),
    ("deposit at the feeds' price into an existing cohort", "deposit_oracle_existing"),
    ("buy with USDC, through one Uniswap V3 pool", "buy"),
    ("harvest of one cohort with 1 lot", "harvest_1_lot"),
    ("harvest of one cohort with 100 lots", "harvest_100_lots"),
    ("harvest of one cohort with 10,000 lots", "harvest_10000_lots"),
    ("each further cohort in the same harvest", "harvest_extra_cohort"),
    ("for comparison: one plain swap on SwapRouter02", "router_swap"),
    ("withdraw a lot that was never harvested", "withdraw_0_hops"),
    ("withdraw a lot that was harvested once", "withdraw_1_hop"),
    ("withdraw a lot that was harvested five times", "withdraw_5_hops"),
    ("sell a lot for USDC, through one Uniswap V3 pool", "sell"),
)


def table(baseline: Mapping[str, int]) -> str:
    """Markdown between the markers: gas, then sizes and reading speed."""
    lines = ["| what | gas |", "|---|---:|"]
    lines += [f"| {words} | {baseline[f'gas.{key}']:,} |" for words, key in ROWS]
    size, speedup = baseline["size.LotVault"], baseline["sdk.page_speedup"]
    lines += [
        "",
        f"`LotVault` is {size:,} bytes of deployed code, of {LIMIT:,} that a chain allows.",
        f"Reading lots by the page is {speedup:,} times as fast as one call a lot.",
    ]
    return "\n".join(lines)


def with_table(page: str, baseline: Mapping[str, int]) -> str:
    """The page with its table made anew. Raises ValueError without exactly one pair of markers."""
    inside = f"{START}\n{table(baseline)}\n{END}"
    text, count = re.subn(
        f"{re.escape(START)}.*?{re.escape(END)}", lambda _: inside, page, flags=re.DOTALL
    )
    if count != 1:
        raise ValueError(f"README.md needs one {START} … {END}, and has {count}")
    return text


def write() -> None:
    """Put the committed baseline's table into the README."""
    baseline = json.loads(BASELINE.read_text(encoding="utf-8"))
    README.write_text(with_table(README.read_text(encoding="utf-8"), baseline), encoding="utf-8")


if __name__ == "__main__":
    write()
    sys.exit(0)
