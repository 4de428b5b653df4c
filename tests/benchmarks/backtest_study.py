"""The figures and the chart of docs/study.md, from real prices: LOTVAULT_DATA names their folder.

    LOTVAULT_DATA=... python tests/benchmarks/backtest_study.py [docs/images/study.png]

Prints the page's tables; the same data gives the same text.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from vaultsdk.devnet.pricefile import read_prices  # noqa: E402
from vaultsdk.harvest.backtest import (  # noqa: E402
    Case,
    Summary,
    Terms,
    World,
    decider,
    history_of,
    parse_gas,
    run,
    summarise,
    sweep,
)
from vaultsdk.harvest.backtest.summary import alpha  # noqa: E402

ASSETS = ("ETH", "BTC")
POLICIES = (
    "fixed:5%", "fixed:10%", "fixed:20%", "fixed:30%", "break-even", "monthly", "year-end",
    "optimal", "optimal:drift",
)  # fmt: skip
PROFILES = {  # what a loss is worth, tax on young gains, tax on old gains
    "one rate of 37 %": (0.37, 0.37, 0.37),
    "37 % now, 20 % on old gains": (0.37, 0.37, 0.20),
    "20 % throughout": (0.20, 0.20, 0.20),
}
LIFE, LOTS = 3.0, 200
THRESHOLDS = (1, 2, 3, 5, 7, 10, 15, 20, 25, 30, 35, 40, 45, 50, 60)


def worlds() -> dict[str, World]:
    """Daily prices of 2018 to 2026 with the gas of the days."""
    folder = Path(os.environ["LOTVAULT_DATA"])
    gas = (folder / "derived_daily_gas_eth.csv").read_text(encoding="utf-8")
    found = {}
    for asset in ASSETS:
        series = read_prices(folder / "derived_daily_close_utc.csv", asset)
        past = history_of(series, max_gap=86_400)
        found[asset] = World(past, parse_gas(gas, "gas", past), LOTS)
    return found


def terms(profile: str, **changes: Any) -> Terms:
    """A tax profile with the study's lives."""
    now, short, long = PROFILES[profile]
    fields = {"tau_now": now, "tau_short": short, "tau_long": long, "horizon": LIFE}
    return Terms.model_validate(fields | changes)


def ask(world: World, sets: Sequence[tuple[str, Terms]]) -> list[Summary]:
    """The summaries of these sets, on all cores."""
    return sweep(world, [Case(*one) for one in sets])


def policies(found: dict[str, World]) -> None:
    for profile in PROFILES:
        print(f"\n### {profile}\n")
        print("| policy | " + " | ".join(f"{a} a year | 5 to 95 % of starts | losses a year | "
              f"harvests a year | costs" for a in ASSETS) + " |")  # fmt: skip
        print("|---|" + "---:|---:|---:|---:|---:|" * len(ASSETS))
        results = [ask(found[asset], [(p, terms(profile)) for p in POLICIES]) for asset in ASSETS]
        for row in zip(*results, strict=True):
            cells = [
                f"{one.alpha.mean:+.2%} | {one.alpha.q05:+.2%} to {one.alpha.q95:+.2%} | "
                f"{one.loss_a_year.mean:.1%} | {one.harvests_a_year.mean:.2f} | "
                f"{one.swap_cost.mean + one.gas.mean:.2%}"
                for one in row
            ]
            print(f"| `{row[0].policy}` | " + " | ".join(cells) + " |")


def costs(found: dict[str, World]) -> None:
    print("\n### Costs (one rate of 37 %, ETH)\n")
    chosen = (
        "fixed:2%",
        "fixed:5%",
        "fixed:10%",
        "fixed:20%",
        "fixed:30%",
        "break-even",
        "optimal",
    )
    print("| k | " + " | ".join(f"`{name}`" for name in chosen) + " |")
    print("|---:|" + "---:|" * len(chosen))
    for k in (0.0005, 0.0025, 0.01, 0.03):
        given = terms("one rate of 37 %", swap_fee=k, impact=0, keeper_fee=0)
        rows = ask(found["ETH"], [(name, given) for name in chosen])
        print(f"| {k:.2%} | " + " | ".join(f"{one.alpha.mean:+.3%}" for one in rows) + " |")


