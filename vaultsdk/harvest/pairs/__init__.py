"""The choice of a replacement asset: how closely it follows, what it costs, and whether it counts.

history = align(asset_series, replacement_series, "ETH", "rETH")
rank("ETH", [Candidate(history)], Terms(window=90))      ranked or refused, with reasons
"""

from __future__ import annotations

from vaultsdk.harvest.pairs.basis import Basis, basis, gaps, rate_logs, rolling_basis
from vaultsdk.harvest.pairs.bootstrap import Draws
from vaultsdk.harvest.pairs.errors import PairsError
from vaultsdk.harvest.pairs.history import PairHistory, align, carried, priced_by_rate
from vaultsdk.harvest.pairs.intervals import Estimate
from vaultsdk.harvest.pairs.measures import Whole, Window, rolling, whole
from vaultsdk.harvest.pairs.ranking import (
    Candidate,
    Costs,
    Measures,
    PairReason,
    PairRefusal,
    Ranked,
    Ranking,
    rank,
)
from vaultsdk.harvest.pairs.swap import SwapCosts, swap_costs
from vaultsdk.harvest.pairs.terms import Restart, Risk, Sameness, Terms

__all__ = [
    "Basis",
    "Candidate",
    "Costs",
    "Draws",
    "Estimate",
    "Measures",
    "PairHistory",
    "PairReason",
    "PairRefusal",
    "PairsError",
    "Ranked",
    "Ranking",
    "Restart",
    "Risk",
    "Sameness",
    "SwapCosts",
    "Terms",
    "Whole",
    "Window",
    "align",
    "basis",
    "carried",
    "gaps",
    "priced_by_rate",
    "rank",
    "rate_logs",
    "rolling",
    "rolling_basis",
    "swap_costs",
    "whole",
]
