"""Times: the taxpayer's day, and the order within it by instant."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaultsdk.tax.errors import TaxError
from vaultsdk.tax.ledger.event import Kind, order_of
from vaultsdk.tax.ledger.times import Clock, date_of, zone_of

HOUR = 3_600_000_000


def clock(zone: str = "UTC") -> Clock:
    return Clock(zone_of(zone))


def test_a_date_has_no_microsecond() -> None:
    assert clock().read("2024-03-01") == (date(2024, 3, 1).toordinal(), None)


@pytest.mark.parametrize(
    "text",
    [
        "2024-03-01T10:00:00Z",
        "2024-03-01 10:00",
        "2024-03-01T12:00:00+02:00",
        "2024-03-01T12:00+0200",
        "2024-03-01T10:00:00.000000",
        "2024-03-01T10:00:00,000000000Z",
    ],
)
def test_forms_of_one_moment(text: str) -> None:
    assert clock().read(text) == (date(2024, 3, 1).toordinal(), 10 * HOUR)


def test_the_day_is_the_taxpayers() -> None:
    text = "2024-07-01T23:30:00Z"
    assert clock().day(text) == date(2024, 7, 1).toordinal()
    assert clock("Europe/London").read(text) == (date(2024, 7, 2).toordinal(), HOUR // 2)
    assert clock("America/New_York").read(text) == (
        date(2024, 7, 1).toordinal(),
        19 * HOUR + HOUR // 2,
    )


def test_a_time_without_an_offset_is_local() -> None:
    london = clock("Europe/London")
    assert london.read("2024-07-01T00:30:00") == london.read("2024-06-30T23:30:00Z")


def test_the_hour_that_comes_twice_is_in_true_order() -> None:
    london = clock("Europe/London")
    texts = ["2023-10-29T00:59:59Z", "2023-10-29T01:00:00Z", "2023-10-29T01:30:00Z"]
    texts += ["2023-10-29T23:59:59Z"]
    read = [london.read(text) for text in texts]
    assert len({day for day, _ in read}) == 1
    seconds = [micro for _, micro in read if micro is not None]
    assert len(seconds) == 4 and all(a < b for a, b in pairwise(seconds))
    day = read[0][0]
    assert order_of(day, Kind.SELL, seconds[-1]) < order_of(day, Kind.TRANSFER, None)


@given(
    st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1)),
    st.integers(1, 3 * 86_400),
    st.sampled_from(["Europe/London", "America/Havana", "America/Sao_Paulo", "Pacific/Apia"]),
)
def test_order_follows_the_instant(moment: datetime, later: int, zone: str) -> None:
    watch = clock(zone)
    texts = [(moment + timedelta(seconds=s)).replace(tzinfo=UTC).isoformat() for s in (0, later)]
    reads = [watch.read(text) for text in texts]
    first, second = (order_of(day, Kind.BUY, micro) for day, micro in reads)
    assert first < second
    local = moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
    assert reads[0][0] == local.toordinal()
    assert reads[0][1] is not None and 0 <= reads[0][1] < 24 * HOUR


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("01/03/2024", "is not an ISO date or timestamp"),
        ("20240301", "is not an ISO date or timestamp"),
        ("2024-W09-5", "is not an ISO date or timestamp"),
        ("1709287200", "is not an ISO date or timestamp"),
        ("2024-03-01T10", "is not an ISO date or timestamp"),
        ("2024-03-01 10:00 UTC", "is not an ISO date or timestamp"),
        ("2024-02-30", "day is out of range"),
        ("2023-02-29T10:00:00Z", "day is out of range"),
        ("2024-03-01T25:00:00Z", "hour must be in"),
        ("1969-12-31", "year 1969 is outside 1970 to 2200"),
        ("0001-01-01T00:00:00+10:00", "year 0001 is outside"),
        ("9999-12-31T23:00:00-10:00", "year 9999 is outside"),
        ("2201-01-01T00:00:00", "year 2201 is outside"),
    ],
)
def test_what_is_no_time_is_refused(text: str, cause: str) -> None:
    for zone in ("UTC", "Asia/Tokyo"):
        with pytest.raises(ValueError, match=cause):
            clock(zone).read(text)


def test_a_date_of_a_table_has_no_time() -> None:
    with pytest.raises(ValueError, match="is not an ISO date"):
        date_of("2024-03-01T10:00:00")


@pytest.mark.parametrize("name", ["Europe/Nowhere", "", "/etc/passwd", "../UTC", "Europe", "x\0y"])
def test_an_unknown_zone_is_refused(name: str) -> None:
    with pytest.raises(TaxError, match=r"time zone .* is not known"):
        zone_of(name)
