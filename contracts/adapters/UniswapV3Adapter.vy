# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title UniswapV3Adapter
@license MIT
@notice Swaps through Uniswap V3 by SwapRouter02's `exactInput`, over one pool or several.
@dev Trust: nobody has power over this contract and it holds nothing between calls. The router is fixed for good. The
     keeper (or owner) chooses the path only; pools on it may be made by anybody, with hostile tokens: they can keep
     the swap from happening or make it bad, which is the vault's business to refuse (it checks value, not paths).
     No minimum is passed to the router for the same reason: one limit, in one place.
     A router that holds ether pays with that instead of our WETH, which would then be left over and the swap refused.
     Anybody can park ether there before a swap and fetch it after (`multicall`, `refundETH`), so it is fetched here
     first. It stays in this contract for good: whoever parks it to stop a harvest or a sale pays with all of it.

     data: | token 20 bytes | fee 3 | token 20 | fee 3 | token 20 | ... at most 10 pools
"""
from ..interfaces import IAdapter
from ..interfaces import ISwapRouter02
from ..modules import adapter_base

implements: IAdapter

TOKEN: constant(uint256) = 20
HOP: constant(uint256) = 23

router: public(immutable(address))


@deploy
def __init__(router_: address):
    assert router_ != empty(address), "adapter: no router"
    router = router_


@external
@payable
@reentrant
def __default__():
    # The router's refund pays in here, under the lock; nobody else's ether could be given back.
    assert msg.sender == router, "adapter: no ether"


@external
def swap(token_in: address, token_out: address, amount_in: uint256, data: Bytes[256]) -> uint256:
    """
    @notice Swap what the caller has transferred here and pay it the proceeds.
    @param data The packed path, from `token_in` to `token_out`.
    @return What the caller was paid, measured.
    """
    size: uint256 = len(data)
    assert size >= TOKEN + HOP and (size - TOKEN) % HOP == 0, "adapter: path length"
    first: address = convert(convert(extract32(data, 0), uint256) >> 96, address)
    last: address = convert(convert(extract32(data, size - 32), uint256) & (2**160 - 1), address)
    assert first == token_in and last == token_out, "adapter: path ends"

    before: adapter_base.Before = adapter_base._open(router, token_in, token_out, amount_in)
    if router.balance >= amount_in:
        extcall ISwapRouter02(router).refundETH()
    extcall ISwapRouter02(router).exactInput(
        ISwapRouter02.ExactInputParams(path=data, recipient=msg.sender, amountIn=amount_in, amountOutMinimum=0)
    )
    return adapter_base._close(router, token_in, token_out, before)
