"""What an audit found, each by the name of what went wrong."""

from __future__ import annotations

import boa
import pytest

from tests.contracts.uniswap import build_uniswap, v3_path
from tests.contracts.world import MAX, QUOTE, WAD, WETH, World, deploy

_PAYMENTS = """
@external
@payable
def multicall(data: DynArray[Bytes[1024], 4]) -> DynArray[Bytes[1024], 4]: ...

@external
@payable
def refundETH(): ...
"""


# ---------------------------------------------------------------- adapters
def test_ether_parked_in_the_router_stops_no_swap_of_wrapped_ether() -> None:
    """SwapRouter02 pays for WETH with ether of its own while it has enough, and leaves the caller's
    WETH where it is. Parked before a harvest or sale and fetched after it, that ether stopped every
    one of them for the price of gas. Now it is the parked ether that pays for the attempt."""
    with boa.env.anchor():
        uniswap = build_uniswap()
        other = deploy("test/TestERC20.vy", "Other", "OTHER", 18)
        caller, attacker = (boa.env.generate_address(name) for name in ("caller", "attacker"))
        other.mint(uniswap.lp, 100 * WAD)
        for account in (uniswap.lp, caller):
            boa.env.set_balance(account, 200 * WAD)
            uniswap.weth.deposit(value=100 * WAD, sender=account)
        uniswap.v3_pool(uniswap.weth, other, 3_000, 100 * WAD, 100 * WAD)
        adapter = deploy("adapters/UniswapV3Adapter.vy", uniswap.v3_router)
        payments = boa.loads_vyi(_PAYMENTS, name="SwapRouter02").at(uniswap.v3_router.address)

        boa.env.set_balance(attacker, 7 * WAD)
        payments.multicall([], value=7 * WAD, sender=attacker)
        uniswap.weth.transfer(adapter, 7 * WAD, sender=caller)
        path = v3_path(uniswap.weth, 3_000, other)
        got = adapter.swap(uniswap.weth, other, 7 * WAD, path, sender=caller)
        assert other.balanceOf(caller) == got > 0
        assert uniswap.weth.balanceOf(adapter) == 0
        payments.refundETH(sender=attacker)
        assert boa.env.get_balance(attacker) == 0


# ---------------------------------------------------------------- prices
@pytest.mark.parametrize("feed_id", [3, 127, 130, 2**255])
def test_what_is_no_feed_has_no_answer(world: World, feed_id: int) -> None:
    """`read_feed` of an id that nothing was ever listed under said 1.0, good, as of now."""
    assert world.vault.read_feed(feed_id) == (0, 0, 1)
    assert world.vault.read_feed(WETH) == (WAD, boa.env.timestamp, 0)


# ---------------------------------------------------------------- gas
_DEAR_FEED = """
# pragma version 0.4.3
word: uint256

@external
@view
def decimals() -> uint8:
    return 8

@external
@view
def latestRoundData() -> (uint80, int256, uint256, uint256, uint80):
    total: uint256 = 0
    for _: uint256 in range(1_000):
        total += self.word
    return 1, 10**8, block.timestamp, block.timestamp, 1
"""


def test_no_gas_limit_makes_a_sale_without_the_price_that_is_there(world: World) -> None:
    """A call gets 63/64 of the gas that is left: with just too little of it the feed fails and the
    sale would go on. What remains then is less than the sale needs, even for a dear feed (196,000
    gas; Chainlink's take 15,000 to 30,000)."""
    world.usdc.mint(world.depositor, 1)  # a receiver that holds some is the cheapest to pay
    feed = boa.loads(_DEAR_FEED)
    config = (feed.address, 3_600, 50, WAD // 2, 2 * WAD)
    world.vault.set_feed(QUOTE, config, sender=world.admin)
    lot = world.deposit(WETH, WAD)

    def sold_at(gas: int) -> int | None:
        with boa.env.anchor():
            try:
                world.vault.sell(
                    [(lot, MAX)],
                    WETH,
                    [world.leg()],
                    0,
                    boa.env.timestamp,
                    world.depositor,
                    sender=world.depositor,
                    gas=gas,
                )
            except boa.BoaError:
                return None
            (sold,) = (log for log in world.vault.get_logs() if type(log).__name__ == "Sold")
            return int(sold.quote_price)

    prices = [sold_at(gas) for gas in range(160_000, 300_000, 1_000)]
    assert None in prices and prices[-1] == WAD
    assert set(prices) == {None, WAD}
