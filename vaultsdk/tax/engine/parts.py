"""Parts: units taken from lots, on their way out or into another lot."""

from __future__ import annotations

from typing import NamedTuple

from vaultsdk.tax.engine.stores import Lot


class Part(NamedTuple):
    """Units taken from one lot with their basis, and what the lot had before."""

    lot: Lot
    quantity: int
    basis: int
    of_quantity: int
    of_basis: int
    rule: str

    @classmethod
    def of(cls, lot: Lot, quantity: int, rule: str) -> Part:
        """Take units out of a lot."""
        had, cost = lot.quantity, lot.basis
        return cls(lot, quantity, lot.take(quantity), had, cost, rule)


def again(part: Part, id: str, asset: str, wallet: str, quantity: int, basis: int) -> Lot:
    """A part as a lot of its own elsewhere."""
    lot = part.lot
    return Lot(
        id,
        lot.owner,
        wallet,
        asset,
        quantity,
        basis,
        lot.acquired,
        lot.age,
        lot.bought,
        lot.used,
        lot.purchase,
    )


def divide(parts: list[Part], units: int) -> tuple[list[Part], list[Part]]:
    """The parts that make up the first `units`, and the rest; one part may be cut in two."""
    first: list[Part] = []
    rest: list[Part] = []
    for part in parts:
        if units >= part.quantity:
            units -= part.quantity
            first.append(part)
        elif units:
            lot = again(
                part, part.lot.id, part.lot.asset, part.lot.wallet, part.quantity, part.basis
            )
            first.append(Part.of(lot, units, part.rule))
            rest.append(Part.of(lot, lot.quantity, part.rule))
            units = 0
        else:
            rest.append(part)
    return first, rest
