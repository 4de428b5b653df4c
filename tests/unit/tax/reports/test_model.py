from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.tax.reports.made import wad
from vaultsdk.tax.reports.model import Cell, Column, Number, Section, shown
from vaultsdk.tax.reports.rounding import down, half_up, up


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (None, ""),
        ("<b>", "<b>"),
        (Number(0), "0"),
        (Number(5, 2, 2), "0.05"),
        (Number(-5, 2, 2), "-0.05"),
        (Number(1200, 2, 2), "12.00"),
        (Number(1200, 2), "12"),
        (Number(1, 18), "0.000000000000000001"),
        (Number(-15, 1), "-1.5"),
        (Number(10**60, 18, 2), f"{10**42}.00"),
    ],
)
def test_a_cell_has_one_text(cell: Cell, text: str) -> None:
    assert shown(cell) == text


@pytest.mark.parametrize(
    ("value", "nearest", "lower", "higher"),
    [
        ("1.005", 101, 100, 101),
        ("1.0049", 100, 100, 101),
        ("-1.005", -101, -101, -100),
        ("-1.0049", -100, -101, -100),
        ("0", 0, 0, 0),
        ("0.000000000000000001", 0, 0, 1),
        ("2", 200, 200, 200),
    ],
)
def test_rounding(value: str, nearest: int, lower: int, higher: int) -> None:
    assert half_up(wad(value), 2) == nearest
    assert down(wad(value), 2) == lower
    assert up(wad(value), 2) == higher


@given(st.integers(-(10**40), 10**40), st.integers(0, 18))
def test_no_rounding_is_off_by_a_unit_or_more(value: int, places: int) -> None:
    unit = 10 ** (18 - places)
    assert 2 * abs(half_up(value, places) * unit - value) <= unit
    assert 0 <= value - down(value, places) * unit < unit
    assert 0 <= up(value, places) * unit - value < unit


def test_totals_are_sums_of_what_is_shown() -> None:
    columns = (Column("a", "A", True), Column("b", "B"), Column("c", "C", True, True))
    one = Section.of("s", "S", columns, [(Number(1), "x", Number(1, 2, 2)), (Number(1), "y", None)])
    assert one.totals == (None, "Total", Number(1, 2, 2))
    assert Section.of("s", "S", columns, []).totals is None


def test_rows_that_do_not_fit_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="section s: a row does not have 1 cells"):
        Section.of("s", "S", [Column("a", "A")], [("x", "y")])
    with pytest.raises(ValueError, match="mixes numbers of different places"):
        Section.of("s", "S", [Column("a", "A", True, True)], [(Number(1, 2),), (Number(1, 3),)])
