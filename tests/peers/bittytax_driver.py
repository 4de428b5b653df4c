"""Runs inside BittyTax's environment, for measurements: its matching for UK individuals.

The steps are those of its own program: pool each day, match within the day, match within 30 days,
then the section 104 holdings. The answer has `seconds`, the processor's time in these steps, and
`parts`, the number of disposals or parts of them.
"""

from __future__ import annotations

import itertools
import sys
import time
from datetime import datetime
from decimal import Decimal
from typing import Any
from unittest.mock import MagicMock

from serve import serve

sys.modules["requests"] = MagicMock()  # fetches prices: nothing here asks for one

from bittytax.bt_types import DisposalType, TaxRules, TrType  # noqa: E402
from bittytax.tax import TaxCalculator  # noqa: E402
from bittytax.transactions import Buy, Sell  # noqa: E402


class Record:
    """What a transaction asks of the record it came from: the next number for a part of it."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.parts = itertools.count(1)

    def set_tid(self) -> list[int]:
        """The id of one more part."""
        return [self.number, next(self.parts)]


def answer(ledger: dict[str, Any]) -> dict[str, Any]:
    """Compute one ledger."""
    transactions = [_transaction(event, row) for row, event in enumerate(ledger["events"])]
    calculator = TaxCalculator(transactions, TaxRules.UK_INDIVIDUAL)
    start = time.process_time()
    calculator.pool_same_day()
    calculator.match_sell(DisposalType.SAME_DAY)
    calculator.match_buyback(DisposalType.BED_AND_BREAKFAST)
    calculator.process_section104(skip_integrity_check=True)
    seconds = time.process_time() - start
    parts = sum(len(events) for events in calculator.tax_events.values())
    total = sum(event.gain for events in calculator.tax_events.values() for event in events)
    return {"seconds": seconds, "parts": parts, "total": str(total)}


def _transaction(event: dict[str, Any], row: int) -> Buy | Sell:
    kind = Buy if event["type"] == "buy" else Sell
    quantity, total = Decimal(event["quantity"]), Decimal(event["total"])
    made = kind(TrType.TRADE, quantity, event["asset"], total)
    made.timestamp = datetime.fromisoformat(event["time"])
    made.t_record = Record(row)
    made.set_tid()
    return made


if __name__ == "__main__":
    serve(answer)
