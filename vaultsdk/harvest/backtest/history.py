"""Prices on an even grid of steps, what a decider may see of them, and fast questions about them.

Prices are integers, USD wad per whole token, as the contract's feeds give them. Logarithms are
floats: model mathematics for volatility, never near a balance.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise
from typing import Final, NamedTuple

from vaultsdk.core.series import PriceSeries
from vaultsdk.harvest.backtest.errors import BacktestError, LookAheadError

WAD: Final = 10**18
DAY: Final = 86_400
YEAR: Final = 365.25 * DAY  # s; crypto trades on every day
STEPS: Final = {3_600: "hour", DAY: "day"}
LEAST_RETURNS: Final = 30  # fewer say next to nothing about a volatility
_ABOVE_ALL: Final = 1 << 256


class Gap(NamedTuple):
    """Steps that a file lacks: times (s) of the prices around them, and how many are missing."""

    after: int
    before: int
    missing: int


class Moments(NamedTuple):
    """Annualised volatility and drift (of dS/S) of a window of past prices."""

    sigma: float
    mu: float
    returns: int


class History:
    """Prices (USD wad per whole token) at `times` (s, UTC), an hour or a day apart.

    `gaps` lists the steps that the file lacks: nothing is put in their place, and nothing is
    decided there.
    """

    def __init__(
        self, name: str, times: tuple[int, ...], prices: tuple[int, ...], gaps: tuple[Gap, ...]
    ) -> None:
        """From checked parts; `history_of` checks."""
        self.name, self.times, self.prices, self.gaps = name, times, prices, gaps
        self.step = min(after - here for here, after in pairwise(times))
        size = 1 << (len(prices) - 1).bit_length()
        tree = [_ABOVE_ALL] * size + list(prices) + [_ABOVE_ALL] * (size - len(prices))
        for node in range(size - 1, 0, -1):
            tree[node] = min(tree[2 * node], tree[2 * node + 1])
        self._tree, self._size = tree, size
        self._sums = _sums(times, prices)
        self._moments: dict[tuple[int, int], Moments | None] = {}

    def __len__(self) -> int:
        """Number of steps."""
        return len(self.times)

    def __reduce__(self) -> tuple[object, ...]:
        """Sent to another process as its parts: the rest is built there in less time."""
        return History, (self.name, self.times, self.prices, self.gaps)

    def first_at_or_below(self, start: int, level: int) -> int:
        """The first step from `start` on with a price of at most `level`; len(self) if none is.

        A tree of minima is climbed from `start` until a part holds such a price, and descended to
        its first one: O(log n) however far away it is.
        """
        tree, size = self._tree, self._size
        if start >= len(self.times):
            return len(self.times)
        node = start + size
        while tree[node] > level:
            while node & 1:
                node >>= 1
            if node == 0:
                return len(self.times)
            node += 1
        while node < size:
            node *= 2
            if tree[node] > level:
                node += 1
        return node - size

    def first_of_day(self, day: int) -> int:
        """The first step on or after a day (days since 1970)."""
        return bisect_left(self.times, day * DAY)

    def moments(self, end: int, days: int) -> Moments | None:
        """Volatility and drift of the prices before step `end`, at most `days` back; None if there
        are fewer than 30 returns or the price never moved.

        As `boundary.measure`: every return counts by its own length, so a gap does no harm.
        """
        key = (end, days)
        if key not in self._moments:
            self._moments[key] = self._measure(end, days)
        return self._moments[key]

    def _measure(self, end: int, days: int) -> Moments | None:
        last = end - 1
        if last < LEAST_RETURNS:
            return None
        first = max(0, bisect_left(self.times, self.times[last] - days * DAY))
        n = last - first
        if n < LEAST_RETURNS:
            return None
        squares, logs = self._sums
        span = (self.times[last] - self.times[first]) / YEAR
        growth = (logs[last] - logs[first]) / span
        # sum (x - g dt)^2 / dt = sum x^2 / dt - 2 g sum x + g^2 sum dt = sum x^2 / dt - g^2 span
        variance = (squares[last] - squares[first] - growth * growth * span) / (n - 1)
        if variance <= 1e-12:
            return None
        return Moments(math.sqrt(variance), growth + variance / 2, n)


class Past:
    """What a decider may see at a step: the prices before it. Anything later raises."""

    def __init__(self, history: History, now: int) -> None:
        """The past of step `now`, which it excludes."""
        self._history, self._now = history, now

    def __len__(self) -> int:
        """Number of prices seen."""
        return self._now

    @property
    def time(self) -> int:
        """When it is (s): times, unlike prices, are known ahead."""
        return self._history.times[self._now]

    def price(self, step: int) -> int:
        """The price (USD wad) at a step counted from the first. Raises LookAheadError."""
        if not 0 <= step < self._now:
            raise LookAheadError(
                f"a decision at step {self._now} asked for the price of step {step}: it may see "
                f"steps 0 to {self._now - 1}"
            )
        return self._history.prices[step]

    def moments(self, days: int) -> Moments | None:
        """Volatility and drift of the last `days`; None when too little is known."""
        return self._history.moments(self._now, days)


def history_of(series: PriceSeries, max_gap: int = 0) -> History:
    """The series on its grid. Up to `max_gap` seconds may be missing between two prices: they are
    listed, never filled. Raises BacktestError.
    """
    name, points = series.name, series.points
    if len(points) < 2:
        raise BacktestError(f"{name} has {len(points)} price: a backtest needs years of them")
    times = tuple(int(point.time.timestamp()) for point in points)
    spacing = Counter(after - here for here, after in pairwise(times)).most_common(1)[0][0]
    if spacing not in STEPS:
        raise BacktestError(f"{name} has a price every {spacing:,} s: give daily or hourly prices")
    gaps = []
    for here, after in pairwise(times):
        apart = after - here
        if apart % spacing:
            raise BacktestError(
                f"{name}: {_text(here)} and {_text(after)} are {apart:,} s apart where others are "
                f"{spacing:,} s: give one price every {STEPS[spacing]}"
            )
        if apart == spacing:
            continue
        missing = apart // spacing - 1
        if missing * spacing > max_gap:
            raise BacktestError(
                f"{name}: {missing} {STEPS[spacing]}{'s' * (missing > 1)} missing between "
                f"{_text(here)} and {_text(after)}: complete the file, or allow gaps of that "
                "length (--max-gap), in which nothing is decided"
            )
        gaps.append(Gap(here, after, missing))
    prices = tuple(int(point.price * WAD) for point in points)
    for time, price in zip(times, prices, strict=True):
        if price <= 0:
            raise BacktestError(f"{name}: the price at {_text(time)} is below 1e-18 USD")
    return History(name, times, prices, tuple(gaps))


def _sums(times: tuple[int, ...], prices: tuple[int, ...]) -> tuple[array[float], array[float]]:
    """Running sums of x^2/dt, and the logarithms themselves, from the first step to each."""
    logs = array("d", [math.log(price / WAD) for price in prices])
    squares = array("d", [0.0])
    total = 0.0
    for i in range(1, len(times)):
        move = logs[i] - logs[i - 1]
        total += move * move / ((times[i] - times[i - 1]) / YEAR)
        squares.append(total)
    return squares, logs


def _text(time: int) -> str:
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M")
