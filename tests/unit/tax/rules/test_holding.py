from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaultsdk.tax.ledger.event import iso, ordinal
from vaultsdk.tax.rules.holding import MoreThanOneYearDe, MoreThanOneYearUs, NoTerms, term_of

days = st.dates(date(1990, 1, 1), date(2090, 1, 1)).map(date.toordinal)


@pytest.mark.parametrize(
    ("acquired", "long"),
    [
        ("2021-01-01", "2022-01-02"),
        ("2021-12-31", "2023-01-01"),
        ("2020-02-28", "2021-03-01"),  # the year runs from a 29th of February
        ("2020-02-29", "2021-03-01"),
        ("2020-03-01", "2021-03-02"),
        ("2019-02-28", "2020-03-01"),  # the last day of its month: first day of the 13th month
        ("2019-02-27", "2020-02-28"),
        ("2023-04-30", "2024-05-01"),
    ],
)
def test_in_the_us_a_year_runs_from_the_day_after(acquired: str, long: str) -> None:
    first = MoreThanOneYearUs().long_from(ordinal(acquired))
    assert first is not None
    assert iso(first) == long


@pytest.mark.parametrize(
    ("acquired", "long"),
    [
        ("2021-01-01", "2022-01-02"),
        ("2020-12-31", "2022-01-01"),
        ("2020-02-28", "2021-03-01"),
        ("2020-02-29", "2021-03-01"),  # the period ends with the last day of February
        ("2019-02-28", "2020-02-29"),
        ("2023-04-30", "2024-05-01"),
    ],
)
def test_in_germany_it_ends_on_the_anniversary(acquired: str, long: str) -> None:
    first = MoreThanOneYearDe().long_from(ordinal(acquired))
    assert first is not None
    assert iso(first) == long


@given(days)
def test_the_boundary_is_a_year_and_a_day_or_two_later_and_rises_with_the_day(day: int) -> None:
    for rule in (MoreThanOneYearUs(), MoreThanOneYearDe()):
        first, following = rule.long_from(day), rule.long_from(day + 1)
        assert first is not None
        assert following is not None
        assert 366 <= first - day <= 367
        assert first <= following
        assert term_of(rule, day, first - 1) == "short"
        assert term_of(rule, day, first) == "long"


def test_where_there_are_no_terms_there_is_none_to_tell() -> None:
    assert NoTerms().long_from(ordinal("2000-01-01")) is None
    assert term_of(NoTerms(), 1, 1_000_000) == ""


def test_only_in_germany_is_what_is_held_for_long_left_out() -> None:
    assert MoreThanOneYearDe().exempt
    assert not MoreThanOneYearUs().exempt
    assert not NoTerms().exempt
