"""`vaultsdk plan`: what the keeper would do now, and why."""

from __future__ import annotations

from typing import Any

import click

from vaultsdk.cli.common import Output, Target, output_options, target_options
from vaultsdk.cli.keeper_views import keeper_config, plan_document, plan_tables, terms_options


@click.command()
@click.option("--only-harvests", is_flag=True, help="Leave refused cohorts out of the table.")
@terms_options
@target_options
@output_options
def plan(target: Target, output: Output, only_harvests: bool, **terms: Any) -> None:
    """Show every open cohort: harvested or refused, the reason, and its numbers.

    Read at one block; nothing is sent. price: of a token now. threshold: the price at which the
    policy's loss is reached. loss and worth: at the oracle's price, or net of costs when a swap was
    quoted. costs: swap fee, impact, oracle gap, keeper's fee and gas.
    """
    from vaultsdk.keeper.job import KeeperJob

    job = KeeperJob(target.vault(), target.deployment, None, keeper_config(**terms))
    snapshot, decisions, planned = job.look()
    output.emit(
        plan_document(snapshot, decisions, planned),
        *plan_tables(snapshot, decisions, planned, every=not only_harvests),
    )
