"""From a real vault's log to taxes: the ledger's lots are the lens's lots on chain, to the unit."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest

from tests.integration.life import World, live, world
from vaultsdk.core.ledger import gains
from vaultsdk.core.ledger.gains import GainKind
from vaultsdk.devnet.launch import Devnet
from vaultsdk.tax.compute import compute
from vaultsdk.tax.ledger.ledger import Ledger
from vaultsdk.tax.ledger.vault import events_of_vault
from vaultsdk.tax.profiles import profile

pytestmark = pytest.mark.anvil


def told(w: World, owners: list[str] | None = None) -> Ledger:
    deployment = w.devnet.deployment
    return events_of_vault(
        w.vault.ledger(),
        chain_id=deployment.chain_id,
        vault=w.vault.address,
        owners=owners,
        symbols={asset.id: asset.symbol for asset in deployment.assets},
        quote_decimals=deployment.quote.decimals,
        gates=[deployment.eth_gate] if deployment.eth_gate else [],
    )


def day(seconds: int) -> int:
    return datetime.fromtimestamp(seconds, UTC).toordinal()


def test_the_open_lots_are_the_lots_on_chain_and_the_gains_the_harvests(devnet: Devnet) -> None:
    w = world(devnet)
    live(w)
    state = w.vault.ledger().state()
    stem = f"{devnet.deployment.chain_id}:{w.vault.address}"

    result = compute(told(w), profile("us"), method="spec", scope="wallet")
    ours = {
        lot.lot.partition("@")[0]: (lot.owner, lot.asset, lot.quantity, lot.basis, lot.acquired)
        for lot in result.open_lots
        if lot.wallet == f"vault:{stem}"
    }
    theirs = {
        f"{stem}:{owner}:{row.number}": (
            owner,
            devnet.deployment.asset(row.lot.asset).symbol,
            row.lot.units,
            row.lot.basis,
            day(row.lot.acquired_at),
        )
        for owner in state.lot_counts
        for row in w.vault.lots(owner)
        if row.lot.units
    }
    assert ours == theirs
    assert len(ours) >= 6

    rows = gains(w.vault.ledger().histories(), devnet.deployment.quote.decimals, state)
    assert Counter((d.owner, d.quantity, d.basis, d.gain) for d in result.disposals) == Counter(
        (row.owner, row.units, row.basis, row.gain) for row in rows
    )
    harvests = [d for d in result.disposals if "/harvest" in d.event]
    assert len(harvests) == sum(row.kind is GainKind.HARVEST for row in rows) > 3
    assert any(d.gain < 0 for d in harvests)
    # The keeper took 20 bps of the gross proceeds.
    for disposal in harvests:
        gross = disposal.proceeds + disposal.fee
        assert abs(disposal.fee * 10_000 - gross * 20) < gross // 1_000_000


def test_two_addresses_of_one_taxpayer_give_each_other_nothing(devnet: Devnet) -> None:
    w = world(devnet)
    live(w)
    pair = [w.signer(f"depositor_{i}").address for i in (0, 2)]  # the second claims of the first
    apart = compute(told(w), profile("us"), method="spec", scope="wallet")
    assert len(apart.removals) == 1
    result = compute(told(w, pair), profile("us"), method="spec", scope="wallet")
    assert result.removals == ()
    assert {lot.owner for lot in result.open_lots} == {""}
