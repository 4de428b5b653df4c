"""What a backtest assumes about taxes, costs and lots. Shares are floats here, parts per million
in the accounts."""

from __future__ import annotations

from typing import Final, Self

from pydantic import model_validator

from vaultsdk.core.model import Frozen
from vaultsdk.core.policy import BPS
from vaultsdk.harvest.backtest.errors import BacktestError
from vaultsdk.harvest.boundary.model import Economics, checked

PPM: Final = 1_000_000
_SHARES: Final = ("tau_now", "tau_short", "tau_long", "swap_fee", "impact", "keeper_fee", "r")


class Terms(Frozen):
    """One set of assumptions.

    tau_now: worth of a dollar of loss when it is realised, by harvest or at liquidation. tau_short,
    tau_long: tax on a dollar of gain at liquidation, by whether the lot was held for at most or
    more than `long_days`. swap_fee, impact, keeper_fee: shares of what is sold. r: rate that the
    tax saved earns and at which it is discounted. lam: liquidations a year, and `mu`, drift: what
    the optimal boundary assumes. size: dollars put into each lot. hold_days: full days between a
    deposit or harvest and the next. dev_bps: what the feeds may be off, as the contract adds it.
    window_days: how far back a volatility looks. horizon: years until a lot is liquidated, None =
    at the end of the prices. gate: a harvest must pay for its costs, gas included, as for the
    keeper. Raises BoundaryError or BacktestError for what is out of range.
    """

    tau_now: float = 0.37
    tau_short: float = 0.37
    tau_long: float = 0.20
    swap_fee: float = 0.0005
    impact: float = 0.001
    keeper_fee: float = 0.001
    r: float = 0.05
    lam: float = 0.2
    mu: float = 0.05
    size: int = 10_000
    hold_days: int = 31
    dev_bps: int = 50
    long_days: int = 365
    window_days: int = 365
    horizon: float | None = None
    gate: bool = True

    @model_validator(mode="after")
    def _sound(self) -> Self:
        for name in _SHARES:
            checked(name, getattr(self, name), 0, 1, "a share between 0 and 1, such as 0.37")
        checked("lam", self.lam, 0, 1_000, "liquidations a year, at least 0, such as 0.2")
        checked("mu", self.mu, -10, 10, "a rate of growth a year between -10 and 10")
        checked("size", self.size, 1, 10**12, "whole dollars, at least 1")
        checked("hold_days", self.hold_days, 1, 65_535, "whole days, at least 1")
        checked("dev_bps", self.dev_bps, 0, BPS - 1, "basis points below 10000")
        checked("long_days", self.long_days, 0, 36_525, "days, such as 365")
        checked("window_days", self.window_days, 2, 36_525, "days, such as 365")
        if self.horizon is not None:
            checked("horizon", self.horizon, 0.01, 200, "years above 0")
        if self.cost >= 1:
            raise BacktestError(f"costs of {self.cost:g} of the price leave nothing: lower them")
        return self

    @property
    def cost(self) -> float:
        """k: what a harvest costs in proportion."""
        return self.swap_fee + self.impact + self.keeper_fee

    @property
    def cost_ppm(self) -> int:
        """The same in parts per million, each part rounded by itself."""
        return ppm(self.swap_fee) + ppm(self.impact) + ppm(self.keeper_fee)

    def economics(self, sigma: float, mu: float) -> Economics:
        """The boundary's model under these terms. Raises BoundaryError."""
        return Economics(
            tau_now=self.tau_now,
            tau_later=self.tau_long,
            k=self.cost,
            r=self.r,
            lam=self.lam,
            mu=mu,
            sigma=sigma,
        )

    @property
    def tax_value(self) -> float:
        """What a dollar of loss is worth net of the tax that it brings later: the boundary's a, and
        a policy's `tax_value`. Without r and lam, later counts as much as now."""
        if self.r + self.lam == 0:
            return self.tau_now - self.tau_long
        return self.economics(0.5, 0).advantage


def ppm(share: float) -> int:
    """A share in parts per million, to the nearest."""
    return round(share * PPM)
