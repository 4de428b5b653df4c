"""`vaultsdk policy`: the rules under which lots may be harvested. Immutable; anyone may create."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from vaultsdk.cli.common import (
    LotvaultGroup,
    Output,
    Signing,
    Target,
    output_options,
    signer_options,
    table,
    target_options,
)
from vaultsdk.cli.names import Names, document, policy_number
from vaultsdk.cli.policy_suggest import suggest
from vaultsdk.cli.values import BPS, LOT_PART, LotPart
from vaultsdk.core.policy import Policy, percent
from vaultsdk.core.units import parse_amount

if TYPE_CHECKING:
    from vaultsdk.chain.rows import AssetState


@click.group(cls=LotvaultGroup)
def policy() -> None:
    """Policies: the rules under which lots may be harvested."""


policy.add_command(suggest)


@policy.command("list")
@target_options
@output_options
def list_(target: Target, output: Output) -> None:
    """List all policies of the vault."""
    vault = target.vault()
    found, names = vault.policies(), Names(target.deployment, vault.assets())
    shown = table(
        "policy", "into", "min loss", "max cost", "max slippage", "max fee", "hold", "tax value"
    )
    for number, content in found.items():
        shown.add_row(names.policy(number), *_cells(content, names))
    output.emit({"policies": [_document(n, c, names) for n, c in found.items()]}, shown)


@policy.command()
@click.argument("name", metavar="ID|NAME")
@target_options
@output_options
def show(name: str, target: Target, output: Output) -> None:
    """Explain one policy in plain words, with what may keep it from being harvested."""
    vault = target.vault()
    number, content = policy_number(vault, name)
    assets = vault.assets()
    names = Names(target.deployment, assets)
    warnings = _warnings(content, assets, names)
    made = _document(number, content, names) | {"warnings": warnings}
    output.emit(
        made,
        f"Policy {names.policy(number)}",
        content.describe(names.symbols),
        *(f"Note: {warning}" for warning in warnings),
        f"word {made['word']}\nhash {made['hash']}",
    )


@policy.command()
@click.option("--into", required=True, multiple=True, metavar="ASSET", help="May be repeated.")
@click.option("--min-loss", type=BPS, required=True, help="Loss against the basis, such as 5%.")
@click.option("--max-cost", type=BPS, required=True, help="Share of the loss it may cost.")
@click.option("--max-slippage", type=BPS, required=True, help="Distance from the feeds' price.")
@click.option("--max-fee", type=BPS, required=True, help="Keeper's share of the proceeds.")
@click.option("--hold", type=click.IntRange(0, 65535), default=31, show_default=True, help="Days.")
@click.option("--tax-value", type=BPS, default=3_000, help="Worth of a dollar of loss.  [30%]")
@target_options
@signer_options
@output_options
def create(
    into: tuple[str, ...],
    min_loss: int,
    max_cost: int,
    max_slippage: int,
    max_fee: int,
    hold: int,
    tax_value: int,
    target: Target,
    signing: Signing,
    output: Output,
) -> None:
    """Create a policy, or find the id of the one with the same content (then nothing is sent)."""
    mask = 0
    for name in into:
        mask |= 1 << target.deployment.asset(name).id
    content = Policy(
        mask=mask,
        min_loss=min_loss,
        max_cost=max_cost,
        max_slippage=max_slippage,
        max_fee=max_fee,
        min_hold_days=hold,
        tax_value=tax_value,
    )
    signer = signing.signer(target)
    vault = target.vault()
    number, receipt = vault.create_policy(signer, content)
    assets = vault.assets()
    names = Names(target.deployment, assets)
    made = _document(number, content, names) | {
        "created": receipt is not None,
        "warnings": _warnings(content, assets, names),
        **(document(receipt) if receipt else {}),
    }
    output.emit(
        made,
        f"Policy {number} {'created' if receipt else 'existed already'}: "
        + content.describe(names.symbols),
        *(f"Note: {warning}" for warning in made["warnings"]),
    )


@policy.command()
@click.argument("lot", type=LOT_PART, metavar="LOT[:AMOUNT]")
@click.argument("name", metavar="ID|NAME")
@click.option(
    "--shard", type=click.IntRange(min=0), help="Shard of the cohort; else one with room."
)
@target_options
@signer_options
@output_options
def change(
    lot: LotPart, name: str, shard: int | None, target: Target, signing: Signing, output: Output
) -> None:
    """Put a lot, or a part of it as a new lot, under another policy.

    Basis and acquisition time stay; the holding time starts again. Policy 0 (hold) is never
    refused for a whole lot.
    """
    signer = signing.signer(target)
    vault = target.vault()
    number, _ = policy_number(vault, name)
    if lot.amount is None:
        receipt = vault.change_policy(signer, lot.lot, number, shard=shard)
    else:
        row = vault.lot(signer.address, lot.lot)
        decimals = vault.assets()[row.asset].asset.decimals
        units = parse_amount(lot.amount, decimals)
        receipt = vault.change_policy(signer, lot.lot, number, units, shard=shard)
    names = Names(target.deployment, vault.assets())
    output.emit(
        {
            "lot": receipt.lot,
            "policy": number,
            "cohort": str(receipt.key),
            "cohort_hex": receipt.key.hex,
            **document(receipt),
        },
        f"Lot {receipt.lot} is under policy {names.policy(number)} now, in cohort {receipt.key} "
        f"({receipt.tx_hash})",
    )


def _cells(content: Policy, names: Names) -> list[str]:
    if content.is_hold:
        return ["never harvested", "", "", "", "", "", ""]
    return [
        ", ".join(names.symbol(asset) for asset in content.assets),
        percent(content.min_loss),
        percent(content.max_cost),
        percent(content.max_slippage),
        percent(content.max_fee),
        f"{content.min_hold_days} d",
        percent(content.tax_value),
    ]


def _document(number: int, content: Policy, names: Names) -> dict[str, Any]:
    return {
        "id": number,
        "name": names.policy(number).partition(" ")[2] or None,
        "assets": list(content.assets),
        **content.model_dump(exclude={"mask"}),
        "word": f"0x{content.word():064x}",
        "hash": "0x" + content.hash().hex(),
        "description": content.describe(names.symbols),
    }


def _warnings(content: Policy, assets: list[AssetState], names: Names) -> list[str]:
    """Pairs whose feeds may be off by more than the policy's slippage allows for."""
    found = []
    for out in content.assets:
        for it in assets:
            if it.id != out and out < len(assets):
                pair = f"{names.symbol(it.id)} into {names.symbol(out)}"
                devs = it.rate.feed.dev, assets[out].rate.feed.dev
                found += [f"{pair}: {warning}" for warning in content.warnings(*devs)]
    return found
