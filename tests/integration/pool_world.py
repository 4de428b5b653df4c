"""Random Uniswap pools on the devnet, and the real contracts' quotes on them."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any, NamedTuple

from vaultsdk.chain.node import Node
from vaultsdk.chain.rpc import NodeError, RevertedError, hex_bytes, result_of
from vaultsdk.core.deployment import PoolRef
from vaultsdk.core.pools import V3Pool
from vaultsdk.core.pools.ticks import (
    MAX_SQRT_PRICE,
    MAX_TICK,
    MIN_SQRT_PRICE,
    sqrt_price_at,
    tick_at,
)
from vaultsdk.devnet.abi import decode_answer, encode_args, encode_call
from vaultsdk.devnet.launch import Devnet
from vaultsdk.devnet.market_setup import artifact_code
from vaultsdk.devnet.pools import TICK_SPACING
from vaultsdk.devnet.sender import Sender
from vaultsdk.market.pools.v3_math import amount0_up, amount1_up

RICH = 1 << 200
MINT = "mint((address,address,uint24,int24,int24,uint256,uint256,uint256,uint256,address,uint256))"
IN = "quoteExactInputSingle((address,address,uint256,uint24,uint160))"
OUT = "quoteExactOutputSingle((address,address,uint256,uint24,uint160))"
SWAP = "exactInputSingle((address,address,uint24,address,uint256,uint256,uint160))"
# Spacing 1 has 6,932 words in its bitmap, and a swap may read half of them.
CALL_GAS = hex(400_000_000)


class Answer(NamedTuple):
    """What a contract answered: its values, or the reason of its revert (None: it gave none)."""

    values: tuple[int, ...] | None
    reason: str | None = None


def ask(node: Node, calls: Sequence[tuple[str, bytes]], types: str) -> list[Answer]:
    """Many contract reads, reverts and all, in batches."""
    found: list[Answer] = []
    for start in range(0, len(calls), 500):
        batch = [
            ("eth_call", [{"to": to, "data": "0x" + data.hex(), "gas": CALL_GAS}, "latest"])
            for to, data in calls[start : start + 500]
        ]
        for raw in node.batch_answers(batch):
            try:
                found.append(Answer(decode_answer(types, hex_bytes(result_of(raw, "eth_call")))))
            except RevertedError as error:
                found.append(Answer(None, error.reason))
            except NodeError as error:
                # Solidity's old way of stopping, as at a division by zero.
                if "InvalidFEOpcode" not in str(error):
                    raise
                found.append(Answer(None, "assert"))
    return found


def quoter_count(pool: V3Pool, after: int) -> int:
    """What QuoterV2 counts as crossed from the pool's tick to the tick `after`.

    It counts the bits of the bitmap between the two ticks, each divided by the spacing and cut off
    towards zero, less an end that is a tick itself and was only stood upon. So below zero it may
    count a tick too many, and a swap that stays on a tick counts it.
    """
    spacing, before = pool.tick_spacing, pool.tick
    ends = sorted(int(tick / spacing) for tick in (before, after))
    ticks = set(pool.tick_numbers)
    count = sum(ends[0] <= tick // spacing <= ends[1] for tick in ticks)
    if before > after:
        count -= after in ticks
    if before < after:
        count -= before in ticks
    return count


class World:
    """Tokens of 6, 8 and 18 decimals and random pools of them; `sender` sends as `who`."""

    def __init__(self, devnet: Devnet, random: Random) -> None:
        deployment = devnet.deployment
        assert deployment.devnet is not None
        self.random = random
        self.rpc = devnet.rpc
        self.node = Node.at(devnet.url)
        self.dex = deployment.dex
        self.who = deployment.devnet.accounts["liquidity"]
        # Hundreds of full blocks in a row make the base fee rise by orders of magnitude.
        self.sender = Sender(devnet.rpc, 10_000 * deployment.devnet.base_fee)
        code = artifact_code("TestERC20", "vaultsdk.devnet")
        tokens = [
            self.sender.deploy(
                self.who, "token", code, encode_args("(string,string,uint8)", ["T", "T", decimals])
            )
            for decimals in (6, 8, 18, 18, 6, 8)
        ]
        self.tokens = sorted(tokens, key=lambda token: int(token, 16))
        spenders = [
            self.dex.position_manager,
            self.dex.swap_router_02,
            self.dex.uniswap_v2_router_02,
        ]
        for token in self.tokens:
            self._send(token, "mint(address,uint256)", [self.who, RICH])
            for spender in spenders:
                self._send(token, "approve(address,uint256)", [spender, (1 << 256) - 1])
        self.sender.flush()

    def _send(self, to: str | None, signature: str, arguments: list[Any]) -> None:
        assert to is not None
        self.sender.send(self.who, to, encode_call(signature, arguments), signature)

    # ------------------------------------------------------------ making pools
    def v3_pools(self, count: int) -> list[PoolRef]:
        """Pools of all fee tiers at random prices, with one to ten positions each."""
        places = [
            (a, b, fee) for fee in TICK_SPACING for i, a in enumerate(self.tokens)
            for b in self.tokens[i + 1 :]
        ]  # fmt: skip
        chosen = self.random.sample(places, count)
        prices = {}
        for place in chosen:
            # Mostly a price that tokens of these decimals may have, sometimes any price at all.
            span = MAX_TICK - 1 if self.random.random() < 0.2 else 330_000
            tick = self.random.randint(-span, span)
            low, high = sqrt_price_at(tick), sqrt_price_at(tick + 1)
            # Exactly on a tick now and then.
            price = low if self.random.random() < 0.2 else self.random.randrange(low, high)
            prices[place] = price
            signature = "createAndInitializePoolIfNecessary(address,address,uint24,uint160)"
            self._send(self.dex.position_manager, signature, [*place, price])
        for place, price in prices.items():
            self._positions(place, price)
        self.sender.flush()
        assert self.dex.uniswap_v3_factory is not None
        calls = [
            (self.dex.uniswap_v3_factory, encode_call("getPool(address,address,uint24)", place))
            for place in chosen
        ]
        return [
            PoolRef(kind="uniswap_v3", address=pool.values[0], token0=a, token1=b, fee=fee)
            for (a, b, fee), pool in zip(chosen, ask(self.node, calls, "(address)"), strict=True)
            if pool.values is not None
        ]

    def _positions(self, place: tuple[str, str, int], price: int) -> None:
        spacing = TICK_SPACING[place[2]]
        last = MAX_TICK // spacing
        here = tick_at(price) // spacing
        style = self.random.choice(["near", "wide", "apart", "mixed"])
        for _ in range(self.random.randint(1, 10)):
            kind = self.random.choice(["near", "wide", "apart"]) if style == "mixed" else style
            reach = {"near": 20, "wide": 3_000, "apart": 700}[kind]
            middle = here + (self.random.randint(-reach, reach) if kind == "apart" else 0)
            low = middle - self.random.randint(0, reach)
            high = middle + self.random.randint(1, reach)
            if self.random.random() < 0.1:
                low, high = -last, last
            low, high = max(low, -last), min(high, last)
            if low >= high:
                continue
            liquidity = 10 ** self.random.randint(6, 22) * self.random.randint(1, 999)
            low_price, high_price = sqrt_price_at(low * spacing), sqrt_price_at(high * spacing)
            here_price = min(max(price, low_price), high_price)
            amounts = (
                amount0_up(here_price, high_price, liquidity),
                amount1_up(low_price, here_price, liquidity),
            )
            # Of a few units the manager would make any liquidity, up to more than 128 bits hold.
            # At prices near nothing it makes none: it multiplies two roots and cuts off 96 bits.
            if low_price * high_price >> 96 > 1_000 and all(
                amount == 0 or amount > 1_000 for amount in amounts
            ):
                ticks = low * spacing, high * spacing
                position = (*place, *ticks, *amounts, 0, 0, self.who, 1 << 40)
                self._send(self.dex.position_manager, MINT, [position])

    def v2_pools(self, count: int) -> list[PoolRef]:
        """Pairs with random reserves."""
        places = [(a, b) for i, a in enumerate(self.tokens) for b in self.tokens[i + 1 :]]
        chosen = self.random.sample(places, count)
        for place in chosen:
            amounts = [10 ** self.random.randint(4, 30) * self.random.randint(1, 99) for _ in place]
            signature = (
                "addLiquidity(address,address,uint256,uint256,uint256,uint256,address,uint256)"
            )
            arguments = [*place, *amounts, 0, 0, self.who, 1 << 40]
            self._send(self.dex.uniswap_v2_router_02, signature, arguments)
        self.sender.flush()
        assert self.dex.uniswap_v2_factory is not None
        calls = [
            (self.dex.uniswap_v2_factory, encode_call("getPair(address,address)", place))
            for place in chosen
        ]
        return [
            PoolRef(kind="uniswap_v2", address=pair.values[0], token0=a, token1=b, fee=3000)
            for (a, b), pair in zip(chosen, ask(self.node, calls, "(address)"), strict=True)
            if pair.values is not None
        ]

    # ------------------------------------------------------------ trading
    def swap_v3(self, pool: V3Pool, token_in: str, amount: int, limit: int) -> None:
        """Sell for real, through SwapRouter02."""
        token_out = pool.token1 if token_in == pool.token0 else pool.token0
        arguments = (token_in, token_out, pool.fee, self.who, amount, 0, limit)
        self._send(self.dex.swap_router_02, SWAP, [arguments])

    def swap_v2(self, path: list[str], amount: int) -> None:
        """Sell for real, through the V2 router."""
        signature = "swapExactTokensForTokens(uint256,uint256,address[],address,uint256)"
        arguments = [amount, 0, path, self.who, 1 << 40]
        self._send(self.dex.uniswap_v2_router_02, signature, arguments)

    # ------------------------------------------------------------ amounts worth asking for
    def amount(self) -> int:
        """Any size: from one unit to beyond all liquidity, all magnitudes alike."""
        bits = self.random.randint(0, 130)
        return self.random.randrange(1 << bits, 2 << bits)

    def limit(self, pool: V3Pool, zero_for_one: bool) -> int | None:
        """No limit mostly; else a price on the way, often exactly a tick's, sometimes a bad one."""
        chance = self.random.random()
        if chance < 0.7:
            return None
        if chance < 0.72:
            return self.random.choice([MIN_SQRT_PRICE, MAX_SQRT_PRICE, pool.sqrt_price_x96])
        if chance < 0.86 and pool.ticks:
            return sqrt_price_at(self.random.choice(pool.tick_numbers))
        bits = self.random.randint(1, 40)
        far = pool.sqrt_price_x96 * self.random.randint(1, 1 << bits) >> bits
        if zero_for_one:
            return max(far, MIN_SQRT_PRICE + 1)
        return min(pool.sqrt_price_x96**2 // max(far, 1), MAX_SQRT_PRICE - 1)
