"""The client on a real chain: what it does, what it refuses before the chain would (and that then
nothing was sent), and what a revert becomes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.life import DAY, EAGER, STANDARD, WAD, World, world
from vaultsdk.chain import write_calls
from vaultsdk.chain.ether import EtherGate
from vaultsdk.chain.node import connect
from vaultsdk.chain.receipts import DepositReceipt
from vaultsdk.chain.refusals import NoFundsError
from vaultsdk.chain.rpc import NodeDownError, NodeError
from vaultsdk.chain.sending import TransactionPendingError, Transactor
from vaultsdk.chain.signers import LocalSigner, SignerError, UnlockedSigner
from vaultsdk.chain.vault import Vault
from vaultsdk.chain.write_calls import ClaimTerms, Entry, Leg, LotAmount
from vaultsdk.chain.writes import Funding, SplitDepositError
from vaultsdk.core import errors as e
from vaultsdk.core.deployment import DeploymentError
from vaultsdk.core.model import ZERO_ADDRESS
from vaultsdk.core.policy import Policy
from vaultsdk.core.words import ANY
from vaultsdk.devnet.accounts import private_key, role_index
from vaultsdk.devnet.launch import Devnet

pytestmark = pytest.mark.anvil

POLICY = Policy(
    mask=0b011,
    min_loss=700,
    max_cost=1500,
    max_slippage=200,
    max_fee=25,
    min_hold_days=5,
    tax_value=2500,
)
NOBODY = "0x1111111111111111111111111111111111111111"


@pytest.fixture
def w(devnet: Devnet) -> World:
    return world(devnet)


@pytest.fixture
def one(w: World) -> UnlockedSigner:
    return w.signer("depositor_0")


@pytest.fixture
def two(w: World) -> UnlockedSigner:
    return w.signer("depositor_1")


# ---------------------------------------------------------------- what it does
def test_a_deposit_at_the_oracles_price(w: World, one: UnlockedSigner) -> None:
    price = w.vault.price("WETH")
    receipt = w.vault.deposit(one, "WETH", 3 * WAD, STANDARD)
    assert (receipt.lot, receipt.units, receipt.basis) == (0, 3 * WAD, 3 * price)
    assert receipt.opened.source == 2
    assert receipt.fee == receipt.gas_used * receipt.gas_price > 0
    row = w.vault.lot(one.address, 0)
    assert (row.units, row.basis, row.acquired_at) == (3 * WAD, 3 * price, receipt.timestamp)
    assert row.lot.key == receipt.key
    assert w.vault.cohort(row.key).units == 3 * WAD == w.vault.held("WETH")
    (cohort,) = w.vault.cohorts([row.key])
    assert cohort.policy == w.vault.policy(STANDARD)
    # Exactly the amount was approved: nothing is left for anybody to take.
    weth = w.devnet.deployment.asset("WETH").address
    assert int.from_bytes(w.vault.node.call(weth, _allowance(one.address, w.vault.address))) == 0


def test_reads_at_an_earlier_block_see_that_block(w: World, one: UnlockedSigner) -> None:
    w.vault.deposit(one, "WETH", WAD)
    node = w.vault.node
    number, block_hash = node.block_number(), node.block()["hash"]
    w.vault.withdraw(one, 0)
    assert w.vault.lots(one.address) == []
    for block in (number, block_hash):
        assert [row.units for row in w.vault.lots(one.address, block=block)] == [WAD]
        assert w.vault.held(0, block) == WAD
    with pytest.raises(e.NoSuchLotError):
        w.vault.lot(one.address, 0)
    assert [r.exists for r in w.vault.lots(one.address, include_closed=True)] == [False]


def test_a_permit_spares_the_approval(w: World, one: UnlockedSigner) -> None:
    local = LocalSigner.from_key(private_key(role_index("depositor_0")))
    assert local.address == one.address
    for number, signer in enumerate((one, local)):
        before = _sent(w, one.address)
        receipt = w.vault.deposit(signer, "wstETH", WAD, 1, funding=Funding.PERMIT)
        assert receipt.lot == number
        assert _sent(w, one.address) == before + 1
    receipt = w.vault.buy(
        local,
        "WETH",
        5_000 * 10**6,
        [w.leg("USDC", 500, "WETH")],
        WAD,
        funding=Funding.PERMIT,
    )
    assert receipt.bought.quote_amount == 5_000 * 10**6
    assert receipt.basis == 5_000 * WAD


def test_a_deposit_above_the_cap_becomes_several_lots(devnet: Devnet) -> None:
    w = world(devnet, whole=3_000)
    signer = w.signer("depositor_0")
    receipts = w.vault.deposit_split(signer, "WETH", 2_500 * WAD + 1, basis=10**7 * WAD + 2)
    assert [receipt.lot for receipt in receipts] == [0, 1, 2]
    assert sum(receipt.units for receipt in receipts) == 2_500 * WAD + 1
    assert sum(receipt.basis for receipt in receipts) == 10**7 * WAD + 2
    assert len({receipt.key for receipt in receipts}) == 3
    assert all(w.vault.cohort(r.key.pack()).units <= 1_000 * WAD for r in receipts)


def test_a_split_deposit_that_stops_says_what_exists(w: World, one: UnlockedSigner) -> None:
    """The vault is paused between the parts: nothing else stops a deposit that was checked."""

    class Paused(Vault):
        def deposit(self, *args: Any, **kwargs: Any) -> DepositReceipt:
            receipt = super().deposit(*args, **kwargs)
            self.send(write_calls.set_paused(self.address, 1), w.signer("guardian"))
            return receipt

    vault = Paused(w.devnet.deployment, w.vault.node)
    limits = w.vault.limits("WETH")
    _timelocked(w, write_calls.set_limits(w.vault.address, 0, limits.min_deposit, 300 * WAD))
    with pytest.raises(SplitDepositError, match=r"only lots 0 of 3 were opened") as caught:
        vault.deposit_split(one, "WETH", 900 * WAD)
    assert [receipt.lot for receipt in caught.value.done] == [0]
    assert isinstance(caught.value.__cause__, e.VaultPausedError)


def test_withdraw_sell_and_change_policy_by_parts(w: World, one: UnlockedSigner) -> None:
    vault = w.vault
    vault.deposit(one, "WETH", 10 * WAD, STANDARD, basis=30_000 * WAD)
    part = vault.withdraw(one, 0, 2 * WAD, to=NOBODY)
    assert (part.units, part.reductions[0].basis) == (2 * WAD, 6_000 * WAD)
    weth = w.devnet.deployment.asset("WETH").address
    assert vault.balance(weth, NOBODY) == 2 * WAD

    usdc = w.devnet.deployment.quote.address
    before = vault.balance(usdc, one.address)
    sale = vault.sell(one, [LotAmount(0, 3 * WAD)], [w.leg("WETH", 500, "USDC")], 1)
    assert vault.balance(usdc, one.address) - before == sale.quote_amount > 12_000 * 10**6
    assert (sale.sold.units, sale.sold.count) == (3 * WAD, 1)

    moved = vault.change_policy(one, 0, EAGER, WAD)
    assert (moved.lot, moved.key.policy) == (1, EAGER)
    whole = vault.change_policy(one, 0, 0)
    assert (whole.lot, whole.key.policy, whole.key.band) == (0, 0, 0)
    rows = {row.number: row for row in vault.lots(one.address)}
    assert (rows[0].units, rows[1].units) == (4 * WAD, WAD)
    assert rows[0].basis + rows[1].basis == 15_000 * WAD

    both = vault.withdraw_many(one, [LotAmount(0), LotAmount(1)])
    assert both.units == 5 * WAD
    assert vault.lots(one.address) == []


def test_after_a_harvest_a_lot_is_what_it_became(w: World, one: UnlockedSigner) -> None:
    vault = w.vault
    vault.deposit(one, "WETH", 2 * WAD, EAGER)
    w.fall("0.7")
    number = w.harvest("WETH", "wstETH", 100, EAGER)
    row = vault.lot(one.address, 0)
    assert (row.hops, row.asset, row.stored.asset) == (1, 1, 0)
    (hop,) = vault.lot_history(one.address, 0)
    harvest = vault.harvest_of(number)
    assert hop.units_received == row.units == 2 * WAD * harvest.proceeds // harvest.sold
    assert (hop.total_sold, hop.total_proceeds) == (harvest.sold, harvest.proceeds)
    assert hop.gain < 0
    assert vault.harvests() == {1: harvest}
    # A part names the asset as it is now, and what it was is refused before anything is sent.
    with pytest.raises(e.WrongAssetError):
        vault.withdraw(one, 0, WAD, asset="WETH")
    assert vault.roll(w.signer("depositor_2"), one.address, 0).hops == 1
    assert vault.lot(one.address, 0).hops == 0
    assert vault.withdraw(one, 0, WAD).withdrawn.asset == 1


def test_offer_and_claim(w: World, one: UnlockedSigner, two: UnlockedSigner) -> None:
    vault = w.vault
    vault.deposit(one, "WETH", 2 * WAD, basis=9_000 * WAD, acquired_at=1_500_000_000)
    with pytest.raises(e.NoSuchOfferError):
        vault.claim(two, one.address, 0)
    first = vault.offer(one, 0, two.address)
    second = vault.offer(one, 0, two.address)
    assert second.nonce == first.nonce + 1
    with pytest.raises(e.NoSuchOfferError):
        vault.claim(two, one.address, 0, nonce=first.nonce)
    with pytest.raises(e.NoSuchOfferError):
        vault.claim(w.signer("depositor_2"), one.address, 0)
    seen = ClaimTerms.of(vault.lot(one.address, 0).lot)._replace(basis=1)
    with pytest.raises(e.TransferTermsChangedError):
        vault.claim(two, one.address, 0, terms=seen)
    assert vault.lot(one.address, 0).offer == vault.offer_of(one.address, 0)
    receipt = vault.claim(two, one.address, 0)
    assert receipt.lot == 0
    lot = vault.lot(two.address, 0).lot
    assert (lot.basis, lot.acquired_at, lot.declared) == (9_000 * WAD, 1_500_000_000, True)
    vault.offer(two, 0, one.address)
    vault.offer(two, 0, ZERO_ADDRESS)
    assert vault.offer_of(two.address, 0) is None


def test_a_policy_is_created_once(w: World, one: UnlockedSigner, two: UnlockedSigner) -> None:
    vault = w.vault
    assert vault.policy_id(POLICY) is None
    number, receipt = vault.create_policy(one, POLICY)
    assert receipt is not None and vault.policy(number) == POLICY
    assert vault.policy_id(POLICY) == number
    assert vault.policies()[number] == POLICY
    before = _sent(w, two.address)
    assert vault.create_policy(two, POLICY) == (number, None)
    assert vault.create_policy(two, Policy.hold()) == (0, None)
    assert _sent(w, two.address) == before


def test_an_operator_acts_for_the_owner(w: World, one: UnlockedSigner, two: UnlockedSigner) -> None:
    vault = w.vault
    with pytest.raises(e.NotPermittedError):
        vault.deposit(two, "WETH", WAD, owner=one.address)
    vault.set_operator(one, two.address)
    assert vault.deposit(two, "WETH", WAD, owner=one.address).opened.owner == one.address
    assert vault.withdraw(two, 0, owner=one.address).withdrawn.to == one.address
    vault.set_operator(one, two.address, False)
    assert not vault.is_operator(one.address, two.address)


def test_ether_goes_in_and_out_through_the_gate(w: World, one: UnlockedSigner) -> None:
    gate = EtherGate(w.vault)
    with pytest.raises(e.NotPermittedError, match="set_operator"):
        gate.deposit(one, WAD)
    gate.allow(one)
    price = w.vault.price("WETH")
    receipt = gate.deposit(one, 2 * WAD, STANDARD)
    assert (receipt.units, receipt.basis) == (2 * WAD, 2 * price)
    declared = gate.deposit(one, WAD, basis=7 * WAD, acquired_at=1_500_000_000)
    assert (declared.opened.owner, declared.basis) == (one.address, 7 * WAD)
    out = gate.withdraw(one, receipt.lot, WAD // 2, to=NOBODY)
    assert out.units == WAD // 2
    assert int(w.vault.node.request("eth_getBalance", NOBODY, "latest"), 16) == WAD // 2
    with pytest.raises(e.BelowMinimumDepositError):
        gate.deposit(one, 10**15)
    with pytest.raises(e.AmountTooLargeError):
        gate.withdraw(one, receipt.lot, 2 * WAD)
    w.vault.deposit(one, "rETH", WAD)
    with pytest.raises(e.WrongAssetError):
        gate.withdraw(one, 2)
    gate.allow(one, False)
    with pytest.raises(e.NotPermittedError):
        gate.withdraw(one, 0)
    with pytest.raises(DeploymentError, match="no ETH gate"):
        EtherGate(Vault(w.devnet.deployment.model_copy(update={"eth_gate": None}), w.vault.node))


def test_the_admin_acts_through_the_timelock(w: World) -> None:
    _timelocked(w, write_calls.set_limits(w.vault.address, 0, 5, 7 * WAD))
    limits = w.vault.limits("WETH")
    assert (limits.min_deposit, limits.cohort_cap) == (5, 7 * WAD)


# ---------------------------------------------------------------- what it refuses
Refusing = Callable[[World, UnlockedSigner], object]


def _leg(w: World) -> list[Leg]:
    return [w.leg("WETH", 500, "USDC")]


REFUSED: dict[str, tuple[Refusing, type[Exception], str]] = {
    "below the minimum": (
        lambda w, s: w.vault.deposit(s, "WETH", 10**15),
        e.BelowMinimumDepositError,
        r"amount is 0\.001, limit 0\.01",
    ),
    "nothing": (lambda w, s: w.vault.deposit(s, "WETH", 0), e.BelowMinimumDepositError, "amount"),
    "above the cap": (
        lambda w, s: w.vault.deposit(s, "WETH", 1_001 * WAD),
        e.CohortsFullError,
        "1001 is above the cohort cap of 1000 .* split",
    ),
    "an unknown id": (
        lambda w, s: w.vault.deposit(s, 17, WAD),
        e.NotListedError,
        r"listed 0, 1, 2, asset is 17",
    ),
    "an unknown symbol": (
        lambda w, s: w.vault.deposit(s, "DOGE", WAD),
        DeploymentError,
        "asset DOGE is not listed",
    ),
    "an impossible id": (lambda w, s: w.vault.deposit(s, 128, WAD), e.NotListedError, "128"),
    "an unknown policy": (
        lambda w, s: w.vault.deposit(s, "WETH", WAD, 44),
        e.PolicyMismatchError,
        "policy is 44, limit 3",
    ),
    "the future": (
        lambda w, s: w.vault.deposit(s, "WETH", WAD, basis=1, acquired_at=2**39),
        e.OutOfRangeError,
        "acquired",
    ),
    "a shard too far": (
        lambda w, s: w.vault.deposit(s, "WETH", WAD, shard=2**31 - 8),
        e.OutOfRangeError,
        "shard",
    ),
    "more than he allowed": (
        lambda w, s: w.vault.deposit(s, "WETH", WAD, funding=Funding.ALLOWANCE),
        e.TokenMisbehavedError,
        "allowance is 1, limit 0",
    ),
    "more than he has": (
        lambda w, s: w.vault.deposit(s, "WETH", 999 * WAD),
        NoFundsError,
        "has 998 of token .* but 999 are needed",
    ),
    "a poor sender": (
        lambda w, s: w.vault.deposit(w.signer("depositor_9"), "wstETH", WAD),
        NoFundsError,
        "has 0 of token",
    ),
    "a permit of a token without": (
        lambda w, s: w.vault.deposit(s, "WETH", WAD, funding=Funding.PERMIT),
        e.LotvaultError,
        "no permit",
    ),
    "a policy beyond the bounds": (
        lambda w, s: w.vault.create_policy(s, POLICY.model_copy(update={"max_fee": 101})),
        e.PolicyError,
        r"max_fee is 101 bps .* at most 100 bps",
    ),
    "a policy into nothing listed": (
        lambda w, s: w.vault.create_policy(s, POLICY.model_copy(update={"mask": 8})),
        e.PolicyError,
        "asset 3 of the policy's mask",
    ),
    "a lot that is not there": (
        lambda w, s: w.vault.withdraw(s, 5),
        e.NoSuchLotError,
        "lot 5",
    ),
    "more than a lot has": (
        lambda w, s: w.vault.withdraw(s, 0, 3 * WAD),
        e.AmountTooLargeError,
        "amount is 3, limit 2",
    ),
    "more than a lot has, in two parts": (
        lambda w, s: w.vault.withdraw_many(s, [LotAmount(0, WAD), LotAmount(0, 2 * WAD)]),
        e.AmountTooLargeError,
        "amount is 2, limit 1",
    ),
    "a part of nothing": (lambda w, s: w.vault.withdraw(s, 0, 0), e.OutOfRangeError, "amount is 0"),
    "lots of two assets": (
        lambda w, s: w.vault.withdraw_many(s, [LotAmount(0), LotAmount(1)]),
        e.WrongAssetError,
        "lot 1 is of asset 1",
    ),
    "a stranger's lot": (
        lambda w, s: w.vault.withdraw(w.signer("depositor_1"), 0, owner=s.address),
        e.NotPermittedError,
        "operator",
    ),
    "the vault as receiver": (
        lambda w, s: w.vault.withdraw(s, 0, to=w.vault.address),
        e.BadRecipientError,
        "vault",
    ),
    "an adapter of his own": (
        lambda w, s: w.vault.sell(s, [LotAmount(0)], [Leg(NOBODY, 0, b"")], 1),
        e.NotListedError,
        "adapter",
    ),
    "a sale below his limit": (
        lambda w, s: w.vault.sell(s, [LotAmount(0)], _leg(w), 10**12),
        e.SlippageExceededError,
        "min_out",
    ),
    "a deadline gone by": (
        lambda w, s: w.vault.sell(s, [LotAmount(0)], _leg(w), 1, deadline=5),
        e.DeadlinePassedError,
        "deadline is 5",
    ),
    "a part below the minimum to another policy": (
        lambda w, s: w.vault.change_policy(s, 0, EAGER, 1),
        e.BelowMinimumDepositError,
        "limit 0.01",
    ),
    "a policy change of nobody's lot": (
        lambda w, s: w.vault.change_policy(s, 9, EAGER),
        e.NoSuchLotError,
        "lot 9",
    ),
    "a harvest without the role": (
        lambda w, s: w.vault.harvest(
            s, [1], 1, _leg(w), min_rate=1, min_sold=1, fee_bps=0, deadline=2**40
        ),
        e.NotPermittedError,
        "role",
    ),
    "an admin's call": (
        lambda w, s: w.vault.send(write_calls.set_bucket(w.vault.address, 1), s),
        e.NotPermittedError,
        "admin",
    ),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_is_refused_and_nothing_is_sent(
    w: World, one: UnlockedSigner, case: tuple[Refusing, type[Exception], str]
) -> None:
    act, kind, message = case
    w.vault.deposit(one, "WETH", 2 * WAD)
    w.vault.deposit(one, "wstETH", WAD)
    before = w.vault.node.block_number()
    with pytest.raises(kind, match=message) as caught:
        act(w, one)
    assert "\n" not in str(caught.value)
    assert w.vault.node.block_number() == before, "something was sent"


def test_a_full_cohort_takes_the_next_shard_and_a_named_one_not(devnet: Devnet) -> None:
    w = world(devnet, whole=12_000)
    signer = w.signer("depositor_0")
    keys = [w.vault.deposit(signer, "WETH", 600 * WAD).key for _ in range(10)]
    assert [key.seq for key in keys] == list(range(10))
    with pytest.raises(e.CohortsFullError, match="cohort cap is 600, limit 1000"):
        w.vault.deposit(signer, "WETH", 600 * WAD, shard=1)
    assert w.vault.deposit(signer, "WETH", 600 * WAD, shard=4).key.seq == 10


def test_a_late_feed_is_named_with_its_age(w: World, one: UnlockedSigner) -> None:
    vault = w.vault
    vault.deposit(one, "WETH", WAD)
    mover = w.devnet.mover()
    w.devnet.rpc.call("evm_setNextBlockTimestamp", mover.now() + 3 * DAY)
    w.devnet.rpc.call("evm_mine")
    with pytest.raises(
        e.PriceUnavailableError, match=r"the feed of base .* stale \(age 2592\d\d"
    ) as c:
        vault.deposit(one, "WETH", WAD)
    assert c.value.limit == DAY and isinstance(c.value.value, int) and c.value.value > 2 * DAY
    with pytest.raises(e.PriceUnavailableError, match="feed stale"):
        vault.price("WETH")
    # A declared basis needs no feed, and no feed stops a way out.
    vault.deposit(one, "WETH", WAD, basis=WAD)
    vault.withdraw(one, 0)
    vault.sell(one, [LotAmount(1)], _leg(w), 1)


def test_pauses_stop_ways_in_only(w: World, one: UnlockedSigner) -> None:
    vault = w.vault
    vault.deposit(one, "WETH", WAD)
    vault.send(write_calls.set_paused(vault.address, 3), w.signer("guardian"))
    with pytest.raises(e.VaultPausedError):
        vault.deposit(one, "WETH", WAD)
    vault.withdraw(one, 0)


# ---------------------------------------------------------------- what a revert becomes
def test_reverts_are_told_with_the_chains_limits(w: World, one: UnlockedSigner) -> None:
    """Sent past the client's own checks, as when the chain moves between check and block."""
    vault = w.vault
    vault.deposit(one, "WETH", 2 * WAD)
    hashed = Policy.hold().hash()

    def deposit(amount: int, policy: int = 0) -> object:
        entry = Entry(0, amount, policy, hashed, 0, one.address)
        return vault.send(write_calls.deposit(vault.address, entry), one)

    weth = w.devnet.deployment.asset("WETH").address
    vault.send(write_calls.approve(weth, vault.address, ANY), one)
    with pytest.raises(e.BelowMinimumDepositError) as small:
        deposit(10**15)
    assert (small.value.limit, small.value.value) == (10**16, 10**15)
    _timelocked(w, write_calls.set_limits(vault.address, 0, 10**16, 3 * WAD))
    with pytest.raises(e.CohortsFullError) as full:
        deposit(4 * WAD)
    assert (full.value.limit, full.value.value) == (3 * WAD, 4 * WAD)
    with pytest.raises(e.PolicyMismatchError) as unknown:
        deposit(WAD, 99)
    assert (unknown.value.limit, unknown.value.value) == (3, 99)
    with pytest.raises(e.PolicyMismatchError, match="not the one meant"):
        deposit(WAD, STANDARD)
    with pytest.raises(e.AmountTooLargeError) as much:
        vault.send(write_calls.withdraw(vault.address, 0, 0, 5 * WAD, one.address), one)
    assert (much.value.limit, much.value.value) == (2 * WAD, 5 * WAD)
    with pytest.raises(e.WrongAssetError) as other:
        vault.send(write_calls.withdraw(vault.address, 0, 1, ANY, one.address), one)
    assert other.value.limit == 0
    with pytest.raises(e.NoSuchLotError, match="lot 8"):
        vault.simulate(write_calls.withdraw(vault.address, 8, 0, ANY, one.address), one.address)


