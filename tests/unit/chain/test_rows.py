"""Pages decoded by position against eth-abi's generic decoder, and what malformed answers do."""

from __future__ import annotations

import pytest
from eth_abi.abi import decode, encode
from hypothesis import given
from hypothesis import strategies as st

from vaultsdk.chain import rows
from vaultsdk.chain.rows import CohortRow, FeedState, LotRow
from vaultsdk.chain.rpc import NodeError
from vaultsdk.core import packing
from vaultsdk.core.cohort import CohortKey
from vaultsdk.core.errors import NoSuchLotError
from vaultsdk.core.lot import Lot, LotFlags
from vaultsdk.core.words import OfferWord

words = st.integers(0, 2**256 - 1)
u128 = st.integers(0, 2**128 - 1)
OWNER = "0x2222222222222222222222222222222222222222"


def answer(numbers: list[int]) -> bytes:
    return encode(["uint256[]"], [numbers])


@given(width=st.integers(1, 16), data=st.data())
def test_a_page_is_what_the_generic_decoder_reads(width: int, data: st.DataObject) -> None:
    count = data.draw(st.integers(0, 5)) * width
    raw = answer(data.draw(st.lists(words, min_size=count, max_size=count)))
    (expected,) = decode(["uint256[]"], raw)
    assert [n for row in rows.page(raw, width) for n in row] == list(expected)


@given(st.lists(st.tuples(words, words, words, words, words, words), max_size=4))
def test_lots_come_in_order(numbers: list[tuple[int, ...]]) -> None:
    raw = answer([n for row in numbers for n in row])
    assert [tuple(row) for row in rows.lots_page(raw)] == numbers


@given(
    number=st.integers(0, 2**64 - 1),
    hops=st.integers(0, 2**64 - 1),
    more=st.booleans(),
    asset=st.integers(0, 255),
    units=u128,
    basis=u128,
    time=st.integers(0, 2**40 - 1),
    declared=st.booleans(),
)
def test_a_rows_shortcuts_agree_with_its_lot(
    number: int,
    hops: int,
    more: bool,
    asset: int,
    units: int,
    basis: int,
    time: int,
    declared: bool,
) -> None:
    lot = Lot(
        key=CohortKey(asset=asset, policy=7, band=9211, day=18960, seq=3),
        acquired_at=time,
        flags=LotFlags.DECLARED if declared else LotFlags.NONE,
        units=units,
        basis=basis,
    )
    row = LotRow(int(more) << 128 | hops << 64 | number, 0, 0, *lot.pack(), 0)
    assert (row.number, row.hops, row.more) == (number, hops, more)
    assert row.lot == lot
    assert (row.key, row.asset) == (lot.key.pack(), asset)
    assert (row.units, row.basis, row.acquired_at) == (units, basis, time)
    assert row.declared is declared
    assert not row.exists
    with pytest.raises(NoSuchLotError):
        _ = row.stored


def test_an_offer_is_read() -> None:
    offer = OfferWord(nonce=5, to=OWNER)
    assert LotRow(0, 1, 0, 1, 0, offer.pack()).offer == offer
    assert LotRow(0, 1, 0, 1, 0, 0).offer is None


@given(keys=st.lists(words, max_size=4), data=st.data())
def test_cohorts_carry_their_keys(keys: list[int], data: st.DataObject) -> None:
    numbers = data.draw(st.lists(words, min_size=5 * len(keys), max_size=5 * len(keys)))
    found = rows.cohorts_page(answer(numbers), keys)
    assert [row.key for row in found] == keys
    assert [n for row in found for n in row[1:]] == numbers
    assert all(isinstance(row, CohortRow) for row in found)


def test_a_missing_cohort_is_noticed() -> None:
    with pytest.raises(NodeError, match="0 of 1 cohorts"):
        rows.cohorts_page(answer([]), [1])


@given(st.tuples(words, words, words, st.integers(0, 7), u128))
def test_a_feed_is_read(parts: tuple[int, int, int, int, int]) -> None:
    feed, bounds, price, status, updated = parts
    state = FeedState.of([feed, bounds, price, status << 128 | updated])
    assert tuple(state) == parts
    assert state.ok == (status == 0)
    assert state.status_text == rows.FEED_STATUS[status]


def test_assets_and_state_are_read_in_their_order() -> None:
    asset = packing.ASSET.pack(decimals=6, token=int(OWNER, 16))
    limits = packing.LIMITS.pack(min_deposit=1, cohort_cap=2)
    (found,) = rows.assets_page(answer([asset, limits, 0, 0, 10**18, 4 << 128 | 9, 7, 8, 1]))
    assert (found.id, found.asset.token, found.scale) == (0, OWNER, 10**6)
    assert (found.limits.min_deposit, found.limits.cohort_cap) == (1, 2)
    assert (found.held, found.balance, found.listed) == (7, 8, True)
    assert (found.rate.status_text, found.rate.updated_at) == ("stale", 9)

    config = packing.CONFIG.pack(harvest_count=3, paused=2, asset_count=3, listed=5)
    bucket = packing.BUCKET.pack(size=10, time=11, used=12)
    bounds = 5000 << 48 | 500 << 32 | 100 << 16 | 200
    owner = int(OWNER, 16)
    head = [21, 22, config, bucket, 3 << 128 | 4, 6 << 160 | owner, bounds, 3600 << 160 | owner]
    state = rows.vault_state(answer([*head, 0, 0, 1, 2, 0, 0, 3, 5 << 128 | 4]))
    assert (state.block_number, state.timestamp) == (21, 22)
    assert (state.config.paused, state.config.asset_count, state.config.listed) == (2, 3, 5)
    assert (state.bucket.size, state.bucket.time, state.bucket.used) == (10, 11, 12)
    assert (state.harvest_count, state.policy_count) == (3, 4)
    assert (state.quote, state.quote_decimals) == (OWNER, 6)
    assert tuple(state.bounds.model_dump().values()) == (5000, 500, 100, 200)
    assert (state.sequencer, state.grace) == (OWNER, 3600)
    assert (state.base_feed.answer, state.base_feed.updated_at) == (1, 2)
    assert (state.quote_feed.answer, state.quote_feed.status) == (3, 5)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\0" * 31,
        (32).to_bytes(32),
        (64).to_bytes(32) + (0).to_bytes(32),  # another offset
        (32).to_bytes(32) + (6).to_bytes(32) + b"\0" * 32 * 5,  # a word short
        (32).to_bytes(32) + (7).to_bytes(32) + b"\0" * 32 * 7,  # no whole rows
        (32).to_bytes(32) + (2**255).to_bytes(32),
    ],
)
def test_what_is_no_page_is_an_error_and_no_lots(raw: bytes) -> None:
    with pytest.raises(NodeError, match="deployment file"):
        rows.lots_page(raw)


def test_an_empty_answer_says_what_to_check() -> None:
    with pytest.raises(NodeError, match="is the address in the deployment file right"):
        rows.word(b"")
    with pytest.raises(NodeError):
        rows.words(b"\0" * 33, 2)
