"""`vaultsdk keeper`: the program that harvests when it pays."""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vaultsdk.cli.common import (
    LotvaultGroup,
    Output,
    Signing,
    Target,
    output_options,
    signer_options,
    target_options,
)
from vaultsdk.cli.keeper_views import (
    journal_option,
    keeper_config,
    report_document,
    report_tables,
    terms_options,
)

if TYPE_CHECKING:
    from vaultsdk.keeper.job import RunReport


@click.group(cls=LotvaultGroup)
def keeper() -> None:
    """Harvest when it pays, and say why when it does not."""


@keeper.command()
@click.option("--once", is_flag=True, help="One run, then exit.")
@click.option(
    "--interval",
    type=click.FloatRange(min=0, min_open=True),
    default=60.0,
    show_default=True,
    metavar="SECONDS",
    help="Pause between runs.",
)
@click.option("--dry-run", is_flag=True, help="Simulate, but send nothing.")
@journal_option
@terms_options
@signer_options
@target_options
@output_options
def run(
    target: Target,
    output: Output,
    signing: Signing,
    once: bool,
    interval: float,
    dry_run: bool,
    journal: Path | None,
    **terms: Any,
) -> None:
    """Look at every cohort and harvest what is worth more than it costs.

    Once, or in a loop until SIGTERM or Ctrl-C, which let a run finish. With --json the loop prints
    one document a line and run. Exit code 1 when the keeper cannot work: no role, no funds, or a
    node that stays away.
    """
    from vaultsdk.keeper.job import KeeperJob

    logging.basicConfig(
        level=logging.WARNING, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s"
    )
    logging.getLogger("vaultsdk.keeper").setLevel(logging.WARNING if once else logging.INFO)
    config = keeper_config(dry_run=dry_run, journal=journal, **terms)
    job = KeeperJob(target.vault(), target.deployment, signing.signer(target), config)
    try:
        if once:
            report = job.run_once()
            output.emit(report_document(report), *report_tables(report, dry_run))
            return
        job.run_loop(interval, on_report=lambda report: _tell(report, output, dry_run))
    finally:
        job.close()


def _tell(report: RunReport, output: Output, dry_run: bool) -> None:
    """One run of the loop: a line of JSON, or tables if something happened."""
    if output.as_json:
        click.echo(json.dumps(report_document(report)))
    elif report.harvests or report.simulated or report.refusals:
        output.emit(report_document(report), *report_tables(report, dry_run))
