"""Stores of lots: what one wallet, or one taxpayer, has of an asset, in the order of a method.

A lot that is used up stays in its store with 0 units until it is passed over: taking units is then
one subtraction, and a million disposals need no search.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterator
from heapq import heappop, heappush
from operator import attrgetter
from typing import Final

from vaultsdk.tax.rules.matching import Method

_AGE = attrgetter("age")
_PLACE = attrgetter("age", "serial")
_PRUNE_AT: Final = 4_096  # lots used up, before a list is worth copying without them
# HIFO compares unit costs as integers of 2**-96 of a smallest unit's money: far below 1e-18 of any
# currency even for a token of 36 decimals.
_PRECISION: Final = 96


class Lot:
    """Units acquired together. `age` orders lots by acquisition (an event's `order`). `acquired`
    is the day the holding period counts from, `bought` the day of the purchase itself (None: no
    purchase); they differ once a loss rule has moved a holding period. `used`: it has served as
    the replacement for a loss. `purchase` is the event in which the units were acquired, which a
    wrap leaves as it was although the lot's `id` changes. `serial` is its store's: it orders lots
    of one age as they came, and a lot's parts share it."""

    __slots__ = (
        "acquired",
        "age",
        "asset",
        "basis",
        "bought",
        "id",
        "owner",
        "purchase",
        "quantity",
        "serial",
        "used",
        "wallet",
    )

    def __init__(
        self,
        id: str,
        owner: str,
        wallet: str,
        asset: str,
        quantity: int,
        basis: int,
        acquired: int,
        age: int,
        bought: int | None = None,
        used: bool = False,
        purchase: str = "",
    ) -> None:
        self.id = id
        self.owner = owner
        self.wallet = wallet
        self.asset = asset
        self.quantity = quantity
        self.basis = basis
        self.acquired = acquired
        self.age = age
        self.bought = bought
        self.used = used
        self.purchase = purchase or id
        self.serial = 0

    def take(self, quantity: int) -> int:
        """Take units out (at most all) and give their basis: rounded down, all of it for the last
        unit."""
        basis = self.basis
        if quantity < self.quantity:
            basis = basis * quantity // self.quantity
        self.quantity -= quantity
        self.basis -= basis
        return basis

    def split(self, quantity: int) -> Lot:
        """Take units out as a lot of the same id, age and holding."""
        basis = self.take(quantity)
        return Lot(
            self.id,
            self.owner,
            self.wallet,
            self.asset,
            quantity,
            basis,
            self.acquired,
            self.age,
            self.bought,
            self.used,
            self.purchase,
        )


class Store:
    """Lots by age. Without a method of its own it gives them first in, first out."""

    __slots__ = ("_added", "_at", "_index", "_lots")

    def __init__(self, indexed: bool = False) -> None:
        self._lots: list[Lot] = []
        self._at = 0  # every lot before it is used up
        self._added = 0
        self._index: dict[str, list[Lot]] | None = {} if indexed else None

    def add(self, lot: Lot) -> None:
        """Put a lot where its age belongs, after those of the same age."""
        lots = self._lots
        self._added += 1
        lot.serial = self._added
        if not lots or lots[-1].age <= lot.age:
            lots.append(lot)
        else:
            insort(lots, lot, self._at, key=_AGE)
        if self._index is not None:
            self._index.setdefault(lot.id, []).append(lot)

    def add_before(self, old: Lot, new: Lot) -> None:
        """Put a lot split from `old` right before it."""
        lots = self._lots
        new.serial = old.serial
        # Thousands can be of one age, but only a lot's own parts lie beside it, all before it.
        at = bisect_right(lots, (old.age, old.serial), self._at, key=_PLACE) - 1
        assert lots[at] is old
        lots.insert(at, new)
        if self._index is not None:
            self._index.setdefault(new.id, []).append(new)

    def earliest(self) -> Lot | None:
        """The open lot acquired first; None when there is none."""
        lots, at = self._lots, self._at
        count = len(lots)
        while at < count:
            lot = lots[at]
            if lot.quantity:
                self._at = at
                return lot
            at += 1
            if at > _PRUNE_AT and at * 2 > count:
                del lots[:at]
                count -= at
                at = 0
        self._at = at
        return None

    next = earliest

    def named(self, lot: str) -> list[Lot]:
        """The open lots of an id, earliest first. The store must be indexed."""
        assert self._index is not None
        found = [one for one in self._index.get(lot, ()) if one.quantity]
        found.sort(key=_AGE)
        self._index[lot] = found  # what is used up need not be passed over again
        return [*found]

    def __iter__(self) -> Iterator[Lot]:
        """All open lots, earliest first."""
        return (lot for lot in self._lots[self._at :] if lot.quantity)


class LastInStore(Store):
    """Last in, first out."""

    __slots__ = ()

    def next(self) -> Lot | None:
        """The open lot acquired last."""
        lots = self._lots
        while lots and not lots[-1].quantity:
            lots.pop()
        if self._at > len(lots):
            self._at = len(lots)
        return lots[-1] if lots else None


class HighestCostStore(Store):
    """Highest unit cost first; of equal ones the earliest."""

    __slots__ = ("_gone", "_heap", "_serial")

    def __init__(self, indexed: bool = False) -> None:
        super().__init__(indexed)
        self._heap: list[tuple[int, int, int, Lot]] = []
        self._serial = 0
        self._gone = 0

    def _push(self, lot: Lot) -> None:
        # A part taken out leaves the unit cost as it was (to less than its rounding), so a lot's
        # place in the heap stays good for its whole life.
        cost = (lot.basis << _PRECISION) // lot.quantity
        self._serial += 1
        heappush(self._heap, (-cost, lot.age, self._serial, lot))

    def add(self, lot: Lot) -> None:
        """Put a lot where its age and its unit cost belong."""
        if self._gone > _PRUNE_AT and self._gone * 2 > len(self._lots):
            self._lots = [lot for lot in self._lots if lot.quantity]
            self._at = self._gone = 0
        super().add(lot)
        self._push(lot)

    def add_before(self, old: Lot, new: Lot) -> None:
        """Put a lot split from `old` right before it; by its own unit cost."""
        super().add_before(old, new)
        self._push(new)

    def next(self) -> Lot | None:
        """The open lot with the highest unit cost."""
        heap = self._heap
        while heap:
            lot = heap[0][3]
            if lot.quantity:
                return lot
            heappop(heap)
            self._gone += 1
        return None


_STORES: Final = {
    Method.FIFO: Store,
    Method.SPEC: Store,
    Method.LIFO: LastInStore,
    Method.HIFO: HighestCostStore,
}


def store_class(method: Method | None) -> type[Store]:
    """The store for a method."""
    return _STORES[method or Method.FIFO]
