"""EthGate before a real vault and the canonical WETH9: whose lots, whose ether, nothing kept."""

from __future__ import annotations

from dataclasses import dataclass

import boa
import pytest
from boa.contracts.abi.abi_contract import ABIContract
from boa.contracts.vyper.vyper_contract import VyperContract

from tests.contracts.uniswap import deploy_weth9, force_ether
from tests.contracts.world import (
    COHORT_CAP,
    DAY,
    ETH_USD,
    MAX,
    MIN_DEPOSIT,
    NO_ADDRESS,
    START,
    WAD,
    WSTETH,
    World,
    deploy,
)


@dataclass(frozen=True)
class Gate:
    """The gate, WETH9 and its id in the world's vault."""

    gate: VyperContract
    weth: ABIContract
    asset: int
    world: World

    def deposit(self, amount: int, *, sender: str | None = None, policy: int = 0) -> int:
        return int(
            self.gate.deposit(
                policy,
                self.world.policy_hash(policy),
                0,
                value=amount,
                sender=sender or self.world.depositor,
            )
        )

    def withdraw(self, lot: int, amount: int, to: str, *, sender: str | None = None) -> int:
        return int(self.gate.withdraw(lot, amount, to, sender=sender or self.world.depositor))

    def check_empty(self) -> None:
        """Nothing is held and nothing approved between calls."""
        assert boa.env.get_balance(self.gate.address) == 0
        assert self.weth.balanceOf(self.gate) == 0
        assert self.weth.allowance(self.gate, self.world.vault) == 0


@pytest.fixture
def gate(world: World) -> Gate:
    weth = deploy_weth9()
    asset = world.vault.list_asset(
        (weth.address, (NO_ADDRESS, 0, 0, 0, 0), MIN_DEPOSIT, COHORT_CAP), sender=world.admin
    )
    contract = deploy("periphery/EthGate.vy", world.vault, weth, asset)
    for account in (world.depositor, world.other):
        boa.env.set_balance(account, 100 * WAD)
    world.vault.set_operator(contract, True, sender=world.depositor)
    return Gate(gate=contract, weth=weth, asset=asset, world=world)


# ---------------------------------------------------------------- in
def test_ether_becomes_the_callers_lot(world: World, gate: Gate) -> None:
    lot = gate.deposit(10 * WAD, policy=world.policy)
    head, body = world.vault.lots(world.depositor, lot)
    assert body == (10 * WAD << 128) | 10 * ETH_USD * WAD
    assert head >> 144 >> 104 == gate.asset
    assert (head >> 104) & (2**40 - 1) == START
    assert head & 1 == 0
    assert world.vault.held(gate.asset) == 10 * WAD == gate.weth.balanceOf(world.vault)
    assert boa.env.get_balance(world.depositor) == 90 * WAD
    gate.check_empty()


def test_declared_basis(world: World, gate: Gate) -> None:
    lot = gate.gate.deposit_declared(
        world.policy,
        world.policy_hash(world.policy),
        3,
        9_000 * WAD,
        START - 500 * DAY,
        value=2 * WAD,
        sender=world.depositor,
    )
    head, body = world.vault.lots(world.depositor, lot)
    assert body == (2 * WAD << 128) | 9_000 * WAD
    assert (head >> 104) & (2**40 - 1) == START - 500 * DAY
    assert head & 1 == 1
    assert head >> 144 & 0xFFFFFFFF == 3  # the shard
    gate.check_empty()


def test_the_vaults_own_checks_stay(world: World, gate: Gate) -> None:
    with boa.reverts("policy hash differs"):
        gate.gate.deposit(world.policy, b"\0" * 32, 0, value=WAD, sender=world.depositor)
    with boa.reverts("below minimum deposit"):
        gate.deposit(MIN_DEPOSIT - 1)
    world.vault.set_paused(1, sender=world.guardian)
    with boa.reverts("paused"):
        gate.deposit(WAD)
    assert boa.env.get_balance(world.depositor) == 100 * WAD


def test_only_for_those_who_made_it_their_operator(world: World, gate: Gate) -> None:
    with boa.reverts("not the owner"):
        gate.deposit(WAD, sender=world.other)
    lot = gate.deposit(WAD)
    world.vault.set_operator(gate.gate, False, sender=world.depositor)
    with boa.reverts("not the owner"):
        gate.withdraw(lot, MAX, world.depositor)
    # The lot is the depositor's with or without the gate.
    world.vault.withdraw(lot, gate.asset, MAX, world.depositor, sender=world.depositor)
    assert gate.weth.balanceOf(world.depositor) == WAD


