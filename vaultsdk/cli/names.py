"""Names for ids: assets and policies of a vault, as its deployment file and the chain know them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from vaultsdk.cli.failures import Failure
from vaultsdk.core.deployment import Deployment
from vaultsdk.core.policy import Policy
from vaultsdk.core.units import format_amount, human

if TYPE_CHECKING:
    from vaultsdk.chain.rows import AssetState
    from vaultsdk.chain.vault import Vault


class Names:
    """Symbols, decimals and policy names by id. Decimals are the chain's, names the file's."""

    def __init__(self, deployment: Deployment, assets: Sequence[AssetState]) -> None:
        self.symbols: Mapping[int, str] = {asset.id: asset.symbol for asset in deployment.assets}
        self.decimals: Mapping[int, int] = {it.id: it.asset.decimals for it in assets}
        self._policies = {policy.id: policy for policy in deployment.policies}

    def symbol(self, asset: int) -> str:
        """The ticker, or `asset 3` when the file does not know it."""
        return self.symbols.get(asset, f"asset {asset}")

    def policy(self, number: int) -> str:
        """`2 standard`, or `7` when the file does not know it."""
        known = self._policies.get(number)
        return f"{number} {known.name}" if known else str(number)

    def units(self, asset: int, units: int) -> str:
        """Whole tokens, exact: for JSON."""
        return format_amount(units, self.decimals[asset])

    def shown(self, asset: int, units: int) -> str:
        """Whole tokens, rounded: for tables."""
        return human(units, self.decimals[asset])


def policy_number(vault: Vault, name: str) -> tuple[int, Policy]:
    """A policy by id, or by its name in the deployment file; its content is the chain's.

    Raises PolicyMismatchError for an unknown id, DeploymentError for an unknown name, Failure when
    the chain's policy of that id is not the one that the file means.
    """
    if name.isdigit():
        number = int(name)
        return number, vault.policy(number)
    meant = vault.deployment.policy(name)
    content = vault.policy(meant.id)
    if content.word() != meant.word_int:
        raise Failure(
            f"policy {meant.id} on the chain is not the {meant.name} of the deployment file: "
            "correct the file, or name the policy by id"
        )
    return meant.id, content


def document(model: Any) -> dict[str, Any]:
    """A receipt's own facts for JSON: hash, block, gas and fee."""
    return {
        "tx_hash": model.tx_hash,
        "block": model.block_number,
        "gas_used": model.gas_used,
        "fee_wei": str(model.fee),
    }
