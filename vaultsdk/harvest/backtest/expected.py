"""What a run's harvests are worth when nobody knows when the lot will be sold: in expectation.

The optimal boundary assumes a liquidation at rate lam, whenever that may be. Here the same is
asked of a replayed lot: at every step it is liquidated with the probability of that step, at that
step's price; what is left at its last step is liquidated there. As in the boundary's model a
dollar of gain or loss costs or saves tau_long then, and everything is discounted at r to the
purchase. So the figure compares with `boundary.Boundary.value`, on real prices. Floats throughout:
an expectation is no balance.
"""

from __future__ import annotations

import math
from itertools import accumulate

from vaultsdk.harvest.backtest.engine import Lot, Run
from vaultsdk.harvest.backtest.history import WAD, YEAR, History
from vaultsdk.harvest.backtest.summary import Spread, spread
from vaultsdk.harvest.backtest.terms import Terms


class Liquidation:
    """Sums over steps of the weight of a liquidation there, and of weight times price."""

    def __init__(self, history: History, terms: Terms) -> None:
        """For one history, r and lam."""
        times, r, lam = history.times, terms.r, terms.lam
        years = [(time - times[0]) / YEAR for time in times]
        alive = [math.exp(-lam * t) for t in years]
        self.years, self.terms, self.history = years, terms, history
        weights = [0.0] + [
            (alive[i - 1] - alive[i]) * math.exp(-r * years[i]) for i in range(1, len(years))
        ]
        self.weights = list(accumulate(weights))
        self.priced = list(
            accumulate(w * price / WAD for w, price in zip(weights, history.prices, strict=True))
        )

    def kept(self, step: int) -> float:
        """Discount times the probability that a lot of the first step is still held."""
        return math.exp(-(self.terms.r + self.terms.lam) * self.years[step])

    def gain(self, lot: Lot) -> float:
        """Present worth, at the purchase, of a lot's harvests over holding it; USD."""
        tau, start = self.terms.tau_long, lot.span.start
        first, last = lot.trail[0], lot.trail[-1]
        stops = [mark.step for mark in lot.trail[1:]] + [lot.span.end]
        total = 0.0
        for before, mark in zip(lot.trail, lot.trail[1:], strict=False):
            saved = self.terms.tau_now * (before.basis - mark.basis) - mark.gas
            total += self.kept(mark.step) * saved / WAD
        for mark, stop in zip(lot.trail, stops, strict=True):
            units, basis = (mark.units - first.units) / WAD, (mark.basis - first.basis) / WAD
            # Liquidated in this stretch: the steps after its mark, up to the next one.
            total += (1 - tau) * units * (self.priced[stop] - self.priced[mark.step])
            total += tau * basis * (self.weights[stop] - self.weights[mark.step])
        price = self.history.prices[lot.span.end] / WAD
        units, basis = (last.units - first.units) / WAD, (last.basis - first.basis) / WAD
        total += self.kept(lot.span.end) * ((1 - tau) * units * price + tau * basis)
        return total / self.kept(start)


def expected(run: Run, history: History, terms: Terms) -> Spread:
    """Expected present worth over never harvesting, per dollar put in, over the start dates."""
    liquidation = Liquidation(history, terms)
    return spread([liquidation.gain(lot) / terms.size for lot in run.lots])
