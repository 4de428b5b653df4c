"""Rows of the lens's pages, decoded by position: no generic ABI decoder on the way.

A page is `offset, count, word, word, ...`, every word 32 bytes, the layout fixed by
`contracts/LotLens.vy`. Rows keep the packed words as integers and unpack them when asked, because
building a model costs more than reading the lot. Units in the token's smallest unit, USD in wad,
times in seconds since 1970.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from vaultsdk.chain.rpc import NodeError
from vaultsdk.core.cohort import CohortKey
from vaultsdk.core.lot import Lot, LotFlags
from vaultsdk.core.model import int_to_address
from vaultsdk.core.policy import Bounds, Policy
from vaultsdk.core.roll import Realisation
from vaultsdk.core.units import scale
from vaultsdk.core.words import (
    AnswerBounds,
    AssetWord,
    BucketWord,
    CohortWord,
    ConfigWord,
    FeedWord,
    Harvest,
    LimitsWord,
    OfferWord,
)

LOW: Final = (1 << 128) - 1
_U64: Final = (1 << 64) - 1
_U40: Final = (1 << 40) - 1
_KEY_SHIFT: Final = 144  # a lot's head: key 112 | acquired at 40 | flags 104
_TIME_SHIFT: Final = 104
_ASSET_SHIFT: Final = 248  # the asset is the key's top byte, and the key the head's top


def word(data: bytes | memoryview, index: int = 0) -> int:
    """The `index`-th 32-byte word as a number. Raises NodeError when the answer is too short."""
    start = 32 * index
    if len(data) < start + 32:
        raise NodeError(
            "the contract answered less than was due: is the address in the deployment file right?"
        )
    return int.from_bytes(data[start : start + 32])


def words(data: bytes, count: int) -> tuple[int, ...]:
    """Exactly the first `count` words."""
    if len(data) < 32 * count:
        word(data, count - 1)
    return tuple(int.from_bytes(data[i : i + 32]) for i in range(0, 32 * count, 32))


def page(data: bytes, width: int) -> Iterator[tuple[int, ...]]:
    """The rows of a lens page, `width` words each. Raises NodeError for anything malformed."""
    count = word(data, 1)
    view = memoryview(data)[64:]
    if word(data) != 32 or len(view) < 32 * count or count % width:
        raise NodeError(
            "the lens's answer is no page: is its address in the deployment file right?"
        )
    number = int.from_bytes
    step = 32 * width
    for at in range(0, 32 * count, step):
        yield tuple([number(view[i : i + 32]) for i in range(at, at + step, 32)])


# ---------------------------------------------------------------- lots
class LotRow(NamedTuple):
    """A lot as stored and as rolled: the same two words unless harvests are pending.

    `first`: more 1 | hops 64 | number 64. `lot` and the plain properties are of the rolled state.
    """

    first: int
    stored_head: int
    stored_body: int
    head: int
    body: int
    offer_word: int

    @property
    def number(self) -> int:
        """The lot's number among its owner's."""
        return self.first & _U64

    @property
    def hops(self) -> int:
        """Harvests that the stored state lags behind."""
        return self.first >> 64 & _U64

    @property
    def more(self) -> bool:
        """True when even more harvests are pending than a page rolls; roll the lot first."""
        return bool(self.first >> 128)

    @property
    def exists(self) -> bool:
        """False for a closed lot."""
        return self.stored_head != 0

    @property
    def key(self) -> int:
        """Packed key of its cohort."""
        return self.head >> _KEY_SHIFT

    @property
    def asset(self) -> int:
        """Id of its asset."""
        return self.head >> _ASSET_SHIFT

    @property
    def acquired_at(self) -> int:
        """Acquisition time (s)."""
        return self.head >> _TIME_SHIFT & _U40

    @property
    def declared(self) -> bool:
        """True when the basis is the owner's own statement."""
        return bool(self.head & LotFlags.DECLARED)

    @property
    def units(self) -> int:
        """Units of its asset."""
        return self.body >> 128

    @property
    def basis(self) -> int:
        """Cost basis, USD wad."""
        return self.body & LOW

    @property
    def lot(self) -> Lot:
        """The rolled lot. Raises NoSuchLotError for a closed one."""
        return Lot.unpack(self.head, self.body)

    @property
    def stored(self) -> Lot:
        """The lot as stored. Raises NoSuchLotError for a closed one."""
        return Lot.unpack(self.stored_head, self.stored_body)

    @property
    def offer(self) -> OfferWord | None:
        """Its standing offer, if any."""
        return OfferWord.unpack(self.offer_word) if self.offer_word else None


