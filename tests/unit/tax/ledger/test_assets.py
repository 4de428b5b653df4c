"""Decimals of assets: the user's file, all of its faults at once."""

from __future__ import annotations

import pytest

from vaultsdk.tax.errors import LedgerProblemsError
from vaultsdk.tax.ledger.amounts import MAX_PLACES
from vaultsdk.tax.ledger.assets import check_symbol, known_decimals, parse_assets


def faults(text: str) -> list[tuple[int, str, str]]:
    with pytest.raises(LedgerProblemsError) as caught:
        parse_assets(text)
    assert caught.value.source == "assets"
    return [tuple(problem) for problem in caught.value.problems]  # type: ignore[misc]


def test_csv() -> None:
    text = "\ufeffdecimals,asset\r\n6,USDC\r\n\r\n0,NFT\r\n36,FINE\r\n"
    assert parse_assets(text) == {"USDC": 6, "NFT": 0, "FINE": 36}


def test_json() -> None:
    assert parse_assets(' {"USDC": 6, "{[": 18}') == {"USDC": 6, "{[": 18}


def test_every_fault_of_csv_is_listed() -> None:
    found = faults("asset,decimals\nA B,6\nX,-1\nY,37\nZ,6\nZ,7\n,3\nW,1.5\nV\n")
    assert [(row, column) for row, column, _ in found] == [
        (2, "asset"),
        (3, "decimals"),
        (4, "decimals"),
        (6, "asset"),
        (7, "asset"),
        (8, "decimals"),
        (9, "decimals"),
    ]
    assert "in row 5" in found[3][2]


def test_every_fault_of_json_is_listed() -> None:
    found = faults('{"A": 6, "A": 7, "B": 1.5, "C": true, "D": "6", "E": null, "F G": 1}')
    assert [column for _, column, _ in found] == ["asset"] * 2 + ["decimals"] * 4


@pytest.mark.parametrize(
    "text",
    ["{", '{"A": NaN}', '{"A": 1', '{"A": 1} x', '{"a": {}}', '{"a": [1]}', '{"a":' * 100_000],
)
def test_what_is_no_json_is_refused(text: str) -> None:
    assert "not JSON" in faults(text)[0][2]


@pytest.mark.parametrize("text", ["", "\n\n", "asset\nX\n", "symbol,decimals\nX,6\n"])
def test_the_header_is_needed(text: str) -> None:
    assert faults(text)[0][0] == 1


def test_known_symbols() -> None:
    known = known_decimals()
    assert all(0 <= places <= MAX_PLACES for places in known.values())
    assert (known["USDC"], known["WBTC"], known["tBTC"], known["WETH"]) == (6, 8, 18, 18)
    for symbol in known:
        check_symbol(symbol)


@pytest.mark.parametrize("symbol", ["", "A B", "A,B", "A;B", "A\u200b", "A\n", "x" * 65])
def test_what_is_no_symbol_is_refused(symbol: str) -> None:
    with pytest.raises(ValueError, match="symbol"):
        check_symbol(symbol)
