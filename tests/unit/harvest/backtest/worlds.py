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
from vaultsdk.harvest.backtest.deciders import Calendar, Decider
from vaultsdk.harvest.backtest.engine import Event
from vaultsdk.harvest.backtest.gas import GasCost
from vaultsdk.harvest.backtest.history import History, Past
from vaultsdk.harvest.backtest.lots import Span
from vaultsdk.harvest.backtest.terms import Terms

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


def plain_run(
    past: History, decider: Decider, terms: Terms, gas: GasCost, spans: Sequence[Span]
) -> tuple[list[Event], list[dict[str, int]]]:
    """Every step of every cohort, by the contract's own `cohort_limits`; nothing is skipped.

    The accounts follow docs/backtest.md; events as the engine gives them, a dict a lot.
    """
    ppm = {name: round(getattr(terms, name) * 10**6) for name in ("tau_now", "tax_value")}
    cost = sum(round(share * 10**6) for share in (terms.swap_fee, terms.impact, terms.keeper_fee))
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
        due = []
        for cohort in cohorts:
            alive = [number for number in cohort["lots"] if spans[number].end > step]
            if not alive or loss is None or not is_open:
                continue
            policy = Policy(
                mask=2,
                min_loss=loss,
                max_cost=10_000,
                max_slippage=10_000,
                max_fee=10_000,
                min_hold_days=terms.hold_days,
                tax_value=0,
            )
            candidate = Candidate(key=cohort["key"], units=1, policy=policy)
            market = Market(
                asset_in=0,
                asset_out=1,
                decimals_in=18,
                decimals_out=18,
                base=price,
                rate_in=WAD,
                rate_out=WAD,
                dev_base=terms.dev_bps,
            )
            if isinstance(cohort_limits(candidate, market, time), Refusal):
                continue
            units = sum(lots[number]["units"] for number in alive)
            value = units * price // WAD
            received = value * (10**6 - cost) // 10**6
            worth = max(0, units * cohort["key"].lower // WAD - received) * ppm["tax_value"]
            net = worth // 10**6 - (value - received)
            if terms.gate and net <= gas.usd(12_000, step):
                continue
            due.append((cohort, alive, net))
        bill = gas.usd(310_000 + 12_000 * (len(due) - 1), step) if due else 0
        assert len(due) <= 64  # the plain engine knows one transaction
        if due and (not terms.gate or sum(net for _, _, net in due) > bill):
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
                saved = realised * ppm["tau_now"] // 10**6 - part
                faded = math.exp(-terms.r * (time - past.times[0]) / (365.25 * DAY))
                lot["account"] += saved * int(faded * WAD) // WAD
                lot["basis"], lot["since"] = kept, time
                lot["loss"] += realised
                lot["gas"] += part
                lot["harvests"] += 1
                losses, costs = losses + realised, costs + value - kept
            gone = [cohort for cohort, _, _ in due]
            cohorts = [cohort for cohort in cohorts if cohort not in gone]
            cohorts.append({"key": _key(price, time), "lots": numbers})
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
                cohorts.append({"key": _key(price, time), "lots": [number]})
    return events, lots


def _key(price: int, time: int) -> CohortKey:
    return CohortKey(asset=0, policy=1, band=band(price), day=time // DAY, seq=0)
