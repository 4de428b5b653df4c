# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Prices
@license MIT
@notice `price(asset) = base feed * rate feed`, in USD wad per whole token; every answer is checked before it is used.
@dev Trust: a feed may be late, dead or lying. A read here never reverts, burns bounded gas and copies bounded data,
     so that `sell` and `buy` can ask without depending on the answer; whoever needs a price calls `_rate`, which does
     revert. Withdrawals never come here.
     An asset may have the constant rate 1 (no feed, dev 0) only if its own immutable contract lets anyone redeem it one
     for one in the base (WETH); the contract cannot check that, whoever lists it must.

     feed word | unused 8 | max 16 | min 16 | dev 16 | decimals 8 | heartbeat 32 | feed 160 |

     The bounds of an answer are kept as bands, the lower one rounded down and the upper one up by less than 0.8 %: a
     bound is there for answers that are absurd, and in the same word it costs no further read.
"""
from . import control
from . import errors
from . import events
from . import packing

uses: control

interface IFeed:
    def decimals() -> uint8: view

struct FeedConfig:
    feed: address        # AggregatorV3; empty: the constant 1
    heartbeat: uint256   # seconds after which an answer is stale
    dev: uint256         # bps that the answer may be off
    min_answer: uint256  # wad
    max_answer: uint256  # wad

BASE: constant(uint256) = 128
QUOTE: constant(uint256) = 129
WAD: constant(uint256) = 10**18
BPS: constant(uint256) = 10_000
ADDRESS_MASK: constant(uint256) = 2**160 - 1
# Enough for any Chainlink proxy and for a composite of three feeds; a bound on what a hostile feed can burn.
FEED_GAS: constant(uint256) = 300_000

OK: constant(uint256) = 0
NO_ANSWER: constant(uint256) = 1
NOT_POSITIVE: constant(uint256) = 2
OUT_OF_BOUNDS: constant(uint256) = 3
STALE: constant(uint256) = 4
FROM_FUTURE: constant(uint256) = 5
SEQUENCER_DOWN: constant(uint256) = 6
GRACE_PERIOD: constant(uint256) = 7

sequencer: public(immutable(address))  # uptime feed of an L2; empty on L1
grace: public(immutable(uint256))      # seconds after the sequencer came back

feed_words: public(HashMap[uint256, uint256])


@deploy
def __init__(sequencer_: address, grace_: uint256, base: FeedConfig, quote_feed: FeedConfig):
    sequencer = sequencer_
    grace = grace_
    self._set_feed(BASE, base)
    self._set_feed(QUOTE, quote_feed)


# ---------------------------------------------------------------- reading
@external
@view
def read_feed(feed_id: uint256) -> (uint256, uint256, uint256):
    """
    @notice Answer (wad), its time, and a status: 0 good, else why it must not be used. Never reverts.
    """
    # Of what is no feed there is no word, and the zero word would read as the constant 1.
    if not self._is_feed(feed_id):
        return 0, 0, NO_ANSWER
    return self._read(feed_id)


@external
@view
def price(asset: uint256) -> uint256:
    """
    @notice USD wad per whole token of an asset; reverts with the reason when there is no good price.
    """
    control._check_known(asset)
    return self._price(asset)


@internal
@view
def _price(asset: uint256) -> uint256:
    """
    @notice USD wad per whole token, rounded down, or a revert that says what is wrong.
    """
    return self._rate(BASE)[0] * self._rate(asset)[0] // WAD


@internal
@view
def _latest(feed: address) -> (bool, uint256, uint256, uint256):
    """
    @notice The answer, startedAt and updatedAt of a feed, as raw words.
    """
    success: bool = False
    response: Bytes[160] = b""
    success, response = raw_call(
        feed,
        method_id("latestRoundData()"),
        max_outsize=160,
        gas=FEED_GAS,
        is_static_call=True,
        revert_on_failure=False,
    )
    if not success or len(response) != 160:
        return False, 0, 0, 0
    return (
        True,
        extract32(response, 32, output_type=uint256),
        extract32(response, 64, output_type=uint256),
        extract32(response, 96, output_type=uint256),
    )


@internal
@view
def _read(feed_id: uint256) -> (uint256, uint256, uint256):
    good: bool = False
    answer: uint256 = 0
    started: uint256 = 0
    updated: uint256 = 0
    if feed_id >= BASE and sequencer != empty(address):
        # Every price passes through BASE or QUOTE, so asking here asks once a price.
        good, answer, started, updated = self._latest(sequencer)
        if not good or answer != 0:
            return 0, 0, SEQUENCER_DOWN
        # started 0: an uptime feed that was never written says "up" too.
        if started == 0 or started > block.timestamp or block.timestamp - started <= grace:
            return 0, 0, GRACE_PERIOD

    word: uint256 = self.feed_words[feed_id]
    feed: address = convert(word & ADDRESS_MASK, address)
    if feed == empty(address):
        # A quote without a feed has no price; a base or a rate without one is the constant 1.
        if feed_id == QUOTE:
            return 0, 0, NO_ANSWER
        return WAD, block.timestamp, OK

    good, answer, started, updated = self._latest(feed)
    if not good:
        return 0, 0, NO_ANSWER
    if updated > block.timestamp:
        return 0, 0, FROM_FUTURE
    status: uint256 = OK
    if block.timestamp - updated > (word >> 160) & (2**32 - 1):
        status = STALE
    # Negative answers have the top bit set.
    elif answer == 0 or answer >= 2**255:
        status = NOT_POSITIVE
    elif answer >= 2**128:
        status = OUT_OF_BOUNDS
    else:
        # Scaling up is exact: listing refuses feeds of more than 18 decimals.
        answer *= 10 ** (18 - ((word >> 192) & 255))
        if answer < packing.lower(self._min_band(word)) or answer > packing.upper(word >> 232):
            status = OUT_OF_BOUNDS
    if status != OK:
        answer = 0
    return answer, updated, status


@internal
@view
def _rate(feed_id: uint256) -> (uint256, uint256):
    """
    @notice A good answer and its time, or a revert that says what is wrong.
    """
    answer: uint256 = 0
    updated: uint256 = 0
    status: uint256 = 0
    answer, updated, status = self._read(feed_id)
    if status != OK:
        errors.check(status != STALE, errors.FEED_STALE)
        errors.check(status != OUT_OF_BOUNDS, errors.FEED_OUT_OF_BOUNDS)
        errors.check(status < SEQUENCER_DOWN, errors.SEQUENCER_DOWN)
        errors.check(False, errors.FEED_HAS_NO_ANSWER)
    return answer, updated


@internal
@view
def _try_price(asset: uint256) -> uint256:
    """
    @notice USD wad per whole token, or 0 when there is no good price.
    """
    # A bad answer reads 0.
    return self._read(BASE)[0] * self._read(asset)[0] // WAD


@internal
@view
def _is_feed(feed_id: uint256) -> bool:
    return feed_id < control._asset_count() or feed_id == BASE or feed_id == QUOTE


@internal
@view
def _dev(feed_id: uint256) -> uint256:
    return (self.feed_words[feed_id] >> 200) & (2**16 - 1)


@internal
@pure
def _min_band(word: uint256) -> uint256:
    return (word >> 216) & (2**16 - 1)


@external
@view
def answer_bounds(feed_id: uint256) -> uint256:
    """
    @notice The least and the largest answer (wad) that a feed may give: | min 128 | max 128 |.
    """
    word: uint256 = self.feed_words[feed_id]
    return packing.pair(packing.lower(self._min_band(word)), packing.upper(word >> 232))


# ---------------------------------------------------------------- setting
@external
def set_feed(feed_id: uint256, config: FeedConfig):
    """
    @notice Set the feed of an asset's rate, of the base (128) or of the quote (129).
    @dev The guardian keeps the feed and may only shorten the heartbeat, raise dev and narrow the bounds.
    """
    errors.check(self._is_feed(feed_id), errors.UNKNOWN_FEED)
    old: uint256 = self.feed_words[feed_id]
    self._set_feed(feed_id, config)
    new: uint256 = self.feed_words[feed_id]
    control._check_tightens(
        convert(old & ADDRESS_MASK, address) == config.feed
        and config.heartbeat <= (old >> 160) & (2**32 - 1)
        and config.dev >= (old >> 200) & (2**16 - 1)
        and self._min_band(new) >= self._min_band(old)
        and new >> 232 <= old >> 232
    )


@internal
def _set_feed(feed_id: uint256, config: FeedConfig):
    old: uint256 = self.feed_words[feed_id]
    decimals: uint256 = 0
    if config.feed == empty(address):
        errors.check(config.dev == 0, errors.CONSTANT_HAS_DEV)
    elif convert(old & ADDRESS_MASK, address) == config.feed:
        # Not asked again: a dead feed must not stop the guardian from tightening.
        decimals = (old >> 192) & 255
    else:
        decimals = convert(staticcall IFeed(config.feed).decimals(), uint256)
    errors.check(decimals <= 18, errors.TOO_MANY_DECIMALS)
    errors.check(config.heartbeat < 2**32 and config.dev < BPS, errors.FEED_OUT_OF_RANGE)
    errors.check(config.min_answer <= config.max_answer and config.max_answer < 2**128, errors.FEED_BOUNDS)
    self.feed_words[feed_id] = (
        (packing.band(config.max_answer) << 232)
        | (packing.band(config.min_answer) << 216)
        | (config.dev << 200)
        | (decimals << 192)
        | (config.heartbeat << 160)
        | convert(config.feed, uint256)
    )
    log events.FeedSet(
        feed_id=feed_id,
        feed=config.feed,
        decimals=decimals,
        heartbeat=config.heartbeat,
        dev=config.dev,
        min_answer=config.min_answer,
        max_answer=config.max_answer,
    )