def test_a_transaction_that_fails_in_its_block_says_why_and_which(
    w: World, one: UnlockedSigner
) -> None:
    call = write_calls.withdraw(w.vault.address, 3, 0, ANY, one.address)
    transactor = w.vault.transactor
    prepared = transactor.prepare(call, one.address, gas=200_000)
    tx_hash = transactor.submit(one.sign_transaction(w.vault.node, prepared))
    assert transactor.wait(tx_hash)["status"] == "0x0"

    class Unestimated(Transactor):
        def execute(self, call: Any, signer: Any, gas: int | None = None) -> dict[str, Any]:
            return super().execute(call, signer, 200_000)

    w.vault.transactor = Unestimated(w.vault.node)
    with pytest.raises(e.NoSuchLotError, match=r"no such lot.*\[transaction 0x"):
        w.vault.send(call, one)


def test_a_transaction_that_is_not_mined_is_not_sent_again(
    w: World, one: UnlockedSigner, quiet: None
) -> None:
    vault = w.vault
    vault.transactor.timeout = 0.2
    with pytest.raises(TransactionPendingError, match="look it up before") as caught:
        vault.set_operator(one, NOBODY)
    w.devnet.rpc.call("evm_mine")
    assert vault.transactor.wait(caught.value.tx_hash)["status"] == "0x1"
    assert vault.is_operator(one.address, NOBODY)


