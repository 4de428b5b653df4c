"""Which cohorts a harvest takes: ascending, open, of one asset; empty ones are not even read."""

from __future__ import annotations

import boa
import pytest
from eth.exceptions import Revert

from tests.contracts.support import (
    LATER,
    U128,
    calldata,
    cohort,
    days,
    fields,
    key_of,
    list_asset,
    logs,
    naive_band,
    names,
    pay_in,
    policy_of,
    today,
)
from tests.contracts.world import (
    MAX,
    NO_PERMIT,
    RETH,
    WAD,
    WETH,
    WSTETH,
    World,
    deploy,
)


def send(
    world: World, keys: list[int], to_asset: int = WSTETH, *, min_sold: int = 0, fee: int = 0
) -> int:
    """A harvest with the keys exactly as given."""
    return int(
        world.vault.harvest(
            keys, to_asset, [world.leg()], 0, min_sold, fee, LATER, sender=world.keeper
        )
    )


def cheaper(world: World) -> None:
    days(2)
    world.set_eth(3_000)


def test_several_cohorts_of_one_policy_become_one(world: World) -> None:
    lots = [world.deposit(WETH, count * WAD, basis=count * WAD * 4_200) for count in (1, 2)]
    lots.append(world.deposit(WETH, 3 * WAD))
    lots.append(world.deposit(WETH, 6 * WAD, shard=5))
    keys = sorted({world.key(lot) for lot in lots})
    assert len(keys) == 3
    cheaper(world)
    number = send(world, keys)
    assert names(world) == ["CohortHarvested"] * 3 + ["CohortOpened", "Harvested"]
    (opened,) = logs(world, "CohortOpened")
    assert fields(opened) == {
        "key": key_of(WSTETH, world.policy, naive_band(3_600 * WAD), today(), 2**31 | number),
        "harvest": number,
        "units": 10 * WAD,
    }
    assert cohort(world, opened.key) == (10 * WAD, 0)
    for key in keys:
        units, harvest = cohort(world, key)
        assert units > 0
        assert harvest == number
    assert world.vault.held(WETH) == 0
    assert world.vault.held(WSTETH) == 10 * WAD


