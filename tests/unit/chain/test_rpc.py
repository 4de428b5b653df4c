"""How nodes' answers and errors are read, in the shapes that different nodes give them."""

from __future__ import annotations

from typing import Any

import pytest
from eth_abi.abi import encode

from vaultsdk.chain.rpc import (
    NodeError,
    RevertedError,
    block_param,
    error_of,
    hex_bytes,
    result_of,
)

REASON = "0x08c379a0" + encode(["string"], ["feed stale"]).hex()
PANIC = "0x4e487b71" + encode(["uint256"], [0x11]).hex()


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ({"code": 3, "message": "execution reverted: feed stale", "data": REASON}, "feed stale"),
        ({"code": -32000, "message": "execution reverted: feed stale"}, "feed stale"),
        (
            {"code": -32015, "message": "VM execution error.", "data": f"Reverted {REASON}"},
            "feed stale",
        ),
        ({"code": -32603, "message": "reverted", "data": {"data": REASON}}, "feed stale"),
        ({"code": 3, "message": "execution reverted", "data": PANIC}, "panic 0x11"),
        ({"code": 3, "message": "execution reverted", "data": "0x"}, None),
        ({"code": 3, "message": "execution reverted"}, None),
    ],
)
def test_a_revert_is_told_with_its_reason(error: dict[str, Any], reason: str | None) -> None:
    found = error_of(error, "eth_call")
    assert isinstance(found, RevertedError)
    assert found.reason == reason


@pytest.mark.parametrize(
    "error",
    [
        {"code": -32005, "message": "query returned more than 10000 results"},
        {"code": -32601, "message": "method not found"},
        "boom",
    ],
)
def test_any_other_error_is_the_nodes(error: Any) -> None:
    found = error_of(error, "eth_getLogs")
    assert type(found) is NodeError
    assert "eth_getLogs" in str(found)


def test_results() -> None:
    assert result_of({"result": None}, "x") is None
    assert result_of({"result": "0x1", "id": 1}, "x") == "0x1"
    for answer in ({}, [], None, "x"):
        with pytest.raises(NodeError, match="Ethereum node"):
            result_of(answer, "x")
    assert hex_bytes("0x0102") == b"\x01\x02"
    for text in (None, 5, "0xzz"):
        with pytest.raises(NodeError, match="bytes were due"):
            hex_bytes(text)


def test_blocks_are_named_by_number_hash_or_tag() -> None:
    assert block_param(255) == "0xff"
    assert block_param("latest") == "latest"
    assert block_param("0x" + "ab" * 32) == {"blockHash": "0x" + "ab" * 32}
    for wrong in ("now", "0x12", ""):
        with pytest.raises(NodeError, match="is no block"):
            block_param(wrong)
