"""A pool's history, gone through again from the ledger and compared with every disposal."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from heapq import heappop, heappush
from itertools import groupby
from operator import attrgetter

from vaultsdk.tax.engine.shares_carry import Wrap, carry
from vaultsdk.tax.engine.shares_days import Holding
from vaultsdk.tax.explain.account import Account, Entry, Step
from vaultsdk.tax.explain.facts import Facts
from vaultsdk.tax.ledger.event import Event
from vaultsdk.tax.result import Adjustment, Disposal
from vaultsdk.tax.rules.scope import Scope
from vaultsdk.tax.rules.treatment import Op

_Key = tuple[str, str]  # class, wallet ("" = all); the owner is one
_DAY = attrgetter("day")
_ORDER = attrgetter("order")


def average_history(facts: Facts, wanted: Disposal) -> list[Entry] | None:
    """The steps to what a moving average had right before a disposal, exactly; None where they
    cannot be told. Where an earlier disposal shows a cost that the ledger alone does not explain,
    they begin with what that one left."""
    return _Average(facts, wanted).history()


class _Average:
    def __init__(self, facts: Facts, wanted: Disposal) -> None:
        self.facts = facts
        self.wanted = wanted
        self.owner = wanted.owner
        self.per_wallet = facts.result.scope == Scope.WALLET
        self.pools: dict[_Key, Account] = {}
        self.due: list[tuple[int, int, Adjustment]] = []
        for serial, added in enumerate(facts.result.adjustments):
            if added.owner == self.owner and added.carried:
                heappush(self.due, (self._after(added), serial, added))

    def _after(self, added: Adjustment) -> int:
        """The place after which a denied loss is in the pool: with its disposition, which is all
        of one moment, or with the replacement if that comes later."""
        order = self.facts.by_id[added.event].order
        moment = bisect_right(self.facts.events, order, key=_ORDER) - 1
        return max(moment, self.facts.place[added.replacement])

    def pool(self, asset: str, wallet: str) -> Account:
        key = self.facts.kind(asset), wallet if self.per_wallet else ""
        found = self.pools.get(key)
        if found is None:
            found = self.pools[key] = Account()
        return found

    def history(self) -> list[Entry] | None:
        legs: dict[str, Event] = {}
        end = self.facts.place[self.wanted.event]
        for at, event in enumerate(self.facts.events[: end + 1]):
            while self.due and self.due[0][0] < at:
                added = heappop(self.due)[2]
                self.pool(added.asset, "").add(Step.LOSS, added.event, 0, added.amount)
            if event.owner != self.owner:
                continue
            op = self.facts.op(event)
            pool = self.pool(event.asset, event.wallet)
            if op in (Op.ACQUIRE, Op.RECEIVE):
                if op is Op.RECEIVE:
                    pool = self.pool(event.asset, event.to_wallet or event.wallet)
                pool.add(Step.ROW, event.id, event.quantity, event.total + event.fee)
                continue
            for sold in self.facts.sold_by.get(event.id, ()):
                sound = (pool.units, pool.cost) == (sold.of_quantity, sold.of_basis)
                if sold is self.wanted:
                    return pool.entries if sound else None
                if sound:
                    pool.add(Step.TAKEN, sold.event, -sold.quantity, -sold.basis)
                else:
                    left = sold.of_quantity - sold.quantity, sold.of_basis - sold.basis
                    pool.restart(sold.event, *left)
            self._others(op, event, pool, legs)
        return None

    def _others(self, op: Op, event: Event, pool: Account, legs: dict[str, Event]) -> None:
        if op is Op.REMOVE:
            cost = pool.share(event.quantity)
            pool.add(Step.GIVEN, event.id, -event.quantity, -cost)
        elif op is Op.MOVE and self.per_wallet and event.wallet != event.to_wallet:
            units = event.quantity - event.fee_quantity
            cost = pool.share(units)
            pool.add(Step.MOVED_OUT, event.id, -units, -cost)
            self.pool(event.asset, event.to_wallet).add(Step.MOVED_IN, event.id, units, cost)
        elif op in (Op.CARRY_OUT, Op.CARRY_IN):
            other = legs.pop(event.group, None)
            if other is None:
                legs[event.group] = event
                return
            out, come = (event, other) if op is Op.CARRY_OUT else (other, event)
            source = self.pool(out.asset, out.wallet)
            cost = source.share(out.quantity)
            source.add(Step.WRAP_OUT, out.id, -out.quantity, -cost)
            self.pool(come.asset, come.wallet).add(Step.WRAP_IN, come.id, come.quantity, cost)


def shares_history(facts: Facts, wanted: Disposal) -> list[Entry] | None:
    """The steps to what a matched acquisition or a section 104 pool had right before a disposal,
    exactly; None where they cannot be told. A pool's begin with what an earlier disposal left where
    the ledger alone does not explain that one's cost."""
    entries = _Shares(facts, wanted).history()
    if entries is None:
        return None
    account = Account(entries)
    sound = (account.units, account.cost) == (wanted.of_quantity, wanted.of_basis)
    return account.entries if sound else None


