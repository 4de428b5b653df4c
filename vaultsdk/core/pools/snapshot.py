"""Pools as they were at one block, to be saved and quoted later."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Final, Literal, Self

from pydantic import Field, ValidationError, model_validator

from vaultsdk.core.deployment import Word
from vaultsdk.core.model import Frozen, checksum
from vaultsdk.core.pools.errors import PoolError
from vaultsdk.core.pools.numbers import Small
from vaultsdk.core.pools.stable import StablePool
from vaultsdk.core.pools.v2 import V2Pool
from vaultsdk.core.pools.v3 import V3Pool

SNAPSHOT_VERSION: Final = 1

Pool = V2Pool | V3Pool | StablePool


class PoolSnapshot(Frozen):
    """Pools at one block of one chain. `timestamp` is the block's, in seconds since 1970."""

    schema_version: Literal[1] = SNAPSHOT_VERSION
    chain_id: Small = Field(gt=0)
    block_number: Small = Field(ge=0)
    block_hash: Word
    timestamp: Small = Field(ge=0)
    pools: tuple[Annotated[Pool, Field(discriminator="kind")], ...]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        addresses = [pool.address for pool in self.pools]
        twice = {address for address in addresses if addresses.count(address) > 1}
        if twice:
            raise PoolError(
                f"pool {min(twice)} is in the snapshot twice: keep one",
                name="pools",
                value=min(twice),
            )
        return self

    def pool(self, address: str) -> Pool:
        """The pool at an address. Raises PoolError when the snapshot does not have it."""
        where = checksum(address)
        for pool in self.pools:
            if pool.address == where:
                return pool
        raise PoolError(
            f"pool {where} is not in the snapshot of block {self.block_number}: load it too",
            name="pools",
            value=where,
        )

    def having(self, token: str) -> tuple[Pool, ...]:
        """The pools that trade a token."""
        wanted = checksum(token)
        return tuple(pool for pool in self.pools if wanted in pool.tokens)

    def with_pools(self, pools: Iterable[Pool]) -> Self:
        """The same block with these pools in place of those at the same addresses, as after
        trades. Nothing is checked again: the pools are models already."""
        new = {pool.address: pool for pool in pools}
        return self.model_copy(
            update={"pools": tuple(new.get(pool.address, pool) for pool in self.pools)}
        )

    def to_json(self) -> str:
        """One JSON object; amounts, prices and liquidity as decimal strings."""
        return self.model_dump_json()

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """What `to_json` wrote, checked. Raises PoolError."""
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "the file"
            raise PoolError(
                f"this is no snapshot of pools: {where}: {first['msg']}", name=where
            ) from None
