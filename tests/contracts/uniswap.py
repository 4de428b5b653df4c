"""The real Uniswap V2 and V3 on titanoboa's chain: byte code from npm, no fakes.

Pools are made by whoever asks, with liquidity over the whole range, so that a test can work out
what a swap gives.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import boa
from boa.contracts.abi.abi_contract import ABIContract
from boa.contracts.vyper.vyper_contract import VyperContract
from eth_abi import encode

from vaultsdk.devnet.npm import bytecode
from vaultsdk.devnet.pools import sqrt_price_x96

FOREVER = 2**64
NO_ADDRESS = "0x" + "00" * 20
Token = VyperContract | ABIContract

_WETH9 = """
from ethereum.ercs import IERC20
implements: IERC20

@external
@payable
def deposit(): ...

@external
def withdraw(wad: uint256): ...

@external
def transfer(to: address, amount: uint256) -> bool: ...

@external
def transferFrom(owner: address, to: address, amount: uint256) -> bool: ...

@external
def approve(spender: address, amount: uint256) -> bool: ...

@external
@view
def balanceOf(owner: address) -> uint256: ...

@external
@view
def totalSupply() -> uint256: ...

@external
@view
def decimals() -> uint8: ...

@external
@view
def allowance(owner: address, spender: address) -> uint256: ...
"""

_POSITIONS = """
struct MintParams:
    token0: address
    token1: address
    fee: uint24
    tickLower: int24
    tickUpper: int24
    amount0Desired: uint256
    amount1Desired: uint256
    amount0Min: uint256
    amount1Min: uint256
    recipient: address
    deadline: uint256

@external
@payable
def createAndInitializePoolIfNecessary(
    token0: address, token1: address, fee: uint24, sqrtPriceX96: uint160
) -> address: ...

@external
@payable
def mint(params: MintParams) -> (uint256, uint128, uint256, uint256): ...
"""

_ROUTER_V3 = """
struct ExactInputParams:
    path: Bytes[256]
    recipient: address
    amountIn: uint256
    amountOutMinimum: uint256

@external
@payable
def exactInput(params: ExactInputParams) -> uint256: ...
"""

_ROUTER_V2 = """
@external
def addLiquidity(
    tokenA: address,
    tokenB: address,
    amountADesired: uint256,
    amountBDesired: uint256,
    amountAMin: uint256,
    amountBMin: uint256,
    to: address,
    deadline: uint256,
) -> (uint256, uint256, uint256): ...

@external
@view
def getAmountsOut(amountIn: uint256, path: DynArray[address, 8]) -> DynArray[uint256, 8]: ...
"""


def _deploy(name: str, types: tuple[str, ...] = (), args: tuple[Any, ...] = ()) -> str:
    values = [getattr(arg, "address", arg) for arg in args]
    address, _ = boa.env.deploy_code(bytecode=bytecode(name) + encode(types, values))
    return str(address)


@dataclass(frozen=True)
class Uniswap:
    """Routers and factories; `lp` is the account that pools belong to."""

    weth: ABIContract
    v3_positions: ABIContract
    v3_router: ABIContract
    v2_router: ABIContract
    lp: str

    def v3_pool(
        self,
        a: Token,
        b: Token,
        fee: int,
        amount_a: int,
        amount_b: int,
        *,
        edge: int | None = None,
    ) -> str:
        """A V3 pool at the price amount_b / amount_a, with at most those amounts between the ticks
        -edge and edge (left out: the full range); fee in 1e-6 (500, 3000, 10000). `lp` must hold
        the tokens."""
        (token0, amount0), (token1, amount1) = _sorted((a, amount_a), (b, amount_b))
        price = sqrt_price_x96(Fraction(amount1, amount0))
        pool = self.v3_positions.createAndInitializePoolIfNecessary(
            token0, token1, fee, price, sender=self.lp
        )
        spacing = {500: 10, 3000: 60, 10000: 200}[fee]
        edge = (edge or 887_272) // spacing * spacing  # TickMath.MAX_TICK
        for token, amount in ((token0, amount0), (token1, amount1)):
            token.approve(self.v3_positions, amount, sender=self.lp)
        self.v3_positions.mint(
            (token0, token1, fee, -edge, edge, amount0, amount1, 0, 0, self.lp, FOREVER),
            sender=self.lp,
        )
        return str(pool)

    def v2_pool(self, a: Token, b: Token, amount_a: int, amount_b: int) -> None:
        """A V2 pair with these reserves. `lp` must hold the tokens."""
        for token, amount in ((a, amount_a), (b, amount_b)):
            token.approve(self.v2_router, amount, sender=self.lp)
        self.v2_router.addLiquidity(
            a, b, amount_a, amount_b, 0, 0, self.lp, FOREVER, sender=self.lp
        )


def deploy_weth9() -> ABIContract:
    """The canonical wrapped ether."""
    return boa.loads_vyi(_WETH9, name="WETH9").at(_deploy("WETH9"))


def build_uniswap() -> Uniswap:
    """Deploy WETH9, Uniswap V2 and V3 from the npm packages' byte code."""
    weth = deploy_weth9()
    v3_factory = _deploy("UniswapV3Factory")
    # The last argument draws pictures of positions, which nobody looks at here.
    positions = _deploy(
        "NonfungiblePositionManager",
        ("address", "address", "address"),
        (v3_factory, weth, NO_ADDRESS),
    )
    v2_factory = _deploy("UniswapV2Factory", ("address",), (NO_ADDRESS,))
    v2_router = _deploy("UniswapV2Router02", ("address", "address"), (v2_factory, weth))
    v3_router = _deploy("SwapRouter02", ("address",) * 4, (v2_factory, v3_factory, positions, weth))
    return Uniswap(
        weth=weth,
        v3_positions=boa.loads_vyi(_POSITIONS, name="NonfungiblePositionManager").at(positions),
        v3_router=boa.loads_vyi(_ROUTER_V3, name="SwapRouter02").at(v3_router),
        v2_router=boa.loads_vyi(_ROUTER_V2, name="UniswapV2Router02").at(v2_router),
        lp=boa.env.generate_address("lp"),
    )


def v3_path(*parts: Token | int) -> bytes:
    """A packed V3 path: `v3_path(weth, 500, usdc, 3000, dai)`."""
    return b"".join(
        part.to_bytes(3, "big") if isinstance(part, int) else _raw(part) for part in parts
    )


def v2_path(*tokens: Token) -> bytes:
    """A V2 path as the adapter takes it: the tokens' addresses, one after the other."""
    return b"".join(_raw(token) for token in tokens)


def constant_product_out(amount: int, reserve_in: int, reserve_out: int, fee: int) -> int:
    """What x * y = k gives for `amount`, fee in 1e-6, rounded down."""
    after_fee = amount * (10**6 - fee)
    return after_fee * reserve_out // (reserve_in * 10**6 + after_fee)


def force_ether(to: str, amount: int) -> None:
    """Ether that nobody can refuse, as a self-destructing contract sends it."""
    # PUSH20 to; SELFDESTRUCT: creation code that leaves its ether behind and nothing else.
    sender = boa.env.generate_address()
    boa.env.set_balance(sender, amount)
    boa.env.deploy(bytecode=b"\x73" + bytes.fromhex(to[2:]) + b"\xff", value=amount, sender=sender)


def _raw(token: Token) -> bytes:
    return bytes.fromhex(str(token.address)[2:])


def _sorted(
    a: tuple[Token, int], b: tuple[Token, int]
) -> tuple[tuple[Token, int], tuple[Token, int]]:
    return (a, b) if _raw(a[0]) < _raw(b[0]) else (b, a)
