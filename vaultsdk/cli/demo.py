"""`vaultsdk demo`: a bear market on a local chain, harvested by the keeper, explained."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from vaultsdk.cli.common import Output, output_options
from vaultsdk.demo.scenario import DEFAULT_DEPOSITORS, DEFAULT_SEED, draw

if TYPE_CHECKING:
    from vaultsdk.core.series import PriceSeries
    from vaultsdk.demo.result import DemoResult


@click.command()
@click.option(
    "--prices",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="CSV or Feather: date or time, then close or a column per asset. "
    "Left out: ETH/USD month closes of 2021-11 to 2022-12.",
)
@click.option("--column", metavar="NAME", help="Column of the price file, such as ETH.")
@click.option("--days", type=click.IntRange(min=1), help="Only the first days of the series.")
@click.option(
    "--depositors", type=click.IntRange(min=1), default=DEFAULT_DEPOSITORS, show_default=True
)
@click.option("--seed", type=int, default=DEFAULT_SEED, show_default=True, help="Who does what.")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("out/demo"),
    show_default=True,
    help="Where demo.json, chart.png and index.html go.",
)
@output_options
def demo(
    prices: Path | None,
    column: str | None,
    days: int | None,
    depositors: int,
    seed: int,
    folder: Path,
    output: Output,
) -> None:
    """Live through a price series on a local chain: depositors open lots, the keeper harvests.

    Ends with every harvest, the totals, one depositor's lots before and after, a chart and a page.
    """
    from vaultsdk.demo import chart, page, tables

    series, source = _series(prices, column)
    series = series.daily()
    if days is not None:
        series = series.model_copy(update={"points": series.points[:days]})
    result = _run(series, source, depositors, seed, folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "demo.json").write_text(result.model_dump_json(indent=2) + "\n", encoding="utf-8")
    (folder / "chart.png").write_bytes(chart.png(result))
    (folder / "index.html").write_text(page.render(result, chart.svg(result)), encoding="utf-8")
    output.emit(result.model_dump(mode="json"), *tables.render(result))
    output.note(
        f"\nChart: {folder / 'chart.png'}   page: {folder / 'index.html'}   "
        f"all of it: {folder / 'demo.json'}"
    )


def _series(prices: Path | None, column: str | None) -> tuple[PriceSeries, str]:
    """The series and what to call it."""
    from vaultsdk.devnet.pricefile import read_prices

    if prices is not None:
        return read_prices(prices, column), prices.name
    with as_file(files("vaultsdk.demo") / "eth_2021_2022.csv") as packaged:
        return read_prices(packaged, column), "the ETH/USD closes of 2021-11 to 2022-12"


def _run(series: PriceSeries, source: str, depositors: int, seed: int, folder: Path) -> DemoResult:
    from vaultsdk.demo.collect import collect
    from vaultsdk.demo.run import Replay, open_devnet, replay

    scenario = draw(len(series.points), depositors, seed)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("days, {task.fields[harvests]} harvests"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    # On stderr: stdout is for the result.
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("starting the chain", total=len(series.points), harvests=0)

        def on_day(done: int, so_far: Replay) -> None:
            last = series.points[done - 1]
            progress.update(
                task,
                completed=done,
                harvests=len(so_far.harvests),
                description=f"{last.time:%Y-%m-%d} ETH {last.price:,.0f} USD",
            )

        with open_devnet(series, depositors, folder / "chain") as devnet:
            vault, done = replay(
                devnet, series, scenario, journal=folder / "keeper.jsonl", on_day=on_day
            )
            progress.update(task, description="counting and checking")
            return collect(vault, done, prices=source, seed=seed, depositors=depositors)
