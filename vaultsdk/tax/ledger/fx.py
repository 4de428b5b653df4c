"""Exchange rates by day: exact ratios of integers, as the file writes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import gcd
from typing import Final, NamedTuple

from vaultsdk.tax.errors import LedgerProblemsError, Problem, TaxError
from vaultsdk.tax.ledger.event import iso
from vaultsdk.tax.ledger.quoted import quoted
from vaultsdk.tax.ledger.table import read_table
from vaultsdk.tax.ledger.times import date_of

_COLUMNS: Final = ("date", "from", "to", "rate")
_CURRENCY: Final = re.compile(r"[A-Za-z0-9]{1,16}", re.ASCII)
_RATE: Final = re.compile(r"(\d+)(?:\.(\d*))?|\.(\d+)", re.ASCII)
_MAX_DIGITS: Final = 1_000  # far more than any rate has, far fewer than Python refuses to read


class Rate(NamedTuple):
    """One unit of a currency is `over / under` of another. `text` says so, with its day."""

    over: int
    under: int
    text: str

    def apply(self, money: int) -> int:
        """Money (1e-18 of the one currency) in the other, rounded half to even."""
        whole, rest = divmod(money * self.over, self.under)
        if rest * 2 > self.under or (rest * 2 == self.under and whole & 1):
            whole += 1
        return whole


@dataclass(frozen=True)
class FxTable:
    """Rates by currencies (from, to), then by day (ordinal). Nothing is interpolated or inverted:
    a day that is not there has no rate."""

    rates: Mapping[tuple[str, str], Mapping[int, Rate]]

    def rate(self, source: str, target: str, day: int) -> Rate | None:
        """The rate of a day; None when the table has none."""
        days = self.rates.get((source, target))
        return None if days is None else days.get(day)

    def convert(self, money: int, source: str, target: str, day: int) -> tuple[int, str]:
        """Money of one currency in another (both 1e-18), and the rate used, in words.

        Rounded half to even. Raises TaxError for a day without a rate.
        """
        rate = self.rate(source, target, day)
        if rate is None:
            raise TaxError(missing(source, target, day), name="fx", value=iso(day))
        return rate.apply(money), rate.text

    def sources(self, target: str) -> list[str]:
        """The currencies that can be converted into one."""
        return sorted({pair[0] for pair in self.rates if pair[1] == target})

    def targets(self) -> list[str]:
        """The currencies that can be converted into."""
        return sorted({pair[1] for pair in self.rates})


def missing(source: str, target: str, day: int) -> str:
    """What to say when a day has no rate."""
    return f"there is no rate from {source} to {target} on {iso(day)}: add it to the exchange rates"


def currency_code(text: str) -> str:
    """A currency's code in capitals. Raises ValueError with the cause as its message."""
    if not _CURRENCY.fullmatch(text):
        raise ValueError(f"{quoted(text)} is not a currency: give its code, like USD")
    return text.upper()


def parse_fx(text: str, source: str = "fx") -> FxTable:
    """Rates from CSV with the header `date,from,to,rate`: one unit of `from` is `rate` of `to`.

    Raises LedgerProblemsError with every fault of the text.
    """
    problems: list[Problem] = []
    rates: dict[tuple[str, str], dict[int, Rate]] = {}
    rows: dict[tuple[str, str, int], int] = {}
    for row, fields in read_table(text, _COLUMNS, _COLUMNS, problems):
        before = len(problems)
        day, pair, ratio = 0, ("", ""), (1, 1)
        try:
            day = date_of(fields[0])
        except ValueError as error:
            problems.append(Problem(row, "date", str(error)))
        pair = _code(row, "from", fields[1], problems), _code(row, "to", fields[2], problems)
        try:
            ratio = _ratio(fields[3])
        except ValueError as error:
            problems.append(Problem(row, "rate", str(error)))
        if len(problems) > before:
            continue
        first = rows.setdefault((*pair, day), row)
        if pair[0] == pair[1]:
            problems.append(Problem(row, "to", f"{pair[1]} is converted into itself: correct it"))
        elif first != row:
            cause = f"the rate of {iso(day)} is given already, in row {first}: keep one"
            problems.append(Problem(row, "date", cause))
        else:
            words = f"1 {pair[0]} = {fields[3]} {pair[1]} on {iso(day)}"
            rates.setdefault(pair, {})[day] = Rate(*ratio, words)
    if problems:
        raise LedgerProblemsError(problems, source)
    return FxTable(rates)


def _code(row: int, column: str, text: str, problems: list[Problem]) -> str:
    try:
        return currency_code(text)
    except ValueError as error:
        problems.append(Problem(row, column, str(error)))
        return ""


def _ratio(text: str) -> tuple[int, int]:
    match = _RATE.fullmatch(text)
    if match is None:
        raise ValueError(
            f"{quoted(text)} is not a plain decimal number: write digits with at most one point, "
            "like 0.79"
        )
    whole, part = match[1] or "0", match[2] or match[3] or ""
    if len(whole) + len(part) > _MAX_DIGITS:
        raise ValueError(f"the rate has more than {_MAX_DIGITS} digits: shorten it")
    over, under = int(whole + part), 10 ** len(part)
    if not over:
        raise ValueError("the rate is 0: correct it")
    common = gcd(over, under)
    return over // common, under // common
