"""What a selection is: harvests in the order of their sending, and an answer for every cohort."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from vaultsdk.core.decision import Refusal
from vaultsdk.core.errors import LotvaultError
from vaultsdk.core.harvest_rules import Eligible, Market, Settled
from vaultsdk.core.model import Frozen
from vaultsdk.harvest.economics import Breakdown, share


class SelectError(LotvaultError):
    """Input that no selection can be made from."""


class Transaction(Frozen):
    """One harvest: its cohorts (keys ascending), what the contract makes of it, and its worth.

    `before` are the units of the asset sold that go through the pools ahead of it: those of
    earlier harvests, of the selection and of the run, and a stress's.
    """

    plan: Eligible
    fee_bps: int
    settled: Settled
    breakdown: Breakdown
    before: int

    @property
    def keys(self) -> tuple[int, ...]:
        """The cohorts' packed keys, ascending."""
        return tuple(one.key.pack() for one in self.plan.candidates)


class Taken(Frozen):
    """A yes for one cohort: the harvest that takes it (0 = the first), and its share of it."""

    transaction: int
    breakdown: Breakdown


@dataclass(frozen=True)
class Selection:
    """Harvests in the order to send them, and a refusal (by packed key) for every cohort left out.

    Each later harvest is priced at the pools and the bucket as the earlier ones leave them.
    """

    market: Market
    transactions: tuple[Transaction, ...]
    refused: Mapping[int, Refusal]

    @property
    def value(self) -> int:
        """What all of it is worth, net of everything, USD wad."""
        return sum(one.breakdown.net for one in self.transactions)

    @property
    def sold(self) -> int:
        """Units of the asset sold, in all harvests."""
        return sum(one.plan.sold for one in self.transactions)

    @cached_property
    def places(self) -> dict[int, int]:
        """The harvest of each cohort that is taken, by packed key."""
        return {key: place for place, one in enumerate(self.transactions) for key in one.keys}

    def outcome(self, key: int) -> Taken | Refusal:
        """What becomes of a cohort. Raises SelectError for one that was no candidate."""
        place = self.places.get(key)
        if place is None:
            if key not in self.refused:
                raise SelectError(
                    f"cohort 0x{key:x} was not among the candidates: give one that was",
                    name="cohort",
                    value=key,
                )
            return self.refused[key]
        one = self.transactions[place]
        candidate = next(each for each in one.plan.candidates if each.key.pack() == key)
        return Taken(
            transaction=place,
            breakdown=share(one.breakdown, candidate, one.plan.sold, self.market),
        )
