"""LotLens against the vault's own getters, against `roll` itself, and against the SDK's layouts."""

from __future__ import annotations

import boa
import pytest
from boa.contracts.vyper.vyper_contract import VyperContract

from tests.contracts.world import (
    BASE,
    BOUNDS,
    DAY,
    MAX,
    NO_ADDRESS,
    POLICY,
    QUOTE,
    RETH,
    START,
    WAD,
    WETH,
    WSTETH,
    World,
    deploy,
)
from vaultsdk.core.cohort import CohortKey

PAGE = 500
LOW = 2**128 - 1


@pytest.fixture(scope="session")
def lens() -> VyperContract:
    return deploy("LotLens.vy")


def rows(words: list[int], size: int) -> list[tuple[int, ...]]:
    """A page as rows of `size` words; nothing may be left over."""
    assert len(words) % size == 0
    return [tuple(words[i : i + size]) for i in range(0, len(words), size)]


def stored(world: World, lot: int) -> tuple[int, int]:
    head, body = world.vault.lots(world.depositor, lot)
    return int(head), int(body)


def harvest_twice(world: World, lots: list[int]) -> None:
    """WETH to wstETH to rETH, with losses."""
    boa.env.time_travel(seconds=2 * DAY)
    world.set_eth(3_500)
    first = world.harvest(sorted({world.key(lot) for lot in lots}), WSTETH, fee=30)
    key = CohortKey.unpack(world.key(lots[0]))
    _, outcome = world.vault.harvests(first)
    band, time = (outcome >> 168) & 0xFFFF, (outcome >> 128) & (2**40 - 1)
    boa.env.time_travel(seconds=2 * DAY)
    world.set_eth(3_000)
    world.harvest([key.after_harvest(first, WSTETH, band, time).pack()], RETH)


