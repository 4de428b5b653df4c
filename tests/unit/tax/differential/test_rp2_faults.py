"""Where rp2 1.7.2 is wrong and we are not: the reasons why some ledgers are not compared."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tests.peers.client import Peer, open_peer
from tests.unit.tax.differential.ledgers import Row, to_ledger, to_peer
from vaultsdk.tax.compute import compute
from vaultsdk.tax.errors import LedgerProblemsError
from vaultsdk.tax.profiles import profile

US = profile("us")
WAD = 10**18
DAY = datetime(2021, 1, 1, tzinfo=UTC)
YEAR_LATER = datetime(2022, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def rp2() -> Iterator[Peer]:
    with open_peer("rp2") as peer:
        yield peer


def trade(bought: int, sold: int) -> list[Row]:
    """Bought for 100 on a New Year's Day, sold for 300 on the next."""
    return [
        Row("buy", DAY, True, "ETH", bought, 100 * WAD),
        Row("sell", YEAR_LATER, False, "ETH", sold, 300 * WAD),
    ]


def test_exactly_one_year_is_long_term_there_and_short_term_here(rp2: Peer) -> None:
    rows = trade(WAD, WAD)
    answer = rp2.ask({"methods": ["fifo"], "events": to_peer(rows)})
    assert [row["term"] for row in answer["fifo"]["disposals"]] == ["long"]
    ours = compute(to_ledger(rows), US, method="fifo", scope="universal")
    assert [disposal.term for disposal in ours.disposals] == ["short"]


@pytest.mark.parametrize("quantity", [49_999, 10_000])
def test_an_amount_below_half_of_1e_13_is_zero_there_and_counts_here(
    rp2: Peer, quantity: int
) -> None:
    rows = trade(WAD, quantity)
    answer = rp2.ask({"methods": ["fifo"], "events": to_peer(rows)})
    assert "has zero value" in answer["error"]
    ours = compute(to_ledger(rows), US, method="fifo", scope="universal")
    assert [disposal.basis for disposal in ours.disposals] == [100 * quantity]


def test_more_than_is_held_is_sold_there_at_more_basis_than_there_is(rp2: Peer) -> None:
    rows = trade(WAD, WAD + 10_000)
    answer = rp2.ask({"methods": ["fifo"], "events": to_peer(rows)})
    assert [Decimal(row["basis"]) for row in answer["fifo"]["disposals"]] == [
        Decimal("100.000000000001")
    ]
    with pytest.raises(LedgerProblemsError):
        compute(to_ledger(rows), US, method="fifo", scope="universal")


def test_a_small_rest_of_a_lot_is_lost_there_and_kept_here(rp2: Peer) -> None:
    late = datetime(2022, 2, 1, tzinfo=UTC)
    rows = [*trade(WAD + 10_000, WAD), Row("late", late, False, "ETH", 10_000, WAD)]
    answer = rp2.ask({"methods": ["fifo"], "events": to_peer(rows)})
    assert "error" in answer
    ours = compute(to_ledger(rows), US, method="fifo", scope="universal")
    assert sum(disposal.basis for disposal in ours.disposals) == 100 * WAD
