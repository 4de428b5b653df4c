"""Calls and storage of a contract on titanoboa's chain, without boa's wrappers.

A stateful run makes tens of thousands of calls and half of its refusals are expected, so calls here
build no stack traces: they give back success, the reason and the vault's own logs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import boa
from eth_abi import decode, encode
from eth_utils import keccak, to_checksum_address
from vyper.compiler.output import build_abi_output

from tests.contracts.world import deployer

_ERROR_STRING = bytes.fromhex("08c379a0")


@dataclass(frozen=True)
class Log:
    """A decoded event: amounts are integers, addresses checksummed."""

    name: str
    args: dict[str, Any]


@dataclass(frozen=True)
class Receipt:
    """What a call did. `reason` is empty for a revert without one (arithmetic, the lock)."""

    ok: bool
    reason: str
    value: Any
    logs: tuple[Log, ...]


class Caller:
    """Encodes calls to one contract and decodes what comes back."""

    def __init__(self, address: str, abi: list[dict[str, Any]]) -> None:
        self.address = address
        self._functions: dict[tuple[str, int], tuple[bytes, list[str], list[str]]] = {}
        self._events: dict[int, dict[str, Any]] = {}
        for item in abi:
            if item["type"] == "function":
                types = [_type(each) for each in item["inputs"]]
                selector = keccak(text=f"{item['name']}({','.join(types)})")[:4]
                outputs = [_type(each) for each in item["outputs"]]
                self._functions[item["name"], len(types)] = (selector, types, outputs)
            elif item["type"] == "event":
                types = [_type(each) for each in item["inputs"]]
                topic = keccak(text=f"{item['name']}({','.join(types)})")
                self._events[int.from_bytes(topic, "big")] = item

    def data(self, name: str, *args: Any) -> bytes:
        """The calldata of a call."""
        selector, types, _ = self._functions[name, len(args)]
        return selector + encode(types, args)

    def send(self, sender: str, name: str, *args: Any) -> Receipt:
        """Send a transaction; never raises for a revert."""
        done = boa.env.execute_code(self.address, sender=sender, data=self.data(name, *args))
        if done.is_error:
            return Receipt(False, _reason(done.output), None, ())
        outputs = self._functions[name, len(args)][2]
        values = decode(outputs, done.output) if outputs else ()
        return Receipt(True, "", values[0] if len(values) == 1 else values, self.logs_of(done))

    def logs_of(self, computation: Any) -> tuple[Log, ...]:
        """The contract's own logs of a computation, in order."""
        return tuple(
            self._log(topics, data)
            for address, topics, data in computation.get_log_entries()
            if to_checksum_address(address) == self.address
        )

    def must(self, sender: str, name: str, *args: Any) -> Receipt:
        """Send a transaction that has no reason to fail."""
        receipt = self.send(sender, name, *args)
        assert receipt.ok, f"{name}: {receipt.reason!r}"
        return receipt

    def read(self, name: str, *args: Any) -> Any:
        """Call a getter."""
        return self.must(self.address, name, *args).value

    def _log(self, topics: tuple[int, ...], data: bytes) -> Log:
        event = self._events[topics[0]]
        indexed = [each for each in event["inputs"] if each["indexed"]]
        plain = [each for each in event["inputs"] if not each["indexed"]]
        values = dict(
            zip([e["name"] for e in plain], decode([_type(e) for e in plain], data), strict=True)
        )
        for each, topic in zip(indexed, topics[1:], strict=True):
            values[each["name"]] = decode([_type(each)], topic.to_bytes(32, "big"))[0]
        for each in event["inputs"]:
            if each["type"] == "address":
                values[each["name"]] = to_checksum_address(values[each["name"]])
        return Log(event["name"], values)


@cache
def _abi_of(path: str) -> list[dict[str, Any]]:
    return list(build_abi_output(deployer(path).compiler_data))


def deploy(path: str, *args: Any, sender: str | None = None) -> Caller:
    """Deploy a contract of `contracts/`."""
    return deploy_with_logs(path, *args, sender=sender)[0]


def deploy_with_logs(
    path: str, *args: Any, sender: str | None = None
) -> tuple[Caller, tuple[Log, ...]]:
    """Deploy a contract; also what its constructor logged."""
    abi = _abi_of(path)
    types = [
        _type(each) for item in abi if item["type"] == "constructor" for each in item["inputs"]
    ]
    code = deployer(path).compiler_data.bytecode + encode(types, args)
    address, done = boa.env.deploy(sender=sender, bytecode=code)
    assert not done.is_error, f"{path}: {_reason(done.output)!r}"
    caller = Caller(str(address), abi)
    return caller, caller.logs_of(done)


def _type(item: Mapping[str, Any]) -> str:
    kind = str(item["type"])
    if kind.startswith("tuple"):
        return f"({','.join(_type(each) for each in item['components'])}){kind[5:]}"
    return kind


def _reason(output: bytes) -> str:
    if output[:4] != _ERROR_STRING:
        return ""
    return str(decode(["string"], output[4:])[0])


# ---------------------------------------------------------------- storage
@cache
def slot_of(base: int, *keys: int | str) -> int:
    """Slot of an element of a (nested) Vyper mapping: keccak(slot, key), key by key."""
    slot = base
    for key in keys:
        word = int(key, 16) if isinstance(key, str) else key
        slot = int.from_bytes(keccak(slot.to_bytes(32, "big") + word.to_bytes(32, "big")), "big")
    return slot


@cache
def layout_of(path: str) -> dict[str, int]:
    """First slot of every storage variable of a contract and its modules, by name."""
    found: dict[str, int] = {}

    def walk(node: Mapping[str, Any]) -> None:
        for name, entry in node.items():
            if "slot" in entry:
                assert name not in found, f"two variables called {name}"
                found[name] = entry["slot"]
            else:
                walk(entry)

    walk(deployer(path).compiler_data.storage_layout["storage_layout"])
    return found


def written_slots(address: str) -> set[int]:
    """Every slot that any call so far has written, in calls that were undone as well."""
    return set(boa.env.sstore_trace.get(address, ()))
