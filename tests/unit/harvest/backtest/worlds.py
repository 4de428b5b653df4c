"""Price histories and an engine of the plainest kind, for the backtest's tests."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from random import Random
from typing import Any

from vaultsdk.core.band import band
from vaultsdk.core.cohort import CohortKey
from vaultsdk.core.decision import Refusal
from vaultsdk.core.harvest_rules import Candidate, Market, cohort_limits
from vaultsdk.core.policy import Policy
from vaultsdk.core.words import BucketWord
from vaultsdk.harvest.backtest.deciders import Calendar, Decider
from vaultsdk.harvest.backtest.engine import Event
from vaultsdk.harvest.backtest.gas import GasCost
from vaultsdk.harvest.backtest.history import History, Past
from vaultsdk.harvest.backtest.lots import Span
from vaultsdk.harvest.backtest.terms import Terms
from vaultsdk.harvest.choose import Terms as KeeperTerms
from vaultsdk.harvest.choose import choose
from vaultsdk.harvest.economics import GasPrice
from vaultsdk.market.curve import Curve
from vaultsdk.market.route import Route

WAD = 10**18
DAY = 86_400
T0 = int(datetime(2018, 1, 1, tzinfo=UTC).timestamp())


def history(prices: Sequence[float], step: int = DAY, name: str = "made") -> History:
    """Those prices, one step apart from 2018 on."""
    times = tuple(T0 + step * i for i in range(len(prices)))
    return History(name, times, tuple(int(price * WAD) for price in prices), ())


def walk(seed: int, steps: int, sigma: float = 0.8, mu: float = 0.1, step: int = DAY) -> History:
    """A seeded geometric random walk (sigma and mu a year) that starts at 1,000."""
    rng, dt, price, prices = Random(seed), step / (365.25 * DAY), 1000.0, []
    for _ in range(steps):
        prices.append(price)
        price *= math.exp((mu - sigma**2 / 2) * dt + sigma * math.sqrt(dt) * rng.gauss(0, 1))
    return history(prices, step)


Offer = tuple[CohortKey, int]
"""A cohort's key and the units that are left in it."""


