"""What gas cost on each day: a CSV of gwei, and of ether's price where the asset is not ether."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Final

from vaultsdk.harvest.backtest.errors import BacktestError
from vaultsdk.harvest.backtest.history import DAY, WAD, History

GAS_COLUMNS: Final = ("avg_gas_gwei", "gas_gwei", "gwei")
ETHER_COLUMN: Final = "eth_usd"
_GWEI: Final = 10**9


class GasCost:
    """USD wad x 1e18 of one gas unit at every step (wei per gas times USD wad per ether)."""

    def __init__(self, per_unit: tuple[int, ...]) -> None:
        """One number a step."""
        self.per_unit = per_unit

    def usd(self, units: int, step: int) -> int:
        """USD wad of so many gas units, rounded up; as `economics.GasPrice.usd`."""
        return -(-units * self.per_unit[step] // WAD)


def no_gas(history: History) -> GasCost:
    """Gas that costs nothing."""
    return GasCost((0,) * len(history))


def constant_gas(history: History, wei: int) -> GasCost:
    """The same price of gas at every step, paid in the asset itself (ether)."""
    if wei < 0:
        raise BacktestError(f"a gas price of {wei} wei: give 0 or more")
    return GasCost(tuple(wei * price for price in history.prices))


def parse_gas(text: str, source: str, history: History) -> GasCost:
    """Gas by day from a CSV with `date`, a column of gwei and, unless the asset itself is ether,
    `eth_usd`. Every day of the history must be there. Raises BacktestError with the line.
    """
    rows = csv.reader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    try:
        lines = [(rows.line_num, row) for row in rows if row]
    except csv.Error as error:
        raise BacktestError(f"{source}: not CSV ({error}): correct it") from None
    if not lines:
        raise BacktestError(f"{source} is empty: give a header (date,gwei) and one row per day")
    names = [name.strip().lower() for name in lines[0][1]]
    gas_at = next((names.index(name) for name in GAS_COLUMNS if name in names), None)
    if names[0] != "date" or gas_at is None:
        raise BacktestError(
            f"{source}: no column of gas prices: give `date` and one of {', '.join(GAS_COLUMNS)}"
        )
    ether_at = names.index(ETHER_COLUMN) if ETHER_COLUMN in names else None
    first, last = history.times[0] // DAY, history.times[-1] // DAY
    found: dict[int, tuple[int, int | None]] = {}
    before: date | None = None
    for line, row in lines[1:]:
        where = f"{source} line {line}"
        if len(row) != len(names):
            raise BacktestError(f"{where}: {len(row)} fields where the header has {len(names)}")
        on = _date(row[0].strip(), where)
        if before is not None and on - before != timedelta(days=1):
            said = "comes twice" if on == before else f"follows {before.isoformat()}"
            raise BacktestError(f"{where}: {on.isoformat()} {said}: give every day once, in order")
        before = on
        gwei = _number(row[gas_at], where, "a gas price")
        ether = _number(row[ether_at], where, "ether's price") if ether_at is not None else None
        day = int(datetime(on.year, on.month, on.day, tzinfo=UTC).timestamp()) // DAY
        if first <= day <= last:
            # Zeros stand for "no record" in public files before the network was used.
            if gwei == 0 or ether == 0:
                raise BacktestError(f"{where}: a price of 0 on {on.isoformat()}: correct it")
            found[day] = int(gwei * _GWEI), None if ether is None else int(ether * WAD)
    per_unit = []
    for time, price in zip(history.times, history.prices, strict=True):
        known = found.get(time // DAY)
        if known is None:
            at = datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d")
            raise BacktestError(f"{source} has no gas price for {at}: cover all of the prices")
        wei, ether_wad = known
        per_unit.append(wei * (price if ether_wad is None else ether_wad))
    return GasCost(tuple(per_unit))


def _date(text: str, where: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BacktestError(f"{where}: {text!r} is not a date: write it as 2021-11-30") from None


def _number(text: str, where: str, what: str) -> Decimal:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or number < 0:
        raise BacktestError(f"{where}: {text!r} is not {what}: write it as 12.5")
    return number
