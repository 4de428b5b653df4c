"""A batch of withdrawals: up to 32 lots of one asset, all or nothing."""

from __future__ import annotations

import boa
import pytest
from eth.exceptions import Revert

from tests.contracts.support import calldata, cohort, days, logs, lot_of
from tests.contracts.world import MAX, NO_ADDRESS, WAD, WETH, WSTETH, World


def withdraw(world: World, items: list[tuple[int, int]], asset: int = WETH) -> int:
    return int(world.vault.withdraw_many(items, asset, world.other, sender=world.depositor))


def test_parts_and_wholes_in_one_transfer(world: World) -> None:
    lots = [world.deposit(WETH, count * WAD) for count in (1, 2, 3)]
    key = world.key(lots[0])
    assert withdraw(world, [(0, MAX), (2, WAD), (1, 2 * WAD)]) == 4 * WAD
    assert [event.lot for event in logs(world, "LotReduced")] == [0, 2, 1]
    (withdrawn,) = logs(world, "Withdrawn")
    assert withdrawn.units == 4 * WAD
    assert world.weth.balanceOf(world.other) == 4 * WAD
    assert world.vault.held(WETH) == 2 * WAD
    assert cohort(world, key) == (2 * WAD, 0)
    assert lot_of(world, 2)["units"] == 2 * WAD


def test_all_or_nothing(world: World) -> None:
    world.deposit(WETH, WAD)
    world.deposit(WETH, WAD)
    with boa.reverts("more than lot holds"):
        withdraw(world, [(0, MAX), (1, WAD + 1)])
    with boa.reverts("no such lot"):
        withdraw(world, [(0, MAX), (2, MAX)])
    assert world.vault.held(WETH) == 2 * WAD
    assert lot_of(world, 0)["units"] == WAD


def test_the_same_lot_twice_is_not_paid_twice(world: World) -> None:
    world.deposit(WETH, 2 * WAD)
    world.deposit(WETH, 5 * WAD)
    with boa.reverts("no such lot"):
        withdraw(world, [(0, MAX), (0, MAX)])
    with boa.reverts("more than lot holds"):
        withdraw(world, [(0, WAD), (0, WAD + 1)])
    assert withdraw(world, [(0, WAD), (0, WAD)]) == 2 * WAD
    assert world.vault.held(WETH) == 5 * WAD


def test_one_asset_per_batch(world: World) -> None:
    world.deposit(WETH, WAD)
    world.deposit(WSTETH, WAD)
    for asset in (WETH, WSTETH, MAX):
        with boa.reverts("lot of another asset"):
            withdraw(world, [(0, MAX), (1, MAX)], asset)


def test_any_asset_means_all_units_of_every_lot(world: World) -> None:
    world.deposit(WETH, WAD)
    world.deposit(WETH, WAD)
    with boa.reverts("any asset needs all units"):
        withdraw(world, [(0, MAX), (1, WAD)], MAX)
    assert withdraw(world, [(0, MAX), (1, MAX)], MAX) == 2 * WAD


def test_an_empty_batch_is_refused(world: World) -> None:
    with boa.reverts("no lots"):
        withdraw(world, [])


def test_at_most_32(world: World) -> None:
    for _ in range(33):
        world.deposit(WETH, WAD)

    def send(count: int) -> None:
        # Past the client, which would not even send 33.
        items = [(lot, MAX) for lot in range(count)]
        signature = "withdraw_many((uint256,uint256)[],uint256,address)"
        data = calldata(signature, items, WETH, world.other)
        boa.env.raw_call(world.vault.address, sender=world.depositor, data=data)

    with pytest.raises(Revert):
        send(33)
    assert world.vault.held(WETH) == 33 * WAD
    send(32)
    assert world.vault.held(WETH) == WAD


def test_lots_of_one_asset_by_different_ways(world: World) -> None:
    harvested = world.deposit(WETH, 12 * WAD)
    days(2)
    world.set_eth(3_000)
    world.harvest([world.key(harvested)], WSTETH)
    fresh = world.deposit(WSTETH, WAD)
    assert withdraw(world, [(harvested, MAX), (fresh, MAX)], WSTETH) == 11 * WAD


def test_receivers_and_owners(world: World) -> None:
    world.deposit(WETH, WAD)
    for bad in (NO_ADDRESS, world.vault.address):
        with boa.reverts("bad receiver"):
            world.vault.withdraw_many([(0, MAX)], WETH, bad, sender=world.depositor)
    arguments = ([(0, MAX)], WETH, world.other, world.depositor)
    with boa.reverts("not the owner"):
        world.vault.withdraw_many(*arguments, sender=world.other)
    world.vault.set_operator(world.other, True, sender=world.depositor)
    world.vault.withdraw_many(*arguments, sender=world.other)
    assert world.weth.balanceOf(world.other) == WAD
