"""Changing a lot's policy: whole or in part, and the way out of all harvests that is never shut."""

from __future__ import annotations

import boa
import pytest

from tests.contracts.support import (
    HOLD_HASH,
    U128,
    chain_of,
    cohort,
    days,
    feed_config,
    key_fields,
    key_of,
    logs,
    lot_of,
    naive_band,
    names,
    policy_of,
    today,
)
from tests.contracts.world import (
    BASE,
    MAX,
    MIN_DEPOSIT,
    WAD,
    WETH,
    WSTETH,
    World,
    deploy,
)


def change(
    world: World,
    lot: int,
    policy: int,
    *,
    asset: int = WETH,
    amount: int = MAX,
    shard: int = 0,
    policy_hash: bytes | None = None,
    sender: str | None = None,
) -> int:
    digest = world.policy_hash(policy) if policy_hash is None else policy_hash
    return int(
        world.vault.change_policy(
            lot, asset, amount, policy, digest, shard, sender=sender or world.depositor
        )
    )


def test_a_whole_lot_moves_and_only_its_clock_restarts(world: World) -> None:
    other = policy_of(world, min_loss=700)
    lot = world.deposit(WETH, 3 * WAD, basis=10_000 * WAD, acquired_at=77)
    before = lot_of(world, lot)
    days(5)
    assert change(world, lot, other, shard=9) == lot
    after = lot_of(world, lot)
    band = naive_band(10_000 * WAD // 3)
    assert after["key"] == key_of(WETH, other, band, today(), 9)
    assert after == before | {"key": after["key"]}
    assert cohort(world, before["key"]) == (0, 0)
    assert cohort(world, after["key"]) == (3 * WAD, 0)
    assert world.vault.held(WETH) == 3 * WAD
    assert world.vault.lot_count(world.depositor) == 1


def test_the_holding_clock_restarts_also_for_the_same_policy(world: World) -> None:
    lot = world.deposit(WETH, 3 * WAD)
    old = world.key(lot)
    days(5)
    change(world, lot, world.policy)
    world.set_eth(3_000)
    with boa.reverts("too little to sell"):
        world.harvest([old], WSTETH)
    with boa.reverts("held too short"):
        world.harvest([world.key(lot)], WSTETH)


def test_a_part_becomes_a_lot_of_its_own(world: World) -> None:
    other = policy_of(world, min_loss=700)
    lot = world.deposit(WETH, 3 * WAD, basis=10_000, acquired_at=77)
    key = world.key(lot)
    days(1)
    new = change(world, lot, other, amount=WAD)
    assert new == 1
    assert lot_of(world, lot) == {
        "key": key,
        "acquired_at": 77,
        "flags": 1,
        "units": 2 * WAD,
        "basis": 10_000 - 3_333,
    }
    assert lot_of(world, new) == {
        "key": key_of(WETH, other, naive_band(3_333), today(), 0),
        "acquired_at": 77,
        "flags": 1,
        "units": WAD,
        "basis": 3_333,
    }
    assert cohort(world, key) == (2 * WAD, 0)
    assert cohort(world, world.key(new)) == (WAD, 0)
    assert world.vault.held(WETH) == 3 * WAD


def test_all_units_by_number_is_the_whole_lot(world: World) -> None:
    lot = world.deposit(WETH, 3 * WAD)
    assert change(world, lot, 0, amount=3 * WAD) == lot
    assert world.vault.lot_count(world.depositor) == 1


def test_a_part_below_the_minimum_deposit_is_refused(world: World) -> None:
    lot = world.deposit(WETH, WAD)
    with boa.reverts("below minimum deposit"):
        change(world, lot, 0, amount=MIN_DEPOSIT - 1)
    change(world, lot, 0, amount=MIN_DEPOSIT)


def test_what_it_checks(world: World) -> None:
    lot = world.deposit(WETH, 3 * WAD)
    with boa.reverts("lot of another asset"):
        change(world, lot, 0, asset=WSTETH)
    with boa.reverts("any asset needs all units"):
        change(world, lot, 0, asset=MAX, amount=WAD)
    with boa.reverts("zero amount"):
        change(world, lot, 0, amount=0)
    with boa.reverts("more than lot holds"):
        change(world, lot, 0, amount=3 * WAD + 1)
    with boa.reverts("unknown policy"):
        change(world, lot, 2, policy_hash=HOLD_HASH)
    with boa.reverts("policy hash differs"):
        change(world, lot, world.policy, policy_hash=HOLD_HASH)
    with boa.reverts("no such lot"):
        change(world, lot, 0, sender=world.other)
    with boa.reverts("no such shard"):
        change(world, lot, world.policy, shard=2**31)
    with boa.reverts("no such lot"):
        change(world, 7, 0)


def test_not_even_an_operator_changes_a_policy(world: World) -> None:
    lot = world.deposit(WETH, 3 * WAD)
    world.vault.set_operator(world.other, True, sender=world.depositor)
    with boa.reverts("no such lot"):
        change(world, lot, 0, sender=world.other)


def test_the_cap_holds_for_a_change_of_policy_that_names_the_asset(world: World) -> None:
    lots = [world.deposit(WETH, 3 * WAD, policy=0), world.deposit(WETH, WAD, policy=0)]
    world.vault.set_limits(WETH, MIN_DEPOSIT, 2 * WAD, sender=world.guardian)
    with boa.reverts("cohorts full"):
        change(world, lots[0], world.policy)
    with boa.reverts("cohorts full"):
        change(world, lots[0], 0)
    with boa.reverts("cohorts full"):  # only to policy 0 does ANY open the door
        change(world, lots[0], world.policy, asset=MAX)
    change(world, lots[1], world.policy)
    change(world, lots[0], world.policy, amount=WAD)


def test_nobody_joins_yesterday_s_or_a_harvested_cohort(world: World) -> None:
    hold = world.deposit(WETH, 3 * WAD, policy=0)
    yesterday = world.key(world.deposit(WETH, WAD))
    days(2)
    change(world, hold, world.policy)
    assert cohort(world, yesterday) == (WAD, 0)
    assert key_fields(world.key(hold))[3] == today()
    world.set_eth(3_000)
    world.harvest([yesterday], WSTETH)
    lot = world.deposit(WETH, WAD, policy=0)
    change(world, lot, world.policy)
    assert cohort(world, yesterday) == (WAD, 1)
    assert key_fields(world.key(lot))[3:] == (today(), 0)


def test_it_rolls_first_and_leaves_the_harvested_cohort_alone(world: World) -> None:
    lot = world.deposit(WETH, 12 * WAD)
    first = world.key(lot)
    days(2)
    world.set_eth(3_000)
    world.harvest([first], WSTETH)
    opened = logs(world, "CohortOpened")[0].key
    change(world, lot, 0, asset=WSTETH)
    assert names(world) == ["LotRolled", "PolicyChanged"]
    assert cohort(world, first) == (12 * WAD, 1)
    assert cohort(world, opened) == (0, 0)
    assert cohort(world, world.key(lot)) == (10 * WAD, 0)
    assert key_fields(world.key(lot))[2] == naive_band(3_600 * WAD)


def test_delisting_and_pauses_do_not_stop_a_change(world: World) -> None:
    lot = world.deposit(WETH, 3 * WAD)
    world.vault.set_paused(3, sender=world.guardian)
    world.vault.set_listed(WETH, False, sender=world.guardian)
    other = change(world, lot, 0, amount=WAD)
    change(world, other, world.policy)


def paused(world: World) -> None:
    world.vault.set_paused(3, sender=world.guardian)


def delisted(world: World) -> None:
    for asset in range(3):
        world.vault.set_listed(asset, False, sender=world.guardian)


def cap_of_nothing(world: World) -> None:
    for asset in range(3):
        world.vault.set_limits(asset, U128, 0, sender=world.guardian)


def dead_feeds(world: World) -> None:
    dead = deploy("test/LyingFeed.vy", 8, 1)
    dead.set_mode(4)
    for feed_id in (BASE, 129, WSTETH, 2):
        world.vault.set_feed(feed_id, feed_config(dead), sender=world.admin)


def full_shards(world: World) -> None:
    for shard in range(8):
        world.deposit(WETH, 1_000 * WAD, basis=0, policy=0, shard=shard, owner=world.other)


def everything(world: World) -> None:
    full_shards(world)
    paused(world)
    delisted(world)
    cap_of_nothing(world)
    dead_feeds(world)


@pytest.mark.parametrize(
    "state", [paused, delisted, cap_of_nothing, dead_feeds, full_shards, everything]
)
@pytest.mark.parametrize("basis", [0, 10_000 * WAD, U128])
def test_a_change_to_hold_that_names_any_is_never_refused(
    world: World, state: object, basis: int
) -> None:
    lot = world.deposit(WETH, 3 * WAD, basis=basis)
    before = lot_of(world, lot)
    state(world)
    # Nor does it look at arguments that it does not need.
    assert change(world, lot, 0, asset=MAX, policy_hash=b"\7" * 32, shard=MAX) == lot
    after = lot_of(world, lot)
    assert after == before | {"key": key_of(WETH, 0, 0, today(), 0)}
    assert cohort(world, before["key"]) == (0, 0)
    days(400)
    with pytest.raises(boa.BoaError):
        world.harvest([after["key"]], WSTETH)
    assert world.vault.withdraw(lot, MAX, MAX, world.other, sender=world.depositor) == 3 * WAD


def test_the_way_out_also_works_twice_and_after_a_harvest(world: World) -> None:
    lot = world.deposit(WETH, 12 * WAD)
    days(2)
    world.set_eth(3_000)
    world.harvest([world.key(lot)], WSTETH)
    everything(world)
    for _ in range(2):
        change(world, lot, 0, asset=MAX, policy_hash=b"")
        assert world.key(lot) == key_of(WSTETH, 0, 0, today(), 0)
    assert cohort(world, world.key(lot)) == (10 * WAD, 0)
    assert world.vault.held(WSTETH) == 10 * WAD


def test_a_lot_of_nothing_can_change_too(world: World) -> None:
    world.vault.set_limits(WETH, 1, U128, sender=world.admin)
    lot = world.deposit(WETH, 1, basis=4_001)
    big = world.deposit(WETH, 10 * WAD, basis=40_010 * WAD)
    assert world.key(lot) == world.key(big)
    days(2)
    world.set_eth(3_000)
    world.harvest([world.key(lot)], WSTETH)
    other = policy_of(world, min_loss=700)
    change(world, lot, other, asset=WSTETH)
    assert lot_of(world, lot)["units"] == lot_of(world, lot)["basis"] == 0
    change(world, lot, 0, asset=MAX)
    assert world.vault.withdraw(lot, MAX, MAX, world.other, sender=world.depositor) == 0
    reduced = logs(world, "LotReduced")[0]
    assert (reduced.units, reduced.basis, reduced.units_left) == (0, 0, 0)
    assert world.vault.lots(world.depositor, lot) == (0, 0)


def test_an_offer_is_void_after_a_change(world: World) -> None:
    for amount in (WAD, MAX):
        lot = world.deposit(WETH, 3 * WAD)
        world.vault.offer_lot(lot, world.other, 0, sender=world.depositor)
        change(world, lot, 0, amount=amount)
        assert world.vault.offers(world.depositor, lot) == 0


def test_more_than_64_hops_need_a_roll_first_even_here(world: World) -> None:
    lot = world.deposit(WETH, 11 * WAD)
    chain_of(world, lot, 65)
    with boa.reverts("roll first"):
        change(world, lot, 0, asset=MAX)
    world.vault.roll(world.depositor, lot, 1, sender=world.other)
    change(world, lot, 0, asset=MAX)
