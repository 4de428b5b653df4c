"""The roll: bringing a lot up to date through the harvests its cohort went through, exactly as the
contract does, with a record of every realisation on the way.

Per hop `units = units * proceeds // sold`, the basis becomes the value of those units at the
harvest's price, the acquisition time the harvest's time, and the declared flag is cleared. The
result does not depend on the steps.
"""

from __future__ import annotations

from collections.abc import Mapping

from vaultsdk.core.cohort import CohortKey
from vaultsdk.core.errors import LedgerError
from vaultsdk.core.lot import Lot, LotFlags
from vaultsdk.core.model import Frozen
from vaultsdk.core.packing import COHORT
from vaultsdk.core.units import format_amount, format_usd, scale
from vaultsdk.core.words import Harvest

MAX_HOPS_PER_CALL = 64  # an owner's call rolls at most this many; beyond it, call roll first


class Realisation(Frozen):
    """What one harvest did to one lot. Units in smallest units, USD in wad, times in seconds.

    `proceeds` is the USD value of what was received and becomes the new basis; `gain` is it less
    the old basis (negative: a loss). `declared`: the old basis was the owner's own statement.
    """

    harvest: int
    time: int
    from_key: CohortKey
    to_key: CohortKey
    units_sold: int
    basis_sold: int
    acquired_at: int
    declared: bool
    units_received: int
    proceeds: int
    price: int
    total_sold: int
    total_proceeds: int

    @property
    def gain(self) -> int:
        """USD wad realised: proceeds less basis."""
        return self.proceeds - self.basis_sold

    def explain(self, decimals_in: int, decimals_out: int, symbols: Mapping[int, str]) -> str:
        """One line that derives every number of the hop."""
        sold = symbols.get(self.from_key.asset, f"asset {self.from_key.asset}")
        got = symbols.get(self.to_key.asset, f"asset {self.to_key.asset}")
        units_in = format_amount(self.units_sold, decimals_in)
        units_out = format_amount(self.units_received, decimals_out)
        all_in = format_amount(self.total_sold, decimals_in)
        all_out = format_amount(self.total_proceeds, decimals_out)
        stated = " (declared)" if self.declared else ""
        return (
            f"harvest {self.harvest}: {units_in} {sold} of the {all_in} sold became {units_out} "
            f"{got} of the {all_out} received, worth {format_usd(self.proceeds)} USD at "
            f"{format_usd(self.price)} each; basis was {format_usd(self.basis_sold)}{stated}, so "
            f"{'gain' if self.gain >= 0 else 'loss'} {format_usd(abs(self.gain))} USD"
        )


class Rolled(Frozen):
    """A lot after its roll, and what was realised on the way, oldest first."""

    lot: Lot
    realisations: tuple[Realisation, ...] = ()

    @property
    def hops(self) -> int:
        """How many harvests the lot went through."""
        return len(self.realisations)

    @property
    def gain(self) -> int:
        """Sum of all gains, USD wad."""
        return sum(r.gain for r in self.realisations)


def hop(lot: Lot, number: int, harvest: Harvest) -> tuple[Lot, Realisation]:
    """Give the lot after harvest `number`, and what it realised."""
    # Both round down, in favour of the vault.
    units = lot.units * harvest.proceeds // harvest.sold
    basis = units * harvest.price // scale(harvest.decimals)
    key = harvest.cohort(number, lot.policy)
    after = Lot(
        key=key,
        acquired_at=harvest.time,
        flags=LotFlags(lot.flags & ~LotFlags.DECLARED),
        units=units,
        basis=basis,
    )
    record = Realisation(
        harvest=number,
        time=harvest.time,
        from_key=lot.key,
        to_key=key,
        units_sold=lot.units,
        basis_sold=lot.basis,
        acquired_at=lot.acquired_at,
        declared=lot.declared,
        units_received=units,
        proceeds=basis,
        price=harvest.price,
        total_sold=harvest.sold,
        total_proceeds=harvest.proceeds,
    )
    return after, record


def roll(
    lot: Lot,
    cohorts: Mapping[int, int],
    harvests: Mapping[int, Harvest],
    hops: int | None = None,
) -> Rolled:
    """A lot brought through up to `hops` harvests (None = all).

    `cohorts`: cohort words by packed key (missing = 0); `harvests` by number.
    Raises LedgerError when a harvest is unknown.
    """
    realisations: list[Realisation] = []
    while hops is None or len(realisations) < hops:
        number = cohorts.get(lot.key.pack(), 0) & COHORT.limits["harvest"]
        if number == 0:
            break
        harvest = harvests.get(number)
        if harvest is None:
            raise LedgerError(
                f"cohort {lot.key} went through the unknown harvest {number}: load its events",
                name="harvest",
                value=number,
            )
        lot, record = hop(lot, number, harvest)
        realisations.append(record)
    return Rolled(lot=lot, realisations=tuple(realisations))
