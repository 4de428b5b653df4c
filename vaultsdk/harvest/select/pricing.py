"""What one harvest of a block is worth at its place in the row, by the contract's rules.

The same integers as `core.harvest_rules.settle` and `harvest.economics.break_down`, but from a
block's sums: no loop over cohorts. The benefit is rounded down once for each cohort, so that it is
never above the exact one, and below it by less than a wad-wei a cohort.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from vaultsdk.core import harvest_rules as rules
from vaultsdk.core.decision import Reason
from vaultsdk.core.harvest_rules import Market
from vaultsdk.core.policy import BPS
from vaultsdk.harvest.choose import Terms
from vaultsdk.harvest.select.block import Block
from vaultsdk.harvest.select.proceeds import Outlet


class Priced(NamedTuple):
    """A harvest priced: net benefit (USD wad; 0 where there are no proceeds), the bucket's use
    after it (base wad), and the reason against it, if any.

    `grows`: the reason is one that more cohorts can take away (not worth its gas, above the
    ceiling); all others only get worse.
    """

    value: int
    used: int
    reason: Reason | None = None
    grows: bool = False


class Pricer:
    """Prices blocks sold one after another through one outlet."""

    def __init__(self, market: Market, outlet: Outlet, terms: Terms) -> None:
        self.market, self.outlet, self.terms = market, outlet, terms
        self.used = rules.bucket_used(terms.bucket, terms.now)
        self.price = market.price_in
        self.scale = market.scale_in
        self._price_out, self._scale_out = market.price_out, market.scale_out
        self._rate_in, self._rate_out = market.rate_in, market.rate_out
        self._dev = market.dev_in + market.dev_out
        self._size, self._cap = terms.bucket.size, terms.cohort_cap
        self._wei = terms.gas_price.wei * terms.gas_price.native_usd
        self._outs: dict[int, int | None] = {}
        # What the first cohort pays beyond what each further one does.
        gas = terms.gas
        self.opening = terms.gas_price.usd(gas.units(1, 1, outlet.pools))
        self.gas_each = terms.gas_price.usd(gas.per_cohort)

    def out(self, units: int) -> int | None:
        """Units out for all units up to here, those ahead included; each asked for once."""
        found = self._outs.get(units, -1)
        if found == -1:
            found = self._outs[units] = self.outlet.proceeds.out(units)
        return found

    def gross(self, sold: int, units: int) -> int:
        """Proceeds of `units` after `sold` of our own; 0 where the pools do not take them."""
        start = self.outlet.ahead + sold
        after, before = self.out(start + units), self.out(start)
        return 0 if after is None or before is None else max(0, after - before)

    def rate(self, sold: int, units: int) -> int:
        """USD wad that a whole token brings on average between `sold` and `units` more, before
        any keeper fee; 0 where the pools do not take them."""
        gross = self.gross(sold, units)
        return gross * self._price_out * self.scale // (self._scale_out * units)

    def most(self, sold: int, units: int) -> int:
        """The same, never too little: as if the pools had paid one unit more."""
        gross = self.gross(sold, units) + 1
        return -(-gross * self._price_out * self.scale // (self._scale_out * units))

    def profit(self, block: Block, rate: int) -> int:
        """What a block adds at a given marginal rate (USD wad per whole token) beside others."""
        gain = block.taxed_basis + (block.units * BPS - block.taxed_units) * rate // self.scale
        return gain // BPS - block.units * self.price // self.scale - self.gas_each * block.count

    def profits(self, blocks: Iterable[Block], rate: int) -> list[int]:
        """`profit` of single cohorts, many at once."""
        scale, price, gas = self.scale, self.price, self.gas_each
        return [
            (one.taxed_basis + (one.units * BPS - one.taxed_units) * rate // scale) // BPS
            - one.units * price // scale
            - gas
            for one in blocks
        ]

    def __call__(self, block: Block, sold: int, used: int) -> Priced:
        """One harvest of the block after `sold` units, at a bucket used up to `used`."""
        units, terms = block.units, self.terms
        gross = self.gross(sold, units)
        if not gross:
            return Priced(0, used, Reason.NO_ROUTE)
        fee_bps = min(terms.fee_bps, block.max_fee)
        fee = gross * fee_bps // BPS
        net = gross - fee
        scale, scale_out, price_out = self.scale, self._scale_out, self._price_out
        # Value first: a refusal is more useful with what the harvest would have been worth.
        gross_usd, net_usd = gross * price_out // scale_out, net * price_out // scale_out
        sold_usd = -(-units * self.price // scale)
        benefit = (
            block.taxed_basis - -(-net_usd * block.taxed_units // units)
        ) // BPS - block.count
        policies = len(block.parts) if block.parts else 1
        gas = terms.gas.units(block.count, policies, self.outlet.pools)
        gas_usd = -(-gas * self._wei // rules.WAD)
        costs = sold_usd - net_usd + gas_usd
        value = benefit - costs
        value_sold = -(-units * self._rate_in // scale)
        debit = max(0, value_sold - net * self._rate_out // scale_out) - (
            -value_sold * self._dev // BPS
        )
        after = used + debit
        if fee_bps < terms.min_fee_bps:
            return Priced(value, after, Reason.FEE_ABOVE_POLICY)
        if max(units, gross, price_out, gross_usd) > rules.U128:
            return Priced(value, after, Reason.AMOUNTS_OUT_OF_RANGE)
        if net * price_out * scale < block.floor * units * scale_out:
            return Priced(value, after, Reason.BELOW_FLOOR)
        if after > self._size:
            return Priced(value, after, Reason.BUCKET_EXHAUSTED)
        if net > self._cap:
            for count, part in block.by_policy().values():
                if count > 1 and net * part // units > self._cap:
                    return Priced(value, after, Reason.MERGED_ABOVE_CAP)
        if gross * price_out * scale > block.ceiling * units * scale_out:
            return Priced(value, after, Reason.ABOVE_CEILING, grows=True)
        if terms.max_cost is not None and costs > terms.max_cost:
            return Priced(value, after, Reason.NOT_WORTH_IT)
        margin = -(-max(0, costs) * terms.margin_bps // BPS)
        unpaid = terms.fee_covers_gas and gross_usd - net_usd < gas_usd
        if value <= 0 or value < margin or unpaid:
            return Priced(value, after, Reason.NOT_WORTH_IT, grows=True)
        return Priced(value, after)
