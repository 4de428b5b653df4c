"""Prices: a product of two feeds, every answer checked before anything believes it."""

from __future__ import annotations

import boa
import pytest
from boa.contracts.vyper.vyper_contract import VyperContract

from tests.contracts.support import (
    CONSTANT,
    LATER,
    U128,
    another_vault,
    asset_config,
    days,
    feed_config,
    list_asset,
    logs,
    lot_of,
    naive_band,
    naive_lower,
)
from tests.contracts.world import (
    BASE,
    DAY,
    MAX,
    NO_ADDRESS,
    NO_PERMIT,
    QUOTE,
    RETH,
    WAD,
    WETH,
    WSTETH,
    YEARS,
    World,
    deploy,
)

OK, NO_ANSWER, NOT_POSITIVE, OUT_OF_BOUNDS, STALE, FROM_FUTURE, SEQUENCER_DOWN, GRACE = range(8)
REVERTS, SHORT, HUGE, BURNS, NEGATIVE, ZERO, FUTURE, OLD, EMPTY, ABSURD = range(1, 11)
HEARTBEAT = 3_600


@pytest.fixture
def liar(world: World) -> VyperContract:
    """A feed with 8 decimals that answers 3000.00000000, listed as the base's."""
    feed = deploy("test/LyingFeed.vy", 8, 3_000 * 10**8)
    world.vault.set_feed(BASE, feed_config(feed, heartbeat=HEARTBEAT), sender=world.admin)
    return feed


def refused(world: World, reason: str) -> None:
    """Neither a price, nor a deposit at the oracle's price, nor a harvest."""
    with boa.reverts(reason):
        world.vault.price(WETH)
    with boa.reverts(reason):
        world.deposit(WETH, WAD)


# ---------------------------------------------------------------- good answers
def test_a_price_is_base_times_rate_rounded_down(world: World) -> None:
    world.base_feed.set_answer(4_000 * 10**8 + 7, sender=world.admin)
    world.wsteth_feed.set_answer(12 * 10**17 + 1, sender=world.admin)
    product = (4_000 * 10**8 + 7) * 10**10 * (12 * 10**17 + 1)
    assert product % WAD != 0
    assert world.vault.price(WSTETH) == product // WAD
    assert world.vault.price(WETH) == (4_000 * 10**8 + 7) * 10**10  # the constant rate


@pytest.mark.parametrize("decimals", [0, 6, 8, 18])
def test_answers_are_scaled_by_the_feed_s_decimals(world: World, decimals: int) -> None:
    feed = deploy("test/MockFeed.vy", decimals, "x", 17 * 10**decimals)
    world.vault.set_feed(BASE, feed_config(feed), sender=world.admin)
    assert world.vault.read_feed(BASE) == (17 * WAD, boa.env.timestamp, OK)
    assert world.vault.price(WETH) == 17 * WAD
    word = world.vault.feed_words(BASE)
    assert (word >> 192) & 255 == decimals
    assert word & (2**160 - 1) == int(feed.address, 16)
    assert (word >> 160) & (2**32 - 1) == YEARS
    assert (word >> 200) & (2**16 - 1) == 100


def test_a_feed_of_more_than_18_decimals_is_refused(world: World) -> None:
    feed = deploy("test/MockFeed.vy", 19, "x", 1)
    with boa.reverts("too many decimals"):
        world.vault.set_feed(BASE, feed_config(feed), sender=world.admin)


def test_a_feed_s_decimals_are_read_once(world: World, liar: VyperContract) -> None:
    liar.set_decimals(18)
    assert world.vault.price(WETH) == 3_000 * WAD
    # Nor when its settings change: a dead feed must not stop the guardian.
    tighter = feed_config(liar, heartbeat=HEARTBEAT - 1, dev=200)
    world.vault.set_feed(BASE, tighter, sender=world.guardian)
    assert world.vault.price(WETH) == 3_000 * WAD


def test_the_constant_rate_has_no_dev(world: World) -> None:
    with boa.reverts("constant has dev"):
        world.vault.set_feed(WETH, (NO_ADDRESS, 0, 1, 0, 0), sender=world.admin)
    assert world.vault.read_feed(WETH) == (WAD, boa.env.timestamp, OK)


