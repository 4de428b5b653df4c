"""What a decision needs to know about taxes, as a protocol that tax packages implement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from vaultsdk.core.model import Frozen
from vaultsdk.core.roll import Realisation


class TaxOutcome(Frozen):
    """What realisations are worth in taxes. USD wad; negative `tax` = saved."""

    tax: int
    allowed_loss: int
    disallowed_loss: int
    notes: tuple[str, ...] = ()


class TaxView(Protocol):
    """A depositor's tax position."""

    def simulate(self, owner: str, realisations: Sequence[Realisation]) -> TaxOutcome:
        """What these realisations would add to the owner's position. Changes nothing."""
        ...


class FlatRate:
    """The simplest view: a dollar of loss saves `bps` of a dollar, gains cost as much."""

    def __init__(self, bps: int) -> None:
        self.bps = bps

    def simulate(self, owner: str, realisations: Sequence[Realisation]) -> TaxOutcome:
        """Rounded towards the depositor's disadvantage (up), in USD wad."""
        gain = sum(r.gain for r in realisations)
        return TaxOutcome(
            tax=-(-gain * self.bps // 10_000), allowed_loss=max(0, -gain), disallowed_loss=0
        )
