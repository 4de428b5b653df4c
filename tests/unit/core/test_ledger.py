"""The ledger on logs written by hand: state, histories, gains, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.core.script import (
    ADMIN,
    DAY,
    DEPOSITOR,
    FEED,
    KEEPER,
    POLICY,
    RECEIVER,
    TOKEN_A,
    WAD,
    Script,
    harvest_calls,
    reduced,
    sold,
    withdrawn,
)
from vaultsdk.core.band import band
from vaultsdk.core.cohort import CohortKey
from vaultsdk.core.errors import LedgerError, NoSuchLotError
from vaultsdk.core.ledger import DisposalKind, Ledger, OpeningKind, gains
from vaultsdk.core.lot import LotFlags, OfferKind
from vaultsdk.core.model import ZERO_ADDRESS
from vaultsdk.core.words import AssetWord, BucketWord, CohortWord, ConfigWord, FeedWord

USD6 = 10**6


def replay(script: Script) -> Ledger:
    return Ledger().apply_all(script.events)


def refused(script: Script, match: str) -> None:
    """The last event of the script is refused for that reason, all before it are taken."""
    ledger = Ledger().apply_all(script.events[:-1])
    with pytest.raises(LedgerError, match=match):
        ledger.apply(script.events[-1])


# ---------------------------------------------------------------- settings
def test_settings_become_words() -> None:
    state = replay(Script().vault()).state()
    assert AssetWord.unpack(state.asset_words[0]) == AssetWord(decimals=18, token=TOKEN_A)
    assert FeedWord.unpack(state.feed_words[128]) == FeedWord(
        max_band=band(WAD * WAD),
        min_band=band(1),
        dev=50,
        decimals=8,
        heartbeat=3600,
        feed=FEED,
    )
    assert state.config == ConfigWord(paused=0, asset_count=2, listed=0b11)
    assert state.policies == {1: POLICY.word()}
    assert state.policy_count == 2
    assert state.roles == {ADMIN: 1, KEEPER: 4}
    assert state.adapters == {FEED}
    assert state.bucket.size == 5 * WAD
    assert state.decimals == {0: 18, 1: 6}


def test_what_is_set_back_to_nothing_leaves_no_word() -> None:
    script = Script().vault()
    script.tx(
        ("RolesSet", {"account": KEEPER, "flags": 0}),
        ("AdapterSet", {"adapter": FEED, "allowed": False}),
        ("OperatorSet", {"owner": DEPOSITOR, "operator": FEED, "approved": True}),
        ("OperatorSet", {"owner": DEPOSITOR, "operator": FEED, "approved": False}),
        ("ListingSet", {"asset": 1, "listed": False}),
        ("PausedSet", {"flags": 2}),
    )
    state = replay(script).state()
    assert KEEPER not in state.roles
    assert not state.adapters
    assert not state.operators
    assert state.config == ConfigWord(paused=2, asset_count=2, listed=0b01)
    assert state.config.harvests_paused
    assert not state.config.deposits_paused


# ---------------------------------------------------------------- lots
def test_a_deposit_opens_a_lot_and_a_cohort() -> None:
    script = Script().vault()
    key = script.deposit()
    ledger = replay(script)
    state = ledger.state()
    assert state.cohort(key) == CohortWord(units=10 * WAD)
    assert state.held == {0: 10 * WAD}
    assert state.lot_counts == {DEPOSITOR: 1}
    assert state.lots_of(DEPOSITOR)[0].basis == 30_000 * WAD
    assert state.open_cohorts() == {key: 10 * WAD}
    opening = ledger.history(DEPOSITOR, 0).opening
    assert opening.kind is OpeningKind.ORACLE
    assert opening.place.block_number == script.block


def test_a_withdrawal_in_parts_splits_the_basis_and_closes_the_lot() -> None:
    script = Script().vault()
    key = script.key(0, 1, 10 * WAD // 3)
    script.tx(script.opened(0, key, 3, 10))
    acquired = script.time
    script.tx(reduced(0, key, 1, 1, 3, (2, 7), acquired_at=acquired), withdrawn(1))
    state = replay(script).state()
    assert (state.lot(DEPOSITOR, 0).units, state.lot(DEPOSITOR, 0).basis) == (2, 7)
    assert state.held == {0: 2}
    script.tx(reduced(0, key, 1, 2, 7, (0, 0), acquired_at=acquired), withdrawn(2))
    ledger = replay(script)
    state = ledger.state()
    assert state.lots == {}
    assert state.cohorts == {}
    assert state.held == {}
    assert state.lot_counts == {DEPOSITOR: 1}
    with pytest.raises(NoSuchLotError):
        state.lot(DEPOSITOR, 0)
    kinds = [d.kind for d in ledger.history(DEPOSITOR, 0).disposals]
    assert kinds == [DisposalKind.WITHDRAWN] * 2
    assert gains(ledger.histories(), 6, state) == ()


def test_a_sale_is_shared_pro_rata_and_the_last_lot_takes_the_remainder() -> None:
    script = Script().vault()
    key = script.key(0, 1, 3000 * WAD)
    when = []
    for i in range(3):
        script.tx(script.opened(i, key, WAD, 3000 * WAD))
        when.append(script.time)
    script.tx(
        *(reduced(i, key, 2, WAD, 3000 * WAD, (0, 0), acquired_at=when[i]) for i in range(3)),
        sold(3 * WAD, 6000 * USD6 + 2, 3, price=99 * WAD // 100),
    )
    ledger = replay(script)
    sales = [history.disposals[0] for history in ledger.histories(DEPOSITOR)]
    assert [s.quote_amount for s in sales] == [2000 * USD6, 2000 * USD6, 2000 * USD6 + 2]
    rows = gains(ledger.histories(), 6)
    assert [row.gain for row in rows][:2] == [-1020 * WAD] * 2
    assert rows[2].proceeds == (2000 * USD6 + 2) * 99 * WAD // 100 // USD6
    assert {row.disposed_at for row in rows} == {script.time}


def test_a_sale_without_a_price_has_a_gain_only_if_one_is_assumed() -> None:
    script = Script().vault()
    key = script.deposit(units=WAD)
    script.tx(
        reduced(0, key, 2, WAD, 3000 * WAD, (0, 0), acquired_at=script.time),
        sold(WAD, 2000 * USD6, 1, price=0),
    )
    histories = replay(script).histories()
    assert gains(histories, 6)[0].gain is None
    assert gains(histories, 6, assumed_quote_price=WAD)[0].gain == -1000 * WAD


def test_a_purchase_knows_what_was_paid() -> None:
    script = Script().vault()
    key = script.key(0, 1, 3000 * WAD)
    paid = {"quote_amount": 3000 * USD6, "quote_price": WAD, "quote_time": 7}
    script.tx(
        script.opened(0, key, WAD, 3000 * WAD, source=3),
        ("Bought", {"owner": DEPOSITOR, "lot": 0, **paid}),
    )
    opening = replay(script).history(DEPOSITOR, 0).opening
    assert opening.kind is OpeningKind.PAID
    assert opening.quote_amount == 3000 * USD6
    assert opening.quote_time == 7


def test_a_change_of_policy_of_the_whole_moves_it() -> None:
    script = Script().vault()
    key = script.deposit()
    new = script.key(0, 0, 0)
    script.tx(
        (
            "PolicyChanged",
            {"owner": DEPOSITOR, "lot": 0, "key": new, "from_key": key},
        )
    )
    ledger = replay(script)
    state = ledger.state()
    assert state.lot(DEPOSITOR, 0).key == CohortKey.unpack(new)
    assert state.cohort(key).units == 0
    assert state.cohort(new).units == 10 * WAD
    assert state.held == {0: 10 * WAD}
    assert ledger.history(DEPOSITOR, 0).entries[-1].to_key == CohortKey.unpack(new)  # type: ignore[union-attr]


def test_a_change_of_policy_of_a_part_opens_a_lot_with_time_and_flags() -> None:
    script = Script().vault()
    key = script.key(0, 1, 3000 * WAD)
    script.tx(script.opened(0, key, 10 * WAD, 30_000 * WAD, source=1, flags=1, acquired_at=77))
    new = script.key(0, 0, 3000 * WAD)
    script.tx(
        reduced(0, key, 3, 4 * WAD, 12_000 * WAD, (6 * WAD, 18_000 * WAD), acquired_at=77, flags=1),
        script.opened(1, new, 4 * WAD, 12_000 * WAD, source=4, flags=1, acquired_at=77),
    )
    ledger = replay(script)
    state = ledger.state()
    assert state.held == {0: 10 * WAD}
    assert state.cohort(key).units == 6 * WAD
    part = state.lot(DEPOSITOR, 1)
    assert (part.units, part.acquired_at, part.flags) == (4 * WAD, 77, LotFlags.DECLARED)
    assert ledger.history(DEPOSITOR, 1).opening.parent == (DEPOSITOR, 0)
    assert ledger.history(DEPOSITOR, 0).disposals[0].successor == (DEPOSITOR, 1)


# ---------------------------------------------------------------- offers
def offered(to: str, nonce: int, kind: int = 2) -> tuple[str, dict[str, Any]]:
    return (
        "LotOffered",
        {"owner": DEPOSITOR, "lot": 0, "to": to, "nonce": nonce, "kind": kind},
    )


def claimed(script: Script, key: int, acquired_at: int, **changes: Any) -> tuple[str, Any]:
    return (
        "LotClaimed",
        {
            "owner": DEPOSITOR,
            "lot": 0,
            "to": RECEIVER,
            "new_lot": 0,
            "nonce": 1,
            "kind": 2,
            "key": key,
            "units": 10 * WAD,
            "basis": 30_000 * WAD,
            "acquired_at": acquired_at,
            "flags": 0,
            **changes,
        },
    )


def test_an_offer_is_claimed_with_basis_and_time() -> None:
    script = Script().vault()
    key = script.deposit()
    acquired = script.time
    script.tx(offered(RECEIVER, 1))
    before = replay(script).state()
    assert len(before.offers) == 1
    script.tx(claimed(script, key, acquired))
    ledger = replay(script)
    state = ledger.state()
    assert state.offers == {}
    assert state.lot(RECEIVER, 0) == before.lot(DEPOSITOR, 0)
    assert state.cohort(key).units == 10 * WAD
    assert ledger.history(RECEIVER, 0).opening.parent == (DEPOSITOR, 0)
    assert ledger.history(RECEIVER, 0).opening.offer_kind is OfferKind.GIFT
    assert ledger.history(DEPOSITOR, 0).disposals[0].kind is DisposalKind.CLAIMED


def test_an_offer_ends_with_a_cancellation_or_a_withdrawal() -> None:
    script = Script().vault()
    key = script.deposit()
    acquired = script.time
    script.tx(offered(RECEIVER, 1)).tx(offered(ZERO_ADDRESS, 2))
    state = replay(script).state()
    assert state.offers == {}
    assert state.offer_count == 2
    script.tx(offered(RECEIVER, 3))
    script.tx(
        reduced(0, key, 1, WAD, 3000 * WAD, (9 * WAD, 27_000 * WAD), acquired_at=acquired),
        withdrawn(WAD),
    )
    assert replay(script).state().offers == {}
    script.tx(claimed(script, key, acquired, units=9 * WAD, basis=27_000 * WAD, nonce=3))
    refused(script, "no such offer")


# ---------------------------------------------------------------- harvests
def harvested() -> tuple[Script, int, int]:
    """10 of asset 0 at 3,000, harvested three days later into 25,000 of asset 1 at 0.8, fee 50."""
    script = Script().vault()
    key = script.deposit()
    logs, new = harvest_calls(
        script,
        {key: 10 * WAD},
        gross=25_000 * USD6,
        fee=50 * USD6,
        price_out=8 * WAD // 10,
        bucket_used=WAD,
        after=3 * DAY,
    )
    script.tx(*logs, after=3 * DAY)
    return script, key, new


def test_a_harvest_moves_cohorts_and_lots_follow_when_read() -> None:
    script, key, new = harvested()
    ledger = replay(script)
    state = ledger.state()
    assert state.cohort(key) == CohortWord(units=10 * WAD, harvest=1)
    assert state.open_cohorts() == {new: 24_950 * USD6}
    assert state.held == {1: 24_950 * USD6}
    assert state.bucket == BucketWord(size=5 * WAD, time=script.time, used=WAD)
    assert state.lot(DEPOSITOR, 0).units == 10 * WAD  # stored as it was
    rolled = state.rolled(DEPOSITOR, 0)
    assert rolled.lot.units == 24_950 * USD6
    assert rolled.gain == 24_950 * WAD * 8 // 10 - 30_000 * WAD
    (row,) = gains(ledger.histories(), 6, state)
    assert row.gain == rolled.gain
    assert row.source == "harvest 1"
    assert gains(ledger.histories(), 6) == ()  # nothing rolled, nothing on record yet


def test_a_roll_puts_the_realisation_on_record_once() -> None:
    script, _, new = harvested()
    harvest_time = script.time
    script.tx(
        (
            "LotRolled",
            {
                "owner": DEPOSITOR,
                "lot": 0,
                "hops": 1,
                "key": new,
                "units": 24_950 * USD6,
                "basis": 19_960 * WAD,
                "acquired_at": harvest_time,
            },
        )
    )
    ledger = replay(script)
    state = ledger.state()
    assert state.lot(DEPOSITOR, 0).acquired_at == harvest_time
    rows = gains(ledger.histories(), 6, state)
    assert len(rows) == 1
    assert rows == gains(ledger.histories(), 6)


# ---------------------------------------------------------------- refusals
def test_a_log_out_of_order_is_refused() -> None:
    script = Script().vault()
    script.tx(("PausedSet", {"flags": 1})).tx(("PausedSet", {"flags": 0}))
    swapped = [*script.events[:-2], script.events[-1], script.events[-2]]
    with pytest.raises(LedgerError, match="does not come after"):
        Ledger().apply_all(swapped)
    with pytest.raises(LedgerError, match="does not come after"):
        Ledger().apply_all([*script.events, script.events[-1]])


def test_a_log_with_a_gap_is_refused() -> None:
    script = Script().vault()
    script.deposit(0)
    script.deposit(1)
    with pytest.raises(LedgerError, match=r"next lot of .* is 0, not 1"):
        Ledger().apply_all([*script.events[:-2], script.events[-1]])


def test_a_ledger_that_refused_stays_refused() -> None:
    script = Script().vault()
    script.deposit(1)
    ledger = Ledger()
    with pytest.raises(LedgerError):
        ledger.apply_all(script.events)
    with pytest.raises(LedgerError, match="start a new one"):
        ledger.apply(script.events[-1])
    with pytest.raises(LedgerError, match="no state"):
        ledger.state()


def test_there_is_no_state_while_a_transaction_is_unfinished() -> None:
    script = Script().vault()
    key = script.deposit()
    script.tx(reduced(0, key, 1, WAD, 3000 * WAD, (9 * WAD, 27_000 * WAD), acquired_at=script.time))
    with pytest.raises(LedgerError, match="closing event of LotReduced must still come"):
        replay(script).state()
    script.tx(("PausedSet", {"flags": 1}))
    refused(script, "still owed")


def test_the_time_of_a_block_is_one_and_never_goes_back() -> None:
    script = Script().vault()
    script.tx(("PausedSet", {"flags": 1}), after=-24)
    refused(script, "time does not fit")


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"lot": 1}, "is 0, not 1"),
        ({"source": 5}, "no source 5"),
        ({"source": 4}, "no lot was split"),
        ({"units": 0}, "0 units"),
        ({"basis": 1}, "belongs to band"),
    ],
)
def test_lots_that_cannot_open_are_refused(changes: dict[str, int], match: str) -> None:
    script = Script().vault()
    key = script.key(0, 1, 3000 * WAD)
    name, args = script.opened(0, key, WAD, 3000 * WAD)
    script.tx((name, args | changes))
    refused(script, match)


def test_an_event_with_values_that_fit_no_word_is_refused() -> None:
    script = Script().vault()
    script.tx(("LimitsSet", {"asset": 0, "min_deposit": 1 << 128, "cohort_cap": 0}))
    refused(script, "min_deposit of a limits word")


@pytest.mark.parametrize(
    ("key_of", "match"),
    [
        (lambda s: s.key(0, 1, 3000 * WAD, days=1), "takes no units on this day"),
        (lambda s: s.key(0, 1, 3000 * WAD, shard=2**31 + 1), "takes no units"),
        (lambda s: s.key(5, 1, 3000 * WAD), "does not exist"),
        (lambda s: s.key(0, 9, 3000 * WAD), "does not exist"),
    ],
)
def test_cohorts_that_nobody_can_join_are_refused(key_of: Any, match: str) -> None:
    script = Script().vault()
    script.tx(script.opened(0, key_of(script), WAD, 3000 * WAD))
    refused(script, match)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"lot": 7}, "no open lot 7"),
        ({"flags": 1}, "not in that state"),
        ({"units": 2 * WAD}, "the lot has"),
        ({"basis": 2999 * WAD, "basis_left": 27_001 * WAD}, "another part"),
        ({"kind": 9}, "no kind 9"),
    ],
)
def test_reductions_that_cannot_be_are_refused(changes: dict[str, int], match: str) -> None:
    script = Script().vault()
    key = script.deposit()
    name, args = reduced(
        0, key, 1, WAD, 3000 * WAD, (9 * WAD, 27_000 * WAD), acquired_at=script.time
    )
    script.tx((name, args | changes))
    refused(script, match)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (withdrawn(2 * WAD), "add up to"),
        (withdrawn(WAD, asset=1), "does not close"),
        (sold(WAD, 1, 1), "does not close"),
    ],
)
def test_closing_events_must_fit_what_they_close(call: Any, match: str) -> None:
    script = Script().vault()
    key = script.deposit()
    part = reduced(0, key, 1, WAD, 3000 * WAD, (9 * WAD, 27_000 * WAD), acquired_at=script.time)
    script.tx(part, call)
    refused(script, match)


def test_a_withdrawal_of_nothing_is_refused() -> None:
    script = Script().vault()
    script.deposit()
    script.tx(withdrawn(0))
    refused(script, "does not close")


@pytest.mark.parametrize(
    ("position", "changes", "match"),
    [
        (0, {"units": 9 * WAD}, "has 10000000000000000000 units"),
        (0, {"harvest": 2}, "next harvest is 1, not 2"),
        (2, {"sold": 9 * WAD}, "add up to"),
        (2, {"net": 24_949 * USD6}, "gross less fee"),
        (2, {"fee": 49 * USD6, "net": 24_951 * USD6}, "proceeds' shares"),
        (2, {"price_out": 9 * WAD // 10}, "proceeds' shares"),
        (2, {"asset_in": 1}, "another asset"),
        (2, {"bucket_used": 6 * WAD}, "bucket"),
    ],
)
def test_harvests_that_do_not_add_up_are_refused(
    position: int, changes: dict[str, int], match: str
) -> None:
    script, _, _ = harvested()
    at = len(script.events) - 3 + position
    bad = script.events[at].model_copy(update=changes)
    ledger = Ledger().apply_all(script.events[:at])
    with pytest.raises(LedgerError, match=match):
        ledger.apply(bad)


def test_a_lot_of_a_harvested_cohort_cannot_be_reduced_before_its_roll() -> None:
    script, key, _ = harvested()
    acquired = replay(script).state().lot(DEPOSITOR, 0).acquired_at
    script.tx(reduced(0, key, 1, WAD, 3000 * WAD, (9 * WAD, 27_000 * WAD), acquired_at=acquired))
    refused(script, "is harvested")


def test_a_roll_that_disagrees_with_the_harvests_is_refused() -> None:
    script, _, new = harvested()
    good = {
        "owner": DEPOSITOR,
        "lot": 0,
        "hops": 1,
        "key": new,
        "units": 24_950 * USD6,
        "basis": 19_960 * WAD,
        "acquired_at": script.time,
    }
    for changes in ({"units": 24_950 * USD6 + 1}, {"hops": 2}, {"acquired_at": 5}, {"basis": 0}):
        again = Script()
        again.events, again.block, again.time, again._index = (
            list(script.events),
            script.block,
            script.time,
            len(script.events),
        )
        again.tx(("LotRolled", good | changes))
        refused(again, "harvests make")


# ---------------------------------------------------------------- states
def test_a_difference_names_the_word() -> None:
    script = Script().vault()
    before = replay(script).state()
    key = script.deposit()
    after = replay(script).state()
    assert before.difference(before) == ()
    lines = before.difference(after)
    assert f"cohorts {key}: None != {10 * WAD << 128}" in lines
    assert any(line.startswith("lots (") for line in lines)
    assert any(line.startswith("lot_counts") for line in lines)
    assert after.difference(replay(script).state()) == ()
