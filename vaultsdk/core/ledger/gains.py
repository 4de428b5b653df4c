"""Realised gains from histories, one row each, every number with where it comes from."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from vaultsdk.core.ledger.history import Disposal, LotHistory
from vaultsdk.core.ledger.state import LedgerState
from vaultsdk.core.lot import LotFlags
from vaultsdk.core.model import Frozen
from vaultsdk.core.roll import Realisation


class GainKind(StrEnum):
    """What realised the gain."""

    HARVEST = "harvest"
    SALE = "sale"


class GainRow(Frozen):
    """One realised gain (negative: a loss). Units in smallest units, USD in wad, times in seconds.

    `source` names the harvest number, or the sale's transaction. `gain` and `proceeds` are None
    for a sale without a quote price on record. `declared`: the basis was the owner's own
    statement.
    """

    owner: str
    lot: int
    kind: GainKind
    source: str
    asset: int
    units: int
    acquired_at: int
    disposed_at: int
    basis: int
    proceeds: int | None
    gain: int | None
    declared: bool


def gains(
    histories: Iterable[LotHistory],
    quote_decimals: int,
    state: LedgerState | None = None,
    assumed_quote_price: int | None = None,
) -> tuple[GainRow, ...]:
    """Every realised gain of these lots by time. Withdrawals in kind, splits and claims realise
    none.

    With `state`, harvests that a lot went through but was not rolled through yet are counted too:
    they are realised whether or not anybody has rolled the lot. `assumed_quote_price` (USD wad)
    stands in where a sale has no price on record.
    """
    rows: list[GainRow] = []
    for history in histories:
        key = history.owner, history.lot
        realised = list(history.realisations)
        if state is not None and key in state.lots:
            realised += state.rolled(*key).realisations
        rows += [_harvest_row(key, realisation) for realisation in realised]
        rows += [
            _sale_row(key, disposal, quote_decimals, assumed_quote_price)
            for disposal in history.disposals
            if disposal.quote_amount is not None
        ]
    return tuple(sorted(rows, key=lambda row: (row.disposed_at, row.owner, row.lot)))


def _harvest_row(key: tuple[str, int], realisation: Realisation) -> GainRow:
    return GainRow(
        owner=key[0],
        lot=key[1],
        kind=GainKind.HARVEST,
        source=f"harvest {realisation.harvest}",
        asset=realisation.from_key.asset,
        units=realisation.units_sold,
        acquired_at=realisation.acquired_at,
        disposed_at=realisation.time,
        basis=realisation.basis_sold,
        proceeds=realisation.proceeds,
        gain=realisation.gain,
        declared=realisation.declared,
    )


def _sale_row(
    key: tuple[str, int], sale: Disposal, quote_decimals: int, assumed: int | None
) -> GainRow:
    return GainRow(
        owner=key[0],
        lot=key[1],
        kind=GainKind.SALE,
        source=f"sale in {sale.place.tx_hash}",
        asset=sale.key.asset,
        units=sale.units,
        acquired_at=sale.acquired_at,
        disposed_at=sale.place.timestamp,
        basis=sale.basis,
        proceeds=sale.proceeds(quote_decimals, assumed),
        gain=sale.gain(quote_decimals, assumed),
        declared=bool(sale.flags & LotFlags.DECLARED),
    )
