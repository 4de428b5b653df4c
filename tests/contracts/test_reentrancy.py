"""One lock for everything: no function and no getter answers while a token is being moved.

The hostile token has every role, owns lots, holds an offer and is an operator, so that each call
that it makes in the middle of a transfer would succeed at any other time; that is checked first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import boa
import pytest
from boa.contracts.vyper.vyper_contract import VyperContract

from tests.contracts.support import (
    HOLD_HASH,
    LATER,
    asset_config,
    base_config,
    calldata,
    days,
    list_asset,
    pay_in,
)
from tests.contracts.world import (
    BASE,
    BUCKET,
    COHORT_CAP,
    MAX,
    MIN_DEPOSIT,
    NO_PERMIT,
    POLICY,
    QUOTE,
    WAD,
    WETH,
    WSTETH,
    World,
    deploy,
)

# They never change, so there is nothing that could be half done about them.
IMMUTABLE = {"sequencer", "grace", "quote", "quote_decimals", "bounds"}


def type_of(argument: dict[str, Any]) -> str:
    """An argument's type with structs written out."""
    kind = str(argument["type"])
    if kind.startswith("tuple"):
        return f"({','.join(map(type_of, argument['components']))}){kind[5:]}"
    return kind


@dataclass(frozen=True)
class Scene:
    """A hostile asset with everything that it could wish for."""

    world: World
    token: VyperContract
    asset: int
    lot: int  # of the hostile asset, the depositor's
    key: int  # a WETH cohort that may be harvested
    arguments: dict[str, tuple[Any, ...]]

    def data(self, function: dict[str, Any]) -> bytes:
        """The call of a function with arguments that are good."""
        signature = f"{function['name']}({','.join(map(type_of, function['inputs']))})"
        values = self.arguments[function["name"]][: len(function["inputs"])]
        return calldata(signature, *values)


@pytest.fixture
def scene(world: World) -> Scene:
    token = deploy("test/HostileToken.vy", "Hostile", "HOSTILE", 18)
    asset = list_asset(world, token, minimum=MIN_DEPOSIT, cap=COHORT_CAP)
    new = deploy("test/TestERC20.vy", "New", "NEW", 18)
    vault, owner = world.vault, token.address
    vault.set_roles(owner, 7, sender=world.admin)
    vault.set_operator(owner, True, sender=world.depositor)
    for account in (owner, world.depositor):
        pay_in(world, token, account, 100 * WAD)
        world.fund(account, WETH, 100 * WAD)
        world.fund(account, QUOTE, 10**12)
    entry = (asset, 10 * WAD, 0, HOLD_HASH, 0, world.depositor)
    lot = vault.deposit_declared(entry, WAD, 0, NO_PERMIT, sender=world.depositor)
    mine = world.deposit(WETH, 10 * WAD, owner=owner)
    offered = world.deposit(WETH, 10 * WAD, policy=0)
    nonce = vault.offer_lot(offered, owner, 0, sender=world.depositor)
    token.mint(world.adapter, 10**6 * WAD)
    world.adapter.set_rate(world.usdc, token, 10**12, 1)
    world.adapter.set_rate(token, world.usdc, 1, 10**12)
    world.adapter.set_rate(world.weth, token, 1, 1)
    days(2)
    world.set_eth(3_000)
    key = world.key(mine, owner)
    weth_entry = world.entry(WETH, WAD, owner=owner)
    terms = (WETH, WAD, 40_000 * WAD, boa.env.timestamp - 2 * 86_400, 0, 0)
    arguments: dict[str, tuple[Any, ...]] = {
        "set_roles": (world.keeper, 0),
        "set_paused": (3,),
        "set_listed": (WETH, False),
        "set_feed": (BASE, base_config(world)),
        "list_asset": (asset_config(new),),
        "set_limits": (WETH, MIN_DEPOSIT, COHORT_CAP),
        "set_adapter": (world.adapter, False),
        "set_bucket": (BUCKET,),
        "harvest": ([key], WSTETH, [world.leg()], 0, 0, 0, LATER),
        "change_policy": (mine, WETH, MAX, 0, HOLD_HASH, 0),
        "set_operator": (world.other, True),
        "offer_lot": (mine, world.other, 0),
        "claim_lot": (world.depositor, offered, nonce, terms),
        "roll": (owner, mine, 64),
        "create_policy": (POLICY.model_copy(update={"min_loss": 1}).word(),),
        "deposit": (weth_entry, NO_PERMIT),
        "deposit_declared": (weth_entry, 0, 0, NO_PERMIT),
        "buy": (world.entry(WETH, 3_000 * 10**6, owner=owner), [world.leg()], 0, LATER, NO_PERMIT),
        "withdraw": (mine, WETH, MAX, owner, owner),
        "withdraw_many": ([(mine, MAX)], WETH, owner, owner),
        "sell": ([(mine, MAX)], WETH, [world.leg()], 0, LATER, owner),
        "roles": (owner,),
        "adapters": (world.adapter,),
        "lots": (owner, mine),
        "lot_count": (owner,),
        "offers": (owner, mine),
        "operators": (owner, owner),
        "answer_bounds": (BASE,),
        "feed_words": (BASE,),
        "read_feed": (BASE,),
    }
    for function in vault.abi:
        if function["type"] == "function" and function["name"] not in arguments:
            # What is left are getters of one number or of none.
            assert function["stateMutability"] in ("view", "pure"), function["name"]
            arguments[function["name"]] = (0,)
    return Scene(world, token, asset, lot, key, arguments)


