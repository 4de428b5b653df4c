"""`ape run deploy`: a vault from one TOML file, signed by an account of ape.

    ape run deploy --network ethereum:mainnet:node --config scripts/config/mainnet-eth.toml
    ape run deploy --network ethereum:local:foundry --account TEST::9 \\
        --config scripts/config/devnet.toml

The second rehearses on a chain that lasts as long as the command: tokens, exchange and feeds are
set up on it first. `vaultsdk deploy` does the same work with a key file or a keystore.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from ape.cli import ConnectedProviderCommand, account_option

from vaultsdk.chain.ape_signer import ApeSigner
from vaultsdk.chain.deploying import (
    LOCAL,
    VaultDeployer,
    VerificationError,
    read_book,
    read_config,
)
from vaultsdk.chain.deployment import DEVNET_FILE, load_deployment
from vaultsdk.chain.node import Node
from vaultsdk.cli.common import Output, output_options
from vaultsdk.cli.deploy import check_report, project_folder, report
from vaultsdk.cli.failures import failure_of
from vaultsdk.core.deployment import DeploymentError
from vaultsdk.core.errors import LotvaultError
from vaultsdk.core.vault_plan import AddressBook, plan_vault
from vaultsdk.devnet.market_setup import set_up_market
from vaultsdk.devnet.params import DevnetParams
from vaultsdk.devnet.rpc import Rpc
from vaultsdk.devnet.sender import Sender

_file = click.Path(dir_okay=False, path_type=Path)


@click.command(cls=ConnectedProviderCommand)
@account_option()
@click.option("--config", type=_file, required=True, help="The vault's TOML file.")
@click.option("--check", is_flag=True, help="Look at everything, send nothing.")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("deployments"),
    show_default=True,
    help="Where the deployment file and the progress file are kept.",
)
@click.option(
    "--deployment",
    type=_file,
    envvar="LOTVAULT_DEPLOYMENT",
    default=DEVNET_FILE,
    show_default=True,
    help="A local chain's deployment file, for its addresses.",
)
@click.option("--networks", type=_file, help="A networks file instead of the packaged one.")
@output_options
def cli(
    provider: Any,
    account: Any,
    config: Path,
    check: bool,
    folder: Path,
    deployment: Path,
    networks: Path | None,
    output: Output,
) -> None:
    """Deploy a vault, verify it and write its deployment file; after a failure, go on with it."""
    try:
        node = Node(provider.web3, provider.connection_str or "the node")
        wanted = read_config(config)
        if wanted.network == LOCAL and provider.network.is_local and _is_empty(node):
            book = _rehearsal(node, provider, output)
        else:
            book = read_book(wanted, deployment, networks)
            if wanted.network == LOCAL:
                _check_same_genesis(node, deployment)
        plan = plan_vault(wanted, book, str(config))
        for warning in plan.warnings():
            output.note(f"warning: {warning}")
        work = VaultDeployer(node, plan, folder, project=project_folder(), say=output.note)
        if check:
            output.emit(*check_report(work, work.check(str(account.address))))
            return
        output.emit(*report(work.run(ApeSigner(account, provider.network.ecosystem))))
    except VerificationError as error:
        for row in error.rows:
            if row.status != "ok":
                output.note(f"{row.subject}, {row.field}: {row.found}, not {row.expected}")
        raise failure_of(error) from error
    except LotvaultError as error:
        raise failure_of(error) from error


def _is_empty(node: Node) -> bool:
    return node.block_number() == 0


def _check_same_genesis(node: Node, path: Path) -> None:
    if node.block(0)["hash"] != load_deployment(path).genesis_hash:
        raise DeploymentError(
            f"{path} is of another local chain than this one: name the running chain's file with "
            "--deployment, or connect to it (--network ethereum:local:http://127.0.0.1:8545)"
        )


def _rehearsal(node: Node, provider: Any, output: Output) -> AddressBook:
    """A market on ape's own empty chain, from the accounts that every local chain knows."""
    output.note("an empty local chain: setting up tokens, feeds and the exchange for a rehearsal")
    now = int(node.block()["timestamp"], 16)
    params = DevnetParams(start=datetime.fromtimestamp(now, UTC))
    rpc = Rpc(provider.uri)
    sender = Sender(rpc, 10 * params.base_fee)
    market = set_up_market(rpc, sender, params)
    sender.flush()
    return AddressBook(
        source="the local chain",
        chain_id=provider.chain_id,
        tokens=market.tokens,
        feeds=market.feeds,
        dex=market.dex,
    )
