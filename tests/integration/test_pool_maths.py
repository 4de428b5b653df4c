"""Our quotes against the real Uniswap contracts: equal to the unit, or refused for the same reason.

LOTVAULT_POOL_ROUNDS=50 repeats the random comparisons with that many seeds.
"""

from __future__ import annotations

import os
from random import Random

import pytest

from tests.integration.pool_world import IN, OUT, Answer, World, ask, quoter_count
from vaultsdk.chain.pool_reads import load_pools, load_usable
from vaultsdk.core.deployment import PoolRef
from vaultsdk.core.pools import PoolSnapshot, V2Pool, V3Pool
from vaultsdk.core.pools.ticks import (
    MAX_SQRT_PRICE,
    MAX_TICK,
    MIN_SQRT_PRICE,
    MIN_TICK,
    sqrt_price_at,
    tick_at,
)
from vaultsdk.devnet.abi import decode_answer, encode_call
from vaultsdk.devnet.launch import Devnet
from vaultsdk.market.pools import QuoteError, QuoteReason, V3State, apply, quote, quote_out

pytestmark = pytest.mark.anvil

ROUNDS = int(os.environ.get("LOTVAULT_POOL_ROUNDS", "1"))
V3_WORDS = {
    QuoteReason.ZERO_AMOUNT: "AS",
    QuoteReason.PRICE_LIMIT: "SPL",
    # The quoter's callback found that neither token moves, or not as much as it asked for.
    QuoteReason.NO_LIQUIDITY: "Unexpected error",
    QuoteReason.TOO_LARGE: None,
}
V2_IN_WORDS = {
    QuoteReason.ZERO_AMOUNT: "UniswapV2Library: INSUFFICIENT_INPUT_AMOUNT",
    QuoteReason.TOO_LARGE: "ds-math-mul-overflow",
}
V2_OUT_WORDS = {
    QuoteReason.TOO_LARGE: "ds-math-mul-overflow",
    QuoteReason.ZERO_AMOUNT: "UniswapV2Library: INSUFFICIENT_OUTPUT_AMOUNT",
    # The library subtracts before it looks.
    QuoteReason.NO_LIQUIDITY: "ds-math-sub-underflow",
}
seeds = pytest.mark.parametrize("seed", range(ROUNDS))


def v3(snapshot: PoolSnapshot) -> list[V3Pool]:
    return [pool for pool in snapshot.pools if isinstance(pool, V3Pool)]


def usable(world: World, count: int) -> PoolSnapshot:
    """Random V3 pools, all of their ticks, those without any liquidity left out."""
    snapshot, empty = load_usable(world.node, world.v3_pools(count), words_around=None)
    assert {error.name for error in empty} <= {"no liquidity"}
    return snapshot


@seeds
def test_v3_quotes_are_the_quoters_to_the_unit(devnet: Devnet, seed: int) -> None:
    world = World(devnet, Random(seed))
    snapshot = usable(world, 24)
    pools = v3(snapshot)
    assert len(pools) > 12
    quoter = world.dex.quoter_v2
    assert quoter is not None

    questions = []
    for pool in pools:
        for zero_for_one in (True, False):
            pair = [pool.token0, pool.token1] if zero_for_one else [pool.token1, pool.token0]
            amounts = [0, 1, 1 << 127, (1 << 255) - 1, 1 << 255, (1 << 256) - 1]
            # To look through all words of a bitmap at spacing 1 takes the node 20 ms.
            amounts += [world.amount() for _ in range(50 if pool.tick_spacing > 1 else 8)]
            # Where the liquidity ends, to the unit on both sides.
            try:
                end = quote(pool, pair[0], 1 << 200)
            except QuoteError:
                continue
            amounts += [end.amount_in_used + by for by in (-1, 0, 1)]
            for exact_in in (True, False):
                sizes = amounts if exact_in else [*amounts, end.amount_out, end.amount_out + 1]
                for amount in sizes:
                    limit = world.limit(pool, zero_for_one)
                    questions.append((pool, pair, exact_in, amount, limit))
    calls = [
        (
            quoter,
            encode_call(IN if exact_in else OUT, [(*pair, amount, pool.fee, limit or 0)]),
        )
        for pool, pair, exact_in, amount, limit in questions
    ]
    answers = ask(world.node, calls, "(uint256,uint160,uint32,uint256)")

    seen: dict[str, int] = {}
    for (pool, pair, exact_in, amount, limit), answer in zip(questions, answers, strict=True):
        said = f"{pool.address} {pair} {exact_in} {amount} {limit}: {answer}"
        try:
            if exact_in:
                ours = quote(pool, pair[0], amount, limit_x96=limit)
            else:
                ours = quote_out(pool, pair[1], amount, limit_x96=limit)
        except QuoteError as error:
            refused = error.reason
        else:
            refused = None
        if refused is not None:
            assert answer == Answer(None, V3_WORDS[refused]), said
            seen[refused] = seen.get(refused, 0) + 1
            continue
        assert answer.values is not None, said
        assert isinstance(ours.after, V3State)
        assert (
            ours.amount_out if exact_in else ours.amount_in_used,
            ours.after.sqrt_price_x96,
            quoter_count(pool, ours.after.tick),
        ) == answer.values[:3], said
        kind = "partial" if ours.partial else "crossed" if ours.ticks_crossed else "within"
        seen[kind] = seen.get(kind, 0) + 1
        # The pool's own count is the true one; where the quoter's is another, it is known why.
        between = sorted((pool.tick, ours.after.tick))
        crossed = sum(between[0] < tick <= between[1] for tick in pool.tick_numbers)
        assert ours.ticks_crossed == crossed, said
    print(seen, len(questions))
    assert len(questions) > 3_000
    assert min(seen.get(kind, 0) for kind in ("partial", "crossed", "within")) > 200, seen
    assert set(V3_WORDS) <= set(seen), seen


