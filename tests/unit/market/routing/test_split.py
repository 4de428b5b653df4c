"""Splits against brute force, against closed forms, and what must hold whatever the pools."""

from __future__ import annotations

import os
import time
from fractions import Fraction
from itertools import combinations
from math import isqrt
from random import Random

import pytest

from tests.unit.market.pools.builders import WAD, A, B, C, Position, stable, v2, v3
from tests.unit.market.routing import reference
from tests.unit.market.routing.worlds import World, random_world
from vaultsdk.core.model import int_to_address
from vaultsdk.core.pools import V2Pool, V3Pool
from vaultsdk.core.pools.ticks import Q96, sqrt_price_at
from vaultsdk.market.pools import apply, quote
from vaultsdk.market.routing import RoutingError, Split, costs, split, swap_cost_in

BATCHES = int(os.environ.get("LOTVAULT_ROUTING_BATCHES", "8"))
PER_BATCH = 40
CLOSE = 20_000  # within 0.005 %: half of what is promised


def at(pool: V2Pool | V3Pool, number: int, tokens: tuple[str, str] = (A, B)) -> V2Pool | V3Pool:
    fields = {"address": int_to_address(0xF000 + number), "token0": tokens[0], "token1": tokens[1]}
    return pool.model_copy(update=fields)


def replayed(world: World, made: Split) -> int:
    """The legs on the pools, one after the other, as the vault gives them their shares."""
    now = {pool.address: pool for pool in world.pools}
    rest, total = made.amount_in, 0
    for place, leg in enumerate(made.legs):
        last = place == len(made.legs) - 1
        amount = rest if last else made.amount_in * leg.share // WAD
        assert amount == leg.amount_in > 0
        rest -= amount
        for address, token in zip(leg.route.pools, leg.route.tokens[:-1], strict=True):
            found = quote(now[address], token, amount)
            assert not found.partial
            now[address] = apply(now[address], found)  # type: ignore[type-var]
            amount = found.amount_out
        assert amount == leg.amount_out
        total += amount
    assert rest == 0
    return total


# ---------------------------------------------------------------- the optimum
@pytest.mark.parametrize("batch", range(BATCHES))
def test_as_good_as_brute_force(batch: int) -> None:
    tried = 0
    for seed in range(batch * PER_BATCH, (batch + 1) * PER_BATCH):
        world = random_world(seed)
        if len(reference.paths(world.pools, A, B)) > 5:
            continue  # brute force would take minutes; test_many_routes has these
        best = reference.best(world.pools, A, B, world.amount, 4, world.swap_cost)
        try:
            made = split(world.pools, A, B, world.amount, swap_cost=world.swap_cost)
        except RoutingError:
            assert best is None, seed
            continue
        assert replayed(world, made) == made.amount_out, seed
        assert best is not None and best - made.net <= abs(best) // CLOSE + 2, seed
        tried += 1
    assert tried > PER_BATCH // 3


@pytest.mark.parametrize("max_legs", [1, 2, 3])
def test_as_good_with_fewer_legs(max_legs: int) -> None:
    for seed in range(1000, 1030):
        world = random_world(seed)
        if len(reference.paths(world.pools, A, B)) > 5:
            continue
        best = reference.best(world.pools, A, B, world.amount, max_legs, world.swap_cost)
        try:
            made = split(
                world.pools, A, B, world.amount, max_legs=max_legs, swap_cost=world.swap_cost
            )
        except RoutingError:
            assert best is None, seed
            continue
        assert len(made.legs) <= max_legs
        assert best is not None and best - made.net <= abs(best) // CLOSE + 2, seed


def test_many_routes() -> None:
    """Sets too large for brute force: no leg could give a part of its amount to another path and
    bring more, and no set of single pools is better."""
    for seed in range(2000, 2060):
        world = random_world(seed)
        known = reference.paths(world.pools, A, B)
        if len(known) <= 6:
            continue
        made = split(world.pools, A, B, world.amount, swap_cost=world.swap_cost)
        assert replayed(world, made) == made.amount_out
        for path in known:
            alone = reference.out_of([(path, world.amount)], A)
            assert made.net >= alone - world.swap_cost * (len(path) - 1)
        for pair in combinations(known, 2):
            for part in (1, 2, 3):
                first = world.amount * part // 4
                out = reference.out_of([(pair[0], first), (pair[1], world.amount - first)], A)
                swaps = sum(map(len, pair))
                assert out - world.swap_cost * (swaps - 1) <= made.net + abs(made.net) // CLOSE


