"""The average engine against a naive model on many random ledgers, and what always holds."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.tax.engine.average_jobs import (
    IN,
    SAME,
    computed,
    conserved,
    event,
    job,
    random_events,
)
from tests.unit.tax.engine.average_model import Model
from vaultsdk.tax.engine.average import run
from vaultsdk.tax.ledger.event import Event, Kind
from vaultsdk.tax.profile import Profile
from vaultsdk.tax.profiles.average import AVERAGE
from vaultsdk.tax.profiles.ca import CA
from vaultsdk.tax.result import Matched
from vaultsdk.tax.rules.scope import Scope

# Money is about 10**21 here, and a ledger has dozens of roundings of less than one unit each, some
# of which are carried on.
NEAR = 10_000
SEEDS = range(60)


def by_owner(owner: str, asset: str, wallet: str) -> tuple[str, str, str]:
    return owner, asset, ""


def by_class(owner: str, asset: str, wallet: str) -> tuple[str, str, str]:
    return owner, SAME.get(asset, asset), ""


def compare(events: tuple[Event, ...], out: Matched, model: Model) -> None:
    answer = model.run()
    assert {one.event for one in out.disposals} == set(answer.basis)
    for one in out.disposals:
        assert abs(one.basis - answer.basis[one.event]) <= NEAR
        assert abs(one.disallowed - answer.denied[one.event]) <= NEAR
        assert 0 <= one.disallowed <= max(0, -one.gain)
        whole = one.quantity == one.of_quantity
        assert one.basis == (
            one.of_basis if whole else one.of_basis * one.quantity // one.of_quantity
        )
    found = {
        (one.owner, SAME.get(one.asset, one.asset) if model.same else one.asset, one.wallet): one
        for one in out.pools
    }
    assert found.keys() == answer.pools.keys()
    for key, (quantity, cost) in answer.pools.items():
        assert found[key].quantity == quantity
        assert abs(found[key].cost - cost) <= NEAR
    assert abs(sum(one.basis for one in out.removals) - answer.left_by_gift) <= NEAR
    assert sum(one.quantity for one in out.adjustments) == answer.replaced
    conserved(events, out, IN)


@pytest.mark.parametrize("seed", SEEDS)
def test_average_of_the_taxpayer(seed: int) -> None:
    events = random_events(
        Random(seed), 60, owners=("", "b"), wallets=("x", "y"), assets=("A", "B"), pool_of=by_owner
    )
    out = computed(*events)
    compare(events, out, Model(events, {}, canada=False, wallets=False))


@pytest.mark.parametrize("seed", SEEDS)
def test_average_of_each_wallet(seed: int) -> None:
    events = random_events(Random(seed), 60, wallets=("x", "y", "z"), assets=("A", "B"))
    out = computed(*events, scope=Scope.WALLET)
    compare(events, out, Model(events, {}, canada=False, wallets=True))


@pytest.mark.parametrize("days", [40, 120, 400])
@pytest.mark.parametrize("seed", SEEDS)
def test_superficial_losses(seed: int, days: int) -> None:
    owners = ("", "b", "c")[: 1 + seed % 3]
    events = random_events(
        Random(seed), 50, days=days, owners=owners, assets=("ETH", "WETH"), pool_of=by_class
    )
    out = computed(*events, profile=CA, same=SAME)
    compare(events, out, Model(events, SAME, canada=True, wallets=False))
    for one in out.adjustments:
        assert one.amount > 0 and one.carried


def test_the_random_ledgers_reach_what_they_should() -> None:
    denied = partly = spouse = later = ends = 0
    for seed in SEEDS:
        events = random_events(
            Random(seed), 50, owners=("", "b"), assets=("ETH", "WETH"), pool_of=by_class
        )
        out = computed(*events, profile=CA, same=SAME)
        day = {one.id: one.day for one in events}
        owner = {one.event: one.owner for one in out.disposals}
        denied += sum(1 for one in out.disposals if one.disallowed)
        partly += sum(1 for one in out.disposals if 0 < one.disallowed < -one.gain)
        spouse += sum(1 for one in out.adjustments if one.owner != owner[one.event])
        later += sum(1 for one in out.adjustments if day[one.replacement] > one.disposed)
        ends += bool(out.notes)
    assert min(denied, partly, spouse, later, ends) > 20


# ---------------------------------------------------------------- what always holds
def gains(out: Matched) -> tuple[int, int]:
    return sum(one.gain for one in out.disposals), sum(one.recognised for one in out.disposals)


def stock(out: Matched) -> dict[tuple[str, str, str], tuple[int, int]]:
    return {(one.owner, one.asset, one.wallet): (one.quantity, one.cost) for one in out.pools}


def alike(one: Matched, other: Matched, near: int) -> None:
    assert all(abs(a - b) <= near for a, b in zip(gains(one), gains(other), strict=True))
    left, right = stock(one), stock(other)
    assert left.keys() == right.keys()
    for key, (quantity, cost) in left.items():
        assert right[key][0] == quantity
        assert abs(right[key][1] - cost) <= near


@pytest.mark.parametrize("profile", [AVERAGE, CA], ids=lambda profile: profile.name)
@given(seed=st.integers(0, 10**9))
@settings(max_examples=60, deadline=None)
def test_splitting_an_event_changes_nothing_beyond_rounding(profile: Profile, seed: int) -> None:
    random = Random(seed)
    events = random_events(random, 30, owners=("", "b"), pool_of=by_class)
    able = [
        at
        for at, one in enumerate(events)
        if one.quantity > 1 and one.kind not in (Kind.TRANSFER, Kind.WRAP_OUT, Kind.WRAP_IN)
    ]
    if not able:
        return
    at = random.choice(able)
    one = events[at]
    part = random.randint(1, one.quantity - 1)
    first = one._replace(
        id=f"{one.id}a",
        quantity=part,
        total=one.total * part // one.quantity,
        fee=one.fee * part // one.quantity,
    )
    second = one._replace(
        id=f"{one.id}b",
        quantity=one.quantity - part,
        total=one.total - first.total,
        fee=one.fee - first.fee,
    )
    split = (*events[:at], first, second, *events[at + 1 :])
    alike(computed(*events, profile=profile), computed(*split, profile=profile), 100)


@pytest.mark.parametrize("profile", [AVERAGE, CA], ids=lambda profile: profile.name)
@given(seed=st.integers(0, 10**9))
@settings(max_examples=60, deadline=None)
def test_the_order_of_rows_without_a_time_does_not_matter(profile: Profile, seed: int) -> None:
    random = Random(seed)
    # A wrap within one date stands before its sales, but a wrap and its way back have an order.
    events = [
        one
        for one in random_events(random, 40, days=12, owners=("", "b"), pool_of=by_class)
        if one.kind not in (Kind.WRAP_OUT, Kind.WRAP_IN, Kind.TRANSFER)
    ]
    mixed = list(events)
    random.shuffle(mixed)
    # Equal times keep the order of the file: only what has no time may move.
    rank = {one.id: at for at, one in enumerate(events)}
    timed = iter(sorted((one for one in mixed if _has_time(one)), key=lambda one: rank[one.id]))
    mixed = [next(timed) if _has_time(one) else one for one in mixed]
    alike(computed(*events, profile=profile), computed(*mixed, profile=profile), 100)


def _has_time(one: Event) -> bool:
    base = one.day * 3 * 86_400_000_000
    return base + 86_400_000_000 <= one.order < base + 2 * 86_400_000_000


@given(
    st.lists(
        st.tuples(st.booleans(), st.integers(1, 5), st.integers(0, 10**30), st.integers(0, 50)),
        max_size=25,
    )
)
@settings(max_examples=200, deadline=None)
def test_taking_more_than_is_held_is_told_once_and_never_otherwise(
    rows: list[tuple[bool, int, int, int]],
) -> None:
    events = [
        event(str(number), 737_000 + day, Kind.BUY if buys else Kind.SELL, quantity)._replace(
            total=total
        )
        for number, (buys, quantity, total, day) in enumerate(rows)
    ]
    for profile in (AVERAGE, CA):
        asked = job(*events, profile=profile)
        run(asked)
        held = least = 0
        for one in asked.ledger.events:
            held += one.quantity if one.kind == Kind.BUY else -one.quantity
            least = min(least, held)
        assert len(asked.problems) == (1 if least < 0 else 0)
        if not asked.problems:
            conserved(asked.ledger.events, asked.out, IN)


@given(seed=st.integers(0, 10**9))
@settings(max_examples=60, deadline=None)
def test_all_denied_comes_back_once_all_is_sold_for_good(seed: int) -> None:
    events = random_events(Random(seed), 30, assets=("ETH",), pool_of=by_class)
    out = computed(*events, profile=CA)
    left = sum(pool.quantity for pool in out.pools)
    if left:
        last = events[-1].day + 200
        events = (*events, event("end", last, Kind.SELL, left, 100 * left))
        out = computed(*events, profile=CA)
    cost = sum(one.total + one.fee for one in events if one.kind in IN)
    proceeds = sum(one.proceeds for one in out.disposals)
    assert out.pools == []
    assert sum(one.recognised for one in out.disposals) == proceeds - cost
