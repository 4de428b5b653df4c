"""Superficial losses (Canada): a loss is denied as far as the same was bought and is still held.

Income Tax Act s. 54 "superficial loss" and s. 40(2)(g)(i): a loss counts as nil when the taxpayer
or an affiliated person acquires the same or identical property from 30 days before to 30 days after
the disposition and one of them owns it at the end of that time. Other owners in the ledger are
taken to be affiliated.

Partial cases follow the formula that the Canada Revenue Agency gives in its technical
interpretations (2001-0088155; 2005-0150811E5; 2022-0940941C6, APFF round table of 2022-10-07,
question 4; IT-456R, paragraph 12):

    denied = loss * least of (S, P, B) / S

S are the units disposed of, P the units acquired in the time, B all units owned at its end, those
held since before included. S, P and B are those of all affiliated persons together, as if they were
one. The formula is applied to each disposition by itself, so one purchase may serve several. What
one owner disposes of at one moment (on one day, where the ledger gives no time) is one disposition:
to write a sale as two rows changes nothing.

Section 53(1)(f) adds the denied loss to the cost of the property bought instead. Between persons it
is prorated by what each has of it at the end (2022-0940941C6): by the lesser of what he bought in
the time and what he holds. With one person it belongs to his purchases of the time, the earliest
first: those up to the disposition, as far as he still holds units, raise the cost of his pool
immediately after it; later ones when they happen. Where nothing bought is left (older units are
why B is not nil) it goes to whoever holds units at the end, then.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from vaultsdk.tax.engine.job import Job
from vaultsdk.tax.engine.quantities import Flow, flows
from vaultsdk.tax.ledger.event import iso


class Share(NamedTuple):
    """A part of a denied loss: `amount` for `units`, added to the pool of `owner` right after the
    event at the place `after`; `replacement` is the acquisition it belongs to."""

    after: int
    owner: str
    units: int
    amount: int
    replacement: str


class SuperficialLosses:
    """Works out what is denied of a loss and where it goes.

    After one pass over the ledger a loss takes some bisections for each owner, and a step for each
    share that it is divided into.
    """

    def __init__(self, job: Job) -> None:
        self._rule = job.loss_rule
        self._events = job.ledger.events
        self._days = [event.day for event in self._events]
        self._flows = flows(job)
        known = self._days[-1] if self._days else 0
        self._known_until = known if job.as_of is None else job.as_of
        self._open: dict[str, int] = {}

    def shares(self, kind: str, owner: str, at: int, units: int, loss: int) -> list[Share]:
        """The shares of the denied part of a loss (in 1e-18, above 0) on `units` of a class, when
        the event at the place `at` is the last one of the moment. Their amounts add up to it."""
        day = self._days[at]
        end = day + self._rule.after
        if end > self._known_until:
            self._open[kind] = max(end, self._open.get(kind, 0))
        first = bisect_left(self._days, day - self._rule.before)
        last = bisect_right(self._days, end) - 1
        people = self._flows[kind]
        if not self._rule.affiliates:
            people = {owner: people[owner]}
        bought = {name: flow.acquired.between(first, last) for name, flow in people.items()}
        held = {name: max(flow.held.at(last), 0) for name, flow in people.items()}
        least = min(units, sum(bought.values()), sum(held.values()))
        denied = loss * least // units
        if not denied:
            return []
        weights = {name: min(bought[name], held[name]) for name in people}
        if not any(weights.values()):
            weights = held
        found: list[Share] = []
        whole = sum(weights.values())
        for name in sorted(weights):
            weight = weights[name]
            if not weight:
                continue
            part = least * weight // whole
            amount = denied * part // least
            whole -= weight
            least -= part
            denied -= amount
            if amount:
                places = self._places(kind, people[name], part, first, at, last)
                found.extend(self._divide(name, places, amount))
        return found

    def _places(
        self, kind: str, flow: Flow, units: int, first: int, at: int, last: int
    ) -> list[tuple[int, int, str]]:
        """When how many of one owner's units are replaced, and by which acquisition."""
        found: list[tuple[int, int, str]] = []
        left = units
        still = min(left, max(flow.held.at(at), 0))
        for place, quantity in flow.acquired.parts(first, at):
            if not still:
                break
            part = min(quantity, still)
            found.append((at, part, self._events[place].id))
            still -= part
            left -= part
        for place, quantity in flow.acquired.parts(at + 1, last):
            if not left:
                break
            part = min(quantity, left)
            found.append((place, part, self._events[place].id))
            left -= part
        if left and found:
            after, part, replacement = found[-1]
            found[-1] = after, part + left, replacement
        elif left:
            found.append((last, left, self._last_bought(kind, first, last)))
        return found

    def _last_bought(self, kind: str, first: int, last: int) -> str:
        """The id of anybody's last acquisition in the time."""
        places = [
            flow.acquired.places[bisect_right(flow.acquired.places, last) - 1]
            for flow in self._flows[kind].values()
            if flow.acquired.between(first, last)
        ]
        return self._events[max(places)].id

    @staticmethod
    def _divide(owner: str, places: Sequence[tuple[int, int, str]], amount: int) -> list[Share]:
        found: list[Share] = []
        left = sum(units for _, units, _ in places)
        for after, units, replacement in places:
            part = amount * units // left
            left -= units
            amount -= part
            if part:
                found.append(Share(after, owner, units, part, replacement))
        return found

    def notes(self) -> list[str]:
        """Which windows reach beyond what is known."""
        return [
            f"{self._rule.name}: what is bought or sold of {kind} up to {iso(day)} can still "
            f"change the losses above; they stand as on {iso(self._known_until)}"
            for kind, day in sorted(self._open.items())
        ]
