"""`vaultsdk harvest`: harvests by hand, and the loss at which they are best."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from vaultsdk.cli.common import (
    Failure,
    LotvaultGroup,
    Output,
    Signing,
    Target,
    output_options,
    signer_options,
    target_options,
)
from vaultsdk.cli.harvest_boundary import boundary
from vaultsdk.cli.keeper_views import (
    journal_option,
    keeper_config,
    report_document,
    report_tables,
    terms_options,
)


@click.group(cls=LotvaultGroup)
def harvest() -> None:
    """Harvests by hand, and the loss at which they are best."""


harvest.add_command(boundary)


@harvest.command()
@click.argument("cohorts", nargs=-1, metavar="[COHORT]...")
@click.option("--to", "to", metavar="ASSET", help="Only into this asset (id, symbol or address).")
@click.option("--dry-run", is_flag=True, help="Simulate, but send nothing.")
@journal_option
@terms_options
@signer_options
@target_options
@output_options
def send(
    target: Target,
    output: Output,
    signing: Signing,
    cohorts: tuple[str, ...],
    to: str | None,
    dry_run: bool,
    journal: Path | None,
    **terms: Any,
) -> None:
    """Harvest the named COHORTs, or all that are worth it.

    The same rules, simulation and journal as the keeper's. A COHORT is 0x-hex or
    asset:policy:band:day:seq. Exit code 1 when cohorts were named and none was harvested.
    """
    from vaultsdk.keeper.job import KeeperJob, cohort_keys

    only = cohort_keys(cohorts)
    config = keeper_config(dry_run=dry_run, journal=journal, **terms)
    to_asset = None if to is None else target.deployment.asset(to).id
    job = KeeperJob(target.vault(), target.deployment, signing.signer(target), config)
    try:
        report = job.run_once(only, to_asset=to_asset)
    finally:
        job.close()
    output.emit(report_document(report), *report_tables(report, dry_run, every=bool(only)))
    if only and not (report.simulated if dry_run else report.harvests):
        raise Failure("nothing was harvested: `vaultsdk why COHORT` says what each one lacks")