class ByRules:
    """Picks by the contract's `cohort_limits` and, with the gate, by the page's own words."""

    def __init__(self, terms: Terms, gas: GasCost) -> None:
        self.terms, self.gas = terms, gas

    def __call__(
        self, offers: Sequence[Offer], loss: int, price: int, time: int, step: int
    ) -> set[int]:
        """Places of the cohorts to harvest together at that step, at a loss of so many bps."""
        worth, cost, nets = round(self.terms.tax_value * 10**6), cost_ppm(self.terms), {}
        for place, (key, units) in enumerate(offers):
            candidate = Candidate(key=key, units=units, policy=policy_of(self.terms, loss))
            limits = cohort_limits(candidate, market_of(self.terms, price), time)
            if isinstance(limits, Refusal):
                continue
            value = units * price // WAD
            received = value * (10**6 - cost) // 10**6
            saved = max(0, units * key.lower // WAD - received) * worth // 10**6
            net = saved - (value - received)
            if not self.terms.gate or net > self.gas.usd(12_000, step):
                nets[place] = net
        assert len(nets) <= 64  # one transaction
        bill = bill_of(self.gas, len(nets), step)
        return set(nets) if not self.terms.gate or sum(nets.values()) > bill else set()


class ByKeeper:
    """Picks as the keeper does, with `harvest.choose`, on a pool so deep that its price stays."""

    def __init__(self, terms: Terms, wei: int) -> None:
        self.terms, self.wei = terms, wei

    def __call__(
        self, offers: Sequence[Offer], loss: int, price: int, time: int, step: int
    ) -> set[int]:
        """Places of the cohorts that it chooses."""
        candidates = [
            Candidate(key=key, units=units, policy=policy_of(self.terms, loss))
            for key, units in offers
        ]
        whole, fee = 10**9 * WAD, cost_ppm(self.terms)
        tokens = ("0x" + "11" * 20, "0x" + "22" * 20)
        route = Route(kind="uniswap_v3", tokens=tokens, fees=(fee,), pools=("0x" + "33" * 20,))
        curve = Curve(route=route, points=((whole, whole * (10**6 - fee) // 10**6),))
        keeper = KeeperTerms(
            now=time,
            bucket=BucketWord(size=10**10 * WAD, time=time, used=0),
            cohort_cap=10**12 * WAD,
            gas_price=GasPrice(wei=self.wei, native_usd=price),
        )
        chosen = choose(candidates, market_of(self.terms, price), [curve], keeper).choice
        keys = {one.key for one in chosen.plan.candidates} if chosen else set()
        return {place for place, (key, _) in enumerate(offers) if key in keys}


def policy_of(terms: Terms, loss: int) -> Policy:
    """A policy with that loss, which leaves everything else to the keeper."""
    return Policy(
        mask=2,
        min_loss=loss,
        max_cost=10_000,
        max_slippage=10_000,
        max_fee=10_000,
        min_hold_days=terms.hold_days,
        tax_value=round(terms.tax_value * 10_000),
    )


def market_of(terms: Terms, price: int) -> Market:
    """Two assets of one worth, at that price."""
    return Market(
        asset_in=0,
        asset_out=1,
        decimals_in=18,
        decimals_out=18,
        base=price,
        rate_in=WAD,
        rate_out=WAD,
        dev_base=terms.dev_bps,
    )


def cost_ppm(terms: Terms) -> int:
    return sum(round(share * 10**6) for share in (terms.swap_fee, terms.impact, terms.keeper_fee))


def bill_of(gas: GasCost, cohorts: int, step: int) -> int:
    return gas.usd(310_000 + 12_000 * (cohorts - 1), step) if cohorts else 0


def plain_run(
    past: History,
    decider: Decider,
    terms: Terms,
    gas: GasCost,
    spans: Sequence[Span],
    pick: ByRules | ByKeeper | None = None,
) -> tuple[list[Event], list[dict[str, int]]]:
    """Every step of every cohort; nothing is skipped, and `pick` chooses (`ByRules` unless said).

    The accounts follow docs/backtest.md; events as the engine gives them, a dict a lot.
    """
    pick = pick or ByRules(terms, gas)
    tau, cost = round(terms.tau_now * 10**6), cost_ppm(terms)
    lots: list[dict[str, int]] = []
    cohorts: list[dict[str, Any]] = []
    events = []
    loss: int | None = None
    next_review = past.times[0] // DAY
    mark = -1
    for step, (time, price) in enumerate(zip(past.times, past.prices, strict=True)):
        while next_review is not None and time // DAY >= next_review:
            loss = decider.min_loss(Past(past, step), terms)
            if decider.review_days is None:
                next_review = None
                break
            next_review += decider.review_days
        before, mark = mark, decider.calendar.mark(time)
        is_open = decider.calendar is Calendar.ALWAYS or (step > 0 and mark >= 0 and mark != before)
        offers = []
        for cohort in cohorts:
            alive = [number for number in cohort["lots"] if spans[number].end > step]
            if alive:
                units = sum(lots[number]["units"] for number in alive)
                offers.append((cohort, alive, (cohort["key"], units)))
        due = []
        if is_open and loss is not None and offers:
            taken = pick([one[2] for one in offers], loss, price, time, step)
            due = [one for place, one in enumerate(offers) if place in taken]
        if due:
            bill = bill_of(gas, len(due), step)
            numbers = sorted(number for _, alive, _ in due for number in alive)
            values = [lots[number]["units"] * price // WAD for number in numbers]
            left, losses, costs = bill, 0, 0
            for place, (number, value) in enumerate(zip(numbers, values, strict=True)):
                lot = lots[number]
                part = min(left, -(-bill * value // sum(values)))
                if place == len(numbers) - 1:
                    part = left
                left -= part
                lot["units"] = lot["units"] * (10**6 - cost) // 10**6
                kept = lot["units"] * price // WAD
                realised = lot["basis"] - kept
                saved = realised * tau // 10**6 - part
                faded = math.exp(-terms.r * (time - past.times[0]) / (365.25 * DAY))
                lot["account"] += saved * int(faded * WAD) // WAD
                lot["basis"], lot["since"] = kept, time
                lot["loss"] += realised
                lot["gas"] += part
                lot["harvests"] += 1
                losses, costs = losses + realised, costs + value - kept
            gone = [cohort for cohort, _, _ in due]
            cohorts = [cohort for cohort in cohorts if cohort not in gone]
            cohorts.append({"key": _key(price, time, len(events)), "lots": numbers})
            events.append(Event(step, len(due), tuple(numbers), sum(values), losses, costs, bill))
        for number, span in enumerate(spans):
            if span.start == step:
                assert number == len(lots)
                basis = terms.size * WAD
                lots.append(
                    {
                        "units": basis * WAD // price,
                        "basis": basis,
                        "account": 0,
                        "loss": 0,
                        "gas": 0,
                        "harvests": 0,
                        "since": time,
                    }
                )
                cohorts.append({"key": _key(price, time, 10_000 + number), "lots": [number]})
    return events, lots


def _key(price: int, time: int, seq: int) -> CohortKey:
    return CohortKey(asset=0, policy=1, band=band(price), day=time // DAY, seq=seq)
