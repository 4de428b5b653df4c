"""Random sets of pools between three tokens, for sales of A for B, directly or through C."""

from __future__ import annotations

from math import isqrt
from random import Random
from typing import NamedTuple

from tests.unit.market.pools.builders import A, B, C, Position, v2, v3
from vaultsdk.core.model import int_to_address
from vaultsdk.core.pools import V2Pool, V3Pool
from vaultsdk.core.pools.ticks import MAX_TICK, MIN_TICK, tick_at, word_of

SPACING = {100: 1, 500: 10, 3000: 60, 10000: 200}
SIDES = ((A, B), (A, C), (B, C))


class World(NamedTuple):
    """Pools, a size to sell, and what a swap costs in units of B."""

    pools: tuple[V2Pool | V3Pool, ...]
    amount: int
    swap_cost: int


def random_world(seed: int) -> World:
    """Prices near one another, depths from tiny to large, every kind of pool."""
    random = Random(seed)
    scale = 10 ** random.randint(12, 20)  # units of A that a middling pool holds
    rates = {A: 1.0, B: 10 ** random.uniform(-3, 4), C: 10 ** random.uniform(-3, 4)}
    pools: list[V2Pool | V3Pool] = []
    direct = random.randint(0, 4)
    sides = [SIDES[0]] * direct
    if not direct or random.random() < 0.6:
        sides += [SIDES[1]] * random.randint(1, 2) + [SIDES[2]] * random.randint(1, 2)
    one_kind = random.random() < 0.5
    for place, (token0, token1) in enumerate(sides):
        rate = rates[token1] / rates[token0] * (1 + random.gauss(0, 0.004))
        depth = int(scale * rates[token0] * 10 ** random.uniform(-2, 1)) + 1000
        address = int_to_address(0xF000 + random.randrange(1 << 40) * 16 + place)
        is_v2 = random.random() < (0.2 if one_kind else 0.5)
        make = _v2 if is_v2 else _v3
        pool = make(random, depth, rate)
        place_of = {"address": address, "token0": token0, "token1": token1}
        pools.append(pool.model_copy(update=place_of))
    if pools and random.random() < 0.15:
        # Two pools alike.
        copy = pools[0].model_copy(update={"address": int_to_address(0xE000)})
        pools.append(copy)
    amount = max(1, int(scale * 10 ** random.uniform(-3, 0.3)))
    cost = 0
    if random.random() < 0.6:
        cost = int(amount * rates[B] * 10 ** random.uniform(-5, -2))
    return World(tuple(pools), amount, cost)


def _v2(random: Random, depth: int, rate: float) -> V2Pool:
    fee = random.choice([3000, 3000, 2500, 500])
    return v2(max(1, depth), max(1, int(depth * rate)), fee)


def _v3(random: Random, depth: int, rate: float) -> V3Pool:
    fee = random.choice(list(SPACING))
    spacing = SPACING[fee]
    price = isqrt(int(rate * 2**64) << 128)
    liquidity = depth * isqrt(int(rate * 10**18)) // 10**9 + 1
    middle = tick_at(price) // spacing
    positions = []
    shape = random.random()
    if shape < 0.6:
        end = MAX_TICK // spacing
        positions.append(Position(-end * spacing, end * spacing, liquidity))
    for _ in range(random.randint(1, 3)):
        # Some begin away from the price, so that there may be gaps.
        start = middle + random.randint(-600, 500) // spacing * (random.random() < 0.7)
        reach = random.randint(1, 2000) // spacing + 1
        low, high = (start - reach) * spacing, (start + reach) * spacing
        if MIN_TICK <= low < high <= MAX_TICK:
            positions.append(Position(low, high, liquidity * random.randint(1, 40)))
    made = v3(positions, price, fee, spacing)
    if random.random() < 0.2:
        return _read_in_part(made)
    return made


def _read_in_part(pool: V3Pool) -> V3Pool:
    """The same pool, of which only the ticks near the price are known."""
    word = word_of(pool.tick, pool.tick_spacing)
    known = tuple(one for one in pool.ticks if word_of(one[0], pool.tick_spacing) == word)
    if not (known or pool.liquidity):
        return pool
    return V3Pool(**(pool.model_dump() | {"words": (word, word), "ticks": known}))
