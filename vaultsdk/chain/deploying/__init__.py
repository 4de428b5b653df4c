"""Deploying a vault: a look at the chain, resumable sending, and verification of the result.

No framework: give it a node, a plan (`vaultsdk.core.vault_plan`) and a signer
(`vaultsdk.chain.signers`).
"""

from vaultsdk.chain.deploying.engine import Deployed, VaultDeployer, VerificationError
from vaultsdk.chain.deploying.journal import DeployError

__all__ = [
    "DeployError",
    "Deployed",
    "VaultDeployer",
    "VerificationError",
]
