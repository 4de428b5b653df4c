from __future__ import annotations

from dataclasses import replace
from datetime import date

from tests.unit.tax.engine.shares_ledgers import buy, done, faults, job, row, sell, wrap
from vaultsdk.tax.engine.shares import run
from vaultsdk.tax.ledger.event import Kind, iso, ordinal
from vaultsdk.tax.profiles.uk import UK
from vaultsdk.tax.result import Disposal, Matched, Pool
from vaultsdk.tax.rules.fees import TOKEN_FEES
from vaultsdk.tax.rules.timeline import Dated, Timeline
from vaultsdk.tax.rules.treatment import GIFTS_CARRY, GIFTS_DISPOSE


def _short(out: Matched) -> list[tuple[str, str, str, int, int, int]]:
    return [(d.event, d.lot, d.rule, d.quantity, d.proceeds, d.basis) for d in out.disposals]


def test_a_day_is_one_acquisition_and_one_disposal() -> None:
    out = done(
        buy("b1", "2021-03-01", 3, 100, fee=1),
        sell("s2", "2021-03-01", 2, 90, fee=5),
        sell("s1", "2021-03-01", 3, 61),
        buy("b2", "2021-03-01", 4, 110),
    )
    # 5 of 7 units that cost 211: 150 5/7, rounded down.
    assert out.disposals == [
        Disposal(
            event="s1;s2",
            lot="b1;b2",
            owner="",
            wallet="",
            asset="X",
            acquired=ordinal("2021-03-01"),
            disposed=ordinal("2021-03-01"),
            quantity=5,
            proceeds=146,
            basis=150,
            disallowed=0,
            rule="SAME_DAY",
            term="",
            fee=5,
            of_quantity=7,
            of_basis=211,
        )
    ]
    assert out.pools == [Pool("X", "", "", 2, 61)]


def test_the_window_is_the_thirty_days_after_the_disposal() -> None:
    for gap, rule, basis in ((1, "30_DAY", 70), (30, "30_DAY", 70), (31, "S104", 40)):
        day = ordinal("2021-01-10")
        out = done(buy("b1", day - 5, 10, 40), sell("s", day, 10, 50), buy("b2", day + gap, 10, 70))
        (disposal,) = out.disposals
        assert (disposal.rule, disposal.basis) == (rule, basis)
        assert disposal.acquired == (day + gap if rule == "30_DAY" else None)
        assert out.pools == [Pool("X", "", "", 10, 110 - basis)]


def test_what_was_bought_before_a_disposal_is_only_in_the_pool() -> None:
    out = done(
        buy("b1", "2021-01-01", 10, 40),
        buy("b2", "2021-01-09", 10, 80),
        sell("s", "2021-01-10", 5, 50),
    )
    assert _short(out) == [("s", "S104:X", "S104", 5, 50, 30)]


def test_a_purchase_meets_its_own_days_sale_first_then_the_earliest() -> None:
    out = done(
        buy("b0", "2021-01-01", 20, 1_000),
        sell("s1", "2021-02-01", 4, 40),
        sell("s2", "2021-02-03", 4, 41),
        buy("b1", "2021-02-05", 10, 101),
        sell("s3", "2021-02-05", 3, 42),
    )
    assert _short(out) == [
        ("s1", "b1", "30_DAY", 4, 40, 40),
        ("s2", "b1", "30_DAY", 3, 30, 31),
        ("s2", "S104:X", "S104", 1, 11, 50),
        ("s3", "b1", "SAME_DAY", 3, 42, 30),
    ]
    first = out.disposals[0]
    assert (first.of_quantity, first.of_basis) == (7, 71)
    assert out.pools == [Pool("X", "", "", 19, 950)]


def test_a_sale_meets_the_earliest_purchase_first() -> None:
    out = done(
        buy("b0", "2021-01-01", 20, 1_000),
        sell("s", "2021-02-01", 10, 101, fee=10),
        buy("b1", "2021-02-03", 3, 30),
        buy("b2", "2021-02-04", 4, 44),
    )
    # 91 by 10 units: 27.3, then 63.7 by 7: 36.4, then the rest.
    assert _short(out) == [
        ("s", "b1", "30_DAY", 3, 27, 30),
        ("s", "b2", "30_DAY", 4, 36, 44),
        ("s", "S104:X", "S104", 3, 28, 150),
    ]
    assert [disposal.fee for disposal in out.disposals] == [3, 4, 3]


