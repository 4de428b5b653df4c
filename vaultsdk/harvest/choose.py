"""Which cohorts to put into one harvest: greedy by value, deterministic, within the shared limits.

Cohorts are tried in the order of their benefit at the oracle's price (then by key). Each joins when
the contract would accept the harvest with it and the whole is worth more with it than without: its
own benefit must pay its own gas, its part of the fees, and the impact that it adds for all. The gas
of the first cohort is left out of that comparison, as somebody has to be the first, and is asked
for at the end: the whole must be worth it, margin included, or nothing is harvested.
"""

from __future__ import annotations

from collections.abc import Sequence

from vaultsdk.core import harvest_rules as rules
from vaultsdk.core.decision import Reason, Refusal
from vaultsdk.core.harvest_rules import Candidate, Eligible, Limits, Market, Settled
from vaultsdk.core.model import Frozen
from vaultsdk.core.words import BucketWord
from vaultsdk.harvest.economics import (
    Breakdown,
    GasModel,
    GasPrice,
    basis_of,
    benefit_of,
    break_down,
    usd_out,
)
from vaultsdk.market.curve import Curve
from vaultsdk.market.route import Route


class Terms(Frozen):
    """What holds for every harvest considered: the chain's state and the keeper's own terms.

    `now` is the block time (s). `cohort_cap` is the received asset's, in its smallest unit.
    The fee asked is `fee_bps`, or what the policies allow if that is less, but never below
    `min_fee_bps`. `sent`: what earlier harvests of the same run send, as pools and units of the
    asset sold. `max_cost`: most that a harvest may cost in all, USD wad; None = no such limit.
    `fee_covers_gas`: harvest only what pays the keeper its gas back; benefits are the owners' own
    statements, and who declares an absurd basis costs a keeper without this nothing but gas.
    """

    now: int
    bucket: BucketWord
    cohort_cap: int
    gas_price: GasPrice
    gas: GasModel = GasModel()
    fee_bps: int = 0
    min_fee_bps: int = 0
    margin_bps: int = 0
    max_cost: int | None = None
    fee_covers_gas: bool = False
    sent: tuple[tuple[tuple[str, ...], int], ...] = ()

    def before(self, route: Route) -> int:
        """Units that earlier harvests of the run send through a pool of this route.

        Pools have not felt them when the quotes are taken. A route that shares one pool of two is
        priced as if it shared both: too dear rather than too cheap.
        """
        return sum(units for pools, units in self.sent if not set(pools).isdisjoint(route.pools))


class Choice(Frozen):
    """Cohorts that one harvest takes, keys ascending, with everything that follows from it."""

    plan: Eligible
    curve: Curve
    fee_bps: int
    settled: Settled
    breakdown: Breakdown


class Chosen(Frozen):
    """What `choose` found: a harvest or none, and one refusal for each cohort left out."""

    choice: Choice | None
    refused: dict[int, Refusal]


def order(candidates: Sequence[Candidate], market: Market) -> tuple[Candidate, ...]:
    """Candidates by benefit at the oracle's price, largest first; equal ones by key."""

    def rank(candidate: Candidate) -> tuple[int, int]:
        value = candidate.units * market.price_in // market.scale_in
        return -benefit_of(candidate, basis_of(candidate, market), value), candidate.key.pack()

    return tuple(sorted(candidates, key=rank))


def choose(
    candidates: Sequence[Candidate], market: Market, curves: Sequence[Curve], terms: Terms
) -> Chosen:
    """The best harvest of these cohorts into `market.asset_out`, one route for all of it.

    Cohorts that the contract would refuse are refused with its reason; those that no route serves,
    that do not fit beside the others, or that are not worth it, with the numbers.
    """
    refused: dict[int, Refusal] = {}
    limits: dict[int, Limits] = {}
    able: list[Candidate] = []
    for candidate in candidates:
        own = rules.cohort_limits(candidate, market, terms.now)
        if isinstance(own, Refusal):
            refused[candidate.key.pack()] = own
        else:
            limits[candidate.key.pack()] = own
            able.append(candidate)
    able = list(order(able, market))
    total = sum(candidate.units for candidate in able)
    ranked = _ranked(curves, total, terms)
    if not ranked:
        for candidate in able:
            refused[candidate.key.pack()] = Refusal(
                reason=Reason.NO_ROUTE,
                cohort=candidate.key,
                evidence={"asset_in": market.asset_in, "asset_out": market.asset_out},
            )
        return Chosen(choice=None, refused=refused)
    best, left_out = _greedy(able, limits, market, ranked[0], terms)
    if best is not None:
        # The best route for all of them need not be the best for those that were taken.
        for curve in ranked[1:]:
            other = _try(best.plan, market, curve, terms)
            if isinstance(other, Choice) and other.breakdown.net > best.breakdown.net:
                best = other
        if not best.breakdown.worth_it or _unpaid(best.breakdown, terms):
            for candidate in best.plan.candidates:
                refused[candidate.key.pack()] = _not_worth(candidate, best.breakdown, terms)
            best = None
    return Chosen(choice=best, refused=refused | left_out)