LOT_WORDS: Final = 6


def lots_page(data: bytes) -> list[LotRow]:
    """The rows of `lots_page`, closed lots included (their words are 0)."""
    return list(map(LotRow._make, page(data, LOT_WORDS)))


class HopRow(NamedTuple):
    """A pending harvest of a lot: the lot before and after, the harvest's number and unit price."""

    before: Lot
    after: Lot
    harvest: int
    price: int

    def realisation(self, harvest: Harvest) -> Realisation:
        """What the hop realised; `harvest` gives the totals that the lot's share is of."""
        return Realisation(
            harvest=self.harvest,
            time=self.after.acquired_at,
            from_key=self.before.key,
            to_key=self.after.key,
            units_sold=self.before.units,
            basis_sold=self.before.basis,
            acquired_at=self.before.acquired_at,
            declared=self.before.declared,
            units_received=self.after.units,
            proceeds=self.after.basis,
            price=self.price,
            total_sold=harvest.sold,
            total_proceeds=harvest.proceeds,
        )


def lot_history(data: bytes) -> list[HopRow]:
    """The rows of `lot_history`, oldest first."""
    return [
        HopRow(Lot.unpack(head, body), Lot.unpack(new_head, new_body), tail >> 128, tail & LOW)
        for head, body, new_head, new_body, tail in page(data, 5)
    ]


# ---------------------------------------------------------------- cohorts
class CohortRow(NamedTuple):
    """A cohort with what its eligibility depends on besides prices."""

    key: int
    word: int
    policy_word: int
    lower: int
    """Lower end of its band: no lot in it cost less (USD wad per whole token)."""
    highest_price: int
    """Highest p_hi at which it has lost enough for its policy (USD wad per whole token)."""
    harvestable_from: int
    """First second on which its policy's holding time is over."""

    @property
    def cohort_key(self) -> CohortKey:
        """The key in readable form."""
        return CohortKey.unpack(self.key)

    @property
    def cohort(self) -> CohortWord:
        """Units and harvest number."""
        return CohortWord.unpack(self.word)

    @property
    def units(self) -> int:
        """Units in it; a harvested cohort keeps them."""
        return self.word >> 128

    @property
    def harvest(self) -> int:
        """Number of the harvest that took it; 0 while open."""
        return self.word & LOW

    @property
    def policy(self) -> Policy:
        """Its policy's content."""
        return Policy.from_word(self.policy_word)


def cohorts_page(data: bytes, keys: Sequence[int]) -> list[CohortRow]:
    """The rows of `cohorts_by_key`, in the order of the keys asked for."""
    rows = list(page(data, 5))
    if len(rows) != len(keys):
        raise NodeError(f"the lens answered {len(rows)} of {len(keys)} cohorts: use another node")
    return [
        CohortRow(key, cohort, policy, lower, highest, since)
        for key, (cohort, policy, lower, highest, since) in zip(keys, rows, strict=True)
    ]


def harvests_page(data: bytes, start: int) -> dict[int, Harvest]:
    """Harvests by number, from `start` on."""
    return {
        start + i: Harvest.unpack(amounts, outcome)
        for i, (amounts, outcome) in enumerate(page(data, 2))
    }


