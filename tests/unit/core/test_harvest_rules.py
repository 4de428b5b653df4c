"""The contract's harvest rules: against the design's formulas in fractions, and at their edges."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from vaultsdk.core.band import FIRST_BAND, MAX_BAND, band, lower
from vaultsdk.core.cohort import CohortKey
from vaultsdk.core.decision import Reason, Refusal
from vaultsdk.core.harvest_rules import (
    DAY,
    Candidate,
    Eligible,
    Limits,
    Market,
    Settled,
    bucket_debit,
    bucket_least_net,
    bucket_room,
    bucket_used,
    cohort_limits,
    eligible,
    least_net,
    min_rate,
    most_gross,
    reaches_floor,
    reaches_rate,
    settle,
    under_ceiling,
)
from vaultsdk.core.policy import Policy
from vaultsdk.core.words import BucketWord

WAD = 10**18
NOW = 20_000 * DAY
POLICY = Policy(
    mask=0b10,
    min_loss=1000,
    max_cost=2500,
    max_slippage=200,
    max_fee=50,
    min_hold_days=2,
    tax_value=3000,
)
MARKET = Market(
    asset_in=0,
    asset_out=1,
    decimals_in=18,
    decimals_out=6,
    base=2000 * WAD,
    rate_in=WAD,
    rate_out=12 * WAD // 10,
    dev_base=50,
    dev_in=0,
    dev_out=100,
)


def candidate(
    units: int = 10 * WAD,
    *,
    basis: int = 3000 * WAD,
    day: int = NOW // DAY - 3,
    policy: Policy = POLICY,
    number: int = 1,
    seq: int = 0,
    harvest: int = 0,
    asset: int = 0,
) -> Candidate:
    key = CohortKey(asset=asset, policy=number, band=band(basis), day=day, seq=seq)
    return Candidate(key=key, units=units, harvest=harvest, policy=policy)


markets = st.builds(
    Market,
    asset_in=st.just(0),
    asset_out=st.just(1),
    decimals_in=st.integers(0, 18),
    decimals_out=st.integers(0, 18),
    base=st.integers(1, 10**6 * WAD),
    rate_in=st.integers(WAD // 100, 100 * WAD),
    rate_out=st.integers(WAD // 100, 100 * WAD),
    dev_base=st.integers(0, 1000),
    dev_in=st.integers(0, 1000),
    dev_out=st.integers(0, 1000),
)
loose_policies = st.builds(
    Policy,
    mask=st.just(0b10),
    min_loss=st.integers(0, 10_000),
    max_cost=st.integers(0, 10_000),
    max_slippage=st.integers(0, 10_000),
    max_fee=st.integers(0, 10_000),
    min_hold_days=st.just(1),
    tax_value=st.just(0),
)


# ---------------------------------------------------------------- one cohort
@given(markets, loose_policies, st.integers(FIRST_BAND, MAX_BAND))
def test_limits_are_the_designs_rounded_against_the_keeper(
    market: Market, policy: Policy, index: int
) -> None:
    key = CohortKey(asset=0, policy=1, band=index, day=0, seq=0)
    found = cohort_limits(Candidate(key=key, units=1, policy=policy), market, NOW)
    p, low = market.price_in, lower(index)
    high = Fraction(p * (10_000 + market.dev_base + market.dev_in), 10_000)
    if not isinstance(found, Limits):
        assert found.reason is Reason.LOSS_TOO_SMALL
        # Refused only when the design's inequality fails, or fails by the rounding.
        assert high + 2 > Fraction(low * (10_000 - policy.min_loss), 10_000)
        return
    assert high <= Fraction(low * (10_000 - policy.min_loss), 10_000)
    by_slippage = Fraction(p * (10_000 - policy.max_slippage), 10_000)
    by_cost = p - Fraction(policy.max_cost, 10_000) * (low - high)
    exact = max(by_slippage, by_cost, Fraction(0))
    assert exact <= found.floor < exact + 2
    top = min(Fraction(low), Fraction(p * (10_000 + policy.max_slippage), 10_000))
    assert top - 1 < found.ceiling <= top
    assert found.floor <= p <= found.ceiling, "they must never exclude each other"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"harvest": 4}, Reason.ALREADY_HARVESTED),
        ({"units": 0}, Reason.EMPTY),
        ({"asset": 2}, Reason.ASSETS_DIFFER),
        ({"policy": POLICY.model_copy(update={"mask": 0b101})}, Reason.NOT_A_REPLACEMENT),
        ({"policy": Policy.hold()}, Reason.HOLD_POLICY),
        ({"day": NOW // DAY - 2}, Reason.HELD_TOO_SHORT),
        ({"basis": 2200 * WAD}, Reason.LOSS_TOO_SMALL),
        ({"basis": 0}, Reason.LOSS_TOO_SMALL),
    ],
)
def test_what_makes_a_cohort_ineligible(changed: dict[str, object], reason: Reason) -> None:
    found = cohort_limits(candidate(**changed), MARKET, NOW)  # type: ignore[arg-type]
    assert isinstance(found, Refusal)
    assert found.reason is reason
    assert found.evidence
    assert reason.value in found.explain()


def test_the_hold_counts_full_days() -> None:
    """Deposited on day d with 2 days to hold: harvestable from the first second of day d + 3."""
    day = 1000
    fresh = candidate(day=day)
    refused = cohort_limits(fresh, MARKET, (day + 3) * DAY - 1)
    assert isinstance(refused, Refusal)
    assert refused.evidence["first_time"] == (day + 3) * DAY
    assert isinstance(cohort_limits(fresh, MARKET, (day + 3) * DAY), Limits)


def test_the_loss_must_be_there_at_the_highest_price_the_feeds_allow() -> None:
    low = candidate().key.lower
    # The largest base whose p_hi is still at the threshold, by search.
    threshold = low * 9000 // 10_000
    base = threshold * 10_000 // 10_050
    good = MARKET.model_copy(update={"base": base})
    assert good.price_high <= threshold
    assert isinstance(cohort_limits(candidate(), good, NOW), Limits)
    bad = MARKET.model_copy(update={"base": base + 2})
    assert bad.price_high > threshold
    assert isinstance(cohort_limits(candidate(), bad, NOW), Refusal)


# ---------------------------------------------------------------- several
def test_the_strictest_cohort_rules_all() -> None:
    strict = POLICY.model_copy(update={"max_cost": 100, "max_slippage": 50, "max_fee": 10})
    both = [candidate(), candidate(policy=strict, number=2, basis=2500 * WAD)]
    found = eligible(both, MARKET, NOW)
    assert isinstance(found, Eligible)
    alone = [cohort_limits(one, MARKET, NOW) for one in both]
    assert all(isinstance(one, Limits) for one in alone)
    assert found.limits.floor == max(one.floor for one in alone)  # type: ignore[union-attr]
    assert found.limits.ceiling == min(one.ceiling for one in alone)  # type: ignore[union-attr]
    assert found.limits.max_fee == 10
    assert found.sold == 20 * WAD


def test_keys_must_ascend_and_each_come_once() -> None:
    one, two = candidate(), candidate(seq=1)
    for order in ([two, one], [one, one]):
        found = eligible(order, MARKET, NOW)
        assert isinstance(found, Refusal)
        assert found.reason is Reason.NOT_ASCENDING


def test_empty_cohorts_are_dropped_before_anything_else_is_read() -> None:
    ghost = candidate(units=0, policy=Policy.hold(), day=NOW // DAY + 5, number=9)
    found = eligible([candidate(), ghost], MARKET, NOW)
    assert isinstance(found, Eligible)
    assert [c.key for c in found.candidates] == [candidate().key]
    alone = eligible([ghost], MARKET, NOW)
    assert isinstance(alone, Refusal)
    assert alone.reason is Reason.NOTHING_TO_SELL


def test_sixty_four_keys_at_most() -> None:
    many = [candidate(seq=i) for i in range(65)]
    found = eligible(many, MARKET, NOW)
    assert isinstance(found, Refusal)
    assert found.reason is Reason.TOO_MANY_KEYS
    assert isinstance(eligible(many[:64], MARKET, NOW), Eligible)


def test_an_asset_is_not_swapped_into_itself() -> None:
    found = eligible([candidate()], MARKET.model_copy(update={"asset_out": 0}), NOW)
    assert isinstance(found, Refusal)
    assert found.reason is Reason.SAME_ASSET


def test_a_price_of_nothing_is_none() -> None:
    found = eligible([candidate(basis=0)], MARKET.model_copy(update={"base": 0}), NOW)
    assert isinstance(found, Refusal)
    assert found.reason is Reason.NO_PRICE


# ---------------------------------------------------------------- floor, ceiling, rate
@given(markets, st.integers(1, 10**30), st.integers(1, 10**25))
def test_least_and_most_are_tight(market: Market, sold: int, limit: int) -> None:
    assume(market.price_out > 0)
    net = least_net(sold, market, limit)
    assert reaches_floor(net, sold, market, limit)
    assert net == 0 or not reaches_floor(net - 1, sold, market, limit)
    gross = most_gross(sold, market, limit)
    assert under_ceiling(gross, sold, market, limit)
    assert not under_ceiling(gross + 1, sold, market, limit)


@given(markets, st.integers(1, 10**30), st.integers(0, 10**30))
def test_the_rate_reached_is_tight(market: Market, sold: int, net: int) -> None:
    rate = min_rate(net, sold, market)
    assert reaches_rate(net, sold, market, rate)
    assert not reaches_rate(net, sold, market, rate + 1)


# ---------------------------------------------------------------- bucket
@given(markets, st.integers(1, 10**30), st.integers(0, 10**30))
def test_the_debit_is_never_below_the_designs(market: Market, sold: int, net: int) -> None:
    given_up = Fraction(sold * market.rate_in, 10**market.decimals_in)
    got = Fraction(net * market.rate_out, 10**market.decimals_out)
    exact = max(given_up - got, Fraction(0))
    exact += given_up * Fraction(market.dev_in + market.dev_out, 10_000)
    assert exact <= bucket_debit(sold, net, market) < exact + 4


@given(markets, st.integers(1, 10**30), st.integers(0, 10**30))
def test_the_least_net_for_the_bucket_is_tight(market: Market, sold: int, room: int) -> None:
    net = bucket_least_net(sold, market, room)
    if net is None:
        # Not even giving everything back would fit.
        assert bucket_debit(sold, 10**60, market) > room
        return
    assert bucket_debit(sold, net, market) <= room
    assert net == 0 or bucket_debit(sold, net - 1, market) > room


def test_gains_do_not_refill_the_bucket() -> None:
    at_par = MARKET.model_copy(update={"dev_out": 0})
    assert bucket_debit(WAD, 10**12, at_par) == 0


@given(
    st.integers(0, 2**96 - 1),
    st.integers(0, 2**96 - 1),
    st.integers(0, 10 * DAY),
    st.integers(0, 10 * DAY),
)
def test_the_bucket_drains_its_size_in_a_day(size: int, used: int, first: int, more: int) -> None:
    bucket = BucketWord(size=size, time=NOW, used=used)
    later = bucket_used(bucket, NOW + first)
    exact = max(Fraction(0), used - Fraction(size * first, DAY))
    assert exact <= later < exact + 1
    # Looking in between never drains more.
    stop = BucketWord(size=size, time=NOW + first, used=later)
    assert bucket_used(stop, NOW + first + more) >= bucket_used(bucket, NOW + first + more)
    assert bucket_room(bucket, NOW) == max(0, size - used)


# ---------------------------------------------------------------- the whole
BUCKET = BucketWord(size=WAD, time=NOW, used=0)


def plan(*candidates: Candidate) -> Eligible:
    found = eligible(candidates or (candidate(),), MARKET, NOW)
    assert isinstance(found, Eligible)
    return found


def fair(sold: int) -> int:
    return sold * MARKET.rate_in * 10**6 // MARKET.rate_out // WAD


def test_a_fair_harvest_settles() -> None:
    found = settle(plan(), MARKET, fair(10 * WAD), 20, BUCKET, 10**12, NOW)
    assert isinstance(found, Settled)
    assert found.gross == 8_333_333
    assert found.fee == 16_666
    assert found.net == 8_316_667
    assert found.shares == {1: 8_316_667}
    # 0.0199996 ETH short and 1 % of 10 ETH that the rate feed may hide.
    assert found.debit == 10 * WAD - 8_316_667 * 1_200_000 * 10**6 + WAD // 10
    assert found.bucket_used == found.debit


@pytest.mark.parametrize(
    ("gross", "fee", "bucket", "reason"),
    [
        (fair(10 * WAD), 51, BUCKET, Reason.FEE_ABOVE_POLICY),
        (fair(10 * WAD) * 97 // 100, 0, BUCKET, Reason.BELOW_FLOOR),
        (fair(10 * WAD) * 103 // 100, 50, BUCKET, Reason.ABOVE_CEILING),
        (fair(10 * WAD), 0, BucketWord(size=WAD, time=NOW, used=WAD), Reason.BUCKET_EXHAUSTED),
        (2**128, 0, BUCKET, Reason.AMOUNTS_OUT_OF_RANGE),
    ],
)
def test_why_a_harvest_does_not_settle(
    gross: int, fee: int, bucket: BucketWord, reason: Reason
) -> None:
    found = settle(plan(), MARKET, gross, fee, bucket, 10**12, NOW)
    assert isinstance(found, Refusal)
    assert found.reason is reason


def test_the_fee_counts_in_the_floor_but_buys_no_passage_under_the_ceiling() -> None:
    net = least_net(10 * WAD, MARKET, plan().limits.floor)
    assert isinstance(settle(plan(), MARKET, net, 0, BUCKET, 10**12, NOW), Settled)
    with_fee = settle(plan(), MARKET, net, 50, BUCKET, 10**12, NOW)
    assert isinstance(with_fee, Refusal)
    assert with_fee.reason is Reason.BELOW_FLOOR
    gross = most_gross(10 * WAD, MARKET, plan().limits.ceiling)
    assert isinstance(settle(plan(), MARKET, gross, 50, BUCKET, 10**12, NOW), Settled)
    above = settle(plan(), MARKET, gross + 1, 50, BUCKET, 10**12, NOW)
    assert isinstance(above, Refusal)
    assert above.reason is Reason.ABOVE_CEILING


def test_merging_may_not_pass_the_cap_but_one_cohort_alone_may() -> None:
    two = plan(candidate(), candidate(seq=1))
    cap = fair(20 * WAD) - 1
    merged = settle(two, MARKET, fair(20 * WAD), 0, BUCKET, cap, NOW)
    assert isinstance(merged, Refusal)
    assert merged.reason is Reason.MERGED_ABOVE_CAP
    apart = plan(candidate(), candidate(number=2))
    assert isinstance(settle(apart, MARKET, fair(20 * WAD), 0, BUCKET, 0, NOW), Settled)
    assert isinstance(settle(plan(), MARKET, fair(10 * WAD), 0, BUCKET, 0, NOW), Settled)


@given(st.lists(st.integers(1, 10**24), min_size=1, max_size=6), st.integers(0, 10**20))
def test_shares_never_add_up_to_more_than_the_proceeds(units: list[int], net: int) -> None:
    many = plan(*(candidate(u, number=1 + i) for i, u in enumerate(units)))
    loose = many.model_copy(update={"limits": Limits(floor=0, ceiling=1 << 200, max_fee=0)})
    found = settle(loose, MARKET, net, 0, BucketWord(size=2**96 - 1), 0, NOW)
    assert isinstance(found, Settled)
    assert net - len(units) < sum(found.shares.values()) <= net