@pytest.fixture
def quiet(devnet: Devnet) -> Iterator[None]:
    """No block is made until the test asks for one."""
    devnet.rpc.call("evm_setAutomine", False)
    yield
    devnet.rpc.call("evm_setAutomine", True)


# ---------------------------------------------------------------- keys and nodes
def test_a_key_without_ether(w: World) -> None:
    stranger = LocalSigner.from_key("0x" + "77" * 32)
    with pytest.raises(NoFundsError, match=r"has 0 ether, .*: send it some"):
        w.vault.set_operator(stranger, NOBODY)


def test_an_account_that_the_node_cannot_sign_for(w: World) -> None:
    w.devnet.rpc.call("anvil_setBalance", NOBODY, hex(WAD))
    with pytest.raises(SignerError, match="give --key-file or --keystore"):
        w.vault.set_operator(UnlockedSigner(NOBODY), w.vault.address)


def test_no_node_another_chain_or_none_of_its_files(devnet: Devnet, tmp_path: Path) -> None:
    deployment = devnet.deployment
    with pytest.raises(NodeDownError, match=r"no node answers at http://127\.0\.0\.1:9"):
        connect("http://127.0.0.1:9", deployment)
    with pytest.raises(NodeError, match="not a node's URL"):
        connect("localhost:8545", deployment)
    with pytest.raises(DeploymentError, match="is for chain 5 but the RPC is chain 31337"):
        connect(devnet.url, deployment.model_copy(update={"chain_id": 5}))
    with pytest.raises(DeploymentError, match="genesis block differs"):
        connect(devnet.url, deployment.model_copy(update={"genesis_hash": "0x" + "00" * 32}))
    with pytest.raises(DeploymentError, match="names no lens"):
        Vault(deployment.model_copy(update={"lens": None}), connect(devnet.url, deployment))
    wrong = deployment.model_copy(update={"vault": NOBODY, "lens": NOBODY})
    with pytest.raises(NodeError, match="deployment file"):
        Vault(wrong, connect(devnet.url, deployment)).state()


# ---------------------------------------------------------------- helpers
def _sent(w: World, account: str) -> int:
    return int(w.vault.node.request("eth_getTransactionCount", account, "latest"), 16)


def _allowance(owner: str, spender: str) -> bytes:
    from vaultsdk.chain.calls import static_call

    return static_call("allowance(address,address)", owner, spender)


def _timelocked(w: World, call: write_calls.Call) -> None:
    """Let the admin loosen a setting: announce, wait, execute; feeds and clock stay as they were
    before, as far as the vault's limits are concerned."""
    deployment = w.devnet.deployment
    assert deployment.timelock is not None
    admin, delay = w.signer("admin"), 2 * DAY
    w.vault.send(write_calls.timelock_schedule(deployment.timelock, call, delay), admin)
    w.fall("1", days=3)
    w.vault.send(write_calls.timelock_execute(deployment.timelock, call), admin)
