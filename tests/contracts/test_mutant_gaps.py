"""What seeded bugs slipped through: each test here is for one that no other contract test saw.

Limits over several cohorts are the strictest of all, wherever the strict one stands among the keys:
first, last or in the middle. Keys sort by policy, so policies are created in the order wanted.
"""

from __future__ import annotations

import boa
import pytest

from tests.contracts.support import days, policy_of
from tests.contracts.world import WAD, WETH, WSTETH, World

STRICT = {"max_slippage": 100, "max_fee": 10, "max_cost": 5_000}
LOOSE = (
    {"max_slippage": 300, "max_fee": 50, "max_cost": 5_000},
    {"max_slippage": 400, "max_fee": 60, "max_cost": 5_000},
)


@pytest.fixture(params=range(3), ids=["strict first", "strict second", "strict last"])
def keys(world: World, request: pytest.FixtureRequest) -> list[int]:
    """Three cohorts of WETH, ten thousand paid for each token, to be sold at three thousand."""
    terms = list(LOOSE)
    terms.insert(request.param, STRICT)
    policies = [policy_of(world, **each) for each in terms]
    lots = [world.deposit(WETH, WAD, basis=10_000 * WAD, policy=policy) for policy in policies]
    days(2)
    world.set_eth(3_000)
    found = [world.key(lot) for lot in lots]
    assert found == sorted(found)
    return found


def market_gives(world: World, share: int) -> None:
    """The adapter pays `share` bps of what the feeds say."""
    world.adapter.set_rate(world.weth, world.wsteth, share * WAD, 12_000 * WAD)


def test_the_largest_floor_counts_wherever_it_stands(world: World, keys: list[int]) -> None:
    market_gives(world, 9_890)
    with boa.reverts("below floor"):
        world.harvest(keys, WSTETH)
    market_gives(world, 9_910)
    world.harvest(keys, WSTETH)


def test_the_smallest_ceiling_counts_wherever_it_stands(world: World, keys: list[int]) -> None:
    market_gives(world, 10_110)
    with boa.reverts("above ceiling"):
        world.harvest(keys, WSTETH)
    market_gives(world, 10_090)
    world.harvest(keys, WSTETH)


def test_the_smallest_fee_cap_counts_wherever_it_stands(world: World, keys: list[int]) -> None:
    with boa.reverts("fee above policy"):
        world.harvest(keys, WSTETH, fee=11)
    world.harvest(keys, WSTETH, fee=10)
