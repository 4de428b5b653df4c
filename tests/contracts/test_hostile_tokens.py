"""Tokens of every kind: exact for the harmless ones, refused or harmless for the others."""

from __future__ import annotations

from dataclasses import dataclass

import boa
import pytest
from boa.contracts.vyper.vyper_contract import VyperContract

from tests.contracts.support import (
    HOLD_HASH,
    LATER,
    another_vault,
    days,
    list_asset,
    lot_of,
    pay_in,
    policy_of,
)
from tests.contracts.world import (
    MAX,
    NO_PERMIT,
    QUOTE,
    WAD,
    WETH,
    WSTETH,
    World,
    deploy,
)

KINDS = ["TestERC20", "NoReturnToken", "HostileToken"]


@dataclass(frozen=True)
class Listed:
    """A token of some kind as an asset with the constant rate, and a policy that allows it."""

    token: VyperContract
    asset: int
    one: int
    policy: int


def listed(world: World, kind: str, decimals: int) -> Listed:
    token = deploy(f"test/{kind}.vy", "Some", "SOME", decimals)
    asset = list_asset(world, token)
    one = 10**decimals
    token.mint(world.adapter, 10**6 * one)
    for index, other in enumerate(world.tokens):
        rate = world.rate(index)
        world.adapter.set_rate(other, token, rate * one, WAD * WAD)
        world.adapter.set_rate(token, other, WAD * WAD, rate * one)
    return Listed(token, asset, one, policy_of(world, mask=0b1111))


def deposit(world: World, some: Listed, units: int, owner: str | None = None) -> int:
    account = owner or world.depositor
    pay_in(world, some.token, account, units)
    digest = world.policy_hash(some.policy)
    entry = (some.asset, units, some.policy, digest, 0, account)
    return int(world.vault.deposit(entry, NO_PERMIT, sender=account))


@pytest.mark.parametrize("decimals", [6, 8, 18])
@pytest.mark.parametrize("kind", KINDS)
def test_every_way_in_and_out_with_every_kind(world: World, kind: str, decimals: int) -> None:
    some = listed(world, kind, decimals)
    lot = deposit(world, some, 12 * some.one)
    assert lot_of(world, lot)["basis"] == 48_000 * WAD
    sender = world.depositor
    # Out in kind, out as money.
    world.vault.withdraw(lot, some.asset, some.one, world.other, sender=sender)
    assert some.token.balanceOf(world.other) == some.one
    world.adapter.set_rate(some.token, world.usdc, 4_000 * 10**6, some.one)
    items = [(lot, some.one)]
    paid = world.vault.sell(items, some.asset, [world.leg()], 0, LATER, world.other, sender=sender)
    assert paid == 4_000 * 10**6
    # In for money.
    world.adapter.set_rate(world.usdc, some.token, some.one, 4_000 * 10**6)
    world.fund(sender, QUOTE, 8_000 * 10**6)
    entry = (some.asset, 8_000 * 10**6, 0, HOLD_HASH, 0, sender)
    bought = world.vault.buy(entry, [world.leg()], 0, LATER, NO_PERMIT, sender=sender)
    assert lot_of(world, bought)["units"] == 2 * some.one
    assert lot_of(world, bought)["flags"] == 0
    # Harvested out of and into.
    days(2)
    world.set_eth(3_000)
    world.harvest([world.key(lot)], WSTETH)
    world.vault.roll(sender, lot, 1)
    assert lot_of(world, lot)["units"] == 10 * WAD * 10 // 12
    days(2)
    world.set_eth(2_000)
    world.harvest([world.key(lot)], some.asset)
    world.vault.roll(sender, lot, 1)
    units = lot_of(world, lot)["units"]
    assert 10 * some.one - 2 <= units <= 10 * some.one
    assert lot_of(world, lot)["basis"] == units * 2_000 * WAD // some.one
    for each in (lot, bought):
        world.vault.withdraw(each, some.asset, MAX, world.other, sender=sender)
    assert world.vault.held(some.asset) <= some.token.balanceOf(world.vault) <= 1


