"""The price-series reader: what it takes, and that it refuses the rest with the line at fault."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaultsdk.core.series import PricePoint, PriceSeries, SeriesError, parse_csv
from vaultsdk.devnet.pricefile import read_prices

MONTHS = """date,close
2021-11-30,4642.38
2021-12-31,3675.79
2022-01-31,2689.14
"""


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_dates_and_closes() -> None:
    series = parse_csv(MONTHS, "prices.csv")
    assert series.points == (
        PricePoint(day("2021-11-30"), Decimal("4642.38")),
        PricePoint(day("2021-12-31"), Decimal("3675.79")),
        PricePoint(day("2022-01-31"), Decimal("2689.14")),
    )


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffdate,close\n2021-11-30,5\n",  # a byte order mark, as spreadsheets write
        "Time, open, Close\n2021-11-30T00:00:00Z,4,5\n",
        "time,close\r\n2021-11-30 00:00:00+00:00, 5 \r\n\r\n",
        'date,"close"\n"2021-11-30","5"\n',
        "date,ETH\n2021-11-30,5.0\n",  # the only column there is
    ],
)
def test_spellings_of_the_same(text: str) -> None:
    assert parse_csv(text, "p").points == (PricePoint(day("2021-11-30"), Decimal(5)),)


def test_a_column_per_asset() -> None:
    text = "date,BTC,ETH,SOL\n2021-01-01,3,2,\n2021-01-02,4,3,\n2021-01-03,5,,1.5\n"
    assert [p.price for p in parse_csv(text, "p", "ETH").points] == [2, 3]
    assert [p.price for p in parse_csv(text, "p", "btc").points] == [3, 4, 5]
    only = parse_csv(text, "p", "SOL")
    assert only.points == (PricePoint(day("2021-01-03"), Decimal("1.5")),)
    assert only.name == "p:SOL"


@pytest.mark.parametrize(
    ("text", "column", "complaint"),
    [
        ("", None, "p is empty"),
        ("\n \n", None, "p is empty"),
        ("date,close\n", None, "p has no close price"),
        ("day,close\n2021-01-01,5\n", None, "first column is 'day' but must be `date` or `time`"),
        ("date\n2021-01-01\n", None, "no column `close`.*none"),
        ("date,open,high\n2021-01-01,5,6\n", None, "no column `close`.*open, high"),
        ("date,close\n2021-01-01,5\n", "ETH", "no column 'ETH': choose one of close"),
        ("date,close\n2021-01-01,5\n", "date", "no column 'date'"),
        ("date,close\n2021-01-01,5\n2021-01-02\n", None, "p line 3: 1 fields where .* 2"),
        ("date,close\n2021-01-01,5,6\n", None, "p line 2: 3 fields"),
        ("date,close\n2021-13-01,5\n", None, "p line 2: '2021-13-01' is not a date"),
        ("date,close\n01/02/2021,5\n", None, "p line 2: '01/02/2021' is not a date"),
        ("time,close\n2021-01-01T00:00+01:00,5\n", None, "p line 2: .* is not in UTC"),
        ("date,close\n2021-01-01,five\n", None, "p line 2: 'five' is not a price"),
        ("date,close\n2021-01-01,\n", None, "p line 2: '' is not a price"),
        ('date,close\n2021-01-01,"1,234"\n', None, "p line 2: '1,234' is not a price"),
        ("date,close\n2021-01-01,0\n", None, "p line 2: the price is 0"),
        ("date,close\n2021-01-01,-3\n", None, "p line 2: the price is -3"),
        ("date,close\n2021-01-01,NaN\n", None, "p line 2: the price is NaN"),
        ("date,close\n2021-01-01,inf\n", None, "p line 2: the price is inf"),
        ("date,close\n2021-01-02,5\n\n2021-01-01,5\n", None, "p line 4: .* after a later time"),
        ("date,close\n2021-01-01,5\n2021-01-01,6\n", None, "p line 3: .* comes twice"),
        ("date,A,B\n2021-01-01,1,1\n2021-01-02,,1\n2021-01-03,1,1\n", "A", "p line 3: no A price"),
        ('date,close\n2021-01-01,"5\n', None, "p line 2: not CSV"),
    ],
)
def test_refused_with_the_line_at_fault(text: str, column: str | None, complaint: str) -> None:
    with pytest.raises(SeriesError, match=complaint) as caught:
        parse_csv(text, "p", column)
    assert "\n" not in str(caught.value)


def test_daily_fills_in_geometrically() -> None:
    series = parse_csv(MONTHS, "p")
    daily = series.daily()
    days = (series.last.time - series.first.time).days
    assert [p.time for p in daily.points] == [
        series.first.time + timedelta(days=n) for n in range(days + 1)
    ]
    # What was given is still there, to the last digit.
    assert set(series.points) <= set(daily.points)
    # 31 equal steps from the first close to the second: 4642.38 * (3675.79 / 4642.38) ** (16 / 31).
    assert daily.points[16].price == Decimal("4115.38401874")
    for one, two, three in zip(
        daily.points[:29], daily.points[1:30], daily.points[2:31], strict=True
    ):
        assert abs(two.price / one.price - three.price / two.price) < Decimal("1e-10")


def test_daily_adds_nothing_within_a_day_or_at_the_end() -> None:
    hourly = "time,close\n2021-01-01T00:00Z,5\n2021-01-01T01:00Z,6\n2021-01-02T01:00Z,7\n"
    series = parse_csv(hourly, "p")
    assert series.daily().points == series.points


@given(
    st.lists(
        st.tuples(
            st.integers(1, 40), st.decimals("0.00000001", "1000000", places=8, allow_nan=False)
        ),
        min_size=1,
        max_size=8,
    )
)
def test_daily_stays_between_its_neighbours(steps: list[tuple[int, Decimal]]) -> None:
    time, points = day("2021-01-01"), []
    for gap, price in steps:
        time += timedelta(days=gap)
        points.append(PricePoint(time, price))
    series = PriceSeries(name="p", points=tuple(points))
    filled = series.daily()
    assert len(filled.points) == (series.last.time - series.first.time).days + 1
    given_points = iter(points)
    low = high = next(given_points)
    for point in filled.points:
        if point.time == high.time:
            assert point == high
            low, high = high, next(given_points, high)
        else:
            assert min(low.price, high.price) <= point.price <= max(low.price, high.price)


def test_between_and_shifted() -> None:
    series = parse_csv(MONTHS, "p")
    assert series.between(day("2021-12-01"), day("2022-01-31")).points == series.points[1:]
    with pytest.raises(SeriesError, match="nothing in that span: it runs from 2021-11-30 to 2022"):
        series.between(day("2023-01-01"), None)
    moved = series.shifted(day("2030-01-01"))
    assert moved.first == PricePoint(day("2030-01-01"), Decimal("4642.38"))
    assert moved.last.time - moved.first.time == series.last.time - series.first.time


def test_files(tmp_path: Path) -> None:
    file = tmp_path / "prices.csv"
    with pytest.raises(SeriesError, match="no price file at"):
        read_prices(file)
    file.write_text(MONTHS)
    assert read_prices(file).first.price == Decimal("4642.38")
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SeriesError, match="cannot read price file"):
        read_prices(file)


def test_feather(tmp_path: Path) -> None:
    arrow = pytest.importorskip("pyarrow")
    from pyarrow import feather

    file = tmp_path / "prices.feather"
    with pytest.raises(SeriesError, match="no price file at"):
        read_prices(file)
    times = [day("2021-11-30"), day("2021-12-31")]
    stamps = arrow.array(times, arrow.timestamp("ms", "UTC"))
    feather.write_feather(arrow.table({"date": stamps, "close": [4642.38, 3675.79]}), str(file))
    assert read_prices(file).points == parse_csv(MONTHS, "p").points[:2]
    feather.write_feather(arrow.table({"date": stamps, "close": [1.0, None]}), str(file))
    with pytest.raises(SeriesError, match="line 2: '' is not a price"):
        read_prices(file)
    file.write_bytes(b"not a feather")
    with pytest.raises(SeriesError, match="cannot read Feather file"):
        read_prices(file)
