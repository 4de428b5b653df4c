from __future__ import annotations

from tests.unit.tax.reports.made import boxed, fields, part, result, section, texts, total
from vaultsdk.tax.reports import schedule3


def test_a_disposition_with_outlays_and_a_superficial_loss() -> None:
    parts = (
        part("2023-03-01", "95.005", "150", fee="5", disallowed="30", rule="ACB", quantity="2.5"),
        part("2023-04-01", "200", "49.99", rule="ACB", acquired="2022-02-02"),
    )
    report = schedule3(result("ca", *parts), "2023", "")
    one = section(report, "dispositions")
    assert texts(one) == [
        ["2.5", "ETH", "", "100.01", "150.00", "5.00", "30.00", "-24.99"],
        ["1", "ETH", "2022", "200.00", "49.99", "0.00", "0.00", "150.01"],
    ]
    assert total(one, "gain") == "125.02"
    assert total(one, "name") == "Total"
    assert boxed(report) == {
        "15199": "300.01",
        "15300": "125.02",
        "19700": "125.02",
        "19900": "62.51",
    }


def test_a_loss_denied_in_whole_leaves_nothing() -> None:
    sale = part("2023-03-01", "1.005", "2.014", disallowed="1.009", rule="ACB")
    row = texts(section(schedule3(result("ca", sale), "2023", ""), "dispositions"))[0]
    assert row[-2:] == ["1.00", "0.00"]


def test_half_a_cent_goes_up_and_a_net_loss_is_called_so() -> None:
    gain = schedule3(result("ca", part("2025-01-01", "0.01", "0")), "2025", "")
    assert fields(gain)["Taxable capital gains"] == "0.01"
    loss = schedule3(result("ca", part("2025-01-01", "0", "22.25")), "2025", "")
    assert fields(loss)["Net capital loss"] == "-11.13"


def test_lines_are_numbered_only_where_the_form_is_known() -> None:
    sale = part("2025-01-01", "1", "0")
    assert boxed(schedule3(result("ca", sale), "2025", "")) == {}


def test_the_form_of_2024_has_two_periods() -> None:
    parts = (part("2024-06-24", "3", "1"), part("2024-06-25", "9", "1"))
    report = schedule3(result("ca", *parts), "2024", "")
    assert total(section(report, "period-1"), "gain") == "2.00"
    assert total(section(report, "period-2"), "gain") == "8.00"
    assert fields(report)["Taxable capital gains"] == "5.00"
