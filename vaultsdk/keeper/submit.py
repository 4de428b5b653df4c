"""Signing and sending so that no harvest is ever sent twice.

- The signed transaction is in the journal before it is broadcast.
- There is at most one nonce in flight. While an attempt is without an outcome, the only thing ever
  broadcast is the same bytes again, or, once its deadline has passed and it can harvest nothing any
  more, another transaction **with the same nonce**, of which the chain takes one.
- The next nonce is the chain's own count of mined transactions, never a counter kept here.
- The contract refuses a harvested cohort, whatever this file does.
"""

from __future__ import annotations

from typing import Any, Final

from eth_utils.crypto import keccak

from vaultsdk.chain.node import Node
from vaultsdk.chain.rpc import NodeDownError, NodeError
from vaultsdk.chain.signers import Signer
from vaultsdk.core.decision import Reason, Refusal
from vaultsdk.core.harvest_rules import ceil_div
from vaultsdk.keeper.config import KeeperConfig
from vaultsdk.keeper.errors import KeeperError
from vaultsdk.keeper.journal import Attempt, Journal, Outcome
from vaultsdk.keeper.simulate import Simulated
from vaultsdk.keeper.state import Snapshot
from vaultsdk.keeper.track import HarvestReceipt, read_receipt, receipts, wait

# Nodes take a replacement only if both fees are at least 10 % higher (geth); 12.5 % suits all.
_BUMP_BPS: Final = 11_250
# What nodes say when they have the transaction already; then it is where it should be.
_KNOWN: Final = ("already known", "already imported", "known transaction", "alreadyexists")


