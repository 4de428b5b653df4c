"""Policies: immutable, found by content, within the deployment's hard bounds."""

from __future__ import annotations

import boa
import pytest
from eth_utils import keccak

from tests.contracts.support import another_vault, logs, policy_of
from tests.contracts.world import BOUNDS, POLICY, World
from vaultsdk.core.policy import Policy

SHIFTS = {
    "mask": 96,
    "min_loss": 80,
    "max_cost": 64,
    "max_slippage": 48,
    "max_fee": 32,
    "min_hold_days": 16,
    "tax_value": 0,
}


def word(**values: int) -> int:
    """A policy word from the table in the design."""
    content = POLICY.model_dump() | values
    return sum(content[name] << shift for name, shift in SHIFTS.items())


def test_a_policy_is_stored_as_its_word(world: World) -> None:
    new = world.vault.create_policy(word(min_loss=1_234), sender=world.other)
    assert new == world.policy + 1
    assert world.vault.policies(new) == word(min_loss=1_234)
    assert world.vault.policy_id(word(min_loss=1_234)) == new
    assert world.vault.policy_count() == new + 1


def test_the_same_content_is_the_same_policy(world: World) -> None:
    count = world.vault.policy_count()
    assert world.vault.create_policy(word(), sender=world.other) == world.policy
    assert logs(world) == []
    assert world.vault.policy_count() == count
    # Also when it could not be created any more.
    world.vault.set_listed(2, False, sender=world.guardian)
    assert world.vault.create_policy(word(), sender=world.other) == world.policy


def test_policy_zero_is_hold(world: World) -> None:
    assert world.vault.policies(0) == 0
    assert world.vault.create_policy(0, sender=world.other) == 0
    assert world.vault.policy_id(0) == 0
    assert world.policy_hash(0) == keccak(b"\0" * 32)


@pytest.mark.parametrize(
    ("name", "most", "reason"),
    [
        ("min_loss", 10_000, "min_loss too high"),
        ("max_cost", BOUNDS[0], "max_cost too high"),
        ("max_slippage", BOUNDS[1], "max_slippage too high"),
        ("max_fee", BOUNDS[2], "max_fee too high"),
        ("tax_value", 10_000, "tax_value too high"),
    ],
)
def test_the_hard_bounds(world: World, name: str, most: int, reason: str) -> None:
    with boa.reverts(reason):
        world.vault.create_policy(word(**{name: most + 1}))
    with boa.reverts(reason):
        world.vault.create_policy(word(**{name: 2**16 - 1}))
    policy = world.vault.create_policy(word(**{name: most}))
    assert getattr(Policy.from_word(world.vault.policies(policy)), name) == most


def test_a_day_is_the_shortest_hold(world: World) -> None:
    with boa.reverts("hold below one day"):
        world.vault.create_policy(word(min_hold_days=0))
    world.vault.create_policy(word(min_hold_days=2**16 - 1))


def test_replacements_must_be_listed(world: World) -> None:
    with boa.reverts("unlisted replacement"):
        world.vault.create_policy(word(mask=0b1111))
    with boa.reverts("unlisted replacement"):
        world.vault.create_policy(word(mask=1 << 127))
    world.vault.set_listed(1, False, sender=world.guardian)
    with boa.reverts("unlisted replacement"):
        world.vault.create_policy(word(mask=0b010))
    world.vault.create_policy(word(mask=0b101, min_loss=1))


def test_the_unused_bits_stay_unused(world: World) -> None:
    for bit in (224, 255):
        with boa.reverts("policy out of range"):
            world.vault.create_policy(word() | (1 << bit))


def test_the_deployment_s_bounds_are_shares(world: World) -> None:
    for place in range(4):
        bounds = [10_000] * 4
        another_vault(world, bounds=tuple(bounds))
        bounds[place] = 10_001
        with boa.reverts("bounds above one"):
            another_vault(world, bounds=tuple(bounds))


def test_bounds_are_read_from_the_deployment(world: World) -> None:
    assert tuple(world.vault.bounds()) == BOUNDS
    wider = another_vault(world, bounds=(10_000, 10_000, 10_000, 0))
    policy_of(wider, max_cost=10_000, max_slippage=10_000, max_fee=10_000)


def test_nothing_changes_a_policy(world: World) -> None:
    setters = [
        function["name"]
        for function in world.vault.abi
        if function["type"] == "function"
        and function["stateMutability"] not in ("view", "pure")
        and "policy" in function["name"]
    ]
    assert sorted(setters) == ["change_policy", "create_policy"]
