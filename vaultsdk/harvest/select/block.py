"""Cohorts as the search sees them: sums and limits, which is all that a harvest's value needs.

    value = sum(basis_i t_i) - value_net sum(u_i t_i) / sum(u_i) - (value_sold - value_net) - gas

with t_i what a dollar of cohort i's loss is worth: the cohorts enter through a few sums, so that
adding one to a harvest is priced in one step, however many are in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vaultsdk.core.harvest_rules import Candidate, Limits


@dataclass(slots=True, eq=False)
class Block:
    """One cohort, or several that are kept together.

    `taxed_basis`: sum of basis times tax value (USD wad x bps), `taxed_units`: of units times tax
    value. Limits as in `core.harvest_rules.Limits`. `parts`: cohorts and units per policy; None
    while all are of the one `policy`, which saves a dictionary for each of 100,000.
    """

    count: int
    units: int
    taxed_basis: int
    taxed_units: int
    floor: int
    ceiling: int
    max_fee: int
    policy: int
    parts: dict[int, tuple[int, int]] | None = None

    @classmethod
    def of(cls, candidate: Candidate, lower: int, scale: int, limits: Limits) -> Block:
        """One cohort, of this lower end of its band (USD wad a whole token of `scale` units)."""
        tax, units = candidate.policy.tax_value, candidate.units
        return cls(
            1,
            units,
            units * lower // scale * tax,
            units * tax,
            limits.floor,
            limits.ceiling,
            limits.max_fee,
            candidate.key.policy,
        )

    def join(self, other: Block) -> Block:
        """Both together, under the limits that keep both."""
        parts = None
        if self.parts is not None or other.parts is not None or self.policy != other.policy:
            parts = dict(self.by_policy())
            for policy, (count, units) in other.by_policy().items():
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
            self.policy,
            parts,
        )

    def by_policy(self) -> dict[int, tuple[int, int]]:
        """Cohorts and units of each policy."""
        return {self.policy: (self.count, self.units)} if self.parts is None else self.parts


def joined(blocks: Sequence[Block], places: Sequence[int]) -> Block:
    """Those at these places (at least one) together."""
    whole = blocks[places[0]]
    for place in places[1:]:
        whole = whole.join(blocks[place])
    return whole
