"""Single lots once more, with every smallest unit an object of its own: lists, loops, fractions.

Nothing here is divided, rounded, split or indexed. A disposal takes units one by one, a unit's loss
looks at every other unit for its replacement.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from itertools import count

from vaultsdk.tax.ledger.event import Event, Kind, order_of

WALLETS_FROM = date(2025, 1, 1).toordinal()
DAYS = 30
_COMES = (Kind.BUY, Kind.INCOME, Kind.HARVEST_IN)
_GOES = (Kind.SELL, Kind.SPEND, Kind.HARVEST_OUT, Kind.FEE)


@dataclass
class Unit:
    lot: str
    purchase: str
    owner: str
    asset: str
    wallet: str
    basis: Fraction
    acquired: int
    age: int
    bought: int | None
    serial: int
    used: bool = False


@dataclass
class Sum:
    quantity: int = 0
    proceeds: Fraction = Fraction(0)
    basis: Fraction = Fraction(0)
    disallowed: Fraction = Fraction(0)


@dataclass
class _Loss:
    day: int
    purchase: str
    asset: str
    amount: Fraction
    held: int
    into: Sum


@dataclass
class UnitModel:
    method: str = "fifo"
    scope: str = "auto"
    wash: bool = False
    naming: bool = False
    same: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.units: list[Unit] = []  # by age; of one age, in the order in which they came
        self.disposals: dict[tuple[str, str, int], Sum] = {}
        self.removals: dict[tuple[str, str], Sum] = {}
        self.losses: list[_Loss] = []
        self.order: dict[str, int] = {}  # of purchases, as they came
        self.physical: dict[tuple[str, str], dict[str, int]] = {}
        self.per_wallet: bool | None = None
        self.serials: Iterator[int] = count()

    # ------------------------------------------------------------ questions
    def stock(self, owner: str, asset: str, wallet: str) -> list[Unit]:
        return [
            unit
            for unit in self.units
            if (unit.owner, unit.asset) == (owner, asset)
            and (not self.per_wallet or unit.wallet == wallet)
        ]

    def held(self, owner: str, asset: str, wallet: str) -> int:
        return self.physical.get((owner, asset), {}).get(wallet, 0)

    def open_lots(self) -> dict[tuple[str, str, str, str, int], Sum]:
        found: dict[tuple[str, str, str, str, int], Sum] = {}
        for unit in self.units:
            wallet = unit.wallet if self.per_wallet else ""
            key = unit.lot, unit.owner, wallet, unit.asset, unit.acquired
            one = found.setdefault(key, Sum())
            one.quantity += 1
            one.basis += unit.basis
        return found

    # ------------------------------------------------------------ events
    def day(self, day: int) -> None:
        """A day begins: on some day the wallets get stocks of their own."""
        wanted = self.scope == "wallet" or (self.scope == "auto" and day >= WALLETS_FROM)
        if wanted and self.per_wallet is False:
            self._allocate()
        self.per_wallet = wanted

    def step(self, event: Event, other: Event | None = None) -> None:
        """One event; `other` is the leg in of a wrap, which comes with the leg out."""
        self.day(event.day)
        if event.kind in _COMES:
            cost = event.total + event.fee
            self._come(event, event.wallet, cost, event.day, event.order, event.day)
        elif event.kind in (Kind.TRANSFER_IN, Kind.GIFT_IN):
            acquired, age = event.day, event.order
            if event.acquired is not None and event.acquired < event.day:
                acquired, age = event.acquired, order_of(event.acquired, Kind.BUY, None)
            bought = acquired if event.kind == Kind.TRANSFER_IN else None
            wallet = event.to_wallet or event.wallet
            self._come(event, wallet, event.total + event.fee, acquired, age, bought)
        elif event.kind in _GOES:
            self._sell(event, self._take(event, event.quantity))
            self._moved(event, event.wallet, -event.quantity)
        elif event.kind == Kind.GIFT_OUT:
            for unit in self._take(event, event.quantity):
                one = self.removals.setdefault((event.id, unit.lot), Sum())
                one.quantity += 1
                one.basis += unit.basis
            self._moved(event, event.wallet, -event.quantity)
        elif event.kind == Kind.TRANSFER:
            self._transfer(event)
        else:
            assert other is not None
            self._wrap(event, other)

    def _come(
        self, event: Event, wallet: str, cost: int, acquired: int, age: int, bought: int | None
    ) -> None:
        new = [
            Unit(
                event.id,
                event.id,
                event.owner,
                event.asset,
                wallet,
                Fraction(cost, event.quantity),
                acquired,
                age,
                bought,
                next(self.serials),
            )
            for _ in range(event.quantity)
        ]
        self.order[event.id] = len(self.order)
        for unit in new:
            self._place(unit)
        self._moved(event, wallet, event.quantity)
        if self.wash and bought is not None:
            for unit in new:
                for loss in self.losses:
                    if self._replaces(unit, loss):
                        self._replace(unit, loss)
                        self.losses.remove(loss)
                        break

    def _transfer(self, event: Event) -> None:
        fee, rest = event.fee_quantity, event.quantity - event.fee_quantity
        if self._named(event):
            units = self._take(event, event.quantity)
            paid, moved = units[:fee], units[fee:]
        else:
            paid = self._take(event, fee)
            stays = not self.per_wallet or event.wallet == event.to_wallet
            moved = [] if stays else self._take(event, rest, earliest=True)
        for unit in moved:
            unit.wallet = event.to_wallet
            unit.serial = next(self.serials)
            self._place(unit)
        if paid:
            self._sell(event, paid)
        self._moved(event, event.wallet, -event.quantity)
        self._moved(event, event.to_wallet, rest)

    def _wrap(self, out: Event, come: Event) -> None:
        """One unit becomes one, or several."""
        times, over = divmod(come.quantity, out.quantity)
        assert times and not over
        for unit in self._take(out, out.quantity):
            for _ in range(times):
                self._place(
                    Unit(
                        come.id,
                        unit.purchase,
                        unit.owner,
                        come.asset,
                        come.wallet,
                        unit.basis / times,
                        unit.acquired,
                        unit.age,
                        unit.bought,
                        next(self.serials),
                        unit.used,
                    )
                )
        self._moved(out, out.wallet, -out.quantity)
        self._moved(come, come.wallet, come.quantity)

    # ------------------------------------------------------------ units
    def _place(self, unit: Unit) -> None:
        at = len(self.units)
        while at and self.units[at - 1].age > unit.age:
            at -= 1
        self.units.insert(at, unit)

    def _moved(self, event: Event, wallet: str, quantity: int) -> None:
        wallets = self.physical.setdefault((event.owner, event.asset), {})
        wallets[wallet] = wallets.get(wallet, 0) + quantity
        assert wallets[wallet] >= 0

    def _named(self, event: Event) -> bool:
        return self.naming and bool(event.lot)

    def _take(self, event: Event, quantity: int, earliest: bool = False) -> list[Unit]:
        stock = self.stock(event.owner, event.asset, event.wallet)
        taken: list[Unit] = []
        if self._named(event):
            for name in event.lot:
                left = quantity - len(taken)
                wanted = left if name.quantity is None else min(left, name.quantity)
                of = [unit for unit in stock if unit.lot == name.lot]
                of.sort(key=lambda unit: (unit.wallet != event.wallet, unit.age, unit.serial))
                taken += of[:wanted]
        elif earliest or self.method in ("fifo", "spec"):
            taken = stock[:quantity]
        elif self.method == "lifo":
            taken = stock[::-1][:quantity]
        else:
            stock.sort(key=lambda unit: (-unit.basis, unit.age, unit.serial))
            taken = stock[:quantity]
        assert len(taken) == quantity
        self.units = [unit for unit in self.units if not any(unit is one for one in taken)]
        return taken

    def _sell(self, event: Event, units: list[Unit]) -> None:
        price = Fraction(event.total - event.fee, len(units))
        for unit in units:
            one = self.disposals.setdefault((event.id, unit.lot, unit.acquired), Sum())
            one.quantity += 1
            one.proceeds += price
            one.basis += unit.basis
            if not self.wash or unit.basis <= price:
                continue
            amount, held = unit.basis - price, event.day - unit.acquired
            loss = _Loss(event.day, unit.purchase, unit.asset, amount, held, one)
            for other in sorted(self.units, key=lambda one: (one.age, self.order[one.purchase])):
                if self._replaces(other, loss):
                    self._replace(other, loss)
                    break
            else:
                self.losses.append(loss)

    # ------------------------------------------------------------ IRC § 1091
    def _replaces(self, unit: Unit, loss: _Loss) -> bool:
        return (
            unit.bought is not None
            and not unit.used
            and self._class(unit.asset) == self._class(loss.asset)
            and abs(unit.bought - loss.day) <= DAYS
            and unit.purchase != loss.purchase
        )

    def _replace(self, unit: Unit, loss: _Loss) -> None:
        assert unit.bought is not None
        unit.basis += loss.amount
        unit.acquired = unit.bought - loss.held
        unit.used = True
        unit.serial = next(self.serials)
        loss.into.disallowed += loss.amount

    def _class(self, asset: str) -> str:
        return self.same.get(asset, asset)

    # ------------------------------------------------------------ Rev. Proc. 2024-28
    def _allocate(self) -> None:
        left = {key: dict(wallets) for key, wallets in self.physical.items()}
        placed = [unit for unit in self.units if self._fits(unit, left)]
        for unit in self.units:
            if not any(unit is one for one in placed):
                wallets = left[unit.owner, unit.asset]
                unit.wallet = min(wallet for wallet, units in wallets.items() if units)
                wallets[unit.wallet] -= 1
                placed.append(unit)
        self.units = []
        for unit in placed:
            unit.serial = next(self.serials)
            self._place(unit)

    @staticmethod
    def _fits(unit: Unit, left: dict[tuple[str, str], dict[str, int]]) -> bool:
        wallets = left[unit.owner, unit.asset]
        fits = wallets.get(unit.wallet, 0) > 0
        if fits:
            wallets[unit.wallet] -= 1
        return fits
