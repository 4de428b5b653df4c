# pragma version 0.4.3
"""
@title HostileAdapter
@license MIT
@notice An adapter that trades at rates which a test sets, out of its own funds, and that can be told to misbehave.
@dev Tests only: anybody may command it. Without a lock, so that what stops an attack is the vault. A leg's `data` is
     ignored and kept for tests to look at.
"""
from ethereum.ercs import IERC20

from ..interfaces import IAdapter

implements: IAdapter

struct Rate:
    numerator: uint256    # units of token_out ...
    denominator: uint256  # ... for this many units of token_in

HONEST: constant(uint256) = 0
KEEPS: constant(uint256) = 1         # takes the tokens, pays nothing, says it paid
PAYS_SHORT: constant(uint256) = 2    # pays `share` (bps) of what it says
CALLS: constant(uint256) = 3         # makes the call that was set, then pays; the call may fail
LIES: constant(uint256) = 4          # pays in full, returns max_uint
PARTIAL: constant(uint256) = 5       # fills `share` (bps), leaves the rest of the input lying here
GIVES_BACK: constant(uint256) = 6    # fills `share` (bps), sends the rest of the input back to the caller
PAYS_TWICE: constant(uint256) = 7    # pays in full before the call and after it
REVERTS: constant(uint256) = 8
CALLS_UNPAID: constant(uint256) = 9  # makes the call that was set, pays nothing itself, says it paid

BPS: constant(uint256) = 10_000

mode: public(uint256)
share: public(uint256)
rates: public(HashMap[address, HashMap[address, Rate]])
target: public(address)
call: public(Bytes[8192])
last_data: public(Bytes[256])
last_success: public(bool)
last_response: public(Bytes[1024])


@external
def set_mode(mode: uint256, share: uint256 = 5_000):
    self.mode = mode
    self.share = share


@external
def set_rate(token_in: address, token_out: address, numerator: uint256, denominator: uint256):
    """
    @notice Price of a pair: `numerator` units of token_out for `denominator` units of token_in, rounded down.
    """
    self.rates[token_in][token_out] = Rate(numerator=numerator, denominator=denominator)


@external
def set_call(target: address, data: Bytes[8192]):
    """
    @notice What the calling modes call in the middle of a swap.
    """
    self.target = target
    self.call = data


@external
def approve(token: address, spender: address, amount: uint256):
    """
    @notice Let `spender` take this contract's tokens, so that the call set can deposit or buy.
    """
    assert extcall IERC20(token).approve(spender, amount, default_return_value=True)


@external
def swap(token_in: address, token_out: address, amount_in: uint256, data: Bytes[256]) -> uint256:
    self.last_data = data
    mode: uint256 = self.mode
    assert mode != REVERTS, "hostile: no"

    used: uint256 = amount_in
    if mode == PARTIAL or mode == GIVES_BACK:
        used = amount_in * self.share // BPS
    rate: Rate = self.rates[token_in][token_out]
    assert rate.denominator != 0, "hostile: no rate"
    owed: uint256 = used * rate.numerator // rate.denominator

    if mode == GIVES_BACK:
        assert extcall IERC20(token_in).transfer(msg.sender, amount_in - used, default_return_value=True)
    if mode == PAYS_TWICE:
        self._pay(token_out, owed)
    if mode == CALLS or mode == CALLS_UNPAID:
        success: bool = False
        response: Bytes[1024] = b""
        success, response = raw_call(self.target, self.call, max_outsize=1024, revert_on_failure=False)
        self.last_success = success
        self.last_response = response
    if mode == PAYS_SHORT:
        self._pay(token_out, owed * self.share // BPS)
    elif mode != KEEPS and mode != CALLS_UNPAID:
        self._pay(token_out, owed)
    if mode == LIES:
        return max_value(uint256)
    return owed


@internal
def _pay(token: address, amount: uint256):
    assert extcall IERC20(token).transfer(msg.sender, amount, default_return_value=True)
