"""Reading lots: pages of the lens with a fixed-width decoder, against one call for each lot.

The single calls are those that anybody would write with web3.py: `vault.functions.lots(owner, n)`.
Both run on the same node in the same process; what counts is their ratio.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from web3 import Web3

from tests.benchmarks.world import WAD, World
from vaultsdk.chain.artifacts import load_artifact
from vaultsdk.chain.vault import Vault
from vaultsdk.devnet.sender import Sender

LOTS = 2_000
SINGLE = 200
ROUNDS = 5


def run(world: World, progress: Callable[[str], None]) -> dict[str, int]:
    """Lots a second, each the best of some rounds, and their ratio."""
    progress("page reads")
    with world.sandbox():
        owner = _deposit(world)
        vault = Vault.at(world.deployment, world.devnet.url)
        w3 = Web3(Web3.HTTPProvider(world.devnet.url))
        contract = w3.eth.contract(
            address=Web3.to_checksum_address(world.vault), abi=load_artifact("LotVault").abi
        )
        rows = vault.lots(owner)
        assert len(rows) == LOTS
        for row in rows[:: LOTS // 20]:  # both read the same
            words = contract.functions.lots(owner, row.number).call()
            assert tuple(words) == (row.stored_head, row.stored_body)
        page = _per_second(LOTS, lambda: vault.lots(owner))

        def single() -> None:
            for number in range(SINGLE):
                contract.functions.lots(owner, number).call()

        alone = _per_second(SINGLE, single)
    return {
        "sdk.lots_per_s_page": page,
        "sdk.lots_per_s_single": alone,
        "sdk.page_speedup": page // alone,
    }


def _deposit(world: World) -> str:
    owner = world.depositor(3)
    world.fund("WETH", owner, LOTS * WAD // 100)
    world.rpc.call("anvil_setBalance", owner, hex(10**6 * WAD))
    sender = Sender(world.rpc, 1_000 * world.base_fee)
    data = world.deposit_data(owner, "WETH", WAD // 100)
    for done in range(1, LOTS + 1):
        sender.send(owner, world.vault, data, "deposit")
        if done % 500 == 0:
            world.rpc.call("anvil_setNextBlockBaseFeePerGas", hex(world.base_fee))
            sender.flush()
    return owner


def _per_second(lots: int, read: Callable[[], object]) -> int:
    best = min(_seconds(read) for _ in range(ROUNDS))
    return int(lots / best)


def _seconds(read: Callable[[], object]) -> float:
    start = time.perf_counter()
    read()
    return time.perf_counter() - start
