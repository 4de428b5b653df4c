"""Snapshots built by hand: a family of three assets, pools that follow a formula, any cohorts.

No chain is involved. The pools are constant products of a given depth with a fee, which is what
the real ones are nearly, so that bigger sales pay worse.
"""

from __future__ import annotations

from collections.abc import Sequence

from vaultsdk.core.cohort import CohortKey
from vaultsdk.core.deployment import Deployment
from vaultsdk.core.harvest_rules import Candidate
from vaultsdk.core.policy import Policy
from vaultsdk.core.words import BASE_FEED, BucketWord, ConfigWord
from vaultsdk.keeper.quoting import wanted
from vaultsdk.keeper.state import AssetState, KeeperState, Reading, Snapshot
from vaultsdk.market.curve import Curve
from vaultsdk.market.route import Route, routes

WAD = 10**18
DAY = 86_400
TODAY = 19_000  # 2022-01-08
NOW = TODAY * DAY + 1_000
GWEI = 10**9

WETH, WSTETH, RETH, USDC = (f"0x{number:040x}" for number in (0x11, 0x22, 0x33, 0x44))
V3, V2 = (f"0x{number:040x}" for number in (0xA3, 0xA2))
VAULT, LENS, KEEPER = (f"0x{number:040x}" for number in (0xBB, 0xCC, 0xDD))
QUOTER, ROUTER2 = (f"0x{number:040x}" for number in (0xE3, 0xE2))
RATES = (WAD, 1_052 * WAD // 1_000, 1_012 * WAD // 1_000)

EAGER = Policy(
    mask=0b111,
    min_loss=200,
    max_cost=3_000,
    max_slippage=300,
    max_fee=50,
    min_hold_days=1,
    tax_value=3_000,
)


def deployment() -> Deployment:
    """Three pools: WETH/wstETH and WETH/rETH on V3, WETH/wstETH on V2."""

    def pool(kind: str, number: int, one: str, two: str, fee: int) -> dict[str, object]:
        return {
            "kind": kind,
            "address": f"0x{number:040x}",
            "token0": one,
            "token1": two,
            "fee": fee,
        }

    return Deployment.model_validate(
        {
            "name": "built by hand",
            "chain_id": 31337,
            "genesis_hash": 1,
            "first_block": 1,
            "vault": VAULT,
            "lens": LENS,
            "quote": {"address": USDC, "symbol": "USDC", "decimals": 6},
            "assets": [
                {"id": number, "address": address, "symbol": symbol, "decimals": 18}
                for number, (address, symbol) in enumerate(
                    ((WETH, "WETH"), (WSTETH, "wstETH"), (RETH, "rETH"))
                )
            ],
            "adapters": {"uniswap_v3": V3, "uniswap_v2": V2},
            "dex": {"quoter_v2": QUOTER, "uniswap_v2_router_02": ROUTER2},
            "pools": [
                pool("uniswap_v3", 0x101, WETH, WSTETH, 100),
                pool("uniswap_v3", 0x102, WETH, RETH, 500),
                pool("uniswap_v2", 0x103, WETH, WSTETH, 3000),
            ],
        }
    )


def cohort(
    *,
    asset: int = 0,
    policy: Policy = EAGER,
    policy_id: int = 1,
    basis: int = 4_600,
    days: int = 40,
    units: int = 10 * WAD,
    harvest: int = 0,
    seq: int = 0,
) -> Candidate:
    """A cohort of lots that cost `basis` USD a token, `days` ago."""
    key = CohortKey.of(asset, policy_id, basis * WAD, (TODAY - days) * DAY, seq)
    return Candidate(key=key, units=units, harvest=harvest, policy=policy)


def curve(route: Route, sizes: Sequence[int], rate: int, depth: int) -> Curve:
    """Quotes of a pool (or pools in a row) with that depth (units in) at a rate (wad, out per in).

    A constant product after the fee: out = depth * x / (depth + x) at the rate.
    """
    points = []
    for size in sizes:
        kept = size * route.kept // WAD
        out = depth * kept // (depth + kept) * rate // WAD
        if out:
            points.append((size, out))
    return Curve(route=route, points=tuple(points))


def snapshot(
    candidates: Sequence[Candidate],
    *,
    price: int = 3_000,
    depth: int = 200_000 * WAD,
    pool_off_bps: int = 0,
    bucket: int = 100 * WAD,
    used: int = 0,
    cohort_cap: int = 1_000 * WAD,
    gas_wei: int = 20 * GWEI,
    statuses: dict[int, int] | None = None,
    paused: int = 0,
    listed: int = 0b111,
    devs: tuple[int, int, int, int] = (50, 0, 60, 200),
    pools: bool = True,
) -> Snapshot:
    """A snapshot with these cohorts; `price` in whole USD, `pool_off_bps` what pools pay above
    (below, if negative) the feeds' rates. `devs`: base, WETH, wstETH, rETH."""
    bad = statuses or {}
    answers = {BASE_FEED: price * WAD} | dict(enumerate(RATES))
    built = Snapshot(
        chain_id=31337,
        vault=VAULT,
        block_number=100,
        block_hash="0x" + "ab" * 32,
        timestamp=NOW,
        base_fee=gas_wei,
        tip=0,
        config=ConfigWord(paused=paused, asset_count=3, listed=listed),
        bucket=BucketWord(size=bucket, time=NOW, used=used),
        assets={
            asset.id: AssetState(
                id=asset.id,
                symbol=asset.symbol,
                address=asset.address,
                decimals=asset.decimals,
                cohort_cap=cohort_cap,
            )
            for asset in deployment().assets
        },
        feeds={
            feed: Reading(
                answer=0 if bad.get(feed) else answer,
                updated_at=NOW - 60,
                status=bad.get(feed, 0),
                dev=dict(zip((BASE_FEED, 0, 1, 2), devs, strict=True))[feed],
                words="stale" if bad.get(feed) else "ok",
            )
            for feed, answer in answers.items()
        },
        candidates=tuple(sorted(candidates, key=lambda one: one.key.pack())),
        adapters=(V3, V2),
        keeper=KeeperState(address=KEEPER, roles=4, balance=WAD, nonce=0, pending_nonce=0),
    )
    if not pools:
        return built
    curves = []
    for want in wanted(built):
        rate = RATES[want.asset_in] * WAD // RATES[want.asset_out]
        rate = rate * (10_000 + pool_off_bps) // 10_000
        tokens = [asset.address for asset in deployment().assets]
        for route in routes(deployment(), tokens[want.asset_in], tokens[want.asset_out]):
            curves.append((want.asset_in, want.asset_out, curve(route, want.sizes, rate, depth)))
    return built.model_copy(update={"curves": tuple(curves)})
