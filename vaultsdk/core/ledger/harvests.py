"""Events of harvests: cohorts taken, cohorts opened, and the harvest that closes them."""

from __future__ import annotations

from vaultsdk.core.band import band
from vaultsdk.core.cohort import CohortKey, harvest_seq
from vaultsdk.core.events import CohortHarvested, CohortOpened, Harvested
from vaultsdk.core.harvest_rules import bucket_used
from vaultsdk.core.ledger.book import Book, require
from vaultsdk.core.words import BucketWord, CohortWord, Harvest


def cohort_harvested(book: Book, event: CohortHarvested) -> None:
    """An open cohort goes into the next harvest with all it has."""
    _is_next(book, event, event.harvest)
    cohort, key = book.cohort(event.key), CohortKey.unpack(event.key)
    require(event, cohort.is_open and cohort.units > 0, f"cohort {key} is empty or harvested")
    require(event, cohort.units == event.units, f"cohort {key} has {cohort.units} units")
    book.cohorts[event.key] = CohortWord(units=event.units, harvest=event.harvest).pack()
    book.move_held(event, key.asset, -event.units)
    book.taken.append(event)


def cohort_opened(book: Book, event: CohortOpened) -> None:
    """The next harvest opens a cohort for one policy."""
    _is_next(book, event, event.harvest)
    key = CohortKey.unpack(event.key)
    require(event, key.seq == harvest_seq(event.harvest), f"cohort {key} is not this harvest's")
    require(event, event.key not in book.cohorts, f"cohort {key} exists already")
    require(event, key.asset in book.assets, f"there is no asset {key.asset}")
    book.cohorts[event.key] = CohortWord(units=event.units).pack()
    book.move_held(event, key.asset, event.units)
    book.opened.append(event)


def harvested(book: Book, event: Harvested) -> None:
    """Closes a harvest: its cohorts, shares and amounts must agree with the events before it."""
    _is_next(book, event, event.harvest)
    taken, opened, book.taken, book.opened = book.taken, book.opened, [], []
    require(event, event.asset_out in book.assets, f"there is no asset {event.asset_out}")
    harvest = Harvest(
        decimals=book.assets[event.asset_out].decimals,
        sold=event.sold,
        proceeds=event.net,
        to_asset=event.asset_out,
        band=band(event.price_out),
        time=event.timestamp,
        price=event.price_out,
    )
    groups: dict[int, int] = {}
    for old in taken:
        key = CohortKey.unpack(old.key)
        require(event, key.asset == event.asset_in, f"cohort {key} is of another asset")
        groups[key.policy] = groups.get(key.policy, 0) + old.units
    total = sum(groups.values())
    require(event, total == event.sold > 0, f"its cohorts add up to {total} units")
    require(event, event.gross - event.fee == event.net, "gross less fee is not net")
    expected = {
        harvest.cohort(event.harvest, policy).pack(): event.net * units // event.sold
        for policy, units in groups.items()
    }
    shares = {new.key: new.units for new in opened}
    require(event, shares == expected, "the cohorts it opened are not its proceeds' shares")
    drained = bucket_used(book.bucket, event.timestamp)
    require(
        event,
        drained <= event.bucket_used <= book.bucket.size,
        f"the bucket had {drained} of {book.bucket.size} in use",
    )
    book.harvests[event.harvest] = harvest
    book.harvest_events[event.harvest] = event
    book.config = book.config.model_copy(update={"harvest_count": event.harvest})
    book.bucket = BucketWord(size=book.bucket.size, time=event.timestamp, used=event.bucket_used)


def _is_next(book: Book, event: CohortHarvested | CohortOpened | Harvested, number: int) -> None:
    expected = len(book.harvests) + 1
    require(event, number == expected, f"the next harvest is {expected}, not {number}")
