from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.tax.engine.shares_ledgers import (
    CLASSES,
    FIRST,
    Draw,
    buy,
    done,
    draws,
    faults,
    job,
    ledger_of,
    sell,
    shuffled,
)
from vaultsdk.tax.engine.shares_book import Book
from vaultsdk.tax.engine.shares_match import match
from vaultsdk.tax.ledger.event import Event, Kind

_IN = (Kind.BUY, Kind.INCOME, Kind.TRANSFER_IN)


@given(draws)
def test_quantity_and_cost_are_conserved_exactly(wanted: list[Draw]) -> None:
    events = ledger_of(wanted)
    out = done(*events, same=CLASSES)
    for owner in ("", "other"):
        own = [event for event in events if event.owner == owner]
        put_in = sum(event.total + event.fee for event in own if event.kind in _IN)
        taken = sum(one.basis for one in out.disposals if one.owner == owner)
        left = sum(pool.cost for pool in out.pools if pool.owner == owner)
        assert put_in == taken + left
        for group in ("A", "B", "C"):
            of = [event for event in own if CLASSES.get(event.asset, event.asset) == group]
            balance = sum(_change(event) for event in of)
            pools = [pool for pool in out.pools if (pool.owner, pool.asset) == (owner, group)]
            assert balance == sum(pool.quantity for pool in pools)
            assert all(pool.cost == 0 for pool in pools if not pool.quantity)
    assert all(one.basis >= 0 and one.quantity > 0 for one in out.disposals)


def _change(event: Event) -> int:
    if event.kind == Kind.TRANSFER:
        return -event.fee_quantity
    return event.quantity if event.kind in (*_IN, Kind.WRAP_IN) else -event.quantity


@given(draws)
def test_proceeds_and_fees_are_shared_out_exactly(wanted: list[Draw]) -> None:
    events = ledger_of(wanted)
    sales = [event for event in events if event.kind in (Kind.SELL, Kind.GIFT_OUT, Kind.TRANSFER)]
    out = done(*events, same=CLASSES)
    assert sum(one.fee for one in out.disposals) == sum(event.fee for event in sales)
    brought = sum(event.total - event.fee for event in sales)
    assert sum(one.proceeds for one in out.disposals) == brought
    named = {id for one in out.disposals for id in one.event.split(";")}
    assert named == {event.id for event in sales}


@given(draws, st.randoms(use_true_random=False), st.booleans())
def test_the_order_and_the_hour_of_a_days_rows_change_nothing(
    wanted: list[Draw], random: Random, timed: bool
) -> None:
    events = ledger_of(wanted)
    mixed = shuffled(events, random, timed)
    assert done(*mixed, same=CLASSES) == done(*events, same=CLASSES)


@given(draws, st.integers(0, 39), st.integers(1, 39))
def test_an_event_split_in_two_changes_nothing_but_names(
    wanted: list[Draw], which: int, units: int
) -> None:
    events = ledger_of(wanted)
    if not events:
        return
    event = events[which % len(events)]
    if event.quantity < 2 or event.group or event.kind == Kind.TRANSFER:
        return
    first = 1 + units % (event.quantity - 1)
    total, fee = event.total * first // event.quantity, event.fee * first // event.quantity
    halves = (
        event._replace(quantity=first, total=total, fee=fee),
        event._replace(
            id=event.id + "b",
            quantity=event.quantity - first,
            total=event.total - total,
            fee=event.fee - fee,
        ),
    )
    split = [half for one in events for half in (halves if one is event else (one,))]
    before, after = done(*events, same=CLASSES), done(*split, same=CLASSES)
    assert [one._replace(event="", lot="") for one in after.disposals] == [
        one._replace(event="", lot="") for one in before.disposals
    ]
    assert after.pools == before.pools


@given(draws, st.integers(0, 39), st.integers(1, 100))
def test_selling_more_than_is_held_is_always_told_and_gives_no_result(
    wanted: list[Draw], gap: int, more: int
) -> None:
    events = ledger_of(wanted)
    end = max((event.day for event in events), default=FIRST) + gap
    held = sum(
        _change(event)
        for event in events
        if event.owner == "" and CLASSES.get(event.asset, event.asset) == "A"
    )
    sale = sell("too much", end, held + more, 100, asset="WA")
    later = buy("later", end + 1, held + more, 100, asset="A")
    (fault,) = faults(*events, sale, later, same=CLASSES)
    assert "is held: correct the quantity" in fault


def test_the_work_of_matching_grows_with_the_days_and_not_with_their_windows() -> None:
    # Every day sells, and every day buys too little to cover it: all windows are full of days
    # that are used up; and the other way round: full of days that no disposal needs.
    for bought, sold in ((1, 7), (7, 1), (5, 5), (3, 4)):
        for count in (100, 1_000, 10_000):
            stock = buy("stock", FIRST - 100, 10 * count, 1)
            rows = [buy(f"b{n}", FIRST + n, bought, n) for n in range(1, count, 2)]
            rows += [sell(f"s{n}", FIRST + n, sold, n) for n in range(0, count, 2)]
            book = Book(job(stock, *rows))
            (holding,) = book.holdings.values()
            assert match(holding.days, 30) <= 2 * len(holding.days)
