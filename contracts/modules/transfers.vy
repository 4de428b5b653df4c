# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Transfers of lots
@license MIT
@notice An owner offers a lot, the receiver claims it: nobody can be made to own a lot, and its basis, that he did not
        ask for.
@dev An offer covers the whole lot and is void after any withdrawal, sale or change of policy (those clear its word).
     A harvest may come in between, so the claim names what the receiver saw.

     offer word | nonce 88 | kind 8 | to 160 |
"""
from . import errors
from . import events
from . import lotbook
from . import packing

uses: lotbook

struct ClaimTerms:
    asset: uint256
    min_units: uint256
    basis: uint256
    acquired_at: uint256
    flags: uint256
    policy: uint256

# What the owner says it is: 0 other, 1 own wallet, 2 gift.
LAST_KIND: constant(uint256) = 2

offer_count: public(uint256)


@external
def offer_lot(lot: uint256, to: address, kind: uint256) -> uint256:
    """
    @notice Offer a whole lot to `to`; the empty address takes the offer back. Returns the offer's nonce.
    """
    errors.check(lotbook.lots[msg.sender][lot].head != 0, errors.NO_SUCH_LOT)
    errors.check(kind <= LAST_KIND, errors.NO_SUCH_KIND)
    nonce: uint256 = self.offer_count + 1
    self.offer_count = nonce
    word: uint256 = 0
    if to != empty(address):
        word = (nonce << 168) | (kind << 160) | convert(to, uint256)
    lotbook.offers[msg.sender][lot] = word
    log events.LotOffered(owner=msg.sender, lot=lot, to=to, nonce=nonce, kind=kind)
    return nonce


@external
def claim_lot(owner: address, lot: uint256, nonce: uint256, terms: ClaimTerms) -> uint256:
    """
    @notice Take over an offered lot as the caller's own; returns its new number.
    @dev Its cohort does not change: neither units nor the holding clock.
    """
    word: uint256 = lotbook.offers[owner][lot]
    errors.check(word != 0 and convert(word & (2**160 - 1), address) == msg.sender and word >> 168 == nonce, errors.NO_SUCH_OFFER)
    claimed: lotbook.Lot = lotbook._current(owner, lot, terms.asset)
    errors.check(
        (
            claimed.units >= terms.min_units
            and claimed.basis == terms.basis
            and claimed.acquired_at == terms.acquired_at
            and claimed.flags == terms.flags
            and packing.key_policy(claimed.key) == terms.policy
        ),
        errors.LOT_NOT_AS_CLAIMED,
    )
    lotbook.offers[owner][lot] = 0
    lotbook.lots[owner][lot] = empty(lotbook.LotWords)
    new_lot: uint256 = lotbook._append(msg.sender, claimed)
    log events.LotClaimed(
        owner=owner,
        lot=lot,
        to=msg.sender,
        new_lot=new_lot,
        nonce=nonce,
        kind=(word >> 160) & 255,
        key=claimed.key,
        units=claimed.units,
        basis=claimed.basis,
        acquired_at=claimed.acquired_at,
        flags=claimed.flags,
    )
    return new_lot
