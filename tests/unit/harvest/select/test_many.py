"""Many cohorts, where brute force ends: against a bound that no plan can exceed.

With one tax value t for all, the pools' proceeds G(X) concave, and any X0 with r = G'(X0):

    value <= sum of max(0, u_i (t l_i - p + (1 - t) r) - g) + (1 - t) (G(X0) - r X0)

where g is the least gas of a cohort, a 64th part of a first one's opening included. The floors are
wide here, so that nothing but economics ends the selection.
"""

from __future__ import annotations

from fractions import Fraction
from random import Random

import pytest

from tests.unit.harvest.select.cases import market, pool
from tests.unit.keeper.builders import EAGER, NOW, cohort
from vaultsdk.core.harvest_rules import Candidate
from vaultsdk.core.words import BucketWord
from vaultsdk.harvest.choose import Terms
from vaultsdk.harvest.economics import GasPrice
from vaultsdk.harvest.select import Function, Outlet, Taken, select

WAD, GWEI = 10**18, 10**9


def cohorts(number: int, seed: int) -> list[Candidate]:
    draw = Random(seed)
    wide = EAGER.model_copy(update={"max_slippage": 2_000, "max_cost": 9_000})
    return [
        cohort(
            policy=wide,
            basis=draw.randint(3_100, 3_700),
            units=int(10 ** draw.uniform(-1.3, 1.7) * WAD),
            seq=seq,
        )
        for seq in range(number)
    ]


def terms(gwei: int) -> Terms:
    return Terms(
        now=NOW,
        bucket=BucketWord(size=10**9 * WAD, time=NOW, used=0),
        cohort_cap=10**9 * WAD,
        gas_price=GasPrice(wei=gwei * GWEI, native_usd=3_000 * WAD),
    )


def bound(candidates: list[Candidate], depth: int, own: Terms) -> int:
    """The least of the bounds over many X0, USD wad."""
    sold_into = market()
    out = pool(depth, 0, 10**40)
    price, tax = sold_into.price_in, Fraction(EAGER.tax_value, 10_000)
    gas = own.gas.per_cohort + Fraction(own.gas.first - own.gas.per_cohort, 64)
    each = gas * own.gas_price.wei * own.gas_price.native_usd / WAD
    total = sum(one.units for one in candidates)
    least = None
    for place in range(1, 40):
        start = total * place // 40
        step = WAD // 1_000
        gross, more = out(start), out(start + step)
        assert gross is not None and more is not None
        usd = Fraction(gross * sold_into.price_out, sold_into.scale_out)
        # A difference over a step ahead is a little under the slope at X0; it is one at some X
        # between, and the bound's second term is raised by what that can be.
        rate = Fraction((more - gross) * sold_into.price_out, step)
        tangent = usd - rate * start / WAD + rate * step / WAD
        whole = (1 - tax) * tangent
        for one in candidates:
            gain = one.units * (tax * one.key.lower - price + (1 - tax) * rate) / WAD - each
            whole += max(Fraction(0), gain)
        least = whole if least is None else min(least, whole)
    assert least is not None
    return int(least)


@pytest.mark.parametrize(("number", "depth", "gwei"), [(1_500, 10**5, 1), (1_500, 3 * 10**6, 5)])
def test_close_to_what_no_plan_can_exceed(number: int, depth: int, gwei: int) -> None:
    candidates, own = cohorts(number, 7), terms(gwei)
    outlet = Outlet(Function(pool(depth * WAD, 0, 10**40), WAD // 1_000))
    found = select(candidates, market(), outlet, own, max_transactions=64)
    most = bound(candidates, depth * WAD, own)
    assert len(found.transactions) > 5
    assert most * 999 <= found.value * 1_000 <= most * 1_000


def test_every_one_of_many_has_an_answer_and_pools_are_asked_little() -> None:
    candidates, asked = cohorts(3_000, 8), 0
    quoted = pool(10**5 * WAD, 0, 10**40)

    def out(size: int) -> int | None:
        nonlocal asked
        asked += 1
        return quoted(size)

    found = select(candidates, market(), Outlet(Function(out, WAD // 1_000)), terms(5))
    assert 0 < asked < 10_000
    taken = [one for one in candidates if isinstance(found.outcome(one.key.pack()), Taken)]
    assert len(taken) == len(found.places) == len(candidates) - len(found.refused)
    again = select(candidates[::-1], market(), Outlet(Function(out, WAD // 1_000)), terms(5))
    assert again.transactions == found.transactions
