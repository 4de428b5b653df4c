"""One moving average: a pool for each owner and asset, or for each of his wallets.

What comes in adds its cost to the pool; what goes out takes `cost * units // pool units` with it,
rounded down, and the last unit takes all that is left: nothing is lost and nothing created. With a
loss rule (Canada) the pool is the owner's and holds all assets of one class (Income Tax Act s.
47(1): identical properties have their average cost), and denied losses are added to pools.
"""

from __future__ import annotations

from bisect import bisect_right
from heapq import heappop, heappush
from operator import attrgetter

from vaultsdk.tax.engine.job import Job
from vaultsdk.tax.engine.superficial import Share, SuperficialLosses
from vaultsdk.tax.engine.walk import walk
from vaultsdk.tax.errors import TaxError
from vaultsdk.tax.ledger.event import Event, Kind
from vaultsdk.tax.result import Adjustment, Disposal, Pool, Removal
from vaultsdk.tax.rules.scope import Scope
from vaultsdk.tax.rules.treatment import Op

_Key = tuple[str, str, str]  # owner, class, wallet ("" = all)
_ORDER = attrgetter("order")


def run(job: Job) -> None:
    """Fill the job's result, or its problems. Raises TaxError for a scope that changes over time,
    or one by wallet where a loss rule is to be applied."""
    AverageEngine(job).run()


class Stock:
    """Units that share their cost. `asset` is the class once several of its assets are in it."""

    __slots__ = ("asset", "cost", "quantity")

    def __init__(self, asset: str) -> None:
        self.asset = asset
        self.quantity = 0
        self.cost = 0

    def take(self, quantity: int) -> int:
        """Take units out (at least one, at most all) and give their cost."""
        cost = self.cost * quantity // self.quantity
        self.quantity -= quantity
        self.cost -= cost
        return cost


class _Losses:
    """What one owner disposed of at a loss of one class at one moment: places in the list of
    disposals, units and loss."""

    __slots__ = ("loss", "places", "units")

    def __init__(self) -> None:
        self.places: list[int] = []
        self.units = 0
        self.loss = 0


