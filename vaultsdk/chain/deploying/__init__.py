"""Deploying a vault: a look at the chain, resumable sending, and verification of the result.

No framework: give it a node, a plan (`vaultsdk.core.vault_plan`) and a signer
(`vaultsdk.chain.signers`).
"""

from vaultsdk.chain.deploying.engine import Deployed, VaultDeployer, VerificationError
from vaultsdk.chain.deploying.journal import DeployError
from vaultsdk.chain.deploying.preflight import Look
from vaultsdk.chain.deploying.reading import LOCAL, read_book, read_config, read_plan

__all__ = [
    "LOCAL",
    "DeployError",
    "Deployed",
    "Look",
    "VaultDeployer",
    "VerificationError",
    "read_book",
    "read_config",
    "read_plan",
]
