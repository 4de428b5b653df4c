"""Single lots: which are taken, what goes with them, and what is refused."""

from __future__ import annotations

import pytest

from tests.unit.tax.engine.lot_ledgers import ledger, left, sold, us
from vaultsdk.tax.compute import compute
from vaultsdk.tax.errors import LedgerProblemsError, TaxError
from vaultsdk.tax.exact import exact
from vaultsdk.tax.profiles import profile

THREE = (
    "b1 2020-01-01 buy X 10 total=100",
    "b2 2020-02-01 buy X 10 total=300",
    "b3 2020-03-01 buy X 10 total=200",
)


def problems(*rows: str, **options: str) -> list[tuple[int, str, str]]:
    with pytest.raises(LedgerProblemsError) as caught:
        us(*rows, **options)
    return [tuple(problem) for problem in caught.value.problems]  # type: ignore[misc]


@pytest.mark.parametrize(
    ("method", "lots"),
    [("fifo", ["b1", "b2"]), ("lifo", ["b3", "b2"]), ("hifo", ["b2", "b3"])],
)
def test_a_method_takes_lots_in_its_order(method: str, lots: list[str]) -> None:
    result = us(*THREE, "s 2020-04-01 sell X 15 total=300", method=method)
    assert [one.lot for one in result.disposals] == lots
    assert {one.rule for one in result.disposals} == {method.upper()}


def test_named_lots_are_taken_and_the_rest_of_the_ledger_is_first_in_first_out() -> None:
    result = us(*THREE, "s 2020-04-01 sell X 4 total=80 lot=b3", "t 2020-05-01 sell X 4 total=80")
    assert sold(result) == [("s", "b3", "4", "0"), ("t", "b1", "4", "40")]
    assert [one.rule for one in result.disposals] == ["SPEC", "FIFO"]


def test_several_named_lots_give_what_is_asked_of_each() -> None:
    result = us(*THREE, "s 2020-04-01 sell X 5 total=100 lot=b3=2;b1=3")
    assert [(one.lot, exact(one.quantity)) for one in result.disposals] == [
        ("b3", "2"),
        ("b1", "3"),
    ]


def test_names_are_not_used_by_other_methods_and_that_is_said() -> None:
    result = us(*THREE, "s 2020-04-01 sell X 4 total=80 lot=b3", method="fifo")
    assert [one.lot for one in result.disposals] == ["b1"]
    assert "only method spec identifies lots" in result.notes[0]


def test_fees_raise_basis_and_lower_proceeds() -> None:
    result = us("b1 2020-01-01 buy X 3 total=99 fee=1", "s 2020-02-01 sell X 2 total=80 fee=5")
    (one,) = result.disposals
    assert (exact(one.basis), exact(one.proceeds), exact(one.fee)) == (
        "66.666666666666666666",
        "75",
        "5",
    )
    assert left(result) == [("b1", "", "1", "33.333333333333333334", "2020-01-01")]


@pytest.mark.parametrize(
    ("acquired", "disposed", "term"),
    [
        ("2021-01-01", "2022-01-01", "short"),
        ("2021-01-01", "2022-01-02", "long"),
        ("2020-02-29", "2021-02-28", "short"),
        ("2020-02-29", "2021-03-01", "long"),
        ("2019-02-28", "2020-02-28", "short"),
        ("2019-02-28", "2020-02-29", "short"),
        ("2019-02-28", "2020-03-01", "long"),
        ("2020-02-28", "2021-02-28", "short"),
        ("2020-02-28", "2021-03-01", "long"),
    ],
)
def test_long_term_is_more_than_a_year_by_the_calendar(
    acquired: str, disposed: str, term: str
) -> None:
    result = us(f"b {acquired} buy X 1 total=1", f"s {disposed} sell X 1 total=2")
    assert [one.term for one in result.disposals] == [term]


@pytest.mark.parametrize(
    ("acquired", "disposed", "term"),
    [
        ("2021-01-01", "2022-01-01", "short"),
        ("2021-01-01", "2022-01-02", "long"),
        ("2020-02-29", "2021-02-28", "short"),
        ("2020-02-29", "2021-03-01", "long"),
        ("2019-02-28", "2020-02-29", "long"),
    ],
)
def test_in_germany_the_year_ends_on_the_anniversary(
    acquired: str, disposed: str, term: str
) -> None:
    result = us(f"b {acquired} buy X 1 total=1", f"s {disposed} sell X 1 total=2", name="de")
    assert [one.term for one in result.disposals] == [term]


# ---------------------------------------------------------------- wallets
TWO_WALLETS = (
    "b1 2025-01-01 buy X 10 total=100 wallet=a",
    "b2 2025-01-02 buy X 10 total=300 wallet=b",
)


