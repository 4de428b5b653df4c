"""Crowding: what others who sell the same asset first do to a selection.

Prices fall for everybody on the same day, and others' policies say the same as ours: their sales
may land in the same pools in the blocks, or the block, before ours. Priced here: what the selected
harvests are worth then if nothing is done about it, which of them the contract refuses (gas is all
that those cost, the cohorts stay), and what the best selection would be if it were known.
"""

from __future__ import annotations

from collections.abc import Sequence

from vaultsdk.core import harvest_rules as rules
from vaultsdk.core.decision import Reason
from vaultsdk.core.harvest_rules import Candidate, Market
from vaultsdk.core.model import Frozen
from vaultsdk.harvest.choose import Terms
from vaultsdk.harvest.select.block import Block, joined
from vaultsdk.harvest.select.pricing import Pricer
from vaultsdk.harvest.select.proceeds import Outlet
from vaultsdk.harvest.select.result import SelectError, Selection
from vaultsdk.harvest.select.solve import select


class Crowd(Frozen):
    """One stress. USD wad but for `units`, which others sell first (smallest units).

    `planned`: the selection sent as it was planned, refused harvests at the cost of all their gas
    (a refused call uses less). `refused`: numbers (from 0) of the harvests that the contract no
    longer takes. `best`: the best selection that knows of the crowd, of `harvests` harvests and
    `cohorts` cohorts.
    """

    units: int
    planned: int
    refused: tuple[int, ...]
    best: int
    harvests: int
    cohorts: int

    @property
    def price_of_not_knowing(self) -> int:
        """What knowing of the crowd would have been worth."""
        return self.best - self.planned


def stress(
    selection: Selection,
    candidates: Sequence[Candidate],
    outlet: Outlet,
    terms: Terms,
    crowds: Sequence[int],
    *,
    max_transactions: int = 8,
    max_keys: int = rules.MAX_KEYS,
) -> tuple[Crowd, ...]:
    """The selection under each crowd (units >= 0 that others sell first), in the order given.

    `outlet`, `terms` and limits are those that the selection was made with. Raises SelectError for
    a crowd below 0.
    """
    return tuple(
        _one(selection, candidates, outlet, terms, units, max_transactions, max_keys)
        for units in crowds
    )


def _one(
    selection: Selection,
    candidates: Sequence[Candidate],
    outlet: Outlet,
    terms: Terms,
    units: int,
    most: int,
    keys: int,
) -> Crowd:
    if units < 0:
        raise SelectError(
            f"others cannot sell {units} units: give 0 or more", name="crowd", limit=0, value=units
        )
    crowded = outlet.crowded(units)
    planned, refused = _as_planned(selection, crowded, terms)
    best = select(
        candidates,
        selection.market,
        crowded,
        terms,
        max_transactions=most,
        max_keys=keys,
    )
    return Crowd(
        units=units,
        planned=planned,
        refused=refused,
        best=best.value,
        harvests=len(best.transactions),
        cohorts=len(best.places),
    )


def _as_planned(selection: Selection, outlet: Outlet, terms: Terms) -> tuple[int, tuple[int, ...]]:
    market: Market = selection.market
    pricer = Pricer(market, outlet, terms)
    total, sold, used = 0, 0, pricer.used
    refused: list[int] = []
    for place, one in enumerate(selection.transactions):
        block = joined(
            [
                Block.of(each, each.key.lower, market.scale_in, one.plan.limits)
                for each in one.plan.candidates
            ],
            range(len(one.plan.candidates)),
        )
        priced = pricer(block, sold, used)
        if priced.reason in (None, Reason.NOT_WORTH_IT):
            # No longer worth it is nothing that the contract knows: it lands all the same.
            total, used, sold = total + priced.value, priced.used, sold + block.units
        else:
            total -= one.breakdown.gas
            refused.append(place)
    return total, tuple(refused)
