"""Setting up the market: tokens, exchanges, feeds and pools, all of them the real contracts but
the tokens and the feeds."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from vaultsdk.chain.artifacts import load_artifact
from vaultsdk.core.deployment import DexRefs, PoolRef, TokenRef
from vaultsdk.core.model import ZERO_ADDRESS
from vaultsdk.devnet import npm
from vaultsdk.devnet.abi import decode_answer, encode_args, encode_call
from vaultsdk.devnet.accounts import address, role_index
from vaultsdk.devnet.params import WAD, DevnetParams, PoolSpec
from vaultsdk.devnet.pools import (
    TICK_SPACING,
    position_amounts,
    price_ratio,
    sqrt_price_x96,
    tick_range,
)
from vaultsdk.devnet.rpc import Rpc
from vaultsdk.devnet.sender import Sender

MAX_UINT = 2**256 - 1
# What the trader and the liquidity provider own: more than any pool can take, so that neither is
# ever in the way. Whole tokens.
_RICHES = 20_000_000
_RICHES_USD = 100_000_000_000


@dataclass(frozen=True)
class Market:
    """What was set up, by symbol and by role."""

    tokens: dict[str, TokenRef]
    feeds: dict[str, str]
    dex: DexRefs
    pools: tuple[PoolRef, ...]


def artifact_code(name: str, package: str = "vaultsdk.chain") -> bytes:
    """Creation code of one of our own packaged contracts."""
    return bytes.fromhex(load_artifact(name, package).bytecode[2:])


def usd_prices(params: DevnetParams) -> dict[str, int]:
    """USD wad per whole token at the start, by symbol: what feeds answer and pools trade at."""
    eth = int(params.eth_usd * WAD)
    wsteth = params.wsteth.rate_wad * int(params.steth_eth * WAD) // WAD
    reth = params.reth.rate_wad * int(params.reth_premium * WAD) // WAD
    return {
        "WETH": eth,
        "USDC": int(params.usdc_usd * WAD),
        "wstETH": wsteth * eth // WAD,
        "rETH": reth * eth // WAD,
    }


def set_up_market(rpc: Rpc, sender: Sender, params: DevnetParams) -> Market:
    """Deploy and fund everything that a vault needs around it."""
    deployer = address(role_index("deployer"))
    tokens = _tokens(sender, params, deployer)
    feeds = _feeds(sender, params, deployer)
    dex = _exchanges(sender, deployer, tokens["WETH"].address)
    _fund(rpc, sender, tokens, dex)
    pools = _pools(rpc, sender, params, tokens, dex)
    return Market(tokens=tokens, feeds=feeds, dex=dex, pools=pools)


def _tokens(sender: Sender, params: DevnetParams, deployer: str) -> dict[str, TokenRef]:
    def test_token(contract: str, types: str, arguments: list[object]) -> str:
        code = artifact_code(contract, "vaultsdk.devnet")
        return sender.deploy(deployer, contract, code, encode_args(types, arguments))

    def staked(contract: str, name: str, symbol: str, rate: int, per_second: int) -> TokenRef:
        arguments = [name, symbol, rate, per_second]
        where = test_token(contract, "(string,string,uint256,uint256)", arguments)
        return TokenRef(address=where, symbol=symbol, decimals=18)

    weth = sender.deploy(deployer, "WETH9", npm.bytecode("WETH9"))
    usdc = test_token("TestERC20", "(string,string,uint8)", ["USD Coin", "USDC", 6])
    return {
        "WETH": TokenRef(address=weth, symbol="WETH", decimals=18),
        "USDC": TokenRef(address=usdc, symbol="USDC", decimals=6),
        "wstETH": staked(
            "WrappedStaked",
            "Wrapped liquid staked Ether",
            "wstETH",
            params.wsteth.rate_wad,
            params.wsteth.per_second_wad,
        ),
        "rETH": staked(
            "RocketStaked",
            "Rocket Pool ETH",
            "rETH",
            params.reth.rate_wad,
            params.reth.per_second_wad,
        ),
    }


def _feeds(sender: Sender, params: DevnetParams, deployer: str) -> dict[str, str]:
    """Feeds with the decimals that Chainlink's have on mainnet (8 against USD, 18 against ETH)."""
    code = artifact_code("MockFeed", "vaultsdk.devnet")

    def feed(name: str, decimals: int, answer: Decimal) -> str:
        arguments = [decimals, name.replace("/", " / "), int(answer * 10**decimals)]
        encoded = encode_args("(uint8,string,int256)", arguments)
        return sender.deploy(deployer, f"feed {name}", code, encoded)

    return {
        "ETH/USD": feed("ETH/USD", 8, params.eth_usd),
        "USDC/USD": feed("USDC/USD", 8, params.usdc_usd),
        "stETH/ETH": feed("stETH/ETH", 18, params.steth_eth),
        "rETH/ETH": feed("rETH/ETH", 18, params.reth.rate * params.reth_premium),
    }


