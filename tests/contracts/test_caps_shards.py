"""Cohort caps and shards: no cohort grows past what one harvest can sell."""

from __future__ import annotations

import boa
import pytest

from tests.contracts.support import U128, cohort, days, key_fields, logs, policy_of
from tests.contracts.world import COHORT_CAP, MAX, MIN_DEPOSIT, WAD, WETH, WSTETH, World

CAP = 10 * WAD


@pytest.fixture(autouse=True)
def _small_cap(world: World) -> None:
    for asset in range(3):
        world.vault.set_limits(asset, MIN_DEPOSIT, CAP, sender=world.admin)


def shard_of(world: World, lot: int, owner: str | None = None) -> int:
    return key_fields(world.key(lot, owner))[4]


def test_exactly_the_cap_fits(world: World) -> None:
    lot = world.deposit(WETH, CAP)
    assert shard_of(world, lot) == 0
    assert cohort(world, world.key(lot)) == (CAP, 0)
    with boa.reverts("cohorts full"):
        world.deposit(WETH, CAP + 1)


def test_the_first_shard_with_room_is_taken(world: World) -> None:
    assert shard_of(world, world.deposit(WETH, CAP - WAD)) == 0
    assert shard_of(world, world.deposit(WETH, WAD + 1)) == 1
    assert shard_of(world, world.deposit(WETH, WAD)) == 0  # fills the first to the brim
    assert shard_of(world, world.deposit(WETH, CAP - WAD - 1)) == 1
    assert shard_of(world, world.deposit(WETH, WAD)) == 2


def test_the_caller_s_shard_and_the_next_seven(world: World) -> None:
    for expected in range(20, 28):
        assert shard_of(world, world.deposit(WETH, CAP, shard=20)) == expected
    with boa.reverts("cohorts full"):
        world.deposit(WETH, MIN_DEPOSIT, shard=20)
    # What a stranger can fill are eight shards of a day; the ninth is free.
    assert shard_of(world, world.deposit(WETH, CAP, shard=21)) == 28
    assert shard_of(world, world.deposit(WETH, CAP, shard=19)) == 19


def test_shards_stay_below_the_harvests_numbers(world: World) -> None:
    last = 2**31 - 9
    assert shard_of(world, world.deposit(WETH, WAD, shard=last)) == last
    for shard in (2**31 - 1, 2**31, 2**31 | 1, 2**32 - 1, 2**32, MAX):
        with boa.reverts("no such shard"):
            world.deposit(WETH, WAD, shard=shard)


def test_a_cap_is_per_day_band_and_policy(world: World) -> None:
    other = policy_of(world, min_loss=700)
    world.deposit(WETH, CAP)
    assert shard_of(world, world.deposit(WETH, CAP, policy=other)) == 0
    assert shard_of(world, world.deposit(WETH, CAP, basis=CAP * 4_100)) == 0
    assert shard_of(world, world.deposit(WSTETH, CAP)) == 0
    days(1)
    assert shard_of(world, world.deposit(WETH, CAP)) == 0


def test_a_new_cap_does_not_touch_existing_cohorts(world: World) -> None:
    lot = world.deposit(WETH, CAP)
    world.vault.set_limits(WETH, MIN_DEPOSIT, CAP // 2, sender=world.guardian)
    assert cohort(world, world.key(lot)) == (CAP, 0)
    assert shard_of(world, world.deposit(WETH, CAP // 2)) == 1
    days(2)
    world.set_eth(3_000)
    world.harvest([world.key(lot)], WSTETH)


def test_room_is_freed_by_leaving(world: World) -> None:
    lot = world.deposit(WETH, CAP)
    world.vault.withdraw(lot, WETH, WAD, world.other, sender=world.depositor)
    assert shard_of(world, world.deposit(WETH, WAD)) == 0


def test_merging_cohorts_stays_below_the_cap_of_the_asset_received(world: World) -> None:
    keys = [world.key(world.deposit(WETH, CAP, shard=shard)) for shard in range(2)]
    days(2)
    world.set_eth(3_000)
    merged = 2 * CAP * 10 // 12
    # The cap of the asset received counts, not of the one sold.
    world.vault.set_limits(WETH, MIN_DEPOSIT, 0, sender=world.guardian)
    world.vault.set_limits(WSTETH, MIN_DEPOSIT, merged - 1, sender=world.admin)
    with boa.reverts("merged above cap"):
        world.harvest(keys, WSTETH)
    world.vault.set_limits(WSTETH, MIN_DEPOSIT, merged, sender=world.admin)
    world.harvest(keys, WSTETH)
    assert logs(world, "CohortOpened")[0].units == merged


def test_one_cohort_alone_is_never_too_big(world: World) -> None:
    world.vault.set_limits(WETH, MIN_DEPOSIT, COHORT_CAP, sender=world.admin)
    one = world.key(world.deposit(WETH, COHORT_CAP))
    other = policy_of(world, min_loss=700)
    two = world.key(world.deposit(WETH, COHORT_CAP, policy=other))
    leaver = world.deposit(WETH, WAD, shard=9)
    left = world.key(leaver)
    world.vault.withdraw(leaver, WETH, MAX, world.other, sender=world.depositor)
    days(2)
    world.set_eth(3_000)
    world.vault.set_limits(WSTETH, U128, 0, sender=world.guardian)
    # Two policies with one cohort each, and an empty one that does not count as merged.
    world.harvest([one, two, left], WSTETH)
    assert len(logs(world, "CohortOpened")) == 2


def test_the_cap_counts_per_policy(world: World) -> None:
    other = policy_of(world, min_loss=700)
    keys = [
        world.key(world.deposit(WETH, CAP // 2, policy=policy, shard=shard))
        for policy in (world.policy, other)
        for shard in (0, 8)
    ]
    assert len(set(keys)) == 4
    days(2)
    world.set_eth(3_000)
    share = CAP * 10 // 12
    world.vault.set_limits(WSTETH, MIN_DEPOSIT, share - 1, sender=world.admin)
    with boa.reverts("merged above cap"):
        world.harvest(keys, WSTETH)
    world.vault.set_limits(WSTETH, MIN_DEPOSIT, share, sender=world.admin)
    world.harvest(keys, WSTETH)


def test_limits_that_do_not_fit_are_refused(world: World) -> None:
    world.vault.set_limits(WETH, U128, U128, sender=world.admin)
    for limits in ((U128 + 1, 0), (0, U128 + 1)):
        with boa.reverts("limits out of range"):
            world.vault.set_limits(WETH, *limits, sender=world.admin)
    with boa.reverts("unknown asset"):
        world.vault.set_limits(3, 0, 0, sender=world.admin)
