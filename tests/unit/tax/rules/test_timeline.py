from __future__ import annotations

from datetime import date

import pytest

from vaultsdk.tax.errors import TaxError
from vaultsdk.tax.ledger.event import ordinal
from vaultsdk.tax.rules.scope import US_SCOPE, Scope
from vaultsdk.tax.rules.timeline import Dated, Timeline

OLD = Dated("old", until=date(2020, 2, 29))
NEW = Dated("new", since=date(2020, 3, 1))


def test_a_rule_holds_on_its_first_and_on_its_last_day() -> None:
    rules = Timeline((OLD, NEW))
    assert rules.on(ordinal("0001-01-01")) == "old"
    assert rules.on(ordinal("2020-02-29")) == "old"
    assert rules.on(ordinal("2020-03-01")) == "new"
    assert rules.on(ordinal("9999-12-31")) == "new"


def test_the_last_rule_and_the_changes_are_known() -> None:
    rules = Timeline((OLD, NEW))
    assert rules.last == "new"
    assert list(rules) == ["old", "new"]
    assert rules.changes() == [(ordinal("2020-03-01"), "new")]


def test_one_rule_for_all_days_never_changes() -> None:
    rules = Timeline.always("one")
    assert rules.on(1) == rules.last == "one"
    assert rules.changes() == []


@pytest.mark.parametrize(
    "spans",
    [
        (),
        (OLD,),
        (NEW,),
        (NEW, OLD),
        (OLD, Dated("late", since=date(2020, 3, 2))),
        (OLD, Dated("early", since=date(2020, 2, 29))),
        (Dated("open"), NEW),
        (OLD, Dated("open")),
    ],
)
def test_spans_that_leave_a_gap_or_overlap_are_refused(spans: tuple[Dated[str], ...]) -> None:
    with pytest.raises(TaxError, match="leave a gap"):
        Timeline(spans)


def test_in_the_us_wallets_count_from_the_first_day_of_2025() -> None:
    assert US_SCOPE.on(ordinal("2024-12-31")) is Scope.UNIVERSAL
    assert US_SCOPE.on(ordinal("2025-01-01")) is Scope.WALLET
