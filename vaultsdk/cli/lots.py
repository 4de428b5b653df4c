"""`vaultsdk lots`: an owner's tax lots, and one lot's history with every number explained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from vaultsdk.cli.common import (
    Output,
    Signing,
    Target,
    account_address,
    output_options,
    signer_options,
    table,
    target_options,
)
from vaultsdk.cli.names import Names
from vaultsdk.cli.values import day_text, time_text
from vaultsdk.core.units import format_usd, human_usd, scale

if TYPE_CHECKING:
    from vaultsdk.chain.rows import LotRow
    from vaultsdk.chain.vault import Vault

_RIGHT = ("lot", "units", "basis", "unit basis", "price", "gain", "held", "pending")


@click.command()
@click.argument("owner", required=False)
@click.option("--as-stored", is_flag=True, help="As in storage, not rolled through harvests.")
@click.option("--history", type=int, metavar="LOT", help="Everything that happened to one lot.")
@target_options
@signer_options
@output_options
def lots(
    owner: str | None,
    as_stored: bool,
    history: int | None,
    target: Target,
    signing: Signing,
    output: Output,
) -> None:
    """Show the open lots of OWNER (an address; on a local chain also a role such as depositor_0).

    Without OWNER: the lots of the account that the signer options name. Prices are the vault's own;
    the gain is what selling at that price would realise.
    """
    vault = target.vault()
    if owner is None:
        whose = signing.signer(target).address
    else:
        whose = account_address(owner, target.deployment)
    if history is not None:
        _history(vault, whose, history, output)
    else:
        _lots(vault, whose, as_stored, output)


def _lots(vault: Vault, owner: str, as_stored: bool, output: Output) -> None:
    # All at one block, so that units and prices belong together.
    state = vault.state()
    at = state.block_number
    assets, rows = vault.assets(at), vault.lots(owner, block=at)
    names = Names(vault.deployment, assets)
    prices: dict[int, int | None] = {
        it.id: state.base_feed.answer * it.rate.answer // 10**18
        if state.base_feed.ok and it.rate.ok
        else None
        for it in assets
    }
    found = [_Row(row, as_stored, names, prices, state.timestamp) for row in rows]
    shown = table(
        "lot",
        "asset",
        "units",
        "basis",
        "unit basis",
        "price",
        "gain",
        "acquired",
        "held",
        "policy",
        "pending",
        right=_RIGHT,
    )
    for row in found:
        shown.add_row(*row.cells())
    total, worth = sum(row.basis for row in found), sum(row.value or 0 for row in found)
    shown.caption = (
        f"{len(found)} {'lot' if len(found) == 1 else 'lots'}, basis {human_usd(total)}, "
        f"worth {human_usd(worth)} at block {at} "
        f"({time_text(state.timestamp)} UTC)"
        if found
        else f"{owner} has no open lots at block {at}"
    )
    document = {
        "owner": owner,
        "block": at,
        "time": state.timestamp,
        "as_stored": as_stored,
        "lots": [row.document() for row in found],
        "basis_usd": format_usd(total),
        "value_usd": format_usd(worth),
    }
    output.emit(document, shown)


class _Row:
    """One line: a lot with its price and gain."""

    def __init__(
        self,
        row: LotRow,
        as_stored: bool,
        names: Names,
        prices: dict[int, int | None],
        now: int,
    ) -> None:
        self.row, self.names, self.now = row, names, now
        self.lot = row.stored if as_stored else row.lot
        self.basis = self.lot.basis
        asset = self.lot.asset
        self.decimals = names.decimals[asset]
        self.price = prices[asset]
        self.value = (
            None if self.price is None else self.lot.units * self.price // scale(self.decimals)
        )
        self.gain = None if self.value is None else self.value - self.basis

    @property
    def held_days(self) -> int:
        return max(self.now - self.lot.acquired_at, 0) // 86_400

    def cells(self) -> list[str]:
        declared = "*" if self.lot.declared else ""
        return [
            str(self.row.number),
            self.names.symbol(self.lot.asset),
            self.names.shown(self.lot.asset, self.lot.units),
            human_usd(self.basis) + declared,
            human_usd(self.lot.unit_basis(self.decimals)),
            "no price" if self.price is None else human_usd(self.price),
            "" if self.gain is None else human_usd(self.gain),
            day_text(self.lot.acquired_at),
            f"{self.held_days} d",
            self.names.policy(self.lot.policy),
            f"{self.row.hops}{'+' if self.row.more else ''}" if self.row.hops else "",
        ]

    def document(self) -> dict[str, Any]:
        lot = self.lot
        return {
            "lot": self.row.number,
            "asset": lot.asset,
            "symbol": self.names.symbol(lot.asset),
            "units": self.names.units(lot.asset, lot.units),
            "basis_usd": format_usd(lot.basis),
            "unit_basis_usd": format_usd(lot.unit_basis(self.decimals)),
            "price_usd": None if self.price is None else format_usd(self.price),
            "value_usd": None if self.value is None else format_usd(self.value),
            "gain_usd": None if self.gain is None else format_usd(self.gain),
            "acquired_at": lot.acquired_at,
            "held_days": self.held_days,
            "declared": lot.declared,
            "policy": lot.policy,
            "cohort": str(lot.key),
            "cohort_hex": lot.key.hex,
            "pending_harvests": self.row.hops,
            "offered_to": self.row.offer.to if self.row.offer else None,
        }


def _history(vault: Vault, owner: str, number: int, output: Output) -> None:
    from vaultsdk.core.ledger import Disposal, Offered, Opening, PolicyMove
    from vaultsdk.core.roll import Realisation

    at = vault.node.block_number()
    ledger = vault.ledger(at)
    story = ledger.history(owner, number)
    names = Names(vault.deployment, vault.assets(at))
    pending = (
        ledger.state().rolled(owner, number).realisations if _open(ledger, owner, number) else ()
    )

    def realised(it: Realisation, since: str) -> tuple[str, str]:
        line = it.explain(
            names.decimals[it.from_key.asset], names.decimals[it.to_key.asset], names.symbols
        )
        return since, line

    lines: list[tuple[str, str]] = []
    for entry in story.entries:
        if isinstance(entry, Realisation):
            lines.append(realised(entry, time_text(entry.time)))
        elif isinstance(entry, Opening):
            what = f"{names.shown(entry.key.asset, entry.units)} {names.symbol(entry.key.asset)}"
            lines.append(
                (
                    time_text(entry.place.timestamp),
                    f"opened ({entry.kind.value}): {what}, basis {format_usd(entry.basis)} USD, "
                    f"acquired {time_text(entry.acquired_at)}, cohort {entry.key}",
                )
            )
        elif isinstance(entry, Disposal):
            what = f"{names.shown(entry.key.asset, entry.units)} {names.symbol(entry.key.asset)}"
            gain = entry.gain(vault.deployment.quote.decimals)
            text = f"{entry.kind.value}: {what} with basis {format_usd(entry.basis)} USD"
            if gain is not None:
                text += f", gain {format_usd(gain)} USD"
            lines.append((time_text(entry.place.timestamp), text))
        elif isinstance(entry, PolicyMove):
            text = f"policy {entry.from_key.policy} -> {entry.to_key.policy}, now {entry.to_key}"
            lines.append((time_text(entry.place.timestamp), text))
        elif isinstance(entry, Offered):
            text = f"offered to {entry.to}" if entry.to else "offer taken back"
            lines.append((time_text(entry.place.timestamp), text))
    lines += [realised(it, f"{time_text(it.time)} (pending)") for it in pending]

    shown = table("time (UTC)", "what happened", title=f"Lot {number} of {owner}")
    for when, what in lines:
        shown.add_row(when, what)
    document = {
        "owner": owner,
        "lot": number,
        "block": at,
        "entries": [
            {"type": type(entry).__name__, **entry.model_dump(mode="json")}
            for entry in story.entries
        ],
        "pending": [it.model_dump(mode="json") for it in pending],
        "lines": [{"time": when, "text": what} for when, what in lines],
    }
    output.emit(document, shown)


def _open(ledger: Any, owner: str, number: int) -> bool:
    return (owner, number) in ledger.state().lots
