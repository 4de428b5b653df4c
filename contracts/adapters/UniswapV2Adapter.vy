# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title UniswapV2Adapter
@license MIT
@notice Swaps through pairs of Uniswap V2 by its router, over one pair or up to three.
@dev Trust: nobody has power over this contract and it holds nothing between calls. The router is fixed for good. The
     keeper (or owner) chooses the path only; pairs on it may be made by anybody, with hostile tokens: they can keep
     the swap from happening or make it bad, which is the vault's business to refuse (it checks value, not paths).
     No minimum is passed to the router for the same reason: one limit, in one place.

     data: | token 20 bytes | token 20 | ... 2 to 4 tokens
"""
from ..interfaces import IAdapter
from ..interfaces import IUniswapV2Router02
from ..modules import adapter_base

implements: IAdapter

TOKEN: constant(uint256) = 20
MAX_TOKENS: constant(uint256) = 4

router: public(immutable(address))


@deploy
def __init__(router_: address):
    assert router_ != empty(address), "adapter: no router"
    router = router_


@external
def swap(token_in: address, token_out: address, amount_in: uint256, data: Bytes[256]) -> uint256:
    """
    @notice Swap what the caller has transferred here and pay it the proceeds.
    @param data The tokens of the path, from `token_in` to `token_out`.
    @return What the caller was paid, measured.
    """
    size: uint256 = len(data)
    count: uint256 = size // TOKEN
    assert size % TOKEN == 0 and count >= 2 and count <= MAX_TOKENS, "adapter: path length"
    path: DynArray[address, MAX_TOKENS] = []
    for i: uint256 in range(count, bound=MAX_TOKENS):
        path.append(convert(slice(data, i * TOKEN, TOKEN), address))
    assert path[0] == token_in and path[count - 1] == token_out, "adapter: path ends"

    before: adapter_base.Before = adapter_base._open(router, token_in, token_out, amount_in)
    extcall IUniswapV2Router02(router).swapExactTokensForTokens(amount_in, 0, path, msg.sender, block.timestamp)
    return adapter_base._close(router, token_in, token_out, before)
