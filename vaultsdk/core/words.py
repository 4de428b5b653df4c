"""The packed words of the vault's storage as frozen models: `pack()` and `unpack(word)`.

Times in seconds since 1970, USD in wad, deviations in bps. Every model refuses (PackingError) what
does not fit its word, and addresses are checksummed.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final, Self

from pydantic import model_validator

from vaultsdk.core import packing
from vaultsdk.core.band import check_band, lower, upper
from vaultsdk.core.cohort import CohortKey, harvest_seq
from vaultsdk.core.errors import PackingError
from vaultsdk.core.lot import OfferKind
from vaultsdk.core.model import ZERO_ADDRESS, Address, Frozen, address_to_int, int_to_address
from vaultsdk.core.packing import Layout

WAD: Final = 10**18
BPS: Final = 10_000
ANY: Final = (1 << 256) - 1  # asset argument and amount argument of "whatever it is, all of it"
BASE_FEED: Final = 128  # feed id of the family's base (ETH/USD); assets are 0 to 127
QUOTE_FEED: Final = 129  # feed id of the quote (USDC/USD)
MAX_ASSETS: Final = 128  # bits in a policy's mask and in the listed mask


class _Word(Frozen):
    """A model whose fields are those of one layout. Fields named in `ADDRESSES` are addresses."""

    LAYOUT: ClassVar[Layout]
    ADDRESSES: ClassVar[frozenset[str]] = frozenset()

    def _numbers(self) -> dict[str, int]:
        values: dict[str, Any] = dict(self.__dict__)
        return {
            name: address_to_int(value) if name in self.ADDRESSES else int(value)
            for name, value in values.items()
        }

    @model_validator(mode="after")
    def _fits(self) -> Self:
        self.LAYOUT.check(**self._numbers())
        return self

    def pack(self) -> int:
        """The 256-bit word."""
        return self.LAYOUT.pack(**self._numbers())

    @classmethod
    def unpack(cls, word: int) -> Self:
        """The model of a word. Raises PackingError when bits stand where none may be."""
        values: dict[str, Any] = dict(cls.LAYOUT.unpack(word))
        for name in cls.ADDRESSES:
            values[name] = int_to_address(values[name])
        return cls(**values)


class CohortWord(_Word):
    """A cohort: its units (token's smallest unit) and the harvest that took it, 0 while open."""

    LAYOUT = packing.COHORT
    units: int = 0
    harvest: int = 0

    @property
    def is_open(self) -> bool:
        """True while no harvest has taken it."""
        return self.harvest == 0


class AssetWord(_Word):
    """A listed token: address and decimals, as read once at listing."""

    LAYOUT = packing.ASSET
    ADDRESSES = frozenset({"token"})
    decimals: int
    token: Address


class LimitsWord(_Word):
    """Smallest deposit and largest cohort, both in the token's smallest unit."""

    LAYOUT = packing.LIMITS
    min_deposit: int = 0
    cohort_cap: int = 0


class FeedWord(_Word):
    """A price feed: the bands that bound its answer (wad), allowed deviation (bps), decimals of its
    answer, heartbeat (s), address.

    The zero address stands for the constant 1 (with dev 0).
    """

    LAYOUT = packing.FEED
    ADDRESSES = frozenset({"feed"})
    max_band: int = 0
    min_band: int = 0
    dev: int = 0
    decimals: int = 0
    heartbeat: int = 0
    feed: Address = ZERO_ADDRESS

    @property
    def is_constant(self) -> bool:
        """True for the constant 1."""
        return self.feed == ZERO_ADDRESS

    @property
    def answer_bounds(self) -> AnswerBounds:
        """The least and the largest answer (wad) that it may give: the ends of its bands."""
        return AnswerBounds(min_answer=lower(self.min_band), max_answer=upper(self.max_band) - 1)


class AnswerBounds(_Word):
    """Smallest and largest answer (wad) that a feed may give."""

    LAYOUT = packing.ANSWER_BOUNDS
    min_answer: int = 0
    max_answer: int = 0


class BucketWord(_Word):
    """The loss bucket: size and used part in wad of the base, and when `used` was true (s)."""

    LAYOUT = packing.BUCKET
    size: int = 0
    time: int = 0
    used: int = 0


class ConfigWord(_Word):
    """Number of harvests, pause bits, number of assets ever listed, and the mask of those listed
    now."""

    LAYOUT = packing.CONFIG
    DEPOSITS_PAUSED: ClassVar[int] = 1
    HARVESTS_PAUSED: ClassVar[int] = 2
    harvest_count: int = 0
    paused: int = 0
    asset_count: int = 0
    listed: int = 0

    @property
    def deposits_paused(self) -> bool:
        """True while deposits and `buy` are paused."""
        return bool(self.paused & self.DEPOSITS_PAUSED)

    @property
    def harvests_paused(self) -> bool:
        """True while harvests are paused."""
        return bool(self.paused & self.HARVESTS_PAUSED)

    def is_listed(self, asset: int) -> bool:
        """True when the asset may be deposited and harvested into."""
        return bool(self.listed >> asset & 1)


class OfferWord(_Word):
    """An offer of a lot: its nonce, what the owner says it is, and to whom. All 0 = no offer."""

    LAYOUT = packing.OFFER
    ADDRESSES = frozenset({"to"})
    nonce: int = 0
    kind: OfferKind = OfferKind.OTHER
    to: Address = ZERO_ADDRESS

    @model_validator(mode="before")
    @classmethod
    def _known_kind(cls, values: Any) -> Any:
        kind = values.get("kind", 0)
        if kind not in (0, 1, 2):
            raise PackingError(
                f"there is no offer kind {kind}: 0 other, 1 own wallet, 2 gift",
                name="kind",
                limit=2,
                value=kind,
            )
        return values


class Harvest(Frozen):
    """A past harvest: `sold` units in, `proceeds` units out (net of the fee), decimals, id, band,
    unit price (USD wad per whole token) of the asset received, and its time (s)."""

    sold: int
    proceeds: int
    decimals: int
    to_asset: int
    band: int
    time: int
    price: int

    @model_validator(mode="after")
    def _fits(self) -> Self:
        packing.HARVEST_AMOUNTS.check(sold=self.sold, proceeds=self.proceeds)
        packing.HARVEST_OUTCOME.check(**self._outcome())
        check_band(self.band)
        return self

    def _outcome(self) -> dict[str, int]:
        return {
            "decimals": self.decimals,
            "to_asset": self.to_asset,
            "band": self.band,
            "time": self.time,
            "price": self.price,
        }

    def pack(self) -> tuple[int, int]:
        """The amounts and the outcome word."""
        amounts = packing.HARVEST_AMOUNTS.pack(sold=self.sold, proceeds=self.proceeds)
        return amounts, packing.HARVEST_OUTCOME.pack(**self._outcome())

    @classmethod
    def unpack(cls, amounts: int, outcome: int) -> Harvest:
        """The harvest of its two words. Raises PackingError."""
        return cls(
            **packing.HARVEST_AMOUNTS.unpack(amounts), **packing.HARVEST_OUTCOME.unpack(outcome)
        )

    @property
    def lower(self) -> int:
        """Lower end of the band that its proceeds' cohorts lie in (USD wad per whole token)."""
        return lower(self.band)

    def cohort(self, number: int, policy: int) -> CohortKey:
        """Key of the cohort that this harvest, being the `number`-th, opened for `policy`."""
        return CohortKey(
            asset=self.to_asset,
            policy=policy,
            band=self.band,
            day=self.time // 86400,
            seq=harvest_seq(number),
        )
