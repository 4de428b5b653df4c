"""What a quote says, whatever the pool."""

from __future__ import annotations

from typing import NamedTuple


class V2State(NamedTuple):
    """A pair's reserves after a swap, smallest units."""

    reserve0: int
    reserve1: int


class V3State(NamedTuple):
    """A V3 pool's price, tick and liquidity after a swap, as slot0 and liquidity() give them."""

    sqrt_price_x96: int
    tick: int
    liquidity: int


class StableState(NamedTuple):
    """A StableSwap pool's balances after a swap, smallest units, admin fee taken out."""

    balances: tuple[int, ...]


class Quote(NamedTuple):
    """What a pool gives, in smallest units, and how it stands afterwards.

    `amount_in` is what is offered and `amount_in_used` what the pool takes of it: less when the
    liquidity, or a price limit, ends before. `ticks_crossed` counts the initialised ticks whose
    liquidity came or went (V3), the thing that costs gas.
    """

    token_in: str
    token_out: str
    amount_in: int
    amount_in_used: int
    amount_out: int
    after: V2State | V3State | StableState
    ticks_crossed: int = 0

    @property
    def partial(self) -> bool:
        """True when the pool does not take all that is offered."""
        return self.amount_in_used < self.amount_in
