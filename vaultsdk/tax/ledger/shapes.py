"""What each type of row says and leaves out."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from vaultsdk.tax.ledger.event import Kind


class Shape(NamedTuple):
    """Which columns a type of row takes. `total`: it must have one. `name` is for messages.

    `side` tells the legs of one type apart, `inward` that units come from outside the ledger or
    out of other units: after such a row an asset is known.
    """

    kind: Kind
    name: str
    type: str
    side: str = ""
    total: bool = True
    fee: bool = False
    fee_quantity: bool = False
    lot: bool = False
    to_wallet: bool = False
    acquired: bool = False
    inward: bool = False


TRANSFER_IN: Final = Shape(
    Kind.TRANSFER_IN,
    "a transfer in from outside (its acquired is given)",
    "transfer",
    to_wallet=True,
    acquired=True,
    inward=True,
)
_ALL: Final = (
    Shape(Kind.BUY, "a buy", "buy", fee=True, inward=True),
    Shape(Kind.SELL, "a sell", "sell", fee=True, lot=True),
    Shape(Kind.INCOME, "income", "income", inward=True),
    Shape(Kind.SPEND, "a spend", "spend", fee=True, lot=True),
    Shape(
        Kind.TRANSFER,
        "a transfer",
        "transfer",
        total=False,
        fee_quantity=True,
        lot=True,
        to_wallet=True,
    ),
    TRANSFER_IN,
    Shape(Kind.GIFT_IN, "a gift_in", "gift_in", acquired=True, inward=True),
    Shape(Kind.GIFT_OUT, "a gift_out", "gift_out", total=False, lot=True),
    Shape(Kind.HARVEST_OUT, "the out side of a harvest", "harvest", "out", fee=True, lot=True),
    Shape(Kind.HARVEST_IN, "the in side of a harvest", "harvest", "in", fee=True, inward=True),
    Shape(Kind.WRAP_OUT, "the out side of a wrap", "wrap", "out", total=False, lot=True),
    Shape(Kind.WRAP_IN, "the in side of a wrap", "wrap", "in", total=False, inward=True),
    Shape(Kind.FEE, "a fee", "fee", lot=True),
)
BY_KIND: Final[Mapping[int, Shape]] = MappingProxyType({shape.kind: shape for shape in _ALL})
BY_TYPE: Final[Mapping[tuple[str, str], Shape]] = MappingProxyType(
    {(shape.type, shape.side): shape for shape in _ALL if shape is not TRANSFER_IN}
)
TYPES: Final = tuple(dict.fromkeys(shape.type for shape in _ALL))
SIDED: Final = tuple(dict.fromkeys(shape.type for shape in _ALL if shape.side))
INWARD_TYPES: Final = frozenset(
    shape.type for shape in _ALL if shape.inward and shape is not TRANSFER_IN
)
