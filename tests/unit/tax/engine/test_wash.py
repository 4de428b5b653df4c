from __future__ import annotations

import pytest

from tests.unit.tax.engine.lot_ledgers import ledger, left, sold, us
from vaultsdk.tax.compute import compute
from vaultsdk.tax.errors import LedgerProblemsError
from vaultsdk.tax.exact import exact
from vaultsdk.tax.identity import Confidence
from vaultsdk.tax.ledger.event import WAD, Event, Kind, iso, order_of, ordinal
from vaultsdk.tax.ledger.ledger import Ledger
from vaultsdk.tax.profiles import profile
from vaultsdk.tax.result import TaxResult


def washed(*rows: str, **options: str) -> TaxResult:
    return us(*rows, name="us-wash", **options)


def disallowed(result: TaxResult) -> list[tuple[str, str]]:
    return [(one.event, exact(one.disallowed)) for one in result.disposals]


@pytest.mark.parametrize(
    ("bought", "amount"),
    [
        ("2024-05-31", "0"),  # 31 days before
        ("2024-06-01", "40"),  # 30 days before
        ("2024-07-01", "40"),
        ("2024-07-31", "40"),  # 30 days after
        ("2024-08-01", "0"),  # 31 days after
    ],
)
def test_the_window_is_thirty_days_both_ways(bought: str, amount: str) -> None:
    result = washed(
        "b 2024-01-01 buy X 10 total=100",
        "s 2024-07-01 sell X 10 total=60",
        f"n {bought} buy X 10 total=70",
    )
    assert disallowed(result) == [("s", amount)]


def test_a_part_that_is_bought_back_washes_a_part() -> None:
    result = washed(
        "b 2024-01-01 buy X 10 total=100",
        "s 2024-07-01 sell X 10 total=60",
        "n 2024-07-05 buy X 3 total=21",
    )
    assert disallowed(result) == [("s", "12")]
    assert left(result) == [("n", "", "3", "33", "2024-01-05")]


def test_a_loss_is_carried_from_replacement_to_replacement_with_the_days_held() -> None:
    result = washed(
        "b 2023-01-01 buy X 1 total=100",
        "s 2024-01-01 sell X 1 total=70",
        "n 2024-01-11 buy X 1 total=70",
        "t 2024-01-21 sell X 1 total=50",
        "m 2024-02-20 buy X 1 total=50",
        "u 2024-04-01 sell X 1 total=55",
    )
    assert [(one.event, exact(one.gain), exact(one.recognised)) for one in result.disposals] == [
        ("s", "-30", "0"),
        ("t", "-50", "0"),
        ("u", "-45", "-45"),
    ]
    # 365 days, 10 more, 41 more.
    (last,) = [one for one in result.disposals if one.event == "u"]
    assert last.acquired == last.disposed - (365 + 10 + 41)
    assert last.term == "long"


def test_what_was_bought_in_the_same_purchase_replaces_nothing() -> None:
    result = washed("b 2024-06-20 buy X 10 total=100", "s 2024-07-01 sell X 4 total=20")
    assert disallowed(result) == [("s", "0")]


def test_nor_does_it_after_a_wrap_has_given_it_another_name() -> None:
    result = washed(
        "b 2024-06-20 buy ETH 10 total=100",
        "o 2024-06-25 wrap ETH 5 group=w side=out",
        "i 2024-06-25 wrap WETH 5 group=w side=in",
        "s 2024-07-01 sell ETH 4 total=20",
    )
    assert disallowed(result) == [("s", "0")]


def test_another_purchase_in_the_same_wrap_does_replace() -> None:
    result = washed(
        "b 2024-06-20 buy ETH 5 total=50",
        "c 2024-06-21 buy ETH 5 total=50",
        "o 2024-06-25 wrap ETH 10 group=w side=out",
        "i 2024-06-25 wrap WETH 10 group=w side=in",
        "s 2024-07-01 sell WETH 5 total=20",
    )
    assert disallowed(result) == [("s", "30")]


