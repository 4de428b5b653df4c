"""The neutral ledger's columns, as the models that a program builds a ledger from."""

from __future__ import annotations

from typing import Final

from vaultsdk.core.model import Frozen


class LedgerRow(Frozen):
    """One row, in texts as a file would have them; "" is an empty field.

    `type` is one of buy, sell, income, spend, transfer, gift_in, gift_out, harvest, wrap, fee;
    `time` an ISO date or timestamp; `quantity` and `fee_quantity` whole tokens, `total` and `fee`
    money, all plain decimal numbers. `currency` names the currency of this row's money, for ledgers
    that mix several.
    """

    id: str
    time: str
    type: str
    asset: str
    quantity: str
    total: str = ""
    fee: str = ""
    fee_quantity: str = ""
    wallet: str = ""
    to_wallet: str = ""
    owner: str = ""
    lot: str = ""
    group: str = ""
    side: str = ""
    acquired: str = ""
    note: str = ""
    currency: str = ""

    def fields(self) -> tuple[str, ...]:
        """The fields in the order of `COLUMNS`."""
        return tuple(getattr(self, name) for name in COLUMNS)


COLUMNS: Final = tuple(LedgerRow.model_fields)
NEEDED: Final = ("id", "time", "type", "asset", "quantity")
