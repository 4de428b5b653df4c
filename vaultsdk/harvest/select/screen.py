"""Which cohorts may be harvested at all, by their own policies: blocks, or refusals.

`core.harvest_rules.cohort_limits` answers; for cohorts held long enough its answer depends on the
policy and the band alone, so that it is asked once for each pair, not for each of 100,000 cohorts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from vaultsdk.core import harvest_rules as rules
from vaultsdk.core.cohort import DAY
from vaultsdk.core.decision import Reason, Refusal
from vaultsdk.core.harvest_rules import Candidate, Limits, Market
from vaultsdk.harvest.choose import Terms
from vaultsdk.harvest.select.block import Block
from vaultsdk.harvest.select.result import Refusals, SelectError


class Screened(NamedTuple):
    """Candidates that may be harvested (keys ascending), their packed keys, a block for each,
    and the refusals."""

    able: list[Candidate]
    keys: list[int]
    blocks: list[Block]
    refused: Refusals


def screen(candidates: Sequence[Candidate], market: Market, terms: Terms) -> Screened:
    """Blocks of those that the contract would take alone. Raises SelectError for a key twice."""
    keyed = {one.key.pack(): one for one in candidates}
    if len(keyed) != len(candidates):
        raise SelectError(
            f"{len(candidates) - len(keyed)} cohorts are there twice: give each key once",
            name="candidates",
        )
    whole = _whole(market)
    found = Screened([], [], [], Refusals())
    known: dict[tuple[int, int], Limits | Refusal] = {}
    lowers: dict[int, int] = {}
    scale = market.scale_in
    today = terms.now // DAY
    for key in sorted(keyed):
        one = keyed[key]
        own = whole or _limits(one, market, terms.now, today, known)
        if isinstance(own, Limits) and own.max_fee < terms.min_fee_bps:
            own = Refusal(
                reason=Reason.FEE_ABOVE_POLICY,
                evidence={"min_fee_bps": terms.min_fee_bps, "max_fee": own.max_fee},
            )
        if isinstance(own, Refusal):
            found.refused.add(key, own.reason, one, own.evidence)
        else:
            index = one.key.band
            if index not in lowers:
                lowers[index] = one.key.lower
            found.able.append(one)
            found.keys.append(key)
            found.blocks.append(Block.of(one, lowers[index], scale, own))
    return found


def _whole(market: Market) -> Refusal | None:
    """Why nothing can be harvested in this market."""
    if market.asset_in == market.asset_out:
        return Refusal(reason=Reason.SAME_ASSET, evidence={"asset": market.asset_in})
    if market.price_in == 0:
        return Refusal(reason=Reason.NO_PRICE, evidence={"price_in": 0, "asset": market.asset_in})
    return None


def _limits(
    one: Candidate,
    market: Market,
    now: int,
    today: int,
    known: dict[tuple[int, int], Limits | Refusal],
) -> Limits | Refusal:
    key, policy = one.key, one.policy
    if (
        one.harvest
        or not one.units
        or key.asset != market.asset_in
        or today < key.day + policy.min_hold_days + 1
        or not policy.allows(market.asset_out)
    ):
        return rules.cohort_limits(one, market, now)
    # By the object: hashing a policy costs more than the rules, and an equal one is only asked
    # about once more. Candidates keep their policies alive, so that no number is used again.
    place = (id(policy), key.band)
    found = known.get(place)
    if found is None:
        found = known[place] = rules.cohort_limits(one, market, now)
    return found
