# pragma version 0.4.3
"""
@title  A price feed whose owner says what it answers
@author Lotvault contributors
@license MIT
@notice Chainlink's AggregatorV3 interface with every past round kept. Nothing is checked: lies, zeros,
        old and future times are what tests set it for. As an L2 sequencer's uptime feed: answer 0 is
        up, 1 is down, and `updated_at` is since when (a round's `startedAt`).
@dev    Source of the interface: Chainlink, `AggregatorV3Interface.sol`.
"""

struct Round:
    answer: int256
    updated_at: uint256

event AnswerUpdated:
    # Chainlink's event of the same name, so that a reader of real feeds can read this one.
    current: indexed(int256)
    roundId: indexed(uint256)
    updatedAt: uint256


version: public(constant(uint256)) = 4
decimals: public(immutable(uint8))

owner: public(address)
description: public(String[64])
latest_round: public(uint80)
_rounds: HashMap[uint80, Round]


@deploy
def __init__(feed_decimals: uint8, description: String[64], answer: int256):
    """
    @param feed_decimals  Decimals of the answers.
    @param description    As in "ETH / USD".
    @param answer         The first round's answer; its time is now.
    """
    decimals = feed_decimals
    self.owner = msg.sender
    self.description = description
    self._append(answer, block.timestamp)


@external
def set_answer(answer: int256):
    """
    @notice A new round, updated now; owner only.
    """
    assert msg.sender == self.owner, "feed: owner only"
    self._append(answer, block.timestamp)


@external
def set_round(answer: int256, updated_at: uint256):
    """
    @notice A new round with a time of one's choosing; owner only.
    """
    assert msg.sender == self.owner, "feed: owner only"
    self._append(answer, updated_at)


@external
@view
def latestRoundData() -> (uint80, int256, uint256, uint256, uint80):
    """
    @return roundId, answer, startedAt, updatedAt, answeredInRound
    """
    return self._round(self.latest_round)


@external
@view
def getRoundData(round_id: uint80) -> (uint80, int256, uint256, uint256, uint80):
    """
    @return roundId, answer, startedAt, updatedAt, answeredInRound; reverts for a round never set.
    """
    assert round_id != 0 and round_id <= self.latest_round, "No data present"
    return self._round(round_id)


@external
@view
def latestAnswer() -> int256:
    return self._rounds[self.latest_round].answer


@internal
def _append(answer: int256, updated_at: uint256):
    round_id: uint80 = self.latest_round + 1
    self.latest_round = round_id
    self._rounds[round_id] = Round(answer=answer, updated_at=updated_at)
    log AnswerUpdated(current=answer, roundId=convert(round_id, uint256), updatedAt=updated_at)


@internal
@view
def _round(round_id: uint80) -> (uint80, int256, uint256, uint256, uint80):
    current: Round = self._rounds[round_id]
    return round_id, current.answer, current.updated_at, current.updated_at, round_id
