"""Deposits: what they check, what they write, which price they take."""

from __future__ import annotations

import boa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contracts.support import (
    HOLD_HASH,
    U128,
    cohort,
    key_fields,
    list_asset,
    lot_of,
    naive_band,
    pay_in,
    today,
)
from tests.contracts.world import (
    MIN_DEPOSIT,
    NO_PERMIT,
    WAD,
    WETH,
    WSTETH,
    World,
    deploy,
)


def test_an_oracle_priced_deposit_is_acquired_now_at_the_feeds_price(world: World) -> None:
    lot = world.deposit(WSTETH, 3 * WAD)
    stored = lot_of(world, lot)
    assert stored["basis"] == 3 * 4_800 * WAD  # 4000 * 1.2
    assert stored["acquired_at"] == boa.env.timestamp
    assert stored["flags"] == 0
    assert stored["units"] == 3 * WAD
    band = naive_band(4_800 * WAD)
    assert key_fields(stored["key"]) == (WSTETH, world.policy, band, today(), 0)
    assert cohort(world, stored["key"]) == (3 * WAD, 0)
    assert world.vault.held(WSTETH) == 3 * WAD
    assert world.wsteth.balanceOf(world.vault) == 3 * WAD
    assert world.wsteth.balanceOf(world.depositor) == 0


