"""What one pool takes, and gives, until its marginal price has come down to a given one.

The marginal price is units out for the next unit in, fee included. Where a pool's output is
y(x), the answer at price p is the x with y'(x) = p. For Uniswap V2 with reserves R and S, the fee's
rest g and M a million, y' = g M R S / (M R + g x)**2. For V3 it is a root price, and what lies
between two root prices is a sum over the ticks between them, formed once.

Amounts are in smallest units and right but for a few of them (V3 rounds at every stop of a swap):
they are where to sell, not what is promised.
"""

from __future__ import annotations

from bisect import bisect_right
from math import isqrt
from typing import Final, NamedTuple

from vaultsdk.core.pools import V2Pool, V3Pool
from vaultsdk.core.pools.ticks import (
    MAX_SQRT_PRICE,
    MAX_TICK,
    MIN_SQRT_PRICE,
    MIN_TICK,
    Q96,
    WORD,
    sqrt_price_at,
)
from vaultsdk.core.pools.v2 import MAX_RESERVE
from vaultsdk.market.pools import QuoteError, quote
from vaultsdk.market.pools.v3_math import (
    MILLION,
    amount0_down,
    amount0_up,
    amount1_down,
    amount1_up,
    fee_on,
)
from vaultsdk.market.routing.ladder import price, step_below

_ALL: Final = 1 << 254  # more than any pool takes; a price limit stops it


class Taken(NamedTuple):
    """Units taken and given."""

    amount_in: int
    amount_out: int


_NOTHING: Final = Taken(0, 0)


class Depth:
    """One pool in one direction. `start` is a step of the ladder just above its first price."""

    def __init__(self, pool: V2Pool | V3Pool, token_in: str) -> None:
        self.pool = pool
        self.zero_for_one = token_in == pool.token0
        self.kept = MILLION - pool.fee
        self._known: dict[int, Taken] = {}
        self.start = 0

    def at(self, step: int) -> Taken:
        """What the pool takes and gives until its marginal price is the step's."""
        found = self._known.get(step)
        if found is None:
            found = self._known[step] = _NOTHING if step >= self.start else self._at(*price(step))
        return found

    def _at(self, numerator: int, denominator: int) -> Taken:
        raise NotImplementedError


class _V2Depth(Depth):
    def __init__(self, pool: V2Pool, token_in: str) -> None:
        super().__init__(pool, token_in)
        ends = (pool.reserve0, pool.reserve1)
        self._in, self._out = ends if self.zero_for_one else ends[::-1]
        self._most = MAX_RESERVE - self._in
        self.start = step_below(self._out * self.kept, self._in * MILLION) + 3

    def _at(self, numerator: int, denominator: int) -> Taken:
        kept, held = self.kept, self._in * MILLION
        root = isqrt(kept * held * self._out * denominator // numerator)
        amount = min((root - held) // kept, self._most)
        if amount <= 0:
            return _NOTHING
        return Taken(amount, kept * amount * self._out // (held + kept * amount))


class _V3Depth(Depth):
    def __init__(self, pool: V3Pool, token_in: str) -> None:
        super().__init__(pool, token_in)
        square, one = pool.sqrt_price_x96**2, Q96**2
        if self.zero_for_one:
            self.start = step_below(square * self.kept, one * MILLION) + 3
        else:
            self.start = step_below(one * self.kept, square * MILLION) + 3
        self._walk(pool, token_in)

    def _walk(self, pool: V3Pool, token_in: str) -> None:
        """The root prices at which liquidity changes, on the way that a sale moves the price, and
        what the pool has taken and given by each of them."""
        place = bisect_right(pool.tick_numbers, pool.tick)
        spacing = pool.tick_spacing
        if self.zero_for_one:
            stops = list(range(place - 1, -1, -1))
            end = sqrt_price_at(max(pool.words[0] * WORD * spacing, MIN_TICK)) + 1
        else:
            stops = list(range(place, len(pool.ticks)))
            top = (pool.words[1] * WORD + WORD - 1) * spacing
            end = sqrt_price_at(min(top, MAX_TICK)) - 1
        self._prices = [pool.sqrt_price_x96]
        self._liquidity: list[int] = []  # from each price on to the next
        self._sums = [_NOTHING]
        liquidity = pool.liquidity
        for stop in stops:
            at_stop = sqrt_price_at(pool.tick_numbers[stop])
            # A swap's price limit may not be the very end of the range.
            self._add(min(max(at_stop, MIN_SQRT_PRICE + 1), MAX_SQRT_PRICE - 1), liquidity)
            change = pool.tick_nets[stop]
            liquidity += -change if self.zero_for_one else change
        if liquidity:
            self._add(end, liquidity)
        # Where the known liquidity ends the pool itself is asked: there no unit may be too many.
        last = self._prices[-1]
        try:
            found = quote(pool, token_in, _ALL, limit_x96=last)
            self._sums[-1] = Taken(found.amount_in_used, found.amount_out)
        except QuoteError:
            self._prices, self._liquidity, self._sums = self._prices[:1], [], [_NOTHING]
        # Signed so that they ascend whichever way the price goes.
        self._keys = [-p if self.zero_for_one else p for p in self._prices]

    def _add(self, stop: int, liquidity: int) -> None:
        before, done = self._prices[-1], self._sums[-1]
        if (stop >= before) if self.zero_for_one else (stop <= before):
            return  # the price stands on its tick, or a tick on the end of what is known
        more = self._between(before, stop, liquidity)
        self._prices.append(stop)
        self._liquidity.append(liquidity)
        self._sums.append(Taken(done[0] + more[0], done[1] + more[1]))

    def _between(self, before: int, after: int, liquidity: int) -> Taken:
        if self.zero_for_one:
            net = amount0_up(after, before, liquidity)
            out = amount1_down(after, before, liquidity)
        else:
            net = amount1_up(before, after, liquidity)
            out = amount0_down(before, after, liquidity)
        return Taken(net + fee_on(net, self.pool.fee), out)

    def _at(self, numerator: int, denominator: int) -> Taken:
        if self.zero_for_one:
            square = (numerator * MILLION << 192) // (denominator * self.kept)
            key = -isqrt(square)
        else:
            square = (denominator * self.kept << 192) // (numerator * MILLION)
            key = isqrt(square)
        place = bisect_right(self._keys, key) - 1
        if place < 0:
            return _NOTHING
        done = self._sums[place]
        if place == len(self._liquidity) or not (liquidity := self._liquidity[place]):
            return done
        more = self._between(self._prices[place], abs(key), liquidity)
        return Taken(done[0] + more[0], done[1] + more[1])


def depth_of(pool: V2Pool | V3Pool, token_in: str) -> Depth:
    """The depth of a pool for a token sold to it."""
    return _V2Depth(pool, token_in) if isinstance(pool, V2Pool) else _V3Depth(pool, token_in)
