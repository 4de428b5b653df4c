"""The real contracts' byte code, as their npm packages carry it."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path

from vaultsdk.devnet.errors import DevnetError

_V3_PERIPHERY = "@uniswap/v3-periphery/artifacts/contracts"
_SWAP_ROUTER = "@uniswap/swap-router-contracts/artifacts/contracts"
_PLACES = {
    "UniswapV3Factory": "@uniswap/v3-core/artifacts/contracts/UniswapV3Factory.sol",
    "NonfungiblePositionManager": f"{_V3_PERIPHERY}/NonfungiblePositionManager.sol",
    "SwapRouter02": f"{_SWAP_ROUTER}/SwapRouter02.sol",
    "QuoterV2": f"{_SWAP_ROUTER}/lens/QuoterV2.sol",
    "UniswapV2Factory": "@uniswap/v2-core/build",
    "UniswapV2Router02": "@uniswap/v2-periphery/build",
    "WETH9": "canonical-weth/build/contracts",
    "TimelockController": "@openzeppelin/contracts/build/contracts",
}


def node_modules() -> Path:
    """The node_modules folder: LOTVAULT_NODE_MODULES, else upward from the working folder, else
    beside the package. Raises DevnetError when there is none with what the devnet needs."""
    named = os.environ.get("LOTVAULT_NODE_MODULES")
    if named:
        candidates = [Path(named)]
    else:
        here = Path.cwd()
        roots = [here, *here.parents, Path(__file__).resolve().parents[2]]
        candidates = [root / "node_modules" for root in roots]
    for candidate in candidates:
        if (candidate / "@uniswap" / "v3-core").is_dir():
            return candidate
    where = f"LOTVAULT_NODE_MODULES={named}" if named else "any node_modules folder up from here"
    raise DevnetError(
        f"no Uniswap byte code in {where}: run `make setup` (or `npm ci`) in the project, "
        "or set LOTVAULT_NODE_MODULES to its node_modules"
    )


@cache
def _bytecode(root: Path, name: str) -> str:
    path = root / _PLACES[name] / f"{name}.json"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DevnetError(
            f"cannot read {name} from {path} ({type(error).__name__}): run `make setup` again"
        ) from None
    code = content["bytecode"]
    # Hardhat writes a string, solc's own JSON nests it; some builds leave out the 0x.
    text = code["object"] if isinstance(code, dict) else str(code)
    return text if text.startswith("0x") else "0x" + text


def bytecode(name: str) -> bytes:
    """Creation code of one of the npm contracts, without constructor arguments."""
    return bytes.fromhex(_bytecode(node_modules(), name)[2:])


def contract_names() -> tuple[str, ...]:
    """The contracts that `bytecode` knows."""
    return tuple(_PLACES)
