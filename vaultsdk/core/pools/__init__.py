"""Pools as they stand at one block: frozen models that refuse what no pool can be.

They are data. What a pool pays is computed in `vaultsdk.market.pools`, from these numbers alone;
reading them from a node is `vaultsdk.chain.pool_reads`.
"""

from __future__ import annotations

from vaultsdk.core.pools.errors import PoolError
from vaultsdk.core.pools.snapshot import Pool, PoolSnapshot
from vaultsdk.core.pools.stable import StableMaths, StablePool
from vaultsdk.core.pools.v2 import V2Pool
from vaultsdk.core.pools.v3 import V3Pool

__all__ = ["Pool", "PoolError", "PoolSnapshot", "StableMaths", "StablePool", "V2Pool", "V3Pool"]
