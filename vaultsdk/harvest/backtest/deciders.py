"""Policies to compare. Each says, from the past alone, the loss at which to harvest from now on.

A decider's answer is a policy's `min_loss` in basis points, so what it decides here is what a vault
would do: the backtest applies it by the contract's own rule (p_hi <= floor(lower(band) (1 -
min_loss))), and `vaultsdk policy suggest` writes the same number into a policy.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple, Protocol

from vaultsdk.core.policy import BPS
from vaultsdk.harvest.backtest.errors import BacktestError
from vaultsdk.harvest.backtest.history import Past
from vaultsdk.harvest.backtest.terms import Terms
from vaultsdk.harvest.boundary.closed import solve
from vaultsdk.harvest.boundary.model import Economics


class Calendar(StrEnum):
    """When a decider harvests at all; known ahead, unlike prices."""

    ALWAYS = "always"
    MONTHLY = "monthly"
    YEAR_END = "year-end"

    def mark(self, time: int) -> int:
        """Number of the period that opens its first step to harvests; -1 for none."""
        at = datetime.fromtimestamp(time, UTC)
        if self is Calendar.MONTHLY:
            return 12 * at.year + at.month
        if self is Calendar.YEAR_END:
            # The last days of the year, while a swap of the old year can still be made.
            return at.year if (at.month, at.day) >= (12, 29) else -1
        return time


class Decider(Protocol):
    """A policy to test: when it looks again, and what it then finds in the past."""

    @property
    def name(self) -> str:
        """As it is asked for and shown."""

    @property
    def review_days(self) -> int | None:
        """Days from one review to the next; None when its answer never changes."""

    @property
    def calendar(self) -> Calendar:
        """When it harvests at all."""

    def min_loss(self, past: Past, terms: Terms) -> int | None:
        """The loss (bps of the basis) at which to harvest from this step on; None: not at all."""


class Never(NamedTuple):
    """Never harvest: what everything is compared with."""

    name: str = "never"
    review_days: int | None = None
    calendar: Calendar = Calendar.ALWAYS

    def min_loss(self, past: Past, terms: Terms) -> int | None:
        """None."""
        return None


class Fixed(NamedTuple):
    """A fixed threshold, as robo-advisers use."""

    name: str
    loss: int
    review_days: int | None = None
    calendar: Calendar = Calendar.ALWAYS

    def min_loss(self, past: Past, terms: Terms) -> int | None:
        """Always the same."""
        return self.loss


class BreakEven(NamedTuple):
    """Harvest as soon as a loss is worth more than fee and impact, on every day, at the beginning
    of a month, or at the end of a year. Gas is the gate's matter."""

    name: str
    calendar: Calendar
    review_days: int | None = None

    def min_loss(self, past: Past, terms: Terms) -> int | None:
        """1 - a/(a + k), rounded up; None when no loss is worth anything."""
        a = terms.tax_value
        return None if a <= 0 else _bps(terms.cost / (a + terms.cost))


class Optimal(NamedTuple):
    """The optimal boundary, walked forward: volatility from the window before each review, drift
    as the terms assume it or, with `drift`, from the same window."""

    name: str
    drift: bool
    review_days: int | None = 30
    calendar: Calendar = Calendar.ALWAYS

    def min_loss(self, past: Past, terms: Terms) -> int | None:
        """The boundary less what the contract adds to the price for its feeds; None while there
        are too few prices, and when no boundary exists."""
        seen = past.moments(terms.window_days)
        if seen is None or terms.r + terms.lam == 0:
            return None
        mu = max(-10.0, min(10.0, seen.mu)) if self.drift else terms.mu
        # Rounded: what is far below a volatility's error need not be solved anew.
        return _boundary(
            terms.economics(round(min(10.0, seen.sigma), 4), round(mu, 4)), terms.dev_bps
        )


@lru_cache(maxsize=65_536)
def _boundary(economics: Economics, dev_bps: int) -> int | None:
    found = solve(economics)
    if found.z_star is None:
        return None
    return max(1, math.floor((1 - found.z_star * (1 + dev_bps / BPS)) * BPS))


def decider(text: str) -> Decider:
    """`never`, `fixed:5%`, `break-even`, `optimal`, `optimal:drift`, `monthly` or `year-end`.

    Raises BacktestError.
    """
    kind, _, rest = text.strip().partition(":")
    if kind == "fixed":
        return Fixed(text.strip(), _fixed(rest, text))
    plain: dict[str, Decider] = {
        "never": Never(),
        "break-even": BreakEven("break-even", Calendar.ALWAYS),
        "monthly": BreakEven("monthly", Calendar.MONTHLY),
        "year-end": BreakEven("year-end", Calendar.YEAR_END),
        "optimal": Optimal("optimal", drift=False),
        "optimal:drift": Optimal("optimal:drift", drift=True),
    }
    if text.strip() not in plain:
        raise BacktestError(
            f"no policy {text!r}: choose of {', '.join(plain)}, or fixed:5% for a threshold"
        )
    return plain[text.strip()]


STANDARD: Final = (
    "never",
    "fixed:5%",
    "fixed:10%",
    "fixed:20%",
    "fixed:30%",
    "break-even",
    "monthly",
    "year-end",
    "optimal",
)


def _fixed(text: str, whole: str) -> int:
    try:
        share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        share = math.nan
    bps = round(share * BPS) if math.isfinite(share) else 0
    if not 1 <= bps < BPS:
        raise BacktestError(f"{whole!r}: write a loss between 0.01% and 100%, such as fixed:5%")
    return bps


def _bps(share: float) -> int:
    return max(1, math.ceil(share * BPS - 1e-9))
