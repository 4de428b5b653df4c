"""Events of assets, feeds, limits, roles, policies, operators: each just sets its word."""

from __future__ import annotations

from vaultsdk.core.band import band
from vaultsdk.core.events import (
    AdapterSet,
    AssetListed,
    BucketSet,
    FeedSet,
    LimitsSet,
    ListingSet,
    OperatorSet,
    PausedSet,
    PolicyCreated,
    RolesSet,
)
from vaultsdk.core.ledger.book import Book, require
from vaultsdk.core.policy import Policy
from vaultsdk.core.words import (
    BASE_FEED,
    QUOTE_FEED,
    AssetWord,
    BucketWord,
    FeedWord,
    LimitsWord,
)


def asset_listed(book: Book, event: AssetListed) -> None:
    """A new asset takes the next id."""
    count = book.config.asset_count
    require(event, event.asset == count, f"the next asset is {count}, not {event.asset}")
    book.assets[event.asset] = AssetWord(decimals=event.decimals, token=event.token)
    book.config = book.config.model_copy(update={"asset_count": count + 1})


def listing_set(book: Book, event: ListingSet) -> None:
    """One bit of the listed mask."""
    require(event, event.asset in book.assets, f"there is no asset {event.asset}")
    bit = 1 << event.asset
    listed = book.config.listed | bit if event.listed else book.config.listed & ~bit
    book.config = book.config.model_copy(update={"listed": listed})


def feed_set(book: Book, event: FeedSet) -> None:
    """Feed and answer bounds of an asset, the base or the quote."""
    known = event.feed_id in book.assets or event.feed_id in (BASE_FEED, QUOTE_FEED)
    require(event, known, f"there is no feed id {event.feed_id}")
    book.feeds[event.feed_id] = FeedWord(
        max_band=band(event.max_answer),
        min_band=band(event.min_answer),
        dev=event.dev,
        decimals=event.decimals,
        heartbeat=event.heartbeat,
        feed=event.feed,
    )


def limits_set(book: Book, event: LimitsSet) -> None:
    """Smallest deposit and cohort cap."""
    require(event, event.asset in book.assets, f"there is no asset {event.asset}")
    book.limits[event.asset] = LimitsWord(
        min_deposit=event.min_deposit, cohort_cap=event.cohort_cap
    )


def adapter_set(book: Book, event: AdapterSet) -> None:
    """An adapter is listed or not."""
    (book.adapters.add if event.allowed else book.adapters.discard)(event.adapter)


def bucket_set(book: Book, event: BucketSet) -> None:
    """Size and use of the bucket as of the block."""
    book.bucket = BucketWord(size=event.size, time=event.timestamp, used=event.used)


def paused_set(book: Book, event: PausedSet) -> None:
    """Both pause bits."""
    book.config = book.config.model_copy(update={"paused": event.flags})


def roles_set(book: Book, event: RolesSet) -> None:
    """All roles of an account."""
    book.roles[event.account] = event.flags


def policy_created(book: Book, event: PolicyCreated) -> None:
    """A new policy takes the next id; its word is new too."""
    count = len(book.policies)
    require(event, event.policy == count, f"the next policy is {count}, not {event.policy}")
    require(event, event.word not in book.policies.values(), "this policy exists already")
    Policy.from_word(event.word)  # refuses words that are no policy
    book.policies[event.policy] = event.word


def operator_set(book: Book, event: OperatorSet) -> None:
    """An owner's operator."""
    pair = event.owner, event.operator
    (book.operators.add if event.approved else book.operators.discard)(pair)
