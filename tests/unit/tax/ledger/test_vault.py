"""What each thing in a vault's log becomes in the ledger, number by number."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.core.script import (
    DAY,
    DAY_ONE,
    DEPOSITOR,
    KEEPER,
    RECEIVER,
    WAD,
    Script,
    harvest_calls,
    reduced,
    sold,
    withdrawn,
)
from vaultsdk.core.errors import LedgerError
from vaultsdk.core.ledger import Ledger as VaultLedger
from vaultsdk.core.lot import OfferKind
from vaultsdk.core.model import int_to_address
from vaultsdk.tax.errors import LedgerProblemsError, TaxError
from vaultsdk.tax.ledger.event import Event, Kind, Named, iso, ordinal
from vaultsdk.tax.ledger.ledger import Ledger
from vaultsdk.tax.ledger.vault import events_of_vault

USD6 = 10**6
VAULT = int_to_address(0xBEEF)
STEM = f"1:{VAULT}"
WALLET = f"vault:{STEM}"
LOT = f"{STEM}:{DEPOSITOR}:0"
MINE = (DEPOSITOR,)


def told(script: Script, owners: Any = MINE, **options: Any) -> Ledger:
    return events_of_vault(
        VaultLedger().apply_all(script.events),
        chain_id=1,
        vault=VAULT.lower(),
        owners=owners,
        **{"symbols": {0: "WETH", 1: "wstETH"}, "quote_decimals": 6, **options},
    )


def withdraw_part(script: Script, key: int, to: str = DEPOSITOR) -> Script:
    """2 of 10, three hours after the deposit."""
    name, args = withdrawn(2 * WAD)
    part = reduced(0, key, 1, 2 * WAD, 6000 * WAD, (8 * WAD, 24_000 * WAD), acquired_at=script.time)
    return script.tx(part, (name, {**args, "to": to}), after=3 * 3600)


# ---------------------------------------------------------------- in
def test_a_deposit_at_the_oracles_price_comes_in_without_a_disposal() -> None:
    script = Script().vault()
    script.deposit()
    ledger = told(script, taxpayer="me")
    (event,) = ledger.events
    assert event == Event(
        id=LOT,
        kind=Kind.TRANSFER_IN,
        order=event.order,
        day=ordinal("2024-10-04"),
        asset="WETH",
        quantity=10 * WAD,
        total=30_000 * WAD,
        wallet=WALLET,
        owner="me",
        acquired=ordinal("2024-10-04"),
        note="deposit; basis at the oracle's price, so acquired at the deposit",
        time="2024-10-04T00:00:36Z",
    )
    assert ledger.currency == "USD"
    assert ledger.decimals == {"WETH": 18}
    assert ledger.source == f"vault {STEM}"


def test_a_declared_deposit_brings_its_date() -> None:
    script = Script().vault()
    key = script.key(0, 1, 3000 * WAD)
    opened = script.opened(0, key, WAD, 3000 * WAD, source=1, flags=1, acquired_at=1_600_000_000)
    (event,) = told(script.tx(opened)).events
    assert event.acquired is not None
    assert iso(event.acquired) == "2020-09-13"
    assert event.note == "deposit; basis and date as the owner declared them"


def test_a_purchase_is_a_buy_at_the_lots_basis() -> None:
    script = Script().vault()
    key = script.key(0, 1, 3000 * WAD)
    paid = {"quote_amount": 3000 * USD6, "quote_price": WAD, "quote_time": 7}
    script.tx(
        script.opened(0, key, WAD, 3000 * WAD, source=3, flags=1),
        ("Bought", {"owner": DEPOSITOR, "lot": 0, **paid}),
    )
    (event,) = told(script).events
    assert (event.kind, event.id, event.total, event.fee) == (Kind.BUY, LOT, 3000 * WAD, 0)
    assert event.acquired is None
    assert event.note.endswith("which no price on chain vouches for")


# ---------------------------------------------------------------- out
def test_a_withdrawal_moves_named_units_to_the_receivers_wallet() -> None:
    script = Script().vault()
    key = script.deposit()
    _, event = told(withdraw_part(script, key)).events
    place = script.events[-2]
    assert event.id == f"{LOT}/withdrawn@{place.block_number}.{place.log_index}"
    assert (event.kind, event.quantity, event.total) == (Kind.TRANSFER, 2 * WAD, 0)
    assert (event.wallet, event.to_wallet) == (WALLET, DEPOSITOR)
    assert event.lot == (Named(LOT, 2 * WAD),)
    assert event.note == "withdrawn; carries basis and time"


def test_a_withdrawal_to_an_address_that_nobody_named_says_so() -> None:
    script = Script().vault()
    key = script.deposit()
    withdraw_part(script, key, to=RECEIVER)
    assert "book a gift, payment or sale instead" in told(script).events[1].note
    assert "instead" not in told(script, (DEPOSITOR, RECEIVER)).events[1].note


def test_a_gate_passes_on_to_the_owner() -> None:
    script = Script().vault()
    key = script.deposit()
    withdraw_part(script, key, to=KEEPER)
    event = told(script, gates=[KEEPER.lower()]).events[1]
    assert event.to_wallet == DEPOSITOR
    assert KEEPER in event.note


def sale(price: int) -> Script:
    """Two lots of 1 sold together for 4,000.000001."""
    script = Script().vault()
    key = script.key(0, 1, 3000 * WAD)
    times = []
    for number in range(2):
        script.tx(script.opened(number, key, WAD, 3000 * WAD))
        times.append(script.time)
    parts = [
        reduced(number, key, 2, WAD, 3000 * WAD, (0, 0), acquired_at=times[number])
        for number in range(2)
    ]
    return script.tx(*parts, sold(2 * WAD, 4000 * USD6 + 1, 2, price=price))


def test_a_sale_is_worth_its_share_of_the_quote_at_the_logs_price() -> None:
    *_, one, two = told(sale(99 * WAD // 100)).events
    assert (one.kind, one.total, two.total) == (
        Kind.SELL,
        1980 * WAD,
        1980 * WAD + 99 * WAD // 100 // USD6,
    )
    assert one.lot == (Named(LOT, WAD),)
    assert two.lot == (Named(f"{STEM}:{DEPOSITOR}:1", WAD),)
    assert one.id.startswith(f"{LOT}/sold@")


def test_sales_without_a_price_are_all_listed() -> None:
    script = sale(0)
    with pytest.raises(LedgerProblemsError) as caught:
        told(script)
    assert [problem.column for problem in caught.value.problems] == ["total"] * 2
    for number in range(2):
        assert f"the sale of {STEM}:{DEPOSITOR}:{number} in transaction" in str(caught.value)
    assert script.events[-1].tx_hash in str(caught.value)

    *_, one, _ = told(script, assumed_quote_price=WAD // 2).events
    assert one.total == 1000 * WAD
    assert "0.5 USD assumed" in one.note
    # What came after the last block asked for is nobody's problem.
    assert len(told(script, until=script.time - 1).events) == 2


# ---------------------------------------------------------------- harvests
def harvested() -> tuple[Script, int]:
    """10 at 3,000 and 5 at 2,900 harvested three days later into 25,000 at 0.8, fee 50.000001."""
    script = Script().vault()
    one = script.deposit()
    two = script.deposit(1, 5 * WAD, 2900)
    logs, new = harvest_calls(
        script,
        {one: 10 * WAD, two: 5 * WAD},
        gross=25_000 * USD6,
        fee=50 * USD6 + 1,
        price_out=8 * WAD // 10,
        after=3 * DAY,
    )
    script.tx(*logs, after=3 * DAY)
    return script, new


def test_a_harvest_is_a_pair_of_legs_for_each_lot_and_the_keepers_fee_is_a_cost() -> None:
    script, _ = harvested()
    ledger = told(script)
    out, into, other_out, other_in = ledger.events[2:]
    received = (24_950 * USD6 - 1) * 10 // 15
    proceeds = received * 8 * WAD // 10 // USD6
    fee = (50 * USD6 + 1) * 10 * 8 * WAD // 10 // 15 // USD6
    assert (out.id, into.id) == (f"{LOT}/harvest1", f"{LOT}@1")
    assert out.group == into.group == out.id
    assert (out.kind, into.kind) == (Kind.HARVEST_OUT, Kind.HARVEST_IN)
    assert (out.asset, into.asset) == ("WETH", "wstETH")
    assert (out.quantity, into.quantity) == (10 * WAD, received)
    assert (out.total, out.fee) == (proceeds + fee, fee)
    assert (into.total, into.fee) == (proceeds, 0)
    assert out.lot == (Named(LOT, 10 * WAD),)
    assert out.day == into.day == ordinal("2024-10-07")
    assert out.note.startswith("harvest 1: 10 WETH of the 15 sold became")
    assert (other_out.id, other_in.id) == (
        f"{STEM}:{DEPOSITOR}:1/harvest1",
        f"{STEM}:{DEPOSITOR}:1@1",
    )
    assert ledger.decimals == {"WETH": 18, "wstETH": 6}
    # No lot is charged more than its share: the fee of all is the harvest's, or a little less.
    whole = (50 * USD6 + 1) * 8 * WAD // 10 // USD6
    assert whole - 2 < out.fee + other_out.fee <= whole


def test_a_roll_changes_nothing_about_a_harvest() -> None:
    script, new = harvested()
    before = told(script)
    units = (24_950 * USD6 - 1) * 10 // 15
    fields = {"owner": DEPOSITOR, "lot": 0, "hops": 1, "key": new, "units": units}
    basis = units * 8 * WAD // 10 // USD6
    script.tx(("LotRolled", {**fields, "basis": basis, "acquired_at": script.time}))
    assert told(script) == before


def test_a_second_harvest_names_only_itself() -> None:
    script, new = harvested()
    # The shares of both policies round down, so the cohort holds all but a unit at most.
    units = VaultLedger().apply_all(script.events).state().open_cohorts()[new]
    logs, _ = harvest_calls(
        script,
        {new: units},
        number=2,
        gross=9 * WAD,
        price_out=2000 * WAD,
        asset_out=0,
        after=2 * DAY,
    )
    script.tx(*logs, after=2 * DAY)
    out, into = [event for event in told(script).events if event.group.endswith("harvest2")][:2]
    assert (out.id, out.lot[0].lot, into.id) == (f"{LOT}@1/harvest2", f"{LOT}@1", f"{LOT}@2")


def test_a_harvest_that_gives_less_than_one_unit_has_no_leg_in() -> None:
    script = Script().vault()
    key = script.key(0, 1, 3 * WAD)
    script.tx(script.opened(0, key, 1, 3))
    script.tx(script.opened(1, key, 10 * WAD, 30 * WAD))
    logs, _ = harvest_calls(
        script,
        {key: 10 * WAD + 1},
        gross=20 * USD6,
        fee=10 * USD6,
        price_out=WAD,
        after=3 * DAY,
    )
    script.tx(*logs, after=3 * DAY)
    dust = [event for event in told(script).events if event.id.startswith(f"{LOT}/")]
    (gone,) = dust
    assert (gone.kind, gone.quantity, gone.group) == (Kind.SELL, 1, "")
    assert gone.total - gone.fee == 0
    assert gone.lot == (Named(LOT, 1),)


# ---------------------------------------------------------------- new numbers, new owners
def test_a_part_under_another_policy_is_the_same_units_in_a_new_lot() -> None:
    script = Script().vault()
    key = script.deposit()
    new = script.key(0, 0, 3000 * WAD)
    acquired = script.time
    left = (6 * WAD, 18_000 * WAD)
    script.tx(
        reduced(0, key, 3, 4 * WAD, 12_000 * WAD, left, acquired_at=acquired),
        script.opened(1, new, 4 * WAD, 12_000 * WAD, source=4, acquired_at=acquired),
    )
    _, out, into = told(script).events
    part = f"{STEM}:{DEPOSITOR}:1"
    assert (out.kind, into.kind) == (Kind.WRAP_OUT, Kind.WRAP_IN)
    assert (out.lot, into.id) == ((Named(LOT, 4 * WAD),), part)
    assert out.group == into.group == part
    assert out.quantity == into.quantity == 4 * WAD
    assert out.total == into.total == 0
    assert out.id.startswith(f"{LOT}/split@")


def test_a_change_of_policy_of_the_whole_is_nothing() -> None:
    script = Script().vault()
    key = script.deposit()
    before = told(script)
    new = script.key(0, 0, 0)
    script.tx(("PolicyChanged", {"owner": DEPOSITOR, "lot": 0, "key": new, "from_key": key}))
    assert told(script) == before


def claimed(kind: OfferKind) -> Script:
    script = Script().vault()
    key = script.deposit()
    terms = {"owner": DEPOSITOR, "lot": 0, "to": RECEIVER, "nonce": 1, "kind": int(kind)}
    seen = {"units": 10 * WAD, "basis": 30_000 * WAD, "acquired_at": script.time, "flags": 0}
    script.tx(
        ("LotOffered", terms),
        ("LotClaimed", {**terms, "new_lot": 0, "key": key, **seen}),
        after=DAY,
    )
    return script


def test_a_claim_within_one_taxpayer_is_the_same_units_whatever_was_declared() -> None:
    for kind in OfferKind:
        _, out, into = told(claimed(kind), (RECEIVER, DEPOSITOR)).events
        assert (out.kind, into.kind) == (Kind.WRAP_OUT, Kind.WRAP_IN)
        assert out.group == into.group == into.id == f"{STEM}:{RECEIVER}:0"
        assert out.lot == (Named(LOT, 10 * WAD),)


def test_a_claim_by_somebody_else_is_a_gift_from_both_sides() -> None:
    script = claimed(OfferKind.GIFT)
    _, out = told(script).events
    (into,) = told(script, (RECEIVER,)).events
    assert (out.kind, out.total, out.valued) == (Kind.GIFT_OUT, 0, False)
    assert out.note == f"claimed by {RECEIVER}; declared as a gift"
    assert (into.kind, into.total, into.id) == (
        Kind.GIFT_IN,
        30_000 * WAD,
        f"{STEM}:{RECEIVER}:0",
    )
    assert into.acquired == ordinal("2024-10-04")
    assert into.day == ordinal("2024-10-05")

    everybody = told(script, None)
    assert [(event.kind, event.owner) for event in everybody.events] == [
        (Kind.TRANSFER_IN, DEPOSITOR),
        (Kind.GIFT_OUT, DEPOSITOR),
        (Kind.GIFT_IN, RECEIVER),
    ]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (OfferKind.OWN_WALLET, "not among those named as this taxpayer's"),
        (OfferKind.OTHER, "if it was sold, book a sale"),
    ],
)
def test_what_was_declared_is_told_where_it_is_taken_for_a_gift(
    kind: OfferKind, words: str
) -> None:
    for event in told(claimed(kind), None).events[1:]:
        assert words in event.note


# ---------------------------------------------------------------- whose, when, what
def test_only_the_taxpayers_own_lots_are_told() -> None:
    script = Script().vault()
    script.deposit()
    assert told(script, (RECEIVER,)).events == ()
    assert len(told(script, (RECEIVER, DEPOSITOR.lower())).events) == 1


def test_days_are_the_taxpayers() -> None:
    script = Script().vault()
    script.deposit()
    (event,) = told(script, timezone="America/New_York").events
    assert (iso(event.day), event.time) == ("2024-10-03", "2024-10-04T00:00:36Z")
    assert event.acquired == event.day
    with pytest.raises(TaxError, match="time zone"):
        told(script, timezone="Mars/Olympus")


def test_what_comes_after_the_last_moment_is_left_out() -> None:
    script, _ = harvested()
    assert [event.kind for event in told(script, until=script.time - 1).events] == [5, 5]
    assert len(told(script, until=script.time).events) == 6
    assert told(script, until=DAY_ONE).events == ()


def test_every_asset_needs_a_symbol_of_its_own() -> None:
    script, _ = harvested()
    with pytest.raises(TaxError, match=r"asset 1 of vault .* has no symbol"):
        told(script, symbols={0: "WETH"})
    with pytest.raises(TaxError, match="assets 0 and 1 of the vault are both called ETH"):
        told(script, symbols={0: "ETH", 1: "ETH"})
    # A table for several vaults does no harm.
    assert told(script, symbols={0: "WETH", 1: "wstETH", 9: "WETH"}).decimals["WETH"] == 18


def test_a_log_that_ends_within_a_transaction_is_refused() -> None:
    script = Script().vault()
    key = script.deposit()
    withdraw_part(script, key)
    script.events.pop()
    with pytest.raises(LedgerError, match="must still come"):
        told(script)