@seeds
def test_v3_swaps_leave_the_pool_as_applied(devnet: Devnet, seed: int) -> None:
    """Many swaps in a row, for real and in the model; then all of the pool's state is compared."""
    world = World(devnet, Random(1_000 + seed))
    snapshot = usable(world, 16)
    expected = []
    crossed = 0
    for pool in v3(snapshot):
        for _ in range(8):
            zero_for_one = world.random.random() < 0.5
            token = pool.token0 if zero_for_one else pool.token1
            amount = world.amount() >> 30 or 1
            limit = world.limit(pool, zero_for_one)
            try:
                ours = quote(pool, token, amount, limit_x96=limit)
            except QuoteError:
                continue
            assert isinstance(ours.after, V3State)
            if abs(ours.after.tick - pool.tick) > 800 * 256 * pool.tick_spacing:
                continue  # looking through so many words of the bitmap takes more gas than there is
            world.swap_v3(pool, token, amount, limit or 0)
            pool = apply(pool, ours)
            crossed += ours.ticks_crossed
        expected.append(pool)
    world.sender.flush()
    refs = [pool_ref(pool) for pool in expected]
    found = load_pools(world.node, refs, words_around=None)
    assert found.pools == tuple(expected)
    assert PoolSnapshot.from_json(found.to_json()) == found
    assert crossed > 20


def pool_ref(pool: V2Pool | V3Pool) -> PoolRef:
    return PoolRef(
        kind=pool.kind, address=pool.address, token0=pool.token0, token1=pool.token1, fee=pool.fee
    )


@seeds
def test_v2_quotes_are_the_routers_to_the_unit(devnet: Devnet, seed: int) -> None:
    world = World(devnet, Random(2_000 + seed))
    snapshot = load_pools(world.node, world.v2_pools(12))
    router = world.dex.uniswap_v2_router_02
    assert router is not None
    questions = []
    for pool in snapshot.pools:
        for pair in ([*pool.tokens], [*reversed(pool.tokens)]):
            amounts = [0, 1, 2, 1 << 112, 1 << 140, 1 << 160, (1 << 256) - 1]
            amounts += [world.amount() for _ in range(50)]
            for amount in amounts:
                questions.append((pool, pair, True, amount))
            assert isinstance(pool, V2Pool)
            for amount in (*amounts[:-1], pool.reserve0, pool.reserve1 - 1, pool.reserve0 - 1):
                questions.append((pool, pair, False, amount))
    calls = [
        (
            router,
            encode_call(
                f"getAmounts{'Out' if exact_in else 'In'}(uint256,address[])", [amount, pair]
            ),
        )
        for _, pair, exact_in, amount in questions
    ]
    answers = ask(world.node, calls, "(uint256[])")
    refused = 0
    for (pool, pair, exact_in, amount), answer in zip(questions, answers, strict=True):
        assert isinstance(pool, V2Pool)
        said = f"{pool.address} {pair} {exact_in} {amount}: {answer}"
        try:
            ours = quote(pool, pair[0], amount) if exact_in else quote_out(pool, pair[1], amount)
        except QuoteError as error:
            why = error.reason
        else:
            why = None
        if why is not None:
            reason = (V2_IN_WORDS if exact_in else V2_OUT_WORDS)[why]
            if not exact_in and amount == (
                pool.reserve1 if pair[0] == pool.token0 else pool.reserve0
            ):
                reason = "assert"  # the library divides by what would be left: nothing
            assert answer == Answer(None, reason), said
            refused += 1
            continue
        assert answer.values is not None, said
        assert (ours.amount_in_used, ours.amount_out) == tuple(answer.values[0]), said
    assert len(questions) > 2_000 and 200 < refused < len(questions) // 2


