"""Cohort keys: what makes lots harvestable together, packed in 112 bits.

`asset 8 | policy 32 | band 16 | day 24 | seq 32`. A cohort needs no storage of its own to exist;
its key says what it is. `seq` below 2**31 is a shard (owners open those), above it the top bit plus
a harvest's number (only harvests open those, and nobody joins them).
"""

from __future__ import annotations

import re
from functools import total_ordering
from typing import Any, Final, Self

from pydantic import model_validator

from vaultsdk.core import packing
from vaultsdk.core.band import band, check_band, lower
from vaultsdk.core.errors import CohortKeyError
from vaultsdk.core.model import Frozen

DAY: Final = 86400
HARVEST_BIT: Final = 1 << 31
MAX_HARVEST: Final = HARVEST_BIT - 1


@total_ordering
class CohortKey(Frozen):
    """A cohort's key. Orders as its packed number does, which is the order a harvest wants.

    `day` is days since 1970 (UTC); `band` an index of `vaultsdk.core.band`. Raises PackingError or
    BandError for values that cannot exist.
    """

    asset: int
    policy: int
    band: int
    day: int
    seq: int

    @model_validator(mode="after")
    def _fits(self) -> Self:
        packing.COHORT_KEY.check(**self.__dict__)
        check_band(self.band)
        return self

    @classmethod
    def of(cls, asset: int, policy: int, unit_basis: int, time: int, seq: int = 0) -> CohortKey:
        """The key of a lot of this unit basis (USD wad per whole token) entering at `time` (s)."""
        return cls(asset=asset, policy=policy, band=band(unit_basis), day=time // DAY, seq=seq)

    @classmethod
    def unpack(cls, key: int) -> CohortKey:
        """The key of a 112-bit number. Raises PackingError or BandError."""
        return cls(**packing.COHORT_KEY.unpack(key))

    @classmethod
    def parse(cls, text: str) -> CohortKey:
        """A key from 0x-hex or `asset:policy:band:day:seq` (a seq `h12` is harvest 12's).

        Raises CohortKeyError when the text is neither.
        """
        cleaned = text.strip()
        if re.fullmatch(r"0[xX][0-9a-fA-F]{1,64}", cleaned):
            return cls.unpack(int(cleaned, 16))
        match = re.fullmatch(r"(\d+):(\d+):(\d+):(\d+):(h?)(\d+)", cleaned)
        if match is None:
            raise CohortKeyError(
                f"{text!r} is not a cohort: give 0x-hex or asset:policy:band:day:seq",
                name="cohort",
                value=text,
            )
        asset, policy, index, day, opened_by_harvest, seq = match.groups()
        number = harvest_seq(int(seq)) if opened_by_harvest else int(seq)
        return cls(asset=int(asset), policy=int(policy), band=int(index), day=int(day), seq=number)

    def pack(self) -> int:
        """The 112-bit number."""
        return packing.COHORT_KEY.pack(**self.__dict__)

    @property
    def hex(self) -> str:
        """The packed number as 0x-hex."""
        return f"0x{self.pack():x}"

    def __str__(self) -> str:
        return f"{self.asset}:{self.policy}:{self.band}:{self.day}:{self.seq}"

    def __int__(self) -> int:
        return self.pack()

    def __lt__(self, other: Any) -> bool:
        return self.pack() < other.pack() if isinstance(other, CohortKey) else NotImplemented

    @property
    def is_shard(self) -> bool:
        """True when owners opened it; then `seq` is the shard."""
        return self.seq < HARVEST_BIT

    @property
    def harvest(self) -> int | None:
        """Number of the harvest that opened the cohort; None for a shard."""
        return None if self.is_shard else self.seq & MAX_HARVEST

    @property
    def lower(self) -> int:
        """The smallest unit basis any lot in it can have (USD wad per whole token)."""
        return lower(self.band)

    def after_harvest(self, number: int, to_asset: int, to_band: int, time: int) -> CohortKey:
        """The cohort where this one's lots go when harvest `number` swaps it at `time` (s)."""
        return CohortKey(
            asset=to_asset,
            policy=self.policy,
            band=to_band,
            day=time // DAY,
            seq=harvest_seq(number),
        )


def harvest_seq(number: int) -> int:
    """`seq` of the cohorts that harvest `number` opens. Raises CohortKeyError above 2**31 - 1."""
    if not 1 <= number <= MAX_HARVEST:
        raise CohortKeyError(
            f"there can be no harvest {number}: harvests count from 1 to {MAX_HARVEST}",
            name="harvest",
            limit=MAX_HARVEST,
            value=number,
        )
    return HARVEST_BIT | number
