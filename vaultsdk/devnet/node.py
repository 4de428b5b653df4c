"""Starting and stopping anvil, the local node."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from vaultsdk.devnet.errors import DevnetError
from vaultsdk.devnet.npm import node_modules
from vaultsdk.devnet.rpc import Rpc

CHAIN_ID = 31337
_START_TIMEOUT = 30.0  # s; a cold disk needs a few, a wrong option fails at once
_POLL = 0.02  # s


@dataclass(frozen=True)
class NodeOptions:
    """How to start anvil. Times in seconds, fees in wei, balances in whole ether."""

    port: int | None = None
    """None takes a free one."""
    chain_id: int | None = CHAIN_ID
    """None leaves it to the node (a fork takes its source's)."""
    timestamp: int | None = None
    load_state: Path | None = None
    dump_state: Path | None = None
    state: Path | None = None
    """Load from this file if it is there, and write it on exit."""
    base_fee: int | None = None
    block_time: int | None = None
    """None mines a block for every transaction."""
    accounts: int = 20
    balance: int = 10_000
    fork_url: str | None = None
    fork_block: int | None = None

    def arguments(self, port: int) -> list[str]:
        """The command line after the program's name."""
        given: dict[str, object | None] = {
            "--port": port,
            "--chain-id": self.chain_id,
            "--timestamp": self.timestamp,
            "--load-state": self.load_state,
            "--dump-state": self.dump_state,
            "--state": self.state,
            "--base-fee": self.base_fee,
            "--block-time": self.block_time,
            "--accounts": self.accounts,
            "--balance": self.balance,
            "--fork-url": self.fork_url,
            "--fork-block-number": self.fork_block,
        }
        flags = [
            text for key, value in given.items() if value is not None for text in (key, str(value))
        ]
        if self.fork_url is not None:
            # Anvil's disk cache is keyed by chain id and block, and every local chain has the
            # same id: without this, a fork would read another chain's storage.
            flags.append("--no-storage-caching")
        return flags


def find_anvil() -> Path:
    """The anvil program: LOTVAULT_ANVIL, else the project's node_modules, else PATH."""
    named = os.environ.get("LOTVAULT_ANVIL")
    if named:
        if os.access(named, os.X_OK):
            return Path(named)
        raise DevnetError(f"LOTVAULT_ANVIL={named} is not a program that can be run: correct it")
    try:
        modules = node_modules()
    except DevnetError:
        pass
    else:
        # The platform's own binary first: the npm wrapper would be a second process to end.
        for found in (*modules.glob("@foundry-rs/anvil-*/bin/anvil"), modules / ".bin" / "anvil"):
            if os.access(found, os.X_OK):
                return found
    on_path = shutil.which("anvil")
    if on_path:
        return Path(on_path)
    raise DevnetError(
        "anvil is not installed: run `make setup` (or `npm ci`) in the project, put anvil on PATH, "
        "or set LOTVAULT_ANVIL to it"
    )


def free_port() -> int:
    """A TCP port of this machine that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class Anvil:
    """A running node that this process started. Use it as a context manager, or call `stop`."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self.process = process
        self.url = f"http://127.0.0.1:{port}"
        self.log = log
        self.rpc = Rpc(self.url)

    @classmethod
    def start(
        cls, options: NodeOptions = NodeOptions(), *, log: Path, detached: bool = False
    ) -> Self:
        """Start a node and wait until it answers; its output goes to `log`.

        A detached node outlives this process; any other dies with it (on Linux, with the thread
        that started it: start nodes in a thread that stays). Raises DevnetError.
        """
        program = find_anvil()
        port = options.port if options.port is not None else free_port()
        if options.port is not None and _listening(port):
            raise DevnetError(
                f"port {port} is taken: stop what listens there (`vaultsdk devnet down`?) "
                "or give another --port"
            )
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as output:
            process = subprocess.Popen(
                [str(program), *options.arguments(port)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # Away from the terminal's process group, so that Ctrl-C reaches us first.
                start_new_session=True,
                preexec_fn=None if detached else _die_with_parent(),
            )
        node = cls(process, port, log)
        try:
            node._wait_until_ready()
        except BaseException:
            node.stop()
            raise
        return node

    @property
    def pid(self) -> int:
        """Process id of the node."""
        return self.process.pid

    def stop(self) -> None:
        """End the node (an interrupt, so that it writes its state) and wait for it."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _START_TIMEOUT
        while True:
            if self.process.poll() is not None:
                raise DevnetError(f"anvil ended at once: {self._last_words()}")
            try:
                self.rpc.call("web3_clientVersion")
                return
            except DevnetError:
                if time.monotonic() > deadline:
                    raise DevnetError(
                        f"anvil does not answer after {_START_TIMEOUT:.0f} s: see {self.log}"
                    ) from None
                time.sleep(_POLL)

    def _last_words(self) -> str:
        lines = [line for line in self.log.read_text(errors="replace").splitlines() if line.strip()]
        return f"{lines[-1].strip() if lines else 'it said nothing'} (log: {self.log})"


def fork(url: str, *, log: Path, port: int | None = None, block: int | None = None) -> Anvil:
    """A node that continues from the chain behind `url` (`anvil --fork-url`)."""
    options = NodeOptions(port=port, chain_id=None, fork_url=url, fork_block=block)
    return Anvil.start(options, log=log)


def _listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _die_with_parent() -> Callable[[], None] | None:
    """What the child runs first so that it never outlives a killed parent (Linux only)."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl  # looked up here: a child between fork and exec must not load
    set_parent_death_signal = 1  # PR_SET_PDEATHSIG, prctl(2)

    def ask_kernel() -> None:
        prctl(set_parent_death_signal, signal.SIGTERM)

    return ask_kernel