@seeds
def test_v2_swaps_leave_the_pair_as_applied(devnet: Devnet, seed: int) -> None:
    world = World(devnet, Random(3_000 + seed))
    snapshot = load_pools(world.node, world.v2_pools(8))
    expected = []
    for pool in snapshot.pools:
        assert isinstance(pool, V2Pool)
        for _ in range(8):
            pair = [*pool.tokens]
            world.random.shuffle(pair)
            amount = world.amount() >> 30 or 1
            try:
                after = apply(pool, quote(pool, pair[0], amount))
            except QuoteError:
                continue
            world.swap_v2(pair, amount)
            pool = after
        expected.append(pool)
    world.sender.flush()
    assert load_pools(world.node, [pool_ref(p) for p in expected]).pools == tuple(expected)


@seeds
def test_part_of_a_pool_quotes_as_all_of_it_or_not_at_all(devnet: Devnet, seed: int) -> None:
    world = World(devnet, Random(4_000 + seed))
    whole = usable(world, 16)
    refs = [pool_ref(pool) for pool in v3(whole)]
    part, empty = load_usable(world.node, refs, words_around=0)
    assert part.block_hash == whole.block_hash
    # What lies too far away to be seen is no liquidity at all.
    assert {error.name for error in empty} <= {"no liquidity"}
    assert len(part.pools) > 5
    same = beyond = 0
    for some_of_it in v3(part):
        all_of_it = whole.pool(some_of_it.address)
        assert isinstance(all_of_it, V3Pool)
        assert some_of_it.words[0] == some_of_it.words[1]
        assert set(some_of_it.ticks) <= set(all_of_it.ticks)
        for token in all_of_it.tokens:
            for _ in range(20):
                amount = world.amount()
                try:
                    wanted = quote(all_of_it, token, amount)
                except QuoteError as error:
                    why = error.reason
                    with pytest.raises(QuoteError) as refused:
                        quote(some_of_it, token, amount)
                    assert refused.value.reason in (why, QuoteReason.BEYOND_SNAPSHOT)
                    continue
                try:
                    assert quote(some_of_it, token, amount) == wanted
                except QuoteError as error:
                    if error.reason is not QuoteReason.BEYOND_SNAPSHOT:
                        raise
                    beyond += 1
                else:
                    same += 1
    assert same > 50 and beyond > 50


@seeds
def test_ticks_and_prices_are_the_pools(devnet: Devnet, seed: int) -> None:
    """A pool that is started at a price says the tick, and forgets it: all within one call."""
    world = World(devnet, Random(5_000 + seed))
    factory = world.dex.uniswap_v3_factory
    assert factory is not None
    place = [*world.tokens[:2], 500]
    create = encode_call("createPool(address,address,uint24)", place)
    world.sender.send(world.who, factory, create, "create")
    world.sender.flush()
    (pool,) = ask(
        world.node, [(factory, encode_call("getPool(address,address,uint24)", place))], "(address)"
    )
    assert pool.values is not None
    powers = [sign << bit for bit in range(20) for sign in (1, -1)]
    ticks = [MIN_TICK + 1, MIN_TICK + 2, MAX_TICK - 1, 0, *powers]
    ticks += [world.random.randint(MIN_TICK + 1, MAX_TICK - 1) for _ in range(700)]
    prices = [(sqrt_price_at(tick) - below, tick - below) for tick in ticks for below in (0, 1)]
    prices += [(MIN_SQRT_PRICE, MIN_TICK), (MAX_SQRT_PRICE - 1, MAX_TICK - 1)]
    for _ in range(300):
        bits = world.random.randint(33, 159)
        price = world.random.randrange(1 << bits, 2 << bits)
        if price < MAX_SQRT_PRICE:
            prices.append((price, tick_at(price)))
    # Outside the range a pool cannot be started: it has no price then.
    refused = [(MIN_SQRT_PRICE - 1, 0), (MAX_SQRT_PRICE, 0)]
    codes = [start_and_tell(str(pool.values[0]), price) for price, _ in prices + refused]
    answers = []
    for at in range(0, len(codes), 500):
        calls = [("eth_call", [{"data": code}, "latest"]) for code in codes[at : at + 500]]
        answers += world.node.batch(calls)
    for (price, tick), answer in zip(prices, answers, strict=False):
        assert decode_answer("(uint256,int256)", bytes.fromhex(answer[2:])) == (price, tick)
    for answer in answers[len(prices) :]:
        assert int(answer, 16) == 0


def start_and_tell(pool: str, price: int) -> str:
    """Code that calls initialize(price) and slot0() of a pool and returns price and tick."""

    def call(selector: str, arguments: int, returns: int) -> str:
        head = f"63{selector}60e01b600052"  # the selector at the start of memory
        return f"{head}60{returns:02x}600060{arguments:02x}6000600073{pool[2:]}5af150"

    price_word = f"7f{price:064x}600452"
    initialize = call("f637731d", 0x24, 0)
    # The price goes in after the selector, which is written with zeros behind it.
    initialize = initialize.replace("600052", "600052" + price_word, 1)
    return "0x" + (initialize + call("3850c7bd", 4, 0x40) + "60406000f3")
