"""`vaultsdk harvest boundary`: the loss at which to harvest, and what waiting for it is worth."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from vaultsdk.cli.common import Failure, Output, output_options, table, with_options, write_file

if TYPE_CHECKING:
    from rich.table import Table

    from vaultsdk.harvest.boundary import Boundary, Economics
    from vaultsdk.harvest.boundary.finite import FiniteBoundary
    from vaultsdk.harvest.boundary.ladder import FixedCostBoundary
    from vaultsdk.harvest.boundary.schedule import Horizon
    from vaultsdk.harvest.boundary.simulate import Estimate

F = TypeVar("F", bound=Callable[..., Any])

_SHOWN_POINTS: Final = 12  # rows of the boundary over time that a screen can bear


class ShareType(click.ParamType):
    """A number as `0.37`, or as a percentage `37%`."""

    name = "share"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Parse, or fail with a usage error; the range is the model's to check."""
        if isinstance(value, float):
            return value
        text = str(value).strip()
        try:
            number = float(text.removesuffix("%"))
        except ValueError:
            self.fail(f"{value!r} is not a number: write 0.37 or 37%", param, ctx)
        return number / 100 if text.endswith("%") else number


SHARE: Final = ShareType()


def economics_options(volatility_required: bool = True) -> Callable[[F], F]:
    """--tau-now, --tau-later, --k, --r, --lam, --mu and --sigma (or --volatility)."""

    def decorate(function: F) -> F:
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            return function(*args, **kwargs)

        return with_options(
            function,
            wrapper,
            click.option(
                "--tau-now",
                type=SHARE,
                default=0.37,
                show_default=True,
                help="Worth of a dollar of loss now.",
            ),
            click.option(
                "--tau-later", type=SHARE, help="Tax on a dollar of gain later.  [--tau-now]"
            ),
            click.option("--k", type=SHARE, required=True, help="Round-trip cost, of the price."),
            click.option(
                "--r", type=SHARE, default=0.05, show_default=True, help="Discount rate a year."
            ),
            click.option(
                "--lam",
                type=SHARE,
                default=0.2,
                show_default=True,
                help="Liquidations a year: 0.2 is one in five years.",
            ),
            click.option(
                "--mu", type=SHARE, default=0.05, show_default=True, help="Drift of the price."
            ),
            click.option(
                "--sigma",
                "--volatility",
                "sigma",
                type=SHARE,
                required=volatility_required,
                help="Volatility a year.",
            ),
        )

    return decorate


def economics_of(**numbers: Any) -> Economics:
    """The model of those options. Raises BoundaryError."""
    from vaultsdk.harvest.boundary import Economics

    if numbers["tau_later"] is None:
        numbers["tau_later"] = numbers["tau_now"]
    return Economics(**numbers)


def gas_share(gas: float | None, size: float | None) -> float:
    """Gas of a harvest over the basis harvested, both in USD; 0 without them. Raises Failure."""
    if gas is None and size is None:
        return 0.0
    if gas is None or size is None:
        raise Failure("gas matters against the basis it harvests: give both --gas and --size")
    if not gas >= 0 or not size > 0:
        raise Failure(f"--gas {gas:g} --size {size:g}: give USD, the size above 0")
    return gas / size


