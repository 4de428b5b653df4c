"""Two price series brought to the same times, without filling or dropping anything.

A hole in one of them would turn two days' movement into one day's, and with it every figure that
follows; so a hole is an error that says where it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, localcontext
from itertools import pairwise
from typing import Final

from vaultsdk.core.series import PricePoint, PriceSeries
from vaultsdk.harvest.pairs.errors import PairsError

YEAR: Final = timedelta(days=365.25)  # these markets trade on every day
_DIGITS: Final = 40


@dataclass(frozen=True)
class PairHistory:
    """An asset and a replacement at the same n times, `step` apart; n may be 0.

    `asset_returns` and `returns` (the replacement's) are the n - 1 logarithmic returns, and
    `ratio` the n logarithms of the replacement's price in units of the asset.
    """

    asset: str
    replacement: str
    step: timedelta
    times: tuple[datetime, ...]
    asset_returns: tuple[float, ...]
    returns: tuple[float, ...]
    ratio: tuple[float, ...]

    @property
    def per_year(self) -> float:
        """Returns in a year."""
        return YEAR / self.step

    @property
    def differences(self) -> tuple[float, ...]:
        """The replacement's return less the asset's, step by step."""
        return tuple(y - x for x, y in zip(self.asset_returns, self.returns, strict=True))


def align(
    asset: PriceSeries, replacement: PriceSeries, asset_name: str = "", name: str = ""
) -> PairHistory:
    """Both series over the span that they share. Names default to the series' own.

    Raises PairsError where one of them has a time that the other has not, or where times of that
    span are not all equally far apart.
    """
    asset_name, name = asset_name or asset.name, name or replacement.name
    start = max(asset.first.time, replacement.first.time)
    end = min(asset.last.time, replacement.last.time)
    ours = [point for point in asset.points if start <= point.time <= end]
    theirs = [point for point in replacement.points if start <= point.time <= end]
    here, there = ({point.time for point in points} for points in (ours, theirs))
    if here != there:
        first = min(here ^ there)
        has, lacks = (asset_name, name) if first in here else (name, asset_name)
        raise PairsError(
            f"{lacks} has no price at {first.isoformat()}, {has} has one: give both at the same "
            "times",
            name="prices",
            value=first,
        )
    times = [point.time for point in ours]
    step = regular_step(times, f"{asset_name} and {name}")
    # Ratios of prices, not money: the statistics work on logarithms.
    return PairHistory(
        asset_name,
        name,
        step,
        tuple(times),
        _returns(ours),
        _returns(theirs),
        tuple(float((c.price / a.price).ln()) for a, c in zip(ours, theirs, strict=True)),
    )


def regular_step(times: list[datetime], name: str) -> timedelta:
    """The distance of one time from the next, the same for all; a day where there is only one.

    Raises PairsError for a gap, or for a time too many.
    """
    steps = [after - here for here, after in pairwise(times)]
    if not steps:
        return timedelta(days=1)
    counts = Counter(steps)
    usual = min(counts, key=lambda step: (-counts[step], step))
    for here, step in zip(times, steps, strict=False):
        if step != usual:
            raise PairsError(
                f"{name}: {step} from {here.isoformat()} to the next price where the step is "
                f"{usual}: fill the gap, or cut the history there",
                name="gap",
                limit=usual,
                value=here,
            )
    return usual


def priced_by_rate(asset: PriceSeries, rate: PriceSeries, max_age: timedelta) -> PriceSeries:
    """A replacement's prices from its rate, in units of the asset (an LST's protocol rate): the
    asset's price times the last rate that was known at that time, from the first rate to the last.

    The prices are then a promise's, not a market's. Raises PairsError where the last known rate is
    older than `max_age`, and where the two have no time in common.
    """
    found = []
    times = [point.time for point in asset.points]
    with localcontext() as context:
        context.prec = _DIGITS
        for point, known in zip(asset.points, carried(times, rate, max_age), strict=True):
            if known is not None:
                found.append(PricePoint(point.time, point.price * known))
    if not found:
        raise PairsError(
            f"{rate.name} has no rate in the time of {asset.name} "
            f"({asset.first.time:%Y-%m-%d} to {asset.last.time:%Y-%m-%d}): give one that has",
            name="rate",
        )
    return PriceSeries(name=rate.name, points=tuple(found))


def carried(
    times: Sequence[datetime], rate: PriceSeries, max_age: timedelta
) -> tuple[Decimal | None, ...]:
    """The last rate at or before each of the times; None before the first rate, and from
    `max_age` after the last. Raises PairsError where it is older than that in between."""
    rows: list[Decimal | None] = []
    at = -1
    for time in times:
        while at + 1 < len(rate.points) and rate.points[at + 1].time <= time:
            at += 1
        if at < 0:
            rows.append(None)
            continue
        known = rate.points[at]
        if time - known.time > max_age:
            if at == len(rate.points) - 1:
                rows.append(None)
                continue
            raise PairsError(
                f"{rate.name}: the rate of {known.time.isoformat()} is {time - known.time} "
                f"old at {time.isoformat()}, more than {max_age}: fill the gap, or allow "
                "older rates",
                name="rate age",
                limit=max_age,
                value=known.time,
            )
        rows.append(known.price)
    return tuple(rows)


def _returns(points: list[PricePoint]) -> tuple[float, ...]:
    return tuple(float((after.price / here.price).ln()) for here, after in pairwise(points))
