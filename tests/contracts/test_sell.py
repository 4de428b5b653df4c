"""Selling lots into the quote: the owner's own limits, no feed that could stop it."""

from __future__ import annotations

import boa
import pytest

from tests.contracts.support import (
    CONSTANT,
    LATER,
    cohort,
    days,
    feed_config,
    logs,
    lot_of,
    names,
)
from tests.contracts.world import BASE, MAX, NO_ADDRESS, QUOTE, WAD, WETH, WSTETH, World, deploy

USDC = 10**6


def sell(
    world: World,
    items: list[tuple[int, int]],
    asset: int = WETH,
    *,
    min_out: int = 0,
    deadline: int = LATER,
    to: str | None = None,
    sender: str | None = None,
    legs: object = None,
) -> int:
    route = [world.leg()] if legs is None else legs
    return int(
        world.vault.sell(
            items,
            asset,
            route,
            min_out,
            deadline,
            to or world.other,
            sender=sender or world.depositor,
        )
    )


def test_a_sale_pays_the_quote_to_whom_the_owner_names(world: World) -> None:
    lot = world.deposit(WETH, 3 * WAD)
    key = world.key(lot)
    assert sell(world, [(lot, MAX)]) == 12_000 * USDC
    assert names(world) == ["LotReduced", "Sold"]
    assert world.usdc.balanceOf(world.other) == 12_000 * USDC
    assert world.usdc.balanceOf(world.vault) == world.weth.balanceOf(world.vault) == 0
    assert cohort(world, key) == (0, 0)
    assert world.vault.held(WETH) == 0
    assert world.vault.lots(world.depositor, lot) == (0, 0)


def test_parts_of_several_lots(world: World) -> None:
    world.deposit(WETH, 3 * WAD, basis=10_000)
    world.deposit(WETH, 5 * WAD)
    assert sell(world, [(0, WAD), (1, MAX)]) == 24_000 * USDC
    kinds = [(event.kind, event.units, event.basis) for event in logs(world, "LotReduced")]
    assert kinds == [(2, WAD, 3_333), (2, 5 * WAD, 20_000 * WAD)]
    (sold,) = logs(world, "Sold")
    assert (sold.units, sold.count, sold.quote_amount) == (6 * WAD, 2, 24_000 * USDC)
    assert lot_of(world, 0)["units"] == world.vault.held(WETH) == 2 * WAD


def test_min_out_deadline_receiver_and_legs(world: World) -> None:
    lot = world.deposit(WETH, WAD)
    now = int(boa.env.timestamp)
    with boa.reverts("too little out"):
        sell(world, [(lot, MAX)], min_out=4_000 * USDC + 1)
    with boa.reverts("deadline passed"):
        sell(world, [(lot, MAX)], deadline=now - 1)
    for bad in (NO_ADDRESS, world.vault.address):
        with boa.reverts("bad receiver"):
            sell(world, [(lot, MAX)], to=bad)
    with boa.reverts("no legs"):
        sell(world, [(lot, MAX)], legs=[])
    with boa.reverts("no lots"):
        sell(world, [])
    stranger = deploy("test/HostileAdapter.vy")
    with boa.reverts("adapter not listed"):
        sell(world, [(lot, MAX)], legs=[(stranger.address, 0, b"")])
    sell(world, [(lot, MAX)], min_out=4_000 * USDC, deadline=now)


def test_the_asset_and_the_amount_must_be_meant(world: World) -> None:
    lot = world.deposit(WETH, WAD)
    with boa.reverts("lot of another asset"):
        sell(world, [(lot, MAX)], WSTETH)
    with boa.reverts("any asset needs all units"):
        sell(world, [(lot, WAD)], MAX)
    with boa.reverts("zero amount"):
        sell(world, [(lot, 0)])
    with boa.reverts("more than lot holds"):
        sell(world, [(lot, WAD + 1)])
    world.deposit(WSTETH, WAD)
    with boa.reverts("lot of another asset"):
        sell(world, [(0, MAX), (1, MAX)], MAX)
    assert sell(world, [(lot, MAX)], MAX) == 4_000 * USDC


