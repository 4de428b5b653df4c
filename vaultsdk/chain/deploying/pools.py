"""Finding the pools that a new vault's swaps can go through, by asking the exchange's factories."""

from __future__ import annotations

from itertools import combinations
from typing import Any, Final

from eth_abi.abi import encode
from eth_utils.abi import function_signature_to_4byte_selector
from web3 import Web3

from vaultsdk.chain.deploying.preflight import call
from vaultsdk.core.deployment import DexRefs, PoolRef
from vaultsdk.core.model import int_to_address

V3_FEES: Final = (100, 500, 3_000, 10_000)
"""Fee tiers of Uniswap V3 in parts per million."""
V2_FEE: Final = 3_000


def find_pools(w3: Web3, dex: DexRefs, tokens: list[str]) -> tuple[PoolRef, ...]:
    """Pools of every pair of the tokens that have liquidity now."""
    found: list[PoolRef] = []
    for pair in combinations(sorted(tokens, key=lambda token: int(token, 16)), 2):
        if dex.uniswap_v3_factory is not None:
            for fee in V3_FEES:
                pool = _pool(w3, dex.uniswap_v3_factory, "getPool", (*pair, fee))
                if pool and any(call(w3, pool, _selector("liquidity()"))):
                    found.append(_ref("uniswap_v3", pool, pair, fee))
        if dex.uniswap_v2_factory is not None:
            pool = _pool(w3, dex.uniswap_v2_factory, "getPair", pair)
            if pool and any(call(w3, pool, _selector("getReserves()"))[:64]):
                found.append(_ref("uniswap_v2", pool, pair, V2_FEE))
    return tuple(found)


def _pool(w3: Web3, factory: str, name: str, arguments: tuple[Any, ...]) -> str | None:
    types = ["address", "address", "uint24"][: len(arguments)]
    data = _selector(f"{name}({','.join(types)})") + encode(types, arguments)
    raw = call(w3, factory, data)
    number = int.from_bytes(raw) if len(raw) == 32 else 0
    return int_to_address(number) if number else None


def _selector(signature: str) -> bytes:
    return function_signature_to_4byte_selector(signature)


def _ref(kind: Any, pool: str, pair: tuple[str, str], fee: int) -> PoolRef:
    return PoolRef(kind=kind, address=pool, token0=pair[0], token1=pair[1], fee=fee)
