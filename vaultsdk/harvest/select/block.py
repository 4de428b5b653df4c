"""Cohorts as the search sees them: sums and limits, which is all that a harvest's value needs.

    value = sum(basis_i t_i) - value_net sum(u_i t_i) / sum(u_i) - (value_sold - value_net) - gas

with t_i what a dollar of cohort i's loss is worth: the cohorts enter through a few sums, so that
adding one to a harvest is priced in one step, however many are in it.
"""

from __future__ import annotations

from dataclasses import dataclass

from vaultsdk.core.harvest_rules import Candidate, Limits, Market
from vaultsdk.harvest.economics import basis_of

NO_CEILING = (1 << 256) - 1


@dataclass(slots=True, eq=False)
class Block:
    """One cohort, or several that are kept together.

    `taxed_basis`: sum of basis times tax value (USD wad x bps), `taxed_units`: of units times tax
    value. Limits as in `core.harvest_rules.Limits`. `parts`: cohorts and units per policy.
    """

    count: int
    units: int
    taxed_basis: int
    taxed_units: int
    floor: int
    ceiling: int
    max_fee: int
    parts: dict[int, tuple[int, int]]

    @classmethod
    def of(cls, candidate: Candidate, market: Market, limits: Limits) -> Block:
        """One cohort."""
        tax, units = candidate.policy.tax_value, candidate.units
        return cls(
            1,
            units,
            basis_of(candidate, market) * tax,
            units * tax,
            limits.floor,
            limits.ceiling,
            limits.max_fee,
            {candidate.key.policy: (1, units)},
        )

    def join(self, other: Block) -> Block:
        """Both together, under the limits that keep both."""
        parts = self.parts.copy()
        for policy, (count, units) in other.parts.items():
            had = parts.get(policy)
            parts[policy] = (had[0] + count, had[1] + units) if had else (count, units)
        return Block(
            self.count + other.count,
            self.units + other.units,
            self.taxed_basis + other.taxed_basis,
            self.taxed_units + other.taxed_units,
            self.floor if self.floor > other.floor else other.floor,
            self.ceiling if self.ceiling < other.ceiling else other.ceiling,
            self.max_fee if self.max_fee < other.max_fee else other.max_fee,
            parts,
        )


def nothing() -> Block:
    """No cohort: joined to another it changes nothing."""
    return Block(0, 0, 0, 0, 0, NO_CEILING, 10_000, {})
