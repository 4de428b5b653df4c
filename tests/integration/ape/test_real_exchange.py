"""A vault that ape compiles and deploys from the sources, at work on the real Uniswap."""

from __future__ import annotations

from typing import Any

import ape
import pytest

from tests.integration.ape.world import (
    DEVNET,
    ETH,
    FEE,
    MAX,
    NO_PERMIT,
    OTHER,
    USDC,
    World,
    compiled,
    packaged,
)
from vaultsdk.chain.artifacts import load_artifact
from vaultsdk.chain.node import Node
from vaultsdk.chain.vault import Vault
from vaultsdk.core.deployment import AdapterRefs, Deployment
from vaultsdk.devnet.params import WAD
from vaultsdk.devnet.rpc import Rpc

SOURCES = (
    "LotVault",
    "adapters/UniswapV3Adapter",
    "adapters/UniswapV2Adapter",
    "periphery/EthGate",
)
ADAPTERS_ARGUMENT = 11  # of LotVault's constructor


@pytest.fixture(scope="session")
def built() -> dict[str, Any]:
    """What ape's own compiler makes of the sources."""
    containers = compiled(*SOURCES)
    return {name: containers[name] for name in (source.split("/")[-1] for source in SOURCES)}


@pytest.fixture(scope="session")
def world(market: tuple[Deployment, Rpc], built: dict[str, Any]) -> World:
    """The devnet with a vault of ape's in the place of its own: same terms, other adapters."""
    deployment, rpc = market
    dex, deployer = deployment.dex, ape.accounts.test_accounts[OTHER]

    def made(name: str, *arguments: Any) -> Any:
        return deployer.deploy(built[name], *arguments)

    v3 = made("UniswapV3Adapter", dex.swap_router_02).address
    v2 = made("UniswapV2Adapter", dex.uniswap_v2_router_02).address
    terms = vault_terms(deployment, rpc, built["LotVault"])
    terms[ADAPTERS_ARGUMENT] = [v3, v2]
    vault = made("LotVault", *terms)
    first_block = ape.chain.blocks.height
    weth = deployment.asset("WETH")
    gate = made("EthGate", vault.address, weth.address, weth.id)
    for policy in deployment.policies[1:]:
        vault.create_policy(policy.word_int, sender=deployer)
    return World(
        deployment.model_copy(
            update={
                "vault": vault.address,
                "first_block": first_block,
                "eth_gate": gate.address,
                "adapters": AdapterRefs(uniswap_v3=v3, uniswap_v2=v2),
            }
        ),
        rpc,
    )


def vault_terms(deployment: Deployment, rpc: Rpc, container: Any) -> list[Any]:
    """The arguments that the devnet's own vault was deployed with, from its transaction."""
    code = load_artifact("LotVault").bytecode
    block = rpc.call("eth_getBlockByNumber", hex(deployment.first_block), True)
    (data,) = (t["input"] for t in block["transactions"] if t["input"].startswith(code))
    arguments = bytes.fromhex(data[len(code) :])
    constructor = container.contract_type.constructor
    return list(ape.networks.ethereum.decode_calldata(constructor, arguments).values())


def sdk(world: World) -> Vault:
    """The SDK's client of the same vault."""
    provider: Any = ape.chain.provider
    return Vault(world.deployment, Node(provider.web3))


# ---------------------------------------------------------------- the code
def test_what_ape_compiles_is_what_the_package_carries(built: dict[str, Any]) -> None:
    for name, container in built.items():
        artifact, kind = load_artifact(name), container.contract_type
        assert kind.deployment_bytecode.bytecode == artifact.bytecode, name
        assert kind.runtime_bytecode.bytecode == artifact.deployedBytecode, name


def test_the_deployed_code_is_the_devnets_vaults(
    world: World, market: tuple[Deployment, Rpc]
) -> None:
    provider: Any = ape.chain.provider
    deployed = provider.get_code(world.vault.address)
    artifact = load_artifact("LotVault")
    assert deployed.startswith(bytes.fromhex(artifact.deployedBytecode[2:]))
    assert len(deployed) == artifact.deployed_size
    # The immutables behind the code too: the terms are the same.
    assert deployed == provider.get_code(market[0].vault)


