"""A token in the middle of a real V3 path, a listed token and a listed adapter that call the vault
while it is at work.

They are given all that they could wish for (every role, an operator's rights, lots, an open offer),
so that each of their calls works at any other time; that is checked first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ape
import pytest

from tests.integration.ape.world import ETH, MAX, NO_PERMIT, USDC, World, compiled, put_back
from vaultsdk.core.cohort import DAY, CohortKey
from vaultsdk.core.policy import Policy
from vaultsdk.devnet.abi import encode_call
from vaultsdk.devnet.params import WAD
from vaultsdk.devnet.pools import price_ratio, sqrt_price_x96

FEE_TIER = 3000
FULL_RANGE = 887_220  # the last usable tick at that fee
DEPTH = 50_000  # ether on each side of a pool
ALL_ROLES = 7
POSITION = (
    "mint((address,address,uint24,int24,int24,uint256,uint256,uint256,uint256,address,uint256))"
)
# Tried before as well as after the vault was paid.
BOTH_MOMENTS = ("withdraw, as an operator", "deposit", "harvest", "held")
# HostileAdapter's modes: call the vault and then pay, or call it and leave the paying to that call.
CALLS, CALLS_UNPAID = 3, 9


@pytest.fixture(scope="session")
def hostile() -> dict[str, Any]:
    """ape's containers of the two contracts that misbehave on command."""
    containers = compiled("test/HostileToken", "test/HostileAdapter")
    return {name: containers[name] for name in ("HostileToken", "HostileAdapter")}


@dataclass(frozen=True)
class Scene:
    """A depositor's lot that is ready to be harvested (0) and one of wstETH (1); a stranger with
    every right, lots of his own and something to gain."""

    world: World
    stranger: Any
    depositor: Any
    key: CohortKey
    calls: dict[str, bytes]

    def check_each_works(self, call: Callable[[bytes], Any]) -> None:
        """`call` makes a call to the vault as the stranger; it raises what the vault refuses."""
        for data in self.calls.values():
            with put_back():
                call(data)


def prepare(world: World, stranger: Any, depositor: Any) -> Scene:
    """Give the stranger everything, and let the market fall."""
    vault = world.vault
    acting = ape.accounts[stranger.address]
    world.rpc.call("anvil_setBalance", stranger.address, hex(100 * ETH))
    vault.set_roles(stranger, ALL_ROLES, sender=world.admin)
    key = world.deposit(depositor, 20 * ETH)
    world.deposit(depositor, 5 * ETH, "wstETH")
    vault.set_operator(stranger, True, sender=depositor)
    offered = vault.offer_lot(1, stranger, 0, sender=depositor)
    nonce = world.event(offered, "LotOffered").nonce
    head, body = vault.lots(depositor, 1)
    terms = (1, 1, body & (2**128 - 1), head >> 104 & (2**40 - 1), 0, world.policy.id)
    # Lots of its own, and means to open more: one in a cohort apart, to be harvested inside.
    for symbol in ("WETH", "wstETH", "USDC"):
        world.fund(acting, symbol, 100_000 * USDC if symbol == "USDC" else 20 * ETH)
        world.tokens[symbol].approve(vault, MAX, sender=acting)
    vault.deposit(world.entry("WETH", 10 * ETH, acting, 9), NO_PERMIT, sender=acting)
    own = world.lot_key(acting, 0)
    assert own != key
    world.fall()
    # Through the other adapter, as each has a lock of its own: what is to hold is the vault's.
    direct = [world.v2("WETH", "wstETH")]
    to_usdc, from_usdc = [world.v2("WETH", "USDC")], [world.v2("USDC", "WETH")]
    spent = world.entry("WETH", 10_000 * USDC, acting)

    def of(name: str, *arguments: Any) -> bytes:
        return bytes(getattr(vault, name).encode_input(*arguments))

    calls = {
        "withdraw, as an operator": of("withdraw", 1, MAX, MAX, stranger, depositor),
        "withdraw_many": of("withdraw_many", [(1, MAX)], MAX, stranger, depositor),
        "withdraw of its own": of("withdraw", 0, MAX, MAX, stranger, stranger),
        "deposit": of("deposit", world.entry("wstETH", ETH, acting), NO_PERMIT),
        "deposit_declared": of(
            "deposit_declared", world.entry("wstETH", ETH, acting), ETH, 0, NO_PERMIT
        ),
        "buy": of("buy", spent, from_usdc, 1, MAX, NO_PERMIT),
        "sell": of("sell", [(0, MAX)], MAX, to_usdc, 1, MAX, stranger),
        "harvest": of("harvest", [own.pack()], 1, direct, 1, 1, 0, MAX),
        "change_policy": of("change_policy", 0, MAX, MAX, 0, Policy.hold().hash(), 0),
        "roll": of("roll", depositor, 0, 1),
        "offer_lot": of("offer_lot", 0, depositor, 0),
        "claim_lot": of("claim_lot", depositor, 1, nonce, terms),
        "create_policy": of("create_policy", world.policy.word_int),
        "set_adapter": of("set_adapter", direct[0][0], False),
        "set_paused": of("set_paused", 3),
        # What other contracts would build on; the rest of the getters: tests/contracts.
        "held": of("held", 1),
        "lots": of("lots", depositor, 0),
        "cohorts": of("cohorts", key.pack()),
        "bucket_word": of("bucket_word"),
        "price": of("price", 1),
    }
    return Scene(world, stranger, depositor, key, calls)


