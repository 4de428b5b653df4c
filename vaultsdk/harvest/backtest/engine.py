"""The replay: lots bought over time, harvested as cohorts, liquidated and taxed. All in integers.

Lots that are harvested together become one cohort, as in the vault, and from then on cost gas as
one. At a step, the cohorts due are taken into one harvest if it pays, counted as the keeper counts:
a cohort must be worth its own costs and its 12,000 gas, all of them together the rest. Units are
wad of the token, amounts USD wad; roundings are against the harvest.

A lot's account, over holding the same lot:
    a harvest     takes the cost from its units, sets the basis to what is left at that price, and
                  credits tau_now times the loss realised, less its share of the gas;
    the account   earns r until the lot is liquidated;
    liquidation   taxes the gain over the basis, at tau_short or tau_long by the time since it was
                  bought or last harvested; a loss is worth tau_now.
So what a harvest saves is taken back by the lower basis: it defers, unless the rates differ.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from vaultsdk.core.band import band
from vaultsdk.core.band import lower as lower_of
from vaultsdk.core.harvest_rules import MAX_KEYS
from vaultsdk.harvest.backtest.deciders import Decider
from vaultsdk.harvest.backtest.gas import GasCost
from vaultsdk.harvest.backtest.history import DAY, WAD, YEAR, History
from vaultsdk.harvest.backtest.lots import Span
from vaultsdk.harvest.backtest.rules import Rules
from vaultsdk.harvest.backtest.terms import PPM, Terms, ppm
from vaultsdk.harvest.economics import GasModel

_GAS: Final = GasModel()


class Event(NamedTuple):
    """One harvest: its step, cohorts and lots; value sold, loss, swap costs and gas in USD wad."""

    step: int
    cohorts: int
    lots: tuple[int, ...]
    value: int
    loss: int
    cost: int
    gas: int


class Mark(NamedTuple):
    """A lot at its purchase or just after a harvest, and its share of that harvest's gas."""

    step: int
    units: int
    basis: int
    gas: int = 0


@dataclass(slots=True)
class Lot:
    """A lot's account. `account` is the present worth, at the first price, of tax saved less gas.

    `trail` has the purchase and every harvest.
    """

    span: Span
    units: int
    basis: int
    account: int = 0
    loss: int = 0
    cost: int = 0
    gas: int = 0
    harvests: int = 0
    trail: list[Mark] = field(default_factory=list)


class Outcome(NamedTuple):
    """What became of a lot, in USD wad: wealth after tax with and without harvests, and sums."""

    start: int
    end: int
    wealth: int
    held: int
    loss: int
    cost: int
    gas: int
    harvests: int


class Run(NamedTuple):
    """One policy over one history: an outcome per lot, the harvests, the lots' accounts."""

    policy: str
    outcomes: tuple[Outcome, ...]
    events: tuple[Event, ...]
    lots: tuple[Lot, ...]


@dataclass(slots=True)
class _Cohort:
    lots: list[int]
    lower: int
    day: int


class _Priced(NamedTuple):
    number: int
    lots: list[int]
    net: int


def run(
    history: History, decider: Decider, terms: Terms, gas: GasCost, spans: Sequence[Span]
) -> Run:
    """Replay one policy. The same input gives the same output to the last digit."""
    replay = _Replay(history, terms, gas, Rules(history, decider, terms), spans)
    replay.go()
    outcomes = tuple(_outcome(history, terms, lot, replay.discount) for lot in replay.lots)
    return Run(decider.name, outcomes, tuple(replay.events), tuple(replay.lots))


