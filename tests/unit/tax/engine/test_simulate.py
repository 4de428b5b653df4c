from __future__ import annotations

import pytest

from tests.unit.tax.engine.lot_ledgers import ledger, us
from vaultsdk.tax.compute import compute
from vaultsdk.tax.errors import LedgerProblemsError
from vaultsdk.tax.ledger.event import WAD, Event
from vaultsdk.tax.options import Options
from vaultsdk.tax.profiles import profile
from vaultsdk.tax.simulate import Simulation, simulate

HELD = (
    "b 2024-01-01 buy X 10 total=100",
    "c 2024-06-20 buy X 4 total=40",
)
SALE = "s 2024-07-01 sell X 10 total=60"


def events(*rows: str, after: tuple[str, ...] = HELD) -> tuple[Event, ...]:
    return ledger(*after, *rows).events[len(after) :]


def asked(*what_if: str, name: str = "us", rows: tuple[str, ...] = HELD) -> Simulation:
    return simulate(ledger(*rows), events(*what_if, after=rows), profile(name))


def test_a_sale_that_might_be_is_worth_its_gain() -> None:
    found = asked(SALE)
    assert (found.realised, found.recognised) == (-40 * WAD, -40 * WAD)
    assert (found.deferred, found.denied) == (0, 0)


def test_of_a_loss_it_says_what_would_be_deferred() -> None:
    found = asked(SALE, name="us-wash")
    assert found.realised == -40 * WAD
    assert found.recognised == -24 * WAD
    assert found.deferred == -16 * WAD
    assert found.recognised + found.deferred + found.denied == found.realised


def test_buying_back_takes_an_earlier_loss_away() -> None:
    found = asked("n 2024-07-10 buy X 6 total=36", name="us-wash", rows=(*HELD, SALE))
    assert found.realised == 0
    assert found.recognised == 24 * WAD
    assert found.deferred == -24 * WAD


def test_what_then_happens_is_what_was_simulated() -> None:
    for name in ("us", "us-wash", "uk", "ca", "de", "average"):
        happened = us(*HELD, SALE, name=name)
        assert asked(SALE, name=name).after == happened


def test_nothing_is_changed_and_the_ledger_as_it_is_need_not_be_computed_again() -> None:
    before = ledger(*HELD)
    known = compute(before, profile("us"))
    found = simulate(before, events(SALE), profile("us"), before=known)
    assert found.before is known
    assert before == ledger(*HELD)
    assert compute(before, profile("us")) == known


def test_options_hold_for_both() -> None:
    options = Options(method="lifo")
    found = simulate(ledger(*HELD), events(SALE), profile("us"), options)
    assert [one.lot for one in found.after.disposals] == ["c", "b"]
    assert (found.before.method, found.after.method) == ("lifo", "lifo")


def test_what_cannot_be_sold_cannot_be_simulated() -> None:
    with pytest.raises(LedgerProblemsError, match="but 14 X is held"):
        asked("s 2024-07-01 sell X 15 total=60")