def test_what_comes_in_from_outside_joins_the_pool_and_is_never_matched() -> None:
    out = done(
        buy("b", "2021-01-01", 10, 100),
        sell("s", "2021-02-01", 5, 60),
        row("t", "2021-02-01", Kind.TRANSFER_IN, 10, 300, acquired=ordinal("2019-01-01")),
        row("u", "2021-02-02", Kind.TRANSFER_IN, 10, 500),
    )
    assert _short(out) == [("s", "S104:X", "S104", 5, 60, 100)]
    assert out.pools == [Pool("X", "", "", 25, 800)]


def test_income_and_gifts_received_are_acquisitions_at_their_value() -> None:
    out = done(
        buy("b", "2021-01-01", 10, 100),
        sell("s", "2021-02-01", 5, 60),
        row("i", "2021-02-10", Kind.INCOME, 2, 30),
        row("g", "2021-02-11", Kind.GIFT_IN, 2, 50, acquired=ordinal("2019-01-01")),
    )
    assert _short(out) == [
        ("s", "i", "30_DAY", 2, 24, 30),
        ("s", "g", "30_DAY", 2, 24, 50),
        ("s", "S104:X", "S104", 1, 12, 10),
    ]
    assert [(one.event, one.value) for one in out.income] == [("i", 30)]


def test_a_gift_is_a_disposal_and_needs_a_value() -> None:
    rows = buy("b", "2021-01-01", 10, 100), row("g", "2021-02-01", Kind.GIFT_OUT, 4, 90, row=3)
    assert _short(done(*rows)) == [("g", "S104:X", "S104", 4, 90, 40)]
    assert faults(rows[0], rows[1]._replace(valued=False)) == [
        "3 total: g: a gift is a disposal at market value here: give its total"
    ]


def test_a_transfer_only_spends_its_fee() -> None:
    move = row(
        "m", "2021-02-01", Kind.TRANSFER, 5, 7, fee_quantity=1, wallet="one", to_wallet="two"
    )
    out = done(buy("b", "2021-01-01", 10, 100), move)
    assert _short(out) == [("m", "S104:X", "S104", 1, 7, 10)]
    assert out.pools == [Pool("X", "", "", 9, 90)]
    assert done(buy("b", "2021-01-01", 10, 100), move._replace(fee_quantity=0)).disposals == []


def test_a_token_fee_is_a_disposal_and_a_cost_of_its_trade() -> None:
    # HMRC's example of a fee of one token worth 5 on the sale of a thousand for 5,000.
    events = (
        buy("b", "2020-01-01", 10_000, 20_000),
        sell("s", "2020-08-01", 1_000, 5_000, group="g"),
        row("f", "2020-08-01", Kind.FEE, 1, 5, group="g"),
    )
    out = done(*TOKEN_FEES.attach(events))
    assert _short(out) == [("f;s", "S104:X", "S104", 1_001, 5_000, 2_002)]
    assert out.pools == [Pool("X", "", "", 8_999, 17_998)]


def test_assets_of_one_class_share_their_pool_and_their_days() -> None:
    same = {"ETH": "ETH", "WETH": "ETH"}
    out = done(
        buy("b1", "2021-01-01", 10, 100, asset="ETH"),
        sell("s1", "2021-02-01", 4, 50, asset="WETH"),
        buy("b2", "2021-02-02", 1, 13, asset="ETH"),
        sell("s2", "2021-03-01", 1, 20, asset="WETH"),
        sell("s3", "2021-03-01", 1, 21, asset="ETH"),
        *wrap("w", "2021-01-03", "ETH", 6, "WETH", 6),
        same=same,
    )
    assert _short(out) == [
        ("s1", "b2", "30_DAY", 1, 12, 13),
        ("s1", "S104:ETH", "S104", 3, 38, 30),
        ("s2;s3", "S104:ETH", "S104", 2, 41, 20),
    ]
    assert [disposal.asset for disposal in out.disposals] == ["WETH", "WETH", "ETH"]
    assert out.pools == [Pool("ETH", "", "", 5, 50)]