def _greedy(
    able: Sequence[Candidate],
    limits: dict[int, Limits],
    market: Market,
    curve: Curve,
    terms: Terms,
) -> tuple[Choice | None, dict[int, Refusal]]:
    best: Choice | None = None
    refused: dict[int, Refusal] = {}
    for candidate in able:
        key = candidate.key.pack()
        taken = best.plan.candidates if best else ()
        if len(taken) >= rules.MAX_KEYS:
            refused[key] = Refusal(
                reason=Reason.TOO_MANY_KEYS,
                cohort=candidate.key,
                evidence={"keys": len(taken) + 1, "limit": rules.MAX_KEYS},
            )
            continue
        joint = limits[key].tighten(best.plan.limits) if best else limits[key]
        together = Eligible(
            candidates=tuple(sorted((*taken, candidate), key=lambda one: one.key.pack())),
            sold=sum(one.units for one in taken) + candidate.units,
            limits=joint,
        )
        tried = _try(together, market, curve, terms)
        if isinstance(tried, Refusal):
            evidence = dict(tried.evidence) | {"beside_cohorts": len(taken)}
            refused[key] = Refusal(reason=tried.reason, cohort=candidate.key, evidence=evidence)
        elif best is not None and tried.breakdown.net <= best.breakdown.net:
            gain = tried.breakdown.net - best.breakdown.net
            refused[key] = Refusal(
                reason=Reason.NOT_WORTH_IT,
                cohort=candidate.key,
                evidence={"adds": gain, "beside_cohorts": len(taken)},
            )
        elif _too_dear(tried.breakdown, terms) or (
            best is None and not _pays_itself(tried.breakdown, terms)
        ):
            refused[key] = _not_worth(candidate, tried.breakdown, terms)
        else:
            best = tried
    return best, refused


def _try(plan: Eligible, market: Market, curve: Curve, terms: Terms) -> Choice | Refusal:
    """The harvest of exactly these cohorts over this route, or the contract's refusal."""
    gross = curve.out_after(terms.before(curve.route), plan.sold)
    if not gross:
        return Refusal(
            reason=Reason.NO_ROUTE, evidence={"sold": plan.sold, "largest_quote": curve.largest}
        )
    fee_bps = min(terms.fee_bps, plan.limits.max_fee)
    if fee_bps < terms.min_fee_bps:
        return Refusal(
            reason=Reason.FEE_ABOVE_POLICY,
            evidence={"min_fee_bps": terms.min_fee_bps, "max_fee": plan.limits.max_fee},
        )
    settled = rules.settle(plan, market, gross, fee_bps, terms.bucket, terms.cohort_cap, terms.now)
    if isinstance(settled, Refusal):
        return settled
    policies = {candidate.key.policy for candidate in plan.candidates}
    breakdown = break_down(
        plan.candidates,
        market,
        curve,
        settled.gross,
        settled.fee,
        terms.gas.units(len(plan.candidates), len(policies), len(curve.route.pools)),
        terms.gas_price,
        terms.margin_bps,
    )
    return Choice(plan=plan, curve=curve, fee_bps=fee_bps, settled=settled, breakdown=breakdown)


def _ranked(curves: Sequence[Curve], size: int, terms: Terms) -> list[Curve]:
    """Curves that serve the size, best first; when none does, those that serve the most."""
    serving = [(curve.out_after(terms.before(curve.route), size), curve) for curve in curves]
    able = [(out, curve) for out, curve in serving if out]
    if not able:
        left = [(curve.largest - terms.before(curve.route), curve) for curve in curves]
        able = [(units, curve) for units, curve in left if units > 0]
    # Stable: equal ones stay in the order of the routes, which is fixed.
    return [curve for _, curve in sorted(able, key=lambda pair: -pair[0])]


def _pays_itself(breakdown: Breakdown, terms: Terms) -> bool:
    """True when a first cohort is worth more than what further cohorts cannot share with it."""
    shared = terms.gas_price.usd(terms.gas.first)
    return breakdown.net + shared > 0


def _too_dear(breakdown: Breakdown, terms: Terms) -> bool:
    return terms.max_cost is not None and breakdown.costs > terms.max_cost


def _unpaid(breakdown: Breakdown, terms: Terms) -> bool:
    return terms.fee_covers_gas and breakdown.keeper_fee < breakdown.gas


def _not_worth(candidate: Candidate, breakdown: Breakdown, terms: Terms) -> Refusal:
    evidence: dict[str, int | str] = dict(breakdown.numbers())
    if _too_dear(breakdown, terms) and terms.max_cost is not None:
        evidence["max_cost"] = terms.max_cost
    return Refusal(reason=Reason.NOT_WORTH_IT, cohort=candidate.key, evidence=evidence)


def bucket_alarm(candidate: Candidate, market: Market, bucket: BucketWord) -> Refusal | None:
    """Why the bucket cannot carry this cohort even when it is empty, or None.

    Taken at the worst swap that the policy allows (max_slippage below the feeds' price): a cohort
    that only a perfect swap could bring through is an alarm too.
    """
    worst = rules.ceil_div(candidate.units * market.rate_in, market.scale_in)
    per_bps = candidate.policy.max_slippage + market.dev_in + market.dev_out
    debit = rules.ceil_div(worst * per_bps, 10_000)
    if debit <= bucket.size:
        return None
    return Refusal(
        reason=Reason.BUCKET_EXHAUSTED,
        cohort=candidate.key,
        evidence={"debit": debit, "size": bucket.size, "to_asset": market.asset_out},
    )


def least_sold(choice: Choice, market: Market) -> int:
    """Units that must be left to sell for the harvest still to be worth its gas, rounded up.

    Owners may leave before it lands. Benefit and swap costs shrink with the units, gas does not:
    per unit the harvest earns (net + gas) / sold, and must earn its gas. Impact shrinks faster
    than the units, so this asks for a little too much, never for too little.
    """
    one = choice.breakdown
    earned = one.net + one.gas
    if earned <= 0 or one.gas <= 0:
        return 1
    return max(1, min(choice.plan.sold, rules.ceil_div(choice.plan.sold * one.gas, earned)))


def value_out(choice: Choice, market: Market) -> int:
    """USD wad of the net proceeds."""
    return usd_out(choice.settled.net, market)
