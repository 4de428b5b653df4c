"""Rows of texts become events: every field checked, every fault noted with row and column."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from vaultsdk.tax.errors import Problem
from vaultsdk.tax.ledger.amounts import MAX_PLACES, MONEY_PLACES, PlacesError, integer_of
from vaultsdk.tax.ledger.assets import DEFAULT_DECIMALS, check_symbol, known_decimals
from vaultsdk.tax.ledger.event import Event, Kind, Named, order_of
from vaultsdk.tax.ledger.exchange import Exchange
from vaultsdk.tax.ledger.fx import currency_code
from vaultsdk.tax.ledger.lots import named_lots
from vaultsdk.tax.ledger.quoted import plain, quoted
from vaultsdk.tax.ledger.rows import COLUMNS
from vaultsdk.tax.ledger.shapes import BY_TYPE, INWARD_TYPES, SIDED, TRANSFER_IN, TYPES, Shape
from vaultsdk.tax.ledger.times import Clock

_BAD_ID: Final = (";", "=")  # what tells lots and their quantities apart in other columns


class Intake:
    """Takes rows one by one: good ones become `events`, faults go to `problems`.

    Of rows with a fault it remembers what keeps them from causing further ones: the assets of which
    units may be missing for it (`touched`; `lost` when one could not be read), those that they
    bring in (`inward`, with those of good rows) and their groups (`broken`; `group_lost` likewise).
    """

    def __init__(
        self,
        clock: Clock,
        exchange: Exchange,
        assets: Mapping[str, int] | None,
        problems: list[Problem],
        gifts_carry: bool = True,
    ) -> None:
        self.problems = problems
        self.events: list[Event] = []
        self.decimals: dict[str, int] = {}
        self.inward: set[str] = set()
        self.touched: set[str] = set()
        self.broken: set[str] = set()
        self.lost = self.group_lost = False
        self._clock = clock
        self._exchange = exchange
        self._assets = assets or {}
        self._gifts_carry = gifts_carry
        self._known = known_decimals()
        self._rows: dict[str, int] = {}
        self._texts: dict[str, str] = {"": ""}  # one object for each wallet, owner and symbol

    def take(self, row: int, fields: tuple[str, ...]) -> None:
        """Read one row: trimmed fields in the order of `COLUMNS`."""
        before = len(self.problems)
        event = self._event(row, fields)
        if len(self.problems) > before or event is None:
            self.skip(fields)
        else:
            self.events.append(event)

    def skip(self, fields: tuple[str, ...]) -> None:
        """Remember what a row with a fault is about, as far as it can be read."""
        type_, asset, group, side, acquired = *fields[2:4], *fields[12:15]
        inward = side != "out" and (
            type_ in INWARD_TYPES or type_ not in TYPES or (type_ == TRANSFER_IN.type and acquired)
        )
        try:
            check_symbol(asset)
        except ValueError:
            self.lost = self.lost or bool(inward) or type_ == TRANSFER_IN.type
        else:
            if inward:
                self.inward.add(asset)
            # A transfer that is left out leaves a wallet short.
            if inward or type_ == TRANSFER_IN.type:
                self.touched.add(asset)
        if group:
            self.broken.add(group)

    def _event(self, row: int, fields: tuple[str, ...]) -> Event | None:
        (
            id_,
            time,
            type_,
            asset,
            quantity,
            total,
            fee,
            fee_quantity,
            wallet,
            to_wallet,
            owner,
            lot,
            group,
            side,
            acquired,
            note,
            currency,
        ) = fields
        if not "".join(fields).isprintable():
            note = " ".join(note.split())
            self._check_printable(row, (*fields[:15], note, currency))
        self._check_id(row, id_)
        shape = self._shape(row, type_, side, acquired)
        moment = self._moment(row, "time", time)
        places = self._places(row, asset)
        units = self._quantity(row, quantity, places)
        if shape is None:
            for column, text in (("total", total), ("fee", fee), ("fee_quantity", fee_quantity)):
                if text:
                    self._money(row, column, text)
            return None
        day, microsecond = moment or (0, None)
        since: int | None = None
        money = fee_units = costs = 0
        lots: tuple[Named, ...] = ()
        rate = ""
        if acquired:
            since = self._acquired(row, shape, acquired, day if moment else None)
        if total:
            money = self._money(row, "total", total)
        elif shape.total:
            self._fault(
                row, "total", f"{shape.name} needs a total: give its value, 0 if it has none"
            )
        if fee:
            costs = self._money(row, "fee", fee)
            if costs and not shape.fee:
                self._fault(row, "fee", _no_fee(shape))
        if fee_quantity:
            fee_units = self._fee_quantity(row, shape, fee_quantity, places, units)
            if fee_units and not total:
                cause = "units spent as a fee need a total: give their value, 0 if they have none"
                self._fault(row, "total", cause)
        if moment and (currency or ((money or costs) and not self._exchange.idle)):
            # A basis arose when the units were acquired, not when they came here; but a gift's
            # market value, where that is its cost, is one of its own day.
            carried = self._gifts_carry or shape.kind != Kind.GIFT_IN
            arose = since if carried else None
            money, costs, rate = self._convert(row, currency, day, arose, money, costs)
        if lot:
            if shape.lot:
                lots = self._lots(row, lot, units, places)
            else:
                self._fault(row, "lot", f"{shape.name} names no lots: clear the column")
        if to_wallet and not shape.to_wallet:
            self._fault(row, "to_wallet", f"{shape.name} has no to_wallet: put it in wallet")
        if shape is TRANSFER_IN:
            wallet, to_wallet = to_wallet or wallet, ""
        elif shape.to_wallet:
            self._check_move(row, wallet, to_wallet, units, fee_units)
        if moment is None or places is None or units is None:
            return None
        if shape.inward:
            self.inward.add(asset)
        one = self._texts.setdefault
        return Event(
            id_,
            shape.kind,
            order_of(day, shape.kind, microsecond),
            day,
            one(asset, asset),
            units,
            money,
            costs,
            fee_units,
            one(wallet, wallet),
            one(to_wallet, to_wallet),
            one(owner, owner),
            lots,
            group,
            since,
            note,
            time,
            row,
            rate,
            bool(total),
        )

    def _fault(self, row: int, column: str, cause: str) -> None:
        self.problems.append(Problem(row, column, cause))

    def _check_printable(self, row: int, fields: tuple[str, ...]) -> None:
        for column, field in zip(COLUMNS, fields, strict=True):
            if not field.isprintable():
                cause = f"{quoted(field)} has characters that cannot be printed: remove them"
                self._fault(row, column, cause)

    def _check_id(self, row: int, id_: str) -> None:
        if not id_:
            self._fault(row, "id", "the id is missing: give every row one of its own")
            return
        for sign in _BAD_ID:
            if sign in id_:
                self._fault(
                    row, "id", f"{plain(id_)} has a {sign!r}, which separates lots: leave it out"
                )
        first = self._rows.setdefault(id_, row)
        if first != row:
            self._fault(
                row, "id", f"{plain(id_)} is the id of row {first} already: give it another"
            )

    def _shape(self, row: int, type_: str, side: str, acquired: str) -> Shape | None:
        shape = BY_TYPE.get((type_, side))
        if shape is None:
            if type_ not in TYPES:
                what = quoted(type_) if type_ else "an empty type"
                self._fault(row, "type", f"{what} is not a type: give one of {', '.join(TYPES)}")
            elif type_ in SIDED:
                what = f"{quoted(side)} is no side" if side else "the side is missing"
                self._fault(row, "side", f"{what}: a {type_} needs out or in")
            else:
                cause = f"only {' and '.join(SIDED)} have sides: clear the column"
                self._fault(row, "side", cause)
            return None
        return TRANSFER_IN if acquired and type_ == TRANSFER_IN.type else shape

    def _moment(self, row: int, column: str, text: str) -> tuple[int, int | None] | None:
        if not text:
            self._fault(row, column, "the time is missing: give a date or a timestamp")
            return None
        try:
            return self._clock.read(text)
        except ValueError as error:
            self._fault(row, column, str(error))
            return None

    def _places(self, row: int, asset: str) -> int | None:
        places = self.decimals.get(asset)
        if places is None:
            try:
                check_symbol(asset)
            except ValueError as error:
                self._fault(row, "asset", str(error))
                return None
            places = self._assets.get(asset, self._known.get(asset, DEFAULT_DECIMALS))
            if not 0 <= places <= MAX_PLACES:
                cause = f"{asset} cannot have {places} decimals: give 0 to {MAX_PLACES}"
                self._fault(row, "asset", cause)
                return None
            self.decimals[asset] = places
        return places

    def _quantity(self, row: int, text: str, places: int | None) -> int | None:
        if not text:
            self._fault(row, "quantity", "the quantity is missing: give it in whole tokens")
            return None
        try:
            units = integer_of(text, MAX_PLACES if places is None else places)
        except ValueError as error:
            self._fault(row, "quantity", _cause(error))
            return None
        if not units:
            self._fault(row, "quantity", "the quantity is 0: leave the row out, or give more")
            return None
        return units

    def _money(self, row: int, column: str, text: str) -> int:
        try:
            return integer_of(text, MONEY_PLACES)
        except ValueError as error:
            self._fault(row, column, str(error))
            return 0

    def _fee_quantity(
        self, row: int, shape: Shape, text: str, places: int | None, units: int | None
    ) -> int:
        try:
            spent = integer_of(text, MAX_PLACES if places is None else places)
        except ValueError as error:
            self._fault(row, "fee_quantity", _cause(error))
            return 0
        if spent and not shape.fee_quantity:
            cause = f"{shape.name} has no fee_quantity: give its fee in money, or a row of type fee"
            self._fault(row, "fee_quantity", cause)
            return 0
        if units is not None and places is not None and spent > units:
            self._fault(
                row,
                "fee_quantity",
                f"{plain(text)} is more than the row's quantity, of which it is a part: correct it",
            )
        return spent

    def _acquired(self, row: int, shape: Shape, text: str, day: int | None) -> int | None:
        if not shape.acquired:
            self._fault(row, "acquired", f"{shape.name} has no acquired: clear the column")
            return None
        try:
            since = self._clock.day(text)
        except ValueError as error:
            self._fault(row, "acquired", str(error))
            return None
        if day is not None and since > day:
            self._fault(
                row, "acquired", f"{plain(text)} is after the row's own day: correct one of them"
            )
        return since

    def _convert(
        self, row: int, currency: str, day: int, since: int | None, money: int, costs: int
    ) -> tuple[int, int, str]:
        if not (money or costs):
            self._check_currency(row, currency)
            return money, costs, ""
        column, of = ("time", day) if since is None else ("acquired", since)
        try:
            rate = self._exchange.rate(currency, of)
        except ValueError as error:
            self._fault(row, "currency", str(error))
            return money, costs, ""
        except LookupError as error:
            self._fault(row, column, str(error.args[0]))
            return money, costs, ""
        if rate is None:
            return money, costs, ""
        return rate.apply(money), rate.apply(costs), rate.text

    def _check_currency(self, row: int, text: str) -> None:
        try:
            currency_code(text)
        except ValueError as error:
            self._fault(row, "currency", str(error))

    def _lots(
        self, row: int, text: str, units: int | None, places: int | None
    ) -> tuple[Named, ...]:
        try:
            if places is None:
                return named_lots(text, None, MAX_PLACES)
            return named_lots(text, units, places)
        except ValueError as error:
            self._fault(row, "lot", str(error))
            return ()

    def _check_move(
        self, row: int, wallet: str, to_wallet: str, units: int | None, spent: int
    ) -> None:
        if units is not None and spent >= units:
            return  # all of it went as the fee: nothing arrives anywhere
        if not to_wallet and (wallet or not spent):
            cause = "a transfer needs a to_wallet: say where the units went"
            if not wallet:
                cause = "without wallets and fee_quantity this transfer does nothing: give them"
            self._fault(row, "to_wallet", cause)
        elif to_wallet == wallet and not spent:
            cause = f"a transfer from {plain(wallet)} to itself does nothing: correct one of them"
            self._fault(row, "to_wallet", cause)


def _cause(error: ValueError) -> str:
    how = ", or give the asset's decimals (--assets FILE)"
    return f"{error}{how if isinstance(error, PlacesError) else ''}"


def _no_fee(shape: Shape) -> str:
    if shape.fee_quantity:
        return (
            "a transfer has no fee in money: give the units spent as fee_quantity and their value "
            "as total"
        )
    return f"{shape.name} has no fee in money: give the units spent in a row of type fee"
