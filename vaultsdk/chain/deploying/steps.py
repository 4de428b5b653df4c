"""The steps of a deployment, in order, and what every contract's constructor gets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from web3 import Web3

from vaultsdk.chain.artifacts import Artifact, load_artifact
from vaultsdk.chain.deploying.code import Text, Value
from vaultsdk.core.model import ZERO_ADDRESS
from vaultsdk.core.vault_plan import AssetPlan, CompositePlan, FeedPlan, VaultPlan

TIMELOCK = "openzeppelin/TimelockController"


@dataclass(frozen=True)
class Facts:
    """What only the chain knows: addresses by the key of the step that deployed them (or of the
    plan, for what was there before), and the decimals of feeds by address."""

    addresses: Mapping[str, str]
    decimals: Mapping[str, int]


@dataclass(frozen=True)
class Creation:
    """One contract to deploy. Arguments and immutables depend on what was deployed before it."""

    key: str
    contract: str
    arguments: Callable[[Facts], list[Any]]
    immutables: Callable[[Facts], dict[str, Value]]

    @property
    def artifact(self) -> Artifact:
        """The compiler's output."""
        return load_artifact(self.contract)

    def data(self, facts: Facts) -> bytes:
        """Creation code with its encoded arguments."""
        artifact = self.artifact
        contract = Web3().eth.contract(abi=list(artifact.abi), bytecode=artifact.bytecode)
        arguments = self.arguments(facts)
        return bytes.fromhex(contract.constructor(*arguments).data_in_transaction[2:])


def known_addresses(plan: VaultPlan) -> dict[str, str]:
    """What the plan takes from the chain instead of deploying it, under the steps' keys."""
    found = {f"adapter:{a.kind}": a.address for a in plan.adapters if a.address is not None}
    if plan.timelock.address is not None:
        found["timelock"] = plan.timelock.address
    return found


def creations(plan: VaultPlan) -> list[Creation]:
    """What is to be deployed, in order."""
    steps: list[Creation] = []
    if plan.timelock.address is None:
        steps.append(Creation("timelock", TIMELOCK, lambda _: _timelock(plan), lambda _: {}))
    for asset in plan.assets:
        if asset.composite is not None:
            steps.append(_composite(asset, asset.composite))
    for adapter in plan.adapters:
        if adapter.address is None:
            router = adapter.router
            name = {"uniswap_v3": "UniswapV3Adapter", "uniswap_v2": "UniswapV2Adapter"}
            steps.append(
                Creation(
                    f"adapter:{adapter.kind}",
                    name[adapter.kind],
                    lambda _, router=router: [router],  # type: ignore[misc]
                    lambda _, router=router: {"router": router},  # type: ignore[misc]
                )
            )
    steps.append(
        Creation(
            "vault",
            "LotVault",
            lambda facts: _vault(plan, facts.addresses),
            lambda _: _vault_data(plan),
        )
    )
    steps.append(Creation("lens", "LotLens", lambda _: [], lambda _: {}))
    if plan.eth_gate is not None:
        number, weth = plan.eth_gate, plan.assets[plan.eth_gate].token.address
        steps.append(
            Creation(
                "eth_gate",
                "EthGate",
                lambda facts: [facts.addresses["vault"], weth, number],
                lambda facts: {
                    "vault": facts.addresses["vault"],
                    "weth": weth,
                    "weth_asset": number,
                },
            )
        )
    return steps


def rate_address(asset: AssetPlan, addresses: Mapping[str, str]) -> str:
    """An asset's rate feed: its composite, its market feed, or the zero address (constant 1)."""
    if asset.composite is not None:
        return addresses[f"feed:{asset.token.symbol}"]
    return asset.rate.address or ZERO_ADDRESS


def _feed(feed: FeedPlan, address: str | None = None) -> tuple[str, int, int, int, int]:
    where = address or feed.address or ZERO_ADDRESS
    return where, feed.heartbeat, feed.dev, feed.min_answer, feed.max_answer


def _timelock(plan: VaultPlan) -> list[Any]:
    lock = plan.timelock
    # OpenZeppelin: the zero address as an executor opens execution to anyone; as the admin it
    # leaves the timelock its own and only admin.
    executors = [ZERO_ADDRESS] if lock.anyone_executes else list(lock.executors)
    return [lock.min_delay, list(lock.proposers), executors, ZERO_ADDRESS]


def _composite(asset: AssetPlan, composite: CompositePlan) -> Creation:
    rate = composite.protocol
    part: tuple[Any, ...] = (ZERO_ADDRESS, bytes(4), 0, 0, 0)
    if rate is not None:
        selector = bytes.fromhex(rate.selector[2:])
        part = (rate.target, selector, rate.decimals, rate.min_answer, rate.max_answer)
    markets = [
        (m.address or ZERO_ADDRESS, m.heartbeat, m.min_answer, m.max_answer)
        for m in composite.markets
    ]

    def immutables(facts: Facts) -> dict[str, Value]:
        return {
            "description": Text(composite.description),
            "rate": part,
            "MARKETS": markets,
            "SCALES": [10 ** (18 - facts.decimals[m[0]]) for m in markets],
        }

    return Creation(
        f"feed:{asset.token.symbol}",
        "CompositeFeed",
        lambda _: [composite.description, part, markets],
        immutables,
    )


def _vault(plan: VaultPlan, addresses: Mapping[str, str]) -> list[Any]:
    assets = [
        (a.token.address, _feed(a.rate, rate_address(a, addresses)), a.min_deposit, a.cohort_cap)
        for a in plan.assets
    ]
    return [
        addresses["timelock"],
        plan.guardian,
        plan.keeper,
        plan.quote.address,
        _feed(plan.base),
        _feed(plan.quote_feed),
        plan.sequencer or ZERO_ADDRESS,
        plan.grace,
        _bounds(plan),
        plan.bucket,
        assets,
        [addresses[f"adapter:{adapter.kind}"] for adapter in plan.adapters],
    ]


def _vault_data(plan: VaultPlan) -> dict[str, Value]:
    return {
        "prices.sequencer": plan.sequencer or ZERO_ADDRESS,
        "prices.grace": plan.grace,
        "registry.bounds": _bounds(plan),
        "registry.quote": plan.quote.address,
        "registry.quote_decimals": plan.quote.decimals,
    }


def _bounds(plan: VaultPlan) -> tuple[int, int, int, int]:
    b = plan.bounds
    return b.max_cost, b.max_slippage, b.max_fee, b.buy_tolerance
