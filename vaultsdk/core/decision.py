"""What the rules and the keeper decide: a typed union, each side with its evidence.

A `Refusal` names one reason and the numbers behind it, so that "why was this not harvested?"
always has an answer. Reasons that the contract itself would give carry the contract's own words.
"""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from vaultsdk.core.cohort import CohortKey
from vaultsdk.core.model import Frozen


class Reason(StrEnum):
    """Why a harvest does not happen. The first group are the contract's revert reasons."""

    PAUSED = "paused"
    NOT_ASCENDING = "keys not ascending"
    ALREADY_HARVESTED = "cohort harvested"
    ASSETS_DIFFER = "assets differ"
    SAME_ASSET = "same asset"
    ASSET_NOT_LISTED = "asset not listed"
    NOT_A_REPLACEMENT = "not a replacement"
    HELD_TOO_SHORT = "held too short"
    LOSS_TOO_SMALL = "loss too small"
    NOTHING_TO_SELL = "too little to sell"
    FEE_ABOVE_POLICY = "fee above policy"
    AMOUNTS_OUT_OF_RANGE = "amounts out of range"
    RATE_BELOW_MINIMUM = "rate below minimum"
    BELOW_FLOOR = "below floor"
    ABOVE_CEILING = "above ceiling"
    BUCKET_EXHAUSTED = "loss bucket full"
    MERGED_ABOVE_CAP = "merged above cap"
    TOO_MANY_KEYS = "too many keys"
    NO_PRICE = "feed has no answer"

    # The keeper's own.
    EMPTY = "cohort is empty"
    HOLD_POLICY = "policy holds"
    NO_ROUTE = "no route"
    NOT_WORTH_IT = "not worth it"
    SIMULATION_FAILED = "simulation failed"
    IN_FLIGHT = "in flight"
    GAS_TOO_DEAR = "gas too dear"


class Refusal(Frozen):
    """A no: its reason, the cohort it is about (None = the whole harvest), and the numbers."""

    reason: Reason
    cohort: CohortKey | None = None
    evidence: dict[str, int | str] = Field(default_factory=dict)

    def explain(self) -> str:
        """One line: the reason and its numbers."""
        subject = f"{self.cohort}: " if self.cohort else ""
        numbers = ", ".join(f"{name} {value}" for name, value in self.evidence.items())
        return f"{subject}{self.reason.value}" + (f" ({numbers})" if numbers else "")


class Harvest(Frozen):
    """A yes: these cohorts into that asset. `sold` in smallest units of the asset sold,
    `least_net` the least net proceeds (after the fee) that every rule of the contract accepts;
    `evidence` as in a refusal.
    """

    keys: tuple[CohortKey, ...]
    to_asset: int
    sold: int
    least_net: int
    fee_bps: int
    evidence: dict[str, int | str] = Field(default_factory=dict)


Decision = Harvest | Refusal
