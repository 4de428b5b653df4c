"""Which acquisitions a day's disposal meets before it comes to the pool."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from vaultsdk.tax.engine.shares_days import Day

SAME_DAY: Final = "SAME_DAY"
"""TCGA 1992 s. 105(1)(b)."""
WITHIN_30: Final = "30_DAY"
"""TCGA 1992 s. 106A(5)."""
POOL: Final = "S104"
"""TCGA 1992 s. 104."""


def match(days: Sequence[Day], window: int) -> int:
    """Match the days of one holding, in order: each with itself, then disposals, the earliest
    first, with what the `window` days after them acquired, the earliest first.

    What is matched never enters the pool (s. 105(3)). Returns how many acquisitions were looked
    at: at most two for each day, however many days a window spans. The windows begin and end in
    the order of the disposals, so what a disposal has used up, or has passed, no later one needs.
    """
    for day in days:
        quantity = min(day.unmatched, day.unmet)
        if quantity:
            day.take(SAME_DAY, day, quantity)
    steps, at, count = 0, 0, len(days)
    for day in days:
        if not day.unmet:
            continue
        end = day.day + window
        while at < count:
            source = days[at]
            steps += 1
            if source.day > end:
                break
            if source.day > day.day and source.unmatched:
                day.take(WITHIN_30, source, min(day.unmet, source.unmatched))
                if not day.unmet:
                    break
            at += 1
    return steps
