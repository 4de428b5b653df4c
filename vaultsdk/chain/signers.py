"""Who signs: a key held here, or an account that a local node has unlocked.

Anything with an address, `sign_transaction` and `sign_typed_data` will do (an account of ape, a
remote signer). A signer signs and does not send: the transaction's hash is known, and can be
written down, before anybody sees it.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final, Protocol, Self

from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount

from vaultsdk.chain.node import Node
from vaultsdk.chain.rpc import NodeError
from vaultsdk.core.errors import LotvaultError
from vaultsdk.core.model import checksum


class SignerError(LotvaultError):
    """A key that cannot be read, or an account that cannot sign."""


class Signer(Protocol):
    """Signs for one address."""

    @property
    def address(self) -> str:
        """The checksummed address."""
        ...

    def sign_transaction(self, node: Node, transaction: dict[str, Any]) -> bytes:
        """The signed transaction, ready for eth_sendRawTransaction.

        `transaction` has `to` and `data` as 0x strings and ints for nonce, gas, maxFeePerGas,
        maxPriorityFeePerGas, chainId, value and type. Raises SignerError.
        """
        ...

    def sign_typed_data(self, node: Node, document: dict[str, Any]) -> tuple[int, bytes, bytes]:
        """(v, r, s) of an EIP-712 document. Raises SignerError."""
        ...


class LocalSigner:
    """A private key in this process."""

    def __init__(self, account: LocalAccount) -> None:
        self._account = account

    def __repr__(self) -> str:
        return f"LocalSigner({self.address})"

    @classmethod
    def from_key(cls, key: str | bytes) -> Self:
        """A private key: 32 bytes, or 64 hex digits with or without 0x."""
        # The library pads what is too short: a key with a digit lost would be another account's.
        whole = (
            re.fullmatch(r"(0[xX])?[0-9a-fA-F]{64}", key)
            if isinstance(key, str)
            else len(key) == 32
        )
        try:
            if not whole:
                raise ValueError
            return cls(Account.from_key(key))
        except Exception:
            # The library's own message may quote the key.
            raise SignerError("the private key is not 32 bytes: give 64 hex digits") from None

    @classmethod
    def from_key_file(cls, path: Path) -> Self:
        """A file that holds nothing but a private key in hex."""
        text = _read(path, "key file").strip()
        if text.startswith("{"):
            raise SignerError(f"{path} is an encrypted keystore: give it with --keystore")
        try:
            return cls.from_key(text)
        except SignerError:
            raise SignerError(
                f"{path} holds no private key: it must be 64 hex digits, with or without 0x"
            ) from None

    @classmethod
    def from_keystore(cls, path: Path, password: str) -> Self:
        """An encrypted keystore (Web3 Secret Storage, what geth and `cast wallet` write)."""
        text = _read(path, "keystore")
        try:
            return cls.from_key(bytes(Account.decrypt(json.loads(text), password)))
        except ValueError as error:
            if "MAC mismatch" in str(error):
                raise SignerError(f"the password does not open {path}: try again") from None
            raise SignerError(f"{path} is not an encrypted keystore: {error}") from None
        except (KeyError, TypeError, NotImplementedError) as error:
            raise SignerError(
                f"{path} is not an encrypted keystore ({type(error).__name__})"
            ) from None

    @property
    def address(self) -> str:
        """The checksummed address."""
        return str(self._account.address)

    def sign_transaction(self, node: Node, transaction: dict[str, Any]) -> bytes:
        """Sign here; the node is not asked."""
        return bytes(self._account.sign_transaction(transaction).raw_transaction)

    def sign_typed_data(self, node: Node, document: dict[str, Any]) -> tuple[int, bytes, bytes]:
        """Sign here; the node is not asked."""
        signed = self._account.sign_message(encode_typed_data(full_message=document))
        return signed.v, signed.r.to_bytes(32), signed.s.to_bytes(32)


_HEX_FIELDS: Final = (
    "nonce",
    "gas",
    "maxFeePerGas",
    "maxPriorityFeePerGas",
    "chainId",
    "value",
    "type",
)


class UnlockedSigner:
    """An account that the node itself signs for: anvil's own accounts, nothing else."""

    def __init__(self, address: str) -> None:
        self.address = checksum(address)

    def __repr__(self) -> str:
        return f"UnlockedSigner({self.address})"

    def sign_transaction(self, node: Node, transaction: dict[str, Any]) -> bytes:
        """Let the node sign. Raises SignerError when it has no key for the account."""
        fields = {k: hex(v) if k in _HEX_FIELDS else v for k, v in transaction.items()}
        signed = self._ask(node, "eth_signTransaction", {**fields, "from": self.address})
        # geth answers with an object, anvil with the bytes.
        raw = signed["raw"] if isinstance(signed, dict) else signed
        return bytes.fromhex(raw[2:])

    def sign_typed_data(self, node: Node, document: dict[str, Any]) -> tuple[int, bytes, bytes]:
        """Let the node sign. Raises SignerError when it has no key for the account."""
        signed = bytes.fromhex(self._ask(node, "eth_signTypedData_v4", self.address, document)[2:])
        return signed[64], signed[:32], signed[32:64]

    def _ask(self, node: Node, method: str, *params: Any) -> Any:
        try:
            return node.request(method, *params)
        except NodeError as error:
            if error.code is None:  # the connection, not the answer
                raise
            raise SignerError(
                f"the node does not sign for {self.address}: --account is for a local chain's "
                "accounts; elsewhere give --key-file or --keystore"
            ) from error


def _read(path: Path, what: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SignerError(f"no {what} at {path}: correct the path") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SignerError(f"cannot read {what} {path}: {error}") from None
