"""`vaultsdk withdraw`: lots out of the vault in kind. Needs no price and cannot be paused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
from vaultsdk.cli.names import Names, document
from vaultsdk.cli.values import LOT_PART, LotPart
from vaultsdk.core.units import format_usd, human_usd, parse_amount

if TYPE_CHECKING:
    from vaultsdk.chain.vault import Vault
    from vaultsdk.chain.write_calls import LotAmount


@click.command()
@click.argument("lots", nargs=-1, type=LOT_PART, metavar="LOT[:AMOUNT]...")
@click.option("--all", "everything", is_flag=True, help="All open lots of all assets.")
@click.option("--to", help="Who receives the tokens; the owner when left out.")
@click.option("--owner", help="Whose lots, if he made the signer his operator.")
@target_options
@signer_options
@output_options
def withdraw(
    lots: tuple[LotPart, ...],
    everything: bool,
    to: str | None,
    owner: str | None,
    target: Target,
    signing: Signing,
    output: Output,
) -> None:
    """Withdraw LOTs in kind: `3` is all of lot 3, `3:1.5` is 1.5 tokens of it.

    Lots of one asset leave together, up to 32 in one transaction.
    """
    if everything == bool(lots):
        raise click.UsageError("name lots, or give --all")
    signer = signing.signer(target)
    vault = target.vault()
    whose = signer.address if owner is None else account_address(owner, target.deployment)
    receiver = whose if to is None else account_address(to, target.deployment)
    batches = lot_batches(vault, whose, lots)
    names = Names(target.deployment, vault.assets())
    shown = table("asset", "units", "basis", "lots", "transaction")
    done: list[dict[str, Any]] = []
    for asset, items in batches:
        receipt = vault.withdraw_many(signer, items, to=receiver, owner=whose, asset=asset)
        basis = sum(part.basis for part in receipt.reductions)
        numbers = [item.lot for item in items]
        shown.add_row(
            names.symbol(asset),
            names.shown(asset, receipt.units),
            human_usd(basis),
            ", ".join(map(str, numbers)),
            receipt.tx_hash,
        )
        done.append(
            {
                "asset": asset,
                "symbol": names.symbol(asset),
                "units": names.units(asset, receipt.units),
                "basis_usd": format_usd(basis),
                "lots": numbers,
                **document(receipt),
            }
        )
    output.emit({"owner": whose, "to": receiver, "withdrawals": done}, shown)


def lot_batches(
    vault: Vault, owner: str, parts: tuple[LotPart, ...]
) -> list[tuple[int, list[LotAmount]]]:
    """Lots by asset, at most 32 each; no parts named means all open lots.

    Everything is checked before the first is sent. Raises NoSuchLotError, Failure, UnitsError.
    """
    from vaultsdk.chain import checks
    from vaultsdk.chain.write_calls import MAX_ITEMS, LotAmount

    rows = {row.number: row for row in vault.lots(owner)}
    if not parts:
        parts = tuple(LotPart(number) for number in rows)
        if not parts:
            raise Failure(f"{owner} has no open lots")
    decimals = {it.id: it.asset.decimals for it in vault.assets()}
    groups: dict[int, list[LotAmount]] = {}
    for part in parts:
        row = rows.get(part.lot) or vault.lot(owner, part.lot)
        item = LotAmount(part.lot)
        if part.amount is not None:
            item = LotAmount(part.lot, parse_amount(part.amount, decimals[row.asset]))
        groups.setdefault(row.asset, []).append(item)
    batches = [
        (asset, items[i : i + MAX_ITEMS])
        for asset, items in sorted(groups.items())
        for i in range(0, len(items), MAX_ITEMS)
    ]
    for asset, items in batches:
        vault.run(checks.way_out(vault.lens, vault.address, owner, items, asset))
    return batches
