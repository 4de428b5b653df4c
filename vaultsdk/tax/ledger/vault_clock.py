"""Block times as the ledger's days and order, in the taxpayer's time zone."""

from __future__ import annotations

from datetime import UTC, datetime, time
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from vaultsdk.tax.errors import TaxError
from vaultsdk.tax.ledger.event import Kind, order_of


class Moment(NamedTuple):
    """A block's time: the local day (ordinal), the sort key of its events, whatever their kind, and
    the ISO text in UTC."""

    day: int
    order: int
    text: str


class Clock:
    """Turns seconds since 1970 into moments of a time zone (an IANA name). Raises TaxError for a
    zone that is not known."""

    def __init__(self, timezone: str = "UTC") -> None:
        try:
            self._zone = ZoneInfo(timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise TaxError(
                f"there is no time zone {timezone!r}: give a name such as Europe/Berlin",
                name="timezone",
                value=timezone,
            ) from error
        self.moment = lru_cache(maxsize=65536)(self._moment)

    def day(self, seconds: int) -> int:
        """The local day, as an ordinal."""
        return self.moment(seconds).day

    def _moment(self, seconds: int) -> Moment:
        utc = datetime.fromtimestamp(seconds, UTC)
        local = utc.astimezone(self._zone)
        # Elapsed time, not the face of the clock: on the day that summer time ends, the face shows
        # one hour twice, and events must keep their order.
        midnight = datetime.combine(local.date(), time(), self._zone).astimezone(UTC)
        elapsed = utc - midnight
        microsecond = (elapsed.days * 86_400 + elapsed.seconds) * 1_000_000
        day = local.toordinal()
        order = order_of(day, Kind.BUY, microsecond)
        return Moment(day, order, utc.strftime("%Y-%m-%dT%H:%M:%SZ"))
