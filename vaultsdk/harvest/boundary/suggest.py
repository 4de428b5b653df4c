"""From the boundary to a policy: every field with the reason for its number.

The contract harvests a lot only if p_hi <= lower(band) (1 - min_loss), p_hi being the price plus
what its feeds may be off, and only if the swap costs at most max_cost of lower(band) - p_hi. The
fields are chosen so that a lot becomes eligible at the boundary, and a swap at the planned cost
passes there.
"""

from __future__ import annotations

import math
from typing import Final

from pydantic import Field

from vaultsdk.core.model import Frozen
from vaultsdk.core.policy import BPS, Bounds, Policy, percent
from vaultsdk.harvest.boundary.closed import Boundary, Regime, solve
from vaultsdk.harvest.boundary.ladder import FixedCostBoundary, solve_fixed_cost
from vaultsdk.harvest.boundary.measure import Volatility
from vaultsdk.harvest.boundary.model import BoundaryError, Economics, checked

# A swap that costs half as much again as planned is still better than a harvest missed.
_HEADROOM: Final = 1.5
_FEE_PART: Final = 4  # at most a quarter of the costs is for the keeper
_ANY: Final = 1  # some asset: which ones is the depositor's to choose


class Feeds(Frozen):
    """What the feeds may be off, in bps: the family's base, the asset sold, the asset received."""

    dev_base: int = 50
    dev_in: int = 0
    dev_out: int = 60


class Suggestion(Frozen):
    """A policy's fields (bps, days) with the reason for each, and the boundary they come from.

    `hold` means policy 0: no harvest ever pays, and all fields are 0. `by_volatility` has the loss
    threshold at the ends of the volatility's interval, when it was measured.
    """

    hold: bool
    min_loss: int
    max_cost: int
    max_slippage: int
    max_fee: int
    min_hold_days: int
    tax_value: int
    reasons: dict[str, str]
    boundary: Boundary
    with_gas: FixedCostBoundary | None = None
    volatility: Volatility | None = None
    by_volatility: dict[str, float | None] = Field(default_factory=dict)


def suggest(
    economics: Economics,
    bounds: Bounds,
    feeds: Feeds | None = None,
    fixed_cost: float = 0.0,
    hold_days: int = 31,
    measured: Volatility | None = None,
) -> Suggestion:
    """The policy that harvests at the boundary, within a deployment's hard bounds.

    `fixed_cost` is a harvest's gas over the basis harvested. `measured` is where economics.sigma
    came from, for the reasons. Raises BoundaryError for k = 0 or a policy that could never be used.
    """
    feeds = feeds or Feeds()
    for name, value in feeds.model_dump().items():
        checked(name, value, 0, BPS, "basis points between 0 and 10000, such as 50")
    checked("hold", hold_days, 1, 65_535, "whole days, at least 1, such as 31")
    if economics.k <= 0:
        raise BoundaryError(
            "k is 0: a swap is never free; give what the harvest and the way back cost, such as "
            "0.003",
            name="k",
            value=economics.k,
        )
    boundary = solve(economics)
    gas = solve_fixed_cost(economics, fixed_cost) if fixed_cost > 0 else None
    z = gas.z_star if gas is not None else boundary.z_star
    if z is None:
        return _hold(boundary, gas, measured)
    return _policy(economics, bounds, feeds, hold_days, measured, boundary, gas, z)


def _hold(
    boundary: Boundary, gas: FixedCostBoundary | None, measured: Volatility | None
) -> Suggestion:
    why = boundary.note
    if boundary.regime is Regime.BOUNDARY:
        why = "never harvest: gas costs more than all losses of a lot of this size can be worth"
    return Suggestion(
        hold=True,
        min_loss=0,
        max_cost=0,
        max_slippage=0,
        max_fee=0,
        min_hold_days=0,
        tax_value=0,
        reasons={"policy": why},
        boundary=boundary,
        with_gas=gas,
        volatility=measured,
    )


