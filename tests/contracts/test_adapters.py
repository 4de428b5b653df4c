"""Adapters on the real Uniswap: what they pay, what they refuse, and what they leave behind.

The vault is played by a plain account that transfers and then calls, as the vault does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import boa
import pytest
from boa.contracts.vyper.vyper_contract import VyperContract

from tests.contracts.uniswap import (
    Token,
    Uniswap,
    build_uniswap,
    constant_product_out,
    force_ether,
    v2_path,
    v3_path,
)
from tests.contracts.world import WAD, deploy

FEE = 3_000  # V2's, and the V3 tier used here
DEPTH = 1_000 * WAD
AMOUNT = 7 * WAD

V2, V3 = "UniswapV2Adapter", "UniswapV3Adapter"


@dataclass(frozen=True)
class Dex:
    """Uniswap with pools of depth `DEPTH` on both versions: weth-a, a-b, b-c, a-evil, evil-b,
    weth-plain. `evil` is a HostileToken, `plain` returns nothing from its transfers."""

    uniswap: Uniswap
    adapters: dict[str, VyperContract]
    a: VyperContract
    b: VyperContract
    c: VyperContract
    evil: VyperContract
    plain: VyperContract
    caller: str

    def path(self, version: str, *tokens: Token) -> bytes:
        if version == V2:
            return v2_path(*tokens)
        parts: list[Token | int] = [tokens[0]]
        for token in tokens[1:]:
            parts += [FEE, token]
        return v3_path(*parts)

    def swap(self, version: str, amount: int, *tokens: Token, path: bytes | None = None) -> int:
        """Transfer and call, as the vault does."""
        tokens[0].transfer(self.adapters[version], amount, sender=self.caller)
        return self.call(version, amount, *tokens, path=path)

    def call(self, version: str, amount: int, *tokens: Token, path: bytes | None = None) -> int:
        data = self.path(version, *tokens) if path is None else path
        return int(
            self.adapters[version].swap(tokens[0], tokens[-1], amount, data, sender=self.caller)
        )


def _clean(dex: Dex, version: str, *tokens: Token) -> None:
    """The adapter holds nothing and has approved nothing."""
    adapter = dex.adapters[version]
    for token in tokens:
        assert token.balanceOf(adapter) == 0
        assert token.allowance(adapter, adapter.router()) == 0


@pytest.fixture(scope="module")
def _built() -> Dex:
    uniswap = build_uniswap()
    a, b, c = (deploy("test/TestERC20.vy", name, name, 18) for name in "ABC")
    evil = deploy("test/HostileToken.vy", "Evil", "EVIL", 18)
    plain = deploy("test/NoReturnToken.vy", "Plain", "PLAIN", 6)
    caller = boa.env.generate_address("caller")
    lp = uniswap.lp
    for account in (lp, caller):
        for token in (a, b, c, evil, plain):
            token.mint(account, 100 * DEPTH)
        boa.env.set_balance(account, 100 * DEPTH)
        uniswap.weth.deposit(value=10 * DEPTH, sender=account)
    for left, right in (
        (uniswap.weth, a),
        (a, b),
        (b, c),
        (a, evil),
        (evil, b),
        (uniswap.weth, plain),
    ):
        uniswap.v3_pool(left, right, FEE, DEPTH, DEPTH)
        uniswap.v2_pool(left, right, DEPTH, DEPTH)
    return Dex(
        uniswap=uniswap,
        adapters={
            V2: deploy("adapters/UniswapV2Adapter.vy", uniswap.v2_router),
            V3: deploy("adapters/UniswapV3Adapter.vy", uniswap.v3_router),
        },
        a=a,
        b=b,
        c=c,
        evil=evil,
        plain=plain,
        caller=caller,
    )


@pytest.fixture
def dex(_built: Dex) -> Iterator[Dex]:
    with boa.env.anchor():
        yield _built


both = pytest.mark.parametrize("version", [V2, V3])


# ---------------------------------------------------------------- what they pay
@both
def test_pays_the_caller_what_the_pool_gave(dex: Dex, version: str) -> None:
    before = dex.b.balanceOf(dex.caller)
    paid = dex.swap(version, AMOUNT, dex.a, dex.b)
    # V3 rounds at every step of its own, a few units at most.
    assert abs(paid - constant_product_out(AMOUNT, DEPTH, DEPTH, FEE)) < 10
    assert dex.b.balanceOf(dex.caller) - before == paid
    _clean(dex, version, dex.a, dex.b)


@both
def test_several_pools(dex: Dex, version: str) -> None:
    weth = dex.uniswap.weth
    paid = dex.swap(version, AMOUNT, weth, dex.a, dex.b, dex.c)
    expected = AMOUNT
    for _ in range(3):
        expected = constant_product_out(expected, DEPTH, DEPTH, FEE)
    assert abs(paid - expected) < 10
    _clean(dex, version, weth, dex.a, dex.b, dex.c)


def test_the_longest_v3_path(dex: Dex) -> None:
    tokens = [dex.a, dex.b] * 5 + [dex.a, dex.b]
    with boa.reverts("adapter: path length"):
        # 12 tokens do not fit 256 bytes; a cut path is no path.
        dex.call(V3, AMOUNT, dex.a, dex.b, path=dex.path(V3, *tokens)[:256])
    paid = dex.swap(V3, AMOUNT, dex.a, dex.b, path=dex.path(V3, *tokens[:10]))
    assert 0 < paid < AMOUNT


def test_a_fifth_v2_token_is_refused(dex: Dex) -> None:
    path = v2_path(dex.a, dex.b, dex.a, dex.b, dex.c)
    with boa.reverts("adapter: path length"):
        dex.swap(V2, AMOUNT, dex.a, dex.c, path=path)


@both
def test_tokens_without_return_values(dex: Dex, version: str) -> None:
    weth = dex.uniswap.weth
    got = dex.swap(version, AMOUNT, weth, dex.plain)
    before = weth.balanceOf(dex.caller)
    back = dex.swap(version, got, dex.plain, weth)
    assert weth.balanceOf(dex.caller) - before == back > 0
    _clean(dex, version, weth, dex.plain)


@both
def test_dust_belongs_to_no_swap(dex: Dex, version: str) -> None:
    with boa.env.anchor():
        clean = dex.swap(version, AMOUNT, dex.a, dex.b)
    adapter = dex.adapters[version]
    dex.a.mint(adapter, 5)
    dex.b.mint(adapter, 6)
    assert dex.swap(version, AMOUNT, dex.a, dex.b) == clean
    assert (dex.a.balanceOf(adapter), dex.b.balanceOf(adapter)) == (5, 6)


@both
def test_leaves_no_approval_even_if_the_token_does_not_count(dex: Dex, version: str) -> None:
    dex.evil.set_keeps_allowance(True)
    assert dex.swap(version, AMOUNT, dex.evil, dex.b) > 0
    _clean(dex, version, dex.evil, dex.b)


# ---------------------------------------------------------------- what they refuse
@both
@pytest.mark.parametrize("cut", [0, 1, 19, 20, 39])
def test_a_path_of_the_wrong_length(dex: Dex, version: str, cut: int) -> None:
    path = dex.path(version, dex.a, dex.b)
    with boa.reverts("adapter: path length"):
        dex.swap(version, AMOUNT, dex.a, dex.b, path=path[:cut])
    with boa.reverts("adapter: path length"):
        dex.swap(version, AMOUNT, dex.a, dex.b, path=path + b"\0")


@both
def test_a_path_that_starts_or_ends_elsewhere(dex: Dex, version: str) -> None:
    for tokens in ((dex.b, dex.c), (dex.a, dex.b), (dex.c, dex.b, dex.a)):
        with boa.reverts("adapter: path ends"):
            dex.swap(version, AMOUNT, dex.a, dex.c, path=dex.path(version, *tokens))


@both
def test_a_path_back_to_the_same_token(dex: Dex, version: str) -> None:
    with boa.reverts("adapter: same token"):
        dex.swap(version, AMOUNT, dex.a, dex.b, dex.a)


@both
def test_nothing_to_swap(dex: Dex, version: str) -> None:
    with boa.reverts("adapter: nothing to swap"):
        dex.swap(version, 0, dex.a, dex.b)


@both
def test_tokens_that_were_never_transferred(dex: Dex, version: str) -> None:
    dex.a.mint(dex.adapters[version], AMOUNT - 1)
    with boa.reverts("adapter: not funded"):
        dex.call(version, AMOUNT, dex.a, dex.b)


@both
def test_a_token_that_charges_for_transfers(dex: Dex, version: str) -> None:
    dex.evil.set_fee(100)
    with boa.reverts("adapter: not funded"):
        dex.swap(version, AMOUNT, dex.evil, dex.b)


def test_a_v3_pool_that_fills_in_part(dex: Dex) -> None:
    d, e = (deploy("test/TestERC20.vy", name, name, 18) for name in "DE")
    d.mint(dex.caller, 10 * DEPTH)
    for token in (d, e):
        token.mint(dex.uniswap.lp, DEPTH)
    # Liquidity between 0.94 and 1.06 only: past its edge there is nothing to trade with.
    dex.uniswap.v3_pool(d, e, FEE, WAD, WAD, edge=600)
    assert dex.swap(V3, WAD // 10, d, e) > 0
    with boa.reverts("adapter: input left over"):
        dex.swap(V3, 3 * WAD, d, e)
    # Dust of the input lying there does not hide what was left over.
    d.mint(dex.adapters[V3], 100 * WAD)
    with boa.reverts("adapter: input left over"):
        dex.swap(V3, 3 * WAD, d, e)


def test_a_v3_router_with_ether_of_its_own_still_takes_our_weth(dex: Dex) -> None:
    # The router would rather pay with its ether and leave our WETH with the adapter.
    weth, adapter = dex.uniswap.weth, dex.adapters[V3]
    force_ether(dex.uniswap.v3_router.address, AMOUNT)
    assert dex.swap(V3, AMOUNT, weth, dex.a) > 0
    _clean(dex, V3, weth, dex.a)
    assert boa.env.get_balance(adapter.address) == AMOUNT
    # Less than what is to be sold is no danger and not touched.
    force_ether(dex.uniswap.v3_router.address, AMOUNT)
    assert dex.swap(V3, AMOUNT + 1, weth, dex.a) > 0
    assert boa.env.get_balance(adapter.address) == AMOUNT


def test_the_v3_adapter_takes_ether_from_its_router_only(dex: Dex) -> None:
    boa.env.set_balance(dex.caller, WAD)
    with boa.reverts("adapter: no ether"):
        dex.adapters[V3].__default__(sender=dex.caller, value=1)


@both
def test_an_amount_too_small_to_give_anything(dex: Dex, version: str) -> None:
    with pytest.raises(boa.BoaError):
        dex.swap(version, 1, dex.a, dex.b)


@both
def test_an_approval_that_the_token_refuses(dex: Dex, version: str) -> None:
    refuses = boa.loads(_REFUSES_APPROVAL)
    with boa.reverts("adapter: approval refused"):
        dex.call(version, AMOUNT, refuses, dex.b)


_REFUSES_APPROVAL = """
@external
@view
def balanceOf(owner: address) -> uint256:
    return 10**30

