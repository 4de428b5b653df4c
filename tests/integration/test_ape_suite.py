"""Run every file under tests/integration/ape in its own process, with ape's plugin and anvil.

ape keeps its network connection and its project in process-wide state, which the other tests must
not share; one process per file also gives each file a fresh chain.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "tests/integration/ape").glob("test_*.py"))


def _environment() -> dict[str, str]:
    """This environment, with the tools on PATH and without what pytest-xdist set for itself."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    tools = (Path(sys.executable).parent, ROOT / "node_modules/.bin")
    kept["PATH"] = os.pathsep.join([*map(str, tools), kept.get("PATH", "")])
    return kept


@pytest.mark.anvil
@pytest.mark.timeout(600)
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_ape_file_passes(file: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "ape.pytest.plugin", "-q", str(file)],
        cwd=ROOT,
        env=_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, f"{file.name} failed:\n{run.stdout}\n{run.stderr}"
