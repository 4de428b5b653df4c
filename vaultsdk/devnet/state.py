"""A local chain's saved first state, so that only the first start has to set it up.

A state is named by a hash of all that it depends on: parameters, byte codes, and the code that
sets it up. Whatever changes there simply is not found and is set up anew.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from vaultsdk.core.deployment import Deployment, DeploymentError
from vaultsdk.devnet import npm
from vaultsdk.devnet.params import DevnetParams
from vaultsdk.devnet.rpc import Rpc

_KEPT = 4  # states in a folder; tests and the demo use parameters of their own


class SavedState(NamedTuple):
    """Where a saved state lies, and the deployment that is in it."""

    path: Path
    deployment: Deployment


def state_key(params: DevnetParams) -> str:
    """Sixteen hex digits that change with anything the first state depends on."""
    digest = hashlib.sha256(params.model_dump_json().encode())
    for name in npm.contract_names():
        digest.update(npm.bytecode(name))
    for package in ("vaultsdk.chain", "vaultsdk.devnet"):
        digest.update(_contents(package, "artifacts", ".json"))
    digest.update(_contents("vaultsdk.devnet", "", ".py"))
    return digest.hexdigest()[:16]


def save_state(rpc: Rpc, deployment: Deployment, folder: Path, key: str) -> None:
    """Write the node's state and its deployment; older states beyond a few are removed."""
    state, description = _paths(folder, key)
    dump = bytes.fromhex(rpc.call("anvil_dumpState")[2:])
    folder.mkdir(parents=True, exist_ok=True)
    # Under a temporary name first: two starts at once must not leave half a file.
    for path, content in (
        (state, gzip.decompress(dump)),
        (description, deployment.to_json().encode()),
    ):
        temporary = path.with_suffix(".tmp")
        temporary.write_bytes(content)
        temporary.replace(path)
    _prune(folder)


def find_state(folder: Path, key: str) -> SavedState | None:
    """The saved state of this key, or None."""
    state, description = _paths(folder, key)
    if not state.exists():
        return None
    try:
        return SavedState(state, Deployment.from_json(description.read_text(), str(description)))
    except (OSError, DeploymentError):
        return None


def _paths(folder: Path, key: str) -> tuple[Path, Path]:
    return folder / f"state-{key}.json", folder / f"state-{key}.deployment.json"


def _prune(folder: Path) -> None:
    states = [path for path in folder.glob("state-*.json") if ".deployment" not in path.name]
    for old in sorted(states, key=lambda path: path.stat().st_mtime)[:-_KEPT]:
        old.unlink(missing_ok=True)
        old.with_suffix(".deployment.json").unlink(missing_ok=True)


def _contents(package: str, folder: str, suffix: str) -> bytes:
    """All files with this suffix in a folder of a package, one after the other by name."""
    where = files(package) / folder if folder else files(package)
    if not where.is_dir():
        return b""
    found: Iterable[bytes] = (
        entry.name.encode() + entry.read_bytes()
        for entry in sorted(where.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(suffix)
    )
    return b"".join(found)
