"""Rolling: a lot follows its cohort through harvests, exactly, in any number of steps."""

from __future__ import annotations

import boa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contracts.support import (
    U128,
    another_vault,
    chain_of,
    cohort,
    days,
    feed_config,
    fields,
    key_of,
    list_asset,
    logs,
    lot_of,
    naive_band,
    policy_of,
)
from tests.contracts.world import BASE, DAY, MAX, RETH, WAD, WETH, WSTETH, World, deploy

UNITS = 11 * WAD + 7


def rolled_by_hand(world: World, lot: dict[str, int], hops: int) -> dict[str, int]:
    """The design's rule on Python integers, hop by hop."""
    out = dict(lot)
    for _ in range(hops):
        _, number = cohort(world, out["key"])
        if number == 0:
            break
        amounts, outcome = world.vault.harvests(number)
        sold, proceeds = amounts >> 128, amounts & U128
        to_asset = (outcome >> 184) & 255
        time, price = (outcome >> 128) & (2**40 - 1), outcome & U128
        units = out["units"] * proceeds // sold
        policy = (out["key"] >> 72) & (2**32 - 1)
        out = {
            "key": key_of(to_asset, policy, naive_band(price), time // DAY, 2**31 | number),
            "acquired_at": time,
            "flags": 0,
            "units": units,
            "basis": units * price // WAD,
        }
    return out


def test_one_hop(world: World) -> None:
    lot = world.deposit(WETH, UNITS, basis=44_001 * WAD, acquired_at=5)
    world.deposit(WETH, 3 * WAD + 1, basis=3 * 4_000 * WAD + 4_000, owner=world.other)
    before = lot_of(world, lot)
    days(2)
    world.set_eth(3_000)
    world.harvest([before["key"]], WSTETH)
    expected = rolled_by_hand(world, before, 64)
    assert world.vault.roll(world.depositor, lot, 1, sender=world.keeper) == 1
    assert lot_of(world, lot) == expected
    assert expected["flags"] == 0  # declared, then realised: the new basis is what a swap paid
    assert expected["acquired_at"] == boa.env.timestamp
    assert world.vault.roll(world.depositor, lot, 1, sender=world.other) == 0
    assert logs(world) == []


def test_several_hops_are_one_event(world: World) -> None:
    lot = world.deposit(WETH, UNITS)
    before = lot_of(world, lot)
    chain_of(world, lot, 7)
    assert world.vault.roll(world.depositor, lot, 64, sender=world.other) == 7
    (event,) = logs(world)
    expected = rolled_by_hand(world, before, 64)
    assert fields(event) == {
        "owner": world.depositor,
        "lot": lot,
        "hops": 7,
        "key": expected["key"],
        "units": expected["units"],
        "basis": expected["basis"],
        "acquired_at": expected["acquired_at"],
    }
    assert lot_of(world, lot) == expected


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=8)
@given(steps=st.lists(st.integers(0, 8), max_size=5))
def test_any_split_of_the_hops_ends_the_same(world: World, steps: list[int]) -> None:
    with boa.env.anchor():
        hops = 6
        lot = world.deposit(WETH, UNITS)
        before = lot_of(world, lot)
        chain_of(world, lot, hops)
        done = 0
        for step in [*steps, 64]:
            moved = world.vault.roll(world.depositor, lot, step, sender=world.other)
            assert moved == min(step, hops - done)
            done += moved
            assert lot_of(world, lot) == rolled_by_hand(world, before, done)
        assert done == hops


def test_at_most_64_hops_at_once(world: World) -> None:
    lot = world.deposit(WETH, UNITS)
    before = lot_of(world, lot)
    chain_of(world, lot, 66)
    for asked in (64, 65, 2**255):
        with boa.env.anchor():
            assert world.vault.roll(world.depositor, lot, asked, sender=world.other) == 64
            assert lot_of(world, lot) == rolled_by_hand(world, before, 64)
    with boa.reverts("roll first"):
        world.vault.withdraw(lot, MAX, MAX, world.other, sender=world.depositor)
    with boa.reverts("roll first"):
        world.vault.sell(
            [(lot, MAX)], MAX, [world.leg()], 0, MAX, world.other, sender=world.depositor
        )
    world.vault.roll(world.depositor, lot, 2, sender=world.other)
    # 64 are left, and an owner's call rolls exactly so many.
    units = world.vault.withdraw(lot, MAX, MAX, world.other, sender=world.depositor)
    assert units == rolled_by_hand(world, before, 66)["units"]


