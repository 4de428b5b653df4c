"""Short ledgers for the tests of single lots: rows in words, results in whole units."""

from __future__ import annotations

from typing import Any

from vaultsdk.tax.compute import compute
from vaultsdk.tax.exact import exact
from vaultsdk.tax.ledger.event import iso
from vaultsdk.tax.ledger.ledger import Ledger
from vaultsdk.tax.ledger.parse import ledger_of
from vaultsdk.tax.ledger.rows import LedgerRow
from vaultsdk.tax.profiles import profile
from vaultsdk.tax.result import TaxResult


def ledger(*rows: str) -> Ledger:
    """Rows such as `b1 2024-01-01 buy X 10 total=100 wallet=a`."""
    models = []
    for row in rows:
        id, time, type, asset, quantity, *others = row.split()
        more: dict[str, Any] = dict(other.split("=", 1) for other in others)
        models.append(
            LedgerRow(id=id, time=time, type=type, asset=asset, quantity=quantity, **more)
        )
    return ledger_of(models)


def us(*rows: str, name: str = "us", **options: Any) -> TaxResult:
    return compute(ledger(*rows), profile(name), **options)


def sold(result: TaxResult) -> list[tuple[str, str, str, str]]:
    """(event, lot, quantity, gain) of every disposal."""
    return [(one.event, one.lot, exact(one.quantity), exact(one.gain)) for one in result.disposals]


def left(result: TaxResult) -> list[tuple[str, str, str, str, str]]:
    """(lot, wallet, quantity, basis, acquired) of every open lot."""
    return [
        (one.lot, one.wallet, exact(one.quantity), exact(one.basis), iso(one.acquired))
        for one in result.open_lots
    ]
