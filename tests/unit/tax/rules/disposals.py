"""Disposals with nothing but what a netting reads: day, gain, term."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vaultsdk.tax.ledger.event import WAD, ordinal
from vaultsdk.tax.result import Disposal, Year


def disposal(
    day: str,
    gain: int,
    term: str = "",
    *,
    disallowed: int = 0,
    owner: str = "",
    asset: str = "X",
) -> Disposal:
    """Whole units of money."""
    proceeds, basis = max(gain, 0) * WAD, max(-gain, 0) * WAD
    on = ordinal(day)
    return Disposal(
        event="s",
        lot="",
        owner=owner,
        wallet="",
        asset=asset,
        acquired=None,
        disposed=on,
        quantity=1,
        proceeds=proceeds,
        basis=basis,
        disallowed=disallowed * WAD,
        rule="",
        term=term,
        fee=0,
        of_quantity=1,
        of_basis=basis,
    )


def lines(year: Year) -> Mapping[str, int]:
    """In whole units of money."""
    assert all(amount % WAD == 0 for amount in year.lines.values())
    return {name: amount // WAD for name, amount in year.lines.items()}


def nets(years: Sequence[Year]) -> list[tuple[str, int, int, int]]:
    """(year, net, allowed, carried over) in whole units of money."""
    return [
        (one.year, one.net // WAD, one.allowed // WAD, one.carried_over // WAD) for one in years
    ]