def test_assets_of_one_class_must_have_equal_decimals() -> None:
    assert faults(
        buy("b1", "2021-01-01", 10, 100, asset="USDC", row=2),
        buy("b2", "2021-01-02", 10, 100, asset="DAI", row=3),
        decimals={"USDC": 6, "DAI": 18},
        same={"USDC": "USD", "DAI": "USD"},
    ) == [
        "3 asset: b2: DAI has 18 decimals and USDC has 6, but both count as USD: correct the "
        "decimals of one of them"
    ]


def test_owners_are_apart() -> None:
    out = done(
        buy("b1", "2021-01-01", 10, 100, owner="one"),
        buy("b2", "2021-01-01", 10, 300, owner="two"),
        sell("s1", "2021-02-01", 5, 60, owner="one"),
        buy("b3", "2021-02-01", 10, 900, owner="two"),
    )
    assert _short(out) == [("s1", "S104:X", "S104", 5, 60, 50)]
    assert out.pools == [Pool("X", "one", "", 5, 50), Pool("X", "two", "", 20, 1_200)]


def test_a_wrap_carries_its_part_of_the_cost_along_a_chain_of_one_day() -> None:
    out = done(
        sell("s", "2021-01-01", 2, 70, asset="C"),
        *wrap("w2", "2021-01-01", "B", 4, "C", 2),
        *wrap("w1", "2021-01-01", "A", 4, "B", 4),
        buy("b", "2021-01-01", 10, 101, asset="A"),
    )
    assert _short(out) == [("s", "S104:C", "S104", 2, 70, 40)]
    assert out.pools == [Pool("A", "", "", 6, 61)]


def test_a_wrap_is_no_purchase() -> None:
    out = done(
        buy("b1", "2021-01-01", 10, 100, asset="A"),
        buy("b2", "2021-01-01", 5, 100, asset="B"),
        sell("s", "2021-02-01", 5, 60, asset="B"),
        *wrap("w", "2021-02-05", "A", 10, "B", 10),
    )
    assert _short(out) == [("s", "S104:B", "S104", 5, 60, 100)]
    assert out.pools == [Pool("B", "", "", 10, 100)]


def test_a_wrap_there_and_back_on_a_day_is_set_off() -> None:
    held = (
        buy("b1", "2021-01-01", 10, 100, asset="A"),
        buy("b2", "2021-01-01", 10, 200, asset="B"),
    )
    out = done(
        *held,
        *wrap("w1", "2021-01-02", "A", 5, "B", 5),
        *wrap("w2", "2021-01-02", "B", 3, "A", 3),
    )
    assert out.pools == [Pool("A", "", "", 8, 80), Pool("B", "", "", 12, 220)]
    # A rate that moved within the day leaves units that cost nothing.
    out = done(
        *held,
        *wrap("w1", "2021-01-02", "A", 5, "B", 4),
        *wrap("w2", "2021-01-02", "B", 4, "A", 6),
    )
    assert out.pools == [Pool("A", "", "", 11, 100), Pool("B", "", "", 10, 200)]
    out = done(
        *held,
        *wrap("w1", "2021-01-02", "A", 5, "B", 4),
        *wrap("w2", "2021-01-02", "B", 6, "A", 5),
    )
    assert out.pools == [Pool("A", "", "", 10, 100), Pool("B", "", "", 8, 200)]


def test_a_ring_of_wraps_loses_no_cost() -> None:
    out = done(
        buy("b1", "2021-01-01", 5, 100, asset="A"),
        buy("b2", "2021-01-01", 5, 200, asset="B"),
        *wrap("w1", "2021-01-02", "A", 8, "B", 8),
        *wrap("w2", "2021-01-02", "B", 6, "C", 6),
        *wrap("w3", "2021-01-02", "C", 6, "A", 6),
    )
    # A is first by name and gives all that it has; 6 of 13 units of B come round to it.
    assert out.pools == [Pool("A", "", "", 3, 138), Pool("B", "", "", 7, 162)]
    out = done(
        buy("b", "2021-01-01", 5, 200, asset="B"),
        *wrap("w1", "2021-01-02", "A", 3, "B", 3),
        *wrap("w2", "2021-01-02", "B", 3, "C", 3),
        *wrap("w3", "2021-01-02", "C", 3, "A", 3),
    )
    # What comes round to A, which has no units left, goes on to B.
    assert out.pools == [Pool("B", "", "", 5, 200)]


