"""Whoever pushes the pool before a harvest and takes it back after: what he can do, in numbers.

The attacker is given everything: the harvest is the keeper's worst (no minimum rate), the cohort is
the largest that the vault lets grow, his purse has no end, and nobody trades in between.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import ape
import pytest

from tests.integration.ape.world import ETH, FEE, World, put_back
from vaultsdk.core.cohort import DAY, CohortKey
from vaultsdk.core.harvest_rules import bucket_used
from vaultsdk.core.words import BucketWord
from vaultsdk.devnet.params import WAD

LARGEST = 1_000 * ETH  # the cap of a cohort
# In whole ether. The pool of 0.01 % is about 600,000 deep: x of them move its price by x / 300,000.
WITHIN = (100, 1_000, 3_000, 7_000)
BEYOND = (10_000, 50_000)
# What the rate feeds of WETH (none) and wstETH may be off: counted by the bucket on top.
HIDDEN = Fraction(60, 10_000)


@dataclass(frozen=True)
class Attack:
    """A sandwich that went through; units of WETH. `gained` is the attacker's, before gas, and
    `lost` the depositors' against the feeds, the keeper's fee included."""

    pushed: int
    gained: int
    lost: int
    sold: int
    debit: int

    @property
    def share(self) -> Fraction:
        """What depositors lost of what they had."""
        return Fraction(self.lost, self.sold)


@pytest.fixture
def key(world: World, depositor: Any) -> CohortKey:
    """The largest cohort, ready to be harvested."""
    made = world.deposit(depositor, LARGEST)
    world.fall()
    return made


def floor(world: World) -> Fraction:
    """The most that a harvest may lose: the policy's slippage (its max_cost allows far more)."""
    return Fraction(world.rules.max_slippage, 10_000)


def push(world: World, attacker: Any, units: int) -> int:
    """Sell WETH for wstETH in the pool that the harvest is about to use; what it brought."""
    world.fund(attacker, "WETH", units)
    return world.swap(attacker, world.v3("WETH", 100, "wstETH"), units)


def take_back(world: World, attacker: Any, wsteth: int) -> int:
    """The way back; what it brought."""
    return world.swap(attacker, world.v3("wstETH", 100, "WETH"), wsteth)


def used(world: World) -> int:
    """What is used of the bucket as of the last block."""
    word = BucketWord.unpack(world.vault.bucket_word())
    return bucket_used(word, world.mover.now())


def sandwich(world: World, attacker: Any, key: CohortKey, units: int) -> Attack:
    """Push, harvest, take back; a push of nothing is an honest harvest."""
    bought = push(world, attacker, units) if units else 0
    before = BucketWord.unpack(world.vault.bucket_word())
    event = world.event(world.harvest(key), "Harvested")
    debit = event.bucket_used - bucket_used(before, event.timestamp)
    gained = take_back(world, attacker, bought) - units if units else 0
    worth = event.net * event.price_out // event.price_in
    return Attack(units, gained, event.sold - worth, event.sold, debit)


# ---------------------------------------------------------------- one harvest
def test_what_a_push_within_the_floor_brings(world: World, attacker: Any, key: CohortKey) -> None:
    """The harvest goes through; its loss stays within the policy's slippage, all of it is in the
    bucket, and the attacker gets less than his push has cost the depositors."""
    attacks = []
    for whole in (0, *WITHIN):
        with put_back():
            attacks.append(sandwich(world, attacker, key, whole * ETH))
    honest, *pushed = attacks
    for one in attacks:
        print(
            f"push {one.pushed // ETH:6} ether: depositors lose {float(one.share):.3%}, "
            f"attacker gains {one.gained / WAD:+.3f} ether"
        )
        assert 0 < one.share <= floor(world)
        assert one.lost <= one.debit <= one.lost + one.sold * HIDDEN + 1
    for weaker, stronger in zip(attacks, pushed, strict=False):
        assert weaker.lost < stronger.lost
        assert stronger.gained < stronger.lost - honest.lost
    # The worst of them is worth the attacker's while, or this test would show nothing.
    assert pushed[-1].gained > pushed[-1].lost // 2


