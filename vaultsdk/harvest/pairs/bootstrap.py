"""Confidence intervals from the data themselves: blocks of days drawn with replacement.

Calm and wild days come in spells and their tails are fat, so whole stretches are drawn, round the
end of the history to its beginning (the circular block bootstrap of Politis and Romano, 1992), and
the interval is that of the quantiles of what they give (Efron's percentile method, 1979).

A stretch has about sqrt(n) returns: longer than the n^(1/3) that mild dependence asks for, since
volatility keeps its level for weeks.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate
from random import Random
from typing import NamedTuple

from vaultsdk.harvest.pairs.errors import PairsError


class Draws(NamedTuple):
    """How to draw: how often, the length of a block (None: about the square root of the number of
    returns) and the seed. The same draws give the same interval."""

    resamples: int = 1_000
    block: int | None = None
    seed: int = 1


class Sums(NamedTuple):
    """n, and the sums of x, y, x x, y y and x y over a resample."""

    n: int
    x: float
    y: float
    xx: float
    yy: float
    xy: float


def block_length(n: int, draws: Draws) -> int:
    """Returns in a block. Raises PairsError for a length that is no length."""
    block = math.ceil(math.sqrt(n)) if draws.block is None else draws.block
    if not 1 <= block <= n:
        raise PairsError(
            f"blocks of {block} returns out of {n}: give a length between 1 and {n}",
            name="block",
            limit=n,
            value=block,
        )
    return block


def resampled(x: Sequence[float], y: Sequence[float], draws: Draws) -> list[Sums]:
    """Sums over every resample of n pairs. Raises PairsError for less than 100 resamples.

    A block's sums are differences of running ones, so a resample costs as much as it has blocks,
    not as it has returns. The last block of a resample is cut to make n.
    """
    if draws.resamples < 100:
        raise PairsError(
            f"{draws.resamples} resamples say nothing about a quantile: draw at least 100",
            name="resamples",
            limit=100,
            value=draws.resamples,
        )
    n, block = len(x), block_length(len(x), draws)
    # Round the end, so that every block is one slice.
    xs, ys = [*x, *x[:block]], [*y, *y[:block]]
    columns = [
        list(accumulate(column, initial=0.0))
        for column in (
            xs,
            ys,
            [a * a for a in xs],
            [b * b for b in ys],
            [a * b for a, b in zip(xs, ys, strict=True)],
        )
    ]
    lengths = [block] * (n // block) + ([n % block] if n % block else [])
    random = Random(draws.seed)
    found = []
    for _ in range(draws.resamples):
        starts = [random.randrange(n) for _ in lengths]
        sums = [
            math.fsum(
                column[start + length] - column[start]
                for start, length in zip(starts, lengths, strict=True)
            )
            for column in columns
        ]
        found.append(Sums(n, *sums))
    return found


def percentiles(values: Sequence[float], confidence: float) -> tuple[float, float]:
    """The quantiles that leave the same share out on both sides, between neighbours in line."""
    ordered = sorted(values)

    def at(share: float) -> float:
        place = share * (len(ordered) - 1)
        below = math.floor(place)
        above = min(below + 1, len(ordered) - 1)
        return ordered[below] + (place - below) * (ordered[above] - ordered[below])

    tail = (1 - confidence) / 2
    return at(tail), at(1 - tail)
