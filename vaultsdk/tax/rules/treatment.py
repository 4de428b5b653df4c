"""Event treatment: what each kind of event does to lots and pools."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from vaultsdk.tax.ledger.event import Kind


class Op(IntEnum):
    """The few things that can happen to units.

    ACQUIRE: come in at cost total + fee, acquired that day. RECEIVE: come in with basis and
    holding time as given, which is no purchase. DISPOSE: go out for total - fee. REMOVE: go out
    with their basis, realising nothing. MOVE: change the wallet; what the fee took is disposed of.
    CARRY_OUT, CARRY_IN: become units of another asset or lot with basis and time unchanged.
    """

    ACQUIRE = 0
    RECEIVE = 1
    DISPOSE = 2
    REMOVE = 3
    MOVE = 4
    CARRY_OUT = 5
    CARRY_IN = 6


@dataclass(frozen=True)
class Treatment:
    """An operation for every kind of event, and the kinds whose value is income."""

    name: str
    ops: Mapping[Kind, Op]
    income: frozenset[Kind] = frozenset({Kind.INCOME})

    def table(self) -> tuple[Op, ...]:
        """Operations by the number of the kind."""
        return tuple(self.ops[kind] for kind in Kind)


_COMMON: Final = {
    Kind.BUY: Op.ACQUIRE,
    Kind.SELL: Op.DISPOSE,
    Kind.INCOME: Op.ACQUIRE,
    Kind.SPEND: Op.DISPOSE,
    Kind.TRANSFER: Op.MOVE,
    Kind.TRANSFER_IN: Op.RECEIVE,
    Kind.GIFT_IN: Op.RECEIVE,
    Kind.HARVEST_OUT: Op.DISPOSE,
    Kind.HARVEST_IN: Op.ACQUIRE,
    Kind.WRAP_OUT: Op.CARRY_OUT,
    Kind.WRAP_IN: Op.CARRY_IN,
    Kind.FEE: Op.DISPOSE,
}

GIFTS_CARRY: Final = Treatment("a gift carries basis", {**_COMMON, Kind.GIFT_OUT: Op.REMOVE})
"""A giver realises nothing and the receiver takes over basis and holding period: IRC §§ 1015,
1223(2) (US; the lower-value rule for losses on gifts is out of scope); § 23 Abs. 1 Satz 3 EStG
(Germany)."""

GIFTS_DISPOSE: Final = Treatment(
    "a gift is a disposal at market value",
    {**_COMMON, Kind.GIFT_OUT: Op.DISPOSE, Kind.GIFT_IN: Op.ACQUIRE},
)
"""TCGA 1992 s. 17 (UK; gifts between spouses at no gain and no loss, s. 58, are out of scope);
Income Tax Act (Canada) s. 69(1). The giver's row needs a total, and the receiver acquires that
day."""