def test_a_family_whose_base_is_the_constant_one(world: World) -> None:
    dollars = another_vault(world, base=CONSTANT)
    assert dollars.vault.price(WETH) == WAD
    assert dollars.vault.price(WSTETH) == 12 * WAD // 10


def test_a_quote_without_a_feed_has_no_price(world: World) -> None:
    world.vault.set_feed(QUOTE, CONSTANT, sender=world.admin)
    assert world.vault.read_feed(QUOTE) == (0, 0, NO_ANSWER)


def test_there_is_no_price_of_what_is_not_an_asset(world: World) -> None:
    for asset in (3, 127, BASE, QUOTE, MAX):
        with boa.reverts("unknown asset"):
            world.vault.price(asset)


def test_a_harvest_reads_the_feeds_and_logs_their_times(world: World) -> None:
    lot = world.deposit(WSTETH, 11 * WAD)
    days(2)
    world.set_eth(3_000)
    base_time = int(boa.env.timestamp)
    boa.env.time_travel(seconds=10)
    world.set_rate(WSTETH, 12 * WAD // 10)
    in_time = int(boa.env.timestamp)
    boa.env.time_travel(seconds=10)
    world.set_rate(RETH, 11 * WAD // 10)
    out_time = int(boa.env.timestamp)
    boa.env.time_travel(seconds=10)
    world.harvest([world.key(lot)], RETH)
    (event,) = logs(world, "Harvested")
    assert (event.base_price, event.base_time) == (3_000 * WAD, base_time)
    assert (event.time_in, event.time_out) == (in_time, out_time)
    assert (event.price_in, event.price_out) == (3_600 * WAD, 3_300 * WAD)


# ---------------------------------------------------------------- bad answers
@pytest.mark.parametrize(
    ("mode", "status", "reason"),
    [
        (REVERTS, NO_ANSWER, "feed has no answer"),
        (SHORT, NO_ANSWER, "feed has no answer"),
        (EMPTY, NO_ANSWER, "feed has no answer"),
        (BURNS, NO_ANSWER, "feed has no answer"),
        (NEGATIVE, NOT_POSITIVE, "feed has no answer"),
        (ZERO, NOT_POSITIVE, "feed has no answer"),
        (FUTURE, FROM_FUTURE, "feed has no answer"),
        (OLD, STALE, "feed stale"),
        (ABSURD, OUT_OF_BOUNDS, "feed out of bounds"),
    ],
)
def test_a_bad_answer_is_no_price(
    world: World, liar: VyperContract, mode: int, status: int, reason: str
) -> None:
    assert world.vault.read_feed(BASE)[2] == OK
    liar.set_mode(mode)
    assert world.vault.read_feed(BASE)[0] == 0
    assert world.vault.read_feed(BASE)[2] == status
    refused(world, reason)


def test_a_huge_answer_is_read_only_as_far_as_it_matters(world: World, liar: VyperContract) -> None:
    liar.set_mode(HUGE)
    assert world.vault.read_feed(BASE) == (3_000 * WAD, boa.env.timestamp, OK)


def test_a_feed_without_code_has_no_answer(world: World, liar: VyperContract) -> None:
    boa.env.set_code(liar.address, b"")
    assert world.vault.read_feed(BASE) == (0, 0, NO_ANSWER)
    refused(world, "feed has no answer")


def test_a_gas_burner_burns_a_bounded_amount(world: World, liar: VyperContract) -> None:
    liar.set_mode(BURNS)
    world.vault.read_feed(BASE)
    assert world.vault._computation.get_gas_used() < 400_000


def test_staleness_to_the_second(world: World, liar: VyperContract) -> None:
    liar.set_answer(3_000 * 10**8, HEARTBEAT)
    at = boa.env.timestamp - HEARTBEAT
    assert world.vault.read_feed(BASE) == (3_000 * WAD, at, OK)
    liar.set_answer(3_000 * 10**8, HEARTBEAT + 1)
    assert world.vault.read_feed(BASE) == (0, at - 1, STALE)
    refused(world, "feed stale")


def test_heartbeats_are_per_feed(world: World) -> None:
    lot = world.deposit(WSTETH, WAD)
    for feed_id, feed in ((BASE, world.base_feed), (WSTETH, world.wsteth_feed)):
        with boa.env.anchor():
            world.vault.set_feed(feed_id, feed_config(feed, heartbeat=60), sender=world.admin)
            days(2)
            if feed_id == WSTETH:
                world.set_eth(3_000)
            for asset in (RETH, WETH):
                with boa.reverts("feed stale"):
                    world.harvest([world.key(lot)], asset)


def test_bounds_of_the_answer(world: World, liar: VyperContract) -> None:
    # Kept as bands: the lower bound may be lower, the upper one higher, by less than 0.8 %.
    low, high = 1_000 * WAD, 5_000 * WAD
    bounds = feed_config(liar, heartbeat=HEARTBEAT, low=low, high=high)
    world.vault.set_feed(BASE, bounds, sender=world.admin)
    least = naive_lower(naive_band(low))
    most = naive_lower(naive_band(high) + 1) - 1
    assert world.vault.answer_bounds(BASE) == (least << 128) | most
    assert low * 992 // 1_000 < least <= low
    assert high <= most < high * 1_008 // 1_000
    for answer, status in (
        (-(-least // 10**10), OK),
        (-(-least // 10**10) - 1, OUT_OF_BOUNDS),
        (most // 10**10, OK),
        (most // 10**10 + 1, OUT_OF_BOUNDS),
        (2**127, OUT_OF_BOUNDS),
        (2**128, OUT_OF_BOUNDS),
    ):
        liar.set_answer(answer, 0)
        assert world.vault.read_feed(BASE)[2] == status
        if status != OK:
            refused(world, "feed out of bounds")


def test_a_base_that_is_dead_stops_no_purchase_and_no_exit(
    world: World, liar: VyperContract
) -> None:
    lot = world.deposit(WETH, WAD)
    for mode in range(1, 11):
        liar.set_mode(mode)
        with boa.env.anchor():
            world.vault.withdraw(lot, WETH, MAX, world.other, sender=world.depositor)


def test_no_price_no_harvest(world: World) -> None:
    lot = world.deposit(WSTETH, WAD)
    days(2)
    world.set_eth(3_000)
    for feed_id in (BASE, WSTETH, RETH):
        dead = deploy("test/LyingFeed.vy", 18, WAD)
        dead.set_mode(REVERTS)
        with boa.env.anchor():
            world.vault.set_feed(feed_id, feed_config(dead), sender=world.admin)
            with boa.reverts("feed has no answer"):
                world.harvest([world.key(lot)], RETH)
    world.harvest([world.key(lot)], RETH)


# ---------------------------------------------------------------- settings
def test_settings_that_do_not_fit_are_refused(world: World) -> None:
    feed = world.base_feed
    fine = feed_config(feed, heartbeat=2**32 - 1, dev=9_999, low=U128, high=U128)
    world.vault.set_feed(BASE, fine, sender=world.admin)
    for reason, config in (
        ("feed out of range", feed_config(feed, heartbeat=2**32)),
        ("feed out of range", feed_config(feed, dev=10_000)),
        ("feed bounds", feed_config(feed, high=2**128)),
        ("feed bounds", feed_config(feed, low=2, high=1)),
    ):
        with boa.reverts(reason):
            world.vault.set_feed(BASE, config, sender=world.admin)
    for feed_id in (3, 127, 130, 2**128, MAX):
        with boa.reverts("unknown feed"):
            world.vault.set_feed(feed_id, feed_config(feed), sender=world.admin)


# ---------------------------------------------------------------- sequencer
GRACE_SECONDS = 3_600


@pytest.fixture
def layer_two(world: World) -> tuple[World, VyperContract]:
    """A vault that asks a sequencer's uptime feed: up since two hours."""
    with boa.env.prank(world.admin):
        uptime = deploy("test/MockFeed.vy", 0, "L2 Sequencer Uptime Status Feed", 0)
    other = another_vault(world, sequencer=uptime.address, grace=GRACE_SECONDS)
    assert other.vault.sequencer() == uptime.address
    assert other.vault.grace() == GRACE_SECONDS
    uptime.set_round(0, boa.env.timestamp - 2 * GRACE_SECONDS, sender=world.admin)
    return other, uptime


def test_a_sequencer_that_is_up(layer_two: tuple[World, VyperContract]) -> None:
    world, _ = layer_two
    assert world.vault.price(WETH) == 4_000 * WAD
    world.deposit(WETH, WAD)


@pytest.mark.parametrize(
    ("answer", "since", "status"),
    [
        (1, 2 * GRACE_SECONDS, SEQUENCER_DOWN),
        (2, 2 * GRACE_SECONDS, SEQUENCER_DOWN),
        (-1, 2 * GRACE_SECONDS, SEQUENCER_DOWN),
        (0, GRACE_SECONDS, GRACE),
        (0, 0, GRACE),
        (0, -1, GRACE),
        (0, GRACE_SECONDS + 1, OK),
        (0, None, GRACE),  # a feed that was never set up says "up since 1970"
    ],
)
def test_a_sequencer_that_is_down_or_just_back(
    layer_two: tuple[World, VyperContract], answer: int, since: int | None, status: int
) -> None:
    world, uptime = layer_two
    lot = world.deposit(WETH, WAD)
    days(2)
    world.set_eth(3_000)
    at = 0 if since is None else boa.env.timestamp - since
    uptime.set_round(answer, at, sender=world.admin)
    assert world.vault.read_feed(BASE)[2] == world.vault.read_feed(QUOTE)[2] == status
    if status == OK:
        world.harvest([world.key(lot)], WSTETH)
        return
    refused(world, "sequencer down")
    with boa.reverts("sequencer down"):
        world.harvest([world.key(lot)], WSTETH)
    # A purchase only loses its oracle, a sale and a withdrawal nothing.
    world.fund(world.depositor, QUOTE, 3_000 * 10**6)
    entry = world.entry(WETH, 3_000 * 10**6, owner=world.depositor)
    bought = world.vault.buy(entry, [world.leg()], 0, LATER, NO_PERMIT, sender=world.depositor)
    assert lot_of(world, bought)["flags"] == 1
    items = [(lot, WAD // 2)]
    world.vault.sell(items, WETH, [world.leg()], 0, LATER, world.other, sender=world.depositor)
    assert logs(world, "Sold")[0].quote_price == 0
    world.vault.withdraw(lot, WETH, MAX, world.other, sender=world.depositor)


def test_a_sequencer_feed_that_does_not_answer(layer_two: tuple[World, VyperContract]) -> None:
    world, uptime = layer_two
    boa.env.set_code(uptime.address, b"")
    assert world.vault.read_feed(BASE) == (0, 0, SEQUENCER_DOWN)
    refused(world, "sequencer down")


def test_the_sequencer_counts_even_where_the_base_is_constant(
    layer_two: tuple[World, VyperContract],
) -> None:
    world, uptime = layer_two
    dollars = another_vault(world, base=CONSTANT, sequencer=uptime.address, grace=GRACE_SECONDS)
    assert dollars.vault.price(WETH) == WAD
    uptime.set_round(1, boa.env.timestamp - DAY, sender=world.admin)
    with boa.reverts("sequencer down"):
        dollars.vault.price(WETH)


def test_a_vault_s_listing_takes_its_feed_s_settings(world: World) -> None:
    token = deploy("test/TestERC20.vy", "New", "NEW", 18)
    feed = deploy("test/MockFeed.vy", 18, "NEW / ETH", 2 * WAD)
    config = asset_config(token, feed_config(feed, dev=10_000))
    with boa.reverts("feed out of range"):
        world.vault.list_asset(config, sender=world.admin)
    asset = list_asset(world, token, feed_config(feed, dev=77, heartbeat=5))
    assert world.vault.price(asset) == 8_000 * WAD
    boa.env.time_travel(seconds=6)
    with boa.reverts("feed stale"):
        world.vault.price(asset)
