"""Runs inside investir's environment: same day, then 30 days, then the section 104 holding.

The answer has `disposals` (`asset`, `day`, `rule` SAME_DAY, 30_DAY or S104, `matched`: the day of
the acquisition within 30 days, `quantity`, `proceeds`, `cost`), `pools` at the end (`asset`,
`quantity`, `cost`) and `seconds`: the processor's time in its calculator. `"precision"` sets the
digits of its Decimals (28 unless told). `"brief": true` leaves disposals and pools out.
"""

from __future__ import annotations

import sys
import time
from datetime import datetime
from decimal import Decimal, getcontext
from typing import Any
from unittest.mock import MagicMock

from moneyed import GBP, Money
from serve import serve

sys.modules["yfinance"] = MagicMock()  # fetches prices: nothing here asks for one

from investir.findata import FinancialData  # noqa: E402
from investir.taxcalculator import CapitalGain, TaxCalculator  # noqa: E402
from investir.transaction import Acquisition, Disposal, Order  # noqa: E402
from investir.trhistory import TransactionHistory  # noqa: E402


def answer(ledger: dict[str, Any]) -> dict[str, Any]:
    """Compute one ledger."""
    getcontext().prec = ledger.get("precision", 28)
    history = TransactionHistory(orders=[_order(event) for event in ledger["events"]])
    calculator = TaxCalculator(history, FinancialData(None, None, None))
    start = time.process_time()
    gains = calculator.capital_gains()
    seconds = time.process_time() - start
    if ledger.get("brief"):
        return {"seconds": seconds}
    pools = [
        {"asset": pool.isin, "quantity": str(pool.quantity), "cost": str(pool.cost)}
        for pool in calculator.holdings
    ]
    return {"seconds": seconds, "disposals": [_disposal(gain) for gain in gains], "pools": pools}


def _order(event: dict[str, Any]) -> Order:
    kind = Acquisition if event["type"] == "buy" else Disposal
    return kind(
        timestamp=datetime.fromisoformat(event["time"]),
        total=Money(event["total"], GBP),
        tr_id=event["id"],
        isin=event["asset"],
        quantity=Decimal(event["quantity"]),
    )


def _disposal(gain: CapitalGain) -> dict[str, Any]:
    day, acquired = gain.disposal.date, gain.acquisition_date
    rule = "S104" if acquired is None else "SAME_DAY" if acquired == day else "30_DAY"
    return {
        "asset": gain.disposal.isin,
        "day": day.isoformat(),
        "rule": rule,
        "matched": acquired.isoformat() if acquired is not None and rule == "30_DAY" else None,
        "quantity": str(gain.quantity),
        "proceeds": str(gain.disposal.gross_proceeds.amount),
        "cost": str(gain.cost),
    }


if __name__ == "__main__":
    serve(answer)
