"""The keeper's own terms. What the contract demands is not here: no setting can loosen it."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from vaultsdk.core.model import Frozen
from vaultsdk.core.policy import BPS
from vaultsdk.harvest.economics import GasModel

GWEI = 10**9


class KeeperConfig(Frozen):
    """Shares in bps, gas prices in wei, times in seconds."""

    margin_bps: int = Field(default=1_000, ge=0)
    """The net benefit must be at least this share of all costs."""
    fee_bps: int = Field(default=0, ge=0, le=BPS)
    """Fee asked for, of the gross proceeds; less where a policy allows less."""
    min_fee_bps: int = Field(default=0, ge=0, le=BPS)
    """Harvests whose policies allow less than this are left to others."""
    max_cost_usd: int | None = Field(default=None, ge=0)
    """Most that one harvest may cost in all, USD wad."""
    fee_covers_gas: bool = False
    """Leave alone what does not pay the keeper its gas back: benefits are depositors' own words."""
    slack_bps: int = Field(default=20, ge=0, lt=BPS)
    """How much worse than quoted a harvest may land; beyond, the vault refuses it."""
    max_gas_price: int | None = Field(default=None, gt=0)
    """Above this nothing is sent, and no transaction offers more."""
    priority_fee: int | None = Field(default=None, ge=0)
    """Tip per gas unit; None asks the node."""
    deadline_s: int = Field(default=600, gt=0)
    """How long after the snapshot's block a harvest may still land."""
    receipt_timeout_s: float = Field(default=120, gt=0)
    """How long a run waits for its transaction before it leaves it to the next run."""
    max_harvests: int = Field(default=8, ge=1)
    """Most harvests that one run sends."""
    gas: GasModel = GasModel()
    """Gas before it is simulated."""
    journal: Path | None = None
    """Where sent transactions are remembered; None: `out/keeper/` under the working directory."""
    log_chunk: int = Field(default=10_000, ge=1)
    """Blocks asked for at once when events are read."""
    dry_run: bool = False
    """Decide, plan and simulate, but sign and send nothing."""

    @model_validator(mode="after")
    def _fees(self) -> Self:
        if self.min_fee_bps > self.fee_bps:
            raise ValueError(
                f"min_fee_bps {self.min_fee_bps} is above fee_bps {self.fee_bps}: lower it"
            )
        return self
