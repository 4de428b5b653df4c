"""Withdrawals in kind: whole, in part, of the asset that is meant."""

from __future__ import annotations

import boa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contracts.support import U128, chain_of, cohort, days, lot_of
from tests.contracts.world import MAX, NO_ADDRESS, WAD, WETH, WSTETH, World


def withdraw(world: World, lot: int, asset: int, amount: int, **kwargs: str) -> int:
    to = kwargs.pop("to", world.other)
    sender = kwargs.pop("sender", world.depositor)
    return int(world.vault.withdraw(lot, asset, amount, to, *kwargs.values(), sender=sender))


def test_a_whole_lot(world: World) -> None:
    lot = world.deposit(WETH, 3 * WAD)
    key = world.key(lot)
    assert withdraw(world, lot, WETH, MAX) == 3 * WAD
    assert world.weth.balanceOf(world.other) == 3 * WAD
    assert world.vault.lots(world.depositor, lot) == (0, 0)
    assert cohort(world, key) == (0, 0)
    assert world.vault.held(WETH) == 0
    with boa.reverts("no such lot"):
        withdraw(world, lot, WETH, MAX)


def test_a_whole_lot_by_its_number_of_units(world: World) -> None:
    lot = world.deposit(WETH, 3 * WAD)
    assert withdraw(world, lot, WETH, 3 * WAD) == 3 * WAD
    assert world.vault.lots(world.depositor, lot) == (0, 0)


