"""Random small cases in which floors, buckets, caps, fees and gas matter."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import NamedTuple

from tests.unit.keeper.builders import NOW, WETH, WSTETH, cohort, curve, deployment, snapshot
from vaultsdk.core.decision import Refusal
from vaultsdk.core.harvest_rules import Candidate, Market
from vaultsdk.core.policy import Policy
from vaultsdk.core.words import BucketWord
from vaultsdk.harvest.choose import Terms
from vaultsdk.harvest.economics import GasPrice
from vaultsdk.harvest.select import Function, Outlet
from vaultsdk.market.curve import Curve
from vaultsdk.market.route import routes

WAD, GWEI = 10**18, 10**9
ROUTE = routes(deployment(), WETH, WSTETH)[1]
PRICE = 3_000


class Case(NamedTuple):
    candidates: list[Candidate]
    market: Market
    terms: Terms
    out: Callable[[int], int | None]
    max_transactions: int
    max_keys: int
    ahead: int

    @property
    def outlet(self) -> Outlet:
        return Outlet(Function(self.out, WAD // 1_000), pools=1, ahead=self.ahead)


def market(dev: int = 50) -> Market:
    found = snapshot([], price=PRICE, devs=(dev, 0, 10, 200)).market(0, 1)
    assert not isinstance(found, Refusal)
    return found


def pool(depth: int, off_bps: int, most: int) -> Callable[[int], int | None]:
    """A constant product of `depth` units at the feeds' rate, off by so many bps; concave."""
    rate = WAD * 1_000 // 1_052 * (10_000 + off_bps) // 10_000

    def out(size: int) -> int | None:
        return None if size > most else depth * size // (depth + size) * rate // WAD

    return out


def policy(draw: Random) -> Policy:
    return Policy(
        mask=0b10,
        min_loss=draw.choice((100, 500, 1_500)),
        max_cost=draw.choice((300, 1_000, 3_000)),
        max_slippage=draw.choice((30, 60, 100, 200, 400)),
        max_fee=draw.choice((0, 5, 20, 50)),
        min_hold_days=1,
        tax_value=draw.choice((1_000, 2_000, 3_000, 3_700)),
    )


def case(seed: int, most: int = 6, least: int = 1) -> Case:
    """The case of a seed: always the same one."""
    draw = Random(seed)
    number = draw.randint(least, most)
    policies = [policy(draw) for _ in range(draw.randint(1, 4))]
    scale = draw.choice((1, 1, 10))
    candidates = []
    for seq in range(number):
        own = draw.randrange(len(policies))
        candidates.append(
            cohort(
                policy=policies[own],
                policy_id=own + 1,
                basis=draw.randint(3_020, 5_500),
                days=draw.choice((40, 40, 40, 40, 40, 0)),
                units=int(scale * 10 ** draw.uniform(-1.3, 1.7) * WAD),
                seq=seq,
            )
        )
    total = sum(one.units for one in candidates)
    # From pools that take all without a sign of it to such as no policy allows half of it.
    depth = int(total * 10 ** draw.uniform(0.5, 3))
    value = total // WAD + 1
    cap = draw.choice((10**9 * WAD, max(1, total // draw.randint(1, 4))))
    size = draw.choice((10**6 * WAD, WAD * value * draw.randint(1, 200) // 10_000))
    bucket = BucketWord(size=size, time=NOW - draw.randint(0, 40_000), used=size // 3)
    terms = Terms(
        now=NOW,
        bucket=bucket,
        cohort_cap=cap,
        gas_price=GasPrice(wei=int(10 ** draw.uniform(-1, 2.3) * GWEI), native_usd=PRICE * WAD),
        fee_bps=draw.choice((0, 0, 10, 30)),
        min_fee_bps=draw.choice((0, 0, 0, 5)),
        margin_bps=draw.choice((0, 1_000, 5_000)),
        max_cost=draw.choice((None, None, 50 * value * WAD)),
        fee_covers_gas=draw.random() < 0.1,
    )
    return Case(
        candidates=candidates,
        market=market(draw.choice((0, 50))),
        terms=terms,
        out=pool(depth, draw.choice((-60, -20, 0, 0, 0, 40, 150)), draw.choice((10**40, total))),
        max_transactions=draw.randint(1, 4),
        max_keys=draw.choice((64, 64, 3, 2)),
        ahead=draw.choice((0, 0, 0, total // 10)),
    )


def quotes(one: Case, points: int = 40) -> Curve:
    """The case's pool as a curve of quotes, up to all that is there."""
    total = one.ahead + sum(each.units for each in one.candidates)
    sizes = sorted({max(1, total * (place + 1) // points) for place in range(points)})
    found = [(size, out) for size in sizes if (out := one.out(size))]
    return Curve(route=ROUTE, points=tuple(found))


__all__ = ["ROUTE", "Case", "case", "curve", "market", "policy", "pool", "quotes"]
