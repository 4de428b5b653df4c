"""Runs inside rp2's environment: US lots by FIFO, LIFO or HIFO, from transactions in memory.

A ledger names its `methods`. Amounts are given to rp2 as they are; the spot price it insists on is
their quotient, to the 31 digits that rp2 computes with. The answer has for each method `disposals`
in rp2's order (`event`, `lot`, `quantity`, `proceeds`, `basis`, `gain`, `term`) and `seconds`: the
processor's time in `compute_tax` alone. `"brief": true` leaves the disposals out, for measurements.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from prezzemolo.avl_tree import AVLTree
from rp2.accounting_engine import AccountingEngine
from rp2.computed_data import ComputedData
from rp2.configuration import MAX_DATE, MIN_DATE, Configuration
from rp2.in_transaction import InTransaction
from rp2.input_data import InputData
from rp2.out_transaction import OutTransaction
from rp2.plugin.country.us import US
from rp2.rp2_decimal import ZERO, RP2Decimal
from rp2.tax_engine import compute_tax
from rp2.transaction_set import TransactionSet
from serve import serve

COLUMNS = """
[general]
assets = {assets}
exchanges = exchange
holders = holder
[in_header]
timestamp = 0
[out_header]
timestamp = 0
[intra_header]
timestamp = 0
"""


def answer(ledger: dict[str, Any]) -> dict[str, Any]:
    """Compute one ledger, asset by asset as rp2 does."""
    events = ledger["events"]
    ids = [event["id"] for event in events]  # rp2 knows an event by its row
    assets = list(dict.fromkeys(event["asset"] for event in events))
    configuration = _configuration(tuple(assets))
    inputs = [_input(asset, configuration, events) for asset in assets]
    answers: dict[str, Any] = {}
    for method in ledger["methods"]:
        engine = _engine(method)
        start = time.process_time()
        results = [compute_tax(configuration, engine, data) for data in inputs]
        answers[method] = {"seconds": time.process_time() - start}
        if not ledger.get("brief"):
            rows = [row for computed in results for row in _disposals(computed, ids)]
            answers[method]["disposals"] = rows
    return answers


@cache
def _configuration(assets: tuple[str, ...]) -> Configuration:
    path = Path("rp2.ini")
    path.write_text(COLUMNS.format(assets=", ".join(assets)), encoding="utf-8")
    return Configuration(str(path), US())


def _engine(method: str) -> AccountingEngine:
    module = import_module(f"rp2.plugin.accounting_method.{method}")
    methods: AVLTree[int, Any] = AVLTree()
    methods.insert_node(MIN_DATE.year, module.AccountingMethod())
    return AccountingEngine(methods)


def _input(asset: str, configuration: Configuration, events: list[dict[str, Any]]) -> InputData:
    kinds = ("IN", "OUT", "INTRA")
    into, out, moved = (
        TransactionSet(configuration, kind, asset, MIN_DATE, MAX_DATE) for kind in kinds
    )
    for row, event in enumerate(events):
        if event["asset"] != asset:
            continue
        quantity, total = RP2Decimal(event["quantity"]), RP2Decimal(event["total"])
        common = (configuration, event["time"], asset, "exchange", "holder", event["type"])
        if event["type"] == "buy":
            into.add_entry(
                InTransaction(
                    *common, total / quantity, quantity, fiat_in_no_fee=total, row=row + 1
                )
            )
        else:
            out.add_entry(
                OutTransaction(
                    *common, total / quantity, quantity, ZERO, fiat_out_no_fee=total, row=row + 1
                )
            )
    return InputData(asset, into, out, moved)


def _disposals(computed: ComputedData, ids: list[str]) -> Iterator[dict[str, Any]]:
    for entry in computed.gain_loss_set:
        yield {
            "event": ids[entry.taxable_event.row - 1],
            "lot": ids[entry.acquired_lot.row - 1],
            "quantity": str(entry.crypto_amount),
            "proceeds": str(entry.taxable_event_fiat_amount_with_fee_fraction),
            "basis": str(entry.fiat_cost_basis),
            "gain": str(entry.fiat_gain),
            "term": "long" if entry.is_long_term_capital_gains() else "short",
        }


if __name__ == "__main__":
    serve(answer)
