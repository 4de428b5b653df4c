"""Buying into a lot: paid in the quote, basis what was paid, feeds asked but never depended on."""

from __future__ import annotations

import boa
import pytest

from tests.contracts.support import (
    CONSTANT,
    LATER,
    U128,
    another_vault,
    cohort,
    feed_config,
    logs,
    lot_of,
)
from tests.contracts.world import BASE, NO_PERMIT, QUOTE, WAD, WETH, WSTETH, World, deploy

USDC = 10**6
PRICE = 4_000  # whole dollars of a WETH


def buy(world: World, paid: int, *, asset: int = WETH, min_out: int = 0, legs: object = 0) -> int:
    world.fund(world.depositor, QUOTE, paid)
    entry = world.entry(asset, paid, owner=world.depositor)
    route = legs if legs != 0 else [world.leg()]
    return int(world.vault.buy(entry, route, min_out, LATER, NO_PERMIT, sender=world.depositor))


def gives(world: World, units: int, paid: int) -> None:
    """The market gives this many units of WETH for this many of the quote."""
    world.adapter.set_rate(world.usdc, world.weth, units, paid)


def test_a_purchase_is_a_lot_whose_basis_is_what_was_paid(world: World) -> None:
    lot = buy(world, 9_600 * USDC, asset=WSTETH)
    stored = lot_of(world, lot)
    assert stored["units"] == 2 * WAD
    assert stored["basis"] == 9_600 * WAD
    assert stored["acquired_at"] == boa.env.timestamp
    assert stored["flags"] == 0
    assert cohort(world, stored["key"]) == (2 * WAD, 0)
    assert world.vault.held(WSTETH) == world.wsteth.balanceOf(world.vault) == 2 * WAD
    assert world.usdc.balanceOf(world.vault) == 0
    assert world.usdc.balanceOf(world.depositor) == 0


