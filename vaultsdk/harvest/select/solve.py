"""The set of cohorts to harvest, and how to part it into harvests: the most value net of all.

Cohorts share the pools, the strictest floor, the lowest fee and the loss bucket, and each pays its
own gas; a further harvest pays a first cohort's gas again, but has a floor of its own, at a worse
price. A first plan comes from sorted lists (`fill`), and is improved by small changes among the
cohorts that are in question (`polish`): all of them when they are few.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from vaultsdk.core import harvest_rules as rules
from vaultsdk.core.decision import Reason, Refusal
from vaultsdk.core.harvest_rules import Candidate, Eligible, Market
from vaultsdk.core.words import BucketWord
from vaultsdk.harvest.choose import Terms
from vaultsdk.harvest.economics import Breakdown, basis_of, benefit_of, usd_in, usd_out
from vaultsdk.harvest.select.block import Block
from vaultsdk.harvest.select.fill import Plan, orders, sequence
from vaultsdk.harvest.select.polish import EXACT, Masks, Polish
from vaultsdk.harvest.select.pricing import Priced, Pricer
from vaultsdk.harvest.select.proceeds import WAD, Outlet
from vaultsdk.harvest.select.result import SelectError, Selection, Transaction
from vaultsdk.harvest.select.screen import Screened, refusal, screen

FEW: Final = 20  # so many cohorts are polished one by one
LAST: Final = 3  # of a longer plan, the harvests that are polished
WEAKEST: Final = 3  # in each of them, the cohorts in question
FREE: Final = 6  # of those left out, the cohorts in question


def select(
    candidates: Sequence[Candidate],
    market: Market,
    outlet: Outlet,
    terms: Terms,
    *,
    max_transactions: int = 8,
    max_keys: int = rules.MAX_KEYS,
    exact: int = EXACT,
) -> Selection:
    """The harvests into `market.asset_out` that are worth the most together, net of everything.

    At most `max_transactions` of at most `max_keys` cohorts each (1 to 64), sent in a row at one
    block's prices. `terms.sent` is not looked at: give its units as the outlet's `ahead`. Up to
    `exact` cohorts all partitions are tried. Raises SelectError for limits out of range or a cohort
    that is there twice.
    """
    if max_transactions < 1 or not 1 <= max_keys <= rules.MAX_KEYS:
        raise SelectError(
            f"{max_transactions} harvests of {max_keys} cohorts make no sense: give at least 1 "
            f"harvest and 1 to {rules.MAX_KEYS} cohorts",
            name="max_keys",
            limit=rules.MAX_KEYS,
            value=max_keys,
        )
    found = screen(candidates, market, terms)
    pricer = Pricer(market, outlet, terms)
    plan = _plan(pricer, found.blocks, max_transactions, max_keys, exact)
    left = _complete(pricer, found, plan, max_transactions, max_keys)
    transactions = tuple(_settled(pricer, found.able, plan))
    return Selection(market=market, transactions=transactions, refused=found.refused | left)


def _plan(pricer: Pricer, blocks: Sequence[Block], most: int, keys: int, exact: int) -> Plan:
    if not blocks:
        return []
    if len(blocks) <= exact:
        return _unmask(Polish(pricer, blocks, 0, pricer.used, most, keys).run((), exact))
    total = sum(block.units for block in blocks)
    probe = max(1, total // 1000)
    while probe < total and not pricer.gross(0, probe):
        probe *= 16
    plans: list[tuple[int, Plan]] = []
    sold = 0
    for by_floor in (False, True):
        lists = orders(pricer, blocks, 0, probe, by_floor)
        plan, value = sequence(pricer, blocks, lists, most, keys)
        plans.append((value, plan))
        if not by_floor:
            sold = _units(blocks, plan)
    if sold:
        # Again with profits at the price where the first ends: those that lose there stay out.
        step = max(1, sold // 1000)
        lists = orders(pricer, blocks, sold - step, step, False)
        plan, value = sequence(pricer, blocks, lists, most, keys)
        plans.append((value, plan))
    if len(blocks) <= FEW:
        search = Polish(pricer, blocks, 0, pricer.used, most, keys)
        return _unmask(search.run([_mask(plan) for _, plan in plans], exact))
    best = max(plans, key=lambda pair: pair[0])[1]
    return _polish_last(pricer, blocks, best, most, keys)


def _polish_last(pricer: Pricer, blocks: Sequence[Block], plan: Plan, most: int, keys: int) -> Plan:
    """The last harvests of a long plan, their weakest cohorts and the best of those left out."""
    if not plan:
        return plan
    kept, open_ = plan[:-LAST], plan[-LAST:]
    sold, used = 0, pricer.used
    for members in kept:
        block = _join(blocks, members)
        priced = pricer(block, sold, used)
        sold, used = sold + block.units, priced.used
    units = _units(blocks, open_)
    step = max(1, units // 1000)
    rate = pricer.rate(sold + units - step, step)
    gains = [pricer.profit(block, rate) for block in blocks]
    pool: list[list[int]] = []
    start: list[int] = []
    for members in open_:
        ranked = sorted(members, key=lambda place: gains[place])
        groups = [[place] for place in ranked[:WEAKEST]]
        if ranked[WEAKEST:]:
            groups.append(ranked[WEAKEST:])
        start.append(sum(1 << len(pool) + index for index in range(len(groups))))
        pool += groups
    inside = {place for members in plan for place in members}
    free = sorted(
        (place for place in range(len(blocks)) if place not in inside),
        key=lambda place: -gains[place],
    )
    pool += [[place] for place in free[:FREE]]
    search = Polish(
        pricer, [_join(blocks, group) for group in pool], sold, used, most - len(kept), keys
    )
    better = search.run([tuple(start)], exact=0)
    return kept + [[place for index in group for place in pool[index]] for group in _unmask(better)]


def _complete(
    pricer: Pricer, found: Screened, plan: Plan, most: int, keys: int
) -> dict[int, Refusal]:
    """A refusal for each cohort left out; one that does add something to the last harvest, or as
    one more, joins the plan."""
    sold, used, value = 0, pricer.used, 0
    last, last_sold, last_used = Block(0, 0, 0, 0, 0, 0, 0, {}), 0, 0
    for members in plan:
        last, last_sold, last_used = _join(found.blocks, members), sold, used
        priced = pricer(last, sold, used)
        sold, used, value = sold + last.units, priced.used, priced.value
    inside = {place for members in plan for place in members}
    step = max(1, (sold or sum(block.units for block in found.blocks)) // 1000)
    left: dict[int, Refusal] = {}
    for place, block in enumerate(found.blocks):
        if place in inside:
            continue
        candidate = found.able[place]
        tried: list[Priced] = []
        if plan and last.count < keys:
            joined = last.join(block)
            priced = pricer(joined, last_sold, last_used)
            priced = priced._replace(value=priced.value - value)
            if priced.reason is None and priced.value > 0:
                plan[-1].append(place)
                last, value = joined, value + priced.value
                sold, used = sold + block.units, priced.used
                continue
            tried.append(priced)
        if len(plan) < most:
            priced = pricer(block, sold, used)
            if priced.reason is None and priced.value > 0:
                plan.append([place])
                last, last_sold, last_used = block, sold, used
                sold, used, value = sold + block.units, priced.used, priced.value
                continue
            tried.append(priced)
        left[candidate.key.pack()] = _refused(
            pricer, candidate, block, tried, (sold, step, len(plan), most * keys)
        )
    return left


def _refused(
    pricer: Pricer,
    candidate: Candidate,
    block: Block,
    tried: Sequence[Priced],
    state: tuple[int, int, int, int],
) -> Refusal:
    sold, step, harvests, limit = state
    evidence: dict[str, int | str] = {"beside_harvests": harvests, "sold_before": sold}
    if not tried:
        evidence["limit"] = limit
        return refusal(Reason.TOO_MANY_KEYS, candidate, evidence)
    # The nearest to a yes: what the contract takes and is not worth it, else its last refusal.
    best = max(tried, key=lambda one: (_near(one), one.value))
    reason = best.reason or Reason.NOT_WORTH_IT
    if reason is Reason.NO_ROUTE:
        evidence["sold"] = block.units
        return refusal(reason, candidate, evidence)
    evidence["adds"] = best.value
    if reason is Reason.BELOW_FLOOR:
        evidence |= {"floor": block.floor, "rate": pricer.rate(sold, block.units)}
    elif reason is Reason.ABOVE_CEILING:
        evidence |= {"ceiling": block.ceiling, "rate": pricer.rate(sold, block.units)}
    elif reason is Reason.BUCKET_EXHAUSTED:
        evidence |= {"used_after": best.used, "size": pricer.terms.bucket.size}
    elif reason is Reason.MERGED_ABOVE_CAP:
        evidence["cohort_cap"] = pricer.terms.cohort_cap
    elif reason is Reason.NOT_WORTH_IT:
        evidence["alone_at_the_margin"] = pricer.profit(block, pricer.rate(sold, step))
    return refusal(reason, candidate, evidence)


def _near(priced: Priced) -> int:
    if priced.reason is None or priced.reason is Reason.NOT_WORTH_IT:
        return 2
    return 0 if priced.reason is Reason.NO_ROUTE else 1


def _settled(pricer: Pricer, able: Sequence[Candidate], plan: Plan) -> list[Transaction]:
    """The plan by the contract's rules and the exact breakdown, cohort by cohort."""
    market, terms, outlet = pricer.market, pricer.terms, pricer.outlet
    made: list[Transaction] = []
    sold, bucket = 0, terms.bucket
    for members in plan:
        chosen = tuple(able[place] for place in sorted(members))
        eligible = rules.eligible(chosen, market, terms.now)
        if isinstance(eligible, Refusal):
            raise SelectError(f"the plan is not one the contract takes: {eligible.explain()}")
        gross = pricer.gross(sold, eligible.sold)
        fee_bps = min(terms.fee_bps, eligible.limits.max_fee)
        settled = rules.settle(
            eligible, market, gross, fee_bps, bucket, terms.cohort_cap, terms.now
        )
        if isinstance(settled, Refusal):
            raise SelectError(f"the plan is not one the contract takes: {settled.explain()}")
        made.append(
            Transaction(
                plan=eligible,
                fee_bps=fee_bps,
                settled=settled,
                breakdown=break_down(eligible, market, outlet, settled.gross, settled.fee, terms),
                before=outlet.ahead + sold,
            )
        )
        sold += eligible.sold
        bucket = BucketWord(size=bucket.size, time=terms.now, used=settled.bucket_used)
    return made


