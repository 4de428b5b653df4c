"""Explanations name the source that holds on the day, and say what a transfer really took along."""

from __future__ import annotations

import pytest

from tests.unit.tax.engine.lot_ledgers import ledger
from vaultsdk.tax.compute import compute
from vaultsdk.tax.explain import explain
from vaultsdk.tax.profiles import profile

ROWS = (
    "b1 2023-01-01 buy X 5 total=50 wallet=a",
    "b2 2023-01-02 buy X 5 total=50 wallet=a",
    "old 2024-12-31 sell X 1 total=20 wallet=a",
    "new 2025-01-01 sell X 1 total=20 wallet=a",
    "m 2025-02-01 transfer X 1 wallet=a to_wallet=b lot=b2",
    "n 2025-02-02 transfer X 1 wallet=a to_wallet=b",
)


def told(event: str, method: str) -> str:
    rows, us = ledger(*ROWS), profile("us")
    return "\n".join(explain(rows, compute(rows, us, method=method), us, event).lines)


@pytest.mark.parametrize("method", ["fifo", "lifo", "hifo", "spec"])
def test_the_regulation_of_2025_is_no_source_for_the_years_before(method: str) -> None:
    assert "Virtual Currency Transactions, A39 to A41" in told("old", method)
    assert "1.1012-1(j)" not in told("old", method)
    assert "Treas. Reg. § 1.1012-1(j)(3)" in told("new", method)


@pytest.mark.parametrize(
    ("event", "method", "words"),
    [
        ("m", "spec", "as the row names them."),
        ("n", "spec", "the earliest first."),
        ("m", "hifo", "the earliest first."),
    ],
)
def test_a_transfer_tells_whether_names_counted(event: str, method: str, words: str) -> None:
    assert words in told(event, method)
