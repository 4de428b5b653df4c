"""A vault's log and its lots agree through the whole engine, not only in the plainest books."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.unit.tax.ledger.vault_life import (
    DAY,
    OWNERS,
    QUOTE_DECIMALS,
    SYMBOLS,
    VAULT,
    WAD,
    VaultLife,
)
from vaultsdk.core.ledger import gains
from vaultsdk.tax.compute import compute
from vaultsdk.tax.ledger.event import ACQUISITIONS, iso
from vaultsdk.tax.ledger.export import ledger_csv
from vaultsdk.tax.ledger.fx import parse_fx
from vaultsdk.tax.ledger.ledger import Ledger
from vaultsdk.tax.ledger.parse import parse_ledger
from vaultsdk.tax.ledger.vault import events_of_vault
from vaultsdk.tax.profiles import profile
from vaultsdk.tax.result import TaxResult

WALLET = f"vault:1:{VAULT}"
SEEDS = range(30)


def told(life: VaultLife, owners: tuple[str, ...] | None = None) -> Ledger:
    return events_of_vault(
        life.ledger,
        chain_id=1,
        vault=VAULT,
        owners=owners,
        symbols=SYMBOLS,
        quote_decimals=QUOTE_DECIMALS,
        assumed_quote_price=WAD,
    )


def lots(result: TaxResult) -> dict[tuple[str, str], tuple[int, int, int]]:
    """By owner's address and lot number."""
    found = {}
    for lot in result.open_lots:
        if lot.wallet == WALLET:
            _, _, owner, number = lot.lot.partition("@")[0].split(":")
            found[owner, number] = lot.quantity, lot.basis, lot.acquired
    return found


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("owners", [None, OWNERS])
def test_open_lots_and_gains_are_the_vaults(seed: int, owners: tuple[str, ...] | None) -> None:
    life = VaultLife(seed)
    result = compute(told(life, owners), profile("us"), method="spec")
    rolled = {key: life.state.rolled(*key).lot for key in life.state.lots}
    assert lots(result) == {
        (owner, str(number)): (lot.units, lot.basis, 719_163 + lot.acquired_at // 86_400)
        for (owner, number), lot in rolled.items()
        if lot.units
    }
    rows = gains(life.ledger.histories(), QUOTE_DECIMALS, life.state, WAD)
    assert Counter((d.quantity, d.basis, d.gain) for d in result.disposals) == Counter(
        (row.units, row.basis, row.gain) for row in rows if row.units
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_a_life_that_passes_into_2025_is_allocated_to_its_own_wallets(seed: int) -> None:
    life = VaultLife(seed, begins=20 * DAY)
    ledger = told(life)
    result = compute(ledger, profile("us"))
    assert any(event.day < 739_252 for event in ledger.events)  # 2025-01-01
    rolled = {key: life.state.rolled(*key).lot for key in life.state.lots}
    if any("allocated" in note for note in result.notes):
        assert lots(result) == {
            (owner, str(number)): (lot.units, lot.basis, 719_163 + lot.acquired_at // 86_400)
            for (owner, number), lot in rolled.items()
            if lot.units
        }
    rows = gains(life.ledger.histories(), QUOTE_DECIMALS, life.state, WAD)
    assert Counter((d.quantity, d.basis, d.gain) for d in result.disposals) == Counter(
        (row.units, row.basis, row.gain) for row in rows if row.units
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_no_basis_is_lost_or_made(seed: int) -> None:
    ledger = told(VaultLife(seed))
    result = compute(ledger, profile("us"), method="spec")
    came = sum(event.total for event in ledger.events if event.kind in ACQUISITIONS)
    assert came == (
        sum(disposal.basis for disposal in result.disposals)
        + sum(removal.basis for removal in result.removals)
        + sum(lot.basis for lot in result.open_lots)
    )


@pytest.mark.parametrize("name", ["us-wash", "uk", "ca", "de", "average"])
@pytest.mark.parametrize("seed", range(8))
def test_every_profile_takes_a_vaults_ledger(name: str, seed: int) -> None:
    # One taxpayer: where a gift is a disposal, its value is not in a vault's log.
    result = compute(told(VaultLife(seed), OWNERS), profile(name))
    assert result.disposals


def test_for_another_currency_it_is_written_as_csv_and_read_with_rates() -> None:
    ledger = told(VaultLife(1), OWNERS)
    days = {event.day for event in ledger.events}
    days |= {event.acquired for event in ledger.events if event.acquired}
    rows = [f"{iso(day)},USD,GBP,0.8" for day in sorted(days)]
    fx = parse_fx("\n".join(["date,from,to,rate", *rows]))
    pounds = parse_ledger(
        ledger_csv(ledger),
        assets=ledger.decimals,
        fx=fx,
        currency="USD",
        report_currency="GBP",
    )
    assert pounds.currency == "GBP"
    for pound, dollar in zip(pounds.events, ledger.events, strict=True):
        assert abs(pound.total * 10 - dollar.total * 8) <= 10
    assert compute(pounds, profile("uk")).disposals


@pytest.mark.parametrize("seed", SEEDS)
def test_written_as_csv_and_read_again_it_is_the_same_ledger(seed: int) -> None:
    ledger = told(VaultLife(seed))
    text = ledger_csv(ledger)
    again = parse_ledger(text, assets=ledger.decimals, report_currency="USD")
    assert [event._replace(row=0) for event in again.events] == list(ledger.events)
