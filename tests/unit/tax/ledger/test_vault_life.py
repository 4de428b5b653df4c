"""Whole lives of vaults: the ledger, booked in the plainest way, gives the vault's own lots and
gains, to the unit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from functools import cache

import pytest

from tests.unit.tax.ledger.vault_life import (
    DECIMALS,
    OWNERS,
    QUOTE_DECIMALS,
    SYMBOLS,
    VAULT,
    WAD,
    VaultLife,
)
from vaultsdk.core.ledger import gains
from vaultsdk.core.lot import split_basis
from vaultsdk.tax.ledger.event import ACQUISITIONS, Kind
from vaultsdk.tax.ledger.ledger import Ledger
from vaultsdk.tax.ledger.vault import events_of_vault

SEEDS = range(60)
ASSUMED = 97 * WAD // 100
DISPOSALS = {Kind.SELL, Kind.HARVEST_OUT}
NAMES = {
    f"1:{VAULT}:{owner}:{number}": (owner, number) for owner in OWNERS for number in range(200)
}


@cache
def lived(seed: int) -> VaultLife:
    return VaultLife(seed)


def told(life: VaultLife, owners: Collection[str] | None = None) -> Ledger:
    return events_of_vault(
        life.ledger,
        chain_id=1,
        vault=VAULT,
        owners=owners,
        symbols=SYMBOLS,
        quote_decimals=QUOTE_DECIMALS,
        assumed_quote_price=ASSUMED,
    )


class Books:
    """Lots by id as (units, basis, acquired), and the gains, kept by the rows alone."""

    def __init__(self, ledger: Ledger) -> None:
        self.lots: dict[str, tuple[int, int, int]] = {}
        self.gains: list[tuple[str, int, int, int]] = []
        self.withdrawn = self.given = 0
        carried: dict[str, tuple[int, int]] = {}
        for event in ledger.events:
            if event.kind in ACQUISITIONS or event.kind == Kind.WRAP_IN:
                basis = event.total
                acquired = event.day if event.acquired is None else event.acquired
                if event.kind == Kind.WRAP_IN:
                    basis, acquired = carried.pop(event.group)
                assert event.id not in self.lots
                self.lots[event.id] = event.quantity, basis, acquired
                continue
            (name,) = event.lot
            assert name.quantity == event.quantity
            units, whole, acquired = self.lots.pop(name.lot)
            basis, left = split_basis(units, whole, event.quantity)
            if units > event.quantity:
                self.lots[name.lot] = units - event.quantity, left, acquired
            if event.kind == Kind.WRAP_OUT:
                carried[event.group] = basis, acquired
            elif event.kind == Kind.TRANSFER:
                self.withdrawn += basis
            elif event.kind == Kind.GIFT_OUT:
                self.given += basis
            else:
                assert event.kind in DISPOSALS
                row = (name.lot, event.quantity, basis, event.total - event.fee - basis)
                self.gains.append(row)
        assert not carried


@pytest.mark.parametrize("seed", SEEDS)
def test_the_ledgers_lots_are_the_vaults(seed: int) -> None:
    life = lived(seed)
    books = Books(told(life))
    ours = {
        NAMES[name.partition("@")[0]]: (units, basis, acquired)
        for name, (units, basis, acquired) in books.lots.items()
    }
    assert len(ours) == len(books.lots)
    rolled = {key: life.state.rolled(*key).lot for key in life.state.lots}
    epoch = 719_163  # 1970-01-01 as an ordinal
    theirs = {
        key: (lot.units, lot.basis, epoch + lot.acquired_at // 86_400)
        for key, lot in rolled.items()
        if lot.units
    }
    assert ours == theirs
    assert not any(lot.basis for lot in rolled.values() if not lot.units)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_ledgers_gains_are_the_vaults(seed: int) -> None:
    life = lived(seed)
    books = Books(told(life))
    ours = Counter(
        (*NAMES[lot.partition("@")[0]], units, basis, gain)
        for lot, units, basis, gain in books.gains
    )
    rows = gains(life.ledger.histories(), QUOTE_DECIMALS, life.state, ASSUMED)
    theirs = Counter(
        (row.owner, row.lot, row.units, row.basis, row.gain) for row in rows if row.units
    )
    assert ours == theirs


@pytest.mark.parametrize("seed", SEEDS)
def test_one_taxpayer_with_several_addresses_keeps_what_his_addresses_claim(seed: int) -> None:
    life = lived(seed)
    two = told(life, OWNERS[:2])
    books = Books(two)
    assert {NAMES[name.partition("@")[0]][0] for name in books.lots} <= set(OWNERS[:2])
    assert {event.owner for event in two.events} <= {""}
    # All three being one, nothing is given, whatever was declared.
    everything = Books(told(life, OWNERS))
    assert everything.given == 0
    assert everything.lots == Books(told(life)).lots
    assert everything.gains == Books(told(life)).gains


@pytest.mark.parametrize("seed", SEEDS)
def test_basis_is_conserved(seed: int) -> None:
    ledger = told(lived(seed), OWNERS)
    books = Books(ledger)
    came = sum(event.total for event in ledger.events if event.kind in ACQUISITIONS)
    went = sum(basis for _, _, basis, _ in books.gains)
    assert came == went + books.withdrawn + sum(basis for _, basis, _ in books.lots.values())


@pytest.mark.parametrize("seed", SEEDS)
def test_ids_are_unique_and_do_not_change_as_the_log_grows(seed: int) -> None:
    life = lived(seed)
    whole = told(life)
    assert len({event.id for event in whole.events}) == len(whole.events)
    half = VaultLife(seed, steps=30)
    known = {event.id: event for event in whole.events}
    for event in told(half).events:
        assert known[event.id] == event


@pytest.mark.parametrize("seed", SEEDS)
def test_the_keepers_fee_is_never_more_than_the_harvests(seed: int) -> None:
    life = lived(seed)
    fees: Counter[str] = Counter()
    for event in told(life).events:
        if "/harvest" in event.id:
            assert event.total >= event.fee >= 0
            fees[event.id.rpartition("/harvest")[2]] += event.fee
    for number, harvest in life.ledger.harvest_events.items():
        value = harvest.fee * harvest.price_out // 10 ** DECIMALS[harvest.asset_out]
        assert fees[str(number)] <= value


def test_the_lives_have_everything_in_them() -> None:
    kinds: Counter[int] = Counter()
    pending = zero = 0
    for seed in SEEDS:
        life = lived(seed)
        kinds.update(event.kind for event in told(life).events)
        pending += sum(life.state.rolled(*key).hops for key in life.state.lots)
        zero += sum(r.units_received == 0 for h in life.ledger.histories() for r in h.realisations)
    assert {Kind.BUY, Kind.SELL, Kind.TRANSFER, Kind.TRANSFER_IN, Kind.GIFT_IN} <= set(kinds)
    assert {Kind.GIFT_OUT, Kind.WRAP_IN, Kind.WRAP_OUT, Kind.HARVEST_IN} <= set(kinds)
    assert pending > 100 and zero > 100 and min(kinds.values()) > 100
