from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from vaultsdk.tax.engine.allocation import allocate
from vaultsdk.tax.engine.stores import Lot


def lot(id: str, wallet: str, quantity: int, basis: int = 0, age: int = 0) -> Lot:
    return Lot(id, "", wallet, "X", quantity, basis, age, age, age)


def told(lots: list[Lot]) -> list[tuple[str, str, int, int]]:
    return [(one.id, one.wallet, one.quantity, one.basis) for one in lots]


def test_lots_stay_where_they_were_acquired_as_long_as_there_is_room() -> None:
    placed = allocate([lot("1", "a", 5, 50), lot("2", "b", 5, 60)], {"a": 5, "b": 5})
    assert told(placed) == [("1", "a", 5, 50), ("2", "b", 5, 60)]


def test_the_earliest_stays_and_what_has_no_room_goes_to_other_wallets_by_name() -> None:
    lots = [lot("1", "b", 4, 40), lot("2", "b", 4, 44), lot("3", "gone", 2, 2)]
    assert told(allocate(lots, {"c": 3, "a": 2, "b": 5})) == [
        ("1", "b", 4, 40),
        ("2", "b", 1, 11),
        ("2", "a", 2, 22),
        ("2", "c", 1, 11),
        ("3", "c", 2, 2),
    ]


def test_a_lot_that_is_divided_leaves_its_remainder_to_the_last_part() -> None:
    assert told(allocate([lot("1", "b", 3, 100)], {"a": 1, "c": 2})) == [
        ("1", "a", 1, 33),
        ("1", "c", 2, 67),
    ]


@given(
    st.lists(
        st.tuples(st.sampled_from("abcd"), st.integers(1, 9), st.integers(0, 10**20)), max_size=12
    ),
    st.lists(st.integers(0, 60), min_size=3, max_size=3),
)
def test_every_wallet_gets_its_units_and_no_basis_is_lost(
    drawn: list[tuple[str, int, int]], cuts: list[int]
) -> None:
    lots = [lot(str(n), *one, n) for n, one in enumerate(drawn)]
    units, basis = sum(one.quantity for one in lots), sum(one.basis for one in lots)
    edges = [0, *sorted(min(cut, units) for cut in cuts), units]
    holdings = dict(zip("bcde", (b - a for a, b in pairwise(edges)), strict=True))
    before = [(one.id, one.quantity) for one in lots]
    placed = allocate(lots, holdings)
    assert sum(one.basis for one in placed) == basis
    for wallet, held in holdings.items():
        assert sum(one.quantity for one in placed if one.wallet == wallet) == held
    for id, quantity in before:
        assert sum(one.quantity for one in placed if one.id == id) == quantity
    assert all(one.quantity for one in placed)
