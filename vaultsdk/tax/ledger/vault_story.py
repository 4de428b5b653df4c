"""One lot's history told as events of the neutral ledger."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from vaultsdk.core.events import Harvested
from vaultsdk.core.ledger import Disposal, DisposalKind, LotHistory, Opening, OpeningKind, Place
from vaultsdk.core.lot import LotFlags, OfferKind
from vaultsdk.core.roll import Realisation
from vaultsdk.core.units import format_usd, scale
from vaultsdk.tax.errors import Problem, TaxError
from vaultsdk.tax.ledger.event import Event, Kind, Named, order_of
from vaultsdk.tax.ledger.times import Clock
from vaultsdk.tax.ledger.vault_names import VaultNames, block_time

_BASIS: Final = {
    OpeningKind.DECLARED: "deposit; basis and date as the owner declared them",
    OpeningKind.ORACLE: "deposit; basis at the oracle's price, so acquired at the deposit",
    OpeningKind.PAID: "bought through the vault; basis is the value of what was paid",
}
_OFFERS: Final = {
    OfferKind.GIFT: "declared as a gift",
    OfferKind.OWN_WALLET: "declared as a move between own wallets, but the other address is not "
    "among those named as this taxpayer's: name both, and basis carries over",
    OfferKind.OTHER: "declared as neither gift nor own wallet: if it was sold, book a sale instead",
}


class Told(NamedTuple):
    """An event with its place among the others: block time (s), block, log index, and 1 for the
    receiving leg of what one log tells from two sides."""

    timestamp: int
    block: int
    log: int
    side: int
    event: Event


@dataclass
class Storyteller:
    """Tells lots' histories. `taxpayer_of` names the taxpayer an address belongs to, None for
    nobody's who is asked about; what goes to one of `gates` goes on to the lot's owner. `until` (s)
    is the last block time told, None = all.

    `told` and `problems` fill up.
    """

    names: VaultNames
    clock: Clock
    symbols: Mapping[int, str]
    decimals: Mapping[int, int]
    harvests: Mapping[int, Harvested]
    quote_decimals: int
    taxpayer_of: Callable[[str], str | None]
    gates: frozenset[str] = frozenset()
    assumed_quote_price: int | None = None
    until: int | None = None
    told: list[Told] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def tell(self, history: LotHistory, pending: tuple[Realisation, ...]) -> None:
        """Tell one lot: its history, then the harvests it was not rolled through yet."""
        taxpayer = self.taxpayer_of(history.owner)
        if taxpayer is None:
            return
        lot = self.names.lot(history.owner, history.lot)
        for entry in (*history.entries, *pending):
            if isinstance(entry, Opening):
                self._opening(entry, lot, history.owner, taxpayer)
            elif isinstance(entry, Realisation):
                lot = self._harvest(entry, lot, taxpayer)
            elif isinstance(entry, Disposal):
                self._disposal(entry, lot, history.owner, taxpayer)
            # A change of policy of the whole, or an offer, changes nothing about the units.

    # ------------------------------------------------------------ in
    def _opening(self, opening: Opening, lot: str, owner: str, taxpayer: str) -> None:
        place = opening.place
        if opening.units == 0 or self._late(place.timestamp):
            return
        event = self._event(place, Kind.TRANSFER_IN, lot, opening.key.asset, opening.units)
        event = event._replace(
            owner=taxpayer,
            total=opening.basis,
            acquired=self.clock.day(block_time(opening.acquired_at)),
        )
        if opening.kind is OpeningKind.PAID:
            event = event._replace(kind=Kind.BUY, acquired=None)
        if opening.parent is None:
            note = _BASIS[opening.kind]
            if opening.kind is OpeningKind.PAID and opening.flags & LotFlags.DECLARED:
                note += ", which no price on chain vouches for"
            self._tell(place, event._replace(note=note))
            return
        giver, number = opening.parent
        if opening.kind is OpeningKind.SPLIT or self.taxpayer_of(giver) == taxpayer:
            before = f"lot {number} of {giver}"
            event = event._replace(
                kind=Kind.WRAP_IN,
                group=lot,
                total=0,
                acquired=None,
                note=f"the same units as a new lot, of {before}; basis and time stay",
            )
        else:
            event = event._replace(
                kind=Kind.GIFT_IN,
                note=f"lot {number} of {giver}, with basis and time; {_offer(opening)}",
            )
        self._tell(place, event, side=1)

    # ------------------------------------------------------------ harvested
    def _harvest(self, hop: Realisation, lot: str, taxpayer: str) -> str:
        """Both legs of a harvest; returns the name of what it re-acquired."""
        after = self.names.reacquired(lot, hop.harvest)
        if hop.units_sold == 0 or self._late(hop.time):
            return after
        logged = self.harvests[hop.harvest]
        place, asset_in, asset_out = Place.of(logged), hop.from_key.asset, hop.to_key.asset
        places_out = self.decimals[asset_out]
        # The lot's share of the fee at the harvest's price, rounded down: a cost never overstated.
        # It is added to what came in and taken off again, so the gain is the vault's own.
        fee = logged.fee * hop.units_sold * logged.price_out // (logged.sold * scale(places_out))
        taken = self.names.harvested(lot, hop.harvest)
        out = self._event(place, Kind.HARVEST_OUT, taken, asset_in, hop.units_sold)._replace(
            owner=taxpayer,
            total=hop.proceeds + fee,
            fee=fee,
            lot=(Named(lot, hop.units_sold),),
            group=taken,
            note=hop.explain(self.decimals[asset_in], places_out, self.symbols),
        )
        if hop.units_received == 0:
            # One leg alone is no harvest: less than one unit came back, so the units are just gone.
            self._tell(place, out._replace(kind=Kind.SELL, group=""))
            return after
        self._tell(place, out)
        into = self._event(place, Kind.HARVEST_IN, after, asset_out, hop.units_received)
        self._tell(
            place,
            into._replace(
                owner=taxpayer,
                total=hop.proceeds,
                group=taken,
                note=f"harvest {hop.harvest}: value at {format_usd(hop.price)} USD each",
            ),
        )
        return after

    # ------------------------------------------------------------ out
    def _disposal(self, left: Disposal, lot: str, owner: str, taxpayer: str) -> None:
        place = left.place
        if left.units == 0 or self._late(place.timestamp):
            return
        name = self.names.left(lot, left.kind.value, place)
        event = self._event(place, Kind.TRANSFER, name, left.key.asset, left.units)
        event = event._replace(owner=taxpayer, lot=(Named(lot, left.units),))
        if left.kind is DisposalKind.WITHDRAWN:
            self._withdrawal(left, event, owner, taxpayer)
        elif left.kind is DisposalKind.SOLD:
            self._sale(left, event, lot)
        else:
            self._succession(left, event, taxpayer)

    def _withdrawal(self, left: Disposal, event: Event, owner: str, taxpayer: str) -> None:
        to = left.to or ""
        note = "withdrawn; carries basis and time"
        if to in self.gates:
            note += (
                f"; through {to}, which unwraps it and pays whom the owner names: taken to be the "
                "owner"
            )
            to = owner
        elif self.taxpayer_of(to) != taxpayer:
            note += (
                f"; {to} is not among the addresses named as this taxpayer's: if it is somebody "
                "else's, book a gift, payment or sale instead"
            )
        self._tell(left.place, event._replace(to_wallet=to, note=note))

    def _sale(self, left: Disposal, event: Event, lot: str) -> None:
        place = left.place
        proceeds = left.proceeds(self.quote_decimals, self.assumed_quote_price)
        if proceeds is None:
            self.problems.append(
                Problem(
                    0,
                    "total",
                    f"{event.id}: the sale of {lot} in transaction {place.tx_hash} has no price of "
                    "the quote on record: say which price per quote token to assume",
                )
            )
            return
        note = "sold through the vault; the log's price of the quote"
        if not left.quote_price:
            assumed = format_usd(self.assumed_quote_price or 0)
            note = f"sold through the vault; {assumed} USD assumed for each quote token"
        self._tell(place, event._replace(kind=Kind.SELL, total=proceeds, note=note))

    def _succession(self, left: Disposal, event: Event, taxpayer: str) -> None:
        """A split or a claim, seen from the lot that gives."""
        assert left.successor is not None  # the ledger writes it for both kinds
        receiver, number = left.successor
        if left.kind is DisposalKind.SPLIT or self.taxpayer_of(receiver) == taxpayer:
            event = event._replace(
                kind=Kind.WRAP_OUT,
                group=self.names.lot(receiver, number),
                note=f"the same units become lot {number} of {receiver}; basis and time stay",
            )
        else:
            event = event._replace(
                kind=Kind.GIFT_OUT,
                valued=False,
                note=f"claimed by {receiver}; {_offer(left)}",
            )
        self._tell(left.place, event)

    # ------------------------------------------------------------ events
    def _event(self, place: Place, kind: Kind, name: str, asset: int, quantity: int) -> Event:
        symbol = self.symbols.get(asset)
        if symbol is None:
            raise TaxError(
                f"asset {asset} of vault {self.names.stem} has no symbol: give one",
                name="symbols",
                value=asset,
            )
        text = block_time(place.timestamp)
        day, microsecond = self.clock.read(text)
        return Event(
            id=name,
            kind=kind,
            order=order_of(day, kind, microsecond),
            day=day,
            asset=symbol,
            quantity=quantity,
            wallet=self.names.wallet,
            time=text,
        )

    def _tell(self, place: Place, event: Event, side: int = 0) -> None:
        self.told.append(Told(place.timestamp, place.block_number, place.log_index, side, event))

    def _late(self, timestamp: int) -> bool:
        return self.until is not None and timestamp > self.until


def _offer(entry: Opening | Disposal) -> str:
    return _OFFERS[entry.offer_kind or OfferKind.OTHER]
