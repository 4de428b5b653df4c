"""When the lots of a backtest are bought and liquidated: many start dates, not one lucky path."""

from __future__ import annotations

from bisect import bisect_left
from typing import Final, NamedTuple

from vaultsdk.harvest.backtest.errors import BacktestError
from vaultsdk.harvest.backtest.history import DAY, YEAR, History

WARM_UP_DAYS: Final = 60  # before the first lot, so that every policy has a past to look at


class Span(NamedTuple):
    """Steps at which a lot is bought and liquidated, at those steps' prices."""

    start: int
    end: int


def spans(
    history: History, lots: int, every_days: int | None = None, horizon: float | None = None
) -> tuple[Span, ...]:
    """Spans of `lots` lots: `every_days` apart, or spread evenly over all starts that there are.

    A lot lives for `horizon` years, or to the end of the prices: then the last start is a year
    before it. Raises BacktestError when they do not fit.
    """
    if lots < 1:
        raise BacktestError(f"{lots} lots: give at least 1")
    if every_days is not None and every_days < 1:
        raise BacktestError(f"a lot every {every_days} days: give at least 1")
    times = history.times
    life = int((horizon if horizon is not None else 1.0) * YEAR)
    earliest, latest = times[0] + WARM_UP_DAYS * DAY, times[-1] - life
    if latest < earliest:
        raise BacktestError(
            f"{history.name} spans {(times[-1] - times[0]) / YEAR:.2f} years: too short for "
            f"{WARM_UP_DAYS} days before the first lot and {life / YEAR:g} years of holding"
        )
    if every_days is None:
        moments = [earliest + (latest - earliest) * i // max(1, lots - 1) for i in range(lots)]
    else:
        moments = [earliest + every_days * DAY * i for i in range(lots)]
        if moments[-1] > latest:
            most = (latest - earliest) // (every_days * DAY) + 1
            raise BacktestError(
                f"{lots} lots, one every {every_days} days, do not fit into {history.name}: give "
                f"at most {most}"
            )
    found = []
    for moment in moments:
        start = min(bisect_left(times, moment), len(times) - 2)
        end = len(times) - 1
        if horizon is not None:
            end = max(start + 1, min(end, bisect_left(times, times[start] + life)))
        found.append(Span(start, end))
    return tuple(found)
