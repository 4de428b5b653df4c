"""A Uniswap V2 pair at one block."""

from __future__ import annotations

from typing import Final, Literal, Self

from pydantic import Field, model_validator

from vaultsdk.core.model import Address, Frozen, address_to_int
from vaultsdk.core.pools.errors import PoolError
from vaultsdk.core.pools.numbers import Big, Small

MAX_RESERVE: Final = (1 << 112) - 1  # a pair keeps reserves in 112 bits
V2_FEE: Final = 3000


class V2Pool(Frozen):
    """Reserves in smallest units; `fee` in parts per million of the input (3000, the only one that
    Uniswap has; pairs of other exchanges have others)."""

    kind: Literal["uniswap_v2"] = "uniswap_v2"
    address: Address
    token0: Address
    token1: Address
    reserve0: Big
    reserve1: Big
    fee: Small = Field(default=V2_FEE, ge=0, lt=1_000_000)

    @property
    def tokens(self) -> tuple[str, ...]:
        """Both tokens, in the pool's order."""
        return self.token0, self.token1

    @model_validator(mode="after")
    def _possible(self) -> Self:
        check_order(self.address, self.token0, self.token1)
        for name in ("reserve0", "reserve1"):
            reserve = getattr(self, name)
            if reserve <= 0:
                raise PoolError(
                    f"pair {self.address} has no liquidity ({name} is {reserve}): leave it out",
                    name="no liquidity",
                    limit=1,
                    value=reserve,
                )
            if reserve > MAX_RESERVE:
                raise PoolError(
                    f"pair {self.address}: {name} {reserve} does not fit 112 bits: read it again",
                    name=name,
                    limit=MAX_RESERVE,
                    value=reserve,
                )
        return self


def check_order(pool: str, token0: str, token1: str) -> None:
    """Raise PoolError unless the tokens are two, in the order that Uniswap sorts them."""
    if address_to_int(token0) >= address_to_int(token1):
        raise PoolError(
            f"pool {pool}: token0 {token0} must sort below token1 {token1}: swap them, and "
            "everything that is told apart by 0 and 1",
            name="token order",
            value=token0,
        )
