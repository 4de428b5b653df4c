"""The networks file on disk, and its comparison with what a node says.

The packaged file is `vaultsdk/chain/networks.toml`; the model and the parser are
`vaultsdk.core.networks`.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from importlib import resources
from pathlib import Path
from typing import Final

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_utils.abi import function_signature_to_4byte_selector
from eth_utils.address import to_checksum_address
from eth_utils.conversions import to_text
from web3 import Web3
from web3.exceptions import BadFunctionCallOutput, ContractLogicError, Web3RPCError

from vaultsdk.core.model import Frozen
from vaultsdk.core.networks import Network, Networks, NetworksError, parse_networks

PACKAGED: Final = "networks.toml"

FACTORY_OF: Final = {
    "position_manager": "uniswap_v3_factory",
    "swap_router_02": "uniswap_v3_factory",
    "quoter_v2": "uniswap_v3_factory",
    "uniswap_v2_router_02": "uniswap_v2_factory",
}
"""Which entry a contract's own `factory()` must name: tells the right code from any other."""


class CheckStatus(StrEnum):
    """OK: the node agrees. MISMATCH: it says something else. MISSING: there is no code."""

    OK = "ok"
    MISMATCH = "mismatch"
    MISSING = "missing"


class CheckRow(Frozen):
    """One comparison: `field` of `subject` ("token WETH") should be `expected` and is `found`."""

    subject: str
    field: str
    status: CheckStatus
    expected: str
    found: str
    address: str | None = None


def load_networks(path: Path | None = None) -> Networks:
    """The packaged networks, or those of the file at `path`. Raises NetworksError."""
    if path is None:
        packaged = resources.files("vaultsdk.chain") / PACKAGED
        return parse_networks(packaged.read_text(encoding="utf-8"), source=PACKAGED)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise NetworksError(f"no networks file at {path}: correct the path of --file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise NetworksError(f"cannot read networks file {path}: {error}") from None
    return parse_networks(text, source=str(path))


def check_network(w3: Web3, network: Network) -> list[CheckRow]:
    """Compare every entry with the node: chain id, code, symbol, decimals, description, factory.

    On another chain the comparison stops at the chain id, since the rest would mean nothing. Errors
    of the connection are the provider's and pass through.
    """
    chain = _compare("chain", "chain id", None, network.chain_id, w3.eth.chain_id)
    if chain.status is not CheckStatus.OK:
        return [chain]
    return [chain, *_tokens(w3, network), *_contracts(w3, network), *_feeds(w3, network)]


def _tokens(w3: Web3, network: Network) -> Iterator[CheckRow]:
    for token in network.tokens:
        subject, at = f"token {token.symbol}", token.address
        code = _code(w3, subject, at)
        yield code
        if code.status is CheckStatus.OK:
            yield _compare(subject, "symbol", at, token.symbol, _text(w3, at, "symbol()"))
            yield _compare(subject, "decimals", at, token.decimals, _uint(w3, at, "decimals()"))


def _contracts(w3: Web3, network: Network) -> Iterator[CheckRow]:
    listed = {contract.name: contract.address for contract in network.contracts}
    for contract in network.contracts:
        subject, at = f"contract {contract.name}", contract.address
        code = _code(w3, subject, at)
        yield code
        factory = listed.get(FACTORY_OF.get(contract.name, ""))
        if code.status is CheckStatus.OK and factory is not None:
            yield _compare(subject, "factory", at, factory, _address(w3, at, "factory()"))


def _feeds(w3: Web3, network: Network) -> Iterator[CheckRow]:
    for feed in network.feeds:
        subject, at = f"feed {feed.name}", feed.address
        code = _code(w3, subject, at)
        yield code
        if code.status is CheckStatus.OK:
            # Capitals vary from list to list ("STETH / ETH", "stETH / ETH"): the pair counts.
            said = _text(w3, at, "description()")
            same = said is not None and said.casefold() == feed.description.casefold()
            yield _row(subject, "description", at, same, feed.description, said)
            yield _compare(subject, "decimals", at, feed.decimals, _uint(w3, at, "decimals()"))


def _code(w3: Web3, subject: str, at: str) -> CheckRow:
    size = len(w3.eth.get_code(to_checksum_address(at)))
    return CheckRow(
        subject=subject,
        field="code",
        status=CheckStatus.OK if size else CheckStatus.MISSING,
        expected="a contract",
        found=f"{size:,} bytes" if size else "no code",
        address=at,
    )


def _compare(
    subject: str, field: str, at: str | None, expected: object, found: object | None
) -> CheckRow:
    return _row(subject, field, at, expected == found, expected, found)


def _row(
    subject: str, field: str, at: str | None, same: bool, expected: object, found: object | None
) -> CheckRow:
    return CheckRow(
        subject=subject,
        field=field,
        status=CheckStatus.OK if same else CheckStatus.MISMATCH,
        expected=str(expected),
        found="no answer" if found is None else str(found),
        address=at,
    )


def _call(w3: Web3, at: str, signature: str) -> bytes:
    """What the contract returns; nothing where it reverts, so that one odd contract is one row."""
    data = function_signature_to_4byte_selector(signature)
    try:
        return bytes(w3.eth.call({"to": to_checksum_address(at), "data": "0x" + data.hex()}))  # type: ignore[typeddict-item]
    except (ContractLogicError, BadFunctionCallOutput):
        return b""
    except Web3RPCError as error:
        # Some nodes report a revert or an invalid opcode as a plain error of the call.
        if "revert" in str(error).lower() or "opcode" in str(error).lower():
            return b""
        raise


def _text(w3: Web3, at: str, signature: str) -> str | None:
    raw = _call(w3, at, signature)
    if len(raw) == 32:
        # Old tokens answer with bytes32 instead of a string.
        raw_text = raw.rstrip(b"\0")
        try:
            return to_text(raw_text)
        except UnicodeDecodeError:
            return None
    try:
        (text,) = decode(["string"], raw)
    except (DecodingError, UnicodeDecodeError, OverflowError):
        return None
    return str(text)


def _uint(w3: Web3, at: str, signature: str) -> int | None:
    raw = _call(w3, at, signature)
    return int.from_bytes(raw) if len(raw) == 32 else None


def _address(w3: Web3, at: str, signature: str) -> str | None:
    number = _uint(w3, at, signature)
    return None if number is None or number >> 160 else to_checksum_address(f"0x{number:040x}")