def test_only_the_owner_sells_not_even_his_operator(world: World) -> None:
    lot = world.deposit(WETH, WAD)
    world.vault.set_operator(world.other, True, sender=world.depositor)
    for account in (world.other, world.admin, world.keeper):
        with boa.reverts("no such lot"):
            sell(world, [(lot, MAX)], sender=account)


def test_the_quote_s_price_is_logged(world: World) -> None:
    world.usdc_feed.set_answer(88_000_000, sender=world.admin)
    at = boa.env.timestamp
    boa.env.time_travel(seconds=100)
    sell(world, [(world.deposit(WETH, WAD), MAX)])
    (sold,) = logs(world, "Sold")
    assert (sold.quote_price, sold.quote_time) == (88 * WAD // 100, at)


@pytest.mark.parametrize("mode", range(1, 11))
def test_no_feed_can_stop_a_sale(world: World, mode: int) -> None:
    lots = [world.deposit(WETH, WAD), world.deposit(WETH, WAD)]
    liar = deploy("test/LyingFeed.vy", 8, 10**8)
    liar.set_mode(mode)
    for feed_id in (BASE, QUOTE):
        world.vault.set_feed(feed_id, feed_config(liar, heartbeat=86_400), sender=world.admin)
    assert sell(world, [(lots[0], MAX)]) == 4_000 * USDC
    good = mode == 3  # a good answer with rubbish behind it is a good answer
    assert logs(world, "Sold")[0].quote_price == (WAD if good else 0)
    # No code at the feed's address, and no feed at all.
    empty = deploy("test/MockFeed.vy", 8, "gone", 10**8)
    world.vault.set_feed(QUOTE, feed_config(empty), sender=world.admin)
    boa.env.set_code(empty.address, b"")
    assert sell(world, [(lots[1], WAD // 2)]) == 2_000 * USDC
    assert (logs(world, "Sold")[0].quote_price, logs(world, "Sold")[0].quote_time) == (0, 0)
    world.vault.set_feed(QUOTE, CONSTANT, sender=world.admin)
    sell(world, [(lots[1], MAX)])
    assert logs(world, "Sold")[0].quote_price == 0


def test_pauses_and_delisting_do_not_stop_a_sale(world: World) -> None:
    lot = world.deposit(WETH, WAD)
    world.vault.set_paused(3, sender=world.guardian)
    world.vault.set_listed(WETH, False, sender=world.guardian)
    sell(world, [(lot, MAX)])


def test_a_sale_rolls_first(world: World) -> None:
    lot = world.deposit(WETH, 12 * WAD)
    days(2)
    world.set_eth(3_000)
    world.harvest([world.key(lot)], WSTETH)
    with boa.reverts("lot of another asset"):
        sell(world, [(lot, MAX)])
    assert sell(world, [(lot, MAX)], WSTETH) == 36_000 * USDC
    assert names(world) == ["LotRolled", "LotReduced", "Sold"]


def test_an_adapter_cannot_take_more_or_pay_for_less(world: World) -> None:
    lot = world.deposit(WETH, WAD)
    world.adapter.set_mode(4)  # says it paid the largest number there is
    assert sell(world, [(lot, WAD // 2)]) == 2_000 * USDC
    world.adapter.set_mode(6)  # hands half of it back, unsold
    with boa.reverts("sold another amount"):
        sell(world, [(lot, MAX)])
    world.adapter.set_mode(1)  # keeps everything
    with boa.reverts("too little out"):
        sell(world, [(lot, MAX)], min_out=1)
    world.adapter.set_mode(8)
    with boa.reverts("hostile: no"):
        sell(world, [(lot, MAX)])


def test_an_offer_is_void_after_any_sale(world: World) -> None:
    lot = world.deposit(WETH, WAD)
    world.vault.offer_lot(lot, world.other, 0, sender=world.depositor)
    sell(world, [(lot, WAD // 2)])
    assert world.vault.offers(world.depositor, lot) == 0
