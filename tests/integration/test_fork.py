"""The same life of a lot on a fork of the devnet and on a fork of mainnet.

A vault is deployed on the fork with the addresses that are there already: the devnet's deployment
file says them, or the packaged networks file. Mainnet needs MAINNET_RPC_URL (an archive is not
needed, the fork is of the latest block).
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from vaultsdk.chain.networks import load_networks
from vaultsdk.core.cohort import CohortKey
from vaultsdk.core.deployment import Deployment, DexRefs, TokenRef
from vaultsdk.core.policy import Policy
from vaultsdk.devnet.abi import decode_answer, encode_call
from vaultsdk.devnet.accounts import address, role_index
from vaultsdk.devnet.launch import Devnet
from vaultsdk.devnet.market_setup import Market
from vaultsdk.devnet.node import fork
from vaultsdk.devnet.params import WAD
from vaultsdk.devnet.rpc import Rpc
from vaultsdk.devnet.sender import Sender
from vaultsdk.devnet.vault_setup import set_up_vault

pytestmark = [pytest.mark.anvil, pytest.mark.fork]

HERE = Path(__file__).resolve().parent
DAY = 86_400
ENTRY = "(uint256,uint256,uint256,bytes32,uint256,address)"
DEPOSIT = f"deposit_declared({ENTRY},uint256,uint256,(uint256,uint8,bytes32,bytes32))"
HARVEST = "harvest(uint256[],uint256,(address,uint256,bytes)[],uint256,uint256,uint256,uint256)"
SELL = "sell((uint256,uint256)[],uint256,(address,uint256,bytes)[],uint256,uint256,address)"
NO_PERMIT = (0, 0, b"\0" * 32, b"\0" * 32)


def of_devnet(deployment: Deployment) -> Market:
    assert deployment.devnet is not None
    tokens = {
        token.symbol: TokenRef(address=token.address, symbol=token.symbol, decimals=token.decimals)
        for token in (*deployment.assets, deployment.quote)
    }
    feeds = dict(deployment.devnet.feeds)
    return Market(tokens=tokens, feeds=feeds, dex=deployment.dex, pools=deployment.pools)


def of_mainnet() -> Market:
    network = next(n for n in load_networks().networks if n.name == "mainnet")
    contracts = {contract.name: contract.address for contract in network.contracts}
    return Market(
        tokens={
            token.symbol: TokenRef(
                address=token.address, symbol=token.symbol, decimals=token.decimals
            )
            for token in network.tokens
        },
        feeds={feed.name: feed.address for feed in network.feeds},
        dex=DexRefs(**{name: contracts[name] for name in DexRefs.model_fields}),
        pools=(),
    )


@pytest.fixture(params=["devnet", "mainnet"])
def forked(
    request: pytest.FixtureRequest, shared_devnet: Devnet, tmp_path: Path
) -> Iterator[tuple[Rpc, Market]]:
    """A fork, and what there is on it."""
    if request.param == "devnet":
        url, market = shared_devnet.url, of_devnet(shared_devnet.deployment)
    else:
        named = os.environ.get("MAINNET_RPC_URL")
        if not named:
            pytest.skip("no MAINNET_RPC_URL: set it to a mainnet node to fork it")
        url, market = named, of_mainnet()
    with fork(url, log=tmp_path / "fork.log") as node:
        yield node.rpc, market


def number(rpc: Rpc, to: str, signature: str, arguments: list[object] | None = None) -> int:
    data = encode_call(signature, arguments or [])
    return int.from_bytes(rpc.eth_call([(to, data)])[0][:32], "big")


def arrive(rpc: Rpc) -> tuple[dict[str, Any], Sender]:
    """The block that the fork starts from, and a sender for anvil's accounts, which are rich."""
    # On mainnet the accounts of anvil's well-known mnemonic carry other people's delegations.
    everybody = [address(role_index(r)) for r in ("deployer", "keeper", "depositor_0")]
    rpc.batch([("anvil_setCode", [who, "0x"]) for who in everybody])
    rpc.batch([("anvil_setBalance", [who, hex(1_000 * WAD)]) for who in everybody])
    latest = rpc.call("eth_getBlockByNumber", "latest", False)
    return latest, Sender(rpc, 10 * int(latest["baseFeePerGas"], 16) + 10**9)


