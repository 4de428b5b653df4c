"""`vaultsdk offer`, `claim` and `roll`: lots from owner to owner, and lots brought up to date."""

from __future__ import annotations

from typing import Final

import click

from vaultsdk.cli.common import (
    Failure,
    Output,
    Signing,
    Target,
    account_address,
    output_options,
    signer_options,
    target_options,
)
from vaultsdk.cli.names import Names, document
from vaultsdk.core.lot import OfferKind
from vaultsdk.core.model import ZERO_ADDRESS
from vaultsdk.core.units import format_usd, human_usd

_KINDS: Final = {
    "other": OfferKind.OTHER,
    "own-wallet": OfferKind.OWN_WALLET,
    "gift": OfferKind.GIFT,
}


@click.command()
@click.argument("lot", type=int)
@click.argument("to", required=False)
@click.option("--kind", type=click.Choice(list(_KINDS)), default="other", show_default=True)
@click.option("--cancel", is_flag=True, help="Take the offer back.")
@target_options
@signer_options
@output_options
def offer(
    lot: int,
    to: str | None,
    kind: str,
    cancel: bool,
    target: Target,
    signing: Signing,
    output: Output,
) -> None:
    """Offer the whole LOT to account TO, which then claims it.

    The kind goes into the tax record: your own other wallet, a gift, or anything else.
    """
    if cancel == (to is not None):
        raise click.UsageError("name the receiver, or give --cancel")
    receiver = ZERO_ADDRESS if to is None else account_address(to, target.deployment)
    signer = signing.signer(target)
    receipt = target.vault().offer(signer, lot, receiver, _KINDS[kind])
    done = "The offer is taken back" if cancel else f"Lot {lot} is offered to {receiver}"
    output.emit(
        {
            "owner": signer.address,
            "lot": lot,
            "to": None if cancel else receiver,
            "kind": kind,
            "nonce": receipt.nonce,
            **document(receipt),
        },
        f"{done}, nonce {receipt.nonce} ({receipt.tx_hash})",
    )


@click.command()
@click.argument("owner")
@click.argument("lot", type=int)
@click.option("--nonce", type=int, help="Claim only this very offer.")
@target_options
@signer_options
@output_options
def claim(
    owner: str, lot: int, nonce: int | None, target: Target, signing: Signing, output: Output
) -> None:
    """Claim LOT of OWNER that was offered to you, with its basis and acquisition time."""
    whose = account_address(owner, target.deployment)
    signer = signing.signer(target)
    vault = target.vault()
    receipt = vault.claim(signer, whose, lot, nonce)
    got = receipt.claimed
    names = Names(target.deployment, vault.assets())
    asset = vault.lot(signer.address, receipt.lot).asset
    output.emit(
        {
            "owner": signer.address,
            "lot": receipt.lot,
            "from": whose,
            "from_lot": lot,
            "asset": asset,
            "units": names.units(asset, got.units),
            "basis_usd": format_usd(got.basis),
            "acquired_at": got.acquired_at,
            **document(receipt),
        },
        f"Lot {lot} of {whose} is your lot {receipt.lot} now: {names.shown(asset, got.units)} "
        f"{names.symbol(asset)}, basis {human_usd(got.basis)} ({receipt.tx_hash})",
    )


@click.command()
@click.argument("lot", type=int)
@click.option("--owner", help="Whose lot; the signer's when left out. Anyone may roll any lot.")
@target_options
@signer_options
@output_options
def roll(lot: int, owner: str | None, target: Target, signing: Signing, output: Output) -> None:
    """Bring LOT up to date through all harvests of its cohorts. Changes nothing but gas costs."""
    signer = signing.signer(target)
    vault = target.vault()
    whose = signer.address if owner is None else account_address(owner, target.deployment)
    row = vault.lot(whose, lot)
    if row.hops == 0:
        raise Failure(f"lot {lot} is up to date: no harvest is pending")
    hops, hashes = 0, []
    while True:
        receipt = vault.roll(signer, whose, lot)
        hops += receipt.hops
        hashes.append(receipt.tx_hash)
        if receipt.hops == 0 or vault.lot(whose, lot).hops == 0:
            break
    output.emit(
        {"owner": whose, "lot": lot, "harvests": hops, "transactions": hashes},
        f"Lot {lot} went through {hops} harvests ({', '.join(hashes)})",
    )
