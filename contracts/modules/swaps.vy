# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Swaps
@license MIT
@notice Token movements and swaps through listed adapters, up to four legs.
@dev Trust: adapters are listed by the admin, tokens and pools are not trusted at all. The vault believes only its own
     balances: what left must be exactly what was to be sold, what came is the difference. There is no arbitrary call
     data and no recipient of the keeper's choosing: `data` is read by a listed adapter, which pays its caller.
"""
from ethereum.ercs import IERC20

from . import control
from . import errors
from . import events

uses: control

interface IAdapter:
    def swap(token_in: address, token_out: address, amount_in: uint256, data: Bytes[256]) -> uint256: nonpayable

struct Leg:
    adapter: address
    share: uint256    # parts of 1e18 of the amount; the last leg takes the rest, whatever it says here
    data: Bytes[256]  # the adapter's own: a token path

WAD: constant(uint256) = 10**18

adapters: public(HashMap[address, bool])


@deploy
def __init__(adapters_: DynArray[address, 4]):
    for adapter: address in adapters_:
        self._set_adapter(adapter, True)


@external
def set_adapter(adapter: address, allowed: bool):
    """
    @notice List an adapter (admin) or take it off (guardian or admin).
    """
    control._check_tightens(not allowed)
    self._set_adapter(adapter, allowed)


@internal
def _set_adapter(adapter: address, allowed: bool):
    self.adapters[adapter] = allowed
    log events.AdapterSet(adapter=adapter, allowed=allowed)


@internal
@view
def _check_deadline(deadline: uint256):
    errors.check(block.timestamp <= deadline, errors.DEADLINE_PASSED)


@internal
@view
def _balance(token: address) -> uint256:
    return staticcall IERC20(token).balanceOf(self)


@internal
def _send(token: address, to: address, amount: uint256):
    # Some tokens refuse to move nothing, and an exit must not depend on that.
    if amount != 0:
        errors.check(extcall IERC20(token).transfer(to, amount, default_return_value=True), errors.TRANSFER_FAILED)


@internal
def _pull(token: address, amount: uint256):
    """
    @notice Take exactly `amount` from the caller; a token that delivers anything else is refused.
    """
    before: uint256 = self._balance(token)
    errors.check(extcall IERC20(token).transferFrom(msg.sender, self, amount, default_return_value=True), errors.TRANSFER_FAILED)
    errors.check(self._balance(token) == before + amount, errors.TOKEN_TOOK_A_FEE)


@internal
def _swap(token_in: address, token_out: address, amount: uint256, legs: DynArray[Leg, 4]) -> uint256:
    """
    @notice Sell exactly `amount` of the vault's `token_in`; returns the measured increase of `token_out`.
    @dev The size may shrink at the last moment (an owner leaves), so legs name shares, not amounts.
    """
    before_in: uint256 = self._balance(token_in)
    before_out: uint256 = self._balance(token_out)
    rest: uint256 = amount
    last: uint256 = len(legs)
    errors.check(last != 0, errors.NO_LEGS)
    for leg: Leg in legs:
        last -= 1
        part: uint256 = rest
        if last != 0:
            part = amount * leg.share // WAD
            errors.check(part <= rest, errors.SHARES_ABOVE_ONE)
        errors.check(self.adapters[leg.adapter], errors.ADAPTER_NOT_LISTED)
        if part != 0:
            rest -= part
            self._send(token_in, leg.adapter, part)
            extcall IAdapter(leg.adapter).swap(token_in, token_out, part, leg.data)
    errors.check(self._balance(token_in) + amount == before_in, errors.SOLD_ANOTHER_AMOUNT)
    return self._balance(token_out) - before_out
