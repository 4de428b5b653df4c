"""When to harvest: the optimal loss at which a lot should be harvested, and what waiting is worth.

A loss that pays for gas and slippage is only break-even. Harvesting gives up the option to harvest
deeper, so the best threshold lies well below break-even. `closed` has it in closed form for
proportional costs, `ladder` with a fixed cost per harvest, `finite` for a finite horizon and a tax
year's end by finite differences, `simulate` by Monte Carlo; `measure` has an asset's volatility and
`suggest` makes a policy of it all. Floats are model mathematics here and never touch a balance.
"""

from __future__ import annotations

from vaultsdk.harvest.boundary.closed import Boundary, Regime, hold_value, solve, threshold_value
from vaultsdk.harvest.boundary.model import BoundaryError, Economics

__all__ = [
    "Boundary",
    "BoundaryError",
    "Economics",
    "Regime",
    "hold_value",
    "solve",
    "threshold_value",
]