def test_closed_form_of_two_pairs() -> None:
    """Without fees, pairs in proportion: x_i proportional to the root of R_i S_i less R_i, so that
    pairs at one price are used by their size, and the sale moves all of them alike."""
    pools = [at(v2(10**21 * k, 2 * 10**21 * k, fee=0), k) for k in (1, 2, 5)]
    made = split(pools, A, B, 8 * 10**19)
    sizes = {leg.route.pools[0]: leg.amount_in for leg in made.legs}
    for k, pool in zip((1, 2, 5), pools, strict=True):
        assert abs(sizes[pool.address] - k * 10**19) < 10**14
    whole = quote(v2(8 * 10**21, 16 * 10**21, fee=0), A, 8 * 10**19)
    assert abs(made.amount_out - whole.amount_out) <= 8


def test_closed_form_of_different_prices() -> None:
    """Two pairs of different depth, price and fee: the marginal prices meet where calculus says."""
    first, second = v2(10**22, 21 * 10**21, fee=3000), v2(4 * 10**21, 8 * 10**21, fee=500)
    pools = [at(first, 1), at(second, 2)]
    amount = 10**21
    made = split(pools, A, B, amount)
    # M R + g x = sqrt(g M R S / p), summed over both, is linear in 1 / sqrt(p).
    million = 10**6
    g = [million - pool.fee for pool in (first, second)]
    root = [
        Fraction(isqrt(part * million * pool.reserve0 * pool.reserve1 * 10**40), 10**20) / part
        for part, pool in zip(g, (first, second), strict=True)
    ]
    held = [
        Fraction(pool.reserve0 * million, part)
        for part, pool in zip(g, (first, second), strict=True)
    ]
    inverse = (amount + sum(held)) / sum(root)
    expected = [inverse * root[place] - held[place] for place in (0, 1)]
    sizes = {leg.route.pools[0]: leg.amount_in for leg in made.legs}
    for pool, wanted in zip(pools, expected, strict=True):
        assert abs(sizes[pool.address] - wanted) < amount // 10**5
    # Not quite alike: the fee that stays in a pair's reserves moves its next price a little more.
    after = [leg.price_after for leg in made.legs]
    assert abs(after[0] / after[1] - 1) < Fraction(1, 10**3)


def test_a_gap_is_jumped_only_when_it_pays() -> None:
    """A V3 pool with nothing between two positions: what lies beyond the gap is left alone until
    the other pool's price has fallen as far."""
    price = Q96
    near, far = Position(-60, 0, 10**21), Position(-6000, -3000, 10**23)
    gapped = at(v3([near, far], price - 1), 1)
    other = at(v2(10**21, 10**21), 2)
    low = split([gapped, other], A, B, 10**20)
    by_pool = {leg.route.pools[0]: leg for leg in low.legs}
    within = Fraction(sqrt_price_at(-60), Q96) ** 2
    assert by_pool[gapped.address].price_after <= within
    assert by_pool[other.address].price_after > Fraction(sqrt_price_at(-3000), Q96) ** 2
    edge = quote(gapped, A, 10**30, limit_x96=sqrt_price_at(-3000)).amount_in_used
    assert abs(by_pool[gapped.address].amount_in - edge) <= edge // 10**12
    high = split([gapped, other], A, B, 10**21)
    deep = {leg.route.pools[0]: leg for leg in high.legs}
    assert deep[gapped.address].amount_in > 2 * edge


def test_paths_that_share_a_pool_share_its_depth() -> None:
    """One first pool, two second ones: as if each path had the first pool to itself would promise
    more than there is."""
    first = at(v3([Position(-60000, 60000, 10**22)], Q96), 1, (A, C))
    seconds = [at(v3([Position(-60000, 60000, k * 10**22)], Q96), 1 + k, (B, C)) for k in (1, 2)]
    world = World((first, *seconds), 2 * 10**21, 0)
    made = split(world.pools, A, B, world.amount)
    assert len(made.legs) == 2 and made.amount_out == replayed(world, made)
    alone = [
        reference.out_of([((first, one), leg.amount_in)], A)
        for leg in made.legs
        for one in seconds
        if one.address == leg.route.pools[1]
    ]
    assert sum(alone) > made.amount_out
    best = reference.best(world.pools, A, B, world.amount, 4, 0)
    assert best is not None and best - made.amount_out <= best // 10**6


