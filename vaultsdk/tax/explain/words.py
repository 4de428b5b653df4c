"""Numbers and rows in words, for explanations."""

from __future__ import annotations

from vaultsdk.tax.exact import exact
from vaultsdk.tax.ledger.event import Event, Kind, iso
from vaultsdk.tax.result import TaxResult
from vaultsdk.tax.rules.treatment import Op

_VERBS = {
    Kind.BUY: "bought",
    Kind.SELL: "sold",
    Kind.INCOME: "received as income",
    Kind.SPEND: "spent",
    Kind.TRANSFER: "moved",
    Kind.TRANSFER_IN: "brought in from outside the ledger",
    Kind.GIFT_IN: "received as a gift",
    Kind.GIFT_OUT: "given away",
    Kind.HARVEST_OUT: "sold by a harvest",
    Kind.HARVEST_IN: "acquired by a harvest",
    Kind.WRAP_OUT: "put into a wrap",
    Kind.WRAP_IN: "got out of a wrap",
    Kind.FEE: "spent as a fee",
}


class Words:
    """Formats quantities and money of one result, and rows of the ledger named `source`."""

    def __init__(self, result: TaxResult, source: str) -> None:
        self._result = result
        self._source = source
        self._currency = f" {result.currency}" if result.currency else ""

    def units(self, asset: str, quantity: int) -> str:
        """`1.5 WETH`, exact."""
        return f"{self.number(asset, quantity)} {asset}"

    def number(self, asset: str, quantity: int) -> str:
        """`1.5`, exact."""
        return exact(quantity, self._result.places(asset))

    def money(self, value: int) -> str:
        """`12.5 USD`, exact."""
        return f"{exact(value)}{self._currency}"

    def result_of(self, value: int) -> str:
        """`a gain of 5 USD` or `a loss of 5 USD`."""
        return f"a {'loss' if value < 0 else 'gain'} of {self.money(abs(value))}"

    def share(self, asset: str, whole: int, part: int, of: int, value: int) -> str:
        """`100 x 1 / 3 = 33.333333333333333333 USD, rounded down at the 18th place`: the part of a
        sum of money that belongs to `part` of the `of` units of an asset."""
        numbers = f"{exact(whole)} x {self.number(asset, part)} / {self.number(asset, of)}"
        rounded = "" if whole * part % of == 0 else ", rounded down at the 18th place"
        return f"{numbers} = {self.money(value)}{rounded}"

    def row(self, event: Event, op: Op) -> str:
        """A row of the ledger with its own arithmetic."""
        where = f"{self._source} row {event.row}, " if event.row else ""
        text = f"{where}{event.time or iso(event.day)}: {self.units(event.asset, event.quantity)} "
        all_fee = op is Op.MOVE and event.fee_quantity == event.quantity
        text += "spent as the fee of a transfer" if all_fee else _VERBS[Kind(event.kind)]
        if event.wallet:
            text += f" (wallet {event.wallet})"
        if op is Op.ACQUIRE:
            text += f", cost {self._sum(event.total, event.fee, '+')}"
        elif op is Op.RECEIVE:
            text += f", basis {self._sum(event.total, event.fee, '+')}"
            if event.acquired is not None:
                text += f" of {iso(event.acquired)}"
        elif op is Op.DISPOSE:
            text += f", proceeds {self._sum(event.total, event.fee, '-')}"
        elif all_fee:
            text += f", for {self.money(event.total)}"
        elif op is Op.MOVE:
            text += f" to {event.to_wallet or 'another wallet'}"
            if event.fee_quantity:
                fee = self.units(event.asset, event.fee_quantity)
                text += f"; of these {fee} went as its fee, for {self.money(event.total)}"
        if event.rate:
            text += f"; converted at {event.rate}"
        return text + (f"; note: {event.note}" if event.note else "")

    def _sum(self, total: int, fee: int, sign: str) -> str:
        if not fee:
            return self.money(total)
        value = total + fee if sign == "+" else total - fee
        return f"{exact(total)} {sign} fee {exact(fee)} = {self.money(value)}"
