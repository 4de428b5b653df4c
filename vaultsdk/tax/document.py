"""A result as a JSON document: every number an exact decimal text, every day an ISO date."""

from __future__ import annotations

from typing import Any

from vaultsdk.tax.exact import exact
from vaultsdk.tax.ledger.event import iso
from vaultsdk.tax.result import (
    Adjustment,
    Disposal,
    Income,
    OpenLot,
    Pool,
    Removal,
    TaxResult,
    Year,
)

Document = dict[str, Any]


def document(result: TaxResult) -> Document:
    """All of a result. Quantities in whole tokens, money in the report currency."""
    return {
        "profile": result.profile,
        "method": result.method or None,
        "scope": result.scope,
        "currency": result.currency or None,
        "as_of": _day(result.as_of),
        "disposals": [disposal(one, result) for one in result.disposals],
        "adjustments": [adjustment(one, result) for one in result.adjustments],
        "open_lots": [open_lot(one, result) for one in result.open_lots],
        "pools": [pool(one, result) for one in result.pools],
        "income": [income(one, result) for one in result.income],
        "removals": [removal(one, result) for one in result.removals],
        "net": [year(one) for one in result.net],
        "notes": list(result.notes),
    }


def disposal(one: Disposal, result: TaxResult) -> Document:
    """One part of a disposal."""
    places = result.places(one.asset)
    return {
        "event": one.event,
        "lot": one.lot,
        "owner": one.owner,
        "wallet": one.wallet,
        "asset": one.asset,
        "acquired": _day(one.acquired),
        "disposed": iso(one.disposed),
        "quantity": exact(one.quantity, places),
        "proceeds": exact(one.proceeds),
        "fee": exact(one.fee),
        "basis": exact(one.basis),
        "gain": exact(one.gain),
        "disallowed": exact(one.disallowed),
        "recognised": exact(one.recognised),
        "rule": one.rule,
        "term": one.term or None,
    }


def adjustment(one: Adjustment, result: TaxResult) -> Document:
    """One disallowed loss, and where it went."""
    return {
        "event": one.event,
        "lot": one.lot,
        "asset": one.asset,
        "disposed": iso(one.disposed),
        "quantity": exact(one.quantity, result.places(one.asset)),
        "amount": exact(one.amount),
        "replacement": one.replacement,
        "owner": one.owner,
        "carried": one.carried,
        "acquired": _day(one.acquired),
        "rule": one.rule,
    }


def open_lot(one: OpenLot, result: TaxResult) -> Document:
    """What is left of a lot; wallet null where basis is not kept by wallet."""
    return {
        "lot": one.lot,
        "owner": one.owner,
        "wallet": one.wallet or None,
        "asset": one.asset,
        "quantity": exact(one.quantity, result.places(one.asset)),
        "basis": exact(one.basis),
        "acquired": iso(one.acquired),
    }


def pool(one: Pool, result: TaxResult) -> Document:
    """A pool and its cost."""
    return {
        "asset": one.asset,
        "owner": one.owner,
        "wallet": one.wallet or None,
        "quantity": exact(one.quantity, result.places(one.asset)),
        "cost": exact(one.cost),
    }


def income(one: Income, result: TaxResult) -> Document:
    """Units received as income."""
    return {
        "event": one.event,
        "owner": one.owner,
        "asset": one.asset,
        "day": iso(one.day),
        "quantity": exact(one.quantity, result.places(one.asset)),
        "value": exact(one.value),
    }


def removal(one: Removal, result: TaxResult) -> Document:
    """Units that left without a disposal."""
    return {
        "event": one.event,
        "lot": one.lot,
        "owner": one.owner,
        "asset": one.asset,
        "day": iso(one.day),
        "quantity": exact(one.quantity, result.places(one.asset)),
        "basis": exact(one.basis),
    }


def year(one: Year) -> Document:
    """A tax year; short and long are null where the profile knows no terms."""
    return {
        "year": one.year,
        "owner": one.owner,
        "short": None if one.short is None else exact(one.short),
        "long": None if one.long is None else exact(one.long),
        "net": exact(one.net),
        "allowed": exact(one.allowed),
        "carried_over": exact(one.carried_over),
        **{name: exact(value) for name, value in one.lines.items()},
    }


def _day(day: int | None) -> str | None:
    return None if day is None else iso(day)