def _exchanges(sender: Sender, deployer: str, weth: str) -> DexRefs:
    def npm_contract(name: str, types: str, arguments: list[object]) -> str:
        return sender.deploy(deployer, name, npm.bytecode(name), encode_args(types, arguments))

    v3_factory = npm_contract("UniswapV3Factory", "()", [])
    # Mainnet's governance added the 0.01 % tier later; npm's factory is the one before.
    enable = encode_call("enableFeeAmount(uint24,int24)", [100, TICK_SPACING[100]])
    sender.send(deployer, v3_factory, enable, "enable the 0.01 % fee tier")
    # No descriptor: nothing here draws the positions' pictures.
    manager = npm_contract(
        "NonfungiblePositionManager", "(address,address,address)", [v3_factory, weth, ZERO_ADDRESS]
    )
    v2_factory = npm_contract("UniswapV2Factory", "(address)", [ZERO_ADDRESS])
    return DexRefs(
        uniswap_v3_factory=v3_factory,
        position_manager=manager,
        uniswap_v2_factory=v2_factory,
        uniswap_v2_router_02=npm_contract(
            "UniswapV2Router02", "(address,address)", [v2_factory, weth]
        ),
        swap_router_02=npm_contract(
            "SwapRouter02",
            "(address,address,address,address)",
            [v2_factory, v3_factory, manager, weth],
        ),
        quoter_v2=npm_contract("QuoterV2", "(address,address)", [v3_factory, weth]),
    )


def _fund(rpc: Rpc, sender: Sender, tokens: dict[str, TokenRef], dex: DexRefs) -> None:
    """Give the trader and the liquidity provider all they will ever need, and their approvals."""
    trader, provider = address(role_index("arbitrageur")), address(role_index("liquidity"))
    spenders = {
        trader: (dex.swap_router_02, dex.uniswap_v2_router_02),
        provider: (dex.position_manager,),
    }
    rpc.batch([("anvil_setBalance", [who, hex(_RICHES * 2 * WAD)]) for who in spenders])
    for who, allowed in spenders.items():
        for symbol, token in tokens.items():
            whole = _RICHES_USD if symbol == "USDC" else _RICHES
            amount = whole * 10**token.decimals
            if symbol == "WETH":
                deposit = encode_call("deposit()")
                sender.send(who, token.address, deposit, "wrap ether", value=amount)
            else:
                mint = encode_call("mint(address,uint256)", [who, amount])
                sender.send(who, token.address, mint, f"mint {symbol}")
            for spender in allowed:
                approve = encode_call("approve(address,uint256)", [spender, MAX_UINT])
                sender.send(who, token.address, approve, f"approve {symbol}")


def _pools(
    rpc: Rpc,
    sender: Sender,
    params: DevnetParams,
    tokens: dict[str, TokenRef],
    dex: DexRefs,
) -> tuple[PoolRef, ...]:
    prices = usd_prices(params)
    layouts = [_Layout(spec, tokens, prices) for spec in params.pools]
    provider = address(role_index("liquidity"))
    for layout in layouts:
        layout.create(sender, provider, dex)
    sender.flush()
    answers = rpc.eth_call([layout.where(dex) for layout in layouts])
    pools = []
    for layout, answer in zip(layouts, answers, strict=True):
        (pool,) = decode_answer("(address)", answer)
        layout.fill(sender, provider, dex, pool, params.start_time + 86_400)
        pools.append(layout.ref(pool))
    sender.flush()
    return tuple(pools)


