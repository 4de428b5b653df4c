"""The roll: exact, never overflowing, and the same however it is split."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaultsdk.core.band import band
from vaultsdk.core.cohort import CohortKey
from vaultsdk.core.errors import LedgerError
from vaultsdk.core.lot import Lot, LotFlags
from vaultsdk.core.roll import roll
from vaultsdk.core.words import CohortWord, Harvest

U128 = 2**128 - 1
DECIMALS = {0: 18, 1: 6, 2: 0}
START = CohortKey(asset=0, policy=7, band=0, day=100, seq=0)


@st.composite
def chains(draw: st.DrawFn) -> tuple[Lot, dict[int, int], dict[int, Harvest]]:
    """A lot and up to five harvests its cohort went through, each within what the contract admits:
    the cohort's units are at most `sold`, and proceeds, price and the proceeds' value fit 128
    bits.
    """
    units = draw(st.integers(0, U128))
    lot = Lot(
        key=START,
        acquired_at=1,
        flags=draw(st.sampled_from(list(LotFlags))),
        units=units,
        basis=draw(st.integers(0, U128)),
    )
    cohorts: dict[int, int] = {}
    harvests: dict[int, Harvest] = {}
    key = START
    for number in range(1, draw(st.integers(0, 5)) + 1):
        asset = draw(st.sampled_from([a for a in DECIMALS if a != key.asset]))
        sold = draw(st.integers(max(units, 1), U128))
        proceeds = draw(st.integers(0, U128))
        most = min(U128, (U128 + 1) * 10 ** DECIMALS[asset] // (proceeds + 1))
        price = draw(st.integers(0, most))
        harvest = Harvest(
            sold=sold,
            proceeds=proceeds,
            decimals=DECIMALS[asset],
            to_asset=asset,
            band=band(price),
            time=100 * 86400 + number * 86400 * 3,
            price=price,
        )
        cohorts[key.pack()] = CohortWord(units=units, harvest=number).pack()
        harvests[number] = harvest
        key = harvest.cohort(number, key.policy)
        units = units * proceeds // sold
    return lot, cohorts, harvests


@given(chains())
def test_a_roll_fits_its_words_and_explains_every_hop(
    chain: tuple[Lot, dict[int, int], dict[int, Harvest]],
) -> None:
    lot, cohorts, harvests = chain
    rolled = roll(lot, cohorts, harvests)
    rolled.lot.pack()  # refuses what does not fit
    assert rolled.hops == len(harvests)
    basis = lot.basis
    for record in rolled.realisations:
        assert record.basis_sold + record.gain == record.proceeds
        assert record.basis_sold == basis
        assert (
            record.units_received * record.total_sold <= record.units_sold * record.total_proceeds
        )
        basis = record.proceeds
    assert rolled.lot.basis == basis == lot.basis + rolled.gain
    if rolled.hops:
        assert not rolled.lot.declared
        assert rolled.lot.acquired_at == harvests[len(harvests)].time
        assert [r.declared for r in rolled.realisations] == [lot.declared] + [False] * (
            rolled.hops - 1
        )


@given(chains(), st.lists(st.integers(0, 3), max_size=6))
def test_the_result_does_not_depend_on_the_steps(
    chain: tuple[Lot, dict[int, int], dict[int, Harvest]], steps: list[int]
) -> None:
    lot, cohorts, harvests = chain
    whole = roll(lot, cohorts, harvests)
    at, records = lot, ()
    for step in [*steps, None]:
        part = roll(at, cohorts, harvests, step)
        assert step is None or part.hops <= step
        at, records = part.lot, records + part.realisations
    assert (at, records) == (whole.lot, whole.realisations)


def test_a_hop_by_hand() -> None:
    """3 of 10 WETH at 2,000 each; the ten brought 25,000 units of six decimals at 0.5 USD each."""
    lot = Lot(
        key=START, acquired_at=5, flags=LotFlags.DECLARED, units=3 * 10**18, basis=6000 * 10**18
    )
    harvest = Harvest(
        sold=10 * 10**18,
        proceeds=25_000 * 10**6,
        decimals=DECIMALS[1],
        to_asset=1,
        band=band(5 * 10**17),
        time=103 * 86400,
        price=5 * 10**17,
    )
    cohorts = {START.pack(): CohortWord(units=10 * 10**18, harvest=1).pack()}
    rolled = roll(lot, cohorts, {1: harvest})
    (record,) = rolled.realisations
    assert (record.units_received, record.proceeds) == (7500 * 10**6, 3750 * 10**18)
    assert record.gain == -2250 * 10**18
    assert rolled.lot.key == CohortKey(
        asset=1, policy=7, band=band(5 * 10**17), day=103, seq=2**31 + 1
    )
    text = record.explain(18, 6, {0: "WETH", 1: "TOK"})
    for part in (
        "3 WETH of the 10",
        "7500 TOK of the 25000",
        "3750",
        "0.5",
        "6000 (declared)",
        "loss 2250",
    ):
        assert part in text


def test_an_unknown_harvest_is_refused() -> None:
    lot = Lot(key=START, acquired_at=5, units=1, basis=1)
    with pytest.raises(LedgerError, match="unknown harvest 9"):
        roll(lot, {START.pack(): CohortWord(units=1, harvest=9).pack()}, {})
