"""Every event with every field: the tax record is rebuilt from these alone."""

from __future__ import annotations

from typing import Any

import boa

from tests.contracts.support import (
    HOLD_HASH,
    LATER,
    another_vault,
    asset_config,
    days,
    deploy_args,
    feed_config,
    fields,
    key_of,
    logs,
    naive_band,
    names,
    policy_of,
    today,
)
from tests.contracts.world import (
    ADMIN,
    BASE,
    BOUNDS,
    BUCKET,
    COHORT_CAP,
    GUARDIAN,
    KEEPER,
    MAX,
    MIN_DEPOSIT,
    NO_ADDRESS,
    NO_PERMIT,
    POLICY,
    QUOTE,
    START,
    WAD,
    WETH,
    WSTETH,
    World,
    deploy,
)


def events(world: World) -> list[tuple[str, dict[str, Any]]]:
    """Names and fields of the vault's events of its last call."""
    return [(type(event).__name__, fields(event)) for event in logs(world)]


def test_deployment(world: World) -> None:
    args = deploy_args(world)
    other = another_vault(world)
    vault = deploy("LotVault.vy", *args.values())
    seen = [
        (type(event).__name__, fields(event))
        for event in vault.get_logs()
        if event.address == vault.address
    ]
    assert [name for name, _ in seen] == [
        "RolesSet",
        "RolesSet",
        "RolesSet",
        "FeedSet",
        "FeedSet",
        "PolicyCreated",
        *["AssetListed", "ListingSet", "FeedSet", "LimitsSet"] * 3,
        "BucketSet",
        "AdapterSet",
    ]
    assert [event for name, event in seen if name == "RolesSet"] == [
        {"account": world.admin, "flags": ADMIN},
        {"account": world.guardian, "flags": GUARDIAN},
        {"account": world.keeper, "flags": KEEPER},
    ]
    assert [e["feed_id"] for n, e in seen if n == "FeedSet"] == [BASE, QUOTE, 0, 1, 2]
    policy = next(event for name, event in seen if name == "PolicyCreated")
    assert policy == {"policy": 0, "word": 0, "creator": boa.env.eoa}
    assert seen[-2:] == [
        ("BucketSet", {"size": BUCKET, "used": 0}),
        ("AdapterSet", {"adapter": world.adapter.address, "allowed": True}),
    ]
    assert tuple(other.vault.bounds()) == BOUNDS


def test_listing(world: World) -> None:
    token = deploy("test/TestERC20.vy", "New", "NEW", 7)
    feed = deploy("test/MockFeed.vy", 9, "x", 10**9)
    config = asset_config(token, feed_config(feed, heartbeat=5, dev=6, low=7, high=8))
    world.vault.list_asset(config, sender=world.admin)
    assert events(world) == [
        ("AssetListed", {"asset": 3, "token": token.address, "decimals": 7}),
        ("ListingSet", {"asset": 3, "listed": True}),
        (
            "FeedSet",
            {
                "feed_id": 3,
                "feed": feed.address,
                "decimals": 9,
                "heartbeat": 5,
                "dev": 6,
                "min_answer": 7,
                "max_answer": 8,
            },
        ),
        ("LimitsSet", {"asset": 3, "min_deposit": 1, "cohort_cap": 2**128 - 1}),
    ]
    world.vault.set_listed(3, False, sender=world.guardian)
    assert events(world) == [("ListingSet", {"asset": 3, "listed": False})]