def test_a_part_takes_its_share_of_the_basis_rounded_down(world: World) -> None:
    lot = world.deposit(WETH, 3 * WAD, basis=10_000, acquired_at=5)
    key = world.key(lot)
    withdraw(world, lot, WETH, WAD)
    stored = lot_of(world, lot)
    assert (stored["units"], stored["basis"]) == (2 * WAD, 10_000 - 3_333)
    assert (stored["key"], stored["acquired_at"], stored["flags"]) == (key, 5, 1)
    assert cohort(world, key) == (2 * WAD, 0)
    assert world.vault.held(WETH) == 2 * WAD


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    units=st.integers(WAD, 900 * WAD), basis=st.integers(0, U128), part=st.integers(1, 900 * WAD)
)
def test_any_split_keeps_every_unit_and_every_wei_of_basis(
    world: World, units: int, basis: int, part: int
) -> None:
    part = min(part, units)
    with boa.env.anchor():
        lot = world.deposit(WETH, units, basis=basis)
        withdraw(world, lot, WETH, part)
        event = world.vault.get_logs()[0]
        assert (event.units, event.units_left) == (part, units - part)
        assert event.basis == (basis * part // units if part < units else basis)
        assert event.basis + event.basis_left == basis


def test_amounts_that_make_no_sense(world: World) -> None:
    lot = world.deposit(WETH, 3 * WAD)
    with boa.reverts("zero amount"):
        withdraw(world, lot, WETH, 0)
    with boa.reverts("more than lot holds"):
        withdraw(world, lot, WETH, 3 * WAD + 1)
    with boa.reverts("more than lot holds"):
        withdraw(world, lot, WETH, MAX - 1)


def test_the_asset_must_be_the_one_meant(world: World) -> None:
    lot = world.deposit(WETH, 3 * WAD)
    for wrong in (WSTETH, 77, MAX - 1):
        with boa.reverts("lot of another asset"):
            withdraw(world, lot, wrong, MAX)
    with boa.reverts("any asset needs all units"):
        withdraw(world, lot, MAX, WAD)
    # All units by number is still a number: after a harvest it would be another one.
    with boa.reverts("any asset needs all units"):
        withdraw(world, lot, MAX, 3 * WAD)
    assert withdraw(world, lot, MAX, MAX) == 3 * WAD


def test_a_harvest_in_between_changes_the_asset_and_the_call_says_so(world: World) -> None:
    lot = world.deposit(WETH, 12 * WAD)
    days(2)
    world.set_eth(3_000)
    world.harvest([world.key(lot)], WSTETH)
    with boa.reverts("lot of another asset"):
        withdraw(world, lot, WETH, MAX)
    with boa.reverts("more than lot holds"):
        withdraw(world, lot, WSTETH, 12 * WAD)
    assert withdraw(world, lot, WSTETH, WAD) == WAD
    assert withdraw(world, lot, MAX, MAX) == 9 * WAD
    assert world.wsteth.balanceOf(world.other) == 10 * WAD
    assert world.vault.held(WSTETH) == 0


def test_receivers(world: World) -> None:
    lot = world.deposit(WETH, 3 * WAD)
    with boa.reverts("bad receiver"):
        withdraw(world, lot, WETH, MAX, to=NO_ADDRESS)
    # Tokens sent to the vault itself would be nobody's.
    with boa.reverts("bad receiver"):
        withdraw(world, lot, WETH, MAX, to=world.vault.address)
    withdraw(world, lot, WETH, MAX, to=world.depositor)


def test_nobody_withdraws_another_s_lot(world: World) -> None:
    lot = world.deposit(WETH, 3 * WAD)
    with boa.reverts("no such lot"):
        withdraw(world, lot, WETH, MAX, sender=world.other)
    for account in (world.other, world.admin, world.guardian, world.keeper):
        with boa.reverts("not the owner"):
            withdraw(world, lot, WETH, MAX, owner=world.depositor, sender=account)


def test_an_operator_withdraws_until_he_is_stopped(world: World) -> None:
    lot = world.deposit(WETH, 3 * WAD)
    world.vault.set_operator(world.other, True, sender=world.depositor)
    withdraw(world, lot, WETH, WAD, owner=world.depositor, sender=world.other)
    assert world.weth.balanceOf(world.other) == WAD
    world.vault.set_operator(world.other, False, sender=world.depositor)
    with boa.reverts("not the owner"):
        withdraw(world, lot, WETH, WAD, owner=world.depositor, sender=world.other)


def test_other_lots_of_the_cohort_stay(world: World) -> None:
    mine = world.deposit(WETH, 3 * WAD)
    theirs = world.deposit(WETH, 5 * WAD, owner=world.other)
    withdraw(world, mine, WETH, MAX)
    assert cohort(world, world.key(theirs, world.other)) == (5 * WAD, 0)
    assert lot_of(world, theirs, world.other)["units"] == 5 * WAD


@pytest.mark.parametrize("hops", [1, 2, 5])
def test_a_withdrawal_rolls_the_lot_first(world: World, hops: int) -> None:
    world.vault.set_bucket(2**95, sender=world.admin)
    lot = world.deposit(WETH, 11 * WAD)
    chain_of(world, lot, hops)
    units = withdraw(world, lot, MAX, MAX)
    assert [type(event).__name__ for event in world.vault.get_logs()][:3] == [
        "LotRolled",
        "LotReduced",
        "Withdrawn",
    ]
    assert world.vault.get_logs()[0].hops == hops
    assert units == (10 * WAD if hops % 2 else 11 * WAD)


def test_a_part_after_a_roll_stores_the_rolled_lot(world: World) -> None:
    lot = world.deposit(WETH, 12 * WAD)
    days(2)
    world.set_eth(3_000)
    number = world.harvest([world.key(lot)], WSTETH)
    withdraw(world, lot, WSTETH, 4 * WAD)
    stored = lot_of(world, lot)
    assert stored["units"] == 6 * WAD
    assert stored["basis"] == 6 * 3_600 * WAD
    assert stored["acquired_at"] == boa.env.timestamp
    assert stored["key"] & (2**32 - 1) == 2**31 | number
    assert cohort(world, stored["key"]) == (6 * WAD, 0)


def test_an_offer_is_void_after_any_withdrawal(world: World) -> None:
    lot = world.deposit(WETH, 3 * WAD)
    world.vault.offer_lot(lot, world.other, 0, sender=world.depositor)
    assert world.vault.offers(world.depositor, lot) != 0
    withdraw(world, lot, WETH, WAD)
    assert world.vault.offers(world.depositor, lot) == 0