def test_what_a_wrap_took_away_and_another_brought_back_can_replace_again() -> None:
    result = washed(
        "n 2024-06-20 buy ETH 1 total=5",
        "o 2024-06-21 wrap ETH 1 group=w side=out",
        "i 2024-06-21 wrap STK 1 group=w side=in",
        "b 2024-06-22 buy ETH 2 total=20",
        "s 2024-06-23 sell ETH 1 total=5",  # nothing is there to replace it
        "p 2024-06-24 wrap STK 1 group=v side=out",
        "q 2024-06-24 wrap ETH 1 group=v side=in",
        "t 2024-06-25 sell ETH 1 total=6 lot=b",
    )
    assert disallowed(result) == [("s", "0"), ("t", "4")]


def test_units_sold_in_the_same_transaction_replace_nothing() -> None:
    result = washed(
        "b 2024-01-01 buy X 5 total=100",
        "n 2024-06-30 buy X 5 total=20",
        "s 2024-07-01 sell X 10 total=100",
    )
    assert disallowed(result) == [("s", "0"), ("s", "0")]


def test_a_unit_replaces_once() -> None:
    result = washed(
        "b 2024-01-01 buy X 4 total=40",
        "n 2024-06-30 buy X 2 total=10",
        "s 2024-07-01 sell X 2 total=10",
        "t 2024-07-02 sell X 2 total=10",
    )
    assert disallowed(result) == [("s", "10"), ("t", "0")]


def test_a_unit_that_has_replaced_and_been_moved_replaces_no_other_loss() -> None:
    result = washed(
        "b 2025-01-01 buy X 4 total=40 wallet=a",
        "n 2025-06-30 buy X 2 total=10 wallet=b",
        "s 2025-07-01 sell X 2 total=10 wallet=a",
        "m 2025-07-01 transfer X 2 wallet=b to_wallet=c",
        "t 2025-07-02 sell X 2 total=10 wallet=a",
    )
    assert disallowed(result) == [("s", "10"), ("t", "0")]


def test_nor_does_one_that_the_start_of_2025_allocated_to_a_wallet() -> None:
    result = washed(
        "b 2024-01-01 buy X 4 total=40 wallet=a",
        "n 2024-12-20 buy X 2 total=10 wallet=b",
        "s 2024-12-30 sell X 2 total=10 wallet=a",
        "t 2025-01-02 sell X 2 total=10 wallet=a",
    )
    assert disallowed(result) == [("s", "10"), ("t", "0")]


def test_a_part_of_a_loss_is_rounded_down_and_the_rest_waits() -> None:
    result = washed(
        "b 2024-01-01 buy X 3 total=100",
        "s 2024-07-01 sell X 3 total=0",
        "n 2024-07-02 buy X 1 total=1",
        "m 2024-07-03 buy X 2 total=2",
    )
    assert [exact(one.amount) for one in result.adjustments] == [
        "33.333333333333333333",
        "66.666666666666666667",
    ]


def test_the_earliest_purchase_replaces_whatever_the_method_sells() -> None:
    rows = (
        "b 2024-01-01 buy X 1 total=100",
        "m 2024-06-20 buy X 1 total=10",
        "n 2024-06-30 buy X 1 total=20",
        "s 2024-07-01 sell X 1 total=60",
    )
    result = washed(*rows, method="hifo")
    assert [one.replacement for one in result.adjustments] == ["m"]


def test_the_earliest_loss_is_replaced_first() -> None:
    result = washed(
        "b 2024-01-01 buy X 2 total=20",
        "s 2024-07-01 sell X 1 total=6",
        "t 2024-07-02 sell X 1 total=5",
        "n 2024-07-03 buy X 1 total=5",
    )
    assert disallowed(result) == [("s", "4"), ("t", "0")]


def test_other_wallets_and_other_owners_buy_replacements_too() -> None:
    result = washed(
        "b 2025-01-01 buy X 2 total=20 wallet=a owner=one",
        "s 2025-07-01 sell X 2 total=10 wallet=a owner=one",
        "n 2025-07-02 buy X 1 total=5 wallet=c owner=one",
        "m 2025-07-03 buy X 1 total=5 wallet=d owner=two",
    )
    assert disallowed(result) == [("s", "10")]
    assert [(one.replacement, one.owner) for one in result.adjustments] == [
        ("n", "one"),
        ("m", "two"),
    ]


