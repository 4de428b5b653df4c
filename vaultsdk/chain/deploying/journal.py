"""The progress file: what was intended and what has happened, so that nothing is deployed twice.

An entry is written before its transaction leaves (nonce, the address that a creation with this
nonce will have, the hash of the signed transaction) and again when it is mined. Whatever happens in
between, the chain can be asked what became of that nonce.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from pydantic import Field, ValidationError

from vaultsdk.core.deployment import Word
from vaultsdk.core.errors import LotvaultError
from vaultsdk.core.model import Address, Frozen

SCHEMA_VERSION: Final = 1


class DeployError(LotvaultError):
    """A deployment that cannot begin or go on; one line that says what to do."""


class Entry(Frozen):
    """One step. `data_hash` is keccak256 of what is sent; prices in wei, `done` once it is mined
    and worked."""

    nonce: int
    data_hash: Word
    address: Address | None
    """Where the contract will be; None for a call."""
    tx_hash: Word
    earlier: tuple[Word, ...] = ()
    """Hashes sent with this nonce before, of which the node knew nothing: should one of them turn
    up after all, its receipt is this step's."""
    done: bool = False
    gas_used: int | None = None
    cost: int | None = None
    """Wei paid, a rollup's fee for its data included; None when the receipt was never seen."""
    block: int | None = None


class _File(Frozen):
    schema_version: int = SCHEMA_VERSION
    chain_id: int
    genesis_hash: Word
    deployer: Address
    plan_hash: Word
    steps: dict[str, Entry] = Field(default_factory=dict)


class Journal:
    """The entries of one deployment, on disk after every change."""

    def __init__(self, path: Path, content: _File) -> None:
        self.path = path
        self._content = content

    @classmethod
    def open(
        cls, path: Path, chain_id: int, genesis_hash: str, deployer: str, plan_hash: str
    ) -> Journal:
        """The journal at `path`, or a new one (written with its first entry).

        Raises DeployError when the file is of another chain, deployer or plan.
        """
        fresh = _File(
            chain_id=chain_id, genesis_hash=genesis_hash, deployer=deployer, plan_hash=plan_hash
        )
        try:
            found = _File.model_validate_json(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return cls(path, fresh)
        except (OSError, ValueError, ValidationError, LotvaultError) as error:
            raise DeployError(
                f"progress file {path} cannot be read ({type(error).__name__}): restore it; "
                "without it, what was deployed already cannot be found"
            ) from None
        if (found.chain_id, found.genesis_hash) != (fresh.chain_id, fresh.genesis_hash):
            raise DeployError(
                f"progress file {path} belongs to another chain (id {found.chain_id}, another "
                "genesis or id than the node's): connect to that chain, or remove the file"
            )
        if found.deployer != fresh.deployer:
            raise DeployError(
                f"progress file {path} was begun by {found.deployer}, not by {fresh.deployer}: "
                "go on with that account, or remove the file to begin anew"
            )
        if found.plan_hash != fresh.plan_hash:
            raise DeployError(
                f"progress file {path} was begun with other settings: go on with those, or remove "
                "the file to begin anew (what is deployed stays on the chain, unused)"
            )
        return cls(path, found)

    def entry(self, key: str) -> Entry | None:
        """What is known about a step."""
        return self._content.steps.get(key)

    @property
    def entries(self) -> dict[str, Entry]:
        """All steps, in the order in which they were begun."""
        return dict(self._content.steps)

    def write(self, key: str, entry: Entry) -> None:
        """Record a step, on disk before this returns."""
        steps = {**self._content.steps, key: entry}
        self._content = self._content.model_copy(update={"steps": steps})
        self.path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.path.with_name(f".{self.path.name}.{os.getpid()}.tmp")
        with temporary.open("w", encoding="utf-8") as file:
            file.write(self._content.model_dump_json(indent=2) + "\n")
            file.flush()
            # A machine that loses power after sending must still know the nonce.
            os.fsync(file.fileno())
        temporary.replace(self.path)
