"""Lots that a row names, some with a quantity and some without; and stores of many lots alike."""

from __future__ import annotations

import pytest

from tests.unit.tax.engine.lot_ledgers import ledger, left, sold, us
from vaultsdk.tax.compute import compute
from vaultsdk.tax.engine.stores import Lot, Store
from vaultsdk.tax.errors import LedgerProblemsError
from vaultsdk.tax.ledger.event import Named
from vaultsdk.tax.ledger.ledger import Ledger
from vaultsdk.tax.profiles import profile

TWO = ("b1 2020-01-01 buy X 3 total=300", "b2 2020-01-02 buy X 3 total=600")


@pytest.mark.parametrize("names", ["b1;b2=1", "b2=1;b1"])
def test_a_quantity_named_is_kept_whatever_stands_before_it(names: str) -> None:
    result = us(*TWO, f"s 2020-02-01 sell X 3 total=900 lot={names}")
    assert sorted(sold(result)) == [("s", "b1", "2", "400"), ("s", "b2", "1", "100")]
    assert [row[2] for row in left(result)] == ["1", "2"]


def test_names_without_a_quantity_share_the_rest_in_their_order() -> None:
    result = us(
        *TWO,
        "b3 2020-01-03 buy X 3 total=900",
        "s 2020-02-01 sell X 6 total=600 lot=b1;b3=2;b2",
    )
    assert [row[1:3] for row in sold(result)] == [("b1", "3"), ("b3", "2"), ("b2", "1")]


@pytest.mark.parametrize("row", ["sell X 5 total=900", "gift_out X 5"])
@pytest.mark.parametrize("names", ["b1;b2=1", "b2=1;b1"])
def test_names_that_give_too_little_are_a_fault_and_no_unit_is_lost(row: str, names: str) -> None:
    with pytest.raises(LedgerProblemsError) as caught:
        us(*TWO, f"s 2020-02-01 {row} lot={names}")
    (problem,) = caught.value.problems
    assert problem.column == "lot"
    assert "takes 4 X of lot b1 on 2020-02-01, of which 3 X is left" in problem.cause


def test_names_of_fewer_units_than_an_event_takes_are_a_fault() -> None:
    told = ledger(*TWO, "s 2020-02-01 sell X 3 total=900 lot=b1")
    events = [
        event._replace(lot=(Named("b1", 10**18),)) if event.id == "s" else event
        for event in told.events
    ]
    with pytest.raises(LedgerProblemsError, match="takes 3 X, but the lots named give 1 X"):
        compute(Ledger.of(events, told.decimals), profile("us"))


def test_a_part_is_put_before_its_lot_among_many_of_one_age() -> None:
    store = Store()
    lots = [Lot(f"b{at}", "", "", "X", 4, 8, 1, 5) for at in range(5)]
    for lot in lots:
        store.add(lot)
    for units in (1, 2):
        store.add_before(lots[2], lots[2].split(units))
    store.add(Lot("late", "", "", "X", 1, 1, 1, 5))
    found = [(lot.id, lot.quantity) for lot in store]
    assert found == [
        ("b0", 4),
        ("b1", 4),
        ("b2", 1),
        ("b2", 2),
        ("b2", 1),
        ("b3", 4),
        ("b4", 4),
        ("late", 1),
    ]


def test_what_is_used_up_of_a_name_is_not_kept() -> None:
    store = Store(indexed=True)
    for _ in range(3):
        store.add(Lot("b", "", "", "X", 1, 1, 1, 5))
    used, *others = store.named("b")
    used.take(1)
    assert store.named("b") == others
    assert store._index == {"b": others}
