"""What happened to one lot, in order, with the place in the log that says so.

Units in the token's smallest unit, USD in wad, times in seconds.
"""

from __future__ import annotations

from enum import StrEnum

from vaultsdk.core.cohort import CohortKey
from vaultsdk.core.events import VaultEvent
from vaultsdk.core.lot import LotFlags, OfferKind
from vaultsdk.core.model import Address, Frozen
from vaultsdk.core.roll import Realisation
from vaultsdk.core.units import scale


class Place(Frozen):
    """Where in the log an entry comes from."""

    block_number: int
    timestamp: int
    tx_hash: str
    log_index: int

    @classmethod
    def of(cls, event: VaultEvent) -> Place:
        """The place of an event."""
        return cls(
            block_number=event.block_number,
            timestamp=event.timestamp,
            tx_hash=event.tx_hash,
            log_index=event.log_index,
        )


class OpeningKind(StrEnum):
    """Where a lot came from, and with that its first basis."""

    DECLARED = "declared"
    ORACLE = "oracle"
    PAID = "paid"
    SPLIT = "split"  # part of another lot of the same owner, by a change of policy
    CLAIMED = "claimed"  # another owner's lot


class Opening(Frozen):
    """A lot's beginning. `parent` is the (owner, lot) it came from, for SPLIT and CLAIMED. The
    quote fields are set for PAID: what was paid, at which price (USD wad, 0 = none, 1 USD
    assumed).
    """

    place: Place
    kind: OpeningKind
    key: CohortKey
    units: int
    basis: int
    acquired_at: int
    flags: LotFlags
    parent: tuple[str, int] | None = None
    offer_kind: OfferKind | None = None
    quote_amount: int | None = None
    quote_price: int | None = None
    quote_time: int | None = None


class DisposalKind(StrEnum):
    """How units left a lot. Only SOLD is a disposal for money; harvests are `Realisation`s."""

    WITHDRAWN = "withdrawn"
    SOLD = "sold"
    SPLIT = "split"
    CLAIMED = "claimed"


class Disposal(Frozen):
    """Units that left a lot, with their basis. `to` is who got them (WITHDRAWN, SOLD: the receiver
    of the quote, CLAIMED); `successor` the (owner, lot) they live on in (SPLIT, CLAIMED).

    Of a sale of several lots each has its pro-rata `quote_amount`, rounded down, the last one the
    remainder. `quote_price` 0 = the quote's feed gave none.
    """

    place: Place
    kind: DisposalKind
    key: CohortKey
    units: int
    basis: int
    acquired_at: int
    flags: LotFlags
    units_left: int
    basis_left: int
    to: Address | None = None
    successor: tuple[str, int] | None = None
    offer_kind: OfferKind | None = None
    quote_amount: int | None = None
    quote_price: int | None = None
    quote_time: int | None = None

    def proceeds(self, quote_decimals: int, assumed_price: int | None = None) -> int | None:
        """USD wad received by a sale, rounded down. None for other kinds, and when the log has no
        quote price and none is assumed (USD wad per whole quote token)."""
        price = self.quote_price or assumed_price
        if self.quote_amount is None or price is None:
            return None
        return self.quote_amount * price // scale(quote_decimals)

    def gain(self, quote_decimals: int, assumed_price: int | None = None) -> int | None:
        """Proceeds less basis, USD wad; None where `proceeds` is."""
        proceeds = self.proceeds(quote_decimals, assumed_price)
        return None if proceeds is None else proceeds - self.basis


class PolicyMove(Frozen):
    """The whole lot moved to another cohort."""

    place: Place
    from_key: CohortKey
    to_key: CohortKey


class Offered(Frozen):
    """The lot was offered; `to` None = the offer was cancelled."""

    place: Place
    to: Address | None
    nonce: int
    kind: OfferKind


HistoryEntry = Opening | Realisation | Disposal | PolicyMove | Offered


class LotHistory(Frozen):
    """Everything about one lot in order; the first entry is its opening."""

    owner: str
    lot: int
    entries: tuple[HistoryEntry, ...]

    @property
    def opening(self) -> Opening:
        """How the lot began."""
        first = self.entries[0]
        assert isinstance(first, Opening)  # the ledger writes it first
        return first

    @property
    def realisations(self) -> tuple[Realisation, ...]:
        """The harvests that it has been rolled through."""
        return tuple(e for e in self.entries if isinstance(e, Realisation))

    @property
    def disposals(self) -> tuple[Disposal, ...]:
        """What left it."""
        return tuple(e for e in self.entries if isinstance(e, Disposal))