def test_from_2025_a_wallet_sells_its_own_lots() -> None:
    result = us(*TWO_WALLETS, "s 2025-02-01 sell X 5 total=100 wallet=b")
    assert sold(result) == [("s", "b2", "5", "-50")]
    assert [one[1] for one in left(result)] == ["a", "b"]


def test_universal_scope_takes_the_earliest_wherever_it_is() -> None:
    result = us(*TWO_WALLETS, "s 2025-02-01 sell X 5 total=100 wallet=b", scope="universal")
    assert sold(result) == [("s", "b1", "5", "50")]


def test_before_2025_scope_is_universal() -> None:
    rows = [row.replace("2025", "2024") for row in TWO_WALLETS]
    result = us(*rows, "s 2024-02-01 sell X 5 total=100 wallet=b")
    assert sold(result) == [("s", "b1", "5", "50")]


def test_a_transfer_takes_lots_along_and_the_fee_is_disposed_of() -> None:
    result = us(
        *TWO_WALLETS,
        "t 2025-02-01 transfer X 4 wallet=a to_wallet=b fee_quantity=1 total=12",
        "s 2025-03-01 sell X 13 total=260 wallet=b",
    )
    assert sold(result) == [
        ("t", "b1", "1", "2"),
        ("s", "b1", "3", "30"),
        ("s", "b2", "10", "-100"),
    ]
    assert left(result) == [("b1", "a", "6", "60", "2025-01-01")]


def test_a_transfer_may_name_its_lots() -> None:
    result = us(
        "b1 2025-01-01 buy X 1 total=10 wallet=a",
        "b2 2025-01-02 buy X 1 total=30 wallet=a",
        "t 2025-02-01 transfer X 1 wallet=a to_wallet=b lot=b2",
    )
    assert [one[:2] for one in left(result)] == [("b1", "a"), ("b2", "b")]


def test_under_hifo_an_unnamed_transfer_still_moves_the_earliest() -> None:
    result = us(
        "b1 2025-01-01 buy X 1 total=10 wallet=a",
        "b2 2025-01-02 buy X 1 total=30 wallet=a",
        "t 2025-02-01 transfer X 1 wallet=a to_wallet=b",
        method="hifo",
    )
    assert [one[:2] for one in left(result)] == [("b2", "a"), ("b1", "b")]


def test_at_the_start_of_2025_unused_lots_go_to_where_the_units_are() -> None:
    result = us(
        "b1 2024-01-01 buy X 10 total=100 wallet=a",
        "b2 2024-01-02 buy X 10 total=300 wallet=b",
        "b3 2024-01-03 buy X 10 total=200 wallet=b",
        "t 2024-02-01 transfer X 14 wallet=b to_wallet=c",
        "s 2024-03-01 sell X 4 total=80 wallet=b",  # of b1, the earliest anywhere
        "z 2025-01-01 buy X 1 total=1 wallet=a",
    )
    assert sold(result) == [("s", "b1", "4", "40")]
    # a holds 10: the 6 left of b1, which stay, and 4 more. b holds 2 of b2, which stay. c has 14.
    assert left(result) == [
        ("b1", "a", "6", "60", "2024-01-01"),
        ("b2", "a", "4", "120", "2024-01-02"),
        ("z", "a", "1", "1", "2025-01-01"),
        ("b2", "b", "2", "60", "2024-01-02"),
        ("b2", "c", "4", "120", "2024-01-02"),
        ("b3", "c", "10", "200", "2024-01-03"),
    ]
    assert "allocated" in result.notes[0]


def test_a_wallet_that_could_not_have_held_what_left_it_is_named() -> None:
    found = problems(
        "b1 2024-01-01 buy X 10 total=100 wallet=a",
        "s 2024-03-01 sell X 4 total=80 wallet=b",
        "z 2025-01-01 buy X 1 total=1 wallet=a",
    )
    ((row, column, cause),) = found
    assert (row, column) == (3, "wallet")
    assert "wallet 'b' would hold -4 X" in cause


# ---------------------------------------------------------------- other events
def test_a_gift_leaves_with_its_basis_and_realises_nothing() -> None:
    result = us(*THREE, "g 2020-04-01 gift_out X 12")
    assert not result.disposals
    assert [(one.lot, exact(one.quantity), exact(one.basis)) for one in result.removals] == [
        ("b1", "10", "100"),
        ("b2", "2", "60"),
    ]


def test_a_gift_and_a_transfer_in_bring_basis_and_date() -> None:
    result = us(
        "g 2024-06-01 gift_in X 1 total=7 acquired=2020-05-01",
        "t 2024-06-01 transfer X 1 total=9 acquired=2023-12-01 to_wallet=a",
        "s 2024-07-01 sell X 2 total=20",
    )
    assert [(one.lot, one.term, exact(one.basis)) for one in result.disposals] == [
        ("g", "long", "7"),
        ("t", "short", "9"),
    ]