class _Layout:
    """One pool on its way: its tokens in the pool's own order, its price, its positions."""

    def __init__(self, spec: PoolSpec, tokens: dict[str, TokenRef], prices: dict[str, int]) -> None:
        self.spec = spec
        pair = sorted((tokens[spec.base], tokens[spec.money]), key=lambda t: int(t.address, 16))
        self.token0, self.token1 = pair
        self.inverted = self.token0.symbol != spec.base
        self.eth_usd = prices["WETH"]
        self.usd = prices[self.token0.symbol], prices[self.token1.symbol]
        self.ratio = price_ratio(
            self.usd[0], self.token0.decimals, self.usd[1], self.token1.decimals
        )

    def create(self, sender: Sender, provider: str, dex: DexRefs) -> None:
        pair = [self.token0.address, self.token1.address]
        if self.spec.kind == "uniswap_v3":
            data = encode_call(
                "createAndInitializePoolIfNecessary(address,address,uint24,uint160)",
                [*pair, self.spec.fee, sqrt_price_x96(self.ratio)],
            )
            sender.send(provider, _need(dex.position_manager), data, f"create {self.name}")
        else:
            data = encode_call("createPair(address,address)", pair)
            sender.send(provider, _need(dex.uniswap_v2_factory), data, f"create {self.name}")

    def where(self, dex: DexRefs) -> tuple[str, bytes]:
        """The call that answers with the pool's address."""
        pair = [self.token0.address, self.token1.address]
        if self.spec.kind == "uniswap_v3":
            arguments = [*pair, self.spec.fee]
            data = encode_call("getPool(address,address,uint24)", arguments)
            return _need(dex.uniswap_v3_factory), data
        return _need(dex.uniswap_v2_factory), encode_call("getPair(address,address)", pair)

    def fill(self, sender: Sender, provider: str, dex: DexRefs, pool: str, deadline: int) -> None:
        for place in self.spec.ranges:
            reserve0, reserve1 = (
                place.depth * self.eth_usd * 10**token.decimals // usd
                for token, usd in zip((self.token0, self.token1), self.usd, strict=True)
            )
            label = f"liquidity of {self.name}"
            if self.spec.kind == "uniswap_v2":
                for token, amount in ((self.token0, reserve0), (self.token1, reserve1)):
                    give = encode_call("transfer(address,uint256)", [pool, amount])
                    sender.send(provider, token.address, give, label)
                sender.send(provider, pool, encode_call("mint(address)", [provider]), label)
                continue
            ticks = tick_range(self.ratio, place, self.spec.fee, self.inverted)
            amounts = position_amounts(reserve0, reserve1, self.ratio, ticks)
            position = (
                self.token0.address,
                self.token1.address,
                self.spec.fee,
                *ticks,
                *amounts,
                0,  # no least amounts: nobody can trade in between
                0,
                provider,
                deadline,
            )
            data = encode_call(_MINT, [position])
            sender.send(provider, _need(dex.position_manager), data, label)

    def ref(self, pool: str) -> PoolRef:
        return PoolRef(
            kind=self.spec.kind,
            address=pool,
            token0=self.token0.address,
            token1=self.token1.address,
            fee=self.spec.fee,
        )

    @property
    def name(self) -> str:
        """As in "uniswap_v3 WETH/USDC 500"."""
        return f"{self.spec.kind} {self.spec.base}/{self.spec.money} {self.spec.fee}"


_MINT = "mint((address,address,uint24,int24,int24,uint256,uint256,uint256,uint256,address,uint256))"


def _need(contract: str | None) -> str:
    assert contract is not None  # the devnet deploys every exchange
    return contract
