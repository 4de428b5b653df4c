"""Where the tests find the contracts: `contracts/`, or a mutated copy of it.

Every test that compiles a contract asks `contract_path` (or `CONTRACTS`) here and never spells the
folder itself: the mutation check (`tests/mutants/run.py`) points LOTVAULT_CONTRACTS at a copy with
one seeded bug and expects the suite to see it.
"""

from __future__ import annotations

import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
CONTRACTS = Path(os.environ.get("LOTVAULT_CONTRACTS") or REPOSITORY / "contracts").resolve()
MUTATED = CONTRACTS != REPOSITORY / "contracts"


def contract_path(name: str) -> Path:
    """A source by its path in `contracts/`, as in `contract_path("modules/packing.vy")`."""
    path = CONTRACTS / name
    if not path.exists():
        raise FileNotFoundError(f"no contract {name} in {CONTRACTS}: name it as in contracts/")
    return path
