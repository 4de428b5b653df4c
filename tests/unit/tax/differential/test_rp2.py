"""Our lots against rp2's, on thousands of random ledgers: FIFO, LIFO and HIFO.

Both must take the same units of the same lots in the same order. On the round grid proceeds and
basis are equal to the last place. On the ragged one rp2 rounds each to 31 digits, and each of our
floors leaves less than 1e-18 to the parts after it, so a part differs by less than 1e-18 for each
part that its sale, or its lot, was taken into. Ties of HIFO go to the earlier lot in both, and the
later of two lots bought at one time goes first by LIFO in both.

What rp2 1.7.2 does differently, all seen here or in `test_rp2_faults.py`, and kept out of the
ledgers or allowed for:

- It is long-term after 365 full days, not after more than one year by the calendar: a day too early
  (two across a 29 February).
- Amounts are equal when they differ by less than 5e-14: smaller ones are refused as zero, a lot's
  rest below it is lost, and as much may be sold beyond what is held, with more basis than the lot
  has.
- One stock of lots for the taxpayer: no wallets. Ours is asked for scope "universal".
- Prices have 31 digits: HIFO sees no difference below 5e-14 between unit prices.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from tests.peers.client import Peer, open_peer
from tests.unit.tax.differential.ledgers import Row, to_ledger, to_peer, units, us_ledgers
from vaultsdk.tax.compute import compute
from vaultsdk.tax.profiles import profile
from vaultsdk.tax.result import Disposal, TaxResult

US = profile("us")
pytestmark = pytest.mark.slow

METHODS = ["fifo", "lifo", "hifo"]
ROUND, RAGGED = 1_200, 1_000


@pytest.fixture(scope="module")
def rp2() -> Iterator[Peer]:
    with open_peer("rp2") as peer:
        yield peer


def test_the_same_lots_proceeds_and_basis_where_nothing_rounds(rp2: Peer) -> None:
    early = parts = 0
    for rows in us_ledgers(1, ROUND, round_grid=True):
        for ours, theirs in both(rp2, rows):
            for disposal, row in pairs(ours, theirs):
                assert disposal.proceeds == units(row["proceeds"]), rows
                assert disposal.basis == units(row["basis"]), rows
                early += is_early(disposal, row)
                parts += 1
    assert parts > 10 * ROUND
    assert early  # the ledgers reach the days on which rp2 is wrong


def test_the_same_lots_and_amounts_to_the_rounding_where_both_round(rp2: Peer) -> None:
    for rows in us_ledgers(2, RAGGED, round_grid=False):
        for ours, theirs in both(rp2, rows):
            of_sale = Counter(disposal.event for disposal in ours.disposals)
            of_lot = Counter(disposal.lot for disposal in ours.disposals)
            for disposal, row in pairs(ours, theirs):
                near(disposal.proceeds, row["proceeds"], of_sale[disposal.event])
                near(disposal.basis, row["basis"], of_lot[disposal.lot])
                is_early(disposal, row)


def both(rp2: Peer, rows: list[Row]) -> Iterator[tuple[TaxResult, list[dict[str, Any]]]]:
    """Our answer and rp2's by each method, in the order of sales; what is left must be what rp2
    leaves."""
    answer = rp2.ask({"methods": METHODS, "events": to_peer(rows)})
    assert "error" not in answer, (answer, rows)
    ledger = to_ledger(rows)
    place = {row.id: number for number, row in enumerate(rows)}
    for method in METHODS:
        ours = compute(ledger, US, method=method, scope="universal")
        theirs = sorted(answer[method]["disposals"], key=lambda row: place[row["event"]])
        left = {row.id: Decimal(row.quantity) for row in rows if row.buy}
        for row in theirs:
            left[row["lot"]] -= units(row["quantity"])
        assert {lot.lot: lot.quantity for lot in ours.open_lots} == {
            lot: quantity for lot, quantity in left.items() if quantity
        }
        yield ours, theirs


def pairs(
    ours: TaxResult, theirs: list[dict[str, Any]]
) -> Iterator[tuple[Disposal, dict[str, Any]]]:
    """Parts of both, one to one: the same sale, lot and units."""
    assert [(part.event, part.lot, part.quantity) for part in ours.disposals] == [
        (row["event"], row["lot"], units(row["quantity"])) for row in theirs
    ]
    return zip(ours.disposals, theirs, strict=True)


def near(ours: int, theirs: str, parts: int) -> None:
    assert abs(ours - units(theirs)) < parts + Decimal("1e-5")  # 31 digits of at most 1e7


def is_early(disposal: Disposal, row: dict[str, Any]) -> bool:
    """Whether rp2 calls long-term what is not yet; any other difference in terms is a fault."""
    if disposal.term == row["term"]:
        return False
    assert disposal.acquired is not None
    assert (disposal.term, row["term"]) == ("short", "long")
    assert disposal.disposed - disposal.acquired in (365, 366)
    return True
