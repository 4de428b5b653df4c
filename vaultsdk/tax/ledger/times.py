"""Times of a ledger: the taxpayer's day, and where in it an event stands."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from vaultsdk.tax.errors import TaxError
from vaultsdk.tax.ledger.quoted import quoted

FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 2200
_DAY_US: Final = 86_400_000_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
# `fromisoformat` also takes weeks and dates without hyphens, which are too easily something else.
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_STAMP: Final = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d(?::?\d\d)?)?", re.ASCII
)
_HOW: Final = "write a date like 2024-03-31 or a timestamp like 2024-03-31T14:05:00Z"


def zone_of(name: str) -> tzinfo:
    """The time zone of a name of the IANA database, such as `Europe/London`. Raises TaxError."""
    if name == "UTC":
        return UTC
    try:
        # A folder of the database is no zone, nor is a name that leaves it: OSError, ValueError.
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        raise TaxError(
            f"time zone {quoted(name)} is not known: give a name of the IANA database, like UTC or "
            "Europe/London",
            name="timezone",
            value=name,
        ) from None


def date_of(text: str) -> int:
    """The day of a text like `2024-03-31`. Raises ValueError with the cause as its message."""
    if not _DATE.fullmatch(text):
        raise ValueError(f"{quoted(text)} is not an ISO date: write it like 2024-03-31")
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{text} is not a date: {error}; write it like 2024-03-31") from None
    _check_year(found)
    return found.toordinal()


class Clock:
    """Reads times in one time zone: times without an offset are in it, and so are the days."""

    def __init__(self, zone: tzinfo = UTC) -> None:
        self._zone = None if zone is UTC else zone
        self._dates: dict[str, int] = {}
        self._midnights: dict[int, tuple[int, int]] = {}

    def read(self, text: str) -> tuple[int, int | None]:
        """The local day (ordinal) and the microsecond of it; None for a date without a time.

        Microseconds are those that have passed since local midnight, so events of a day on which
        the clocks change stay in their true order; a day of more than 24 hours is compressed to
        24. Raises ValueError with the cause as its message.
        """
        day = self._dates.get(text)
        if day is not None:
            return day, None
        if len(text) == 10 and _DATE.fullmatch(text):
            day = self._dates[text] = date_of(text)
            return day, None
        if not _STAMP.fullmatch(text):
            raise ValueError(f"{quoted(text)} is not an ISO date or timestamp: {_HOW}")
        try:
            moment = datetime.fromisoformat(text)
        except ValueError as error:
            raise ValueError(f"{text} is not a timestamp: {error}; {_HOW}") from None
        _check_year(moment)
        if self._zone is not None:
            return self._local(moment, self._zone)
        if moment.tzinfo is not None and moment.tzinfo is not UTC:
            moment = moment.astimezone(UTC)
        seconds = (moment.hour * 60 + moment.minute) * 60 + moment.second
        return moment.toordinal(), seconds * 1_000_000 + moment.microsecond

    def day(self, text: str) -> int:
        """The local day. Raises ValueError like `read`."""
        return self.read(text)[0]

    def _local(self, moment: datetime, zone: tzinfo) -> tuple[int, int]:
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=zone)
            day = moment.toordinal()
        else:
            day = moment.astimezone(zone).toordinal()
        midnight, length = self._midnight(day, zone)
        passed = max(0, (moment - _EPOCH) // _MICROSECOND - midnight)
        return day, passed if length <= _DAY_US else passed * _DAY_US // length

    def _midnight(self, day: int, zone: tzinfo) -> tuple[int, int]:
        """When a local day begins (microseconds since 1970 UTC), and how long it is."""
        known = self._midnights.get(day)
        if known is None:
            start, end = (
                (datetime.fromordinal(each).replace(tzinfo=zone) - _EPOCH) // _MICROSECOND
                for each in (day, day + 1)
            )
            known = self._midnights[day] = start, end - start
        return known


def _check_year(moment: date) -> None:
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError(
            f"the year {moment.year:04} is outside {FIRST_YEAR} to {LAST_YEAR}: correct it"
        )
