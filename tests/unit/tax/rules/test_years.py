from __future__ import annotations

import pytest

from tests.unit.tax.rules.disposals import disposal
from vaultsdk.tax.ledger.event import ordinal
from vaultsdk.tax.rules.netting.base import by_year, total
from vaultsdk.tax.rules.years import CALENDAR, SIXTH_OF_APRIL


@pytest.mark.parametrize(
    ("day", "year"),
    [
        ("2019-04-05", "2018/19"),
        ("2019-04-06", "2019/20"),
        ("2019-12-31", "2019/20"),
        ("2020-01-01", "2019/20"),
        ("2000-04-05", "1999/00"),
        ("2009-04-06", "2009/10"),
    ],
)
def test_a_year_of_the_uk_begins_on_the_sixth_of_april(day: str, year: str) -> None:
    assert SIXTH_OF_APRIL.of(ordinal(day)) == year


def test_others_are_calendar_years() -> None:
    assert CALENDAR.of(ordinal("2023-12-31")) == "2023"
    assert CALENDAR.of(ordinal("2024-01-01")) == "2024"
    assert CALENDAR.first_of(ordinal("2024-01-01")) == 2024


def test_years_without_disposals_between_two_that_have_some_are_there() -> None:
    ones = [
        disposal("2024-04-06", 3, owner="b"),
        disposal("2020-04-05", 1, owner="a"),
        disposal("2022-04-06", 2, owner="a"),
    ]
    found = [
        (owner, [(first, len(parts)) for first, parts in years])
        for owner, years in by_year(ones, SIXTH_OF_APRIL)
    ]
    assert found == [("a", [(2019, 1), (2020, 0), (2021, 0), (2022, 1)]), ("b", [(2024, 1)])]


def test_nothing_sold_makes_no_years() -> None:
    assert list(by_year([], CALENDAR)) == []


def test_a_total_counts_what_is_recognised() -> None:
    ones = [disposal("2024-01-01", -10, disallowed=4), disposal("2024-01-01", 3)]
    assert total(ones) == -3 * 10**18
