"""`vaultsdk deposit`: an asset into the vault, as one lot or, above the cohort cap, several."""

from __future__ import annotations

import click

from vaultsdk.cli.common import (
    Failure,
    Output,
    Signing,
    Target,
    account_address,
    output_options,
    signer_options,
    table,
    target_options,
)
from vaultsdk.cli.funds import funds_told
from vaultsdk.cli.names import Names, document, policy_number
from vaultsdk.cli.values import DATE
from vaultsdk.core.units import format_usd, human_usd, parse_amount, parse_usd


@click.command()
@click.argument("asset")
@click.argument("amount")
@click.option("--policy", "policy_name", default="0", show_default=True, metavar="ID|NAME")
@click.option("--basis", metavar="USD", help="Declared basis of the whole deposit, in USD.")
@click.option("--acquired", type=DATE, help="Declared day of acquisition; needs --basis.")
@click.option("--owner", help="Whose lot it is, if he made the signer his operator.")
@click.option(
    "--shard", type=click.IntRange(min=0), help="Shard of the cohort; else one with room."
)
@click.option("--permit", is_flag=True, help="Sign a permit instead of sending an approval.")
@click.option("--split", is_flag=True, help="Open several lots when above the cohort cap.")
@click.option("--wrap", is_flag=True, help="Wrap ether into WETH first.")
@target_options
@signer_options
@output_options
@funds_told
def deposit(
    asset: str,
    amount: str,
    policy_name: str,
    basis: str | None,
    acquired: int | None,
    owner: str | None,
    shard: int | None,
    permit: bool,
    split: bool,
    wrap: bool,
    target: Target,
    signing: Signing,
    output: Output,
) -> None:
    """Deposit AMOUNT tokens of ASSET (symbol, id or address) as a new lot.

    Without --basis the lot's basis is the vault's price now, and it counts as acquired now.
    """
    if acquired is not None and basis is None:
        raise click.UsageError("--acquired needs --basis: a lot of another day had another price")
    if split and (permit or owner or shard is not None):
        raise click.UsageError("--split goes with none of --permit, --owner and --shard")
    token = target.deployment.asset(asset)
    units = parse_amount(amount, token.decimals)
    usd = None if basis is None else parse_usd(basis, "basis")
    signer = signing.signer(target)
    vault = target.vault()

    from vaultsdk.chain import checks, write_calls
    from vaultsdk.chain.writes import Funding

    number, _ = policy_number(vault, policy_name)
    whose = signer.address if owner is None else account_address(owner, target.deployment)
    if wrap:
        if token.symbol != "WETH":
            raise Failure(f"--wrap makes WETH, not {token.symbol}: leave it out")
        # All that could be refused is refused before any ether is wrapped.
        limits = vault.limits(token.id)
        parts: tuple[int, ...] = (units,)
        if split:
            parts = checks.split_deposit(units, limits.cohort_cap, limits.min_deposit)
        vault.run(
            checks.way_in(
                vault.lens,
                vault.address,
                signer.address,
                whose,
                token.id,
                parts[0],
                number,
                shard=shard,
                basis=None if usd is None else usd * parts[0] // units,
                acquired_at=acquired,
                coming=units,
            )
        )
        vault.send(write_calls.wrap(token.address, units), signer)
    if split:
        receipts = vault.deposit_split(
            signer, token.id, units, number, basis=usd, acquired_at=acquired
        )
    else:
        receipts = [
            vault.deposit(
                signer,
                token.id,
                units,
                number,
                basis=usd,
                acquired_at=acquired,
                owner=whose,
                shard=shard,
                funding=Funding.PERMIT if permit else Funding.APPROVE,
            )
        ]
    names = Names(target.deployment, vault.assets())
    shown = table("lot", "asset", "units", "basis", "policy", "cohort", "transaction")
    for receipt in receipts:
        shown.add_row(
            str(receipt.lot),
            token.symbol,
            names.shown(token.id, receipt.units),
            human_usd(receipt.basis),
            names.policy(number),
            str(receipt.key),
            receipt.tx_hash,
        )
    made = [
        {
            "lot": receipt.lot,
            "asset": token.id,
            "symbol": token.symbol,
            "units": names.units(token.id, receipt.units),
            "basis_usd": format_usd(receipt.basis),
            "policy": number,
            "cohort": str(receipt.key),
            "cohort_hex": receipt.key.hex,
            **document(receipt),
        }
        for receipt in receipts
    ]
    output.emit({"owner": whose, "lots": made}, shown)
