"""What a comparison is asked for, and what a depositor says about risk and time."""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from pydantic import Field, model_validator

from vaultsdk.core.model import Frozen
from vaultsdk.harvest.pairs.bootstrap import Draws
from vaultsdk.harvest.pairs.errors import PairsError
from vaultsdk.harvest.pairs.measures import check_window

_YEAR_DAYS = 365.25


class Risk(StrEnum):
    """Which tracking error is priced: of the whole history, of the last window, or of the worst."""

    HISTORY = "history"
    WINDOW = "window"
    WORST = "worst"


class Restart(Frozen):
    """What the new holding period costs. For `days` longer than before a gain would be short-term,
    taxed by `rate_gap` more; a sale comes at a rate of `sales` a year, like the liquidation of the
    boundary's model; `gain` is the gain then, as a share of what was swapped."""

    days: float = 0.0
    rate_gap: float = 0.0
    sales: float = 0.2
    gain: float = 0.2

    @model_validator(mode="after")
    def _sound(self) -> Restart:
        _at_least("days", self.days, 0)
        _at_least("sales", self.sales, 0)
        _at_least("gain", self.gain, 0)
        _at_least("rate_gap", self.rate_gap, 0)
        if self.rate_gap > 1:
            raise PairsError(
                f"a rate gap of {self.rate_gap:g} is more than all of it: give a share, like 0.17",
                name="rate_gap",
                limit=1,
                value=self.rate_gap,
            )
        return self

    @property
    def cost(self) -> float:
        """Expected, once, as a share of what was swapped."""
        chance = -math.expm1(-self.sales * self.days / _YEAR_DAYS)
        return self.rate_gap * self.gain * chance


class Terms(Frozen):
    """`window` in returns. `risk_aversion` is A in A / 2 times a variance. `years`: how long the
    replacement is held, over which what is paid once is spread."""

    window: int = 90
    confidence: float = 0.95
    risk_aversion: float = 3.0
    years: float = 1.0
    risk: Risk = Risk.HISTORY
    restart: Restart = Field(default_factory=Restart)
    draws: Draws = Field(default_factory=Draws)

    @model_validator(mode="after")
    def _sound(self) -> Terms:
        check_window(self.window, self.confidence)
        _at_least("risk_aversion", self.risk_aversion, 0)
        _at_least("years", self.years, 0)
        if self.years == 0:
            raise PairsError(
                "held for 0 years, every cost is infinite: give a time above 0", name="years"
            )
        return self


class Sameness(NamedTuple):
    """Which assets a loss rule takes for one: `classes` gives the class of an asset (what is not
    in it is a class of its own), `label` what the rule is about ("wash sales"), `why` the grounds
    by asset. Filled from `vaultsdk.tax.identity`, or by hand."""

    label: str
    classes: Mapping[str, str]
    why: Mapping[str, str] = {}


def _at_least(name: str, value: float, least: float) -> None:
    if not (value >= least and math.isfinite(value)):
        raise PairsError(
            f"{name} is {value:g}: give a finite number of at least {least:g}",
            name=name,
            limit=least,
            value=value,
        )
