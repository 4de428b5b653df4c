"""Amounts as text: exact both ways, clear when they cannot be."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.core.strategies import bits
from vaultsdk.core.errors import UnitsError
from vaultsdk.core.units import (
    format_amount,
    format_usd,
    human,
    human_usd,
    parse_amount,
    parse_usd,
    to_decimal,
)

decimals = st.integers(0, 18)


@given(bits(256), decimals)
def test_formatting_and_parsing_are_inverse(value: int, places: int) -> None:
    assert parse_amount(format_amount(value, places), places) == value


@given(st.integers(-(2**256), 2**256), decimals)
def test_a_decimal_is_the_very_amount(value: int, places: int) -> None:
    as_integers = to_decimal(value, places).as_integer_ratio()
    assert as_integers[0] * 10**places == value * as_integers[1]


@pytest.mark.parametrize(
    ("text", "places", "value"),
    [
        ("1.5", 6, 1_500_000),
        (".5", 1, 5),
        ("2.", 0, 2),
        ("1_000", 2, 100_000),
        ("0.10", 1, 1),
        (" 3 ", 0, 3),
        ("0", 18, 0),
    ],
)
def test_ways_to_write_an_amount(text: str, places: int, value: int) -> None:
    assert parse_amount(text, places) == value


@pytest.mark.parametrize("text", ["", ".", "1,5", "1e18", "0x1", "one", "1.2.3", "--1", "1 5"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(UnitsError, match="not a decimal number"):
        parse_amount(text, 18)


def test_too_many_places_are_refused_not_rounded() -> None:
    with pytest.raises(UnitsError, match="7 decimal places, but only 6") as caught:
        parse_amount("1.0000001", 6, "deposit")
    assert (caught.value.name, caught.value.limit) == ("deposit", 6)


def test_negative_amounts_and_odd_tokens_are_refused() -> None:
    with pytest.raises(UnitsError, match="give 0 or more"):
        parse_amount("-1", 6)
    with pytest.raises(UnitsError, match="19 decimals"):
        format_amount(1, 19)


def test_usd_takes_a_dollar_sign() -> None:
    assert parse_usd("$1.25") == 125 * 10**16
    assert format_usd(-125 * 10**16) == "-1.25"


def test_display_rounds_and_never_shows_something_as_nothing() -> None:
    assert human(1_234_567_891, 6, 2) == "1,234.57"
    assert human(1, 18) == "<0.0001"
    assert human(-1, 18) == ">-0.0001"
    assert human(0, 18, 2) == "0.00"
    assert human_usd(-1234_500000000000000000) == "-$1,234.50"
    assert human_usd(1) == "<$0.01"
    assert human(2**255, 0, 0) == f"{Decimal(2**255):,f}"