def test_wrapped_ether_replaces_ether_and_staked_ether_only_for_the_most_cautious() -> None:
    rows = (
        "b 2024-01-01 buy ETH 1 total=20",
        "s 2024-07-01 sell ETH 1 total=10",
        "n 2024-07-02 buy {} 1 total=10",
    )

    def asked(asset: str, confidence: Confidence) -> str:
        lots = ledger(*(row.format(asset) for row in rows))
        result = compute(lots, profile("us-wash"), confidence=confidence)
        return exact(result.disposals[0].disallowed)

    assert asked("WETH", Confidence.HIGH) == "10"
    assert asked("rETH", Confidence.MEDIUM) == "0"
    assert asked("rETH", Confidence.LOW) == "10"


def test_assets_of_one_class_must_have_the_same_decimals() -> None:
    day = ordinal("2024-01-01")
    order = order_of(day, Kind.BUY, None)
    events = [
        Event("b", Kind.BUY, order, day, "WBTC", 10**8, WAD, row=2),
        Event("n", Kind.BUY, order, day, "tBTC", 10**18, WAD, row=3),
    ]
    lots = Ledger.of(events, {"WBTC": 8, "tBTC": 18})
    assert compute(lots, profile("us-wash")).open_lots
    with pytest.raises(LedgerProblemsError, match="row 3, column asset: n: tBTC has 18 decimals"):
        compute(lots, profile("us-wash"), confidence=Confidence.MEDIUM)


def test_what_was_received_as_a_gift_replaces_nothing_but_can_be_sold_at_a_loss() -> None:
    result = washed(
        "b 2024-01-01 buy X 1 total=20",
        "g 2024-06-30 gift_in X 1 total=15 acquired=2024-06-20",
        "s 2024-07-01 sell X 1 total=10 lot=b",
        "t 2024-08-20 sell X 1 total=10 lot=g",
        "n 2024-08-21 buy X 1 total=10",
    )
    assert disallowed(result) == [("s", "0"), ("t", "5")]


def test_units_moved_by_the_transfer_replace_the_loss_on_its_fee() -> None:
    result = washed(
        "b 2025-01-01 buy X 1 total=20 wallet=a",
        "n 2025-06-30 buy X 2 total=20 wallet=a",
        "m 2025-07-01 transfer X 3 fee_quantity=1 total=8 wallet=a to_wallet=c",
    )
    assert disallowed(result) == [("m", "12")]
    assert left(result) == [
        ("n", "c", "1", "22", "2024-12-31"),
        ("n", "c", "1", "10", "2025-06-30"),
    ]


def test_a_transfer_in_counts_by_the_day_of_its_purchase() -> None:
    def result(acquired: str) -> TaxResult:
        return washed(
            "b 2024-01-01 buy X 1 total=20",
            "s 2024-07-01 sell X 1 total=10",
            f"i 2024-07-10 transfer X 1 total=10 acquired={acquired} to_wallet=a",
        )

    assert disallowed(result("2024-06-01")) == [("s", "10")]
    assert disallowed(result("2024-05-31")) == [("s", "0")]


def test_gains_are_left_alone_and_each_part_of_a_sale_stands_for_itself() -> None:
    result = washed(
        "b 2024-01-01 buy X 1 total=20",
        "c 2024-01-02 buy X 1 total=4",
        "s 2024-07-01 sell X 2 total=20",
        "n 2024-07-02 buy X 2 total=20",
    )
    assert sold(result) == [("s", "b", "1", "-10"), ("s", "c", "1", "6")]
    assert disallowed(result) == [("s", "10"), ("s", "0")]
    assert sum(one.quantity for one in result.adjustments) == WAD


def test_windows_that_are_open_on_the_day_asked_for_are_told() -> None:
    asked = ledger("b 2024-01-01 buy X 1 total=20", "s 2024-07-01 sell X 1 total=10")
    for day, told in (("2024-07-30", True), ("2024-07-31", False)):
        result = compute(asked, profile("us-wash"), as_of=ordinal(day))
        assert any("up to 2024-07-31" in note for note in result.notes) is told


def test_the_adjustment_names_loss_and_replacement() -> None:
    result = washed(
        "b 2024-01-01 buy X 2 total=20",
        "s 2024-07-01 sell X 2 total=10",
        "n 2024-07-02 buy X 1 total=6",
    )
    (one,) = result.adjustments
    assert (one.event, one.lot, one.replacement, one.rule) == ("s", "b", "n", "wash sale")
    assert (exact(one.quantity), exact(one.amount), one.carried) == ("1", "5", True)
    assert one.acquired is not None
    assert iso(one.acquired) == "2024-01-02"  # 182 days before
