"""The moving average: hand-computed pools, wallets, wraps, fees, and what is refused."""

from __future__ import annotations

import pytest

from tests.unit.tax.engine.average_jobs import SAME, canada, causes, computed, event, job
from vaultsdk.tax.engine.average import run
from vaultsdk.tax.errors import TaxError
from vaultsdk.tax.ledger.event import WAD, Kind, ordinal
from vaultsdk.tax.profiles.ca import CA
from vaultsdk.tax.result import Disposal, Income, Pool, Removal
from vaultsdk.tax.rules.scope import US_SCOPE, Scope


def test_a_sale_takes_the_average_cost_with_the_buyers_fees_in_and_its_own_off() -> None:
    out = computed(
        event("b1", "2024-01-01", Kind.BUY, 10, 90, fee=10),
        event("b2", "2024-02-01", Kind.BUY, 10, 200),
        event("s", "2024-03-01", Kind.SELL, 5, 100, fee=1, wallet="w"),
    )
    assert out.disposals == [
        Disposal(
            event="s",
            lot="",
            owner="",
            wallet="w",
            asset="ETH",
            acquired=None,
            disposed=ordinal("2024-03-01"),
            quantity=5,
            proceeds=99 * WAD,
            basis=75 * WAD,
            disallowed=0,
            rule="AVERAGE",
            term="",
            fee=WAD,
            of_quantity=20,
            of_basis=300 * WAD,
        )
    ]
    assert out.pools == [Pool("ETH", "", "", 15, 225 * WAD)]
    assert out.adjustments == [] and out.open_lots == [] and out.notes == []


def test_parts_round_down_and_the_last_unit_takes_what_is_left() -> None:
    rows = [event("b", "2024-01-01", Kind.BUY, 3)._replace(total=10)]
    rows += [event(f"s{at}", "2024-01-02", Kind.SELL, 1, at=at) for at in range(3)]
    out = computed(*rows)
    assert [one.basis for one in out.disposals] == [3, 3, 4]
    assert out.pools == []


def test_an_empty_pool_forgets_its_average() -> None:
    out = computed(
        event("b1", "2024-01-01", Kind.BUY, 1, 1000),
        event("s1", "2024-01-02", Kind.SELL, 1, 10),
        event("b2", "2024-01-03", Kind.BUY, 1, 7),
    )
    assert out.pools == [Pool("ETH", "", "", 1, 7 * WAD)]


def test_owners_and_assets_have_pools_of_their_own() -> None:
    out = computed(
        event("1", "2024-01-01", Kind.BUY, 1, 10, owner="b"),
        event("2", "2024-01-01", Kind.BUY, 2, 30, owner="a"),
        event("3", "2024-01-01", Kind.BUY, 4, 50, owner="a", asset="BTC"),
        event("4", "2024-01-02", Kind.SELL, 1, 10, owner="a"),
    )
    assert out.pools == [
        Pool("BTC", "a", "", 4, 50 * WAD),
        Pool("ETH", "a", "", 1, 15 * WAD),
        Pool("ETH", "b", "", 1, 10 * WAD),
    ]


def test_income_counts_at_its_value_and_a_transfer_in_brings_its_basis() -> None:
    out = computed(
        event("i", "2024-01-01", Kind.INCOME, 2, 8),
        event("t", "2024-01-02", Kind.TRANSFER_IN, 2, 2, acquired=ordinal("2020-01-01")),
    )
    assert out.income == [Income("i", "", "ETH", ordinal("2024-01-01"), 2, 8 * WAD)]
    assert out.pools == [Pool("ETH", "", "", 4, 10 * WAD)]


def test_a_gift_out_carries_its_basis_without_a_disposal() -> None:
    out = computed(
        event("b", "2024-01-01", Kind.BUY, 4, 100),
        event("g", "2024-01-02", Kind.GIFT_OUT, 1, valued=False),
    )
    assert out.disposals == []
    assert out.removals == [Removal("g", "", "", "ETH", ordinal("2024-01-02"), 1, 25 * WAD)]
    assert out.pools == [Pool("ETH", "", "", 3, 75 * WAD)]


@pytest.mark.parametrize("out_first", [True, False])
def test_a_wrap_moves_its_cost_to_the_other_asset(out_first: bool) -> None:
    legs = [
        event("o", "2024-01-02", Kind.WRAP_OUT, 4, group="w"),
        event("i", "2024-01-02", Kind.WRAP_IN, 3, group="w", asset="wstETH"),
    ]
    rows = [event("b", "2024-01-01", Kind.BUY, 10, 100), *(legs if out_first else legs[::-1])]
    out = computed(*rows)
    assert out.disposals == [] and out.removals == []
    assert out.pools == [
        Pool("ETH", "", "", 6, 60 * WAD),
        Pool("wstETH", "", "", 3, 40 * WAD),
    ]


def test_by_wallet_each_wallet_has_its_average_and_a_transfer_carries_cost() -> None:
    rows = (
        event("b1", "2024-01-01", Kind.BUY, 10, 100, wallet="x"),
        event("b2", "2024-01-01", Kind.BUY, 10, 300, wallet="y"),
        event("t", "2024-01-02", Kind.TRANSFER, 5, 9, fee_quantity=1, wallet="x", to_wallet="y"),
        event("s", "2024-01-03", Kind.SELL, 7, 70, wallet="y"),
    )
    out = computed(*rows, scope=Scope.WALLET)
    # x: 10 for 100, the fee takes 1 for 10, 4 leave with 40. y: 14 for 340, 7 go for 170.
    assert [(one.event, one.quantity, one.proceeds, one.basis) for one in out.disposals] == [
        ("t", 1, 9 * WAD, 10 * WAD),
        ("s", 7, 70 * WAD, 170 * WAD),
    ]
    assert out.pools == [
        Pool("ETH", "", "x", 5, 50 * WAD),
        Pool("ETH", "", "y", 7, 170 * WAD),
    ]


