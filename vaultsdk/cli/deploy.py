"""`vaultsdk deploy`: a vault from one TOML file, checked, resumable, verified."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from rich.console import RenderableType

from vaultsdk.chain.deploying import Deployed, Look, VaultDeployer, VerificationError, read_plan
from vaultsdk.chain.node import Node
from vaultsdk.cli.common import (
    Failure,
    Output,
    Signing,
    Target,
    output_options,
    signer_options,
    table,
    target_options,
)
from vaultsdk.core.units import human, human_usd


@click.command()
@click.argument("config", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--check", is_flag=True, help="Look at everything, send nothing.")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("deployments"),
    show_default=True,
    help="Where the deployment file and the progress file are kept.",
)
@click.option(
    "--networks",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A networks file of your own instead of the packaged one.",
)
@target_options
@signer_options
@output_options
def deploy(
    config: Path,
    check: bool,
    folder: Path,
    networks: Path | None,
    target: Target,
    signing: Signing,
    output: Output,
) -> None:
    """Deploy the vault that CONFIG describes, verify it and write its deployment file.

    After a failure the same command goes on where it stopped; nothing is deployed twice. For a
    vault on a local chain --deployment names the file with that chain's addresses.
    """
    plan = read_plan(config, target.path, networks)
    for warning in plan.warnings():
        output.note(f"warning: {warning}")
    url = target.url if plan.devnet is not None else target.rpc
    if url is None:
        raise Failure(f"{config} is for chain {plan.chain_id}: give --rpc URL or LOTVAULT_RPC")
    deployer = VaultDeployer(Node.at(url), plan, folder, project=project_folder(), say=output.note)
    if check:
        seen = deployer.check(signing.signer(target).address if _named(signing) else None)
        output.emit(*check_report(deployer, seen))
        return
    try:
        done = deployer.run(signing.signer(target))
    except VerificationError as error:
        for row in error.rows:
            if row.status != "ok":
                output.note(f"{row.subject}, {row.field}: {row.found}, not {row.expected}")
        raise
    output.emit(*report(done))
    if not done.standard_json:
        output.note("no standard JSON for explorers: that needs a checkout with `make setup`")


def project_folder() -> Path | None:
    """The checkout around the working folder, if there is one."""
    here = Path.cwd()
    return next((p for p in (here, *here.parents) if (p / "contracts/LotVault.vy").exists()), None)


def check_report(deployer: VaultDeployer, seen: Look) -> tuple[Any, RenderableType, RenderableType]:
    """The document and the tables of a look without sending."""
    plan = deployer.plan
    needed, of = plan.bucket_needed(seen.rates)
    document = {
        "vault": plan.name,
        "chain_id": plan.chain_id,
        "steps": deployer.steps,
        "gas_at_most": seen.gas,
        "wei_at_most": seen.wei,
        "bucket": plan.bucket,
        "bucket_needed": needed,
        "rates": seen.rates,
        "warnings": plan.warnings(),
    }
    facts = table("what", "value")
    facts.add_row("vault", f"{plan.name} on chain {plan.chain_id}")
    facts.add_row("to send", ", ".join(deployer.steps))
    facts.add_row("costs at most", f"{seen.gas:,} gas, {human(seen.wei, 18)} ETH")
    facts.add_row(
        "bucket",
        f"{human(plan.bucket, 18)} {plan.base_unit}; a full cohort of {of} may need "
        f"{human(needed, 18)}",
    )
    prices = table("asset", "rate", "price", right=("rate", "price"))
    for symbol, rate in seen.rates.items():
        prices.add_row(symbol, human(rate, 18, 6), human_usd(seen.base_usd * rate // 10**18))
    return document, facts, prices


def report(done: Deployed) -> tuple[Any, RenderableType, RenderableType]:
    """The document and the tables of a finished deployment."""
    document = {
        "path": done.path,
        "deployment": done.deployment,
        "gas_used": done.gas_used,
        "wei": done.wei,
        "steps": {key: entry.model_dump(mode="json") for key, entry in done.costs.items()},
        "checks": len(done.rows),
        "standard_json": list(done.standard_json),
    }
    costs = table("step", "address", "gas", "ETH", right=("gas", "ETH"))
    for key, entry in done.costs.items():
        gas = "?" if entry.gas_used is None else f"{entry.gas_used:,}"
        paid = "?" if entry.cost is None else human(entry.cost, 18, 6)
        costs.add_row(key, entry.address or "", gas, paid)
    costs.add_row("all", "", f"{done.gas_used:,}", human(done.wei, 18, 6))
    files = table("result", "value")
    files.add_row("verified", f"{len(done.rows)} checks agree")
    files.add_row("deployment file", str(done.path))
    for file in done.standard_json[:1]:
        files.add_row("for explorers", str(file.parent))
    return document, costs, files


def _named(signing: Signing) -> bool:
    return any(x is not None for x in (signing.key_file, signing.keystore, signing.account))
