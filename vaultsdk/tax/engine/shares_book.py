"""Reading a ledger for the share rules: sums by holding and day, wraps, and what cannot be."""

from __future__ import annotations

from typing import Final

from vaultsdk.tax.engine.job import Job
from vaultsdk.tax.engine.shares_carry import Wrap
from vaultsdk.tax.engine.shares_days import Day, Holding
from vaultsdk.tax.ledger.event import Event, Kind
from vaultsdk.tax.rules.treatment import Op

_NEVER: Final = 1 << 60
_OUT: Final = frozenset({Op.DISPOSE, Op.REMOVE, Op.MOVE, Op.CARRY_OUT})


class Book:
    """Reads a job's events into holdings and wraps, and notes what cannot be."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.holdings: dict[tuple[str, str], Holding] = {}  # by owner and class
        self.wraps: list[Wrap] = []
        self._of_asset: dict[tuple[str, str], Holding] = {}  # by owner and asset
        self._places: dict[str, tuple[int, str]] = {}  # of a class, with the asset that said so
        self._legs: dict[str, tuple[Op, Event, Day]] = {}
        self._read()
        for _, leg, _ in self._legs.values():
            job.refuse(leg, "group", "a wrap needs one leg out and one leg in: add the other one")
        self._check_balances()

    def _read(self) -> None:
        job, known = self.job, self._of_asset
        events = job.ledger.events
        changes = [day for day, _ in job.profile.treatment.changes()]
        changes.append(_NEVER)
        ops = job.ops(events[0].day) if events else ()
        for event in events:
            day = event.day
            if day >= changes[0]:
                while day >= changes[0]:
                    del changes[0]
                ops = job.ops(day)
            key = event.owner, event.asset
            holding = known.get(key)
            if holding is None:
                holding = known[key] = self._open(event)
            days = holding.days
            today = days[-1] if days and days[-1].day == day else holding.on(day)
            op = ops[event.kind]
            if op is Op.ACQUIRE:
                today.buy(event.id, event.quantity, event.total + event.fee)
                if event.kind == Kind.INCOME:
                    job.earn(event)
            elif op is Op.DISPOSE:
                if event.kind == Kind.GIFT_OUT and not event.valued:
                    job.refuse(
                        event, "total", "a gift is a disposal at market value here: give its total"
                    )
                today.sell(event.id, event.asset, event.quantity, event.total, event.fee)
            else:
                self._others(op, event, today)

    def _open(self, event: Event) -> Holding:
        """The holding of an asset that its owner has not had before."""
        job, asset = self.job, event.asset
        group = job.same.get(asset, asset)
        places = job.ledger.places(asset)
        said, by = self._places.setdefault(group, (places, asset))
        if places != said:
            job.refuse(
                event,
                "asset",
                f"{asset} has {places} decimals and {by} has {said}, but both count as {group}: "
                "correct the decimals of one of them",
            )
        key = event.owner, group
        holding = self.holdings.get(key)
        if holding is None:
            holding = self.holdings[key] = Holding(*key)
        return holding

    def _others(self, op: Op, event: Event, today: Day) -> None:
        if op is Op.RECEIVE:
            today.received += event.quantity
            today.received_cost += event.total + event.fee
            today.came += event.quantity
        elif op is Op.REMOVE:
            if today.removed is None:
                today.removed = []
            today.removed.append((event.id, event.asset, event.quantity))
            today.went += event.quantity
        elif op is Op.MOVE:
            # One pool serves all wallets, so all that a move does is to spend its fee.
            if event.fee_quantity:
                today.sell(event.id, event.asset, event.fee_quantity, event.total, event.fee)
        else:
            self._leg(op, event, today)

    def _leg(self, op: Op, event: Event, today: Day) -> None:
        """One side of a wrap; with the other one known, the wrap."""
        if op is Op.CARRY_IN:
            today.came += event.quantity
        else:
            today.went += event.quantity
        first = self._legs.pop(event.group, None)
        if first is None:
            self._legs[event.group] = op, event, today
            return
        if first[0] is op:
            side = "in" if op is Op.CARRY_IN else "out"
            self.job.refuse(event, "group", f"a wrap has one leg {side}, not two: correct `side`")
            return
        if first[2].day != today.day:
            self.job.refuse(event, "time", "both legs of a wrap are of one day: correct the time")
            return
        second = op, event, today
        (_, out, left), (_, come, entered) = (
            (first, second) if op is Op.CARRY_IN else (second, first)
        )
        if left is entered:
            same = min(out.quantity, come.quantity)
            today.came -= same
            today.went -= same
        self.wraps.append(
            Wrap(today.day, left.holding, entered.holding, out.quantity, come.quantity)
        )

    def _check_balances(self) -> None:
        """Nobody ends a day with less than nothing, whatever is bought later: a disposal of what
        one never had is not covered by an acquisition of the next 30 days."""
        short: dict[tuple[str, str], tuple[Day, int]] = {}
        for key, holding in self.holdings.items():
            held = 0
            for day in holding.days:
                there = held + day.came
                held = there - day.went
                if held < 0:
                    # What comes after it follows from it: one fault is told.
                    short[key] = day, there
                    break
        if not short:
            return
        blamed: dict[tuple[str, str], tuple[int, str, Event]] = {}
        for event in self.job.ledger.events:
            key = self._of_asset[event.owner, event.asset].key
            if key not in short or short[key][0].day != event.day:
                continue
            op = self.job.ops(event.day)[event.kind]
            if op not in _OUT or (op is Op.MOVE and not event.fee_quantity):
                continue
            rank = int(op is not Op.DISPOSE), event.id, event
            if key not in blamed or rank[:2] < blamed[key][:2]:
                blamed[key] = rank
        for key, (_, _, event) in blamed.items():
            day, there = short[key]
            self.job.short_of(event, day.went, there)
