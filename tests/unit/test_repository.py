"""What must be true of the files themselves, whatever they do."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import textwrap
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# Put together from pieces, so that this file may be looked at like every other one.
REGISTRIES = [
    ".".join(parts)
    for parts in (
        ("registry", "npmjs", "org"),
        ("registry", "yarnpkg", "com"),
        ("pypi", "org"),
        ("files", "pythonhosted", "org"),
        ("proxy", "golang", "org"),
    )
]
HOME = "|".join(("work", "root", "home", "Users"))
MACHINE_PATH = re.compile(rf"(?<![\w./-])/(?:{HOME})/")


def committed() -> list[Path]:
    """Every file that git knows of and that is there."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def texts() -> list[tuple[str, str]]:
    """Name and content of every committed file that is text."""
    found = []
    for file in committed():
        try:
            found.append((str(file.relative_to(ROOT)), file.read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            continue  # A picture or the like.
    return found


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    """`file:line` of every line of a committed text file that the pattern finds."""
    return [
        f"{name}:{number}"
        for name, text in texts()
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def test_git_lists_the_files_looked_at() -> None:
    assert {"LICENSE", "Makefile"} <= {name for name, _ in texts()}


def test_no_file_names_a_package_registry() -> None:
    assert lines_with(re.compile("|".join(map(re.escape, REGISTRIES)), re.IGNORECASE)) == []


def test_no_file_names_a_path_of_somebodys_machine() -> None:
    assert lines_with(MACHINE_PATH) == []


def test_the_licence_is_mit_everywhere() -> None:
    licence = (ROOT / "LICENSE").read_text()
    assert licence.startswith("MIT License\n")
    assert "Lotvault contributors" in licence
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["license"] == {"text": "MIT"}
    assert json.loads((ROOT / "package.json").read_text())["license"] == "MIT"


def test_every_contract_names_the_pinned_compiler() -> None:
    # Any other line would let ape look for another compiler, and download it.
    sources = [file for file in committed() if file.suffix in {".vy", ".vyi"}]
    assert sources
    wrong = [
        str(file.relative_to(ROOT))
        for file in sources
        if file.read_text().split("\n", 1)[0] != "# pragma version 0.4.3"
    ]
    assert wrong == []
    assert "\nvyper==0.4.3 " in (ROOT / "requirements.lock").read_text()


def test_no_contract_uses_snekmate() -> None:
    # AGPL-3.0, which this project's licence cannot take in.
    importing = re.compile(r"^\s*(?:from|import)\s+snekmate\b")
    assert lines_with(importing) == []
    assert "snekmate" not in (ROOT / "requirements.lock").read_text()


@pytest.mark.parametrize(
    ("file", "least"),
    [
        ("requirements.lock", 50),
        ("tests/peers/rp2.lock", 10),
        ("tests/peers/investir.lock", 5),
        ("tests/peers/cgt_calc.lock", 2),
        ("tests/peers/bittytax.lock", 5),
    ],
)
def test_a_python_lock_pins_and_hashes_every_package(file: str, least: int) -> None:
    lock = (ROOT / file).read_text().replace("\\\n", " ")
    requirements = [line for line in lock.splitlines() if line and not line.startswith("#")]
    assert len(requirements) > least
    unpinned = [
        line.split()[0]
        for line in requirements
        if not re.match(r"^[a-z0-9-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", line)
    ]
    assert unpinned == []


def test_no_lock_is_forgotten_in_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text()
    locks = [file for file in committed() if file.suffix == ".lock"]
    assert len(locks) == 5
    assert [file for file in locks if f"-o {file.relative_to(ROOT)}\n" not in makefile] == []


def test_no_peer_of_the_tax_engine_is_in_the_project_s_own_lock() -> None:
    lock = (ROOT / "requirements.lock").read_text().lower()
    assert [
        name for name in ("rp2", "investir", "cgt-calc", "bittytax") if f"\n{name}==" in lock
    ] == []


def test_the_npm_lock_is_whole_and_has_no_addresses() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    del packages[""]
    assert [name for name, entry in packages.items() if "resolved" in entry] == []
    # Anvil for platforms that the lock was not made on: a version only, as npm never fetched it.
    foreign = re.compile(r"/anvil-(?!linux-amd64$)")
    unhashed = [name for name, entry in packages.items() if "integrity" not in entry]
    assert [name for name in unhashed if not foreign.search(name)] == []
    assert not [name for name in packages if name.endswith(("/hardhat", "/chokidar"))]


def test_every_module_imports_with_the_base_dependencies_alone() -> None:
    # A fresh interpreter in which extras and developers' tools cannot be imported.
    program = textwrap.dedent(
        """
        import importlib, pkgutil, sys
        extras = "matplotlib pyarrow reportlab jinja2 numpy pandas".split()
        for name in [*extras, "ape", "boa", "vyper", "pytest"]:
            sys.modules[name] = None
        import vaultsdk
        for module in pkgutil.walk_packages(vaultsdk.__path__, "vaultsdk."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
        """
    )
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize("text", ["see /{}/x/y", "(/{}/main)", '"/{}/.cache"'])
@pytest.mark.parametrize("folder", HOME.split("|"))
def test_a_path_of_a_machine_is_recognised(text: str, folder: str) -> None:
    assert MACHINE_PATH.search(text.format(folder))


@pytest.mark.parametrize("text", ["https://example.org/{}/", "docs/{}/x", "./{}/", "/{}ing/"])
@pytest.mark.parametrize("folder", HOME.split("|"))
def test_another_path_is_not(text: str, folder: str) -> None:
    assert not MACHINE_PATH.search(text.format(folder))
