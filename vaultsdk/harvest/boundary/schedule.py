"""What a harvest at a given time is worth when there is a horizon and a tax year with an end."""

from __future__ import annotations

import math
from typing import Self

from pydantic import model_validator

from vaultsdk.core.model import Frozen
from vaultsdk.harvest.boundary.model import BoundaryError, Economics, checked


class Horizon(Frozen):
    """Times in years from now.

    years: the position is liquidated then, if not before. fixed_cost: gas of a harvest over the
    lot's basis today. year_end: years until the tax year ends (0 < year_end <= 1), others follow a
    year apart; a loss is then paid for at the end of its year. None = it is paid for at once.
    tau_next: worth of a dollar of loss realised after the first year's end; None = tau_now.
    """

    years: float
    fixed_cost: float = 0.0
    year_end: float | None = None
    tau_next: float | None = None

    @model_validator(mode="after")
    def _sound(self) -> Self:
        checked("horizon", self.years, 1e-6, 200, "years above 0 and at most 200")
        checked("fixed_cost", self.fixed_cost, 0, 1, "gas over the lot's basis, between 0 and 1")
        if self.year_end is not None:
            checked("year_end", self.year_end, 1e-6, 1, "years until the tax year ends, 0 to 1")
        if self.tau_next is not None:
            checked("tau_next", self.tau_next, 0, 1, "a tax rate between 0 and 1, such as 0.37")
            if self.year_end is None:
                raise BoundaryError(
                    "tau_next says what losses are worth after the year's end: give year_end too",
                    name="tau_next",
                    value=self.tau_next,
                )
        return self

    def year_ends(self) -> tuple[float, ...]:
        """Ends of tax years within the horizon, in time order."""
        if self.year_end is None:
            return ()
        count = math.floor(self.years - self.year_end + 1e-12) + 1
        return tuple(self.year_end + i for i in range(max(0, count)))

    def advantage(self, economics: Economics, time: float, after: bool = False) -> float:
        """a at a time: worth of realising a dollar of loss then, seen from then.

        A loss is worth tau_now, paid at the end of its year; `after` takes a time that is a year's
        end as the first moment of the next. The tax that the lower basis brings falls due at
        liquidation, which is the horizon or a Poisson event before it:
        E[e^(-r T)] = lam/(r + lam) (1 - e^(-(r + lam) left)) + e^(-(r + lam) left).
        """
        left = max(0.0, self.years - time)
        q = economics.q
        early = economics.lam / q * -math.expm1(-q * left) if q > 0 else 0.0
        later = economics.tau_later * (early + math.exp(-q * left))
        return self._worth(economics, time, after) - later

    def _worth(self, economics: Economics, time: float, after: bool) -> float:
        """What a dollar of loss realised at a time is worth then."""
        if self.year_end is None:
            return economics.tau_now
        gone = time - self.year_end
        nearest = round(gone)
        ends = nearest if abs(gone - nearest) < 1e-9 else None
        number = math.ceil(gone) if ends is None else ends + after
        number = max(0, number)
        tau = economics.tau_now
        if number > 0 and self.tau_next is not None:
            tau = self.tau_next
        wait = max(0.0, self.year_end + number - time)
        return tau * math.exp(-economics.r * wait)