def break_down(
    plan: Eligible, market: Market, outlet: Outlet, gross: int, fee: int, terms: Terms
) -> Breakdown:
    """As `harvest.economics.break_down`, from any proceeds: an earlier sale's impact is in this
    one's."""
    sold, net = plan.sold, gross - fee
    policies = {one.key.policy for one in plan.candidates}
    gas_units = terms.gas.units(len(plan.candidates), len(policies), outlet.pools)
    after_fee = outlet.proceeds.marginal(sold)
    spot = after_fee * WAD // outlet.kept if outlet.kept else after_fee
    value_sold, value_gross, value_net = (
        usd_in(sold, market),
        usd_out(gross, market),
        usd_out(net, market),
    )
    value_spot, value_after_fee = usd_out(spot, market), usd_out(after_fee, market)
    basis = benefit = 0
    for one in plan.candidates:
        own = basis_of(one, market)
        basis += own
        benefit += benefit_of(one, own, value_net * one.units // sold)
    return Breakdown(
        value_sold=value_sold,
        value_net=value_net,
        basis=basis,
        benefit=benefit,
        swap_fee=value_spot - value_after_fee,
        price_impact=value_after_fee - value_gross,
        oracle_gap=value_sold - value_spot,
        keeper_fee=value_gross - value_net,
        gas=terms.gas_price.usd(gas_units),
        gas_units=gas_units,
        margin_bps=terms.margin_bps,
    )


def _join(blocks: Sequence[Block], places: Sequence[int]) -> Block:
    whole = blocks[places[0]]
    for place in places[1:]:
        whole = whole.join(blocks[place])
    return whole


def _units(blocks: Sequence[Block], plan: Plan) -> int:
    return sum(blocks[place].units for members in plan for place in members)


def _mask(plan: Plan) -> Masks:
    return tuple(sum(1 << place for place in members) for members in plan)


def _unmask(masks: Masks) -> Plan:
    return [[place for place in range(mask.bit_length()) if mask >> place & 1] for mask in masks]
