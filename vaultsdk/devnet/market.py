"""Moving the market: time, feeds and, through a trader who arbitrages, the pools."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from vaultsdk.core.deployment import Deployment, PoolRef
from vaultsdk.core.model import Frozen
from vaultsdk.devnet.abi import encode_call
from vaultsdk.devnet.arbitrage import Trade, v2_trade, v3_trade
from vaultsdk.devnet.errors import DevnetError
from vaultsdk.devnet.params import WAD
from vaultsdk.devnet.pools import price_ratio
from vaultsdk.devnet.rpc import Rpc

_PURSE = 2**128  # above what any pool can take; the trader's balance is the real limit
_TRADE_GAS = 3_000_000  # a day's jump crosses many ticks
_FEED_GAS = 200_000
_DEADLINE = 2**40


class Prices(Frozen):
    """The market at one moment. None leaves a price where it is.

    `reth_premium` is the market's rETH/ETH over the protocol's own rate.
    """

    eth_usd: Decimal | None = None
    steth_eth: Decimal | None = None
    reth_premium: Decimal | None = None
    usdc_usd: Decimal | None = None


@dataclass(frozen=True)
class Step:
    """What a step did: the block it made, the prices by symbol (USD wad), the trades."""

    block: int
    time: int
    prices: dict[str, int]
    trades: int


@dataclass(frozen=True)
class _View:
    """The chain before a step."""

    time: int
    feeds: dict[str, tuple[int, int]]  # answer, decimals
    rates: dict[str, int]  # wad at the time of the step, by symbol
    pools: list[tuple[int, ...]]  # (sqrt price,) or (reserve0, reserve1)
    nonces: dict[str, int]


class MarketMover:
    """Moves one devnet's market. Feeds keep their last answers until a step changes them."""

    def __init__(self, rpc: Rpc, deployment: Deployment) -> None:
        """Raises DevnetError when the deployment is not a local chain's."""
        if deployment.devnet is None:
            raise DevnetError(
                f"deployment {deployment.name} is not a devnet: its prices cannot be moved"
            )
        self.rpc = rpc
        self.deployment = deployment
        self._devnet = deployment.devnet
        tokens = (*deployment.assets, deployment.quote)
        self._symbols = {token.address: token.symbol for token in tokens}
        self._decimals = {token.symbol: token.decimals for token in tokens}
        self._tokens = {token.symbol: token.address for token in tokens}

    def step(
        self, prices: Prices | None = None, *, time: int | None = None, base_fee: int | None = None
    ) -> Step:
        """One block: feeds answer the new prices, and the trader brings every pool along.

        `time` (Unix, s) is the block's; None is one second after the last. `base_fee` (wei) is
        the block's; None is the devnet's own. Raises DevnetError when time would go backwards.
        """
        before = self._read(time)
        answers = self._answers(prices or Prices(), before)
        usd = self._usd(answers, before)
        trades = self._trades(usd, before)
        fee = self._devnet.base_fee if base_fee is None else base_fee
        feeds_from, trader = self._devnet.accounts["deployer"], self._devnet.arbitrageur
        nonces = dict(before.nonces)
        calls: list[tuple[str, dict[str, Any]]] = []

        def add(label: str, account: str, to: str, data: bytes, gas: int) -> None:
            transaction = {
                "from": account,
                "to": to,
                "data": "0x" + data.hex(),
                "gas": hex(gas),
                "gasPrice": hex(2 * fee + 1),
                "nonce": hex(nonces[account]),
            }
            nonces[account] += 1
            calls.append((label, transaction))

        for name, answer in answers.items():
            data = encode_call("set_answer(int256)", [answer])
            add(f"feed {name}", feeds_from, self._devnet.feeds[name], data, _FEED_GAS)
        for pool, trade in trades:
            to, data = self._swap(pool, trade)
            add(f"arbitrage in pool {pool.address}", trader, to, data, _TRADE_GAS)
        block = self._mine(calls, before.time, fee)
        return Step(block=block, time=before.time, prices=usd, trades=len(trades))

    def now(self) -> int:
        """The latest block's time (Unix, s)."""
        return int(self.rpc.call("eth_getBlockByNumber", "latest", False)["timestamp"], 16)

    def usd_prices(self) -> dict[str, int]:
        """USD wad per whole token by symbol, as the feeds and rates stand in the latest block."""
        before = self._read(None, ahead=0)
        return self._usd({name: answer for name, (answer, _) in before.feeds.items()}, before)

    def deviations(self) -> dict[str, Decimal]:
        """How far each pool's marginal price is from the oracle's, as a share, by pool address."""
        before = self._read(None, ahead=0)
        usd = self._usd({name: answer for name, (answer, _) in before.feeds.items()}, before)
        found = {}
        for pool, state in zip(self.deployment.pools, before.pools, strict=True):
            v3 = len(state) == 1
            price = Fraction(state[0] ** 2, 2**192) if v3 else Fraction(state[1], state[0])
            off = price / self._ratio(pool, usd) - 1
            found[pool.address] = Decimal(off.numerator) / Decimal(off.denominator)
        return found

    def _read(self, time: int | None, ahead: int = 1) -> _View:
        """All that a step needs to know, in one round trip."""
        names = list(self._devnet.feeds)
        getter = {"wstETH": "stEthPerToken()", "rETH": "getExchangeRate()"}
        rated = [symbol for symbol in getter if symbol in self._tokens]
        reads = [(self._devnet.feeds[name], encode_call("latestAnswer()")) for name in names]
        reads += [(self._devnet.feeds[name], encode_call("decimals()")) for name in names]
        reads += [(self._tokens[symbol], encode_call(getter[symbol])) for symbol in rated]
        reads += [(self._tokens[symbol], encode_call("rate_per_second()")) for symbol in rated]
        slot = {"uniswap_v3": "slot0()", "uniswap_v2": "getReserves()"}
        reads += [(pool.address, encode_call(slot[pool.kind])) for pool in self.deployment.pools]
        accounts = (self._devnet.accounts["deployer"], self._devnet.arbitrageur)
        # `pending` would count what is queued; a step follows what is mined.
        answers = self.rpc.batch(
            [("eth_getBlockByNumber", ["latest", False])]
            + [("eth_getTransactionCount", [account, "latest"]) for account in accounts]
            + [("eth_call", [{"to": to, "data": "0x" + d.hex()}, "latest"]) for to, d in reads]
        )
        now = int(answers[0]["timestamp"], 16)
        at = now + ahead if time is None else time
        if at < now:
            raise DevnetError(
                f"the chain's clock stands at {now} and cannot go back to {at}: "
                "start a fresh devnet with an earlier --start"
            )
        counts = dict(zip(accounts, (int(answer, 16) for answer in answers[1:3]), strict=True))
        words = [_words(answer) for answer in answers[3:]]
        first = [word[0] for word in words]
        feeds_end, rates_at = len(names), 2 * len(names)
        pools_at = rates_at + 2 * len(rated)
        rates = {
            symbol: first[rates_at + i] + first[rates_at + len(rated) + i] * (at - now)
            for i, symbol in enumerate(rated)
        }
        return _View(
            time=at,
            feeds={name: (first[i], first[feeds_end + i]) for i, name in enumerate(names)},
            rates=rates,
            pools=[
                tuple(word[:1] if pool.kind == "uniswap_v3" else word[:2])
                for pool, word in zip(self.deployment.pools, words[pools_at:], strict=True)
            ],
            nonces=counts,
        )

    def _answers(self, prices: Prices, before: _View) -> dict[str, int]:
        """The feeds' next answers, in the feeds' own decimals."""
        answers = {name: answer for name, (answer, _) in before.feeds.items()}

        def put(name: str, value: Decimal | None) -> None:
            if value is not None:
                answers[name] = int(value * 10 ** before.feeds[name][1])

        put("ETH/USD", prices.eth_usd)
        put("USDC/USD", prices.usdc_usd)
        put("stETH/ETH", prices.steth_eth)
        if prices.reth_premium is not None:
            answers["rETH/ETH"] = int(before.rates["rETH"] * prices.reth_premium)
        elif before.feeds["rETH/ETH"][0] < before.rates["rETH"]:
            # Left alone, the market's price grows with what it is a claim on.
            answers["rETH/ETH"] = before.rates["rETH"]
        return answers

    def _usd(self, answers: dict[str, int], before: _View) -> dict[str, int]:
        wad = {
            name: answer * 10 ** (18 - before.feeds[name][1]) for name, answer in answers.items()
        }
        eth = wad["ETH/USD"]
        usd = {"WETH": eth, "USDC": wad["USDC/USD"]}
        if "wstETH" in before.rates:
            usd["wstETH"] = before.rates["wstETH"] * wad["stETH/ETH"] // WAD * eth // WAD
        if "rETH" in before.rates:
            usd["rETH"] = wad["rETH/ETH"] * eth // WAD
        return usd

    def _ratio(self, pool: PoolRef, usd: dict[str, int]) -> Fraction:
        symbol0, symbol1 = self._symbols[pool.token0], self._symbols[pool.token1]
        return price_ratio(
            usd[symbol0], self._decimals[symbol0], usd[symbol1], self._decimals[symbol1]
        )

    def _trades(self, usd: dict[str, int], before: _View) -> list[tuple[PoolRef, Trade]]:
        found = []
        for pool, state in zip(self.deployment.pools, before.pools, strict=True):
            ratio = self._ratio(pool, usd)
            if pool.kind == "uniswap_v3":
                trade = v3_trade(state[0], ratio, pool.fee, _PURSE)
            else:
                trade = v2_trade(state[0], state[1], ratio)
            if trade is not None:
                found.append((pool, trade))
        return found

    def _swap(self, pool: PoolRef, trade: Trade) -> tuple[str, bytes]:
        """The router and the call that carry out a trade."""
        pair = [pool.token0, pool.token1]
        token_in, token_out = pair if trade.sell_token0 else reversed(pair)
        trader, dex = self._devnet.arbitrageur, self.deployment.dex
        if pool.kind == "uniswap_v3":
            assert dex.swap_router_02 is not None
            terms = (
                token_in, token_out, pool.fee, trader, trade.amount_in, 0, trade.limit_x96
            )  # fmt: skip
            return dex.swap_router_02, encode_call(_EXACT_INPUT_SINGLE, [terms])
        assert dex.uniswap_v2_router_02 is not None
        return dex.uniswap_v2_router_02, encode_call(
            "swapExactTokensForTokens(uint256,uint256,address[],address,uint256)",
            [trade.amount_in, 0, [token_in, token_out], trader, _DEADLINE],
        )

    def _mine(self, calls: Sequence[tuple[str, dict[str, Any]]], time: int, fee: int) -> int:
        """Mine the calls as one block with this time and base fee; the block's number."""
        self.rpc.call("evm_setAutomine", False)
        try:
            # The node may order a batch as it likes: what must come first comes first by itself.
            self.rpc.batch(
                [
                    ("evm_setNextBlockTimestamp", [time]),
                    ("anvil_setNextBlockBaseFeePerGas", [hex(fee)]),
                ]
            )
            hashes = self.rpc.batch([("eth_sendTransaction", [call]) for _, call in calls])
            self.rpc.call("evm_mine")
        finally:
            self.rpc.call("evm_setAutomine", True)
        receipts = self.rpc.batch([("eth_getTransactionReceipt", [h]) for h in hashes])
        for (label, _), receipt in zip(calls, receipts, strict=True):
            if receipt is None or receipt["status"] != "0x1":
                state = "was not mined" if receipt is None else "reverted"
                raise DevnetError(f"{label} {state}: the devnet is damaged, start it with --fresh")
        return int(receipts[0]["blockNumber"], 16)


_EXACT_INPUT_SINGLE = "exactInputSingle((address,address,uint24,address,uint256,uint256,uint160))"


def _words(answer: str) -> list[int]:
    """The answer's 32-byte words as integers; all the getters here give unsigned ones first."""
    data = bytes.fromhex(answer[2:])
    return [int.from_bytes(data[at : at + 32], "big") for at in range(0, len(data), 32)]
