"""Planted leaks are caught, honest policies pass."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.unit.harvest.backtest.worlds import walk
from vaultsdk.harvest.backtest import (
    STANDARD,
    Decider,
    History,
    LookAheadError,
    Past,
    Terms,
    check_no_look_ahead,
    constant_gas,
    decider,
    no_gas,
    run,
    spans,
)
from vaultsdk.harvest.backtest.deciders import Calendar
from vaultsdk.harvest.backtest.leaks import other_future


class Peeking:
    """Asks the view for tomorrow."""

    name, review_days, calendar = "peeking", 1, Calendar.ALWAYS

    def min_loss(self, past: Past, terms: Terms) -> int | None:
        return 500 if past.price(len(past) + 1) > past.price(len(past) - 1) else None


class Prepared:
    """Has a column prepared over the whole file: is tomorrow higher?"""

    name, review_days, calendar = "prepared", 1, Calendar.ALWAYS

    def __init__(self, history: History) -> None:
        prices = history.prices
        self._rises = [a < b for a, b in zip(prices, [*prices[1:], 0], strict=True)]

    def min_loss(self, past: Past, terms: Terms) -> int | None:
        return 500 if self._rises[len(past)] else None


class Fitted:
    """One threshold for all time, fitted to the whole file: the lowest price it ever has."""

    name, review_days, calendar = "fitted", None, Calendar.ALWAYS

    def __init__(self, history: History) -> None:
        self._loss = 1 + min(history.prices) // 10**17 % 5_000

    def min_loss(self, past: Past, terms: Terms) -> int | None:
        return self._loss


class Timed:
    """Says one threshold for ever, but its calendar opens only when the price will be
    lower a hundred days later."""

    name, review_days = "timed", None

    def __init__(self, history: History) -> None:
        later = [*history.prices[100:], *[0] * 100]
        rows = zip(history.times, history.prices, later, strict=True)
        self._falls = {time for time, now, then in rows if then < now}
        self.calendar = self

    def mark(self, time: int) -> int:
        return time if time in self._falls else -1

    def min_loss(self, past: Past, terms: Terms) -> int | None:
        return 500


def check(make: Callable[[History], Decider], terms: Terms) -> None:
    past = walk(3, 700)
    gas = constant_gas(past, 10**10)
    check_no_look_ahead(
        past, make, terms, gas, spans(past, 5), [40, 200, 333, *range(401, 600, 20), 699]
    )


@pytest.mark.parametrize("policy", [*STANDARD, "optimal:drift"])
def test_honest_policies_pass(policy: str) -> None:
    check(lambda _: decider(policy), Terms())
    check(lambda _: decider(policy), Terms(window_days=90, hold_days=1))


@pytest.mark.parametrize("make", [Prepared, Fitted, Timed])
def test_a_leak_beside_the_view_is_caught(make: Callable[[History], Decider]) -> None:
    with pytest.raises(LookAheadError, match="it looks ahead"):
        check(make, Terms(hold_days=1))


def test_a_leak_through_the_view_is_caught_at_once() -> None:
    past = walk(3, 700)
    with pytest.raises(LookAheadError, match="asked for the price of step"):
        run(past, Peeking(), Terms(), no_gas(past), spans(past, 5))


def test_the_leak_would_have_paid() -> None:
    """Why it matters: knowing tomorrow beats the same threshold without it."""
    past = walk(3, 3_000)
    terms, lots = Terms(hold_days=1), spans(past, 50)
    leaky = run(past, Prepared(past), terms, no_gas(past), lots)
    honest = run(past, decider("fixed:5%"), terms, no_gas(past), lots)
    assert sum(one.wealth for one in leaky.outcomes) > sum(one.wealth for one in honest.outcomes)


def test_another_future_has_the_same_past() -> None:
    past = walk(3, 100)
    other = other_future(past, 60, seed=1)
    assert other.prices[:60] == past.prices[:60] and other.times == past.times
    assert other.prices[60:] != past.prices[60:]
