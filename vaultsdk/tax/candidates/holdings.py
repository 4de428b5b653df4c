"""What is held, as what can be sold: lots by wallet, or pools."""

from __future__ import annotations

from collections.abc import Mapping

from vaultsdk.tax.candidates.holding import Holding
from vaultsdk.tax.result import OpenLot, TaxResult


def holdings_of(result: TaxResult) -> list[Holding]:
    """The lots (parts of one in the same wallet together: that is what a sale can name) and pools
    of a result."""
    parts: dict[tuple[str, str, str, str], list[OpenLot]] = {}
    for lot in result.open_lots:
        parts.setdefault((lot.lot, lot.owner, lot.wallet, lot.asset), []).append(lot)
    found = [
        Holding(
            *key,
            sum(part.quantity for part in lots),
            sum(part.basis for part in lots),
            tuple(part.acquired for part in lots),
        )
        for key, lots in parts.items()
    ]
    found += [
        Holding("", pool.owner, pool.wallet, pool.asset, pool.quantity, pool.cost, ())
        for pool in result.pools
        if pool.quantity
    ]
    return found


def price_of(one: Holding, prices: Mapping[str, int], same: Mapping[str, str]) -> int | None:
    """The price of a holding; a pool of assets that count as the same takes that of its own name,
    else of the first of them that has one."""
    if one.asset in prices or one.lot:
        return prices.get(one.asset)
    kind = same.get(one.asset, one.asset)
    alike = sorted(asset for asset in prices if same.get(asset, asset) == kind)
    return prices[alike[0]] if alike else None
