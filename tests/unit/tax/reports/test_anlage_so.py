from __future__ import annotations

import pytest

from tests.unit.tax.reports.made import fields, part, result, section, texts
from vaultsdk.tax.reports import anlage_so


def test_exempt_sales_stand_apart() -> None:
    parts = (
        part(
            "2024-07-01",
            "1496.90",
            "500.004",
            acquired="2024-01-01",
            fee="3.1",
            term="short",
            quantity="0.5",
        ),
        part("2024-07-01", "9000", "1", acquired="2023-06-30", term="long"),
    )
    report = anlage_so(result("de", *parts), "2024", "")
    assert texts(section(report, "taxable")) == [
        ["0.5 ETH", "01.01.2024", "01.07.2024", "1500.00", "500.00", "3.10", "996.90"]
    ]
    assert texts(section(report, "exempt")) == [
        ["1 ETH", "30.06.2023", "01.07.2024", "9000.00", "1.00", "0.00", "8999.00"]
    ]
    assert fields(report)["Frei, weil unter der Freigrenze"] == "996.90"
    assert fields(report)["Steuerpflichtig"] == "0.00"


@pytest.mark.parametrize(
    ("year", "gain", "taxable"),
    [
        ("2024", "999.99", "0.00"),
        ("2024", "1000", "1000.00"),
        ("2023", "599.994", "0.00"),
        ("2023", "600", "600.00"),
    ],
)
def test_the_limit_is_all_or_nothing(year: str, gain: str, taxable: str) -> None:
    report = anlage_so(result("de", part(f"{year}-05-01", gain, "0", term="short")), year, "")
    assert fields(report)["Steuerpflichtig"] == taxable


def test_losses_are_carried_and_a_free_year_uses_none() -> None:
    parts = (
        part("2022-05-01", "0", "1500.005", term="short"),
        part("2023-05-01", "500", "0", term="short"),
        part("2024-05-01", "2500", "0", term="short"),
    )
    found = result("de", *parts)
    assert fields(anlage_so(found, "2022", ""))["Verluste für spätere Jahre"] == "1500.01"
    assert fields(anlage_so(found, "2023", ""))["davon verrechnet"] == "0.00"
    year = fields(anlage_so(found, "2024", ""))
    assert year["Verluste früherer Jahre"] == "1500.01"
    assert year["Steuerpflichtig"] == "999.99"


def test_lines_are_named_for_the_form_of_2023_only() -> None:
    def notes(year: str) -> tuple[str, ...]:
        return section(anlage_so(result("de"), year, ""), "taxable").notes

    assert notes("2023") == ("Zeilen 41 bis 47 des Vordrucks für 2023.",)
    assert notes("2024") == ()
