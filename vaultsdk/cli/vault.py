"""`vaultsdk vault status`: what a vault holds, what its feeds say, what its bucket can carry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from rich.text import Text

from vaultsdk.cli.common import (
    LotvaultGroup,
    Output,
    Target,
    output_options,
    table,
    target_options,
)
from vaultsdk.cli.names import Names
from vaultsdk.cli.values import age_text, time_text
from vaultsdk.core.harvest_rules import bucket_room, ceil_div
from vaultsdk.core.policy import BPS, percent
from vaultsdk.core.units import format_amount, format_usd, human, human_usd

if TYPE_CHECKING:
    from vaultsdk.chain.rows import AssetState, FeedState, VaultState

_WAD = 10**18
_ROLES = ((1, "admin"), (2, "guardian"), (4, "keeper"))


@click.group(cls=LotvaultGroup)
def vault() -> None:
    """The vault itself: assets, prices, bucket, roles."""


@vault.command()
@target_options
@output_options
def status(target: Target, output: Output) -> None:
    """Show assets, feeds with their age, caps, loss bucket, pauses and roles, all at one block.

    The carry check asks whether the loss bucket, when empty, carries the largest full cohort of
    each asset at the largest deviations and the largest slippage that any policy may allow; a
    cohort that it cannot carry could never be harvested.
    """
    client = target.vault()
    state = client.state()
    at = state.block_number
    assets = client.assets(at)
    names = Names(target.deployment, assets)
    accounts: dict[str, int] = {}
    for event in client.events(last_block=at, names=["RolesSet"]):
        accounts[event.account] = event.flags  # type: ignore[attr-defined]

    room = bucket_room(state.bucket, state.timestamp)
    carries = [carry(it, assets, state) for it in assets]
    holdings = table(
        "asset",
        "listed",
        "held",
        "price",
        "min deposit",
        "cohort cap",
        "worst cohort debits",
        "bucket carries it",
        right=("held", "price", "min deposit", "cohort cap", "worst cohort debits"),
        title=f"Vault {client.address} at block {at} ({time_text(state.timestamp)} UTC)",
    )
    rows: list[dict[str, Any]] = []
    for it, debit in zip(assets, carries, strict=True):
        price = _price(it, state)
        good = debit is not None and debit <= state.bucket.size
        holdings.add_row(
            names.symbol(it.id),
            "yes" if it.listed else "no",
            names.shown(it.id, it.held),
            "no price" if price is None else human_usd(price),
            names.shown(it.id, it.limits.min_deposit),
            names.shown(it.id, it.limits.cohort_cap),
            "unknown" if debit is None else human(debit, 18),
            Text("yes", "green") if good else Text("NO" if debit is not None else "unknown", "red"),
        )
        rows.append(
            {
                "id": it.id,
                "symbol": names.symbol(it.id),
                "token": it.asset.token,
                "decimals": it.asset.decimals,
                "listed": it.listed,
                "held": names.units(it.id, it.held),
                "balance": names.units(it.id, it.balance),
                "price_usd": None if price is None else format_usd(price),
                "min_deposit": names.units(it.id, it.limits.min_deposit),
                "cohort_cap": names.units(it.id, it.limits.cohort_cap),
                "worst_debit_base": None if debit is None else format_amount(debit, 18),
                "carried": good,
            }
        )

    feeds = table(
        "feed", "answer", "status", "age", "heartbeat", "dev", "address", right=("answer",)
    )
    feed_rows: list[dict[str, Any]] = []
    every: list[tuple[str, FeedState]] = [("base", state.base_feed), ("quote", state.quote_feed)]
    every += [(names.symbol(it.id), it.rate) for it in assets]
    for name, feed in every:
        config = feed.feed
        age = state.timestamp - feed.updated_at if feed.updated_at else None
        feeds.add_row(
            name,
            human(feed.answer, 18, 6) if feed.ok else "",
            Text(feed.status_text, "green" if feed.ok else "red"),
            "" if config.is_constant or age is None else age_text(age),
            "" if config.is_constant else age_text(config.heartbeat),
            percent(config.dev),
            "constant 1" if config.is_constant else config.feed,
        )
        feed_rows.append(
            {
                "name": name,
                "answer": format_amount(feed.answer, 18) if feed.ok else None,
                "status": feed.status_text,
                "updated_at": feed.updated_at or None,
                "age_seconds": age,
                "heartbeat": config.heartbeat,
                "dev_bps": config.dev,
                "address": None if config.is_constant else config.feed,
            }
        )

    paused = [
        name
        for name, on in (
            ("deposits", state.config.deposits_paused),
            ("harvests", state.config.harvests_paused),
        )
        if on
    ]
    roles = {
        account: [name for bit, name in _ROLES if flags & bit]
        for account, flags in accounts.items()
        if flags
    }
    general = table("what", "value")
    general.add_row(
        "loss bucket",
        f"{human(room, 18)} of {human(state.bucket.size, 18)} of the base free",
    )
    general.add_row("paused", ", ".join(paused) or "nothing")
    bounds = state.bounds
    general.add_row(
        "hard bounds",
        f"max cost {percent(bounds.max_cost)}, max slippage {percent(bounds.max_slippage)}, "
        f"max fee {percent(bounds.max_fee)}, buy tolerance {percent(bounds.buy_tolerance)}",
    )
    general.add_row("harvests, policies", f"{state.harvest_count}, {state.policy_count}")
    general.add_row("quote", f"{target.deployment.quote.symbol} {state.quote}")
    for account, held in roles.items():
        general.add_row(", ".join(held), account)

    document = {
        "vault": client.address,
        "block": at,
        "time": state.timestamp,
        "assets": rows,
        "feeds": feed_rows,
        "bucket": {
            "size_base": format_amount(state.bucket.size, 18),
            "room_base": format_amount(room, 18),
        },
        "paused": paused,
        "bounds_bps": bounds.model_dump(),
        "roles": roles,
        "harvests": state.harvest_count,
        "policies": state.policy_count,
        "quote": state.quote,
    }
    output.emit(document, holdings, feeds, general)


def carry(asset: AssetState, assets: list[AssetState], state: VaultState) -> int | None:
    """What harvesting a full cohort of an asset may debit at worst, wad of the base; None while
    its rate feed gives no answer.

    Cap times rate is the value sold; slippage costs at most the hard bound of it, and the two
    feeds' deviations are debited on top, with the listed asset that deviates most as the other.
    """
    if not asset.rate.ok:
        return None
    value = ceil_div(asset.limits.cohort_cap * asset.rate.answer, asset.scale)
    others = [it.rate.feed.dev for it in assets if it.listed and it.id != asset.id]
    worst = state.bounds.max_slippage + asset.rate.feed.dev + max(others, default=0)
    return ceil_div(value * worst, BPS)


def _price(asset: AssetState, state: VaultState) -> int | None:
    if not (state.base_feed.ok and asset.rate.ok):
        return None
    return state.base_feed.answer * asset.rate.answer // _WAD
