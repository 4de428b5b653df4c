from __future__ import annotations

import pytest

from tests.unit.tax.rules.disposals import disposal, lines, nets
from vaultsdk.tax.ledger.event import WAD
from vaultsdk.tax.rules.netting import UkNetting


def test_four_years_by_hand() -> None:
    years = UkNetting().years(
        [
            disposal("2020-04-05", -5_000),  # 2019/20
            disposal("2020-04-06", 14_000),  # 2020/21: 12,300 exempt, 1,700 of the loss used
            disposal("2021-04-05", -0),
            # 2021/22: nothing. 2022/23: below the exempt amount, so no loss is used.
            disposal("2022-05-01", 12_000),
            disposal("2023-05-01", 20_000),  # 2023/24: 6,000 exempt, 3,300 used
            disposal("2023-06-01", -1_000),
        ]
    )
    assert nets(years) == [
        ("2019/20", -5_000, 0, 5_000),
        ("2020/21", 12_300, 0, 3_300),
        ("2021/22", 0, 0, 3_300),
        ("2022/23", 12_000, 0, 3_300),
        ("2023/24", 15_700, 0, 0),
    ]
    assert lines(years[1]) == {
        "gains": 14_000,
        "losses": 0,
        "annual_exempt_amount": 12_300,
        "losses_brought_forward": 5_000,
        "losses_used": 1_700,
        "taxable": 0,
    }
    assert lines(years[4]) == {
        "gains": 20_000,
        "losses": 1_000,
        "annual_exempt_amount": 6_000,
        "losses_brought_forward": 3_300,
        "losses_used": 3_300,
        "taxable": 9_700,
    }


def test_losses_of_the_year_go_against_its_gains_even_below_the_exempt_amount() -> None:
    (year,) = UkNetting().years([disposal("2024-05-01", 2_000), disposal("2024-06-01", -2_500)])
    assert lines(year)["taxable"] == 0
    assert year.carried_over == 500 * WAD


@pytest.mark.parametrize(("gain", "taxable"), [(2_999, 0), (3_000, 0), (3_001, 1)])
def test_the_exempt_amount_is_an_amount_and_no_limit(gain: int, taxable: int) -> None:
    (year,) = UkNetting().years([disposal("2024-05-01", gain)])
    assert lines(year)["taxable"] == taxable


def test_a_days_disposals_of_one_asset_are_one() -> None:
    (year,) = UkNetting().years(
        [
            disposal("2024-05-01", 500),
            disposal("2024-05-01", -200),
            disposal("2024-05-02", -200),
            disposal("2024-05-01", -100, asset="Y"),
        ]
    )
    assert (lines(year)["gains"], lines(year)["losses"]) == (300, 300)


@pytest.mark.parametrize(
    ("first", "amount"),
    [
        (2007, 0),  # taper relief: not covered
        (2008, 9_600),
        (2010, 10_100),
        (2012, 10_600),
        (2013, 10_900),
        (2014, 11_000),
        (2016, 11_100),
        (2017, 11_300),
        (2018, 11_700),
        (2019, 12_000),
        (2020, 12_300),
        (2022, 12_300),
        (2023, 6_000),
        (2024, 3_000),
        (2025, 3_000),
    ],
)
def test_the_exempt_amount_of_each_year(first: int, amount: int) -> None:
    assert UkNetting.exempt(first) == amount * WAD