def test_a_push_beyond_the_floor_is_for_nothing(
    world: World, depositor: Any, attacker: Any, key: CohortKey
) -> None:
    for whole in BEYOND:
        with put_back():
            bought = push(world, attacker, whole * ETH)
            before = used(world)
            with ape.reverts("below floor"):
                world.harvest(key)
            assert used(world) <= before
            assert world.vault.held(0) == world.balance("WETH", world.vault) == LARGEST
            assert world.vault.cohorts(key.pack()) == LARGEST << 128
            # The way back costs the attacker the pool's fee twice.
            assert take_back(world, attacker, bought) - whole * ETH < -whole * ETH // 10_000


def test_a_push_the_other_way_is_refused_too(world: World, attacker: Any, key: CohortKey) -> None:
    """Proceeds far above the feeds are no gift: feed and market disagree, so one of them is off."""
    world.fund(attacker, "wstETH", 12_000 * ETH)
    take_back(world, attacker, 12_000 * ETH)
    with ape.reverts("above ceiling"):
        world.harvest(key)


def test_an_honest_keepers_own_limit_is_nearer(world: World, attacker: Any, key: CohortKey) -> None:
    """The keeper asks for what was quoted to him, less 0.1 %: that is all that an attacker of his
    harvest can take, be the policy as generous as it may."""
    quoted = world.quote(world.v3("WETH", 100, "wstETH"), LARGEST)
    asked = (quoted - quoted * FEE // 10_000) * WAD // LARGEST * 999 // 1000
    too_much = 400
    for whole in (100, too_much):
        with put_back():
            bought = push(world, attacker, whole * ETH)
            if whole == too_much:
                with ape.reverts("rate below minimum"):
                    world.harvest(key, min_rate=asked)
                continue
            world.harvest(key, min_rate=asked)
            gained = take_back(world, attacker, bought) - whole * ETH
            assert 0 < gained < LARGEST // 1000


# ---------------------------------------------------------------- a day
def test_the_bucket_ends_a_day_of_sandwiches(world: World, depositor: Any, attacker: Any) -> None:
    """Cohort after cohort, as with a stolen keeper's key: the bucket says when it is enough."""
    keys = [world.deposit(depositor, LARGEST, shard=shard) for shard in range(4)]
    assert len(set(keys)) == 4
    world.fall()
    size = BucketWord.unpack(world.vault.bucket_word()).size
    attacks = []
    with ape.reverts("loss bucket full"):
        for key in keys:
            world.mover.step()  # others bring the pool back to the market after each
            attacks.append(sandwich(world, attacker, key, WITHIN[-1] * ETH))
    lost, gained = (sum(getattr(one, name) for one in attacks) for name in ("lost", "gained"))
    print(
        f"{len(attacks)} harvests: lost {lost / WAD:.2f} ether, gained {gained / WAD:.2f} ether, "
        f"the bucket has {size / WAD:.0f}"
    )
    assert 0 < len(attacks) < len(keys)
    assert gained < lost < sum(one.debit for one in attacks) <= size
    # The next one fits in its honest part only: the bucket is not there for show.
    assert 0 < size - used(world) < attacks[-1].debit

    # He has paid for a push that he cannot use. A day later honest harvests go on.
    rest = world.balance("wstETH", attacker)
    assert take_back(world, attacker, rest) < WITHIN[-1] * ETH
    world.mover.step(time=world.mover.now() + DAY)
    world.harvest(keys[len(attacks)])


def test_a_smaller_bucket_refuses_what_the_floor_allows(
    world: World, attacker: Any, key: CohortKey
) -> None:
    guardian = ape.accounts.test_accounts[2]
    world.vault.set_bucket(20 * ETH, sender=guardian)
    with put_back():
        assert sandwich(world, attacker, key, WITHIN[1] * ETH).debit <= 20 * ETH
    push(world, attacker, WITHIN[-1] * ETH)
    with ape.reverts("loss bucket full"):
        world.harvest(key)
