"""What the keeper has signed, on disk before anybody else sees it.

One JSON object a line, written and synced before the transaction is broadcast; so whatever kills
the keeper, its next start knows every transaction that may be on its way. A line is never changed;
the last outcome of a hash counts. One process at a time: the file is locked.
"""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from types import TracebackType
from typing import IO, Literal, Self

from pydantic import ValidationError

from vaultsdk.core.model import Frozen
from vaultsdk.keeper.errors import JournalError


class Attempt(Frozen):
    """A signed harvest: everything needed to send it again, byte for byte, or to look for it.

    `genesis` tells local chains of one id apart. `deadline` (s) is the harvest's own: after it the
    transaction can only fail. Fees in wei per gas unit.
    """

    type: Literal["attempt"] = "attempt"
    chain_id: int
    genesis: str
    vault: str
    keeper: str
    nonce: int
    tx_hash: str
    raw: str
    keys: tuple[str, ...]
    to_asset: int
    deadline: int
    max_fee: int
    tip: int
    signed_at: int


class Outcome(Frozen):
    """How an attempt ended. mined: it harvested; reverted: it is in a block and failed; replaced:
    its nonce was used by another transaction; refused: the node never took it."""

    type: Literal["outcome"] = "outcome"
    tx_hash: str
    result: Literal["mined", "reverted", "replaced", "refused"]
    block: int | None = None
    harvest: int | None = None
    note: str = ""


class Journal:
    """The journal file of one vault, chain and keeper account. Use as a context manager."""

    def __init__(self, path: Path, chain_id: int, genesis: str, vault: str, keeper: str) -> None:
        """Open (and make) the file. Raises JournalError when it is damaged or in use."""
        self.path = path
        self.genesis = genesis
        self._identity = (chain_id, genesis, vault, keeper)
        self._attempts: dict[str, Attempt] = {}
        self._outcomes: dict[str, Outcome] = {}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file: IO[bytes] = path.open("a+b")
        except OSError as error:
            raise JournalError(
                f"cannot open the keeper's journal {path}: {error.strerror}; name another file "
                "with --journal"
            ) from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            raise JournalError(
                f"another keeper is using the journal {path}: stop it, or run this one with "
                "another account and --journal"
            ) from None
        try:
            self._load()
        except JournalError:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release the file."""
        self._file.close()

    def pending(self) -> tuple[Attempt, ...]:
        """Attempts without an outcome, by nonce and then in the order of signing."""
        found = [a for a in self._attempts.values() if a.tx_hash not in self._outcomes]
        return tuple(sorted(found, key=lambda attempt: attempt.nonce))

    def record(self, entry: Attempt | Outcome) -> None:
        """Append and sync: when this returns, the line survives a crash. Raises JournalError."""
        try:
            self._file.write(entry.model_dump_json().encode() + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise JournalError(
                f"cannot write the keeper's journal {self.path}: {error.strerror}; nothing was sent"
            ) from None
        self._remember(entry)

    def _remember(self, entry: Attempt | Outcome) -> None:
        if isinstance(entry, Outcome):
            self._outcomes[entry.tx_hash] = entry
        elif (entry.chain_id, entry.genesis, entry.vault, entry.keeper) == self._identity:
            self._attempts[entry.tx_hash] = entry

    def _load(self) -> None:
        self._file.seek(0)
        content = self._file.read()
        complete, _, torn = content.rpartition(b"\n")
        for number, line in enumerate(complete.splitlines(), start=1):
            try:
                kind = json.loads(line).get("type")
                model = Outcome if kind == "outcome" else Attempt
                self._remember(model.model_validate_json(line))
            except (ValueError, AttributeError, ValidationError):
                raise JournalError(
                    f"line {number} of the keeper's journal {self.path} is damaged: check on chain "
                    "that no transaction of the keeper is pending, then move the file away"
                ) from None
        if torn:
            # A line is synced before its transaction is sent, so what was being written when the
            # machine died was not sent by anybody.
            self._file.truncate(len(content) - len(torn))
