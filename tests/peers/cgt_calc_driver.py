"""Runs inside cgt-calc's environment: same day, then 30 days, then the section 104 holding.

cgt-calc reports one tax year; here its year is stretched over all of the ledger, so that one pass
gives every disposal. The answer has `disposals` (`asset`, `day`, `rule` SAME_DAY, 30_DAY or S104,
`matched`: the day of the acquisition within 30 days, `quantity`, `proceeds`, `cost`), `pools` at
the end (`asset`, `quantity`, `cost`) and `seconds`: the processor's time in both passes, from its
transactions in memory to the report's log. `"precision"` sets the digits of its Decimals (28 unless
told): it divides into prices per unit and multiplies back, and asserts that an empty holding costs
nothing to 23 places, which 28 digits do not always carry. `"brief": true` leaves the disposals out.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from datetime import date
from decimal import Decimal, getcontext
from typing import Any
from unittest.mock import MagicMock

from serve import serve

# What fetches prices and rates, and what typesets: nothing here asks for it.
for name in ("defusedxml", "jinja2", "requests", "requests_ratelimiter", "yfinance"):
    sys.modules[name] = MagicMock()

from cgt_calc.currency_converter import CurrencyConverter  # noqa: E402
from cgt_calc.main import CapitalGainsCalculator  # noqa: E402
from cgt_calc.model import ActionType, BrokerTransaction, CapitalGainsReport, RuleType  # noqa: E402

RULES = {
    RuleType.SAME_DAY: "SAME_DAY",
    RuleType.BED_AND_BREAKFAST: "30_DAY",
    RuleType.SECTION_104: "S104",
}


class NoIsins:
    """Tokens have no ISIN."""

    def add_from_transaction(self, transaction: BrokerTransaction) -> None:
        """Nothing to note."""


def answer(ledger: dict[str, Any]) -> dict[str, Any]:
    """Compute one ledger."""
    getcontext().prec = ledger.get("precision", 28)
    transactions = [_transaction(event) for event in ledger["events"]]
    calculator = _calculator(transactions)
    start = time.process_time()
    calculator.convert_to_hmrc_transactions(transactions)
    report = calculator.calculate_capital_gain()
    seconds = time.process_time() - start
    if ledger.get("brief"):
        return {"seconds": seconds}
    pools = [
        {"asset": entry.symbol, "quantity": str(entry.quantity), "cost": str(entry.amount)}
        for entry in report.portfolio
        if entry.quantity
    ]
    return {"seconds": seconds, "disposals": list(_disposals(report)), "pools": pools}


def _transaction(event: dict[str, Any]) -> BrokerTransaction:
    quantity, total = Decimal(event["quantity"]), Decimal(event["total"])
    buy = event["type"] == "buy"
    return BrokerTransaction(
        date=date.fromisoformat(event["time"][:10]),
        action=ActionType.BUY if buy else ActionType.SELL,
        symbol=event["asset"],
        description="",
        quantity=quantity,
        price=total / quantity,
        fees=Decimal(0),
        amount=-total if buy else total,
        currency="GBP",
        broker="",
    )


def _calculator(transactions: list[BrokerTransaction]) -> CapitalGainsCalculator:
    last = max(transaction.date for transaction in transactions)
    calculator = CapitalGainsCalculator(
        last.year, CurrencyConverter(), NoIsins(), None, None, None, [], balance_check=False
    )
    calculator.tax_year_start_date = date(2010, 1, 1)  # where its second pass begins
    calculator.tax_year_end_date = last
    return calculator


def _disposals(report: CapitalGainsReport) -> Iterator[dict[str, Any]]:
    for day, log in report.calculation_log.items():
        for name, entries in log.items():
            kind, asset = name.split("$", 1)
            if kind != "sell":
                continue
            for entry in entries:
                matched = entry.bed_and_breakfast_date_index
                yield {
                    "asset": asset,
                    "day": day.isoformat(),
                    "rule": RULES[entry.rule_type],
                    "matched": matched.isoformat() if matched else None,
                    "quantity": str(entry.quantity),
                    "proceeds": str(entry.amount),
                    "cost": str(entry.allowable_cost),
                }


if __name__ == "__main__":
    serve(answer)
