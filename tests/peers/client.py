"""Peers of the tax engine, each in an environment of its own, asked through a pipe.

`make peers` makes the environments. A driver reads one ledger a line and answers with one line, so
one process serves thousands of ledgers. A ledger is `{"events": [{"id", "time", "type", "asset",
"quantity", "total"}, ...]}` with numbers as decimal strings, times in UTC, `type` buy or sell, and
acquisitions before disposals where their times are equal; see the drivers for what else they take.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENTS = ROOT / ".venv-peers"


class PeerMissingError(Exception):
    """A peer's environment is not there."""


class Peer:
    """A running driver."""

    def __init__(self, name: str, process: subprocess.Popen[str]) -> None:
        self.name = name
        self._process = process

    def ask(self, ledger: dict[str, Any]) -> dict[str, Any]:
        """The peer's answer; `{"error": ...}` where it refuses."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(ledger) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"the driver of {self.name} ended: see its errors above"
        answer: dict[str, Any] = json.loads(line)
        return answer


@contextmanager
def open_peer(name: str) -> Iterator[Peer]:
    """Start the driver `name`_driver.py in its environment; it ends when its input does."""
    python = ENVIRONMENTS / name / "bin/python"
    if not python.exists():
        raise PeerMissingError(f"the environment of {name} is missing: run `make peers`")
    with tempfile.TemporaryDirectory() as folder:
        # Some peers write logs where they stand, or settings into the home folder.
        process = subprocess.Popen(
            [str(python), str(Path(__file__).with_name(f"{name}_driver.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            cwd=folder,
            env={**os.environ, "HOME": folder, "PYTHONDONTWRITEBYTECODE": "1"},
        )
        try:
            yield Peer(name, process)
        finally:
            process.communicate()