# ---------------------------------------------------------------- the life of lots
def test_a_life_on_the_real_exchange(world: World, depositor: Any, other: Any) -> None:
    """Two depositors, a fall, a harvest over three pools at once, then every way out."""
    vault, keeper = world.vault, world.keeper
    start = ape.chain.blocks.height + 1
    key = world.deposit(depositor, 60 * ETH)
    assert world.deposit(other, 30 * ETH) == key
    world.fall()

    # 60 % through the pool of 0.01 %, 30 % through that of 0.05 %, the rest through the V2 pair.
    legs = [
        world.v3("WETH", 100, "wstETH", share=6 * WAD // 10),
        world.v3("WETH", 500, "wstETH", share=3 * WAD // 10),
        world.v2("WETH", "wstETH"),
    ]
    parts = 54 * ETH, 27 * ETH, 9 * ETH
    quoted = [world.quote(leg, part) for leg, part in zip(legs, parts, strict=True)]
    harvested = world.event(world.harvest(key, legs=legs), "Harvested")
    assert harvested.sold == sum(parts)
    # Three different pools, so the exchange's own quotes add up to the last unit.
    assert harvested.gross == sum(quoted)
    assert harvested.fee == harvested.gross * FEE // 10_000 == world.balance("wstETH", keeper)
    assert harvested.net == harvested.gross - harvested.fee == world.balance("wstETH", vault)
    for leg in legs:
        assert world.balance("WETH", leg[0]) == world.balance("wstETH", leg[0]) == 0

    # Out in kind: the exact share of the proceeds.
    share = harvested.net * 60 // 90
    with ape.reverts("lot of another asset"):
        vault.withdraw(0, world.assets["WETH"].id, ETH, depositor, sender=depositor)
    vault.withdraw(0, MAX, MAX, depositor, sender=depositor)
    assert world.balance("wstETH", depositor) == share

    # Out into the quote: half of a lot through a direct pool and one through WETH.
    rest = harvested.net * 30 // 90
    half = rest // 2
    routes = [
        world.v3("wstETH", 3000, "USDC", share=WAD // 10),
        world.v3("wstETH", 100, "WETH", 500, "USDC"),
    ]
    paid = sum(
        world.quote(route, part)
        for route, part in zip(routes, (half // 10, half - half // 10), strict=True)
    )
    wsteth = world.assets["wstETH"].id
    with ape.reverts("too little out"):
        vault.sell([(0, half)], wsteth, routes, paid + 1, MAX, other, sender=other)
    vault.sell([(0, half)], wsteth, routes, paid, MAX, other, sender=other)
    assert world.balance("USDC", other) == paid
    _, body = vault.lots(other, 0)
    assert body >> 128 == rest - half
    # Shares are rounded down, so that a unit may belong to nobody.
    assert 0 <= vault.held(wsteth) - (rest - half) <= 1

    # And in again with what was paid, over two pools.
    world.usdc.approve(vault, paid, sender=other)
    back = [world.v3("USDC", 500, "WETH", share=WAD // 2), world.v3("USDC", 3000, "WETH")]
    units = world.quote(back[0], paid // 2) + world.quote(back[1], paid - paid // 2)
    entry = world.entry("WETH", paid, other)
    bought = vault.buy(entry, back, units, MAX, NO_PERMIT, sender=other)
    opened, cost = (world.event(bought, name) for name in ("LotOpened", "Bought"))
    assert opened.units == units == vault.held(0) == world.balance("WETH", vault)
    # The quote stands at one dollar on this chain: basis is what was paid, and near the oracle's.
    assert (opened.basis, cost.quote_amount) == (paid * WAD // USDC, paid)
    assert opened.flags == 0 and opened.source == 3

    # Everybody out.
    for lot in (0, 1):
        vault.withdraw(lot, MAX, MAX, other, sender=other)
    assert vault.held(0) == world.balance("WETH", vault) == 0
    assert vault.held(wsteth) == world.balance("wstETH", vault) <= 1

    check_events(world, start)


def check_events(world: World, start: int) -> None:
    """ape's decoding of the chain's log and the SDK's: the same events, the same words."""
    height = ape.chain.blocks.height
    theirs = []
    for number in range(start, height + 1):
        for transaction in ape.chain.blocks[number].transactions:
            logs = transaction.receipt.decode_logs() if transaction.receipt else []
            theirs += [log for log in logs if log.contract_address == world.vault.address]
    ours = sdk(world).events(start, height)
    assert len(ours) == len(theirs) > 15
    place = {"block_number", "timestamp", "tx_hash", "log_index"}
    for mine, log in zip(ours, theirs, strict=True):
        assert log.event_name == mine.NAME
        assert (mine.block_number, mine.timestamp) == (log.block_number, log.timestamp)
        assert bytes.fromhex(mine.tx_hash[2:]) == bytes(log.transaction_hash)
        assert mine.log_index == log.log_index
        words = {k: v for k, v in mine.model_dump().items() if k not in place}
        assert words == log.event_arguments
    kinds = {mine.NAME for mine in ours}
    assert {"LotOpened", "Bought", "LotRolled", "LotReduced", "Withdrawn", "Sold"} <= kinds
    assert {"CohortHarvested", "CohortOpened", "Harvested"} <= kinds


def test_a_path_over_two_pools(world: World, depositor: Any) -> None:
    """rETH has no pool with wstETH: the harvest goes through WETH, one leg, two pools."""
    units = 20 * ETH
    key = world.deposit(depositor, units, "rETH")
    world.fall()
    leg = world.v3("rETH", 500, "WETH", 100, "wstETH")
    quoted = world.quote(leg, units)
    harvested = world.event(world.harvest(key, legs=[leg]), "Harvested")
    assert (harvested.sold, harvested.gross) == (units, quoted)
    for symbol in ("rETH", "WETH"):
        assert world.balance(symbol, world.vault) == world.balance(symbol, leg[0]) == 0
    value = harvested.net * harvested.price_out * 10_000 // (units * harvested.price_in)
    assert 10_000 - world.rules.max_slippage <= value < 10_000


def test_paths_that_lead_elsewhere_are_refused(world: World, depositor: Any) -> None:
    key = world.deposit(depositor, 5 * ETH)
    world.fall()
    whole = world.v3("WETH", 100, "wstETH")
    path = whole[2]
    for adapter, data, words in (
        (whole[0], world.v3("WETH", 500, "USDC")[2], "adapter: path ends"),
        (whole[0], world.v3("rETH", 500, "WETH", 100, "wstETH")[2], "adapter: path ends"),
        (whole[0], path[:-1], "adapter: path length"),
        (world.vault.address, path, "adapter not listed"),
        (world.deployment.dex.swap_router_02, path, "adapter not listed"),
    ):
        with ape.reverts(words):
            world.harvest(key, legs=[(adapter, 0, data)])
    # A pool that does not exist: whatever the router says, nothing moves.
    with ape.reverts():
        world.harvest(key, legs=[world.v3("WETH", 10_000, "wstETH")])
    assert world.vault.held(0) == world.balance("WETH", world.vault) == 5 * ETH
    world.harvest(key)


def test_ether_through_the_gate(world: World, depositor: Any, other: Any) -> None:
    """The canonical WETH9 wraps and unwraps; the lot is the caller's own."""
    gate, units = packaged("EthGate", world.deployment.eth_gate), 3 * ETH
    terms = world.policy.id, world.rules.hash(), 0
    with ape.reverts("not the owner"):
        gate.deposit(*terms, value=units, sender=depositor)
    world.vault.set_operator(gate, True, sender=depositor)
    gate.deposit(*terms, value=units, sender=depositor)
    wrapped = world.balance("WETH", world.vault)
    assert wrapped == units == world.vault.held(0)
    _, body = world.vault.lots(depositor, 0)
    assert body == units << 128 | units * world.mover.usd_prices()["WETH"] // WAD

    # In part to somebody else (who pays no gas here, so his ether is exact), the rest to oneself.
    before = other.balance
    gate.withdraw(0, ETH, other, sender=depositor)
    assert other.balance - before == ETH
    before = depositor.balance
    receipt = gate.withdraw(0, MAX, depositor, sender=depositor)
    assert depositor.balance - before == 2 * ETH - receipt.total_fees_paid
    assert world.balance("WETH", world.vault) == world.vault.held(0) == 0

    # A lot that was harvested is not ether any more; it comes out in kind.
    gate.deposit(*terms, value=units, sender=depositor)
    key = world.lot_key(depositor, 1)
    world.fall()
    net = world.event(world.harvest(key), "Harvested").net
    with ape.reverts("lot of another asset"):
        gate.withdraw(1, MAX, depositor, sender=depositor)
    world.vault.withdraw(1, MAX, MAX, depositor, sender=depositor)
    assert world.balance("wstETH", depositor) == net
    weth = packaged("TestERC20", world.weth.address, DEVNET)
    assert gate.balance == weth.balanceOf(gate) == weth.allowance(gate, world.vault) == 0
