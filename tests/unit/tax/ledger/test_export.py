"""A ledger written and read again is the same ledger."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaultsdk.tax.ledger.event import Event, Kind, Named, order_of
from vaultsdk.tax.ledger.export import ledger_csv, ledger_rows
from vaultsdk.tax.ledger.groups import NEED_GROUP
from vaultsdk.tax.ledger.ledger import Ledger
from vaultsdk.tax.ledger.parse import ledger_of, parse_ledger

texts = st.text(st.characters(exclude_categories=("C", "Z")) | st.just(" "), max_size=8).map(
    str.strip
)
words = texts.filter(bool)
ids = words.filter(lambda text: not set(text) & set(";="))
symbols = st.sampled_from(["WETH", "USDC", "WBTC", "ODD", "big.36"])
DECIMALS = {"WETH": 18, "USDC": 6, "WBTC": 8, "ODD": 0, "big.36": 36}
days = st.dates(date(1970, 1, 1), date(2200, 12, 31))
FIRST = date(1970, 1, 1).toordinal()
UNGROUPED = sorted(frozenset(Kind) - NEED_GROUP)
money = st.integers(0, 10**30)


@st.composite
def ledgers(draw: st.DrawFn) -> Ledger:
    names = draw(st.lists(ids, max_size=8, unique=True))
    events: list[Event] = []
    for name in names:
        kind = draw(st.sampled_from(UNGROUPED))
        day = draw(days)
        quantity = draw(st.integers(1, 10**40))
        event = Event(name, kind, 0, day.toordinal(), draw(symbols), quantity, time=day.isoformat())
        event = event._replace(
            owner=draw(texts), note=draw(texts), wallet=draw(texts), total=draw(money)
        )
        if kind in (Kind.BUY, Kind.SELL, Kind.SPEND):
            event = event._replace(fee=draw(money))
        if kind == Kind.TRANSFER:
            to = draw(words.filter(lambda text, wallet=event.wallet: text != wallet))
            event = event._replace(fee_quantity=draw(st.integers(0, quantity)), to_wallet=to)
        if kind in (Kind.TRANSFER_IN, Kind.GIFT_IN) and (
            kind == Kind.TRANSFER_IN or draw(st.booleans())
        ):
            event = event._replace(acquired=draw(st.integers(FIRST, day.toordinal())))
        if kind in (Kind.SELL, Kind.SPEND, Kind.GIFT_OUT, Kind.FEE, Kind.TRANSFER):
            lots = draw(st.lists(ids, max_size=3, unique=True))
            event = event._replace(lot=tuple(Named(lot) for lot in lots))
            if lots and draw(st.booleans()) and quantity > 3:
                rest = Named(lots[0], quantity - len(lots) + 1)
                event = event._replace(lot=(rest, *(Named(lot, 1) for lot in lots[1:])))
        if (
            kind in (Kind.GIFT_OUT, Kind.TRANSFER)
            and not event.fee_quantity
            and draw(st.booleans())
        ):
            event = event._replace(total=0, valued=False)
        events.append(event)
    # What every asset needs to be known.
    events += [
        Event(f"first of {asset}", Kind.BUY, 0, FIRST, asset, 1, time="1970-01-01")
        for asset in DECIMALS
    ]
    ordered = [e._replace(order=order_of(e.day, e.kind, None)) for e in events]
    return Ledger.of(ordered, DECIMALS, draw(st.sampled_from(["", "USD"])))


def same(ledger: Ledger) -> Ledger:
    return Ledger.of(
        [event._replace(row=0) for event in ledger.events],
        ledger.decimals,
        ledger.currency,
        ledger.source,
    )


@given(ledgers())
def test_round_trip(ledger: Ledger) -> None:
    text = ledger_csv(ledger)
    found = parse_ledger(text, assets=DECIMALS, report_currency=ledger.currency)
    assert same(found) == same(ledger)
    assert ledger_csv(found) == text


@given(ledgers())
def test_round_trip_through_models(ledger: Ledger) -> None:
    found = ledger_of(ledger_rows(ledger), assets=DECIMALS, report_currency=ledger.currency)
    assert same(found) == same(ledger)


FULL = (
    "id,time,type,asset,quantity,total,fee,fee_quantity,wallet,to_wallet,owner,lot,group,side,"
    "acquired,note\n"
    "b,2024-01-01T10:00:00Z,buy,WETH,10,20000,1.5,,main,,me,,,,,\n"
    'g,2024-01-02T00:00:00Z,gift_in,WETH,1,900.5,,,main,,,,,,2020-05-05,"from a friend, thanks"\n'
    "t,2024-01-03T00:00:00Z,transfer,WETH,1,30,,0.01,main,cold,,b=1,,,,\n"
    "i,2024-01-04T00:00:00Z,transfer,USDC,500,500,,,cold,,,,,,2023-12-31,\n"
    "h1,2024-02-01T00:00:00Z,harvest,WETH,1,2000,1,,main,,,b,h,out,,\n"
    "h2,2024-02-01T00:00:00Z,harvest,wstETH,0.8,2000,,,main,,,,h,in,,\n"
    "w1,2024-03-01T00:00:00Z,wrap,WETH,2,,,,main,,,,w,out,,\n"
    "w2,2024-03-01T00:00:00Z,wrap,ETH,2,,,,main,,,,w,in,,\n"
    "s1,2024-04-01T00:00:00Z,sell,WETH,1,2500,,,main,,,b=0.5;g=0.5,s,,,\n"
    "s2,2024-04-01T00:00:00Z,buy,USDC,2500,2500,,,main,,,,s,,,\n"
    "s3,2024-04-01T00:00:00Z,fee,ETH,0.001,2.5,,,main,,,,s,,,\n"
)


def test_a_full_ledger_is_written_as_it_was_read() -> None:
    assert ledger_csv(parse_ledger(FULL)) == FULL


def test_unused_columns_are_left_out() -> None:
    text = "id,time,type,asset,quantity,total\na,2024-01-01,buy,WETH,1,0\n"
    assert ledger_csv(parse_ledger(text)) == text


def test_the_currency_goes_with_the_money() -> None:
    text = "id,time,type,asset,quantity,total\na,2024-01-01,buy,WETH,1,10\n"
    written = ledger_csv(parse_ledger(text, report_currency="EUR"))
    assert written == (
        "id,time,type,asset,quantity,total,currency\na,2024-01-01,buy,WETH,1,10,EUR\n"
    )
    with pytest.raises(Exception, match="EUR does not fit a report in USD"):
        parse_ledger(written, report_currency="USD")
