"""The world that other contract tests stand on does what its docstring says."""

from __future__ import annotations

import boa

from tests.contracts.world import DAY, RETH, START, WAD, WETH, WSTETH, World


def test_a_lot_goes_in_is_harvested_and_comes_out(world: World) -> None:
    assert boa.env.timestamp == START
    lot = world.deposit(WETH, 10 * WAD)
    assert world.vault.held(WETH) == 10 * WAD
    boa.env.time_travel(seconds=2 * DAY)
    world.set_eth(3_000)
    number = world.harvest([world.key(lot)], WSTETH)
    assert world.vault.harvests(number)[0] == (10 * WAD << 128) | (10 * WAD * 10 // 12)
    units = world.vault.withdraw(lot, WSTETH, 2**256 - 1, world.other, sender=world.depositor)
    assert world.wsteth.balanceOf(world.other) == units == 10 * WAD * 10 // 12


def test_rates_follow_the_feeds(world: World) -> None:
    world.set_rate(RETH, 13 * WAD // 10)
    assert world.vault.price(RETH) == 5_200 * WAD
    world.adapter.set_mode(0)
    world.weth.mint(world.adapter, WAD)
    out = world.adapter.swap(world.weth, world.reth, WAD, b"", sender=world.other)
    assert out == WAD * 10 // 13 == world.reth.balanceOf(world.other)


def test_every_test_gets_a_fresh_one(world: World) -> None:
    assert boa.env.timestamp == START
    assert world.vault.lot_count(world.depositor) == 0
    assert world.vault.harvest_count() == 0
