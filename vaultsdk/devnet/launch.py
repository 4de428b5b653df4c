"""Starting a local chain: from its saved state if there is one, else by setting it up."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from vaultsdk.core.deployment import Deployment, DevnetRefs
from vaultsdk.devnet.accounts import roles
from vaultsdk.devnet.market import MarketMover
from vaultsdk.devnet.market_setup import set_up_market
from vaultsdk.devnet.node import CHAIN_ID, Anvil, NodeOptions
from vaultsdk.devnet.params import DevnetParams
from vaultsdk.devnet.rpc import Rpc
from vaultsdk.devnet.sender import Sender
from vaultsdk.devnet.state import find_state, save_state, state_key
from vaultsdk.devnet.vault_setup import set_up_vault

STATE_DIR = Path("out/devnet")


class Devnet:
    """A running local chain with everything deployed. Use it as a context manager, or `stop` it."""

    def __init__(self, node: Anvil, deployment: Deployment, restored: bool) -> None:
        assert deployment.devnet is not None
        self.node = node
        here = deployment.devnet.model_copy(update={"rpc": node.url})
        self.deployment = deployment.model_copy(update={"devnet": here})
        self.restored = restored
        """Whether it came from a saved state."""

    @property
    def url(self) -> str:
        """The node's RPC address."""
        return self.node.url

    @property
    def rpc(self) -> Rpc:
        """Plain calls to the node."""
        return self.node.rpc

    def mover(self) -> MarketMover:
        """What moves time, feeds and pools of this chain."""
        return MarketMover(self.rpc, self.deployment)

    def stop(self) -> None:
        """End the node."""
        self.node.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def start_devnet(
    params: DevnetParams | None = None,
    *,
    state_dir: Path = STATE_DIR,
    port: int | None = None,
    fresh: bool = False,
    detached: bool = False,
) -> Devnet:
    """Start a node with the market and a vault on it.

    The state is kept in `state_dir` and used by the next start with the same parameters and code;
    `fresh` sets everything up again. Raises DevnetError.
    """
    params = params or DevnetParams()
    key = state_key(params)
    saved = None if fresh else find_state(state_dir, key)
    options = NodeOptions(
        port=port,
        # The clock goes on from here, and not from today's date.
        timestamp=params.start_time if saved is None else _first_time(saved.deployment),
        load_state=saved.path if saved else None,
        base_fee=params.base_fee,
        accounts=params.accounts,
    )
    name = "anvil.log" if port is None else f"anvil-{port}.log"
    node = Anvil.start(options, log=state_dir / name, detached=detached)
    try:
        if saved:
            return Devnet(node, saved.deployment, restored=True)
        deployment = set_up(node.rpc, params)
        save_state(node.rpc, deployment, state_dir, key)
        return Devnet(node, deployment, restored=False)
    except BaseException:
        node.stop()
        raise


def set_up(rpc: Rpc, params: DevnetParams) -> Deployment:
    """Deploy everything on an empty node; the deployment that describes it."""
    # Room for the base fee to rise while full blocks of deployments go in.
    sender = Sender(rpc, 10 * params.base_fee)
    market = set_up_market(rpc, sender, params)
    setup = set_up_vault(sender, market)
    receipts = sender.flush()
    vault_block = next(r for r in receipts if _same(r["contractAddress"], setup.vault))
    latest, genesis, unlocked = rpc.batch(
        [
            ("eth_getBlockByNumber", ["latest", False]),
            ("eth_getBlockByNumber", ["0x0", False]),
            ("eth_accounts", []),
        ]
    )
    accounts = roles(unlocked)
    return Deployment(
        name="devnet",
        chain_id=CHAIN_ID,
        genesis_hash=genesis["hash"],
        first_block=int(vault_block["blockNumber"], 16),
        vault=setup.vault,
        lens=setup.lens,
        timelock=setup.timelock,
        eth_gate=setup.eth_gate,
        quote=market.tokens["USDC"],
        assets=setup.assets,
        policies=setup.policies,
        adapters=setup.adapters,
        feeds=setup.feeds,
        dex=market.dex,
        pools=market.pools,
        devnet=DevnetRefs(
            feeds=market.feeds,
            accounts=accounts,
            arbitrageur=accounts["arbitrageur"],
            first_time=int(latest["timestamp"], 16),
            base_fee=params.base_fee,
        ),
    )


def _first_time(deployment: Deployment) -> int:
    assert deployment.devnet is not None
    return deployment.devnet.first_time


def _same(one: str | None, other: str) -> bool:
    return one is not None and one.lower() == other.lower()
