"""Decisions on snapshots built by hand: each reason, what is chosen, and that no rule is broken."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.keeper.builders import EAGER, NOW, TODAY, WAD, cohort, snapshot
from vaultsdk.core import harvest_rules as rules
from vaultsdk.core.decision import Reason, Refusal
from vaultsdk.core.harvest_rules import Candidate
from vaultsdk.core.policy import Policy
from vaultsdk.core.words import BASE_FEED, BucketWord
from vaultsdk.harvest.economics import GasModel
from vaultsdk.keeper.config import KeeperConfig
from vaultsdk.keeper.decide import Decisions, Harvest, decide
from vaultsdk.keeper.explain import sentence, steps
from vaultsdk.keeper.state import Snapshot

CONFIG = KeeperConfig()


def reason_of(one: Candidate, **market: object) -> Reason | None:
    """Why this cohort alone is refused; None when it is harvested."""
    built = snapshot([one], **market)  # type: ignore[arg-type]
    (decision,) = decide(built, CONFIG).decisions
    assert sentence(decision, built)
    assert steps(decision, built, CONFIG)
    return decision.outcome.reason if isinstance(decision.outcome, Refusal) else None


def changed(**fields: int) -> Policy:
    return EAGER.model_copy(update=fields)


# ---------------------------------------------------------------- one cohort
def test_a_loss_worth_more_than_it_costs_is_harvested() -> None:
    built = snapshot([cohort()])
    decisions = decide(built, CONFIG)
    (decision,) = decisions.decisions
    assert isinstance(decision.outcome, Harvest)
    (batch,) = decisions.batches
    split = batch.choice.breakdown
    # 10 tokens, bought for 4,600 and now 3,000: a loss of about 16,000, of which 30 %.
    assert 4_700 * WAD < split.benefit < 4_900 * WAD
    # Gas at 20 gwei and 3,000 USD.
    assert split.gas == GasModel().first * 20 * 3_000 * 10**9
    assert split.net == split.benefit - split.costs
    assert batch.market.asset_out == 1  # the 0.01 % pool, not the one of 0.05 % into rETH


def test_the_costs_are_all_that_is_lost() -> None:
    built = snapshot([cohort()], pool_off_bps=-30)
    (batch,) = decide(built, KeeperConfig(fee_bps=20)).batches
    split = batch.choice.breakdown
    swap = split.swap_fee + split.price_impact + split.oracle_gap + split.keeper_fee
    assert swap == split.value_sold - split.value_net
    value = 30_000 * WAD
    assert abs(split.swap_fee - value // 10_000) < value // 10**6
    assert abs(split.oracle_gap - value * 30 // 10_000) < value // 10**5
    assert abs(split.keeper_fee - value * 20 // 10_000) < value // 10**4


def test_each_reason_has_its_case() -> None:
    assert reason_of(cohort(days=1)) is Reason.HELD_TOO_SHORT
    assert reason_of(cohort(basis=3_050)) is Reason.LOSS_TOO_SMALL
    assert reason_of(cohort(policy=Policy.hold(), policy_id=0)) is Reason.HOLD_POLICY
    assert reason_of(cohort(policy=changed(mask=0b001))) is Reason.SAME_ASSET
    assert reason_of(cohort(), listed=0b001) is Reason.ASSET_NOT_LISTED
    assert reason_of(cohort(), statuses={BASE_FEED: 4}) is Reason.NO_PRICE
    assert reason_of(cohort(), statuses={0: 4}) is Reason.NO_PRICE
    assert reason_of(cohort(), paused=2) is Reason.PAUSED
    assert reason_of(cohort(), pools=False) is Reason.NO_ROUTE
    assert reason_of(cohort(), pool_off_bps=-400) is Reason.BELOW_FLOOR
    assert reason_of(cohort(), pool_off_bps=+400) is Reason.ABOVE_CEILING
    assert reason_of(cohort(), bucket=WAD // 100) is Reason.BUCKET_EXHAUSTED
    assert reason_of(cohort(units=WAD // 100)) is Reason.NOT_WORTH_IT
    assert reason_of(cohort(policy=changed(tax_value=0))) is Reason.NOT_WORTH_IT
    assert reason_of(cohort(harvest=3)) is Reason.ALREADY_HARVESTED
    assert reason_of(cohort(units=0)) is Reason.EMPTY
    assert reason_of(cohort()) is None


def test_what_a_cohort_lacks_itself_comes_before_a_dead_feed() -> None:
    assert reason_of(cohort(days=1), statuses={BASE_FEED: 4}) is Reason.HELD_TOO_SHORT


def test_a_dead_feed_of_one_replacement_leaves_the_other() -> None:
    built = snapshot([cohort()], statuses={1: 4})
    (batch,) = decide(built, CONFIG).batches
    assert batch.market.asset_out == 2


def test_the_price_is_out_of_reach_until_the_threshold() -> None:
    """One wad-wei above the outlook's threshold the loss is too small, at it it is not."""
    one = cohort(basis=3_200)
    (decision,) = decide(snapshot([one]), CONFIG).decisions
    threshold = decision.outlook.threshold
    assert threshold is not None
    at, above = (_reason_at(one, price) for price in (threshold, threshold + 1))
    assert at is not Reason.LOSS_TOO_SMALL
    assert above is Reason.LOSS_TOO_SMALL


