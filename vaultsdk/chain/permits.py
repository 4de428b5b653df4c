"""EIP-2612 permits: an allowance by signature, for tokens that have it (USDC, wstETH, rETH do not
all; WETH9 has none).

A token's EIP-712 domain is not readable on chain in general: the usual names and versions are
tried against the token's own DOMAIN_SEPARATOR, so that a wrong guess is never signed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from vaultsdk.chain import calls
from vaultsdk.chain.node import Node
from vaultsdk.chain.rpc import NodeDownError, NodeError
from vaultsdk.chain.signers import Signer
from vaultsdk.chain.write_calls import Permit
from vaultsdk.core.errors import LotvaultError

_DOMAIN: Final = (
    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
)
_PERMIT_FIELDS: Final = (
    ("owner", "address"),
    ("spender", "address"),
    ("value", "uint256"),
    ("nonce", "uint256"),
    ("deadline", "uint256"),
)


class PermitUnsupportedError(LotvaultError):
    """The token has no EIP-2612 permit, or none whose domain could be told."""


def sign_permit(
    node: Node, signer: Signer, token: str, spender: str, value: int, deadline: int
) -> Permit:
    """Sign that `spender` may take `value` units of the signer's until `deadline` (s).

    Raises PermitUnsupportedError, SignerError.
    """
    domain = _domain(node, token)
    document: dict[str, Any] = {
        "types": {
            "EIP712Domain": [
                {"name": "name", "type": "string"},
                {"name": "version", "type": "string"},
                {"name": "chainId", "type": "uint256"},
                {"name": "verifyingContract", "type": "address"},
            ],
            "Permit": [{"name": name, "type": kind} for name, kind in _PERMIT_FIELDS],
        },
        "primaryType": "Permit",
        "domain": domain,
        "message": {
            "owner": signer.address,
            "spender": spender,
            "value": value,
            "nonce": _ask(node, calls.nonce_of(token, signer.address), token),
            "deadline": deadline,
        },
    }
    v, r, s = signer.sign_typed_data(node, document)
    return Permit(deadline, v, r, s)


def _domain(node: Node, token: str) -> dict[str, Any]:
    separator = int(_ask(node, calls.domain_separator(token), token))
    name = str(_ask(node, calls.text(token, "name"), token))
    for version in _versions(node, token):
        fields = (
            keccak(text=_DOMAIN),
            keccak(text=name),
            keccak(text=version),
            node.chain_id,
            token,
        )
        packed = encode(["bytes32", "bytes32", "bytes32", "uint256", "address"], fields)
        if int.from_bytes(keccak(packed)) == separator:
            return {
                "name": name,
                "version": version,
                "chainId": node.chain_id,
                "verifyingContract": token,
            }
    raise _unsupported(token)


def _versions(node: Node, token: str) -> Iterator[str]:
    yield from ("1", "2")
    try:
        read = calls.text(token, "version")
        yield read.decode(node.call(read.to, read.data))
    except NodeDownError:
        raise
    except NodeError:
        return


def _ask(node: Node, read: calls.Read[Any], token: str) -> Any:
    try:
        return read.decode(node.call(read.to, read.data))
    except NodeDownError:
        raise
    except NodeError:
        raise _unsupported(token) from None


def _unsupported(token: str) -> PermitUnsupportedError:
    return PermitUnsupportedError(
        f"token {token} has no permit that can be signed: approve the vault instead"
    )