# ---------------------------------------------------------------- a token in the path
def pool(world: World, token: Any, symbol: str, provider: Any) -> None:
    """A real V3 pool of the hostile token (as dear as WETH) and a known one, with liquidity."""
    manager, known = world.deployment.dex.position_manager, world.tokens[symbol]
    price = world.mover.usd_prices()
    scale = 10 ** known.decimals()
    sides = {
        token: (price["WETH"], 18, DEPTH * ETH),
        known: (price[symbol], known.decimals(), DEPTH * price["WETH"] * scale // price[symbol]),
    }
    world.fund(provider, symbol, sides[known][2])
    token.mint(provider, sides[token][2], sender=provider)
    (one, (usd0, dec0, units0)), (two, (usd1, dec1, units1)) = sorted(
        sides.items(), key=lambda side: int(side[0].address, 16)
    )
    for side in (one, two):
        side.approve(manager, MAX, sender=provider)
    pair = [one.address, two.address]
    start = sqrt_price_x96(price_ratio(usd0, dec0, usd1, dec1))
    create = "createAndInitializePoolIfNecessary(address,address,uint24,uint160)"
    provider.transfer(manager, 0, data=encode_call(create, [*pair, FEE_TIER, start]))
    ticks = (-FULL_RANGE, FULL_RANGE)
    terms = (*pair, FEE_TIER, *ticks, units0, units1, 0, 0, provider.address, 2**40)
    provider.transfer(manager, 0, data=encode_call(POSITION, [terms]))


@pytest.fixture(scope="session")
def token(world: World, hostile: dict[str, Any]) -> Any:
    """The token with pools against WETH, wstETH and USDC."""
    provider = ape.accounts.test_accounts[6]
    made = provider.deploy(hostile["HostileToken"], "Hostile", "HST", 18)
    for symbol in ("WETH", "wstETH", "USDC"):
        pool(world, made, symbol, provider)
    return made


@pytest.fixture
def scene(world: World, token: Any, depositor: Any) -> Scene:
    return prepare(world, token, depositor)


def through(world: World, token: Any, end: str, start: str = "WETH") -> list[Any]:
    return [world.v3(start, FEE_TIER, token.address, FEE_TIER, end)]


def test_nothing_gets_in_from_the_middle_of_a_path(scene: Scene, token: Any) -> None:
    """The first transfer comes before the pool was paid, the second after the vault was: at both
    moments balances and books disagree, and at both the vault is shut."""
    world, vault, depositor = scene.world, scene.world.vault, scene.depositor
    route = through(world, token, "wstETH")
    quoted = world.quote(route[0], 20 * ETH)
    scene.check_each_works(lambda data: token.call_out(vault, data, sender=depositor))
    for name, data in scene.calls.items():
        for moment in (1, 2) if name in BOTH_MOMENTS else (2,):
            with put_back():
                token.set_call(vault, data, moment, sender=depositor)
                receipt = world.harvest(scene.key, legs=route)
                assert token.calls_made() == moment, name
                assert not token.last_success(), (name, moment)
                # As if nobody had called.
                assert world.event(receipt, "Harvested").gross == quoted
                assert len(receipt.decode_logs(vault.Harvested)) == 1
    # The lock opens again, and what the harvest wrote is what the owner gets.
    net = world.event(world.harvest(scene.key, legs=route), "Harvested").net
    vault.withdraw(0, MAX, MAX, depositor, sender=depositor)
    assert world.balance("wstETH", depositor) == net


def test_nor_from_the_middle_of_a_sale_or_a_purchase(scene: Scene, token: Any) -> None:
    world, vault, depositor = scene.world, scene.world.vault, scene.depositor
    world.fund(depositor, "USDC", 3_000 * USDC)
    world.usdc.approve(vault, MAX, sender=depositor)
    entry = world.entry("WETH", 3_000 * USDC, depositor)
    out, back = through(world, token, "USDC"), through(world, token, "WETH", "USDC")

    def sell() -> None:
        vault.sell([(0, ETH)], 0, out, 1, MAX, depositor, sender=depositor)

    def buy() -> None:
        vault.buy(entry, back, 1, MAX, NO_PERMIT, sender=depositor)

    for outer in (sell, buy):
        for name in BOTH_MOMENTS:
            with put_back():
                token.set_call(vault, scene.calls[name], 2, sender=depositor)
                outer()
                assert token.calls_made() == 2
                assert not token.last_success(), (outer.__name__, name)


def test_a_token_in_the_path_that_cheats_only_stops_the_swap(scene: Scene, token: Any) -> None:
    """Charging for a transfer, or not moving at all: Uniswap itself refuses, nothing has moved."""
    world, attacker = scene.world, scene.depositor
    route = through(world, token, "wstETH")
    before = world.balance("WETH", world.vault), world.balance("wstETH", world.vault)
    for cheat, arguments in (("set_fee", 5_000), ("set_answers_false", True)):
        with put_back():
            getattr(token, cheat)(arguments, sender=attacker)
            with ape.reverts():
                world.harvest(scene.key, legs=route)
            world.harvest(scene.key)
    assert before == (
        world.balance("WETH", world.vault),
        world.balance("wstETH", world.vault),
    )


# ---------------------------------------------------------------- a listed token
def test_a_listed_token_gets_nothing_during_its_own_transfer(
    world: World, token: Any, depositor: Any
) -> None:
    feed = (world.deployment.feeds["rETH"], 365 * DAY, 200, WAD // 2, 4 * WAD)
    listed = world.vault.list_asset(
        (token.address, feed, ETH // 100, 1000 * ETH), sender=world.admin
    )
    asset, units = world.event(listed, "AssetListed").asset, 5 * ETH
    token.mint(depositor, 3 * units, sender=depositor)
    token.approve(world.vault, MAX, sender=depositor)
    world.vault.set_operator(token, True, sender=depositor)
    entry = (asset, units, world.policy.id, world.rules.hash(), 0, depositor.address)
    world.vault.deposit(entry, NO_PERMIT, sender=depositor)
    take = bytes(world.vault.withdraw.encode_input(0, MAX, MAX, token, depositor))
    with put_back():
        token.call_out(world.vault, take, sender=depositor)
    for after in (False, True):
        with put_back():
            token.set_call(world.vault, take, 1, after, sender=depositor)
            world.vault.deposit(entry, NO_PERMIT, sender=depositor)
            assert token.calls_made() == 1 and not token.last_success()
            token.set_call(world.vault, take, 1, after, sender=depositor)
            world.vault.withdraw(1, asset, MAX, depositor, sender=depositor)
            assert token.calls_made() == 1 and not token.last_success()
            assert world.vault.held(asset) == units == token.balanceOf(world.vault)


# ---------------------------------------------------------------- a listed adapter
def test_a_listed_adapter_gets_nothing_from_inside(
    world: World, hostile: dict[str, Any], depositor: Any
) -> None:
    vault = world.vault
    adapter = depositor.deploy(hostile["HostileAdapter"])
    scene = prepare(world, adapter, depositor)
    vault.set_adapter(adapter, True, sender=world.admin)
    price = world.mover.usd_prices()
    adapter.set_rate(world.weth, world.wsteth, price["WETH"], price["wstETH"], sender=depositor)
    acting, leg = ape.accounts[adapter.address], [(adapter.address, 0, b"")]
    # What it pays out of, beyond what its own attempts use.
    world.fund(acting, "wstETH", 100 * ETH)
    scene.check_each_works(lambda data: acting.transfer(vault, 0, data=data))
    adapter.set_mode(CALLS, sender=depositor)
    for name, data in scene.calls.items():
        with put_back():
            adapter.set_call(vault, data, sender=depositor)
            receipt = world.harvest(scene.key, legs=leg)
            assert not adapter.last_success(), name
            assert world.event(receipt, "Harvested").sold == 20 * ETH
    # Paying by a deposit would be counted twice: as proceeds, and as the adapter's own lot.
    adapter.set_mode(CALLS_UNPAID, sender=depositor)
    fair = 20 * ETH * price["WETH"] // price["wstETH"]
    pay = world.entry("wstETH", fair, acting)
    adapter.set_call(vault, vault.deposit.encode_input(pay, NO_PERMIT), sender=depositor)
    with ape.reverts("below floor"):
        world.harvest(scene.key, legs=leg, min_rate=0)
    assert vault.lot_count(adapter) == 1
    assert vault.cohorts(scene.key.pack()) == 20 * ETH << 128
