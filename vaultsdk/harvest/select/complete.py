"""A reason for every cohort that a plan leaves out; one that does add something joins it after all.

Each is priced as a member of the last harvest and as one harvest more, which is what it would be
worth with nothing else changed. Quotes may be dear and cohorts many, so that what the prices that
are there already rule out is not quoted: proceeds are concave, and no sale from here brings more
per unit than the next one, nor the last harvest more than it does now.
"""

from __future__ import annotations

from dataclasses import dataclass

from vaultsdk.core.decision import Reason
from vaultsdk.harvest.select.block import Block, joined
from vaultsdk.harvest.select.fill import Plan
from vaultsdk.harvest.select.pricing import Priced, Pricer
from vaultsdk.harvest.select.screen import Screened

Evidence = dict[str, int | str]


@dataclass
class _End:
    """Where a plan ends: its last harvest, what that is worth and starts from, and the end."""

    last: Block | None
    last_sold: int
    last_used: int
    value: int
    sold: int
    used: int

    def full(self, keys: int) -> bool:
        """True when no cohort can join the last harvest."""
        return self.last is None or self.last.count >= keys

    def top(self, pricer: Pricer, total: int, full: bool) -> int:
        """The most that a whole token can still bring, USD wad: on average in the last harvest,
        or as the next to be sold."""
        rate = pricer.most(self.sold, max(1, (self.sold or total) // 10**6))
        if self.last is None or full:
            return rate
        return max(rate, pricer.most(self.last_sold, self.last.units))


def complete(pricer: Pricer, found: Screened, plan: Plan, most: int, keys: int) -> None:
    """Notes a refusal for each cohort left out of the plan, or puts it in, changing the plan."""
    end = _end(pricer, found, plan)
    inside = {place for members in plan for place in members}
    total = sum(block.units for block in found.blocks)
    top = end.top(pricer, total, end.full(keys))
    asked = pricer.terms.fee_bps
    for place, block in enumerate(found.blocks):
        if place in inside:
            continue
        own: tuple[Reason, Evidence] | None = None
        beside: Evidence = {"beside_harvests": len(plan), "sold_before": end.sold}
        full = end.full(keys)
        if full and len(plan) >= most:
            own = Reason.TOO_MANY_KEYS, {"limit": most * keys}
        elif block.floor > top:
            own = Reason.BELOW_FLOOR, {"floor": block.floor, "rate_at_most": top}
        # A cohort that allows less fee lowers it for the others; only without that is it known.
        elif block.max_fee >= asked and (gain := pricer.profit(block, top)) <= 0:
            own = Reason.NOT_WORTH_IT, {"adds_at_most": gain}
        else:
            tried = _tried(pricer, block, end, full, len(plan) < most)
            joins = [priced for priced in tried if priced.reason is None and priced.value > 0]
            if joins:
                if tried.index(joins[0]) == 0 and not full:
                    plan[-1].append(place)
                else:
                    plan.append([place])
                end = _end(pricer, found, plan)
                top = end.top(pricer, total, end.full(keys))
                continue
            own = _reason(pricer, block, end, tried)
        found.refused.add(found.keys[place], own[0], found.able[place], own[1] | beside)


def _end(pricer: Pricer, found: Screened, plan: Plan) -> _End:
    end = _End(None, 0, pricer.used, 0, 0, pricer.used)
    for members in plan:
        block = joined(found.blocks, members)
        priced = pricer(block, end.sold, end.used)
        end = _End(block, end.sold, end.used, priced.value, end.sold + block.units, priced.used)
    return end


def _tried(pricer: Pricer, block: Block, end: _End, full: bool, more: bool) -> list[Priced]:
    """As a member of the last harvest, by what that adds, and as one more."""
    tried: list[Priced] = []
    if end.last is not None and not full:
        priced = pricer(end.last.join(block), end.last_sold, end.last_used)
        tried.append(priced._replace(value=priced.value - end.value))
    if more:
        tried.append(pricer(block, end.sold, end.used))
    return tried


def _reason(
    pricer: Pricer, block: Block, end: _End, tried: list[Priced]
) -> tuple[Reason, Evidence]:
    """The nearest to a yes: what the contract takes and is not worth it, else its last refusal."""
    best = max(tried, key=lambda one: (_near(one), one.value))
    reason = best.reason or Reason.NOT_WORTH_IT
    if reason is Reason.NO_ROUTE:
        return reason, {"sold": block.units}
    evidence: Evidence = {"adds": best.value}
    if reason is Reason.BELOW_FLOOR:
        evidence |= {"floor": block.floor, "rate": pricer.rate(end.sold, block.units)}
    elif reason is Reason.ABOVE_CEILING:
        evidence |= {"ceiling": block.ceiling, "rate": pricer.rate(end.sold, block.units)}
    elif reason is Reason.BUCKET_EXHAUSTED:
        evidence |= {"used_after": best.used, "size": pricer.terms.bucket.size}
    elif reason is Reason.MERGED_ABOVE_CAP:
        evidence["cohort_cap"] = pricer.terms.cohort_cap
    return reason, evidence


def _near(priced: Priced) -> int:
    if priced.reason is None or priced.reason is Reason.NOT_WORTH_IT:
        return 2
    return 0 if priced.reason is Reason.NO_ROUTE else 1
