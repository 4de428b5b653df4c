"""Events of lots: opened, rolled, reduced, moved, offered, claimed."""

from __future__ import annotations

from vaultsdk.core.band import band
from vaultsdk.core.cohort import CohortKey
from vaultsdk.core.events import (
    Bought,
    LotClaimed,
    LotOffered,
    LotOpened,
    LotReduced,
    LotRolled,
    PolicyChanged,
    Sold,
    Withdrawn,
)
from vaultsdk.core.ledger.book import Book, refuse, require
from vaultsdk.core.ledger.history import (
    Disposal,
    DisposalKind,
    Offered,
    Opening,
    OpeningKind,
    Place,
    PolicyMove,
)
from vaultsdk.core.lot import BasisSource, Lot, LotFlags, OfferKind, ReductionKind, split_basis
from vaultsdk.core.model import ZERO_ADDRESS
from vaultsdk.core.roll import roll
from vaultsdk.core.words import OfferWord

_OPENINGS = {
    BasisSource.DECLARED: OpeningKind.DECLARED,
    BasisSource.ORACLE: OpeningKind.ORACLE,
    BasisSource.PAID: OpeningKind.PAID,
    BasisSource.SPLIT: OpeningKind.SPLIT,
}


# ---------------------------------------------------------------- in
def lot_opened(book: Book, event: LotOpened) -> None:
    """A lot joins a cohort of today; its units come from outside or from a lot just split."""
    require(event, event.source in list(BasisSource), f"there is no source {event.source}")
    require(event, event.units > 0, "a lot cannot open with 0 units")
    key, source = CohortKey.unpack(event.key), BasisSource(event.source)
    book.join(event, event.key, event.units)
    lot = Lot(
        key=key,
        acquired_at=event.acquired_at,
        flags=LotFlags(event.flags),
        units=event.units,
        basis=event.basis,
    )
    expected = band(lot.unit_basis(book.assets[key.asset].decimals))
    require(event, key.band == expected, f"its basis belongs to band {expected}, not {key.band}")
    book.append(event, event.owner, event.lot, lot)
    parent = _split_from(book, event) if source is BasisSource.SPLIT else None
    if parent is None:
        book.move_held(event, key.asset, event.units)
    if source is BasisSource.PAID:
        book.paid = event
    opening = Opening(
        place=Place.of(event),
        kind=_OPENINGS[source],
        key=key,
        units=event.units,
        basis=event.basis,
        acquired_at=event.acquired_at,
        flags=lot.flags,
        parent=parent,
    )
    book.histories[event.owner, event.lot].append(opening)


def _split_from(book: Book, event: LotOpened) -> tuple[str, int]:
    """The lot whose split this opening completes; writes the disposal on its side."""
    if len(book.reduced) != 1:
        refuse(event, "no lot was split for it")
    old = book.reduced.pop()
    same = (
        old.kind == ReductionKind.SPLIT
        and (old.owner, old.units, old.basis) == (event.owner, event.units, event.basis)
        and (old.acquired_at, old.flags) == (event.acquired_at, event.flags)
        and CohortKey.unpack(old.key).asset == CohortKey.unpack(event.key).asset
    )
    require(event, same, "it is not what was split off")
    disposal = _disposal(old, DisposalKind.SPLIT, successor=(event.owner, event.lot))
    book.histories[old.owner, old.lot].append(disposal)
    return old.owner, old.lot


def bought(book: Book, event: Bought) -> None:
    """What the lot just opened has cost."""
    paid = book.paid
    if paid is None or (paid.owner, paid.lot) != (event.owner, event.lot):
        refuse(event, "no purchased lot was opened before it")
    book.paid = None
    history = book.histories[event.owner, event.lot]
    history[0] = history[0].model_copy(
        update={
            "quote_amount": event.quote_amount,
            "quote_price": event.quote_price,
            "quote_time": event.quote_time,
        }
    )


# ---------------------------------------------------------------- roll
def lot_rolled(book: Book, event: LotRolled) -> None:
    """The lot after its harvests, which must be what the harvests on record make of it."""
    before = book.lot(event, event.owner, event.lot)
    rolled = roll(before, book.cohorts, book.harvests, event.hops)
    after = rolled.lot
    same = (
        rolled.hops == event.hops
        and after.key.pack() == event.key
        and (after.units, after.basis) == (event.units, event.basis)
        and after.acquired_at == event.acquired_at
    )
    require(event, same, f"{rolled.hops} harvests make {after.units} units of it")
    book.lots[event.owner, event.lot] = after
    book.histories[event.owner, event.lot] += rolled.realisations


# ---------------------------------------------------------------- out
def lot_reduced(book: Book, event: LotReduced) -> None:
    """Units leave a lot and its open cohort; the closing event of the call comes later."""
    lot = book.lot(event, event.owner, event.lot)
    require(event, event.kind in list(ReductionKind), f"there is no kind {event.kind}")
    described = (event.key, event.acquired_at, event.flags)
    require(
        event,
        described == (lot.key.pack(), lot.acquired_at, lot.flags),
        f"lot {event.lot} is not in that state",
    )
    require(event, event.units + event.units_left == lot.units, f"the lot has {lot.units} units")
    require(
        event,
        (event.basis, event.basis_left) == split_basis(lot.units, lot.basis, event.units),
        f"of a basis of {lot.basis} another part goes with {event.units} of {lot.units} units",
    )
    book.leave(event, event.key, event.units)
    if event.kind != ReductionKind.SPLIT:
        book.move_held(event, lot.asset, -event.units)
    book.offers.pop((event.owner, event.lot), None)
    if event.units_left:
        book.lots[event.owner, event.lot] = lot.model_copy(
            update={"units": event.units_left, "basis": event.basis_left}
        )
    else:
        del book.lots[event.owner, event.lot]
    book.reduced.append(event)