def test_wraps_of_one_pool_into_others_are_taken_by_name_not_by_row() -> None:
    held = buy("b", "2021-01-01", 7, 100, asset="A")
    to_b, to_c = wrap("w1", "2021-01-02", "A", 2, "B", 2), wrap("w2", "2021-01-02", "A", 2, "C", 2)
    expected = [Pool("A", "", "", 3, 44), Pool("B", "", "", 2, 28), Pool("C", "", "", 2, 28)]
    assert done(held, *to_b, *to_c).pools == expected
    assert done(held, *to_c, *to_b).pools == expected
    held = held._replace(total=101)
    expected = [Pool("A", "", "", 3, 44), Pool("B", "", "", 2, 28), Pool("C", "", "", 2, 29)]
    assert done(held, *to_b, *to_c).pools == expected
    assert done(held, *to_c, *to_b).pools == expected


def test_a_wrap_within_a_class_changes_the_units_and_no_cost() -> None:
    rows = (
        buy("b", "2021-01-01", 10, 100, asset="A"),
        *wrap("w", "2021-01-02", "A", 10, "WA", 8),
        sell("s", "2021-01-02", 2, 30, asset="WA"),
    )
    out = done(*rows, same={"WA": "A"})
    assert _short(out) == [("s", "S104:A", "S104", 2, 30, 25)]
    assert out.pools == [Pool("A", "", "", 6, 75)]
    (fault,) = faults(*rows, sell("t", "2021-01-03", 7, 30, asset="A"), same={"WA": "A"})
    assert "t: takes 0.000000000000000007 A on 2021-01-03, but 0.000000000000000006 A is" in fault
    even = wrap("v", "2021-01-03", "WA", 3, "A", 3)
    sale = sell("t", "2021-01-03", 7, 30, asset="A")
    assert faults(*rows, *even, sale, same={"WA": "A"}) == [fault]


def test_income_of_a_day_is_told_by_name_not_by_row() -> None:
    one, two = (row(id, "2021-01-01", Kind.INCOME, 2, 30) for id in ("i1", "i2"))
    assert [income.event for income in done(one, two).income] == ["i1", "i2"]
    assert [income.event for income in done(two, one).income] == ["i1", "i2"]


def test_what_is_given_without_a_disposal_takes_its_part_of_the_pool() -> None:
    profile = replace(UK, treatment=Timeline.always(GIFTS_CARRY))
    out = done(
        buy("b", "2021-01-01", 9, 100),
        row("g2", "2021-02-01", Kind.GIFT_OUT, 2, valued=False),
        row("g1", "2021-02-01", Kind.GIFT_OUT, 2),
        sell("s", "2021-02-01", 5, 60),
        profile=profile,
    )
    assert [(one.event, one.lot, one.quantity, one.basis) for one in out.removals] == [
        ("g1", "S104:X", 2, 22),
        ("g2", "S104:X", 2, 22),
    ]
    assert _short(out) == [("s", "S104:X", "S104", 5, 60, 56)]
    assert out.pools == []


def test_a_treatment_holds_for_its_days() -> None:
    timeline = Timeline(
        (
            Dated(GIFTS_CARRY, until=date(2021, 1, 31)),
            Dated(GIFTS_DISPOSE, since=date(2021, 2, 1)),
        )
    )
    out = done(
        buy("b", "2021-01-01", 9, 90),
        row("g1", "2021-01-31", Kind.GIFT_OUT, 2),
        row("g2", "2021-02-01", Kind.GIFT_OUT, 3, 60),
        profile=replace(UK, treatment=timeline),
    )
    assert [one.event for one in out.removals] == ["g1"]
    assert _short(out) == [("g2", "S104:X", "S104", 3, 60, 30)]


