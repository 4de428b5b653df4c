"""Sending a transaction: fees from the node's history, gas with a margin, waiting with a limit.

The nonce is the node's own count, never one kept here; a transaction is never replaced and never
sent a second time.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Final

from eth_utils.crypto import keccak

from vaultsdk.chain.node import Node
from vaultsdk.chain.refusals import NoFundsError
from vaultsdk.chain.rpc import NodeError, RevertedError, result_of
from vaultsdk.chain.signers import Signer
from vaultsdk.chain.write_calls import Call
from vaultsdk.core.errors import LotvaultError
from vaultsdk.core.units import format_amount

GAS_MARGIN_PERCENT: Final = 25
"""Above the node's estimate: until the block, another owner may have changed the cohort."""
LOCAL_CHAINS: Final = frozenset({31337, 1337})
_LOCAL_POLL_S: Final = 0.02
_POLL_S: Final = 1.0
_TIMEOUT_S: Final = 180.0
_HISTORY_BLOCKS: Final = 10
# A tip of nothing, as quiet blocks suggest it, is not mined by everyone.
_LEAST_TIP: Final = 10**6


class TransactionPendingError(LotvaultError):
    """Sent, but not mined in time. It may still be: look `tx_hash` up before sending again."""

    def __init__(self, tx_hash: str, seconds: float) -> None:
        super().__init__(
            f"transaction {tx_hash} is not mined after {seconds:.0f} s: it may still be; look it "
            "up before sending again"
        )
        self.tx_hash = tx_hash


class FailedTransactionError(LotvaultError):
    """Mined, but reverted. `reason` is the contract's own word, None when it gave none."""

    def __init__(self, tx_hash: str, reason: str | None) -> None:
        super().__init__(f"transaction {tx_hash} was mined and refused: {reason or 'no reason'}")
        self.tx_hash = tx_hash
        self.reason = reason


class Transactor:
    """Prepares, signs, sends and awaits transactions on one node."""

    def __init__(
        self, node: Node, *, timeout: float = _TIMEOUT_S, poll: float | None = None
    ) -> None:
        self.node = node
        self.timeout = timeout
        self._poll = poll

    def fees(self, history: dict[str, Any]) -> tuple[int, int]:
        """(maxFeePerGas, maxPriorityFeePerGas) in wei from an eth_feeHistory answer.

        The tip is the median of recent medians; twice the next base fee leaves room for six full
        blocks (EIP-1559 lets it rise by an eighth a block).
        """
        tips = sorted(int(row[0], 16) for row in history.get("reward") or () if row)
        tip = max(tips[len(tips) // 2] if tips else 0, _LEAST_TIP)
        base = int(history["baseFeePerGas"][-1], 16)
        return 2 * base + tip, tip

    def prepare(self, call: Call, sender: str, gas: int | None = None) -> dict[str, Any]:
        """The unsigned transaction. Raises RevertedError when it would fail now, NoFundsError.

        `gas` spares the estimate (and with it the check that the call goes through).
        """
        request = {
            "from": sender,
            "to": call.to,
            "data": "0x" + call.data.hex(),
            "value": hex(call.value),
        }
        questions: list[tuple[str, Sequence[Any]]] = [
            ("eth_getTransactionCount", [sender, "pending"]),
            ("eth_feeHistory", [hex(_HISTORY_BLOCKS), "latest", [50]]),
            ("eth_getBalance", [sender, "latest"]),
            ("eth_chainId", []),
        ]
        if gas is None:
            questions.append(("eth_estimateGas", [request]))
        answers = self.node.batch_answers(questions)
        nonce, history, balance, chain_id = (
            result_of(answer, method)
            for answer, (method, _) in zip(answers[:4], questions[:4], strict=True)
        )
        purse = int(balance, 16)
        if gas is None:
            try:
                estimate = int(result_of(answers[4], "eth_estimateGas"), 16)
            except NodeError as error:
                raise _funds_or(error, sender, purse) from None
            gas = estimate + estimate * GAS_MARGIN_PERCENT // 100
        highest, tip = self.fees(history)
        if purse < gas * highest + call.value:
            raise NoFundsError(
                f"{sender} has {format_amount(purse, 18)} ether, but {call.what} may need "
                f"{format_amount(gas * highest + call.value, 18)}: send it some",
                name="ether",
                limit=gas * highest + call.value,
                value=purse,
            )
        return {
            "type": 2,
            "chainId": int(chain_id, 16),
            "nonce": int(nonce, 16),
            "to": call.to,
            "data": request["data"],
            "value": call.value,
            "gas": gas,
            "maxFeePerGas": highest,
            "maxPriorityFeePerGas": tip,
        }

    def submit(self, raw: bytes) -> str:
        """Send a signed transaction; its hash. Sending the very same one again is harmless."""
        tx_hash = "0x" + keccak(raw).hex()
        try:
            self.node.request("eth_sendRawTransaction", "0x" + raw.hex())
        except NodeError as error:
            known = ("already known", "known transaction", "already imported")
            if not any(words in str(error).lower() for words in known):
                raise
        return tx_hash

    def wait(self, tx_hash: str, timeout: float | None = None) -> dict[str, Any]:
        """The receipt. Raises TransactionPendingError after the timeout (s)."""
        limit = self.timeout if timeout is None else timeout
        poll = self._poll
        if poll is None:
            poll = _LOCAL_POLL_S if self.node.chain_id in LOCAL_CHAINS else _POLL_S
        deadline = time.monotonic() + limit
        while True:
            receipt = self.node.request("eth_getTransactionReceipt", tx_hash)
            # Some nodes answer before the transaction has a block.
            if receipt is not None and receipt.get("blockNumber") is not None:
                return dict(receipt)
            if time.monotonic() > deadline:
                raise TransactionPendingError(tx_hash, limit)
            time.sleep(poll)

    def execute(self, call: Call, signer: Signer, gas: int | None = None) -> dict[str, Any]:
        """Prepare, sign, send and await; the receipt of a success.

        Raises RevertedError before sending, FailedTransactionError when mined and reverted.
        """
        transaction = self.prepare(call, signer.address, gas)
        tx_hash = self.submit(signer.sign_transaction(self.node, transaction))
        receipt = self.wait(tx_hash)
        if receipt["status"] != "0x1":
            raise FailedTransactionError(tx_hash, self._why(call, signer.address, receipt))
        return receipt

    def _why(self, call: Call, sender: str, receipt: dict[str, Any]) -> str | None:
        """The reason that the same call gives on the block before."""
        request = {"from": sender, "to": call.to, "data": "0x" + call.data.hex()}
        request["value"] = hex(call.value)
        try:
            self.node.request("eth_call", request, hex(int(receipt["blockNumber"], 16) - 1))
        except RevertedError as error:
            return error.reason
        except NodeError:
            return None
        return None


def _funds_or(error: NodeError, sender: str, purse: int) -> LotvaultError:
    """Lack of ether as NoFundsError, anything else as it came."""
    said = str(error).lower()
    if "insufficient funds" in said or "exceeds allowance" in said or "outoffund" in said:
        return NoFundsError(
            f"{sender} has {format_amount(purse, 18)} ether, which does not pay for the gas: "
            "send it some",
            name="ether",
            value=purse,
        )
    return error
