"""`vaultsdk cohorts`: the cohorts that lots travel in."""

from __future__ import annotations

from typing import Any

import click

from vaultsdk.cli.common import Output, Target, output_options, table, target_options
from vaultsdk.cli.names import Names
from vaultsdk.cli.values import day_text
from vaultsdk.core.cohort import CohortKey
from vaultsdk.core.units import format_usd, human_usd


@click.command()
@click.argument("keys", nargs=-1, metavar="[COHORT]...")
@click.option("--all", "everything", is_flag=True, help="Harvested ones too.")
@target_options
@output_options
def cohorts(keys: tuple[str, ...], everything: bool, target: Target, output: Output) -> None:
    """List the open cohorts, or the COHORTs named: 0x-hex, or asset:policy:band:day:seq.

    `eligible below` is the price that its feeds' worst case must not be above, `eligible from` the
    day when its policy's holding time is over.
    """
    meant = [CohortKey.parse(text).pack() for text in keys]
    vault = target.vault()
    at = vault.node.block_number()
    if not meant:
        state = vault.ledger(at).state()
        meant = sorted(state.cohorts) if everything else list(state.open_cohorts())
    assets = vault.assets(at)
    names = Names(target.deployment, assets)
    rows = vault.cohorts(meant, at)
    right = ("units", "lower", "eligible below")
    shown = table(
        "cohort",
        "asset",
        "policy",
        "opened",
        "units",
        "lower",
        "eligible below",
        "eligible from",
        "harvest",
        right=right,
    )
    made: list[dict[str, Any]] = []
    for row in rows:
        key = row.cohort_key
        hold = row.policy_word == 0
        shown.add_row(
            str(key),
            names.symbol(key.asset),
            names.policy(key.policy),
            day_text(key.day * 86_400),
            names.shown(key.asset, row.units),
            human_usd(row.lower),
            "never" if hold else human_usd(row.highest_price),
            "never" if hold else day_text(row.harvestable_from),
            str(row.harvest or ""),
        )
        made.append(
            {
                "cohort": str(key),
                "cohort_hex": key.hex,
                **key.model_dump(),
                "units": names.units(key.asset, row.units),
                "lower_usd": format_usd(row.lower),
                "eligible_below_usd": None if hold else format_usd(row.highest_price),
                "eligible_from": None if hold else row.harvestable_from,
                "harvest": row.harvest or None,
            }
        )
    what = "cohorts" if keys or everything else "open cohorts"
    shown.caption = f"{len(rows)} {what} at block {at}"
    output.emit({"block": at, "cohorts": made}, shown)