def test_settings(world: World) -> None:
    vault = world.vault
    vault.set_limits(WETH, MIN_DEPOSIT, COHORT_CAP - 1, sender=world.guardian)
    limits = {"asset": WETH, "min_deposit": MIN_DEPOSIT, "cohort_cap": COHORT_CAP - 1}
    assert events(world) == [("LimitsSet", limits)]
    vault.set_adapter(world.adapter, False, sender=world.guardian)
    assert events(world) == [("AdapterSet", {"adapter": world.adapter.address, "allowed": False})]
    vault.set_bucket(5, sender=world.guardian)
    assert events(world) == [("BucketSet", {"size": 5, "used": 0})]
    vault.set_paused(2, sender=world.guardian)
    assert events(world) == [("PausedSet", {"flags": 2})]
    vault.set_roles(world.other, 6, sender=world.admin)
    assert events(world) == [("RolesSet", {"account": world.other, "flags": 6})]
    vault.set_operator(world.other, True, sender=world.depositor)
    operator = {"owner": world.depositor, "operator": world.other}
    assert events(world) == [("OperatorSet", operator | {"approved": True})]
    vault.set_operator(world.other, False, sender=world.depositor)
    assert events(world) == [("OperatorSet", operator | {"approved": False})]
    vault.set_feed(BASE, (NO_ADDRESS, 1, 0, 2, 3), sender=world.admin)
    assert events(world) == [
        (
            "FeedSet",
            {
                "feed_id": BASE,
                "feed": NO_ADDRESS,
                "decimals": 0,
                "heartbeat": 1,
                "dev": 0,
                "min_answer": 2,
                "max_answer": 3,
            },
        )
    ]


def test_policies(world: World) -> None:
    word = POLICY.model_copy(update={"min_loss": 1}).word()
    new = world.vault.create_policy(word, sender=world.other)
    created = {"policy": new, "word": word, "creator": world.other}
    assert events(world) == [("PolicyCreated", created)]


