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
from vaultsdk.core.decision import Refusal
from vaultsdk.core.harvest_rules import Candidate, Eligible, Market
from vaultsdk.core.policy import BPS
from vaultsdk.core.words import BucketWord
from vaultsdk.harvest.choose import Terms
from vaultsdk.harvest.economics import Breakdown, basis_of, benefit_of, usd_in, usd_out
from vaultsdk.harvest.select.block import Block, joined
from vaultsdk.harvest.select.complete import complete
from vaultsdk.harvest.select.fill import Plan, balance, orders, sequence
from vaultsdk.harvest.select.polish import EXACT, Masks, Polish
from vaultsdk.harvest.select.pricing import Pricer
from vaultsdk.harvest.select.proceeds import WAD, Outlet
from vaultsdk.harvest.select.result import SelectError, Selection, Transaction
from vaultsdk.harvest.select.screen import screen

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
    complete(pricer, found, plan, max_transactions, max_keys)
    transactions = tuple(_settled(pricer, found.able, plan))
    return Selection(market=market, transactions=transactions, refused=found.refused)


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
    tried: list[list[list[int]]] = []

    def attempt(lists: list[list[int]]) -> bool:
        if lists in tried:
            return False
        tried.append(lists)
        plan, value, floored = sequence(pricer, blocks, lists, most, keys)
        plans.append((value, plan))
        return floored

    spot = pricer.rate(0, probe)
    *by_profit, by_floor = orders(pricer, blocks, spot)
    if attempt(by_profit):
        attempt([by_floor])
    # Those that lose at the price where it ends stay out: at the price that all of them lead to,
    # and at the price to which the best plan so far leads, where that is another one.
    if len(plans[0][1]) < most:
        attempt(orders(pricer, blocks, balance(pricer, blocks, keys))[:2])
    if sold := _units(blocks, max(plans, key=lambda pair: pair[0])[1]):
        step = max(1, sold // 1000)
        if (rate := pricer.rate(sold - step, step)) * BPS < spot * (BPS - 1):
            attempt(orders(pricer, blocks, rate)[:2])
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
        block = joined(blocks, members)
        priced = pricer(block, sold, used)
        sold, used = sold + block.units, priced.used
    units = _units(blocks, open_)
    step = max(1, units // 1000)
    rate = pricer.rate(sold + units - step, step)
    gains = pricer.profits(blocks, rate)
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
        pricer, [joined(blocks, group) for group in pool], sold, used, most - len(kept), keys
    )
    better = search.run([tuple(start)], exact=0)
    return kept + [[place for index in group for place in pool[index]] for group in _unmask(better)]


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


def _units(blocks: Sequence[Block], plan: Plan) -> int:
    return sum(blocks[place].units for members in plan for place in members)


def _mask(plan: Plan) -> Masks:
    return tuple(sum(1 << place for place in members) for members in plan)


def _unmask(masks: Masks) -> Plan:
    return [[place for place in range(mask.bit_length()) if mask >> place & 1] for mask in masks]
