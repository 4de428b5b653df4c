"""Reading and writing deployment files (the model is `vaultsdk.core.deployment`)."""

from __future__ import annotations

import os
from pathlib import Path

from vaultsdk.core.deployment import Deployment, DeploymentError

DEVNET_FILE = Path("out/devnet/deployment.json")


def deployment_path(chain_id: int, name: str) -> Path:
    """Where a deployment on a public network is kept: `deployments/<chain-id>-<name>.json`."""
    return Path("deployments") / f"{chain_id}-{name}.json"


def load_deployment(path: Path) -> Deployment:
    """Read a deployment file. Raises DeploymentError when it is missing or malformed."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise DeploymentError(
            f"no deployment file at {path}: start a local chain with `vaultsdk devnet up`, "
            "or name a file with --deployment or LOTVAULT_DEPLOYMENT"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise DeploymentError(f"cannot read deployment file {path}: {error}") from None
    return Deployment.from_json(text, source=str(path))


def save_deployment(deployment: Deployment, path: Path) -> None:
    """Write a deployment file whole or not at all (a temporary file beside it, then a rename)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    temporary.write_text(deployment.to_json(), encoding="utf-8")
    temporary.replace(path)