# ---------------------------------------------------------------- out
def test_whole_and_part_come_out_as_ether(world: World, gate: Gate) -> None:
    lot = gate.deposit(10 * WAD)
    receiver = boa.env.generate_address("receiver")
    assert gate.withdraw(lot, 3 * WAD, receiver) == 3 * WAD
    assert boa.env.get_balance(receiver) == 3 * WAD
    assert world.vault.lots(world.depositor, lot)[1] >> 128 == 7 * WAD
    assert gate.withdraw(lot, MAX, world.depositor) == 7 * WAD
    assert boa.env.get_balance(world.depositor) == 97 * WAD
    assert world.vault.lots(world.depositor, lot) == (0, 0)
    gate.check_empty()


def test_nobody_else_withdraws_through_it(world: World, gate: Gate) -> None:
    """Both use the gate; each can reach only his own lots, whatever number he names."""
    gate.deposit(10 * WAD)
    world.vault.set_operator(gate.gate, True, sender=world.other)
    with boa.reverts("no such lot"):
        gate.withdraw(0, MAX, world.other, sender=world.other)
    gate.deposit(WAD, sender=world.other)
    assert gate.withdraw(0, MAX, world.other, sender=world.other) == WAD
    assert world.vault.lots(world.depositor, 0)[1] >> 128 == 10 * WAD


def test_no_receiver(world: World, gate: Gate) -> None:
    lot = gate.deposit(WAD)
    with boa.reverts("gate: no receiver"):
        gate.withdraw(lot, MAX, NO_ADDRESS)


def test_a_receiver_that_refuses_ether(world: World, gate: Gate) -> None:
    lot = gate.deposit(WAD)
    with boa.reverts("gate: receiver refused"):
        gate.withdraw(lot, MAX, world.adapter.address)
    assert world.vault.lots(world.depositor, lot)[1] >> 128 == WAD


def test_a_receiver_that_comes_back(world: World, gate: Gate) -> None:
    """A contract that owns lots and asks for more while it is being paid gets its payment only."""
    wallet = boa.loads(_WALLET, gate.gate)
    boa.env.set_balance(wallet.address, 2 * WAD)
    wallet.execute(world.vault, world.vault.set_operator.prepare_calldata(gate.gate, True), 0)
    deposit = gate.gate.deposit.prepare_calldata(0, world.policy_hash(0), 0)
    for _ in range(2):
        wallet.execute(gate.gate, deposit, WAD)
    wallet.execute(gate.gate, gate.gate.withdraw.prepare_calldata(0, MAX, wallet.address), 0)
    assert wallet.called() and not wallet.last_success()
    assert boa.env.get_balance(wallet.address) == WAD
    assert world.vault.lots(wallet, 1)[1] >> 128 == WAD


_WALLET = """
gate: address
called: public(bool)
last_success: public(bool)

@deploy
def __init__(gate: address):
    self.gate = gate

@external
@payable
def __default__():
    self.called = True
    self.last_success = raw_call(
        self.gate,
        abi_encode(
            convert(1, uint256), max_value(uint256), self,
            method_id=method_id("withdraw(uint256,uint256,address)"),
        ),
        revert_on_failure=False,
    )

@external
def execute(target: address, data: Bytes[1024], amount: uint256):
    raw_call(target, data, value=amount)
"""


def test_a_lot_that_was_harvested_is_not_ether_any_more(world: World, gate: Gate) -> None:
    lot = gate.deposit(10 * WAD, policy=world.policy)
    world.adapter.set_rate(gate.weth, world.wsteth, 10, 12)
    boa.env.time_travel(seconds=2 * DAY)
    world.set_eth(3_000)
    world.harvest([world.key(lot)], WSTETH)
    with boa.reverts("lot of another asset"):
        gate.withdraw(lot, MAX, world.depositor)


# ---------------------------------------------------------------- the edges
def test_stray_ether(world: World, gate: Gate) -> None:
    """Sent by mistake: refused. Forced in: changes nobody's payment and belongs to nobody."""
    with boa.reverts("gate: call deposit"):
        gate.gate.__default__(sender=world.depositor, value=WAD)
    force_ether(gate.gate.address, 5 * WAD)
    boa.env.set_balance(world.other, 100 * WAD)
    gate.weth.deposit(value=WAD, sender=world.other)
    gate.weth.transfer(gate.gate, WAD, sender=world.other)
    lot = gate.deposit(10 * WAD)
    assert gate.withdraw(lot, MAX, world.depositor) == 10 * WAD
    assert boa.env.get_balance(world.depositor) == 100 * WAD
    assert boa.env.get_balance(gate.gate.address) == 5 * WAD
    assert gate.weth.balanceOf(gate.gate) == WAD


def test_the_wrong_asset_id(world: World, gate: Gate) -> None:
    for weth, asset in ((gate.weth, 0), (gate.weth, gate.asset + 1), (NO_ADDRESS, gate.asset + 1)):
        with boa.reverts("gate: not the vault's asset"):
            deploy("periphery/EthGate.vy", world.vault, weth, asset)