# ---------------------------------------------------------------- lots
def test_lots_that_lag_are_shown_as_roll_leaves_them(world: World, lens: VyperContract) -> None:
    # Neighbours in another cohort on both sides: one is never taken for the other.
    first = world.deposit(WETH, WAD, policy=0)
    lots = [
        world.deposit(WETH, 10 * WAD),
        # Amounts that do not divide evenly, and a declared basis.
        world.deposit(WETH, 7 * WAD + 13, basis=29_123 * WAD + 5, acquired_at=START - 400 * DAY),
        world.deposit(WETH, WAD // 3),
    ]
    last = world.deposit(WETH, WAD, policy=0)
    every = [first, *lots, last]
    harvest_twice(world, lots)
    before = [stored(world, lot) for lot in every]
    page = rows(lens.lots_page(world.vault, world.depositor, 0, 10), 6)
    assert [row[0] for row in page] == [first, *((2 << 64) | lot for lot in lots), last]
    assert [row[1:3] for row in page] == before
    for lot in every:
        world.vault.roll(world.depositor, lot, 64)
    assert [row[3:5] for row in page] == [stored(world, lot) for lot in every]
    assert page[1][3:5] != page[1][1:3]
    after = rows(lens.lots_page(world.vault, world.depositor, 0, 10), 6)
    assert [row[0] for row in after] == every
    assert [row[1:3] for row in after] == [row[3:5] for row in after] == [row[3:5] for row in page]


def test_closed_lots_keep_their_place(world: World, lens: VyperContract) -> None:
    for _ in range(3):
        world.deposit(WETH, WAD)
    world.vault.withdraw(1, WETH, MAX, world.depositor, sender=world.depositor)
    page = rows(lens.lots_page(world.vault, world.depositor, 0, 10), 6)
    assert page[1] == (1, 0, 0, 0, 0, 0)
    assert page[2][0] == 2
    assert page[2][1:3] == stored(world, 2) != (0, 0)


def test_pages_start_and_end_where_they_are_told(world: World, lens: VyperContract) -> None:
    for _ in range(5):
        world.deposit(WETH, WAD)
    whole = rows(lens.lots_page(world.vault, world.depositor, 0, MAX), 6)
    assert len(whole) == 5
    assert rows(lens.lots_page(world.vault, world.depositor, 1, 3), 6) == whole[1:4]
    assert rows(lens.lots_page(world.vault, world.depositor, 4, 3), 6) == whole[4:]
    for start, n in ((5, 3), (MAX, MAX), (0, 0)):
        assert lens.lots_page(world.vault, world.depositor, start, n) == []
    assert lens.lots_page(world.vault, world.other, 0, 10) == []


def test_a_full_page_and_the_next(world: World, lens: VyperContract) -> None:
    for _ in range(PAGE + 2):
        world.deposit(WETH, WAD)
    page = rows(lens.lots_page(world.vault, world.depositor, 0, MAX), 6)
    gas = lens._computation.get_gas_used()
    assert [row[0] for row in page] == list(range(PAGE))
    assert all(row[1:3] == row[3:5] != (0, 0) for row in page)
    rest = rows(lens.lots_page(world.vault, world.depositor, PAGE, MAX), 6)
    assert [row[0] for row in rest] == [PAGE, PAGE + 1]
    # Far below what nodes allow a call (50 million): 10,000 a lot.
    assert gas < 10_000 * PAGE


# A vault of one lot with as many pending harvests as one likes: every cohort with a seq below
# `length` was taken by the harvest of the next number. Faked, because 500 real ones take minutes.
_LONG_CHAIN = """
length: public(uint256)

@deploy
def __init__(length: uint256):
    self.length = length

@external
@view
def lot_count(owner: address) -> uint256:
    return 1

@external
@view
def offer_count() -> uint256:
    return 0

@external
@view
def lots(owner: address, lot: uint256) -> (uint256, uint256):
    return 2**144 * 2**31, (7 << 128) | 7

@external
@view
def cohorts(key: uint256) -> uint256:
    seq: uint256 = key & (2**31 - 1)
    return seq + 1 if seq < self.length else 0

@external
@view
def harvests(number: uint256) -> (uint256, uint256):
    return (1 << 128) | 1, (number << 128) | number
"""


@pytest.mark.parametrize(("length", "more"), [(PAGE - 1, 0), (PAGE, 0), (PAGE + 1, 1)])
def test_a_lot_that_lags_very_far(lens: VyperContract, length: int, more: int) -> None:
    chain = boa.loads(_LONG_CHAIN, length)
    hops = min(length, PAGE)
    (row,) = rows(lens.lots_page(chain, NO_ADDRESS, 0, 1), 6)
    assert row[0] == (more << 128) | (hops << 64)
    # As of the last hop that was made: its time, its price on 7 units.
    assert (row[3] >> 104) & (2**40 - 1) == hops
    assert row[4] == (7 << 128) | 7 * hops
    assert len(lens.lot_history(chain, NO_ADDRESS, 0, MAX)) == 5 * hops


def test_offers(world: World, lens: VyperContract) -> None:
    for _ in range(2):
        world.deposit(WETH, WAD)
    world.vault.offer_lot(1, world.other, 2, sender=world.depositor)
    page = rows(lens.lots_page(world.vault, world.depositor, 0, 10), 6)
    assert page[0][5] == 0
    assert page[1][5] == world.vault.offers(world.depositor, 1) != 0
    assert page[1][5] & (2**160 - 1) == int(world.other, 16)


def test_no_page_from_inside_a_call(world: World, lens: VyperContract) -> None:
    """An adapter that looks at the vault in mid-harvest gets nothing rather than half a state."""
    lot = world.deposit(WETH, WAD)
    boa.env.time_travel(seconds=2 * DAY)
    world.set_eth(3_000)
    look = lens.lots_page.prepare_calldata(world.vault, world.depositor, 0, 10)
    world.adapter.set_call(lens, look)
    world.adapter.set_mode(3)
    world.harvest([world.key(lot)], WSTETH)
    assert not world.adapter.last_success()


# ---------------------------------------------------------------- history
def test_a_lots_history(world: World, lens: VyperContract) -> None:
    lot = world.deposit(WETH, 10 * WAD, basis=50_000 * WAD, acquired_at=START - 400 * DAY)
    harvest_twice(world, [lot])
    hops = rows(lens.lot_history(world.vault, world.depositor, lot, PAGE), 5)
    assert len(hops) == 2
    assert hops[0][:2] == stored(world, lot)
    assert hops[0][2:4] == hops[1][:2]
    for number, hop in enumerate(hops, start=1):
        amounts, outcome = world.vault.harvests(number)
        assert hop[4] == (number << 128) | (outcome & LOW)
        units = (hop[1] >> 128) * (amounts & LOW) // (amounts >> 128)
        assert hop[3] == (units << 128) | (units * (outcome & LOW) // WAD)
        assert (hop[2] >> 104) & (2**40 - 1) == (outcome >> 128) & (2**40 - 1)
    # Whose word the basis was: the depositor's, then the swap's.
    assert [hop[0] & 1 for hop in hops] == [1, 0]
    # 10 WETH became 10 / 1.2 wstETH less the keeper's 0.3 %, at 3500 * 1.2 each; to the dollar.
    assert (hops[0][3] & LOW) // WAD == 34_895
    world.vault.roll(world.depositor, lot, 1)
    assert rows(lens.lot_history(world.vault, world.depositor, lot, PAGE), 5) == hops[1:]
    world.vault.roll(world.depositor, lot, 1)
    assert stored(world, lot) == hops[1][2:4]
    assert lens.lot_history(world.vault, world.depositor, lot, PAGE) == []


def test_history_of_few_hops_and_of_no_lot(world: World, lens: VyperContract) -> None:
    lot = world.deposit(WETH, 10 * WAD)
    harvest_twice(world, [lot])
    assert len(lens.lot_history(world.vault, world.depositor, lot, 1)) == 5
    assert lens.lot_history(world.vault, world.depositor, lot, 0) == []
    assert lens.lot_history(world.vault, world.depositor, lot + 1, PAGE) == []


# ---------------------------------------------------------------- cohorts, harvests, policies
def test_cohorts_by_key(world: World, lens: VyperContract) -> None:
    lot = world.deposit(WETH, 10 * WAD)
    key = CohortKey.unpack(world.key(lot))
    empty = key.model_copy(update={"day": key.day + 1}).pack()
    page = rows(lens.cohorts_by_key(world.vault, [key.pack(), empty]), 5)
    threshold = key.lower * (10_000 - POLICY.min_loss) // 10_000
    earliest = (key.day + POLICY.min_hold_days + 1) * DAY
    assert page[0] == (10 * WAD << 128, POLICY.word(), key.lower, threshold, earliest)
    assert page[1] == (0, POLICY.word(), key.lower, threshold, earliest + DAY)

    # The two facts are the vault's own limits, to the second.
    world.set_eth(3_000)
    boa.env.time_travel(seconds=earliest - 1 - boa.env.timestamp)
    with boa.reverts("held too short"):
        world.harvest([key.pack()], WSTETH)
    boa.env.time_travel(seconds=1)
    number = world.harvest([key.pack()], WSTETH)
    assert lens.cohorts_by_key(world.vault, [key.pack()])[0] == (10 * WAD << 128) | number


def test_the_threshold_is_the_vaults(world: World, lens: VyperContract) -> None:
    """p_hi may reach the threshold and not pass it. Only ETH/USD is off here: 0.5 % of its price,
    which at these answers is a whole number, so that p_hi has nothing to round."""
    lot = world.deposit(WETH, 10 * WAD)
    threshold = rows(lens.cohorts_by_key(world.vault, [world.key(lot)]), 5)[0][3]
    boa.env.time_travel(seconds=2 * DAY)
    highest = threshold * 10_000 // 10_050 // 10**10
    assert highest * 10**10 * 10_050 <= threshold * 10_000 < (highest + 1) * 10**10 * 10_050
    world.base_feed.set_answer(highest + 1, sender=world.admin)
    with boa.reverts("loss too small"):
        world.harvest([world.key(lot)], WSTETH)
    world.base_feed.set_answer(highest, sender=world.admin)
    world.harvest([world.key(lot)], WSTETH)


def test_impossible_bands_are_refused(world: World, lens: VyperContract) -> None:
    with boa.reverts("no such band"):
        lens.cohorts_by_key(world.vault, [895 << 56])
    assert lens.cohorts_by_key(world.vault, []) == []


def test_harvests_page(world: World, lens: VyperContract) -> None:
    assert lens.harvests_page(world.vault, 1, PAGE) == []
    lot = world.deposit(WETH, 10 * WAD)
    harvest_twice(world, [lot])
    page = rows(lens.harvests_page(world.vault, 1, PAGE), 2)
    assert page == [tuple(world.vault.harvests(n)) for n in (1, 2)]
    assert rows(lens.harvests_page(world.vault, 2, 1), 2) == page[1:]
    assert lens.harvests_page(world.vault, 3, PAGE) == []


def test_policies_page(world: World, lens: VyperContract) -> None:
    world.create_policy(POLICY.model_copy(update={"min_loss": 700}))
    page = lens.policies_page(world.vault, 0, PAGE)
    assert page == [world.vault.policies(i) for i in range(3)]
    assert page[:2] == [0, POLICY.word()]
    assert lens.policies_page(world.vault, 2, PAGE) == page[2:]


# ---------------------------------------------------------------- the vault as a whole
def test_assets_page(world: World, lens: VyperContract) -> None:
    world.deposit(WSTETH, 5 * WAD)
    world.wsteth.mint(world.vault, 3)  # a donation: in the balance, not in held
    world.vault.set_listed(RETH, False, sender=world.guardian)
    boa.env.time_travel(seconds=100)
    world.reth_feed.set_answer(0, sender=world.admin)
    page = rows(lens.assets_page(world.vault), 9)
    assert len(page) == 3
    for asset, row in enumerate(page):
        answer, updated_at, status = world.vault.read_feed(asset)
        assert row[:6] == (
            world.vault.asset_words(asset),
            world.vault.limits_words(asset),
            world.vault.feed_words(asset),
            world.vault.answer_bounds(asset),
            answer,
            (status << 128) | updated_at,
        )
        assert row[6] == world.vault.held(asset)
    assert page[WSTETH][4:] == (12 * WAD // 10, START, 5 * WAD, 5 * WAD + 3, 1)
    assert page[RETH][5] >> 128 != 0
    assert page[RETH][8] == 0


def test_vault_state(world: World, lens: VyperContract) -> None:
    lot = world.deposit(WETH, 10 * WAD)
    harvest_twice(world, [lot])
    world.vault.set_paused(2, sender=world.guardian)
    words = lens.vault_state(world.vault)
    vault = world.vault
    feeds = []
    for feed in (BASE, QUOTE):
        answer, updated_at, status = vault.read_feed(feed)
        feeds += [vault.feed_words(feed), vault.answer_bounds(feed), answer]
        feeds += [(status << 128) | updated_at]
    max_cost, max_slippage, max_fee, buy_tolerance = BOUNDS
    assert words == [
        boa.env.evm.patch.block_number,
        boa.env.timestamp,
        vault.config_word(),
        vault.bucket_word(),
        (2 << 128) | 2,
        (6 << 160) | int(world.usdc.address, 16),
        (max_cost << 48) | (max_slippage << 32) | (max_fee << 16) | buy_tolerance,
        (0 << 160) | int(NO_ADDRESS, 16),
        *feeds,
    ]
    assert len(words) == 16
    assert words[10] == 3_000 * WAD
