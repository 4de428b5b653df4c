"""Tax lots: a depositor's units of an asset with basis and acquisition time, two words on chain."""

from __future__ import annotations

from enum import IntEnum, IntFlag
from typing import Self

from pydantic import model_validator

from vaultsdk.core import packing
from vaultsdk.core.cohort import CohortKey
from vaultsdk.core.errors import LotvaultError, from_revert
from vaultsdk.core.model import Frozen
from vaultsdk.core.units import scale


class LotFlags(IntFlag):
    """Flags of a lot. DECLARED: the owner stated the basis; no price on chain vouches for it."""

    NONE = 0
    DECLARED = 1


class BasisSource(IntEnum):
    """Where a lot's first basis came from: `source` of the event LotOpened."""

    DECLARED = 1
    ORACLE = 2
    PAID = 3
    SPLIT = 4  # a change of policy moved a part of another lot


class ReductionKind(IntEnum):
    """Why units left a lot: `kind` of the event LotReduced."""

    WITHDRAWN = 1
    SOLD = 2
    SPLIT = 3


class OfferKind(IntEnum):
    """What the owner declares an offer of a lot to be."""

    OTHER = 0
    OWN_WALLET = 1
    GIFT = 2


def unit_basis(units: int, basis: int, decimals: int) -> int:
    """USD wad per whole token, rounded down (so that no lot enters a band above its basis).

    `units` in the token's smallest unit, `basis` in USD wad. A lot of 0 units has unit basis 0.
    """
    return basis * scale(decimals) // units if units else 0


def split_basis(units: int, basis: int, part: int) -> tuple[int, int]:
    """The basis (USD wad) of `part` of a lot's units, and of the rest. They add up exactly.

    The part's basis is rounded down, as in the contract; the rest keeps the remainder. Taking all
    takes the whole basis, also from a lot of 0 units. Raises LotvaultError when part > units.
    """
    if not 0 <= part <= units:
        raise LotvaultError(
            f"the lot has {units} units, not {part}: ask for at most that many",
            name="amount",
            limit=units,
            value=part,
        )
    if part == units:
        return basis, 0
    moved = basis * part // units
    return moved, basis - moved


class Lot(Frozen):
    """A lot's two words in readable form. Units in the token's smallest unit, basis in USD wad,
    `acquired_at` in seconds since 1970. As stored: not rolled through harvests unless said so."""

    key: CohortKey
    acquired_at: int
    flags: LotFlags = LotFlags.NONE
    units: int
    basis: int

    @model_validator(mode="after")
    def _fits(self) -> Self:
        packing.LOT_HEAD.check(acquired_at=self.acquired_at, flags=int(self.flags))
        packing.LOT_BODY.check(units=self.units, basis=self.basis)
        return self

    @classmethod
    def unpack(cls, head: int, body: int) -> Lot:
        """The lot of its head and body words. Raises NoSuchLotError when the head is 0 (closed, or
        never opened), PackingError for impossible words."""
        if head == 0:
            raise from_revert("no such lot")
        h, b = packing.LOT_HEAD.unpack(head), packing.LOT_BODY.unpack(body)
        return cls(
            key=CohortKey.unpack(h["key"]),
            acquired_at=h["acquired_at"],
            flags=LotFlags(h["flags"]),
            units=b["units"],
            basis=b["basis"],
        )

    def pack(self) -> tuple[int, int]:
        """The head and the body word."""
        head = packing.LOT_HEAD.pack(
            key=self.key.pack(), acquired_at=self.acquired_at, flags=int(self.flags)
        )
        return head, packing.LOT_BODY.pack(units=self.units, basis=self.basis)

    @property
    def asset(self) -> int:
        """Id of the asset."""
        return self.key.asset

    @property
    def policy(self) -> int:
        """Id of the policy."""
        return self.key.policy

    @property
    def declared(self) -> bool:
        """True when the basis is the owner's own statement."""
        return bool(self.flags & LotFlags.DECLARED)

    def unit_basis(self, decimals: int) -> int:
        """USD wad per whole token, rounded down; `decimals` of the lot's asset."""
        return unit_basis(self.units, self.basis, decimals)
