"""Whatever state the vault is in, everybody can leave with everything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import boa
import pytest

from tests.contracts.support import (
    LATER,
    U128,
    days,
    feed_config,
    logs,
    policy_of,
)
from tests.contracts.world import (
    BASE,
    MAX,
    QUOTE,
    RETH,
    WAD,
    WETH,
    WSTETH,
    World,
    deploy,
)


@dataclass(frozen=True)
class Crowd:
    """A vault that has lived: lots of every kind, of two owners."""

    world: World
    owners: tuple[str, str]

    def lots(self) -> list[tuple[str, int]]:
        vault = self.world.vault
        return [
            (owner, lot)
            for owner in self.owners
            for lot in range(vault.lot_count(owner))
            if vault.lots(owner, lot)[0] != 0
        ]


@pytest.fixture
def crowd(world: World) -> Crowd:
    second = policy_of(world, min_loss=700)
    owners = (world.depositor, world.other)
    for index, owner in enumerate(owners):
        world.deposit(WETH, 7 * WAD + index, owner=owner)
        world.deposit(WETH, 5 * WAD, owner=owner, policy=second, shard=index)
        world.deposit(WETH, WAD, owner=owner, basis=U128)
        world.deposit(WETH, WAD, owner=owner, basis=0)
        world.deposit(WSTETH, 3 * WAD, owner=owner, policy=0)
        world.deposit(RETH, 2 * WAD, owner=owner)
    keys = sorted({world.key(0), world.key(1), world.key(1, world.other)})
    days(2)
    world.set_eth(3_000)
    world.harvest(keys, WSTETH, fee=13)
    opened = [event.key for event in logs(world, "CohortOpened")]
    world.vault.withdraw(0, WSTETH, WAD, world.admin, sender=world.other)
    days(2)
    world.set_eth(2_500)
    world.harvest(opened, RETH)
    world.vault.roll(world.depositor, 1, 1)
    world.vault.offer_lot(1, world.other, 2, sender=world.depositor)
    days(1)
    return Crowd(world, owners)


def paused(world: World) -> None:
    world.vault.set_paused(3, sender=world.guardian)


def delisted(world: World) -> None:
    for asset in range(3):
        world.vault.set_listed(asset, False, sender=world.guardian)


def no_room(world: World) -> None:
    for asset in range(3):
        world.vault.set_limits(asset, U128, 0, sender=world.guardian)
    world.vault.set_bucket(0, sender=world.guardian)


def broken_adapter(world: World) -> None:
    world.adapter.set_mode(8)


def no_adapter(world: World) -> None:
    world.vault.set_adapter(world.adapter, False, sender=world.guardian)


def nobody_in_charge(world: World) -> None:
    world.vault.set_roles(world.guardian, 0, sender=world.admin)
    world.vault.set_roles(world.keeper, 0, sender=world.admin)


def feeds(mode: int) -> Callable[[World], None]:
    def dead(world: World) -> None:
        liar = deploy("test/LyingFeed.vy", 8, 1)
        liar.set_mode(mode)
        for feed_id in (BASE, QUOTE, WETH, WSTETH, RETH):
            world.vault.set_feed(feed_id, feed_config(liar), sender=world.admin)

    dead.__name__ = f"feeds_in_mode_{mode}"
    return dead


def feeds_without_code(world: World) -> None:
    for feed in (world.base_feed, world.usdc_feed, world.wsteth_feed, world.reth_feed):
        boa.env.set_code(feed.address, b"")


def everything_at_once(world: World) -> None:
    feeds(4)(world)
    for state in (paused, delisted, no_room, broken_adapter, no_adapter, nobody_in_charge):
        state(world)
    days(10_000)


STATES = [
    paused,
    delisted,
    no_room,
    broken_adapter,
    no_adapter,
    nobody_in_charge,
    feeds_without_code,
    *(feeds(mode) for mode in range(1, 11)),
    everything_at_once,
]


@pytest.mark.parametrize("state", STATES, ids=[state.__name__ for state in STATES])
def test_everybody_leaves_with_everything(crowd: Crowd, state: Callable[[World], None]) -> None:
    world = crowd.world
    state(world)
    lots = crowd.lots()
    assert len(lots) == 12
    before = [world.vault.held(asset) for asset in range(3)]
    taken = [0, 0, 0]
    for owner, lot in reversed(lots):
        units = world.vault.withdraw(lot, MAX, MAX, world.guardian, sender=owner)
        taken[logs(world, "Withdrawn")[0].asset] += units
    assert crowd.lots() == []
    received = [token.balanceOf(world.guardian) for token in world.tokens]
    assert received == taken
    # Nothing stays but dust: less than one unit for each lot and hop.
    for asset in range(3):
        left = world.vault.held(asset)
        assert left == before[asset] - taken[asset]
        assert 0 <= left <= 16
        assert world.tokens[asset].balanceOf(world.vault) >= left
    assert sum(taken) > 30 * WAD


def test_in_parts_too(crowd: Crowd) -> None:
    world = crowd.world
    everything_at_once(world)
    for owner, lot in crowd.lots():
        world.vault.roll(owner, lot, 64)
        head, body = world.vault.lots(owner, lot)
        asset, units = head >> 248, body >> 128
        world.vault.withdraw(lot, asset, units // 3, world.guardian, sender=owner)
        world.vault.withdraw_many([(lot, 1), (lot, MAX)], asset, world.guardian, sender=owner)
    assert crowd.lots() == []


def test_a_sale_is_open_as_long_as_an_adapter_is(crowd: Crowd) -> None:
    world = crowd.world
    for state in (feeds(4), paused, delisted, no_room, nobody_in_charge):
        state(world)
    owner = world.depositor
    for _, lot in [entry for entry in crowd.lots() if entry[0] == owner]:
        world.vault.sell([(lot, MAX)], MAX, [world.leg()], 1, LATER, owner, sender=owner)
    assert [entry for entry in crowd.lots() if entry[0] == owner] == []


def test_a_withdrawal_makes_no_call_but_the_transfer(crowd: Crowd) -> None:
    # No feed is asked, however it would answer: the only contracts called are tokens.
    world = crowd.world
    lot = crowd.lots()[0][1]
    world.vault.withdraw(lot, MAX, MAX, world.guardian, sender=crowd.owners[0])
    children = world.vault._computation.children
    tokens = {token.address for token in world.tokens}
    called = {boa.util.abi.Address(child.msg.to) for child in children}
    assert len(children) == 1
    assert called <= tokens
