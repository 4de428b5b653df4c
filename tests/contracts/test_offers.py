"""Offers: a lot changes hands only when its owner offers and the receiver claims what he saw."""

from __future__ import annotations

from typing import Any

import boa
import pytest

from tests.contracts.support import (
    chain_of,
    cohort,
    days,
    fields,
    logs,
    lot_of,
    names,
    policy_of,
)
from tests.contracts.world import MAX, NO_ADDRESS, WAD, WETH, WSTETH, World


def terms_of(world: World, lot: int) -> dict[str, int]:
    stored = lot_of(world, lot)
    return {
        "asset": stored["key"] >> 104,
        "min_units": stored["units"],
        "basis": stored["basis"],
        "acquired_at": stored["acquired_at"],
        "flags": stored["flags"],
        "policy": (stored["key"] >> 72) & (2**32 - 1),
    }


def offer(world: World, lot: int, to: str | None = None, kind: int = 0) -> int:
    return int(world.vault.offer_lot(lot, to or world.other, kind, sender=world.depositor))


def claim(world: World, lot: int, nonce: int, terms: dict[str, int], **kwargs: Any) -> int:
    sender = kwargs.get("sender", world.other)
    values = tuple(terms.values())
    return int(world.vault.claim_lot(world.depositor, lot, nonce, values, sender=sender))


def test_a_claim_moves_the_lot_as_it_is(world: World) -> None:
    world.deposit(WETH, WAD, owner=world.other)
    lot = world.deposit(WETH, 3 * WAD, basis=11_000 * WAD, acquired_at=99)
    stored = lot_of(world, lot)
    days(3)
    nonce = offer(world, lot, kind=2)
    assert claim(world, lot, nonce, terms_of(world, lot)) == 1
    assert lot_of(world, 1, world.other) == stored  # basis, time, flags, cohort and its clock
    assert world.vault.lots(world.depositor, lot) == (0, 0)
    assert world.vault.offers(world.depositor, lot) == 0
    assert cohort(world, stored["key"])[0] == 3 * WAD
    assert world.vault.held(WETH) == 4 * WAD
    with boa.reverts("no such offer"):
        claim(world, lot, nonce, dict.fromkeys(range(6), 0))
    assert world.vault.withdraw(1, WETH, MAX, world.other, sender=world.other) == 3 * WAD
    with boa.reverts("no such lot"):
        world.vault.withdraw(lot, WETH, MAX, world.depositor, sender=world.depositor)


def test_the_offer_word_and_the_running_nonce(world: World) -> None:
    lots = [world.deposit(WETH, WAD), world.deposit(WETH, WAD)]
    nonces = [offer(world, lots[0], kind=1), offer(world, lots[1]), offer(world, lots[0])]
    assert nonces == [1, 2, 3]
    words = [world.vault.offers(world.depositor, lot) for lot in lots]
    receiver = int(world.other, 16)
    assert words == [(3 << 168) | receiver, (2 << 168) | receiver]
    offer(world, lots[1], kind=2)
    assert world.vault.offers(world.depositor, lots[1]) == (4 << 168) | (2 << 160) | receiver


def test_only_the_one_named_claims_and_only_with_the_nonce(world: World) -> None:
    lot = world.deposit(WETH, WAD)
    terms = terms_of(world, lot)
    with boa.reverts("no such offer"):
        claim(world, lot, 0, terms)
    old = offer(world, lot)
    nonce = offer(world, lot)
    with boa.reverts("no such offer"):
        claim(world, lot, old, terms)
    with boa.reverts("no such offer"):
        claim(world, lot, nonce + 1, terms)
    for account in (world.depositor, world.admin, world.keeper):
        with boa.reverts("no such offer"):
            claim(world, lot, nonce, terms, sender=account)
    claim(world, lot, nonce, terms)


def test_an_offer_can_be_taken_back(world: World) -> None:
    lot = world.deposit(WETH, WAD)
    nonce = offer(world, lot)
    offer(world, lot, NO_ADDRESS)
    assert world.vault.offers(world.depositor, lot) == 0
    with boa.reverts("no such offer"):
        claim(world, lot, nonce, terms_of(world, lot))
    # A cancelled offer is nobody's, not even that of whoever owns the empty address.
    for number in (0, nonce, nonce + 1):
        with boa.reverts("no such offer"):
            claim(world, lot, number, terms_of(world, lot), sender=NO_ADDRESS)


def test_only_the_owner_offers_a_lot_that_exists(world: World) -> None:
    lot = world.deposit(WETH, WAD)
    world.vault.set_operator(world.other, True, sender=world.depositor)
    with boa.reverts("no such lot"):
        world.vault.offer_lot(lot, world.other, 0, sender=world.other)
    with boa.reverts("no such lot"):
        offer(world, lot + 1)
    with boa.reverts("no such kind"):
        offer(world, lot, kind=3)
    world.vault.withdraw(lot, WETH, MAX, world.other, sender=world.depositor)
    with boa.reverts("no such lot"):
        offer(world, lot)


