"""The engine against a second reading of the rules, in fractions, day by day and unit list by unit
list: slow, and too plain to be wrong in the same way."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import pytest

from tests.unit.tax.engine.shares_ledgers import CLASSES, done, drawn, ledger_of, shuffled
from vaultsdk.tax.ledger.event import Event, Kind

Part = tuple[str, int, str, str, int | None, int, Fraction, Fraction]
Key = tuple[str, str]


class Model:
    def __init__(self, events: list[Event]) -> None:
        self.events = events
        self.by_day: dict[tuple[Key, int], list[Event]] = {}
        for e in events:
            key = e.owner, CLASSES.get(e.asset, e.asset)
            self.by_day.setdefault((key, e.day), []).append(e)
        self.pools: dict[Key, list[Fraction]] = {}
        self.parts: list[Part] = []

    def run(self) -> None:
        first = min(event.day for event in self.events)
        last = max(event.day for event in self.events)
        keys = sorted({(e.owner, CLASSES.get(e.asset, e.asset)) for e in self.events})
        matched = {key: self.matches(key, first, last) for key in keys}
        for key in keys:
            self.pools[key] = [Fraction(0), Fraction(0)]
        for day in range(first, last + 1):
            for key in keys:
                quantity, cost = self.bought(key, day)
                for source, units in matched[key].items():
                    if source[1] == day:
                        cost -= self.bought(key, day)[1] * units / self.bought(key, day)[0]
                        quantity -= units
                received = self.rows(key, day, Kind.TRANSFER_IN)
                self.pools[key][0] += quantity + sum(e.quantity for e in received)
                self.pools[key][1] += cost + sum(e.total for e in received)
            for owner in {key[0] for key in keys}:
                self.wrap(owner, day)
            for key in keys:
                self.dispose(key, day, matched[key])

    def rows(self, key: Key, day: int, *kinds: Kind) -> list[Event]:
        return [e for e in self.by_day.get((key, day), []) if e.kind in kinds]

    def bought(self, key: Key, day: int) -> tuple[Fraction, Fraction]:
        rows = self.rows(key, day, Kind.BUY, Kind.INCOME)
        quantity = Fraction(sum(e.quantity for e in rows))
        return quantity, Fraction(sum(e.total + e.fee for e in rows))

    def sold(self, key: Key, day: int) -> tuple[Fraction, Fraction]:
        rows = self.rows(key, day, Kind.SELL, Kind.GIFT_OUT, Kind.TRANSFER)
        units = sum(e.fee_quantity if e.kind == Kind.TRANSFER else e.quantity for e in rows)
        return Fraction(units), Fraction(sum(e.total - e.fee for e in rows))

    def matches(self, key: Key, first: int, last: int) -> dict[tuple[int, int], Fraction]:
        """Units by day sold and day bought."""
        found: dict[tuple[int, int], Fraction] = {}
        bought = {day: self.bought(key, day)[0] for day in range(first, last + 31)}
        sold = {day: self.sold(key, day)[0] for day in range(first, last + 1)}
        pairs = [(day, day) for day in sold]
        pairs += [(day, day + after) for day in sold for after in range(1, 31)]
        for day, source in pairs:
            units = min(sold[day], bought[source])
            if units:
                found[day, source] = units
                sold[day] -= units
                bought[source] -= units
        return found

    def wrap(self, owner: str, day: int) -> None:
        def net(source: str, target: str) -> Fraction:
            legs = self.rows((owner, source), day, Kind.WRAP_OUT)
            groups = {e.group for e in self.rows((owner, target), day, Kind.WRAP_IN)}
            return Fraction(sum(e.quantity for e in legs if e.group in groups))

        there = net("A", "B") - net("B", "A")
        if there > 0:
            self.carry((owner, "A"), (owner, "B"), there, there)
        staked = net("B", "C")
        # Both come out of the same pool, so at the same cost for a unit.
        if there < 0:
            self.carry((owner, "B"), (owner, "A"), -there, -there)
        if staked:
            self.carry((owner, "B"), (owner, "C"), staked, staked * 2 / 3)

    def carry(self, source: Key, target: Key, gone: Fraction, come: Fraction) -> None:
        pool = self.pools[source]
        cost = pool[1] * gone / pool[0]
        pool[0] -= gone
        pool[1] -= cost
        self.pools[target][0] += come
        self.pools[target][1] += cost

    def dispose(self, key: Key, day: int, matched: dict[tuple[int, int], Fraction]) -> None:
        sold, proceeds = self.sold(key, day)
        if not sold:
            return
        left = sold
        for (of, source), units in sorted(matched.items()):
            if of != day:
                continue
            quantity, cost = self.bought(key, source)
            rule = "SAME_DAY" if source == day else "30_DAY"
            basis = cost * units / quantity
            self.add(key, day, rule, source, units, proceeds * units / sold, basis)
            left -= units
        if left:
            pool = self.pools[key]
            basis = pool[1] * left / pool[0]
            pool[0] -= left
            pool[1] -= basis
            self.add(key, day, "S104", None, left, proceeds * left / sold, basis)

    def add(
        self,
        key: Key,
        day: int,
        rule: str,
        source: int | None,
        units: Fraction,
        proceeds: Fraction,
        basis: Fraction,
    ) -> None:
        self.parts.append((key[0], day, key[1], rule, source, int(units), proceeds, basis))


@pytest.mark.parametrize("seed", range(20))
def test_random_ledgers_agree_with_the_plain_reading(seed: int) -> None:
    random = Random(seed)
    rules = set()
    for _ in range(20):
        events = ledger_of(drawn(random, random.randint(5, 45)))
        if not events:
            continue
        model = Model(events)
        model.run()
        out = done(*shuffled(events, random, random.random() < 0.5), same=CLASSES)
        slack = 5 * len(events)  # each division rounds down by less than one
        model.parts.sort(key=lambda part: (part[1], part[0], part[2]))
        assert len(out.disposals) == len(model.parts)
        for found, part in zip(out.disposals, model.parts, strict=True):
            owner, day, group, rule, source, units, proceeds, basis = part
            rules.add(rule)
            assert (found.owner, found.disposed, found.rule) == (owner, day, rule)
            assert CLASSES.get(found.asset, found.asset) == group
            assert (found.acquired, found.quantity) == (source, units)
            assert abs(found.proceeds - proceeds) <= 3
            assert abs(found.basis - basis) <= slack
        pools = {(pool.owner, pool.asset): pool for pool in out.pools}
        for key, (quantity, cost) in model.pools.items():
            pool = pools.get(key)
            assert (pool.quantity if pool else 0) == quantity
            assert abs((pool.cost if pool else 0) - cost) <= slack
    assert rules == {"SAME_DAY", "30_DAY", "S104"}
