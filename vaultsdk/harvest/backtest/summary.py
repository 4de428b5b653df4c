"""A run in numbers that can be compared: means and quantiles over start dates. Floats: shares."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from vaultsdk.core.model import Frozen
from vaultsdk.harvest.backtest.engine import Mark, Outcome, Run
from vaultsdk.harvest.backtest.history import WAD, YEAR, History
from vaultsdk.harvest.backtest.terms import Terms

LEVELS: Final = (0.05, 0.25, 0.5, 0.75, 0.95)


class Spread(Frozen):
    """Mean and quantiles (5, 25, 50, 75 and 95 %, interpolated) over start dates."""

    mean: float
    q05: float
    q25: float
    median: float
    q75: float
    q95: float
    worst: float
    best: float


class Summary(Frozen):
    """One policy under one set of terms, per start date.

    gain: after-tax wealth over holding, per dollar of capital. alpha: difference of the annualised
    after-tax returns. wealth: after-tax wealth per dollar. loss: losses harvested over capital;
    loss_a_year: the same a year. harvests_a_year: of a lot. swap_cost, gas: paid over capital.
    harvests: transactions in all. better: share of start dates better than holding.
    """

    policy: str
    lots: int
    harvests: int
    wealth: Spread
    held: Spread
    gain: Spread
    alpha: Spread
    loss: Spread
    loss_a_year: Spread
    harvests_a_year: Spread
    swap_cost: Spread
    gas: Spread
    better: float


class Path(Frozen):
    """What a lot goes through before taxes on liquidation: the deepest fall of its worth (with the
    account of tax saved) from an earlier height, and the share of steps below its own basis."""

    drawdown: Spread
    below_basis: Spread


def summarise(run: Run, history: History, terms: Terms) -> Summary:
    """All of it for one run."""
    size, outcomes = terms.size * WAD, run.outcomes
    years = [(history.times[one.end] - history.times[one.start]) / YEAR for one in outcomes]

    def shares(amounts: Sequence[int]) -> list[float]:
        return [amount / size for amount in amounts]

    losses = shares([one.loss for one in outcomes])
    counts = [one.harvests for one in outcomes]
    return Summary(
        policy=run.policy,
        lots=len(outcomes),
        harvests=len(run.events),
        wealth=spread(shares([one.wealth for one in outcomes])),
        held=spread(shares([one.held for one in outcomes])),
        gain=spread(shares([one.wealth - one.held for one in outcomes])),
        alpha=spread([alpha(one, size, t) for one, t in zip(outcomes, years, strict=True)]),
        loss=spread(losses),
        loss_a_year=spread([loss / t for loss, t in zip(losses, years, strict=True)]),
        harvests_a_year=spread([count / t for count, t in zip(counts, years, strict=True)]),
        swap_cost=spread(shares([one.cost for one in outcomes])),
        gas=spread(shares([one.gas for one in outcomes])),
        better=sum(one.wealth > one.held for one in outcomes) / len(outcomes),
    )


def alpha(outcome: Outcome, size: int, years: float) -> float:
    """Annualised after-tax return with harvests less that without. A wealth below zero, which gas
    can bring about, counts as zero."""
    with_, without = max(0, outcome.wealth) / size, max(0, outcome.held) / size
    return math.pow(with_, 1 / years) - math.pow(without, 1 / years)


def spread(values: Sequence[float]) -> Spread:
    """Mean and quantiles of at least one number."""
    ordered = sorted(values)
    q = [_quantile(ordered, level) for level in LEVELS]
    return Spread(
        mean=math.fsum(ordered) / len(ordered),
        q05=q[0],
        q25=q[1],
        median=q[2],
        q75=q[3],
        q95=q[4],
        worst=ordered[0],
        best=ordered[-1],
    )


def _quantile(ordered: Sequence[float], level: float) -> float:
    at = level * (len(ordered) - 1)
    low = math.floor(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)


def paths(run: Run, history: History, terms: Terms) -> Path:
    """Drawdown and time below basis; visits every step of every lot."""
    falls, below = [], []
    for lot in run.lots:
        fall, under, seen = _path(lot.trail, lot.span.end, history)
        falls.append(fall)
        below.append(under / max(1, seen))
    return Path(drawdown=spread(falls), below_basis=spread(below))


def _path(trail: list[Mark], end: int, history: History) -> tuple[float, int, int]:
    """Deepest fall of the position's value, steps below its basis, and steps, purchase left out."""
    top, fall, under, seen = 0.0, 0.0, 0, 0
    stops = [mark.step for mark in trail[1:]] + [end + 1]
    for (begin, units, basis, _), stop in zip(trail, stops, strict=True):
        # Units and basis to floats once: a share is looked for, not a balance.
        held, cost = units / WAD, basis / WAD
        for price in history.prices[begin:stop]:
            value = held * price / WAD
            top = max(top, value)
            fall = max(fall, 1 - value / top)
            under += value < cost * (1 - 1e-12)
            seen += 1
    return fall, under, seen
