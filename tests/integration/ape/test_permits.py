"""EIP-2612 permits, signed by ape's accounts and spent in a deposit or a purchase.

The tokens with permits are stand-ins (mainnet's wstETH and USDC have the same function; WETH9 has
none, and its fallback takes a permit for a deposit of nothing).
"""

from __future__ import annotations

from typing import Any

import ape
import pytest
from eip712.messages import EIP712Message
from eth_pydantic_types import abi

from tests.integration.ape.world import ETH, MAX, USDC, World

Signed = tuple[int, int, bytes, bytes]
UNITS = 2 * ETH


class Permit(EIP712Message):
    """What EIP-2612 has the owner sign."""

    owner: abi.address
    spender: abi.address
    value: abi.uint256
    nonce: abi.uint256
    deadline: abi.uint256


def sign(
    world: World,
    signer: Any,
    units: int,
    *,
    symbol: str = "wstETH",
    owner: Any = None,
    lifetime: int = 3600,
    **domain: Any,
) -> Signed:
    """A permit for the vault, by `signer` for the tokens of `owner` (himself)."""
    token = world.tokens[symbol]
    owner = owner or signer
    told = {"name": token.name(), "version": "1", "chainId": ape.chain.chain_id}
    told |= {"verifyingContract": token.address} | domain
    deadline = ape.chain.pending_timestamp + lifetime
    message = Permit(
        **{f"eip712_{key}": value for key, value in told.items()},
        owner=owner.address,
        spender=world.vault.address,
        value=units,
        nonce=token.nonces(owner),
        deadline=deadline,
    )
    signed = signer.sign_message(message)
    return deadline, signed.v, bytes(signed.r), bytes(signed.s)


def deposit(world: World, owner: Any, permit: Signed, units: int = UNITS) -> Any:
    return world.vault.deposit(world.entry("wstETH", units, owner), permit, sender=owner)


def use(world: World, permit: Signed, owner: Any, sender: Any, units: int = UNITS) -> Any:
    """Spend a permit at the token itself, as anybody may who has seen it."""
    return world.wsteth.permit(owner, world.vault, units, *permit, sender=sender)


@pytest.fixture
def owner(world: World, depositor: Any) -> Any:
    """Somebody with wstETH who has approved nothing."""
    world.fund(depositor, "wstETH", 2 * UNITS)
    assert world.wsteth.allowance(depositor, world.vault) == 0
    return depositor


def check_nothing_moved(world: World, owner: Any) -> None:
    assert world.balance("wstETH", owner) == 2 * UNITS
    assert world.vault.lot_count(owner) == world.vault.held(1) == 0


def test_one_transaction_instead_of_two(world: World, owner: Any) -> None:
    deposit(world, owner, sign(world, owner, UNITS))
    assert world.balance("wstETH", world.vault) == world.vault.held(1) == UNITS
    assert world.wsteth.allowance(owner, world.vault) == 0
    assert world.wsteth.nonces(owner) == 1


def test_a_declared_deposit_and_a_purchase_take_one_too(world: World, owner: Any) -> None:
    entry = world.entry("wstETH", UNITS, owner)
    permit = sign(world, owner, UNITS)
    world.vault.deposit_declared(entry, 9_000 * ETH, 1, permit, sender=owner)
    _, body = world.vault.lots(owner, 0)
    assert body == UNITS << 128 | 9_000 * ETH

    paid = 5_000 * USDC
    world.fund(owner, "USDC", paid)
    permit = sign(world, owner, paid, symbol="USDC")
    legs, entry = [world.v3("USDC", 500, "WETH")], world.entry("WETH", paid, owner)
    units = world.quote(legs[0], paid)
    world.vault.buy(entry, legs, units, MAX, permit, sender=owner)
    assert world.vault.held(0) == units and world.balance("USDC", owner) == 0


def test_somebody_used_it_first(world: World, owner: Any, attacker: Any) -> None:
    """A signature is public as soon as it is sent; whoever is faster must not stop its owner."""
    permit = sign(world, owner, UNITS)
    use(world, permit, owner, attacker)
    with ape.reverts("ERC20: allowance"):
        deposit(world, attacker, permit)
    with ape.reverts("not the owner"):
        world.vault.deposit(world.entry("wstETH", UNITS, owner), permit, sender=attacker)
    deposit(world, owner, permit)
    assert world.vault.held(1) == UNITS and world.wsteth.nonces(owner) == 1
    # It is spent: the same once more has nothing left to take.
    with ape.reverts("ERC20: allowance"):
        deposit(world, owner, permit)


def test_too_late(world: World, owner: Any) -> None:
    permit = sign(world, owner, UNITS, lifetime=60)
    ape.chain.mine(timestamp=permit[0] + 1)
    with ape.reverts("ERC20: permit expired"):
        use(world, permit, owner, owner)
    with ape.reverts("ERC20: allowance"):
        deposit(world, owner, permit)
    check_nothing_moved(world, owner)
    # An approval made the usual way is worth what it was.
    world.wsteth.approve(world.vault, UNITS, sender=owner)
    deposit(world, owner, permit)
    assert world.vault.held(1) == UNITS


def test_signed_by_somebody_else(world: World, owner: Any, attacker: Any) -> None:
    permit = sign(world, attacker, UNITS, owner=owner)
    for sender in (owner, attacker):
        with ape.reverts("ERC20: allowance"):
            deposit(world, sender, permit)
    check_nothing_moved(world, owner)


def test_signed_for_something_else(world: World, owner: Any, attacker: Any) -> None:
    """Another chain, another token, another amount: whatever is not said exactly is not said."""
    wrong = (
        sign(world, owner, UNITS, chainId=1),
        sign(world, owner, UNITS, verifyingContract=world.usdc.address),
        sign(world, owner, UNITS - 1),
        sign(world, owner, UNITS, symbol="USDC"),
    )
    for permit in wrong:
        with ape.reverts("ERC20: allowance"):
            deposit(world, owner, permit)
    check_nothing_moved(world, owner)


def test_a_good_permit_takes_no_more_than_the_deposit(
    world: World, owner: Any, attacker: Any
) -> None:
    """Another's tokens are never taken, however much their owner has approved."""
    world.wsteth.approve(world.vault, MAX, sender=owner)
    permit = sign(world, owner, UNITS)
    with ape.reverts("ERC20: allowance"):
        deposit(world, attacker, permit)
    check_nothing_moved(world, owner)


def test_weth9_takes_any_permit_for_a_deposit_of_nothing(world: World, depositor: Any) -> None:
    world.fund(depositor, "WETH", UNITS)
    permit = (ape.chain.pending_timestamp + 3600, 27, b"\1" * 32, b"\2" * 32)
    entry = world.entry("WETH", UNITS, depositor)
    with ape.reverts():
        world.vault.deposit(entry, permit, sender=depositor)
    world.weth.approve(world.vault, UNITS, sender=depositor)
    world.vault.deposit(entry, permit, sender=depositor)
    assert world.vault.held(0) == world.balance("WETH", world.vault) == UNITS
