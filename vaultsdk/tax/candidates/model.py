"""What the harvest table has: candidates, and what to wait for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from vaultsdk.tax.exact import exact
from vaultsdk.tax.ledger.event import iso


class Candidate(NamedTuple):
    """A lot (what one wallet has of it), or in pooled jurisdictions the pool, as if all of it were
    sold at the price.

    Money in 1e-18 of the report currency. `gain` is value less basis. `realised` is what the sale
    adds to all gains, also to those of earlier sales that it changes. Of it `recognised` counts,
    `deferred` goes into a replacement and `denied` counts never, so that exactly recognised +
    deferred + denied = realised. Losses put off or lost are below 0; what is above 0 is freed (an
    earlier loss counts now) or exempt (a gain that counts never). `acquired` is when the
    holding period began, the latest such day if the lot's parts differ (None: a pool); `term` is
    "mixed" if theirs do. `days_to_long` counts the days until all of it is long-term (None: it is,
    or there are no terms).
    """

    kind: str  # "lot" or "pool"
    lot: str
    owner: str
    wallet: str
    asset: str
    quantity: int
    basis: int
    value: int
    acquired: int | None
    term: str
    days_to_long: int | None
    realised: int
    recognised: int
    deferred: int
    denied: int

    @property
    def gain(self) -> int:
        """Market value less basis."""
        return self.value - self.basis


class Wait(NamedTuple):
    """An asset not to buy, or a lot or pool not to sell, before the day `until`, and why. On that
    day it is harmless, as far as the ledger knows."""

    subject: str
    until: int
    why: str


@dataclass(frozen=True)
class Candidates:
    """The table of a day, greatest loss first, with what to wait for."""

    day: int
    currency: str
    decimals: Mapping[str, int]
    rows: tuple[Candidate, ...]
    do_not_buy: tuple[Wait, ...]
    do_not_sell: tuple[Wait, ...]
    notes: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """For JSON: exact decimal texts and ISO dates."""
        return {
            "as_of": iso(self.day),
            "currency": self.currency or None,
            "candidates": [self._row(row) for row in self.rows],
            "do_not_buy": [_wait(one) for one in self.do_not_buy],
            "do_not_sell": [_wait(one) for one in self.do_not_sell],
            "notes": list(self.notes),
        }

    def _row(self, row: Candidate) -> dict[str, Any]:
        return {
            "kind": row.kind,
            "lot": row.lot,
            "owner": row.owner,
            "wallet": row.wallet or None,
            "asset": row.asset,
            "quantity": exact(row.quantity, self.decimals.get(row.asset, 18)),
            "basis": exact(row.basis),
            "value": exact(row.value),
            "gain": exact(row.gain),
            "acquired": None if row.acquired is None else iso(row.acquired),
            "term": row.term or None,
            "days_to_long": row.days_to_long,
            "realised": exact(row.realised),
            "recognised": exact(row.recognised),
            "deferred": exact(row.deferred),
            "denied": exact(row.denied),
        }


def _wait(one: Wait) -> dict[str, str]:
    return {"subject": one.subject, "until": iso(one.until), "why": one.why}
