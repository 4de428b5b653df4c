"""Superficial losses: published examples, and each rule with numbers computed by hand."""

from __future__ import annotations

import pytest

from tests.unit.tax.engine.average_jobs import SAME, canada, event
from vaultsdk.tax.ledger.event import WAD, Event, Kind, ordinal
from vaultsdk.tax.result import Adjustment, Matched, Pool

BUY, SELL = Kind.BUY, Kind.SELL


def denied(out: Matched) -> list[tuple[str, int, int]]:
    """Event, units and whole money of every denied part."""
    return [(one.event, one.quantity, one.amount // WAD) for one in out.adjustments]


def placed(out: Matched) -> list[tuple[str, str, int, int]]:
    """Where it went: owner, replacement, units, whole money."""
    return [
        (one.owner, one.replacement, one.quantity, one.amount // WAD) for one in out.adjustments
    ]


def pools(out: Matched) -> dict[str, tuple[int, int]]:
    return {one.owner: (one.quantity, one.cost // WAD) for one in out.pools}


# ---------------------------------------------------------------- published examples
def test_adjustedcostbase_ca_example_1_all_is_bought_again_the_next_day() -> None:
    # adjustedcostbase.ca, "Applying the Superficial Loss Rule with AdjustedCostBase.ca": 2,000 is
    # denied, and the last sale's gain is 3,000 instead of 5,000.
    out = canada(
        event("b1", "2014-01-06", BUY, 100, 5000),
        event("s1", "2014-11-03", SELL, 100, 3000),
        event("b2", "2014-11-04", BUY, 100, 3000),
        event("s2", "2015-12-02", SELL, 100, 8000),
    )
    assert [(one.gain // WAD, one.recognised // WAD) for one in out.disposals] == [
        (-2000, 0),
        (3000, 3000),
    ]
    assert out.disposals[1].of_basis == 5000 * WAD
    assert out.pools == [] and out.notes == []


def test_it_456r_paragraph_12_fifty_held_twenty_sold_fifteen_bought_again() -> None:
    # 15 of the 20 sold are denied, and 45 are on hand. The prices are this test's own.
    out = canada(
        event("b", "2020-01-01", BUY, 50, 500),
        event("s", "2020-06-01", SELL, 20, 80),
        event("r", "2020-06-10", BUY, 15, 75),
    )
    assert denied(out) == [("s", 15, 90)]  # of 120
    assert out.disposals[0].recognised == -30 * WAD
    assert pools(out) == {"": (45, 300 + 75 + 90)}


def test_cra_2001_0088155_ninety_nine_of_a_hundred_sold_within_the_time() -> None:
    # One share is left, so 1/99 of the loss of 1,000 is denied.
    out = canada(
        event("b", "2000-01-01", BUY, 100, 2000),
        event("s", "2000-01-25", SELL, 99, 980),
        as_of="2000-12-31",
    )
    assert out.disposals[0].gain == -1000 * WAD
    assert out.disposals[0].disallowed == 1000 * WAD // 99
    assert out.pools == [Pool("ETH", "", "", 1, 20 * WAD + 1000 * WAD // 99)]


def test_cra_2005_0150811e5_bought_the_day_before() -> None:
    # J. Golombek, "Partial Disposition of Property" (2006): 100 for 300, 100 more for 100, half
    # sold the next day for 100: by the formula all of the loss of 100 is denied.
    out = canada(
        event("b1", "2006-01-01", BUY, 100, 300),
        event("b2", "2006-03-01", BUY, 100, 100),
        event("s", "2006-03-02", SELL, 100, 100),
        as_of="2006-12-31",
    )
    assert out.disposals[0].gain == -100 * WAD
    assert placed(out) == [("", "b2", 100, 100)]
    assert pools(out) == {"": (100, 300)}


def test_acb_readme_foo_sold_the_day_after_the_purchase() -> None:
    # The README of tsiemens/acb: 20 for 37.20, 10 sold for 17.88: 0.72 denied, new cost 19.32.
    cent = WAD // 100
    out = canada(
        event("b", "2018-02-07", BUY, 20)._replace(total=3720 * cent),
        event("s", "2018-02-08", SELL, 10)._replace(total=1788 * cent),
        as_of="2018-12-31",
    )
    assert out.disposals[0].gain == -72 * cent and out.disposals[0].recognised == 0
    assert out.pools == [Pool("ETH", "", "", 10, 1932 * cent)]


def test_cryptotax_four_of_ten_bought_again() -> None:
    # A test of the R package cryptoTax: of a loss of 50, 20 is denied.
    out = canada(
        event("b", "2021-01-01", BUY, 10, 100),
        event("s", "2021-01-10", SELL, 10, 50),
        event("r", "2021-01-20", BUY, 4, 24),
    )
    assert denied(out) == [("s", 4, 20)]
    assert pools(out) == {"": (4, 44)}


# ---------------------------------------------------------------- the time and the quantities
@pytest.mark.parametrize(
    ("bought", "hit"),
    [("2024-05-01", False), ("2024-05-02", True), ("2024-07-01", True), ("2024-07-02", False)],
)
def test_thirty_days_before_and_after_count_and_no_more(bought: str, hit: bool) -> None:
    out = canada(
        event("b", "2024-01-01", BUY, 10, 100),
        event("r", bought, BUY, 10, 100),
        event("s", "2024-06-01", SELL, 10, 50),
        as_of="2024-12-31",
    )
    assert out.disposals[0].disallowed == (50 * WAD if hit else 0)


def test_what_is_sold_by_the_end_of_the_time_denies_nothing() -> None:
    rows = (
        event("b", "2024-01-01", BUY, 10, 100),
        event("s", "2024-06-01", SELL, 10, 50),
        event("r", "2024-06-10", BUY, 10, 60),
    )
    out = canada(*rows, event("e", "2024-07-01", SELL, 10, 60))
    assert out.disposals[0].disallowed == 0
    # A day later it was still held at the end of the first sale's time.
    out = canada(*rows, event("e", "2024-07-02", SELL, 10, 60), as_of="2024-12-31")
    assert out.disposals[0].disallowed == 50 * WAD
    assert out.disposals[1].gain == -50 * WAD and out.disposals[1].recognised == -50 * WAD


def test_the_least_of_sold_bought_and_held_counts() -> None:
    # S = 10, P = 8, B = 6.
    out = canada(
        event("b", "2024-01-01", BUY, 10, 100),
        event("s", "2024-06-01", SELL, 10, 50),
        event("r", "2024-06-10", BUY, 8, 80),
        event("e", "2024-06-20", SELL, 2, 80),
        as_of="2024-12-31",
    )
    assert denied(out) == [("s", 6, 30)]
    assert out.pools[0].cost == (80 + 30) * WAD * 6 // 8


def test_older_units_held_count_for_b_but_not_for_p() -> None:
    out = canada(
        event("b", "2024-01-01", BUY, 100, 1000),
        event("s", "2024-06-01", SELL, 10, 50),
        event("r", "2024-06-10", BUY, 4, 40),
        as_of="2024-12-31",
    )
    assert denied(out) == [("s", 4, 20)]


def test_a_gain_and_a_loss_of_nothing_are_left_alone() -> None:
    out = canada(
        event("b", "2024-01-01", BUY, 10, 100),
        event("s1", "2024-06-01", SELL, 2, 20),
        event("s2", "2024-06-02", SELL, 2, 21),
        event("r", "2024-06-10", BUY, 10, 40),
    )
    assert out.adjustments == [] and out.notes == []


def test_a_transfer_in_and_a_move_are_no_purchases_but_are_held() -> None:
    out = canada(
        event("b", "2024-01-01", BUY, 10, 100),
        event("s", "2024-06-01", SELL, 10, 50),
        event("t", "2024-06-10", Kind.TRANSFER_IN, 10, 70, acquired=ordinal("2020-01-01")),
        event("m", "2024-06-11", Kind.TRANSFER, 10, wallet="x", to_wallet="y"),
        as_of="2024-12-31",
    )
    assert out.adjustments == []


@pytest.mark.parametrize("kind", [Kind.INCOME, Kind.GIFT_IN, Kind.HARVEST_IN])
def test_income_gifts_and_harvests_are_purchases(kind: Kind) -> None:
    out = canada(
        event("b", "2024-01-01", BUY, 10, 100),
        event("s", "2024-06-01", SELL, 10, 50),
        event("r", "2024-06-10", kind, 10, 70),
    )
    assert denied(out) == [("s", 10, 50)]


@pytest.mark.parametrize("kind", [Kind.SPEND, Kind.FEE, Kind.GIFT_OUT, Kind.HARVEST_OUT])
def test_whatever_is_a_disposition_can_have_a_superficial_loss(kind: Kind) -> None:
    out = canada(
        event("b", "2024-01-01", BUY, 10, 100),
        event("s", "2024-06-01", kind, 10, 50),
        event("r", "2024-06-10", BUY, 10, 70),
    )
    assert denied(out) == [("s", 10, 50)]


def test_what_a_transfer_takes_as_its_fee_is_a_disposition_of_the_fees_units() -> None:
    out = canada(
        event("b", "2024-01-01", BUY, 10, 100),
        event("t", "2024-06-01", Kind.TRANSFER, 10, 5, fee_quantity=1, to_wallet="y"),
        event("r", "2024-06-10", BUY, 10, 70),
    )
    assert denied(out) == [("t", 1, 5)]


# ---------------------------------------------------------------- where the denied part goes
def test_a_purchase_before_the_sale_takes_it_at_once() -> None:
    out = canada(
        event("b", "2024-05-20", BUY, 10, 100),
        event("s1", "2024-06-01", SELL, 4, 20),  # loss 20, all denied: the 6 left cost 80
        event("s2", "2024-12-01", SELL, 3, 60),
    )
    assert out.adjustments == [
        Adjustment(
            event="s1",
            lot="",
            asset="ETH",
            disposed=ordinal("2024-06-01"),
            quantity=4,
            amount=20 * WAD,
            replacement="b",
            owner="",
            carried=True,
            acquired=None,
            rule="superficial loss",
        )
    ]
    assert (out.disposals[1].of_quantity, out.disposals[1].of_basis) == (6, 80 * WAD)


def test_earlier_purchases_take_no_more_than_is_still_held_and_later_ones_the_rest() -> None:
    # S = 8, P = 16, B = 8: all denied. 2 are left of the earlier 10, the later 6 take the rest.
    out = canada(
        event("b", "2024-05-20", BUY, 10, 100),
        event("s", "2024-06-01", SELL, 8, 40),
        event("r", "2024-06-10", BUY, 6, 60),
        as_of="2024-12-31",
    )
    assert placed(out) == [("", "b", 2, 10), ("", "r", 6, 30)]
    assert pools(out) == {"": (8, 20 + 60 + 40)}


def test_it_is_in_the_cost_of_a_sale_that_follows_the_purchase() -> None:
    out = canada(
        event("b", "2024-01-01", BUY, 10, 100),
        event("s1", "2024-06-01", SELL, 10, 50),
        event("r", "2024-06-10", BUY, 20, 100),
        event("s2", "2024-06-11", SELL, 10, 200),
        as_of="2024-12-31",
    )
    assert out.disposals[1].of_basis == 150 * WAD
    assert pools(out) == {"": (10, 75)}


def test_chains_of_losses_end_up_in_the_last_purchase() -> None:
    out = canada(
        event("b", "2024-01-01", BUY, 10, 100),
        event("s1", "2024-06-01", SELL, 10, 50),  # 50 denied, into r1
        event("r1", "2024-06-10", BUY, 10, 40),
        event("s2", "2024-07-05", SELL, 10, 30),  # cost 90, 60 denied, into r2
        event("r2", "2024-07-06", BUY, 10, 30),
        as_of="2024-12-31",
    )
    assert [one.recognised for one in out.disposals] == [0, 0]
    assert pools(out) == {"": (10, 90)}


def test_each_disposition_is_measured_by_itself_so_one_purchase_may_serve_two() -> None:
    out = canada(
        event("b", "2024-01-01", BUY, 20, 200),
        event("s1", "2024-06-01", SELL, 5, 25),
        event("s2", "2024-06-02", SELL, 5, 25),
        event("r", "2024-06-10", BUY, 5, 25),
        as_of="2024-12-31",
    )
    assert denied(out) == [("s1", 5, 25), ("s2", 5, 25)]
    assert pools(out) == {"": (15, 100 + 25 + 50)}


def test_dispositions_of_one_moment_are_one() -> None:
    rows = (
        event("b", "2024-01-01", BUY, 20, 200),
        event("r", "2024-06-10", BUY, 5, 25),
    )
    whole = canada(*rows, event("s", "2024-06-01", SELL, 10, 50), as_of="2024-12-31")
    halves = canada(
        *rows,
        event("s1", "2024-06-01", SELL, 4, 20),
        event("s2", "2024-06-01", SELL, 6, 30),
        as_of="2024-12-31",
    )
    assert denied(whole) == [("s", 5, 25)]
    assert denied(halves) == [("s1", 2, 10), ("s2", 3, 15)]
    assert [one.disallowed // WAD for one in halves.disposals] == [10, 15]
    assert pools(whole) == pools(halves) == {"": (15, 150)}


def test_a_purchase_at_the_moment_of_the_sale_counts_as_before_it() -> None:
    out = canada(
        event("b", "2024-01-01", BUY, 10, 100),
        event("s", "2024-06-01", SELL, 10, 50, at=5),
        event("r", "2024-06-01", BUY, 10, 60, at=5),
        event("e", "2024-06-01", SELL, 2, 40, at=6),
        as_of="2024-12-31",
    )
    assert placed(out) == [("", "r", 8, 40)]
    assert out.disposals[1].of_basis == 100 * WAD


# ---------------------------------------------------------------- affiliated persons
def test_what_a_spouse_buys_and_holds_denies_the_loss_and_gets_it() -> None:
    out = canada(
        event("b", "2024-01-01", BUY, 10, 100, owner="he"),
        event("s", "2024-06-01", SELL, 10, 50, owner="he"),
        event("r", "2024-06-10", BUY, 10, 60, owner="she"),
    )
    assert placed(out) == [("she", "r", 10, 50)]
    assert pools(out) == {"she": (10, 110)}


def test_between_persons_it_is_prorated_by_what_each_bought_and_still_holds() -> None:
    # S = 11, P = 3 + 6 + 5, B = 92 + 6 + 2: all of 55 is denied; he 3, she 6, the son 2 of 11.
    out = canada(
        event("old", "2024-01-01", BUY, 100, 1000, owner="he"),
        event("s", "2024-06-01", SELL, 11, 55, owner="he"),
        event("r1", "2024-06-05", BUY, 3, 30, owner="he"),
        event("r2", "2024-05-20", BUY, 6, 60, owner="she"),
        event("r3", "2024-06-06", BUY, 5, 40, owner="son"),
        event("e", "2024-06-07", SELL, 3, 60, owner="son"),
        as_of="2024-12-31",
    )
    assert placed(out) == [("he", "r1", 3, 15), ("she", "r2", 6, 30), ("son", "r3", 2, 10)]
    assert pools(out) == {"he": (92, 890 + 30 + 15), "she": (6, 90), "son": (2, 20)}


def test_units_that_do_not_divide_are_rounded_down_and_the_last_person_takes_the_rest() -> None:
    out = canada(
        event("old", "2024-01-01", BUY, 10, 100, owner="he"),
        event("s", "2024-06-01", SELL, 2, 10, owner="he"),
        event("r1", "2024-06-05", BUY, 1, 10, owner="a"),
        event("r2", "2024-06-05", BUY, 1, 10, owner="b"),
        event("r3", "2024-06-05", BUY, 1, 10, owner="c"),
        as_of="2024-12-31",
    )
    assert placed(out) == [("b", "r2", 1, 5), ("c", "r3", 1, 5)]


def test_if_nobody_holds_what_he_bought_it_goes_to_who_holds_older_units_at_the_end() -> None:
    out = canada(
        event("old", "2024-01-01", BUY, 20, 200, owner="he"),
        event("s", "2024-06-01", SELL, 10, 50, owner="he"),
        event("r", "2024-06-10", BUY, 10, 60, owner="she"),
        event("e", "2024-06-20", SELL, 10, 60, owner="she"),
        event("m", "2024-07-01", SELL, 1, 10, owner="he"),
        event("n", "2024-07-02", SELL, 1, 100, owner="he"),
        as_of="2024-12-31",
    )
    # B = 9: 45 of 50 is denied, and added when the time ends, after the sale of its last day.
    assert placed(out) == [("he", "r", 9, 45)]
    basis = {one.event: one.basis // WAD for one in out.disposals}
    assert (basis["m"], basis["n"]) == (10, (90 + 45) // 9)


def test_more_than_a_persons_purchases_goes_to_the_last_of_them() -> None:
    out = canada(
        event("b", "2024-01-01", BUY, 20, 200, owner="he"),
        event("o", "2024-01-01", BUY, 10, 100, owner="she"),
        event("r1", "2024-05-20", BUY, 1, 10, owner="she"),
        event("s", "2024-06-01", SELL, 10, 50, owner="he"),
        event("r2", "2024-06-05", BUY, 9, 90, owner="he"),
        event("e", "2024-06-06", SELL, 19, 950, owner="he"),
        event("r3", "2024-06-10", BUY, 1, 10, owner="she"),
        as_of="2024-12-31",
    )
    # S = 10, P = 11, B = 12: all of 50 is denied, and only she holds anything.
    assert placed(out) == [("she", "r1", 1, 5), ("she", "r3", 9, 45)]


def test_a_pool_that_is_empty_after_the_sale_waits_for_the_next_purchase() -> None:
    out = canada(
        event("b", "2024-05-20", BUY, 10, 100),
        event("s", "2024-06-01", SELL, 10, 50),
        event("r1", "2024-06-10", BUY, 3, 15),
        event("r2", "2024-06-11", BUY, 4, 20),
        as_of="2024-12-31",
    )
    # P = 17, B = 7: 35 denied, on 3 and 4 units.
    assert placed(out) == [("", "r1", 3, 15), ("", "r2", 4, 20)]


def test_a_wrap_within_a_class_is_no_purchase_and_its_assets_replace_each_other() -> None:
    rows = (
        event("b", "2024-01-01", BUY, 10, 100),
        event("o", "2024-02-01", Kind.WRAP_OUT, 10, group="w"),
        event("i", "2024-02-01", Kind.WRAP_IN, 10, group="w", asset="WETH"),
        event("s", "2024-02-10", SELL, 10, 50, asset="WETH"),
    )
    assert canada(*rows, same=SAME, as_of="2024-12-31").adjustments == []
    out = canada(*rows, event("r", "2024-02-11", BUY, 10, 60), same=SAME, as_of="2024-12-31")
    assert [(one.asset, one.replacement) for one in out.adjustments] == [("WETH", "r")]
    apart = canada(*rows, event("r", "2024-02-11", BUY, 10, 60), as_of="2024-12-31")
    assert apart.adjustments == []


def test_the_rest_goes_to_the_end_of_the_time_when_units_came_back_without_a_purchase() -> None:
    # All is sold, what the time's purchase brought too; then units come back from outside.
    out = canada(
        event("b", "2024-05-20", BUY, 10, 100),
        event("s", "2024-06-01", SELL, 10, 50),
        event("t", "2024-06-10", Kind.TRANSFER_IN, 4, 40),
        event("e", "2024-07-01", SELL, 1, 10),
        event("f", "2024-07-02", SELL, 1, 90),
        as_of="2024-12-31",
    )
    # P = 10, B = 3: 15 denied; e is before the end of the time, f after it.
    assert placed(out) == [("", "b", 3, 15)]
    assert {one.event: one.basis // WAD for one in out.disposals} == {"s": 100, "e": 10, "f": 15}


# ---------------------------------------------------------------- as of
def _open(rows: tuple[Event, ...], as_of: str | None) -> list[str]:
    return canada(*rows, as_of=as_of).notes


def test_a_window_that_is_still_open_is_noted_until_it_closes() -> None:
    rows = (
        event("b", "2024-05-20", BUY, 10, 100),
        event("s1", "2024-06-01", SELL, 2, 10),
        event("s2", "2024-06-05", SELL, 2, 10),
    )
    note = (
        "superficial loss: what is bought or sold of ETH up to 2024-07-05 can still change the "
        "losses above; they stand as on {}"
    )
    assert _open(rows, None) == [note.format("2024-06-05")]
    assert _open(rows, "2024-07-04") == [note.format("2024-07-04")]
    assert _open(rows, "2024-07-05") == []


def test_as_of_takes_what_is_held_then() -> None:
    rows = (
        event("b", "2024-05-20", BUY, 10, 100),
        event("s", "2024-06-01", SELL, 5, 25),
        event("e", "2024-06-20", SELL, 5, 25),
    )
    early = canada(*rows, as_of="2024-06-10")
    assert early.disposals[0].disallowed == 25 * WAD
    assert canada(*rows).disposals[0].disallowed == 0
