"""The contract's rules for a harvest on integers, exactly as `contracts/modules/harvesting.vy` and
`bucket.vy` compute them. Pure: a plan checked here passes on chain at the same prices and block
time.

With p the price of the asset sold (USD wad per whole token), p_hi what it may be at most, and
lower the least unit basis of a cohort: eligible iff p_hi <= lower (1 - min_loss); the net value
per whole token must reach the floor max(p (1 - max_slippage), p - max_cost (lower - p_hi)); the
gross value must stay under the ceiling min(lower, p (1 + max_slippage)). The largest floor and the
smallest ceiling of all cohorts hold for the whole harvest. Every rounding is in favour of the
vault.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from vaultsdk.core.cohort import DAY, CohortKey
from vaultsdk.core.decision import Reason, Refusal
from vaultsdk.core.model import Frozen
from vaultsdk.core.policy import BPS, Policy
from vaultsdk.core.units import scale
from vaultsdk.core.words import BucketWord

WAD: Final = 10**18
MAX_KEYS: Final = 64
U128: Final = (1 << 128) - 1


def ceil_div(x: int, y: int) -> int:
    """Quotient x / y rounded up, both >= 0, y > 0."""
    return (x + y - 1) // y


class Market(Frozen):
    """The two sides of a harvest as the feeds see them at one block.

    `base` in USD wad, rates in base wad per whole token, devs in bps.
    """

    asset_in: int
    asset_out: int
    decimals_in: int
    decimals_out: int
    base: int
    rate_in: int
    rate_out: int
    dev_base: int = 0
    dev_in: int = 0
    dev_out: int = 0

    @property
    def scale_in(self) -> int:
        """Smallest units in a whole token sold."""
        return scale(self.decimals_in)

    @property
    def scale_out(self) -> int:
        """Smallest units in a whole token received."""
        return scale(self.decimals_out)

    @property
    def price_in(self) -> int:
        """USD wad per whole token sold, rounded down."""
        return self.base * self.rate_in // WAD

    @property
    def price_out(self) -> int:
        """USD wad per whole token received, rounded down."""
        return self.base * self.rate_out // WAD

    @property
    def price_high(self) -> int:
        """What price_in may be at most given its feeds' deviations, rounded up."""
        return ceil_div(self.price_in * (BPS + self.dev_base + self.dev_in), BPS)


class Limits(Frozen):
    """What cohorts allow: least net and largest gross value per whole token sold (USD wad), and the
    largest fee (bps of the gross proceeds)."""

    floor: int
    ceiling: int
    max_fee: int

    def tighten(self, other: Limits) -> Limits:
        """The limits under which both are kept."""
        return Limits(
            floor=max(self.floor, other.floor),
            ceiling=min(self.ceiling, other.ceiling),
            max_fee=min(self.max_fee, other.max_fee),
        )


class Candidate(Frozen):
    """A cohort as read from chain, with its policy's content."""

    key: CohortKey
    units: int
    harvest: int = 0
    policy: Policy


class Eligible(Frozen):
    """Cohorts that may be harvested together: what is sold (smallest units) and within which
    limits.
    """

    candidates: tuple[Candidate, ...]
    sold: int
    limits: Limits


class Settled(Frozen):
    """An outcome that the contract accepts: fee and net proceeds (smallest units of the asset
    received), the bucket's debit and use after it (base wad), and each policy's share."""

    gross: int
    fee: int
    net: int
    debit: int
    bucket_used: int
    shares: dict[int, int]


