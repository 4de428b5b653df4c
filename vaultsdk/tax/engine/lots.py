"""Single lots: FIFO, LIFO, HIFO or the lots that a row names, per wallet or for the taxpayer.

One pass over the events in order. What a disposal takes from a lot carries `basis * units // lot
units` with it, rounded down; the rest stays until the lot's last unit. Proceeds and fee are shared
over the parts of a disposal in the same way, so nothing is lost and nothing created.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from vaultsdk.tax.engine.allocation import allocate
from vaultsdk.tax.engine.job import Job
from vaultsdk.tax.engine.naming import check_names
from vaultsdk.tax.engine.stores import Lot, Store, store_class
from vaultsdk.tax.engine.wash import Loss, WashSales
from vaultsdk.tax.ledger.event import Event, Kind, Named, iso, order_of
from vaultsdk.tax.result import Disposal, OpenLot, Removal
from vaultsdk.tax.rules.matching import Method
from vaultsdk.tax.rules.scope import Scope
from vaultsdk.tax.rules.treatment import Op

_Key = tuple[str, str, str]  # owner, asset, wallet ("" = all)
_NEVER: Final = 1 << 60
_INCOME: Final = int(Kind.INCOME)


def run(job: Job) -> None:
    """Fill the job's result, or its problems."""
    LotEngine(job).run()


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