@pytest.mark.parametrize("kind", ["NoReturnToken", "HostileToken"])
def test_a_quote_of_another_kind(world: World, kind: str) -> None:
    money = deploy(f"test/{kind}.vy", "Old dollars", "USDO", 6)
    other = another_vault(world, quote=money.address)
    world.adapter.set_rate(money, world.weth, WAD, 4_000 * 10**6)
    world.adapter.set_rate(world.weth, money, 4_000 * 10**6, WAD)
    money.mint(world.adapter, 10**12)
    pay_in(other, money, world.depositor, 4_000 * 10**6)
    entry = other.entry(WETH, 4_000 * 10**6, owner=world.depositor)
    sender = world.depositor
    lot = other.vault.buy(entry, [world.leg()], WAD, LATER, NO_PERMIT, sender=sender)
    items, legs = [(lot, MAX)], [world.leg()]
    other.vault.sell(items, WETH, legs, 4_000 * 10**6, LATER, world.other, sender=sender)
    assert money.balanceOf(world.other) == 4_000 * 10**6


def test_a_token_that_charges_for_transfers_is_refused_on_the_way_in(world: World) -> None:
    some = listed(world, "HostileToken", 18)
    some.token.set_fee(1)
    with boa.reverts("token took a fee"):
        deposit(world, some, WAD)
    assert world.vault.held(some.asset) == 0
    # As the quote, too.
    money = deploy("test/HostileToken.vy", "Fees", "FEES", 6)
    other = another_vault(world, quote=money.address)
    pay_in(other, money, world.depositor, 10**6)
    money.set_fee(1)
    entry = other.entry(WETH, 10**6, owner=world.depositor)
    with boa.reverts("token took a fee"):
        other.vault.buy(entry, [world.leg()], 0, LATER, NO_PERMIT, sender=world.depositor)


def test_a_fee_that_comes_later_hurts_only_the_one_who_leaves(world: World) -> None:
    some = listed(world, "HostileToken", 18)
    mine = deposit(world, some, WAD)
    theirs = deposit(world, some, WAD, owner=world.other)
    some.token.set_fee(100)
    world.vault.withdraw(mine, some.asset, MAX, world.admin, sender=world.depositor)
    assert some.token.balanceOf(world.admin) == WAD * 99 // 100
    assert world.vault.held(some.asset) == some.token.balanceOf(world.vault) == WAD
    some.token.set_fee(0)
    world.vault.withdraw(theirs, some.asset, MAX, world.other, sender=world.other)


def test_proceeds_with_a_fee_are_what_arrived(world: World) -> None:
    some = listed(world, "HostileToken", 18)
    lot = world.deposit(WETH, 10 * WAD, policy=some.policy)
    days(2)
    world.set_eth(3_000)
    some.token.set_fee(100)
    world.harvest([world.key(lot)], some.asset)
    assert world.vault.held(some.asset) == some.token.balanceOf(world.vault) == 99 * WAD // 10


def test_a_transfer_that_answers_false_is_refused(world: World) -> None:
    some = listed(world, "HostileToken", 18)
    lot = deposit(world, some, WAD)
    pay_in(world, some.token, world.depositor, WAD)
    some.token.set_answers_false(True)
    entry = (some.asset, WAD, 0, HOLD_HASH, 0, world.depositor)
    with boa.reverts("transfer failed"):
        world.vault.deposit_declared(entry, 0, 0, NO_PERMIT, sender=world.depositor)
    with boa.reverts("transfer failed"):
        world.vault.withdraw(lot, some.asset, MAX, world.other, sender=world.depositor)
    assert lot_of(world, lot)["units"] == WAD  # not closed without being paid


