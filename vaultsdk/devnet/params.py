"""What a local chain starts with. The numbers are the mainnet of late 2021, rounded."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal

from vaultsdk.core.model import Frozen

WAD = 10**18
GWEI = 10**9
_YEAR = 31_557_600  # s; 365.25 days


class Range(Frozen):
    """One position of a Uniswap V3 pool.

    `low` and `high` are factors on the pool's first price (None, None is the full range). `depth`
    is the position's virtual reserve of each side in whole ether: within the range a trade of x
    ether moves the price by about 2 x / depth.
    """

    low: Decimal | None
    high: Decimal | None
    depth: int


class PoolSpec(Frozen):
    """A pool to create: the price is that of `base` in `money`, and so are its ranges."""

    kind: Literal["uniswap_v2", "uniswap_v3"]
    base: str
    money: str
    fee: int
    """Parts per million: 500 is 0.05 %."""
    ranges: tuple[Range, ...]


def _full(depth: int) -> Range:
    return Range(low=None, high=None, depth=depth)


def _range(low: str, high: str, depth: int) -> Range:
    return Range(low=Decimal(low), high=Decimal(high), depth=depth)


# Depth, not value locked, is what a swap feels, so depth is what is fixed here, over every price
# that a replay may reach: ETH from a twentieth to ten times the first price, staked tokens from a
# deep discount through years of growth. What mainnet's providers do by moving their positions
# along, these do by standing everywhere, which makes the pools' balances larger than real ones.
POOLS = (
    PoolSpec(
        kind="uniswap_v3",
        base="WETH",
        money="USDC",
        fee=500,
        ranges=(_full(8_000), _range("0.05", "10", 110_000)),
    ),
    PoolSpec(
        kind="uniswap_v3",
        base="WETH",
        money="USDC",
        fee=3000,
        ranges=(_full(8_000), _range("0.05", "10", 60_000)),
    ),
    PoolSpec(
        kind="uniswap_v3",
        base="wstETH",
        money="WETH",
        fee=100,
        ranges=(_full(2_000), _range("0.85", "1.35", 200_000), _range("0.97", "1.15", 400_000)),
    ),
    PoolSpec(
        kind="uniswap_v3",
        base="wstETH",
        money="WETH",
        fee=500,
        ranges=(_full(1_000), _range("0.85", "1.35", 60_000)),
    ),
    PoolSpec(
        kind="uniswap_v3",
        base="rETH",
        money="WETH",
        fee=500,
        ranges=(_full(1_000), _range("0.85", "1.35", 120_000)),
    ),
    PoolSpec(
        kind="uniswap_v3",
        base="wstETH",
        money="USDC",
        fee=3000,
        ranges=(_full(2_000), _range("0.05", "10", 8_000)),
    ),
    PoolSpec(kind="uniswap_v2", base="WETH", money="USDC", fee=3000, ranges=(_full(15_000),)),
    PoolSpec(kind="uniswap_v2", base="wstETH", money="WETH", fee=3000, ranges=(_full(3_000),)),
)


class Growth(Frozen):
    """A staked token's rate: ether per token at the start and growth a year (share of it)."""

    rate: Decimal
    yearly: Decimal

    @property
    def rate_wad(self) -> int:
        """The rate at the start, wad."""
        return int(self.rate * WAD)

    @property
    def per_second_wad(self) -> int:
        """What a second adds, wad, rounded down."""
        return int(self.rate * self.yearly * WAD) // _YEAR


class DevnetParams(Frozen):
    """Everything that a local chain's first state depends on; its hash names the saved state."""

    start: datetime = datetime(2021, 11, 29, tzinfo=UTC)
    """The chain's clock when it is set up: a day before the first price of the default replay."""
    eth_usd: Decimal = Decimal("4642.38")
    steth_eth: Decimal = Decimal("0.9995")
    """Market price of stETH; that of wstETH is its protocol's rate times this."""
    reth_premium: Decimal = Decimal("1.0005")
    """Market price of rETH over its protocol's rate."""
    usdc_usd: Decimal = Decimal("1")
    wsteth: Growth = Growth(rate=Decimal("1.052"), yearly=Decimal("0.045"))
    reth: Growth = Growth(rate=Decimal("1.012"), yearly=Decimal("0.040"))
    base_fee: int = 20 * GWEI
    """Wei. Every replayed block starts from it, so that a replay's gas costs mean something."""
    accounts: int = 30
    """Unlocked accounts on the node; those from number 10 on are depositors."""
    pools: tuple[PoolSpec, ...] = POOLS

    @property
    def start_time(self) -> int:
        """`start` as Unix time."""
        return int(self.start.timestamp())
