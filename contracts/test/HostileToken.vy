# pragma version 0.4.3
"""
@title HostileToken
@license MIT
@notice An ERC-20 that anybody may mint and that can be told to misbehave in every way a listing has to exclude or the
        vault has to survive: calling out in a transfer, charging for it, answering false, rebasing, changing decimals.
@dev Tests only: anybody may command it. Balances are shares times a factor, so that a rebase is one write.
"""
from . import erc20_permit

initializes: erc20_permit
exports: (
    erc20_permit.name,
    erc20_permit.symbol,
    erc20_permit.allowance,
    erc20_permit.nonces,
    erc20_permit.approve,
    erc20_permit.permit,
    erc20_permit.version,
    erc20_permit.DOMAIN_SEPARATOR,
)

WAD: constant(uint256) = 10**18
BPS: constant(uint256) = 10_000

decimals: public(uint8)
factor: public(uint256)        # wad: units per share
fee: public(uint256)           # bps of a transfer that vanish
answers_false: public(bool)    # move nothing, return false
keeps_allowance: public(bool)  # do not count transfers against approvals

target: public(address)
call: public(Bytes[8192])
calls_left: public(uint256)    # how many transfers still call out
call_after: public(bool)       # call after moving, else before
calls_made: public(uint256)
last_success: public(bool)
last_response: public(Bytes[1024])


@deploy
def __init__(name: String[64], symbol: String[32], token_decimals: uint8):
    erc20_permit.__init__(name, symbol, token_decimals)
    self.decimals = token_decimals
    self.factor = WAD


# ---------------------------------------------------------------- commands
@external
def set_decimals(token_decimals: uint8):
    self.decimals = token_decimals


@external
def set_factor(factor: uint256):
    """
    @notice Rebase: everybody's balance becomes shares * factor / 1e18.
    """
    assert factor != 0, "hostile: factor"
    self.factor = factor


@external
def set_fee(fee: uint256):
    self.fee = fee


@external
def set_answers_false(answers_false: bool):
    self.answers_false = answers_false


@external
def set_keeps_allowance(keeps_allowance: bool):
    self.keeps_allowance = keeps_allowance


@external
def set_call(target: address, data: Bytes[8192], times: uint256 = 1, after: bool = False):
    """
    @notice The next `times` transfers call `target` with `data`; a failing call is recorded, not passed on.
    """
    self.target = target
    self.call = data
    self.calls_left = times
    self.call_after = after
    self.calls_made = 0


@external
def call_out(target: address, data: Bytes[8192]):
    """
    @notice Make a call as this token, e.g. to approve something.
    """
    raw_call(target, data)


@external
def mint(to: address, amount: uint256):
    """
    @notice Make `amount` units (rounded down to whole shares) out of nothing; anybody may.
    """
    shares: uint256 = self._shares(amount)
    erc20_permit.totalSupply += shares
    erc20_permit.balanceOf[to] += shares
    log erc20_permit.Transfer(sender=empty(address), receiver=to, value=amount)


# ---------------------------------------------------------------- ERC-20
@external
@view
def totalSupply() -> uint256:
    return erc20_permit.totalSupply * self.factor // WAD


@external
@view
def balanceOf(owner: address) -> uint256:
    return erc20_permit.balanceOf[owner] * self.factor // WAD


@external
def transfer(to: address, amount: uint256) -> bool:
    return self._transfer(msg.sender, to, amount)


@external
def transferFrom(owner: address, to: address, amount: uint256) -> bool:
    if not self.answers_false:
        allowed: uint256 = erc20_permit.allowance[owner][msg.sender]
        assert allowed >= amount, "ERC20: allowance"
        if allowed != max_value(uint256) and not self.keeps_allowance:
            erc20_permit.allowance[owner][msg.sender] = allowed - amount
    return self._transfer(owner, to, amount)


@internal
def _transfer(owner: address, to: address, amount: uint256) -> bool:
    if self.answers_false:
        return False
    if not self.call_after:
        self._call_out()
    charged: uint256 = amount * self.fee // BPS
    erc20_permit._move(owner, to, self._shares(amount))
    if charged != 0:
        shares: uint256 = self._shares(charged)
        erc20_permit.balanceOf[to] -= shares
        erc20_permit.totalSupply -= shares
    if self.call_after:
        self._call_out()
    return True


@internal
def _call_out():
    if self.calls_left == 0:
        return
    # Counted down first: what is called may well transfer this token.
    self.calls_left -= 1
    self.calls_made += 1
    success: bool = False
    response: Bytes[1024] = b""
    success, response = raw_call(self.target, self.call, max_outsize=1024, revert_on_failure=False)
    self.last_success = success
    self.last_response = response


@internal
@view
def _shares(amount: uint256) -> uint256:
    return amount * WAD // self.factor
