"""The SDK's packing against the contract's: two layouts that must never drift apart."""

from __future__ import annotations

from typing import Any

import boa
import pytest
from boa.contracts.vyper.vyper_contract import VyperContract
from hypothesis import example, given
from hypothesis import strategies as st

from tests.contracts.world import deploy
from tests.unit.core.strategies import bands, bits, keys, lots, policies
from vaultsdk.core.band import MAX_BAND, MAX_UNIT_BASIS, band, lower
from vaultsdk.core.cohort import HARVEST_BIT, CohortKey
from vaultsdk.core.errors import BandError
from vaultsdk.core.lot import Lot
from vaultsdk.core.policy import Policy
from vaultsdk.core.words import CohortWord, Harvest

unit_bases = bits(188)


@pytest.fixture(scope="module")
def packing() -> Any:
    """The internal functions of the packing module, each callable by itself."""
    module: VyperContract = deploy("modules/packing.vy")
    return module.internal


@given(x=unit_bases)
@example(x=0)
@example(x=127)
@example(x=128)
@example(x=MAX_UNIT_BASIS)
def test_bands_agree(packing: Any, x: int) -> None:
    assert packing.band(x) == band(x)


@given(index=bands)
@example(index=MAX_BAND)
def test_lower_ends_agree(packing: Any, index: int) -> None:
    assert packing.lower(index) == lower(index)


def test_both_refuse_what_has_no_band(packing: Any) -> None:
    with boa.reverts("unit basis too large"):
        packing.band(MAX_UNIT_BASIS + 1)
    with pytest.raises(BandError):
        band(MAX_UNIT_BASIS + 1)
    for index in (1, 895):
        with boa.reverts("no such band"):
            packing.lower(index)
        with pytest.raises(BandError):
            lower(index)


@given(key=keys)
def test_cohort_keys_agree(packing: Any, key: CohortKey) -> None:
    word = key.pack()
    assert packing.key(key.asset, key.policy, key.band, key.day, key.seq) == word
    fields = (packing.key_asset, packing.key_policy, packing.key_band, packing.key_day)
    assert tuple(f(word) for f in fields) == (key.asset, key.policy, key.band, key.day)


@given(units=bits(128), harvest=bits(128))
def test_halves_agree(packing: Any, units: int, harvest: int) -> None:
    word = CohortWord(units=units, harvest=harvest).pack()
    assert packing.pair(units, harvest) == word
    assert (packing.high(word), packing.low(word)) == (units, harvest)


@given(
    decimals=st.integers(0, 18),
    asset=bits(8),
    index=bands,
    time=bits(40),
    price=bits(128),
    policy=bits(32),
    number=st.integers(1, HARVEST_BIT - 1),
)
def test_outcomes_and_the_cohorts_they_open_agree(
    packing: Any,
    decimals: int,
    asset: int,
    index: int,
    time: int,
    price: int,
    policy: int,
    number: int,
) -> None:
    harvest = Harvest(
        sold=1, proceeds=1, decimals=decimals, to_asset=asset, band=index, time=time, price=price
    )
    _, word = harvest.pack()
    assert packing.outcome(decimals, asset, index, time, price) == word
    assert packing.outcome_scale(word) == 10**decimals
    assert packing.outcome_time(word) == time
    assert packing.outcome_key(word, policy, number) == harvest.cohort(number, policy).pack()


@given(lot=lots)
def test_lot_heads_agree(packing: Any, lot: Lot) -> None:
    head, body = lot.pack()
    assert packing.head(lot.key.pack(), lot.acquired_at, int(lot.flags)) == head
    assert packing.head_key(head) == lot.key.pack()
    assert packing.head_acquired_at(head) == lot.acquired_at
    assert packing.head_flags(head) == lot.flags
    assert packing.pair(lot.units, lot.basis) == body


@given(policy=policies)
def test_policies_agree(packing: Any, policy: Policy) -> None:
    word = policy.word()
    for name in type(policy).model_fields:
        assert getattr(packing, f"policy_{name}")(word) == getattr(policy, name), name
