"""Exchange rates: exact, by day, all faults at once; and the ledger's money through them."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaultsdk.tax.errors import LedgerProblemsError, TaxError
from vaultsdk.tax.ledger.fx import parse_fx
from vaultsdk.tax.ledger.ledger import Ledger
from vaultsdk.tax.ledger.parse import parse_ledger

WAD = 10**18
DAY = date(2024, 3, 1).toordinal()
TABLE = "date,from,to,rate\n2024-03-01,USD,GBP,0.79\n2024-03-02,USD,GBP,0.8\n"


def faults(text: str, fx: str = TABLE, **options: str) -> list[tuple[int, str, str]]:
    with pytest.raises(LedgerProblemsError) as caught:
        parse_ledger(text, fx=parse_fx(fx) if fx else None, **options)  # type: ignore[arg-type]
    return [tuple(problem) for problem in caught.value.problems]  # type: ignore[misc]


def ledger(text: str, fx: str = TABLE, **options: str) -> Ledger:
    return parse_ledger(text, fx=parse_fx(fx), **options)  # type: ignore[arg-type]


def test_a_rate_in_words() -> None:
    table = parse_fx(TABLE)
    assert table.convert(100 * WAD, "USD", "GBP", DAY) == (
        79 * WAD,
        "1 USD = 0.79 GBP on 2024-03-01",
    )


def test_a_day_without_a_rate_is_refused_and_nothing_is_inverted() -> None:
    table = parse_fx(TABLE)
    with pytest.raises(TaxError, match="no rate from USD to GBP on 2024-03-03"):
        table.convert(1, "USD", "GBP", DAY + 2)
    assert table.rate("GBP", "USD", DAY) is None


@given(st.integers(0, 10**40), st.integers(1, 10**30), st.integers(0, 30))
def test_rounding_is_half_to_even(money: int, digits: int, places: int) -> None:
    text = str(digits).rjust(places + 1, "0")
    rate = f"{text[: len(text) - places]}.{text[len(text) - places :]}"
    table = parse_fx(f"date,from,to,rate\n2024-03-01,A,B,{rate}\n")
    # Fraction rounds half to even, too.
    expected = round(money * Fraction(digits, 10**places))
    assert table.convert(money, "A", "B", DAY)[0] == expected


def test_a_rate_may_have_any_number_of_places() -> None:
    table = parse_fx(f"date,from,to,rate\n2024-03-01,A,B,0.{'3' * 500}\n")
    assert table.convert(3 * WAD, "A", "B", DAY)[0] == WAD


def test_every_fault_of_a_table_is_listed() -> None:
    text = (
        "date,from,to,rate\n"
        "2024-03-01,USD,GBP,0.79\n"
        "2024-03-01,usd,gbp,0.80\n"  # the same pair
        "01.03.2024,USD,GBP,0\n"
        "2024-03-04,US Dollar,,-1\n"
        "2024-03-05,USD,USD,1\n"
        "2024-03-06,USD,GBP\n"
        f"2024-03-07,USD,GBP,{'1' * 1001}\n"
    )
    with pytest.raises(LedgerProblemsError) as caught:
        parse_fx(text, "rates.csv")
    assert [(problem.row, problem.column) for problem in caught.value.problems] == [
        (3, "date"),
        (4, "date"),
        (4, "rate"),
        (5, "from"),
        (5, "rate"),
        (5, "to"),
        (6, "to"),
        (7, "rate"),
        (8, "rate"),
    ]
    assert "row 2" in caught.value.problems[0].cause
    assert str(caught.value).startswith("rates.csv has 9 problems: rates.csv row 3, column date: ")


def test_each_row_at_its_own_days_rate() -> None:
    text = (
        "id,time,type,asset,quantity,total,fee\n"
        "a,2024-03-01T10:00:00Z,buy,ETH,1,1000,10\n"
        "b,2024-03-02,sell,ETH,1,1000,\n"
    )
    found = ledger(text, report_currency="GBP")
    buy, sell = found.events
    assert (buy.total, buy.fee, buy.rate) == (
        790 * WAD,
        79 * WAD // 10,
        "1 USD = 0.79 GBP on 2024-03-01",
    )
    assert (sell.total, sell.rate) == (800 * WAD, "1 USD = 0.8 GBP on 2024-03-02")
    assert found.currency == "GBP"


def test_the_day_of_a_rate_is_the_taxpayers() -> None:
    text = "id,time,type,asset,quantity,total\na,2024-03-01T23:00:00Z,buy,ETH,1,1000\n"
    assert ledger(text, timezone="Europe/Berlin").events[0].total == 800 * WAD


def test_a_basis_is_converted_on_the_day_it_arose() -> None:
    text = (
        "id,time,type,asset,quantity,total,acquired\n"
        "a,2024-06-01,gift_in,ETH,1,100,2024-03-01\n"
        "b,2024-06-01,transfer,ETH,1,100,2024-03-02\n"
        "c,2024-06-01,transfer,ETH,1,100,2024-01-01\n"
    )
    assert [fault[:2] for fault in faults(text)] == [(4, "acquired")]
    found = ledger(text.rsplit("c,", 1)[0])
    assert [event.total // WAD for event in found.events] == [79, 80]


def test_rows_without_money_need_no_rate() -> None:
    text = (
        "id,time,type,asset,quantity,total,wallet,to_wallet\n"
        "a,2024-03-01,buy,ETH,1,1000,x,\n"
        "b,2024-05-01,transfer,ETH,1,,x,y\n"
        "c,2024-05-01,income,ETH,1,0,x,\n"
    )
    assert [event.rate for event in ledger(text).events] == [
        "1 USD = 0.79 GBP on 2024-03-01",
        "",
        "",
    ]


def test_all_missing_days_are_listed() -> None:
    text = (
        "id,time,type,asset,quantity,total\n"
        "a,2024-03-01,buy,ETH,1,1000\n"
        "b,2024-03-03,buy,ETH,1,1000\n"
        "c,2024-03-04,sell,ETH,1,1000\n"
    )
    assert faults(text) == [
        (3, "time", "there is no rate from USD to GBP on 2024-03-03: add it to the exchange rates"),
        (4, "time", "there is no rate from USD to GBP on 2024-03-04: add it to the exchange rates"),
    ]


MIXED = (
    "id,time,type,asset,quantity,total,currency\n"
    "a,2024-03-01,buy,ETH,1,1000,usd\n"
    "b,2024-03-01,buy,ETH,1,1000,GBP\n"
    "c,2024-03-01,buy,ETH,1,1000,\n"
)


def test_a_row_may_name_its_currency() -> None:
    assert [event.total // WAD for event in ledger(MIXED).events] == [790, 1000, 790]
    table = TABLE + "2024-03-01,EUR,GBP,0.85\n"
    found = ledger(MIXED, table, currency="EUR", report_currency="GBP")
    assert [event.total // WAD for event in found.events] == [790, 1000, 850]


def test_a_ledgers_currency_that_nobody_said_is_one_fault() -> None:
    table = TABLE + "2024-03-01,EUR,GBP,0.85\n"
    assert [fault[:2] for fault in faults(MIXED, table)] == [(0, "currency")]
    assert "EUR, USD" in faults(MIXED, table)[0][2]


def test_a_report_currency_that_nobody_said_is_one_fault() -> None:
    table = TABLE + "2024-03-01,USD,EUR,0.9\n"
    assert [fault[:2] for fault in faults(MIXED, table)] == [(0, "currency")]


def test_foreign_money_without_rates_is_refused_row_by_row() -> None:
    found = faults(MIXED, "", report_currency="GBP")
    assert [fault[:2] for fault in found] == [(2, "currency")]
    assert "--fx" in found[0][2]


def test_a_foreign_ledger_without_rates_is_one_fault() -> None:
    assert [fault[:2] for fault in faults(MIXED, "", report_currency="EUR", currency="USD")] == [
        (0, "currency"),
        (2, "currency"),
        (3, "currency"),
    ]


def test_without_rates_the_rows_may_say_the_currency() -> None:
    text = MIXED.replace("GBP", "USD")
    assert parse_ledger(text).currency == "USD"
    assert [fault[:2] for fault in faults(MIXED, "")] == [(3, "currency")]


def test_what_is_no_currency_is_refused() -> None:
    text = MIXED.replace("usd", "US$")
    assert [fault[:2] for fault in faults(text)] == [(2, "currency")]
    assert [fault[:2] for fault in faults(MIXED, currency="U S D")] == [(0, "currency")]
