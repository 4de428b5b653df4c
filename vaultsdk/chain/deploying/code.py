"""Is what lies on the chain what the compiler made?

Code is compared byte by byte, and behind it the immutables, which a Vyper constructor appends to
the runtime code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from vaultsdk.chain.artifacts import Artifact

WORD: Final = 32

Value = int | str | bytes | Sequence["Value"]
"""An integer, an address or text as a string, bytes (left-aligned), or a list or struct of them."""


class Text(str):
    """A `String`: its length, then its bytes. A plain str is an address."""


def encode(value: Value) -> bytes:
    """A value as Vyper lays it out in an immutable: words in order, structs without any header,
    texts and dynamic arrays behind their length. A list is a dynamic array, a tuple a struct."""
    if isinstance(value, Text):
        raw = value.encode()
        return len(raw).to_bytes(WORD, "big") + _padded(raw)
    if isinstance(value, str):
        return int(value, 16).to_bytes(WORD, "big")
    if isinstance(value, bytes):
        return _padded(value)
    if isinstance(value, int):
        return value.to_bytes(WORD, "big")
    body = b"".join(encode(part) for part in value)
    return body if isinstance(value, tuple) else len(value).to_bytes(WORD, "big") + body


def _padded(raw: bytes) -> bytes:
    return raw.ljust(-(-len(raw) // WORD) * WORD, b"\0")


def differences(artifact: Artifact, code: bytes, immutables: Mapping[str, Value]) -> list[str]:
    """How deployed code differs from the artifact's with these immutables; empty when it does not.

    `immutables` has a value for every immutable of the artifact, by its name there.
    """
    if not code:
        return ["there is no code"]
    runtime = bytes.fromhex(artifact.deployedBytecode[2:])
    if len(code) != artifact.deployed_size:
        return [f"{len(code):,} bytes of code, the compiler's has {artifact.deployed_size:,}"]
    if code[: len(runtime)] != runtime:
        first = next(i for i, (a, b) in enumerate(zip(code, runtime, strict=False)) if a != b)
        return [f"code differs from the compiler's at byte {first:,}"]
    found = []
    data = code[len(runtime) :]
    for item in artifact.immutables:
        wanted = encode(immutables[item.name]).ljust(item.length, b"\0")
        there = data[item.offset : item.offset + item.length]
        if there != wanted:
            found.append(f"immutable {item.name} is 0x{there.hex()}, not 0x{wanted.hex()}")
    return found
