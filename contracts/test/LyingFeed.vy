# pragma version 0.4.3
"""
@title LyingFeed
@license MIT
@notice A price feed that fails in every way a feed can fail.
@dev Tests only: anybody may command it. `latestRoundData` builds its answer byte by byte, since most failures here are
     answers that no typed function could give. Its parameterless protocol-rate twin is `rate()`.
"""

HONEST: constant(uint256) = 0
REVERTS: constant(uint256) = 1
SHORT: constant(uint256) = 2       # 64 bytes
HUGE: constant(uint256) = 3        # a good answer and 64 KiB of rubbish after it
BURNS_GAS: constant(uint256) = 4
NEGATIVE: constant(uint256) = 5
ZERO: constant(uint256) = 6
FUTURE: constant(uint256) = 7      # a good answer from an hour ahead
STALE: constant(uint256) = 8       # a good answer from 1970
EMPTY: constant(uint256) = 9       # success without a byte
ABSURD: constant(uint256) = 10     # the largest int256

RUBBISH: constant(uint256) = 2048

mode: public(uint256)
answer: public(int256)
age: public(uint256)               # seconds
decimals: public(uint8)


@deploy
def __init__(feed_decimals: uint8, answer: int256):
    self.decimals = feed_decimals
    self.answer = answer


@external
def set_mode(mode: uint256):
    self.mode = mode


@external
def set_decimals(feed_decimals: uint8):
    self.decimals = feed_decimals


@external
def set_answer(answer: int256, age: uint256 = 0):
    """
    @notice The honest answer, always `age` seconds old.
    """
    self.answer = answer
    self.age = age


@external
@view
@raw_return
def latestRoundData() -> Bytes[32 * RUBBISH]:
    answer: int256 = self._answer()
    at: uint256 = block.timestamp - self.age
    if self.mode == FUTURE:
        at = block.timestamp + 3600
    if self.mode == STALE:
        at = 1
    if self.mode == EMPTY:
        return b""
    if self.mode == SHORT:
        return abi_encode(convert(1, uint256), answer)
    if self.mode == HUGE:
        return self._huge(answer, at)
    return abi_encode(convert(1, uint256), answer, at, at, convert(1, uint256))


@external
@view
@raw_return
def rate() -> Bytes[32 * RUBBISH]:
    """
    @notice A protocol rate with the same failures (those of time aside).
    """
    answer: int256 = self._answer()
    if self.mode == EMPTY:
        return b""
    if self.mode == SHORT:
        return slice(abi_encode(answer), 0, 31)
    if self.mode == HUGE:
        return self._huge_rate(answer)
    return abi_encode(answer)


@internal
@view
def _answer() -> int256:
    assert self.mode != REVERTS, "feed: no"
    if self.mode == BURNS_GAS:
        burnt: bytes32 = empty(bytes32)
        for i: uint256 in range(10_000_000):
            burnt = keccak256(burnt)
        assert burnt != empty(bytes32)
    if self.mode == NEGATIVE:
        return -self.answer
    if self.mode == ZERO:
        return 0
    if self.mode == ABSURD:
        return max_value(int256)
    return self.answer


@internal
@pure
def _huge(answer: int256, at: uint256) -> Bytes[32 * RUBBISH]:
    words: uint256[RUBBISH] = empty(uint256[RUBBISH])
    words[0] = 1
    words[1] = convert(answer, uint256)
    words[2] = at
    words[3] = at
    words[4] = 1
    return abi_encode(words)


@internal
@pure
def _huge_rate(answer: int256) -> Bytes[32 * RUBBISH]:
    words: uint256[RUBBISH] = empty(uint256[RUBBISH])
    words[0] = convert(answer, uint256)
    return abi_encode(words)
