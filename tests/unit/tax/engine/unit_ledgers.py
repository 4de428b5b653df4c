"""Random ledgers of a few units a row, of every kind of event, that never take what is not held.

A ledger grows event by event beside the model of units, which knows what can be sold and named.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from hypothesis import strategies as st

from tests.unit.tax.engine.unit_model import UnitModel
from vaultsdk.tax.ledger.event import WAD, Event, Kind, Named, order_of, ordinal

ACTIONS = (
    *("buy", "buy", "buy", "income", "harvest in", "in", "gift in"),
    *("sell", "sell", "sell", "spend", "fee", "harvest out", "gift out"),
    *("move", "move", "move", "wrap", "wrap", "stake", "named sell", "named sell", "named move"),
)
ASSETS = ("ETH", "WETH")
OWNERS = ("", "", "", "other")
WALLETS = ("a", "b", "c")
STARTS = tuple(ordinal(day) for day in ("2024-11-20", "2024-12-20", "2025-02-27", "2019-12-30"))
GAPS = (0, 0, 0, 1, 2, 7, 15, 29, 30, 31, 366)
_KINDS = {
    "buy": Kind.BUY,
    "income": Kind.INCOME,
    "harvest in": Kind.HARVEST_IN,
    "in": Kind.TRANSFER_IN,
    "gift in": Kind.GIFT_IN,
    "sell": Kind.SELL,
    "spend": Kind.SPEND,
    "fee": Kind.FEE,
    "harvest out": Kind.HARVEST_OUT,
    "gift out": Kind.GIFT_OUT,
}
INTO = frozenset({Kind.BUY, Kind.INCOME, Kind.HARVEST_IN, Kind.TRANSFER_IN, Kind.GIFT_IN})


@dataclass(frozen=True)
class Draw:
    """What a row wants to do; it does as much of it as can be done."""

    gap: int
    tick: int  # microseconds since the row before: 0 is the same moment
    action: str
    asset: str
    owner: str
    wallet: str
    target: str
    quantity: int
    price: int
    fee: int
    pick: int


def draws(most: int = 8, size: int = 24) -> st.SearchStrategy[list[Draw]]:
    one = st.builds(
        Draw,
        gap=st.sampled_from(GAPS),
        tick=st.integers(0, 1),
        action=st.sampled_from(ACTIONS),
        asset=st.sampled_from(ASSETS),
        owner=st.sampled_from(OWNERS),
        wallet=st.sampled_from(WALLETS),
        target=st.sampled_from(WALLETS),
        quantity=st.integers(1, most),
        price=st.integers(0, 6),
        fee=st.integers(0, 2),
        pick=st.integers(0, 1_000),
    )
    return st.lists(one, max_size=size)


def long_draws() -> st.SearchStrategy[list[Draw]]:
    # Lists drawn one by one stay short, and most of their rows have nothing to sell.
    return st.builds(
        lambda seed, size: drawn(Random(seed), size), st.integers(0, 1 << 30), st.integers(8, 60)
    )


def drawn(random: Random, size: int, most: int = 8) -> list[Draw]:
    return [
        Draw(
            random.choice(GAPS),
            random.randint(0, 1),
            random.choice(ACTIONS),
            random.choice(ASSETS),
            random.choice(OWNERS),
            random.choice(WALLETS),
            random.choice(WALLETS),
            random.randint(1, most),
            random.randint(0, 6),
            random.randint(0, 2),
            random.randint(0, 1_000),
        )
        for _ in range(size)
    ]


@dataclass
class Grower:
    """Events from draws, each told to a model. With `random`, totals are any numbers of 1e-18, so
    that every division leaves something over; without, they divide evenly (by 2**18 and less)."""

    model: UnitModel
    start: int = STARTS[0]
    random: Random | None = None
    named: bool = False

    def events(self, wanted: Sequence[Draw]) -> list[Event]:
        self.found: list[Event] = []
        day, clock = self.start, 0
        for number, draw in enumerate(wanted):
            day, clock = day + draw.gap, (clock if not draw.gap else 0) + draw.tick
            self._grow(f"e{number:03}", day, clock, draw)
        return self.found

    def _grow(self, id: str, day: int, clock: int, draw: Draw) -> None:
        event = Event(
            id,
            _KINDS.get(draw.action, Kind.SELL),
            order_of(day, Kind.SELL, clock),
            day,
            draw.asset,
            draw.quantity,
            wallet=draw.wallet,
            owner=draw.owner,
        )
        held = self.model.held(draw.owner, draw.asset, draw.wallet)
        if event.kind not in INTO:
            event = event._replace(quantity=min(event.quantity, held))
            if not event.quantity:
                return
        self.model.day(day)
        if draw.action == "gift out":
            self._add(event._replace(valued=False))
        elif draw.action in ("wrap", "stake"):
            self._wrap(event, draw)
        elif draw.action in ("move", "named move"):
            spent = min(draw.fee, event.quantity)
            event = event._replace(kind=Kind.TRANSFER, fee_quantity=spent, to_wallet=draw.target)
            event = self._priced(event, draw, spent)
            self._add(self._naming(event, draw))
        elif draw.action == "named sell":
            self._add(self._naming(self._priced(event, draw, event.quantity), draw))
        else:
            event = self._priced(event, draw, event.quantity)
            if event.kind in (Kind.TRANSFER_IN, Kind.GIFT_IN):
                event = event._replace(acquired=day - GAPS[draw.pick % len(GAPS)], fee=0)
            self._add(event)

    def _priced(self, event: Event, draw: Draw, units: int) -> Event:
        if not units:
            return event
        if self.random is not None:
            total = self.random.randint(units * 10**17, units * 10**18)
            return event._replace(total=total, fee=self.random.randint(0, 10**16))
        fee = draw.fee if event.kind != Kind.TRANSFER else 0
        return event._replace(total=draw.price * units * WAD, fee=fee * units * WAD)

    def _naming(self, event: Event, draw: Draw) -> Event:
        """Name lots, as far as there are units of them; half of the time with how many."""
        if not self.named:
            return event
        stock = self.model.stock(event.owner, event.asset, event.wallet)
        lots = sorted({unit.lot for unit in stock})
        turn = draw.pick % len(lots)
        names: list[Named] = []
        left = event.quantity
        for lot in lots[turn:] + lots[:turn]:
            units = min(left, sum(unit.lot == lot for unit in stock))
            names.append(Named(lot, units if draw.pick % 2 else None))
            left -= units
            if not left:
                break
        return event._replace(lot=tuple(names))

    def _wrap(self, event: Event, draw: Draw) -> None:
        times = 1 if draw.action == "wrap" else 2
        asset = "STK" if draw.action == "stake" else next(a for a in ASSETS if a != draw.asset)
        id = event.id
        out = event._replace(id=f"{id}o", kind=Kind.WRAP_OUT, group=id)
        come = out._replace(
            id=f"{id}i",
            kind=Kind.WRAP_IN,
            asset=asset,
            quantity=out.quantity * times,
            wallet=draw.target,
        )
        self.model.step(out, come)
        self.found += [out, come] if draw.pick % 2 else [come, out]

    def _add(self, event: Event) -> None:
        self.model.step(event)
        self.found.append(event)


def grown(
    model: UnitModel,
    wanted: Sequence[Draw],
    start: int = STARTS[0],
    random: Random | None = None,
) -> list[Event]:
    """Events of draws, told to the model; named where the model uses names."""
    return Grower(model, start, random, model.naming).events(wanted)
