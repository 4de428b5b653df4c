"""What sync and async nodes share: how blocks are named, how answers and errors are read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from vaultsdk.core.errors import LotvaultError

Block = int | str
"""A block number, a block hash (0x and 64 hex digits), or latest, safe, finalized, pending."""

_TAGS = frozenset({"latest", "safe", "finalized", "pending", "earliest"})


class NodeError(LotvaultError):
    """The node refused a call, or said something that cannot be used. `code` is JSON-RPC's."""

    def __init__(self, message: str, *, code: int | None = None) -> None:
        super().__init__(message)
        self.code = code


class NodeDownError(NodeError):
    """Nothing answers at the node's address, or not in time."""

    @classmethod
    def at(cls, name: str, error: Exception) -> Self:
        """The error of a transport, in one line."""
        return cls(
            f"no node answers at {name} ({type(error).__name__}): is it running, and is --rpc (or "
            "LOTVAULT_RPC) right? `vaultsdk devnet up` starts a local one"
        )


class RevertedError(NodeError):
    """A contract reverted. `reason` is its text, None when it gave none that can be read."""

    def __init__(self, message: str, *, code: int | None, reason: str | None, data: bytes) -> None:
        super().__init__(message, code=code)
        self.reason = reason
        self.data = data


def block_param(block: Block) -> str | dict[str, str]:
    """A block as JSON-RPC names it (a hash by EIP-1898, so that a reorg cannot swap it)."""
    if isinstance(block, int):
        return hex(block)
    if block in _TAGS:
        return block
    if len(block) == 66 and block.startswith("0x"):
        return {"blockHash": block}
    raise NodeError(f"{block!r} is no block: give a number, a 0x hash of 64 digits, or `latest`")


def call_params(to: str, data: bytes, block: Block) -> list[Any]:
    """The parameters of an `eth_call`."""
    return [{"to": to, "data": "0x" + data.hex()}, block_param(block)]


def hex_bytes(text: Any) -> bytes:
    """The bytes of a 0x string. Raises NodeError for anything else."""
    try:
        return bytes.fromhex(text[2:])
    except (TypeError, ValueError):
        raise NodeError(f"the node answered {str(text)[:40]!r} where bytes were due") from None


def result_of(answer: Any, method: str) -> Any:
    """The result in a JSON-RPC answer. Raises RevertedError or NodeError."""
    if isinstance(answer, Mapping):
        if "result" in answer:
            return answer["result"]
        if "error" in answer:
            raise error_of(answer["error"], method)
    raise NodeError(f"the node's answer to {method} is no JSON-RPC: is this an Ethereum node?")


def error_of(error: Any, method: str) -> NodeError:
    """The exception for a JSON-RPC error object."""
    if not isinstance(error, Mapping):
        return NodeError(f"the node refuses {method}: {error}")
    message, code = str(error.get("message", error)), error.get("code")
    data = _revert_data(error.get("data"))
    if data is not None or "revert" in message.lower() or code == 3:
        reason = revert_reason(data or b"")
        if reason is None and (said := message.partition("reverted: ")[2]):
            reason = said.removeprefix("revert:").strip()
        return RevertedError(
            f"the contract refused: {reason or message}",
            code=code,
            reason=reason,
            data=data or b"",
        )
    return NodeError(f"the node refuses {method}: {message}", code=code)


def revert_reason(data: bytes) -> str | None:
    """The text of `Error(string)` or the meaning of `Panic(uint256)`; None for anything else."""
    if data[:4] == b"\x08\xc3\x79\xa0" and len(data) >= 68:
        size = int.from_bytes(data[36:68])
        return data[68 : 68 + size].decode("utf-8", "replace")
    if data[:4] == b"\x4e\x48\x7b\x71" and len(data) >= 36:
        return f"panic {int.from_bytes(data[4:36]):#x}"
    return None


def _revert_data(data: Any) -> bytes | None:
    # Nodes put it as a string, as {"data": ...} or as {"<tx hash>": {"return": ...}}.
    if isinstance(data, Mapping):
        data = data.get("data") or data.get("result") or data.get("return")
    if isinstance(data, str):
        # Parity's and Nethermind's "Reverted 0x..."
        data = data.removeprefix("Reverted ").strip()
        if data.startswith("0x"):
            try:
                return bytes.fromhex(data[2:])
            except ValueError:
                return None
    return None
