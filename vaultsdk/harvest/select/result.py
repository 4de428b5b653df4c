"""What a selection is: harvests in the order of their sending, and an answer for every cohort."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from vaultsdk.core.decision import Reason, Refusal
from vaultsdk.core.errors import LotvaultError
from vaultsdk.core.harvest_rules import Candidate, Eligible, Market, Settled
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


class Refusals(Mapping[int, Refusal]):
    """Refusals by packed key, made when they are asked for: there may be 100,000 of them."""

    def __init__(self) -> None:
        self._found: dict[int, tuple[Reason, Candidate, dict[str, int | str]]] = {}

    def add(
        self, key: int, reason: Reason, candidate: Candidate, evidence: dict[str, int | str]
    ) -> None:
        """Note the reason and its numbers for a cohort."""
        self._found[key] = (reason, candidate, evidence)

    def __getitem__(self, key: int) -> Refusal:
        reason, candidate, evidence = self._found[key]
        return Refusal(reason=reason, cohort=candidate.key, evidence=evidence)

    def __iter__(self) -> Iterator[int]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


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
