"""A ledger's text: what it becomes, and every fault with its row and column."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from vaultsdk.tax.errors import LedgerProblemsError, TaxError
from vaultsdk.tax.ledger.event import Event, Kind, Named
from vaultsdk.tax.ledger.export import ledger_csv
from vaultsdk.tax.ledger.fx import parse_fx
from vaultsdk.tax.ledger.parse import ledger_of, parse_ledger, read_ledger
from vaultsdk.tax.ledger.rows import COLUMNS, LedgerRow

HEADER = ",".join(COLUMNS[:-1])
WAD = 10**18
ROW = {
    "id": "a",
    "time": "2024-03-01",
    "type": "buy",
    "asset": "WETH",
    "quantity": "1",
    "total": "1",
}


def line(**fields: str) -> str:
    row = {**ROW, **fields}
    return ",".join(row.get(name, "") for name in COLUMNS[:-1])


def text(*rows: str) -> str:
    return "\n".join((HEADER, line(id="first"), *rows)) + "\n"


def faults(source: str, **options: str) -> list[tuple[int, str, str]]:
    with pytest.raises(LedgerProblemsError) as caught:
        parse_ledger(source, **options)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)
    return [tuple(problem) for problem in caught.value.problems]  # type: ignore[misc]


def places(source: str) -> list[tuple[int, str]]:
    return [fault[:2] for fault in faults(source)]


def only(source: str) -> Event:
    """The event of the row after the first."""
    (event,) = (event for event in parse_ledger(source).events if event.id == "a")
    return event


def test_the_header_is_the_issues() -> None:
    assert HEADER == (
        "id,time,type,asset,quantity,total,fee,fee_quantity,wallet,to_wallet,owner,lot,group,side,"
        "acquired,note"
    )


def test_a_row_becomes_an_event() -> None:
    found = only(
        text(line(time="2024-03-01T10:00:00Z", quantity="1.5", total="3000", fee="2.5", note="n"))
    )
    assert found == Event(
        id="a",
        kind=Kind.BUY,
        order=found.order,
        day=date(2024, 3, 1).toordinal(),
        asset="WETH",
        quantity=15 * WAD // 10,
        total=3000 * WAD,
        fee=25 * WAD // 10,
        note="n",
        time="2024-03-01T10:00:00Z",
        row=3,
    )


def test_columns_in_any_order_and_only_those_used() -> None:
    source = "\ufeffasset , quantity,time,type,id,total\r\n\r\n"
    source += "WETH, 1 ,2024-03-01,buy, a ,1\r\n,,,,,\r\n"
    ledger = parse_ledger(source)
    assert [(event.id, event.quantity, event.row) for event in ledger.events] == [("a", WAD, 3)]
    assert ledger.decimals == {"WETH": 18}


def test_row_numbers_are_lines_of_the_file() -> None:
    source = text(line(id="n", note='"two\nlines"'), "", line(id="m"))
    assert [(event.id, event.row, event.note) for event in parse_ledger(source).events] == [
        ("first", 2, ""),
        ("n", 3, "two lines"),
        ("m", 6, ""),
    ]


def test_rows_are_sorted_by_time_then_file_and_acquisitions_of_a_day_come_first() -> None:
    source = text(
        line(id="s", type="sell"),
        line(id="t", type="transfer", to_wallet="w"),
        line(id="b", time="2024-03-01"),
        line(id="late", time="2024-03-01T23:00:00Z", type="sell"),
        line(id="early", time="2024-03-01T01:00:00Z", type="sell"),
        line(id="old", time="2023-01-01"),
    )
    ids = [event.id for event in parse_ledger(source).events]
    assert ids == ["old", "first", "b", "early", "late", "t", "s"]


def test_one_wei() -> None:
    assert only(text(line(quantity="0.000000000000000001"))).quantity == 1


def test_decimals_from_the_file_then_known_symbols_then_18() -> None:
    source = text(line(asset="USDC"), line(id="b", asset="WBTC"), line(id="c", asset="NEW"))
    ledger = parse_ledger(source, assets={"WBTC": 10, "OTHER": 3})
    assert ledger.decimals == {"NEW": 18, "USDC": 6, "WBTC": 10, "WETH": 18}
    by_id = {event.id: event.quantity for event in ledger.events}
    assert (by_id["a"], by_id["b"], by_id["c"]) == (10**6, 10**10, WAD)


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"type": "buy"}, Kind.BUY),
        ({"type": "sell"}, Kind.SELL),
        ({"type": "income"}, Kind.INCOME),
        ({"type": "spend"}, Kind.SPEND),
        ({"type": "transfer", "total": "", "wallet": "x", "to_wallet": "y"}, Kind.TRANSFER),
        ({"type": "transfer", "acquired": "2020-01-01"}, Kind.TRANSFER_IN),
        ({"type": "gift_in"}, Kind.GIFT_IN),
        ({"type": "gift_out", "total": ""}, Kind.GIFT_OUT),
        ({"type": "fee"}, Kind.FEE),
    ],
)
def test_types(fields: dict[str, str], kind: Kind) -> None:
    event = only(text(line(**fields)))
    assert event.kind == kind
    assert event.valued == bool(fields.get("total", "1"))


def test_sides() -> None:
    source = text(
        line(id="o", type="harvest", group="h", side="out"),
        line(id="i", type="harvest", group="h", side="in", asset="wstETH"),
        line(id="w", type="wrap", group="w", side="out", total=""),
        line(id="e", type="wrap", group="w", side="in", total="", asset="ETH"),
    )
    kinds = {event.id: event.kind for event in parse_ledger(source).events}
    del kinds["first"]
    assert kinds == {
        "o": Kind.HARVEST_OUT,
        "i": Kind.HARVEST_IN,
        "w": Kind.WRAP_OUT,
        "e": Kind.WRAP_IN,
    }


@pytest.mark.parametrize(("wallet", "to_wallet"), [("w", ""), ("", "w"), ("elsewhere", "w")])
def test_units_from_outside_go_to_the_wallet_named_last(wallet: str, to_wallet: str) -> None:
    fields = {"type": "transfer", "acquired": "2020-01-01", "wallet": wallet}
    event = only(text(line(**fields, to_wallet=to_wallet)))
    assert (event.wallet, event.to_wallet) == ("w", "")
    assert event.acquired == date(2020, 1, 1).toordinal()


@pytest.mark.parametrize(
    ("lot", "named"),
    [
        ("first", (Named("first"),)),
        ("first;b", (Named("first"), Named("b"))),
        (" first = 0.25 ; b = 0.75 ", (Named("first", WAD // 4), Named("b", WAD * 3 // 4))),
        ("first=0.25;b", (Named("first", WAD // 4), Named("b"))),
        ("1:0xab:0xcd:7@h2=1", (Named("1:0xab:0xcd:7@h2", WAD),)),
    ],
)
def test_lots(lot: str, named: tuple[Named, ...]) -> None:
    assert only(text(line(type="sell", lot=lot))).lot == named


TWICE = {"id": "first"}
BAD_ROWS: list[tuple[dict[str, str], str, str]] = [
    ({"id": ""}, "id", "id is missing"),
    (TWICE, "id", "id of row 2 already"),
    ({"id": "a;b"}, "id", "leave it out"),
    ({"id": "a=b"}, "id", "leave it out"),
    ({"id": "a\u200b"}, "id", "cannot be printed"),
    ({"wallet": "a\tb"}, "wallet", "cannot be printed"),
    ({"note": "a\x00b"}, "note", "cannot be printed"),
    ({"time": ""}, "time", "time is missing"),
    ({"time": "1.3.2024"}, "time", "is not an ISO date"),
    ({"time": "1924-03-01"}, "time", "outside 1970 to 2200"),
    ({"type": ""}, "type", "an empty type is not a type"),
    ({"type": "BUY"}, "type", "'BUY' is not a type: give one of buy, sell"),
    ({"asset": ""}, "asset", "asset is missing"),
    ({"asset": "WE TH"}, "asset", "is not a symbol"),
    ({"quantity": ""}, "quantity", "quantity is missing"),
    ({"quantity": "0.0"}, "quantity", "quantity is 0"),
    ({"quantity": "-1"}, "quantity", "plain decimal number"),
    ({"quantity": "1e18"}, "quantity", "plain decimal number"),
    ({"asset": "USDC", "quantity": "0.0000001"}, "quantity", "only 6 can be expressed"),
    ({"total": ""}, "total", "a buy needs a total"),
    ({"total": "-1"}, "total", "plain decimal number"),
    ({"total": "0.1234567890123456789"}, "total", "only 18 can be expressed"),
    ({"fee": "x"}, "fee", "plain decimal number"),
    ({"fee_quantity": "0.1"}, "fee_quantity", "a buy has no fee_quantity"),
    ({"fee_quantity": "x"}, "fee_quantity", "plain decimal number"),
    ({"to_wallet": "w"}, "to_wallet", "a buy has no to_wallet"),
    ({"lot": "first"}, "lot", "a buy names no lots"),
    ({"side": "in"}, "side", "only harvest and wrap have sides"),
    ({"acquired": "2020-01-01"}, "acquired", "a buy has no acquired"),
    ({"group": "g"}, "group", "group g has no other row"),
    ({"type": "sell", "total": ""}, "total", "a sell needs a total"),
    ({"type": "income", "total": ""}, "total", "income needs a total"),
    ({"type": "spend", "total": ""}, "total", "a spend needs a total"),
    ({"type": "fee", "total": ""}, "total", "a fee needs a total"),
    ({"type": "gift_in", "total": ""}, "total", "a gift_in needs a total"),
    ({"type": "transfer", "acquired": "2020-01-01", "total": ""}, "total", "needs a total"),
    ({"type": "income", "fee": "1"}, "fee", "income has no fee in money"),
    ({"type": "fee", "fee": "1"}, "fee", "a fee has no fee in money"),
    ({"type": "gift_out", "fee": "1"}, "fee", "a gift_out has no fee in money"),
    ({"type": "transfer", "to_wallet": "w", "fee": "1"}, "fee", "as fee_quantity"),
    ({"type": "harvest", "group": "g"}, "side", "the side is missing: a harvest needs out or in"),
    ({"type": "wrap", "side": "up", "group": "g"}, "side", "'up' is no side"),
    ({"type": "harvest", "side": "in"}, "group", "needs a group"),
    ({"type": "wrap", "side": "out"}, "group", "needs a group"),
    ({"type": "gift_in", "acquired": "2024-03-02"}, "acquired", "after the row's own day"),
    ({"type": "gift_in", "acquired": "long ago"}, "acquired", "is not an ISO date"),
    ({"type": "gift_in", "lot": "first"}, "lot", "names no lots"),
    ({"type": "transfer", "acquired": "2020-01-01", "lot": "first"}, "lot", "names no lots"),
    (
        {"type": "transfer", "acquired": "2020-01-01", "fee_quantity": "0.1"},
        "fee_quantity",
        "has no fee_quantity",
    ),
    ({"type": "transfer"}, "to_wallet", "this transfer does nothing"),
    ({"type": "transfer", "wallet": "w"}, "to_wallet", "needs a to_wallet"),
    ({"type": "transfer", "wallet": "w", "to_wallet": "w"}, "to_wallet", "to itself does nothing"),
    (
        {"type": "transfer", "to_wallet": "w", "fee_quantity": "1.1"},
        "fee_quantity",
        "1.1 is more than the row's quantity",
    ),
    (
        {"type": "transfer", "to_wallet": "w", "fee_quantity": "0.1", "total": ""},
        "total",
        "units spent as a fee need a total",
    ),
    ({"type": "sell", "lot": "first;"}, "lot", "leaves out a lot's id"),
    ({"type": "sell", "lot": "=1"}, "lot", "leaves out a lot's id"),
    ({"type": "sell", "lot": "first;first"}, "lot", "named twice"),
    ({"type": "sell", "lot": "first=0"}, "lot", "named with 0"),
    ({"type": "sell", "lot": "first=x"}, "lot", "quantity of lot first: 'x' is not"),
    ({"type": "sell", "lot": "first=0.5;b=0.4"}, "lot", "add up to 0.9, but the row's quantity"),
    ({"type": "sell", "lot": "first=0.5;b=0.6"}, "lot", "add up to 1.1"),
    ({"type": "sell", "lot": "first=1.5;b"}, "lot", "add up to 1.5"),
    ({"type": "sell", "asset": "WHET"}, "asset", "unknown asset"),
]


@pytest.mark.parametrize(("fields", "column", "cause"), BAD_ROWS)
def test_a_fault_has_its_row_and_column(fields: dict[str, str], column: str, cause: str) -> None:
    ((row, found, why),) = faults(text(line(**fields)))
    assert (row, found) == (3, column)
    assert cause in why


@pytest.mark.parametrize(("fields", "column", "cause"), BAD_ROWS)
def test_models_have_the_same_faults(fields: dict[str, str], column: str, cause: str) -> None:
    rows = [LedgerRow(**{**ROW, "id": "first"}), LedgerRow(**{**ROW, **fields})]
    with pytest.raises(LedgerProblemsError) as caught:
        ledger_of(rows)
    assert [(problem.row, problem.column) for problem in caught.value.problems] == [(3, column)]


def test_faults_of_all_rows_are_listed_at_once() -> None:
    rows = [line(**{"id": f"r{n}", **fields}) for n, (fields, _, _) in enumerate(BAD_ROWS)]
    # The rows that have a group share it, and then it is no longer theirs alone.
    expected = [
        (n + 3, column)
        for n, (fields, column, _) in enumerate(BAD_ROWS)
        if "group" not in fields or column == "side"
    ]
    assert places(text(*rows)) == sorted(expected)


def test_several_faults_of_one_row() -> None:
    source = text(line(time="x", type="sold", quantity="0", total="-1", fee="1e1", asset="A B"))
    assert places(source) == [
        (3, column) for column in ("asset", "fee", "quantity", "time", "total", "type")
    ]


def test_the_message_is_one_line_and_names_the_source() -> None:
    with pytest.raises(LedgerProblemsError) as caught:
        parse_ledger(text(line(quantity="0"), line(id="b", time="")), source="trades.csv")
    assert str(caught.value) == (
        "trades.csv has 2 problems: trades.csv row 3, column quantity: the quantity is 0: leave "
        "the row out, or give more; trades.csv row 4, column time: the time is missing: give a "
        "date or a timestamp"
    )


@pytest.mark.parametrize(
    ("header", "column", "cause"),
    [
        ("", "id", "there is no header"),
        ("time,type,asset,quantity", "id", "the column id is missing"),
        (f"{HEADER},exchange", "exchange", "'exchange' is not known: the columns are id, time"),
        (HEADER.replace("owner", "ownr"), "ownr", "did you mean owner?"),
        (HEADER.replace("id,", "ID,", 1), "ID", "did you mean id?"),
        (f"{HEADER},note", "note", "there twice"),
        (HEADER.replace(",", ";"), "id", "by commas"),
        (f'"{HEADER}', "id", "the header is not CSV"),
    ],
)
def test_faults_of_the_header(header: str, column: str, cause: str) -> None:
    ((row, found, why),) = faults(header)
    assert (row, found) == (1, column)
    assert cause in why


def test_a_strange_column_does_not_hide_the_faults_of_rows() -> None:
    source = "id,time,type,asset,quantity,total,exchange\na,2024-03-01,buy,WETH,0,1,x\n"
    assert places(source) == [(1, "exchange"), (2, "quantity")]


def test_rows_of_another_width() -> None:
    source = "id,time,type,asset,quantity,total\na,2024-03-01,buy\nb,2024-03-01,buy,X,1,1,1\n"
    assert places(source) == [(2, "asset"), (3, "total")]
    assert "3 fields, but the header has 6" in faults(source)[0][2]


def test_lines_that_are_no_csv() -> None:
    source = text('a,"2024-03-01"x,buy,WETH,1,1', line(id="b", quantity="0"), 'c,"2024')
    assert places(source) == [(3, "id"), (4, "quantity"), (5, "id")]


def test_near_misses_of_an_unknown_asset() -> None:
    rows = [line(id="s", type="sell", asset="weth"), line(id="t", type="spend", asset="WEHT")]
    rows += [line(id="u", type="gift_out", asset="ZZZ")]
    causes = [cause for _, _, cause in faults(text(*rows))]
    assert "did you mean WETH?" in causes[0] and "did you mean WETH?" in causes[1]
    assert "add the row that acquired it" in causes[2]


def test_an_asset_of_a_faulty_acquisition_is_not_unknown() -> None:
    rows = [line(id="b", asset="NEW", quantity="0"), line(id="s", type="sell", asset="NEW")]
    assert places(text(*rows)) == [(3, "quantity")]


def trade(**buy: str) -> list[str]:
    sell = line(id="s", type="sell", group="g", total="100")
    return [sell, line(**{"id": "b", "asset": "USDC", "group": "g", "total": "100", **buy})]


def test_a_trade_may_have_fees() -> None:
    fees = [line(id=f"f{n}", type="fee", group="g") for n in range(2)]
    assert len(parse_ledger(text(*trade(), *fees)).events) == 5


@pytest.mark.parametrize("type_", ["buy", "sell", "spend"])
def test_one_leg_may_have_fees(type_: str) -> None:
    rows = [line(type=type_, group="g"), line(id="f", type="fee", group="g")]
    assert len(parse_ledger(text(*rows)).events) == 3


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (trade(total="99"), [(4, "total")]),
        (trade(owner="o"), [(4, "owner")]),
        (trade(time="2024-03-02"), [(4, "time")]),
        (
            trade(time="2024-03-02", owner="o", total="99"),
            [(4, "owner"), (4, "time"), (4, "total")],
        ),
        ([*trade(), line(id="c", group="g", total="100")], [(5, "group")]),
        (trade(type="income"), [(4, "group")]),
        (trade(type="transfer", asset="WETH", to_wallet="w"), [(4, "group")]),
        (trade(type="spend", asset="WETH"), [(4, "group")]),
        (trade(type="harvest", side="in"), [(4, "group")]),
        ([line(id=i, type="fee", group="g") for i in "ab"], [(3, "group")]),
        ([line(id=i, type="harvest", side="out", group="g") for i in "ab"], [(3, "group")]),
        ([line(id=i, type="harvest", side="in", group="g") for i in "ab"], [(3, "group")]),
        (
            [line(id=i, type="wrap", side="in", group="g") for i in "ab"],
            [(3, "group"), (4, "group")],
        ),
        ([line(id="a", type="gift_in", group="g"), line(id="b", group="g")], [(3, "group")]),
    ],
)
def test_rows_that_are_not_legs_of_one_event(
    rows: list[str], expected: list[tuple[int, str]]
) -> None:
    assert places(text(*rows)) == expected


def test_a_harvest_may_have_several_of_each_side() -> None:
    sides = [("out", "WETH"), ("out", "wstETH"), ("in", "wstETH"), ("in", "rETH")]
    rows = [
        line(id=f"h{n}", type="harvest", side=side, asset=asset, group="h")
        for n, (side, asset) in enumerate(sides)
    ]
    assert len(parse_ledger(text(*rows)).events) == 5


def test_the_legs_of_a_faulty_row_are_not_blamed() -> None:
    assert places(text(*trade(quantity="0"))) == [(4, "quantity")]


def test_reading_gives_the_good_rows_and_what_the_faults_may_have_left_short() -> None:
    source = text(
        *trade(quantity="0"),  # its WETH leg goes with it
        line(id="d", asset="DAI"),
        line(id="n", asset="NEW", quantity="0"),
        line(id="o", asset="DAI", type="sell", quantity="0"),  # leaves no one short
        line(id="w", type="wrap", side="out", asset="NEW", total="", group="w"),
        line(id="e", type="wrap", side="in", asset="OLD", total="", group="w"),
        line(id="x", type="sell", asset="XXX"),
    )
    reading = read_ledger(source)
    assert [event.id for event in reading.ledger.events] == ["first", "d", "w", "e"]
    assert reading.touched == {"USDC", "NEW", "OLD"}
    assert [(problem.row, problem.column) for problem in reading.problems] == [
        (4, "quantity"),
        (6, "quantity"),
        (7, "quantity"),
        (10, "asset"),
    ]
    assert reading.ledger.decimals.keys() == {"WETH", "DAI", "NEW", "OLD"}


@pytest.mark.parametrize(
    ("row", "touched"),
    [
        (line(asset=""), None),
        (line(asset="", type="transfer"), None),
        (line(asset="", type="sell"), frozenset()),
        (line(time="", type="transfer", to_wallet="w"), {"WETH"}),
        ("a,2024-03-01,buy", None),
        ("a,2024-03-01,buy,USDC,1", {"USDC"}),
        ('a,"2024"x', None),
        (line(), frozenset()),
    ],
)
def test_reading_says_none_when_it_cannot_tell(row: str, touched: set[str] | None) -> None:
    assert read_ledger(text(row)).touched == touched


def test_an_unknown_zone_is_refused_at_once() -> None:
    with pytest.raises(TaxError, match="time zone 'Mars' is not known"):
        parse_ledger("", timezone="Mars")


def test_models_are_texts_only() -> None:
    with pytest.raises(ValidationError):
        LedgerRow(**{**ROW, "quantity": 1.5})  # type: ignore[arg-type]
    with pytest.raises(ValidationError):
        LedgerRow(**{**ROW, "colour": "red"})  # type: ignore[arg-type]


def test_models_and_text_give_the_same_ledger() -> None:
    rows = [LedgerRow(**ROW), LedgerRow(**{**ROW, "id": "b", "type": "sell", "wallet": " w "})]
    source = "\n".join((HEADER, line(), line(id="b", type="sell", wallet=" w ")))
    assert ledger_of(rows) == parse_ledger(source)


def test_a_header_alone_is_an_empty_ledger() -> None:
    assert parse_ledger(HEADER).events == ()


def test_what_cannot_be_printed_or_is_long_does_not_spoil_the_message() -> None:
    bad = line(id='"x\ny;z"', quantity="9" * 5000, wallet='"a\rb"', group='"\x1b[31m"', side="\x85")
    with pytest.raises(LedgerProblemsError) as caught:
        parse_ledger(text(bad, line(id='"x\ny;z"')))
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 2500


FIELDS = st.sampled_from(
    [value for fields, _, _ in BAD_ROWS for value in fields.values()]
    + ["", "a", "first", "2024-03-01", "2024-03-01T01:00:00+01:00", "WETH", "1", "0.5", "out", "in"]
    + ["buy", "sell", "transfer", "wrap", "harvest", "fee", "gift_in", "g", "first=1", "USD"]
) | st.text(max_size=5)


@given(st.text() | st.lists(st.lists(FIELDS, max_size=17).map(",".join)).map("\n".join))
@example('id,time,type,asset,quantity\n"')
def test_any_text_gives_a_ledger_or_its_faults(body: str) -> None:
    for source in (body, f"{','.join(COLUMNS)}\n{body}"):
        for fx in (None, parse_fx("date,from,to,rate\n2024-03-01,USD,GBP,0.79\n")):
            try:
                ledger = parse_ledger(source, fx=fx, timezone="Europe/London")
            except LedgerProblemsError as error:
                faulty = str(error)
            else:
                faulty = ""
                again = parse_ledger(
                    ledger_csv(ledger), report_currency=ledger.currency, timezone="Europe/London"
                )
                assert [e._replace(row=0) for e in again.events] == [
                    e._replace(row=0, rate="") for e in ledger.events
                ]
            assert not faulty or (faulty.isprintable() and ": ledger" in faulty)
