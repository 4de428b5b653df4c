"""Gas files: every day of the prices, each once, in order, above zero."""

from __future__ import annotations

import pytest

from tests.unit.harvest.backtest.worlds import history
from vaultsdk.harvest.backtest import BacktestError, constant_gas, no_gas, parse_gas
from vaultsdk.harvest.economics import GasPrice

PAST = history([100.0, 110.0, 120.0])  # from 2018-01-01


def rows(*values: str, header: str = "date,gwei,eth_usd") -> str:
    return "\n".join([header, *values]) + "\n"


GOOD = ("2017-12-31,0.0,0.0", "2018-01-01,20,700", "2018-01-02,30.5,710", "2018-01-03,40,720")


def test_read() -> None:
    gas = parse_gas(rows(*GOOD), "g", PAST)
    price = GasPrice(wei=30_500_000_000, native_usd=710 * 10**18)
    assert gas.usd(310_001, 1) == price.usd(310_001)


def test_without_ether_the_asset_is_ether() -> None:
    plain = rows("2018-01-01,20", "2018-01-02,20", "2018-01-03,20", header="date,avg_gas_gwei")
    gas = parse_gas(plain, "g", PAST)
    assert gas.per_unit == constant_gas(PAST, 20 * 10**9).per_unit
    assert gas.usd(100, 2) == GasPrice(wei=20 * 10**9, native_usd=120 * 10**18).usd(100)
    assert no_gas(PAST).usd(10**9, 1) == 0


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "g is empty"),
        (rows("2018-01-01,1", header="date,price"), "no column of gas prices"),
        (rows("2018-01-01,1", header="day,gwei"), "no column of gas prices"),
        (rows(*GOOD[:3]), "g has no gas price for 2018-01-03"),
        (rows(GOOD[1], GOOD[3]), "g line 3: 2018-01-03 follows 2018-01-01"),
        (rows(GOOD[1], GOOD[1]), "g line 3: 2018-01-01 comes twice"),
        (rows(GOOD[2], GOOD[1]), "g line 3: 2018-01-01 follows"),
        (rows("2018-01-01,0,700"), "g line 2: a price of 0"),
        (rows("2018-01-01,20,0"), "g line 2: a price of 0"),
        (rows("2018-01-01,nan,700"), "g line 2: 'nan' is not a gas price"),
        (rows("2018-01-01,-1,700"), "g line 2: '-1' is not a gas price"),
        (rows("2018-01-01,1,inf"), "g line 2: 'inf' is not ether's price"),
        (rows("2018-13-01,1,1"), "g line 2: '2018-13-01' is not a date"),
        (rows("2018-01-01,1"), "g line 2: 2 fields where the header has 3"),
    ],
)
def test_refused(text: str, complaint: str) -> None:
    with pytest.raises(BacktestError, match=complaint):
        parse_gas(text, "g", PAST)


def test_a_negative_price() -> None:
    with pytest.raises(BacktestError, match="-1 wei"):
        constant_gas(PAST, -1)
