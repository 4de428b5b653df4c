"""The vault's events as frozen models, one per event, fields named as in the contract.

Amounts are integers: units in the token's smallest unit, USD in wad, times in seconds. Keys stay
the packed numbers of the log; `CohortKey.unpack` reads them. `event_of` builds the model from a
decoded log.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from vaultsdk.core.errors import LedgerError
from vaultsdk.core.model import Address, Frozen


class VaultEvent(Frozen):
    """Where an event stands in the chain: block, time of the block (s), transaction, log index."""

    block_number: int
    timestamp: int
    tx_hash: str
    log_index: int

    NAME: ClassVar[str] = ""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.NAME = cls.__name__

    @property
    def position(self) -> tuple[int, int]:
        """Order of events: (block number, log index)."""
        return self.block_number, self.log_index


class AssetListed(VaultEvent):
    """A token became asset number `asset`."""

    asset: int
    token: Address
    decimals: int


class ListingSet(VaultEvent):
    """An asset may (or may no longer) be deposited and harvested into."""

    asset: int
    listed: bool


class FeedSet(VaultEvent):
    """Feed of an asset (0 to 127), the base (128) or the quote (129); dev bps, answers wad."""

    feed_id: int
    feed: Address
    decimals: int
    heartbeat: int
    dev: int
    min_answer: int
    max_answer: int


class LimitsSet(VaultEvent):
    """Smallest deposit and cohort cap of an asset, in its smallest unit."""

    asset: int
    min_deposit: int
    cohort_cap: int


class AdapterSet(VaultEvent):
    """A swap adapter was listed or delisted."""

    adapter: Address
    allowed: bool


class BucketSet(VaultEvent):
    """Size of the loss bucket, and its used part drained to the block's time; wad of the base."""

    size: int
    used: int


class PausedSet(VaultEvent):
    """Pause bits: 1 deposits and buy, 2 harvests."""

    flags: int


class RolesSet(VaultEvent):
    """Roles of an account: 1 admin, 2 guardian, 4 keeper."""

    account: Address
    flags: int


class PolicyCreated(VaultEvent):
    """A policy word got an id."""

    policy: int
    word: int
    creator: Address


class OperatorSet(VaultEvent):
    """`operator` may (no longer) deposit for and withdraw for `owner`."""

    owner: Address
    operator: Address
    approved: bool


class LotOpened(VaultEvent):
    """A new lot. source: 1 declared, 2 oracle, 3 paid, 4 part of another by policy change."""

    owner: Address
    lot: int
    key: int
    units: int
    basis: int
    acquired_at: int
    flags: int
    source: int


class Bought(VaultEvent):
    """What a lot opened by `buy` cost: quote units, and the quote's price (USD wad, 0 = no feed
    price and 1 USD assumed) with the feed's time."""

    owner: Address
    lot: int
    quote_amount: int
    quote_price: int
    quote_time: int


class LotReduced(VaultEvent):
    """Units left a lot. kind: 1 withdrawn, 2 sold, 3 split off by a policy change. `units` and
    `basis` are what left; units_left 0 = closed."""

    owner: Address
    lot: int
    key: int
    kind: int
    units: int
    basis: int
    acquired_at: int
    flags: int
    units_left: int
    basis_left: int


class Withdrawn(VaultEvent):
    """Sum of a withdrawal, after its LotReduced events."""

    owner: Address
    asset: int
    to: Address
    units: int


class Sold(VaultEvent):
    """A sale of `count` (parts of) lots for `quote_amount` of the quote, after its LotReduced
    events. quote_price in USD wad, 0 = the feed gave none."""

    owner: Address
    asset: int
    to: Address
    units: int
    quote_amount: int
    quote_price: int
    quote_time: int
    count: int


class LotRolled(VaultEvent):
    """A lot was brought through `hops` harvests; what follows is its state after."""

    owner: Address
    lot: int
    hops: int
    key: int
    units: int
    basis: int
    acquired_at: int


class PolicyChanged(VaultEvent):
    """A whole lot moved from one cohort to another."""

    owner: Address
    lot: int
    key: int
    from_key: int


class LotOffered(VaultEvent):
    """A lot was offered; `to` zero = the offer was cancelled."""

    owner: Address
    lot: int
    to: Address
    nonce: int
    kind: int


class LotClaimed(VaultEvent):
    """A lot went to a new owner and number, with basis and time."""

    owner: Address
    lot: int
    to: Address
    new_lot: int
    nonce: int
    kind: int
    key: int
    units: int
    basis: int
    acquired_at: int
    flags: int


class CohortHarvested(VaultEvent):
    """A harvest took a cohort with its units."""

    key: int
    harvest: int
    units: int


class CohortOpened(VaultEvent):
    """A harvest opened a cohort (one per policy) with its share of the proceeds."""

    key: int
    harvest: int
    units: int


class Harvested(VaultEvent):
    """A harvest, after the events of its cohorts. sold and price_in (USD wad per whole token) of
    asset_in; gross, fee, net, price_out of asset_out; feed times; bucket_used after the debit."""

    harvest: int
    keeper: Address
    asset_in: int
    asset_out: int
    sold: int
    gross: int
    fee: int
    net: int
    price_in: int
    price_out: int
    base_price: int
    base_time: int
    time_in: int
    time_out: int
    bucket_used: int


EVENTS: Final[Mapping[str, type[VaultEvent]]] = {
    event.__name__: event
    for event in (
        AssetListed,
        ListingSet,
        FeedSet,
        LimitsSet,
        AdapterSet,
        BucketSet,
        PausedSet,
        RolesSet,
        PolicyCreated,
        OperatorSet,
        LotOpened,
        Bought,
        LotReduced,
        Withdrawn,
        Sold,
        LotRolled,
        PolicyChanged,
        LotOffered,
        LotClaimed,
        CohortHarvested,
        CohortOpened,
        Harvested,
    )
}


def event_of(
    name: str,
    args: Mapping[str, Any],
    *,
    block_number: int,
    timestamp: int,
    tx_hash: str,
    log_index: int,
) -> VaultEvent:
    """The model of a decoded log. Raises LedgerError for an event the vault does not have."""
    model = EVENTS.get(name)
    if model is None:
        raise LedgerError(
            f"{name} is no event of the vault: is the address right, and the ABI of its version?",
            name="event",
            value=name,
        )
    return model(
        block_number=block_number,
        timestamp=timestamp,
        tx_hash=tx_hash,
        log_index=log_index,
        **args,
    )
