"""The ledger: replays the vault's events into state that equals its storage word by word, and keeps
every lot's history so that each gain can be explained.

    ledger = Ledger()
    ledger.apply_all(events)     # by (block, log index), from the vault's first block on
    ledger.state()               # LedgerState: compare it with storage
    ledger.history(owner, lot)   # LotHistory
"""

from __future__ import annotations

from vaultsdk.core.ledger.gains import GainRow, gains
from vaultsdk.core.ledger.history import (
    Disposal,
    DisposalKind,
    LotHistory,
    Offered,
    Opening,
    OpeningKind,
    Place,
    PolicyMove,
)
from vaultsdk.core.ledger.ledger import Ledger
from vaultsdk.core.ledger.state import LedgerState

__all__ = [
    "Disposal",
    "DisposalKind",
    "GainRow",
    "Ledger",
    "LedgerState",
    "LotHistory",
    "Offered",
    "Opening",
    "OpeningKind",
    "Place",
    "PolicyMove",
    "gains",
]