@click.command()
@economics_options()
@click.option("--gas", type=float, metavar="USD", help="Gas of one harvest.")
@click.option("--size", type=float, metavar="USD", help="Basis that it harvests at once.")
@click.option("--horizon", type=float, metavar="YEARS", help="Liquidated then at the latest.")
@click.option(
    "--year-end", type=float, metavar="YEARS", help="Until the tax year ends; pays losses then."
)
@click.option("--tau-next", type=SHARE, help="Worth of a loss after that year.  [--tau-now]")
@click.option("--simulate", type=int, metavar="PAIRS", help="Check the value by Monte Carlo.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of the Monte Carlo.")
@click.option(
    "--chart",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Draw value by threshold (.png or .svg).",
)
@output_options
def boundary(
    output: Output,
    gas: float | None,
    size: float | None,
    horizon: float | None,
    year_end: float | None,
    tau_next: float | None,
    simulate: int | None,
    seed: int,
    chart: Path | None,
    **numbers: Any,
) -> None:
    """The loss at which harvesting is best, and what other thresholds give away.

    Shares and rates as 0.37 or 37%. Without more, the answer is for ever and for costs in
    proportion. With --gas and --size there is a fixed cost, with --horizon an end, with it and
    --year-end a tax year (docs/boundary.md).
    """
    from vaultsdk.harvest.boundary import hold_value, solve
    from vaultsdk.harvest.boundary.finite import solve_finite
    from vaultsdk.harvest.boundary.ladder import solve_fixed_cost
    from vaultsdk.harvest.boundary.schedule import Horizon
    from vaultsdk.harvest.boundary.simulate import simulate as monte_carlo

    economics = economics_of(**numbers)
    fixed = gas_share(gas, size)
    if horizon is None and (year_end is not None or tau_next is not None):
        raise Failure("a tax year's end needs a horizon: give --horizon YEARS too")
    if chart is not None and chart.suffix.lower() not in (".png", ".svg"):
        raise Failure(f"--chart {chart}: name a .png or .svg file")
    found = solve(economics)
    hold = hold_value(economics)
    document: dict[str, Any] = {
        "inputs": economics.model_dump(),
        **found.model_dump(mode="json"),
        "hold": hold if hold < float("inf") else None,
    }
    shown: list[Any] = [_summary(found), _shares(found)]
    if fixed > 0:
        dear = solve_fixed_cost(economics, fixed)
        document["gas"] = dear.model_dump()
        shown.append(_gas_line(dear))
    if horizon is not None:
        terms = Horizon(years=horizon, fixed_cost=fixed, year_end=year_end, tau_next=tau_next)
        finite = solve_finite(economics, terms)
        document["finite"] = {"terms": terms.model_dump(), **finite.model_dump()}
        shown += [_finite_line(finite, terms), _over_time(finite, terms)]
    if simulate is not None:
        if not found.loss_threshold:
            raise Failure(f"there is no threshold to simulate: {found.note}")
        estimate = monte_carlo(economics, found.loss_threshold, simulate, seed)
        document["simulation"] = estimate.model_dump() | {"seed": seed}
        shown.append(_estimate_line(estimate))
    if chart is not None:
        from vaultsdk.cli.boundary_chart import draw

        write_file(chart, draw(economics, found, chart.suffix.lower()[1:]), "--chart")
    output.emit(document, *shown)


def _summary(found: Boundary) -> str:
    if not found.loss_threshold or found.z_star is None or found.break_even is None:
        worth = f"; worth {found.value:.6f} per dollar of basis" if found.value > 0 else ""
        return f"{found.note[0].upper()}{found.note[1:]}{worth}."
    return (
        f"Harvest at a loss of {found.loss_threshold:.2%} (z* = {found.z_star:.6f}): worth "
        f"{found.value:.6f} per dollar of basis over never harvesting.\n"
        f"A dollar of loss is worth {found.advantage:.4f} net of the tax that it brings later; one "
        f"harvest pays for itself from a loss of {1 - found.break_even:.2%} on."
    )


def _shares(found: Boundary) -> Table:
    shown = table(
        "harvest at a loss of", "value", "of the optimum", right=("value", "of the optimum")
    )
    for key, value in found.fixed.items():
        share = found.share[key]
        shown.add_row(key, f"{value:.6f}", "-" if share is None else f"{share:.1%}")
    return shown


def _gas_line(dear: FixedCostBoundary) -> str:
    part = f"With gas of {dear.fixed_cost:.3%} of the basis"
    if dear.loss_threshold is None:
        return f"{part}: never harvest, no loss of a lot of this size pays for it."
    return f"{part}: harvest at a loss of {dear.loss_threshold:.2%}, worth {dear.value:.6f}."


def _estimate_line(estimate: Estimate) -> str:
    return (
        f"Monte Carlo, {estimate.pairs:,} antithetic pairs: {estimate.value:.6f}, between "
        f"{estimate.low:.6f} and {estimate.high:.6f} with {estimate.confidence:.0%} confidence."
    )


def _finite_line(finite: FiniteBoundary, terms: Horizon) -> str:
    return f"Liquidated within {terms.years:g} years at the latest: worth {finite.value:.6f}."


def _over_time(finite: FiniteBoundary, terms: Horizon) -> Table:
    shown = table(
        "years from now",
        "harvest at a loss of",
        right=("years from now", "harvest at a loss of"),
    )
    every = max(1, (len(finite.points) - 1) // (_SHOWN_POINTS - 1))
    last = len(finite.points) - 1
    ends = terms.year_ends()
    for number, point in enumerate(finite.points):
        # A year's last moment is unlike those around it.
        if number % every and number != last and point.time not in ends:
            continue
        text = "-" if point.z_star is None else f"{1 - point.z_star:.2%}"
        if point.low > 0:
            text += f" to {1 - point.low:.2%}"
        shown.add_row(f"{point.time:.3f}", text)
    return shown
