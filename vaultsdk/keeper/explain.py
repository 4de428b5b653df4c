"""A decision in plain words with its numbers, step by step, in the order in which the rules ask.

Pure. `sentence` is one line for a table; `steps` is what `vaultsdk why` prints.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from vaultsdk.core import harvest_rules as rules
from vaultsdk.core.decision import Reason, Refusal
from vaultsdk.core.harvest_rules import Candidate, Limits, Market
from vaultsdk.core.model import Frozen
from vaultsdk.core.policy import percent
from vaultsdk.core.units import human, human_usd
from vaultsdk.harvest.choose import Terms, bucket_alarm, choose
from vaultsdk.harvest.economics import Breakdown
from vaultsdk.keeper.config import KeeperConfig
from vaultsdk.keeper.decide import Decision, Harvest
from vaultsdk.keeper.state import Snapshot


class Step(Frozen):
    """One question of the rules: passed, failed, or (None) not reached."""

    name: str
    passed: bool | None
    text: str


def date(timestamp: int) -> str:
    """`2022-01-31 00:00` (UTC)."""
    return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%d %H:%M")


def sentence(decision: Decision, snapshot: Snapshot) -> str:
    """Why the cohort is, or is not, harvested now, in one line."""
    outcome = decision.outcome
    if isinstance(outcome, Harvest):
        one = outcome.breakdown
        return (
            f"into {snapshot.assets[outcome.to_asset].symbol}: {human_usd(one.benefit)} for "
            f"{human_usd(one.costs)}"
        )
    said = _SAY.get(outcome.reason)
    return outcome.explain() if said is None else said(outcome, decision, snapshot)


def steps(decision: Decision, snapshot: Snapshot, config: KeeperConfig) -> tuple[Step, ...]:
    """All questions that were asked about one cohort, up to the first that it failed."""
    one = decision.candidate
    found: list[Step] = [
        Step(
            name="open",
            passed=one.harvest == 0 and one.units > 0,
            text=f"harvested by harvest {one.harvest}"
            if one.harvest
            else f"{_amount(one.units, one.key.asset, snapshot)} in it",
        ),
        Step(
            name="policy",
            passed=not one.policy.is_hold,
            text=one.policy.describe({i: asset.symbol for i, asset in snapshot.assets.items()}),
        ),
        Step(
            name="not paused",
            passed=not snapshot.config.harvests_paused,
            text="harvests are paused" if snapshot.config.harvests_paused else "harvests are on",
        ),
        Step(
            name="held long enough",
            passed=snapshot.timestamp >= decision.outlook.first_time,
            text=f"harvestable from {date(decision.outlook.first_time)}, now is "
            f"{date(snapshot.timestamp)} (UTC)",
        ),
    ]
    if not all(step.passed for step in found):
        return _until_failure(found)
    for asset_out in _outs(decision, snapshot):
        found += _for_asset(one, asset_out, snapshot, config)
    return tuple(found)


def _for_asset(
    one: Candidate, asset_out: int, snapshot: Snapshot, config: KeeperConfig
) -> tuple[Step, ...]:
    """The market's questions for one replacement, for this cohort alone."""
    symbol = snapshot.assets[asset_out].symbol
    market = snapshot.market(one.key.asset, asset_out)
    if isinstance(market, Refusal):
        return (Step(name=f"{symbol}: prices", passed=False, text=market.explain()),)
    found = [
        Step(
            name=f"{symbol}: prices",
            passed=True,
            text=f"{human_usd(market.price_in)} sold, {human_usd(market.price_out)} received, at "
            f"most {human_usd(market.price_high)} if the feeds are off by their deviation",
        )
    ]
    limits = rules.cohort_limits(one, market, snapshot.timestamp)
    threshold = one.key.lower * (10_000 - one.policy.min_loss) // 10_000
    found.append(
        Step(
            name=f"{symbol}: loss",
            passed=isinstance(limits, Limits),
            text=f"lots cost at least {human_usd(one.key.lower)}; {human_usd(market.price_high)} "
            f"must be at most {human_usd(threshold)} ({percent(one.policy.min_loss)} less)",
        )
    )
    if isinstance(limits, Limits):
        found += _swap(one, market, limits, snapshot, config, symbol)
    return tuple(found)


