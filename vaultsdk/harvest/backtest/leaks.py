"""Catching look-ahead: change the future, and the past must not change.

`Past` already raises when a decider asks it for a later price. A decider can get at prices in
other ways (a column prepared over the whole file, a model fitted to it), so decisions are made
twice, with other prices from some step on; all that lies before must be the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from vaultsdk.harvest.backtest.deciders import Decider
from vaultsdk.harvest.backtest.engine import run
from vaultsdk.harvest.backtest.errors import LookAheadError
from vaultsdk.harvest.backtest.gas import GasCost
from vaultsdk.harvest.backtest.history import History
from vaultsdk.harvest.backtest.lots import Span
from vaultsdk.harvest.backtest.rules import Rules
from vaultsdk.harvest.backtest.terms import Terms


def check_no_look_ahead(
    history: History,
    make: Callable[[History], Decider],
    terms: Terms,
    gas: GasCost,
    spans: Sequence[Span],
    cuts: Sequence[int],
    seed: int = 1,
) -> None:
    """Raises LookAheadError when reviews or harvests before a cut depend on prices after it.

    `make` builds the decider for a history, as its author would. `cuts`: steps; the price of a cut
    is the first that is changed, so reviews at the cut must be the same and harvests before it.
    """
    plain = Rules(history, make(history), terms)
    events = run(history, make(history), terms, gas, spans).events
    for cut in cuts:
        other = other_future(history, cut, seed)
        rules = Rules(other, make(other), terms)
        said = [pair for pair in zip(plain.begins, plain.losses, strict=True) if pair[0] <= cut]
        says = [pair for pair in zip(rules.begins, rules.losses, strict=True) if pair[0] <= cut]
        before = [one for one in events if one.step < cut]
        after = [one for one in run(other, make(other), terms, gas, spans).events if one.step < cut]
        if said != says or before != after:
            raise LookAheadError(
                f"{make(history).name}: with other prices from step {cut} on, decisions before it "
                "change: it looks ahead"
            )


def other_future(history: History, cut: int, seed: int) -> History:
    """The same prices before step `cut`, and from there on others: the moves in another order,
    larger by half, so that volatility and extremes differ too."""
    prices = list(history.prices)
    ratios = [prices[i] / prices[i - 1] for i in range(max(1, cut), len(prices))]
    Random(seed).shuffle(ratios)
    for i, ratio in zip(range(max(1, cut), len(prices)), ratios, strict=True):
        prices[i] = max(1, int(prices[i - 1] * ratio**1.5))
    return History(history.name, history.times, tuple(prices), history.gaps)
