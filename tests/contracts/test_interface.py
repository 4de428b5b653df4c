"""`ILotVault.vyi` is what the vault is. (The compiler tells structs of modules apart by name.)"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from typing import Any

from tests.paths import contract_path


def _abi(name: str) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "vyper", "-f", "abi", str(contract_path(name))]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    entries: list[dict[str, Any]] = json.loads(found.stdout.strip().splitlines()[-1])
    return entries


def _types(values: Iterable[dict[str, Any]]) -> tuple[str, ...]:
    """ABI types, structs written out; a struct alone is encoded as its fields one after another."""
    return tuple(
        "(" + ",".join(_types(value["components"])) + ")" + value["type"][5:]
        if value["type"].startswith("tuple")
        else value["type"]
        for value in values
    )


def _functions(name: str) -> dict[tuple[str, tuple[str, ...]], tuple[str, str]]:
    return {
        (entry["name"], _types(entry["inputs"])): (
            entry["stateMutability"],
            ",".join(_types(entry["outputs"])).replace("(", "").replace(")", ""),
        )
        for entry in _abi(name)
        if entry["type"] == "function"
    }


def test_the_interface_is_the_vault() -> None:
    vault, interface = _functions("LotVault.vy"), _functions("interfaces/ILotVault.vyi")
    # An argument that may be left out makes a second function; the interface has the full one.
    short = {("withdraw", ("uint256", "uint256", "uint256", "address"))}
    short.add(("withdraw_many", ("(uint256,uint256)[]", "uint256", "address")))
    assert {key: vault[key] for key in vault.keys() - short} == interface
