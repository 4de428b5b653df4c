"""Correlation, beta, tracking error: against numpy and pandas, by hand, and without look-ahead."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from tests.unit.harvest.pairs.histories import follower, pair, series, walk
from vaultsdk.harvest.pairs import Draws, PairsError, align, rolling, whole
from vaultsdk.harvest.pairs.bootstrap import percentiles, resampled
from vaultsdk.harvest.pairs.intervals import chi_squared, deviation, fisher, gamma_share


def test_rolling_is_what_pandas_says() -> None:
    history = pair(180)
    x, y = pd.Series(history.asset_returns), pd.Series(history.returns)
    window = 40
    correlation = x.rolling(window).corr(y).dropna().to_numpy()
    beta = (x.rolling(window).cov(y) / x.rolling(window).var()).dropna().to_numpy()
    error = ((y - x).rolling(window).std() * math.sqrt(365.25)).dropna().to_numpy()
    got = rolling(history, window)
    assert len(got) == len(error) == 179 - 40 + 1
    assert [w.correlation.value for w in got if w.correlation] == pytest.approx(correlation)
    assert [w.beta for w in got] == pytest.approx(beta)
    assert [w.tracking_error.value for w in got] == pytest.approx(error)
    assert got[0].end == history.times[40] and got[-1].end == history.times[-1]


def test_the_whole_is_what_numpy_says() -> None:
    history = pair(300, seed=5)
    x, y = np.array(history.asset_returns), np.array(history.returns)
    got = whole(history)
    assert got.correlation is not None and got.beta is not None
    assert got.correlation.value == pytest.approx(np.corrcoef(x, y)[0, 1])
    assert got.beta.value == pytest.approx(np.cov(x, y)[0, 1] / np.var(x, ddof=1))
    assert got.tracking_error.value == pytest.approx(np.std(y - x, ddof=1) * math.sqrt(365.25))
    for one in (got.correlation, got.beta, got.tracking_error):
        assert one.low is not None and one.high is not None and one.low < one.value < one.high


def test_nothing_looks_ahead() -> None:
    prices = walk(150, 3)
    other = follower(prices, 4, 0.01)
    changed = [*other[:100], *(p * 7 for p in other[100:])]
    before = rolling(align(series("A", prices), series("B", other)), 30)
    after = rolling(align(series("A", prices), series("B", changed)), 30)
    # Windows 0 to 69 end at time 99 or earlier.
    assert before[:70] == after[:70] and before[70] != after[70]


def test_fisher_by_hand() -> None:
    """r = 0.5, n = 28: atanh 0.549306, plus and minus 1.959964 / 5."""
    got = fisher(0.5, 28, 0.95)
    assert got.low == pytest.approx(math.tanh(0.5493061 - 0.3919928), abs=1e-6)
    assert got.high == pytest.approx(math.tanh(0.5493061 + 0.3919928), abs=1e-6)
    assert fisher(1.0, 28, 0.95).low == 1.0
    assert fisher(0.5, 3, 0.95).low is None


@pytest.mark.parametrize(
    ("probability", "freedom", "table"),
    [
        (0.95, 1, 3.841),
        (0.05, 1, 0.0039321),
        (0.975, 10, 20.483),
        (0.025, 10, 3.247),
        (0.99, 30, 50.892),
        (0.975, 100, 129.561),
        (0.025, 100, 74.222),
    ],
)
def test_chi_squared_is_the_printed_tables(probability: float, freedom: int, table: float) -> None:
    assert chi_squared(probability, freedom) == pytest.approx(table, rel=2e-4)


@pytest.mark.parametrize("freedom", [1, 2, 19, 89, 364, 3000, 20_000])
def test_chi_squared_undoes_its_distribution(freedom: int) -> None:
    for probability in (0.005, 0.3, 0.5, 0.995):
        x = chi_squared(probability, freedom)
        assert gamma_share(freedom / 2, x / 2) == pytest.approx(probability, abs=1e-9)
    # With two degrees of freedom it is the exponential distribution.
    assert chi_squared(0.9, 2) == pytest.approx(-2 * math.log(0.1))


def test_a_deviations_interval_covers() -> None:
    """95 % of the intervals of normal draws hold the truth: 2,000 samples of 20."""
    draws = np.random.default_rng(1).normal(0, 2, (2000, 20)).std(axis=1, ddof=1)
    held = 0
    for s in draws:
        got = deviation(float(s), 20, 0.95)
        assert got.low is not None and got.high is not None
        held += got.low <= 2 <= got.high
    assert 0.935 < held / 2000 < 0.965


def test_a_resample_is_blocks_round_the_end() -> None:
    """With x = y = 0..9 and blocks of 4: three blocks, 4 + 4 + 2, each of consecutive numbers."""
    import random

    x = [float(i) for i in range(10)]
    got = resampled(x, x, Draws(resamples=100, block=4, seed=7))
    draw = random.Random(7)
    for one in got:
        taken = [
            (start + i) % 10
            for start, length in [(draw.randrange(10), length) for length in (4, 4, 2)]
            for i in range(length)
        ]
        assert one.n == len(taken) == 10
        assert one.x == pytest.approx(sum(taken))
        assert one.xy == pytest.approx(sum(i * i for i in taken))


def test_percentiles_are_numpys() -> None:
    values = [float(v) for v in np.random.default_rng(2).normal(size=777)]
    assert percentiles(values, 0.9) == pytest.approx(tuple(np.percentile(values, [5, 95])))


def test_the_same_seed_gives_the_same_interval() -> None:
    history = pair(120)
    assert whole(history) == whole(history)
    assert whole(history) != whole(history, draws=Draws(seed=2))


def test_spells_of_calm_and_wild_days_widen_the_interval() -> None:
    """Half the history follows closely, half does not: blocks show it, single days do not."""
    prices = walk(401, 8)
    close, wild = follower(prices[:201], 1, 0.001), follower(prices[200:], 2, 0.02)
    scale = close[-1] / wild[0]
    history = align(series("A", prices), series("B", close + [p * scale for p in wild[1:]]))
    blocks, days = whole(history), whole(history, draws=Draws(block=1))
    for one in (blocks, days):
        assert one.tracking_error.low is not None and one.tracking_error.high is not None
    assert _width(blocks.tracking_error) > 1.5 * _width(days.tracking_error)


def _width(one: object) -> float:
    return float(one.high - one.low)  # type: ignore[attr-defined]


def test_what_stands_still_has_no_correlation() -> None:
    prices = walk(60, 1)
    got = rolling(align(series("A", prices), series("USD", [1] * 60)), 30)[-1]
    assert got.correlation is None and got.beta == 0.0
    turned = rolling(align(series("USD", [1] * 60), series("A", prices)), 30)[-1]
    assert turned.correlation is None and turned.beta is None
    itself = whole(align(series("A", prices), series("B", prices)))
    assert itself.correlation is not None and itself.correlation.value == pytest.approx(1)
    assert itself.tracking_error.value == itself.tracking_error.high == 0


@pytest.mark.parametrize(
    ("window", "confidence", "says"),
    [
        (19, 0.95, "window of 19"),
        (30, 1.0, "confidence of 1"),
        (30, 0.0, "confidence of 0"),
        (30, float("nan"), "confidence of nan"),
    ],
)
def test_terms_that_make_no_sense(window: int, confidence: float, says: str) -> None:
    with pytest.raises(PairsError, match=says):
        rolling(pair(60), window, confidence)


@pytest.mark.parametrize(
    ("draws", "says"),
    [
        (Draws(resamples=99), "99 resamples"),
        (Draws(block=0), "blocks of 0"),
        (Draws(block=60), "blocks of 60"),
    ],
)
def test_draws_that_make_no_sense(draws: Draws, says: str) -> None:
    with pytest.raises(PairsError, match=says):
        whole(pair(60), draws=draws)
