"""Compile the contracts and package what the SDK needs of them.

`contracts/*.vy` and its adapters, feeds and periphery go to `vaultsdk/chain/artifacts/`, what the
devnet deploys of `contracts/test` to `vaultsdk/devnet/artifacts/`, one JSON file per contract. A
file whose name starts in lower case is a module and is not packaged. The same sources give the same
bytes: no paths of the machine, no times.

    python scripts/build_artifacts.py           # write what changed
    python scripts/build_artifacts.py --check   # exit 1 if anything packaged differs
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import vyper
from vyper.compiler import CompilerData, compile_from_file_input
from vyper.compiler.input_bundle import FileInput, FilesystemInputBundle

ROOT = Path(__file__).resolve().parent.parent
CONTRACTS = ROOT / "contracts"
PACKAGES = {
    ROOT / "vaultsdk/chain/artifacts": (".", "adapters", "feeds", "periphery"),
    ROOT / "vaultsdk/devnet/artifacts": ("test",),
}
# The rest of contracts/test is for tests alone, which compile it themselves.
DEVNET = {"MockFeed", "RocketStaked", "TestERC20", "WrappedStaked"}
OUTPUTS = ["abi", "bytecode", "bytecode_runtime", "layout", "integrity"]


def targets() -> Iterator[tuple[Path, Path]]:
    """Every deployable source (relative to contracts/) with the file that it is packaged as."""
    for package, folders in PACKAGES.items():
        for folder in folders:
            for source in sorted((CONTRACTS / folder).glob("*.vy")):
                wanted = folder != "test" or source.stem in DEVNET
                if wanted and source.stem[0].isupper():
                    yield source.relative_to(CONTRACTS), package / f"{source.stem}.json"


def load(source: Path) -> tuple[FileInput, FilesystemInputBundle]:
    """The compiler's view of one source file; its search path is contracts/ and nothing else."""
    bundle = FilesystemInputBundle([CONTRACTS])
    file = bundle.load_file(source)
    assert isinstance(file, FileInput)
    return file, bundle


def artifact(source: Path) -> dict[str, Any]:
    """Compile one contract with the settings that its own pragmas ask for."""
    file, bundle = load(source)
    out = compile_from_file_input(file, input_bundle=bundle, output_formats=OUTPUTS)
    settings = CompilerData(file, bundle).settings
    immutables = list(_flat(out["layout"].get("code_layout", {})))
    return {
        "name": source.stem,
        "source": f"contracts/{source.as_posix()}",
        "compiler": {
            "name": "vyper",
            "version": vyper.__version__,
            "optimize": str(settings.optimize),
            "evm_version": settings.evm_version or "default",
        },
        # Vyper's own hash over the source and everything that it imports.
        "integrity": out["integrity"],
        "abi": out["abi"],
        "bytecode": out["bytecode"],
        # Without the immutables, which the constructor appends.
        "deployedBytecode": out["bytecode_runtime"],
        "immutables": immutables,
        "immutables_size": sum(entry["length"] for entry in immutables),
    }


def _flat(layout: dict[str, Any], prefix: str = "") -> Iterator[dict[str, Any]]:
    """The compiler's nested code layout as rows of name, type, offset and length (bytes)."""
    for name, entry in layout.items():
        if isinstance(entry.get("offset"), int):
            yield {"name": prefix + name, **entry}
        else:
            yield from _flat(entry, f"{prefix}{name}.")


def render(content: dict[str, Any]) -> str:
    """The packaged file's text: one line per top-level field, so that a change is readable."""
    rows = (f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in content.items())
    return "{\n" + ",\n".join(rows) + "\n}\n"


def unchanged(source: Path, packaged: Path) -> bool:
    """Whether the packaged file came from these very sources and this compiler."""
    try:
        content = json.loads(packaged.read_text())
        same_compiler = content["compiler"]["version"] == vyper.__version__
        return bool(
            same_compiler and content["integrity"] == CompilerData(*load(source)).integrity_sum
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False


def orphans() -> list[Path]:
    """Packaged files whose source is gone."""
    wanted = {packaged for _, packaged in targets()}
    return [file for package in PACKAGES for file in package.glob("*.json") if file not in wanted]


def differences() -> list[str]:
    """What is packaged but not what the compiler gives; empty when all is well."""
    found = [f"{file.relative_to(ROOT)} has no source" for file in orphans()]
    for source, packaged in targets():
        name = packaged.relative_to(ROOT)
        if not packaged.exists():
            found.append(f"{name} is missing")
        elif packaged.read_text() != render(artifact(source)):
            found.append(f"{name} differs from contracts/{source}")
    return found


def build(only: set[str]) -> None:
    """Write every packaged file that is missing or whose sources changed."""
    if not only:
        for file in orphans():
            file.unlink()
            print(f"removed {file.relative_to(ROOT)}")
    for source, packaged in targets():
        if (only and source.stem not in only) or unchanged(source, packaged):
            continue
        content = artifact(source)
        packaged.parent.mkdir(parents=True, exist_ok=True)
        packaged.write_text(render(content))
        size = len(content["deployedBytecode"]) // 2 - 1 + content["immutables_size"]
        print(f"{packaged.relative_to(ROOT)}: {size} bytes of code")


def main() -> int:
    """Parse the arguments and run; the exit code is 1 for a difference in --check."""
    parser = argparse.ArgumentParser(description="Compile and package the contracts.")
    parser.add_argument("--check", action="store_true", help="compare only, exit 1 if different")
    parser.add_argument("names", nargs="*", help="only these contracts, e.g. LotVault")
    arguments = parser.parse_args()
    if not arguments.check:
        build(set(arguments.names))
        return 0
    found = differences()
    for line in found:
        print(line, file=sys.stderr)
    if found:
        print("run: python scripts/build_artifacts.py", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
