"""A gift without a value: refused where a gift is a disposal, and kept without one by the CSV."""

from __future__ import annotations

import pytest

from vaultsdk.tax.compute import compute
from vaultsdk.tax.errors import LedgerProblemsError
from vaultsdk.tax.ledger.export import ledger_csv
from vaultsdk.tax.ledger.parse import parse_ledger
from vaultsdk.tax.profiles import profile

TEXT = """id,time,type,asset,quantity,total
b,2025-01-01,buy,X,2,20
g,2025-02-01,gift_out,X,1,{total}
"""


@pytest.mark.parametrize("name", ["uk", "ca"])
def test_a_gift_at_market_value_needs_one(name: str) -> None:
    book = parse_ledger(TEXT.format(total=""))
    with pytest.raises(LedgerProblemsError, match="give its total") as caught:
        compute(book, profile(name))
    assert [(one.row, one.column) for one in caught.value.problems] == [(3, "total")]
    # Worth nothing is a value too.
    (sold,) = compute(parse_ledger(TEXT.format(total="0")), profile(name)).disposals
    assert sold.proceeds == 0


@pytest.mark.parametrize("name", ["us", "us-wash", "de", "average"])
def test_a_gift_that_carries_basis_needs_none(name: str) -> None:
    result = compute(parse_ledger(TEXT.format(total="")), profile(name))
    assert result.removals and not result.disposals


@pytest.mark.parametrize("total", ["", "0", "7"])
def test_the_csv_keeps_what_the_row_said(total: str) -> None:
    book = parse_ledger(TEXT.format(total=total))
    again = parse_ledger(ledger_csv(book))
    assert ledger_csv(again) == ledger_csv(book) == TEXT.format(total=total)
    assert again.events[1].valued is bool(total)
