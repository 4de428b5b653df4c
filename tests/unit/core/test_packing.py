"""Words and keys: round trips, and refusals instead of cut bits."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.core.strategies import addresses, bands, bits, keys, lots, policies
from vaultsdk.core.band import BandError
from vaultsdk.core.cohort import HARVEST_BIT, CohortKey, harvest_seq
from vaultsdk.core.errors import CohortKeyError, NoSuchLotError, PackingError
from vaultsdk.core.lot import Lot, OfferKind
from vaultsdk.core.packing import LAYOUTS, UNUSED, Layout
from vaultsdk.core.policy import Policy
from vaultsdk.core.words import (
    AnswerBounds,
    AssetWord,
    BucketWord,
    CohortWord,
    ConfigWord,
    FeedWord,
    Harvest,
    LimitsWord,
    OfferWord,
)

WORDS = {
    CohortWord: {"units": bits(128), "harvest": bits(128)},
    AssetWord: {"decimals": bits(8), "token": addresses},
    LimitsWord: {"min_deposit": bits(128), "cohort_cap": bits(128)},
    FeedWord: {
        "max_band": bits(16),
        "min_band": bits(16),
        "dev": bits(16),
        "decimals": bits(8),
        "heartbeat": bits(32),
        "feed": addresses,
    },
    AnswerBounds: {"min_answer": bits(128), "max_answer": bits(128)},
    BucketWord: {"size": bits(96), "time": bits(40), "used": bits(120)},
    ConfigWord: {
        "harvest_count": bits(31),
        "paused": bits(2),
        "asset_count": bits(8),
        "listed": bits(128),
    },
    OfferWord: {"nonce": bits(88), "kind": st.sampled_from(OfferKind), "to": addresses},
}
by_name = {"ids": lambda value: getattr(value, "name", getattr(value, "__name__", None))}


@pytest.mark.parametrize("layout", LAYOUTS, **by_name)
@given(data=st.data())
def test_a_layout_gives_back_what_was_packed(layout: Layout, data: st.DataObject) -> None:
    values = {name: data.draw(st.integers(0, limit)) for name, limit in layout.limits.items()}
    word = layout.pack(**values)
    assert 0 <= word < 1 << layout.width
    assert layout.unpack(word) == values


@pytest.mark.parametrize("layout", LAYOUTS, **by_name)
def test_a_value_too_big_for_its_field_is_refused(layout: Layout) -> None:
    for name, limit in layout.limits.items():
        for bad in (-1, limit + 1):
            with pytest.raises(PackingError, match=f"{name} of a {layout.name} is {bad}"):
                layout.pack(**dict.fromkeys(layout.limits, 0) | {name: bad})


@pytest.mark.parametrize("layout", LAYOUTS, **by_name)
def test_bits_that_may_not_be_there_are_refused(layout: Layout) -> None:
    with pytest.raises(PackingError, match="does not fit"):
        layout.unpack(1 << layout.width)
    if layout.fields[0][0] == UNUSED:
        with pytest.raises(PackingError, match="unused bits"):
            layout.unpack(1 << (layout.width - 1))


def test_a_table_that_does_not_add_up_is_refused() -> None:
    with pytest.raises(PackingError, match="255 bits, not 256"):
        Layout("wrong", ("a", 128), ("b", 127))


def test_a_missing_or_unknown_field_is_refused() -> None:
    layout = Layout("pair", ("a", 128), ("b", 128))
    with pytest.raises(PackingError, match="look at b"):
        layout.pack(a=1)
    with pytest.raises(PackingError, match="look at c"):
        layout.pack(a=1, b=2, c=3)


@pytest.mark.parametrize("model", WORDS, **by_name)
@given(data=st.data())
def test_word_models_round_trip(model: Any, data: st.DataObject) -> None:
    values = {name: data.draw(strategy) for name, strategy in WORDS[model].items()}
    made = model(**values)
    assert model.unpack(made.pack()) == made


@given(bits(128), bits(128), bits(8), bits(8), bands, bits(40), bits(128))
def test_harvests_round_trip(
    sold: int, proceeds: int, decimals: int, asset: int, band: int, time: int, price: int
) -> None:
    made = Harvest(
        sold=sold,
        proceeds=proceeds,
        decimals=decimals,
        to_asset=asset,
        band=band,
        time=time,
        price=price,
    )
    assert Harvest.unpack(*made.pack()) == made


def test_an_unknown_offer_kind_is_refused() -> None:
    with pytest.raises(PackingError, match="no offer kind 3"):
        OfferWord.unpack(1 << 168 | 3 << 160)


# ---------------------------------------------------------------- cohort keys
@given(keys)
def test_keys_round_trip_as_number_hex_and_text(key: CohortKey) -> None:
    assert CohortKey.unpack(key.pack()) == key
    assert CohortKey.parse(key.hex) == key
    assert CohortKey.parse(str(key)) == key
    assert CohortKey.parse(f"  {key!s} ") == key


@given(keys, keys)
def test_keys_order_as_their_numbers(one: CohortKey, other: CohortKey) -> None:
    assert (one < other) == (one.pack() < other.pack())
    assert sorted([one, other])[0].pack() == min(one.pack(), other.pack())


@given(st.integers(1, HARVEST_BIT - 1))
def test_a_harvests_cohort_names_its_harvest(number: int) -> None:
    key = CohortKey(asset=1, policy=2, band=0, day=3, seq=harvest_seq(number))
    assert not key.is_shard
    assert key.harvest == number
    assert CohortKey.parse(f"1:2:0:3:h{number}") == key


def test_a_shard_belongs_to_no_harvest() -> None:
    key = CohortKey.of(0, 1, 3000 * 10**18, 1_700_000_000, seq=7)
    assert key.is_shard
    assert key.harvest is None
    assert key.day == 19675
    assert key.lower <= 3000 * 10**18


def test_the_key_lies_in_the_word_as_the_table_says() -> None:
    key = CohortKey(asset=1, policy=2, band=896, day=4, seq=5)
    assert key.pack() == 1 << 104 | 2 << 72 | 896 << 56 | 4 << 32 | 5


@pytest.mark.parametrize("text", ["", "1:2:3", "0x", "weth:1:0:4:5", "1:2:0:4:-5", "1:2:0:4:5:6"])
def test_text_that_names_no_cohort_is_refused(text: str) -> None:
    with pytest.raises(CohortKeyError, match="asset:policy:band:day:seq"):
        CohortKey.parse(text)


def test_impossible_keys_are_refused() -> None:
    with pytest.raises(PackingError, match="asset"):
        CohortKey.parse("256:0:0:0:0")
    with pytest.raises(BandError):
        CohortKey.parse("0:0:5:0:0")
    with pytest.raises(PackingError, match="112 bits"):
        CohortKey.unpack(1 << 112)


@pytest.mark.parametrize("number", [0, HARVEST_BIT])
def test_harvest_numbers_have_bounds(number: int) -> None:
    with pytest.raises(CohortKeyError, match=f"no harvest {number}"):
        harvest_seq(number)


# ---------------------------------------------------------------- lots and policies
@given(lots)
def test_lots_round_trip(lot: Lot) -> None:
    assert Lot.unpack(*lot.pack()) == lot


def test_a_zero_head_is_no_lot() -> None:
    with pytest.raises(NoSuchLotError):
        Lot.unpack(0, 0)


@given(policies)
def test_policies_round_trip(policy: Policy) -> None:
    assert Policy.from_word(policy.word()) == policy