class _Shares:
    def __init__(self, facts: Facts, wanted: Disposal) -> None:
        self.facts = facts
        self.wanted = wanted
        self.matched: dict[tuple[str, int], list[Disposal]] = defaultdict(list)
        self.pooled: dict[tuple[str, int], list[Disposal]] = defaultdict(list)
        for sold in facts.result.disposals:
            if sold.owner != wanted.owner:
                continue
            kind = facts.kind(sold.asset)
            if sold.acquired is None:
                self.pooled[kind, sold.disposed].append(sold)
            else:
                self.matched[kind, sold.acquired].append(sold)

    def history(self) -> list[Entry] | None:
        if self.wanted.acquired is not None:
            return self._acquisition(self.wanted.acquired)
        pools: dict[str, Account] = defaultdict(Account)
        mine = (event for event in self.facts.events if event.owner == self.wanted.owner)
        for day, rows in groupby(mine, key=_DAY):
            if day > self.wanted.disposed:
                break
            events = list(rows)
            self._come(day, events, pools)
            self._wraps(events, pools)
            for kind in {self.facts.kind(event.asset) for event in events}:
                pool = pools[kind]
                for event in events:
                    if self.facts.op(event) is Op.REMOVE and self.facts.kind(event.asset) == kind:
                        cost = pool.share(event.quantity)
                        pool.add(Step.GIVEN, event.id, -event.quantity, -cost)
                for sold in self.pooled[kind, day]:
                    if sold is self.wanted:
                        return pool.entries
                    if (pool.units, pool.cost) == (sold.of_quantity, sold.of_basis):
                        pool.add(Step.TAKEN, sold.event, -sold.quantity, -sold.basis)
                    else:
                        left = sold.of_quantity - sold.quantity, sold.of_basis - sold.basis
                        pool.restart(sold.event, *left)
        return None

    def _acquisition(self, day: int) -> list[Entry]:
        """What one day acquired, less what has met it before: the same day first, then the earliest
        disposal."""
        kind = self.facts.kind(self.wanted.asset)
        rows = [self.facts.by_id[name] for name in self.wanted.lot.split(";")]
        entries = [Entry(Step.ROW, row.id, row.quantity, row.total + row.fee) for row in rows]
        uses = sorted(self.matched[kind, day], key=lambda sold: (sold.disposed != day,))
        for sold in uses:
            if sold is self.wanted:
                break
            entries.append(Entry(Step.TAKEN, sold.event, -sold.quantity, -sold.basis))
        return entries

    def _come(self, day: int, events: list[Event], pools: dict[str, Account]) -> None:
        """A day's acquisitions, but for what is matched, and what was received."""
        bought: dict[str, list[Event]] = defaultdict(list)
        for event in events:
            op, kind = self.facts.op(event), self.facts.kind(event.asset)
            if op is Op.ACQUIRE:
                bought[kind].append(event)
            elif op is Op.RECEIVE:
                pools[kind].add(Step.ROW, event.id, event.quantity, event.total + event.fee)
        for kind, rows in bought.items():
            uses = self.matched.get((kind, day), [])
            units = sum(row.quantity for row in rows) - sum(sold.quantity for sold in uses)
            if not units:
                continue
            for row in rows:
                pools[kind].add(Step.ROW, row.id, row.quantity, row.total + row.fee)
            for sold in uses:
                pools[kind].add(Step.MATCHED, sold.event, -sold.quantity, -sold.basis)

    def _wraps(self, events: list[Event], pools: dict[str, Account]) -> None:
        holdings: dict[str, Holding] = {}
        sides: dict[str, dict[Op, Event]] = defaultdict(dict)
        for event in events:
            op = self.facts.op(event)
            if op in (Op.CARRY_OUT, Op.CARRY_IN):
                sides[event.group][op] = event
                kind = self.facts.kind(event.asset)
                if kind not in holdings:
                    holding = holdings[kind] = Holding(event.owner, kind)
                    holding.quantity, holding.cost = pools[kind].units, pools[kind].cost
        if not holdings:
            return
        wraps = []
        names: dict[str, list[str]] = defaultdict(list)
        for legs in sides.values():
            out, come = legs[Op.CARRY_OUT], legs[Op.CARRY_IN]
            source, target = self.facts.kind(out.asset), self.facts.kind(come.asset)
            names[source].append(out.id)
            names[target].append(come.id)
            wraps.append(
                Wrap(out.day, holdings[source], holdings[target], out.quantity, come.quantity)
            )
        carry(wraps)
        for kind, holding in holdings.items():
            pool = pools[kind]
            units, cost = holding.quantity - pool.units, holding.cost - pool.cost
            pool.add(Step.WRAP, ";".join(names[kind]), units, cost)
