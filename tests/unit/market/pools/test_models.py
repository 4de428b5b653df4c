"""Snapshots: what no pool can be is refused by name, and JSON keeps every digit."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from pydantic import ValidationError

from tests.unit.market.pools.builders import (
    POOL,
    WAD,
    A,
    B,
    C,
    Drawn,
    Position,
    stable,
    v2,
    v3,
    v3_pools,
)
from vaultsdk.core.model import int_to_address
from vaultsdk.core.pools import PoolError, PoolSnapshot, StablePool, V2Pool, V3Pool
from vaultsdk.core.pools.ticks import MAX_SQRT_PRICE, Q96, sqrt_price_at

GOOD = v3([Position(-600, 600, 10**20), Position(60, 1200, 10**19)], Q96)


def snapshot(*pools: V2Pool | V3Pool | StablePool) -> PoolSnapshot:
    return PoolSnapshot(
        chain_id=1, block_number=17_600_000, block_hash="0x" + "ab" * 32, timestamp=1, pools=pools
    )


def changed(**fields: Any) -> V3Pool:
    return V3Pool(**(GOOD.model_dump() | fields))


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"token0": B, "token1": A}, "token order"),
        ({"sqrt_price_x96": 0}, "not initialised"),
        ({"sqrt_price_x96": 1}, "sqrt_price_x96"),
        ({"sqrt_price_x96": MAX_SQRT_PRICE}, "sqrt_price_x96"),
        ({"tick": 1}, "tick"),
        ({"tick": -2}, "tick"),
        ({"sqrt_price_x96": Q96 + 1, "tick": -1}, "tick"),
        ({"liquidity": -1}, "liquidity"),
        ({"liquidity": 1 << 128}, "liquidity"),
        ({"liquidity": 0, "ticks": ()}, "no liquidity"),
        ({"ticks": ((60, 10**19), (-600, 10**20))}, "tick order"),
        ({"ticks": ((60, 10**19), (60, 10**19))}, "tick order"),
        ({"ticks": ((-600, 10**20), (61, -(10**20)))}, "tick spacing"),
        ({"ticks": ((-600, 10**20), (887_280, -(10**20)))}, "tick spacing"),
        ({"words": (-1, 0), "ticks": ((-600, 10**20), (60 * 256, -(10**20)))}, "words"),
        ({"words": (1, 2)}, "words"),
        ({"words": (0, -1)}, "words"),
        ({"words": (-59, 57)}, "words"),
        # A tick that is missing, on either side, and one too many.
        ({"ticks": ((-600, 10**20), (600, -(10**20)), (1200, -1))}, "liquidity_net"),
        ({"ticks": ((-600, 10**20),)}, "liquidity_net"),
        ({"ticks": ((600, -(10**20)),)}, "liquidity_net"),
        ({"liquidity": 10**20 - 1}, "liquidity_net"),
        ({"liquidity": 10**20 + 1}, "liquidity_net"),
    ],
)
def test_a_v3_pool_that_cannot_be(fields: dict[str, Any], name: str) -> None:
    with pytest.raises(PoolError, match="pool 0x") as error:
        changed(**fields)
    assert error.value.name == name
    assert "\n" not in str(error.value)


def test_a_price_that_came_down_to_a_tick_is_below_it() -> None:
    at = sqrt_price_at(60)
    above = v3([Position(-600, 600, 10**20)], at)
    assert above.tick == 60
    below = V3Pool(**(above.model_dump() | {"tick": 59}))
    assert below.sqrt_price_x96 == at


def test_part_of_a_pool_need_not_add_up() -> None:
    part = changed(words=(-1, 0), ticks=((-600, 10**20),))
    assert not part.whole and GOOD.whole


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"reserve0": 0}, "no liquidity"),
        ({"reserve1": -1}, "no liquidity"),
        ({"reserve0": 1 << 112}, "reserve0"),
        ({"token0": C}, "token order"),
        ({"token1": A}, "token order"),
    ],
)
def test_a_pair_that_cannot_be(fields: dict[str, Any], name: str) -> None:
    with pytest.raises(PoolError) as error:
        V2Pool(**(v2().model_dump() | fields))
    assert error.value.name == name


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"coins": (A,)}, "coins"),
        ({"coins": (A, A)}, "coins"),
        ({"balances": (1,)}, "balances"),
        ({"rates": (WAD, WAD, WAD)}, "rates"),
        ({"balances": (0, 1)}, "no liquidity"),
        ({"balances": (1, 1 << 128)}, "range"),
        ({"rates": (0, WAD), "maths": "plain"}, "range"),
        ({"rates": (2 * WAD, WAD)}, "rates"),
        ({"a_precision": 1}, "a_precision"),
        ({"maths": "classic"}, "a_precision"),
        ({"amplification": 99}, "amplification"),
        ({"amplification": 10**8 + 1}, "amplification"),
        ({"offpeg_fee_multiplier": 1}, "offpeg_fee_multiplier"),
    ],
)
def test_a_stable_pool_that_cannot_be(fields: dict[str, Any], name: str) -> None:
    with pytest.raises(PoolError) as error:
        StablePool(**(stable().model_dump() | fields))
    assert error.value.name == name


@pytest.mark.parametrize("value", [1.0, True, "1e18", "0x10", "", " 1", "1_000", None])
def test_only_whole_numbers_are_amounts(value: object) -> None:
    with pytest.raises(ValidationError, match="reserve0"):
        V2Pool(**(v2().model_dump() | {"reserve0": value}))


@given(drawn=v3_pools())
def test_json_keeps_every_digit(drawn: Drawn) -> None:
    other = v2().model_copy(update={"address": int_to_address(5)})
    third = stable().model_copy(update={"address": int_to_address(6)})
    whole = snapshot(drawn.pool, other, third)
    assert PoolSnapshot.from_json(whole.to_json()) == whole


def test_amounts_are_strings_in_json() -> None:
    pools = json.loads(snapshot(GOOD).to_json())["pools"]
    assert pools[0]["sqrt_price_x96"] == str(Q96)
    assert pools[0]["ticks"][0] == [-600, str(10**20)]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "the file"),
        ("{}", "chain_id"),
        (snapshot(GOOD).to_json().replace('"uniswap_v3"', '"orders"'), "pools.0"),
        (snapshot(GOOD).to_json().replace(f'"{Q96}"', "7.9e28"), "sqrt_price_x96"),
        (snapshot(GOOD).to_json().replace('"tick":0', '"tick":5'), "tick 5 is not the tick"),
    ],
)
def test_what_is_no_snapshot_says_where(text: str, says: str) -> None:
    with pytest.raises(PoolError, match=says):
        PoolSnapshot.from_json(text)


def test_pools_of_a_snapshot() -> None:
    pair = v2().model_copy(update={"address": int_to_address(5)})
    whole = snapshot(GOOD, pair)
    assert whole.pool(POOL.lower()) is GOOD
    assert whole.having(A) == (GOOD, pair) and whole.having(C) == ()
    other = pair.model_copy(update={"reserve0": 5})
    assert whole.with_pools([other]).pools == (GOOD, other)
    with pytest.raises(PoolError, match="not in the snapshot"):
        whole.pool(A)
    with pytest.raises(PoolError, match="twice"):
        snapshot(GOOD, GOOD)