def test_no_function_and_no_getter_answers_during_a_transfer(scene: Scene) -> None:
    world, token = scene.world, scene.token
    functions = [f for f in world.vault.abi if f["type"] == "function"]
    assert len(functions) > 40
    answered = set()
    for function in functions:
        data = scene.data(function)
        with boa.env.anchor():
            # Now: it works.
            boa.env.raw_call(world.vault.address, sender=token.address, data=data)
        with boa.env.anchor():
            # In the middle of a withdrawal: it does not, and the withdrawal goes through.
            token.set_call(world.vault, data)
            arguments = (scene.lot, scene.asset, MAX, world.other)
            world.vault.withdraw(*arguments, sender=world.depositor)
            assert token.calls_made() == 1
            if token.last_success():
                answered.add(function["name"])
            assert token.balanceOf(world.other) == 10 * WAD
            assert world.vault.held(scene.asset) == 0
    assert answered <= IMMUTABLE


def in_deposit(scene: Scene) -> None:
    entry = (scene.asset, WAD, 0, HOLD_HASH, 0, scene.world.depositor)
    pay_in(scene.world, scene.token, scene.world.depositor, WAD)
    scene.world.vault.deposit_declared(entry, 0, 0, NO_PERMIT, sender=scene.world.depositor)


def in_buy(scene: Scene) -> None:
    entry = (scene.asset, 10**6, 0, HOLD_HASH, 0, scene.world.depositor)
    legs = [scene.world.leg()]
    scene.world.vault.buy(entry, legs, 0, LATER, NO_PERMIT, sender=scene.world.depositor)


def in_withdraw_many(scene: Scene) -> None:
    arguments = ([(scene.lot, MAX)], scene.asset, scene.world.other)
    scene.world.vault.withdraw_many(*arguments, sender=scene.world.depositor)


def in_sell(scene: Scene) -> None:
    items, legs = [(scene.lot, MAX)], [scene.world.leg()]
    to = scene.world.other
    scene.world.vault.sell(items, scene.asset, legs, 0, LATER, to, sender=scene.world.depositor)


def in_harvest(scene: Scene) -> None:
    world = scene.world
    world.base_feed.set_answer(3_000 * 10**8, sender=world.admin)
    policy = world.create_policy(POLICY.model_copy(update={"mask": 0b1111}))
    lot = world.deposit(WETH, WAD, basis=4_000 * WAD, policy=policy)
    days(2)
    world.harvest([world.key(lot)], scene.asset)


@pytest.mark.parametrize("outer", [in_deposit, in_buy, in_withdraw_many, in_sell, in_harvest])
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("inner", ["withdraw", "held", "roles"])
def test_every_entry_that_moves_tokens_holds_the_lock(
    scene: Scene, outer: Any, after: bool, inner: str
) -> None:
    function = next(f for f in scene.world.vault.abi if f.get("name") == inner)
    scene.token.set_call(scene.world.vault, scene.data(function), 1, after)
    outer(scene)
    assert scene.token.calls_made() == 1
    assert not scene.token.last_success()


def test_a_malicious_token_in_the_middle_of_a_path(scene: Scene) -> None:
    # The adapter's route goes through a token that calls the vault on the way: as an owner, as an
    # operator and as the keeper that it is.
    world, token = scene.world, scene.token
    lot = world.deposit(WETH, 12 * WAD, basis=12 * 4_000 * WAD)
    days(2)
    world.adapter.set_mode(3)
    world.adapter.set_call(token, calldata("transfer(address,uint256)", world.other, 1))
    functions = [f for f in world.vault.abi if f["type"] == "function"]
    for function in functions:
        with boa.env.anchor():
            token.set_call(world.vault, scene.data(function))
            world.harvest([world.key(lot)], WSTETH)
            assert token.calls_made() == 1
            assert not token.last_success() or function["name"] in IMMUTABLE
            assert world.vault.held(WSTETH) == world.wsteth.balanceOf(world.vault) == 10 * WAD