@external
def approve(spender: address, amount: uint256) -> bool:
    return False
"""


def test_no_router(dex: Dex) -> None:
    for version in (V2, V3):
        with boa.reverts("adapter: no router"):
            deploy(f"adapters/{version}.vy", "0x" + "00" * 20)


# ---------------------------------------------------------------- hostile tokens on the way
@both
def test_a_token_in_the_middle_cannot_enter_again(dex: Dex, version: str) -> None:
    """Without the lock the inner swap would run on the tokens lying there, between two
    measurements of the outer one."""
    adapter = dex.adapters[version]
    dex.b.mint(adapter, AMOUNT)
    inner = adapter.swap.prepare_calldata(dex.b, dex.c, AMOUNT, dex.path(version, dex.b, dex.c))
    dex.evil.set_call(adapter, inner, 1)
    paid = dex.swap(version, AMOUNT, dex.a, dex.evil, dex.b)
    assert dex.evil.calls_made() == 1
    assert not dex.evil.last_success()
    assert paid > 0
    assert dex.b.balanceOf(adapter) == AMOUNT


@both
def test_a_token_in_the_middle_may_give_but_not_take(dex: Dex, version: str) -> None:
    """What it sends the caller in mid-swap counts: the caller's own balance is what is measured."""
    with boa.env.anchor():
        clean = dex.swap(version, AMOUNT, dex.a, dex.evil, dex.b)
    gift = dex.b.mint.prepare_calldata(dex.caller, 123)
    dex.evil.set_call(dex.b, gift, 1)
    assert dex.swap(version, AMOUNT, dex.a, dex.evil, dex.b) == clean + 123
    _clean(dex, version, dex.a, dex.b)