class LotEngine:
    """The pass over the events. Stores are keyed by owner, asset and wallet."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.method = job.method or Method.FIFO
        spec, identified = self.method is Method.SPEC, job.identified
        self.named = frozenset(
            event.id
            for event in job.ledger.events
            if event.lot and (spec or event.id in identified)
        )
        self.naming = bool(self.named)
        self.rule = (Method.FIFO if self.method is Method.SPEC else self.method).value.upper()
        self.stores: dict[_Key, Store] = {}
        self.store_class = store_class(self.method)
        self.per_wallet = False
        self.wash: WashSales | None = None
        if job.loss_rule.watches:
            self.wash = WashSales(job.loss_rule, job.same, self.store_of)
        self.legs: dict[str, Event] = {}  # the first leg of a wrap, until the other one comes
        self.long_from: dict[int, int] = {}
        self.short: set[tuple[str, str]] = set()  # owner and asset of a fault on record

    # ------------------------------------------------------------ the pass
    def run(self) -> None:
        """Go through the events, then write down what is left."""
        job, scope = self.job, self.job.scope
        events = job.ledger.events
        if self.wash is not None and job.same:
            self._check_decimals()
        if self.naming:
            self.short |= check_names(job, self.named)
        if events:
            self.per_wallet = scope.on(events[0].day) is Scope.WALLET
        changes = [day for day, _ in scope.changes()] + [day for day, _ in self._rule_changes()]
        changes = sorted({day for day in changes if events and day > events[0].day})
        ops = job.ops(events[0].day) if events else ()
        self._holding(events[0].day if events else 0)
        acquire, dispose = Op.ACQUIRE, Op.DISPOSE
        change = changes[0] if changes else _NEVER
        for event in events:
            while event.day >= change:
                self._change(change)
                ops = job.ops(change)
                del changes[0]
                change = changes[0] if changes else _NEVER
            op = ops[event.kind]
            if op is acquire:
                self._acquire(event)
            elif op is dispose:
                self._dispose(event, event.quantity, event.total, event.fee)
            else:
                self._others(op, event)
        for leg in self.legs.values():
            job.refuse(leg, "group", "a wrap needs one leg out and one leg in: add the other one")
        # What is asked about a day is answered by the rules of that day, also if nothing happens.
        for change in changes:
            if job.as_of is not None and change <= job.as_of:
                self._change(change)
        self._finish()

    def _check_decimals(self) -> None:
        """Units of one class replace each other one for one, so they must be of one size."""
        places = self.job.ledger.places
        met: dict[str, Event] = {}
        for event in self.job.ledger.events:
            met.setdefault(event.asset, event)
        first: dict[str, str] = {}
        for event in met.values():
            kind = self.job.same.get(event.asset, event.asset)
            other = first.setdefault(kind, event.asset)
            if places(event.asset) != places(other):
                self.job.refuse(
                    event,
                    "asset",
                    f"{event.asset} has {places(event.asset)} decimals and {other} "
                    f"{places(other)}, but both count as {kind} here: ask for a higher "
                    "confidence, or give them the same decimals",
                )

    def _rule_changes(self) -> list[tuple[int, object]]:
        profile = self.job.profile
        return [*profile.treatment.changes(), *profile.holding.changes()]

    def _holding(self, day: int) -> None:
        self.holding = self.job.profile.holding.on(day)
        self.long_from.clear()

    def _change(self, day: int) -> None:
        self._holding(day)
        wanted = self.job.scope.on(day) is Scope.WALLET
        if wanted and not self.per_wallet:
            self._to_wallets(day)
        self.per_wallet = wanted

    def _others(self, op: Op, event: Event) -> None:
        if op is Op.RECEIVE:
            self._receive(event)
        elif op is Op.REMOVE:
            self._remove(event)
        elif op is Op.MOVE:
            self._move(event)
        else:
            first = self.legs.pop(event.group, None)
            if first is None:
                self.legs[event.group] = event
            elif op is Op.CARRY_IN:
                self._carry(first, event)
            else:
                self._carry(event, first)

    # ------------------------------------------------------------ stores
    def store(self, owner: str, asset: str, wallet: str) -> Store:
        """The store that a wallet uses, made when first asked for."""
        key = (owner, asset, wallet if self.per_wallet else "")
        store = self.stores.get(key)
        if store is None:
            store = self.stores[key] = self.store_class(self.naming)
        return store

    def store_of(self, lot: Lot) -> Store:
        """The store in which a lot is."""
        return self.store(lot.owner, lot.asset, lot.wallet)

    def _put(self, lot: Lot) -> None:
        """A lot that comes from another one goes into its store; its purchase stays its own."""
        self.store_of(lot).add(lot)
        if self.wash is not None:
            self.wash.follow(lot)

    # ------------------------------------------------------------ in
    def _acquire(self, event: Event) -> None:
        day = event.day
        lot = Lot(
            event.id,
            event.owner,
            event.wallet,
            event.asset,
            event.quantity,
            event.total + event.fee,
            day,
            event.order,
            day,
        )
        key = (event.owner, event.asset, event.wallet if self.per_wallet else "")
        store = self.stores.get(key)
        if store is None:
            store = self.stores[key] = self.store_class(self.naming)
        store.add(lot)
        if self.wash is not None:
            self.wash.bought(lot)
        if event.kind == _INCOME:
            self.job.earn(event)

    def _receive(self, event: Event) -> None:
        """A gift or a transfer in: basis and time are what the row says. A transfer in was a
        purchase when it was acquired; a gift was none."""
        acquired = event.day if event.acquired is None else event.acquired
        age = event.order
        if acquired < event.day:
            age = order_of(acquired, Kind.BUY, None)
        lot = Lot(
            event.id,
            event.owner,
            event.to_wallet or event.wallet,
            event.asset,
            event.quantity,
            event.total + event.fee,
            acquired,
            age,
            acquired if event.kind == Kind.TRANSFER_IN else None,
        )
        self.store_of(lot).add(lot)
        if self.wash is not None and lot.bought is not None:
            self.wash.bought(lot)

    # ------------------------------------------------------------ out
    def _dispose(
        self,
        event: Event,
        quantity: int,
        total: int,
        fee: int,
        parts: list[Part] | None = None,
    ) -> None:
        """Units go out for total - fee: one row of the result for each lot that gives some."""
        if not event.valued and event.kind == Kind.GIFT_OUT:
            self.job.refuse(
                event, "total", "a gift is a disposal at market value here: give its total"
            )
            return
        choose, rule, at = None, self.rule, 0
        if parts is None:
            if event.lot and event.id in self.named:
                parts = self._take(event, quantity)
            else:
                # The common case takes its units in the loop itself: it is where the time goes.
                choose = self.store(event.owner, event.asset, event.wallet).next
        left, proceeds_left, fee_left = quantity, total - fee, fee
        id, owner, wallet, asset, day = (
            event.id,
            event.owner,
            event.wallet,
            event.asset,
            event.day,
        )
        disposals, long_from, wash = self.job.out.disposals, self.long_from, self.wash
        losses: list[Loss] = []
        while left:
            if choose is not None:
                lot = choose()
                if lot is None:
                    self._short(event, quantity, quantity - left)
                    break
                of_quantity, of_basis = lot.quantity, lot.basis
                if of_quantity > left:
                    units, basis = left, of_basis * left // of_quantity
                    lot.quantity, lot.basis = of_quantity - left, of_basis - basis
                else:
                    units, basis = of_quantity, of_basis
                    lot.quantity = lot.basis = 0
            else:
                assert parts is not None
                if at == len(parts):
                    break
                lot, units, basis, of_quantity, of_basis, rule = parts[at]
                at += 1
            if units == left:
                proceeds, cost = proceeds_left, fee_left
            else:
                proceeds = proceeds_left * units // left
                proceeds_left -= proceeds
                cost = 0
                if fee_left:
                    cost = fee_left * units // left
                    fee_left -= cost
            left -= units
            acquired = lot.acquired
            long = long_from.get(acquired)
            if long is None:
                long = long_from[acquired] = self.holding.long_from(acquired) or _NEVER
            disposals.append(
                tuple.__new__(
                    Disposal,
                    (
                        id,
                        lot.id,
                        owner,
                        wallet,
                        asset,
                        acquired,
                        day,
                        units,
                        proceeds,
                        basis,
                        0,
                        rule,
                        "long" if day >= long else "short",
                        cost,
                        of_quantity,
                        of_basis,
                    ),
                )
            )
            if wash is not None and basis > proceeds:
                losses.append(
                    Loss(
                        len(disposals) - 1,
                        event.id,
                        lot.id,
                        lot.purchase,
                        asset,
                        day,
                        units,
                        basis - proceeds,
                        day - acquired,
                    )
                )
        if losses and wash is not None:
            wash.sold(event, losses)

    def _take(self, event: Event, quantity: int, earliest: bool = False) -> list[Part]:
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
                self._short(event, quantity, quantity - left)
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
        for name in event.lot:
            wanted = left if name.quantity is None else min(name.quantity, left)
            # Where one stock serves all wallets, the units that lie in the row's own come first: a
            # later allocation to wallets then finds them where they are.
            lots = sorted(store.named(name.lot), key=lambda lot: lot.wallet != event.wallet)
            held = sum(lot.quantity for lot in lots)
            # A name without a quantity gives what it has, unless no other name comes after it.
            if held < wanted and (name.quantity is not None or name is event.lot[-1]):
                self._short_lot(event, name, wanted, held)
            for lot in lots:
                units = min(lot.quantity, wanted)
                if not units:
                    break
                wanted -= units
                left -= units
                parts.append(Part.of(lot, units, "SPEC"))
        return parts

    def _short(self, event: Event, asked: int, held: int) -> None:
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

    def _remove(self, event: Event) -> None:
        for part in self._take(event, event.quantity):
            self.job.out.removals.append(
                Removal(
                    event.id,
                    part.lot.id,
                    event.owner,
                    event.asset,
                    event.day,
                    part.quantity,
                    part.basis,
                )
            )

    # ------------------------------------------------------------ moved
    def _move(self, event: Event) -> None:
        """The fee's units are disposed of first, as sending spends them; then the rest moves,
        named or else earliest lots first (Treas. Reg. § 1.1012-1(j)(3))."""
        rest = event.quantity - event.fee_quantity
        if event.lot and event.id in self.named:
            parts = self._take(event, event.quantity)
            paid, moved = _divide(parts, event.fee_quantity)
        else:
            paid = self._take(event, event.fee_quantity)
            moved = []
            if self.per_wallet and event.wallet != event.to_wallet:
                moved = self._take(event, rest, earliest=True)
        # What moves must be in its place before a loss on the fee's units looks for replacements.
        for part in moved:
            lot = part.lot
            self._put(_again(part, lot.id, lot.asset, event.to_wallet, part.quantity, part.basis))
        if event.fee_quantity:
            self._dispose(event, event.fee_quantity, event.total, event.fee, paid)

    def _carry(self, out: Event, come: Event) -> None:
        """A wrap: lots become lots of the other leg, unit for unit of its quantity, with basis,
        time and purchase as they were."""
        left_out, left_in, spare = out.quantity, come.quantity, 0
        for part in self._take(out, out.quantity):
            last = part.quantity == left_out
            units = left_in if last else left_in * part.quantity // left_out
            left_out -= part.quantity
            left_in -= units
            basis, spare = part.basis + spare, 0
            if not units:
                spare = basis  # too few units to become one: their basis waits for the next part
                continue
            self._put(_again(part, come.id, come.asset, come.wallet, units, basis))

    # ------------------------------------------------------------ from one stock to wallets
    def _to_wallets(self, day: int) -> None:
        """The scope changes to wallets: unused lots are allocated to where the units are."""
        holdings = self._holdings(day)
        old, self.stores = self.stores, {}
        self.per_wallet = True
        allocated = 0
        for (owner, asset, _), store in old.items():
            by_wallet = holdings.get((owner, asset), {})
            missing = [wallet for wallet, units in by_wallet.items() if units < 0]
            for wallet in sorted(missing):
                self._missing(owner, asset, wallet, -by_wallet[wallet], day)
            if missing or (owner, asset) in self.short:
                self.short.add((owner, asset))
                continue
            placed = allocate(list(store), by_wallet)
            for lot in placed:
                self._put(lot)
            if sum(units > 0 for units in by_wallet.values()) > 1:  # else nothing was chosen
                allocated += len(placed)
        if allocated:
            lots = f"{allocated} lot{'s were' if allocated != 1 else ' was'}"
            self.job.out.notes.append(
                f"basis is kept by wallet from {iso(day)}: {lots} allocated to the "
                "wallets that held units, each to its own wallet first, then earliest first by name"
            )

    def _missing(self, owner: str, asset: str, wallet: str, units: int, day: int) -> None:
        events = self.job.ledger.events
        last = [
            event
            for event in events
            if event.day < day
            and (event.owner, event.asset, event.wallet) == (owner, asset, wallet)
        ][-1]
        self.job.refuse(
            last,
            "wallet",
            f"basis is kept by wallet from {iso(day)}, when wallet {wallet!r} would hold "
            f"{self.job.amount(asset, -units)}: add the transfers that brought units there, or use "
            "--scope universal",
        )

    def _holdings(self, day: int) -> dict[tuple[str, str], dict[str, int]]:
        """Units by owner and asset, by wallet, before a day."""
        found: dict[tuple[str, str], dict[str, int]] = {}
        ops = self.job.ops(day - 1)
        for event in self.job.ledger.events:
            if event.day >= day:
                break
            wallets = found.setdefault((event.owner, event.asset), {})
            op, wallet = ops[event.kind], event.wallet
            if op in (Op.ACQUIRE, Op.CARRY_IN):
                wallets[wallet] = wallets.get(wallet, 0) + event.quantity
            elif op is Op.RECEIVE:
                wallet = event.to_wallet or wallet
                wallets[wallet] = wallets.get(wallet, 0) + event.quantity
            else:
                wallets[wallet] = wallets.get(wallet, 0) - event.quantity
            if op is Op.MOVE:
                arrived = event.quantity - event.fee_quantity
                wallets[event.to_wallet] = wallets.get(event.to_wallet, 0) + arrived
        return found

    # ------------------------------------------------------------ the end
    def _finish(self) -> None:
        out = self.job.out
        if self.wash is not None:
            for at, amount in self.wash.disallowed.items():
                out.disposals[at] = out.disposals[at]._replace(disallowed=amount)
            out.adjustments.extend(self.wash.adjustments)
            self._note_windows(self.wash)
        for key in sorted(self.stores):
            for lot in self.stores[key]:
                wallet = lot.wallet if self.per_wallet else ""
                out.open_lots.append(
                    OpenLot(
                        lot.id,
                        lot.owner,
                        wallet,
                        lot.asset,
                        lot.quantity,
                        lot.basis,
                        lot.acquired,
                    )
                )

    def _note_windows(self, wash: WashSales) -> None:
        if self.job.as_of is None:
            return
        waiting = wash.waiting(self.job.as_of)
        for asset in sorted({loss.asset for loss in waiting}):
            last = max(loss.day for loss in waiting if loss.asset == asset)
            self.job.out.notes.append(
                f"{self.job.loss_rule.name}: what is bought of {asset} up to "
                f"{iso(last + self.job.loss_rule.after)} can still disallow losses above"
            )


def _again(part: Part, id: str, asset: str, wallet: str, quantity: int, basis: int) -> Lot:
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


def _divide(parts: list[Part], units: int) -> tuple[list[Part], list[Part]]:
    """The parts that make up the first `units`, and the rest; one part may be cut in two."""
    first: list[Part] = []
    rest: list[Part] = []
    for part in parts:
        if units >= part.quantity:
            units -= part.quantity
            first.append(part)
        elif units:
            lot = _again(
                part, part.lot.id, part.lot.asset, part.lot.wallet, part.quantity, part.basis
            )
            first.append(Part.of(lot, units, part.rule))
            rest.append(Part.of(lot, lot.quantity, part.rule))
            units = 0
        else:
            rest.append(part)
    return first, rest
