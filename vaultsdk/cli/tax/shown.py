"""Numbers and texts of a result as a terminal shows them. Rounded: the exact ones are in JSON."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from typing import Final

from rich.table import Table
from rich.text import Text

from vaultsdk.tax.exact import exact
from vaultsdk.tax.ledger.event import iso

ROUNDED: Final = "Rounded for reading; --json has every number exactly."
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
