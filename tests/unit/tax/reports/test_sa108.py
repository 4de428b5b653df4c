from __future__ import annotations

from decimal import Decimal

import pytest

from tests.unit.tax.examples.uk import EXAMPLES, Example
from tests.unit.tax.reports.made import boxed, column, fields, part, result, section, texts
from vaultsdk.tax.compute import compute
from vaultsdk.tax.ledger.event import Event, Kind, order_of, ordinal
from vaultsdk.tax.ledger.ledger import Ledger
from vaultsdk.tax.profiles import profile
from vaultsdk.tax.reports import ReportError, sa108, years_of

_KINDS = {"buy": Kind.BUY, "sell": Kind.SELL, "income": Kind.INCOME}


def _wad(text: str) -> int:
    return int(Decimal(text).scaleb(18))


def _event(id: str, day: str, kind: str, asset: str, quantity: str, total: str, fee: str) -> Event:
    what, when = _KINDS[kind], ordinal(day)
    return Event(
        id,
        what,
        order_of(when, what, None),
        when,
        asset,
        _wad(quantity),
        total=_wad(total),
        fee=_wad(fee),
    )


def _published() -> pytest.MarkDecorator:
    # CRYPTO22257 rounds nothing and prints one figure for the year.
    chosen = [one for one in EXAMPLES if one.published and "22257" not in one.name]
    return pytest.mark.parametrize("example", chosen, ids=[one.name for one in chosen])


@_published()
def test_gains_are_those_that_hmrc_prints(example: Example) -> None:
    found = compute(Ledger.of(_event(*row) for row in example.rows), profile("uk"))
    gains = [
        gain
        for year in years_of(found)
        for gain in column(section(sa108(found, year, ""), "disposals"), "gain")
    ]
    assert tuple(gains) == example.published


def test_crypto_22252() -> None:
    sale = part(
        "2020-06-23", "1400", "937.5", quantity="1500", acquired="2020-06-23", rule="SAME_DAY"
    )
    report = sa108(result("uk", sale), "2020/21", "")
    assert texts(section(report, "disposals")) == [
        ["1", "2020-06-23", "ETH", "1500", "1400", "938", "0", "462"]
    ]


def test_crypto_22254_rounds_each_matched_part() -> None:
    parts = (
        part("2020-01-31", "596.142857142857142857", "500", quantity="6500", rule="SAME_DAY"),
        part("2020-01-31", "45.857142857142857143", "62.5", quantity="500", rule="S104"),
    )
    report = sa108(result("uk", *parts), "2019/20", "")
    assert column(section(report, "matches"), "cost") == ["500", "63"]
    assert column(section(report, "matches"), "rule") == [
        "acquired on the same day",
        "section 104 pool",
    ]
    assert column(section(report, "disposals"), "gain") == ["79"]


def test_crypto_22256() -> None:
    sale = part("2020-08-07", "150000", "313636.363636363636363636", rule="S104")
    row = texts(section(sa108(result("uk", sale), "2020/21", ""), "disposals"))[0]
    assert row[5] == "313637"
    assert row[7] == "-163637"


def test_helpsheet_284_example_3_with_fees() -> None:
    parts = (
        part("2018-05-01", "3260", "2930.666666666666666666", fee="100", rule="S104"),
        part("2019-02-01", "1975", "1674.666666666666666666", fee="105", rule="S104"),
    )
    disposals = section(sa108(result("uk", *parts), "2018/19", ""), "disposals")
    assert column(disposals, "proceeds") == ["3360", "2080"]
    assert column(disposals, "cost") == ["3031", "1780"]
    assert column(disposals, "gain") == ["329", "300"]


def test_boxes_are_named_from_2024_25_on() -> None:
    parts = (
        part("2024-10-29", "5000.9", "1000.1"),
        part("2024-10-30", "100", "300.5"),
        part("2025-04-06", "1", "0"),
    )
    report = sa108(result("uk", *parts), "2024/25", "")
    assert boxed(report) == {
        "13.1": "2",
        "13.2": "5100",
        "13.3": "1302",
        "13.4": "3999",
        "13.5": "201",
    }
    assert fields(report)["Gains less losses up to 29 October 2024"] == "3999"
    assert fields(report)["Gains less losses from 30 October 2024"] == "-201"
    assert fields(report)["Annual exempt amount"] == "3000"
    assert fields(report)["Taxable gains"] == "798"
    before = sa108(result("uk", part("2024-04-05", "5", "1")), "2023/24", "")
    assert boxed(before) == {}
    assert fields(before)["Number of disposals"] == "1"


def test_losses_are_carried_in_pounds_and_used_down_to_the_exempt_amount() -> None:
    parts = (
        part("2021-05-01", "0", "5000.2"),
        part("2023-05-01", "7000.7", "0"),
        part("2024-05-01", "9000", "0"),
    )
    found = result("uk", *parts)
    assert fields(sa108(found, "2021/22", ""))["Losses carried forward"] == "5001"
    assert fields(sa108(found, "2022/23", ""))["Losses brought forward"] == "5001"
    year = fields(sa108(found, "2023/24", ""))
    assert year["Losses brought forward and used"] == "1000"
    assert year["Taxable gains"] == "0"
    assert year["Losses carried forward"] == "4001"
    year = fields(sa108(found, "2024/25", ""))
    assert year["Losses brought forward"] == "4001"
    assert year["Taxable gains"] == "1999"


def test_a_year_with_nothing() -> None:
    report = sa108(result("uk"), "2024/25", "")
    assert boxed(report)["13.1"] == "0"
    assert section(report, "disposals").totals is None


@pytest.mark.parametrize("year", ["2024", "2024/26", "2024-25", "", "24/25"])
def test_a_year_that_is_none_is_refused(year: str) -> None:
    with pytest.raises(ReportError, match="is not a tax year here: write it like '2024/25'"):
        sa108(result("uk"), year, "")
