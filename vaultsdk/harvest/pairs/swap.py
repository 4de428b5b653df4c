"""What it costs to go into a replacement and back, and how much its pools can take.

Each way through the one pool that pays most; a sale split over several pools can only be cheaper.
Costs are shares of what a mid price says, in basis points of the amount swapped. The mid is the
caller's (an oracle's), or what the pool itself thinks the tokens are worth; then there is no gap.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Final, NamedTuple

from vaultsdk.core.model import Address, Frozen
from vaultsdk.core.pools import Pool, StablePool
from vaultsdk.core.pools.stable import FEE_SCALE
from vaultsdk.harvest.pairs.errors import PairsError
from vaultsdk.market.impact import largest, quoter
from vaultsdk.market.pools import marginal

BPS: Final = 10_000
_MILLION: Final = 1_000_000


class Way(Frozen):
    """One swap of `amount_in` for `amount_out` smallest units. The parts add up to `cost_bps`:
    the pool's fee, the price that moves against the swap, and the pool's price against the mid
    (below zero where the pool pays more)."""

    pool: Address
    amount_in: int
    amount_out: int
    fee_bps: float
    impact_bps: float
    gap_bps: float
    cost_bps: float


class Depth(NamedTuple):
    """The largest swap, in smallest units of what is given, at a cost of at most `limit_bps`."""

    amount_in: int
    limit_bps: int


class SwapCosts(Frozen):
    """Into the replacement and back again, and the depth of both ways. A way is None where no pool
    takes the whole of it; there is no way back without a way out."""

    out: Way | None
    back: Way | None
    depth_out: Depth
    depth_back: Depth
    pools: int


def swap_costs(
    pools: Iterable[Pool],
    asset: str,
    replacement: str,
    size: int,
    limit_bps: int,
    mid: Fraction | None = None,
) -> SwapCosts:
    """Costs of swapping `size` smallest units of the asset (an address) and all of what they bring
    back. `mid`: smallest units of the replacement per smallest unit of the asset.

    Raises PairsError for a size that is not above 0, ImpactError for a limit or mid that is none.
    """
    if size <= 0:
        raise PairsError(
            f"a size of {size} is nothing to swap: give one above 0",
            name="size",
            limit=1,
            value=size,
        )
    both = [pool for pool in pools if asset in pool.tokens and replacement in pool.tokens]
    back_mid = None if mid is None else 1 / mid
    out = _best(both, asset, replacement, size, mid)
    back = None if out is None else _best(both, replacement, asset, out.amount_out, back_mid)
    return SwapCosts(
        out=out,
        back=back,
        depth_out=_depth(both, asset, replacement, limit_bps, mid),
        depth_back=_depth(both, replacement, asset, limit_bps, back_mid),
        pools=len(both),
    )


def _best(
    pools: Iterable[Pool], token_in: str, token_out: str, amount: int, mid: Fraction | None
) -> Way | None:
    best: tuple[int, Pool] | None = None
    for pool in pools:
        found = quoter(pool, token_in, token_out)(amount)
        if found and (best is None or found > best[0]):
            best = found, pool
    if best is None:
        return None
    brings, pool = best
    own = marginal(pool, token_in, token_out, with_fee=False)
    fee = _fee(pool)
    against_own = 1 - brings / (amount * own)
    cost = against_own if mid is None else 1 - brings / (amount * mid)
    return Way(
        pool=pool.address,
        amount_in=amount,
        amount_out=brings,
        fee_bps=float(fee * BPS),
        impact_bps=float((against_own - fee) * BPS),
        gap_bps=float((cost - against_own) * BPS),
        cost_bps=float(cost * BPS),
    )


def _depth(
    pools: Iterable[Pool], token_in: str, token_out: str, limit_bps: int, mid: Fraction | None
) -> Depth:
    found = [
        largest(
            quoter(pool, token_in, token_out),
            marginal(pool, token_in, token_out, with_fee=False) if mid is None else mid,
            limit_bps,
        ).amount_in
        for pool in pools
    ]
    return Depth(max(found, default=0), limit_bps)


def _fee(pool: Pool) -> Fraction:
    """The share of an amount that the pool keeps; of Curve's newest pools the least it may be,
    what more they take in an uneven pool counts as impact."""
    if isinstance(pool, StablePool):
        return Fraction(pool.fee, FEE_SCALE)
    return Fraction(pool.fee, _MILLION)
