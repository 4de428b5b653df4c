"""Decimal texts: exact, or refused with the cause."""

from __future__ import annotations

from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaultsdk.tax.exact import exact
from vaultsdk.tax.ledger.amounts import MAX_PLACES, integer_of

places = st.integers(0, MAX_PLACES)


@given(st.integers(0, 2**256 - 1), places)
def test_exact_text_reads_back(value: int, decimals: int) -> None:
    assert integer_of(exact(value, decimals), decimals) == value


@given(
    st.from_regex(r"[0-9]{1,40}(\.[0-9]{0,40})?|\.[0-9]{1,40}", fullmatch=True),
    places,
)
def test_decimal_agrees_or_the_text_is_too_long(text: str, decimals: int) -> None:
    with localcontext() as context:
        context.prec = 200
        scaled = Decimal(text).scaleb(decimals)
        if scaled != scaled.to_integral_value():
            with pytest.raises(ValueError, match=f"only {decimals} can be expressed"):
                integer_of(text, decimals)
        else:
            assert integer_of(text, decimals) == int(scaled)


def test_one_wei() -> None:
    assert integer_of("0.000000000000000001", 18) == 1
    assert integer_of(".000000000000000001", 18) == 1


def test_zeros_past_the_last_place_are_nothing() -> None:
    assert integer_of("1.5000000", 2) == 150


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-1",
        "+1",
        "1e3",
        "1E-3",
        "1,5",
        "1 0",
        "1_000",
        "$1",
        "nan",
        "0x1",
        ".",
        "1.2.3",
        "\u0661",
    ],
)
def test_anything_but_digits_and_a_point_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a plain decimal number"):
        integer_of(text, 18)


def test_more_digits_than_any_supply_are_refused() -> None:
    assert integer_of("0" * 5000 + "9" * 78, 0) == 10**78 - 1
    with pytest.raises(ValueError, match="79 digits before the point"):
        integer_of("9" * 79, 0)
    with pytest.raises(ValueError, match="5000 digits"):
        integer_of("9" * 5000, 18)
