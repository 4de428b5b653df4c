from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

import pytest

from tests.unit.tax.engine.shares_ledgers import done, row
from tests.unit.tax.examples.uk import EXAMPLES, Example
from vaultsdk.tax.ledger.event import Kind, iso
from vaultsdk.tax.result import Disposal, Matched
from vaultsdk.tax.rules.netting import UkNetting

_KINDS = {"buy": Kind.BUY, "sell": Kind.SELL, "income": Kind.INCOME}


def _each(examples: list[Example]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("example", examples, ids=[one.name for one in examples])


_EACH = _each(list(EXAMPLES))


def _wad(text: str) -> int:
    return int(Decimal(text).scaleb(18))


def _six(wad: int) -> Decimal:
    return Decimal(wad).scaleb(-18).quantize(Decimal("0.000001"), ROUND_HALF_UP)


def _of(example: Example) -> Matched:
    return done(
        *(
            row(id, day, _KINDS[kind], _wad(quantity), _wad(total), asset=asset, fee=_wad(fee))
            for id, day, kind, asset, quantity, total, fee in example.rows
        )
    )


def _by_day(disposals: list[Disposal]) -> dict[str, list[Disposal]]:
    found: dict[str, list[Disposal]] = {}
    for disposal in disposals:
        found.setdefault(iso(disposal.disposed), []).append(disposal)
    return found


@_each([one for one in EXAMPLES if one.matches])
def test_matches(example: Example) -> None:
    found = [
        (
            iso(one.disposed),
            one.rule,
            iso(one.acquired) if expected[2] and one.acquired else "",
            _six(one.quantity),
            _six(one.basis),
            _six(one.gain) if expected[5] else None,
        )
        for one, expected in zip(_of(example).disposals, example.matches, strict=True)
    ]
    assert found == [
        (day, rule, acquired, Decimal(quantity), Decimal(cost), Decimal(gain) if gain else None)
        for day, rule, acquired, quantity, cost, gain in example.matches
    ]


@_EACH
def test_net_gain_and_gains_by_disposal(example: Example) -> None:
    out = _of(example)
    assert _six(sum(one.gain for one in out.disposals)) == Decimal(example.net_gain)
    days = _by_day(out.disposals)
    for day, gain in example.gains.items():
        assert _six(sum(one.gain for one in days[day])) == Decimal(gain)


@_EACH
def test_gains_by_tax_year(example: Example) -> None:
    years = UkNetting().years(_of(example).disposals)
    found = {year.year: _six(year.lines["gains"] - year.lines["losses"]) for year in years}
    assert sum(found.values()) == Decimal(example.net_gain)
    for year, gain in example.years.items():
        assert found[year] == Decimal(gain)


@_EACH
def test_pools_and_income(example: Example) -> None:
    out = _of(example)
    found = {pool.asset: (_six(pool.quantity), _six(pool.cost)) for pool in out.pools}
    expected = {
        asset: (Decimal(quantity), Decimal(cost))
        for asset, (quantity, cost) in example.pools.items()
        if Decimal(quantity)
    }
    assert found == expected
    assert _six(sum(one.value for one in out.income)) == Decimal(example.income)


@_each([one for one in EXAMPLES if one.published])
def test_gains_as_published_with_costs_rounded_up_to_the_pound(example: Example) -> None:
    days = _by_day(_of(example).disposals)
    gains = []
    for parts in days.values():
        cost = sum(Decimal(one.basis).scaleb(-18).to_integral_value(ROUND_CEILING) for one in parts)
        gains.append(Decimal(sum(one.proceeds for one in parts)).scaleb(-18) - cost)
    assert gains == [Decimal(gain) for gain in example.published]
