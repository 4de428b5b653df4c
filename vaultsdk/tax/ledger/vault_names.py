"""What a vault's lots, wallet and disposals are called in the neutral ledger.

| thing | name |
|---|---|
| lot as it was opened | `1:0xVault:0xOwner:3` |
| what harvest 7 re-acquired for it | `1:0xVault:0xOwner:3@7` (only ever the last harvest) |
| what a harvest took | `<lot>/harvest7` |
| units withdrawn, sold, split off, claimed | `<lot>/withdrawn@<block>.<log>`, `sold`, … |
| the vault as a wallet | `vault:1:0xVault` |

An acquisition's event has its lot's name as id. The log's place makes a disposal's id unique, and
the same whenever the log is read again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from vaultsdk.core.ledger import Place
from vaultsdk.core.model import checksum


@dataclass(frozen=True)
class VaultNames:
    """The names in one vault. `vault` is its address; names carry it with its checksum."""

    chain_id: int
    vault: str

    @cached_property
    def stem(self) -> str:
        """What all lots' names begin with: `chain:vault`. Raises AddressError."""
        return f"{self.chain_id}:{checksum(self.vault)}"

    @property
    def wallet(self) -> str:
        """The wallet that lots are in while the vault holds them."""
        return f"vault:{self.stem}"

    def lot(self, owner: str, number: int) -> str:
        """A lot as it was opened."""
        return f"{self.stem}:{owner}:{number}"

    def reacquired(self, lot: str, harvest: int) -> str:
        """What a harvest gave for a lot of that name."""
        return f"{lot.partition('@')[0]}@{harvest}"

    def harvested(self, lot: str, harvest: int) -> str:
        """The disposal of a lot by a harvest."""
        return f"{lot}/harvest{harvest}"

    def left(self, lot: str, how: str, place: Place) -> str:
        """Units that left a lot at a place of the log."""
        return f"{lot}/{how}@{place.block_number}.{place.log_index}"


def block_time(seconds: int) -> str:
    """A block's time (seconds since 1970) as the ledger writes it: `2025-01-12T00:00:12Z`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
