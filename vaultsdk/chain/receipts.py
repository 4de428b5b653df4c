"""Typed receipts: what a transaction did, read from its own events.

Units in the token's smallest unit, USD in wad, gas prices in wei.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from pydantic import SerializeAsAny

from vaultsdk.chain.event_layout import decode_log
from vaultsdk.chain.rpc import NodeError
from vaultsdk.core import events as ev
from vaultsdk.core.cohort import CohortKey
from vaultsdk.core.model import Frozen

E = TypeVar("E", bound=ev.VaultEvent)


class Receipt(Frozen):
    """A mined transaction with the vault's events in it, in order."""

    tx_hash: str
    block_number: int
    timestamp: int
    gas_used: int
    gas_price: int
    events: tuple[SerializeAsAny[ev.VaultEvent], ...] = ()

    @classmethod
    def of(cls, raw: Mapping[str, Any], timestamp: int, vault: str) -> Self:
        """From a JSON-RPC receipt and its block's time; `vault` is whose logs count."""
        decoded = (
            decode_log(log, timestamp)
            for log in raw["logs"]
            if log["address"].lower() == vault.lower()
        )
        return cls(
            tx_hash=raw["transactionHash"],
            block_number=int(raw["blockNumber"], 16),
            timestamp=timestamp,
            gas_used=int(raw["gasUsed"], 16),
            gas_price=int(raw.get("effectiveGasPrice", "0x0"), 16),
            events=tuple(event for event in decoded if event is not None),
        )

    @property
    def fee(self) -> int:
        """What the transaction cost, wei."""
        return self.gas_used * self.gas_price

    def all(self, kind: type[E]) -> tuple[E, ...]:
        """Its events of one kind."""
        return tuple(event for event in self.events if isinstance(event, kind))

    def the(self, kind: type[E]) -> E:
        """Its last event of one kind. Raises NodeError when there is none."""
        found = self.all(kind)
        if not found:
            raise NodeError(
                f"transaction {self.tx_hash} has no {kind.__name__}: is the deployment file's "
                "vault the one it was sent to?"
            )
        return found[-1]


class DepositReceipt(Receipt):
    """A lot was opened, by a deposit or a purchase."""

    @property
    def opened(self) -> ev.LotOpened:
        """The event."""
        return self.the(ev.LotOpened)

    @property
    def lot(self) -> int:
        """The lot's number."""
        return self.opened.lot

    @property
    def key(self) -> CohortKey:
        """The cohort it joined."""
        return CohortKey.unpack(self.opened.key)

    @property
    def units(self) -> int:
        """Units of the asset."""
        return self.opened.units

    @property
    def basis(self) -> int:
        """Cost basis, USD wad."""
        return self.opened.basis


class BuyReceipt(DepositReceipt):
    """A lot was bought."""

    @property
    def bought(self) -> ev.Bought:
        """What was paid."""
        return self.the(ev.Bought)


class WithdrawReceipt(Receipt):
    """Units left one or several lots in kind."""

    @property
    def withdrawn(self) -> ev.Withdrawn:
        """The sum."""
        return self.the(ev.Withdrawn)

    @property
    def units(self) -> int:
        """Units paid out."""
        return self.withdrawn.units

    @property
    def reductions(self) -> tuple[ev.LotReduced, ...]:
        """What left each lot, with its basis."""
        return self.all(ev.LotReduced)


class SellReceipt(Receipt):
    """Lots were sold for the quote."""

    @property
    def sold(self) -> ev.Sold:
        """The sum: units, quote amount, the quote's price."""
        return self.the(ev.Sold)

    @property
    def quote_amount(self) -> int:
        """Quote units paid out."""
        return self.sold.quote_amount

    @property
    def reductions(self) -> tuple[ev.LotReduced, ...]:
        """What left each lot, with its basis."""
        return self.all(ev.LotReduced)


class PolicyChangeReceipt(Receipt):
    """A lot, or a part of it as a new lot, is under another policy."""

    @property
    def lot(self) -> int:
        """The lot that is under the new policy."""
        return self._moved.lot

    @property
    def key(self) -> CohortKey:
        """Its cohort now."""
        return CohortKey.unpack(self._moved.key)

    @property
    def _moved(self) -> ev.PolicyChanged | ev.LotOpened:
        parts = self.all(ev.LotOpened)
        return parts[-1] if parts else self.the(ev.PolicyChanged)


class OfferReceipt(Receipt):
    """A lot was offered, or its offer taken back."""

    @property
    def nonce(self) -> int:
        """What the claim must name."""
        return self.the(ev.LotOffered).nonce


class ClaimReceipt(Receipt):
    """A lot has a new owner."""

    @property
    def claimed(self) -> ev.LotClaimed:
        """The event."""
        return self.the(ev.LotClaimed)

    @property
    def lot(self) -> int:
        """Its number with the new owner."""
        return self.claimed.new_lot


class RollReceipt(Receipt):
    """A lot was brought forward."""

    @property
    def hops(self) -> int:
        """Through how many harvests; 0 when it was up to date."""
        rolled = self.all(ev.LotRolled)
        return rolled[-1].hops if rolled else 0


class HarvestReceipt(Receipt):
    """Cohorts were harvested."""

    @property
    def harvested(self) -> ev.Harvested:
        """All numbers of the harvest."""
        return self.the(ev.Harvested)

    @property
    def number(self) -> int:
        """The harvest's number."""
        return self.harvested.harvest

    @property
    def cohorts(self) -> tuple[ev.CohortHarvested, ...]:
        """The cohorts it took."""
        return self.all(ev.CohortHarvested)
