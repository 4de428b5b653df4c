"""What a depositor's harvest is worth, asked before it happens."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from tests.unit.core.script import (
    DAY,
    DEPOSITOR,
    RECEIVER,
    WAD,
    Script,
    harvest_calls,
)
from vaultsdk.core.band import band
from vaultsdk.core.ledger import Ledger as VaultLedger
from vaultsdk.core.model import int_to_address
from vaultsdk.core.roll import Realisation, hop
from vaultsdk.core.tax_view import TaxView
from vaultsdk.core.words import Harvest
from vaultsdk.tax.errors import TaxError
from vaultsdk.tax.ledger.ledger import Ledger
from vaultsdk.tax.ledger.vault import events_of_vault
from vaultsdk.tax.ledger.vault_names import VaultNames
from vaultsdk.tax.profiles import profile
from vaultsdk.tax.view import LedgerTaxView, TaxRates

USD6 = 10**6
VAULT = int_to_address(0xBEEF)
LETTERS = int_to_address(0xABCDEF)  # capitals matter
SYMBOLS = {0: "WETH", 1: "wstETH"}
START = 100 * DAY  # after the script's first day: in 2025, where basis is kept by wallet


def vault() -> Script:
    return Script().vault().tx(("PausedSet", {"flags": 0}), after=START)


def view(
    script: Script, name: str = "us", owners: tuple[str, ...] | None = None, **options: Any
) -> LedgerTaxView:
    ledger = events_of_vault(
        VaultLedger().apply_all(script.events),
        chain_id=1,
        vault=VAULT,
        owners=owners,
        symbols=SYMBOLS,
        quote_decimals=6,
        taxpayer="family",
    )
    return LedgerTaxView(
        ledger,
        profile(name),
        TaxRates(short_bps=3000, long_bps=1500),
        names=VaultNames(1, VAULT),
        symbols=SYMBOLS,
        decimals={0: 18, 1: 6},
        **options,
    )


def harvest(script: Script, number: int = 1, *, net: int, price: int, sold: int) -> Harvest:
    """Into asset 1, ten days from now."""
    return Harvest(
        sold=sold,
        proceeds=net,
        decimals=6,
        to_asset=1,
        band=band(price),
        time=script.time + 10 * DAY,
        price=price,
    )


def hypothetical(script: Script, lot: int = 0, owner: str = DEPOSITOR) -> Realisation:
    """The lot sold at 2,000 for asset 1 at 0.8."""
    state = VaultLedger().apply_all(script.events).state()
    found = state.lot(owner, lot)
    net = found.units * 2500 * USD6 // WAD
    what = harvest(script, net=net, price=8 * WAD // 10, sold=found.units)
    return hop(found, 1, what)[1]


def test_a_short_term_loss_saves_its_rate() -> None:
    script = vault()
    script.deposit()
    asked: TaxView = view(script)
    outcome = asked.simulate(DEPOSITOR, [hypothetical(script)])
    assert outcome.tax == -3000 * WAD
    assert outcome.allowed_loss == 10_000 * WAD
    assert outcome.disallowed_loss == 0
    (note,) = outcome.notes
    assert note == "7000 USD of loss would be carried over to later years"


def test_a_long_term_loss_saves_the_other_rate_and_tax_is_rounded_up() -> None:
    script = vault()
    key = script.key(0, 1, 3000 * WAD)
    acquired = script.time - 400 * DAY
    script.tx(script.opened(0, key, WAD, 3000 * WAD + 1, source=1, flags=1, acquired_at=acquired))
    outcome = view(script).simulate(DEPOSITOR, [hypothetical(script)])
    assert outcome.allowed_loss == 1000 * WAD + 1
    assert outcome.tax == -150 * WAD  # a part of a unit more is not saved


def test_a_gain_costs_tax_and_is_no_loss() -> None:
    script = vault()
    script.deposit(units=WAD, price=1500)
    outcome = view(script).simulate(DEPOSITOR, [hypothetical(script)])
    assert (outcome.tax, outcome.allowed_loss) == (150 * WAD, 0)
    assert outcome.notes == ()


def test_what_is_foreseen_is_what_then_happens() -> None:
    script = vault()
    key = script.deposit()
    other = script.deposit(1, 3 * WAD, 2900)
    state = VaultLedger().apply_all(script.events).state()
    what = harvest(script, net=32_499 * USD6 + 7, price=8 * WAD // 10, sold=13 * WAD)
    foreseen = [hop(state.lot(DEPOSITOR, lot), 1, what)[1] for lot in range(2)]
    outcome = view(script).simulate(DEPOSITOR, foreseen)

    logs, _ = harvest_calls(
        script,
        {key: 10 * WAD, other: 3 * WAD},
        gross=32_499 * USD6 + 7,
        price_out=8 * WAD // 10,
        after=10 * DAY,
    )
    script.tx(*logs, after=10 * DAY)
    after = VaultLedger().apply_all(script.events).state()
    rolled = [after.rolled(DEPOSITOR, lot) for lot in range(2)]
    assert [r for each in rolled for r in each.realisations] == foreseen
    gain = sum(each.gain for each in rolled)
    assert outcome.tax == -(-gain * 3000 // 10_000)
    assert outcome.allowed_loss == -gain


def test_a_second_harvest_takes_what_the_first_gave() -> None:
    script = vault()
    script.deposit()
    state = VaultLedger().apply_all(script.events).state()
    first = harvest(script, net=25_000 * USD6, price=8 * WAD // 10, sold=10 * WAD)
    lot, one = hop(state.lot(DEPOSITOR, 0), 1, first)
    back = Harvest(
        sold=25_000 * USD6,
        proceeds=9 * WAD,
        decimals=18,
        to_asset=0,
        band=band(2000 * WAD),
        time=first.time + DAY,
        price=2000 * WAD,
    )
    _, two = hop(lot, 2, back)
    outcome = view(script).simulate(DEPOSITOR, [one, two])
    assert outcome.allowed_loss == 12_000 * WAD
    assert not any("not in the ledger" in note for note in outcome.notes)


def test_the_lot_meant_is_the_lot_sold_and_twins_are_two() -> None:
    script = vault()
    script.deposit(0, WAD, 2500)  # what first in, first out would take
    script.deposit(1, WAD, 3000)
    script.deposit(2, WAD, 3000)
    outcome = view(script).simulate(DEPOSITOR, [hypothetical(script, 1)])
    assert outcome.allowed_loss == 1000 * WAD
    both = [hypothetical(script, lot) for lot in (1, 2)]
    outcome = view(script).simulate(DEPOSITOR, both)
    assert outcome.allowed_loss == 2000 * WAD
    assert outcome.notes == ()


def test_a_wash_sale_is_disallowed_where_the_profile_knows_it() -> None:
    script = vault()
    script.deposit()
    script.tx(("PausedSet", {"flags": 0}), after=60 * DAY)
    script.deposit(1, 4 * WAD, 2100)  # within 30 days of the harvest
    for name, disallowed in (("us", 0), ("us-wash", 4000 * WAD)):
        outcome = view(script, name).simulate(DEPOSITOR, [hypothetical(script)])
        assert outcome.disallowed_loss == disallowed
        assert outcome.allowed_loss == 10_000 * WAD - disallowed
        assert outcome.tax == -3 * (10_000 * WAD - disallowed) // 10


def test_strangers_are_not_affiliated_and_a_family_is() -> None:
    script = vault()
    script.deposit()
    script.tx(("PausedSet", {"flags": 0}), after=60 * DAY)
    key = script.key(0, 1, 2100 * WAD)
    script.tx(script.opened(0, key, 4 * WAD, 8400 * WAD, owner=RECEIVER))
    asked = [hypothetical(script)]
    assert view(script, "us-wash").simulate(DEPOSITOR, asked).disallowed_loss == 0
    people = {DEPOSITOR: DEPOSITOR, RECEIVER: RECEIVER}
    family = view(script, "us-wash", taxpayers=people)
    assert family.simulate(DEPOSITOR, asked).disallowed_loss == 4000 * WAD
    assert family.simulate(RECEIVER, []).disallowed_loss == 0


def test_in_a_pool_no_lot_is_named() -> None:
    script = vault()
    script.deposit(units=WAD)
    script.deposit(1, WAD, 2000)
    outcome = view(script, "uk").simulate(DEPOSITOR, [hypothetical(script)])
    assert outcome.allowed_loss == 500 * WAD
    assert not any("taken by the method" in note for note in outcome.notes)


def test_a_lot_that_the_ledger_does_not_have_is_said() -> None:
    script = vault()
    script.deposit()
    strange = hypothetical(script).model_copy(update={"basis_sold": 1})
    outcome = view(script).simulate(DEPOSITOR, [strange])
    assert outcome.allowed_loss == 10_000 * WAD
    assert "1 of 1 lots are not in the ledger" in outcome.notes[0]


def test_several_addresses_of_one_taxpayer() -> None:
    script = vault()
    key = script.key(0, 1, 3000 * WAD)
    script.tx(script.opened(0, key, 10 * WAD, 30_000 * WAD, owner=LETTERS))
    asked = [hypothetical(script, owner=LETTERS)]
    mine = view(script, owners=(LETTERS,), taxpayers={LETTERS.lower(): "family"})
    assert mine.simulate(LETTERS.lower(), asked).tax == -3000 * WAD
    assert view(script).simulate(LETTERS.lower(), asked).tax == -3000 * WAD
    with pytest.raises(TaxError, match="belongs to no taxpayer here"):
        mine.simulate(RECEIVER, [])


def test_nothing_asked_is_nothing_owed() -> None:
    script = vault()
    script.deposit()
    outcome = view(script).simulate(DEPOSITOR, [])
    assert (outcome.tax, outcome.allowed_loss, outcome.notes) == (0, 0, ())


def test_asking_changes_nothing() -> None:
    script = vault()
    script.deposit()
    asked = view(script)
    first = asked.simulate(DEPOSITOR, [hypothetical(script)])
    assert asked.simulate(DEPOSITOR, [hypothetical(script)]) == first


def test_a_ledger_in_another_currency_is_refused() -> None:
    with pytest.raises(TaxError, match="counts in USD and this ledger in GBP"):
        LedgerTaxView(
            Ledger((), currency="GBP"),
            profile("uk"),
            TaxRates(short_bps=0, long_bps=0),
            names=VaultNames(1, VAULT),
            symbols={},
            decimals={},
        )


def test_an_asset_without_a_symbol_is_refused() -> None:
    script = vault()
    script.deposit()
    asked = hypothetical(script)
    strange = asked.model_copy(update={"to_key": asked.to_key.model_copy(update={"asset": 5})})
    with pytest.raises(TaxError, match="asset 5 has no symbol"):
        view(script).simulate(DEPOSITOR, [strange])


def test_a_lot_that_comes_to_less_than_a_unit_loses_its_basis() -> None:
    script = vault()
    script.deposit(units=3, price=3000)
    outcome = view(script).simulate(DEPOSITOR, [hypothetical(script)])
    assert outcome.allowed_loss == 9000


def test_rates_are_shares() -> None:
    with pytest.raises(ValidationError):
        TaxRates(short_bps=10_001, long_bps=0)
