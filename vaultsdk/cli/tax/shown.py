"""Numbers and texts of a result as a terminal shows them. Rounded: the exact ones are in JSON."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from typing import Final

from rich.table import Table
from rich.text import Text

from vaultsdk.tax.exact import exact
from vaultsdk.tax.ledger.event import iso

ROUNDED: Final = "Rounded for reading; --json has every number exactly."
_ADDRESS: Final = re.compile(r"(0x[0-9a-fA-F]{4})[0-9a-fA-F]{32}([0-9a-fA-F]{4})(?![0-9a-fA-F])")
_DIGITS: Final = 400  # more than any quantity of any ledger has


def money(value: int | None) -> str:
    """Money (1e-18) to hundredths, `1,234.50`; "" for None."""
    return "" if value is None else _rounded(exact(value), 2)


def units(value: int, places: int) -> str:
    """A quantity to at most six decimals, `1.5`."""
    return _rounded(exact(value, places), 6, strip=True)


def day(value: int | None) -> str:
    """`2025-12-31`; "" for None."""
    return "" if value is None else iso(value)


def add(shown: Table, *cells: str) -> None:
    """A row of texts as they are: a ledger's names are data, never the terminal's markup."""
    shown.add_row(*(Text(cell) for cell in cells))


def unbroken(shown: Table, *columns: str) -> Table:
    """The same table, with columns whose texts stay on one line: days."""
    for column in shown.columns:
        if column.header in columns:
            column.no_wrap = True
    return shown


def brief(name: str) -> str:
    """A lot's, event's or wallet's name for tables, its addresses shortened:
    `1:0x3Aa5…443c:0xBcd4…4096:3`. `explain` takes such a name too."""
    return _ADDRESS.sub(r"\1…\2", name)


def same_name(name: str, known: Iterable[str]) -> list[str]:
    """The names there are that are shown like this one."""
    return [one for one in known if brief(one) == name]


def lines(*texts: str) -> Text:
    """Lines of text as they are."""
    return Text("\n".join(texts))


def _rounded(text: str, places: int, strip: bool = False) -> str:
    value = Decimal(text)  # a Decimal of a text is never rounded
    step = Decimal(1).scaleb(-places)
    with localcontext() as context:
        context.prec = _DIGITS
        rounded = value.quantize(step, rounding=ROUND_HALF_EVEN)
        if value and not rounded:
            return f"<{step:f}" if value > 0 else f">-{step:f}"
        shown = f"{rounded:,f}"
    return shown.rstrip("0").rstrip(".") if strip and "." in shown else shown
