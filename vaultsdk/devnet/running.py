"""The one local chain that is running: its pid file, and ending it from another process."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

from pydantic import ValidationError

from vaultsdk.core.model import Frozen
from vaultsdk.devnet.errors import DevnetError

_END_TIMEOUT = 20.0  # s


class Running(Frozen):
    """A node that was started and not yet stopped."""

    pid: int
    rpc: str


def pid_file(state_dir: Path) -> Path:
    """Where the running node is written down."""
    return state_dir / "anvil.pid"


def remember(state_dir: Path, pid: int, rpc: str) -> None:
    """Write down a node that has just started."""
    state_dir.mkdir(parents=True, exist_ok=True)
    pid_file(state_dir).write_text(Running(pid=pid, rpc=rpc).model_dump_json() + "\n")


def forget(state_dir: Path) -> None:
    """Remove the note of a node that has ended."""
    pid_file(state_dir).unlink(missing_ok=True)


def find_running(state_dir: Path) -> Running | None:
    """The running node, or None. A note left behind by a node that is gone is removed."""
    try:
        found = Running.model_validate_json(pid_file(state_dir).read_text())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError):
        forget(state_dir)
        return None
    # Pids are used again: only a process that is an anvil is ours to end.
    if "anvil" not in _command(found.pid):
        forget(state_dir)
        return None
    return found


def end(state_dir: Path) -> Running:
    """End the running node; what it was. Raises DevnetError when there is none."""
    found = find_running(state_dir)
    if found is None:
        raise DevnetError(
            f"no devnet is running (nothing in {pid_file(state_dir)}): nothing to stop"
        )
    os.kill(found.pid, signal.SIGINT)
    deadline = time.monotonic() + _END_TIMEOUT
    while "anvil" in _command(found.pid):
        if time.monotonic() > deadline:
            raise DevnetError(f"anvil (pid {found.pid}) does not stop: end it by hand")
        time.sleep(0.05)
    forget(state_dir)
    return found


def _command(pid: int) -> str:
    """The command line of a process; empty when there is none or when it is a zombie."""
    answer = subprocess.run(
        ["ps", "-o", "stat=,command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    state, _, command = answer.stdout.strip().partition(" ")
    return "" if state.startswith("Z") else command