def _policy(
    economics: Economics,
    bounds: Bounds,
    feeds: Feeds,
    hold_days: int,
    measured: Volatility | None,
    boundary: Boundary,
    gas: FixedCostBoundary | None,
    z: float,
) -> Suggestion:
    reasons: dict[str, str] = {}
    a, k = boundary.advantage, economics.k
    off = (feeds.dev_base + feeds.dev_in) / BPS
    min_loss = max(1, math.floor((1 - z * (1 + off)) * BPS))
    reasons["min_loss"] = (
        f"the boundary is a loss of {1 - z:.2%}; the contract adds the {off:.2%} that base and "
        f"asset sold may be off to the price, so it is met at {percent(min_loss)}"
    )
    # Cost over loss as the contract counts them for a lot that has just become eligible.
    share = k * (1 - min_loss / BPS) / (1 + off) / (min_loss / BPS)
    most = min(math.floor(a * BPS), bounds.max_cost)
    max_cost = min(_up(share * _HEADROOM), most)
    reasons["max_cost"] = (
        f"at the boundary costs of {k:.2%} of the price are {share:.2%} of the loss, and half as "
        f"much again is let pass; a loss is worth {a:.2%} of itself, and the deployment allows "
        f"{percent(bounds.max_cost)}"
    )
    planned = _up(k * _HEADROOM)
    max_slippage = min(feeds.dev_in + feeds.dev_out + planned, bounds.max_slippage)
    reasons["max_slippage"] = (
        f"the two rate feeds may be off by {percent(feeds.dev_in + feeds.dev_out)}, and the swap "
        f"by one and a half times its planned cost ({percent(planned)}); the deployment allows "
        f"{percent(bounds.max_slippage)}"
    )
    max_fee = min(_up(k / _FEE_PART), bounds.max_fee)
    reasons["max_fee"] = (
        "at most a quarter of the planned cost goes to the keeper; the contract counts the fee as "
        "cost, so it comes out of max_cost, not on top"
    )
    reasons["min_hold_days"] = (
        "more than the 30 days around a loss in which several countries look for a repurchase"
        if hold_days > 30
        else "as asked for; several countries look for a repurchase within 30 days of a loss"
    )
    tax_value = max(1, math.floor(a * BPS))
    reasons["tax_value"] = (
        f"a dollar of loss saves {economics.tau_now:.2%} now and costs "
        f"{economics.tau_now - a:.2%} in present worth later"
    )
    if max_slippage < feeds.dev_in + feeds.dev_out:
        raise BoundaryError(
            f"the feeds may be off by {percent(feeds.dev_in + feeds.dev_out)}, above the "
            f"deployment's max_slippage of {percent(bounds.max_slippage)}: harvests of this pair "
            "would often be refused; choose a pair with closer feeds",
            name="max_slippage",
            limit=bounds.max_slippage,
        )
    if max_cost < _up(share):
        raise BoundaryError(
            f"a swap at k = {k:g} costs {share:.2%} of the loss at the boundary, but at most "
            f"{percent(most)} may be spent: find a cheaper swap, or ask for other bounds",
            name="max_cost",
            limit=most,
        )
    ends = {}
    if measured is not None:
        for end in (measured.low, measured.high):
            other = solve(economics.model_copy(update={"sigma": end}))
            ends[f"{end:.4f}"] = other.loss_threshold
        reasons["volatility"] = (
            f"{measured.sigma:.1%} a year from {measured.returns} returns over "
            f"{measured.years:.1f} years; between {measured.low:.1%} and {measured.high:.1%} "
            "with 95 % confidence"
        )
    found = Suggestion(
        hold=False,
        min_loss=min_loss,
        max_cost=max_cost,
        max_slippage=max_slippage,
        max_fee=max_fee,
        min_hold_days=hold_days,
        tax_value=tax_value,
        reasons=reasons,
        boundary=boundary,
        with_gas=gas,
        volatility=measured,
        by_volatility=ends,
    )
    _contract_takes(found, bounds)
    return found


def _up(share: float) -> int:
    """A share in bps, rounded up, but not for the last bit of a float."""
    return math.ceil(share * BPS - 1e-9)


def _contract_takes(found: Suggestion, bounds: Bounds) -> None:
    """Raises PolicyError when the contract would not create the policy."""
    fields = ("min_loss", "max_cost", "max_slippage", "max_fee", "min_hold_days", "tax_value")
    Policy(mask=_ANY, **{name: getattr(found, name) for name in fields}).check(bounds, _ANY)
