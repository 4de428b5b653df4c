"""What a sale costs against a given mid price, by size, and the largest sale under a cost limit.

The mid is the oracle's: units of the token received per unit of the token sold, an exact fraction.
A sale's cost is what it brings less than the mid says, as a share of what the mid says: the pool's
fee, its impact, and the gap between its price and the oracle's, all in one. It is negative where
the pool pays more than the oracle says.

Quotes are the pools' own integers, and every comparison is one of integers, so a size said to be
under a limit is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Final, NamedTuple

from vaultsdk.core.errors import LotvaultError
from vaultsdk.core.pools import Pool
from vaultsdk.market.pools import QuoteError, QuoteReason, quote

BPS: Final = 10_000
MAX_SIZE: Final = 1 << 127  # no token has more units; doubling stops here

_ENDS: Final = frozenset(
    {
        QuoteReason.NO_LIQUIDITY,
        QuoteReason.BEYOND_SNAPSHOT,
        QuoteReason.TOO_LARGE,
        QuoteReason.PRICE_LIMIT,
        QuoteReason.NO_CONVERGENCE,
    }
)
"""Where a pool ends, for this amount and all larger ones."""

Quoter = Callable[[int], int | None]
"""Units out for units in; None where not all of it can be sold."""


class ImpactError(LotvaultError):
    """A mid price, a size or a limit that makes no sense."""


class Impact(NamedTuple):
    """One size: what it brings, and what the mid would have brought (exactly)."""

    amount_in: int
    amount_out: int
    mid_out: Fraction

    @property
    def cost(self) -> Fraction:
        """The share of the mid's value that is lost, exactly."""
        return 1 - self.amount_out / self.mid_out

    @property
    def bps(self) -> int:
        """The cost in basis points, rounded up."""
        share = self.cost * BPS
        return -(-share.numerator // share.denominator)


class Depth(NamedTuple):
    """The largest sale whose cost is at most `limit_bps`; 0 units where there is none."""

    limit_bps: int
    amount_in: int
    amount_out: int


def quoter(pool: Pool, token_in: str, token_out: str | None = None) -> Quoter:
    """Quotes of one pool. An amount that it takes in part only, or refuses, gives None."""

    def out(amount: int) -> int | None:
        try:
            found = quote(pool, token_in, amount, token_out)
        except QuoteError as error:
            if error.reason is QuoteReason.ZERO_OUT:
                return 0  # too little, not too much
            if error.reason in _ENDS:
                return None
            raise
        return None if found.partial else found.amount_out

    return out


def impact(out: Quoter, amount_in: int, mid: Fraction) -> Impact | None:
    """What selling `amount_in` costs against the mid; None where not all of it can be sold.

    Raises ImpactError for a size or a mid that is not above 0.
    """
    _check_mid(mid)
    if amount_in <= 0:
        raise ImpactError(
            f"{amount_in} units cannot be sold: give a size above 0",
            name="amount_in",
            limit=1,
            value=amount_in,
        )
    found = out(amount_in)
    return None if found is None else Impact(amount_in, found, amount_in * mid)


def curve(out: Quoter, sizes: Iterable[int], mid: Fraction) -> tuple[Impact, ...]:
    """The costs of several sizes, in their order; those that cannot be sold whole are left out."""
    found = (impact(out, size, mid) for size in sizes)
    return tuple(one for one in found if one is not None)


def largest(out: Quoter, mid: Fraction, limit_bps: int, most: int = MAX_SIZE) -> Depth:
    """The largest sale, at most `most` units, whose cost is at most `limit_bps`.

    An average rate only falls with the size, so sizes are doubled until one is too dear and the
    last stretch is bisected. That holds but for the pools' roundings: the size found is under the
    limit to the unit, the next one is over it, and one that is larger by a handful of units may be
    under it again. Sizes so small that a unit of rounding is all the limit are passed over.

    Raises ImpactError for a limit outside (-10,000, 10,000), a mid or a `most` that is not above 0.
    """
    _check_mid(mid)
    if not -BPS < limit_bps < BPS:
        raise ImpactError(
            f"a limit of {limit_bps} basis points is no limit: give one between -{BPS} and {BPS}",
            name="limit_bps",
            limit=BPS,
            value=limit_bps,
        )
    if most <= 0:
        raise ImpactError(
            f"at most {most} units can be nothing: give a size above 0",
            name="most",
            limit=1,
            value=most,
        )
    kept = mid.numerator * (BPS - limit_bps)
    scale = mid.denominator * BPS

    def cheap(size: int) -> int | None:
        """Units out if the cost is within the limit."""
        found = out(size)
        # out / (size mid) >= 1 - limit, with all denominators multiplied away.
        return found if found is not None and found * scale >= size * kept else None

    best, best_out = 0, 0
    size = 1
    while True:
        found = cheap(min(size, most))
        if found is not None:
            best, best_out = min(size, most), found
        elif best or out(min(size, most)) is None:
            break
        if size >= most:
            break
        size *= 2
    if not best:
        return Depth(limit_bps, 0, 0)
    low, high = best, min(2 * best, most)  # this one was too dear, unless it is the best
    while high - low > 1:
        middle = (low + high) // 2
        found = cheap(middle)
        if found is None:
            high = middle
        else:
            low, best_out = middle, found
    return Depth(limit_bps, low, best_out)


def depth(
    out: Quoter, mid: Fraction, limits_bps: Iterable[int], most: int = MAX_SIZE
) -> tuple[Depth, ...]:
    """`largest` for several limits, in their order."""
    return tuple(largest(out, mid, limit, most) for limit in limits_bps)


def _check_mid(mid: Fraction) -> None:
    if mid <= 0:
        raise ImpactError(
            f"a mid price of {mid} is no price: give one above 0", name="mid", limit=0, value=mid
        )
