# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Harvesting
@license MIT
@notice One swap of whole cohorts from one asset into another, within limits that the contract itself computes.
@dev Trust: none in the keeper. With p the price of the asset sold, v the net value received per unit and `lower` the
     least unit basis of a cohort:

     eligible   p_hi <= lower * (1 - min_loss)       p_hi = p * (1 + dev(base) + dev(in)), what p may be at most
     floor      v >= p * (1 - max_slippage)          the market agrees with the feed
                v >= p - max_cost * (lower - p_hi)   derivation: the cost per unit is p - v, the loss before cost is at
                                                     least lower - p_hi; a harvest may cost the policy's share of the
                                                     very loss that it realises, no more
     ceiling    gross <= lower                       else some lot would realise a gain
                gross <= p * (1 + max_slippage)      else feed and market disagree

     The floor is the largest over all cohorts, the ceiling the smallest: no cohort pays for another one's basis.
     floor <= p <= ceiling always, so they never exclude each other. Compared by cross-multiplication: no rounding.
"""
from . import bucket
from . import control
from . import errors
from . import events
from . import lotbook
from . import packing
from . import prices
from . import registry
from . import swaps

uses: bucket
uses: control
uses: lotbook
uses: prices
uses: registry
uses: swaps

# The two sides of a harvest as the feeds see them.
struct Market:
    asset_in: uint256
    token_in: address
    scale_in: uint256   # 10**decimals
    token_out: address
    decimals_out: uint256
    scale_out: uint256
    base: uint256       # USD wad
    base_time: uint256
    rate_in: uint256    # base wad per whole token
    time_in: uint256
    rate_out: uint256
    time_out: uint256
    price_in: uint256   # USD wad per whole token
    price_out: uint256
    price_high: uint256  # p_hi
    hidden: uint256      # bps that the two rate feeds may be off together

# What the cohorts, each by its own policy, allow.
struct Limits:
    floor: uint256    # least net value per whole token sold, USD wad
    ceiling: uint256  # largest gross value per whole token sold
    max_fee: uint256  # bps of the gross proceeds

WAD: constant(uint256) = 10**18
BPS: constant(uint256) = 10_000
DAY: constant(uint256) = 86_400
MAX_KEYS: constant(uint256) = 64
U128: constant(uint256) = 2**128 - 1


@external
def harvest(
    keys: DynArray[uint256, MAX_KEYS],
    to_asset: uint256,
    legs: DynArray[swaps.Leg, 4],
    min_rate: uint256,
    min_sold: uint256,
    fee_bps: uint256,
    deadline: uint256,
) -> uint256:
    """
    @notice Sell whole cohorts for `to_asset`; keeper only. Returns the harvest's number.
    @param keys Cohort keys, strictly ascending, of one asset; empty cohorts are dropped before all else.
    @param legs Up to four swaps; each but the last takes a share of the units sold.
    @param min_rate Least net units of `to_asset` per whole token sold: a rate, since an owner may leave meanwhile.
    @param min_sold Least units that must be left to sell.
    @param fee_bps Keeper's fee in bps of the gross proceeds.
    """
    control._only(control.KEEPER)
    control._not_paused(control.PAUSE_HARVESTS)
    swaps._check_deadline(deadline)

    # 1. Which cohorts, and what they allow.
    sold: uint256 = 0
    market: Market = empty(Market)
    limits: Limits = Limits(floor=0, ceiling=max_value(uint256), max_fee=BPS)
    last_key: uint256 = 0
    for key: uint256 in keys:
        errors.check(key > last_key, errors.KEYS_NOT_ASCENDING)
        last_key = key
        word: uint256 = lotbook.cohorts[key]
        # Nothing there: its owners have left. They must not be able to break the batch, nor the keeper to mark keys of
        # days to come.
        if word == 0:
            continue
        errors.check(packing.low(word) == 0, errors.COHORT_HARVESTED)
        if sold == 0:
            market = self._market(packing.key_asset(key), to_asset)
        errors.check(packing.key_asset(key) == market.asset_in, errors.ASSETS_DIFFER)
        limits = self._tighten(limits, key, to_asset, market)
        sold += packing.high(word)
    errors.check(sold != 0 and sold >= min_sold, errors.TOO_LITTLE_TO_SELL)
    errors.check(fee_bps <= limits.max_fee, errors.FEE_ABOVE_POLICY)

    # 2. The swap, the fee, the limits.
    gross: uint256 = swaps._swap(market.token_in, market.token_out, sold, legs)
    fee: uint256 = gross * fee_bps // BPS
    net: uint256 = gross - fee
    errors.check(sold <= U128 and gross <= U128 and market.price_out <= U128, errors.AMOUNTS_OUT_OF_RANGE)
    errors.check(gross * market.price_out // market.scale_out <= U128, errors.AMOUNTS_OUT_OF_RANGE)
    errors.check(net * market.scale_in >= min_rate * sold, errors.RATE_BELOW_MINIMUM)
    # Value per whole token sold = units * unit_value / size, compared without the division: no rounding blurs it.
    unit_value: uint256 = market.price_out * market.scale_in
    size: uint256 = sold * market.scale_out
    errors.check(net * unit_value >= limits.floor * size, errors.BELOW_FLOOR)
    errors.check(gross * unit_value <= limits.ceiling * size, errors.ABOVE_CEILING)
    used: uint256 = bucket._debit(self._loss(market, sold, net))

    # 3. Write it down.
    number: uint256 = control._next_harvest()
    outcome: uint256 = packing.outcome(
        market.decimals_out, to_asset, packing.band(market.price_out), block.timestamp, market.price_out
    )
    lotbook.harvests[number] = lotbook.HarvestWords(amounts=packing.pair(sold, net), outcome=outcome)
    lotbook._release(market.asset_in, sold)
    lotbook._hold(to_asset, self._settle(keys, number, outcome, sold, net, to_asset))
    log events.Harvested(
        harvest=number,
        keeper=msg.sender,
        asset_in=market.asset_in,
        asset_out=to_asset,
        sold=sold,
        gross=gross,
        fee=fee,
        net=net,
        price_in=market.price_in,
        price_out=market.price_out,
        base_price=market.base,
        base_time=market.base_time,
        time_in=market.time_in,
        time_out=market.time_out,
        bucket_used=used,
    )
    swaps._send(market.token_out, msg.sender, fee)
    return number


@internal
@view
def _market(asset: uint256, to_asset: uint256) -> Market:
    control._check_listed(to_asset)
    errors.check(to_asset != asset, errors.SAME_ASSET)
    market: Market = empty(Market)
    market.asset_in = asset
    decimals_in: uint256 = 0
    market.token_in, decimals_in = registry._token_and_decimals(asset)
    market.scale_in = 10**decimals_in
    market.token_out, market.decimals_out = registry._token_and_decimals(to_asset)
    market.scale_out = 10**market.decimals_out
    market.base, market.base_time = prices._rate(prices.BASE)
    market.rate_in, market.time_in = prices._rate(asset)
    market.rate_out, market.time_out = prices._rate(to_asset)
    market.price_in = market.base * market.rate_in // WAD
    market.price_out = market.base * market.rate_out // WAD
    # A price below one wad-wei is none; with it, band 0 would be harvestable for nothing.
    errors.check(market.price_in != 0, errors.FEED_HAS_NO_ANSWER)
    # Rounded up: against the keeper.
    dev_in: uint256 = prices._dev(asset)
    market.price_high = self._ceil_div(market.price_in * (BPS + prices._dev(prices.BASE) + dev_in), BPS)
    market.hidden = dev_in + prices._dev(to_asset)
    return market


@internal
@view
def _tighten(limits: Limits, key: uint256, to_asset: uint256, market: Market) -> Limits:
    """
    @notice Check one cohort against its own policy and narrow the limits to what it allows.
    """
    policy: uint256 = registry.policies[packing.key_policy(key)]
    errors.check((packing.policy_mask(policy) >> to_asset) & 1 == 1, errors.NOT_A_REPLACEMENT)
    # That many full days since deposit, change of policy or harvest.
    errors.check(block.timestamp // DAY > packing.key_day(key) + packing.policy_min_hold_days(policy), errors.HELD_TOO_SHORT)
    lower: uint256 = packing.lower(packing.key_band(key))
    errors.check(market.price_high <= lower * (BPS - packing.policy_min_loss(policy)) // BPS, errors.LOSS_TOO_SMALL)

    # From here on lower >= price_high >= price_in: nothing below can underflow, and `lower` has 188 bits at most.
    price: uint256 = market.price_in
    slippage: uint256 = packing.policy_max_slippage(policy)
    cost: uint256 = packing.policy_max_cost(policy) * (lower - market.price_high) // BPS
    return Limits(
        floor=max(
            limits.floor, max(self._ceil_div(price * (BPS - slippage), BPS), price - min(price, cost))
        ),
        ceiling=min(limits.ceiling, min(lower, price * (BPS + slippage) // BPS)),
        max_fee=min(limits.max_fee, packing.policy_max_fee(policy)),
    )


@internal
@pure
def _loss(market: Market, sold: uint256, net: uint256) -> uint256:
    """
    @notice What the harvest may have cost, in the base (wad): the shortfall and what the two rate feeds may hide.
    @dev From rate feeds only, so that no USD feed can widen it. Rounded up, against the keeper.
    """
    value_sold: uint256 = self._ceil_div(sold * market.rate_in, market.scale_in)
    value_net: uint256 = net * market.rate_out // market.scale_out
    hidden: uint256 = self._ceil_div(value_sold * market.hidden, BPS)
    return value_sold - min(value_sold, value_net) + hidden


@internal
def _settle(
    keys: DynArray[uint256, MAX_KEYS],
    number: uint256,
    outcome: uint256,
    sold: uint256,
    net: uint256,
    to_asset: uint256,
) -> uint256:
    """
    @notice Mark the cohorts and open one for each policy; returns the units of all those opened.
    @dev Keys ascend and the policy comes right after the asset, so a policy's cohorts stand together.
    """
    opened: uint256 = 0
    policy: uint256 = 0
    group: uint256 = 0   # units of this policy so far
    merged: uint256 = 0  # cohorts of this policy so far
    for key: uint256 in keys:
        units: uint256 = packing.high(lotbook.cohorts[key])
        # An empty key of `to_asset` may be the very cohort that this loop opens: it was not sold.
        if units == 0 or packing.key_asset(key) == to_asset:
            continue
        if merged != 0 and packing.key_policy(key) != policy:
            opened += self._open_merged(policy, number, outcome, net * group // sold, merged, to_asset)
            group = 0
            merged = 0
        policy = packing.key_policy(key)
        lotbook.cohorts[key] = packing.pair(units, number)
        log events.CohortHarvested(key=key, harvest=number, units=units)
        group += units
        merged += 1
    return opened + self._open_merged(policy, number, outcome, net * group // sold, merged, to_asset)


@internal
def _open_merged(
    policy: uint256, number: uint256, outcome: uint256, units: uint256, merged: uint256, to_asset: uint256
) -> uint256:
    """
    @notice Open the cohort that a policy's `merged` cohorts become; returns its units.
    @dev Its units were rounded down: the dust belongs to nobody and stays in the vault.
    """
    if merged > 1:
        # Merging must not make a cohort too big to be sold again; one alone is as big as it was.
        errors.check(units <= packing.low(registry.limits_words[to_asset]), errors.MERGED_ABOVE_CAP)
    key: uint256 = packing.outcome_key(outcome, policy, number)
    lotbook.cohorts[key] = packing.pair(units, 0)
    log events.CohortOpened(key=key, harvest=number, units=units)
    return units


@internal
@pure
def _ceil_div(x: uint256, y: uint256) -> uint256:
    return (x + y - 1) // y
