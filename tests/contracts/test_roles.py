"""Roles: the admin may loosen, the guardian only tightens, the keeper harvests, others nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boa
import pytest

from tests.contracts.support import (
    CONSTANT,
    U128,
    another_vault,
    asset_config,
    base_config,
    days,
    feed_config,
    logs,
)
from tests.contracts.world import (
    ADMIN,
    BASE,
    BUCKET,
    COHORT_CAP,
    GUARDIAN,
    KEEPER,
    MAX,
    MIN_DEPOSIT,
    NO_ADDRESS,
    WAD,
    WETH,
    WSTETH,
    YEARS,
    World,
    deploy,
)

Setter = Callable[[World, str], Any]


def new_asset(world: World, sender: str) -> None:
    token = deploy("test/TestERC20.vy", "New", "NEW", 18)
    world.vault.list_asset(asset_config(token), sender=sender)


def base_feed(world: World, sender: str, **changes: int) -> None:
    config = dict(zip(("feed", "heartbeat", "dev", "low", "high"), base_config(world), strict=True))
    world.vault.set_feed(BASE, tuple((config | changes).values()), sender=sender)


def another_feed(world: World, sender: str) -> None:
    feed = deploy("test/MockFeed.vy", 8, "another", 4_000 * 10**8)
    _, *rest = base_config(world)
    world.vault.set_feed(BASE, (feed.address, *rest), sender=sender)


# Each setter in a loosening and a tightening form. An asset's listing only loosens.
LOOSENS: dict[str, Setter] = {
    "list an asset": new_asset,
    "list again": lambda w, s: w.vault.set_listed(WETH, True, sender=s),
    "unpause": lambda w, s: w.vault.set_paused(0, sender=s),
    "unpause deposits": lambda w, s: w.vault.set_paused(2, sender=s),
    "unpause harvests": lambda w, s: w.vault.set_paused(1, sender=s),
    "another feed": another_feed,
    "no feed": lambda w, s: w.vault.set_feed(BASE, CONSTANT, sender=s),
    "a longer heartbeat": lambda w, s: base_feed(w, s, heartbeat=YEARS + 1),
    "a smaller dev": lambda w, s: base_feed(w, s, dev=49),
    "a lower bound that is lower": lambda w, s: base_feed(w, s, low=5 * WAD),
    "an upper bound that is higher": lambda w, s: base_feed(w, s, high=200_000 * WAD),
    "one thing tighter, another looser": lambda w, s: base_feed(w, s, dev=51, heartbeat=YEARS + 1),
    "a smaller minimum": lambda w, s: w.vault.set_limits(
        WETH, MIN_DEPOSIT - 1, COHORT_CAP, sender=s
    ),
    "a larger cap": lambda w, s: w.vault.set_limits(WETH, MIN_DEPOSIT, COHORT_CAP + 1, sender=s),
    "both": lambda w, s: w.vault.set_limits(WETH, MIN_DEPOSIT + 1, COHORT_CAP + 1, sender=s),
    "an adapter": lambda w, s: w.vault.set_adapter(w.other, True, sender=s),
    "a larger bucket": lambda w, s: w.vault.set_bucket(BUCKET + 1, sender=s),
    "a new keeper": lambda w, s: w.vault.set_roles(w.other, KEEPER, sender=s),
    "a new guardian": lambda w, s: w.vault.set_roles(w.other, GUARDIAN, sender=s),
    "a new admin": lambda w, s: w.vault.set_roles(w.other, ADMIN, sender=s),
}
TIGHTENS: dict[str, Setter] = {
    "delist": lambda w, s: w.vault.set_listed(WSTETH, False, sender=s),
    "pause more": lambda w, s: w.vault.set_paused(3, sender=s),
    "the same feed": base_feed,
    "a shorter heartbeat": lambda w, s: base_feed(w, s, heartbeat=YEARS - 1),
    "a larger dev": lambda w, s: base_feed(w, s, dev=51),
    "a higher lower bound": lambda w, s: base_feed(w, s, low=100 * WAD),
    "a lower upper bound": lambda w, s: base_feed(w, s, high=50_000 * WAD),
    "a larger minimum": lambda w, s: w.vault.set_limits(
        WETH, MIN_DEPOSIT + 1, COHORT_CAP, sender=s
    ),
    "a smaller cap": lambda w, s: w.vault.set_limits(WETH, MIN_DEPOSIT, COHORT_CAP - 1, sender=s),
    "the same limits": lambda w, s: w.vault.set_limits(WETH, MIN_DEPOSIT, COHORT_CAP, sender=s),
    "no adapter": lambda w, s: w.vault.set_adapter(w.adapter, False, sender=s),
    "a smaller bucket": lambda w, s: w.vault.set_bucket(BUCKET - 1, sender=s),
    "the keeper goes": lambda w, s: w.vault.set_roles(w.keeper, 0, sender=s),
}


@pytest.fixture
def tight(world: World) -> World:
    """Everything is paused and WETH delisted, so that loosening has something to loosen."""
    world.vault.set_paused(3, sender=world.guardian)
    world.vault.set_listed(WETH, False, sender=world.guardian)
    return world


@pytest.mark.parametrize("name", LOOSENS)
def test_only_the_admin_loosens(tight: World, name: str) -> None:
    for who in (tight.guardian, tight.keeper, tight.depositor, boa.env.eoa):
        with pytest.raises(boa.BoaError) as refusal:
            LOOSENS[name](tight, who)
        reasons = ["guardian only tightens", "not admin or guardian", "missing role"]
        expected = reasons[1:] if who != tight.guardian else [reasons[0], reasons[2]]
        assert any(reason in str(refusal.value) for reason in expected)
    LOOSENS[name](tight, tight.admin)


@pytest.mark.parametrize("name", TIGHTENS)
def test_the_guardian_tightens_at_once_and_so_may_the_admin(world: World, name: str) -> None:
    for who in (world.keeper, world.depositor, boa.env.eoa):
        with boa.reverts("not admin or guardian"):
            TIGHTENS[name](world, who)
    with boa.env.anchor():
        TIGHTENS[name](world, world.guardian)
    TIGHTENS[name](world, world.admin)


def test_only_the_keeper_harvests(world: World) -> None:
    lot = world.deposit(WETH, WAD)
    days(2)
    world.set_eth(3_000)
    for who in (world.admin, world.guardian, world.depositor, world.other, boa.env.eoa):
        with boa.reverts("missing role"):
            world.harvest([world.key(lot)], WSTETH, sender=who)
    world.vault.set_roles(world.keeper, 0, sender=world.guardian)
    with boa.reverts("missing role"):
        world.harvest([world.key(lot)], WSTETH)
    world.vault.set_roles(world.other, KEEPER, sender=world.admin)
    world.harvest([world.key(lot)], WSTETH, sender=world.other)


def test_a_pause_of_harvests_stops_the_keeper_and_only_him(world: World) -> None:
    lot = world.deposit(WETH, WAD)
    days(2)
    world.set_eth(3_000)
    world.vault.set_paused(2, sender=world.guardian)
    with boa.reverts("paused"):
        world.harvest([world.key(lot)], WSTETH)
    world.deposit(WETH, WAD)
    world.vault.set_paused(0, sender=world.admin)
    world.vault.set_paused(1, sender=world.guardian)
    world.harvest([world.key(lot)], WSTETH)


def test_pauses_that_do_not_exist(world: World) -> None:
    for flags in (4, 7, MAX):
        with boa.reverts("no such pause"):
            world.vault.set_paused(flags, sender=world.admin)
    world.vault.set_paused(3, sender=world.guardian)
    assert (world.vault.config_word() >> 136) & 3 == 3
    # What stands below the pause in the word stays.
    assert world.vault.config_word() & (2**136 - 1) == (3 << 128) | 0b111


def test_roles_are_flags(world: World) -> None:
    assert world.vault.roles(world.admin) == ADMIN
    assert world.vault.roles(world.guardian) == GUARDIAN
    assert world.vault.roles(world.keeper) == KEEPER
    world.vault.set_roles(world.other, GUARDIAN | KEEPER, sender=world.admin)
    assert world.vault.roles(world.other) == 6
    for flags in (8, 16, MAX):
        with boa.reverts("no such role"):
            world.vault.set_roles(world.other, flags, sender=world.admin)


def test_no_admin_changes_its_own_roles(world: World) -> None:
    for flags in (0, ADMIN, 7):
        with boa.reverts("own roles"):
            world.vault.set_roles(world.admin, flags, sender=world.admin)
    world.vault.set_roles(world.other, ADMIN, sender=world.admin)
    world.vault.set_roles(world.admin, 0, sender=world.other)
    assert world.vault.roles(world.admin) == 0
    with boa.reverts("own roles"):
        world.vault.set_roles(world.other, 0, sender=world.other)


def test_the_guardian_takes_the_keeper_s_role_and_nothing_else(world: World) -> None:
    world.vault.set_roles(world.other, GUARDIAN | KEEPER, sender=world.admin)
    with boa.reverts("guardian only tightens"):
        world.vault.set_roles(world.other, 0, sender=world.guardian)
    with boa.reverts("guardian only tightens"):
        world.vault.set_roles(world.other, KEEPER, sender=world.guardian)
    world.vault.set_roles(world.other, GUARDIAN, sender=world.guardian)
    for account, flags in ((world.admin, 0), (world.guardian, 0), (world.keeper, KEEPER)):
        with boa.reverts("guardian only tightens"):
            world.vault.set_roles(account, flags, sender=world.guardian)
    # A guardian that also keeps may stop keeping.
    world.vault.set_roles(world.guardian, GUARDIAN | KEEPER, sender=world.admin)
    world.vault.set_roles(world.guardian, GUARDIAN, sender=world.guardian)


def test_the_keeper_has_no_say_in_roles(world: World) -> None:
    with boa.reverts("not admin or guardian"):
        world.vault.set_roles(world.keeper, 0, sender=world.keeper)


def test_the_deployer_has_no_power(world: World) -> None:
    deployer = boa.env.eoa
    assert deployer not in (world.admin, world.guardian, world.keeper)
    assert world.vault.roles(deployer) == 0


def test_roles_at_deployment(world: World) -> None:
    with boa.reverts("no admin"):
        another_vault(world, admin=NO_ADDRESS)
    alone = another_vault(world, guardian=NO_ADDRESS, keeper=NO_ADDRESS)
    assert alone.vault.roles(NO_ADDRESS) == 0
    assert alone.vault.roles(world.guardian) == 0
    all_three = another_vault(world, guardian=world.admin, keeper=world.admin)
    assert all_three.vault.roles(world.admin) == 7


def test_nobody_but_the_owner_moves_a_lot(world: World) -> None:
    lot = world.deposit(WETH, WAD)
    world.vault.set_roles(world.other, 7, sender=world.admin)
    everything = world.other
    with boa.reverts("not the owner"):
        world.vault.withdraw(lot, WETH, MAX, everything, world.depositor, sender=everything)
    with boa.reverts("not the owner"):
        world.vault.withdraw_many(
            [(lot, MAX)], WETH, everything, world.depositor, sender=everything
        )
    entry = world.entry(WETH, WAD, owner=world.depositor)
    with boa.reverts("not the owner"):
        world.vault.deposit(entry, (0, 0, b"", b""), sender=everything)
    # The rest takes lots of the caller only.
    for call in (
        lambda: world.vault.change_policy(lot, WETH, MAX, 0, b"", 0, sender=everything),
        lambda: world.vault.offer_lot(lot, everything, 0, sender=everything),
        lambda: world.vault.sell(
            [(lot, MAX)], WETH, [world.leg()], 0, MAX, everything, sender=everything
        ),
    ):
        with boa.reverts("no such lot"):
            call()


def test_no_setting_of_anybody_reaches_withdrawals(world: World) -> None:
    lot = world.deposit(WETH, WAD)
    for name, setter in TIGHTENS.items():
        with boa.env.anchor():
            setter(world, world.guardian)
            assert (
                world.vault.withdraw(lot, WETH, MAX, world.other, sender=world.depositor) == WAD
            ), name


def test_whoever_may_not_set_leaves_no_trace(world: World) -> None:
    before = (world.vault.feed_words(BASE), world.vault.config_word(), world.vault.bucket_word())
    for setter in (*LOOSENS.values(), *TIGHTENS.values()):
        with pytest.raises(boa.BoaError):
            setter(world, world.depositor)
    after = (world.vault.feed_words(BASE), world.vault.config_word(), world.vault.bucket_word())
    assert after == before
    assert logs(world) == []


def test_every_function_that_writes_is_known_here(world: World) -> None:
    # A new one must be given a place among these before it can be forgotten by every test.
    writes = {
        function["name"]
        for function in world.vault.abi
        if function["type"] == "function" and function["stateMutability"] not in ("view", "pure")
    }
    admins = {
        "list_asset",
        "set_listed",
        "set_feed",
        "set_limits",
        "set_adapter",
        "set_bucket",
        "set_paused",
        "set_roles",
    }
    owners = {
        "deposit",
        "deposit_declared",
        "buy",
        "withdraw",
        "withdraw_many",
        "sell",
        "change_policy",
        "offer_lot",
        "claim_lot",
        "set_operator",
    }
    assert writes == admins | owners | {"harvest", "roll", "create_policy"}
    payable = [f for f in world.vault.abi if f.get("stateMutability") == "payable"]
    assert payable == []


def test_guardian_and_dead_feeds(world: World) -> None:
    # The guardian can tighten a feed that no longer answers anything.
    liar = deploy("test/LyingFeed.vy", 8, 4_000 * 10**8)
    world.vault.set_feed(BASE, feed_config(liar, high=U128), sender=world.admin)
    boa.env.set_code(liar.address, b"")
    world.vault.set_feed(BASE, feed_config(liar, dev=101), sender=world.guardian)
