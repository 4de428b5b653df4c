"""Sending one step exactly once, whatever was interrupted before."""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import Enum
from typing import Any, Final

from eth_typing import HexStr
from eth_utils.crypto import keccak
from web3 import Web3
from web3.exceptions import (
    ContractLogicError,
    TransactionNotFound,
    Web3Exception,
    Web3RPCError,
    Web3ValueError,
)
from web3.types import Nonce
from web3.utils.address import get_create_address

from vaultsdk.chain.deploying.journal import DeployError, Entry, Journal
from vaultsdk.chain.node import Node
from vaultsdk.chain.signers import Signer
from vaultsdk.core.errors.reverts import from_revert

POLL_S: Final = 0.5
_GAS_MARGIN_PERCENT: Final = 115  # an estimate may be short by what a feed's answer changes

Say = Callable[[str], None]


class _Fate(Enum):
    DONE = "mined and worked"
    FAILED = "mined and reverted"
    TAKEN = "its nonce went to another transaction"
    LOST = "the node does not know of it"


class Sender:
    """Sends steps from one account, one after the other, and keeps the journal."""

    def __init__(
        self, node: Node, signer: Signer, journal: Journal, say: Say, timeout_s: float
    ) -> None:
        self.node = node
        self.w3 = node.w3
        self.signer = signer
        self.journal = journal
        self._say = say
        self._timeout = timeout_s
        self._account = Web3.to_checksum_address(signer.address)

    def create(self, key: str, data: bytes) -> str:
        """Deploy a contract, or find the one that an earlier run deployed; its address."""
        entry = self._step(key, data, to=None, done=None)
        assert entry.address is not None
        return entry.address

    def call(self, key: str, to: str, data: bytes, done: Callable[[], bool]) -> None:
        """Call a contract unless `done` says that the chain is as wanted already."""
        if not done():
            self._step(key, data, to=to, done=done)
        elif (entry := self.journal.entry(key)) is not None:
            self._finish(key, entry)

    def _step(
        self, key: str, data: bytes, to: str | None, done: Callable[[], bool] | None
    ) -> Entry:
        digest = "0x" + keccak(data).hex()
        entry = self.journal.entry(key)
        nonce: int | None = None
        if entry is not None:
            if entry.data_hash != digest:
                raise DeployError(
                    f"{key} was begun with other code or arguments than now: go on with the "
                    f"version that began it, or remove {self.journal.path} to begin anew"
                )
            fate = self._fate(key, entry, done)
            if fate is _Fate.DONE:
                return self._finish(key, entry)
            if fate is _Fate.LOST:
                # The same nonce again: should the first one turn up after all, only one can be.
                nonce = entry.nonce
        lost = () if nonce is None or entry is None else (entry.tx_hash, *entry.earlier)
        entry = self._send(key, data, digest, to, nonce, lost)
        fate = self._fate(key, entry, done)
        if fate is _Fate.DONE:
            return self._finish(key, entry)
        if fate is _Fate.FAILED:
            raise DeployError(
                f"{key} reverted (transaction {entry.tx_hash}); nothing else was sent"
            )
        raise DeployError(
            f"{key}: {fate.value} while it was sent: let nothing else use {self._account} "
            "meanwhile, and run the same command again"
        )

    def _fate(self, key: str, entry: Entry, done: Callable[[], bool] | None) -> _Fate:
        """What became of the entry's transaction; waits while it is pending."""
        deadline = time.monotonic() + self._timeout
        while True:
            receipt = self._receipt(entry)
            if receipt is not None:
                return _Fate.DONE if receipt["status"] == 1 else _Fate.FAILED
            used = self.w3.eth.get_transaction_count(self._account, "latest")
            if used > entry.nonce:
                if self._receipt(entry) is not None:
                    continue  # it was mined between the two questions
                there = done() if done is not None else self._has_code(entry)
                return _Fate.DONE if there else _Fate.TAKEN
            pending = self.w3.eth.get_transaction_count(self._account, "pending")
            if pending <= entry.nonce and not self._known(entry):
                return _Fate.LOST
            if time.monotonic() > deadline:
                raise DeployError(
                    f"{key} is still pending after {self._timeout:.0f} s (nonce {entry.nonce}, "
                    f"transaction {entry.tx_hash}): run the same command again to go on"
                )
            time.sleep(POLL_S)

    def _send(
        self,
        key: str,
        data: bytes,
        digest: str,
        to: str | None,
        nonce: int | None,
        lost: tuple[str, ...],
    ) -> Entry:
        if nonce is None:
            nonce = self.w3.eth.get_transaction_count(self._account, "pending")
        transaction: dict[str, Any] = {
            "chainId": self.w3.eth.chain_id,
            "nonce": nonce,
            "value": 0,
            "data": HexStr("0x" + data.hex()),
            **fees(self.w3),
        }
        if to is not None:
            transaction["to"] = to
        transaction["gas"] = self._estimate(key, transaction)
        raw = self.signer.sign_transaction(self.node, transaction)
        entry = Entry(
            nonce=nonce,
            data_hash=digest,
            address=None if to is not None else get_create_address(self._account, Nonce(nonce)),
            tx_hash="0x" + keccak(raw).hex(),
            earlier=lost,
        )
        self.journal.write(key, entry)
        where = f" at {entry.address}" if entry.address else ""
        self._say(f"{key}{where}: nonce {nonce}, transaction {entry.tx_hash}")
        try:
            self.w3.eth.send_raw_transaction(raw)
        except (Web3RPCError, Web3ValueError) as error:
            if "already known" not in str(error) and "already imported" not in str(error):
                raise DeployError(f"{key} was refused by the node: {_words(error)}") from None
        return entry

    def _estimate(self, key: str, transaction: dict[str, Any]) -> int:
        asked = {k: transaction[k] for k in ("to", "data", "value") if k in transaction}
        try:
            # The node's types for a transaction are narrower than what it takes.
            gas = self.w3.eth.estimate_gas({"from": self._account, **asked})  # type: ignore[typeddict-item]
        except ContractLogicError as error:
            reason = (error.message or "").removeprefix("execution reverted").strip(": ")
            raise DeployError(f"{key} would be refused: {from_revert(reason)}") from None
        except Web3Exception as error:
            raise DeployError(f"{key} cannot be sent: {_words(error)}") from None
        return gas * _GAS_MARGIN_PERCENT // 100

    def _finish(self, key: str, entry: Entry) -> Entry:
        if entry.done:
            return entry
        receipt = self._receipt(entry)
        if receipt is not None:
            # "l1Fee": what a rollup of the OP stack charges besides, for its data.
            extra = int(receipt.get("l1Fee", "0x0"), 16) if "l1Fee" in receipt else 0
            paid = receipt["gasUsed"] * receipt["effectiveGasPrice"] + extra
            seen = {"gas_used": receipt["gasUsed"], "cost": paid, "block": receipt["blockNumber"]}
            entry = entry.model_copy(update=seen)
        entry = entry.model_copy(update={"done": True})
        self.journal.write(key, entry)
        return entry

    def _receipt(self, entry: Entry) -> Any:
        for tx_hash in (entry.tx_hash, *entry.earlier):
            try:
                return self.w3.eth.get_transaction_receipt(HexStr(tx_hash))
            except TransactionNotFound:
                continue
        return None

    def _known(self, entry: Entry) -> bool:
        for tx_hash in (entry.tx_hash, *entry.earlier):
            try:
                self.w3.eth.get_transaction(HexStr(tx_hash))
                return True
            except TransactionNotFound:
                continue
        return False

    def _has_code(self, entry: Entry) -> bool:
        # Only this account's creation with this very nonce can put code there.
        address = entry.address
        return address is not None and bool(self.w3.eth.get_code(Web3.to_checksum_address(address)))


def fees(w3: Web3) -> dict[str, int]:
    """Fee fields for a transaction now: room for the base fee to double, else a plain gas price."""
    base = w3.eth.get_block("latest").get("baseFeePerGas")
    if base is None:
        return {"gasPrice": w3.eth.gas_price}
    tip = w3.eth.max_priority_fee
    return {"maxFeePerGas": 2 * base + tip, "maxPriorityFeePerGas": tip, "type": 2}


def _words(error: Exception) -> str:
    rpc = getattr(error, "rpc_response", None) or {}
    told = rpc.get("error", {}) if isinstance(rpc, dict) else {}
    return str(told.get("message") if isinstance(told, dict) and "message" in told else error)
