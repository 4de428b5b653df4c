"""Bands: monotone, narrow, and below what they index."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vaultsdk.core.band import (
    FIRST_BAND,
    MAX_BAND,
    MAX_UNIT_BASIS,
    BandError,
    band,
    lower,
    next_band,
    upper,
)

# Magnitudes evenly, or nearly every example would have 187 bits.
unit_bases = st.integers(0, 187).flatmap(lambda n: st.integers(0, (2 << n) - 1))
real_bands = st.one_of(st.just(0), st.integers(FIRST_BAND, MAX_BAND))


@given(unit_bases)
@example(0)
@example(127)
@example(128)
@example(MAX_UNIT_BASIS)
def test_a_band_encloses_its_unit_bases(x: int) -> None:
    assert lower(band(x)) <= x < upper(band(x))


@given(unit_bases, unit_bases)
def test_bands_are_monotone(x: int, y: int) -> None:
    low, high = sorted((x, y))
    assert band(low) <= band(high)


@given(st.integers(FIRST_BAND, MAX_BAND))
def test_bands_are_between_four_and_eight_permille_wide(index: int) -> None:
    width = Fraction(upper(index) - lower(index), lower(index))
    # 1/128 = 0.78 % at the start of an octave, 1/255 = 0.39 % at its end.
    assert Fraction(1, 255) <= width <= Fraction(1, 128)


@given(real_bands)
def test_the_lower_end_is_in_its_band_and_what_is_below_is_not(index: int) -> None:
    assert band(lower(index)) == index
    if index:
        assert band(lower(index) - 1) < index


@given(real_bands.filter(lambda index: index < MAX_BAND))
def test_bands_meet_without_a_gap(index: int) -> None:
    assert upper(index) == lower(next_band(index))
    assert band(upper(index)) == next_band(index)


def test_the_first_band_after_nothing_is_896() -> None:
    assert [band(x) for x in (0, 1, 127, 128)] == [0, 0, 0, 896]
    assert (lower(0), lower(896), next_band(0)) == (0, 128, 896)


@pytest.mark.parametrize("index", [-1, 1, 895, MAX_BAND + 1])
def test_bands_of_no_unit_basis_are_refused(index: int) -> None:
    with pytest.raises(BandError, match=f"no band {index}"):
        lower(index)


@pytest.mark.parametrize("x", [-1, MAX_UNIT_BASIS + 1])
def test_unit_bases_beyond_bands_are_refused(x: int) -> None:
    with pytest.raises(BandError) as caught:
        band(x)
    assert caught.value.limit == MAX_UNIT_BASIS
    assert caught.value.value == x
