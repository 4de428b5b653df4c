"""The vault's storage as the ledger rebuilds it: words, as the contract's getters return them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from vaultsdk.core.lot import Lot
from vaultsdk.core.model import Frozen
from vaultsdk.core.roll import Rolled, roll
from vaultsdk.core.words import AssetWord, BucketWord, CohortWord, ConfigWord, Harvest

Words = dict[int, int]


class LedgerState(Frozen):
    """All state at one point of the log. A word of 0 is left out, as storage does not tell it from
    a word never written; so two states are equal exactly when their storages are.
    """

    lots: dict[tuple[str, int], tuple[int, int]]
    lot_counts: dict[str, int]
    cohorts: Words
    harvests: dict[int, tuple[int, int]]
    harvest_count: int
    policies: Words
    policy_count: int
    held: Words
    asset_words: Words
    limits_words: Words
    feed_words: Words
    bucket_word: int
    config_word: int
    adapters: frozenset[str]
    roles: dict[str, int]
    operators: frozenset[tuple[str, str]]
    offers: dict[tuple[str, int], int]
    offer_count: int

    def difference(self, other: LedgerState) -> tuple[str, ...]:
        """One line per word that differs (`lots (0x…, 3): … != …`); empty when equal."""
        lines: list[str] = []
        for name in type(self).model_fields:
            mine, theirs = getattr(self, name), getattr(other, name)
            if mine == theirs:
                continue
            if isinstance(mine, dict):
                for key in sorted(mine.keys() | theirs.keys(), key=str):
                    if mine.get(key) != theirs.get(key):
                        lines.append(f"{name} {key}: {mine.get(key)} != {theirs.get(key)}")
            elif isinstance(mine, frozenset):
                lines += [f"{name}: only one side has {key}" for key in sorted(mine ^ theirs)]
            else:
                lines.append(f"{name}: {mine} != {theirs}")
        return tuple(lines)

    # ------------------------------------------------------------ in readable form
    def lot(self, owner: str, number: int) -> Lot:
        """A lot as stored (not rolled). Raises NoSuchLotError."""
        return Lot.unpack(*self.lots.get((owner, number), (0, 0)))

    def lots_of(self, owner: str) -> dict[int, Lot]:
        """The owner's open lots by number, as stored."""
        return {
            number: Lot.unpack(*words)
            for (holder, number), words in self.lots.items()
            if holder == owner
        }

    def rolled(self, owner: str, number: int, hops: int | None = None) -> Rolled:
        """A lot brought up to date, with what its harvests realised. Raises NoSuchLotError."""
        lot = self.lot(owner, number)
        return roll(lot, self.cohorts, self.past_harvests, hops)

    def cohort(self, key: int) -> CohortWord:
        """A cohort by its packed key; 0 units and open when nobody ever joined it."""
        return CohortWord.unpack(self.cohorts.get(key, 0))

    def open_cohorts(self) -> dict[int, int]:
        """Units of every open, non-empty cohort, by packed key in ascending order."""
        return {
            key: word.units
            for key, word in ((k, self.cohort(k)) for k in sorted(self.cohorts))
            if word.is_open and word.units
        }

    @cached_property
    def past_harvests(self) -> Mapping[int, Harvest]:
        """All harvests by number."""
        return {number: Harvest.unpack(*words) for number, words in self.harvests.items()}

    @cached_property
    def decimals(self) -> Mapping[int, int]:
        """Decimals by asset id."""
        return {asset: AssetWord.unpack(word).decimals for asset, word in self.asset_words.items()}

    @property
    def bucket(self) -> BucketWord:
        """The loss bucket."""
        return BucketWord.unpack(self.bucket_word)

    @property
    def config(self) -> ConfigWord:
        """Pause bits and listing."""
        return ConfigWord.unpack(self.config_word)
