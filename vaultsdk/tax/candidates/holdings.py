"""What is held, as what can be sold: lots by wallet, or pools."""

from __future__ import annotations

from collections.abc import Mapping

from vaultsdk.tax.candidates.sales import Holding
from vaultsdk.tax.result import OpenLot, TaxResult


def holdings_of(result: TaxResult, same: Mapping[str, str], assets: set[str]) -> list[Holding]:
    """The lots (parts of one in the same wallet together: that is what a sale can name) and pools
    of a result. `assets` are those of the ledger: one of them is sold for a pool that bears the
    name of its class."""
    parts: dict[tuple[str, str, str, str], list[OpenLot]] = {}
    for lot in result.open_lots:
        parts.setdefault((lot.lot, lot.owner, lot.wallet, lot.asset), []).append(lot)
    found = [
        Holding(
            *key[:4],
            key[3],
            sum(part.quantity for part in lots),
            sum(part.basis for part in lots),
            tuple(part.acquired for part in lots),
        )
        for key, lots in parts.items()
    ]
    for pool in result.pools:
        if pool.quantity:
            asset = pool.asset if pool.asset in assets else _member(pool.asset, same, assets)
            found.append(
                Holding(
                    "", pool.owner, pool.wallet, asset, pool.asset, pool.quantity, pool.cost, ()
                )
            )
    return found


def _member(name: str, same: Mapping[str, str], assets: set[str]) -> str:
    return min(asset for asset in assets if same.get(asset, asset) == name)


def price_of(one: Holding, prices: Mapping[str, int], same: Mapping[str, str]) -> int | None:
    """The price of a holding; a pool of several assets that count as the same takes the price of
    its own name, else of the first of them that has one."""
    if one.name in prices:
        return prices[one.name]
    if one.lot:
        return None
    alike = sorted(asset for asset in prices if same.get(asset, asset) == one.name)
    return prices[alike[0]] if alike else None
