"""One devnet for all integration tests of a process, put back as it was after each.

With LOTVAULT_TEST_FORK=1 the tests run against `anvil --fork-url` of that devnet instead, which
is the path that a fork of a public network takes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from vaultsdk.chain.deployment import save_deployment
from vaultsdk.devnet.launch import Devnet, start_devnet
from vaultsdk.devnet.node import fork
from vaultsdk.devnet.params import DevnetParams


@pytest.fixture(scope="session")
def devnet_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the session's devnet keeps its state; a folder of its own, so that it starts anew."""
    return tmp_path_factory.mktemp("devnet")


@pytest.fixture(scope="session")
def shared_devnet(devnet_dir: Path) -> Iterator[Devnet]:
    """The session's devnet (or its fork). Tests take `devnet`, which puts it back."""
    with start_devnet(DevnetParams(), state_dir=devnet_dir) as chain:
        if os.environ.get("LOTVAULT_TEST_FORK") != "1":
            yield chain
            return
        with fork(chain.url, log=devnet_dir / "fork.log") as node:
            yield Devnet(node, chain.deployment, restored=False)


@pytest.fixture
def devnet(shared_devnet: Devnet) -> Iterator[Devnet]:
    """A devnet as after its start; whatever a test does to it is undone."""
    snapshot = shared_devnet.rpc.call("evm_snapshot")
    yield shared_devnet
    assert shared_devnet.rpc.call("evm_revert", snapshot), "the node did not go back"


@pytest.fixture
def deployment_file(devnet: Devnet, tmp_path: Path) -> Path:
    """The devnet's deployment file."""
    path = tmp_path / "deployment.json"
    save_deployment(devnet.deployment, path)
    return path
