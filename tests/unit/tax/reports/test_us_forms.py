from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.tax.reports.made import boxed, column, fields, part, result, section, texts, total
from vaultsdk.tax.reports import ReportError, form8949, report_for, schedule_d
from vaultsdk.tax.result import Disposal

_SHORT = part("2025-06-01", "1500.005", "1000.004", acquired="2025-01-02", term="short")
_LONG = part("2025-07-04", "10", "30", acquired="2023-12-31", term="long", quantity="1.5")


def test_rows_of_2025_stand_in_the_boxes_for_digital_assets() -> None:
    report = form8949(result("us", _LONG, _SHORT), "2025", "")
    assert [one.key for one in report.sections] == ["box-I", "box-L"]
    assert texts(section(report, "box-I")) == [
        ["1 ETH", "01/02/2025", "06/01/2025", "1500.01", "1000.00", "", "", "500.01"]
    ]
    assert texts(section(report, "box-L")) == [
        ["1.5 ETH", "12/31/2023", "07/04/2025", "10.00", "30.00", "", "", "-20.00"]
    ]


@pytest.mark.parametrize(
    ("year", "reported", "boxes"),
    [
        ("2025", "basis", "GJ"),
        ("2025", "no-basis", "HK"),
        ("2025", "none", "IL"),
        ("2026", "none", "IL"),
        ("2024", "basis", "AD"),
        ("2024", "no-basis", "BE"),
        ("2024", "none", "CF"),
    ],
)
def test_the_box_follows_the_year_and_what_was_reported(
    year: str, reported: str, boxes: str
) -> None:
    parts = (
        part(f"{year}-03-01", "2", "1", acquired="2022-01-01", term="long"),
        part(f"{year}-03-01", "2", "1", acquired=f"{year}-01-01", term="short"),
    )
    report = form8949(result("us", *parts), year, "", reported)
    assert [one.key for one in report.sections] == [f"box-{box}" for box in boxes]
    assert "Part I, short-term" in report.sections[0].title
    assert "Part II, long-term" in report.sections[1].title


def test_what_was_reported_may_differ_by_wallet() -> None:
    parts = (_SHORT._replace(wallet="broker"), _SHORT._replace(wallet="own"))
    report = form8949(result("us", *parts), "2025", "", {"broker": "basis"})
    assert [one.key for one in report.sections] == ["box-G", "box-I"]


def test_a_wash_sale_has_code_w_and_its_adjustment() -> None:
    # IRS Publication 550: 750 of a loss of 1,000 is disallowed.
    sale = part(
        "2014-01-09",
        "4000",
        "5000",
        acquired="2013-09-26",
        quantity="100",
        disallowed="750",
        term="short",
    )
    report = form8949(result("us-wash", sale), "2014", "")
    assert texts(section(report, "box-C"))[0][3:] == [
        "4000.00",
        "5000.00",
        "W",
        "750.00",
        "-250.00",
    ]


def test_a_loss_disallowed_in_whole_leaves_exactly_nothing() -> None:
    # Each figure rounded on its own would leave a cent.
    sale = part("2025-02-01", "1.005", "2.014", disallowed="1.009", term="short")
    report = form8949(result("us-wash", sale), "2025", "")
    assert column(section(report, "box-I"), "adjustment") == ["1.00"]
    assert column(section(report, "box-I"), "gain") == ["0.00"]


def test_units_of_1_wei_and_of_everything() -> None:
    wei = part("2025-02-01", "0", "0", quantity="0.000000000000000001", term="short")
    huge = part("2025-02-01", f"{10**30}", "0.004", quantity=f"{10**40}", term="short")
    found = texts(section(form8949(result("us", wei, huge), "2025", ""), "box-I"))
    assert found[0][0] == "0.000000000000000001 ETH"
    assert found[0][-1] == "0.00"
    assert found[1][0] == f"{10**40} ETH"
    assert found[1][-1] == f"{10**30}.00"


def test_no_disposals_say_so() -> None:
    report = form8949(result("us"), "2025", "")
    assert [one.title for one in report.sections] == ["No disposals in this year"]
    assert boxed(schedule_d(result("us"), "2025", "")) == {"16": "0.00"}


def test_only_the_owners_own_disposals_of_the_year() -> None:
    parts = (
        _SHORT._replace(owner="a"),
        _LONG._replace(owner="b"),
        part("2024-12-31", "9", "1", term="short", owner="a"),
    )
    report = form8949(result("us", *parts), "2025", "a")
    assert [one.key for one in report.sections] == ["box-I"]
    with pytest.raises(ReportError, match="no owner 'c' in this result: choose one of 'a', 'b'"):
        form8949(result("us", *parts), "2025", "c")