def test_a_lot_that_is_not_there(world: World) -> None:
    with boa.reverts("no such lot"):
        world.vault.roll(world.depositor, 0, 1)


def test_a_roll_of_no_hops_changes_nothing(world: World) -> None:
    lot = world.deposit(WETH, UNITS)
    before = lot_of(world, lot)
    chain_of(world, lot, 1)
    assert world.vault.roll(world.depositor, lot, 0) == 0
    assert lot_of(world, lot) == before


def test_a_roll_reads_no_list_feed_flag_or_cap(world: World) -> None:
    lot = world.deposit(WETH, UNITS)
    before = lot_of(world, lot)
    chain_of(world, lot, 3)
    dead = deploy("test/LyingFeed.vy", 8, 1)
    dead.set_mode(1)
    for feed_id in (BASE, WSTETH, RETH):
        world.vault.set_feed(feed_id, feed_config(dead), sender=world.admin)
    for asset in range(3):
        world.vault.set_listed(asset, False, sender=world.guardian)
        world.vault.set_limits(asset, U128, 0, sender=world.guardian)
    world.vault.set_paused(3, sender=world.guardian)
    assert world.vault.roll(world.depositor, lot, 64, sender=world.other) == 3
    assert lot_of(world, lot) == rolled_by_hand(world, before, 3)


def test_shares_are_pro_rata_and_their_sum_is_covered(world: World) -> None:
    parts = [WAD + 1, 2 * WAD + 3, 5 * WAD + 5, 7 * WAD + 77]
    lots = [world.deposit(WETH, units, basis=units * 4_000) for units in parts]
    assert len({world.key(lot) for lot in lots}) == 1
    days(2)
    world.set_eth(3_000)
    number = world.harvest([world.key(lots[0])], WSTETH, fee=33)
    opened = logs(world, "CohortOpened")[0].key
    amounts, _ = world.vault.harvests(number)
    sold, proceeds = amounts >> 128, amounts & U128
    for lot in lots:
        world.vault.roll(world.depositor, lot, 1)
    units = [lot_of(world, lot)["units"] for lot in lots]
    for mine, part in zip(units, parts, strict=True):
        # Short of the exact share by less than one unit, never above it.
        assert 0 <= part * proceeds - mine * sold < sold
    assert sum(units) <= cohort(world, opened)[0] <= proceeds
    # Everybody can leave, whoever goes first.
    for lot in reversed(lots):
        world.vault.withdraw(lot, WSTETH, MAX, world.other, sender=world.depositor)
    assert world.vault.held(WSTETH) == proceeds - sum(units) < len(lots)


@pytest.mark.parametrize("decimals", [6, 8])
def test_between_decimals(world: World, decimals: int) -> None:
    token = deploy("test/TestERC20.vy", "Small", "SMALL", decimals)
    other = another_vault(world)
    asset = list_asset(other, token)
    token.mint(world.adapter, 10**30)
    policy = policy_of(other, mask=0b1111)
    world.adapter.set_rate(world.weth, token, 10**decimals, WAD)
    lot = other.deposit(WETH, UNITS, policy=policy)
    days(2)
    other.set_eth(3_000)
    other.harvest([other.key(lot)], asset)
    other.vault.roll(world.depositor, lot, 1)
    stored = lot_of(other, lot)
    assert stored["units"] == 11 * 10**decimals
    assert stored["basis"] == 33_000 * WAD
    assert (stored["key"] >> 56) & (2**16 - 1) == naive_band(3_000 * WAD)
    assert other.vault.withdraw(lot, asset, MAX, world.other, sender=world.depositor) == (
        11 * 10**decimals
    )
