"""Ledgers for the average engine: short ways to write them, and many at random."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random

from vaultsdk.tax.engine.average import run
from vaultsdk.tax.engine.job import Job
from vaultsdk.tax.ledger.event import WAD, Event, Kind, order_of, ordinal
from vaultsdk.tax.ledger.ledger import Ledger
from vaultsdk.tax.profile import Profile
from vaultsdk.tax.profiles.average import AVERAGE
from vaultsdk.tax.profiles.ca import CA
from vaultsdk.tax.result import Matched
from vaultsdk.tax.rules.scope import Scope
from vaultsdk.tax.rules.timeline import Timeline

SAME = {"WETH": "ETH"}


def event(
    id: str,
    day: str | int,
    kind: Kind,
    quantity: int,
    total: int = 0,
    *,
    asset: str = "ETH",
    at: int | None = None,
    **more: object,
) -> Event:
    """Totals and fees are given in whole units of money; `at` is the second of the day."""
    if isinstance(day, str):
        day = ordinal(day)
    order = order_of(day, kind, None if at is None else at * 1_000_000)
    if "fee" in more:
        more["fee"] = int(str(more["fee"])) * WAD
    return Event(id, kind, order, day, asset, quantity, total * WAD, **more)  # type: ignore[arg-type]


def job(
    *events: Event,
    profile: Profile = AVERAGE,
    scope: Scope | None = None,
    same: Mapping[str, str] | None = None,
    as_of: str | None = None,
    decimals: Mapping[str, int] | None = None,
) -> Job:
    day = None if as_of is None else ordinal(as_of)
    scopes = profile.scope if scope is None else Timeline.always(scope)
    ledger = Ledger.of(events, decimals).until(day)
    return Job(ledger, profile, None, scopes, same or {}, day)


def computed(*events: Event, **how: object) -> Matched:
    asked = job(*events, **how)  # type: ignore[arg-type]
    run(asked)
    assert asked.problems == []
    return asked.out


def canada(*events: Event, **how: object) -> Matched:
    return computed(*events, profile=CA, **how)


def causes(*events: Event, **how: object) -> list[tuple[str, str]]:
    """Column and cause of every problem."""
    asked = job(*events, **how)  # type: ignore[arg-type]
    run(asked)
    return [(problem.column, problem.cause) for problem in asked.problems]


def conserved(events: tuple[Event, ...], out: Matched, came_in: frozenset[Kind]) -> None:
    """Nothing lost, nothing created: cost in and denied losses = what went out and what is left."""
    cost = sum(one.total + one.fee for one in events if one.kind in came_in)
    denied = sum(one.amount for one in out.adjustments)
    gone = sum(one.basis for one in out.disposals) + sum(one.basis for one in out.removals)
    assert cost + denied == gone + sum(one.cost for one in out.pools)
    assert denied == sum(one.disallowed for one in out.disposals)


IN = frozenset({Kind.BUY, Kind.INCOME, Kind.TRANSFER_IN, Kind.GIFT_IN, Kind.HARVEST_IN})
_OUT = (Kind.SELL, Kind.SELL, Kind.SELL, Kind.SPEND, Kind.FEE, Kind.GIFT_OUT, Kind.HARVEST_OUT)
_INTO = (Kind.BUY, Kind.BUY, Kind.BUY, Kind.INCOME, Kind.TRANSFER_IN, Kind.GIFT_IN, Kind.HARVEST_IN)


def random_events(
    random: Random,
    count: int,
    *,
    days: int = 120,
    owners: tuple[str, ...] = ("",),
    wallets: tuple[str, ...] = ("",),
    assets: tuple[str, ...] = ("ETH",),
    units: int = 30,
    pool_of: Callable[[str, str, str], tuple[str, str, str]] = lambda *key: key,
) -> tuple[Event, ...]:
    """A ledger in which nobody takes more than he holds. Half of the rows have no time."""
    rows: list[Event] = []
    for number in range(count):
        day = 737_000 + random.randrange(days)
        at = None if random.random() < 0.5 else random.randrange(86_400)
        owner, wallet, asset = random.choice(owners), random.choice(wallets), random.choice(assets)
        place = {"owner": owner, "wallet": wallet, "asset": asset, "at": at}
        quantity = random.randint(1, units)
        price = random.randint(50, 150)
        draw = random.random()
        if draw < 0.1:
            other = {**place, "asset": random.choice(assets)}
            group = f"w{number}"
            legs = [
                event(f"{number}o", day, Kind.WRAP_OUT, quantity, group=group, **place),
                event(f"{number}i", day, Kind.WRAP_IN, quantity, group=group, **other),
            ]
            random.shuffle(legs)
            rows += legs
        elif draw < 0.2:
            fee = random.randint(0, quantity)
            to = random.choice(wallets)
            rows.append(
                event(
                    str(number),
                    day,
                    Kind.TRANSFER,
                    quantity,
                    price * fee,
                    fee_quantity=fee,
                    to_wallet=to,
                    **place,
                )
            )
        else:
            kind = random.choice(_INTO if draw < 0.6 else _OUT)
            total = price * quantity
            rows.append(
                event(str(number), day, kind, quantity, total, fee=random.randint(0, 9), **place)
            )
            rows[-1] = rows[-1]._replace(total=rows[-1].total + random.randrange(WAD))
    return _possible(rows, pool_of)


def _possible(
    rows: list[Event], pool_of: Callable[[str, str, str], tuple[str, str, str]]
) -> tuple[Event, ...]:
    """Without the rows that would take more than is held when they come."""
    held: dict[tuple[str, str, str], int] = {}
    kept: list[Event] = []
    legs: dict[str, Event] = {}
    for row in Ledger.of(rows).events:
        key = pool_of(row.owner, row.asset, row.wallet)
        if row.kind in IN:
            held[key] = held.get(key, 0) + row.quantity
        elif row.kind in (Kind.WRAP_OUT, Kind.WRAP_IN):
            first = legs.setdefault(row.group, row)
            if first is row:
                continue
            out, come = (first, row) if first.kind == Kind.WRAP_OUT else (row, first)
            source = pool_of(out.owner, out.asset, out.wallet)
            if held.get(source, 0) < out.quantity:
                continue
            held[source] -= out.quantity
            target = pool_of(come.owner, come.asset, come.wallet)
            held[target] = held.get(target, 0) + come.quantity
            kept.append(first)
        elif held.get(key, 0) < row.quantity:
            continue
        elif row.kind == Kind.TRANSFER:
            held[key] -= row.quantity
            target = pool_of(row.owner, row.asset, row.to_wallet)
            held[target] = held.get(target, 0) + row.quantity - row.fee_quantity
        else:
            held[key] -= row.quantity
        kept.append(row)
    return Ledger.of(kept).events
