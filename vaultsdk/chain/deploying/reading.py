"""From a vault's file on disk to its plan, with the address book that the file asks for."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from vaultsdk.chain.deployment import load_deployment
from vaultsdk.chain.networks import load_networks
from vaultsdk.core.vault_config import VaultConfig, VaultConfigError, parse_vault_config
from vaultsdk.core.vault_plan import AddressBook, VaultPlan, plan_vault

LOCAL: Final = "devnet"
"""The network whose addresses are in a local chain's deployment file."""


def read_config(path: Path) -> VaultConfig:
    """The vault's file. Raises VaultConfigError."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise VaultConfigError(f"no vault file at {path}: correct the path") from None
    except (OSError, UnicodeDecodeError) as error:
        raise VaultConfigError(f"cannot read vault file {path}: {error}") from None
    return parse_vault_config(text, source=str(path))


def read_book(config: VaultConfig, deployment: Path, networks: Path | None = None) -> AddressBook:
    """The address book that the file names.

    `deployment` is the local chain's deployment file, `networks` a networks file instead of the
    packaged one. Raises NetworksError for an unknown network, DeploymentError for the file.
    """
    if config.network is None:
        assert config.chain_id is not None
        return AddressBook(source="the file itself", chain_id=config.chain_id)
    if config.network == LOCAL:
        return AddressBook.of_deployment(load_deployment(deployment))
    return AddressBook.of_network(load_networks(networks).get(config.network))


def read_plan(path: Path, deployment: Path, networks: Path | None = None) -> VaultPlan:
    """The plan of a vault's file. Raises VaultConfigError, NetworksError, DeploymentError."""
    config = read_config(path)
    return plan_vault(config, read_book(config, deployment, networks), source=str(path))
