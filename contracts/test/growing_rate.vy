# pragma version 0.4.3
"""
@title  An exchange rate that grows by the second
@author Lotvault contributors
@license MIT
@notice What one whole staked token is worth in ether, by its own protocol. Real ones step once a day
        (Lido's oracle report, Rocket Pool's balances update); a straight line through those steps is
        what a devnet needs, and it has no report to miss when time jumps.
"""

event RateSet:
    rate: uint256
    per_second: uint256


owner: public(address)
rate_per_second: public(uint256)  # wad per second
_start_rate: uint256  # wad: ether per whole token at `_start_time`
_start_time: uint256


@deploy
def __init__(rate: uint256, per_second: uint256):
    """
    @param rate        Ether per whole token now, wad; not 0.
    @param per_second  What is added to it every second, wad.
    """
    self.owner = msg.sender
    self._set(rate, per_second)


@external
def set_rate(rate: uint256, per_second: uint256):
    """
    @notice Restart the line at `rate` with a new slope; owner only.
    """
    assert msg.sender == self.owner, "rate: owner only"
    self._set(rate, per_second)


@internal
def _set(rate: uint256, per_second: uint256):
    assert rate != 0, "rate: zero"
    self._start_rate = rate
    self._start_time = block.timestamp
    self.rate_per_second = per_second
    log RateSet(rate=rate, per_second=per_second)


@internal
@view
def _rate() -> uint256:
    return self._start_rate + self.rate_per_second * (block.timestamp - self._start_time)
