"""One way to ask any pool: `quote`, `quote_out`, `apply`, `marginal`."""

from __future__ import annotations

from fractions import Fraction
from typing import TypeVar

from vaultsdk.core.model import checksum
from vaultsdk.core.pools import Pool, StablePool, V2Pool, V3Pool
from vaultsdk.core.pools.ticks import Q96
from vaultsdk.market.pools import stableswap, v2, v3_swap
from vaultsdk.market.pools.errors import QuoteError, QuoteReason
from vaultsdk.market.pools.quotes import Quote, StableState, V2State, V3State

P = TypeVar("P", V2Pool, V3Pool, StablePool)
_MILLION = 1_000_000


def quote(
    pool: Pool,
    token_in: str,
    amount_in: int,
    token_out: str | None = None,
    *,
    limit_x96: int | None = None,
) -> Quote:
    """What the pool gives for exactly `amount_in` (smallest units), to the last unit.

    `token_out` must be named where a pool has more than two tokens. `limit_x96`: a V3 pool stops at
    this root price. Raises QuoteError, with the reason for which the contracts would refuse.
    """
    place_in, place_out = sides(pool, token_in, token_out)
    if isinstance(pool, V3Pool):
        return v3_swap.quote_in(pool, place_in == 0, amount_in, limit_x96)
    _no_limit(pool, limit_x96)
    if isinstance(pool, V2Pool):
        return v2.quote_in(pool, place_in == 0, amount_in)
    return stableswap.quote_in(pool, place_in, place_out, amount_in)


def quote_out(
    pool: V2Pool | V3Pool, token_out: str, amount_out: int, *, limit_x96: int | None = None
) -> Quote:
    """What buying exactly `amount_out` costs. Curve's pools quote no exact output. QuoteError."""
    place_out, _ = sides(pool, token_out, None)
    if isinstance(pool, V3Pool):
        return v3_swap.quote_out(pool, place_out == 1, amount_out, limit_x96)
    _no_limit(pool, limit_x96)
    return v2.quote_out(pool, place_out == 1, amount_out)


def apply(pool: P, quote: Quote) -> P:
    """The pool after the swap that was quoted on it, so that the next one can be quoted.

    Raises QuoteError when the pool would refuse the swap itself (V2: nothing out, or reserves too
    large). A quote of another pool, or of this one at another time, gives nonsense.
    """
    after = quote.after
    if isinstance(pool, V2Pool) and isinstance(after, V2State):
        v2.check_swap(pool, quote)
        return pool.model_copy(update=after._asdict())
    if isinstance(pool, V3Pool) and isinstance(after, V3State):
        return pool.model_copy(update=after._asdict())
    if isinstance(pool, StablePool) and isinstance(after, StableState):
        return pool.model_copy(update=after._asdict())
    raise QuoteError(
        f"pool {pool.address} cannot take this quote: it is one of another kind of pool",
        QuoteReason.NOT_IN_POOL,
    )


def marginal(
    pool: Pool, token_in: str, token_out: str | None = None, *, with_fee: bool = True
) -> Fraction:
    """Units out for the next unit in, exactly, before any rounding.

    For a V3 pool this is its price even where there is no liquidity at it. With the fee it is what
    a small trade gets; without, what the pool thinks the tokens are worth.
    """
    place_in, place_out = sides(pool, token_in, token_out)
    if isinstance(pool, StablePool):
        return stableswap.marginal(pool, place_in, place_out, with_fee)
    if isinstance(pool, V3Pool):
        price = Fraction(pool.sqrt_price_x96**2, Q96**2)
    else:
        price = Fraction(pool.reserve1, pool.reserve0)
    rate = price if place_in == 0 else 1 / price
    return rate * Fraction(_MILLION - pool.fee, _MILLION) if with_fee else rate


def sides(pool: Pool, token_in: str, token_out: str | None) -> tuple[int, int]:
    """The places of two tokens in the pool. Raises QuoteError for tokens that it does not trade."""
    tokens = pool.tokens
    places = []
    for token in (token_in, token_out):
        if token is None:
            continue
        where = token if token in tokens else checksum(token)
        if where not in tokens:
            raise QuoteError(
                f"pool {pool.address} does not trade {where}: use one that does",
                QuoteReason.NOT_IN_POOL,
                value=where,
            )
        places.append(tokens.index(where))
    if len(places) == 1:
        if len(tokens) > 2:
            raise QuoteError(
                f"pool {pool.address} has {len(tokens)} tokens: say which one is to come out",
                QuoteReason.NOT_IN_POOL,
            )
        places.append(1 - places[0])
    if places[0] == places[1]:
        raise QuoteError(
            f"the same token in and out of pool {pool.address}: name two",
            QuoteReason.NOT_IN_POOL,
            value=token_in,
        )
    return places[0], places[1]


def _no_limit(pool: Pool, limit_x96: int | None) -> None:
    if limit_x96 is not None:
        raise QuoteError(
            f"pool {pool.address} is no V3 pool and takes no price limit: leave it out",
            QuoteReason.PRICE_LIMIT,
            value=limit_x96,
        )