def _reason_at(one: Candidate, price: int) -> Reason | None:
    built = snapshot([one])
    base = built.feeds[BASE_FEED].model_copy(update={"answer": price})
    built = built.model_copy(update={"feeds": {**built.feeds, BASE_FEED: base}, "curves": ()})
    (decision,) = decide(built, CONFIG).decisions
    return decision.outcome.reason if isinstance(decision.outcome, Refusal) else None


def test_the_first_time_is_the_first_second_that_is_not_too_early() -> None:
    one = cohort(days=1)
    (decision,) = decide(snapshot([one]), CONFIG).decisions
    first = decision.outlook.first_time
    market = snapshot([one]).market(0, 1)
    assert not isinstance(market, Refusal)
    early = rules.cohort_limits(one, market, first - 1)
    assert isinstance(early, Refusal) and early.reason is Reason.HELD_TOO_SHORT
    assert not isinstance(rules.cohort_limits(one, market, first), Refusal)


# ---------------------------------------------------------------- the margin and the keeper's terms
def test_the_margin_decides() -> None:
    built = snapshot([cohort(units=WAD // 10)])
    (batch,) = decide(built, KeeperConfig(margin_bps=0)).batches
    split = batch.choice.breakdown
    ratio = split.net * 10_000 // split.costs
    assert decide(built, KeeperConfig(margin_bps=ratio)).batches
    assert not decide(built, KeeperConfig(margin_bps=ratio + 2)).batches


def test_dear_gas_stops_a_small_cohort_and_not_a_big_one() -> None:
    small, big = cohort(units=WAD // 20), cohort(units=100 * WAD)
    for one, harvested in ((small, False), (big, True)):
        built = snapshot([one], gas_wei=200 * 10**9)
        assert bool(decide(built, CONFIG).batches) is harvested


def test_small_cohorts_share_the_first_ones_gas() -> None:
    """Each alone is not worth its gas; together they are."""
    small = [cohort(units=WAD // 50, seq=number) for number in range(40)]
    for one in small:
        assert not decide(snapshot([one]), CONFIG).batches
    (batch,) = decide(snapshot(small), CONFIG).batches
    assert len(batch.keys) == 40


def test_dust_that_does_not_pay_its_own_gas_is_left_out() -> None:
    big, dust = cohort(), cohort(units=WAD // 10_000, seq=1)
    decisions = decide(snapshot([big, dust]), CONFIG)
    (batch,) = decisions.batches
    assert batch.keys == (big.key.pack(),)
    (refusal,) = [d.outcome for d in decisions.decisions if isinstance(d.outcome, Refusal)]
    assert refusal.reason is Reason.NOT_WORTH_IT
    # Asked again on its own, after it did not fit beside the big one: these are its numbers.
    assert int(refusal.evidence["benefit"]) < int(refusal.evidence["costs"])


def test_most_that_a_harvest_may_cost() -> None:
    built = snapshot([cohort()])
    (batch,) = decide(built, CONFIG).batches
    costs = batch.choice.breakdown.costs
    assert decide(built, KeeperConfig(max_cost_usd=costs)).batches
    assert not decide(built, KeeperConfig(max_cost_usd=costs - 1)).batches


def test_the_fee_is_what_the_strictest_policy_allows() -> None:
    mean = cohort(policy=changed(max_fee=5), policy_id=2)
    (batch,) = decide(snapshot([cohort(), mean]), KeeperConfig(fee_bps=40)).batches
    assert len(batch.keys) == 2 and batch.choice.fee_bps == 5
    (batch,) = decide(snapshot([cohort(), mean]), KeeperConfig(fee_bps=40, min_fee_bps=6)).batches
    assert len(batch.keys) == 1 and batch.choice.fee_bps == 40


def test_only_the_named_cohorts_are_considered() -> None:
    one, two = cohort(), cohort(seq=1)
    decisions = decide(snapshot([one, two]), CONFIG, frozenset({two.key.pack()}))
    assert [d.candidate.key for d in decisions.decisions] == [two.key]
    assert decisions.batches[0].keys == (two.key.pack(),)


# ---------------------------------------------------------------- several cohorts
def test_more_than_64_cohorts_become_several_harvests() -> None:
    policy = changed(mask=0b010)
    many = [cohort(seq=number, policy=policy) for number in range(100)]
    batches = decide(snapshot(many, bucket=1_000 * WAD), CONFIG).batches
    assert [len(batch.keys) for batch in batches] == [64, 36]
    # The first pool has moved by then: more than the second one's fee is dearer.
    assert [batch.choice.curve.route.kind for batch in batches] == ["uniswap_v3", "uniswap_v2"]


def test_the_next_harvest_is_priced_behind_the_first() -> None:
    """Without another pool in reach the second of two equal harvests brings less."""
    pair = [cohort(units=500 * WAD, seq=number, policy=changed(mask=0b100)) for number in (0, 1)]
    first, second = decide(snapshot(pair, cohort_cap=WAD, bucket=1_000 * WAD), CONFIG).batches
    assert first.choice.plan.sold == second.choice.plan.sold
    assert second.choice.settled.gross < first.choice.settled.gross


def test_the_bucket_is_shared_by_all_harvests_of_a_run() -> None:
    """Room for one of two: the second is refused for the bucket, not sent to revert."""
    pair = [cohort(units=100 * WAD), cohort(units=100 * WAD, seq=1)]
    decisions = decide(snapshot(pair, bucket=WAD), CONFIG)
    (batch,) = decisions.batches
    assert len(batch.keys) == 1
    (refusal,) = [d.outcome for d in decisions.decisions if isinstance(d.outcome, Refusal)]
    assert refusal.reason is Reason.BUCKET_EXHAUSTED


def test_merging_stops_at_the_cap_and_goes_on_in_the_next_harvest() -> None:
    three = [cohort(units=400 * WAD, seq=number) for number in range(3)]
    batches = decide(snapshot(three), CONFIG).batches
    assert [len(batch.keys) for batch in batches] == [2, 1]


def test_the_strictest_floor_holds_for_all_of_a_harvest() -> None:
    """A small cohort that allows 0.2 % goes alone, but not beside a big one that moves the pool."""
    big = cohort(units=1_000 * WAD, policy=changed(mask=0b010))
    strict = cohort(policy=changed(mask=0b010, max_slippage=20), policy_id=2, units=WAD)
    (batch,) = decide(snapshot([strict]), CONFIG).batches
    assert batch.keys == (strict.key.pack(),)
    built = snapshot([big, strict])
    decisions = decide(built, CONFIG)
    accepts(decisions, built)
    assert [batch.keys for batch in decisions.batches] == [(big.key.pack(),)]
    refusal = decisions.decisions[1].outcome
    assert isinstance(refusal, Refusal) and refusal.reason is Reason.BELOW_FLOOR


def test_what_came_first_keeps_its_floor() -> None:
    """The strict cohort is worth more here and is taken first; the big one goes by itself."""
    strict = changed(mask=0b010, max_slippage=20, tax_value=10_000)
    first = cohort(policy=strict, policy_id=2, units=100 * WAD)
    big = cohort(units=300 * WAD, policy=changed(mask=0b010))
    built = snapshot([first, big])
    decisions = decide(built, CONFIG)
    accepts(decisions, built)
    assert [batch.keys for batch in decisions.batches] == [(first.key.pack(),), (big.key.pack(),)]


def test_assets_are_harvested_apart() -> None:
    decisions = decide(snapshot([cohort(), cohort(asset=1, basis=4_700)]), CONFIG)
    assert [batch.market.asset_in for batch in decisions.batches] == [0, 1]


# ---------------------------------------------------------------- alarms
def test_a_cohort_that_no_bucket_will_ever_carry_raises_an_alarm() -> None:
    """At worst 3 % slippage and 0.6 % deviation of 1,000 tokens: 36 in base."""
    big = cohort(units=1_000 * WAD)
    assert not decide(snapshot([big], bucket=36 * WAD), CONFIG).alarms
    (alarm,) = decide(snapshot([big], bucket=36 * WAD - 1), CONFIG).alarms
    assert alarm.cohort == big.key and alarm.evidence["debit"] == 36 * WAD
    # What is used just now drains; it is no reason for an alarm.
    assert not decide(snapshot([big], bucket=36 * WAD, used=36 * WAD), CONFIG).alarms


def test_an_alarm_comes_long_before_the_cohort_may_be_harvested() -> None:
    young = cohort(units=1_000 * WAD, days=0, basis=3_000)
    assert decide(snapshot([young], bucket=WAD), CONFIG).alarms


# ---------------------------------------------------------------- no rule is ever broken
policies = st.builds(
    Policy,
    mask=st.sampled_from((0b010, 0b100, 0b110, 0b111, 0b011)),
    min_loss=st.integers(0, 3_000),
    max_cost=st.integers(0, 5_000),
    max_slippage=st.integers(0, 500),
    max_fee=st.integers(0, 100),
    min_hold_days=st.integers(1, 60),
    tax_value=st.integers(0, 5_000),
)


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    rules_of = draw(st.lists(policies, min_size=1, max_size=3))
    cohorts = {}
    for number in range(draw(st.integers(1, 12))):
        policy = draw(st.integers(0, len(rules_of) - 1))
        one = cohort(
            asset=draw(st.sampled_from((0, 0, 0, 1, 2))),
            policy=rules_of[policy],
            policy_id=policy + 1,
            basis=draw(st.integers(2_000, 8_000)),
            days=draw(st.integers(0, 160)),
            units=draw(st.integers(1, 10**21)),
            seq=number,
        )
        cohorts[one.key.pack()] = one
    return snapshot(
        list(cohorts.values()),
        price=draw(st.integers(1_000, 3_000)),
        depth=draw(st.integers(10**20, 10**24)),
        pool_off_bps=draw(st.integers(-100, 100)),
        bucket=draw(st.integers(0, 10**20)),
        used=draw(st.integers(0, 10**20)),
        cohort_cap=draw(st.integers(10**18, 10**22)),
        gas_wei=draw(st.integers(0, 10**12)),
        devs=draw(st.tuples(*[st.integers(0, 300)] * 4)),
    )


configs = st.builds(
    KeeperConfig,
    margin_bps=st.integers(0, 20_000),
    fee_bps=st.integers(0, 100),
    gas=st.builds(GasModel, first=st.integers(0, 10**6), per_cohort=st.integers(0, 10**5)),
)


def accepts(decisions: Decisions, built: Snapshot) -> None:
    """Every harvest passes the contract's rules, one after the other on one bucket."""
    bucket = built.bucket
    for batch in decisions.batches:
        choice, market = batch.choice, batch.market
        plan = rules.eligible(choice.plan.candidates, market, NOW)
        assert not isinstance(plan, Refusal), plan
        assert plan == choice.plan
        cap = built.assets[market.asset_out].cohort_cap
        done = rules.settle(plan, market, choice.settled.gross, choice.fee_bps, bucket, cap, NOW)
        assert not isinstance(done, Refusal), done
        bucket = BucketWord(size=bucket.size, time=NOW, used=done.bucket_used)


@given(built=snapshots(), config=configs)
@settings(max_examples=150, deadline=None)
def test_what_is_decided_the_contract_accepts_and_it_pays(
    built: Snapshot, config: KeeperConfig
) -> None:
    decisions = decide(built, config)
    accepts(decisions, built)
    taken = [key for batch in decisions.batches for key in batch.keys]
    assert len(taken) == len(set(taken))
    said = {d.candidate.key.pack(): d.harvested for d in decisions.decisions}
    assert set(said) == {one.key.pack() for one in built.candidates}
    assert {key for key, harvested in said.items() if harvested} == set(taken)
    for batch in decisions.batches:
        split = batch.choice.breakdown
        assert 1 <= len(batch.keys) <= 64
        assert split.net > 0
        assert split.net * 10_000 >= config.margin_bps * split.costs
    for decision in decisions.decisions:
        if isinstance(decision.outcome, Refusal):
            assert decision.outcome.cohort == decision.candidate.key
        assert sentence(decision, built)
        steps(decision, built, config)


@given(built=snapshots(), config=configs, order=st.randoms(use_true_random=False))
@settings(max_examples=50, deadline=None)
def test_the_order_of_reading_changes_nothing(
    built: Snapshot, config: KeeperConfig, order: object
) -> None:
    mixed = list(built.candidates)
    order.shuffle(mixed)  # type: ignore[attr-defined]
    other = built.model_copy(update={"candidates": tuple(mixed)})
    assert decide(built, config).batches == decide(other, config).batches


def test_today_is_what_the_builders_say() -> None:
    assert NOW // 86_400 == TODAY
