"""The harvest table where few rows stand for all: what wraps divide, and how few rows there are."""

from __future__ import annotations

import pytest

from tests.unit.tax.engine.lot_ledgers import ledger
from vaultsdk.tax.candidates import candidates
from vaultsdk.tax.candidates.holdings import holdings_of
from vaultsdk.tax.candidates.sales import Sales
from vaultsdk.tax.compute import compute
from vaultsdk.tax.exact import exact
from vaultsdk.tax.ledger.event import WAD, ordinal
from vaultsdk.tax.options import Options
from vaultsdk.tax.profiles import profile

DAY = ordinal("2025-03-20")
WASH = profile("us-wash")


@pytest.mark.parametrize("asset", ["ETH", "WETH"])
def test_what_a_wrap_made_of_a_purchase_replaces_nothing_for_it(asset: str) -> None:
    told = ledger(
        "b1 2025-03-01 buy ETH 10 total=1000",
        "w1 2025-03-05 wrap ETH 5 side=out group=g",
        f"w2 2025-03-05 wrap {asset} 5 side=in group=g",
    )
    found = candidates(told, WASH, {"ETH": 50 * WAD, "WETH": 50 * WAD}, DAY)
    assert [(row.lot, exact(row.recognised), row.deferred) for row in found.rows] == [
        ("b1", "-250", 0),
        ("w2", "-250", 0),
    ]
    assert not found.do_not_sell


def test_a_wrap_of_another_purchase_does_replace() -> None:
    told = ledger(
        "b1 2025-03-01 buy ETH 5 total=500",
        "b2 2025-03-02 buy ETH 2 total=200",
        "w1 2025-03-05 wrap ETH 2 side=out group=g lot=b2",
        "w2 2025-03-05 wrap WETH 2 side=in group=g",
    )
    found = candidates(told, WASH, {"ETH": 50 * WAD, "WETH": 50 * WAD}, DAY)
    rows = {row.lot: (exact(row.recognised), exact(row.deferred)) for row in found.rows}
    assert rows == {"b1": ("-150", "-100"), "w2": ("0", "-100")}
    (wait,) = [wait for wait in found.do_not_sell if wait.subject.startswith("b1")]
    assert wait.until == ordinal("2025-04-02")


def test_a_sale_asks_for_no_more_purchases_than_its_units_could_meet() -> None:
    rows = [f"b{at} 2025-03-{1 + at // 10:02d} buy ETH 1 total=100" for at in range(100)]
    told = ledger(*rows)
    options = Options(as_of=DAY)
    sales = Sales(told, WASH, options, DAY)
    for one in holdings_of(compute(told, WASH, as_of=DAY)):
        assert len(sales.alone(one, DAY).ledger.events) == 2
