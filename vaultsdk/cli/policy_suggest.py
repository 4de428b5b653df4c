"""`vaultsdk policy suggest`: a policy for an asset, from its volatility and what a swap costs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from vaultsdk.cli.common import Failure, Output, output_options, table
from vaultsdk.cli.harvest_boundary import economics_of, economics_options, gas_share
from vaultsdk.cli.values import BPS
from vaultsdk.core.policy import Bounds, percent

if TYPE_CHECKING:
    from rich.table import Table

    from vaultsdk.harvest.boundary.suggest import Suggestion

_SHARES: Final = ("min_loss", "max_cost", "max_slippage", "max_fee", "tax_value")


@click.command()
@economics_options(volatility_required=False)
@click.option(
    "--prices",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Measure the volatility: CSV with date (or time) and prices.",
)
@click.option("--column", help="Column of --prices, if there are several.")
@click.option("--gas", type=float, metavar="USD", help="Gas of one harvest.")
@click.option("--size", type=float, metavar="USD", help="Basis that it harvests at once.")
@click.option("--dev-base", type=BPS, default=50, help="The base feed may be off.  [0.5%]")
@click.option("--dev-in", type=BPS, default=0, help="So may the asset's rate feed.  [0%]")
@click.option("--dev-out", type=BPS, default=60, help="And the replacement's.  [0.6%]")
@click.option("--hold", type=int, default=31, show_default=True, help="Days between harvests.")
@click.option("--bound-cost", type=BPS, default=5_000, help="Deployment's max_cost.  [50%]")
@click.option("--bound-slippage", type=BPS, default=400, help="Its max_slippage.  [4%]")
@click.option("--bound-fee", type=BPS, default=100, help="Its max_fee.  [1%]")
@output_options
def suggest(
    output: Output,
    prices: Path | None,
    column: str | None,
    gas: float | None,
    size: float | None,
    dev_base: int,
    dev_in: int,
    dev_out: int,
    hold: int,
    bound_cost: int,
    bound_slippage: int,
    bound_fee: int,
    **numbers: Any,
) -> None:
    """A policy that harvests at the optimal boundary, with the reason for each number.

    The volatility is given (--volatility) or measured (--prices). Needs no node; the bounds are
    those of the example configurations unless you say otherwise.
    """
    from vaultsdk.harvest.boundary.measure import volatility
    from vaultsdk.harvest.boundary.suggest import Feeds
    from vaultsdk.harvest.boundary.suggest import suggest as suggested

    measured = None
    if (numbers["sigma"] is None) == (prices is None):
        raise Failure("give the volatility once: --volatility 0.7, or --prices FILE to measure it")
    if prices is not None:
        from vaultsdk.devnet.pricefile import read_prices

        measured = volatility(read_prices(prices, column))
        numbers["sigma"] = measured.sigma
    elif column is not None:
        raise Failure("--column chooses a column of --prices: give --prices FILE too")
    economics = economics_of(**numbers)
    found = suggested(
        economics,
        Bounds(max_cost=bound_cost, max_slippage=bound_slippage, max_fee=bound_fee),
        Feeds(dev_base=dev_base, dev_in=dev_in, dev_out=dev_out),
        gas_share(gas, size),
        hold,
        measured,
    )
    document = {"inputs": economics.model_dump(), **found.model_dump(mode="json")}
    if found.hold:
        output.emit(document, f"Policy 0 (hold): {found.reasons['policy']}.")
        return
    document["command"] = _command(found)
    output.emit(document, _fields(found), *_notes(found), f"vaultsdk {_command(found)}")


def _fields(found: Suggestion) -> Table:
    shown = table("field", "suggested", "because", right=("suggested",))
    for name in ("min_loss", "max_cost", "max_slippage", "max_fee", "min_hold_days", "tax_value"):
        value = getattr(found, name)
        text = percent(value) if name in _SHARES else f"{value} days"
        shown.add_row(name.replace("_", " "), text, found.reasons[name])
    return shown


def _notes(found: Suggestion) -> list[str]:
    if found.volatility is None:
        return []
    low, high = ("none" if loss is None else f"{loss:.2%}" for loss in found.by_volatility.values())
    return [
        f"Volatility {found.reasons['volatility']}: the boundary is then a loss between {low} "
        f"and {high}."
    ]


def _command(found: Suggestion) -> str:
    """The command that creates it; the replacement is the depositor's to choose."""
    options = (
        ("min-loss", percent(found.min_loss)),
        ("max-cost", percent(found.max_cost)),
        ("max-slippage", percent(found.max_slippage)),
        ("max-fee", percent(found.max_fee)),
        ("hold", str(found.min_hold_days)),
        ("tax-value", percent(found.tax_value)),
    )
    written = " ".join(f"--{name} {value.replace(' ', '')}" for name, value in options)
    return f"policy create --into ASSET {written}"
