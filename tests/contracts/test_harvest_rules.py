"""The SDK's harvest rules against the contract: the same verdict, and the same numbers, every time.

Cohorts, policies, market and swap are drawn around the limits, so that harvests come up as well as
refusals of many kinds. A plan that the SDK calls good must pass on chain; one that it refuses must
revert with the very reason. Drawn from a fixed seed and not by Hypothesis, because the test must
also see that all those kinds did come up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import boa
from boa import BoaError

from tests.contracts.support import days, fields, logs
from tests.contracts.world import BASE, WAD, WETH, WSTETH, World
from vaultsdk.core.band import band
from vaultsdk.core.cohort import CohortKey
from vaultsdk.core.decision import Reason, Refusal
from vaultsdk.core.harvest_rules import Candidate, Eligible, Market, Settled, eligible, settle
from vaultsdk.core.policy import Policy
from vaultsdk.core.words import BucketWord, CohortWord, FeedWord

CASES = 120
STRICT = Policy(
    mask=1 << WSTETH,
    min_loss=1000,
    max_cost=500,
    max_slippage=200,
    max_fee=30,
    min_hold_days=2,
    tax_value=0,
)
ELSEWHERE = STRICT.model_copy(update={"mask": 1 << WETH, "tax_value": 1})


@dataclass(frozen=True)
class Deposit:
    """A lot: units, unit basis (whole USD), policy, and whether it is withdrawn again."""

    units: int
    usd: int
    policy: str
    emptied: bool


@dataclass(frozen=True)
class Case:
    """One situation. `skew` bps between swap and feeds, `eth` USD, bucket in base wad."""

    deposits: tuple[Deposit, ...]
    eth: int
    skew: int
    fee: int
    waited: int
    bucket: int
    cap: int


def draw(random: Random) -> Case:
    """A situation near the limits: most things fine, one or two not."""
    deposits = tuple(
        Deposit(
            units=random.randint(1, 50) * WAD // 100,
            usd=random.choice([5_500, 5_000, 4_400, 4_222]),
            policy=random.choice(["loose"] * 12 + ["strict"] * 6 + ["elsewhere"]),
            emptied=random.random() < 0.2,
        )
        for _ in range(random.randint(1, 4))
    )
    return Case(
        deposits=deposits,
        eth=random.choice([4_000, 3_777, 3_600, 3_300, 2_000]),
        skew=random.choice([-301, -300, -201, -100, -40, -10, 0, 0, 0, 10, 199, 201, 300, 301]),
        fee=random.choice([0, 0, 0, 10, 30, 31, 50, 51]),
        waited=random.choice([2, 3, 3, 3, 3]),
        bucket=random.choice([4 * WAD // 1000, WAD, WAD]),
        cap=random.choice([WAD // 4, 1000 * WAD, 1000 * WAD]),
    )


def market_of(world: World) -> Market:
    """The market as the vault's own words and feeds have it."""

    def dev(feed: int) -> int:
        return FeedWord.unpack(world.vault.feed_words(feed)).dev

    return Market(
        asset_in=WETH,
        asset_out=WSTETH,
        decimals_in=18,
        decimals_out=18,
        base=world.vault.read_feed(BASE)[0],
        rate_in=world.vault.read_feed(WETH)[0],
        rate_out=world.vault.read_feed(WSTETH)[0],
        dev_base=dev(BASE),
        dev_in=dev(WETH),
        dev_out=dev(WSTETH),
    )


def read(world: World, key: CohortKey) -> Candidate:
    """A cohort and its policy as the chain has them."""
    word = CohortWord.unpack(world.vault.cohorts(key.pack()))
    policy = Policy.from_word(world.vault.policies(key.policy))
    return Candidate(key=key, units=word.units, harvest=word.harvest, policy=policy)


def verdict(
    world: World, keys: list[CohortKey], gross_of: Callable[[int], int], fee: int
) -> Settled | Refusal:
    """What the SDK says; the swap brings `gross_of(units sold)`."""
    market, now = market_of(world), boa.env.timestamp
    plan = eligible([read(world, key) for key in keys], market, now)
    if not isinstance(plan, Eligible):
        return plan
    bucket = BucketWord.unpack(world.vault.bucket_word())
    cap = world.vault.limits_words(WSTETH) & (2**128 - 1)
    return settle(plan, market, gross_of(plan.sold), fee, bucket, cap, now)


def keys_of(world: World, case: Case) -> list[CohortKey]:
    """Make the case's deposits; the keys of their cohorts in order."""
    ids = {
        "loose": world.policy,
        "strict": world.create_policy(STRICT),
        "elsewhere": world.create_policy(ELSEWHERE),
    }
    keys = set()
    for one in case.deposits:
        basis = one.units * one.usd
        lot = world.deposit(WETH, one.units, basis=basis, policy=ids[one.policy])
        keys.add(CohortKey.unpack(world.key(lot)))
        if one.emptied:
            world.vault.withdraw(lot, WETH, one.units, world.depositor, sender=world.depositor)
    return sorted(keys)


def compare(world: World, case: Case) -> str:
    """Play a case on chain and in the SDK; they must agree. Returns what happened."""
    keys = keys_of(world, case)
    days(case.waited)
    world.set_eth(case.eth)
    world.vault.set_bucket(case.bucket, sender=world.admin)
    world.vault.set_limits(WSTETH, 1, case.cap, sender=world.admin)
    numerator, denominator = WAD * (10_000 + case.skew), world.rate(WSTETH) * 10_000
    world.adapter.set_rate(world.weth, world.wsteth, numerator, denominator)

    said = verdict(world, keys, lambda sold: sold * numerator // denominator, case.fee)
    reverted = ""
    try:
        world.harvest([key.pack() for key in keys], WSTETH, fee=case.fee)
    except BoaError as error:
        reverted = str(error)
    if isinstance(said, Refusal):
        reason = Reason.NOT_A_REPLACEMENT if said.reason is Reason.HOLD_POLICY else said.reason
        assert reason.value in reverted, f"{case}: {said.explain()}, but the contract: {reverted}"
        return reason.value
    assert not reverted, f"{case}: the SDK calls it good, the contract refuses: {reverted}"
    done = fields(logs(world, "Harvested")[0])
    assert (done["gross"], done["fee"], done["net"]) == (said.gross, said.fee, said.net)
    assert done["bucket_used"] == said.bucket_used
    opened = [fields(event) for event in logs(world, "CohortOpened")]
    shares = {CohortKey.unpack(event["key"]).policy: event["units"] for event in opened}
    assert shares == said.shares
    price = market_of(world).price_out
    assert {CohortKey.unpack(event["key"]).band for event in opened} == {band(price)}
    return "harvested"


def test_the_sdk_and_the_contract_agree(world: World) -> None:
    random, tally = Random(7), Counter[str]()
    for _ in range(CASES):
        with boa.env.anchor():
            tally[compare(world, draw(random))] += 1
    assert tally["harvested"] >= CASES // 6, tally
    wanted = {
        Reason.NOT_A_REPLACEMENT,
        Reason.HELD_TOO_SHORT,
        Reason.LOSS_TOO_SMALL,
        Reason.NOTHING_TO_SELL,
        Reason.FEE_ABOVE_POLICY,
        Reason.BELOW_FLOOR,
        Reason.ABOVE_CEILING,
        Reason.BUCKET_EXHAUSTED,
        Reason.MERGED_ABOVE_CAP,
    }
    assert {reason.value for reason in wanted} <= tally.keys(), tally
