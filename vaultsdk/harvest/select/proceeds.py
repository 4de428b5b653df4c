"""What a sale brings: anything that answers units in with units out, and where a search meets it.

A `vaultsdk.market.curve.Curve` fits as it is; a quoter of real pools (`vaultsdk.market.impact.
quoter`), a split over several routes or a function of a test fit through `Function`. Proceeds are
taken to be concave: a pool gives less per unit the more is sold. Where they are not quite (by
roundings to a unit) the answer stays right, as everything is priced by quotes; only the search may
miss something.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from vaultsdk.market.curve import Curve

WAD: Final = 10**18


class Proceeds(Protocol):
    """Units of the asset received for units of the asset sold."""

    def out(self, size: int) -> int | None:
        """Units out, 0 for nothing sold; None for more than the pools take or were asked for."""
        ...

    def marginal(self, size: int) -> int:
        """Units out if every unit brought what the first ones bring (splits impact from fee)."""
        ...


@dataclass(frozen=True)
class Function:
    """A plain function as proceeds; `probe` is the size (units) that stands for the first ones."""

    quote: Callable[[int], int | None]
    probe: int

    def out(self, size: int) -> int | None:
        """The function's answer; 0 for nothing sold."""
        return self.quote(size) if size > 0 else 0

    def marginal(self, size: int) -> int:
        """Scaled up from the probe, rounded down; 0 where even that much has no quote."""
        first = self.quote(self.probe)
        return 0 if first is None else size * first // self.probe


@dataclass(frozen=True)
class Outlet:
    """Proceeds as a search meets them.

    `kept`: what the pools' fees leave of an input, parts of 10**18. `pools`: pools that a sale
    passes, for its gas. `ahead`: units that others, or earlier harvests of the run, sell first.
    """

    proceeds: Proceeds
    kept: int = WAD
    pools: int = 1
    ahead: int = 0

    @classmethod
    def of(cls, curve: Curve, ahead: int = 0) -> Outlet:
        """The route of a curve."""
        route = curve.route
        return cls(proceeds=curve, kept=route.kept, pools=len(route.pools), ahead=ahead)

    def crowded(self, units: int) -> Outlet:
        """The same when others sell that many units (>= 0) before."""
        return Outlet(self.proceeds, self.kept, self.pools, self.ahead + units)
