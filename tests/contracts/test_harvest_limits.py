"""What a harvest may cost: eligibility, floor, ceiling, fee, the keeper's own limits.

Every boundary is computed by `limits_by_hand` and tried on both sides.
"""

from __future__ import annotations

from dataclasses import dataclass

import boa
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.contracts.limits_by_hand import (
    Terms,
    ceiling_price,
    debit,
    floor_price,
    high_price,
    least_net,
    most_gross,
    threshold,
)
from tests.contracts.support import (
    LATER,
    U128,
    days,
    feed_config,
    list_asset,
    logs,
    naive_band,
    naive_lower,
    pay_in,
    policy_of,
)
from tests.contracts.world import BASE, DAY, NO_PERMIT, POLICY, WAD, WETH, WSTETH, World, deploy

TERMS = Terms(POLICY.min_loss, POLICY.max_cost, POLICY.max_slippage)


def send(
    world: World,
    keys: list[int],
    gross: int,
    sold: int,
    *,
    asset_in: int = WSTETH,
    to_asset: int = WETH,
    fee: int = 0,
    min_rate: int = 0,
    min_sold: int = 0,
) -> int:
    """A harvest for which the market gives exactly `gross`."""
    tokens = world.tokens
    world.adapter.set_rate(tokens[asset_in], tokens[to_asset], gross, sold)
    return int(
        world.vault.harvest(
            sorted(keys),
            to_asset,
            [world.leg()],
            min_rate,
            min_sold,
            fee,
            LATER,
            sender=world.keeper,
        )
    )


@dataclass(frozen=True)
class Case:
    """A wstETH cohort to be sold for WETH: base dev 50, wstETH dev 100, WETH dev 0."""

    world: World
    key: int
    units: int
    unit_basis: int
    price: int  # of wstETH, USD wad
    price_out: int  # of WETH

    @property
    def high(self) -> int:
        return high_price(self.price, 50, 100)

    def net_floor(self, terms: Terms = TERMS) -> int:
        value = floor_price(self.price, self.high, self.unit_basis, terms)
        return least_net(value, self.units, self.price_out, WAD, WAD)

    def gross_ceiling(self, terms: Terms = TERMS) -> int:
        value = ceiling_price(self.price, self.unit_basis, terms)
        return most_gross(value, self.units, self.price_out, WAD, WAD)

    @property
    def fair(self) -> int:
        return least_net(self.price, self.units, self.price_out, WAD, WAD)


