"""Split routing: one sale over several pools and one-hop paths, as the vault's legs.

split(pools, token_in, token_out, amount)     the legs that bring most, net of gas
costs(split, mid)                             what that costs: fee, impact, gap, gas
"""

from __future__ import annotations

from vaultsdk.market.routing.costs import Costs, costs
from vaultsdk.market.routing.errors import RoutingError
from vaultsdk.market.routing.split import MAX_LEGS, Leg, Split, split, swap_cost_in

__all__ = ["MAX_LEGS", "Costs", "Leg", "RoutingError", "Split", "costs", "split", "swap_cost_in"]
