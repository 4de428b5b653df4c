"""The best plan by brute force: every ordered partition, priced by the contract's rules alone.

Written from the definitions, without a line of the package's search: sets sold so far are masks,
and for each all (value, bucket use) that no other beats are kept, so that nothing is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from vaultsdk.core import harvest_rules as rules
from vaultsdk.core.decision import Refusal
from vaultsdk.core.harvest_rules import Candidate, Market
from vaultsdk.core.words import BucketWord
from vaultsdk.harvest.choose import Terms

WAD, BPS = 10**18, 10_000
Out = Callable[[int], int | None]


def worth(
    chosen: Sequence[Candidate],
    market: Market,
    out: Out,
    pools: int,
    terms: Terms,
    before: int,
    used: int,
) -> tuple[int, int] | None:
    """Net value (USD wad) and bucket use after one harvest; None where it is refused."""
    able = rules.eligible(chosen, market, terms.now)
    if isinstance(able, Refusal):
        return None
    after, first = out(before + able.sold), out(before) if before else 0
    if after is None or first is None or after <= first:
        return None
    fee_bps = min([terms.fee_bps, *(one.policy.max_fee for one in chosen)])
    if fee_bps < terms.min_fee_bps:
        return None
    bucket = BucketWord(size=terms.bucket.size, time=terms.now, used=used)
    settled = rules.settle(
        able, market, after - first, fee_bps, bucket, terms.cohort_cap, terms.now
    )
    if isinstance(settled, Refusal):
        return None
    received = settled.net * market.price_out // market.scale_out
    gross = settled.gross * market.price_out // market.scale_out
    benefit = 0
    for one in chosen:
        basis = one.units * one.key.lower // market.scale_in
        loss = basis - received * one.units // able.sold
        benefit += max(0, loss) * one.policy.tax_value // BPS
    gas_units = (
        terms.gas.first
        + terms.gas.per_cohort * (len(chosen) - 1)
        + terms.gas.per_policy * (len({one.key.policy for one in chosen}) - 1)
        + terms.gas.per_pool * (pools - 1)
    )
    gas = -(-gas_units * terms.gas_price.wei * terms.gas_price.native_usd // WAD)
    costs = -(-able.sold * market.price_in // market.scale_in) - received + gas
    value = benefit - costs
    if terms.max_cost is not None and costs > terms.max_cost:
        return None
    if terms.fee_covers_gas and gross - received < gas:
        return None
    if value <= 0 or value < -(-max(0, costs) * terms.margin_bps // BPS):
        return None
    return value, settled.bucket_used


def brute(
    candidates: Sequence[Candidate],
    market: Market,
    out: Out,
    pools: int,
    terms: Terms,
    max_transactions: int,
    max_keys: int,
    ahead: int = 0,
) -> int:
    """The largest value of any plan, USD wad."""
    ordered = sorted(candidates, key=lambda one: one.key.pack())
    whole = (1 << len(ordered)) - 1
    units = [one.units for one in ordered]
    start = rules.bucket_used(terms.bucket, terms.now)
    fronts: dict[int, list[tuple[int, int]]] = {0: [(0, start)]}
    best = 0
    for _ in range(min(max_transactions, len(ordered))):
        reached: dict[int, list[tuple[int, int]]] = {}
        for mask, front in fronts.items():
            before = ahead + sum(size for place, size in enumerate(units) if mask >> place & 1)
            free = whole ^ mask
            part = free
            while part:
                if part.bit_count() <= max_keys:
                    chosen = [one for place, one in enumerate(ordered) if part >> place & 1]
                    for value, used in front:
                        found = worth(chosen, market, out, pools, terms, before, used)
                        if found is not None:
                            reached.setdefault(mask | part, []).append((value + found[0], found[1]))
                part = (part - 1) & free
        fronts = {mask: _front(found) for mask, found in reached.items()}
        best = max([best, *(front[0][0] for front in fronts.values())])
    return best


def _front(found: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Those that no other beats in value and use; most valuable first."""
    kept: list[tuple[int, int]] = []
    for value, used in sorted(found, key=lambda pair: (-pair[0], pair[1])):
        if not kept or used < kept[-1][1]:
            kept.append((value, used))
    return kept
