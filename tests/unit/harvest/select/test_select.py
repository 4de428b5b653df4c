"""Against brute force, against `choose`, and figures by hand."""

from __future__ import annotations

import pytest

from tests.unit.harvest.select.cases import Case, case, market, pool, quotes
from tests.unit.harvest.select.reference import brute
from tests.unit.keeper.builders import EAGER, NOW, cohort
from vaultsdk.core.decision import Reason, Refusal
from vaultsdk.core.words import BucketWord
from vaultsdk.harvest.choose import Terms, choose
from vaultsdk.harvest.economics import GasModel, GasPrice
from vaultsdk.harvest.select import (
    Function,
    Outlet,
    SelectError,
    Selection,
    Taken,
    select,
)

WAD, GWEI = 10**18, 10**9
FREE = GasPrice(wei=0, native_usd=0)
WIDE = BucketWord(size=10**9 * WAD, time=NOW, used=0)


def terms(**changes: object) -> Terms:
    plain = Terms(now=NOW, bucket=WIDE, cohort_cap=10**9 * WAD, gas_price=FREE)
    return Terms.model_validate(plain.__dict__ | changes)


def run(one: Case, **options: int) -> Selection:
    return select(
        one.candidates,
        one.market,
        one.outlet,
        one.terms,
        max_transactions=one.max_transactions,
        max_keys=one.max_keys,
        **options,
    )


def best(one: Case) -> int:
    return brute(
        one.candidates,
        one.market,
        one.out,
        1,
        one.terms,
        one.max_transactions,
        one.max_keys,
        one.ahead,
    )


@pytest.mark.parametrize("part", range(4))
def test_within_a_thousandth_of_brute_force(part: int) -> None:
    several = worth_it = 0
    for seed in range(part * 150, part * 150 + 150):
        one = case(seed)
        found, most = run(one), best(one)
        assert most * 999 <= found.value * 1_000 <= most * 1_000, seed
        worth_it += most > 0
        several += len(found.transactions) > 1
    assert worth_it > 50 and several > 5  # the cases say something


@pytest.mark.slow
def test_within_a_thousandth_of_brute_force_thousands_of_times() -> None:
    for seed in range(10_000, 14_000):
        one = case(seed)
        found, most = run(one), best(one)
        assert most * 999 <= found.value * 1_000 <= most * 1_000, seed


def test_twelve_cohorts_in_one_harvest() -> None:
    for seed in range(20_000, 20_012):
        one = case(seed, most=12, least=11)._replace(max_transactions=1)
        found, most = run(one), best(one)
        assert most * 999 <= found.value * 1_000 <= most * 1_000, seed


def test_never_worse_than_choose_and_the_same_numbers() -> None:
    same = 0
    for seed in range(150):
        one = case(seed, most=(8, 30, 80)[seed % 3])._replace(ahead=0)
        curve = quotes(one)
        if not curve.points:
            continue
        old = choose(one.candidates, one.market, [curve], one.terms)
        new = select(one.candidates, one.market, Outlet.of(curve), one.terms, max_transactions=1)
        assert new.value >= (old.choice.breakdown.net if old.choice else 0), seed
        if old.choice and new.transactions[0].plan == old.choice.plan:
            same += 1
            assert new.transactions[0].breakdown == old.choice.breakdown
            assert new.transactions[0].settled == old.choice.settled
    assert same > 10


def test_every_cohort_has_an_answer() -> None:
    for seed in range(200):
        one = case(seed, most=12)
        found = run(one)
        for candidate in one.candidates:
            answer = found.outcome(candidate.key.pack())
            if isinstance(answer, Taken):
                assert candidate in found.transactions[answer.transaction].plan.candidates
            else:
                assert answer.cohort == candidate.key
                assert Refusal.model_validate(answer.model_dump()) == answer


def test_a_strict_floor_goes_first_and_alone() -> None:
    """100 and 100 tokens into a pool of 10,000: the first hundred lose 0.99 % on average, both
    together 1.96 %, the second hundred alone 2.9 %. A policy that allows 1.2 % cannot share."""
    strict = EAGER.model_copy(update={"max_slippage": 120})
    lax = EAGER.model_copy(update={"max_slippage": 400})
    pair = [
        cohort(policy=lax, policy_id=1, units=100 * WAD),
        cohort(policy=strict, policy_id=2, units=100 * WAD),
    ]
    outlet = Outlet(Function(pool(10_000 * WAD, 0, 10**30), WAD // 1_000))
    found = select(pair, market(), outlet, terms())
    assert [[key.policy for key in _keys(one)] for one in found.transactions] == [[2], [1]]
    alone = select(pair, market(), outlet, terms(), max_transactions=1)
    assert len(alone.transactions) == 1
    (refused,) = alone.refused.values()
    assert refused.reason is Reason.BELOW_FLOOR


def test_a_cohort_that_does_not_pay_its_gas_stays_out() -> None:
    """0.001 tokens at a loss of 1,600 USD a token are worth 0.48 USD to their owners, and 12,000
    gas at 20 gwei cost 0.72."""
    pair = [cohort(units=100 * WAD), cohort(units=WAD // 1_000, seq=1)]
    outlet = Outlet(Function(pool(10**7 * WAD, 0, 10**30), WAD // 1_000))
    gas = GasPrice(wei=20 * GWEI, native_usd=3_000 * WAD)
    found = select(pair, market(), outlet, terms(gas_price=gas))
    assert [len(one.keys) for one in found.transactions] == [1]
    (refused,) = found.refused.values()
    assert refused.reason is Reason.NOT_WORTH_IT
    assert -0.25 < int(refused.evidence["adds_at_most"]) / WAD < -0.24
    cheap = select(pair, market(), outlet, terms(gas_price=gas, gas=GasModel(per_cohort=7_000)))
    assert [len(one.keys) for one in cheap.transactions] == [2]


def test_limits_that_make_no_sense_are_named() -> None:
    outlet = Outlet(Function(pool(10**7 * WAD, 0, 10**30), WAD))
    with pytest.raises(SelectError, match="0 harvests"):
        select([], market(), outlet, terms(), max_transactions=0)
    with pytest.raises(SelectError, match="65 cohorts"):
        select([], market(), outlet, terms(), max_keys=65)
    with pytest.raises(SelectError, match="twice"):
        select([cohort(), cohort()], market(), outlet, terms())
    with pytest.raises(SelectError, match="was not among"):
        select([], market(), outlet, terms()).outcome(5)


def _keys(one: object) -> list[object]:
    return [each.key for each in one.plan.candidates]  # type: ignore[attr-defined]
