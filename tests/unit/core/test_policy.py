"""Policies: hard bounds, hash, and plain words."""

from __future__ import annotations

import pytest
from eth_utils.crypto import keccak

from vaultsdk.core.errors import PolicyError
from vaultsdk.core.policy import Bounds, Policy, percent

BOUNDS = Bounds(max_cost=5000, max_slippage=300, max_fee=100, buy_tolerance=200)
GOOD = Policy(
    mask=0b110,
    min_loss=1000,
    max_cost=2500,
    max_slippage=100,
    max_fee=25,
    min_hold_days=31,
    tax_value=3000,
)


def test_a_policy_in_bounds_passes() -> None:
    assert GOOD.check(BOUNDS, listed=0b111) is GOOD
    assert Policy.hold().check(BOUNDS, listed=0).is_hold


@pytest.mark.parametrize(
    ("name", "value", "limit"),
    [
        ("min_loss", 10001, 10000),
        ("max_cost", 5001, 5000),
        ("max_slippage", 301, 300),
        ("max_fee", 101, 100),
        ("tax_value", 10001, 10000),
        ("min_hold_days", 0, 1),
        ("mask", 0b1110, 0b111),
        ("mask", 0, None),
    ],
)
def test_a_policy_out_of_bounds_is_refused_by_name(name: str, value: int, limit: object) -> None:
    with pytest.raises(PolicyError) as caught:
        GOOD.model_copy(update={name: value}).check(BOUNDS, listed=0b111)
    error = caught.value
    assert (error.name, error.value, error.limit) == (name, value, limit)
    assert "\n" not in str(error)


def test_bounds_above_one_are_refused() -> None:
    with pytest.raises(PolicyError, match="max_fee is 10001 bps"):
        Bounds(max_cost=0, max_slippage=0, max_fee=10001)


def test_the_hash_is_that_of_the_32_byte_word() -> None:
    assert GOOD.hash() == keccak(GOOD.word().to_bytes(32, "big"))
    assert Policy.hold().hash() == keccak(bytes(32))


def test_a_policy_says_in_words_every_number_it_has() -> None:
    text = GOOD.describe({1: "wstETH"})
    for part in ("wstETH or asset 2", "10 %", "31 full days have", "25 %", "1 %", "0.25 %", "30 %"):
        assert part in text
    assert "1 full day has" in GOOD.model_copy(update={"min_hold_days": 1}).describe()
    assert Policy.hold().describe() == "Hold: never harvested."


def test_a_slippage_below_the_feeds_deviation_is_warned_of() -> None:
    assert GOOD.warnings(dev_in=50, dev_out=50) == ()
    (warning,) = GOOD.warnings(dev_in=50, dev_out=51)
    assert "1 %" in warning
    assert "1.01 %" in warning


@pytest.mark.parametrize(
    ("bps", "text"), [(0, "0 %"), (25, "0.25 %"), (1000, "10 %"), (9999, "99.99 %")]
)
def test_percentages_are_exact(bps: int, text: str) -> None:
    assert percent(bps) == text
