"""A Uniswap V3 pool at one block: its price, its liquidity, and a range of its ticks."""

from __future__ import annotations

from functools import cached_property
from typing import Final, Literal, Self

from pydantic import Field, model_validator

from vaultsdk.core.model import Address, Frozen
from vaultsdk.core.pools.errors import PoolError
from vaultsdk.core.pools.numbers import Big, Small
from vaultsdk.core.pools.ticks import (
    MAX_SQRT_PRICE,
    MAX_TICK,
    MIN_SQRT_PRICE,
    MIN_TICK,
    all_words,
    sqrt_price_at,
    tick_at,
    word_of,
)
from vaultsdk.core.pools.v2 import check_order

MAX_LIQUIDITY: Final = (1 << 128) - 1


class V3Pool(Frozen):
    """`fee` in parts per million of the input; `sqrt_price_x96` and `tick` as in slot0.

    `ticks` holds (tick, liquidity_net) of every initialised tick in the bitmap's words from
    `words[0]` to `words[1]`, ascending. Beyond these words nothing is known, and a quote that would
    need to look there is refused.
    """

    kind: Literal["uniswap_v3"] = "uniswap_v3"
    address: Address
    token0: Address
    token1: Address
    fee: Small = Field(ge=0, lt=1_000_000)
    tick_spacing: Small = Field(gt=0, lt=16_384)
    sqrt_price_x96: Big
    tick: Small
    liquidity: Big
    words: tuple[Small, Small]
    ticks: tuple[tuple[Small, Big], ...]

    @property
    def tokens(self) -> tuple[str, ...]:
        """Both tokens, in the pool's order."""
        return self.token0, self.token1

    @property
    def whole(self) -> bool:
        """True when every tick that the pool can have was loaded."""
        return self.words == all_words(self.tick_spacing)

    # Kept by copies with another price, which share the ticks: see `market.pools.apply`.
    @cached_property
    def tick_numbers(self) -> tuple[int, ...]:
        """The initialised ticks alone."""
        return tuple(tick for tick, _ in self.ticks)

    @cached_property
    def tick_nets(self) -> tuple[int, ...]:
        """Liquidity that each of them adds when the price rises through it."""
        return tuple(net for _, net in self.ticks)

    @model_validator(mode="after")
    def _possible(self) -> Self:
        check_order(self.address, self.token0, self.token1)
        self._check_price()
        self._check_ticks()
        self._check_liquidity()
        return self

    def _wrong(self, name: str, says: str, limit: object = None, value: object = None) -> PoolError:
        return PoolError(f"pool {self.address}: {says}", name=name, limit=limit, value=value)

    def _check_price(self) -> None:
        price = self.sqrt_price_x96
        if price == 0:
            raise self._wrong("not initialised", "it has no price yet: leave it out", 1, 0)
        if not MIN_SQRT_PRICE <= price < MAX_SQRT_PRICE:
            says = f"root price {price} is outside what a V3 pool can have: read it again"
            raise self._wrong("sqrt_price_x96", says, MAX_SQRT_PRICE, price)
        here = tick_at(price)
        # A price that came down exactly to a tick counts as below it.
        if self.tick != here and not (self.tick == here - 1 and price == sqrt_price_at(here)):
            says = f"tick {self.tick} is not the tick of its price, {here}: read both at one block"
            raise self._wrong("tick", says, here, self.tick)

    def _check_ticks(self) -> None:
        low, high = self.words
        first, last = all_words(self.tick_spacing)
        if not first <= low <= high <= last:
            says = f"words {low} to {high} are not within the bitmap's, {first} to {last}"
            raise self._wrong("words", says, (first, last), self.words)
        if not low <= word_of(self.tick, self.tick_spacing) <= high:
            says = f"words {low} to {high} do not hold its price's tick {self.tick}: load these too"
            raise self._wrong("words", says, self.words, self.tick)
        before = MIN_TICK - 1
        for tick in self.tick_numbers:
            if tick <= before:
                says = f"tick {tick} comes after {before}: give each once, in ascending order"
                raise self._wrong("tick order", says, before, tick)
            if tick % self.tick_spacing or tick > MAX_TICK:
                says = f"tick {tick} cannot be used at spacing {self.tick_spacing}: read them again"
                raise self._wrong("tick spacing", says, self.tick_spacing, tick)
            if not low <= word_of(tick, self.tick_spacing) <= high:
                says = f"tick {tick} lies outside the loaded words {low} to {high}"
                raise self._wrong("words", says, self.words, tick)
            before = tick

    def _check_liquidity(self) -> None:
        """Walk from the price both ways: liquidity is never negative, and 0 beyond all ticks."""
        if not 0 <= self.liquidity <= MAX_LIQUIDITY:
            says = f"liquidity {self.liquidity} does not fit 128 bits: read it again"
            raise self._wrong("liquidity", says, MAX_LIQUIDITY, self.liquidity)
        if self.liquidity == 0 and not self.ticks:
            says = "it has no liquidity in the loaded range: leave it out, or load more words"
            raise self._wrong("no liquidity", says, 1, 0)
        above = [(tick, net) for tick, net in self.ticks if tick > self.tick]
        below = [(tick, -net) for tick, net in reversed(self.ticks) if tick <= self.tick]
        first, last = all_words(self.tick_spacing)
        ends = ((above, self.words[1] == last), (below, self.words[0] == first))
        for side, (path, to_the_end) in zip(("above", "below"), ends, strict=True):
            left = self.liquidity
            for tick, change in path:
                left += change
                if not 0 <= left <= MAX_LIQUIDITY:
                    says = f"liquidity would be {left} {side} tick {tick}: a tick is missing or old"
                    raise self._wrong("liquidity_net", says, 0, left)
            if to_the_end and left:
                says = f"{left} of liquidity never ends {side} the price: a tick is missing or old"
                raise self._wrong("liquidity_net", says, 0, left)
