"""A decider's answers laid over time: when a cohort is first due, without looking at every step.

A cohort is due at a step when its policy's loss is reached there, by the contract's rule

    ceil(p (1 + dev)) <= floor(lower(band) (1 - min_loss)),

which for integers is p <= level, with level = floor(BPS floor(...) / (BPS + dev)). Between two
reviews min_loss does not change, so the first step due is the first price at or below one level:
no step in between can trigger, and `History.first_at_or_below` finds it without visiting them.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from vaultsdk.core.policy import BPS
from vaultsdk.harvest.backtest.deciders import Calendar, Decider
from vaultsdk.harvest.backtest.history import DAY, History, Past
from vaultsdk.harvest.backtest.terms import PPM, Terms, ppm


class Rules:
    """What one decider said at each review of a history, in force from `begins` on."""

    def __init__(self, history: History, decider: Decider, terms: Terms) -> None:
        """Asks the decider at each of its reviews, giving it the past of that step alone."""
        self._history, self._terms = history, terms
        self.begins: list[int] = []
        self.losses: list[int | None] = []
        for step in _reviews(history, decider.review_days):
            loss = decider.min_loss(Past(history, step), terms)
            if not self.losses or loss != self.losses[-1]:
                self.begins.append(step)
                self.losses.append(loss)
        self._ends = [*self.begins[1:], len(history)]
        self._lows = [
            min(history.prices[begin:end])
            for begin, end in zip(self.begins, self._ends, strict=True)
        ]
        self._open = _opening(history, decider.calendar)
        self._worth = _worth(terms)

    def level(self, lower: int, loss: int | None) -> int:
        """The price (USD wad) at or below which a cohort of that lower basis is due; -1: none."""
        if loss is None:
            return -1
        level = BPS * (lower * (BPS - loss) // BPS) // (BPS + self._terms.dev_bps)
        if self._terms.gate:
            # Above this price the loss is not worth fee and impact, whatever gas costs.
            numerator, denominator = self._worth
            level = min(level, lower * numerator // denominator + 1)
        return level

    def first_due(self, lower: int, start: int) -> int:
        """The first step from `start` on at which the cohort is due; len(history) if never."""
        if self._open is not None:
            return self._first_open(lower, start)
        history = self._history
        period = max(0, bisect_right(self.begins, start) - 1)
        for now in range(period, len(self.begins)):
            level = self.level(lower, self.losses[now])
            if self._lows[now] > level:
                continue
            found = history.first_at_or_below(max(start, self.begins[now]), level)
            if found < self._ends[now]:
                return found
        return len(history)

    def _first_open(self, lower: int, start: int) -> int:
        assert self._open is not None
        for at in range(bisect_left(self._open, start), len(self._open)):
            step = self._open[at]
            loss = self.losses[max(0, bisect_right(self.begins, step) - 1)]
            if self._history.prices[step] <= self.level(lower, loss):
                return step
        return len(self._history)


def _reviews(history: History, days: int | None) -> list[int]:
    if days is None:
        return [0]
    first, last = history.times[0] // DAY, history.times[-1] // DAY
    return [history.first_of_day(day) for day in range(first, last + 1, days)]


def _opening(history: History, calendar: Calendar) -> list[int] | None:
    """Steps at which the calendar lets harvest; None for all."""
    if calendar is Calendar.ALWAYS:
        return None
    marks = [calendar.mark(time) for time in history.times]
    return [
        step for step in range(1, len(marks)) if marks[step] >= 0 and marks[step] != marks[step - 1]
    ]


def _worth(terms: Terms) -> tuple[int, int]:
    """Share of the lower basis below which a loss is worth its swap: with value v and costs c,
    tax_value (basis - (1 - c) v) > c v  is  v < basis tax_value / (c + tax_value (1 - c))."""
    worth, cost = max(0, ppm(terms.tax_value)), terms.cost_ppm
    return worth * PPM, max(1, cost * PPM + worth * (PPM - cost))
