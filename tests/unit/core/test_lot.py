"""Splitting a lot's basis."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.core.strategies import bits
from vaultsdk.core.errors import LotvaultError
from vaultsdk.core.lot import split_basis, unit_basis


@given(bits(128), bits(128), st.data())
def test_a_split_is_exact_and_leaves_the_remainder_behind(
    units: int, basis: int, data: st.DataObject
) -> None:
    part = data.draw(st.integers(0, units))
    moved, left = split_basis(units, basis, part)
    assert moved + left == basis
    if part < units:
        # Rounded down: what moves never carries more than its share.
        assert moved * units <= basis * part < (moved + 1) * units


@given(bits(128), st.integers(1, 2**128 - 1), st.data())
def test_what_stays_keeps_its_unit_basis_or_gains_a_wei(
    basis: int, units: int, data: st.DataObject
) -> None:
    part = data.draw(st.integers(0, units - 1))
    _, left = split_basis(units, basis, part)
    assert left * units >= basis * (units - part)


def test_all_of_a_lot_without_units_takes_its_whole_basis() -> None:
    assert split_basis(0, 7, 0) == (7, 0)


def test_more_than_the_lot_has_is_refused() -> None:
    with pytest.raises(LotvaultError, match="has 3 units, not 4") as caught:
        split_basis(3, 7, 4)
    assert (caught.value.limit, caught.value.value) == (3, 4)


def test_the_unit_basis_is_rounded_down() -> None:
    assert unit_basis(3, 10, 0) == 3
    assert unit_basis(15 * 10**5, 3000 * 10**18, 6) == 2000 * 10**18
    assert unit_basis(0, 10, 18) == 0
