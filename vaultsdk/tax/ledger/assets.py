"""Assets: symbols and their decimals, from a file, from known symbols, else 18."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final, NoReturn

from vaultsdk.tax.errors import LedgerProblemsError, Problem
from vaultsdk.tax.ledger.amounts import MAX_PLACES
from vaultsdk.tax.ledger.quoted import quoted
from vaultsdk.tax.ledger.table import read_table

DEFAULT_DECIMALS: Final = 18
MAX_SYMBOL: Final = 64
_FORBIDDEN: Final = re.compile(r"[\s,;]")
_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_OPENING: Final = re.compile(r"[\[{]")
_DIGITS: Final = re.compile(r"\d{1,3}", re.ASCII)


@cache
def known_decimals() -> Mapping[str, int]:
    """Decimals of well-known symbols, from the package's own table."""
    text = (files("vaultsdk.tax.ledger") / "assets.toml").read_text(encoding="utf-8")
    return MappingProxyType(tomllib.loads(text)["decimals"])


def check_symbol(symbol: str) -> None:
    """Refuse what cannot be an asset's symbol: ValueError with the cause as its message."""
    if not symbol:
        raise ValueError("the asset is missing: give its symbol, like WETH")
    if len(symbol) > MAX_SYMBOL:
        raise ValueError(
            f"the symbol has {len(symbol)} characters, more than {MAX_SYMBOL}: shorten it"
        )
    if _FORBIDDEN.search(symbol) or not symbol.isprintable():
        raise ValueError(
            f"{quoted(symbol)} is not a symbol: leave out spaces, commas, semicolons and what "
            "cannot be printed"
        )


def parse_assets(text: str, source: str = "assets") -> Mapping[str, int]:
    """Decimals by symbol, from CSV with the header `asset,decimals` or a JSON object like
    `{"WETH": 18}`.

    Raises LedgerProblemsError with every fault of the text.
    """
    problems: list[Problem] = []
    found: dict[str, int] = {}
    rows: dict[str, int] = {}
    is_json = text.lstrip("\ufeff \t\r\n").startswith("{")
    for row, symbol, decimals in _json(text, problems) if is_json else _csv(text, problems):
        try:
            check_symbol(symbol)
        except ValueError as error:
            problems.append(Problem(row, "asset", str(error)))
            continue
        if symbol in rows:
            again = f" already, in row {rows[symbol]}" if row else " twice"
            problems.append(Problem(row, "asset", f"{symbol} is given{again}: keep one"))
            continue
        rows[symbol] = row
        if not _DIGITS.fullmatch(decimals) or int(decimals) > MAX_PLACES:
            problems.append(
                Problem(
                    row,
                    "decimals",
                    f"{quoted(decimals)} is not a number of decimals for {symbol}: give 0 to "
                    f"{MAX_PLACES}",
                )
            )
            continue
        found[symbol] = int(decimals)
    if problems:
        raise LedgerProblemsError(problems, source)
    return found


def _csv(text: str, problems: list[Problem]) -> Iterator[tuple[int, str, str]]:
    columns = ("asset", "decimals")
    for row, (symbol, decimals) in read_table(text, columns, columns, problems):
        yield row, symbol, decimals


def _json(text: str, problems: list[Problem]) -> Iterator[tuple[int, str, str]]:
    try:
        # Before json sees it: a text of nothing but brackets can exhaust the stack.
        if len(_OPENING.findall(_STRING.sub("", text))) > 1:
            raise ValueError("one object inside another")
        pairs = json.loads(
            text.removeprefix("\ufeff"),
            object_pairs_hook=list,
            parse_float=str,
            parse_constant=_no_constant,
        )
    except ValueError as error:
        cause = f'this is not JSON of symbols and decimals ({error}): write {{"WETH": 18}}'
        problems.append(Problem(0, "asset", cause))
        return
    for symbol, decimals in pairs:
        is_number = isinstance(decimals, int) and not isinstance(decimals, bool)
        yield 0, symbol, str(decimals) if is_number else json.dumps(decimals)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")
