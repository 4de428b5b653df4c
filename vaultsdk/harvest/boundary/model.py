"""The economics of one lot: tax rates, costs, discount, liquidation, and how its price moves."""

from __future__ import annotations

import math
from typing import Final, NamedTuple, Self

from pydantic import model_validator

from vaultsdk.core.errors import LotvaultError
from vaultsdk.core.model import Frozen


class BoundaryError(LotvaultError):
    """A number with which no harvest boundary can be worked out; the message names it."""


class _Range(NamedTuple):
    low: float
    high: float
    what: str


# The upper ends of the last three keep the mathematics far from overflow, and catch percentages.
_RANGES: Final = {
    "tau_now": _Range(0, 1, "a tax rate between 0 and 1, such as 0.37"),
    "tau_later": _Range(0, 1, "a tax rate between 0 and 1, such as 0.37"),
    "k": _Range(0, 1, "a share of the price between 0 and 1, such as 0.003"),
    "r": _Range(0, 1, "a rate a year between 0 and 1, such as 0.05"),
    "lam": _Range(0, 1_000, "liquidations a year, at least 0, such as 0.2 for one in five years"),
    "mu": _Range(-10, 10, "a rate of growth a year between -10 and 10, such as 0.05"),
    "sigma": _Range(0, 10, "a volatility a year, at least 0, such as 0.7 for 70 %"),
}


def checked(name: str, value: float, low: float, high: float, what: str) -> float:
    """The value itself if it is a number within its range, else BoundaryError naming it."""
    if not math.isfinite(value):
        raise BoundaryError(f"{name} is {value}: give {what}", name=name, value=value)
    if not low <= value <= high:
        raise BoundaryError(
            f"{name} is {value:g}: give {what}",
            name=name,
            limit=low if value < low else high,
            value=value,
        )
    return value


class Economics(Frozen):
    """What the boundary depends on. Rates are shares (0.37), times are years.

    tau_now: worth of a dollar of loss when it is realised. tau_later: tax at liquidation on a
    dollar of gain. k: cost of a harvest's round trip, as a share of the price. r: discount rate.
    lam: rate at which the position is liquidated (Poisson; 0 = never). mu, sigma: drift and
    volatility of the price, dS = mu S dt + sigma S dW. Raises BoundaryError for what is out of
    range or no number.
    """

    tau_now: float
    tau_later: float
    k: float
    r: float
    lam: float
    mu: float
    sigma: float

    @model_validator(mode="after")
    def _sound(self) -> Self:
        for name, span in _RANGES.items():
            checked(name, getattr(self, name), *span)
        return self

    @property
    def q(self) -> float:
        """Rate at which the option to harvest fades: r + lam."""
        return self.r + self.lam

    @property
    def advantage(self) -> float:
        """a = tau_now - tau_later lam / (r + lam): present worth of realising a dollar of loss.

        A harvest lowers the basis by what it realises, so the same dollar is taxed at liquidation;
        lam / (r + lam) is what a dollar paid then is worth now. Raises BoundaryError if r + lam is
        0: then nothing says what later is worth.
        """
        if self.q <= 0:
            raise BoundaryError(
                "r and lam are both 0: a loss deferred for ever has no present worth and waiting "
                "costs nothing; give r or lam above 0",
                name="r",
                value=self.r,
            )
        return self.tau_now - self.tau_later * (self.lam / self.q)

    @property
    def n(self) -> float:
        """n = -m, m the negative root of sigma^2/2 m (m-1) + mu m - (r + lam) = 0.

        z^n is the expected discount until the price has fallen from 1 to z for the first time. As
        the product of the roots is -2 (r + lam) / sigma^2, exactly one is negative, whatever mu;
        of the two ways to write it the one is used that does not cancel. Infinite when sigma is 0
        and the price does not fall.
        """
        variance = self.sigma * self.sigma
        slope = self.mu - variance / 2
        root = math.sqrt(slope * slope + 2 * variance * self.q)
        if slope < 0:
            return 2 * self.q / (root - slope)
        return (slope + root) / variance if variance > 0 else math.inf