def _swap(
    one: Candidate,
    market: Market,
    limits: Limits,
    snapshot: Snapshot,
    config: KeeperConfig,
    symbol: str,
) -> list[Step]:
    terms = terms_of(snapshot, config, market.asset_out)
    chosen = choose([one], market, snapshot.curves_for(market.asset_in, market.asset_out), terms)
    refusal = chosen.refused.get(one.key.pack())
    found = [
        Step(
            name=f"{symbol}: limits",
            passed=True,
            text=f"the swap must bring at least {human_usd(limits.floor)} net and at most "
            f"{human_usd(limits.ceiling)} gross a token, fee at most {percent(limits.max_fee)}; "
            f"the loss bucket has room for "
            f"{human(rules.bucket_room(snapshot.bucket, snapshot.timestamp), 18)} of "
            f"{human(snapshot.bucket.size, 18)} (base)",
        )
    ]
    if bucket_alarm(one, market, snapshot.bucket) is not None:
        found.append(
            Step(
                name=f"{symbol}: alarm",
                passed=None,
                text="at its policy's worst swap the bucket cannot carry this cohort, even empty",
            )
        )
    if chosen.choice is not None:
        choice = chosen.choice
        found += [
            Step(
                name=f"{symbol}: swap",
                passed=True,
                text=f"{_amount(choice.plan.sold, market.asset_in, snapshot)} for "
                f"{_amount(choice.settled.net, market.asset_out, snapshot)} net over "
                f"{choice.curve.route.describe(_symbols(snapshot))}",
            ),
            Step(name=f"{symbol}: worth it", passed=True, text=account(choice.breakdown)),
        ]
    elif refusal is not None and "benefit" in refusal.evidence:
        found.append(
            Step(name=f"{symbol}: worth it", passed=False, text=_account_of(refusal.evidence))
        )
    elif refusal is not None:
        found.append(
            Step(
                name=f"{symbol}: swap",
                passed=False,
                text=_contract_words(refusal, market, snapshot),
            )
        )
    return found


def terms_of(snapshot: Snapshot, config: KeeperConfig, asset_out: int) -> Terms:
    """The terms of a first harvest into that asset."""
    return Terms(
        now=snapshot.timestamp,
        bucket=snapshot.bucket,
        cohort_cap=snapshot.assets[asset_out].cohort_cap,
        gas_price=snapshot.gas_price,
        gas=config.gas,
        fee_bps=config.fee_bps,
        min_fee_bps=config.min_fee_bps,
        margin_bps=config.margin_bps,
        max_cost=config.max_cost_usd,
        fee_covers_gas=config.fee_covers_gas,
    )


def account(one: Breakdown) -> str:
    """Benefit and costs on one line."""
    return _account_of(dict(one.numbers()))


def _account_of(numbers: dict[str, int | str] | dict[str, int]) -> str:
    def usd(name: str) -> str:
        return human_usd(int(numbers.get(name, 0)))

    return (
        f"a loss of {usd('loss')} is worth {usd('benefit')}; swap fee {usd('swap_fee')}, impact "
        f"{usd('price_impact')}, oracle gap {usd('oracle_gap')}, keeper fee {usd('keeper_fee')}, "
        f"gas {usd('gas')}: net {usd('net')}, at least {usd('required')} wanted"
    )


