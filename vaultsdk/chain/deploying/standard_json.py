"""Standard-JSON input for block explorers, made by the compiler from the project's sources.

The package carries byte code, not sources or the compiler; both are in a checkout of the project.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from vaultsdk.chain.artifacts import Artifact
from vaultsdk.chain.deploying.journal import DeployError


def compiler() -> Path | None:
    """The `vyper` program beside this Python, if it is installed."""
    found = Path(sys.executable).with_name("vyper")
    return found if found.exists() else None


def kept(file: Path, artifact: Artifact) -> str | None:
    """The text of a file that was made before, if it is of this very contract."""
    try:
        text = file.read_text(encoding="utf-8")
        return text if json.loads(text)["integrity"] == artifact.integrity else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def standard_json(artifact: Artifact, project: Path) -> str | None:
    """What an explorer needs to compile this contract itself; None without sources or compiler.

    Raises DeployError when the sources are not those that the deployed code was made from.
    """
    source = project / artifact.source
    program = compiler()
    if artifact.compiler.name != "vyper" or program is None or not source.is_file():
        return None
    contracts = project / "contracts"
    run = subprocess.run(
        [
            program,
            "-f",
            "solc_json",
            "--disable-sys-path",
            "-p",
            ".",
            source.relative_to(contracts),
        ],
        cwd=contracts,
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode != 0:
        said = run.stderr.strip().splitlines()
        raise DeployError(f"vyper refuses {artifact.source}: {said[-1] if said else 'no reason'}")
    content = json.loads(run.stdout)
    if content["integrity"] != artifact.integrity:
        raise DeployError(
            f"{artifact.source} has changed since its byte code was packaged: run "
            "`python scripts/build_artifacts.py`, and deploy what that gives"
        )
    return json.dumps(content, indent=1) + "\n"
