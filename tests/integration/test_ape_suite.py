"""Run every file under tests/integration/ape in its own process, with ape's plugin and anvil.

ape keeps its network connection and its project in process-wide state, which the other tests must
not share; one process per file also gives each file a fresh chain. The essential ones run a second
time, together, on a fork of the devnet (of mainnet: test_fork.py).
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from vaultsdk.chain.deployment import save_deployment
from vaultsdk.devnet.launch import Devnet
from vaultsdk.devnet.node import fork

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "tests/integration/ape").glob("test_*.py"))

# The whole life of lots on the exchange, and signatures, which name their chain.
ESSENTIAL = ("test_real_exchange", "test_permits")


def _environment(**more: str) -> dict[str, str]:
    """This environment, with the tools on PATH and without what pytest-xdist set for itself."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    tools = (Path(sys.executable).parent, ROOT / "node_modules/.bin")
    kept["PATH"] = os.pathsep.join([*map(str, tools), kept.get("PATH", "")])
    return kept | more


@contextmanager
def _alone() -> Iterator[None]:
    """One of these processes at a time: ape looks for a free port and starts anvil on it later, so
    two that look at the same moment can end up on one chain."""
    with (Path(tempfile.gettempdir()) / "lotvault-ape.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _run(*files: Path, **environment: str) -> None:
    with _alone():
        run = subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "ape.pytest.plugin", "-q", *map(str, files)],
            cwd=ROOT,
            env=_environment(**environment),
            capture_output=True,
            text=True,
            check=False,
        )
    assert run.returncode == 0, f"{files} failed:\n{run.stdout}\n{run.stderr}"
    assert " passed" in run.stdout


@pytest.mark.anvil
@pytest.mark.timeout(600)
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_ape_file_passes(file: Path) -> None:
    _run(file)


@pytest.mark.anvil
@pytest.mark.fork
@pytest.mark.timeout(600)
def test_the_essential_files_pass_on_a_fork_of_the_devnet(
    shared_devnet: Devnet, tmp_path: Path
) -> None:
    """The devnet's own vault and market, on a chain that has not seen their beginning."""
    files = [file for file in FILES if file.stem in ESSENTIAL]
    assert len(files) == len(ESSENTIAL)
    book = tmp_path / "deployment.json"
    save_deployment(shared_devnet.deployment, book)
    refs = shared_devnet.deployment.devnet
    assert refs is not None
    with fork(shared_devnet.url, log=tmp_path / "fork.log") as node:
        # ape offers the last block's fee. What other tests left behind may have been a full block,
        # after which that is too little; after an empty one it is enough.
        node.rpc.call("anvil_setNextBlockBaseFeePerGas", hex(refs.base_fee))
        node.rpc.call("evm_mine")
        _run(*files, APE_FOUNDRY_HOST=node.url, LOTVAULT_TEST_DEPLOYMENT=str(book))
