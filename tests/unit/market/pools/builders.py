"""Pools for tests, made from positions, and strategies that draw them."""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

from hypothesis import strategies as st

from vaultsdk.core.model import int_to_address
from vaultsdk.core.pools import StableMaths, StablePool, V2Pool, V3Pool
from vaultsdk.core.pools.ticks import all_words, sqrt_price_at, tick_at

A, B, C = (int_to_address(0x1111 * n) for n in (1, 2, 3))
POOL = int_to_address(0xABCDEF)
WAD = 10**18


class Position(NamedTuple):
    """Liquidity between two ticks."""

    low: int
    high: int
    liquidity: int


def v2(reserve0: int = 10**21, reserve1: int = 10**12, fee: int = 3000) -> V2Pool:
    return V2Pool(address=POOL, token0=A, token1=B, reserve0=reserve0, reserve1=reserve1, fee=fee)


def v3(
    positions: list[Position],
    price: int,
    fee: int = 3000,
    spacing: int = 60,
    words: tuple[int, int] | None = None,
    **other: Any,
) -> V3Pool:
    """The pool of these positions at this root price (times 2**96)."""
    tick = tick_at(price)
    nets: Counter[int] = Counter()
    for low, high, liquidity in positions:
        nets[low] += liquidity
        nets[high] -= liquidity
    fields: dict[str, Any] = {
        "address": POOL,
        "token0": A,
        "token1": B,
        "fee": fee,
        "tick_spacing": spacing,
        "sqrt_price_x96": price,
        "tick": tick,
        "liquidity": sum(one.liquidity for one in positions if one.low <= tick < one.high),
        "words": words or all_words(spacing),
        "ticks": tuple(sorted(nets.items())),
    }
    return V3Pool(**(fields | other))


class Drawn(NamedTuple):
    """A random V3 pool with the positions that it was made from."""

    pool: V3Pool
    positions: list[Position]


@st.composite
def v3_pools(draw: st.DrawFn) -> Drawn:
    fee, spacing = draw(st.sampled_from([(100, 1), (500, 10), (3000, 60), (10000, 200), (0, 60)]))
    middle = draw(st.integers(-2_000, 2_000)) * (200 // spacing)
    reach = st.integers(1, 300)
    positions = []
    for _ in range(draw(st.integers(1, 6))):
        start = middle + draw(st.integers(-200, 200))
        low, high = start - draw(reach), start + draw(reach)
        liquidity = draw(st.integers(10**9, 10**24))
        positions.append(Position(low * spacing, high * spacing, liquidity))
    tick = (middle + draw(st.integers(-400, 400))) * spacing
    low_price, high_price = sqrt_price_at(tick), sqrt_price_at(tick + 1)
    price = draw(st.one_of(st.just(low_price), st.integers(low_price, high_price - 1)))
    return Drawn(v3(positions, price, fee, spacing), positions)


def stable(
    balances: tuple[int, ...] = (5_000 * WAD, 6_000 * WAD),
    a: int = 30,
    maths: StableMaths = "steth",
    fee: int = 4_000_000,
    **other: Any,
) -> StablePool:
    precision = 1 if maths == "classic" else 100
    fields: dict[str, Any] = {
        "address": POOL,
        "coins": tuple(int_to_address(0x1111 * (n + 1)) for n in range(len(balances))),
        "balances": balances,
        "rates": (WAD,) * len(balances),
        "amplification": a * precision,
        "a_precision": precision,
        "fee": fee,
        "maths": maths,
    }
    return StablePool(**(fields | other))


sizes = st.one_of(st.integers(1, 10**30), st.integers(0, 100).map(lambda bits: 1 << bits))
"""Amounts of every magnitude."""
