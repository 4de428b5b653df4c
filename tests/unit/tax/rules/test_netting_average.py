from __future__ import annotations

from tests.unit.tax.rules.disposals import disposal, lines, nets
from vaultsdk.tax.rules.netting import PlainNetting


def test_losses_are_carried_until_gains_have_used_them_up() -> None:
    years = PlainNetting().years(
        [
            disposal("2020-12-31", -100),
            disposal("2020-01-01", 30),
            disposal("2022-01-01", 50),
            disposal("2023-01-01", 50),
        ]
    )
    assert nets(years) == [
        ("2020", -70, 0, 70),
        ("2021", -70, 0, 70),
        ("2022", -20, 0, 20),
        ("2023", 30, 0, 0),
    ]
    assert lines(years[2]) == {"gain": 50, "carried_in": 70}
    assert {one.short for one in years} == {None}
