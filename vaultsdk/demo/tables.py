"""The demo's result for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from vaultsdk.core.units import human, human_usd
from vaultsdk.demo.result import DemoResult, HarvestLine
from vaultsdk.demo.rows import COLUMNS, cells

_SHOWN: Final = 12  # harvests from either end; the document has them all


def render(result: DemoResult) -> list[RenderableType]:
    """Harvests, totals, one depositor, what was checked."""
    return [_harvests(result.harvests), _totals(result), _depositor(result), _checks(result)]


def _plain(title: str) -> Table:
    return Table(title=title, box=None, title_justify="left", title_style="bold", pad_edge=False)


def _harvests(lines: Sequence[HarvestLine]) -> Table:
    made = _plain("Harvests")
    for name in COLUMNS:
        text = name in ("day", "swap")
        made.add_column(name, justify="left" if text else "right", no_wrap=not text)
    hidden = len(lines) - 2 * _SHOWN
    for place, line in enumerate(lines):
        if hidden > 0 and _SHOWN <= place < len(lines) - _SHOWN:
            if place == _SHOWN:
                made.add_row("…", f"({hidden} more in demo.json)")
            continue
        made.add_row(*cells(line))
    return made


def _totals(result: DemoResult) -> Table:
    totals = result.totals
    made = _plain(f"Totals, {result.first_day} to {result.last_day} ({totals.days} days)")
    made.add_column("")
    made.add_column("", justify="right")
    made.add_column("")
    rows = (
        ("depositors", f"{totals.depositors:,}", ""),
        ("lots opened", f"{totals.lots_opened:,}", f"{totals.lots_open:,} open at the end"),
        (
            "cohorts opened",
            f"{totals.cohorts_opened:,}",
            f"{totals.cohorts_harvested:,} harvested",
        ),
        (
            "harvests",
            f"{totals.harvests:,}",
            f"of {totals.lots_harvested:,} lots, each counted once a harvest",
        ),
        ("losses realised", human_usd(totals.losses_realised), ""),
        (
            f"tax value at {totals.tax_percent} %",
            human_usd(totals.tax_value),
            "deferred: the new bases are lower by as much",
        ),
        (
            "swap costs",
            human_usd(totals.swap_costs),
            f"fees, impact, oracle gap; {human_usd(totals.keeper_fees)} of it the keeper's",
        ),
        ("gas", human_usd(totals.gas_usd), f"{totals.gas:,} gas"),
        (
            "all costs",
            human_usd(totals.costs),
            _share(totals.costs, totals.tax_value) + " of the tax value",
        ),
        (
            "gas per lot harvested",
            f"{totals.gas_per_lot:,}",
            f"a depositor's own swap takes {totals.gas_router_swap:,}",
        ),
    )
    for row in rows:
        made.add_row(*row)
    return made


def _depositor(result: DemoResult) -> Group:
    story = result.depositor
    parts: list[RenderableType] = [
        Text(
            f"One depositor, before and after: {story.name} ({story.owner})",
            style="bold",
        )
    ]
    for lot in story.lots:
        parts.append(Text(f"lot {lot.number}", style="bold"))
        parts.append(Padding(Text(f"opened {lot.opened}"), (0, 0, 0, 2)))
        parts += [Padding(Text(step), (0, 0, 0, 2)) for step in lot.steps]
        parts.append(Padding(Text(f"now    {lot.now}"), (0, 0, 0, 2)))
    parts.append(
        Text(
            f"losses realised {human_usd(story.losses_realised)}, worth "
            f"{human_usd(story.tax_value)} at {result.totals.tax_percent} %"
        )
    )
    return Group(*parts)


def _checks(result: DemoResult) -> Text:
    checks = result.checks
    return Text(
        f"Checked: {checks.events:,} events replayed equal the contract's storage, "
        f"{checks.words:,} words of {checks.lots:,} lots and {checks.cohorts:,} cohorts.",
        style="green",
    )


def _share(part: int, whole: int) -> str:
    return f"{human(part * 100 * 10**4 // whole, 4, 1)} %" if whole else "no share"