class AverageEngine:
    """The pass over the events."""

    def __init__(self, job: Job) -> None:
        self.job = job
        scopes = set(job.scope)
        if len(scopes) > 1:
            raise TaxError(
                "a moving average has one scope for all days: ask for wallet or universal",
                name="scope",
                limit=tuple(Scope),
            )
        self.per_wallet = Scope.WALLET in scopes
        if self.per_wallet and job.loss_rule.watches:
            raise TaxError(
                f"{job.loss_rule.name}: it is worked out on one pool for all wallets of a "
                "taxpayer: ask for the scope universal",
                name="scope",
                limit=Scope.UNIVERSAL,
                value=Scope.WALLET,
            )
        self.rule = job.profile.matching.rule
        self.stocks: dict[_Key, Stock] = {}
        self.short: set[tuple[str, str]] = set()  # owner and class of a shortfall on record
        self.superficial = SuperficialLosses(job) if job.loss_rule.watches else None
        self.moment = 0  # the `order` of the losses that wait for its end
        self.waiting: dict[tuple[str, str], _Losses] = {}
        self.due: list[tuple[int, int, str, str, int]] = []  # place, serial, owner, class, amount
        self.serial = 0

    # ------------------------------------------------------------ the pass
    def run(self) -> None:
        """Go through the events, then write down what is left."""
        if self.job.same:
            self._check_decimals()
        alone: dict[str, Event] = {}
        for at, op, event, come in walk(self.job, alone):
            if self.waiting and event.order != self.moment:
                self._settle()
            if self.due and self.due[0][0] < at:
                self._add_due(at)
            if op is Op.ACQUIRE:
                self._put(event, event.wallet, event.quantity, event.total + event.fee)
                if event.kind == Kind.INCOME:
                    self.job.earn(event)
            elif op is Op.DISPOSE:
                self._dispose(event, event.quantity)
            elif op is Op.RECEIVE:
                wallet = event.to_wallet or event.wallet
                self._put(event, wallet, event.quantity, event.total + event.fee)
            elif op is Op.MOVE:
                self._move(event)
            elif come is None:
                self._remove(event)
            else:
                _, basis = self._take(event, event.quantity)
                self._put(come, come.wallet, come.quantity, basis)
        for leg in alone.values():
            self.job.refuse(leg, "group", "a wrap needs one leg out and one leg in: add the other")
        if self.waiting:
            self._settle()
        self._add_due(len(self.job.ledger.events))
        self._finish()

    def _check_decimals(self) -> None:
        """Units of one class are added up, so they must be of one size."""
        places = self.job.ledger.places
        first: dict[str, str] = {}
        seen: set[str] = set()
        for event in self.job.ledger.events:
            asset = event.asset
            if asset in seen:
                continue
            seen.add(asset)
            kind = self.job.same.get(asset, asset)
            other = first.setdefault(kind, asset)
            if places(asset) != places(other):
                self.job.refuse(
                    event,
                    "asset",
                    f"{asset} has {places(asset)} decimals and {other} {places(other)}, but both "
                    f"count as {kind} here: give them the same decimals",
                )

    # ------------------------------------------------------------ pools
    def _key(self, event: Event, wallet: str) -> _Key:
        kind = self.job.same.get(event.asset, event.asset)
        return event.owner, kind, wallet if self.per_wallet else ""

    def _put(self, event: Event, wallet: str, quantity: int, cost: int) -> None:
        key = self._key(event, wallet)
        stock = self.stocks.get(key)
        if stock is None:
            stock = self.stocks[key] = Stock(event.asset)
        elif stock.asset != event.asset:
            stock.asset = key[1]
        stock.quantity += quantity
        stock.cost += cost

    def _take(self, event: Event, quantity: int) -> tuple[int, int]:
        """Units (fewer than asked where there are not enough, which is noted) and their cost."""
        stock = self.stocks.get(self._key(event, event.wallet))
        held = stock.quantity if stock else 0
        if quantity > held:
            self._short(event, quantity, held)
            quantity = held
        return quantity, stock.take(quantity) if stock and quantity else 0

    def _short(self, event: Event, asked: int, held: int) -> None:
        """A shortfall; the ones after it for the same owner and class follow from it."""
        owner, kind, _ = self._key(event, event.wallet)
        if (owner, kind) in self.short:
            return
        self.short.add((owner, kind))
        where = ""
        if self.per_wallet:
            where = f" in wallet {event.wallet!r}" if event.wallet else " where no wallet is named"
        self.job.short_of(event, asked, held, where)

    # ------------------------------------------------------------ out
    def _dispose(self, event: Event, quantity: int) -> None:
        """Units go out for total - fee."""
        if event.kind == Kind.GIFT_OUT and not event.valued:
            self.job.refuse(
                event, "total", "a gift is a disposal at market value here: give its total"
            )
        key = self._key(event, event.wallet)
        stock = self.stocks.get(key)
        held, cost = (stock.quantity, stock.cost) if stock else (0, 0)
        units, basis = self._take(event, quantity)
        if not units:
            return
        proceeds = event.total - event.fee
        disposals = self.job.out.disposals
        if self.superficial is not None and basis > proceeds:
            self.moment = event.order
            losses = self.waiting.setdefault(key[:2], _Losses())
            losses.places.append(len(disposals))
            losses.units += units
            losses.loss += basis - proceeds
        disposals.append(
            Disposal(
                event=event.id,
                lot="",
                owner=event.owner,
                wallet=event.wallet,
                asset=event.asset,
                acquired=None,
                disposed=event.day,
                quantity=units,
                proceeds=proceeds,
                basis=basis,
                disallowed=0,
                rule=self.rule,
                term="",
                fee=event.fee,
                of_quantity=held,
                of_basis=cost,
            )
        )

    def _remove(self, event: Event) -> None:
        units, basis = self._take(event, event.quantity)
        if units:
            self.job.out.removals.append(
                Removal(event.id, "", event.owner, event.asset, event.day, units, basis)
            )

    def _move(self, event: Event) -> None:
        """What the fee took is disposed of; the rest carries its cost to the other wallet."""
        if event.fee_quantity:
            self._dispose(event, event.fee_quantity)
        if self.per_wallet and event.wallet != event.to_wallet:
            units, basis = self._take(event, event.quantity - event.fee_quantity)
            if units:
                self._put(event, event.to_wallet, units, basis)

    # ------------------------------------------------------------ losses
    def _settle(self) -> None:
        """The moment is over: deny what is to be denied of its losses."""
        assert self.superficial is not None
        at = bisect_right(self.job.ledger.events, self.moment, key=_ORDER) - 1
        for (owner, kind), losses in self.waiting.items():
            shares = self.superficial.shares(kind, owner, at, losses.units, losses.loss)
            for share in shares:
                self.serial += 1
                heappush(self.due, (share.after, self.serial, share.owner, kind, share.amount))
            if shares:
                self._record(losses, shares)
        self.waiting.clear()

    def _record(self, losses: _Losses, shares: list[Share]) -> None:
        """Write down a denied loss: at its disposals pro rata to their losses, and as adjustments,
        for one disposal and one replacement each."""
        disposals, adjustments = self.job.out.disposals, self.job.out.adjustments
        denied = sum(share.amount for share in shares)
        left = losses.loss
        rest = iter(shares)
        share = next(rest)
        units, amount = share.units, share.amount
        for place in losses.places:
            disposal = disposals[place]
            loss = -disposal.gain
            part = denied * loss // left
            left -= loss
            denied -= part
            disposals[place] = disposal._replace(disallowed=part)
            while part:
                piece = min(part, amount)
                pieces = units * piece // amount
                adjustments.append(
                    Adjustment(
                        event=disposal.event,
                        lot="",
                        asset=disposal.asset,
                        disposed=disposal.disposed,
                        quantity=pieces,
                        amount=piece,
                        replacement=share.replacement,
                        owner=share.owner,
                        carried=True,
                        acquired=None,
                        rule=self.job.loss_rule.name,
                    )
                )
                part -= piece
                units -= pieces
                amount -= piece
                if not amount and (part or denied):
                    share = next(rest)
                    units, amount = share.units, share.amount

    def _add_due(self, at: int) -> None:
        """Add to the pools what is due before the event at a place."""
        due = self.due
        while due and due[0][0] < at:
            _, _, owner, kind, amount = heappop(due)
            stock = self.stocks.get((owner, kind, ""))
            if stock is not None and stock.quantity:
                stock.cost += amount
            else:
                # Only where units were missing, so that quantities are not what they should be.
                assert self.job.problems, "a denied loss has no pool to go to"

    # ------------------------------------------------------------ the end
    def _finish(self) -> None:
        out = self.job.out
        for (owner, _, wallet), stock in self.stocks.items():
            if stock.quantity or stock.cost:
                out.pools.append(Pool(stock.asset, owner, wallet, stock.quantity, stock.cost))
        out.pools.sort(key=lambda pool: (pool.owner, pool.asset, pool.wallet))
        if self.superficial is not None:
            out.notes.extend(self.superficial.notes())
