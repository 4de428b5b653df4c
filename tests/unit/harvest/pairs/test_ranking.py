"""The ranking: costs by hand, reasons, refusals with their evidence."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from tests.unit.harvest.pairs.histories import follower, pair, series, walk
from tests.unit.market.pools.builders import WAD, A, B, C, v2
from vaultsdk.harvest.pairs import (
    Candidate,
    PairReason,
    PairsError,
    Restart,
    Risk,
    Sameness,
    Terms,
    align,
    rank,
    swap_costs,
)

TERMS = Terms(window=60)
CLOSE = Candidate(pair(error=0.001, name="rETH"), fee_bps=5)
LOOSE = Candidate(pair(error=0.02, name="SOL"), fee_bps=5)
NOBODY = Sameness("wash sales", {})


def test_costs_by_hand() -> None:
    terms = Terms(
        window=60,
        risk_aversion=4,
        years=2,
        restart=Restart(days=365.25, rate_gap=0.17, sales=0.2, gain=0.5),
    )
    candidate = replace(CLOSE, carry_bps=300)
    got = rank("ETH", [candidate], terms, NOBODY).ranked[0]
    error = got.measures.whole.tracking_error.value
    assert got.costs.tracking == pytest.approx(1e4 * 4 / 2 * error**2)
    assert got.costs.fees == 5.0  # 5 bps each way over two years
    assert got.costs.holding == pytest.approx(1e4 * 0.17 * 0.5 * (1 - math.exp(-0.2)) / 2)
    assert got.costs.carry == -300 and got.costs.impact is None
    assert got.costs.total == pytest.approx(got.costs.tracking + 5 + got.costs.holding - 300)
    high = got.measures.whole.tracking_error.high
    assert high is not None
    assert got.costs.high - got.costs.total == pytest.approx(2e4 * (high**2 - error**2))


def test_the_order_and_its_reasons() -> None:
    got = rank("ETH", [LOOSE, CLOSE], TERMS, NOBODY)
    assert [one.replacement for one in got.ranked] == ["rETH", "SOL"]
    assert [one.place for one in got.ranked] == [1, 2]
    first, second = got.ranked
    assert first.clear and "less than SOL, by tracking most of all" in first.why
    assert second.why.startswith("tracking ") and "fees 10.0" in second.why
    # Files may come in any order.
    assert rank("ETH", [CLOSE, LOOSE], TERMS, NOBODY) == got


def test_a_fee_turns_the_order() -> None:
    dear = replace(CLOSE, fee_bps=5_000)
    got = rank("ETH", [LOOSE, dear], TERMS, NOBODY)
    assert got.ranked[0].replacement == "SOL"
    assert "by fees most of all" in got.ranked[0].why


def test_what_lies_within_the_uncertainty_is_said() -> None:
    other = Candidate(pair(seed=1, error=0.02, name="OTHER"), fee_bps=6)
    got = rank("ETH", [LOOSE, other], TERMS, NOBODY)
    assert not got.ranked[0].clear
    assert got.ranked[0].why.endswith("within the uncertainty of tracking")


@pytest.mark.parametrize("risk", list(Risk))
def test_which_tracking_error_is_priced(risk: Risk) -> None:
    got = rank("ETH", [CLOSE], Terms(window=60, risk=risk), NOBODY).ranked[0]
    errors = [w.tracking_error.value for w in got.measures.windows]
    wanted = {
        Risk.HISTORY: got.measures.whole.tracking_error.value,
        Risk.WINDOW: errors[-1],
        Risk.WORST: max(errors),
    }
    assert got.priced.value == wanted[risk]
    assert got.measures.tracking_error.largest == max(errors)
    assert got.measures.tracking_error.last == errors[-1]


def test_the_same_asset_is_refused() -> None:
    same = Sameness("wash sales", {"ETH": "ETH", "rETH": "ETH"}, {"rETH": "most cautious view"})
    got = rank("ETH", [CLOSE, LOOSE], TERMS, same)
    assert [one.replacement for one in got.ranked] == ["SOL"]
    (refusal,) = got.refused
    assert refusal.code is PairReason.SAME and refusal.reason == "same for wash sales"
    assert refusal.evidence == {"asset": "ETH", "why": "most cautious view"}
    # Of one class with a third asset only: not the same.
    third = Sameness("wash sales", {"rETH": "cbETH", "cbETH": "cbETH"})
    assert not rank("ETH", [CLOSE], TERMS, third).refused


def test_too_short_a_history_is_refused() -> None:
    # 60 returns are just enough for the window, 59 are not.
    for prices, refused in ((61, False), (60, True)):
        got = rank("ETH", [Candidate(pair(prices))], TERMS, NOBODY)
        assert bool(got.refused) is refused
    refusal = got.refused[0]
    assert refusal.code is PairReason.TOO_SHORT
    assert refusal.evidence["returns"] == 59 and refusal.evidence["window"] == 60
    assert refusal.explain().startswith("rETH: too short a history (returns 59, window 60")
    never = align(series("ETH", [1, 2]), series("NEW", [1], series("x", [1] * 9).last.time))
    assert rank("ETH", [Candidate(replace(never, asset="ETH"))], TERMS).refused


def test_too_little_depth_is_refused() -> None:
    pool = v2(10**6 * WAD, 10**6 * WAD)
    small = replace(CLOSE, swap=swap_costs([pool], A, B, 1_000 * WAD, 50))
    large = replace(CLOSE, swap=swap_costs([pool], A, B, 10_000 * WAD, 50))
    (fine,) = rank("ETH", [small], TERMS, NOBODY).ranked
    assert fine.costs.fees == 60 and fine.costs.impact == pytest.approx(20, rel=0.01)
    (refusal,) = rank("ETH", [large], TERMS, NOBODY).refused
    assert refusal.code is PairReason.TOO_LITTLE_DEPTH
    assert refusal.evidence["way"] == "into it" and refusal.evidence["cost_bps"] == 128.4
    assert refusal.evidence["limit_bps"] == 50
    assert refusal.evidence["depth_units"] == large.swap.depth_out.amount_in  # type: ignore[union-attr]
    none = replace(CLOSE, swap=swap_costs([pool], A, C, WAD, 50))
    assert rank("ETH", [none], TERMS, NOBODY).refused[0].code is PairReason.NO_POOL


def test_notes_say_what_is_left_out() -> None:
    short = Candidate(pair(100, name="NEW"))
    prices = walk(200, 3)
    late = align(
        series("ETH", prices), series("LATE", follower(prices, 1, 0.01)[100:], pair().times[100])
    )
    got = rank("ETH", [CLOSE, Candidate(replace(late, asset="ETH"), promised=True), short], TERMS)
    text = " | ".join(got.notes)
    assert "no loss rule was asked about" in text
    assert "histories begin on different days" in text
    assert "no fees or pools are known of" in text
    assert "LATE: priced by a promised rate" in text
    assert not rank("ETH", [CLOSE, LOOSE], TERMS, NOBODY).notes
    promised = next(one for one in got.ranked if one.replacement == "LATE")
    assert promised.measures.basis is None
    assert next(one for one in got.ranked if one.replacement == "rETH").measures.basis is not None


@pytest.mark.parametrize("names", [("ETH",), ("rETH", "rETH")])
def test_candidates_that_are_none(names: tuple[str, ...]) -> None:
    with pytest.raises(PairsError, match="no candidate to replace ETH"):
        rank("ETH", [Candidate(pair(name=name)) for name in names], TERMS)
    with pytest.raises(PairsError, match="no candidate to replace BTC"):
        rank("BTC", [CLOSE], TERMS)


@pytest.mark.parametrize(
    "wrong",
    [
        {"window": 5},
        {"confidence": 1.5},
        {"risk_aversion": -1},
        {"risk_aversion": float("nan")},
        {"years": 0},
        {"years": float("inf")},
    ],
)
def test_terms_that_make_no_sense(wrong: dict[str, Any]) -> None:
    with pytest.raises(PairsError, match=next(iter(wrong)).replace("_", ".")[:4]):
        Terms(**wrong)


@pytest.mark.parametrize("wrong", [{"days": -1}, {"rate_gap": 1.1}, {"sales": -1}, {"gain": -1}])
def test_restarts_that_make_no_sense(wrong: dict[str, Any]) -> None:
    with pytest.raises(PairsError, match=r"rate|days|sales|gain"):
        Restart(**wrong)