@pytest.mark.parametrize("field", ["asset", "basis", "acquired_at", "flags", "policy", "min_units"])
def test_a_lot_that_is_not_as_seen_is_not_claimed(world: World, field: str) -> None:
    lot = world.deposit(WETH, WAD, basis=4_000 * WAD, acquired_at=1_000)
    nonce = offer(world, lot)
    terms = terms_of(world, lot)
    reason = "lot of another asset" if field == "asset" else "lot not as claimed"
    with boa.reverts(reason):
        claim(world, lot, nonce, terms | {field: terms[field] + 1})
    if field not in ("asset", "min_units", "flags"):
        with boa.reverts(reason):
            claim(world, lot, nonce, terms | {field: terms[field] - 1})
    # Fewer units than there are is what "at least" means.
    claim(world, lot, nonce, terms | {"min_units": WAD - 1})


@pytest.mark.parametrize("amount", [WAD, MAX])
@pytest.mark.parametrize("action", ["withdraw", "sell", "change_policy"])
def test_an_offer_is_void_after_whatever_changes_the_lot(
    world: World, action: str, amount: int
) -> None:
    lot = world.deposit(WETH, 3 * WAD)
    nonce = offer(world, lot)
    terms = terms_of(world, lot)
    if action == "withdraw":
        world.vault.withdraw(lot, WETH, amount, world.depositor, sender=world.depositor)
    elif action == "sell":
        world.vault.sell(
            [(lot, amount)], WETH, [world.leg()], 0, MAX, world.depositor, sender=world.depositor
        )
    else:
        world.vault.change_policy(lot, WETH, amount, 0, b"", 0, sender=world.depositor)
    with boa.reverts("no such offer"):
        claim(world, lot, nonce, terms | {"min_units": 0})


def test_a_harvest_leaves_the_offer_but_not_the_terms(world: World) -> None:
    lot = world.deposit(WETH, 12 * WAD, basis=50_000 * WAD)
    nonce = offer(world, lot, kind=1)
    terms = terms_of(world, lot)
    days(2)
    world.set_eth(3_000)
    world.harvest([world.key(lot)], WSTETH)
    with boa.reverts("lot of another asset"):
        claim(world, lot, nonce, terms)
    # Whoever asks for any asset still names units, basis, time and flags.
    with boa.reverts("lot not as claimed"):
        claim(world, lot, nonce, terms | {"asset": MAX})
    world.vault.roll(world.depositor, lot, 64, sender=world.admin)
    assert world.vault.offers(world.depositor, lot) != 0
    new = claim(world, lot, nonce, terms_of(world, lot))
    assert lot_of(world, new, world.other)["units"] == 10 * WAD


def test_a_claim_rolls_first(world: World) -> None:
    lot = world.deposit(WETH, 12 * WAD, basis=50_000 * WAD)
    nonce = offer(world, lot)
    days(2)
    world.set_eth(3_000)
    world.harvest([world.key(lot)], WSTETH)
    terms = {
        "asset": WSTETH,
        "min_units": 10 * WAD,
        "basis": 36_000 * WAD,
        "acquired_at": int(boa.env.timestamp),
        "flags": 0,
        "policy": world.policy,
    }
    claim(world, lot, nonce, terms)
    assert names(world) == ["LotRolled", "LotClaimed"]
    assert fields(logs(world, "LotRolled")[0])["owner"] == world.depositor
    assert lot_of(world, 0, world.other)["basis"] == 36_000 * WAD


def test_pauses_and_delisting_do_not_stop_a_claim(world: World) -> None:
    lot = world.deposit(WETH, WAD)
    world.vault.set_paused(3, sender=world.guardian)
    world.vault.set_listed(WETH, False, sender=world.guardian)
    claim(world, lot, offer(world, lot), terms_of(world, lot))


def test_more_than_64_hops_need_a_roll_first(world: World) -> None:
    lot = world.deposit(WETH, 11 * WAD)
    nonce = offer(world, lot)
    chain_of(world, lot, 65)
    with boa.reverts("roll first"):
        claim(world, lot, nonce, terms_of(world, lot) | {"asset": MAX})


def test_an_owner_may_offer_to_himself(world: World) -> None:
    lot = world.deposit(WETH, WAD)
    stored = lot_of(world, lot)
    nonce = offer(world, lot, world.depositor)
    new = claim(world, lot, nonce, terms_of(world, lot), sender=world.depositor)
    assert new == 1
    assert lot_of(world, new) == stored
    assert world.vault.lots(world.depositor, lot) == (0, 0)


def test_a_void_offer_of_a_closed_lot_does_not_come_back(world: World) -> None:
    policy_of(world, min_loss=700)
    lot = world.deposit(WETH, WAD)
    nonce = offer(world, lot)
    terms = terms_of(world, lot)
    claim(world, lot, nonce, terms)
    with boa.reverts("no such offer"):
        claim(world, lot, nonce, terms)