class Submitter:
    """Sends the harvests of one account, one at a time."""

    def __init__(
        self, node: Node, vault: str, signer: Signer, journal: Journal, config: KeeperConfig
    ) -> None:
        self._node = node
        self._vault = vault
        self._signer = signer
        self._journal = journal
        self._config = config
        self._genesis = journal.genesis
        self._replace: Attempt | None = None

    # ---------------------------------------------------------------- what was left over
    def settle(self) -> tuple[list[HarvestReceipt], Attempt | None]:
        """Find out what became of attempts without an outcome.

        Returns the harvests that landed, and the attempt that is still in flight, if any: then
        nothing else may be sent. Raises NodeError.
        """
        landed: list[HarvestReceipt] = []
        self._replace = None
        pending = self._journal.pending()
        if not pending:
            return landed, None
        self._look(pending, landed)
        pending = self._journal.pending()
        if not pending:
            return landed, None
        count, header = self._node.batch(
            [
                ("eth_getTransactionCount", [self._signer.address, "latest"]),
                ("eth_getBlockByNumber", ["latest", False]),
            ]
        )
        nonce, now = int(count, 16), int(header["timestamp"], 16)
        for attempt in pending:
            if attempt.nonce < nonce:
                # Asked once more: its block may have come between the two questions.
                self._look((attempt,), landed)
                if attempt in self._journal.pending():
                    self._close(attempt, "replaced", note="another transaction used its nonce")
        left = self._journal.pending()
        if not left:
            return landed, None
        newest = left[-1]
        if now > newest.deadline:
            self._replace = newest
            return landed, None
        self._broadcast(newest)
        receipt = wait(self._node, newest.tx_hash, self._config.receipt_timeout_s)
        if receipt is None:
            return landed, newest
        self._look(left, landed)
        return landed, None

    def _look(self, attempts: tuple[Attempt, ...], landed: list[HarvestReceipt]) -> None:
        """Give an outcome to every attempt that is in a block, and to those of the same nonce."""
        found = receipts(self._node, [attempt.tx_hash for attempt in attempts])
        for attempt in attempts:
            if attempt.tx_hash not in found:
                continue
            harvest = self._finish(attempt, found[attempt.tx_hash])
            if harvest is not None:
                landed.append(harvest)
            for other in self._journal.pending():
                if other.nonce == attempt.nonce:
                    self._close(other, "replaced", note=f"{attempt.tx_hash} has its nonce")

    # ---------------------------------------------------------------- a new one
    def send(self, simulated: Simulated, snapshot: Snapshot) -> HarvestReceipt | Refusal:
        """Sign, write down, broadcast, wait. `settle` must have been called in this run.

        IN_FLIGHT when it is not in a block in time: the next run goes on with it. Raises
        KeeperError when the account has pending transactions that are not the keeper's own, or
        the node refuses the transaction.
        """
        counts = self._node.batch(
            [
                ("eth_getTransactionCount", [self._signer.address, tag])
                for tag in ("latest", "pending")
            ]
        )
        nonce, pending = (int(count, 16) for count in counts)
        if self._replace is not None and self._replace.nonce != nonce:
            self._close(self._replace, "replaced", note="another transaction used its nonce")
            self._replace = None
        if pending > nonce and self._replace is None:
            raise KeeperError(
                f"{self._signer.address} has {pending - nonce} pending transaction(s) that this "
                "keeper did not send: wait for them, or give the keeper an account of its own"
            )
        attempt = self._sign(simulated, snapshot, nonce)
        self._journal.record(attempt)
        self._broadcast(attempt)
        receipt = wait(self._node, attempt.tx_hash, self._config.receipt_timeout_s)
        if receipt is None:
            return Refusal(
                reason=Reason.IN_FLIGHT,
                evidence={"tx": attempt.tx_hash, "nonce": nonce, "deadline": attempt.deadline},
            )
        harvest = self._finish(attempt, receipt, simulated)
        for other in self._journal.pending():
            if other.nonce == nonce:
                self._close(other, "replaced", note=f"{attempt.tx_hash} has its nonce")
        self._replace = None
        if harvest is None:
            return Refusal(
                reason=Reason.SIMULATION_FAILED,
                evidence={"tx": attempt.tx_hash, "reverted": "in its block, after it had passed"},
            )
        return harvest

    def _sign(self, simulated: Simulated, snapshot: Snapshot, nonce: int) -> Attempt:
        tip = snapshot.tip
        # Twice the base fee outlasts six full blocks; what is not needed is not paid.
        most = 2 * snapshot.base_fee + tip
        if self._replace is not None:
            tip = max(tip, ceil_div(self._replace.tip * _BUMP_BPS, 10_000))
            most = max(most, ceil_div(self._replace.max_fee * _BUMP_BPS, 10_000))
        if self._config.max_gas_price is not None:
            most = min(most, self._config.max_gas_price)
        call = simulated.planned.call
        transaction: dict[str, Any] = {
            "type": 2,
            "chainId": snapshot.chain_id,
            "nonce": nonce,
            "to": self._vault,
            "data": call.data(self._vault),
            "value": 0,
            "gas": simulated.gas_limit,
            "maxFeePerGas": most,
            "maxPriorityFeePerGas": min(tip, most),
        }
        raw = self._signer.sign_transaction(self._node, transaction)
        return Attempt(
            chain_id=snapshot.chain_id,
            genesis=self._genesis,
            vault=self._vault,
            keeper=self._signer.address,
            nonce=nonce,
            tx_hash="0x" + keccak(raw).hex(),
            raw="0x" + raw.hex(),
            keys=tuple(f"0x{key:x}" for key in call.keys),
            to_asset=call.to_asset,
            deadline=call.deadline,
            max_fee=most,
            tip=min(tip, most),
            signed_at=snapshot.timestamp,
        )

    def _broadcast(self, attempt: Attempt) -> None:
        """Send the bytes. That the node has them already is as good.

        A node that is gone may have taken them: then the attempt stays without an outcome.
        """
        try:
            self._node.request("eth_sendRawTransaction", attempt.raw)
        except NodeDownError:
            raise
        except NodeError as error:
            text = str(error).lower().replace("_", " ")
            if any(known in text for known in _KNOWN):
                return
            if receipts(self._node, [attempt.tx_hash]):
                return
            if "nonce too low" in text or "underpriced" in text:
                # Something else has the nonce; the next run sees what.
                raise KeeperError(
                    f"the node does not take transaction {attempt.tx_hash}: {error}; nothing else "
                    "is sent, run again"
                ) from error
            self._close(attempt, "refused", note=str(error))
            raise KeeperError(
                f"the node refuses the keeper's transaction: {error}; check the balance of "
                f"{attempt.keeper} and --max-gas-price"
            ) from error

    def _finish(
        self, attempt: Attempt, receipt: dict[str, Any], simulated: Simulated | None = None
    ) -> HarvestReceipt | None:
        harvest = read_receipt(
            receipt,
            self._vault,
            tuple(int(key, 16) for key in attempt.keys),
            simulated.breakdown if simulated else None,
        )
        self._journal.record(
            Outcome(
                tx_hash=attempt.tx_hash,
                result="reverted" if harvest is None else "mined",
                block=int(receipt["blockNumber"], 16),
                harvest=None if harvest is None else harvest.number,
            )
        )
        return harvest

    def _close(self, attempt: Attempt, result: Any, note: str) -> None:
        self._journal.record(Outcome(tx_hash=attempt.tx_hash, result=result, note=note))
