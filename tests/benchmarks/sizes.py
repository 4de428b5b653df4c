"""Deployed byte code of every packaged contract, immutables included."""

from __future__ import annotations

from vaultsdk.chain.artifacts import load_artifact

CONTRACTS = (
    "LotVault",
    "LotLens",
    "UniswapV3Adapter",
    "UniswapV2Adapter",
    "CompositeFeed",
    "EthGate",
)


def run() -> dict[str, int]:
    """Every `size.` key, in bytes."""
    return {f"size.{name}": load_artifact(name).deployed_size for name in CONTRACTS}