# ---------------------------------------------------------------- cohorts
def cohort_limits(candidate: Candidate, market: Market, now: int) -> Limits | Refusal:
    """What one cohort allows at block time `now` (s), by its own policy; or why it is not eligible.

    Refusals in the contract's order: cohort harvested, assets differ, not a replacement, held too
    short, loss too small. An empty cohort is refused as EMPTY (the contract drops it silently).
    """
    key, policy = candidate.key, candidate.policy

    def refuse(reason: Reason, **evidence: int) -> Refusal:
        return Refusal(reason=reason, cohort=key, evidence=dict(evidence))

    if candidate.harvest:
        return refuse(Reason.ALREADY_HARVESTED, harvest=candidate.harvest)
    if candidate.units == 0:
        return refuse(Reason.EMPTY, units=0)
    if key.asset != market.asset_in:
        return refuse(Reason.ASSETS_DIFFER, asset=key.asset, asset_in=market.asset_in)
    if not policy.allows(market.asset_out):
        reason = Reason.HOLD_POLICY if policy.is_hold else Reason.NOT_A_REPLACEMENT
        return refuse(reason, policy=key.policy, mask=policy.mask, to_asset=market.asset_out)
    first_day = key.day + policy.min_hold_days + 1
    if now // DAY < first_day:
        return refuse(
            Reason.HELD_TOO_SHORT, today=now // DAY, first_day=first_day, first_time=first_day * DAY
        )
    threshold = key.lower * (BPS - policy.min_loss) // BPS
    if market.price_high > threshold:
        return refuse(
            Reason.LOSS_TOO_SMALL,
            price_high=market.price_high,
            threshold=threshold,
            lower=key.lower,
            min_loss=policy.min_loss,
        )
    # From here on lower >= price_high >= price_in.
    price = market.price_in
    cost = policy.max_cost * (key.lower - market.price_high) // BPS
    by_slippage = ceil_div(price * (BPS - policy.max_slippage), BPS)
    return Limits(
        floor=max(by_slippage, price - min(price, cost)),
        ceiling=min(key.lower, price * (BPS + policy.max_slippage) // BPS),
        max_fee=policy.max_fee,
    )


def eligible(candidates: Sequence[Candidate], market: Market, now: int) -> Eligible | Refusal:
    """All of them together, as the contract takes them: keys strictly ascending, at most 64, empty
    cohorts dropped. The first refusal wins."""
    if len(candidates) > MAX_KEYS:
        return Refusal(
            reason=Reason.TOO_MANY_KEYS, evidence={"keys": len(candidates), "limit": MAX_KEYS}
        )
    if market.asset_in == market.asset_out:
        return Refusal(reason=Reason.SAME_ASSET, evidence={"asset": market.asset_in})
    # A price below one wad-wei is none; with it, band 0 would be harvestable for nothing.
    if market.price_in == 0:
        return Refusal(reason=Reason.NO_PRICE, evidence={"price_in": 0, "asset": market.asset_in})
    live: list[Candidate] = []
    limits = Limits(floor=0, ceiling=(1 << 256) - 1, max_fee=BPS)
    last = 0
    for candidate in candidates:
        if candidate.key.pack() <= last:
            return Refusal(reason=Reason.NOT_ASCENDING, cohort=candidate.key)
        last = candidate.key.pack()
        if candidate.units == 0 and candidate.harvest == 0:
            continue
        own = cohort_limits(candidate, market, now)
        if isinstance(own, Refusal):
            return own
        limits = limits.tighten(own)
        live.append(candidate)
    if not live:
        return Refusal(reason=Reason.NOTHING_TO_SELL, evidence={"sold": 0})
    return Eligible(
        candidates=tuple(live), sold=sum(candidate.units for candidate in live), limits=limits
    )


# ---------------------------------------------------------------- floor and ceiling
def reaches_floor(net: int, sold: int, market: Market, floor: int) -> bool:
    """True when net * price_out * 10**dec_in >= floor * sold * 10**dec_out: cross-multiplied, no
    rounding.
    """
    left = net * market.price_out * market.scale_in
    return left >= floor * sold * market.scale_out


def under_ceiling(gross: int, sold: int, market: Market, ceiling: int) -> bool:
    """True when gross * price_out * 10**dec_in <= ceiling * sold * 10**dec_out."""
    left = gross * market.price_out * market.scale_in
    return left <= ceiling * sold * market.scale_out


def reaches_rate(net: int, sold: int, market: Market, min_rate: int) -> bool:
    """True when net * 10**dec_in >= min_rate * sold: the keeper's own limit, net units per whole
    token sold.
    """
    return net * market.scale_in >= min_rate * sold


def least_net(sold: int, market: Market, floor: int) -> int:
    """The smallest net proceeds (units) that reach the floor. Needs price_out > 0."""
    return ceil_div(floor * sold * market.scale_out, market.price_out * market.scale_in)


def most_gross(sold: int, market: Market, ceiling: int) -> int:
    """The largest gross proceeds (units) under the ceiling. Needs price_out > 0."""
    return ceiling * sold * market.scale_out // (market.price_out * market.scale_in)


def min_rate(net: int, sold: int, market: Market) -> int:
    """The largest `min_rate` that `net` still reaches, in net units per whole token sold."""
    return net * market.scale_in // sold


# ---------------------------------------------------------------- loss bucket
def bucket_used(bucket: BucketWord, now: int) -> int:
    """The used part after draining to `now` (s), base wad; draining is rounded down."""
    drained = bucket.size * (now - bucket.time) // DAY
    return bucket.used - min(bucket.used, drained)


def bucket_room(bucket: BucketWord, now: int) -> int:
    """What the bucket can still carry at `now`, base wad. 0 after it was shrunk below its use."""
    return max(0, bucket.size - bucket_used(bucket, now))


def bucket_debit(sold: int, net: int, market: Market) -> int:
    """What a harvest uses of the bucket, base wad: its shortfall and what the rate feeds may hide.

    Value sold and hidden part are rounded up, value received down.
    """
    value_sold = ceil_div(sold * market.rate_in, market.scale_in)
    value_net = net * market.rate_out // market.scale_out
    hidden = ceil_div(value_sold * (market.dev_in + market.dev_out), BPS)
    return max(0, value_sold - value_net) + hidden


def bucket_least_net(sold: int, market: Market, room: int) -> int | None:
    """The smallest net proceeds (units) whose debit fits `room` (base wad); None when none does."""
    value_sold = ceil_div(sold * market.rate_in, market.scale_in)
    hidden = ceil_div(value_sold * (market.dev_in + market.dev_out), BPS)
    if hidden > room:
        return None
    missing = max(0, value_sold + hidden - room)
    return ceil_div(missing * market.scale_out, market.rate_out)


# ---------------------------------------------------------------- the whole of it
def shares(candidates: Iterable[Candidate], sold: int, net: int) -> dict[int, int]:
    """Share of the net proceeds per policy, rounded down; the dust is nobody's."""
    groups: dict[int, int] = {}
    for candidate in candidates:
        policy = candidate.key.policy
        groups[policy] = groups.get(policy, 0) + candidate.units
    return {policy: net * units // sold for policy, units in groups.items()}


def settle(
    plan: Eligible,
    market: Market,
    gross: int,
    fee_bps: int,
    bucket: BucketWord,
    cohort_cap: int,
    now: int,
) -> Settled | Refusal:
    """What the contract does with `gross` proceeds (smallest units) at block time `now`, or the
    reason for which it reverts. `cohort_cap` of the asset received."""
    sold, limits = plan.sold, plan.limits
    fee = gross * fee_bps // BPS
    net = gross - fee
    debit = bucket_debit(sold, net, market)
    used = bucket_used(bucket, now) + debit
    refused = _first(
        (
            fee_bps <= limits.max_fee,
            Reason.FEE_ABOVE_POLICY,
            {"fee_bps": fee_bps, "max_fee": limits.max_fee},
        ),
        (
            max(sold, gross, market.price_out, gross * market.price_out // market.scale_out)
            <= U128,
            Reason.AMOUNTS_OUT_OF_RANGE,
            {"sold": sold, "gross": gross, "price_out": market.price_out},
        ),
        (
            reaches_floor(net, sold, market, limits.floor),
            Reason.BELOW_FLOOR,
            {"net": net, "sold": sold, "floor": limits.floor, "price_out": market.price_out},
        ),
        (
            under_ceiling(gross, sold, market, limits.ceiling),
            Reason.ABOVE_CEILING,
            {"gross": gross, "sold": sold, "ceiling": limits.ceiling},
        ),
        (
            used <= bucket.size,
            Reason.BUCKET_EXHAUSTED,
            {"debit": debit, "room": bucket_room(bucket, now), "size": bucket.size},
        ),
    )
    if refused:
        return refused
    opened = shares(plan.candidates, sold, net)
    for policy, share in opened.items():
        merged = sum(1 for candidate in plan.candidates if candidate.key.policy == policy)
        if merged > 1 and share > cohort_cap:
            return Refusal(
                reason=Reason.MERGED_ABOVE_CAP,
                evidence={"policy": policy, "share": share, "cohort_cap": cohort_cap},
            )
    return Settled(gross=gross, fee=fee, net=net, debit=debit, bucket_used=used, shares=opened)


def _first(*checks: tuple[bool, Reason, Mapping[str, int]]) -> Refusal | None:
    for passed, reason, evidence in checks:
        if not passed:
            return Refusal(reason=reason, evidence=dict(evidence))
    return None