def test_more_than_is_held_at_the_end_of_a_day_is_told_once_for_an_asset() -> None:
    assert faults(
        buy("b", "2021-01-01", 3 * 10**18, 100, row=2),
        sell("s2", "2021-02-01", 2 * 10**18, 60, row=3),
        sell("s1", "2021-02-01", 2 * 10**18, 60, row=4),
        sell("s3", "2021-02-02", 9 * 10**18, 60, row=5),
        row("m", "2021-02-02", Kind.TRANSFER, 2, 7, asset="Y", fee_quantity=1, row=6),
        *wrap("w", "2021-02-03", "Z", 1, "V", 1),
        sell("s4", "2021-02-03", 1, 5, asset="V", row=7),
    ) == [
        "4 quantity: s1: takes 4 X on 2021-02-01, but 3 X is held: correct the quantity, or add "
        "what came in before",
        "6 fee_quantity: m: takes 0.000000000000000001 Y on 2021-02-02, but 0 Y is held: correct "
        "the quantity, or add what came in before",
        "0 quantity: w-out: takes 0.000000000000000001 Z on 2021-02-03, but 0 Z is held: correct "
        "the quantity, or add what came in before",
    ]


def test_what_one_never_had_cannot_be_sold_and_bought_later() -> None:
    (fault,) = faults(sell("s", "2021-02-01", 5, 60), buy("b", "2021-02-02", 5, 50))
    assert "takes 0.000000000000000005 X on 2021-02-01, but 0 X is held" in fault


def test_a_sale_before_the_days_purchase_is_none_too_many() -> None:
    out = done(
        sell("s", "2021-02-01", 5, 60, microsecond=1),
        buy("b", "2021-02-01", 5, 50, microsecond=2),
    )
    assert _short(out) == [("s", "b", "SAME_DAY", 5, 60, 50)]


def test_a_wrap_needs_both_of_its_legs_on_one_day() -> None:
    out, come = wrap("w", "2021-01-02", "A", 5, "B", 5)
    held = buy("b", "2021-01-01", 5, 100, asset="A")
    sale = sell("s", "2021-01-05", 5, 100, asset="B")
    assert faults(held, out) == [
        "0 group: w-out: a wrap needs one leg out and one leg in: add the other one"
    ]
    assert faults(held, come, sale) == [
        "0 group: w-in: a wrap needs one leg out and one leg in: add the other one"
    ]
    late = row("w-in", "2021-01-03", Kind.WRAP_IN, 5, asset="B", group="w")
    assert faults(held, out, late, sale) == [
        "0 time: w-in: both legs of a wrap are of one day: correct the time"
    ]
    assert faults(held, come, come._replace(id="again")) == [
        "0 group: again: a wrap has one leg in, not two: correct `side`"
    ]


def test_windows_that_are_open_at_the_end_are_told() -> None:
    rows = (
        buy("b", "2021-01-01", 50, 100),
        sell("s1", "2021-01-30", 5, 60),
        sell("s2", "2021-02-01", 5, 60),
        sell("s3", "2021-02-10", 5, 60),
        buy("c", "2021-02-10", 5, 60),
    )
    assert done(*rows).notes == []
    assert done(*rows, as_of=ordinal("2021-03-03")).notes == []
    assert done(*rows, as_of=ordinal("2021-03-02")).notes == [
        "30-day matching: what is bought of X up to 2021-03-03 can still change the cost of what "
        "was disposed of on 2021-02-01"
    ]
    early = (*rows[:3], sell("s3", "2021-02-10", 5, 60))
    assert done(*early, as_of=ordinal("2021-02-15")).notes == [
        "30-day matching: what is bought of X up to 2021-03-12 can still change the cost of what "
        "was disposed of from 2021-01-30 to 2021-02-10"
    ]


def test_a_disposal_of_nothing_that_brought_money_is_kept() -> None:
    out = done(buy("b", "2021-01-01", 5, 50), sell("s", "2021-02-01", 0, 3))
    assert _short(out) == [("s", "S104:X", "S104", 0, 3, 0)]
    assert out.pools == [Pool("X", "", "", 5, 50)]


def test_an_empty_ledger_has_an_empty_result() -> None:
    assert done() == Matched()


def test_a_row_of_the_result_is_what_its_lot_had_before_pro_rata() -> None:
    one = job(
        buy("b0", "2021-01-01", 17, 1_000),
        sell("s1", "2021-02-01", 7, 41),
        buy("b1", "2021-02-05", 3, 101),
    )
    run(one)
    for part in one.out.disposals:
        assert part.basis == part.of_basis * part.quantity // part.of_quantity, iso(part.disposed)
