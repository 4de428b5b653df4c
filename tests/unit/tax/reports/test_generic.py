from __future__ import annotations

import csv
from dataclasses import replace

import pytest

from tests.unit.tax.reports.made import fields, part, result, section, texts
from vaultsdk.tax.errors import TaxError
from vaultsdk.tax.ledger.event import ordinal
from vaultsdk.tax.reports import ReportError, generic, owners_of, report_for, years_of
from vaultsdk.tax.reports.render import csv_of
from vaultsdk.tax.result import Income

_PARTS = (
    part("2024-02-29", "1.000000000000000001", "2", quantity="0.000000000000000003", owner="a"),
    part("2025-01-01", "3", "1", fee="0.5", disallowed="0", owner="b", rule="AVERAGE"),
)


def test_every_field_is_exact() -> None:
    report = generic(result("average", *_PARTS), "2024", "a")
    rows = list(csv.DictReader(csv_of(section(report, "disposals")).splitlines()))
    assert rows == [
        {
            "event": "sale",
            "lot": "lot",
            "owner": "a",
            "wallet": "",
            "asset": "ETH",
            "acquired": "",
            "disposed": "2024-02-29",
            "quantity": "0.000000000000000003",
            "proceeds": "1.000000000000000001",
            "fee": "0",
            "basis": "2",
            "gain": "-0.999999999999999999",
            "disallowed": "0",
            "recognised": "-0.999999999999999999",
            "rule": "FIFO",
            "term": "",
            "of_quantity": "0.000000000000000003",
            "of_basis": "2",
        }
    ]


def test_all_years_of_all_owners() -> None:
    report = generic(result("uk", *_PARTS), None, None)
    assert [row[2] for row in texts(section(report, "disposals"))] == ["a", "b"]
    assert fields(report, "sums")["gain"] == "1.000000000000000001"


def test_income_is_listed_with_its_day() -> None:
    found = replace(
        result("us", part("2025-02-01", "1", "1")),
        income=(Income("i", "", "ETH", ordinal("2025-03-01"), 10**17, 5 * 10**18),),
        decimals={"ETH": 17},
    )
    report = generic(found, "2025", "")
    assert texts(section(report, "income")) == [["i", "", "ETH", "2025-03-01", "1", "5"]]


def test_years_and_owners_of_a_result() -> None:
    found = result("uk", *_PARTS)
    assert years_of(found) == ("2023/24", "2024/25")
    assert years_of(found, "b") == ("2024/25",)
    assert years_of(result("us", *_PARTS), "a") == ("2024",)
    assert owners_of(found) == ("a", "b")


@pytest.mark.parametrize(
    ("name", "year", "keys"),
    [
        ("us", "2025", ["form-8949", "schedule-d"]),
        ("us-wash", "2025", ["form-8949", "schedule-d"]),
        ("uk", "2024/25", ["sa108"]),
        ("ca", "2025", ["schedule-3"]),
        ("de", "2025", ["anlage-so"]),
        ("average", "2025", ["disposals"]),
    ],
)
def test_a_profile_has_its_forms_and_each_says_that_it_is_no_advice(
    name: str, year: str, keys: list[str]
) -> None:
    reports = report_for(name, result(name, _PARTS[1], as_of="2025-06-30"), year, "b")
    assert [one.key for one in reports] == keys
    for one in reports:
        assert one.notes[0] == "This is software, not tax advice."
        assert "As of 2025-06-30" in one.notes[1]
        assert "a note of the result" in one.notes
    assert section(reports[-1], "computed").rows


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ReportError, match="of profile 'uk' have no option 'reported': leave it"):
        report_for("uk", result("uk"), "2024/25", "", reported="none")
    with pytest.raises(ReportError, match="have no option 'boxes': they have reported"):
        report_for("us", result("us"), "2024", "", boxes="none")
    with pytest.raises(TaxError, match="no tax profile 'fr'"):
        report_for("fr", result("us"), "2024", "")