def test_one_bad_token_does_not_touch_the_others(world: World) -> None:
    some = listed(world, "HostileToken", 18)
    deposit(world, some, WAD)
    good = world.deposit(WETH, WAD)
    some.token.set_answers_false(True)
    world.vault.withdraw(good, WETH, MAX, world.other, sender=world.depositor)
    world.deposit(WETH, WAD)


def test_a_rebase_down_is_borne_by_whoever_is_last_and_never_paid_by_another_asset(
    world: World,
) -> None:
    some = listed(world, "HostileToken", 18)
    first = deposit(world, some, 4 * WAD)
    second = deposit(world, some, 4 * WAD, owner=world.other)
    weth = world.deposit(WETH, 4 * WAD)
    some.token.set_factor(WAD // 2)
    world.vault.withdraw(first, some.asset, MAX, world.admin, sender=world.depositor)
    with boa.reverts("ERC20: balance"):
        world.vault.withdraw(second, some.asset, MAX, world.other, sender=world.other)
    # What is still there can be taken in part, and the rest when it comes back.
    assert some.token.balanceOf(world.vault) == 0
    some.token.mint(world.vault, 4 * WAD)
    world.vault.withdraw(second, some.asset, MAX, world.other, sender=world.other)
    world.vault.withdraw(weth, WETH, MAX, world.other, sender=world.depositor)


def test_a_rebase_up_is_nobody_s(world: World) -> None:
    some = listed(world, "HostileToken", 18)
    lot = deposit(world, some, 4 * WAD)
    some.token.set_factor(2 * WAD)
    assert (
        world.vault.withdraw(lot, some.asset, MAX, world.other, sender=world.depositor) == 4 * WAD
    )
    assert some.token.balanceOf(world.vault) == 4 * WAD
    assert world.vault.held(some.asset) == 0


def test_a_rebase_during_a_harvest_is_refused(world: World) -> None:
    some = listed(world, "HostileToken", 18)
    lot = deposit(world, some, 4 * WAD)
    days(1)
    deposit(world, some, 4 * WAD, owner=world.other)
    days(1)
    world.set_eth(3_000)
    for factor in (WAD // 2, 2 * WAD):
        with boa.env.anchor():
            data = some.token.set_factor.prepare_calldata(factor)
            some.token.set_call(some.token, data, 1, True)
            with boa.reverts("sold another amount"):
                world.harvest([world.key(lot)], WETH)


def test_changing_decimals_change_nothing(world: World) -> None:
    some = listed(world, "HostileToken", 6)
    lot = deposit(world, some, 12 * some.one)
    days(2)
    world.set_eth(3_000)
    some.token.set_decimals(18)
    world.harvest([world.key(lot)], WSTETH)
    world.vault.roll(world.depositor, lot, 1)
    assert lot_of(world, lot)["units"] == 10 * WAD
    days(2)
    world.set_eth(2_000)
    some.token.set_decimals(0)
    world.harvest([world.key(lot)], some.asset)
    some.token.set_decimals(77)
    units = world.vault.withdraw(lot, MAX, MAX, world.other, sender=world.depositor)
    assert 12 * some.one - 2 <= units <= 12 * some.one


def test_a_token_with_no_code_left_pays_nobody_and_forgets_nobody(world: World) -> None:
    some = listed(world, "TestERC20", 18)
    lot = deposit(world, some, WAD)
    boa.env.set_code(some.token.address, b"")
    with boa.reverts():
        world.vault.withdraw(lot, some.asset, MAX, world.other, sender=world.depositor)
    assert lot_of(world, lot)["units"] == WAD


def test_an_absurd_amount_is_refused(world: World) -> None:
    some = listed(world, "TestERC20", 0)
    pay_in(world, some.token, world.depositor, MAX - some.token.totalSupply())
    for units in (2**128, 2**200, MAX):
        entry = (some.asset, units, 0, HOLD_HASH, 0, world.depositor)
        with boa.reverts():
            world.vault.deposit_declared(entry, 0, 0, NO_PERMIT, sender=world.depositor)
