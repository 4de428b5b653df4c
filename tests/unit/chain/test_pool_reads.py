"""Pools read from a node that answers from a table: what is asked, and what is refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from vaultsdk.chain.calls import static_call
from vaultsdk.chain.pool_reads import (
    load_plans,
    load_pools,
    load_usable,
    run,
    stable_pool,
    together,
    v3_pool,
)
from vaultsdk.chain.rpc import NodeError
from vaultsdk.core.deployment import PoolRef
from vaultsdk.core.model import int_to_address
from vaultsdk.core.pools import PoolError, StablePool, V3Pool
from vaultsdk.core.pools.ticks import Q96

A, B, POOL, PAIR, CURVE = (int_to_address(0x1000 + n) for n in range(5))
ETHER = "0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE"
HASH = "0x" + "ab" * 32
WAD = 10**18


class Node:
    """Answers what it was told and counts the round trips."""

    chain_id = 5

    def __init__(self) -> None:
        self.answers: dict[tuple[str, bytes], bytes] = {}
        self.trips: list[int] = []
        self.blocks: set[object] = set()

    def tell(self, to: str, signature: str, *values: int | str, given: Sequence[int] = ()) -> None:
        numbers = [int(value, 16) if isinstance(value, str) else value for value in values]
        data = static_call(signature, *(number % (1 << 256) for number in given))
        self.answers[to, data] = b"".join((n % (1 << 256)).to_bytes(32) for n in numbers)

    def calls(self, calls: Sequence[tuple[str, bytes]], block: object) -> list[bytes]:
        self.trips.append(len(calls))
        self.blocks.add(block)
        return [self.answers.get(call, bytes(32)) for call in calls]

    def block(self, block: object) -> dict[str, Any]:
        return {"hash": HASH, "number": "0x10", "timestamp": "0x20"}


def v3_ref(**changed: Any) -> PoolRef:
    fields = {"kind": "uniswap_v3", "address": POOL, "token0": A, "token1": B, "fee": 3000}
    return PoolRef(**(fields | changed))


def v2_ref() -> PoolRef:
    return PoolRef(kind="uniswap_v2", address=PAIR, token0=A, token1=B, fee=3000)


@pytest.fixture
def node() -> Node:
    found = Node()
    for pool in (POOL, PAIR):
        found.tell(pool, "token0()", A)
        found.tell(pool, "token1()", B)
    found.tell(PAIR, "getReserves()", 10**21, 10**12, 7)
    found.tell(POOL, "fee()", 3000)
    found.tell(POOL, "tickSpacing()", 60)
    found.tell(POOL, "slot0()", Q96, 0, 0, 0, 0, 0, 1)
    found.tell(POOL, "liquidity()", 10**20)
    # -600 and 600: bit 246 of word -1 and bit 10 of word 0.
    found.tell(POOL, "tickBitmap(int16)", 1 << 246, given=[-1])
    found.tell(POOL, "tickBitmap(int16)", 1 << 10, given=[0])
    found.tell(POOL, "ticks(int24)", 10**20, 10**20, given=[-600])
    found.tell(POOL, "ticks(int24)", 10**20, -(10**20), given=[600])
    return found


def load(node: Node, refs: list[PoolRef], **other: Any) -> Any:
    return load_pools(node, refs, **other)  # type: ignore[arg-type]


def test_both_kinds_in_three_round_trips_at_one_hash(node: Node) -> None:
    snapshot = load(node, [v3_ref(), v2_ref()])
    assert (snapshot.chain_id, snapshot.block_number, snapshot.timestamp) == (5, 16, 32)
    pool = snapshot.pool(POOL)
    assert isinstance(pool, V3Pool)
    assert pool.ticks == ((-600, 10**20), (600, -(10**20)))
    assert pool.words == (-2, 2) and pool.tick == 0
    assert snapshot.pool(PAIR).reserve1 == 10**12
    assert node.trips == [9, 5, 2] and node.blocks == {HASH}


def test_all_words_go_in_batches(node: Node) -> None:
    node.tell(POOL, "tickSpacing()", 10)
    node.tell(POOL, "ticks(int24)", 1, 10**20, given=[-100])
    node.tell(POOL, "ticks(int24)", 1, -(10**20), given=[100])
    snapshot = load(node, [v3_ref()], words_around=None)
    assert snapshot.pool(POOL).whole
    assert node.trips == [6, 500, 194, 2]


def test_words_end_where_the_bitmap_ends(node: Node) -> None:
    assert load(node, [v3_ref()], words_around=1000).pool(POOL).whole


def test_another_pool_than_the_deployment_says(node: Node) -> None:
    with pytest.raises(PoolError, match="not 500: correct the deployment"):
        load(node, [v3_ref(fee=500)])
    with pytest.raises(PoolError, match="trades"):
        load(node, [v3_ref(token1=CURVE)])


def test_an_empty_pool_stops_the_others_only_if_it_must(node: Node) -> None:
    node.tell(PAIR, "getReserves()", 0, 0, 0)
    with pytest.raises(PoolError, match="no liquidity"):
        load(node, [v3_ref(), v2_ref()])
    snapshot, errors = load_usable(node, [v3_ref(), v2_ref()])  # type: ignore[arg-type]
    assert [pool.address for pool in snapshot.pools] == [POOL]
    assert [error.name for error in errors] == ["no liquidity"]


def test_what_is_no_pool_says_so() -> None:
    silent = Node()
    silent.calls = lambda calls, block: [b""] * len(calls)  # type: ignore[method-assign]
    with pytest.raises(NodeError, match="less than was due"):
        load(silent, [v3_ref()])


def curve(node: Node, maths: str, coins: tuple[str, ...]) -> StablePool:
    for place, (coin, balance) in enumerate(zip(coins, (5 * WAD, 6 * WAD), strict=True)):
        node.tell(CURVE, "coins(uint256)", coin, given=[place])
        node.tell(CURVE, "balances(uint256)", balance, given=[place])
    node.tell(CURVE, "A()", 30)
    node.tell(CURVE, "A_precise()", 3000)
    node.tell(CURVE, "fee()", 4_000_000)
    node.tell(CURVE, "admin_fee()", 5 * 10**9)
    node.tell(CURVE, "offpeg_fee_multiplier()", 2 * 10**10)
    node.tell(CURVE, "stored_rates()", 32, 2, 12 * WAD // 10, WAD)
    node.tell(A, "decimals()", 6)
    node.tell(B, "decimals()", 18)
    snapshot = load_plans(node, [stable_pool(CURVE, maths)])  # type: ignore[arg-type]
    pool = snapshot.pool(CURVE)
    assert isinstance(pool, StablePool)
    return pool


def test_the_generations_of_curve() -> None:
    old = curve(Node(), "classic", (A, B))
    assert (old.amplification, old.a_precision, old.rates) == (30, 1, (10**30, WAD))
    plain = curve(Node(), "plain", (A, B))
    assert (plain.amplification, plain.a_precision, plain.rates) == (3000, 100, (10**30, WAD))
    steth = curve(Node(), "steth", (ETHER, B))
    assert steth.rates == (WAD, WAD) and steth.admin_fee == 5 * 10**9
    new = curve(Node(), "ng", (A, B))
    assert new.rates == (12 * WAD // 10, WAD) and new.offpeg_fee_multiplier == 2 * 10**10


def test_a_list_that_is_cut_off_is_refused() -> None:
    node = Node()
    curve(node, "ng", (A, B))
    node.tell(CURVE, "stored_rates()", 32, 1 << 200, WAD)
    with pytest.raises(NodeError, match="longer than its answer"):
        load_plans(node, [stable_pool(CURVE, "ng")])  # type: ignore[arg-type]


def test_nothing_to_ask_is_no_round_trip(node: Node) -> None:
    assert run(node, together([]), HASH) == []  # type: ignore[arg-type]
    assert node.trips == []
    node.tell(POOL, "tickBitmap(int16)", 0, given=[-1])
    node.tell(POOL, "tickBitmap(int16)", 0, given=[0])
    (pool,) = run(node, together([v3_pool(v3_ref())]), HASH)  # type: ignore[arg-type]
    assert pool.ticks == () and node.trips == [6, 5]
