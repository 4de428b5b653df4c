"""Permits: a convenience that nobody can turn into a block, nor into a way to others' tokens."""

from __future__ import annotations

import boa
import pytest
from eth_account import Account

from tests.contracts.support import HOLD_HASH, LATER, list_asset
from tests.contracts.world import NO_PERMIT, WAD, WETH, World, deploy

SIGNER = Account.from_key("0x" + "11" * 32)
THIEF = Account.from_key("0x" + "22" * 32)

Permit = tuple[int, int, bytes, bytes]

# As mainnet's WETH9 does it: a function that it does not have is a deposit of nothing, a success.
PHANTOM = """
# pragma version 0.4.3
from ethereum.ercs import IERC20
balanceOf: public(HashMap[address, uint256])
allowance: public(HashMap[address, HashMap[address, uint256]])
calls: public(uint256)

@external
@view
def decimals() -> uint8:
    return 18

@external
def mint(to: address, amount: uint256):
    self.balanceOf[to] += amount

@external
def approve(spender: address, amount: uint256) -> bool:
    self.allowance[msg.sender][spender] = amount
    return True

@external
def transfer(to: address, amount: uint256) -> bool:
    self.balanceOf[msg.sender] -= amount
    self.balanceOf[to] += amount
    return True

@external
def transferFrom(owner: address, to: address, amount: uint256) -> bool:
    self.allowance[owner][msg.sender] -= amount
    self.balanceOf[owner] -= amount
    self.balanceOf[to] += amount
    return True

@external
@payable
def __default__():
    self.calls += 1
"""


def sign(
    world: World, amount: int, *, signer: object = SIGNER, deadline: int = LATER, token: object = 0
) -> Permit:
    """An EIP-2612 signature for the vault over `amount` of WETH (or `token`)."""
    contract = token or world.weth
    message = {
        "owner": signer.address,
        "spender": world.vault.address,
        "value": amount,
        "nonce": contract.nonces(signer.address),
        "deadline": deadline,
    }
    domain = {
        "name": contract.name(),
        "version": "1",
        "chainId": boa.env.evm.patch.chain_id,
        "verifyingContract": contract.address,
    }
    types = {
        "Permit": [
            {"name": "owner", "type": "address"},
            {"name": "spender", "type": "address"},
            {"name": "value", "type": "uint256"},
            {"name": "nonce", "type": "uint256"},
            {"name": "deadline", "type": "uint256"},
        ]
    }
    signed = Account.sign_typed_data(signer.key, domain, types, message)
    return (deadline, signed.v, signed.r.to_bytes(32, "big"), signed.s.to_bytes(32, "big"))


def deposit(world: World, amount: int, permit: Permit, account: object = SIGNER) -> int:
    entry = world.entry(WETH, amount, owner=account.address)
    return int(world.vault.deposit(entry, permit, sender=account.address))


def test_a_permit_replaces_the_approval(world: World) -> None:
    world.weth.mint(SIGNER.address, 3 * WAD)
    assert deposit(world, WAD, sign(world, WAD)) == 0
    assert world.weth.allowance(SIGNER.address, world.vault) == 0
    entry = world.entry(WETH, WAD, owner=SIGNER.address)
    permit = sign(world, WAD)
    world.vault.deposit_declared(entry, WAD, 0, permit, sender=SIGNER.address)
    assert world.vault.held(WETH) == 2 * WAD


def test_a_permit_for_the_quote_when_buying(world: World) -> None:
    world.usdc.mint(SIGNER.address, 4_000 * 10**6)
    entry = world.entry(WETH, 4_000 * 10**6, owner=SIGNER.address)
    permit = sign(world, 4_000 * 10**6, token=world.usdc)
    world.vault.buy(entry, [world.leg()], WAD, LATER, permit, sender=SIGNER.address)
    assert world.vault.held(WETH) == WAD


def test_a_front_run_permit_does_not_block_the_deposit(world: World) -> None:
    world.weth.mint(SIGNER.address, WAD)
    deadline, v, r, s = permit = sign(world, WAD)
    # Somebody takes the signature out of the mempool and uses it first.
    world.weth.permit(SIGNER.address, world.vault, WAD, deadline, v, r, s, sender=world.other)
    deposit(world, WAD, permit)
    assert world.vault.held(WETH) == WAD


def test_an_expired_permit_grants_nothing(world: World) -> None:
    world.weth.mint(SIGNER.address, WAD)
    permit = sign(world, WAD, deadline=int(boa.env.timestamp) - 1)
    with boa.reverts("ERC20: allowance"):
        deposit(world, WAD, permit)


def test_a_permit_over_less_grants_no_more(world: World) -> None:
    world.weth.mint(SIGNER.address, WAD)
    with boa.reverts("ERC20: allowance"):
        deposit(world, WAD, sign(world, WAD - 1))


def test_somebody_else_s_permit_moves_none_of_his_tokens(world: World) -> None:
    world.weth.mint(SIGNER.address, WAD)
    permit = sign(world, WAD)
    with boa.reverts("ERC20: allowance"):
        deposit(world, WAD, permit, account=THIEF)
    # Not even where he has approved the vault already.
    world.weth.approve(world.vault, WAD, sender=SIGNER.address)
    with boa.reverts("ERC20: allowance"):
        deposit(world, WAD, permit, account=THIEF)
    entry = world.entry(WETH, WAD, owner=SIGNER.address)
    with boa.reverts("not the owner"):
        world.vault.deposit(entry, permit, sender=THIEF.address)
    assert world.weth.balanceOf(SIGNER.address) == WAD


def test_without_a_permit_the_token_s_permit_is_not_called(world: World) -> None:
    token = boa.loads(PHANTOM)
    asset = list_asset(world, token)
    token.mint(world.depositor, WAD)
    token.approve(world.vault, WAD, sender=world.depositor)
    entry = (asset, WAD, 0, HOLD_HASH, 0, world.depositor)
    world.vault.deposit_declared(entry, 0, 0, NO_PERMIT, sender=world.depositor)
    assert token.calls() == 0


def test_a_phantom_permit_is_worth_nothing(world: World) -> None:
    token = boa.loads(PHANTOM)
    asset = list_asset(world, token)
    for account in (world.depositor, world.other):
        token.mint(account, WAD)
    # The victim has approved the vault; the attacker relies on a permit that "succeeds".
    token.approve(world.vault, WAD, sender=world.depositor)
    entry = (asset, WAD, 0, HOLD_HASH, 0, world.other)
    permit = (LATER, 27, b"\1" * 32, b"\1" * 32)
    with pytest.raises(boa.BoaError):
        world.vault.deposit_declared(entry, 0, 0, permit, sender=world.other)
    assert token.balanceOf(world.depositor) == WAD
    # With an approval of his own the caller's tokens are taken, and only his.
    token.approve(world.vault, WAD, sender=world.other)
    world.vault.deposit_declared(entry, 0, 0, permit, sender=world.other)
    assert token.calls() == 1
    assert token.balanceOf(world.other) == 0
    assert token.balanceOf(world.depositor) == WAD


def test_a_token_without_permit_still_takes_an_approval(world: World) -> None:
    token = deploy("test/NoReturnToken.vy", "Old", "OLD", 6)
    asset = list_asset(world, token)
    token.mint(world.depositor, 10**6)
    token.approve(world.vault, 10**6, sender=world.depositor)
    entry = (asset, 10**6, 0, HOLD_HASH, 0, world.depositor)
    permit = (LATER, 27, b"\1" * 32, b"\1" * 32)
    world.vault.deposit_declared(entry, 0, 0, permit, sender=world.depositor)
    assert world.vault.held(asset) == 10**6
