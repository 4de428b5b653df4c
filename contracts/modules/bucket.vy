# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Loss bucket
@license MIT
@notice What harvests may cost the vault: at most `size` at once and `size` more a day, in units of the base (wad).
@dev A stolen keeper key can hide behind the deviation of the feeds; the bucket bounds what it can take before somebody
     revokes it. Gains never refill it. It stores what is used, which drains linearly over a day: over a time T at most
     size * (1 + T / day) is lost.

     bucket word | size 96 | time 40 | used 120 |
"""
from . import control
from . import errors
from . import events

uses: control

DAY: constant(uint256) = 86_400

bucket_word: public(uint256)


@deploy
def __init__(size: uint256):
    self._store(size, 0)
    log events.BucketSet(size=size, used=0)


@external
def set_bucket(size: uint256):
    """
    @notice Set the size (base wad). The guardian may only shrink it. What is used stays used.
    """
    control._check_tightens(size <= self.bucket_word >> 160)
    used: uint256 = self._used()
    self._store(size, used)
    log events.BucketSet(size=size, used=used)


@internal
@view
def _used() -> uint256:
    word: uint256 = self.bucket_word
    # Drain rounded down: the vault never forgets more than has drained.
    drained: uint256 = (word >> 160) * (block.timestamp - ((word >> 120) & (2**40 - 1))) // DAY
    used: uint256 = word & (2**120 - 1)
    return used - min(used, drained)


@internal
def _debit(amount: uint256) -> uint256:
    """
    @notice Use up `amount`; reverts when the bucket cannot carry it. Returns what is used now.
    """
    size: uint256 = self.bucket_word >> 160
    used: uint256 = self._used() + amount
    errors.check(used <= size, errors.LOSS_BUCKET_FULL)
    self._store(size, used)
    return used


@internal
def _store(size: uint256, used: uint256):
    errors.check(size < 2**96, errors.BUCKET_OUT_OF_RANGE)
    self.bucket_word = (size << 160) | (block.timestamp << 120) | used
