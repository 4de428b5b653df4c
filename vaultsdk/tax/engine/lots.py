"""Single lots: FIFO, LIFO, HIFO or the lots that a row names, per wallet or for the taxpayer.

One pass over the events in order. What a disposal takes from a lot carries `basis * units // lot
units` with it, rounded down; the rest stays until the lot's last unit. Proceeds and fee are shared
over the parts of a disposal in the same way, so nothing is lost and nothing created.
"""

from __future__ import annotations

from typing import Final

from vaultsdk.tax.engine.job import Job
from vaultsdk.tax.engine.parts import Part, again, divide
from vaultsdk.tax.engine.stock import Stock
from vaultsdk.tax.engine.stores import Lot
from vaultsdk.tax.engine.wallets import to_wallets
from vaultsdk.tax.engine.wash import Loss, WashSales
from vaultsdk.tax.ledger.event import Event, Kind, iso, order_of
from vaultsdk.tax.result import Disposal, OpenLot, Removal
from vaultsdk.tax.rules.scope import Scope
from vaultsdk.tax.rules.treatment import Op

_NEVER: Final = 1 << 60
_INCOME: Final = int(Kind.INCOME)


def run(job: Job) -> None:
    """Fill the job's result, or its problems."""
    LotEngine(job).run()


class LotEngine:
    """The pass over the events: what each does to the stock, and what is realised."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.stock = Stock(job)
        self.wash: WashSales | None = None
        if job.loss_rule.watches:
            self.wash = WashSales(job.loss_rule, job.same, self.stock.store_of)
        self.legs: dict[str, Event] = {}  # the first leg of a wrap, until the other one comes
        self.long_from: dict[int, int] = {}

    # ------------------------------------------------------------ the pass
    def run(self) -> None:
        """Go through the events, then write down what is left."""
        job, scope = self.job, self.job.scope
        events = job.ledger.events
        if self.wash is not None and job.same:
            self._check_decimals()
        if events:
            self.stock.per_wallet = scope.on(events[0].day) is Scope.WALLET
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
        if wanted and not self.stock.per_wallet:
            for lot in to_wallets(self.job, self.stock, day):
                self._put(lot)
        self.stock.per_wallet = wanted

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

    def _put(self, lot: Lot) -> None:
        """A lot that comes from another one goes into its store; its purchase stays its own."""
        self.stock.store_of(lot).add(lot)
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
        self.stock.store(event.owner, event.asset, event.wallet).add(lot)
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
        self.stock.store_of(lot).add(lot)
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
        choose, rule, at = None, self.stock.rule, 0
        if parts is None:
            if event.lot and event.id in self.stock.named:
                parts = self.stock.take(event, quantity)
            else:
                # The common case takes its units in the loop itself: it is where the time goes.
                choose = self.stock.store(event.owner, event.asset, event.wallet).next
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
                    self.stock.note_short(event, quantity, quantity - left)
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

    def _remove(self, event: Event) -> None:
        for part in self.stock.take(event, event.quantity):
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
        if event.lot and event.id in self.stock.named:
            parts = self.stock.take(event, event.quantity)
            paid, moved = divide(parts, event.fee_quantity)
        else:
            paid = self.stock.take(event, event.fee_quantity)
            moved = []
            if self.stock.per_wallet and event.wallet != event.to_wallet:
                moved = self.stock.take(event, rest, earliest=True)
        # What moves must be in its place before a loss on the fee's units looks for replacements.
        for part in moved:
            lot = part.lot
            self._put(again(part, lot.id, lot.asset, event.to_wallet, part.quantity, part.basis))
        if event.fee_quantity:
            self._dispose(event, event.fee_quantity, event.total, event.fee, paid)

    def _carry(self, out: Event, come: Event) -> None:
        """A wrap: lots become lots of the other leg, unit for unit of its quantity, with basis,
        time and purchase as they were."""
        left_out, left_in, spare = out.quantity, come.quantity, 0
        for part in self.stock.take(out, out.quantity):
            last = part.quantity == left_out
            units = left_in if last else left_in * part.quantity // left_out
            left_out -= part.quantity
            left_in -= units
            basis, spare = part.basis + spare, 0
            if not units:
                spare = basis  # too few units to become one: their basis waits for the next part
                continue
            self._put(again(part, come.id, come.asset, come.wallet, units, basis))

    # ------------------------------------------------------------ from one stock to wallets
    # ------------------------------------------------------------ the end
    def _finish(self) -> None:
        out = self.job.out
        if self.wash is not None:
            for at, amount in self.wash.disallowed.items():
                one = out.disposals[at]
                out.disposals[at] = tuple.__new__(Disposal, (*one[:10], amount, *one[11:]))
            out.adjustments.extend(self.wash.adjustments)
            self._note_windows(self.wash)
        for lot in self.stock:
            wallet = lot.wallet if self.stock.per_wallet else ""
            out.open_lots.append(
                OpenLot(lot.id, lot.owner, wallet, lot.asset, lot.quantity, lot.basis, lot.acquired)
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
