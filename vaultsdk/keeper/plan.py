"""From decisions to calls, pure: what exactly is sent for each harvest decided on."""

from __future__ import annotations

from vaultsdk.core import harvest_rules as rules
from vaultsdk.core.deployment import AdapterRefs
from vaultsdk.core.model import Frozen
from vaultsdk.core.policy import BPS
from vaultsdk.harvest.choose import least_sold
from vaultsdk.keeper.calls import HarvestCall, Leg
from vaultsdk.keeper.config import KeeperConfig
from vaultsdk.keeper.decide import Batch, Decisions
from vaultsdk.keeper.errors import KeeperError
from vaultsdk.keeper.state import Snapshot

WHOLE = 10**18  # a leg's share of everything


class Planned(Frozen):
    """A harvest ready to be simulated and sent, and the batch that it came from."""

    call: HarvestCall
    batch: Batch
    block_hash: str


def plan(
    decisions: Decisions, snapshot: Snapshot, config: KeeperConfig, adapters: AdapterRefs
) -> tuple[Planned, ...]:
    """The calls, in the order to send them. Raises KeeperError for a route without an adapter."""
    return tuple(_plan(batch, snapshot, config, adapters) for batch in decisions.batches)


def _plan(batch: Batch, snapshot: Snapshot, config: KeeperConfig, adapters: AdapterRefs) -> Planned:
    choice, market = batch.choice, batch.market
    route = choice.curve.route
    adapter = getattr(adapters, route.kind)
    if adapter is None:
        raise KeeperError(f"the deployment names no adapter for {route.kind}: correct its file")
    # Two limits, and the contract's floor beneath both: what was quoted less the slack, per unit,
    # because owners who leave before it lands change the amount.
    net = choice.settled.net * (BPS - config.slack_bps) // BPS
    call = HarvestCall(
        keys=batch.keys,
        to_asset=market.asset_out,
        legs=(Leg(adapter=adapter, share=WHOLE, data=route.data),),
        min_rate=rules.min_rate(net, choice.plan.sold, market),
        min_sold=least_sold(choice, market),
        fee_bps=choice.fee_bps,
        deadline=snapshot.timestamp + config.deadline_s,
    )
    return Planned(call=call, batch=batch, block_hash=snapshot.block_hash)