def test_the_oracle_s_basis_is_rounded_down(world: World) -> None:
    # One price, one amount, neither of which divides evenly.
    world.set_rate(WSTETH, 12 * WAD // 10 + 1)
    world.base_feed.set_answer(4_000 * 10**8 + 7, sender=world.admin)
    units = WAD + 333
    lot = world.deposit(WSTETH, units)
    price = (4_000 * 10**8 + 7) * 10**10 * (12 * WAD // 10 + 1) // WAD
    assert lot_of(world, lot)["basis"] == units * price // WAD


def test_a_declared_deposit_keeps_what_was_declared_and_says_so(world: World) -> None:
    lot = world.deposit(WETH, 2 * WAD, basis=9_001 * WAD, acquired_at=1_600_000_000)
    stored = lot_of(world, lot)
    assert stored["basis"] == 9_001 * WAD
    assert stored["acquired_at"] == 1_600_000_000
    assert stored["flags"] == 1
    assert key_fields(stored["key"])[2] == naive_band(9_001 * WAD // 2)
    assert key_fields(stored["key"])[3] == today()  # the holding clock starts now all the same


def test_a_declared_deposit_needs_no_feed(world: World) -> None:
    world.base_feed.set_answer(0, sender=world.admin)
    with boa.reverts("feed has no answer"):
        world.deposit(WETH, WAD)
    world.deposit(WETH, WAD, basis=1)


def test_acquired_in_the_future_is_refused(world: World) -> None:
    now = boa.env.timestamp
    world.deposit(WETH, WAD, basis=WAD, acquired_at=now)
    with boa.reverts("acquired in future"):
        world.deposit(WETH, WAD, basis=WAD, acquired_at=now + 1)


def test_a_basis_of_nothing_is_band_zero(world: World) -> None:
    lot = world.deposit(WETH, WAD, basis=0)
    assert key_fields(lot_of(world, lot)["key"])[2] == 0
    least = world.deposit(WETH, WAD, basis=127)
    assert key_fields(lot_of(world, least)["key"])[2] == 0
    first = world.deposit(WETH, WAD, basis=128)
    assert key_fields(lot_of(world, first)["key"])[2] == 896


# The fixture is not reset between examples, the anchor inside does that.
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(basis=st.integers(0, U128), units=st.integers(MIN_DEPOSIT, 1_000 * WAD))
def test_every_basis_falls_into_its_band(world: World, basis: int, units: int) -> None:
    with boa.env.anchor():
        lot = world.deposit(WETH, units, basis=basis)
        assert key_fields(lot_of(world, lot)["key"])[2] == naive_band(basis * WAD // units)


def test_the_largest_basis_fits_and_one_more_is_refused(world: World) -> None:
    token = deploy("test/TestERC20.vy", "Dust", "DUST", 18)
    asset = list_asset(world, token)
    pay_in(world, token, world.depositor, 2)
    entry = (asset, 1, 0, HOLD_HASH, 0, world.depositor)
    # One unit of an 18-decimal token for the largest basis: the largest unit basis there is.
    lot = world.vault.deposit_declared(entry, U128, 0, NO_PERMIT, sender=world.depositor)
    stored = lot_of(world, lot)
    assert stored["basis"] == U128
    assert key_fields(stored["key"])[2] == naive_band(U128 * WAD) < 2**16
    with boa.reverts("basis too large"):
        world.vault.deposit_declared(entry, U128 + 1, 0, NO_PERMIT, sender=world.depositor)


def test_the_minimum_deposit(world: World) -> None:
    world.deposit(WETH, MIN_DEPOSIT)
    with boa.reverts("below minimum deposit"):
        world.deposit(WETH, MIN_DEPOSIT - 1)


def test_a_deposit_of_nothing_is_refused_even_without_a_minimum(world: World) -> None:
    world.vault.set_limits(WETH, 0, 2**128 - 1, sender=world.admin)
    with boa.reverts("below minimum deposit"):
        world.deposit(WETH, 0, basis=0)
    world.deposit(WETH, 1, basis=0)


@pytest.mark.parametrize("declared", [True, False])
def test_what_every_deposit_checks(world: World, declared: bool) -> None:
    world.fund(world.depositor, WETH, 10 * WAD)

    def enter(**changes: object) -> int:
        names = ("asset", "amount", "policy", "policy_hash", "shard", "owner")
        good = world.entry(WETH, WAD, owner=world.depositor)
        entry = tuple((dict(zip(names, good, strict=True)) | changes).values())
        if declared:
            return int(
                world.vault.deposit_declared(entry, WAD, 0, NO_PERMIT, sender=world.depositor)
            )
        return int(world.vault.deposit(entry, NO_PERMIT, sender=world.depositor))

    assert enter() == 0
    with boa.reverts("unknown policy"):
        enter(policy=world.policy + 1)
    with boa.reverts("policy hash differs"):
        enter(policy=0)
    with boa.reverts("policy hash differs"):
        enter(policy_hash=b"\1" * 32)
    with boa.reverts("asset not listed"):
        enter(asset=3)
    with boa.reverts("asset not listed"):
        enter(asset=128)  # the base feed's id is not an asset
    with boa.reverts("asset not listed"):
        enter(asset=2**256 - 1)
    with boa.reverts("not the owner"):
        enter(owner=world.other)
    with boa.reverts("no such shard"):
        enter(shard=2**31)
    with boa.reverts("no such shard"):
        enter(shard=2**32)
    assert enter(policy=0, policy_hash=HOLD_HASH) == 1

    world.vault.set_listed(WETH, False, sender=world.guardian)
    with boa.reverts("asset not listed"):
        enter()
    world.vault.set_listed(WETH, True, sender=world.admin)
    world.vault.set_paused(2, sender=world.guardian)
    assert enter() == 2  # only harvests are paused
    world.vault.set_paused(3, sender=world.guardian)
    with boa.reverts("paused"):
        enter()


def test_no_allowance_no_deposit(world: World) -> None:
    world.weth.mint(world.depositor, WAD)
    entry = world.entry(WETH, WAD, owner=world.depositor)
    with boa.reverts("ERC20: allowance"):
        world.vault.deposit(entry, NO_PERMIT, sender=world.depositor)
    assert world.vault.lot_count(world.depositor) == 0


def test_an_operator_deposits_his_own_tokens_for_the_owner(world: World) -> None:
    entry = world.entry(WETH, WAD, owner=world.depositor)
    world.fund(world.other, WETH, 2 * WAD)
    world.fund(world.depositor, WETH, 5 * WAD)
    with boa.reverts("not the owner"):
        world.vault.deposit(entry, NO_PERMIT, sender=world.other)
    world.vault.set_operator(world.other, True, sender=world.depositor)
    world.vault.deposit(entry, NO_PERMIT, sender=world.other)
    assert world.vault.lot_count(world.depositor) == 1
    assert world.vault.lot_count(world.other) == 0
    assert world.weth.balanceOf(world.other) == WAD
    assert world.weth.balanceOf(world.depositor) == 5 * WAD  # never the owner's
    # Being an operator is not mutual, and it ends.
    back = world.entry(WETH, WAD, owner=world.other)
    with boa.reverts("not the owner"):
        world.vault.deposit(back, NO_PERMIT, sender=world.depositor)
    world.vault.set_operator(world.other, False, sender=world.depositor)
    with boa.reverts("not the owner"):
        world.vault.deposit(entry, NO_PERMIT, sender=world.other)


def test_lots_are_numbered_from_zero_per_owner(world: World) -> None:
    assert [world.deposit(WETH, WAD), world.deposit(WETH, WAD)] == [0, 1]
    assert world.deposit(WETH, WAD, owner=world.other) == 0
    assert world.vault.lot_count(world.depositor) == 2
    assert world.vault.lot_count(world.other) == 1


def test_two_owners_share_a_cohort(world: World) -> None:
    mine = world.key(world.deposit(WETH, WAD))
    theirs = world.key(world.deposit(WETH, 2 * WAD, owner=world.other), world.other)
    assert mine == theirs
    assert cohort(world, mine) == (3 * WAD, 0)


def test_a_day_later_is_another_cohort(world: World) -> None:
    boa.env.time_travel(seconds=86_399)
    first = world.key(world.deposit(WETH, WAD))
    boa.env.time_travel(seconds=1)
    second = world.key(world.deposit(WETH, WAD))
    assert key_fields(second)[3] == key_fields(first)[3] + 1
    assert cohort(world, first) == cohort(world, second) == (WAD, 0)
