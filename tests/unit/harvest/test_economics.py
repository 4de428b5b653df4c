"""Benefit and costs by hand, and that the parts add up."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.keeper.builders import NOW, WETH, WSTETH, cohort, curve, deployment, snapshot
from vaultsdk.core import harvest_rules as rules
from vaultsdk.core.decision import Refusal
from vaultsdk.core.harvest_rules import Market
from vaultsdk.core.words import BucketWord
from vaultsdk.harvest.choose import Terms, choose, least_sold
from vaultsdk.harvest.economics import GasModel, GasPrice, break_down, share, usd_out
from vaultsdk.market.route import routes

WAD = 10**18
ROUTE = routes(deployment(), WETH, WSTETH)[1]
GAS = GasPrice(wei=20 * 10**9, native_usd=3_000 * WAD)


def market() -> Market:
    found = snapshot([]).market(0, 1)
    assert not isinstance(found, Refusal)
    return found


def test_gas_grows_with_cohorts_policies_and_pools() -> None:
    model = GasModel(first=300_000, per_cohort=10_000, per_policy=25_000, per_pool=90_000)
    assert model.units(0) == 0
    assert model.units(1) == 300_000
    assert model.units(3, policies=2, pools=2) == 300_000 + 20_000 + 25_000 + 90_000


def test_gas_in_usd_is_rounded_up() -> None:
    assert GAS.usd(300_000) == 18 * WAD
    assert GasPrice(wei=1, native_usd=1).usd(1) == 1


def test_a_harvest_by_hand() -> None:
    """One token, bought for 4,600, now 3,000; the pool takes 0.01 % and has no end."""
    one = cohort(units=WAD)
    quoted = curve(ROUTE, [WAD // 100, WAD], WAD * 1_000 // 1_052, 10**40)
    gross = quoted.out(WAD)
    assert gross is not None
    fee = gross // 1_000
    split = break_down([one], market(), quoted, gross, fee, 300_000, GAS, margin_bps=1_000)
    cent = WAD // 100
    assert split.value_sold == 3_000 * WAD
    assert abs(split.swap_fee - 3_000 * WAD // 10_000) < cent
    assert abs(split.price_impact) < cent and abs(split.oracle_gap) < cent
    assert abs(split.keeper_fee - 3 * WAD) < cent
    assert split.gas == 18 * WAD
    # The band's lower end is the basis: 4,600 less at most 0.8 %.
    assert 4_563 * WAD <= split.basis <= 4_600 * WAD
    assert split.loss == split.basis - split.value_net
    assert split.benefit == split.loss * 3_000 // 10_000
    # All that is paid: what the swap took, the fee included, and the gas.
    assert split.costs == split.value_sold - split.value_net + split.gas
    assert split.net == split.benefit - split.costs
    assert split.required == -(-split.costs // 10) and split.worth_it


@given(
    units=st.lists(st.integers(10**12, 10**22), min_size=1, max_size=6),
    depth=st.integers(10**19, 10**25),
    fee_bps=st.integers(0, 1_000),
    off_bps=st.integers(-500, 500),
)
def test_the_parts_are_all_that_was_lost(
    units: list[int], depth: int, fee_bps: int, off_bps: int
) -> None:
    total = sum(units)
    rate = WAD * WAD // (1_052 * WAD // 1_000) * (10_000 + off_bps) // 10_000
    quoted = curve(ROUTE, sorted({10**10, total}), rate, depth)
    gross = quoted.out(total)
    if not gross:
        return
    fee = gross * fee_bps // 10_000
    cohorts = [cohort(units=each, seq=number) for number, each in enumerate(units)]
    whole = break_down(cohorts, market(), quoted, gross, fee, 300_000, GAS)
    swap = whole.swap_fee + whole.price_impact + whole.oracle_gap
    assert swap == whole.value_sold - usd_out(gross, market())
    assert swap + whole.keeper_fee == whole.value_sold - whole.value_net
    # Costs that are shared out add up to at least the whole, by at most a wad-wei each.
    parts = [share(whole, one, total, market()) for one in cohorts]
    for name in ("swap_fee", "price_impact", "oracle_gap", "keeper_fee", "gas"):
        summed = sum(getattr(part, name) for part in parts)
        assert 0 <= summed - getattr(whole, name) <= len(parts)
    assert abs(sum(part.benefit for part in parts) - whole.benefit) <= len(parts)


def terms(**changes: object) -> Terms:
    given_ = {
        "now": NOW,
        "bucket": BucketWord(size=100 * WAD, time=NOW, used=0),
        "cohort_cap": 1_000 * WAD,
        "gas_price": GAS,
    }
    return Terms.model_validate(given_ | changes)


def test_what_owners_who_leave_may_leave() -> None:
    """At the least amount sold the harvest still pays its gas; a tenth less of it and it does not.

    Without impact, so that benefit and costs are proportional to the amount.
    """
    one = cohort(units=WAD)
    flat = curve(ROUTE, [WAD // 100, WAD], WAD * 1_000 // 1_052, 10**40)
    choice = choose([one], market(), [flat], terms()).choice
    assert choice is not None
    least = least_sold(choice, market())
    for units, pays in ((least, True), (least * 9 // 10, False)):
        gross = units * choice.settled.gross // choice.plan.sold
        left = break_down(
            [one.model_copy(update={"units": units})],
            market(),
            flat,
            gross,
            0,
            GasModel().first,
            GAS,
        )
        assert (left.net >= -(10**15)) is pays


def test_a_keeper_that_wants_its_gas_back() -> None:
    """The fee of 0.5 % of 3,000 is 15 USD, of 6,000 it is 30; the gas costs 18.60."""
    for units, harvested in ((WAD, False), (2 * WAD, True)):
        quoted = curve(ROUTE, [WAD // 100, units], WAD * 1_000 // 1_052, 10**30)
        paid = terms(fee_bps=50, fee_covers_gas=True)
        found = choose([cohort(units=units)], market(), [quoted], paid)
        assert (found.choice is not None) is harvested


def test_a_dear_set_is_made_smaller_rather_than_given_up() -> None:
    pair = [cohort(units=100 * WAD, seq=number) for number in range(2)]
    quoted = curve(ROUTE, [WAD // 100, 100 * WAD, 200 * WAD], WAD * 1_000 // 1_052, 10**24)
    both = choose(pair, market(), [quoted], terms()).choice
    assert both is not None and len(both.plan.candidates) == 2
    limited = choose(pair, market(), [quoted], terms(max_cost=both.breakdown.costs - 1)).choice
    assert limited is not None and len(limited.plan.candidates) == 1


def test_the_best_route_is_taken() -> None:
    v2, v3 = routes(deployment(), WETH, WSTETH)
    sizes = [WAD // 100, WAD // 50, 10 * WAD]
    fair = WAD * 1_000 // 1_052
    cheap_but_shallow = curve(v3, sizes, fair, 100 * WAD)
    dear_but_deep = curve(v2, sizes, fair, 10**25)
    free = terms(gas_price=GasPrice(wei=0, native_usd=WAD))
    for units, best in ((10 * WAD, v2), (WAD // 50, v3)):
        curves = [cheap_but_shallow, dear_but_deep]
        choice = choose([cohort(units=units)], market(), curves, free).choice
        assert choice is not None and choice.curve.route == best


def test_rules_and_choice_agree_on_the_floor() -> None:
    one = cohort()
    limits = rules.cohort_limits(one, market(), NOW)
    assert not isinstance(limits, Refusal)
    least = rules.least_net(one.units, market(), limits.floor)
    for net, accepted in ((least, True), (least - 1, False)):
        quoted = curve(ROUTE, [one.units], WAD, 10**40).model_copy(
            update={"points": ((one.units, net),)}
        )
        found = choose([one], market(), [quoted], terms(gas_price=GasPrice(wei=0, native_usd=0)))
        assert (found.choice is not None) is accepted