def test_several_policies_in_one_swap_open_a_cohort_each(world: World) -> None:
    second = policy_of(world, min_loss=700)
    third = policy_of(world, min_loss=800)
    world.deposit(WETH, 3 * WAD)
    world.deposit(WETH, 5 * WAD + 1, policy=second)
    world.deposit(WETH, 7 * WAD, policy=third)
    world.deposit(WETH, 2 * WAD, policy=second, shard=3)
    keys = sorted({world.key(lot) for lot in range(4)})
    cheaper(world)
    number = send(world, keys, RETH, fee=7)
    opened = logs(world, "CohortOpened")
    amounts, _ = world.vault.harvests(number)
    sold, proceeds = amounts >> 128, amounts & U128
    assert sold == 17 * WAD + 1
    shares = [proceeds * units // sold for units in (3 * WAD, 7 * WAD + 1, 7 * WAD)]
    assert [event.units for event in opened] == shares
    policies = [(event.key >> 72) & (2**32 - 1) for event in opened]
    assert policies == [world.policy, second, third]
    assert world.vault.held(RETH) == sum(shares) <= proceeds


def test_keys_must_ascend_and_come_once(world: World) -> None:
    first = world.key(world.deposit(WETH, WAD))
    second = world.key(world.deposit(WETH, WAD, shard=1))
    cheaper(world)
    with boa.reverts("keys not ascending"):
        send(world, [second, first])
    with boa.reverts("keys not ascending"):
        send(world, [first, first])
    with boa.reverts("keys not ascending"):
        send(world, [first, second, second])
    empty = key_of(WETH, 0, 9, 9, 9)
    with boa.reverts("keys not ascending"):  # not even a key with nothing behind it
        send(world, [first, empty])
    with boa.reverts("keys not ascending"):
        send(world, [empty, empty, first])
    send(world, [first, second])


def test_an_empty_key_is_dropped_whatever_it_says(world: World) -> None:
    key = world.key(world.deposit(WETH, 10 * WAD))
    cheaper(world)
    band = naive_band(4_000 * WAD)
    strange = [
        key_of(WETH, 0, 0, 1, 0),  # under hold
        key_of(WETH, world.policy, 77, 1, 0),  # a band that does not exist
        key_of(WETH, world.policy, band, today() + 400, 0),  # a day to come
        key_of(WETH, 99, band, today() - 5, 0),  # a policy that does not exist
        key_of(WSTETH, world.policy, band, today() - 5, 0),  # the asset to be bought
        key_of(RETH, world.policy, band, today() - 5, 0),  # another asset
        key_of(200, world.policy, band, today() - 5, 0),  # an asset that does not exist
        key_of(WETH, world.policy, band, today() - 5, 2**31 | 1),  # a harvest's, before it is
        2**112 + 5,  # no key at all
        MAX,
    ]
    assert key not in strange
    number = send(world, sorted([*strange, key]))
    assert [event.key for event in logs(world, "CohortHarvested")] == [key]
    assert len(logs(world, "CohortOpened")) == 1
    for other in strange:
        assert world.vault.cohorts(other) == 0
    assert world.vault.harvests(number)[0] >> 128 == 10 * WAD


def test_a_keeper_cannot_mark_a_key_of_days_to_come(world: World) -> None:
    key = world.key(world.deposit(WETH, 10 * WAD))
    cheaper(world)
    tomorrow = key_of(WETH, world.policy, naive_band(3_000 * WAD), today() + 1, 0)
    send(world, sorted([key, tomorrow]))
    days(1)
    lot = world.deposit(WETH, WAD)
    assert world.key(lot) == tomorrow
    assert cohort(world, tomorrow) == (WAD, 0)


def test_an_owner_who_leaves_does_not_break_the_batch(world: World) -> None:
    stays = world.key(world.deposit(WETH, 10 * WAD))
    leaver = world.deposit(WETH, 5 * WAD, shard=1, owner=world.other)
    leaves = world.key(leaver, world.other)
    cheaper(world)
    world.vault.withdraw(leaver, WETH, MAX, world.other, sender=world.other)
    send(world, [stays, leaves])
    assert cohort(world, leaves) == (0, 0)
    assert [event.key for event in logs(world, "CohortHarvested")] == []


def test_the_one_who_left_is_not_counted(world: World) -> None:
    stays = world.key(world.deposit(WETH, 10 * WAD))
    leaver = world.deposit(WETH, 5 * WAD, shard=1, owner=world.other)
    leaves = world.key(leaver, world.other)
    cheaper(world)
    world.vault.withdraw(leaver, WETH, MAX, world.other, sender=world.other)
    with boa.reverts("too little to sell"):
        send(world, [stays, leaves], min_sold=10 * WAD + 1)
    send(world, [stays, leaves], min_sold=10 * WAD)
    assert [event.key for event in logs(world, "CohortHarvested")] == [stays]


def test_nothing_to_sell(world: World) -> None:
    for keys in ([], [key_of(WETH, 1, 900, 5, 0)]):
        with boa.reverts("too little to sell"):
            send(world, keys)


def test_a_harvested_cohort_is_not_harvested_again(world: World) -> None:
    first = world.key(world.deposit(WETH, WAD))
    second = world.key(world.deposit(WETH, WAD, shard=1))
    cheaper(world)
    send(world, [first])
    opened = logs(world, "CohortOpened")[0].key
    days(2)
    world.set_eth(2_000)
    with boa.reverts("cohort harvested"):
        send(world, [first])
    with boa.reverts("cohort harvested"):
        send(world, [first, second])
    send(world, [opened], WETH)
    with boa.reverts("cohort harvested"):
        send(world, [opened], WETH)


def test_one_asset_per_harvest(world: World) -> None:
    one = world.key(world.deposit(WETH, WAD))
    two = world.key(world.deposit(WSTETH, WAD))
    cheaper(world)
    with boa.reverts("assets differ"):
        send(world, [one, two], RETH)
    send(world, [one], RETH)
    send(world, [two], RETH)


def test_one_ineligible_cohort_refuses_the_batch(world: World) -> None:
    good = world.key(world.deposit(WETH, WAD))
    bad = world.key(world.deposit(WETH, WAD, basis=3_000 * WAD))
    cheaper(world)
    with boa.reverts("loss too small"):
        send(world, sorted([good, bad]))
    send(world, [good])


def test_into_a_listed_asset_that_is_another_one(world: World) -> None:
    key = world.key(world.deposit(WETH, WAD))
    cheaper(world)
    with boa.reverts("same asset"):
        send(world, [key], WETH)
    for asset in (3, 128, 2**255):
        with boa.reverts("asset not listed"):
            send(world, [key], asset)
    world.vault.set_listed(WSTETH, False, sender=world.guardian)
    with boa.reverts("asset not listed"):
        send(world, [key], WSTETH)
    world.vault.set_listed(WETH, False, sender=world.guardian)
    send(world, [key], RETH)  # out of a delisted asset goes


def test_only_into_what_the_policy_allows(world: World) -> None:
    only_reth = policy_of(world, mask=0b100)
    key = world.key(world.deposit(WETH, WAD, policy=only_reth))
    both = world.key(world.deposit(WETH, WAD))
    cheaper(world)
    with boa.reverts("not a replacement"):
        send(world, [key], WSTETH)
    with boa.reverts("not a replacement"):  # each cohort by its own policy
        send(world, sorted([key, both]), WSTETH)
    send(world, sorted([key, both]), RETH)


def test_hold_is_never_harvested(world: World) -> None:
    key = world.key(world.deposit(WETH, WAD, policy=0))
    days(1_000)
    world.set_eth(100)
    for asset in (WSTETH, RETH):
        with boa.reverts("not a replacement"):
            send(world, [key], asset)


def test_64_keys_and_no_more(world: World) -> None:
    keys = [
        world.key(world.deposit(WETH, WAD, basis=(4_000 + 40 * band) * WAD, shard=shard * 8))
        for band in range(13)
        for shard in range(5)
    ]
    assert len(set(keys)) == 65
    cheaper(world)
    signature = (
        "harvest(uint256[],uint256,(address,uint256,bytes)[],uint256,uint256,uint256,uint256)"
    )

    def raw(batch: list[int]) -> None:
        data = calldata(signature, batch, WSTETH, [world.leg()], 0, 0, 0, LATER)
        boa.env.raw_call(world.vault.address, sender=world.keeper, data=data)

    with pytest.raises(Revert):
        raw(sorted(keys))
    raw(sorted(keys)[:64])
    assert world.vault.held(WETH) == WAD
    assert world.vault.harvests(1)[0] >> 128 == 64 * WAD


def test_band_zero_is_never_harvestable(world: World) -> None:
    key = world.key(world.deposit(WETH, WAD, basis=127))
    days(2)
    # A price of nothing would make a basis of nothing a loss.
    token = deploy("test/TestERC20.vy", "Nothing", "NIL", 18)
    feed = deploy("test/MockFeed.vy", 18, "nothing", 1)
    nil = list_asset(world, token, (feed.address, 10**9, 0, 0, U128))
    assert world.vault.price(nil) > 0
    world.vault.set_feed(128, (feed.address, 10**9, 0, 0, U128), sender=world.admin)
    assert world.vault.price(nil) == 0
    pay_in(world, token, world.depositor, WAD)
    policy = policy_of(world, mask=0b1111)
    entry = (nil, WAD, policy, world.policy_hash(policy), 0, world.depositor)
    lot = world.vault.deposit_declared(entry, 0, 0, NO_PERMIT, sender=world.depositor)
    days(2)
    with boa.reverts("feed has no answer"):
        send(world, [world.key(lot)], WETH)
    with boa.reverts("loss too small"):
        send(world, [key])


def test_the_cohort_that_this_very_harvest_opens_cannot_be_among_its_keys(world: World) -> None:
    # Empty when the keys are checked, full when they are marked: taken for a cohort that was sold,
    # its units would be counted again and its lots could never leave.
    second = policy_of(world, min_loss=700)
    lots = [world.deposit(WETH, 12 * WAD), world.deposit(WETH, 24 * WAD, policy=second)]
    keys = [world.key(lot) for lot in lots]
    cheaper(world)
    band = naive_band(3_600 * WAD)
    opened = [key_of(WSTETH, policy, band, today(), 2**31 | 1) for policy in (world.policy, second)]
    send(world, sorted(keys + opened))
    assert [event.key for event in logs(world, "CohortHarvested")] == sorted(keys)
    assert [event.key for event in logs(world, "CohortOpened")] == opened
    assert [cohort(world, key) for key in opened] == [(10 * WAD, 0), (20 * WAD, 0)]
    assert world.vault.held(WSTETH) == world.wsteth.balanceOf(world.vault)
    for lot, units in zip(lots, (10 * WAD, 20 * WAD), strict=True):
        withdrawn = world.vault.withdraw(lot, MAX, MAX, world.other, sender=world.depositor)
        assert withdrawn == units
