"""The devnet that ape's tests run on.

`tests/integration/test_ape_suite.py` starts it and says where it is: APE_FOUNDRY_HOST is the node
(ape reads that itself), LOTVAULT_TEST_DEPLOYMENT the deployment file. A file run by hand has
neither; then everything is set up on the node that ape starts.
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ape
import ape.exceptions
import pytest
from ape_foundry.trace import AnvilTransactionTrace

from tests.integration.ape.world import ATTACKER, DEPOSITOR, OTHER, World
from vaultsdk.chain.deployment import load_deployment
from vaultsdk.core.deployment import Deployment
from vaultsdk.devnet.launch import set_up
from vaultsdk.devnet.params import DevnetParams
from vaultsdk.devnet.rpc import Rpc


@pytest.fixture(scope="session")
def market() -> tuple[Deployment, Rpc]:
    """The devnet's deployment and its node."""
    provider: Any = ape.chain.provider
    rpc = Rpc(provider.uri)
    if named := os.environ.get("LOTVAULT_TEST_DEPLOYMENT"):
        return load_deployment(Path(named)), rpc
    now = datetime.datetime.fromtimestamp(ape.chain.pending_timestamp, datetime.UTC)
    return set_up(rpc, DevnetParams(start=now, accounts=10)), rpc


@pytest.fixture(scope="session")
def world(market: tuple[Deployment, Rpc]) -> World:
    """The devnet's own vault. ape puts the chain back after every test."""
    return World(*market)


@pytest.fixture
def keeper(world: World) -> Any:
    return world.keeper


@pytest.fixture
def depositor() -> Any:
    return ape.accounts.test_accounts[DEPOSITOR]


@pytest.fixture
def other() -> Any:
    return ape.accounts.test_accounts[OTHER]


@pytest.fixture
def attacker() -> Any:
    return ape.accounts.test_accounts[ATTACKER]


@pytest.fixture(scope="session", autouse=True)
def no_traces() -> Iterator[None]:
    """ape traces every refused transaction back to its source and prints the call tree: seconds
    for each, and here refusals are what is expected."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(AnvilTransactionTrace, "show", lambda *_, **__: None)
        patch.setattr(ape.exceptions, "_get_ape_traceback_from_tx", lambda _: None)
        yield
