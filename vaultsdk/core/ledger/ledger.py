"""The ledger itself: takes events in order, refuses what cannot be, gives state and histories."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from vaultsdk.core import events as ev
from vaultsdk.core.errors import LedgerError, LotvaultError, from_revert
from vaultsdk.core.events import VaultEvent
from vaultsdk.core.ledger import harvests, lots, settings
from vaultsdk.core.ledger.book import Book, refuse
from vaultsdk.core.ledger.history import LotHistory
from vaultsdk.core.ledger.state import LedgerState

_HANDLERS: Final[Mapping[type[VaultEvent], Callable[[Book, Any], None]]] = {
    ev.AssetListed: settings.asset_listed,
    ev.ListingSet: settings.listing_set,
    ev.FeedSet: settings.feed_set,
    ev.LimitsSet: settings.limits_set,
    ev.AdapterSet: settings.adapter_set,
    ev.BucketSet: settings.bucket_set,
    ev.PausedSet: settings.paused_set,
    ev.RolesSet: settings.roles_set,
    ev.PolicyCreated: settings.policy_created,
    ev.OperatorSet: settings.operator_set,
    ev.LotOpened: lots.lot_opened,
    ev.Bought: lots.bought,
    ev.LotReduced: lots.lot_reduced,
    ev.Withdrawn: lots.withdrawn,
    ev.Sold: lots.sold,
    ev.LotRolled: lots.lot_rolled,
    ev.PolicyChanged: lots.policy_changed,
    ev.LotOffered: lots.lot_offered,
    ev.LotClaimed: lots.lot_claimed,
    ev.CohortHarvested: harvests.cohort_harvested,
    ev.CohortOpened: harvests.cohort_opened,
    ev.Harvested: harvests.harvested,
}


class Ledger:
    """Replays one vault's events. After a refusal the ledger is spent: start a new one."""

    def __init__(self) -> None:
        self._book = Book()
        self._last: VaultEvent | None = None
        self._refused = ""

    def apply(self, event: VaultEvent) -> None:
        """Take the next event. Raises LedgerError when it is out of order or impossible."""
        if self._refused:
            raise LedgerError(
                f"this ledger stopped at an event it refused ({self._refused}); start a new one",
                name="ledger",
            )
        try:
            self._check_order(event)
            _HANDLERS[type(event)](self._book, event)
        except LedgerError as error:
            self._refused = str(error)
            raise
        except LotvaultError as error:
            # A value that fits no word, a key that cannot exist: as impossible as the rest.
            self._refused = str(error)
            refuse(event, str(error))
        self._last = event

    def apply_all(self, events: Iterable[VaultEvent]) -> Ledger:
        """Take events in order; returns the ledger itself. Raises LedgerError."""
        for event in events:
            self.apply(event)
        return self

    def _check_order(self, event: VaultEvent) -> None:
        last = self._last
        if last is None:
            return
        if event.position <= last.position:
            refuse(event, f"it does not come after block {last.block_number}, log {last.log_index}")
        same_block = event.block_number == last.block_number
        if event.timestamp < last.timestamp or (same_block and event.timestamp != last.timestamp):
            refuse(event, "its block's time does not fit the block before")
        if event.tx_hash != last.tx_hash and self._book.owes:
            refuse(event, f"the transaction before it still owed {self._book.owes}")

    # ------------------------------------------------------------ what came out
    @property
    def last(self) -> VaultEvent | None:
        """The last event taken."""
        return self._last

    def state(self) -> LedgerState:
        """The state after the last event. Raises LedgerError in the middle of a transaction."""
        book = self._book
        if self._refused or book.owes:
            raise LedgerError(
                f"the ledger has no state now: {self._refused or f'{book.owes} must still come'}",
                name="ledger",
            )
        return LedgerState(
            lots={key: lot.pack() for key, lot in book.lots.items()},
            lot_counts=dict(book.lot_counts),
            cohorts={key: word for key, word in book.cohorts.items() if word},
            harvests={number: harvest.pack() for number, harvest in book.harvests.items()},
            harvest_count=len(book.harvests),
            policies={policy: word for policy, word in book.policies.items() if word},
            policy_count=len(book.policies),
            held={asset: units for asset, units in book.held.items() if units},
            asset_words=_words(book.assets),
            limits_words=_words(book.limits),
            feed_words=_words(book.feeds),
            bucket_word=book.bucket.pack(),
            config_word=book.config.pack(),
            adapters=frozenset(book.adapters),
            roles={account: flags for account, flags in book.roles.items() if flags},
            operators=frozenset(book.operators),
            offers={key: offer.pack() for key, offer in book.offers.items()},
            offer_count=book.offer_count,
        )

    @property
    def harvest_events(self) -> Mapping[int, ev.Harvested]:
        """The harvests as logged, by number: with fee, gross and place, which storage forgets."""
        return MappingProxyType(self._book.harvest_events)

    def history(self, owner: str, lot: int) -> LotHistory:
        """Everything about one lot, also a closed one. Raises NoSuchLotError."""
        entries = self._book.histories.get((owner, lot))
        if not entries:
            raise from_revert("no such lot", owner=owner, lot=lot)
        return LotHistory(owner=owner, lot=lot, entries=tuple(entries))

    def histories(self, owner: str | None = None) -> tuple[LotHistory, ...]:
        """The histories of all lots ever opened, of one owner or of all, by owner and number."""
        return tuple(
            self.history(*key)
            for key in sorted(self._book.histories)
            if owner is None or key[0] == owner
        )


def _words(models: Mapping[int, Any]) -> dict[int, int]:
    packed = {key: model.pack() for key, model in models.items()}
    return {key: word for key, word in packed.items() if word}
