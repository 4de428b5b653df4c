"""A ledger as CSV text: what `parse_ledger` reads back as the same events."""

from __future__ import annotations

import csv
from io import StringIO

from vaultsdk.tax.exact import exact
from vaultsdk.tax.ledger.event import Event, iso
from vaultsdk.tax.ledger.ledger import Ledger
from vaultsdk.tax.ledger.lots import lots_text
from vaultsdk.tax.ledger.rows import COLUMNS, NEEDED, LedgerRow
from vaultsdk.tax.ledger.shapes import BY_KIND


def ledger_rows(ledger: Ledger) -> list[LedgerRow]:
    """The rows of a ledger, in its order. Money is in the report currency, which rows with money
    name if the ledger does."""
    return [
        LedgerRow(**dict(zip(COLUMNS, _fields(event, ledger), strict=True)))
        for event in ledger.events
    ]


def ledger_csv(ledger: Ledger) -> str:
    """The ledger as CSV with a header, in its order, without the columns that nothing uses.

    Reading it with the ledger's own decimals, time zone and currency gives the same events but for
    row numbers, and but for the exchange rates, which have done their work.
    """
    rows = [_fields(event, ledger) for event in ledger.events]
    used = [
        place
        for place, name in enumerate(COLUMNS)
        if name in NEEDED or any(row[place] for row in rows)
    ]
    out = StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([COLUMNS[place] for place in used])
    writer.writerows([row[place] for place in used] for row in rows)
    return out.getvalue()


def _fields(event: Event, ledger: Ledger) -> tuple[str, ...]:
    shape = BY_KIND[event.kind]
    places = ledger.places(event.asset)
    has_money = event.valued or event.total or event.fee
    return (
        event.id,
        event.time or iso(event.day),
        shape.type,
        event.asset,
        exact(event.quantity, places),
        exact(event.total) if event.valued or event.total else "",
        exact(event.fee) if event.fee else "",
        exact(event.fee_quantity, places) if event.fee_quantity else "",
        event.wallet,
        event.to_wallet,
        event.owner,
        lots_text(event.lot, places),
        event.group,
        shape.side,
        "" if event.acquired is None else iso(event.acquired),
        event.note,
        ledger.currency if has_money else "",
    )
