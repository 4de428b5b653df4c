"""An account of ape as a signer. ape signs and sends nothing; this module does not import it."""

from __future__ import annotations

from typing import Any

from vaultsdk.chain.node import Node
from vaultsdk.chain.signers import SignerError
from vaultsdk.core.model import checksum


class ApeSigner:
    """Signs with an account of ape (key file, hardware wallet, test account).

    `account` and `ecosystem` are ape's own objects: `accounts.load(...)` and
    `networks.provider.network.ecosystem`.
    """

    def __init__(self, account: Any, ecosystem: Any) -> None:
        self._account = account
        self._ecosystem = ecosystem

    @property
    def address(self) -> str:
        """The checksummed address."""
        return checksum(str(self._account.address))

    def sign_transaction(self, node: Node, transaction: dict[str, Any]) -> bytes:
        """Let ape sign, which may ask its user. Raises SignerError when he declines."""
        fields = {**transaction, "from": self.address}
        signed = self._account.sign_transaction(self._ecosystem.create_transaction(**fields))
        if signed is None:
            raise SignerError(f"{self.address} did not sign: nothing was sent, run it again")
        return bytes(signed.serialize_transaction())

    def sign_typed_data(self, node: Node, document: dict[str, Any]) -> tuple[int, bytes, bytes]:
        """Not offered: what uses this signs transactions only."""
        raise SignerError("ape accounts sign transactions here, no typed data")
