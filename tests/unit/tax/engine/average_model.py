"""The average and the superficial loss once more: fractions, sums over all events, no cleverness.

Only quantities are whole numbers here as they are in the engine; money is never rounded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from vaultsdk.tax.ledger.event import Event, Kind

BOUGHT = {Kind.BUY, Kind.INCOME, Kind.HARVEST_IN}
GIVEN = {Kind.SELL, Kind.SPEND, Kind.FEE, Kind.HARVEST_OUT}


@dataclass
class Answer:
    basis: dict[str, Fraction] = field(default_factory=dict)
    denied: dict[str, Fraction] = field(default_factory=dict)
    pools: dict[tuple[str, str, str], tuple[int, Fraction]] = field(default_factory=dict)
    replaced: int = 0  # units
    left_by_gift: Fraction = Fraction(0)


class Model:
    def __init__(
        self, events: Sequence[Event], same: Mapping[str, str], canada: bool, wallets: bool
    ) -> None:
        self.events = events
        self.same = same
        self.canada = canada
        self.wallets = wallets
        self.quantity: dict[tuple[str, str, str], int] = {}
        self.cost: dict[tuple[str, str, str], Fraction] = {}
        self.answer = Answer()

    def key(self, event: Event, wallet: str) -> tuple[str, str, str]:
        kind = self.same.get(event.asset, event.asset)
        return event.owner, kind, wallet if self.wallets else ""

    def is_purchase(self, event: Event) -> bool:
        return event.kind in BOUGHT or (self.canada and event.kind == Kind.GIFT_IN)

    def is_disposal(self, event: Event) -> bool:
        return event.kind in GIVEN or (self.canada and event.kind == Kind.GIFT_OUT)

    def change(self, at: int, owner: str, kind: str) -> int:
        """By how much one event changes what an owner holds of a class."""
        event = self.events[at]
        if event.kind in (Kind.WRAP_OUT, Kind.WRAP_IN):
            legs = [i for i, one in enumerate(self.events) if one.group == event.group]
            if at != max(legs):
                return 0
            touched = [self.events[i] for i in legs]
        else:
            touched = [event]
        total = 0
        for one in touched:
            if one.owner != owner or self.same.get(one.asset, one.asset) != kind:
                continue
            if self.is_purchase(one) or one.kind in (
                Kind.TRANSFER_IN,
                Kind.GIFT_IN,
                Kind.WRAP_IN,
            ):
                total += one.quantity
            elif one.kind == Kind.TRANSFER:
                total -= one.fee_quantity
            else:
                total -= one.quantity
        return total

    def holds(self, owner: str, kind: str, until: int) -> int:
        return sum(self.change(at, owner, kind) for at in range(until + 1))

    def put(self, key: tuple[str, str, str], quantity: int, cost: Fraction) -> None:
        self.quantity[key] = self.quantity.get(key, 0) + quantity
        self.cost[key] = self.cost.get(key, Fraction(0)) + cost

    def take(self, key: tuple[str, str, str], quantity: int) -> Fraction:
        assert self.quantity[key] >= quantity
        cost = self.cost[key] * quantity / self.quantity[key] if quantity else Fraction(0)
        self.quantity[key] -= quantity
        self.cost[key] -= cost
        return cost

    def run(self) -> Answer:
        later: list[tuple[int, tuple[str, str, str], Fraction]] = []
        losses: dict[tuple[str, str], dict[str, tuple[int, Fraction]]] = {}
        for at, event in enumerate(self.events):
            key = self.key(event, event.wallet)
            if self.is_purchase(event) or event.kind in (Kind.TRANSFER_IN, Kind.GIFT_IN):
                into = event.wallet
                if not self.is_purchase(event):
                    into = event.to_wallet or event.wallet
                self.put(self.key(event, into), event.quantity, Fraction(event.total + event.fee))
            elif event.kind in (Kind.WRAP_OUT, Kind.WRAP_IN):
                legs = [i for i, one in enumerate(self.events) if one.group == event.group]
                if at == max(legs):
                    pair = sorted((self.events[i] for i in legs), key=lambda one: one.kind)
                    source, target = (self.key(one, one.wallet) for one in pair)
                    self.put(target, pair[1].quantity, self.take(source, pair[0].quantity))
            elif event.kind == Kind.GIFT_OUT and not self.canada:
                self.answer.left_by_gift += self.take(key, event.quantity)
            else:
                units = event.fee_quantity if event.kind == Kind.TRANSFER else event.quantity
                if units:
                    basis = self.take(key, units)
                    loss = basis - (event.total - event.fee)
                    self.answer.basis[event.id] = basis
                    self.answer.denied[event.id] = Fraction(0)
                    if loss > 0 and self.canada:
                        losses.setdefault(key[:2], {})[event.id] = units, loss
                if event.kind == Kind.TRANSFER and self.wallets:
                    rest = event.quantity - units
                    cost = self.take(key, rest)
                    self.put(self.key(event, event.to_wallet), rest, cost)
            if at + 1 == len(self.events) or self.events[at + 1].order != event.order:
                for (owner, kind), members in losses.items():
                    later += self.deny(at, owner, kind, members)
                losses = {}
            for place, pool, amount in later:
                if place == at:
                    self.cost[pool] += amount
        for pool, quantity in self.quantity.items():
            if quantity:
                self.answer.pools[pool] = quantity, self.cost[pool]
            else:
                assert self.cost[pool] == 0
        return self.answer

    def deny(
        self, at: int, owner: str, kind: str, members: Mapping[str, tuple[int, Fraction]]
    ) -> list[tuple[int, tuple[str, str, str], Fraction]]:
        day = self.events[at].day
        inside = [i for i, one in enumerate(self.events) if abs(one.day - day) <= 30]
        end = max(i for i, one in enumerate(self.events) if one.day <= day + 30)
        bought = [
            i
            for i in inside
            if self.is_purchase(self.events[i])
            and self.same.get(self.events[i].asset, self.events[i].asset) == kind
        ]
        people = sorted({one.owner for one in self.events})
        by = {
            who: [(i, self.events[i].quantity) for i in bought if self.events[i].owner == who]
            for who in people
        }
        held = {who: self.holds(who, kind, end) for who in people}
        sold = sum(units for units, _ in members.values())
        loss = sum(amount for _, amount in members.values())
        least = min(sold, sum(q for rows in by.values() for _, q in rows), sum(held.values()))
        for id, (_, part) in members.items():
            self.answer.denied[id] = part * least / sold
        if not least:
            return []
        weights = {who: min(sum(q for _, q in by[who]), held[who]) for who in people}
        if sum(weights.values()) == 0:
            weights = held
        self.answer.replaced += least
        unit = Fraction(loss) / sold
        additions = []
        left, whole = least, sum(weights.values())
        for who in people:
            if not weights[who]:
                continue
            mine = left * weights[who] // whole
            left -= mine
            whole -= weights[who]
            room = self.holds(who, kind, at)
            places: list[int] = []  # one for each unit
            for i, quantity in by[who]:
                if i <= at:
                    places += [at] * min(quantity, room)
                    room -= min(quantity, room)
            for i, quantity in by[who]:
                if i > at:
                    places += [i] * quantity
            if not places:
                places = [end]
            places += [places[-1]] * mine
            # Those up to now come first, then the later ones; the last place takes what is over.
            additions += [(place, (who, kind, ""), unit) for place in places[:mine]]
        return additions
