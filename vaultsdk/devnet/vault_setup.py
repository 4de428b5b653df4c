"""Setting up a vault on the market: adapters, the composite feed, timelock, policies."""

from __future__ import annotations

from dataclasses import dataclass

from vaultsdk.chain.artifacts import ArtifactError
from vaultsdk.core.deployment import AdapterRefs, AssetRef, PolicyRef
from vaultsdk.core.model import ZERO_ADDRESS
from vaultsdk.core.policy import Policy
from vaultsdk.devnet import npm
from vaultsdk.devnet.abi import encode_args, encode_call
from vaultsdk.devnet.accounts import address, role_index
from vaultsdk.devnet.market_setup import Market, artifact_code
from vaultsdk.devnet.params import WAD
from vaultsdk.devnet.sender import Sender

FAMILY = ("WETH", "wstETH", "rETH")
_TIMELOCK_DELAY = 2 * 86_400  # s

# Heartbeats (s) and deviations (bps) as Chainlink states them for mainnet's ETH/USD, USDC/USD,
# stETH/ETH and rETH/ETH, but for ETH/USD, which is an hour there: a devnet's feeds move once a
# replayed day, all in the day's first block.
_DAY = 86_400
_DEV_ETH_USD, _DEV_USDC_USD, _DEV_STETH_ETH, _DEV_RETH_ETH = 50, 25, 50, 200
# What Lido's own rate may be off against a fresh report; added to the market feed's deviation.
_DEV_WSTETH_RATE = 10

# The deployment's hard bounds on policies and purchases, in bps.
_BOUNDS = (5_000, 500, 100, 200)  # max_cost, max_slippage, max_fee, buy_tolerance
_MIN_DEPOSIT = WAD // 100
_COHORT_CAP = 1_000 * WAD
# The bucket carries the largest full cohort at the largest deviations and slippage that the bounds
# allow: 1,000 tokens * about 1.1 ether * (5 % + 2.6 %) = 84 ether.
_BUCKET = 100 * WAD

_FEED_TYPE = "(address,uint256,uint256,uint256,uint256)"


@dataclass(frozen=True)
class VaultSetup:
    """What was deployed."""

    vault: str
    lens: str | None
    timelock: str
    eth_gate: str
    adapters: AdapterRefs
    assets: tuple[AssetRef, ...]
    feeds: dict[str, str]
    policies: tuple[PolicyRef, ...]


def policies() -> tuple[PolicyRef, ...]:
    """The devnet's policies, by the ids that the vault gives them in this order."""
    any_of = (1 << len(FAMILY)) - 1
    no_reth = any_of & ~(1 << FAMILY.index("rETH"))
    made = {
        "hold": Policy.hold(),
        # Its slippage allows for stETH's feed but not for rETH's, so rETH is not in its mask.
        "conservative": Policy(
            mask=no_reth,
            min_loss=1_000,
            max_cost=1_000,
            max_slippage=100,
            max_fee=20,
            min_hold_days=31,
            tax_value=3_000,
        ),
        "standard": Policy(
            mask=any_of,
            min_loss=500,
            max_cost=2_000,
            max_slippage=300,
            max_fee=30,
            min_hold_days=31,
            tax_value=3_000,
        ),
        "eager": Policy(
            mask=any_of,
            min_loss=400,
            max_cost=3_000,
            max_slippage=300,
            max_fee=50,
            min_hold_days=7,
            tax_value=3_000,
        ),
    }
    return tuple(
        PolicyRef.model_validate({"id": number, "name": name, "word": policy.word()})
        for number, (name, policy) in enumerate(made.items())
    )


def set_up_vault(sender: Sender, market: Market, heartbeat: int = _DAY) -> VaultSetup:
    """Deploy a vault for the ETH family with everything it needs, and create the policies.

    `heartbeat` (s) is how old any feed's answer may be.
    """
    deployer, admin = address(role_index("deployer")), address(role_index("admin"))
    tokens = market.tokens

    def own(name: str, types: str, arguments: list[object]) -> str:
        return sender.deploy(deployer, name, artifact_code(name), encode_args(types, arguments))

    adapters = AdapterRefs(
        uniswap_v3=own("UniswapV3Adapter", "(address)", [market.dex.swap_router_02]),
        uniswap_v2=own("UniswapV2Adapter", "(address)", [market.dex.uniswap_v2_router_02]),
    )
    timelock = sender.deploy(
        deployer,
        "TimelockController",
        npm.bytecode("TimelockController"),
        encode_args(
            "(uint256,address[],address[],address)",
            [_TIMELOCK_DELAY, [admin], [admin], ZERO_ADDRESS],
        ),
    )
    composite = own(
        "CompositeFeed",
        "(string,(address,bytes4,uint256,uint256,uint256),(address,uint256,uint256,uint256)[])",
        [
            "wstETH / ETH",
            (tokens["wstETH"].address, encode_call("stEthPerToken()"), 18, WAD, 3 * WAD),
            [(market.feeds["stETH/ETH"], heartbeat, WAD // 2, 3 * WAD // 2)],
        ],
    )
    rates = {
        "WETH": (ZERO_ADDRESS, 0, 0, 0, 0),  # redeemable one for one in its own contract
        "wstETH": (composite, heartbeat, _DEV_STETH_ETH + _DEV_WSTETH_RATE, WAD // 2, 4 * WAD),
        "rETH": (market.feeds["rETH/ETH"], heartbeat, _DEV_RETH_ETH, WAD // 2, 4 * WAD),
    }
    base = (market.feeds["ETH/USD"], heartbeat, _DEV_ETH_USD, WAD, 10**6 * WAD)
    quote = (market.feeds["USDC/USD"], heartbeat, _DEV_USDC_USD, WAD // 2, 2 * WAD)
    listed = [(tokens[s].address, rates[s], _MIN_DEPOSIT, _COHORT_CAP) for s in FAMILY]
    vault = own(
        "LotVault",
        f"(address,address,address,address,{_FEED_TYPE},{_FEED_TYPE},address,uint256,"
        "(uint256,uint256,uint256,uint256),uint256,"
        f"(address,{_FEED_TYPE},uint256,uint256)[],address[])",
        [
            timelock,
            address(role_index("guardian")),
            address(role_index("keeper")),
            tokens["USDC"].address,
            base,
            quote,
            ZERO_ADDRESS,  # no sequencer: a devnet is an L1
            0,
            _BOUNDS,
            _BUCKET,
            listed,
            [adapters.uniswap_v3, adapters.uniswap_v2],
        ],
    )
    made = policies()
    for policy in made[1:]:
        data = encode_call("create_policy(uint256)", [policy.word_int])
        sender.send(deployer, vault, data, f"policy {policy.name}")
    return VaultSetup(
        vault=vault,
        lens=_lens(sender, deployer),
        timelock=timelock,
        eth_gate=own(
            "EthGate",
            "(address,address,uint256)",
            [vault, tokens["WETH"].address, FAMILY.index("WETH")],
        ),
        adapters=adapters,
        assets=tuple(
            AssetRef(id=number, **tokens[symbol].model_dump())
            for number, symbol in enumerate(FAMILY)
        ),
        feeds={
            "base": market.feeds["ETH/USD"],
            "quote": market.feeds["USDC/USD"],
            "wstETH": composite,
            "rETH": market.feeds["rETH/ETH"],
        },
        policies=made,
    )


def _lens(sender: Sender, deployer: str) -> str | None:
    try:
        code = artifact_code("LotLens")
    except ArtifactError:
        return None
    return sender.deploy(deployer, "LotLens", code)
