from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.tax.rules.disposals import disposal, lines, nets
from vaultsdk.tax.ledger.event import WAD
from vaultsdk.tax.rules.netting import UsNetting


def test_five_years_by_hand() -> None:
    years = UsNetting().years(
        [
            disposal("2020-03-01", 2_000, "short"),
            disposal("2020-04-01", -10_000, "short"),
            disposal("2020-05-01", -4_000, "long"),
            # 2021: nothing. 2022: a long gain meets the long loss that was carried.
            disposal("2022-01-01", 5_000, "long"),
            disposal("2023-01-01", 500, "short"),
            disposal("2024-12-31", 4_000, "short"),
        ]
    )
    assert nets(years) == [
        ("2020", -12_000, 3_000, 9_000),  # short 8,000 less 3,000, long 4,000
        ("2021", -9_000, 3_000, 6_000),  # short 2,000, long 4,000
        ("2022", -1_000, 1_000, 0),  # long 4,000 less 5,000 = gain 1,000; short 2,000
        ("2023", 500, 0, 0),
        ("2024", 4_000, 0, 0),
    ]
    assert [(one.short, one.long) for one in years] == [
        (-8_000 * WAD, -4_000 * WAD),
        (0, 0),
        (0, 5_000 * WAD),
        (500 * WAD, 0),
        (4_000 * WAD, 0),
    ]
    carried = [(lines(one)["carried_short"], lines(one)["carried_long"]) for one in years]
    assert carried == [(5_000, 4_000), (2_000, 4_000), (0, 0), (0, 0), (0, 0)]


def test_the_deduction_reaches_into_long_term_losses_only_for_what_short_ones_leave() -> None:
    (first, second) = UsNetting().years(
        [
            disposal("2020-01-01", -1_000, "short"),
            disposal("2020-01-01", -5_000, "long"),
            disposal("2021-01-01", 100, "short"),
        ]
    )
    assert lines(first)["carried_long"] == 3_000
    assert (second.net, second.allowed, second.carried_over) == (-2_900 * WAD, 2_900 * WAD, 0)
    assert lines(second)["net_short"] == 100
    assert lines(second)["net_long"] == -3_000


@pytest.mark.parametrize(("loss", "allowed", "carried"), [
    (2_999, 2_999, 0),
    (3_000, 3_000, 0),
    (3_001, 3_000, 1),
])  # fmt: skip
def test_the_limit_is_3_000(loss: int, allowed: int, carried: int) -> None:
    years = UsNetting().years([disposal("2020-01-01", -loss, "long")])
    assert nets(years) == [("2020", -loss, allowed, carried)]


def test_of_those_who_file_separately_it_is_1_500() -> None:
    years = UsNetting(1_500 * WAD).years([disposal("2020-01-01", -2_000, "short")])
    assert nets(years) == [("2020", -2_000, 1_500, 500)]


def test_what_is_disallowed_is_no_loss_of_the_year() -> None:
    years = UsNetting().years([disposal("2020-01-01", -500, "short", disallowed=200)])
    assert nets(years) == [("2020", -300, 300, 0)]


def test_each_taxpayer_has_years_of_his_own() -> None:
    years = UsNetting().years(
        [
            disposal("2021-01-01", 100, "short", owner="b"),
            disposal("2020-01-01", -5_000, "short", owner="a"),
        ]
    )
    assert [(one.owner, one.year, one.net // WAD) for one in years] == [
        ("a", "2020", -5_000),
        ("b", "2021", 100),
    ]


@given(st.lists(st.tuples(st.integers(-9_000, 9_000), st.integers(-9_000, 9_000)), min_size=1))
def test_no_loss_is_used_twice_and_none_is_lost(results: list[tuple[int, int]]) -> None:
    netting, carried, gains, allowed = UsNetting(), (0, 0), 0, 0
    for number, (short, long) in enumerate(results):
        year = netting.year(2000 + number, "", short * WAD, long * WAD, carried)
        carried = -year.lines["carried_short"], -year.lines["carried_long"]
        assert carried[0] <= 0
        assert carried[1] <= 0
        # Schedule D's worksheet: what is deducted comes from short-term losses first.
        own_short, own_long = year.lines["net_short"], year.lines["net_long"]
        after = max(0, -own_short - max(0, own_long))
        assert -carried[0] == max(0, after - year.allowed) or own_short >= 0
        gains += max(0, year.net)
        allowed += year.allowed
    total = sum(short + long for short, long in results) * WAD
    assert total == gains - allowed + sum(carried)