def test_a_lot_is_deposited_harvested_and_withdrawn(forked: tuple[Rpc, Market]) -> None:
    rpc, market = forked
    owner, keeper = address(role_index("depositor_0")), address(role_index("keeper"))
    latest, sender = arrive(rpc)

    # The hold outlasts every real heartbeat, and nobody updates a fork's feeds.
    setup = set_up_vault(sender, market, heartbeat=30 * DAY)
    sender.flush()
    vault = setup.vault
    weth, wsteth = setup.assets[0], setup.assets[1]
    eager = next(policy for policy in setup.policies if policy.name == "eager")
    policy = Policy.from_word(eager.word_int)
    price = number(rpc, vault, "price(uint256)", [weth.id])
    assert 100 * WAD < price < 100_000 * WAD

    units, unit_basis = 3 * WAD, 2 * price
    entry = (weth.id, units, eager.id, policy.hash(), 0, owner)
    bought = int(latest["timestamp"], 16) - 100 * DAY
    sender.send(owner, weth.address, encode_call("deposit()"), "wrap ether", units)
    approve = encode_call("approve(address,uint256)", [vault, units])
    sender.send(owner, weth.address, approve, "approve")
    declared = [entry, unit_basis * units // WAD, bought, NO_PERMIT]
    sender.send(owner, vault, encode_call(DEPOSIT, declared), "deposit")
    deposited = int(sender.flush()[-1]["blockNumber"], 16)
    block = rpc.call("eth_getBlockByNumber", hex(deposited), False)
    day = int(block["timestamp"], 16) // DAY

    rpc.call("evm_setNextBlockTimestamp", (day + policy.min_hold_days + 1) * DAY)
    rpc.call("evm_mine")
    key = CohortKey.of(weth.id, eager.id, unit_basis, day * DAY)
    path = bytes.fromhex(weth.address[2:]) + (100).to_bytes(3, "big")
    legs = [(setup.adapters.uniswap_v3, 0, path + bytes.fromhex(wsteth.address[2:]))]
    terms = [[key.pack()], wsteth.id, legs, 1, 1, policy.max_fee, 2**40]
    sender.send(keeper, vault, encode_call(HARVEST, terms), "harvest")
    sender.flush()

    everything = [0, wsteth.id, 2**256 - 1, owner]
    withdraw = encode_call("withdraw(uint256,uint256,uint256,address)", everything)
    before = number(rpc, wsteth.address, "balanceOf(address)", [owner])
    sender.send(owner, vault, withdraw, "withdraw")
    sender.flush()
    received = number(rpc, wsteth.address, "balanceOf(address)", [owner]) - before
    (amounts,) = decode_answer(
        "(uint256)", rpc.eth_call([(vault, encode_call("harvests(uint256)", [1]))])[0]
    )
    assert amounts >> 128 == units
    assert received == amounts & (2**128 - 1)
    # Worth what was sold, less than the policy's slippage and fee away from it.
    worth = received * number(rpc, vault, "price(uint256)", [wsteth.id])
    given = units * price
    assert abs(worth - given) * 10_000 < (policy.max_slippage + policy.max_fee) * given


def test_ether_goes_in_through_the_gate_and_out_as_ether_and_as_money(
    forked: tuple[Rpc, Market],
) -> None:
    """The canonical WETH9 wraps and unwraps, and the pool of 0.05 % buys at the feed's price."""
    rpc, market = forked
    owner, friend = address(role_index("depositor_0")), "0x" + "f1" * 20
    _, sender = arrive(rpc)
    setup = set_up_vault(sender, market, heartbeat=30 * DAY)
    sender.flush()
    vault, gate, weth = setup.vault, setup.eth_gate, setup.assets[0]
    usdc = market.tokens["USDC"]
    approve = encode_call("set_operator(address,bool)", [gate, True])
    sender.send(owner, vault, approve, "operator")

    def of_friend() -> tuple[int, int]:
        ether = int(rpc.call("eth_getBalance", friend, "latest"), 16)
        return ether, number(rpc, usdc.address, "balanceOf(address)", [friend])

    before = of_friend()
    terms = [0, Policy.hold().hash(), 0]
    deposit = encode_call("deposit(uint256,bytes32,uint256)", terms)
    sender.send(owner, gate, deposit, "ether in", 3 * WAD)
    sender.send(
        owner, gate, encode_call("withdraw(uint256,uint256,address)", [0, WAD, friend]), "ether out"
    )
    path = bytes.fromhex(weth.address[2:]) + (500).to_bytes(3, "big")
    legs = [(setup.adapters.uniswap_v3, 0, path + bytes.fromhex(usdc.address[2:]))]
    sale = [[(0, WAD)], weth.id, legs, 1, 2**40, friend]
    sender.send(owner, vault, encode_call(SELL, sale), "sale")
    sender.flush()
    assert number(rpc, vault, "held(uint256)", [weth.id]) == WAD
    assert number(rpc, weth.address, "balanceOf(address)", [vault]) == WAD
    ether, paid = (now - then for now, then in zip(of_friend(), before, strict=True))
    assert ether == WAD
    price = number(rpc, vault, "price(uint256)", [weth.id])
    assert abs(paid * 10**12 - price) * 100 < 2 * price


@pytest.mark.parametrize("file", ["test_devnet.py", "test_devnet_vault.py"])
def test_the_devnets_tests_pass_on_its_fork(file: str) -> None:
    """In a process of their own, whose one devnet is a fork (see conftest)."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", str(HERE / file)],
        cwd=HERE.parents[1],
        env={**kept, "LOTVAULT_TEST_FORK": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout[-4000:] + result.stderr[-1000:]
    assert " passed" in result.stdout
