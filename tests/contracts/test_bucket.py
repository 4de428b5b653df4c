"""The loss bucket: what harvests may cost at once and over any window."""

from __future__ import annotations

from fractions import Fraction
from math import floor

import boa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contracts.limits_by_hand import debit
from tests.contracts.support import LATER, another_vault, days, feed_config, logs
from tests.contracts.world import BASE, BUCKET, DAY, RETH, WAD, WETH, WSTETH, World


def used(world: World) -> int:
    """The used part as stored, by the design's layout: size 96, time 40, used 120."""
    return int(world.vault.bucket_word()) & (2**120 - 1)


def stored(world: World) -> tuple[int, int, int]:
    word = int(world.vault.bucket_word())
    return word >> 160, (word >> 120) & (2**40 - 1), word & (2**120 - 1)


def ready(world: World, units: int, asset: int = WETH) -> int:
    """A cohort that may be harvested now, ETH at 3000; its key."""
    world.set_eth(4_000)
    lot = world.deposit(asset, units)
    days(2)
    world.set_eth(3_000)
    return world.key(lot)


def send(world: World, key: int, to_asset: int, gross: int, sold: int, fee: int = 0) -> int:
    asset = key >> 104
    world.adapter.set_rate(world.tokens[asset], world.tokens[to_asset], gross, sold)
    return int(
        world.vault.harvest([key], to_asset, [world.leg()], 0, 0, fee, LATER, sender=world.keeper)
    )


def test_what_it_starts_with(world: World) -> None:
    assert stored(world)[0] == BUCKET
    assert stored(world)[2] == 0


def test_a_fair_harvest_costs_what_the_rate_feeds_may_hide(world: World) -> None:
    # WETH has the constant rate: dev 0. Into wstETH and rETH 1 % each, between those two 2 %.
    send(world, ready(world, 12 * WAD), WSTETH, 10 * WAD, 12 * WAD)
    assert used(world) == 12 * WAD // 100
    days(2)
    key = ready(world, 11 * WAD, WSTETH)
    gross = 12 * WAD  # 13.2 ETH either way
    send(world, key, RETH, gross, 11 * WAD)
    assert used(world) == debit(11 * WAD, gross, 12 * 10**17, 11 * 10**17, WAD, WAD, 200)
    assert used(world) == 2 * 132 * 10**17 // 100


def test_the_base_s_dev_and_price_play_no_part(world: World) -> None:
    key = ready(world, 12 * WAD)
    world.vault.set_feed(BASE, feed_config(world.base_feed, dev=1_000), sender=world.admin)
    send(world, key, WSTETH, 10 * WAD, 12 * WAD)
    assert used(world) == 12 * WAD // 100


def test_shortfall_and_fee_are_debited(world: World) -> None:
    key = ready(world, 12 * WAD)
    gross = 99 * WAD // 10
    send(world, key, WSTETH, gross, 12 * WAD, fee=50)
    net = gross - gross * 50 // 10_000
    assert used(world) == debit(12 * WAD, net, WAD, 12 * 10**17, WAD, WAD, 100)
    assert used(world) > 12 * WAD - net * 12 // 10


