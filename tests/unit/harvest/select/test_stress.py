"""What others do to a selection by selling first."""

from __future__ import annotations

import pytest

from tests.unit.harvest.select.cases import case, market, pool
from tests.unit.harvest.select.reference import worth
from tests.unit.keeper.builders import EAGER, NOW, cohort
from vaultsdk.core import harvest_rules as rules
from vaultsdk.core.words import BucketWord
from vaultsdk.harvest.choose import Terms
from vaultsdk.harvest.economics import GasPrice
from vaultsdk.harvest.select import Function, Outlet, SelectError, select, stress

WAD, GWEI = 10**18, 10**9
TERMS = Terms(
    now=NOW,
    bucket=BucketWord(size=10**9 * WAD, time=NOW, used=0),
    cohort_cap=10**9 * WAD,
    gas_price=GasPrice(wei=20 * GWEI, native_usd=3_000 * WAD),
)


def test_a_crowd_lowers_the_price_until_the_floor_refuses() -> None:
    """100 tokens into a pool of 10,000 lose 0.99 %; after 300 of others' they lose 6.7 %, and the
    policy allows 3 %: the harvest is refused, and its gas is lost."""
    outlet = Outlet(Function(pool(10_000 * WAD, 0, 10**30), WAD // 1_000))
    one = [cohort(policy=EAGER, units=100 * WAD)]
    found = select(one, market(), outlet, TERMS)
    none, some, many = stress(found, one, outlet, TERMS, [0, 50 * WAD, 300 * WAD])
    assert none.refused == some.refused == () and many.refused == (0,)
    assert abs(none.planned - found.value) <= 2  # rounded down once a cohort
    assert none.best == found.value
    assert found.value > some.planned > 0
    assert some.price_of_not_knowing <= 2
    assert many.planned == -found.transactions[0].breakdown.gas
    assert (many.best, many.harvests, many.cohorts) == (0, 0, 0)


def test_what_is_planned_is_priced_as_the_contract_would() -> None:
    """And what is planned, priced by the contract's rules alone, is what the stress says."""
    landed = 0
    for seed in range(250):
        one = case(seed, most=5)._replace(ahead=0)
        found = select(one.candidates, one.market, one.outlet, one.terms, max_transactions=3)
        total = sum(each.units for each in one.candidates)
        crowds = [0, total // 50, total // 5]
        rows = stress(found, one.candidates, one.outlet, one.terms, crowds, max_transactions=3)
        if len(found.transactions) != 1:
            continue
        for row in rows:
            if row.refused:
                continue
            start = rules.bucket_used(one.terms.bucket, NOW)
            chosen = found.transactions[0].plan.candidates
            exact = worth(chosen, one.market, one.out, 1, one.terms, row.units, start)
            if exact is not None:
                landed += 1
                assert abs(exact[0] - row.planned) <= 2 * len(chosen)
                assert row.best >= exact[0]
    assert landed > 100


def test_a_crowd_below_nothing_is_named() -> None:
    outlet = Outlet(Function(pool(10_000 * WAD, 0, 10**30), WAD))
    found = select([], market(), outlet, TERMS)
    with pytest.raises(SelectError, match="-1 units"):
        stress(found, [], outlet, TERMS, [-1])
