"""The demo's HTML page: one file that needs nothing else, light or dark as the system is."""

from __future__ import annotations

from html import escape
from typing import Final

from vaultsdk.core.units import human_usd
from vaultsdk.demo.result import DemoResult
from vaultsdk.demo.rows import COLUMNS, cells

_STYLE: Final = """
:root { color-scheme: light dark; --line: #8884; --soft: #8882; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 68rem; margin: 2rem auto;
  padding: 0 1rem; }
h1 { font-size: 1.6rem; margin-bottom: 0; }
h2 { margin-top: 2.5rem; font-size: 1.2rem; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr));
  gap: 1rem; padding: 0; }
.figures li { list-style: none; border: 1px solid var(--line); border-radius: .5rem;
  padding: .8rem 1rem; }
.figures b { display: block; font-size: 1.3rem; }
.chart { background: #fff; border-radius: .5rem; padding: .5rem; }
.chart svg { width: 100%; height: auto; }
.wide { overflow-x: auto; max-height: 32rem; border: 1px solid var(--line);
  border-radius: .5rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums;
  font-size: .9rem; }
th, td { text-align: right; padding: .3rem .7rem; white-space: nowrap;
  border-bottom: 1px solid var(--soft); }
th { position: sticky; top: 0; background: Canvas; }
td:nth-child(2), td:nth-child(4) { text-align: left; }
ol.story { font-size: .95rem; }
code { overflow-wrap: anywhere; }
"""


def render(result: DemoResult, chart_svg: str) -> str:
    """The page as text; `chart_svg` goes in as it is."""
    totals = result.totals
    figures = (
        (human_usd(totals.losses_realised, 0), "losses realised"),
        (human_usd(totals.tax_value, 0), f"tax value at {totals.tax_percent} %"),
        (human_usd(totals.costs, 0), "all costs: swaps, fees, gas"),
        (
            f"{totals.gas_per_lot:,}",
            f"gas per lot harvested (own swap: {totals.gas_router_swap:,})",
        ),
        (f"{totals.harvests:,}", f"harvests of {totals.cohorts_harvested:,} cohorts"),
        (f"{totals.lots_opened:,}", f"lots of {totals.depositors:,} depositors"),
    )
    tiles = "".join(f"<li><b>{escape(value)}</b>{escape(what)}</li>" for value, what in figures)
    checks = result.checks
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Lotvault demo</title><style>{_STYLE}</style></head><body>
<h1>Lotvault demo</h1>
<p>{escape(result.first_day)} to {escape(result.last_day)}, prices from
{escape(result.prices)}; a local chain with the real Uniswap. This is software, not tax advice.</p>
<ul class="figures">{tiles}</ul>
<h2>Price, harvests, losses</h2><div class="chart">{chart_svg}</div>
<h2>One depositor, before and after</h2>{_story(result)}
<h2>Harvests</h2><div class="wide" tabindex="0">{_harvests(result)}</div>
<h2>Checked</h2><p>{checks.events:,} events replayed equal the contract's storage: {checks.words:,}
words of {checks.lots:,} lots and {checks.cohorts:,} cohorts.</p>
</body></html>
"""


def _story(result: DemoResult) -> str:
    story = result.depositor
    parts = [f"<p>{escape(story.name)}, <code>{escape(story.owner)}</code></p>"]
    for lot in story.lots:
        steps = "".join(
            f"<li>{escape(step)}</li>"
            for step in (f"opened {lot.opened}", *lot.steps, f"now: {lot.now}")
        )
        parts.append(f'<h3>Lot {lot.number}</h3><ol class="story">{steps}</ol>')
    parts.append(
        f"<p>Losses realised {human_usd(story.losses_realised)}, worth "
        f"{human_usd(story.tax_value)} at {result.totals.tax_percent} %.</p>"
    )
    return "".join(parts)


def _harvests(result: DemoResult) -> str:
    head = "".join(f"<th>{name}</th>" for name in COLUMNS)
    rows = (
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells(line)) + "</tr>"
        for line in result.harvests
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
