"""A vault on ape's own anvil, deployed by the script's engine, harvested through the real Uniswap.

The exchange, WETH and the routers are the real contracts; feeds and the staked tokens are
stand-ins, because a local chain has neither oracles nor validators.
"""

from __future__ import annotations

import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import ape
import pytest
from ape.types import AddressType
from eth_account import Account
from ethpm_types import ContractType
from vyper.compiler import compile_from_file_input
from vyper.compiler.input_bundle import FilesystemInputBundle

from tests.paths import CONTRACTS, REPOSITORY
from vaultsdk.chain.ape_signer import ApeSigner
from vaultsdk.chain.artifacts import load_artifact
from vaultsdk.chain.deploying import VaultDeployer, read_plan
from vaultsdk.chain.deployment import save_deployment
from vaultsdk.chain.node import Node
from vaultsdk.core.cohort import DAY, CohortKey
from vaultsdk.core.deployment import Deployment
from vaultsdk.core.policy import Policy
from vaultsdk.devnet.accounts import private_key
from vaultsdk.devnet.launch import set_up
from vaultsdk.devnet.market import MarketMover, Prices
from vaultsdk.devnet.params import WAD, DevnetParams
from vaultsdk.devnet.rpc import Rpc

MAX = 2**256 - 1
NO_PERMIT = (0, 0, b"\0" * 32, b"\0" * 32)
ETH = WAD
KEEPER, ATTACKER, DEPOSITOR, DEPLOYER = 3, 7, 8, 9


