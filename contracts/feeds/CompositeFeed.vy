# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title CompositeFeed
@license MIT
@notice One rate feed out of several parts: a protocol's own rate (wstETH per stETH) times one or two market feeds
        (stETH/ETH). Speaks Chainlink's AggregatorV3, 18 decimals.
@dev Trust: immutable, no roles. Each part is trusted for what its source is trusted for, within its own bounds and, for
     market feeds, its own heartbeat: a product hides which part is late or absurd, so parts are checked before they
     are multiplied, and one bad part means no answer at all.
     A protocol rate has no time of its own (it is what the protocol would pay now), which is why it never stands
     alone: the time of the answer is that of the oldest market feed. Bounds are its only guard: set them to
     what it can reach in years, and list the composite with a `dev` of at least the sum of its parts'.
     No sequencer check here: whoever reads the answer makes it, once for all feeds.

     answer = rate * market_0 * market_1, rounded down (a feed's answer has no side to favour; the error is below one
     wad-wei a step). Every part is below 2**96 (7.9e10), so three of them cannot overflow.
"""
from ..interfaces import IAggregatorV3

implements: IAggregatorV3

struct RatePart:
    target: address        # empty: no protocol rate
    selector: bytes4       # of a view without arguments that gives one uint256
    decimals: uint256      # of what it gives
    min_answer: uint256    # wad
    max_answer: uint256    # wad

struct MarketPart:
    feed: address          # AggregatorV3
    heartbeat: uint256     # seconds after which its answer is stale
    min_answer: uint256    # wad
    max_answer: uint256    # wad

WAD: constant(uint256) = 10**18
MAX_MARKETS: constant(uint256) = 2
MAX_ANSWER: constant(uint256) = 2**96

decimals: public(constant(uint8)) = 18
version: public(constant(uint256)) = 1
description: public(immutable(String[64]))
rate: public(immutable(RatePart))

MARKETS: immutable(DynArray[MarketPart, MAX_MARKETS])
# 10**(18 - decimals) of each market feed, read once: a feed that changes its decimals is out of bounds, not believed.
SCALES: immutable(DynArray[uint256, MAX_MARKETS])


@deploy
def __init__(description_: String[64], rate_: RatePart, markets_: DynArray[MarketPart, MAX_MARKETS]):
    """
    @param description_ As in "wstETH / ETH".
    @param rate_        The protocol's rate; target empty when there is none.
    @param markets_     One or two market feeds.
    """
    description = description_
    if rate_.target != empty(address):
        assert rate_.target.is_contract, "rate: no contract"
        assert rate_.decimals <= 18, "rate: too many decimals"
        assert self._sane(rate_.min_answer, rate_.max_answer), "rate: bad bounds"
    rate = rate_

    assert len(markets_) != 0, "no market feed"
    scales: DynArray[uint256, MAX_MARKETS] = []
    for part: MarketPart in markets_:
        feed_decimals: uint256 = convert(staticcall IAggregatorV3(part.feed).decimals(), uint256)
        assert feed_decimals <= 18, "market: too many decimals"
        assert part.heartbeat != 0, "market: no heartbeat"
        assert self._sane(part.min_answer, part.max_answer), "market: bad bounds"
        scales.append(10 ** (18 - feed_decimals))
    MARKETS = markets_
    SCALES = scales
    # A composite that cannot answer on its first day was given wrong parts.
    self._answer()


@external
@view
def latestRoundData() -> (uint80, int256, uint256, uint256, uint80):
    """
    @notice The product and the time of its oldest part; reverts with the part and what is wrong with it.
    @return roundId, answer (wad), startedAt, updatedAt, answeredInRound. There are no rounds to keep: the id is the time.
    """
    answer: uint256 = 0
    updated_at: uint256 = 0
    answer, updated_at = self._answer()
    round_id: uint80 = convert(updated_at, uint80)
    return round_id, convert(answer, int256), updated_at, updated_at, round_id


@external
@view
def getRoundData(_roundId: uint80) -> (uint80, int256, uint256, uint256, uint80):
    """
    @notice Always reverts: the parts' rounds do not line up, so a past product would be an invention.
    """
    raise "only the latest round"


@external
@view
def markets(index: uint256) -> MarketPart:
    """
    @notice A market part as given to the constructor; reverts past the last.
    """
    return MARKETS[index]


@internal
@view
def _answer() -> (uint256, uint256):
    product: uint256 = WAD
    if rate.target != empty(address):
        product = self._rate()
    oldest: uint256 = max_value(uint256)
    for i: uint256 in range(len(MARKETS), bound=MAX_MARKETS):
        answer: uint256 = 0
        updated_at: uint256 = 0
        answer, updated_at = self._market(MARKETS[i], SCALES[i])
        product = product * answer // WAD
        oldest = min(oldest, updated_at)
    # Each part is above 0, the product of very small ones may not be; a zero price must look like no price.
    assert product != 0, "product is zero"
    return product, oldest


@internal
@view
def _rate() -> uint256:
    success: bool = False
    response: Bytes[32] = b""
    # Raw, so that a target that reverts or answers short gives our reason and not a bare revert.
    success, response = raw_call(
        rate.target,
        slice(convert(rate.selector, bytes32), 0, 4),
        max_outsize=32,
        is_static_call=True,
        revert_on_failure=False,
    )
    assert success and len(response) == 32, "rate: no answer"
    answer: uint256 = convert(response, uint256)
    assert answer < MAX_ANSWER, "rate: out of bounds"
    # Scaling up is exact.
    answer *= 10 ** (18 - rate.decimals)
    assert answer >= rate.min_answer and answer <= rate.max_answer, "rate: out of bounds"
    return answer


@internal
@view
def _market(part: MarketPart, scale: uint256) -> (uint256, uint256):
    success: bool = False
    response: Bytes[160] = b""
    success, response = raw_call(
        part.feed,
        method_id("latestRoundData()"),
        max_outsize=160,
        is_static_call=True,
        revert_on_failure=False,
    )
    assert success and len(response) == 160, "market: no answer"
    answer: uint256 = convert(slice(response, 32, 32), uint256)
    updated_at: uint256 = convert(slice(response, 96, 32), uint256)
    assert updated_at <= block.timestamp, "market: from the future"
    assert block.timestamp - updated_at <= part.heartbeat, "market: stale"
    # Negative answers have the top bit set.
    assert answer != 0 and answer < 2**255, "market: not positive"
    assert answer < MAX_ANSWER, "market: out of bounds"
    answer *= scale
    assert answer >= part.min_answer and answer <= part.max_answer, "market: out of bounds"
    return answer, updated_at


@internal
@pure
def _sane(low: uint256, high: uint256) -> bool:
    # A lower bound of 0 would let a feed that fell to nothing pass.
    return low != 0 and low <= high and high < MAX_ANSWER