# ---------------------------------------------------------------- gas
def test_a_leg_that_does_not_pay_its_gas_is_left_out() -> None:
    pools = [at(v2(10**24, 10**24), 1), at(v2(10**20, 10**20), 2)]
    free = split(pools, A, B, 10**21)
    assert len(free.legs) == 2
    gain = free.amount_out - quote(pools[0], A, 10**21).amount_out
    assert len(split(pools, A, B, 10**21, swap_cost=gain - 10**6).legs) == 2
    dear = split(pools, A, B, 10**21, swap_cost=gain + 10**6)
    assert len(dear.legs) == 1 and dear.net == dear.amount_out == dear.single


def test_gas_in_units_is_rounded_up() -> None:
    assert swap_cost_in(3 * WAD, 2 * WAD, 10**6) == 1_500_000
    assert swap_cost_in(1, 2 * WAD, 10**6) == 1
    assert swap_cost_in(0, 2 * WAD, 10**6) == 0
    with pytest.raises(RoutingError, match="is no price"):
        swap_cost_in(1, 0, 10**6)


# ---------------------------------------------------------------- what always holds
def test_the_order_of_the_pools_is_nothing() -> None:
    for seed in range(3000, 3030):
        world = random_world(seed)
        pools = list(world.pools)
        try:
            made = split(pools, A, B, world.amount, swap_cost=world.swap_cost)
        except RoutingError:
            continue
        Random(seed).shuffle(pools)
        assert split(pools, A, B, world.amount, swap_cost=world.swap_cost) == made


def test_never_worse_than_a_single_path_even_for_dust() -> None:
    for seed in range(4000, 4100):
        world = random_world(seed)
        for amount in (1, 7, 1000, 10**6):
            singles = [
                reference.out_of([(path, amount)], A) - world.swap_cost * (len(path) - 1)
                for path in reference.paths(world.pools, A, B)
                if reference.out_of([(path, amount)], A) >= 0
            ]
            try:
                made = split(world.pools, A, B, amount, swap_cost=world.swap_cost)
            except RoutingError:
                assert not singles
                continue
            assert made.amount_out == replayed(world._replace(amount=amount), made)
            assert not singles or made.net >= max(singles)


def test_the_other_way_round() -> None:
    for seed in range(5000, 5020):
        world = random_world(seed)
        if len(reference.paths(world.pools, B, A)) > 4:
            continue
        best = reference.best(world.pools, B, A, world.amount, 4, 0)
        if best is None:
            with pytest.raises(RoutingError):
                split(world.pools, B, A, world.amount)
            continue
        made = split(world.pools, B, A, world.amount)
        assert best - made.net <= best // CLOSE + 2, seed


def test_equal_pools_are_used_equally() -> None:
    pools = [at(v2(10**21, 10**21), number) for number in range(12)]
    made = split(pools, A, B, 4 * 10**19)
    assert len(made.legs) == 4
    assert all(abs(leg.amount_in - 10**19) < 10**14 for leg in made.legs)


