"""The `lot` column: which lots a disposal names, and how much of each."""

from __future__ import annotations

from vaultsdk.tax.exact import exact
from vaultsdk.tax.ledger.amounts import integer_of
from vaultsdk.tax.ledger.event import Named
from vaultsdk.tax.ledger.quoted import plain, quoted


def named_lots(text: str, quantity: int | None, places: int) -> tuple[Named, ...]:
    """The lots of `id`, `id;id` or `id=quantity;id=quantity`, for a row of `quantity` smallest
    units (None: it could not be read).

    Raises ValueError with the cause as its message.
    """
    if ";" not in text and "=" not in text:
        return (Named(text),)
    named: list[Named] = []
    seen: set[str] = set()
    for part in text.split(";"):
        lot, equals, amount = (piece.strip() for piece in part.partition("="))
        if not lot:
            raise ValueError(f"{quoted(text)} leaves out a lot's id: write id=quantity;id=quantity")
        if lot in seen:
            raise ValueError(f"lot {plain(lot)} is named twice: name it once, with the sum")
        seen.add(lot)
        if not equals:
            named.append(Named(lot))
            continue
        try:
            units = integer_of(amount, places)
        except ValueError as error:
            raise ValueError(f"quantity of lot {plain(lot)}: {error}") from None
        if not units:
            raise ValueError(f"lot {plain(lot)} is named with 0: leave it out")
        named.append(Named(lot, units))
    if quantity is not None:
        _check_sum(named, quantity, places)
    return tuple(named)


def lots_text(named: tuple[Named, ...], places: int) -> str:
    """What `named_lots` reads."""
    return ";".join(
        one.lot if one.quantity is None else f"{one.lot}={exact(one.quantity, places)}"
        for one in named
    )


def _check_sum(named: list[Named], quantity: int, places: int) -> None:
    total = sum(one.quantity or 0 for one in named)
    complete = all(one.quantity is not None for one in named)
    if total > quantity or (complete and total != quantity):
        raise ValueError(
            f"the lots named add up to {exact(total, places)}, but the row's quantity is "
            f"{exact(quantity, places)}: make them agree"
        )
