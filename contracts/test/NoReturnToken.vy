# pragma version 0.4.3
"""
@title NoReturnToken
@license MIT
@notice A token of the older kind that is still widely held: `transfer`, `transferFrom` and `approve` return nothing,
        and an approval can only be changed by way of zero.
@dev Tests only: anybody may mint. No permit.
"""
from . import erc20_permit

initializes: erc20_permit
exports: (
    erc20_permit.name,
    erc20_permit.symbol,
    erc20_permit.decimals,
    erc20_permit.totalSupply,
    erc20_permit.balanceOf,
    erc20_permit.allowance,
    erc20_permit.mint,
    erc20_permit.burn,
)


@deploy
def __init__(name: String[64], symbol: String[32], token_decimals: uint8):
    erc20_permit.__init__(name, symbol, token_decimals)


@external
def transfer(to: address, amount: uint256):
    erc20_permit._move(msg.sender, to, amount)


@external
def transferFrom(owner: address, to: address, amount: uint256):
    allowed: uint256 = erc20_permit.allowance[owner][msg.sender]
    assert allowed >= amount, "ERC20: allowance"
    erc20_permit.allowance[owner][msg.sender] = allowed - amount
    erc20_permit._move(owner, to, amount)


@external
def approve(spender: address, amount: uint256):
    assert amount == 0 or erc20_permit.allowance[msg.sender][spender] == 0, "approve zero first"
    erc20_permit._approve(msg.sender, spender, amount)