def case_of(
    world: World,
    *,
    unit_basis: int = 4_800 * WAD,
    units: int = 7 * WAD + 13,
    eth: int = 3_000 * 10**8 + 7,
    rate: int = 12 * WAD // 10 + 1,
    policy: int | None = None,
) -> Case:
    basis = -(-unit_basis * units // WAD)  # rounded up, so that the unit basis comes out again
    lot = world.deposit(WSTETH, units, basis=basis, policy=policy)
    assert basis * WAD // units == unit_basis
    days(2)
    world.base_feed.set_answer(eth, sender=world.admin)
    world.set_rate(WSTETH, rate)
    price = eth * 10**10 * rate // WAD
    assert world.vault.price(WSTETH) == price
    return Case(world, world.key(lot), units, unit_basis, price, eth * 10**10)


@pytest.fixture
def case(world: World) -> Case:
    return case_of(world)


# ---------------------------------------------------------------- eligibility
def test_eligible_to_the_very_wei_of_the_feed(world: World) -> None:
    basis = 4_800 * WAD
    limit = threshold(basis, POLICY.min_loss)
    # Where p_hi, with base and rate off by 1.5 % together, just meets the threshold: found by
    # halving, since p_hi is monotone in the answer.
    low, high = 1, 10**13
    while high - low > 1:
        middle = (low + high) // 2
        price = middle * 10**10 * 12 * WAD // 10 // WAD
        low, high = (middle, high) if high_price(price, 50, 100) <= limit else (low, middle)
    good = case_of(world, eth=low, rate=12 * WAD // 10)
    with boa.env.anchor():
        world.base_feed.set_answer(high, sender=world.admin)
        with boa.reverts("loss too small"):
            send(world, [good.key], good.fair, good.units)
    send(world, [good.key], good.fair, good.units)


def test_what_the_price_may_be_at_most_is_rounded_up(world: World) -> None:
    # A base of 1 USD and an 18-decimal rate, so that the price can be any wei; then a minimum loss
    # for which some price meets the threshold when rounded down and misses it when rounded up.
    world.vault.set_feed(BASE, feed_config(world.base_feed, dev=50), sender=world.admin)
    world.vault.set_feed(WSTETH, feed_config(world.wsteth_feed), sender=world.admin)
    basis = 4_800 * WAD
    for min_loss in range(500, 600):
        limit = threshold(basis, min_loss)
        price = (limit * 10_000 + 9_999) // 10_150
        if price * 10_150 // 10_000 == limit < high_price(price, 50, 100):
            break
    else:
        raise AssertionError("no such minimum loss")
    policy = policy_of(world, min_loss=min_loss)
    case = case_of(world, eth=10**8, rate=price, policy=policy)
    with boa.reverts("loss too small"):
        send(world, [case.key], case.fair, case.units)
    world.set_rate(WSTETH, price - 1)
    send(world, [case.key], case.fair, case.units)


@pytest.mark.parametrize("feed_id", [BASE, WSTETH])
def test_eligibility_counts_what_each_feed_may_be_off(world: World, feed_id: int) -> None:
    basis = 4_800 * WAD
    good = case_of(world, eth=3_600 * 10**8, rate=12 * WAD // 10)
    limit = threshold(basis, POLICY.min_loss)
    feed = world.base_feed if feed_id == BASE else world.wsteth_feed
    rest = 100 if feed_id == BASE else 50
    most = max(dev for dev in range(10_000) if high_price(good.price, dev, rest) <= limit)
    assert 100 < most < 9_999
    world.vault.set_feed(feed_id, feed_config(feed, dev=most + 1), sender=world.admin)
    with boa.reverts("loss too small"):
        send(world, [good.key], good.fair, good.units)
    world.vault.set_feed(feed_id, feed_config(feed, dev=most), sender=world.admin)
    send(world, [good.key], good.fair, good.units)


def test_the_dev_of_the_asset_bought_does_not_matter_for_eligibility(world: World) -> None:
    lot = world.deposit(WETH, WAD)
    days(2)
    world.set_eth(3_765)
    world.vault.set_feed(WSTETH, feed_config(world.wsteth_feed, dev=5_000), sender=world.admin)
    assert high_price(3_765 * WAD, 50, 0) <= threshold(4_000 * WAD, 500)
    world.harvest([world.key(lot)], WSTETH)


@pytest.mark.parametrize("hold", [1, 2, 30])
def test_full_days_of_holding(world: World, hold: int) -> None:
    policy = policy_of(world, min_hold_days=hold)
    boa.env.time_travel(seconds=DAY // 2)
    lot = world.deposit(WETH, WAD, policy=policy)
    # Not before `hold` full days have passed since the day of the deposit ended.
    boa.env.time_travel(seconds=DAY // 2 + hold * DAY - 1)
    world.set_eth(3_000)
    with boa.reverts("held too short"):
        world.harvest([world.key(lot)], WSTETH)
    boa.env.time_travel(seconds=1)
    world.harvest([world.key(lot)], WSTETH)
    # And again from the harvest on.
    opened = logs(world, "CohortOpened")[0].key
    world.set_eth(2_000)
    boa.env.time_travel(seconds=hold * DAY + DAY - 1)
    with boa.reverts("held too short"):
        world.harvest([opened], WETH)
    boa.env.time_travel(seconds=1)
    world.harvest([opened], WETH)


# ---------------------------------------------------------------- floor
def test_the_floor_by_slippage(case: Case) -> None:
    # A deep loss: a third of it is far more than 3 % of the price, so slippage decides.
    assert case.net_floor() == case.net_floor(Terms(500, 10_000, POLICY.max_slippage))
    with boa.reverts("below floor"):
        send(case.world, [case.key], case.net_floor() - 1, case.units)
    send(case.world, [case.key], case.net_floor(), case.units)


def test_the_floor_by_cost(world: World) -> None:
    # A loss of some 6 %: 30 % of it is below the 3 % that slippage alone would allow.
    case = case_of(world, eth=3_730 * 10**8 + 3)
    assert case.net_floor() > case.net_floor(Terms(500, 10_000, POLICY.max_slippage))
    with boa.reverts("below floor"):
        send(world, [case.key], case.net_floor() - 1, case.units)
    send(world, [case.key], case.net_floor(), case.units)


def test_a_policy_that_allows_no_cost(world: World) -> None:
    policy = policy_of(world, max_cost=0)
    case = case_of(world, policy=policy)
    terms = Terms(500, 0, POLICY.max_slippage)
    assert case.net_floor(terms) == case.fair
    with boa.reverts("below floor"):
        send(world, [case.key], case.fair - 1, case.units)
    send(world, [case.key], case.fair, case.units)


def test_the_fee_counts_as_cost(case: Case) -> None:
    # The smallest gross amount whose net, after 50 bps rounded down for the keeper, is enough.
    gross = case.net_floor()
    while gross - gross * 50 // 10_000 < case.net_floor():
        gross += (case.net_floor() - (gross - gross * 50 // 10_000)) or 1
    assert gross - 1 - (gross - 1) * 50 // 10_000 < case.net_floor() < gross
    with boa.reverts("below floor"):
        send(case.world, [case.key], gross - 1, case.units, fee=50)
    send(case.world, [case.key], gross, case.units, fee=50)


def test_the_largest_floor_of_all_cohorts_counts(world: World) -> None:
    strict = policy_of(world, max_cost=0)
    one = case_of(world)
    lot = world.deposit(WSTETH, one.units, basis=5_200 * WAD * one.units // WAD, policy=strict)
    two = world.key(lot)
    days(2)
    with boa.reverts("below floor"):  # the first alone would allow it
        send(world, [one.key, two], 2 * one.fair - 2, 2 * one.units)
    with boa.env.anchor():
        send(world, [one.key], one.fair - 2, one.units)
    send(world, [one.key, two], 2 * one.fair, 2 * one.units)


# ---------------------------------------------------------------- ceiling
def test_the_ceiling_by_slippage(case: Case) -> None:
    assert case.gross_ceiling() < naive_lower(naive_band(case.unit_basis)) * case.units // WAD
    with boa.reverts("above ceiling"):
        send(case.world, [case.key], case.gross_ceiling() + 1, case.units)
    send(case.world, [case.key], case.gross_ceiling(), case.units)


def test_the_ceiling_by_the_lower_end_of_the_band(world: World) -> None:
    # No loss needed and 5 % of slippage allowed: above the basis a lot would realise a gain.
    policy = policy_of(world, min_loss=0, max_slippage=500)
    case = case_of(world, policy=policy, eth=3_900 * 10**8)
    terms = Terms(0, POLICY.max_cost, 500)
    lower = naive_lower(naive_band(case.unit_basis))
    assert case.gross_ceiling(terms) == most_gross(lower, case.units, case.price_out, WAD, WAD)
    assert lower < case.price * 105 // 100
    with boa.reverts("above ceiling"):
        send(world, [case.key], case.gross_ceiling(terms) + 1, case.units)
    send(world, [case.key], case.gross_ceiling(terms), case.units)


def test_no_fee_buys_passage_through_the_ceiling(case: Case) -> None:
    gross = case.gross_ceiling() + 1
    assert gross - gross * 50 // 10_000 < case.gross_ceiling()
    with boa.reverts("above ceiling"):
        send(case.world, [case.key], gross, case.units, fee=50)


def test_the_smallest_ceiling_of_all_cohorts_counts(world: World) -> None:
    wide = policy_of(world, max_slippage=500)
    one = case_of(world)
    lot = world.deposit(WSTETH, one.units, basis=4_800 * one.units, policy=wide)
    two = world.key(lot)
    lot = world.deposit(WSTETH, one.units, basis=4_800 * WAD * one.units // WAD, policy=wide)
    two = world.key(lot)
    days(2)
    both = case_of_both(one)
    with boa.reverts("above ceiling"):
        send(world, [one.key, two], both + 1, 2 * one.units)
    send(world, [one.key, two], both, 2 * one.units)


def case_of_both(one: Case) -> int:
    value = ceiling_price(one.price, one.unit_basis, TERMS)
    return most_gross(value, 2 * one.units, one.price_out, WAD, WAD)


def test_an_absurd_declared_basis_neither_overflows_nor_helps(world: World) -> None:
    world.vault.set_limits(WSTETH, 1, U128, sender=world.admin)
    honest = case_of(world)
    pay_in(world, world.wsteth, world.depositor, 1)
    entry = world.entry(WSTETH, 1, owner=world.depositor)
    lot = world.vault.deposit_declared(entry, U128, 0, NO_PERMIT, sender=world.depositor)
    absurd = world.key(lot)
    days(2)
    keys = [honest.key, absurd]
    sold = honest.units + 1
    slippage = Terms(500, 10_000, POLICY.max_slippage)
    least = least_net(
        floor_price(honest.price, honest.high, honest.unit_basis, slippage),
        sold,
        honest.price_out,
        WAD,
        WAD,
    )
    with boa.reverts("below floor"):
        send(world, keys, least - 1, sold)
    send(world, keys, least, sold)


def test_a_price_of_nearly_nothing(world: World) -> None:
    # p < cost allowance: the subtraction must not underflow.
    world.vault.set_feed(BASE, feed_config(world.base_feed, dev=50, low=0), sender=world.admin)
    policy = policy_of(world, max_slippage=500, max_cost=5_000)
    case = case_of(world, eth=1, policy=policy)
    terms = Terms(500, 5_000, 500)
    with boa.reverts("below floor"):
        send(world, [case.key], case.net_floor(terms) - 1, case.units)
    send(world, [case.key], case.net_floor(terms), case.units)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much],
    max_examples=25,
)
@given(
    eth=st.integers(100 * 10**8, 4_500 * 10**8),
    rate=st.integers(WAD, 2 * WAD),
    unit_basis=st.integers(200 * WAD, 9_000 * WAD),
    units=st.integers(WAD, 400 * WAD),
    fee=st.integers(0, 100),
    terms=st.tuples(st.integers(0, 3_000), st.integers(0, 5_000), st.integers(0, 500)),
)
def test_any_harvest_is_judged_as_by_hand(
    world: World,
    eth: int,
    rate: int,
    unit_basis: int,
    units: int,
    fee: int,
    terms: tuple[int, int, int],
) -> None:
    with boa.env.anchor():
        price = eth * 10**10 * rate // WAD
        assume(high_price(price, 50, 100) <= threshold(unit_basis, terms[0]))
        min_loss, max_cost, max_slippage = terms
        policy = policy_of(
            world, min_loss=min_loss, max_cost=max_cost, max_slippage=max_slippage, max_fee=100
        )
        case = case_of(world, unit_basis=unit_basis, units=units, eth=eth, rate=rate, policy=policy)
        by_hand = Terms(min_loss, max_cost, max_slippage)
        least, most = case.net_floor(by_hand), case.gross_ceiling(by_hand)
        gross = least
        while gross - gross * fee // 10_000 < least:
            gross += max(1, (least - (gross - gross * fee // 10_000)))
        with boa.reverts("below floor"):
            send(world, [case.key], gross - 1, units, fee=fee)
        if gross > most:
            # The fee leaves no room: a rule that both sides agree on.
            with boa.reverts("above ceiling"):
                send(world, [case.key], gross, units, fee=fee)
            return
        with boa.reverts("above ceiling"):
            send(world, [case.key], most + 1, units)
        with boa.env.anchor():
            send(world, [case.key], most, units)
        send(world, [case.key], gross, units, fee=fee)
        (event,) = logs(world, "Harvested")
        net = gross - gross * fee // 10_000
        assert (event.gross, event.fee, event.net) == (gross, gross - net, net)
        # Value lost is at most the policy's share of what the sold units were worth.
        assert event.bucket_used == debit(units, net, rate, WAD, WAD, WAD, 100)


# ---------------------------------------------------------------- decimals
@pytest.mark.parametrize("decimals", [6, 8])
def test_the_limits_between_tokens_of_different_decimals(world: World, decimals: int) -> None:
    token = deploy("test/TestERC20.vy", "Small", "SMALL", decimals)
    rate = deploy("test/MockFeed.vy", 8, "SMALL / ETH", 3 * 10**8)
    asset = list_asset(world, token, feed_config(rate, dev=30))
    policy = policy_of(world, mask=0b1111)
    units = 5 * 10**decimals + 3
    pay_in(world, token, world.depositor, units)
    entry = (asset, units, policy, world.policy_hash(policy), 0, world.depositor)
    lot = world.vault.deposit(entry, NO_PERMIT, sender=world.depositor)
    days(2)
    world.set_eth(3_001)
    price, out = 9_003 * WAD, 3_001 * WAD
    high = high_price(price, 50, 30)
    least = least_net(floor_price(price, high, 12_000 * WAD, TERMS), units, out, 10**decimals, WAD)
    key = world.key(lot)

    def harvest(gross: int, to: int = WETH) -> None:
        world.adapter.set_rate(token, world.tokens[to], gross, units)
        world.vault.harvest([key], to, [world.leg()], 0, 0, 0, LATER, sender=world.keeper)

    with boa.reverts("below floor"):
        harvest(least - 1)
    with boa.env.anchor():
        harvest(least)
    most = most_gross(ceiling_price(price, 12_000 * WAD, TERMS), units, out, 10**decimals, WAD)
    with boa.reverts("above ceiling"):
        harvest(most + 1)
    harvest(most)
    # And back, into the token of fewer decimals.
    opened = logs(world, "CohortOpened")[0]
    days(2)
    world.set_eth(2_000)
    units_in = opened.units
    back = least_net(
        floor_price(2_000 * WAD, high_price(2_000 * WAD, 50, 0), 3_001 * WAD, TERMS),
        units_in,
        6_000 * WAD,
        WAD,
        10**decimals,
    )
    token.mint(world.adapter, 10**30)

    def harvest_back(gross: int) -> None:
        world.adapter.set_rate(world.weth, token, gross, units_in)
        legs = [world.leg()]
        world.vault.harvest([opened.key], asset, legs, 0, 0, 0, LATER, sender=world.keeper)

    with boa.reverts("below floor"):
        harvest_back(back - 1)
    harvest_back(back)


# ---------------------------------------------------------------- the keeper's own limits
def test_min_rate_is_a_rate_net_of_the_fee(case: Case) -> None:
    gross = case.fair
    net = gross - gross * 50 // 10_000
    rate = net * WAD // case.units
    with boa.reverts("rate below minimum"):
        send(case.world, [case.key], gross, case.units, fee=50, min_rate=rate + 1)
    send(case.world, [case.key], gross, case.units, fee=50, min_rate=rate)


def test_min_rate_holds_when_the_size_shrinks(world: World) -> None:
    lots = [world.deposit(WETH, 12 * WAD), world.deposit(WETH, 6 * WAD)]
    key = world.key(lots[0])
    days(2)
    world.set_eth(3_000)
    world.vault.withdraw(lots[1], WETH, 6 * WAD, world.other, sender=world.depositor)
    world.harvest([key], WSTETH, min_rate=WAD * 10 // 12, min_sold=12 * WAD)


def test_min_sold(case: Case) -> None:
    with boa.reverts("too little to sell"):
        send(case.world, [case.key], case.fair, case.units, min_sold=case.units + 1)
    send(case.world, [case.key], case.fair, case.units, min_sold=case.units)


def test_the_deadline(world: World) -> None:
    lot = world.deposit(WETH, WAD)
    days(2)
    world.set_eth(3_000)
    now = int(boa.env.timestamp)
    arguments = ([world.key(lot)], WSTETH, [world.leg()], 0, 0, 0)
    with boa.reverts("deadline passed"):
        world.vault.harvest(*arguments, now - 1, sender=world.keeper)
    world.vault.harvest(*arguments, now, sender=world.keeper)


# ---------------------------------------------------------------- fee
def test_the_fee_is_paid_from_the_proceeds(case: Case) -> None:
    send(case.world, [case.key], case.fair, case.units, fee=50)
    fee = case.fair * 50 // 10_000
    assert case.world.weth.balanceOf(case.world.keeper) == fee
    net = case.fair - fee
    assert case.world.vault.held(WETH) == case.world.weth.balanceOf(case.world.vault) == net


def test_the_fee_cap_of_every_policy_counts(world: World) -> None:
    cheap = policy_of(world, max_fee=20)
    one = world.key(world.deposit(WETH, WAD))
    two = world.key(world.deposit(WETH, WAD, policy=cheap))
    days(2)
    world.set_eth(3_000)
    with boa.reverts("fee above policy"):
        world.harvest([one], WSTETH, fee=POLICY.max_fee + 1)
    for fee in (21, POLICY.max_fee):
        with boa.reverts("fee above policy"):
            world.harvest([one, two], WSTETH, fee=fee)
    with boa.env.anchor():
        world.harvest([one], WSTETH, fee=POLICY.max_fee)
    world.harvest([one, two], WSTETH, fee=20)


def test_without_a_fee_the_keeper_gets_nothing(case: Case) -> None:
    send(case.world, [case.key], case.fair, case.units)
    assert case.world.weth.balanceOf(case.world.keeper) == 0


# ---------------------------------------------------------------- what must fit
def test_amounts_that_would_not_fit_are_refused(world: World) -> None:
    # Worth next to nothing by its feed, so that absurd numbers of units are its honest price.
    token = deploy("test/TestERC20.vy", "Vast", "VAST", 0)
    rate = deploy("test/MockFeed.vy", 18, "VAST / ETH", 1)
    asset = list_asset(world, token, feed_config(rate, dev=0))
    policy = policy_of(world, mask=0b1111)
    lot = world.deposit(WETH, 500 * WAD, policy=policy)
    days(2)
    world.set_eth(3_000)
    token.mint(world.adapter, 2**200)

    def harvest(gross: int) -> None:
        world.adapter.set_rate(world.weth, token, gross, 500 * WAD)
        legs = [world.leg()]
        key = [world.key(lot)]
        world.vault.harvest(key, asset, legs, 0, 0, 0, LATER, sender=world.keeper)

    with boa.reverts("amounts out of range"):
        harvest(2**128)
    with boa.reverts("amounts out of range"):
        # Fits by itself, but not times the price: a roll could not store such a basis.
        harvest(2**128 // 3_000 + 1)
    with boa.reverts("above ceiling"):
        harvest(2**128 // 3_000)
    harvest(500 * WAD)  # one wei of ETH each


def test_every_harvest_has_a_number_from_one(world: World) -> None:
    for count in (1, 2, 3):
        lot = world.deposit(WETH, WAD)
        days(2)
        world.set_eth(4_000 - 400 * count)
        assert world.harvest([world.key(lot)], WSTETH) == count == world.vault.harvest_count()
        amounts, outcome = world.vault.harvests(count)
        assert amounts >> 128 == WAD
        price = (4_000 - 400 * count) * 12 * WAD // 10
        # | decimals 8 | to_asset 8 | band 16 | time 40 | price 128 |, of the asset received
        expected = (18 << 192) | (WSTETH << 184) | (naive_band(price) << 168)
        assert outcome == expected | (boa.env.timestamp << 128) | price