def opened(world: World, **changes: Any) -> tuple[str, dict[str, Any]]:
    event = {
        "owner": world.depositor,
        "lot": 0,
        "key": key_of(WETH, world.policy, naive_band(4_000 * WAD), START // 86_400, 0),
        "units": 3 * WAD,
        "basis": 12_000 * WAD,
        "acquired_at": START,
        "flags": 0,
        "source": 2,
    }
    return "LotOpened", event | changes


def test_deposits(world: World) -> None:
    world.deposit(WETH, 3 * WAD)
    assert events(world) == [opened(world)]
    world.deposit(WETH, 3 * WAD, basis=12_001 * WAD, acquired_at=7, shard=4)
    key = key_of(WETH, world.policy, naive_band(12_001 * WAD // 3), START // 86_400, 4)
    declared = {"lot": 1, "key": key, "basis": 12_001 * WAD, "acquired_at": 7, "flags": 1}
    assert events(world) == [opened(world, source=1, **declared)]


def test_a_deposit_by_an_operator_names_the_owner(world: World) -> None:
    world.vault.set_operator(world.other, True, sender=world.depositor)
    world.fund(world.other, WETH, 3 * WAD)
    entry = world.entry(WETH, 3 * WAD, owner=world.depositor)
    world.vault.deposit(entry, NO_PERMIT, sender=world.other)
    assert events(world) == [opened(world)]


def test_a_purchase(world: World) -> None:
    world.fund(world.depositor, QUOTE, 12_000 * 10**6)
    boa.env.time_travel(seconds=5)
    entry = world.entry(WETH, 12_000 * 10**6, owner=world.depositor)
    world.vault.buy(entry, [world.leg()], 0, LATER, NO_PERMIT, sender=world.depositor)
    bought = {
        "owner": world.depositor,
        "lot": 0,
        "quote_amount": 12_000 * 10**6,
        "quote_price": WAD,
        "quote_time": START,
    }
    assert events(world) == [
        opened(world, source=3, acquired_at=START + 5),
        ("Bought", bought),
    ]


def reduced(world: World, **changes: Any) -> tuple[str, dict[str, Any]]:
    event = {
        "owner": world.depositor,
        "lot": 0,
        "key": key_of(WETH, world.policy, naive_band(4_001 * WAD), START // 86_400, 0),
        "kind": 1,
        "units": WAD,
        "basis": 4_001 * WAD,
        "acquired_at": 99,
        "flags": 1,
        "units_left": 2 * WAD,
        "basis_left": 8_002 * WAD,
    }
    return "LotReduced", event | changes


def test_withdrawals(world: World) -> None:
    world.deposit(WETH, 3 * WAD, basis=12_003 * WAD, acquired_at=99)
    withdrawn = {"owner": world.depositor, "asset": WETH, "to": world.other, "units": WAD}
    world.vault.withdraw(0, WETH, WAD, world.other, sender=world.depositor)
    assert events(world) == [reduced(world), ("Withdrawn", withdrawn)]
    rest = {"units": 2 * WAD, "basis": 8_002 * WAD, "units_left": 0, "basis_left": 0}
    world.vault.withdraw(0, MAX, MAX, world.other, sender=world.depositor)
    assert events(world) == [
        reduced(world, **rest),
        ("Withdrawn", withdrawn | {"units": 2 * WAD}),
    ]


def test_a_batch_is_one_withdrawal(world: World) -> None:
    world.deposit(WETH, 3 * WAD, basis=12_003 * WAD, acquired_at=99)
    world.deposit(WETH, 3 * WAD, basis=12_003 * WAD, acquired_at=99)
    items = [(0, WAD), (1, WAD)]
    world.vault.withdraw_many(items, WETH, world.other, sender=world.depositor)
    withdrawn = {"owner": world.depositor, "asset": WETH, "to": world.other, "units": 2 * WAD}
    assert events(world) == [reduced(world), reduced(world, lot=1), ("Withdrawn", withdrawn)]


def test_a_sale(world: World) -> None:
    world.deposit(WETH, 3 * WAD, basis=12_003 * WAD, acquired_at=99)
    boa.env.time_travel(seconds=5)
    items, legs = [(0, WAD)], [world.leg()]
    world.vault.sell(items, WETH, legs, 0, LATER, world.other, sender=world.depositor)
    sold = {
        "owner": world.depositor,
        "asset": WETH,
        "to": world.other,
        "units": WAD,
        "quote_amount": 4_000 * 10**6,
        "quote_price": WAD,
        "quote_time": START,
        "count": 1,
    }
    assert events(world) == [reduced(world, kind=2), ("Sold", sold)]


def test_changes_of_policy(world: World) -> None:
    other = policy_of(world, min_loss=700)
    world.deposit(WETH, 3 * WAD, basis=12_003 * WAD, acquired_at=99)
    days(1)
    digest = world.policy_hash(other)
    world.vault.change_policy(0, WETH, WAD, other, digest, 5, sender=world.depositor)
    band = naive_band(4_001 * WAD)
    key = key_of(WETH, other, band, today(), 5)
    split = {"lot": 1, "key": key, "units": WAD, "basis": 4_001 * WAD, "acquired_at": 99}
    assert events(world) == [
        reduced(world, kind=3),
        opened(world, flags=1, source=4, **split),
    ]
    old = world.key(0)
    world.vault.change_policy(0, WETH, MAX, 0, HOLD_HASH, 6, sender=world.depositor)
    changed = {
        "owner": world.depositor,
        "lot": 0,
        "key": key_of(WETH, 0, band, today(), 6),
        "from_key": old,
    }
    assert events(world) == [("PolicyChanged", changed)]


def test_offers_and_claims(world: World) -> None:
    world.deposit(WETH, WAD, owner=world.other)
    world.deposit(WETH, 3 * WAD, basis=12_003 * WAD, acquired_at=99)
    key = world.key(0)
    world.vault.offer_lot(0, world.other, 2, sender=world.depositor)
    offered = {"owner": world.depositor, "lot": 0, "to": world.other, "nonce": 1, "kind": 2}
    assert events(world) == [("LotOffered", offered)]
    terms = (WETH, 3 * WAD, 12_003 * WAD, 99, 1, world.policy)
    with boa.env.anchor():
        world.vault.claim_lot(world.depositor, 0, 1, terms, sender=world.other)
        claimed = {
            **offered,
            "new_lot": 1,
            "key": key,
            "units": 3 * WAD,
            "basis": 12_003 * WAD,
            "acquired_at": 99,
            "flags": 1,
        }
        assert events(world) == [("LotClaimed", claimed)]
    world.vault.offer_lot(0, NO_ADDRESS, 0, sender=world.depositor)
    assert events(world) == [("LotOffered", offered | {"to": NO_ADDRESS, "nonce": 2, "kind": 0})]


def test_a_harvest(world: World) -> None:
    second = policy_of(world, min_loss=700)
    world.deposit(WETH, 12 * WAD)
    world.deposit(WETH, 6 * WAD, shard=3)
    world.deposit(WETH, 24 * WAD, policy=second)
    keys = [world.key(lot) for lot in range(3)]
    days(2)
    world.set_eth(3_000)
    base_time = int(boa.env.timestamp)
    boa.env.time_travel(seconds=9)
    gross = 35 * WAD - 35  # a little less than the feeds say
    world.adapter.set_rate(world.weth, world.wsteth, gross, 42 * WAD)
    world.harvest(keys, WSTETH, fee=20)
    fee = gross * 20 // 10_000
    net = gross - fee
    band = naive_band(3_600 * WAD)
    harvested = [
        ("CohortHarvested", {"key": key, "harvest": 1, "units": units})
        for key, units in zip(keys, (12 * WAD, 6 * WAD, 24 * WAD), strict=True)
    ]
    new = [
        (
            "CohortOpened",
            {
                "key": key_of(WSTETH, policy, band, today(), 2**31 | 1),
                "harvest": 1,
                "units": net * part // 42,
            },
        )
        for policy, part in ((world.policy, 18), (second, 24))
    ]
    loss = 42 * WAD - net * 12 // 10
    done = {
        "harvest": 1,
        "keeper": world.keeper,
        "asset_in": WETH,
        "asset_out": WSTETH,
        "sold": 42 * WAD,
        "gross": gross,
        "fee": fee,
        "net": net,
        "price_in": 3_000 * WAD,
        "price_out": 3_600 * WAD,
        "base_price": 3_000 * WAD,
        "base_time": base_time,
        "time_in": boa.env.timestamp,  # the constant rate is always of now
        "time_out": START,
        "bucket_used": loss + 42 * WAD // 100,
    }
    assert sorted(events(world)[:-1], key=str) == sorted(harvested + new, key=str)
    assert events(world)[-1] == ("Harvested", done)
    # A policy's cohorts stand before the cohort that they become.
    order = names(world)
    assert order[:2] == ["CohortHarvested"] * 2
    assert order[-2:] == ["CohortOpened", "Harvested"]


def test_a_roll_comes_before_what_the_owner_did(world: World) -> None:
    world.deposit(WETH, 12 * WAD, basis=60_000 * WAD, acquired_at=99)
    days(2)
    world.set_eth(3_000)
    world.harvest([world.key(0)], WSTETH)
    at = int(boa.env.timestamp)
    days(1)
    key = key_of(WSTETH, world.policy, naive_band(3_600 * WAD), at // 86_400, 2**31 | 1)
    rolled = {
        "owner": world.depositor,
        "lot": 0,
        "hops": 1,
        "key": key,
        "units": 10 * WAD,
        "basis": 36_000 * WAD,
        "acquired_at": at,
    }
    with boa.env.anchor():
        world.vault.roll(world.depositor, 0, 5, sender=world.other)
        assert events(world) == [("LotRolled", rolled)]
    world.vault.withdraw(0, WSTETH, 4 * WAD, world.other, sender=world.depositor)
    after = {
        "key": key,
        "units": 4 * WAD,
        "basis": 14_400 * WAD,
        "acquired_at": at,
        "flags": 0,
        "units_left": 6 * WAD,
        "basis_left": 21_600 * WAD,
    }
    withdrawn = {"owner": world.depositor, "asset": WSTETH, "to": world.other, "units": 4 * WAD}
    assert events(world) == [
        ("LotRolled", rolled),
        reduced(world, **after),
        ("Withdrawn", withdrawn),
    ]