class _Replay:
    def __init__(
        self,
        history: History,
        terms: Terms,
        gas: GasCost,
        rules: Rules,
        spans: Sequence[Span],
    ) -> None:
        self.history, self.terms, self.gas, self.rules = history, terms, gas, rules
        self.kept = PPM - terms.cost_ppm
        self.worth, self.tau = max(0, ppm(terms.tax_value)), ppm(terms.tau_now)
        self.discount = Discount(history, terms.r)
        self.lots: list[Lot] = []
        self.cohorts: list[_Cohort] = []
        self.events: list[Event] = []
        self.queue: list[tuple[int, int]] = []
        basis = terms.size * WAD
        for number, span in enumerate(spans):
            price = history.prices[span.start]
            lot = Lot(span, basis * WAD // price, basis)
            lot.trail.append(Mark(span.start, lot.units, basis))
            self.lots.append(lot)
            self._open([number], price, span.start)

    def go(self) -> None:
        """Every harvest in time order."""
        queue, cohorts = self.queue, self.cohorts
        while queue:
            step = queue[0][0]
            due = []
            while queue and queue[0][0] == step:
                due.append(heapq.heappop(queue)[1])
            taken = self._choose(due, step)
            chosen = {one.number for one in taken}
            for number in due:
                if number not in chosen:
                    self._wait(number, cohorts[number], step + 1)
            if taken:
                self._harvest(taken, step)

    def _open(self, lots: list[int], price: int, step: int) -> None:
        cohort = _Cohort(lots, lower_of(band(price)), self.history.times[step] // DAY)
        self.cohorts.append(cohort)
        first = self.history.first_of_day(cohort.day + self.terms.hold_days + 1)
        self._wait(len(self.cohorts) - 1, cohort, first)

    def _wait(self, number: int, cohort: _Cohort, start: int) -> None:
        """Into the queue at the first step at which it is due, if it then still has a lot."""
        step = self.rules.first_due(cohort.lower, start)
        if any(self.lots[lot].span.end > step for lot in cohort.lots):
            heapq.heappush(self.queue, (step, number))

    def _choose(self, due: list[int], step: int) -> list[_Priced]:
        """Those of the cohorts due that are worth it, together with the gas they share."""
        price, found = self.history.prices[step], []
        own_gas = self.gas.usd(_GAS.per_cohort, step)
        for number in due:
            cohort = self.cohorts[number]
            lots = [lot for lot in cohort.lots if self.lots[lot].span.end > step]
            units = sum(self.lots[lot].units for lot in lots)
            value = units * price // WAD
            net_value = value * self.kept // PPM
            loss = max(0, units * cohort.lower // WAD - net_value)
            net = loss * self.worth // PPM - (value - net_value)
            if lots and (net > own_gas or not self.terms.gate):
                found.append(_Priced(number, lots, net))
        if self.terms.gate:
            # The worst ones may not pay for a transaction more than the others fill.
            found.sort(key=lambda one: (-one.net, one.number))
            while found and sum(one.net for one in found) <= self.gas.usd(
                gas_units(len(found)), step
            ):
                spare = (len(found) - 1) % MAX_KEYS + 1
                found = found[: len(found) - spare]
        return found

    def _harvest(self, taken: list[_Priced], step: int) -> None:
        price, discount = self.history.prices[step], self.discount.at(step)
        numbers = sorted(lot for one in taken for lot in one.lots)
        bill = self.gas.usd(gas_units(len(taken)), step)
        values = [self.lots[number].units * price // WAD for number in numbers]
        whole, left, losses, costs = sum(values), bill, 0, 0
        for number, value in zip(numbers, values, strict=True):
            lot = self.lots[number]
            # Rounded up while the bill lasts: the shares add up to it.
            part = min(left, -(-bill * value // max(1, whole)))
            left -= part
            units = lot.units * self.kept // PPM
            basis = units * price // WAD
            loss, cost = lot.basis - basis, value - basis
            lot.account += (loss * self.tau // PPM - part) * discount // WAD
            lot.units, lot.basis = units, basis
            lot.loss, lot.cost, lot.gas = lot.loss + loss, lot.cost + cost, lot.gas + part
            lot.harvests += 1
            lot.trail.append(Mark(step, units, basis, part))
            losses, costs = losses + loss, costs + cost
        self.events.append(Event(step, len(taken), tuple(numbers), whole, losses, costs, bill))
        self._open(numbers, price, step)


class Discount:
    """e^(-r t) from the first price on, in wad."""

    def __init__(self, history: History, r: float) -> None:
        """For one history and one rate a year."""
        self._times, self._r = history.times, r

    def at(self, step: int) -> int:
        """At a step."""
        return int(math.exp(-self._r * (self._times[step] - self._times[0]) / YEAR) * WAD)


def gas_units(cohorts: int) -> int:
    """Gas of harvesting so many cohorts, at most 64 in one transaction."""
    full, rest = divmod(cohorts, MAX_KEYS)
    return full * _GAS.units(MAX_KEYS) + _GAS.units(rest)


def _outcome(history: History, terms: Terms, lot: Lot, discount: Discount) -> Outcome:
    start, end = lot.span
    price = history.prices[end]
    bought, units, basis, _ = lot.trail[0]
    held = after_tax(terms, units * price // WAD, basis, history.times[end] - history.times[bought])
    since = history.times[end] - history.times[lot.trail[-1].step]
    wealth = after_tax(terms, lot.units * price // WAD, lot.basis, since)
    wealth += lot.account * WAD // discount.at(end)
    return Outcome(start, end, wealth, held, lot.loss, lot.cost, lot.gas, lot.harvests)


def after_tax(terms: Terms, value: int, basis: int, age: int) -> int:
    """What is left of a lot of that value, basis (USD wad) and age (s) after it is liquidated."""
    gain = value - basis
    if gain < 0:
        return value - gain * ppm(terms.tau_now) // PPM
    tau = terms.tau_long if age > terms.long_days * DAY else terms.tau_short
    return value - -(-gain * ppm(tau) // PPM)
