"""What the keeper decides on: everything relevant at one block, frozen. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from vaultsdk.core.decision import Reason, Refusal
from vaultsdk.core.harvest_rules import Candidate, Market
from vaultsdk.core.model import Address, Frozen
from vaultsdk.core.words import BASE_FEED, BucketWord, ConfigWord
from vaultsdk.harvest.economics import GasPrice
from vaultsdk.market.curve import Curve

KEEPER_ROLE: Final = 4


class Reading(Frozen):
    """A feed as the vault reads it: answer (wad; 0 unless status is 0), its time (s), the
    deviation (bps) that it is listed with. `words`: the status for people."""

    answer: int
    updated_at: int
    status: int
    dev: int
    words: str = "ok"


class AssetState(Frozen):
    """A listed asset: decimals, cap of a cohort and units held (smallest unit)."""

    id: int
    symbol: str
    address: Address
    decimals: int
    cohort_cap: int
    held: int = 0


class KeeperState(Frozen):
    """The keeper's account: roles (flags), balance (wei), transactions mined and pending."""

    address: Address
    roles: int
    balance: int
    nonce: int
    pending_nonce: int

    @property
    def is_keeper(self) -> bool:
        """True when the vault lets it harvest."""
        return bool(self.roles & KEEPER_ROLE)


class Snapshot(Frozen):
    """The vault and its market at one block.

    `candidates` are all open cohorts with units, keys ascending. `gas_wei` is what a gas unit
    costs now (base fee and tip), `base_fee` and `tip` its parts. `curves` by pair of assets;
    a pair that nothing can be harvested into has none. `adapters` are the listed ones.
    """

    chain_id: int
    vault: Address
    block_number: int
    block_hash: str
    timestamp: int
    base_fee: int
    tip: int
    config: ConfigWord
    bucket: BucketWord
    assets: Mapping[int, AssetState]
    feeds: Mapping[int, Reading]
    candidates: tuple[Candidate, ...]
    adapters: tuple[Address, ...] = ()
    curves: tuple[tuple[int, int, Curve], ...] = ()
    keeper: KeeperState | None = None

    @property
    def gas_price(self) -> GasPrice:
        """Gas in wei and the native coin in USD, which is the family's base (ether)."""
        return GasPrice(wei=self.base_fee + self.tip, native_usd=self.feeds[BASE_FEED].answer)

    def curves_for(self, asset_in: int, asset_out: int) -> tuple[Curve, ...]:
        """Quotes for that pair, shortest route first."""
        return tuple(c for i, o, c in self.curves if (i, o) == (asset_in, asset_out))

    def market(self, asset_in: int, asset_out: int) -> Market | Refusal:
        """Both sides as the feeds see them, or the contract's reason for refusing the pair."""
        if asset_in == asset_out:
            return Refusal(reason=Reason.SAME_ASSET, evidence={"asset": asset_in})
        if not self.config.is_listed(asset_out):
            return Refusal(reason=Reason.ASSET_NOT_LISTED, evidence={"to_asset": asset_out})
        for feed_id in (BASE_FEED, asset_in, asset_out):
            reading = self.feeds[feed_id]
            if reading.status:
                return Refusal(
                    reason=Reason.NO_PRICE,
                    evidence={
                        "feed": "base" if feed_id == BASE_FEED else self.assets[feed_id].symbol,
                        "status": reading.words,
                        "updated_at": reading.updated_at,
                        "now": self.timestamp,
                    },
                )
        base, rate_in, rate_out = (
            self.feeds[feed_id] for feed_id in (BASE_FEED, asset_in, asset_out)
        )
        market = Market(
            asset_in=asset_in,
            asset_out=asset_out,
            decimals_in=self.assets[asset_in].decimals,
            decimals_out=self.assets[asset_out].decimals,
            base=base.answer,
            rate_in=rate_in.answer,
            rate_out=rate_out.answer,
            dev_base=base.dev,
            dev_in=rate_in.dev,
            dev_out=rate_out.dev,
        )
        if market.price_in == 0 or market.price_out == 0:
            return Refusal(
                reason=Reason.NO_PRICE,
                evidence={"price_in": market.price_in, "price_out": market.price_out},
            )
        return market

    def price(self, asset: int) -> int | None:
        """USD wad per whole token, rounded down; None without good feeds."""
        base, rate = self.feeds[BASE_FEED], self.feeds[asset]
        return None if base.status or rate.status else base.answer * rate.answer // 10**18
