"""The packaged ABI and byte code of a contract, as the compiler gave them.

`scripts/build_artifacts.py` writes the files; a test compares them with the compiler's output.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from vaultsdk.core.errors import LotvaultError


class ArtifactError(LotvaultError):
    """No packaged artifact of that name, or one that cannot be read."""


class Compiler(BaseModel):
    """Which compiler made an artifact, and how."""

    model_config = ConfigDict(frozen=True)

    name: str
    version: str
    optimize: str
    evm_version: str


class Immutable(BaseModel):
    """Where one immutable lies behind the runtime code; offset and length in bytes."""

    model_config = ConfigDict(frozen=True)

    name: str
    type: str
    offset: int
    length: int


class Artifact(BaseModel):
    """One compiled contract. Byte codes are 0x strings; the runtime code lacks the immutables."""

    model_config = ConfigDict(frozen=True)

    name: str
    source: str
    compiler: Compiler
    integrity: str
    abi: tuple[dict[str, Any], ...]
    bytecode: str
    deployedBytecode: str
    immutables: tuple[Immutable, ...]
    immutables_size: int

    @property
    def deployed_size(self) -> int:
        """Bytes of code on chain, immutables included (the limit is 24,576; EIP-170)."""
        return len(self.deployedBytecode) // 2 - 1 + self.immutables_size


@cache
def load_artifact(name: str, package: str = "vaultsdk.chain") -> Artifact:
    """The packaged artifact of contract `name`.

    `package` is `vaultsdk.devnet` for what only local chains deploy. Raises ArtifactError.
    """
    folder = files(package) / "artifacts"
    try:
        text = (folder / f"{name}.json").read_text(encoding="utf-8")
        return Artifact.model_validate(json.loads(text))
    except (FileNotFoundError, NotADirectoryError):
        raise ArtifactError(
            f"no packaged contract {name} in {package}; "
            "run `python scripts/build_artifacts.py` or install vaultsdk again"
        ) from None
    except (ValueError, ValidationError) as error:
        raise ArtifactError(
            f"packaged contract {name} is damaged ({type(error).__name__}); "
            "run `python scripts/build_artifacts.py` or install vaultsdk again"
        ) from None
