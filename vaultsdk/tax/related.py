"""Which assets can touch each other's lots: what a what-if has to compute again."""

from __future__ import annotations

from collections.abc import Mapping

from vaultsdk.tax.ledger.event import Kind
from vaultsdk.tax.ledger.ledger import Ledger


def related_assets(ledger: Ledger, same: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """For each asset all assets that it is related to, itself included: those of its class
    (`same`), and those it was wrapped into or out of, and so on."""
    links: dict[str, set[str]] = {}
    wraps: dict[str, set[str]] = {}
    for event in ledger.events:
        links.setdefault(event.asset, {event.asset})
        if event.kind in (Kind.WRAP_OUT, Kind.WRAP_IN):
            wraps.setdefault(event.group, set()).add(event.asset)
    classes: dict[str, set[str]] = {}
    for asset in links:
        classes.setdefault(same.get(asset, asset), set()).add(asset)
    for together in (*wraps.values(), *classes.values()):
        merged = set().union(*(links[asset] for asset in together))
        for asset in merged:
            links[asset] = merged
    return {asset: frozenset(group) for asset, group in links.items()}
