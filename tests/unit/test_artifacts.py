"""What is packaged is what the compiler makes of the sources."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from vaultsdk.chain.artifacts import ArtifactError, load_artifact

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "build_artifacts.py"


def _script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_artifacts", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


build_artifacts = _script()
TARGETS = {source.stem: (source, packaged) for source, packaged in build_artifacts.targets()}


@pytest.mark.parametrize("name", TARGETS)
def test_packaged_artifact_is_the_compilers_output(name: str) -> None:
    source, packaged = TARGETS[name]
    assert packaged.exists(), f"{packaged} is missing: run python scripts/build_artifacts.py"
    assert packaged.read_text() == build_artifacts.render(build_artifacts.artifact(source)), (
        f"{packaged} is out of date: run python scripts/build_artifacts.py"
    )


def test_nothing_is_packaged_without_a_source() -> None:
    assert build_artifacts.orphans() == []


@pytest.mark.parametrize("name", TARGETS)
def test_source_names_the_locked_compiler_first(name: str) -> None:
    # Any other first line makes ape-vyper look for a compiler elsewhere.
    source, _ = TARGETS[name]
    first = (build_artifacts.CONTRACTS / source).read_text().splitlines()[0]
    assert first == "# pragma version 0.4.3"


@pytest.mark.parametrize("name", TARGETS)
def test_deployed_code_fits_the_limit(name: str) -> None:
    _, packaged = TARGETS[name]
    package = "vaultsdk.devnet" if "devnet" in packaged.parts else "vaultsdk.chain"
    assert 0 < load_artifact(name, package).deployed_size <= 24_576


def test_unknown_artifact_says_what_to_do() -> None:
    with pytest.raises(ArtifactError, match=r"no packaged contract Nothing.*build_artifacts"):
        load_artifact("Nothing")
