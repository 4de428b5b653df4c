# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title AdapterBase
@license MIT
@notice What every adapter does around its router's call: measure, approve, measure again.
@dev Trust: the router is fixed for good by the adapter's constructor; every token of a path may be hostile, so no return
     value of the router is believed, only balances. An adapter holds nothing between calls; what somebody sends here
     by mistake anybody may swap away, and its presence changes no swap of the vault.

     The router pays the caller straight away, nobody else: proceeds that never rest here need no second transfer.
     With `in_0` the adapter's and `out_0` the caller's balance on entry (`in_0` includes what the caller has
     transferred) a swap needs
         in_1 <= in_0 - amount_in       all of it was taken: a pool that fills in part is refused
         paid  = out_1 - out_0          measured where it arrives
"""
from ethereum.ercs import IERC20

struct Before:
    in_limit: uint256  # the most token_in that may be left
    out: uint256       # token_out that the caller had already


@internal
def _open(router: address, token_in: address, token_out: address, amount_in: uint256) -> Before:
    """
    @notice Measure, then let the router take exactly `amount_in`.
    """
    assert token_in != token_out, "adapter: same token"
    # Routers give 0 a meaning of its own ("all that the router holds").
    assert amount_in != 0, "adapter: nothing to swap"
    in_balance: uint256 = staticcall IERC20(token_in).balanceOf(self)
    # Also where a token that charges for transfers ends.
    assert in_balance >= amount_in, "adapter: not funded"
    out_balance: uint256 = staticcall IERC20(token_out).balanceOf(msg.sender)
    self._approve(token_in, router, amount_in)
    return Before(in_limit=in_balance - amount_in, out=out_balance)


@internal
def _close(router: address, token_in: address, token_out: address, before: Before) -> uint256:
    """
    @notice Check that everything was taken; returns the caller's measured increase.
    """
    assert staticcall IERC20(token_in).balanceOf(self) <= before.in_limit, "adapter: input left over"
    # A token that does not count transfers by the router against the approval would leave one open for ever.
    if staticcall IERC20(token_in).allowance(self, router) != 0:
        self._approve(token_in, router, 0)
    out_balance: uint256 = staticcall IERC20(token_out).balanceOf(msg.sender)
    assert out_balance > before.out, "adapter: nothing received"
    return out_balance - before.out


@internal
def _approve(token: address, router: address, amount: uint256):
    # Tokens without return values count as successful; an approval that silently failed fails the router's transfer.
    assert extcall IERC20(token).approve(router, amount, default_return_value=True), "adapter: approval refused"
