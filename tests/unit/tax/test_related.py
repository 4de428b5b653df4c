"""Which assets a sale can touch."""

from __future__ import annotations

from tests.unit.tax.engine.lot_ledgers import ledger
from vaultsdk.tax.ledger.ledger import Ledger
from vaultsdk.tax.related import related_assets

SAME = {"WETH": "ETH", "ETH": "ETH"}


def wrap(name: str, source: str, target: str) -> tuple[str, str]:
    return (
        f"{name}o 2025-02-01 wrap {source} 1 group={name} side=out",
        f"{name}i 2025-02-01 wrap {target} 1 group={name} side=in",
    )


def together(*rows: str) -> set[str]:
    assets = ("ETH", "WETH", "A", "B", "C", "D")
    bought = [f"{asset} 2025-01-01 buy {asset} 9 total=9" for asset in assets]
    found = related_assets(ledger(*bought, *rows), SAME)
    assert set(found) == set(assets)
    assert all(found[other] == group for group in found.values() for other in group)
    return {" ".join(sorted(group)) for group in found.values()}


def test_assets_of_a_class_are_related_and_others_are_not() -> None:
    assert together() == {"ETH WETH", "A", "B", "C", "D"}


def test_wraps_relate_along_their_chain_and_with_classes() -> None:
    assert together(*wrap("1", "A", "B"), *wrap("2", "C", "B")) == {"ETH WETH", "A B C", "D"}
    assert together(*wrap("1", "A", "B"), *wrap("2", "WETH", "C"), *wrap("3", "B", "C")) == {
        "A B C ETH WETH",
        "D",
    }


def test_trades_relate_nothing() -> None:
    rows = (
        "s 2025-02-01 sell A 1 total=5 group=g",
        "b 2025-02-01 buy B 1 total=5 group=g",
        "f 2025-02-01 fee C 1 total=1 group=g",
    )
    assert together(*rows) == {"ETH WETH", "A", "B", "C", "D"}


def test_an_empty_ledger_has_none() -> None:
    assert related_assets(Ledger(()), SAME) == {}
