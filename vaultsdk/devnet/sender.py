"""Sending many transactions at once from the node's unlocked accounts."""

from __future__ import annotations

from typing import Any

from eth_typing import HexAddress, HexStr
from web3.types import Nonce
from web3.utils.address import get_create_address

from vaultsdk.devnet.errors import DevnetError
from vaultsdk.devnet.rpc import Rpc

# Limits, not estimates: estimating costs a round trip each, and what is not used is not paid.
CALL_GAS = 7_000_000
DEPLOY_GAS = 16_000_000
_MAX_BLOCKS = 500


class Sender:
    """Queues transactions with nonces counted here; `flush` sends them all and mines them.

    The node must be one that nobody else sends to meanwhile: nonces are read once per account.
    """

    def __init__(self, rpc: Rpc, gas_price: int) -> None:
        self.rpc = rpc
        self.gas_price = gas_price
        self._nonces: dict[str, int] = {}
        self._queue: list[tuple[str, dict[str, Any]]] = []

    def deploy(self, account: str, label: str, code: bytes, arguments: bytes = b"") -> str:
        """Queue a contract creation; the address that it will have."""
        nonce = self._add(account, label, {"data": code + arguments}, DEPLOY_GAS)
        return get_create_address(HexAddress(HexStr(account)), Nonce(nonce))

    def send(self, account: str, to: str, data: bytes, label: str, value: int = 0) -> None:
        """Queue a call of a contract; `label` names it should it fail."""
        self._add(account, label, {"to": to, "data": data, "value": hex(value)}, CALL_GAS)

    def flush(self) -> list[dict[str, Any]]:
        """Send what is queued, mine it, and give the receipts in order.

        Raises DevnetError with the first failure's label and reason. Leaves automining on.
        """
        queue, self._queue = self._queue, []
        if not queue:
            return []
        self.rpc.call("evm_setAutomine", False)
        try:
            hashes = self.rpc.batch(
                [("eth_sendTransaction", [transaction]) for _, transaction in queue]
            )
            receipts = self._mine(hashes)
        finally:
            self.rpc.call("evm_setAutomine", True)
        for (label, transaction), receipt in zip(queue, receipts, strict=True):
            if receipt["status"] != "0x1":
                raise DevnetError(f"{label} failed: {self._why(transaction, receipt)}")
        return receipts

    def _mine(self, hashes: list[str]) -> list[dict[str, Any]]:
        # A block takes as many as their gas limits allow, so a long queue needs several.
        for _ in range(_MAX_BLOCKS):
            self.rpc.call("evm_mine")
            if self.rpc.call("eth_getTransactionReceipt", hashes[-1]) is not None:
                receipts = self.rpc.batch([("eth_getTransactionReceipt", [h]) for h in hashes])
                if all(receipt is not None for receipt in receipts):
                    return receipts
        raise DevnetError("the node does not mine what it was sent: see its log")

    def _add(self, account: str, label: str, content: dict[str, Any], gas: int) -> int:
        if account not in self._nonces:
            self._nonces[account] = int(
                self.rpc.call("eth_getTransactionCount", account, "pending"), 16
            )
        nonce = self._nonces[account]
        self._nonces[account] = nonce + 1
        content["data"] = "0x" + content["data"].hex()
        self._queue.append(
            (
                label,
                content
                | {
                    "from": account,
                    "nonce": hex(nonce),
                    "gas": hex(gas),
                    "gasPrice": hex(self.gas_price),
                },
            )
        )
        return nonce

    def _why(self, transaction: dict[str, Any], receipt: dict[str, Any]) -> str:
        """The reason the node gives when the same call is made again on the block before."""
        call = {
            key: transaction[key] for key in ("from", "to", "data", "value") if key in transaction
        }
        try:
            self.rpc.call("eth_call", call, hex(int(receipt["blockNumber"], 16) - 1))
        except DevnetError as error:
            return str(error)
        return f"it reverted (gas used {int(receipt['gasUsed'], 16)})"
