"""One ledger under several methods and profiles."""

from __future__ import annotations

from random import Random

import pytest

from tests.unit.tax.engine.average_jobs import random_events
from tests.unit.tax.engine.lot_ledgers import ledger
from vaultsdk.tax.compare import Choice, compare, every_method
from vaultsdk.tax.compute import compute
from vaultsdk.tax.errors import LedgerProblemsError, TaxError
from vaultsdk.tax.exact import exact
from vaultsdk.tax.ledger.event import WAD, Event, Kind, order_of, ordinal
from vaultsdk.tax.ledger.ledger import Ledger
from vaultsdk.tax.options import Options
from vaultsdk.tax.profiles import PROFILES, profile

ROWS = (
    "b1 2023-01-10 buy X 1 total=10 wallet=a",
    "b2 2023-02-10 buy X 1 total=30 wallet=a",
    "b3 2025-03-10 buy X 1 total=20 wallet=b",
    "s 2025-04-10 sell X 1 total=25 wallet=a lot=b2",
)


def test_each_method_of_a_profile_takes_its_own_lot() -> None:
    table = compare(ledger(*ROWS), every_method("us"))
    assert [(row.choice.text, exact(row.realised), exact(row.left)) for row in table.rows] == [
        ("us:spec", "-5", "30"),
        ("us:fifo", "15", "50"),
        ("us:lifo", "-5", "30"),
        ("us:hifo", "-5", "30"),
    ]


def test_a_profile_without_methods_is_alone() -> None:
    assert every_method("uk") == [Choice("uk")]
    assert [choice.text for choice in every_method("de")] == ["de:fifo"]


def test_profiles_side_by_side_are_what_each_computes() -> None:
    book = ledger(*ROWS)
    table = compare(book, list(PROFILES))
    assert [row.choice.text for row in table.rows] == list(PROFILES)
    for row in table.rows:
        result = compute(book, profile(row.choice.profile))
        assert row.realised == sum(one.gain for one in result.disposals)
        assert row.recognised == row.realised + row.disallowed
        assert row.years == result.net


def test_scopes_and_options_reach_the_engine() -> None:
    book = ledger(*ROWS)
    (wallets, all_of_them) = compare(book, ["us:lifo", "us:lifo:universal"]).rows
    assert (exact(wallets.realised), exact(all_of_them.realised)) == ("-5", "5")
    (early,) = compare(book, ["us"], Options(as_of=ordinal("2025-04-09"))).rows
    assert (early.realised, exact(early.left)) == (0, "60")


def test_what_germany_exempts_is_told_apart() -> None:
    (de, us) = compare(ledger(*ROWS), ["de", "us:fifo"]).rows
    assert (exact(de.long), exact(de.exempt), exact(de.short)) == ("15", "15", "0")
    assert (exact(us.long), us.exempt) == ("15", 0)


def test_the_document_names_choices_and_years() -> None:
    (row,) = compare(ledger(*ROWS), ["us:hifo:wallet"]).document()["choices"]
    assert (row["choice"], row["profile"], row["method"], row["scope"]) == (
        "us:hifo:wallet",
        "us",
        "hifo",
        "wallet",
    )
    assert (row["realised"], row["long"], row["basis_left"]) == ("-5", "-5", "30")
    assert [year["year"] for year in row["net"]] == ["2025"]


@pytest.mark.parametrize("text", ["us", "us:hifo", "us:hifo:wallet", "uk"])
def test_a_choice_reads_back_as_it_is_written(text: str) -> None:
    assert Choice.parse(text).text == text


@pytest.mark.parametrize("text", ["", ":", "us:", "us::wallet", "us:hifo:wallet:more", ":hifo"])
def test_what_is_no_choice_is_named(text: str) -> None:
    with pytest.raises(TaxError, match="is no choice: write PROFILE") as caught:
        Choice.parse(text)
    assert caught.value.value == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("fr", "no tax profile 'fr'"),
        ("us:avg", "us:avg: profile us has no method 'avg': choose spec, fifo, lifo, hifo"),
        ("uk:fifo", "uk:fifo: profile uk has no method 'fifo'"),
        ("us:fifo:house", "us:fifo:house: profile us has no scope 'house'"),
    ],
)
def test_a_choice_that_cannot_be_is_named(text: str, message: str) -> None:
    with pytest.raises(TaxError, match=message):
        compare(ledger(*ROWS), ["us", text])


def test_a_ledger_that_cannot_be_computed_under_one_choice_names_it() -> None:
    rows = (*ROWS, "t 2025-05-01 sell X 1 total=9 wallet=c")
    assert compare(ledger(*rows), ["us:fifo:universal"]).rows
    with pytest.raises(LedgerProblemsError, match="ledger under us:fifo has 1 problem"):
        compare(ledger(*rows), ["us:fifo:universal", "us:fifo"])


@pytest.mark.parametrize("seed", range(8))
def test_once_everything_is_sold_all_methods_give_one_total(seed: int) -> None:
    book = sold_out(seed)
    choices = [choice for name in PROFILES for choice in every_method(name)]
    rows = compare(book, choices).rows
    assert len(rows) > 10
    # Where losses moved, they moved into the basis of something sold later, and are realised there.
    for row in rows:
        assert row.left == 0
        assert row.realised + row.disallowed == rows[0].realised


def sold_out(seed: int) -> Ledger:
    """Purchases, sales and at last the sale of all that is left, years after."""
    random = Random(f"compare {seed}")
    kept = [
        event._replace(acquired=None)
        for event in random_events(random, 40, days=400, assets=("ETH", "UNI"))
        if event.kind in (Kind.BUY, Kind.SELL, Kind.INCOME)
    ]
    held: dict[str, int] = {}
    rows: list[Event] = []
    for event in kept:
        left = held.get(event.asset, 0)
        if event.kind == Kind.SELL and event.quantity > left:
            continue
        held[event.asset] = left + event.quantity * (-1 if event.kind == Kind.SELL else 1)
        rows.append(event)
    end = rows[-1].day + 1_000
    for asset, units in held.items():
        if units:
            order = order_of(end, Kind.SELL, None)
            rows.append(Event(f"all {asset}", Kind.SELL, order, end, asset, units, 7 * WAD))
    return Ledger.of(rows)
