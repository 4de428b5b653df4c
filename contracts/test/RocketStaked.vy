# pragma version 0.4.3
"""
@title  A rETH-like token: balances stand still, the rate against ether grows
@author Lotvault contributors
@license MIT
@notice Only the reads of the real one that prices need (Rocket Pool, `RocketTokenRETH.sol`);
        depositing is replaced by the open `mint` of the test token.
"""

from . import erc20_permit
from . import growing_rate

initializes: erc20_permit
initializes: growing_rate
exports: (
    erc20_permit.__interface__,
    growing_rate.owner,
    growing_rate.rate_per_second,
    growing_rate.set_rate,
)


@deploy
def __init__(name: String[64], symbol: String[32], rate: uint256, per_second: uint256):
    """
    @param rate        Ether per whole token now, wad.
    @param per_second  Growth of it per second, wad.
    """
    erc20_permit.__init__(name, symbol, 18)
    growing_rate.__init__(rate, per_second)


@external
@view
def getExchangeRate() -> uint256:
    """
    @return Ether per whole token, wad.
    """
    return growing_rate._rate()


@external
@view
def getEthValue(amount: uint256) -> uint256:
    """
    @return What `amount` units are worth in wei, rounded down.
    """
    return amount * growing_rate._rate() // 10**18


@external
@view
def getRethValue(amount: uint256) -> uint256:
    """
    @return What `amount` wei are worth in units of this token, rounded down.
    """
    return amount * 10**18 // growing_rate._rate()
