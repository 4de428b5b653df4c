"""Call data against the packaged ABI and eth-abi's generic encoder: same selector, same bytes."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_utils.abi import function_abi_to_4byte_selector, get_abi_input_types
from hypothesis import given
from hypothesis import strategies as st

from vaultsdk.chain import calls, write_calls
from vaultsdk.chain.artifacts import load_artifact
from vaultsdk.chain.calls import Read
from vaultsdk.chain.write_calls import (
    AssetConfig,
    Call,
    ClaimTerms,
    Entry,
    FeedConfig,
    Leg,
    LotAmount,
    Permit,
)
from vaultsdk.core.errors import HarvestRefusedError, LotvaultError, OutOfRangeError
from vaultsdk.core.lot import OfferKind
from vaultsdk.core.policy import Policy

VAULT = "0xabababababababababababababababababababab"
LENS = "0x1111111111111111111111111111111111111111"
OWNER = "0x2222222222222222222222222222222222222222"
OTHER = "0x3333333333333333333333333333333333333333"
U256 = 2**256 - 1
uint = st.integers(0, U256)
POLICY = Policy(
    mask=3,
    min_loss=500,
    max_cost=1000,
    max_slippage=100,
    max_fee=20,
    min_hold_days=31,
    tax_value=3000,
)

TOKEN_SIGNATURES = {
    "balanceOf": "balanceOf(address)",
    "allowance": "allowance(address,address)",
    "nonces": "nonces(address)",
    "DOMAIN_SEPARATOR": "DOMAIN_SEPARATOR()",
}


def functions(contract: str) -> dict[bytes, dict[str, Any]]:
    abi = load_artifact(contract).abi
    return {
        bytes(function_abi_to_4byte_selector(item)): item  # type: ignore[arg-type]
        for item in abi
        if item["type"] == "function"
    }


VAULT_FUNCTIONS, LENS_FUNCTIONS = functions("LotVault"), functions("LotLens")


def same(known: dict[bytes, dict[str, Any]], name: str, data: bytes, *values: Any) -> None:
    item = known[data[:4]]
    assert item["name"] == name
    assert data[4:] == encode(get_abi_input_types(item), values)  # type: ignore[arg-type]


@given(number=uint, lot=uint)
def test_reads_of_the_vault_encode_as_the_abi_says(number: int, lot: int) -> None:
    expected: list[tuple[Read[Any], str, tuple[Any, ...]]] = [
        (calls.lot_words(VAULT, OWNER, lot), "lots", (OWNER, lot)),
        (calls.lot_count(VAULT, OWNER), "lot_count", (OWNER,)),
        (calls.cohort(VAULT, number), "cohorts", (number,)),
        (calls.harvest(VAULT, number), "harvests", (number,)),
        (calls.harvest_count(VAULT), "harvest_count", ()),
        (calls.policy(VAULT, number), "policies", (number,)),
        (calls.policy_count(VAULT), "policy_count", ()),
        (calls.policy_id(VAULT, number), "policy_id", (number,)),
        (calls.held(VAULT, number), "held", (number,)),
        (calls.asset(VAULT, number), "asset_words", (number,)),
        (calls.limits(VAULT, number), "limits_words", (number,)),
        (calls.feed(VAULT, number), "feed_words", (number,)),
        (calls.answer_bounds(VAULT, number), "answer_bounds", (number,)),
        (calls.read_feed(VAULT, number), "read_feed", (number,)),
        (calls.price(VAULT, number), "price", (number,)),
        (calls.bucket(VAULT), "bucket_word", ()),
        (calls.config(VAULT), "config_word", ()),
        (calls.is_adapter(VAULT, OTHER), "adapters", (OTHER,)),
        (calls.roles(VAULT, OTHER), "roles", (OTHER,)),
        (calls.offer(VAULT, OWNER, lot), "offers", (OWNER, lot)),
        (calls.is_operator(VAULT, OWNER, OTHER), "operators", (OWNER, OTHER)),
    ]
    for read, name, values in expected:
        assert read.to == VAULT
        same(VAULT_FUNCTIONS, name, read.data, *values)


@given(start=uint, n=uint, keys=st.lists(uint, max_size=5))
def test_reads_of_the_lens_encode_as_the_abi_says(start: int, n: int, keys: list[int]) -> None:
    expected: list[tuple[Read[Any], str, tuple[Any, ...]]] = [
        (calls.lots_page(LENS, VAULT, OWNER, start, n), "lots_page", (VAULT, OWNER, start, n)),
        (calls.lot_history(LENS, VAULT, OWNER, start, n), "lot_history", (VAULT, OWNER, start, n)),
        (calls.cohorts_by_key(LENS, VAULT, keys), "cohorts_by_key", (VAULT, keys)),
        (calls.harvests_page(LENS, VAULT, start, n), "harvests_page", (VAULT, start, n)),
        (calls.policies_page(LENS, VAULT, start, n), "policies_page", (VAULT, start, n)),
        (calls.assets_page(LENS, VAULT), "assets_page", (VAULT,)),
        (calls.vault_state(LENS, VAULT), "vault_state", (VAULT,)),
    ]
    for read, name, values in expected:
        assert read.to == LENS
        same(LENS_FUNCTIONS, name, read.data, *values)


@given(amount=uint, shard=uint, hashed=st.binary(min_size=32, max_size=32), v=st.integers(0, 255))
def test_writes_encode_as_the_abi_says(amount: int, shard: int, hashed: bytes, v: int) -> None:
    entry = Entry(1, amount, 2, hashed, shard, OWNER)
    permit = Permit(9, v, hashed, bytes(32))
    legs = [Leg(OTHER, 10**17, b"path"), Leg(LENS, 0, b"\x01" * 43)]
    items = [LotAmount(0, amount), LotAmount(7)]
    terms = ClaimTerms(1, amount, 3, 4, 1, 5)
    rate = FeedConfig(OTHER, 3600, 50, 1, 2)
    asset = AssetConfig(LENS, rate, 5, amount)
    expected: list[tuple[Call, str, tuple[Any, ...]]] = [
        (write_calls.deposit(VAULT, entry, permit), "deposit", (entry, permit)),
        (
            write_calls.deposit_declared(VAULT, entry, 5, 6, permit),
            "deposit_declared",
            (entry, 5, 6, permit),
        ),
        (write_calls.buy(VAULT, entry, legs, 3, 4, permit), "buy", (entry, legs, 3, 4, permit)),
        (write_calls.withdraw(VAULT, 1, 2, amount, OTHER), "withdraw", (1, 2, amount, OTHER)),
        (
            write_calls.withdraw(VAULT, 1, 2, amount, OTHER, OWNER),
            "withdraw",
            (1, 2, amount, OTHER, OWNER),
        ),
        (
            write_calls.withdraw_many(VAULT, items, 2, OTHER),
            "withdraw_many",
            (items, 2, OTHER),
        ),
        (
            write_calls.withdraw_many(VAULT, items, 2, OTHER, OWNER),
            "withdraw_many",
            (items, 2, OTHER, OWNER),
        ),
        (
            write_calls.sell(VAULT, items, 2, legs, 3, 4, OTHER),
            "sell",
            (items, 2, legs, 3, 4, OTHER),
        ),
        (
            write_calls.change_policy(VAULT, 1, 2, amount, 4, hashed, shard),
            "change_policy",
            (1, 2, amount, 4, hashed, shard),
        ),
        (write_calls.offer_lot(VAULT, 1, OTHER, OfferKind.GIFT), "offer_lot", (1, OTHER, 2)),
        (
            write_calls.claim_lot(VAULT, OWNER, 1, 2, terms),
            "claim_lot",
            (OWNER, 1, 2, terms),
        ),
        (write_calls.roll(VAULT, OWNER, 1, 2), "roll", (OWNER, 1, 2)),
        (write_calls.set_operator(VAULT, OTHER, True), "set_operator", (OTHER, True)),
        (write_calls.create_policy(VAULT, POLICY), "create_policy", (POLICY.word(),)),
        (
            write_calls.harvest(VAULT, [1, 5], 2, legs, amount, 3, 4, 5),
            "harvest",
            ([1, 5], 2, legs, amount, 3, 4, 5),
        ),
        (write_calls.set_roles(VAULT, OTHER, 4), "set_roles", (OTHER, 4)),
        (write_calls.set_paused(VAULT, 3), "set_paused", (3,)),
        (write_calls.set_listed(VAULT, 1, False), "set_listed", (1, False)),
        (write_calls.set_limits(VAULT, 1, 2, amount), "set_limits", (1, 2, amount)),
        (write_calls.set_feed(VAULT, 128, rate), "set_feed", (128, rate)),
        (write_calls.set_adapter(VAULT, OTHER, True), "set_adapter", (OTHER, True)),
        (write_calls.set_bucket(VAULT, amount), "set_bucket", (amount,)),
        (write_calls.list_asset(VAULT, asset), "list_asset", (asset,)),
    ]
    for call, name, values in expected:
        assert (call.to, call.value) == (VAULT, 0)
        same(VAULT_FUNCTIONS, name, call.data, *values)


def test_every_function_of_the_vault_has_a_builder() -> None:
    """A function that the contract gains must not be forgotten here."""
    source = inspect.getsource(calls) + inspect.getsource(write_calls)
    # Read through the lens's vault_state and assets_page instead.
    by_page = {"bounds", "quote", "quote_decimals", "sequencer", "grace", "offer_count"}
    missing = {
        item["name"] for item in VAULT_FUNCTIONS.values() if f"{item['name']}(" not in source
    }
    assert missing - by_page == set()


def test_timelock_calls_wrap_another_call() -> None:
    inner = write_calls.set_bucket(VAULT, 5)
    scheduled = write_calls.timelock_schedule(OTHER, inner, 86_400, b"\x07" * 32)
    types = ["address", "uint256", "bytes", "bytes32", "bytes32"]
    values = [VAULT, 0, inner.data, bytes(32), b"\x07" * 32]
    assert scheduled.to == OTHER
    assert scheduled.data[:4] == calls.selector(
        "schedule(address,uint256,bytes,bytes32,bytes32,uint256)"
    )
    assert scheduled.data[4:] == encode([*types, "uint256"], [*values, 86_400])
    executed = write_calls.timelock_execute(OTHER, inner, b"\x07" * 32)
    assert executed.data[4:] == encode(types, values)


@pytest.mark.parametrize(
    ("build", "error"),
    [
        (lambda: write_calls.withdraw_many(VAULT, [], 0, OTHER), LotvaultError),
        (
            lambda: write_calls.withdraw_many(VAULT, [LotAmount(i) for i in range(33)], 0, OTHER),
            OutOfRangeError,
        ),
        (lambda: write_calls.sell(VAULT, [LotAmount(1)], 0, [], 0, 0, OTHER), LotvaultError),
        (lambda: write_calls.check_legs([Leg(OTHER, 0, b"")] * 5), OutOfRangeError),
        (lambda: write_calls.check_legs([Leg(OTHER, 0, b"x" * 257)]), OutOfRangeError),
        (
            lambda: write_calls.check_legs([Leg(OTHER, 10**18 + 1, b""), Leg(OTHER, 0, b"")]),
            LotvaultError,
        ),
        (
            lambda: write_calls.harvest(VAULT, [5, 1], 0, [Leg(OTHER, 0, b"")], 0, 0, 0, 0),
            HarvestRefusedError,
        ),
        (
            lambda: write_calls.harvest(VAULT, [5, 5], 0, [Leg(OTHER, 0, b"")], 0, 0, 0, 0),
            HarvestRefusedError,
        ),
        (
            lambda: write_calls.harvest(VAULT, range(65), 0, [Leg(OTHER, 0, b"")], 0, 0, 0, 0),
            OutOfRangeError,
        ),
    ],
)
def test_what_no_chain_would_take_is_refused(build: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        build()


def test_the_last_legs_share_is_ignored() -> None:
    write_calls.check_legs([Leg(OTHER, 10**18, b""), Leg(OTHER, 10**18, b"")])
