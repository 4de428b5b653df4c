"""Real pools of 2023, when their snapshots are at hand: LOTVAULT_DATA names the data folder."""

from __future__ import annotations

import json
import os
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from vaultsdk.core.pools import PoolError, V2Pool, V3Pool
from vaultsdk.core.pools.ticks import all_words, sqrt_price_at
from vaultsdk.market.impact import largest, quoter
from vaultsdk.market.pools import QuoteError, QuoteReason, V3State, apply, marginal, quote

DATA = os.environ.get("LOTVAULT_DATA")
pytestmark = pytest.mark.skipif(not DATA, reason="LOTVAULT_DATA is not set")


def read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((Path(DATA or "") / "pools" / name).read_text())
    return found


def wbtc_weth() -> V3Pool:
    """The 0.3 % pool at block 17,600,000: the one word of its bitmap that was recorded."""
    raw = read("uniswap_v3_wbtc_weth_17600000.json")
    words = sorted(int(word) for word in raw["tick_bitmap"])
    return V3Pool(
        address=raw["address"],
        token0=raw["tokens"][0]["address"],
        token1=raw["tokens"][1]["address"],
        fee=raw["fee"],
        tick_spacing=raw["tick_spacing"],
        sqrt_price_x96=raw["sqrt_price_x96"],
        tick=raw["tick"],
        liquidity=raw["liquidity"],
        words=(words[0], words[-1]),
        ticks=tuple(sorted((int(t), d["liquidity_net"]) for t, d in raw["tick_data"].items())),
    )


def test_the_bitmap_holds_the_ticks() -> None:
    raw, pool = read("uniswap_v3_wbtc_weth_17600000.json"), wbtc_weth()
    bits = {
        (int(word) * 256 + bit) * pool.tick_spacing
        for word, row in raw["tick_bitmap"].items()
        for bit in range(256)
        if row["bitmap"] >> bit & 1
    }
    assert bits == set(pool.tick_numbers)


def test_v2_and_v3_agree_on_the_price_of_the_block() -> None:
    raw, pool = read("uniswap_v2_wbtc_weth_17600000.json"), wbtc_weth()
    pair = V2Pool(
        address=raw["address"],
        token0=pool.token0,
        token1=pool.token1,
        reserve0=raw["reserves_token0"],
        reserve1=raw["reserves_token1"],
    )
    mid = marginal(pool, pool.token0, with_fee=False)
    # Whoever trades one against the other pays both fees.
    assert abs(marginal(pair, pair.token0, with_fee=False) / mid - 1) < Fraction(6, 1000)
    # One bitcoin for about sixteen ether; the deep pool pays more, and bears far more at 1 %.
    bitcoin = 10**8
    deep, thin = quote(pool, pool.token0, bitcoin), quote(pair, pair.token0, bitcoin)
    assert 15 * 10**18 < thin.amount_out < deep.amount_out < 16 * 10**18
    depths = [largest(quoter(one, one.token0), mid, 100).amount_in for one in (pool, pair)]
    assert depths[0] > 50 * depths[1] > 0


def test_selling_on_and_on_is_selling_at_once() -> None:
    whole = pool = wbtc_weth()
    sold = brought = steps = 0
    while True:
        try:
            step = quote(pool, pool.token0, 50 * 10**8)
        except QuoteError as error:
            end = error.reason
            break
        sold, brought, steps = sold + step.amount_in, brought + step.amount_out, steps + 1
        pool = apply(pool, step)
    assert end is QuoteReason.BEYOND_SNAPSHOT
    once = quote(whole, whole.token0, sold)
    assert isinstance(once.after, V3State)
    assert once.ticks_crossed > 30 and steps > 10
    # Each go rounds its own output and fee down and up, by less than a unit of bitcoin's worth.
    assert 0 <= once.amount_out - brought <= steps * 16 * 10**10


def test_a_recording_with_ticks_missing_is_refused() -> None:
    """This one's bitmap shows three ticks of which it has no data: its liquidity cannot add up."""
    raw = read("wbtc_weth_v3_snapshot.json")
    ticks = tuple(sorted((int(t), d["liquidity_net"]) for t, d in raw["tick_data"].items()))
    here = wbtc_weth().tick
    fields = {
        "sqrt_price_x96": sqrt_price_at(here),
        "liquidity": sum(net for tick, net in ticks if tick <= here),
        "words": all_words(60),
        "ticks": ticks,
    }
    with pytest.raises(PoolError, match="a tick is missing or old") as error:
        V3Pool(**(wbtc_weth().model_dump() | fields))
    assert error.value.name == "liquidity_net"
