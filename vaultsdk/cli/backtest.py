"""`vaultsdk backtest`: policies against each other on a price history."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from vaultsdk.cli.common import Failure, Output, output_options, table, write_file
from vaultsdk.cli.harvest_boundary import SHARE
from vaultsdk.cli.values import BPS, day_text
from vaultsdk.core.units import format_usd

if TYPE_CHECKING:
    from rich.table import Table

    from vaultsdk.harvest.backtest import GasCost, History, Summary, Terms
    from vaultsdk.harvest.backtest.summary import Path as LotPath

_FILE: Final = click.Path(dir_okay=False, path_type=Path)
_WHOLE: Final = ("size", "hold_days", "dev_bps", "long_days", "window_days")
_GWEI: Final = 10**9


@click.command()
@click.option("--prices", type=_FILE, required=True, help="CSV or Feather: date or time, prices.")
@click.option("--column", help="Column of --prices, if there are several.")
@click.option("--max-gap", default=0, metavar="HOURS", help="Hours that prices may lack in a row.")
@click.option("--gas", "gas_file", type=_FILE, help="CSV: date, gwei and, if need be, eth_usd.")
@click.option("--gas-gwei", type=float, help="One gas price instead; the asset is ether.")
@click.option("--policy", "policies", multiple=True, metavar="NAME", help="Repeat; see below.")
@click.option("--lots", default=100, show_default=True, help="Lots, each with a start of its own.")
@click.option("--every", type=int, metavar="DAYS", help="Between two starts.  [spread evenly]")
@click.option("--horizon", type=float, metavar="YEARS", help="A lot's life.  [to the end]")
@click.option("--size", default=10_000, show_default=True, help="USD put into each lot.")
@click.option("--tau-now", type=SHARE, default=0.37, show_default=True, help="Worth of a loss.")
@click.option(
    "--tau-short", type=SHARE, default=0.37, show_default=True, help="Tax on young gains."
)
@click.option("--tau-long", type=SHARE, default=0.20, show_default=True, help="Tax on old gains.")
@click.option("--long-days", default=365, show_default=True, help="Old means held longer.")
@click.option("--swap-fee", type=SHARE, default=0.0005, show_default=True, help="Of what is sold.")
@click.option("--impact", type=SHARE, default=0.001, show_default=True, help="Price impact.")
@click.option("--keeper-fee", type=SHARE, default=0.001, show_default=True, help="The keeper's.")
@click.option("--r", type=SHARE, default=0.05, show_default=True, help="What tax saved earns.")
@click.option("--lam", type=SHARE, default=0.2, show_default=True, help="Liquidations a year.")
@click.option("--mu", type=SHARE, default=0.05, show_default=True, help="Drift assumed.")
@click.option("--hold", "hold_days", default=31, show_default=True, help="Days between harvests.")
@click.option("--dev-base", "dev_bps", type=BPS, default=50, help="The feed may be off.  [0.5%]")
@click.option("--window", "window_days", default=365, show_default=True, help="Of the volatility.")
@click.option("--no-gate", is_flag=True, help="Harvest at the threshold even at a loss.")
@click.option("--sweep", "axes", multiple=True, metavar="NAME=V,V…", help="Vary terms; repeat.")
@click.option("--processes", type=int, help="For --sweep.  [every core]")
@click.option("--html", type=_FILE, help="A page with charts; the JSON lies beside it.")
@output_options
def backtest(
    output: Output,
    prices: Path,
    column: str | None,
    max_gap: int,
    gas_file: Path | None,
    gas_gwei: float | None,
    policies: tuple[str, ...],
    lots: int,
    every: int | None,
    no_gate: bool,
    axes: tuple[str, ...],
    processes: int | None,
    html: Path | None,
    **numbers: Any,
) -> None:
    """Replay policies on a price history: what harvesting was worth, after all costs and taxes.

    Policies: never, fixed:5%, break-even, monthly, year-end, optimal, optimal:drift. Each lot has
    its own start, and every figure is given over the starts. What a policy decides at a step comes
    from prices before it (docs/backtest.md).
    """
    from vaultsdk.devnet.pricefile import read_prices
    from vaultsdk.harvest.backtest import STANDARD, Terms, World, decider, history_of

    chosen = policies or STANDARD
    for name in chosen:
        decider(name)
    if len(set(chosen)) != len(chosen):
        raise Failure("--policy: the same policy is asked for twice")
    if html is not None and html.suffix.lower() not in (".html", ".htm"):
        raise Failure(f"--html {html}: name a .html file; the JSON beside it gets its name")
    terms = Terms(gate=not no_gate, **numbers)
    history = history_of(read_prices(prices, column), max_gap * 3_600)
    gas = _gas(gas_file, gas_gwei, history)
    world = World(history, gas, lots, every)
    if axes:
        if html is not None:
            raise Failure("--html draws policies under one set of terms: leave out --sweep")
        _swept(output, world, chosen, terms, axes, processes)
        return
    document, summaries, ways = _compared(world, chosen, terms)
    document["history"] |= {"file": prices.name, "column": column}
    document["gas"] = _gas_said(gas_file, gas_gwei)
    if html is not None:
        from vaultsdk.cli.backtest_page import page

        text = json.dumps(document, indent=2, sort_keys=True) + "\n"
        write_file(html, page(document, history).encode(), "--html")
        write_file(html.with_suffix(".json"), text.encode(), "--html")
    output.emit(
        document, _table(summaries), _risk(ways), _about(history, document["gas"], summaries)
    )


def _gas(path: Path | None, gwei: float | None, history: History) -> GasCost:
    from vaultsdk.harvest.backtest import constant_gas, no_gas, parse_gas

    if path is not None and gwei is not None:
        raise Failure("give the price of gas once: --gas FILE or --gas-gwei")
    if gwei is not None:
        if not 0 <= gwei < 1e9:
            raise Failure(f"--gas-gwei {gwei:g}: give gwei, at least 0")
        return constant_gas(history, round(gwei * _GWEI))
    if path is None:
        return no_gas(history)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Failure(f"cannot read {path}: {error}; correct --gas") from None
    return parse_gas(text, str(path), history)


def _gas_said(path: Path | None, gwei: float | None) -> str:
    if path is not None:
        return f"daily, from {path.name}"
    return "none" if gwei is None else f"{gwei:g} gwei throughout"


def _compared(
    world: Any, policies: tuple[str, ...], terms: Terms
) -> tuple[dict[str, Any], list[Summary], dict[str, LotPath]]:
    """Every policy under the same terms, with what only a comparison shows."""
    from vaultsdk.harvest.backtest import decider, expected, paths, run, summarise

    spans, history = world.spans(terms.horizon), world.history
    summaries, ways, found = [], {}, {}
    for name in policies:
        result = run(history, decider(name), terms, world.gas, spans)
        summary, path = summarise(result, history, terms), paths(result, history, terms)
        summaries.append(summary)
        ways[name] = path
        found[name] = (
            summary.model_dump()
            | path.model_dump()
            | {
                "expected": expected(result, history, terms).model_dump(),
                "gains": [
                    (one.wealth - one.held) / (terms.size * 10**18) for one in result.outcomes
                ],
                "events": [
                    {
                        "time": history.times[one.step],
                        "cohorts": one.cohorts,
                        "lots": len(one.lots),
                        "value": format_usd(one.value),
                        "loss": format_usd(one.loss),
                        "swap_cost": format_usd(one.cost),
                        "gas": format_usd(one.gas),
                    }
                    for one in result.events
                ],
            }
        )
    document = {
        "terms": terms.model_dump(),
        "history": _history(history),
        "starts": [history.times[span.start] for span in spans],
        "ends": [history.times[span.end] for span in spans],
        "policies": found,
    }
    return document, summaries, ways


def _history(history: History) -> dict[str, Any]:
    return {
        "first": history.times[0],
        "last": history.times[-1],
        "steps": len(history),
        "step": history.step,
        "gaps": [gap._asdict() for gap in history.gaps],
    }


def _table(summaries: list[Summary]) -> Table:
    names = (
        "after tax", "over holding", "5 %", "median", "95 %", "a year", "better", "losses",
        "per year", "swaps", "gas",
    )  # fmt: skip
    shown = table("policy", *names, right=names)
    for one in summaries:
        shown.add_row(
            one.policy,
            f"{one.wealth.mean:.4f}",
            f"{one.gain.mean:+.2%}",
            f"{one.gain.q05:+.2%}",
            f"{one.gain.median:+.2%}",
            f"{one.gain.q95:+.2%}",
            f"{one.alpha.mean:+.2%}",
            f"{one.better:.0%}",
            f"{one.loss.mean:.1%}",
            f"{one.harvests_a_year.mean:.2f}",
            f"{one.swap_cost.mean:.2%}",
            f"{one.gas.mean:.2%}",
        )
    shown.caption = (
        "Per dollar put in: wealth after tax, and what harvesting added (mean and spread over "
        "starts; a year as return); starts that did better than\nholding; losses harvested; "
        "harvests of a lot a year; what swaps and gas cost."
    )
    return shown


def _risk(ways: dict[str, LotPath]) -> Table:
    names = ("deepest fall, mean", "worst", "below basis, mean", "most")
    shown = table("policy", *names, right=names)
    for name, path in ways.items():
        shown.add_row(
            name,
            f"{path.drawdown.mean:.1%}",
            f"{path.drawdown.best:.1%}",
            f"{path.below_basis.mean:.1%}",
            f"{path.below_basis.best:.1%}",
        )
    return shown


def _about(history: History, gas: str, summaries: list[Summary]) -> str:
    gaps = sum(gap.missing for gap in history.gaps)
    missing = f"{gaps} missing and left out" if gaps else "none missing"
    return (
        f"{len(history):,} prices, {day_text(history.times[0])} to {day_text(history.times[-1])}, "
        f"{missing}; {summaries[0].lots} lots; gas: {gas}."
    )


def _swept(
    output: Output,
    world: Any,
    policies: tuple[str, ...],
    terms: Terms,
    axes: tuple[str, ...],
    processes: int | None,
) -> None:
    from vaultsdk.harvest.backtest import cases, sweep

    ranges = dict(_axis(text) for text in axes)
    sets = cases(policies, terms, ranges)
    results = sweep(world, sets, processes)
    rows = [
        {"policy": case.policy}
        | {name: getattr(case.terms, name) for name in ranges}
        | {"summary": result.model_dump()}
        for case, result in zip(sets, results, strict=True)
    ]
    names = ("over holding", "5 %", "95 %", "a year", "losses")
    shown = table("policy", *ranges, *names, right=(*ranges, *names))
    for case, one in zip(sets, results, strict=True):
        shown.add_row(
            case.policy,
            *(f"{getattr(case.terms, name)}" for name in ranges),
            f"{one.gain.mean:+.2%}",
            f"{one.gain.q05:+.2%}",
            f"{one.gain.q95:+.2%}",
            f"{one.alpha.mean:+.2%}",
            f"{one.loss.mean:.1%}",
        )
    document = {"terms": terms.model_dump(), "history": _history(world.history), "sets": rows}
    output.emit(document, shown)


def _axis(text: str) -> tuple[str, list[Any]]:
    """`swap_fee=0.05%,0.3%` as a name and its values. Raises Failure."""
    name, equals, values = text.partition("=")
    name = name.strip().replace("-", "_")
    if not equals or not values:
        raise Failure(f"--sweep {text}: write a term and its values, such as tau_long=0,20%")
    if name == "gate":
        raise Failure("--sweep gate: run twice instead, with and without --no-gate")
    parts = []
    for value in values.split(","):
        try:
            number = SHARE.convert(value, None, None)
        except click.BadParameter as error:
            raise Failure(f"--sweep {text}: {error.message}") from None
        if name in _WHOLE and number != int(number):
            raise Failure(f"--sweep {text}: {name} takes whole numbers")
        parts.append(int(number) if name in _WHOLE else number)
    return name, parts
