"""What the README shows of measurements: the committed baseline's gas table, a demo's totals.

    python tests/benchmarks/readme.py                    # the gas table; so does `run.py --accept`
    python tests/benchmarks/readme.py --demo out/demo    # totals and picture of that demo as well

`tests/unit/test_readme.py` fails while gas table and baseline differ.
"""

from __future__ import annotations

import argparse
import io
import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from PIL import Image
from rich.console import Console

from vaultsdk.demo.result import DemoResult
from vaultsdk.demo.tables import render

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
BASELINE = ROOT / "tests/benchmarks/baseline.json"
PICTURE = ROOT / "docs/images/demo.png"
GAS, DEMO = "gas-table", "demo-totals"
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
    ("the same where others' lots of that asset stay behind", "harvest_others_stay"),
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


def totals(result: DemoResult) -> str:
    """The demo's table of totals as it prints it."""
    text = io.StringIO()
    Console(file=text, width=110).print(render(result)[1])
    lines = [line.rstrip() for line in text.getvalue().splitlines()]
    return "\n".join(["```text", *(line for line in lines if line), "```"])


def put(page: str, name: str, content: str) -> str:
    """The page with other content between a name's markers; ValueError unless it has them once."""
    start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    inside = f"{start}\n{content}\n{end}"
    text, count = re.subn(
        f"{re.escape(start)}.*?{re.escape(end)}", lambda _: inside, page, flags=re.DOTALL
    )
    if count != 1:
        raise ValueError(f"the page needs one {start} … {end}, and has {count}")
    return text


def write(demo: Path | None = None) -> None:
    """Put the committed baseline's table, and a demo's totals and picture, into the README."""
    page = README.read_text(encoding="utf-8")
    page = put(page, GAS, table(json.loads(BASELINE.read_text(encoding="utf-8"))))
    if demo is not None:
        result = DemoResult.model_validate_json((demo / "demo.json").read_text(encoding="utf-8"))
        page = put(page, DEMO, totals(result))
        # A quarter of the size for colours that nobody sees.
        with Image.open(demo / "chart.png") as chart:
            small = chart.convert("RGB").quantize(64, dither=Image.Dither.NONE)
        small.save(PICTURE, optimize=True)
    README.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--demo", type=Path, help="folder of a finished demo")
    write(parser.parse_args().demo)
    sys.exit(0)
