"""The very transaction, tried on the newest state before it is signed."""

from __future__ import annotations

from typing import Any, Final

from vaultsdk.chain.node import Node
from vaultsdk.chain.rpc import RevertedError, result_of
from vaultsdk.core.decision import Reason, Refusal
from vaultsdk.core.errors import from_revert
from vaultsdk.core.harvest_rules import ceil_div
from vaultsdk.core.model import Frozen
from vaultsdk.harvest.economics import Breakdown
from vaultsdk.keeper.plan import Planned
from vaultsdk.keeper.state import Snapshot

# The state may change between the estimate and the block: a cohort more in a pool's tick, a feed's
# first word. What is not used is not paid.
_GAS_HEADROOM_BPS: Final = 12_500
_BY_WORDS: Final = {
    # The contract says in which way there is no price.
    **dict.fromkeys(("feed stale", "feed out of bounds", "sequencer down"), Reason.NO_PRICE),
    **{reason.value: reason for reason in Reason},
}


class Simulated(Frozen):
    """It would go through: gas used by the estimate, the limit to send it with, and the costs and
    benefit with that gas."""

    planned: Planned
    gas_used: int
    gas_limit: int
    breakdown: Breakdown


def simulate(
    node: Node,
    vault: str,
    keeper: str,
    planned: Planned,
    snapshot: Snapshot,
    fee_covers_gas: bool = False,
) -> Simulated | Refusal:
    """Call and estimate it from the keeper at the newest block.

    A revert becomes a Refusal with the contract's reason; a harvest whose real gas eats its benefit
    is NOT_WORTH_IT, as is one whose fee
    does not cover it when `fee_covers_gas`. Raises NodeError when the node cannot be asked.
    """
    transaction: dict[str, Any] = {
        "from": keeper,
        "to": vault,
        "data": planned.call.data(vault),
    }
    # The call first: its revert comes with a reason on every node, an estimate's not.
    called, estimated = node.batch_answers(
        [("eth_call", [transaction, "latest"]), ("eth_estimateGas", [transaction])]
    )
    try:
        result_of(called, "eth_call")
        gas_used = int(result_of(estimated, "eth_estimateGas"), 16)
    except RevertedError as error:
        return refusal_of(error.reason or "", planned)
    breakdown = planned.batch.choice.breakdown.with_gas(gas_used, snapshot.gas_price)
    unpaid = fee_covers_gas and breakdown.keeper_fee < breakdown.gas
    if unpaid or not breakdown.worth_it:
        return Refusal(reason=Reason.NOT_WORTH_IT, evidence=dict(breakdown.numbers()))
    return Simulated(
        planned=planned,
        gas_used=gas_used,
        gas_limit=ceil_div(gas_used * _GAS_HEADROOM_BPS, 10_000),
        breakdown=breakdown,
    )


def refusal_of(reason: str, planned: Planned) -> Refusal:
    """The Refusal for a revert reason; SIMULATION_FAILED when the rules do not know it."""
    known = _BY_WORDS.get(reason, Reason.SIMULATION_FAILED)
    return Refusal(
        reason=known,
        evidence={
            "reverted": reason or "without a reason",
            "advice": str(from_revert(reason)),
            "cohorts": len(planned.call.keys),
            "min_rate": planned.call.min_rate,
        },
    )
