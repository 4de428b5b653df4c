"""The set to harvest out of 100,000 cohorts, in milliseconds of one core of this machine.

Each time is the best of three, of the processor. `deep`: pools that hardly feel a harvest, 8
harvests. `all`: the same in as many harvests as it takes. `shallow`: pools whose floor ends it
after a few harvests.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from random import Random

from tests.unit.harvest.select.cases import market, policy, pool
from tests.unit.keeper.builders import NOW, cohort
from vaultsdk.core.harvest_rules import Candidate
from vaultsdk.core.words import BucketWord
from vaultsdk.harvest.choose import Terms
from vaultsdk.harvest.economics import GasPrice
from vaultsdk.harvest.select import Function, Outlet, select

COHORTS = 100_000
WAD, GWEI = 10**18, 10**9
ROUNDS = 3

# Depth of the pool (whole tokens), most harvests, gwei.
SHAPES = {"deep": (10**9, 8, 20), "all": (10**9, 2_000, 1), "shallow": (10**6, 64, 5)}


def cohorts(number: int, seed: int = 1) -> list[Candidate]:
    """Cohorts of eight policies, 0.05 to 50 tokens each, up to 400 days old."""
    draw = Random(seed)
    policies = [policy(draw) for _ in range(8)]
    return [
        cohort(
            policy=policies[own := draw.randrange(8)],
            policy_id=own + 1,
            basis=draw.randint(2_900, 5_500),
            days=draw.randint(0, 400),
            units=int(10 ** draw.uniform(-1.3, 1.7) * WAD),
            seq=seq,
        )
        for seq in range(number)
    ]


def run(progress: Callable[[str], None]) -> dict[str, int]:
    """Every `select.` key: milliseconds, and harvests and cohorts that were taken."""
    progress("selecting out of 100,000 cohorts")
    candidates, sold_into = cohorts(COHORTS), market()
    results: dict[str, int] = {}
    for name, (depth, most, gwei) in SHAPES.items():
        terms = Terms(
            now=NOW,
            bucket=BucketWord(size=10**9 * WAD, time=NOW, used=0),
            cohort_cap=10**9 * WAD,
            gas_price=GasPrice(wei=gwei * GWEI, native_usd=3_000 * WAD),
        )
        outlet = Outlet(Function(pool(depth * WAD, 0, 10**40), WAD // 1_000))
        spent = []
        for _ in range(ROUNDS):
            start = time.process_time()
            found = select(candidates, sold_into, outlet, terms, max_transactions=most)
            spent.append(time.process_time() - start)
        results[f"select.{name}_ms"] = round(1_000 * min(spent))
        results[f"select.{name}_harvests"] = len(found.transactions)
        results[f"select.{name}_cohorts"] = len(found.places)
    return results