def withdrawn(book: Book, event: Withdrawn) -> None:
    """Closes a withdrawal: all reductions before it are its."""
    for old in _closed(book, event, ReductionKind.WITHDRAWN):
        disposal = _disposal(old, DisposalKind.WITHDRAWN, to=event.to)
        book.histories[old.owner, old.lot].append(disposal)


def sold(book: Book, event: Sold) -> None:
    """Closes a sale: shares the quote amount over its lots, the last one gets the remainder."""
    parts = _closed(book, event, ReductionKind.SOLD)
    require(event, len(parts) == event.count, f"it should close {event.count} reductions")
    left = event.quote_amount
    for i, old in enumerate(parts):
        last = i + 1 == len(parts)
        share = left if last else event.quote_amount * old.units // max(1, event.units)
        left -= share
        disposal = _disposal(old, DisposalKind.SOLD, to=event.to).model_copy(
            update={
                "quote_amount": share,
                "quote_price": event.quote_price,
                "quote_time": event.quote_time,
            }
        )
        book.histories[old.owner, old.lot].append(disposal)


def _closed(book: Book, event: Withdrawn | Sold, kind: ReductionKind) -> list[LotReduced]:
    parts, book.reduced = book.reduced, []
    fits = all(
        old.kind == kind
        and old.owner == event.owner
        and CohortKey.unpack(old.key).asset == event.asset
        for old in parts
    )
    require(event, bool(parts) and fits, "it does not close the reductions before it")
    total = sum(old.units for old in parts)
    require(event, total == event.units, f"the reductions before it add up to {total} units")
    return parts


def _disposal(
    old: LotReduced,
    kind: DisposalKind,
    *,
    to: str | None = None,
    successor: tuple[str, int] | None = None,
) -> Disposal:
    return Disposal(
        place=Place.of(old),
        kind=kind,
        key=CohortKey.unpack(old.key),
        units=old.units,
        basis=old.basis,
        acquired_at=old.acquired_at,
        flags=LotFlags(old.flags),
        units_left=old.units_left,
        basis_left=old.basis_left,
        to=to,
        successor=successor,
    )


# ---------------------------------------------------------------- moved, offered, claimed
def policy_changed(book: Book, event: PolicyChanged) -> None:
    """A whole lot moves to a cohort of today."""
    lot = book.lot(event, event.owner, event.lot)
    require(event, lot.key.pack() == event.from_key, f"the lot is in cohort {lot.key}")
    key = CohortKey.unpack(event.key)
    require(event, key.asset == lot.asset, "a change of policy does not change the asset")
    book.leave(event, event.from_key, lot.units)
    book.join(event, event.key, lot.units)
    book.offers.pop((event.owner, event.lot), None)
    book.lots[event.owner, event.lot] = lot.model_copy(update={"key": key})
    move = PolicyMove(place=Place.of(event), from_key=lot.key, to_key=key)
    book.histories[event.owner, event.lot].append(move)


def lot_offered(book: Book, event: LotOffered) -> None:
    """A lot is offered, or its offer cancelled; nonces count up by one over the whole vault."""
    book.lot(event, event.owner, event.lot)
    expected = book.offer_count + 1
    require(event, event.nonce == expected, f"the next nonce is {expected}, not {event.nonce}")
    book.offer_count = expected
    cancelled = event.to == ZERO_ADDRESS
    if cancelled:
        book.offers.pop((event.owner, event.lot), None)
    else:
        book.offers[event.owner, event.lot] = OfferWord(
            nonce=event.nonce, kind=OfferKind(event.kind), to=event.to
        )
    offered = Offered(
        place=Place.of(event),
        to=None if cancelled else event.to,
        nonce=event.nonce,
        kind=OfferKind(event.kind),
    )
    book.histories[event.owner, event.lot].append(offered)


def lot_claimed(book: Book, event: LotClaimed) -> None:
    """An offered lot goes to its new owner as it is."""
    lot = book.lot(event, event.owner, event.lot)
    offer = book.offers.get((event.owner, event.lot))
    made = (event.nonce, event.kind, event.to)
    require(
        event,
        offer is not None and (offer.nonce, offer.kind, offer.to) == made,
        "there is no such offer",
    )
    described = Lot(
        key=CohortKey.unpack(event.key),
        acquired_at=event.acquired_at,
        flags=LotFlags(event.flags),
        units=event.units,
        basis=event.basis,
    )
    require(event, described == lot, "the lot is not in that state")
    del book.offers[event.owner, event.lot], book.lots[event.owner, event.lot]
    book.append(event, event.to, event.new_lot, lot)
    kind = OfferKind(event.kind)
    shared = {
        "place": Place.of(event),
        "key": lot.key,
        "units": lot.units,
        "basis": lot.basis,
        "acquired_at": lot.acquired_at,
        "flags": lot.flags,
        "offer_kind": kind,
    }
    book.histories[event.owner, event.lot].append(
        Disposal(
            kind=DisposalKind.CLAIMED,
            units_left=0,
            basis_left=0,
            to=event.to,
            successor=(event.to, event.new_lot),
            **shared,
        )
    )
    book.histories[event.to, event.new_lot].append(
        Opening(kind=OpeningKind.CLAIMED, parent=(event.owner, event.lot), **shared)
    )