class World:
    """The vault and everything around it as ape's contracts."""

    def __init__(self, deployment: Deployment, rpc: Rpc) -> None:
        self.deployment = deployment
        self.rpc = rpc
        self.mover = MarketMover(rpc, deployment)
        self.vault = contract("LotVault", deployment.require_vault())
        self.assets = {a.symbol: a for a in deployment.assets}
        self.weth, self.wsteth, self.reth = (
            contract("TestERC20", self.assets[s].address, "vaultsdk.devnet")
            for s in ("WETH", "wstETH", "rETH")
        )
        self.policy = deployment.policy("eager")

    def fund(self, account: Any, units: int) -> None:
        """Give an account WETH; the tokens with a mint are the devnet's own."""
        self.rpc.call("anvil_setBalance", account.address, hex(units + 100 * ETH))
        account.transfer(self.weth.address, units)

    def entry(self, asset: str, units: int, owner: Any) -> tuple[Any, ...]:
        word = Policy.from_word(self.policy.word_int)
        return self.assets[asset].id, units, self.policy.id, word.hash(), 0, owner.address

    def deposit(self, owner: Any, units: int) -> CohortKey:
        """Deposit WETH; the cohort that it went into."""
        self.fund(owner, units)
        self.weth.approve(self.vault.address, units, sender=owner)
        self.vault.deposit(self.entry("WETH", units, owner), NO_PERMIT, sender=owner)
        head, _ = self.vault.lots(owner, self.vault.lot_count(owner) - 1)
        return CohortKey.unpack(head >> 144)

    def fall(self, share: str) -> None:
        """ETH falls to this share of its price, and the hold of the policy passes."""
        price = Decimal(self.mover.usd_prices()["WETH"]) / WAD * Decimal(share)
        days = Policy.from_word(self.policy.word_int).min_hold_days + 1
        time = (self.mover.now() // DAY + days) * DAY
        self.mover.step(Prices(eth_usd=price), time=time)

    def path(self, start: str, fee: int, end: str) -> bytes:
        """A packed path through one V3 pool."""
        one, two = (bytes.fromhex(self.assets[s].address[2:]) for s in (start, end))
        return one + fee.to_bytes(3, "big") + two

    def harvest(self, key: CohortKey, *, min_rate: int = 1, adapter: str | None = None) -> Any:
        """Harvest a cohort into wstETH through the pool of 0.01 %."""
        route = adapter or self.deployment.adapters.uniswap_v3
        legs = [(route, 0, self.path("WETH", 100, "wstETH"))]
        keeper = ape.accounts.test_accounts[KEEPER]
        to = self.assets["wstETH"].id
        return self.vault.harvest([key.pack()], to, legs, min_rate, 1, 10, MAX, sender=keeper)

    def swap(self, account: Any, start: str, end: str, units: int) -> int:
        """Somebody else's trade in the same pool; what it brought."""
        router = ape.Contract(self.deployment.dex.swap_router_02, contract_type=ROUTER)
        token = {"WETH": self.weth, "wstETH": self.wsteth}[start]
        got = {"WETH": self.weth, "wstETH": self.wsteth}[end]
        before = got.balanceOf(account)
        token.approve(router.address, units, sender=account)
        router.exactInput((self.path(start, 100, end), account.address, units, 0), sender=account)
        return int(got.balanceOf(account) - before)


ROUTER = ContractType.model_validate(
    {
        "contractName": "SwapRouter02",
        "abi": [
            {
                "type": "function",
                "name": "exactInput",
                "stateMutability": "payable",
                "inputs": [
                    {
                        "name": "params",
                        "type": "tuple",
                        "components": [
                            {"name": "path", "type": "bytes"},
                            {"name": "recipient", "type": "address"},
                            {"name": "amountIn", "type": "uint256"},
                            {"name": "amountOutMinimum", "type": "uint256"},
                        ],
                    }
                ],
                "outputs": [{"name": "amountOut", "type": "uint256"}],
            }
        ],
    }
)


def contract(name: str, address: str, package: str = "vaultsdk.chain") -> Any:
    """A deployed contract with the packaged ABI."""
    abi = [dict(entry) for entry in load_artifact(name, package).abi]
    return ape.Contract(
        AddressType(address),  # type: ignore[arg-type]
        contract_type=ContractType.model_validate({"contractName": name, "abi": abi}),
    )


def deploy_test_contract(name: str, *arguments: Any) -> Any:
    """Compile one of contracts/test and deploy it from ape's first free account."""
    bundle = FilesystemInputBundle([CONTRACTS])
    file = bundle.load_file(Path("test") / f"{name}.vy")
    out = compile_from_file_input(  # type: ignore[arg-type]
        file, input_bundle=bundle, output_formats=["abi", "bytecode"]
    )
    kind = ContractType.model_validate(
        {
            "contractName": name,
            "abi": out["abi"],
            "deploymentBytecode": {"bytecode": out["bytecode"]},
        }
    )
    return ape.accounts.test_accounts[6].deploy(ape.contracts.ContractContainer(kind), *arguments)


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The market on ape's chain, and a vault of our own example file on it."""
    folder = tmp_path_factory.mktemp("world")
    provider: Any = ape.chain.provider
    rpc = Rpc(provider.uri)
    now = datetime.datetime.fromtimestamp(ape.chain.pending_timestamp, datetime.UTC)
    market = set_up(rpc, DevnetParams(start=now, accounts=10))
    book = folder / "book.json"
    save_deployment(market, book)
    plan = read_plan(REPOSITORY / "scripts/config/devnet.toml", book)
    node = Node(provider.web3)
    signer = ApeSigner(ape.accounts.test_accounts[DEPLOYER], provider.network.ecosystem)
    return World(VaultDeployer(node, plan, folder).run(signer).deployment, rpc)


@pytest.fixture
def depositor() -> Any:
    return ape.accounts.test_accounts[DEPOSITOR]


@pytest.fixture
def attacker() -> Any:
    return ape.accounts.test_accounts[ATTACKER]


def test_deposit_harvest_withdraw(world: World, depositor: Any) -> None:
    units = 5 * ETH
    key = world.deposit(depositor, units)
    world.fall("0.7")
    keeper = ape.accounts.test_accounts[KEEPER]
    receipt = world.harvest(key)
    (harvested,) = receipt.decode_logs(world.vault.Harvested)
    assert harvested.sold == units
    fee = harvested.gross * 10 // 10_000
    assert world.wsteth.balanceOf(keeper) == fee == harvested.fee
    assert world.wsteth.balanceOf(world.vault) == harvested.net
    # The pool stands where the feeds are, give or take its own fee.
    fair = units * harvested.price_in // harvested.price_out
    assert fair * 997 // 1000 < harvested.gross < fair * 1003 // 1000

    lot = world.vault.lot_count(depositor) - 1
    wsteth = world.assets["wstETH"].id
    with ape.reverts("lot of another asset"):
        world.vault.withdraw(lot, world.assets["WETH"].id, units, depositor, sender=depositor)
    paid = world.vault.withdraw(lot, wsteth, MAX, depositor, sender=depositor).return_value
    assert paid == harvested.net == world.wsteth.balanceOf(depositor)
    assert world.vault.held(wsteth) == world.wsteth.balanceOf(world.vault) == 0


def test_a_permit_that_somebody_sent_first(world: World, depositor: Any, attacker: Any) -> None:
    units = 2 * ETH
    deployer = ape.accounts.test_accounts[0]
    world.wsteth.mint(depositor, units, sender=deployer)
    deadline = ape.chain.pending_timestamp + 3600
    domain = {
        "name": world.wsteth.name(),
        "version": "1",
        "chainId": 31337,
        "verifyingContract": world.wsteth.address,
    }
    fields = ("owner", "address"), ("spender", "address"), ("value", "uint256")
    fields += ("nonce", "uint256"), ("deadline", "uint256")
    signed = Account.from_key(private_key(DEPOSITOR)).sign_typed_data(
        domain,
        {"Permit": [{"name": n, "type": t} for n, t in fields]},
        {
            "owner": depositor.address,
            "spender": world.vault.address,
            "value": units,
            "nonce": world.wsteth.nonces(depositor),
            "deadline": deadline,
        },
    )
    r, s = signed.r.to_bytes(32), signed.s.to_bytes(32)
    # The signature is public as soon as it is sent; whoever uses it first must not block the owner.
    world.wsteth.permit(depositor, world.vault, units, deadline, signed.v, r, s, sender=attacker)
    with ape.reverts():
        world.vault.deposit(
            world.entry("wstETH", units, attacker), (deadline, signed.v, r, s), sender=attacker
        )
    world.vault.deposit(
        world.entry("wstETH", units, depositor), (deadline, signed.v, r, s), sender=depositor
    )
    assert world.wsteth.balanceOf(depositor) == 0
    assert world.vault.held(world.assets["wstETH"].id) == units


def test_a_sandwich_is_refused_beyond_the_floor(
    world: World, depositor: Any, attacker: Any
) -> None:
    """Whoever pushes the pool before a harvest takes at most what the policy's floor lets him."""
    key = world.deposit(depositor, 50 * ETH)
    world.fall("0.7")
    floor = Decimal(Policy.from_word(world.policy.word_int).max_slippage) / 10_000
    # Enough to move the pool's price (depth 600,000 ETH) by about 5 %: more than the policy allows.
    push = 15_000 * ETH
    world.fund(attacker, push)
    with ape.accounts.use_sender(attacker):
        snapshot = ape.chain.snapshot()
        bought = world.swap(attacker, "WETH", "wstETH", push)
        with ape.reverts("below floor"):
            world.harvest(key)
        # Going back alone costs the attacker both fees.
        assert world.swap(attacker, "wstETH", "WETH", bought) < push
        ape.chain.restore(snapshot)

    # A push that stays within the floor is mined, and its harm is bounded by it.
    small = 1_000 * ETH
    bought = world.swap(attacker, "WETH", "wstETH", small)
    # The keeper's own limit is nearer than the floor: what it quoted before, less 0.1 %.
    price = world.mover.usd_prices()
    fair = price["WETH"] * WAD // price["wstETH"]
    with ape.reverts("rate below minimum"):
        world.harvest(key, min_rate=fair * 999 // 1000)
    receipt = world.harvest(key)
    (harvested,) = receipt.decode_logs(world.vault.Harvested)
    value = Decimal(harvested.net * harvested.price_out) / (harvested.sold * harvested.price_in)
    assert 1 - floor <= value < 1
    gained = world.swap(attacker, "wstETH", "WETH", bought) - small
    lost = Decimal(harvested.sold) * (1 - value)
    assert gained < lost <= Decimal(harvested.sold) * floor


def test_an_adapter_that_comes_back_in_the_middle_gets_nothing(
    world: World, depositor: Any
) -> None:
    units = 5 * ETH
    key = world.deposit(depositor, units)
    world.fall("0.7")
    adapter = deploy_test_contract("HostileAdapter")
    world.wsteth.mint(adapter, 100 * ETH, sender=ape.accounts.test_accounts[0])
    price = world.mover.usd_prices()
    adapter.set_rate(world.weth, world.wsteth, price["WETH"], price["wstETH"], sender=depositor)
    timelock = ape.accounts[world.deployment.timelock]  # impersonated: no proposing, no waiting
    timelock.balance += 100 * ETH
    world.vault.set_adapter(adapter, True, sender=timelock)
    lot = world.vault.lot_count(depositor) - 1
    attempts = [
        world.vault.withdraw.encode_input(lot, MAX, MAX, depositor, depositor),
        world.vault.roll.encode_input(depositor, lot, 1),
        world.vault.create_policy.encode_input(0),
        world.vault.held.encode_input(0),
    ]
    for data in attempts:
        snapshot = ape.chain.snapshot()
        adapter.set_mode(3, sender=depositor)  # CALLS, then pays honestly
        adapter.set_call(world.vault, data, sender=depositor)
        world.harvest(key, adapter=adapter.address)
        assert not adapter.last_success()
        paid = world.vault.withdraw(lot, MAX, MAX, depositor, sender=depositor).return_value
        assert paid == world.wsteth.balanceOf(depositor)
        ape.chain.restore(snapshot)


def test_a_token_that_comes_back_in_the_middle_gets_nothing(world: World, depositor: Any) -> None:
    token = deploy_test_contract("HostileToken", "Hostile", "HST", 18)
    timelock = ape.accounts[world.deployment.timelock]
    timelock.balance += 100 * ETH
    feed = (world.deployment.feeds["rETH"], 365 * DAY, 200, WAD // 2, 4 * WAD)
    asset = world.vault.list_asset(
        (token.address, feed, ETH // 100, 1000 * ETH), sender=timelock
    ).return_value
    units = 5 * ETH
    token.mint(depositor, 2 * units, sender=depositor)
    token.approve(world.vault, 2 * units, sender=depositor)
    word = Policy.from_word(world.policy.word_int)
    entry = (asset, units, world.policy.id, word.hash(), 0, depositor.address)
    world.vault.deposit(entry, NO_PERMIT, sender=depositor)
    again = world.vault.deposit.encode_input(entry, NO_PERMIT)
    take = world.vault.withdraw.encode_input(0, MAX, MAX, depositor, depositor)
    for data in (again, take):
        token.set_call(world.vault, data, sender=depositor)
        lot = world.vault.lot_count(depositor)
        world.vault.deposit((asset, units // 4, *entry[2:]), NO_PERMIT, sender=depositor)
        assert token.calls_made() == 1 and not token.last_success()
        token.set_call(world.vault, data, sender=depositor)
        world.vault.withdraw(lot, asset, MAX, depositor, sender=depositor)
        assert not token.last_success()
    assert world.vault.held(asset) == units == token.balanceOf(world.vault)
