"""What is sent follows from what was decided."""

from __future__ import annotations

import pytest

from tests.unit.keeper.builders import NOW, V3, VAULT, WAD, cohort, deployment, snapshot
from vaultsdk.chain.calls import selector
from vaultsdk.core import harvest_rules as rules
from vaultsdk.core.deployment import AdapterRefs
from vaultsdk.keeper.config import KeeperConfig
from vaultsdk.keeper.decide import decide
from vaultsdk.keeper.errors import KeeperError
from vaultsdk.keeper.plan import plan
from vaultsdk.keeper.quoting import wanted


def test_the_call_says_what_was_decided() -> None:
    built = snapshot([cohort(seq=2), cohort(seq=1), cohort(days=1, seq=3)])
    config = KeeperConfig(fee_bps=20, slack_bps=50, deadline_s=300)
    decisions = decide(built, config)
    (one,) = plan(decisions, built, config, deployment().adapters)
    call, choice, market = one.call, one.batch.choice, one.batch.market
    assert call.keys == tuple(sorted((cohort(seq=1).key.pack(), cohort(seq=2).key.pack())))
    assert call.to_asset == 1 and call.fee_bps == 20 and call.deadline == NOW + 300
    (leg,) = call.legs
    assert leg.adapter == V3.lower() or leg.adapter.lower() == V3.lower()
    assert leg.data == choice.curve.route.data
    # What was quoted passes; half a percent less passes; a little below that does not.
    sold, net = choice.plan.sold, choice.settled.net
    assert rules.reaches_rate(net * 9_950 // 10_000, sold, market, call.min_rate)
    assert not rules.reaches_rate(net * 9_949 // 10_000, sold, market, call.min_rate)
    assert 1 <= call.min_sold <= sold
    assert call.data(VAULT).startswith(
        "0x"
        + selector(
            "harvest(uint256[],uint256,(address,uint256,bytes)[],uint256,uint256,uint256,uint256)"
        ).hex()
    )


def test_a_route_without_an_adapter_is_an_error() -> None:
    built = snapshot([cohort()])
    with pytest.raises(KeeperError, match="no adapter"):
        plan(decide(built, KeeperConfig()), built, KeeperConfig(), AdapterRefs())


def test_quotes_are_asked_for_what_may_be_sold_only() -> None:
    assert wanted(snapshot([cohort(days=1)], pools=False)) == ()
    assert wanted(snapshot([cohort()], paused=2, pools=False)) == ()
    many = [cohort(units=WAD, seq=number) for number in range(5)]
    into_wsteth, into_reth = wanted(snapshot(many, pools=False))
    assert (into_wsteth.asset_out, into_reth.asset_out) == (1, 2)
    assert into_wsteth.sizes == (WAD // 100, WAD, 2 * WAD, 4 * WAD, 5 * WAD)
