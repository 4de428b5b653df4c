"""Ledgers for the tests of the share rules: rows by hand, and random ones that hold together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from random import Random
from typing import Any

from hypothesis import strategies as st

from vaultsdk.tax.engine.job import Job
from vaultsdk.tax.engine.shares import run
from vaultsdk.tax.ledger.event import Event, Kind, order_of, ordinal
from vaultsdk.tax.ledger.ledger import Ledger
from vaultsdk.tax.profiles.uk import UK
from vaultsdk.tax.result import Matched

CLASSES = {"WA": "A", "A": "A"}
FIRST = ordinal("2020-01-01")


def row(id: str, day: str | int, kind: Kind, quantity: int, total: int = 0, **more: Any) -> Event:
    """A date-only row of asset X, amounts as they are."""
    on = ordinal(day) if isinstance(day, str) else day
    more.setdefault("asset", "X")
    order = order_of(on, kind, more.pop("microsecond", None))
    return Event(id, kind, order, on, quantity=quantity, total=total, **more)


def buy(id: str, day: str | int, quantity: int, total: int, **more: Any) -> Event:
    return row(id, day, Kind.BUY, quantity, total, **more)


def sell(id: str, day: str | int, quantity: int, total: int, **more: Any) -> Event:
    return row(id, day, Kind.SELL, quantity, total, **more)


def wrap(id: str, day: str | int, source: str, gone: int, target: str, come: int) -> list[Event]:
    return [
        row(f"{id}-out", day, Kind.WRAP_OUT, gone, asset=source, group=id),
        row(f"{id}-in", day, Kind.WRAP_IN, come, asset=target, group=id),
    ]


def job(*events: Event, **more: Any) -> Job:
    decimals = more.pop("decimals", {})
    same = more.pop("same", {})
    profile = more.pop("profile", UK)
    ledger = Ledger.of(events, decimals)
    return Job(ledger, profile, None, profile.scope, same, **more)


def done(*events: Event, **more: Any) -> Matched:
    """The result of a ledger without problems."""
    one = job(*events, **more)
    run(one)
    assert not one.problems
    return one.out


def faults(*events: Event, **more: Any) -> list[str]:
    one = job(*events, **more)
    run(one)
    assert not one.out.disposals and not one.out.pools
    return [f"{problem.row} {problem.column}: {problem.cause}" for problem in one.problems]


@dataclass(frozen=True)
class Draw:
    """What a random row wants to do; it does as much of it as the balance allows."""

    gap: int
    action: str
    asset: str
    owner: str
    quantity: int
    total: int
    fee: int


ACTIONS = ("buy", "sell", "income", "in", "gift", "move", "wrap", "unwrap", "stake", "buy", "sell")
# Small numbers of units and of 1e-18, so that every division leaves something over.
draws = st.lists(
    st.builds(
        Draw,
        gap=st.sampled_from((0, 0, 1, 3, 12, 29, 30, 31)),
        action=st.sampled_from(ACTIONS),
        asset=st.sampled_from(("A", "WA", "B", "C")),
        owner=st.sampled_from(("", "", "other")),
        quantity=st.integers(1, 40),
        total=st.integers(0, 1_000),
        fee=st.integers(0, 20),
    ),
    max_size=40,
)


def drawn(random: Random, size: int) -> list[Draw]:
    return [
        Draw(
            random.choice((0, 0, 0, 1, 2, 7, 15, 30, 31)),
            random.choice(ACTIONS),
            random.choice(("A", "WA", "B", "C")),
            random.choice(("", "", "other")),
            random.randint(1, 40),
            random.randint(0, 1_000),
            random.randint(0, 20),
        )
        for _ in range(size)
    ]


def ledger_of(wanted: Iterable[Draw]) -> list[Event]:
    """Rows that never take more than is held. Wraps: A and WA are of one class, B is A wrapped
    one for one, C is B staked at two for three."""
    events: list[Event] = []
    held: dict[tuple[str, str], int] = {}
    day = FIRST
    for number, one in enumerate(wanted):
        day += one.gap
        id = f"e{number:04}"
        kind, asset, target = _what(one)
        key = one.owner, CLASSES.get(asset, asset)
        quantity = one.quantity
        if kind not in (Kind.BUY, Kind.INCOME, Kind.TRANSFER_IN):
            quantity = min(quantity, held.get(key, 0))
            if target == "C":
                quantity -= quantity % 3
            if not quantity:
                continue
        base = {"asset": asset, "owner": one.owner}
        if target:
            come = quantity // 3 * 2 if target == "C" else quantity
            legs = wrap(id, day, asset, quantity, target, come)
            events.extend(leg._replace(owner=one.owner) for leg in legs)
            goal = one.owner, CLASSES.get(target, target)
            held[key] -= quantity
            held[goal] = held.get(goal, 0) + come
        elif kind == Kind.TRANSFER:
            spent = min(quantity, 2)
            events.append(row(id, day, kind, quantity, one.total, fee_quantity=spent, **base))
            held[key] -= spent
        else:
            fee = 0 if kind in (Kind.INCOME, Kind.TRANSFER_IN) else one.fee
            events.append(row(id, day, kind, quantity, one.total, fee=fee, **base))
            comes = kind in (Kind.BUY, Kind.INCOME, Kind.TRANSFER_IN)
            held[key] = held.get(key, 0) + (quantity if comes else -quantity)
    return events


def _what(one: Draw) -> tuple[Kind, str, str]:
    if one.action == "wrap":
        return Kind.WRAP_OUT, "A", "B"
    if one.action == "unwrap":
        return Kind.WRAP_OUT, "B", "WA"
    if one.action == "stake":
        return Kind.WRAP_OUT, "B", "C"
    kinds = {
        "buy": Kind.BUY,
        "sell": Kind.SELL,
        "income": Kind.INCOME,
        "in": Kind.TRANSFER_IN,
        "gift": Kind.GIFT_OUT,
        "move": Kind.TRANSFER,
    }
    return kinds[one.action], one.asset, ""


def shuffled(events: Iterable[Event], random: Random, timed: bool) -> list[Event]:
    """The same rows in another order of the file, and at any hour of their day."""
    mixed = list(events)
    random.shuffle(mixed)
    if not timed:
        return mixed
    return [
        event._replace(order=order_of(event.day, event.kind, random.randrange(86_400_000_000)))
        for event in mixed
    ]
