"""Call data from a signature written out: `encode_call("mint(address,uint256)", [to, 5])`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from eth_abi.abi import decode, encode
from eth_abi.grammar import TupleType, parse
from eth_utils.crypto import keccak


@cache
def _split(signature: str) -> tuple[bytes, tuple[str, ...]]:
    """The selector and the argument types of a signature."""
    return keccak(text=signature)[:4], types_of(signature[signature.index("(") :])


@cache
def types_of(arguments: str) -> tuple[str, ...]:
    """The types in "(address,(uint256,bytes)[])", one string each."""
    if arguments == "()":
        return ()
    parsed = parse(arguments)
    assert isinstance(parsed, TupleType)
    return tuple(component.to_type_str() for component in parsed.components)


def encode_call(signature: str, arguments: Sequence[Any] = ()) -> bytes:
    """Selector and encoded arguments."""
    selector, types = _split(signature)
    return selector + encode(types, arguments)


def encode_args(types: str, arguments: Sequence[Any]) -> bytes:
    """Encoded constructor arguments; `types` as in "(address,uint256)"."""
    return encode(types_of(types), arguments)


def decode_answer(types: str, data: bytes) -> tuple[Any, ...]:
    """The values of an answer; `types` as in "(uint256,bool)"."""
    return decode(types_of(types), data)
