"""What a harvest is worth and what it costs, in USD wad, split so that every number can be named.

    value sold - gross value = swap fee + price impact + oracle gap
    net value                = gross value - keeper fee
    loss                     = basis - net value
    benefit                  = tax value of the loss
    net benefit              = benefit - (swap fee + price impact + oracle gap + keeper fee + gas)

A harvest is worth it when the benefit exceeds the costs by the margin. The basis is taken at the
lower end of each cohort's band, the least it can be, so benefits are never overstated (by at most
0.8 % of the basis they are understated). Roundings are against the harvest.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from vaultsdk.core.harvest_rules import Candidate, Market, ceil_div
from vaultsdk.core.model import Frozen
from vaultsdk.core.policy import BPS
from vaultsdk.market.curve import Curve

WAD: Final = 10**18


class GasModel(Frozen):
    """Gas of a harvest before it has been simulated, in gas units.

    Receipts of 32 harvests on the local chain gave 302,000 to 306,000 for one cohort through one
    V3 pool (vault that has harvested before, fee paid) and 11,700 for each further one of 63;
    rounded up. Further policies and pools are estimates. Each harvest is simulated before it is
    sent, and decided again with its real gas.
    """

    first: int = 310_000
    per_cohort: int = 12_000
    per_policy: int = 25_000
    per_pool: int = 90_000

    def units(self, cohorts: int, policies: int = 1, pools: int = 1) -> int:
        """Gas units for that many. 0 for no cohort."""
        if cohorts == 0:
            return 0
        return (
            self.first
            + self.per_cohort * (cohorts - 1)
            + self.per_policy * (policies - 1)
            + self.per_pool * (pools - 1)
        )


class GasPrice(Frozen):
    """What gas costs: `wei` per gas unit, `native_usd` USD wad per whole native coin (ether)."""

    wei: int
    native_usd: int

    def usd(self, units: int) -> int:
        """USD wad for that many gas units, rounded up."""
        return ceil_div(units * self.wei * self.native_usd, WAD)


class Breakdown(Frozen):
    """Benefit and costs of a harvest, or of one cohort's share of it. USD wad, gas also in units.

    `oracle_gap` is negative when the pool pays more than the feeds say. `benefit` is what the loss
    is worth to its owners by their own policies. `required` is the margin that must be left over.
    """

    value_sold: int
    value_net: int
    basis: int
    benefit: int
    swap_fee: int
    price_impact: int
    oracle_gap: int
    keeper_fee: int
    gas: int
    gas_units: int
    margin_bps: int = 0

    @property
    def loss(self) -> int:
        """What is realised: the basis (at least that) less the net value received."""
        return self.basis - self.value_net

    @property
    def costs(self) -> int:
        """Everything that is paid for the benefit."""
        return self.swap_fee + self.price_impact + self.oracle_gap + self.keeper_fee + self.gas

    @property
    def net(self) -> int:
        """Benefit less costs."""
        return self.benefit - self.costs

    @property
    def required(self) -> int:
        """The margin: the share of the costs that the net benefit must reach, rounded up."""
        return ceil_div(max(0, self.costs) * self.margin_bps, BPS)

    @property
    def worth_it(self) -> bool:
        """True when the net benefit is positive and reaches the margin."""
        return self.net > 0 and self.net >= self.required

    def with_gas(self, units: int, price: GasPrice) -> Breakdown:
        """The same harvest with another gas use, as an estimate or receipt gave it."""
        return self.model_copy(update={"gas_units": units, "gas": price.usd(units)})

    def numbers(self) -> dict[str, int]:
        """All of it as evidence: USD wad by name, and the gas units."""
        return {
            "loss": self.loss,
            "benefit": self.benefit,
            "swap_fee": self.swap_fee,
            "price_impact": self.price_impact,
            "oracle_gap": self.oracle_gap,
            "keeper_fee": self.keeper_fee,
            "gas": self.gas,
            "gas_units": self.gas_units,
            "costs": self.costs,
            "net": self.net,
            "required": self.required,
        }


def usd_in(units: int, market: Market) -> int:
    """USD wad of units of the asset sold, rounded up (what is given is never understated)."""
    return ceil_div(units * market.price_in, market.scale_in)


def usd_out(units: int, market: Market) -> int:
    """USD wad of units of the asset received, rounded down."""
    return units * market.price_out // market.scale_out


def basis_of(candidate: Candidate, market: Market) -> int:
    """The least basis that the cohort's lots can have together, USD wad, rounded down."""
    return candidate.units * candidate.key.lower // market.scale_in


def benefit_of(candidate: Candidate, basis: int, value_net: int) -> int:
    """What the loss is worth to the cohort's owners by their policy, USD wad, rounded down.

    0 without a loss: a gain is not a benefit, and the contract refuses it anyway.
    """
    return max(0, basis - value_net) * candidate.policy.tax_value // BPS


def break_down(
    candidates: Iterable[Candidate],
    market: Market,
    curve: Curve,
    gross: int,
    fee: int,
    gas_units: int,
    gas_price: GasPrice,
    margin_bps: int = 0,
) -> Breakdown:
    """Benefit and costs of selling these cohorts whole for `gross` units, of which `fee` go to the
    keeper. The curve gives the pool's price for the first unit, which parts fee, impact and gap."""
    chosen = tuple(candidates)
    sold = sum(candidate.units for candidate in chosen)
    net = gross - fee
    value_sold, value_gross = usd_in(sold, market), usd_out(gross, market)
    value_net = usd_out(net, market)
    # What the pools would pay without fee and without impact, and with the fee alone.
    after_fee = curve.marginal(sold)
    spot = after_fee * WAD // curve.route.kept if curve.route.kept else after_fee
    value_spot, value_after_fee = usd_out(spot, market), usd_out(after_fee, market)
    basis = benefit = 0
    for candidate in chosen:
        own_basis = basis_of(candidate, market)
        basis += own_basis
        benefit += benefit_of(candidate, own_basis, value_net * candidate.units // sold)
    return Breakdown(
        value_sold=value_sold,
        value_net=value_net,
        basis=basis,
        benefit=benefit,
        swap_fee=value_spot - value_after_fee,
        price_impact=value_after_fee - value_gross,
        oracle_gap=value_sold - value_spot,
        keeper_fee=value_gross - value_net,
        gas=gas_price.usd(gas_units),
        gas_units=gas_units,
        margin_bps=margin_bps,
    )


def share(whole: Breakdown, candidate: Candidate, sold: int, market: Market) -> Breakdown:
    """One cohort's part of a harvest: its own basis and benefit, costs by its share of the units.

    Rounded up for costs: the parts add up to at least the whole.
    """

    def part(value: int) -> int:
        return ceil_div(value * candidate.units, sold)

    value_net = whole.value_net * candidate.units // sold
    basis = basis_of(candidate, market)
    return Breakdown(
        value_sold=part(whole.value_sold),
        value_net=value_net,
        basis=basis,
        benefit=benefit_of(candidate, basis, value_net),
        swap_fee=part(whole.swap_fee),
        price_impact=part(whole.price_impact),
        oracle_gap=part(whole.oracle_gap),
        keeper_fee=part(whole.keeper_fee),
        gas=part(whole.gas),
        gas_units=part(whole.gas_units),
        margin_bps=whole.margin_bps,
    )