def test_schedule_d_carries_form_8949_by_line() -> None:
    parts = (
        _SHORT._replace(wallet="g"),
        _SHORT._replace(wallet="h"),
        _SHORT,
        _LONG._replace(wallet="g"),
        _LONG._replace(wallet="h"),
        _LONG,
    )
    report = schedule_d(result("us", *parts), "2025", "", {"g": "basis", "h": "no-basis"})
    assert [row[:1] + row[2:] for row in texts(section(report, "short-term"))] == [
        ["1b", "1500.01", "1000.00", "0.00", "500.01"],
        ["2", "1500.01", "1000.00", "0.00", "500.01"],
        ["3", "1500.01", "1000.00", "0.00", "500.01"],
        ["6", "", "", "", "0.00"],
        ["7", "", "", "", "1500.03"],
    ]
    assert boxed(report, "long-term") == {
        "8b": "-20.00",
        "9": "-20.00",
        "10": "-20.00",
        "14": "0.00",
        "15": "-60.00",
    }
    assert boxed(report) == {"16": "1440.03"}


def test_a_net_loss_is_deducted_up_to_the_limit_and_the_rest_is_carried() -> None:
    # 20,000 lost in 2013, 10,000 gained in 2014: 17,000, then 4,000 are carried.
    parts = (
        part("2013-05-01", "0", "20000", term="long"),
        part("2014-05-01", "10000", "0", term="long"),
    )
    first = schedule_d(result("us", *parts), "2013", "")
    assert boxed(first) == {"16": "-20000.00", "21": "-3000.00"}
    assert fields(first)["Long-term loss carried to the next year"] == "17000.00"
    second = schedule_d(result("us", *parts), "2014", "")
    assert boxed(second, "long-term")["14"] == "-17000.00"
    assert boxed(second) == {"16": "-7000.00", "21": "-3000.00"}
    assert fields(second)["Long-term loss carried to the next year"] == "4000.00"
    # A year after the last one of the ledger still has what is left.
    third = schedule_d(result("us", *parts), "2015", "")
    assert boxed(third, "long-term")["14"] == "-4000.00"
    assert boxed(third) == {"16": "-4000.00", "21": "-3000.00"}


_MONEY = st.integers(0, 10**24).map(lambda value: str(Decimal(value).scaleb(-18)))
_PARTS = st.lists(
    st.builds(
        lambda year, proceeds, basis, denied, term: part(
            f"{year}-06-01",
            proceeds,
            basis,
            disallowed=str(max(Decimal(0), Decimal(basis) - Decimal(proceeds)) * denied),
            term=term,
        ),
        st.sampled_from([2023, 2024, 2025, 2026]),
        _MONEY,
        _MONEY,
        st.sampled_from([Decimal(0), Decimal("0.5"), Decimal(1)]),
        st.sampled_from(["short", "long"]),
    ),
    max_size=8,
)


@settings(max_examples=60, deadline=None)
@given(parts=_PARTS)
def test_the_forms_add_up_and_every_year_takes_over_what_the_last_one_gave(
    parts: list[Disposal],
) -> None:
    found = result("us-wash", *parts)
    given_on = {"6": "0.00", "14": "0.00"}
    for year in range(2023, 2028):
        forms, schedule = report_for("us-wash", found, str(year), "")
        nets = Decimal(0)
        for one in forms.sections:
            if not one.key.startswith("box-"):
                continue
            for row in texts(one):
                assert Decimal(row[3]) - Decimal(row[4]) + Decimal(row[6] or 0) == Decimal(row[7])
            nets += Decimal(total(one, "gain"))
        short, long = boxed(schedule, "short-term"), boxed(schedule, "long-term")
        assert {"6": short["6"], "14": long["14"]} == given_on
        assert nets + Decimal(short["6"]) + Decimal(long["14"]) == Decimal(boxed(schedule)["16"])
        lines = fields(schedule)
        left = [lines[f"{term}-term loss carried to the next year"] for term in ("Short", "Long")]
        allowed = Decimal(boxed(schedule).get("21", "0"))
        net = Decimal(boxed(schedule)["16"])
        assert min(net, Decimal(0)) - allowed == -sum(map(Decimal, left))
        given_on = {
            line: f"-{amount}" if Decimal(amount) else "0.00"
            for line, amount in zip(("6", "14"), left, strict=True)
        }


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ReportError, match="compute the ledger with profile 'us'"):
        form8949(result("uk"), "2025", "")
    with pytest.raises(ReportError, match="'2020/21' is not a tax year here: write it like '2024'"):
        form8949(result("us"), "2020/21", "")
    with pytest.raises(ReportError, match="reported cannot be 'some': choose one of basis"):
        form8949(result("us"), "2025", "", "some")


@pytest.mark.parametrize(
    ("year", "said"),
    [("2024", "Form 8949 with box C checked"), ("2025", "Form 8949 with box C or box I checked")],
)
def test_schedule_d_names_the_boxes_that_its_years_form_has(year: str, said: str) -> None:
    one = part(f"{year}-06-01", "2", "1", acquired=f"{year}-01-02", term="short")
    report = schedule_d(result("us", one), year, "")
    assert said in column(section(report, "short-term"), "what")
