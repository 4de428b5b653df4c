"""A Curve StableSwap pool at one block."""

from __future__ import annotations

from typing import Final, Literal, Self

from pydantic import Field, model_validator

from vaultsdk.core.model import Address, Frozen
from vaultsdk.core.pools.errors import PoolError
from vaultsdk.core.pools.numbers import Big, Small

MAX_COINS: Final = 8
FEE_SCALE: Final = 10**10  # Curve's fees are in parts of it
RATE_SCALE: Final = 10**18  # a rate of 1; a coin with d decimals has 10**(36 - d)

StableMaths = Literal["classic", "steth", "base", "plain", "ng"]
"""Which generation of the pool's code: they round differently (`market.pools.stableswap`)."""


class StablePool(Frozen):
    """Balances in smallest units, `rates` (1e18 times what brings a smallest unit to 18 decimals
    and to the common peg), `amplification` as the pool computes with it: A times `a_precision`
    (1 for `classic`, 100 for the rest), A being Curve's A n**(n-1).

    `fee` and `admin_fee` (the share of the fee that leaves the pool) in parts of 1e10;
    `offpeg_fee_multiplier` likewise, for `ng` only: 0 where the fee is the same at every balance.
    """

    kind: Literal["curve_stable"] = "curve_stable"
    address: Address
    coins: tuple[Address, ...]
    balances: tuple[Big, ...]
    rates: tuple[Big, ...]
    amplification: Big
    a_precision: Small = 100
    fee: Big = Field(ge=0, le=FEE_SCALE // 2)
    admin_fee: Big = Field(default=0, ge=0, le=FEE_SCALE)
    offpeg_fee_multiplier: Big = Field(default=0, ge=0)
    maths: StableMaths

    @property
    def tokens(self) -> tuple[str, ...]:
        """All coins, in the pool's order."""
        return self.coins

    @model_validator(mode="after")
    def _possible(self) -> Self:
        count = len(self.coins)
        if not 2 <= count <= MAX_COINS:
            raise self._wrong("coins", f"{count} coins: 2 to {MAX_COINS} can be", MAX_COINS, count)
        if len(set(self.coins)) != count:
            raise self._wrong("coins", "a coin is listed twice", count, len(set(self.coins)))
        for name in ("balances", "rates"):
            values = getattr(self, name)
            if len(values) != count:
                says = f"{len(values)} {name} for {count} coins: give one for each"
                raise self._wrong(name, says, count, len(values))
        if min(self.balances) <= 0:
            says = "it has no liquidity (a balance is 0 or less): leave it out"
            raise self._wrong("no liquidity", says, 1, min(self.balances))
        if max(self.balances) >= 1 << 128 or not 0 < min(self.rates) <= max(self.rates) < 1 << 128:
            raise self._wrong("range", "a balance or a rate is beyond any real one: read it again")
        due = 1 if self.maths == "classic" else 100
        if self.a_precision != due:
            says = f"a_precision is {self.a_precision}, but {self.maths} pools have {due}"
            raise self._wrong("a_precision", says, due, self.a_precision)
        if not self.a_precision <= self.amplification <= 10**6 * self.a_precision:
            says = (
                f"amplification {self.amplification} is not between 1 and 1e6 in parts of 1/{due}"
            )
            raise self._wrong("amplification", says, 10**6 * due, self.amplification)
        if self.maths == "steth" and any(rate != RATE_SCALE for rate in self.rates):
            raise self._wrong("rates", "steth pools have no rates: give 1e18 for each coin")
        if self.offpeg_fee_multiplier and self.maths != "ng":
            says = f"{self.maths} pools have no off-peg fee: leave it at 0"
            raise self._wrong("offpeg_fee_multiplier", says, 0, self.offpeg_fee_multiplier)
        return self

    def _wrong(self, name: str, says: str, limit: object = None, value: object = None) -> PoolError:
        return PoolError(f"pool {self.address}: {says}", name=name, limit=limit, value=value)