def policies_page(data: bytes, start: int) -> dict[int, Policy]:
    """Policies by id, from `start` on."""
    return {start + i: Policy.from_word(packed) for i, (packed,) in enumerate(page(data, 1))}


# ---------------------------------------------------------------- feeds, assets, the whole vault
FEED_STATUS: Final = (
    "ok",
    "no answer",
    "not positive",
    "out of bounds",
    "stale",
    "from the future",
    "sequencer down",
    "sequencer in its grace period",
)


class FeedState(NamedTuple):
    """A feed's settings and what it answers: `answer` in wad, 0 unless `status` is 0 (ok)."""

    feed_word: int
    bounds_word: int
    answer: int
    status: int
    updated_at: int

    @property
    def ok(self) -> bool:
        """True when the answer may be used."""
        return self.status == 0

    @property
    def status_text(self) -> str:
        """The status in words."""
        return FEED_STATUS[self.status] if self.status < len(FEED_STATUS) else str(self.status)

    @property
    def feed(self) -> FeedWord:
        """Address, heartbeat, deviation, decimals."""
        return FeedWord.unpack(self.feed_word)

    @property
    def bounds(self) -> AnswerBounds:
        """What it may answer."""
        return AnswerBounds.unpack(self.bounds_word)

    @classmethod
    def of(cls, four: Sequence[int]) -> FeedState:
        """From the lens's four words."""
        feed, bounds, answer, tail = four
        return cls(feed, bounds, answer, tail >> 128, tail & LOW)


class AssetState(NamedTuple):
    """An asset with its limits, its rate against the base and what the vault has of it."""

    id: int
    asset_word: int
    limits_word: int
    rate: FeedState
    held: int
    """Units of all open cohorts."""
    balance: int
    """Units the vault's token balance shows; never below `held`."""
    listed: bool

    @property
    def asset(self) -> AssetWord:
        """Token and decimals."""
        return AssetWord.unpack(self.asset_word)

    @property
    def limits(self) -> LimitsWord:
        """Smallest deposit and cohort cap."""
        return LimitsWord.unpack(self.limits_word)

    @property
    def scale(self) -> int:
        """Units in a whole token."""
        return scale(self.asset_word >> 160)


def assets_page(data: bytes) -> list[AssetState]:
    """All assets by id."""
    return [
        AssetState(
            id=number,
            asset_word=row[0],
            limits_word=row[1],
            rate=FeedState.of(row[2:6]),
            held=row[6],
            balance=row[7],
            listed=bool(row[8]),
        )
        for number, row in enumerate(page(data, 9))
    ]


class VaultState(NamedTuple):
    """What holds for the whole vault at one block."""

    block_number: int
    timestamp: int
    config: ConfigWord
    bucket: BucketWord
    harvest_count: int
    policy_count: int
    quote: str
    quote_decimals: int
    bounds: Bounds
    sequencer: str
    grace: int
    base_feed: FeedState
    quote_feed: FeedState


def vault_state(data: bytes) -> VaultState:
    """The 16 words of `vault_state`."""
    (row,) = page(data, 16)
    counts, quote, bounds, sequencer = row[4:8]
    u16 = 0xFFFF
    return VaultState(
        block_number=row[0],
        timestamp=row[1],
        config=ConfigWord.unpack(row[2]),
        bucket=BucketWord.unpack(row[3]),
        harvest_count=counts >> 128,
        policy_count=counts & LOW,
        quote=int_to_address(quote & ((1 << 160) - 1)),
        quote_decimals=quote >> 160,
        bounds=Bounds(
            max_cost=bounds >> 48,
            max_slippage=bounds >> 32 & u16,
            max_fee=bounds >> 16 & u16,
            buy_tolerance=bounds & u16,
        ),
        sequencer=int_to_address(sequencer & ((1 << 160) - 1)),
        grace=sequencer >> 160,
        base_feed=FeedState.of(row[8:12]),
        quote_feed=FeedState.of(row[12:16]),
    )