@pytest.mark.parametrize("liquidity", [10**20, 10**25])
def test_pools_filled_to_the_brim(liquidity: int) -> None:
    """Where no pool takes the sale alone, legs fill pools, and not by a unit too many, also where a
    share (of more than 1e18 units) cannot say every unit."""
    pools = [at(v3([Position(-60, 0, liquidity)], Q96 - 1), number) for number in (1, 2, 3)]
    room = quote(pools[0], A, 10**30).amount_in_used
    world = World(tuple(pools), 2 * room + room // 2, 0)
    made = split(pools, A, B, world.amount)
    assert made.single is None and replayed(world, made) == made.amount_out
    with pytest.raises(RoutingError, match="cannot take"):
        split(pools, A, B, 3 * room + 10)
    with pytest.raises(RoutingError, match="cannot take"):
        split(pools, A, B, world.amount, max_legs=2)


@pytest.mark.parametrize("liquidity", [10**20, 10**25])
def test_cheap_pools_are_emptied_to_the_unit_and_no_further(liquidity: int) -> None:
    """Shares rounded up by a few units would ask more of them than they take, and fail."""
    cheap = [
        at(v3([Position(low, 0, liquidity)], Q96 - 1), number)
        for number, low in enumerate((-60, -120), 1)
    ]
    wide = at(v3([Position(-60000, 60000, liquidity)], Q96 - 1, fee=10_000, spacing=200), 3)
    rooms = {pool.address: quote(pool, A, 10**30).amount_in_used for pool in cheap}
    amount = 5 * sum(rooms.values()) + 1
    made = split([*cheap, wide], A, B, amount)
    sold = {leg.route.pools[0]: leg.amount_in for leg in made.legs}
    assert len(sold) == 3
    for address, room in rooms.items():
        assert room - amount // WAD - 1 <= sold[address] <= room


def test_what_a_second_pool_cannot_take_is_dumped_in_a_first_one() -> None:
    """A second pool ends before the whole sale went through the deep first pool. The shallow one
    takes the rest for nothing much, which brings a hundred times what it would bring alone."""
    first = [Position(-60000, 60000, 10**22)], [Position(-887220, 887220, 10**18)]
    deep, shallow = (at(v3(some, Q96), 1 + n, (A, C)) for n, some in enumerate(first))
    second = at(v3([Position(0, 600, 3 * 10**22)], Q96), 3, (B, C))
    world = World((deep, shallow, second), 4 * 10**21, 0)
    made = split(world.pools, A, B, world.amount)
    best = reference.best(world.pools, A, B, world.amount, 4, 0)
    assert replayed(world, made) == made.amount_out
    assert made.single is not None and made.amount_out > 100 * made.single
    assert best is not None and best - made.net <= best // CLOSE


def test_speed() -> None:
    """Six routes, far below the second that is allowed."""
    world = next(
        world
        for world in map(random_world, range(6000, 9000))
        if len(reference.paths(world.pools, A, B)) == 6
    )
    start = time.process_time()
    split(world.pools, A, B, world.amount, swap_cost=world.swap_cost)
    assert time.process_time() - start < 1


# ---------------------------------------------------------------- costs
def test_costs_by_hand() -> None:
    """One pair of 1,000 and 2,000 tokens, 1 % fee, 10 sold at an oracle's 2.1:
    21 by the oracle, 20 at the pool's price, 19.8 after the fee, 9.9 * 2000 / 1009.9 in hand."""
    made = split([at(v2(1000 * WAD, 2000 * WAD, fee=10_000), 1)], A, B, 10 * WAD)
    told = costs(made, Fraction(21, 10))
    assert told.reference == 21 * WAD
    assert told.oracle_gap == WAD and told.swap_fee == Fraction(2 * WAD, 10)
    out = 99 * 2000 * WAD // 10 * 10 // 10099
    assert made.amount_out == out
    assert told.price_impact == Fraction(198 * WAD, 10) - out
    assert told.total == 21 * WAD - out and told.gas == 0
    assert told.bps(told.swap_fee) == Fraction(2 * WAD, 10) / (21 * WAD) * 10_000


def test_costs_add_up_with_gas_and_without_a_mid() -> None:
    for seed in range(7000, 7030):
        world = random_world(seed)
        try:
            made = split(world.pools, A, B, world.amount, swap_cost=world.swap_cost)
        except RoutingError:
            continue
        mid = Fraction(made.amount_out + 5, made.amount_in)
        told = costs(made, mid)
        assert told.total == world.amount * mid - made.net
        bare = costs(made)
        assert bare.oracle_gap is None and bare.total == bare.reference - made.net
        assert told.swap_fee >= 0


# ---------------------------------------------------------------- mistakes
@pytest.mark.parametrize(
    ("terms", "line"),
    [
        ({"amount": 0}, "0 units cannot be sold"),
        ({"amount": -1}, "-1 units cannot be sold"),
        ({"max_legs": 0}, "0 legs: the vault takes 1 to 4"),
        ({"max_legs": 5}, "5 legs: the vault takes 1 to 4"),
        ({"swap_cost": -1}, "a swap cannot cost -1 units"),
        ({"token_out": A}, "is to be sold for itself"),
        ({"token_out": C}, "lead from"),
    ],
)
def test_mistakes_are_named(terms: dict[str, int | str], line: str) -> None:
    fields: dict[str, int | str] = {"token_in": A, "token_out": B, "amount": 5} | terms
    with pytest.raises(RoutingError, match=line):
        split([at(v2(), 1)], **fields)  # type: ignore[arg-type]


def test_strangers_between_and_pools_without_an_adapter_are_left_out() -> None:
    chain = [at(v2(10**24, 10**24), 1, (A, C)), at(v2(10**24, 10**24), 2, (B, C))]
    assert split(chain, A, B, 10**18).legs[0].route.tokens == (A, C, B)
    with pytest.raises(RoutingError, match="no pool"):
        split(chain, A, B, 10**18, through=[])
    with pytest.raises(RoutingError, match="no pool"):
        split([stable()], A, B, 10**18)
    mixed = [chain[0], at(v3([Position(-60000, 60000, 10**24)], Q96), 3, (B, C))]
    with pytest.raises(RoutingError, match="no pool"):
        split(mixed, A, B, 10**18)