def test_by_wallet_a_transfer_in_lands_where_it_says() -> None:
    rows = (
        event("t", "2024-01-01", Kind.TRANSFER_IN, 1, 5, wallet="x", to_wallet="y"),
        event("u", "2024-01-01", Kind.TRANSFER_IN, 2, 5, wallet="x"),
    )
    assert computed(*rows, scope=Scope.WALLET).pools == [
        Pool("ETH", "", "x", 2, 5 * WAD),
        Pool("ETH", "", "y", 1, 5 * WAD),
    ]


def test_universally_a_transfer_is_its_fee_only() -> None:
    out = computed(
        event("b", "2024-01-01", Kind.BUY, 10, 100, wallet="x"),
        event("t", "2024-01-02", Kind.TRANSFER, 5, 9, fee_quantity=1, wallet="x", to_wallet="y"),
        event("s", "2024-01-03", Kind.SELL, 9, 90, wallet="z"),
    )
    assert [(one.event, one.quantity, one.basis) for one in out.disposals] == [
        ("t", 1, 10 * WAD),
        ("s", 9, 90 * WAD),
    ]
    assert out.pools == []


def test_by_wallet_units_elsewhere_do_not_help() -> None:
    rows = (
        event("b", "2024-01-01", Kind.BUY, 10, 100, wallet="x"),
        event("s", "2024-01-02", Kind.SELL, 10, 100, wallet="y"),
    )
    assert causes(*rows) == []
    ((column, cause),) = causes(*rows, scope=Scope.WALLET, decimals={"ETH": 0})
    assert column == "quantity"
    assert cause == (
        "s: takes 10 ETH on 2024-01-02, but 0 ETH is held in wallet 'y': correct the quantity, or "
        "add what came in before"
    )


def test_every_fault_is_found_and_none_twice() -> None:
    found = causes(
        event("b", "2024-01-01", Kind.BUY, 1, 10),
        event("s1", "2024-01-02", Kind.SELL, 2, 10),
        event("s2", "2024-01-03", Kind.SELL, 2, 10),
        event("s3", "2024-01-03", Kind.SPEND, 1, 10, asset="BTC"),
        event("w", "2024-01-04", Kind.WRAP_OUT, 1, group="g"),
        event("t", "2024-01-05", Kind.TRANSFER, 2, 1, fee_quantity=1, asset="SOL", to_wallet="y"),
    )
    assert [(column, cause.split(":")[0]) for column, cause in found] == [
        ("quantity", "s1"),
        ("quantity", "s3"),
        ("fee_quantity", "t"),
        ("group", "w"),
    ]


def test_two_legs_of_one_side_are_no_wrap() -> None:
    found = causes(
        event("b", "2024-01-01", Kind.BUY, 9, 10),
        event("w1", "2024-01-04", Kind.WRAP_OUT, 1, group="g"),
        event("w2", "2024-01-04", Kind.WRAP_OUT, 1, group="g"),
    )
    assert [(column, cause[:2]) for column, cause in found] == [("group", "w1"), ("group", "w2")]


def test_a_gift_that_is_a_disposal_needs_its_value() -> None:
    rows = (
        event("b", "2024-01-01", Kind.BUY, 2, 10),
        event("g", "2024-01-02", Kind.GIFT_OUT, 1, valued=False),
    )
    assert causes(*rows, profile=CA) == [
        ("total", "g: a gift is a disposal at market value here: give its total")
    ]
    valued = canada(rows[0], rows[1]._replace(total=9 * WAD, valued=True))
    assert [one.gain for one in valued.disposals] == [4 * WAD]


def test_assets_of_one_class_share_a_pool_and_must_have_the_same_decimals() -> None:
    rows = (
        event("b1", "2024-01-01", Kind.BUY, 2, 10),
        event("b2", "2024-01-01", Kind.BUY, 2, 30, asset="WETH"),
        event("s", "2024-06-01", Kind.SELL, 1, 30, asset="WETH"),
    )
    out = canada(*rows, same=SAME)
    assert [(one.asset, one.basis) for one in out.disposals] == [("WETH", 10 * WAD)]
    assert out.pools == [Pool("ETH", "", "", 3, 30 * WAD)]
    assert [pool.asset for pool in canada(rows[1], same=SAME).pools] == ["WETH"]
    assert [pool.asset for pool in canada(rows[1], rows[0], same=SAME).pools] == ["ETH"]
    assert causes(*rows, profile=CA, same=SAME, decimals={"WETH": 6}) == [
        (
            "asset",
            "b2: WETH has 6 decimals and ETH 18, but both count as ETH here: give them the same "
            "decimals",
        )
    ]


def test_one_scope_for_all_days() -> None:
    asked = job(event("b", "2024-01-01", Kind.BUY, 2, 10))
    asked.scope = US_SCOPE
    with pytest.raises(TaxError, match="one scope for all days"):
        run(asked)


def test_a_superficial_loss_knows_no_wallets() -> None:
    with pytest.raises(TaxError, match="ask for the scope universal"):
        canada(event("b", "2024-01-01", Kind.BUY, 2, 10), scope=Scope.WALLET)


def test_nothing_gives_nothing() -> None:
    out = computed()
    assert out.disposals == [] and out.pools == []
