"""The worked examples of the IRS, and the netting of losses over years."""

from __future__ import annotations

import pytest

from tests.unit.tax.examples.us import EXAMPLES, UsExample
from vaultsdk.tax.compute import compute
from vaultsdk.tax.exact import exact
from vaultsdk.tax.ledger.event import WAD, iso
from vaultsdk.tax.ledger.parse import ledger_of
from vaultsdk.tax.ledger.rows import LedgerRow
from vaultsdk.tax.profiles import profile
from vaultsdk.tax.result import TaxResult
from vaultsdk.tax.rules.netting import UsNetting


def computed(example: UsExample, name: str) -> TaxResult:
    rows = [
        LedgerRow(id=id, time=time, type=type, asset="X", quantity=quantity, total=total, lot=lot)
        for id, time, type, quantity, total, lot in example.rows
    ]
    return compute(ledger_of(rows), profile(name))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_the_examples_of_publication_550(example: UsExample) -> None:
    result = computed(example, "us-wash")
    assert [
        (one.lot, exact(one.quantity), exact(one.gain), exact(one.disallowed))
        for one in result.disposals
    ] == list(example.disposals)
    bought = {id: time for id, time, type, *_ in example.rows if type == "buy"}
    assert [
        (one.lot, exact(one.quantity), exact(one.basis), iso(one.acquired))
        for one in result.open_lots
    ] == [
        (lot, quantity, basis, start or bought[lot])
        for lot, quantity, basis, start in example.open_lots
    ]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_without_section_1091_every_loss_counts(example: UsExample) -> None:
    result = computed(example, "us")
    assert not result.adjustments
    assert [exact(one.recognised) for one in result.disposals] == [
        gain for _, _, gain, _ in example.disposals
    ]


def test_a_loss_of_20_000_is_deducted_3_000_a_year_and_meets_the_gain_of_the_next() -> None:
    # ttlc.intuit.com, message 33663: 2013 net -20,000; 2014 gains of 10,000.
    netting = UsNetting()
    first = netting.year(2013, "", -20_000 * WAD, 0)
    assert (first.net, first.allowed, first.carried_over) == (
        -20_000 * WAD,
        3_000 * WAD,
        17_000 * WAD,
    )
    second = netting.year(2014, "", 10_000 * WAD, 0, (-first.lines["carried_short"], 0))
    assert (second.net, second.allowed, second.carried_over) == (
        -7_000 * WAD,
        3_000 * WAD,
        4_000 * WAD,
    )


@pytest.mark.parametrize(
    ("short", "long", "carried_short", "carried_long"),
    [
        (-5_000, 1_000, 1_000, 0),  # the deduction uses up short-term loss first
        (-1_000, -5_000, 0, 3_000),  # and then long-term
        (2_000, -10_000, 0, 5_000),  # a short-term gain meets the long-term loss
        (-10_000, 2_000, 5_000, 0),
        (-4_000, -4_000, 1_000, 4_000),
        (-3_000, 0, 0, 0),
        (5_000, -1_000, 0, 0),
    ],
)
def test_what_is_carried_keeps_its_character(
    short: int, long: int, carried_short: int, carried_long: int
) -> None:
    year = UsNetting().year(2024, "", short * WAD, long * WAD)
    lines = year.lines
    assert (lines["carried_short"], lines["carried_long"]) == (
        carried_short * WAD,
        carried_long * WAD,
    )
    assert year.carried_over == lines["carried_short"] + lines["carried_long"]
    assert year.allowed + year.carried_over == max(0, -(short + long)) * WAD