def test_the_quote_is_valued_at_its_own_feed(world: World) -> None:
    world.usdc_feed.set_answer(88_000_000, sender=world.admin)
    gives(world, WAD * 88 // 100, PRICE * USDC)
    lot = buy(world, PRICE * USDC)
    bought = logs(world, "Bought")[0]
    assert lot_of(world, lot)["basis"] == PRICE * WAD * 88 // 100
    assert lot_of(world, lot)["flags"] == 0
    assert bought.quote_price == 88 * WAD // 100
    assert bought.quote_time == boa.env.timestamp


def test_the_basis_of_a_purchase_is_rounded_down(world: World) -> None:
    world.usdc_feed.set_answer(99_999_999, sender=world.admin)
    odd = deploy("test/TestERC20.vy", "Odd dollars", "ODD", 18)
    other = another_vault(world, quote=odd.address)
    odd.mint(world.depositor, WAD)
    odd.approve(other.vault, WAD, sender=world.depositor)
    paid = 10**17 + 1
    world.adapter.set_rate(odd, world.weth, WAD, PRICE * WAD)
    other.vault.set_limits(WETH, 0, U128, sender=world.admin)
    entry = other.entry(WETH, paid, owner=world.depositor)
    lot = other.vault.buy(entry, [world.leg()], 0, LATER, NO_PERMIT, sender=world.depositor)
    exact = paid * 99_999_999 * 10**10
    assert exact % WAD != 0
    assert lot_of(other, lot)["basis"] == exact // WAD


@pytest.mark.parametrize("mode", ["dead", "none", "stale", "zero"])
def test_without_a_quote_price_one_dollar_is_assumed_and_flagged(world: World, mode: str) -> None:
    if mode == "dead":
        liar = deploy("test/LyingFeed.vy", 8, 10**8)
        liar.set_mode(1)
        world.vault.set_feed(QUOTE, feed_config(liar), sender=world.admin)
    elif mode == "none":
        world.vault.set_feed(QUOTE, CONSTANT, sender=world.admin)
    elif mode == "stale":
        tight = feed_config(world.usdc_feed, heartbeat=10)
        world.vault.set_feed(QUOTE, tight, sender=world.admin)
        boa.env.time_travel(seconds=11)
    else:
        world.usdc_feed.set_answer(0, sender=world.admin)
    lot = buy(world, PRICE * USDC)
    assert logs(world, "Bought")[0].quote_price == 0
    assert lot_of(world, lot)["basis"] == PRICE * WAD
    assert lot_of(world, lot)["flags"] == 1


@pytest.mark.parametrize("feed_id", [BASE, WSTETH])
def test_without_an_oracle_price_the_lot_is_flagged(world: World, feed_id: int) -> None:
    dead = deploy("test/LyingFeed.vy", 18, WAD)
    dead.set_mode(1)
    world.vault.set_feed(feed_id, feed_config(dead), sender=world.admin)
    lot = buy(world, 4_800 * USDC, asset=WSTETH)
    assert lot_of(world, lot)["flags"] == 1
    assert lot_of(world, lot)["basis"] == 4_800 * WAD


# The tolerance is 2 %: 4000 paid for a WETH that the oracle puts at 4000.
@pytest.mark.parametrize(
    ("units", "flag"),
    [
        (WAD, 0),
        # basis > fair * 1.02 iff fair < 4000 / 1.02
        (WAD * 100 // 102 + 1, 0),
        (WAD * 100 // 102 - 1, 1),
        # basis < fair * 0.98 iff fair > 4000 / 0.98
        (WAD * 100 // 98, 0),
        (WAD * 100 // 98 + 2, 1),
        (2 * WAD, 1),
        (WAD // 2, 1),
    ],
)
def test_a_price_away_from_the_oracle_s_is_flagged(world: World, units: int, flag: int) -> None:
    gives(world, units, PRICE * USDC)
    lot = buy(world, PRICE * USDC)
    assert lot_of(world, lot)["units"] == units
    assert lot_of(world, lot)["flags"] == flag
    # A flag is all: what was paid is what was paid.
    assert lot_of(world, lot)["basis"] == PRICE * WAD


def test_min_out_and_deadline(world: World) -> None:
    assert buy(world, PRICE * USDC, min_out=WAD) == 0
    with boa.reverts("too little out"):
        buy(world, PRICE * USDC, min_out=WAD + 1)
    world.fund(world.depositor, QUOTE, PRICE * USDC)
    entry = world.entry(WETH, PRICE * USDC, owner=world.depositor)
    now = int(boa.env.timestamp)
    with boa.reverts("deadline passed"):
        world.vault.buy(entry, [world.leg()], 0, now - 1, NO_PERMIT, sender=world.depositor)
    world.vault.buy(entry, [world.leg()], 0, now, NO_PERMIT, sender=world.depositor)


def test_what_every_purchase_checks(world: World) -> None:
    world.fund(world.depositor, QUOTE, 10 * PRICE * USDC)

    def enter(**changes: object) -> int:
        names = ("asset", "amount", "policy", "policy_hash", "shard", "owner")
        good = world.entry(WETH, PRICE * USDC, owner=world.depositor)
        entry = tuple((dict(zip(names, good, strict=True)) | changes).values())
        legs = [world.leg()]
        return int(world.vault.buy(entry, legs, 0, LATER, NO_PERMIT, sender=world.depositor))

    assert enter() == 0
    with boa.reverts("unknown policy"):
        enter(policy=2)
    with boa.reverts("policy hash differs"):
        enter(policy_hash=b"\1" * 32)
    with boa.reverts("asset not listed"):
        enter(asset=7)
    with boa.reverts("not the owner"):
        enter(owner=world.other)
    with boa.reverts("no such shard"):
        enter(shard=2**31)
    with boa.reverts("below minimum deposit"):
        enter(amount=30 * USDC)
    with boa.reverts("below minimum deposit"):
        enter(amount=0)
    world.vault.set_listed(WETH, False, sender=world.guardian)
    with boa.reverts("asset not listed"):
        enter()
    world.vault.set_listed(WETH, True, sender=world.admin)
    world.vault.set_paused(1, sender=world.guardian)
    with boa.reverts("paused"):
        enter()


def test_the_cap_holds_for_purchases(world: World) -> None:
    world.vault.set_limits(WETH, 1, WAD, sender=world.admin)
    gives(world, WAD, PRICE * USDC)
    with boa.reverts("cohorts full"):
        buy(world, PRICE * USDC + 1_000)
    keys = [world.key(buy(world, PRICE * USDC)) for _ in range(8)]
    assert [key & (2**32 - 1) for key in keys] == list(range(8))
    with boa.reverts("cohorts full"):
        buy(world, PRICE * USDC)


def test_a_purchase_goes_through_listed_adapters_only(world: World) -> None:
    stranger = deploy("test/HostileAdapter.vy")
    with boa.reverts("adapter not listed"):
        buy(world, PRICE * USDC, legs=[(stranger.address, 0, b"")])
    with boa.reverts("no legs"):
        buy(world, PRICE * USDC, legs=[])


def test_only_what_arrives_counts(world: World) -> None:
    world.adapter.set_mode(4)  # says it paid the largest number there is, pays the honest amount
    assert lot_of(world, buy(world, PRICE * USDC))["units"] == WAD
    world.adapter.set_mode(1)  # keeps the money and says it paid
    with boa.reverts("below minimum deposit"):
        buy(world, PRICE * USDC)
    world.adapter.set_mode(6)  # hands part of the money back: not "exactly what was paid"
    with boa.reverts("sold another amount"):
        buy(world, PRICE * USDC)
    world.adapter.set_mode(5)  # keeps part of the money: the buyer's min_out guards him
    with boa.reverts("too little out"):
        buy(world, PRICE * USDC, min_out=WAD)


def test_an_operator_buys_for_the_owner_with_his_own_money(world: World) -> None:
    world.fund(world.other, QUOTE, PRICE * USDC)
    entry = world.entry(WETH, PRICE * USDC, owner=world.depositor)
    with boa.reverts("not the owner"):
        world.vault.buy(entry, [world.leg()], 0, LATER, NO_PERMIT, sender=world.other)
    world.vault.set_operator(world.other, True, sender=world.depositor)
    world.vault.buy(entry, [world.leg()], 0, LATER, NO_PERMIT, sender=world.other)
    assert world.vault.lot_count(world.depositor) == 1
    assert world.usdc.balanceOf(world.other) == 0
