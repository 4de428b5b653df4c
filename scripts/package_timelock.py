"""Package OpenZeppelin's TimelockController from node_modules, so that deploying needs no npm.

    python scripts/package_timelock.py           # write it
    python scripts/package_timelock.py --check   # exit 1 if the packaged one differs

Its byte code is the npm package's own, unchanged. It lies beside our contracts in a folder of its
own, because it is not made from sources of this project.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
NPM = ROOT / "node_modules/@openzeppelin/contracts"
PACKAGED = ROOT / "vaultsdk/chain/artifacts/openzeppelin/TimelockController.json"

NOTICE = (
    "The MIT License (MIT). Copyright (c) 2016-2026 Zeppelin Group Ltd. Permission is hereby "
    "granted, free of charge, to any person obtaining a copy of this software and associated "
    'documentation files (the "Software"), to deal in the Software without restriction, '
    "including without limitation the rights to use, copy, modify, merge, publish, distribute, "
    "sublicense, and/or sell copies of the Software, and to permit persons to whom the Software "
    "is furnished to do so, subject to the following conditions: The above copyright notice and "
    "this permission notice shall be included in all copies or substantial portions of the "
    'Software. THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR '
    "IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A "
    "PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS "
    "BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT "
    "OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER "
    "DEALINGS IN THE SOFTWARE."
)


def artifact() -> dict[str, Any]:
    """The npm package's contract in the form of our own artifacts."""
    built = json.loads((NPM / "build/contracts/TimelockController.json").read_text())
    version = json.loads((NPM / "package.json").read_text())["version"]
    return {
        "name": built["contractName"],
        "source": f"npm:@openzeppelin/contracts@{version} {built['sourceName']}",
        "license": NOTICE,
        # The package does not say which compiler and settings made its byte code.
        "compiler": {"name": "solc", "version": "", "optimize": "", "evm_version": ""},
        "integrity": "",
        "abi": built["abi"],
        "bytecode": built["bytecode"],
        "deployedBytecode": built["deployedBytecode"],
        "immutables": [],
        "immutables_size": 0,
    }


def render(content: dict[str, Any]) -> str:
    """The packaged file's text: one line per top-level field, so that a change is readable."""
    rows = (f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in content.items())
    return "{\n" + ",\n".join(rows) + "\n}\n"


def main() -> int:
    text = render(artifact())
    if "--check" in sys.argv[1:]:
        same = PACKAGED.exists() and PACKAGED.read_text() == text
        if not same:
            print("differs: run python scripts/package_timelock.py", file=sys.stderr)
        return 0 if same else 1
    PACKAGED.parent.mkdir(parents=True, exist_ok=True)
    PACKAGED.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
