# pragma version 0.4.3
"""
@title  A plain test token (the devnet's USDC: 6 decimals)
@author Lotvault contributors
@license MIT
"""

from . import erc20_permit

initializes: erc20_permit
exports: erc20_permit.__interface__


@deploy
def __init__(name: String[64], symbol: String[32], token_decimals: uint8):
    erc20_permit.__init__(name, symbol, token_decimals)
