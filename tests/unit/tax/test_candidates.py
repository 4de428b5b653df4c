"""The harvest table: what a sale would realise, what of it would count, and what to wait for."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from tests.unit.tax.engine.average_jobs import random_events
from tests.unit.tax.engine.lot_ledgers import ledger
from vaultsdk.tax.candidates import Candidate, Candidates, candidates
from vaultsdk.tax.candidates.holdings import holdings_of
from vaultsdk.tax.candidates.sales import Sales
from vaultsdk.tax.compute import computed
from vaultsdk.tax.errors import LedgerProblemsError
from vaultsdk.tax.exact import exact
from vaultsdk.tax.ledger.event import WAD, Event, Kind, Named, iso, order_of, ordinal
from vaultsdk.tax.ledger.ledger import Ledger
from vaultsdk.tax.options import Options
from vaultsdk.tax.profiles import PROFILES, profile
from vaultsdk.tax.result import TaxResult
from vaultsdk.tax.simulate import simulate

DAY = "2025-06-15"


def found(*rows: str, name: str = "us", price: int = 50, on: str = DAY, **more: Any) -> Candidates:
    prices = more.pop("prices", {"X": price * WAD})
    options = Options.model_validate(more)
    return candidates(ledger(*rows), profile(name), prices, ordinal(on), options)


def told(row: Candidate) -> dict[str, str]:
    names = ("realised", "recognised", "deferred", "denied")
    return {name: exact(getattr(row, name)) for name in names if getattr(row, name)}


def waits(table: Candidates) -> list[tuple[str, str]]:
    return [(one.subject, iso(one.until)) for one in table.do_not_sell]


# ------------------------------------------------------------ by hand
def test_the_greatest_loss_comes_first_with_its_term() -> None:
    table = found(
        "b1 2024-01-10 buy X 1 total=60",
        "b2 2025-01-10 buy X 2 total=200",
        "b3 2025-01-11 buy X 1 total=30",
        "s 2025-02-01 sell X 1 total=99 lot=b2",
    )
    assert [(row.lot, exact(row.gain), row.term, row.days_to_long) for row in table.rows] == [
        ("b2", "-50", "short", 210),
        ("b1", "-10", "long", None),
        ("b3", "20", "short", 211),
    ]
    assert [told(row)["recognised"] for row in table.rows] == ["-50", "-10", "20"]
    assert waits(table) == [("b3", "2026-01-12")]
    assert table.do_not_buy == ()


def test_a_recent_purchase_defers_a_loss_and_an_older_one_does_not() -> None:
    rows = ("b1 2024-01-10 buy X 4 total=400", "b2 2025-05-20 buy X 1 total=50")
    table = found(*rows, name="us-wash")
    assert told(table.rows[0]) == {"realised": "-200", "recognised": "-150", "deferred": "-50"}
    assert waits(table) == [("b1", "2025-06-20")]
    (later, _) = found(*rows, name="us-wash", on="2025-06-20").rows
    assert told(later) == {"realised": "-200", "recognised": "-200"}
    (eve, _) = found(*rows, name="us-wash", on="2025-06-19").rows
    assert eve.deferred


def test_a_lot_is_no_replacement_for_itself() -> None:
    table = found("b1 2025-06-01 buy X 4 total=400", name="us-wash")
    assert told(table.rows[0]) == {"realised": "-200", "recognised": "-200"}
    assert waits(table) == []


def test_the_parts_of_a_lot_are_one_candidate() -> None:
    table = found(
        "b1 2024-03-01 buy X 1 total=100",
        "b2 2024-06-20 buy X 3 total=300",
        "s1 2024-07-01 sell X 1 total=30 lot=b1",
        name="us-wash",
    )
    (row,) = table.rows
    assert (exact(row.quantity), exact(row.basis)) == ("3", "370")
    # The part with the loss counts as held since 2024-02-19, the others since 2024-06-20.
    assert (row.term, row.days_to_long, iso(row.acquired or 0)) == ("mixed", 6, "2024-06-20")
    assert told(row) == {"realised": "-220", "recognised": "-220"}


def test_in_the_uk_the_candidate_is_the_pool_and_the_window_is_after() -> None:
    table = found("b1 2024-01-10 buy X 2 total=100", "b2 2025-06-10 buy X 2 total=200", name="uk")
    (row,) = table.rows
    assert (row.kind, row.lot, row.acquired, row.term) == ("pool", "X", None, "")
    assert told(row) == {"realised": "-100", "recognised": "-100"}
    assert [(one.subject, iso(one.until)) for one in table.do_not_buy] == [("X", "2025-07-16")]
    assert waits(table) == []
    assert any("a candidate is a pool" in note for note in table.notes)


def test_a_uk_loss_that_is_matched_already_is_nothing_to_wait_for() -> None:
    table = found(
        "b1 2024-01-10 buy X 2 total=20",
        "s 2025-06-01 sell X 1 total=50",
        "b2 2025-06-05 buy X 1 total=60",
        name="uk",
    )
    assert table.do_not_buy == ()


def test_in_canada_another_owner_who_holds_denies_in_part() -> None:
    table = found(
        "b1 2024-01-10 buy X 10 total=1000 owner=ann",
        "b2 2025-06-10 buy X 4 total=100 owner=ben",
        name="ca",
    )
    ann = next(row for row in table.rows if row.owner == "ann")
    # The least of 10 sold, 4 bought and 4 left, out of 10, of a loss of 500.
    assert told(ann) == {"realised": "-500", "recognised": "-300", "deferred": "-200"}
    assert waits(table) == [("X, ann", "2025-07-11")]


def test_a_canadian_sale_of_everything_frees_an_earlier_loss() -> None:
    table = found("b1 2025-06-01 buy X 2 total=200", "s1 2025-06-10 sell X 1 total=60", name="ca")
    (row,) = table.rows
    assert (exact(row.gain), exact(row.deferred)) == ("-90", "40")
    assert told(row) == {"realised": "-50", "recognised": "-90", "deferred": "40"}


def test_in_germany_what_is_long_counts_never() -> None:
    table = found(
        "b1 2024-01-10 buy X 1 total=60 wallet=a",
        "b2 2024-01-11 buy X 1 total=40 wallet=b",
        "b3 2025-06-01 buy X 1 total=70 wallet=b",
        "b4 2025-06-02 buy X 1 total=30 wallet=b",
        name="de",
    )
    assert {row.lot: told(row) for row in table.rows} == {
        "b1": {"realised": "-10", "denied": "-10"},
        "b2": {"realised": "10", "denied": "10"},
        "b3": {"realised": "-20", "recognised": "-20"},
        "b4": {"realised": "20", "recognised": "20"},
    }
    assert waits(table) == [("b4 in wallet b", "2026-06-03")]
    assert "exempt" in table.do_not_sell[0].why
    assert any("uses lots in order" in note for note in table.notes)


def test_wallets_have_their_own_parts_of_a_lot() -> None:
    table = found(
        "b1 2025-01-10 buy X 3 total=300 wallet=a",
        "t 2025-02-01 transfer X 1 wallet=a to_wallet=c",
    )
    assert [(row.wallet, exact(row.quantity), exact(row.realised)) for row in table.rows] == [
        ("a", "2", "-100"),
        ("c", "1", "-50"),
    ]


def test_a_ledger_that_ends_before_2025_is_sold_by_wallet_in_2025() -> None:
    table = found("b1 2023-01-10 buy X 3 total=300 wallet=a", on="2025-03-01")
    assert [(row.wallet, exact(row.realised)) for row in table.rows] == [("a", "-150")]


def test_a_wait_may_reach_into_2025_where_wallets_begin_to_matter() -> None:
    table = found(
        "b1 2023-01-10 buy X 3 total=300 wallet=a",
        "b2 2024-12-20 buy X 3 total=150 wallet=a",
        name="us-wash",
        on="2024-12-24",
    )
    assert waits(table) == [("b1", "2025-01-20")]


def test_owners_are_told_apart() -> None:
    table = found(
        "b1 2024-01-10 buy X 1 total=100 owner=ann",
        "b2 2025-06-10 buy X 1 total=40 owner=ben",
        name="us-wash",
    )
    assert {row.owner: told(row) for row in table.rows} == {
        "ann": {"realised": "-50", "deferred": "-50"},
        "ben": {"realised": "10", "recognised": "10"},
    }
    assert waits(table) == [("b1, ann", "2025-07-11"), ("b2, ben", "2026-06-11")]
    uk = found(
        "b1 2024-01-10 buy X 1 total=100 owner=ann",
        "b2 2024-01-10 buy X 1 total=40 owner=ben",
        name="uk",
    )
    assert [one.subject for one in uk.do_not_buy] == ["X, ann"]


def test_prices_that_are_missing_or_of_no_use_are_named() -> None:
    table = found(
        "b1 2024-01-10 buy X 1 total=100",
        "b2 2024-01-10 buy Y 1 total=100",
        prices={"X": 0, "Z": WAD},
    )
    assert [told(row)["realised"] for row in table.rows] == ["-100"]
    assert "no price for Y: what is held of it is left out" in table.notes
    assert "nothing is held of Z: its price is not used" in table.notes


def test_a_pool_of_a_class_is_sold_as_one_of_its_assets() -> None:
    rows = (
        "b1 2024-01-10 buy USDC.e 10 total=10",
        "b2 2024-01-10 buy USDbC 10 total=10",
    )
    book = ledger(*rows)
    book = Ledger.of(
        (event._replace(quantity=10**7) for event in book.events), {"USDC.e": 6, "USDbC": 6}
    )
    table = candidates(
        book,
        profile("ca"),
        {"USDbC": WAD // 2},
        ordinal(DAY),
        Options(confidence="medium"),  # type: ignore[arg-type]
    )
    assert [told(row)["realised"] for row in table.rows] == ["-10"]
    assert table.document()["candidates"][0]["quantity"] == "20"
    assert not any("price" in note for note in table.notes)


def test_fees_paid_in_another_token_are_in_basis() -> None:
    table = found(
        "u 2025-01-01 buy Y 10 total=10",
        "b 2025-01-02 buy X 1 total=100 group=g",
        "f 2025-01-02 fee Y 1 total=7 group=g",
    )
    (row,) = table.rows
    assert (exact(row.basis), exact(row.realised)) == ("107", "-57")


def test_a_ledger_that_cannot_be_computed_has_no_table() -> None:
    with pytest.raises(LedgerProblemsError):
        found("b1 2024-01-10 buy X 1 total=100", "s 2024-02-01 sell X 2 total=1")


def test_what_happens_later_is_not_known() -> None:
    table = found("b1 2024-01-10 buy X 1 total=100", "s 2025-12-01 sell X 1 total=1")
    assert len(table.rows) == 1


def test_the_document_is_exact() -> None:
    document = found("b1 2024-01-10 buy X 3 total=1", price=0).document()
    assert document["as_of"] == DAY
    assert document["candidates"][0] == {
        "kind": "lot",
        "lot": "b1",
        "owner": "",
        "wallet": None,
        "asset": "X",
        "quantity": "3",
        "basis": "1",
        "value": "0",
        "gain": "-1",
        "acquired": "2024-01-10",
        "term": "long",
        "days_to_long": None,
        "realised": "-1",
        "recognised": "-1",
        "deferred": "0",
        "denied": "0",
    }


# ------------------------------------------------------------ the days are exact
def losses(result: TaxResult, event: str) -> tuple[int, int]:
    """Gain and disallowed of what an event sold: what a purchase may change."""
    parts = [one for one in result.disposals if event in one.event.split(";")]
    return sum(one.gain for one in parts), sum(one.disallowed for one in parts)


def buys(day: int, owner: str = "") -> Event:
    order = order_of(day, Kind.BUY, None)
    return Event("more", Kind.BUY, order, day, "X", WAD, 7 * WAD, owner=owner)


@pytest.mark.parametrize("name", ["us-wash", "uk", "ca"])
@pytest.mark.parametrize("sold", ["2025-06-10", "2025-05-16"])
def test_a_purchase_the_day_before_changes_a_loss_and_one_on_the_day_does_not(
    name: str, sold: str
) -> None:
    book = ledger("b1 2024-01-10 buy X 4 total=400", f"s {sold} sell X 2 total=80")
    table = candidates(book, profile(name), {}, ordinal(DAY))
    (wait,) = table.do_not_buy
    assert wait.why.startswith(f"s made a loss on {sold}: ")
    before = losses(computed(book, profile(name), Options()), "s")
    for day, same in ((wait.until - 1, False), (wait.until, True)):
        after = simulate(book, [buys(day)], profile(name)).after
        assert (losses(after, "s") == before) is same


@pytest.mark.parametrize("name", ["us-wash", "uk", "ca"])
def test_the_day_is_also_right_for_a_loss_that_is_only_planned(name: str) -> None:
    book = ledger("b1 2024-01-10 buy X 4 total=400")
    table = candidates(book, profile(name), {"X": WAD}, ordinal(DAY))
    (wait,) = table.do_not_buy
    planned = book.plus([sale(table.rows[0], ordinal(DAY))])
    before = losses(computed(planned, profile(name), Options()), "sale")
    for day, same in ((wait.until - 1, False), (wait.until, True)):
        after = simulate(planned, [buys(day)], profile(name)).after
        # Who has sold everything holds nothing at the window's end but what he buys.
        assert (losses(after, "sale") == before) is same


def test_a_window_that_has_closed_is_no_longer_told() -> None:
    rows = ("b1 2024-01-10 buy X 4 total=400", "s 2025-05-16 sell X 2 total=80")
    assert found(*rows, name="us-wash", prices={}, on="2025-06-15").do_not_buy
    assert not found(*rows, name="us-wash", prices={}, on="2025-06-16").do_not_buy


def sale(row: Candidate, day: int, value: int | None = None) -> Event:
    lot = (Named(row.lot, row.quantity),) if row.kind == "lot" else ()
    order = order_of(day, Kind.SELL, None)
    total = row.value if value is None else value
    return Event(
        "sale",
        Kind.SELL,
        order,
        day,
        row.asset,
        row.quantity,
        total,
        wallet=row.wallet,
        owner=row.owner,
        lot=lot,
    )


# ------------------------------------------------------------ random ledgers
def random_book(seed: int) -> Ledger:
    random = Random(f"candidates {seed}")
    rows = random_events(
        random,
        random.choice((8, 25, 60)),
        days=random.choice((20, 60, 400)),
        owners=random.choice((("",), ("ann", "ben"))),
        wallets=random.choice((("a",), ("a", "b"))),
        assets=random.choice((("ETH",), ("ETH", "WETH"), ("ETH", "WETH", "UNI"))),
    )
    start = ordinal(random.choice(("2021-01-01", "2025-01-20"))) - 737_000
    moved = [
        row._replace(day=row.day + start, order=row.order + order_of(start, Kind.SELL, 0))
        for row in rows
    ]
    shift = order_of(0, Kind.SELL, 0)
    return Ledger.of(
        (row._replace(order=row.order - shift) for row in moved), {"ETH": 2, "WETH": 2}
    )


def asked(seed: int) -> tuple[Ledger, dict[str, int], int]:
    book, random = random_book(seed), Random(seed)
    day = (book.events[-1].day if book.events else 738_000) + random.choice((0, 1, 20, 40, 400))
    return book, {name: random.randint(0, 150 * 10**20) for name in ("ETH", "WETH", "UNI")}, day


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize("seed", range(15))
def test_a_row_is_what_the_ledger_with_that_sale_gives(name: str, seed: int) -> None:
    book, prices, day = asked(seed)
    one = profile(name)
    table = candidates(book, one, prices, day)
    options = Options(as_of=day, identified=frozenset({"sale"}))
    for row in table.rows:
        assert row.recognised + row.deferred + row.denied == row.realised
        made = simulate(book, [sale(row, day)], one, options)
        assert (row.realised, row.deferred) == (made.realised, made.deferred)
        if not one.holding.on(day).exempt:
            assert (row.recognised, row.denied) == (made.recognised, made.denied)
        elif row.term == "long":
            assert row.recognised == 0
        if row.kind == "lot":
            assert row.gain == row.realised


@pytest.mark.parametrize("name", ["us-wash", "ca"])
@pytest.mark.parametrize("seed", range(15))
def test_the_day_to_sell_is_the_first_on_which_nothing_of_the_loss_is_lost(
    name: str, seed: int
) -> None:
    book, prices, day = asked(seed)
    if book.events and book.events[0].day < 738_521 + 365:
        day = min(day, ordinal("2024-12-31") - 62)
    one = profile(name)
    table = candidates(book, one, prices, day)
    until = {wait.subject: wait.until for wait in table.do_not_sell if "bought" in wait.why}
    for row in table.rows:
        subject = row.lot + (f" in wallet {row.wallet}" if row.wallet else "")
        subject += (
            f", {row.owner}" if row.owner and len({it.owner for it in table.rows}) > 1 else ""
        )
        harmless = until.get(subject, day)
        for when, spoiled in ((harmless - 1, True), (harmless, False)):
            if when < day:
                continue
            options = Options(as_of=when, identified=frozenset({"sale"}))
            after = simulate(book.until(day), [sale(row, when)], one, options).after
            assert (losses(after, "sale")[1] > 0) is spoiled


@pytest.mark.parametrize("seed", range(40))
def test_few_rows_and_one_computation_for_all_say_what_each_sale_alone_says(seed: int) -> None:
    book, prices, day = asked(seed)
    for name in ("us", "us-wash", "de"):
        one, options = profile(name), Options(as_of=day)
        result = computed(book.until(day), one, options)
        held = holdings_of(result)
        sales = Sales(book.until(day), one, options, day)
        values = [it.quantity * prices[it.asset] // 10 ** book.places(it.asset) for it in held]
        together = sales.sell_each(held, values, day)
        assert together == [
            sales.sell(it, value, day) for it, value in zip(held, values, strict=True)
        ]
