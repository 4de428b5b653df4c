"""Exact integer quotes of Uniswap V2, Uniswap V3 and Curve StableSwap pools.

    quote(pool, token_in, amount_in)      what comes out, to the last unit
    quote_out(pool, token_out, amount)    what it costs (Uniswap)
    apply(pool, quote)                    the pool afterwards
    marginal(pool, token_in)              units out for the next unit in, an exact fraction

The pools themselves are models of `vaultsdk.core.pools`.
"""

from __future__ import annotations

from vaultsdk.core.pools import Pool, PoolError, PoolSnapshot, StablePool, V2Pool, V3Pool
from vaultsdk.market.pools.errors import QuoteError, QuoteReason
from vaultsdk.market.pools.pools import apply, marginal, quote, quote_out, sides
from vaultsdk.market.pools.quotes import Quote, StableState, V2State, V3State

__all__ = [
    "Pool",
    "PoolError",
    "PoolSnapshot",
    "Quote",
    "QuoteError",
    "QuoteReason",
    "StablePool",
    "StableState",
    "V2Pool",
    "V2State",
    "V3Pool",
    "V3State",
    "apply",
    "marginal",
    "quote",
    "quote_out",
    "sides",
]