def sizes(found: dict[str, World]) -> None:
    print(
        "\n### Size of a lot (one rate of 37 %, ETH, `optimal`; 200 lots share gas, or one alone)\n"
    )
    print("| dollars | with others | gas | alone | gas |")
    print("|---:|---:|---:|---:|---:|")
    world = found["ETH"]
    for size in (100, 1_000, 10_000, 100_000):
        given = terms("one rate of 37 %", size=size)
        (shared,) = ask(world, [("optimal", given)])
        lone = [alone(world, given, i) for i in range(0, LOTS, 4)]
        print(
            f"| {size:,} | {shared.alpha.mean:+.2%} | {shared.gas.mean:.2%} | "
            f"{sum(a for a, _ in lone) / len(lone):+.2%} | "
            f"{sum(g for _, g in lone) / len(lone):.2%} |"
        )


def alone(world: World, given: Terms, number: int) -> tuple[float, float]:
    """Return a year and gas of one lot that shares its gas with nobody."""
    one = run(world.history, decider("optimal"), given, world.gas, [world.spans(LIFE)[number]])
    summary = summarise(one, world.history, given)
    return summary.alpha.mean, summary.gas.mean


def years(found: dict[str, World]) -> None:
    """By the year in which a lot was bought."""
    print("\n### By year of purchase (`optimal`)\n")
    print("| asset, profile | 2018 | 2019 | 2020 | 2021 | 2022 | 2023 |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for asset, world in found.items():
        for profile in list(PROFILES)[:2]:
            given, by_year = terms(profile), dict[int, list[float]]()
            replay = run(
                world.history, decider("optimal"), given, world.gas, world.spans(given.horizon)
            )
            for one in replay.outcomes:
                bought = datetime.fromtimestamp(world.history.times[one.start], UTC).year
                by_year.setdefault(bought, []).append(alpha(one, given.size * 10**18, LIFE))
            cells = [f"{fmean(values):+.2%}" for _, values in sorted(by_year.items())]
            print(f"| {asset}, {profile} | " + " | ".join(cells) + " |")


def equities(found: dict[str, World]) -> None:
    print("\n### Beside equities (losses 35 %, old gains 15 %, before costs)\n")
    print("| asset | monthly | monthly, 31 days apart | daily, any loss of 5 % |")
    print("|---|---:|---:|---:|")
    free = {"swap_fee": 0, "impact": 0, "keeper_fee": 0, "dev_bps": 0}
    for asset in ASSETS:
        world = found[asset]
        world = world._replace(gas=type(world.gas)((0,) * len(world.history)))
        given = Terms.model_validate(
            free | {"tau_now": 0.35, "tau_short": 0.35, "tau_long": 0.15, "horizon": LIFE}
        )
        quick, slow = (given.model_copy(update={"hold_days": days}) for days in (1, 31))
        rows = ask(world, [("monthly", quick), ("monthly", slow), ("fixed:5%", quick)])
        print(f"| {asset} | " + " | ".join(f"{one.alpha.mean:+.2%}" for one in rows) + " |")


def chart(found: dict[str, World], path: Path) -> None:
    """Return a year by threshold, with the walk-forward optimum as a line across."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4), layout="constrained")
    profiles = list(PROFILES)[:2]
    for axes, profile in zip(figure.subplots(1, 2), profiles, strict=True):
        for asset, color in zip(ASSETS, ("#3b5bdb", "#e8590c"), strict=True):
            sets = [(f"fixed:{x}%", terms(profile)) for x in THRESHOLDS]
            *rows, best = ask(found[asset], [*sets, ("optimal", terms(profile))])
            axes.plot(
                THRESHOLDS, [100 * one.alpha.mean for one in rows], color=color, marker=".",
                label=asset,
            )  # fmt: skip
            axes.axhline(
                100 * best.alpha.mean, color=color, linestyle="--", linewidth=1,
                label=f"{asset}, optimal boundary",
            )  # fmt: skip
        axes.set_title(profile, loc="left", fontsize=10)
        axes.set_xlabel("harvest at a loss of, %")
        axes.set_ylim(bottom=0)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    figure.axes[0].set_ylabel("after-tax return over holding, % a year")
    figure.axes[0].legend(frameon=False, fontsize=8)
    figure.savefig(path, dpi=110, metadata={"Software": None})


def main() -> int:
    if "LOTVAULT_DATA" not in os.environ:
        print("LOTVAULT_DATA is not set: name the folder with the price files", file=sys.stderr)
        return 1
    found = worlds()
    policies(found)
    costs(found)
    sizes(found)
    years(found)
    equities(found)
    if len(sys.argv) > 1:
        chart(found, Path(sys.argv[1]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
