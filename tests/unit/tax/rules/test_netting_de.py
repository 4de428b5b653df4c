from __future__ import annotations

import pytest

from tests.unit.tax.rules.disposals import disposal, lines, nets
from vaultsdk.tax.ledger.event import WAD
from vaultsdk.tax.rules.netting import GermanyNetting


def test_five_years_by_hand() -> None:
    years = GermanyNetting().years(
        [
            disposal("2020-02-01", -3_000, "short"),
            disposal("2020-03-01", 9_000, "long"),  # exempt, and no help to the loss
            disposal("2021-02-01", 599, "short"),  # below 600: free, no loss is used up
            disposal("2022-02-01", 600, "short"),  # at the limit: all of it counts
            disposal("2023-02-01", 700, "short"),
            disposal("2023-03-01", -200, "short"),
            disposal("2024-02-01", 2_000, "short"),
            disposal("2024-02-01", -5_000, "long"),  # a loss after the year does not count
        ]
    )
    assert nets(years) == [
        ("2020", -3_000, 0, 3_000),
        ("2021", 599, 0, 3_000),
        ("2022", 0, 0, 2_400),
        ("2023", 500, 0, 2_400),  # 500 after the year's own loss: below 600
        ("2024", 0, 0, 400),
    ]
    assert [lines(one)["taxable"] for one in years] == [0, 0, 0, 0, 0]
    assert [lines(one)["losses_used"] for one in years] == [0, 0, 600, 0, 2_000]
    assert [lines(one)["free_below_limit"] for one in years] == [0, 599, 0, 500, 0]
    assert [one.long for one in years] == [9_000 * WAD, 0, 0, 0, -5_000 * WAD]


@pytest.mark.parametrize(
    ("day", "gain", "taxable"),
    [
        ("2023-12-31", 599, 0),
        ("2023-12-31", 600, 600),
        ("2024-01-01", 999, 0),
        ("2024-01-01", 1_000, 1_000),
        ("2024-01-01", 1_001, 1_001),
    ],
)
def test_the_limit_is_all_or_nothing(day: str, gain: int, taxable: int) -> None:
    (year,) = GermanyNetting().years([disposal(day, gain, "short")])
    assert lines(year)["taxable"] == taxable


def test_one_unit_of_1e_18_below_the_limit_is_below_it() -> None:
    one = disposal("2024-01-01", 1_000, "short")
    (year,) = GermanyNetting().years([one._replace(proceeds=one.proceeds - 1)])
    assert year.lines["taxable"] == 0


def test_the_limit_is_asked_of_the_year_before_losses_that_are_carried() -> None:
    years = GermanyNetting().years(
        [disposal("2023-01-01", -800, "short"), disposal("2024-01-01", 1_500, "short")]
    )
    assert nets(years)[1] == ("2024", 700, 0, 0)
    assert lines(years[1])["taxable"] == 700


def test_what_is_held_for_long_is_exempt_whatever_it_brings() -> None:
    (year,) = GermanyNetting().years([disposal("2024-01-01", 1_000_000, "long")])
    assert (year.short, year.net) == (0, 0)
    assert lines(year)["taxable"] == 0