# ---------------------------------------------------------------- one sentence per reason
def _contract_words(refusal: Refusal, market: Market, snapshot: Snapshot) -> str:
    """A refusal of the swap itself, its units in whole tokens."""
    facts = refusal.evidence

    def per_token(units: object, sold: object) -> str:
        value = int(str(units)) * market.price_out * market.scale_in
        return human_usd(value // (int(str(sold)) * market.scale_out))

    if refusal.reason is Reason.BELOW_FLOOR:
        return (
            f"the swap brings {per_token(facts['net'], facts['sold'])} net a token, the policy "
            f"asks for {human_usd(int(facts['floor']))}"
        )
    if refusal.reason is Reason.ABOVE_CEILING:
        return (
            f"the swap brings {per_token(facts['gross'], facts['sold'])} a token, more than the "
            f"{human_usd(int(facts['ceiling']))} that basis and feeds explain"
        )
    if refusal.reason is Reason.BUCKET_EXHAUSTED:
        return (
            f"it would use {human(int(facts['debit']), 18)} of the loss bucket, which has room for "
            f"{human(int(facts.get('room', facts['size'])), 18)} (base)"
        )
    if refusal.reason is Reason.NO_ROUTE:
        return "no route of the deployment's pools serves that size"
    return Refusal(reason=refusal.reason, evidence=facts).explain()


def _early(refusal: Refusal, decision: Decision, snapshot: Snapshot) -> str:
    return f"harvestable from {date(decision.outlook.first_time)[:10]}"


def _small(refusal: Refusal, decision: Decision, snapshot: Snapshot) -> str:
    threshold = decision.outlook.threshold
    return "" if threshold is None else f"price must fall to {human_usd(threshold)}"


def _price(refusal: Refusal, decision: Decision, snapshot: Snapshot) -> str:
    return f"{refusal.evidence.get('feed', 'feed')}: {refusal.evidence.get('status', 'price 0')}"


def _worth(refusal: Refusal, decision: Decision, snapshot: Snapshot) -> str:
    if "benefit" in refusal.evidence:
        benefit, costs = (int(refusal.evidence[name]) for name in ("benefit", "costs"))
        return f"worth {human_usd(benefit)}, costs {human_usd(costs)}"
    adds = human_usd(int(refusal.evidence.get("adds", 0)))
    return f"would add {adds} to a harvest of {refusal.evidence.get('beside_cohorts')} cohorts"


def _market(refusal: Refusal, decision: Decision, snapshot: Snapshot) -> str:
    market = snapshot.market(decision.candidate.key.asset, int(refusal.evidence["to_asset"]))
    if isinstance(market, Refusal):
        return refusal.explain()
    return _contract_words(refusal, market, snapshot)


def _plain(text: str) -> Callable[[Refusal, Decision, Snapshot], str]:
    return lambda refusal, decision, snapshot: text


_SAY: dict[Reason, Callable[[Refusal, Decision, Snapshot], str]] = {
    Reason.HELD_TOO_SHORT: _early,
    Reason.LOSS_TOO_SMALL: _small,
    Reason.NO_PRICE: _price,
    Reason.NOT_WORTH_IT: _worth,
    Reason.BELOW_FLOOR: _market,
    Reason.ABOVE_CEILING: _market,
    Reason.BUCKET_EXHAUSTED: _market,
    Reason.HOLD_POLICY: _plain("its owners chose never to harvest"),
    Reason.PAUSED: _plain("harvests are paused"),
    Reason.EMPTY: _plain("nothing in it"),
    Reason.TOO_MANY_KEYS: _plain("a run's harvests are full; the next run goes on"),
    Reason.NO_ROUTE: _plain("no pool leads to a replacement"),
}


def _outs(decision: Decision, snapshot: Snapshot) -> list[int]:
    """Replacements worth explaining: the one decided on, or all."""
    if isinstance(decision.outcome, Harvest):
        return [decision.outcome.to_asset]
    key = decision.candidate.key
    return [
        out
        for out in decision.candidate.policy.assets
        if out != key.asset and out in snapshot.assets
    ]


def _until_failure(found: list[Step]) -> tuple[Step, ...]:
    for place, step in enumerate(found):
        if step.passed is False:
            return tuple(found[: place + 1])
    return tuple(found)


def _amount(units: int, asset: int, snapshot: Snapshot) -> str:
    state = snapshot.assets[asset]
    return f"{human(units, state.decimals)} {state.symbol}"


def _symbols(snapshot: Snapshot) -> dict[str, str]:
    return {asset.address: asset.symbol for asset in snapshot.assets.values()}
