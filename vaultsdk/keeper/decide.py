"""Deciding, pure: a snapshot in, one decision for every cohort out.

For each asset held, the best harvest into each replacement is looked for (`harvest.choose`), the
one of the greatest net benefit is taken, and the search goes on with what is left and with what it
leaves of the loss bucket, until nothing is worth it. Every rule is the contract's own
(`core.harvest_rules`); every cohort left out carries the reason and numbers of its refusal.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from vaultsdk.core.decision import Reason, Refusal
from vaultsdk.core.harvest_rules import Candidate, Market
from vaultsdk.core.model import Frozen
from vaultsdk.core.policy import BPS
from vaultsdk.core.words import BucketWord
from vaultsdk.harvest.choose import Choice, Terms, bucket_alarm, choose
from vaultsdk.harvest.economics import Breakdown, share
from vaultsdk.keeper.config import KeeperConfig
from vaultsdk.keeper.state import Snapshot


class Outlook(Frozen):
    """A cohort at the oracle's price, before any cost. USD wad; None without a price.

    `threshold` is the price of a whole token at or below which the policy's own loss is reached
    (feeds' deviations included), `first_time` (s) when it has been held long enough.
    """

    price: int | None
    threshold: int | None
    first_time: int
    value: int | None
    basis: int
    loss: int | None
    benefit: int | None


class Harvest(Frozen):
    """A yes: number of the batch that takes the cohort, and its share of benefit and costs."""

    batch: int
    to_asset: int
    breakdown: Breakdown


class Decision(Frozen):
    """What becomes of one cohort, with its numbers."""

    candidate: Candidate
    outlook: Outlook
    outcome: Harvest | Refusal

    @property
    def harvested(self) -> bool:
        """True when it is to be harvested."""
        return isinstance(self.outcome, Harvest)


class Batch(Frozen):
    """One harvest to send: its market and what was chosen for it."""

    market: Market
    choice: Choice

    @property
    def keys(self) -> tuple[int, ...]:
        """The cohorts' packed keys, ascending."""
        return tuple(one.key.pack() for one in self.choice.plan.candidates)


class Decisions(Frozen):
    """All of it: one decision per cohort (keys ascending), the harvests in the order to send them,
    and alarms: open cohorts that the loss bucket cannot carry even when it is empty."""

    decisions: tuple[Decision, ...]
    batches: tuple[Batch, ...]
    alarms: tuple[Refusal, ...]


# A refusal that came further through the rules says more than one that stopped at the first.
_PROGRESS: Final = {
    reason: place
    for place, reason in enumerate(
        (
            Reason.SAME_ASSET,
            Reason.ASSET_NOT_LISTED,
            Reason.NOT_A_REPLACEMENT,
            Reason.HOLD_POLICY,
            Reason.NO_PRICE,
            Reason.HELD_TOO_SHORT,
            Reason.LOSS_TOO_SMALL,
            Reason.NO_ROUTE,
            Reason.BELOW_FLOOR,
            Reason.ABOVE_CEILING,
            Reason.BUCKET_EXHAUSTED,
            Reason.FEE_ABOVE_POLICY,
            Reason.MERGED_ABOVE_CAP,
            Reason.NOT_WORTH_IT,
            Reason.TOO_MANY_KEYS,
        )
    )
}


def decide(
    snapshot: Snapshot, config: KeeperConfig, only: frozenset[int] | None = None
) -> Decisions:
    """Decide on every cohort of the snapshot. `only`: keys to consider; others are not reported."""
    candidates = [one for one in snapshot.candidates if only is None or one.key.pack() in only]
    taken: dict[int, Harvest] = {}
    refused: dict[int, Refusal] = {}
    batches: list[Batch] = []
    bucket = snapshot.bucket
    for asset_in in sorted({one.key.asset for one in candidates}):
        left = [one for one in candidates if one.key.asset == asset_in]
        sent: list[tuple[tuple[str, ...], int]] = []
        while left:
            best = None
            if len(batches) < config.max_harvests:
                best = _best(left, asset_in, snapshot, config, bucket, sent, refused)
            else:
                _give_up(left, refused, config.max_harvests)
            if best is None:
                break
            chosen = best.choice.plan.candidates
            for one in chosen:
                refused.pop(one.key.pack(), None)
                taken[one.key.pack()] = Harvest(
                    batch=len(batches),
                    to_asset=best.market.asset_out,
                    breakdown=share(best.choice.breakdown, one, best.choice.plan.sold, best.market),
                )
            batches.append(best)
            bucket = BucketWord(
                size=bucket.size, time=snapshot.timestamp, used=best.choice.settled.bucket_used
            )
            sent.append((best.choice.curve.route.pools, best.choice.plan.sold))
            left = [one for one in left if one.key.pack() not in taken]
    return Decisions(
        decisions=tuple(
            Decision(
                candidate=one,
                outlook=outlook(one, snapshot),
                outcome=taken.get(one.key.pack()) or refused[one.key.pack()],
            )
            for one in candidates
        ),
        batches=tuple(batches),
        alarms=_alarms(candidates, snapshot),
    )


def outlook(candidate: Candidate, snapshot: Snapshot) -> Outlook:
    """The cohort at the oracle's price; its threshold and first day by its own policy."""
    key, policy = candidate.key, candidate.policy
    scale = 10 ** snapshot.assets[key.asset].decimals
    price = snapshot.price(key.asset)
    basis = candidate.units * key.lower // scale
    value = None if price is None else candidate.units * price // scale
    dev = snapshot.feeds[128].dev + snapshot.feeds[key.asset].dev
    return Outlook(
        price=price,
        # ceil(p (1 + dev)) <= t exactly when p (1 + dev) <= t, as t is whole.
        threshold=None
        if policy.is_hold
        else (key.lower * (BPS - policy.min_loss) // BPS) * BPS // (BPS + dev),
        first_time=(key.day + policy.min_hold_days + 1) * 86_400,
        value=value,
        basis=basis,
        loss=None if value is None else basis - value,
        benefit=None if value is None else max(0, basis - value) * policy.tax_value // BPS,
    )


def _best(
    left: Sequence[Candidate],
    asset_in: int,
    snapshot: Snapshot,
    config: KeeperConfig,
    bucket: BucketWord,
    sent: Sequence[tuple[tuple[str, ...], int]],
    refused: dict[int, Refusal],
) -> Batch | None:
    """The harvest of greatest net benefit, of any replacement; notes the refusals."""
    best: Batch | None = None
    if snapshot.config.harvests_paused:
        for one in left:
            _note(refused, one, Refusal(reason=Reason.PAUSED, cohort=one.key))
        return None
    for one in left:
        if one.harvest or one.units == 0 or one.policy.is_hold:
            _note(refused, one, _never(one))
    outs = sorted({out for one in left for out in one.policy.assets})
    for asset_out in outs:
        asked = [one for one in left if one.policy.allows(asset_out) and _alive(one)]
        known = asset_out in snapshot.assets
        market = snapshot.market(asset_in, asset_out) if known else None
        if market is None or isinstance(market, Refusal):
            why = market or Refusal(
                reason=Reason.ASSET_NOT_LISTED, evidence={"to_asset": asset_out}
            )
            for one in asked:
                # What the cohort lacks itself comes first: it is there whatever the market says.
                _note(refused, one, _too_early(one, snapshot) or why)
            continue
        terms = Terms(
            now=snapshot.timestamp,
            bucket=bucket,
            cohort_cap=snapshot.assets[asset_out].cohort_cap,
            gas_price=snapshot.gas_price,
            gas=config.gas,
            fee_bps=config.fee_bps,
            min_fee_bps=config.min_fee_bps,
            margin_bps=config.margin_bps,
            max_cost=config.max_cost_usd,
            fee_covers_gas=config.fee_covers_gas,
            sent=tuple(sent),
        )
        chosen = choose(asked, market, snapshot.curves_for(asset_in, asset_out), terms)
        for one in asked:
            if (refusal := chosen.refused.get(one.key.pack())) is not None:
                _note(refused, one, _named(refusal, asset_out))
        if chosen.choice is not None:
            found = Batch(market=market, choice=chosen.choice)
            if best is None or _net(found) > _net(best):
                best = found
    return best


def _net(batch: Batch) -> int:
    return batch.choice.breakdown.net


def _alive(candidate: Candidate) -> bool:
    return candidate.harvest == 0 and candidate.units > 0


def _never(candidate: Candidate) -> Refusal:
    """The refusal of a cohort that no market can change."""
    if candidate.harvest:
        evidence = {"harvest": candidate.harvest}
        return Refusal(
            reason=Reason.ALREADY_HARVESTED, cohort=candidate.key, evidence=dict(evidence)
        )
    if candidate.units == 0:
        return Refusal(reason=Reason.EMPTY, cohort=candidate.key, evidence={"units": 0})
    return Refusal(
        reason=Reason.HOLD_POLICY, cohort=candidate.key, evidence={"policy": candidate.key.policy}
    )


def _too_early(candidate: Candidate, snapshot: Snapshot) -> Refusal | None:
    first_day = candidate.key.day + candidate.policy.min_hold_days + 1
    today = snapshot.timestamp // 86_400
    if today >= first_day:
        return None
    return Refusal(
        reason=Reason.HELD_TOO_SHORT,
        cohort=candidate.key,
        evidence={"today": today, "first_day": first_day, "first_time": first_day * 86_400},
    )


def _named(refusal: Refusal, to_asset: int) -> Refusal:
    return refusal.model_copy(update={"evidence": {"to_asset": to_asset} | refusal.evidence})


def _note(refused: dict[int, Refusal], candidate: Candidate, refusal: Refusal) -> None:
    """Keep the refusal that came furthest; of equal ones the newest, whose numbers are current."""
    key = candidate.key.pack()
    old = refused.get(key)
    if old is None or _PROGRESS.get(refusal.reason, 0) >= _PROGRESS.get(old.reason, 0):
        refused[key] = refusal.model_copy(update={"cohort": candidate.key})


def _give_up(left: Sequence[Candidate], refused: dict[int, Refusal], limit: int) -> None:
    for one in left:
        if one.key.pack() not in refused:
            refused[one.key.pack()] = Refusal(
                reason=Reason.TOO_MANY_KEYS, cohort=one.key, evidence={"max_harvests": limit}
            )


def _alarms(candidates: Sequence[Candidate], snapshot: Snapshot) -> tuple[Refusal, ...]:
    """Open cohorts that the bucket cannot carry, each once, for its easiest replacement."""
    found: list[Refusal] = []
    for one in candidates:
        if not _alive(one) or one.policy.is_hold:
            continue
        tried = [
            bucket_alarm(one, market, snapshot.bucket)
            for out in one.policy.assets
            if out in snapshot.assets
            and not isinstance(market := snapshot.market(one.key.asset, out), Refusal)
        ]
        failed = [alarm for alarm in tried if alarm is not None]
        if tried and len(failed) == len(tried):
            found.append(failed[0])
    return tuple(found)
