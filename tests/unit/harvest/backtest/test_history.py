"""Histories: bad input by name, the search against a plain one, and only the past for deciders."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.harvest.backtest.worlds import DAY, T0, history, walk
from vaultsdk.core.series import PricePoint, PriceSeries, SeriesError, parse_csv
from vaultsdk.harvest.backtest import BacktestError, History, LookAheadError, Past, history_of
from vaultsdk.harvest.boundary.measure import volatility


def series(text: str) -> PriceSeries:
    return parse_csv("date,close\n" + text, "p")


@given(st.lists(st.integers(1, 30), min_size=2, max_size=70), st.data())
def test_the_first_fall_is_found(prices: list[int], data: st.DataObject) -> None:
    past = history([float(price) for price in prices])
    start = data.draw(st.integers(0, len(prices) + 2))
    level = data.draw(st.integers(0, 31)) * 10**18
    plain = (i for i in range(start, len(prices)) if past.prices[i] <= level)
    assert past.first_at_or_below(start, level) == next(plain, len(prices))


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ("2021-01-01,1\n", "p:close has 1 price"),
        ("2021-01-01,1\n2021-01-02,1\n2021-01-03,1\n2021-01-05,1\n", "1 day missing between 2021"),
        ("2021-01-01,1\n2021-01-02,1\n2021-01-03,1\n2021-01-09,1\n", "5 days missing between 202"),
        ("2021-01-01,1\n2021-01-08,1\n2021-01-15,1\n", "a price every 604,800 s"),
        ("2021-01-01,1\n2021-01-02,1\n2021-01-03,1\n2021-01-03T07:00,1\n", "25,200 s apart"),
        ("2021-01-01,1\n2021-01-02,1e-19\n", "is below 1e-18 USD"),
    ],
)
def test_refused(rows: str, complaint: str) -> None:
    with pytest.raises(BacktestError, match=complaint) as caught:
        history_of(series(rows))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("row", ["2021-01-01,2", "2020-12-31,2", "2021-01-02,nan", "2021-01-02,-1"])
def test_refused_by_the_file_already(row: str) -> None:
    with pytest.raises(SeriesError, match="p line 3"):
        series(f"2021-01-01,1\n{row}\n")


def test_gaps_that_are_allowed_are_listed_and_not_filled() -> None:
    rows = "2021-01-01,1\n2021-01-02,2\n2021-01-03,3\n2021-01-05,4\n"
    past = history_of(series(rows), max_gap=DAY)
    assert len(past) == 4 and [gap.missing for gap in past.gaps] == [1]
    assert past.gaps[0].before - past.gaps[0].after == 2 * DAY
    with pytest.raises(BacktestError, match="missing"):
        history_of(series(rows), max_gap=DAY - 1)


def test_prices_are_wad_to_the_last_digit() -> None:
    past = history_of(series("2021-01-01,0.123456789012345678\n2021-01-02,4000.1\n"))
    assert past.prices == (123456789012345678, 40001 * 10**17)


def test_volatility_is_that_of_the_boundary() -> None:
    past = walk(4, 500)
    end, days = 400, 200
    window = range(end - 1 - days, end)
    points = tuple(
        PricePoint(datetime.fromtimestamp(past.times[i], UTC), _decimal(past.prices[i]))
        for i in window
    )
    seen = past.moments(end, days)
    wanted = volatility(PriceSeries(name="p", points=points))
    assert seen is not None and seen.returns == wanted.returns == 200
    assert seen.sigma == pytest.approx(wanted.sigma, rel=1e-9)
    growth = float((points[-1].price / points[0].price).ln()) / (200 / 365.25)
    assert seen.mu == pytest.approx(growth + wanted.sigma**2 / 2, rel=1e-9)


def test_volatility_of_too_little_and_of_nothing() -> None:
    assert walk(4, 100).moments(30, 365) is None
    assert walk(4, 100).moments(31, 365) is not None
    assert history([5.0] * 100).moments(90, 365) is None


def test_a_window_ends_before_its_step() -> None:
    past = walk(4, 200)
    prices = list(past.prices)
    prices[100] *= 7
    other = History("other", past.times, tuple(prices), ())
    assert past.moments(100, 50) == other.moments(100, 50)
    assert past.moments(101, 50) != other.moments(101, 50)


def test_the_future_cannot_be_asked_for() -> None:
    past = walk(1, 50)
    seen = Past(past, 10)
    assert len(seen) == 10 and seen.time == T0 + 10 * DAY
    assert seen.price(9) == past.prices[9]
    for step in (10, 11, 49, -1):
        with pytest.raises(LookAheadError, match="step 10 asked for the price of"):
            seen.price(step)


def _decimal(wad: int):  # type: ignore[no-untyped-def]
    from decimal import Decimal

    return Decimal(wad) / 10**18
