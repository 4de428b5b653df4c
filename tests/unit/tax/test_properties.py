"""What holds for every ledger, under every profile, method and scope.

What is not claimed, because the law has it otherwise: a purchase or a sale written as two is two
purchases or two transactions for section 1091 (so its result may differ), and a transfer with a fee
written as two spends other units as its fee.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.unit.tax.engine.unit_ledgers import INTO, STARTS, Draw, grown, long_draws
from tests.unit.tax.engine.unit_model import UnitModel
from vaultsdk.tax.compute import compute
from vaultsdk.tax.identity import packaged_identity
from vaultsdk.tax.ledger.event import MOVES, WAD, Event, Kind, order_of
from vaultsdk.tax.ledger.ledger import Ledger
from vaultsdk.tax.options import Options
from vaultsdk.tax.profiles import profile
from vaultsdk.tax.result import Disposal, TaxResult
from vaultsdk.tax.rules.fees import TOKEN_FEES
from vaultsdk.tax.simulate import simulate

How = tuple[str, str | None, str]  # profile, method, scope
US: tuple[How, ...] = tuple(
    ("us", method, scope)
    for method in ("fifo", "lifo", "hifo", "spec")
    for scope in ("auto", "wallet", "universal")
)
WASH: tuple[How, ...] = tuple(("us-wash", method, scope) for _, method, scope in US)
DE: tuple[How, ...] = (("de", "fifo", "wallet"), ("de", "fifo", "universal"))
AVERAGE: tuple[How, ...] = (("average", None, "wallet"), ("average", None, "universal"))
UK: tuple[How, ...] = (("uk", None, "auto"),)
CA: tuple[How, ...] = (("ca", None, "auto"),)
LOTS = US + WASH + DE
POOLS = AVERAGE + UK + CA
ALL = LOTS + POOLS

seeds = st.integers(0, 1 << 30)
starts = st.sampled_from(STARTS)


def ledger_of(wanted: Sequence[Draw], start: int, seed: int) -> list[Event]:
    """Rows with totals that nothing divides evenly; some fees are those of a sale."""
    random = Random(seed)
    events = grown(UnitModel(), wanted, start, random)
    for at, event in enumerate(events):
        if event.kind == Kind.GIFT_OUT:
            events[at] = event._replace(total=random.randint(1, WAD))
        if event.kind == Kind.FEE:
            for other, sale in enumerate(events):
                if sale.kind == Kind.SELL and sale.day == event.day and not sale.group:
                    events[at] = event._replace(group=f"g{at}")
                    events[other] = sale._replace(group=f"g{at}")
                    break
    return events


def done(events: Iterable[Event], how: How, **more: Any) -> TaxResult:
    name, method, scope = how
    if name in ("uk", "ca"):  # where a gift is a disposal, and its row has its value
        events = [event._replace(valued=True) for event in events]
    return compute(Ledger.of(events), profile(name), method=method, scope=scope, **more)


def each(events: Sequence[Event], hows: Iterable[How]) -> Iterator[tuple[How, TaxResult]]:
    for how in hows:
        yield how, done(events, how)


def gone(event: Event, how: How) -> bool:
    """Whether the row is a disposal for its whole quantity."""
    if event.kind == Kind.GIFT_OUT:
        return how[0] in ("uk", "ca")
    return event.kind in (Kind.SELL, Kind.SPEND, Kind.FEE, Kind.HARVEST_OUT)


# ---------------------------------------------------------------- conservation
@given(long_draws(), starts, seeds)
def test_what_came_in_is_what_went_out_and_what_is_left(
    wanted: list[Draw], start: int, seed: int
) -> None:
    events = ledger_of(wanted, start, seed)
    cost = sum(
        event.total + event.fee for event in TOKEN_FEES.attach(tuple(events)) if event.kind in INTO
    )
    for how, result in each(events, ALL):
        carried = sum(one.amount for one in result.adjustments if one.carried)
        left = sum(one.basis for one in result.open_lots) + sum(one.cost for one in result.pools)
        out = sum(one.basis for one in result.disposals) + sum(one.basis for one in result.removals)
        assert cost + carried == out + left, how
        assert all(one.basis >= 0 and one.quantity > 0 for one in result.disposals)
        assert all(one.basis >= 0 and one.quantity > 0 for one in result.open_lots)


@given(long_draws(), starts, seeds)
def test_no_unit_is_lost_or_made(wanted: list[Draw], start: int, seed: int) -> None:
    events = ledger_of(wanted, start, seed)
    for how, result in each(events, ALL):
        same = packaged_identity().same("ca-superficial") if how[0] == "ca" else {}
        balance: dict[tuple[str, str], int] = {}
        for event in events:
            key = event.owner, same.get(event.asset, event.asset)
            change = event.quantity if event.kind in (*INTO, Kind.WRAP_IN) else -event.quantity
            change = -event.fee_quantity if event.kind == Kind.TRANSFER else change
            balance[key] = balance.get(key, 0) + change
        held: dict[tuple[str, str], int] = {}
        left = [(one.owner, one.asset, one.quantity) for one in result.open_lots]
        left += [(one.owner, one.asset, one.quantity) for one in result.pools]
        for owner, asset, units in left:
            key = owner, same.get(asset, asset)
            held[key] = held.get(key, 0) + units
        assert {key: units for key, units in held.items() if units} == {
            key: units for key, units in balance.items() if units
        }, how
        taken = sum(one.quantity for one in result.disposals)
        assert taken == sum(
            event.quantity if gone(event, how) else event.fee_quantity for event in events
        )


@given(long_draws(), starts, seeds)
def test_the_parts_of_an_event_add_up_to_it(wanted: list[Draw], start: int, seed: int) -> None:
    events = ledger_of(wanted, start, seed)
    rows = {event.id: event for event in TOKEN_FEES.attach(tuple(events))}
    for how, result in each(events, ALL):
        parts: dict[str, list[Disposal]] = {}
        for one in result.disposals:
            parts.setdefault(one.event, []).append(one)
        for id, ones in parts.items():
            of = [rows[one] for one in id.split(";")]
            assert sum(one.proceeds for one in ones) == sum(row.total - row.fee for row in of), how
            assert sum(one.fee for one in ones) == sum(row.fee for row in of)
        told = {id for joined in parts for id in joined.split(";")}
        assert told == {event.id for event in events if gone(event, how) or event.fee_quantity}, how


@given(long_draws(), starts, seeds)
def test_every_basis_follows_from_what_the_lot_had(
    wanted: list[Draw], start: int, seed: int
) -> None:
    events = ledger_of(wanted, start, seed)
    for how, result in each(events, ALL):
        for one in result.disposals:
            assert one.basis == (
                one.of_basis * one.quantity // one.of_quantity
                if one.quantity < one.of_quantity
                else one.of_basis
            ), how


@given(long_draws(), starts, seeds)
def test_what_is_disallowed_is_deferred_or_denied(
    wanted: list[Draw], start: int, seed: int
) -> None:
    events = ledger_of(wanted, start, seed)
    for how, result in each(events, ALL):
        assert sum(one.disallowed for one in result.disposals) == sum(
            one.amount for one in result.adjustments
        ), how
        by_event: dict[str, int] = {}
        for one in result.disposals:
            assert one.recognised == one.gain + one.disallowed
            assert 0 <= one.disallowed <= max(0, -one.gain)
            by_event[one.event] = by_event.get(one.event, 0) + one.disallowed
        for adjustment in result.adjustments:
            by_event[adjustment.event] -= adjustment.amount
        assert not any(by_event.values()), how
        if how[0] not in ("us-wash", "ca"):
            assert not result.adjustments


def test_a_wrap_of_many_units_into_few_loses_no_basis() -> None:
    random = Random(3)
    for _ in range(300):
        day = STARTS[0]
        events: list[Event] = []
        units = 0
        for number in range(random.randint(1, 6)):
            quantity = random.randint(1, 9)
            units += quantity
            order = order_of(day, Kind.BUY, None)
            total = random.randint(0, 10**19)
            events.append(Event(f"b{number}", Kind.BUY, order, day, "A", quantity, total))
        some = random.randint(1, units)
        order = order_of(day, Kind.WRAP_OUT, None)
        events.append(Event("o", Kind.WRAP_OUT, order, day, "A", some, group="w"))
        come = random.randint(1, some)
        events.append(Event("i", Kind.WRAP_IN, order, day, "B", come, group="w"))
        for how, result in each(events, LOTS + AVERAGE):
            left = [(one.asset, one.quantity, one.basis) for one in result.open_lots]
            left += [(one.asset, one.quantity, one.cost) for one in result.pools]
            assert sum(cost for *_, cost in left) == sum(event.total for event in events), how
            assert sum(units for asset, units, _ in left if asset == "B") == come


# ---------------------------------------------------------------- order and size of rows
def _dated(events: Iterable[Event]) -> list[Event]:
    """The same rows with dates only: acquisitions, then moves, then disposals of a day."""
    rows = [event._replace(order=order_of(event.day, event.kind, None)) for event in events]
    return list(Ledger.of(rows).events)


def _direction(event: Event) -> int:
    return 0 if event.kind in INTO else 1 if event.kind in MOVES else 2


@given(long_draws(), starts, seeds)
def test_rows_of_a_day_in_different_directions_may_stand_in_any_order(
    wanted: list[Draw], start: int, seed: int
) -> None:
    events = _dated(ledger_of(wanted, start, seed))
    random = Random(seed)
    lanes: list[list[Event]] = [[], [], []]
    for event in events:
        lanes[_direction(event)].append(event)
    mixed: list[Event] = []
    while any(lanes):
        mixed.append(random.choice([lane for lane in lanes if lane]).pop(0))
    for how in ALL:
        assert done(mixed, how) == done(events, how), how


@given(long_draws(), starts, seeds)
def test_in_the_uk_all_rows_of_a_day_may(wanted: list[Draw], start: int, seed: int) -> None:
    events = _dated(ledger_of(wanted, start, seed))
    mixed = Random(seed).sample(events, len(events))
    assert done(mixed, UK[0]) == done(events, UK[0])


@given(long_draws(), starts, seeds)
def test_under_an_average_the_acquisitions_of_a_day_may_and_nothing_changes(
    wanted: list[Draw], start: int, seed: int
) -> None:
    events = _dated(ledger_of(wanted, start, seed))
    came = [event for event in events if event.kind in INTO]
    came = Random(seed).sample(came, len(came))
    others = [event for event in events if event.kind not in INTO]
    for how in AVERAGE + CA:
        found, wanted_ = done([*came, *others], how), done(events, how)
        assert found.disposals == wanted_.disposals, how
        assert found.pools == wanted_.pools
        assert found.net == wanted_.net


@given(long_draws(), starts, seeds)
def test_under_an_average_its_disposals_may_and_units_of_1e_18_change(
    wanted: list[Draw], start: int, seed: int
) -> None:
    events = _dated(ledger_of(wanted, start, seed))
    went = [event for event in events if _direction(event) == 2]
    went = Random(seed).sample(went, len(went))
    others = [event for event in events if _direction(event) != 2]
    for how in AVERAGE + CA:
        _near(done([*others, *went], how), done(events, how), lambda id: id, 3 * len(events), how)


def _split(event: Event, units: int) -> tuple[Event, Event]:
    total = event.total * units // event.quantity
    fee = event.fee * units // event.quantity
    return (
        event._replace(quantity=units, total=total, fee=fee),
        event._replace(
            id=event.id + "+",
            quantity=event.quantity - units,
            total=event.total - total,
            fee=event.fee - fee,
        ),
    )


@given(long_draws(), starts, seeds)
def test_a_row_written_as_two_changes_nothing_beyond_a_unit_of_1e_18_for_each_rounding(
    wanted: list[Draw], start: int, seed: int
) -> None:
    events = ledger_of(wanted, start, seed)
    able = [
        event
        for event in events
        if event.quantity > 1 and not event.group and not event.fee_quantity
    ]
    assume(able)
    random = Random(seed)
    event = random.choice(able)
    halves = _split(event, random.randint(1, event.quantity - 1))
    split = [half for one in events for half in (halves if one is event else (one,))]
    # The parts of the row itself are rounded once. What is cut off the same lots later has a unit
    # more or less for every cut before it, for the remainder stays with the lot.
    cuts = sum(one.kind not in INTO for one in events)
    own = event.id if event.kind not in INTO else ""
    for how in ALL if event.kind == Kind.TRANSFER else US + DE + POOLS:
        if how[1] == "hifo" and any(one.kind == Kind.WRAP_IN for one in events):
            continue  # a wrap makes two lots of one unit cost: rounding decides between them
        _near(done(split, how), done(events, how), _unsplit, 1, how, own, cuts)


def _unsplit(id: str) -> str:
    return id.removesuffix("+")


def _near(
    found: TaxResult,
    wanted: TaxResult,
    named: Callable[[str], str],
    near: int,
    how: How,
    first: str = "",
    later: int = 0,
) -> None:

    def names(ids: str) -> str:
        return ";".join(sorted({named(id) for id in ids.split(";")}))

    def sums(result: TaxResult) -> dict[tuple[object, ...], list[int]]:
        rows: dict[tuple[object, ...], list[int]] = {}
        for one in result.disposals:
            key: tuple[object, ...] = (names(one.event), names(one.lot), one.acquired, one.term)
            money = 1, one.quantity, one.proceeds, one.basis, one.disallowed, one.fee
            rows[key] = [a + b for a, b in zip(rows.get(key, [0] * 6), money, strict=True)]
        for lot in result.open_lots:
            key = named(lot.lot), lot.wallet, lot.asset, lot.acquired
            money = 1, lot.quantity, 0, lot.basis, 0, 0
            rows[key] = [a + b for a, b in zip(rows.get(key, [0] * 6), money, strict=True)]
        for pool in result.pools:
            rows[pool.asset, pool.owner, pool.wallet] = [1, pool.quantity, 0, pool.cost, 0, 0]
        return rows

    got, asked = sums(found), sums(wanted)
    assert got.keys() == asked.keys(), how
    for key, row in got.items():
        other = asked[key]
        assert row[1] == other[1], (how, key)
        bound = near * max(row[0], other[0]) + (0 if key[0] == first else later)
        changes = [abs(a - b) for a, b in zip(row[2:], other[2:], strict=True)]
        assert max(changes) <= bound, (how, key, row, other)


# ---------------------------------------------------------------- methods, time, what if
@given(long_draws(), starts, seeds)
def test_once_everything_is_sold_all_methods_and_profiles_recognise_the_same(
    wanted: list[Draw], start: int, seed: int
) -> None:
    kept = [draw for draw in wanted if draw.action != "gift out"]
    model = UnitModel()
    events = grown(model, kept, start, Random(seed))
    assume(events)
    day = events[-1].day + 61
    order = order_of(day, Kind.SELL, None)
    for (owner, asset), wallets in model.physical.items():
        for wallet, units in wallets.items():
            if units:
                id = f"z{len(events)}"
                sale = Event(id, Kind.SELL, order, day, asset, units, 7 * WAD + 1)
                events.append(sale._replace(owner=owner, wallet=wallet))
    brought = sum(event.total - event.fee for event in events if event.kind not in INTO)
    cost = sum(event.total + event.fee for event in events if event.kind in INTO)
    for how, result in each(events, ALL):
        assert not result.open_lots
        assert not any(pool.quantity or pool.cost for pool in result.pools)
        assert sum(one.recognised for one in result.disposals) == brought - cost, how
        if how[0] not in ("us-wash", "ca"):
            assert sum(one.gain for one in result.disposals) == brought - cost, how


@given(long_draws(), starts, seeds, st.integers(0, 40))
def test_what_then_happens_is_what_was_simulated(
    wanted: list[Draw], start: int, seed: int, at: int
) -> None:
    events = ledger_of(wanted, start, seed)
    while 0 < at < len(events) and events[at].group == events[at - 1].group != "":
        at += 1  # both legs of a wrap happen at once
    for how in ALL:
        rows = events
        if how[0] in ("uk", "ca"):
            rows = [event._replace(valued=True) for event in events]
        options = Options(method=how[1], scope=how[2])
        first = Ledger.of(rows[:at])
        found = simulate(first, rows[at:], profile(how[0]), options)
        assert found.before == done(rows[:at], how), how
        happened = done(rows, how)
        assert found.after == happened, how
        assert found.recognised + found.deferred + found.denied == found.realised


@given(long_draws(), starts, seeds, st.integers(0, 40))
def test_as_of_a_day_is_the_ledger_cut_after_it(
    wanted: list[Draw], start: int, seed: int, at: int
) -> None:
    events = ledger_of(wanted, start, seed)
    assume(events)
    day = events[at % len(events)].day
    cut = [event for event in events if event.day <= day]
    for how in ALL:
        found = done(events, how, as_of=day)
        assert found.as_of == day
        known = done(cut, how)
        assert replace(found, as_of=None, notes=()) == replace(known, notes=()), how


@given(long_draws(), starts, seeds)
def test_a_computation_can_be_repeated_and_leaves_its_ledger_alone(
    wanted: list[Draw], start: int, seed: int
) -> None:
    events = ledger_of(wanted, start, seed)
    ledger = Ledger.of([event._replace(valued=True) for event in events])
    copy = Ledger.of(tuple(ledger.events), dict(ledger.decimals))
    for name, method, scope in ALL:
        first = compute(ledger, profile(name), method=method, scope=scope)
        assert first == compute(ledger, profile(name), method=method, scope=scope)
        assert ledger == copy


@pytest.mark.parametrize("scope", ["auto", "wallet", "universal"])
@given(long_draws(), starts, seeds)
def test_all_of_it_holds_for_named_lots_too(
    scope: str, wanted: list[Draw], start: int, seed: int
) -> None:
    events = grown(UnitModel("spec", scope, naming=True), wanted, start, Random(seed))
    cost = sum(event.total + event.fee for event in events if event.kind in INTO)
    for name in ("us", "us-wash"):
        result = done(events, (name, "spec", scope))
        carried = sum(one.amount for one in result.adjustments)
        out = sum(one.basis for one in result.disposals) + sum(one.basis for one in result.removals)
        assert cost + carried == out + sum(one.basis for one in result.open_lots)
        lots = {event.id: {name.lot for name in event.lot} for event in events if event.lot}
        for one in result.disposals:
            assert one.event not in lots or one.lot in lots[one.event]
            assert (one.rule == "SPEC") is (one.event in lots)
