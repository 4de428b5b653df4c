from __future__ import annotations

from tests.unit.tax.rules.disposals import disposal, lines, nets
from vaultsdk.tax.rules.netting import CanadaNetting


def test_four_years_by_hand() -> None:
    years = CanadaNetting().years(
        [
            disposal("2020-12-31", -1_000, disallowed=400),
            disposal("2021-01-01", -200),
            disposal("2022-06-01", 500),
            disposal("2023-06-01", 1_000),
        ]
    )
    assert nets(years) == [
        ("2020", -600, 0, 600),
        ("2021", -800, 0, 800),
        ("2022", -300, 0, 300),
        ("2023", 700, 0, 0),
    ]
    assert lines(years[0])["superficial_losses"] == 400
    assert lines(years[2]) == {
        "gain": 500,
        "superficial_losses": 0,
        "taxable_half": 250,
        "carried_in": 800,
        "losses_used": 500,
        "taxable": 0,
    }
    assert lines(years[3]) == {
        "gain": 1_000,
        "superficial_losses": 0,
        "taxable_half": 500,
        "carried_in": 300,
        "losses_used": 300,
        "taxable": 350,
    }


def test_there_are_no_terms_and_nothing_goes_against_other_income() -> None:
    (year,) = CanadaNetting().years([disposal("2024-01-01", -10)])
    assert (year.short, year.long, year.allowed) == (None, None, 0)
    assert lines(year)["taxable_half"] == lines(year)["taxable"] == 0
