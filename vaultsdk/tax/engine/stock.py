"""The stock: every open lot of a computation, and how units are taken from it.

Lots lie in stores by owner, asset and wallet, or by owner and asset alone while one stock serves
all wallets. Units are taken by the names a row gives, else by the method.
"""

from __future__ import annotations

from collections.abc import Iterator

from vaultsdk.tax.engine.job import Job
from vaultsdk.tax.engine.naming import check_names
from vaultsdk.tax.engine.parts import Part
from vaultsdk.tax.engine.stores import Lot, Store, store_class
from vaultsdk.tax.ledger.event import Event, Named, iso
from vaultsdk.tax.rules.matching import Method

Key = tuple[str, str, str]  # owner, asset, wallet ("" = all)


class Stock:
    """The stores. `named` are the events whose named lots count, `short` the owners and assets of
    which a fault is on record: what follows from it is not told again."""

    def __init__(self, job: Job) -> None:
        self.job = job
        method = job.method or Method.FIFO
        spec, identified = method is Method.SPEC, job.identified
        self.named = frozenset(
            event.id
            for event in job.ledger.events
            if event.lot and (spec or event.id in identified)
        )
        self.rule = (Method.FIFO if spec else method).value.upper()
        self.stores: dict[Key, Store] = {}
        self.store_class = store_class(method)
        self.per_wallet = False
        self.short = check_names(job, self.named) if self.named else set()

    # ------------------------------------------------------------ stores
    def store(self, owner: str, asset: str, wallet: str) -> Store:
        """The store that a wallet uses, made when first asked for."""
        key = (owner, asset, wallet if self.per_wallet else "")
        store = self.stores.get(key)
        if store is None:
            store = self.stores[key] = self.store_class(bool(self.named))
        return store

    def store_of(self, lot: Lot) -> Store:
        """The store in which a lot is."""
        return self.store(lot.owner, lot.asset, lot.wallet)

    def __iter__(self) -> Iterator[Lot]:
        """Every open lot, by owner, asset and wallet, earliest first."""
        for key in sorted(self.stores):
            yield from self.stores[key]

    # ------------------------------------------------------------ taking
    def take(self, event: Event, quantity: int, earliest: bool = False) -> list[Part]:
        """Take units by what the row names, else by the method (`earliest`: by age)."""
        store = self.store(event.owner, event.asset, event.wallet)
        if event.lot and event.id in self.named:
            return self._named(event, store, quantity)
        rule, left = self.rule, quantity
        choose = store.earliest if earliest else store.next
        parts: list[Part] = []
        while left:
            lot = choose()
            if lot is None:
                self.note_short(event, quantity, quantity - left)
                break
            had, cost = lot.quantity, lot.basis
            if had > left:
                units, basis = left, cost * left // had
                lot.quantity, lot.basis = had - left, cost - basis
            else:
                units, basis = had, cost
                lot.quantity = lot.basis = 0
            left -= units
            parts.append(tuple.__new__(Part, (lot, units, basis, had, cost, rule)))
        return parts

    def _named(self, event: Event, store: Store, quantity: int) -> list[Part]:
        parts: list[Part] = []
        left = quantity
        # Names without a quantity share what those with one leave, wherever they stand in the row.
        reserved = sum(name.quantity or 0 for name in event.lot)
        rest = [name for name in event.lot if name.quantity is None]
        for name in event.lot:
            if name.quantity is None:
                wanted = max(left - reserved, 0)
            else:
                wanted = min(name.quantity, left)
                reserved -= name.quantity
            # Where one stock serves all wallets, the units that lie in the row's own come first: a
            # later allocation to wallets then finds them where they are.
            lots = sorted(store.named(name.lot), key=lambda lot: lot.wallet != event.wallet)
            held = sum(lot.quantity for lot in lots)
            # A name without a quantity gives what it has, unless no other such name comes after it.
            if held < wanted and (name.quantity is not None or name is rest[-1]):
                self._short_lot(event, name, wanted, held)
            for lot in lots:
                units = min(lot.quantity, wanted)
                if not units:
                    break
                wanted -= units
                left -= units
                parts.append(Part.of(lot, units, "SPEC"))
        if left:
            self._short_names(event, quantity, quantity - left)
        return parts

    def note_short(self, event: Event, asked: int, held: int) -> None:
        """A shortfall; the ones after it for the same owner and asset follow from it."""
        if (event.owner, event.asset) in self.short:
            return
        self.short.add((event.owner, event.asset))
        where = ""
        if self.per_wallet:
            where = f" in wallet {event.wallet!r}" if event.wallet else " where no wallet is named"
        self.job.short_of(event, asked, held, where)

    def _short_lot(self, event: Event, name: Named, asked: int, held: int) -> None:
        if (event.owner, event.asset) in self.short:
            return
        self.short.add((event.owner, event.asset))
        where = f" in wallet {event.wallet!r}" if self.per_wallet and event.wallet else ""
        self.job.refuse(
            event,
            "lot",
            f"takes {self.job.amount(event.asset, asked)} of lot {name.lot} on {iso(event.day)}, "
            f"of which {self.job.amount(event.asset, held)} is left{where}: correct `lot` or the "
            "quantity",
        )

    def _short_names(self, event: Event, asked: int, named: int) -> None:
        """Names of fewer units than the event takes, as only a program can make them: no unit may
        leave the ledger without a lot."""
        if (event.owner, event.asset) in self.short:
            return
        self.short.add((event.owner, event.asset))
        self.job.refuse(
            event,
            "lot",
            f"takes {self.job.amount(event.asset, asked)}, but the lots named give "
            f"{self.job.amount(event.asset, named)}: make them agree",
        )