def test_a_wrap_carries_lots_over_unit_for_unit() -> None:
    result = us(
        "b1 2020-01-01 buy X 2 total=100",
        "b2 2020-02-01 buy X 4 total=300",
        "o 2020-03-01 wrap X 3 group=w side=out",
        "i 2020-03-01 wrap Y 6 group=w side=in",
        "s 2021-02-15 sell Y 6 total=600",
    )
    assert [
        (one.lot, one.term, exact(one.quantity), exact(one.basis)) for one in result.disposals
    ] == [("i", "long", "4", "100"), ("i", "long", "2", "75")]
    assert left(result) == [("b2", "", "3", "225", "2020-02-01")]


def test_income_is_told_and_is_the_basis() -> None:
    result = us("i 2020-01-01 income X 1 total=50", "s 2020-02-01 sell X 1 total=40")
    assert [(one.event, exact(one.value)) for one in result.income] == [("i", "50")]
    assert sold(result) == [("s", "i", "1", "-10")]


def test_a_harvest_is_a_disposal_and_an_acquisition() -> None:
    result = us(
        "b 2020-01-01 buy X 1 total=50",
        "o 2021-02-01 harvest X 1 total=30 fee=1 group=h side=out",
        "i 2021-02-01 harvest Y 2 total=29 group=h side=in",
    )
    assert sold(result) == [("o", "b", "1", "-21")]
    assert left(result) == [("i", "", "2", "29", "2021-02-01")]


def test_a_fee_in_tokens_is_a_disposal_and_a_cost_of_its_trade() -> None:
    result = us(
        "b 2020-01-01 buy X 10 total=100",
        "g 2020-01-01 buy ETH 1 total=200",
        "s 2020-02-01 sell X 5 total=80 group=t",
        "n 2020-02-01 buy Y 1 total=80 group=t",
        "f 2020-02-01 fee ETH 0.01 total=3 group=t",
    )
    assert sold(result) == [("s", "b", "5", "27"), ("f", "g", "0.01", "1")]


def test_one_smallest_unit_is_a_quantity() -> None:
    result = us(
        "b 2020-01-01 buy X 0.000000000000000001 total=1",
        "s 2020-01-02 sell X 0.000000000000000001 total=0.000000000000000001",
    )
    assert [exact(one.gain) for one in result.disposals] == ["-0.999999999999999999"]


def test_date_only_rows_of_a_day_come_in_before_they_go_out() -> None:
    result = us("s 2020-01-01 sell X 1 total=5", "b 2020-01-01 buy X 1 total=4")
    assert sold(result) == [("s", "b", "1", "1")]


def test_what_is_later_than_as_of_is_not_known() -> None:
    asked = ledger(*THREE, "s 2020-04-01 sell X 15 total=300")
    result = compute(asked, profile("us"), as_of=asked.events[1].day)
    assert not result.disposals
    assert [one[0] for one in left(result)] == ["b1", "b2"]


# ---------------------------------------------------------------- refused
def test_every_shortfall_is_listed_once_and_nothing_is_computed() -> None:
    found = problems(
        "b 2020-01-01 buy X 1 total=1",
        "s 2020-02-01 sell X 2 total=1",
        "t 2020-03-01 sell X 2 total=1",  # follows from the one before
        "c 2020-01-01 buy Y 1 total=1",
        "u 2020-02-01 sell Y 3 total=1",
    )
    assert [(row, column) for row, column, _ in found] == [(3, "quantity"), (6, "quantity")]
    assert "takes 2 X on 2020-02-01, but 1 X is held" in found[0][2]


@pytest.mark.parametrize(
    ("row", "cause"),
    [
        ("s 2020-01-15 sell X 1 total=1 lot=b2", "acquired on 2020-02-01, after this row"),
        ("s 2020-04-01 sell X 1 total=1 lot=b9", "does not exist"),
        ("s 2020-04-01 sell X 11 total=1 lot=b2", "of which 10 X is left"),
        ("s 2020-04-01 sell X 1 total=1 lot=y", "is of Y, not X"),
    ],
)
def test_a_lot_that_cannot_be_named_is_refused(row: str, cause: str) -> None:
    ((number, column, said),) = problems(*THREE, "y 2020-01-01 buy Y 1 total=1", row)
    assert (number, column) == (6, "lot")
    assert cause in said


def test_a_method_or_scope_that_a_profile_has_not_is_refused() -> None:
    asked = ledger(*THREE)
    with pytest.raises(TaxError, match="leave --method out"):
        compute(asked, profile("uk"), method="fifo")
    with pytest.raises(TaxError, match="choose auto, wallet, universal"):
        compute(asked, profile("us"), scope="account")
    with pytest.raises(TaxError, match="choose one of us"):
        profile("fr")