def test_the_debit_is_rounded_against_the_keeper(world: World) -> None:
    world.set_rate(WSTETH, 12 * 10**17 + 1)
    key = ready(world, WAD + 1, WSTETH)
    gross = 12 * 10**17
    assert (WAD + 1) * (12 * 10**17 + 1) % WAD != 0
    send(world, key, WETH, gross, WAD + 1)
    value = -(-(WAD + 1) * (12 * 10**17 + 1) // WAD)
    assert used(world) == value - gross + -(-value * 100 // 10_000)


def test_a_gain_refills_nothing(world: World) -> None:
    first = ready(world, 12 * WAD)
    send(world, first, WSTETH, 98 * WAD // 10, 12 * WAD)
    before = used(world)
    world.deposit(WETH, 12 * WAD, basis=12 * 4_000 * WAD)
    lot = world.vault.lot_count(world.depositor) - 1
    days(2)
    gross = 102 * WAD // 10
    drained = floor(Fraction(BUCKET * 2 * DAY, DAY))
    send(world, world.key(lot), WSTETH, gross, 12 * WAD)
    assert used(world) == max(0, before - drained) + 12 * WAD // 100


def test_the_limit_to_the_wei(world: World) -> None:
    key = ready(world, 12 * WAD)
    exact = 12 * WAD // 100
    world.vault.set_bucket(exact - 1, sender=world.admin)
    with boa.reverts("loss bucket full"):
        send(world, key, WSTETH, 10 * WAD, 12 * WAD)
    world.vault.set_bucket(exact, sender=world.admin)
    with boa.reverts("loss bucket full"):
        send(world, key, WSTETH, 10 * WAD - 1, 12 * WAD)
    send(world, key, WSTETH, 10 * WAD, 12 * WAD)
    assert used(world) == exact


def test_it_drains_over_a_day_rounded_down(world: World) -> None:
    size = 12 * WAD // 100 + 7
    world.vault.set_bucket(size, sender=world.admin)
    keys = [ready(world, 12 * WAD)]
    send(world, keys[0], WSTETH, 10 * WAD, 12 * WAD)
    start = used(world)
    elapsed = 1_003
    boa.env.time_travel(seconds=elapsed)
    world.vault.set_bucket(size, sender=world.guardian)
    assert size * elapsed % DAY != 0
    assert used(world) == start - size * elapsed // DAY
    assert stored(world)[1] == boa.env.timestamp
    boa.env.time_travel(seconds=DAY)
    world.vault.set_bucket(size, sender=world.guardian)
    assert used(world) == 0  # not below


def test_a_second_harvest_waits_for_the_drain(world: World) -> None:
    debit_of_one = 12 * WAD // 100
    first = world.key(world.deposit(WETH, 12 * WAD))
    second = world.key(world.deposit(WETH, 12 * WAD, shard=1))
    days(2)
    world.set_eth(3_000)
    world.vault.set_bucket(debit_of_one * 3 // 2, sender=world.admin)
    send(world, first, WSTETH, 10 * WAD, 12 * WAD)
    with boa.reverts("loss bucket full"):
        send(world, second, WSTETH, 10 * WAD, 12 * WAD)
    # Half a debit too many, a third of the bucket: a third of a day.
    boa.env.time_travel(seconds=DAY // 3 - 1)
    with boa.reverts("loss bucket full"):
        send(world, second, WSTETH, 10 * WAD, 12 * WAD)
    boa.env.time_travel(seconds=1)
    send(world, second, WSTETH, 10 * WAD, 12 * WAD)


def test_a_new_size_keeps_what_is_used(world: World) -> None:
    send(world, ready(world, 12 * WAD), WSTETH, 10 * WAD, 12 * WAD)
    before = used(world)
    boa.env.time_travel(seconds=5)
    left = before - BUCKET * 5 // DAY
    assert left > 0
    world.vault.set_bucket(BUCKET // 10, sender=world.guardian)
    (event,) = logs(world, "BucketSet")
    assert (event.size, event.used) == (BUCKET // 10, left)
    assert stored(world) == (BUCKET // 10, boa.env.timestamp, left)
    # Below what is used: nothing goes until that much has drained.
    world.vault.set_bucket(left // 2, sender=world.guardian)
    assert stored(world)[2] == left
    world.vault.set_bucket(0, sender=world.guardian)
    days(100)
    world.vault.set_bucket(WAD, sender=world.admin)
    assert stored(world)[2] == left  # a bucket of nothing drains nothing


def test_a_bucket_of_nothing_stops_harvests_that_could_cost(world: World) -> None:
    world.vault.set_bucket(0, sender=world.guardian)
    with boa.reverts("loss bucket full"):
        send(world, ready(world, 12 * WAD), WSTETH, 10 * WAD, 12 * WAD)


def test_the_size_must_fit(world: World) -> None:
    world.vault.set_bucket(2**96 - 1, sender=world.admin)
    with boa.reverts("bucket out of range"):
        world.vault.set_bucket(2**96, sender=world.admin)
    with boa.reverts("bucket out of range"):
        another_vault(world, bucket=2**96)


def test_a_refused_harvest_uses_nothing(world: World) -> None:
    key = ready(world, 12 * WAD)
    before = world.vault.bucket_word()
    with boa.reverts("below floor"):
        send(world, key, WSTETH, 9 * WAD, 12 * WAD)
    assert world.vault.bucket_word() == before


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=12)
@given(
    steps=st.lists(
        st.tuples(st.integers(1, 3 * DAY), st.integers(1, 30), st.integers(9_750, 10_250)),
        min_size=3,
        max_size=8,
    )
)
def test_over_any_window_at_most_the_bucket_and_its_drain_is_lost(
    world: World, steps: list[tuple[int, int, int]]
) -> None:
    with boa.env.anchor():
        size = WAD // 2
        world.vault.set_bucket(size, sender=world.admin)
        lots = [
            world.deposit(WETH, whole * WAD, shard=8 * i) for i, (_, whole, _) in enumerate(steps)
        ]
        days(2)
        world.set_eth(3_000)
        losses: list[tuple[int, int]] = []
        tried = 0
        for lot, (wait, whole, quality) in zip(lots, steps, strict=True):
            boa.env.time_travel(seconds=wait)
            sold = whole * WAD
            gross = sold * 10 // 12 * quality // 10_000
            cost = debit(sold, gross, WAD, 12 * 10**17, WAD, WAD, 100)
            try:
                send(world, world.key(lot), WSTETH, gross, sold)
            except boa.BoaError as error:
                assert "loss bucket full" in str(error)  # noqa: PT017
                tried += 1
                continue
            losses.append((int(boa.env.timestamp), cost))
        assert len(losses) + tried == len(steps)
        for i in range(len(losses)):
            for j in range(i, len(losses)):
                window = losses[j][0] - losses[i][0]
                total = sum(cost for _, cost in losses[i : j + 1])
                # Rounding of the drain, one wei a harvest, is against the keeper.
                assert total <= size * (1 + Fraction(window, DAY))


@pytest.mark.parametrize("dev", [0, 37, 9_999])
def test_the_dev_that_counts_is_the_one_listed_now(world: World, dev: int) -> None:
    key = ready(world, 12 * WAD)
    world.vault.set_feed(WSTETH, feed_config(world.wsteth_feed, dev=dev), sender=world.admin)
    send(world, key, WSTETH, 10 * WAD, 12 * WAD)
    assert used(world) == 12 * WAD * dev // 10_000
