"""The keeper with an ape account: `ape run keeper --network ... --account ALIAS`.

The job is `vaultsdk keeper run`'s; only the account and the node are ape's. ape asks for the
account's passphrase once and keeps it unlocked for the loop.
"""

from __future__ import annotations

import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import ape
import click
from ape.cli import ConnectedProviderCommand, account_option

from vaultsdk.chain.ape_signer import ApeSigner
from vaultsdk.chain.deployment import DEVNET_FILE, load_deployment
from vaultsdk.chain.node import Node
from vaultsdk.cli.common import Output, output_options
from vaultsdk.cli.failures import Failure, failure_of
from vaultsdk.cli.keeper_views import (
    journal_option,
    keeper_config,
    report_document,
    report_tables,
    terms_options,
)
from vaultsdk.core.deployment import check_same_chain
from vaultsdk.core.errors import LotvaultError
from vaultsdk.keeper.job import KeeperJob, RunReport


@click.command(cls=ConnectedProviderCommand)
@account_option()
@click.option(
    "--deployment",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="LOTVAULT_DEPLOYMENT",
    default=DEVNET_FILE,
    show_default=True,
    help="Deployment file (or LOTVAULT_DEPLOYMENT).",
)
@click.option("--once", is_flag=True, help="One run, then exit.")
@click.option("--interval", type=float, default=60.0, show_default=True, metavar="SECONDS")
@click.option("--dry-run", is_flag=True, help="Simulate, but send nothing.")
@journal_option
@terms_options
@output_options
def cli(
    account: Any,
    deployment: Path,
    once: bool,
    interval: float,
    dry_run: bool,
    journal: Path | None,
    output: Output,
    **terms: Any,
) -> None:
    """Harvest what is worth more than it costs, signed by an ape account."""
    logging.basicConfig(level=logging.WARNING)
    try:
        _run(account, deployment, once, interval, output, dry_run, journal, terms)
    except LotvaultError as error:
        raise failure_of(error) from error


def _run(
    account: Any,
    path: Path,
    once: bool,
    interval: float,
    output: Output,
    dry_run: bool,
    journal: Path | None,
    terms: dict[str, Any],
) -> None:
    deployment = load_deployment(path)
    node = Node(ape.networks.provider.web3, ape.networks.provider.connection_str or "the node")
    genesis = node.request("eth_getBlockByNumber", "0x0", False)
    check_same_chain(
        deployment, node.chain_id, genesis["hash"] if genesis else deployment.genesis_hash
    )
    if interval <= 0:
        raise Failure(f"--interval {interval}: give seconds above 0")
    if not once:
        # ape asks for the passphrase at every signature otherwise, and a loop has no terminal.
        account.set_autosign(True)
    config = keeper_config(dry_run=dry_run, journal=journal, **terms)
    signer = ApeSigner(account, ape.networks.provider.network.ecosystem)
    job = KeeperJob(SimpleNamespace(node=node), deployment, signer, config)

    def tell(report: RunReport) -> None:
        if once or report.harvests or report.simulated or report.refusals:
            output.emit(report_document(report), *report_tables(report, dry_run))

    try:
        if once:
            tell(job.run_once())
        else:
            job.run_loop(interval, on_report=tell)
    finally:
        job.close()
