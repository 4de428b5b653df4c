"""Which quotes a decision needs: pairs of assets with something to harvest, and the sizes. Pure."""

from __future__ import annotations

from typing import Final

from vaultsdk.core import harvest_rules as rules
from vaultsdk.core.decision import Refusal
from vaultsdk.core.harvest_rules import Candidate
from vaultsdk.core.model import Frozen
from vaultsdk.harvest.choose import order
from vaultsdk.keeper.state import Snapshot

# A hundredth of a token: too little to move a pool, enough for its price to have many digits.
_PROBE_PARTS: Final = 100


class Wanted(Frozen):
    """Sizes (smallest units, ascending) to quote for one pair: a probe for the pool's price first,
    the whole of it last, and between them what greedy choosing may stop at."""

    asset_in: int
    asset_out: int
    sizes: tuple[int, ...]


def wanted(snapshot: Snapshot) -> tuple[Wanted, ...]:
    """The quotes that deciding on this snapshot takes; none while harvests are paused."""
    if snapshot.config.harvests_paused:
        return ()
    found: list[Wanted] = []
    by_asset: dict[int, list[Candidate]] = {}
    for candidate in snapshot.candidates:
        by_asset.setdefault(candidate.key.asset, []).append(candidate)
    for asset_in, candidates in sorted(by_asset.items()):
        outs = sorted({out for one in candidates for out in one.policy.assets})
        for asset_out in outs:
            market = snapshot.market(asset_in, asset_out) if asset_out in snapshot.assets else None
            if market is None or isinstance(market, Refusal):
                continue
            able = [
                one
                for one in candidates
                if not isinstance(rules.cohort_limits(one, market, snapshot.timestamp), Refusal)
            ]
            if able:
                units = [one.units for one in order(able, market)]
                probe = market.scale_in // _PROBE_PARTS or 1
                found.append(
                    Wanted(asset_in=asset_in, asset_out=asset_out, sizes=_sizes(units, probe))
                )
    return tuple(found)


def _sizes(units: list[int], probe: int) -> tuple[int, ...]:
    """The probe, the sums of the first 1, 2, 4, 8, ... cohorts, and the sum of all."""
    sums, total = [0], 0
    for one in units:
        total += one
        sums.append(total)
    places = {len(units)}
    place = 1
    while place < len(units):
        places.add(place)
        place *= 2
    return tuple(sorted({probe} | {sums[place] for place in places}))
