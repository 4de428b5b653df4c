"""The ledger's working state while events come in, and the means to refuse one.

Mutable on purpose and private to this package; `Ledger.state()` gives the frozen picture.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NoReturn

from vaultsdk.core.cohort import CohortKey
from vaultsdk.core.errors import LedgerError
from vaultsdk.core.events import (
    CohortHarvested,
    CohortOpened,
    Harvested,
    LotOpened,
    LotReduced,
    VaultEvent,
)
from vaultsdk.core.ledger.history import HistoryEntry
from vaultsdk.core.lot import Lot
from vaultsdk.core.words import (
    AssetWord,
    BucketWord,
    CohortWord,
    ConfigWord,
    FeedWord,
    Harvest,
    LimitsWord,
    OfferWord,
)

LotId = tuple[str, int]


@dataclass
class Book:
    """State by its keys (cohorts as words, for the roll), histories, and what the transaction at
    hand still owes."""

    lots: dict[LotId, Lot] = field(default_factory=dict)
    lot_counts: dict[str, int] = field(default_factory=dict)
    cohorts: dict[int, int] = field(default_factory=dict)
    harvests: dict[int, Harvest] = field(default_factory=dict)
    policies: dict[int, int] = field(default_factory=dict)
    held: dict[int, int] = field(default_factory=dict)
    assets: dict[int, AssetWord] = field(default_factory=dict)
    limits: dict[int, LimitsWord] = field(default_factory=dict)
    feeds: dict[int, FeedWord] = field(default_factory=dict)
    bucket: BucketWord = field(default_factory=BucketWord)
    config: ConfigWord = field(default_factory=ConfigWord)
    adapters: set[str] = field(default_factory=set)
    roles: dict[str, int] = field(default_factory=dict)
    operators: set[tuple[str, str]] = field(default_factory=set)
    offers: dict[LotId, OfferWord] = field(default_factory=dict)
    offer_count: int = 0

    histories: dict[LotId, list[HistoryEntry]] = field(default_factory=dict)
    # Storage keeps of a harvest what a roll needs; its fee, gross and place are in the log alone.
    harvest_events: dict[int, Harvested] = field(default_factory=dict)

    # Events whose closing event must still come in the same transaction.
    reduced: list[LotReduced] = field(default_factory=list)
    paid: LotOpened | None = None
    taken: list[CohortHarvested] = field(default_factory=list)
    opened: list[CohortOpened] = field(default_factory=list)

    @property
    def owes(self) -> str:
        """Which closing event the transaction at hand still owes; empty when none."""
        if self.reduced:
            return "the closing event of LotReduced"
        if self.paid:
            return "Bought"
        return "Harvested" if self.taken or self.opened else ""

    def cohort(self, key: int) -> CohortWord:
        """The cohort's word; empty and open when nobody joined it yet."""
        return CohortWord.unpack(self.cohorts.get(key, 0))

    def join(self, event: VaultEvent, key: int, units: int) -> None:
        """Add units to an owners' cohort of the block's day; refuses any other cohort."""
        cohort, parsed = self.cohort(key), CohortKey.unpack(key)
        if not cohort.is_open:
            refuse(event, f"cohort {parsed} went into harvest {cohort.harvest} already")
        if not parsed.is_shard or parsed.day != event.timestamp // 86400:
            refuse(event, f"cohort {parsed} takes no units on this day")
        if parsed.asset not in self.assets or parsed.policy not in self.policies:
            refuse(event, f"asset or policy of cohort {parsed} does not exist")
        self.cohorts[key] = CohortWord(units=cohort.units + units).pack()

    def leave(self, event: VaultEvent, key: int, units: int) -> None:
        """Take units out of an open cohort."""
        cohort = self.cohort(key)
        if not cohort.is_open or cohort.units < units:
            refuse(event, f"cohort {CohortKey.unpack(key)} is harvested or holds less than {units}")
        self.cohorts[key] = CohortWord(units=cohort.units - units).pack()

    def move_held(self, event: VaultEvent, asset: int, change: int) -> None:
        """Change the sum of the open cohorts of an asset; refuses to go below 0."""
        held = self.held.get(asset, 0) + change
        if held < 0:
            refuse(event, f"the vault would hold {held} of asset {asset}")
        self.held[asset] = held

    def lot(self, event: VaultEvent, owner: str, number: int) -> Lot:
        """An open lot; refuses when there is none."""
        lot = self.lots.get((owner, number))
        if lot is None:
            refuse(event, f"{owner} has no open lot {number}")
        return lot

    def append(self, event: VaultEvent, owner: str, number: int, lot: Lot) -> None:
        """Add a lot under its owner's next number; refuses another number."""
        expected = self.lot_counts.get(owner, 0)
        if number != expected:
            refuse(event, f"the next lot of {owner} is {expected}, not {number}")
        self.lot_counts[owner] = expected + 1
        self.lots[owner, number] = lot
        self.histories[owner, number] = []


def refuse(event: VaultEvent, why: str) -> NoReturn:
    """Raise the LedgerError for an event that cannot be."""
    raise LedgerError(
        f"{event.NAME} in block {event.block_number}, log {event.log_index} cannot be: {why}; "
        "replay all events of the vault in order, from its first block",
        name=event.NAME,
        value=event.position,
    )


def require(event: VaultEvent, holds: bool, why: str) -> None:
    """Refuse the event unless the condition holds."""
    if not holds:
        refuse(event, why)
