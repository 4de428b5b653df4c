"""The journal survives what kills its writer, and never guesses."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.unit.keeper.builders import KEEPER, VAULT
from vaultsdk.keeper.errors import JournalError
from vaultsdk.keeper.journal import Attempt, Journal, Outcome


def attempt(nonce: int = 0, **changes: object) -> Attempt:
    given = {
        "chain_id": 1,
        "genesis": "0x1",
        "vault": VAULT,
        "keeper": KEEPER,
        "nonce": nonce,
        "tx_hash": f"0x{nonce:064x}",
        "raw": "0x02",
        "keys": ("0x1",),
        "to_asset": 1,
        "deadline": 10,
        "max_fee": 2,
        "tip": 1,
        "signed_at": 5,
    }
    return Attempt.model_validate(given | changes)


def opened(path: Path, genesis: str = "0x1") -> Journal:
    return Journal(path, 1, genesis, VAULT, KEEPER)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deeper" / "journal.jsonl"


def test_an_attempt_is_pending_until_its_outcome(path: Path) -> None:
    with opened(path) as journal:
        journal.record(attempt(1))
        journal.record(attempt(0))
    with opened(path) as journal:
        assert [one.nonce for one in journal.pending()] == [0, 1]
        journal.record(Outcome(tx_hash=attempt(0).tx_hash, result="mined", block=7, harvest=1))
    with opened(path) as journal:
        assert [one.nonce for one in journal.pending()] == [1]


def test_a_line_is_on_disk_before_record_returns(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Synced, and whole when it is: a test cannot pull the plug, so it watches the call."""
    seen: list[str] = []
    sync = os.fsync

    def watched(descriptor: int) -> None:
        seen.append(path.read_text())
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", watched)
    with opened(path) as journal:
        journal.record(attempt())
    assert seen == [attempt().model_dump_json() + "\n"]


def test_a_torn_last_line_was_never_sent(path: Path) -> None:
    with opened(path) as journal:
        journal.record(attempt(0))
    whole = path.read_bytes()
    path.write_bytes(whole + attempt(1).model_dump_json().encode()[:40])
    with opened(path) as journal:
        assert [one.nonce for one in journal.pending()] == [0]
        journal.record(attempt(2))
    with opened(path) as journal:
        assert [one.nonce for one in journal.pending()] == [0, 2]


def test_a_damaged_line_stops_the_keeper(path: Path) -> None:
    with opened(path) as journal:
        journal.record(attempt(0))
    path.write_bytes(b"?\n" + path.read_bytes())
    with pytest.raises(JournalError, match="line 1"):
        opened(path)
    # And the file is free again for whoever mends it.
    path.write_bytes(path.read_bytes()[2:])
    opened(path).close()


def test_another_chain_of_the_same_id_has_its_own_attempts(path: Path) -> None:
    with opened(path) as journal:
        journal.record(attempt(0))
    with opened(path, genesis="0x2") as journal:
        assert journal.pending() == ()


def test_one_keeper_at_a_time(path: Path) -> None:
    with opened(path), pytest.raises(JournalError, match="another keeper"):
        opened(path)
    opened(path).close()


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalError, match="--journal"):
        opened(tmp_path / "file" / "journal.jsonl")
