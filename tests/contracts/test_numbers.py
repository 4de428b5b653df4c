"""Numbers end before they leave their fields: harvests, policies, the units held.

Nobody can wait for two billion harvests, so the counters are written into storage directly.
"""

from __future__ import annotations

import boa
from eth_utils import keccak

from tests.contracts.support import HOLD_HASH, U128, cohort, days, list_asset, pay_in, policy_of
from tests.contracts.world import MAX, NO_PERMIT, RETH, WAD, WETH, WSTETH, World, deploy, deployer

HARVESTS = 138  # where the config word keeps their number


def slot(module: str, name: str) -> int:
    """Where a variable of a module of the vault is stored."""
    layout = deployer("LotVault.vy").compiler_data.storage_layout["storage_layout"]
    return int(layout[module][name]["slot"])


def write(world: World, module: str, name: str, value: int) -> None:
    boa.env.set_storage(world.vault.address, slot(module, name), value)


def test_harvests_stay_below_2_31(world: World) -> None:
    lots = [world.deposit(WETH, 12 * WAD, shard=shard) for shard in range(0, 24, 8)]
    keys = [world.key(lot) for lot in lots]
    days(2)
    world.set_eth(3_000)
    last = 2**31 - 1
    config = world.vault.config_word() | (last - 1) << HARVESTS
    write(world, "control", "config_word", config)
    assert world.vault.harvest_count() == last - 1
    assert world.harvest([keys[0]], WSTETH) == last == world.vault.harvest_count()
    with boa.reverts("too many harvests"):
        world.harvest([keys[1]], WSTETH)
    # Its lots roll as any others do, and nothing else in the word has moved.
    assert cohort(world, keys[0]) == (12 * WAD, last)
    world.vault.roll(world.depositor, lots[0], 1)
    assert world.key(lots[0]) & (2**32 - 1) == 2**31 | last
    assert world.vault.withdraw(lots[0], MAX, MAX, world.other, sender=world.depositor) == 10 * WAD
    assert world.vault.config_word() == config + (1 << HARVESTS)


def test_the_number_of_harvests_survives_every_other_write_to_its_word(world: World) -> None:
    lot = world.deposit(WETH, 12 * WAD)
    days(2)
    world.set_eth(3_000)
    world.harvest([world.key(lot)], WSTETH)
    vault = world.vault
    vault.set_paused(3, sender=world.guardian)
    vault.set_paused(1, sender=world.admin)
    vault.set_listed(WETH, False, sender=world.guardian)
    vault.set_listed(WETH, True, sender=world.admin)
    assert vault.harvest_count() == 1
    assert vault.config_word() == (1 << HARVESTS) | (1 << 136) | (3 << 128) | 0b111


def test_policies_stay_below_2_32(world: World) -> None:
    write(world, "registry", "policy_count", 2**32 - 1)
    last = policy_of(world, min_loss=700)
    assert last == 2**32 - 1
    lot = world.deposit(WETH, WAD, policy=last)
    assert (world.key(lot) >> 72) & (2**32 - 1) == last
    assert world.key(lot) >> 104 == WETH
    with boa.reverts("too many policies"):
        policy_of(world, min_loss=800)
    assert policy_of(world, min_loss=700) == last


def test_nobody_joins_a_cohort_that_is_harvested(world: World) -> None:
    # No cohort can be harvested on its own day, so that this one is has to be written down.
    key = world.key(world.deposit(WETH, WAD))
    place = slot("lotbook", "cohorts").to_bytes(32, "big") + key.to_bytes(32, "big")
    assert cohort(world, key) == (WAD, 0)
    boa.env.set_storage(world.vault.address, int.from_bytes(keccak(place), "big"), (WAD << 128) | 1)
    assert cohort(world, key) == (WAD, 1)
    assert world.key(world.deposit(WETH, WAD)) == key + 1  # the next shard
    hold = world.deposit(WETH, WAD, policy=0)
    digest = world.policy_hash(world.policy)
    world.vault.change_policy(hold, WETH, MAX, world.policy, digest, 0, sender=world.depositor)
    assert world.key(hold) == key + 1
    assert cohort(world, key) == (WAD, 1)
    assert cohort(world, key + 1) == (2 * WAD, 0)


def test_two_assets_share_a_word_of_held_and_nothing_else(world: World) -> None:
    tokens = [deploy("test/TestERC20.vy", "Vast", "VAST", 18) for _ in range(3)]
    _, even, odd = (list_asset(world, token) for token in tokens)
    assert (even, odd) == (4, 5)

    def deposit(asset: int, units: int) -> int:
        token = tokens[asset - 3]
        pay_in(world, token, world.depositor, units)
        entry = (asset, units, 0, HOLD_HASH, 0, world.depositor)
        lot = world.vault.deposit_declared(entry, 0, 0, NO_PERMIT, sender=world.depositor)
        return int(lot)

    def held() -> tuple[int, int]:
        return world.vault.held(even), world.vault.held(odd)

    first = deposit(even, U128)
    assert held() == (U128, 0)
    with boa.reverts("amounts out of range"):
        deposit(even, 1)  # would run into the neighbour's half
    second = deposit(odd, U128 - 1)
    assert held() == (U128, U128 - 1)
    deposit(odd, 1)
    with boa.reverts("amounts out of range"):
        deposit(odd, 1)
    world.vault.withdraw(first, even, 7, world.other, sender=world.depositor)
    assert held() == (U128 - 7, U128)
    world.vault.withdraw(second, odd, MAX, world.other, sender=world.depositor)
    assert held() == (U128 - 7, 1)
    world.vault.withdraw(first, even, MAX, world.other, sender=world.depositor)
    assert held() == (0, 1)
    assert world.vault.held(3) == world.vault.held(WETH) == 0


def test_held_counts_a_harvest_between_neighbours_and_between_strangers(world: World) -> None:
    for to_asset, kept in ((WSTETH, RETH), (RETH, WSTETH)):
        with boa.env.anchor():
            lot = world.deposit(WETH, 12 * WAD)
            world.deposit(WETH, WAD, policy=0)
            world.deposit(kept, 5 * WAD, policy=0)
            world.deposit(to_asset, 3 * WAD, policy=0)
            days(2)
            world.set_eth(3_000)
            world.harvest([world.key(lot)], to_asset)
            got = 12 * WAD * WAD // world.rate(to_asset)
            assert world.vault.held(WETH) == WAD
            assert world.vault.held(kept) == 5 * WAD
            assert world.vault.held(to_asset) == 3 * WAD + got
