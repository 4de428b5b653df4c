# pragma version 0.4.3
# pragma optimize codesize
# pragma nonreentrancy on
"""
@title LotVault
@license MIT
@notice Keeps depositors' tax lots and realises losses for whole cohorts of them through a DEX.
@dev Trust. The admin is a timelock, the guardian tightens at once, the keeper harvests within limits that the contract
     computes from feeds; none of them can take a deposit, stop a withdrawal or change a policy. No proxy, no upgrade.
     Manipulation. Pools and routers are not trusted: only measured balances count, and floor, ceiling and loss bucket
     bound what a swap may cost. A feed within its listed deviation can cost what the bucket carries, no more.
     Every external function and every getter, those of the modules included, respects one reentrancy lock.
     USD in wad, amounts in token units, times in seconds; every division says which way it rounds.
"""
from .modules import bucket
from .modules import control
from .modules import errors
from .modules import events
from .modules import harvesting
from .modules import lotbook
from .modules import packing
from .modules import prices
from .modules import registry
from .modules import swaps
from .modules import transfers

initializes: control
initializes: prices[control := control]
initializes: registry[control := control, prices := prices]
initializes: bucket[control := control]
initializes: swaps[control := control]
initializes: lotbook[registry := registry]
initializes: transfers[lotbook := lotbook]
initializes: harvesting[
    bucket := bucket,
    control := control,
    lotbook := lotbook,
    prices := prices,
    registry := registry,
    swaps := swaps,
]

# ---------------------------------------------------------------- exports
exports: (
    # admin and guardian
    control.set_roles,
    control.set_paused,
    control.set_listed,
    prices.set_feed,
    registry.list_asset,
    registry.set_limits,
    swaps.set_adapter,
    bucket.set_bucket,
    # keeper
    harvesting.harvest,
    # owners
    lotbook.change_policy,
    lotbook.set_operator,
    transfers.offer_lot,
    transfers.claim_lot,
    # anyone
    lotbook.roll,
    registry.create_policy,
)
exports: (
    control.roles,
    control.config_word,
    control.harvest_count,
    prices.price,
    prices.read_feed,
    prices.feed_words,
    prices.answer_bounds,
    prices.sequencer,
    prices.grace,
    registry.quote,
    registry.quote_decimals,
    registry.bounds,
    registry.asset_words,
    registry.limits_words,
    registry.policies,
    registry.policy_id,
    registry.policy_count,
    bucket.bucket_word,
    swaps.adapters,
    lotbook.lots,
    lotbook.lot_count,
    lotbook.cohorts,
    lotbook.harvests,
    lotbook.held,
    lotbook.offers,
    lotbook.operators,
    transfers.offer_count,
)

# What every way in names.
struct Entry:
    asset: uint256
    amount: uint256       # units of the asset; of the quote for a purchase
    policy: uint256
    policy_hash: bytes32  # of the policy that is meant: ids are guessable
    shard: uint256
    owner: address        # whose lot: the caller's, or of one who made the caller an operator

# EIP-2612, from the caller to the vault for the entry's amount; deadline 0: none.
struct Permit:
    deadline: uint256
    v: uint8
    r: bytes32
    s: bytes32

SOURCE_DECLARED: constant(uint256) = 1
SOURCE_ORACLE: constant(uint256) = 2
SOURCE_PAID: constant(uint256) = 3
KIND_WITHDRAWN: constant(uint256) = 1
KIND_SOLD: constant(uint256) = 2

WAD: constant(uint256) = 10**18
BPS: constant(uint256) = 10_000


@deploy
def __init__(
    admin: address,
    guardian: address,
    keeper: address,
    quote_: address,
    base: prices.FeedConfig,
    quote_feed: prices.FeedConfig,
    sequencer_: address,
    grace_: uint256,
    bounds_: registry.Bounds,
    bucket_size: uint256,
    assets: DynArray[registry.AssetConfig, 8],
    adapters_: DynArray[address, 4],
):
    """
    @notice Everything a vault starts with is an argument, so that the deployer never has any power over it.
    """
    control.__init__(admin, guardian, keeper)
    prices.__init__(sequencer_, grace_, base, quote_feed)
    registry.__init__(quote_, bounds_, assets)
    bucket.__init__(bucket_size)
    swaps.__init__(adapters_)


# ---------------------------------------------------------------- ways in
@external
def deposit(entry: Entry, permit: Permit) -> uint256:
    """
    @notice Deposit at the oracle's price, acquired now; returns the lot's number.
    """
    token: address = self._enter(entry)
    # Rounded down: a basis is never overstated.
    basis: uint256 = entry.amount * prices._price(entry.asset) // registry._scale(entry.asset)
    self._pay_in(token, entry.amount, permit)
    return self._open(entry, entry.amount, basis, block.timestamp, 0, SOURCE_ORACLE)


@external
def deposit_declared(
    entry: Entry, basis: uint256, acquired_at: uint256, permit: Permit
) -> uint256:
    """
    @notice Deposit with the basis (USD wad, of the whole lot) and acquisition time that the depositor declares.
    """
    errors.check(acquired_at <= block.timestamp, errors.ACQUIRED_IN_FUTURE)
    token: address = self._enter(entry)
    self._pay_in(token, entry.amount, permit)
    return self._open(entry, entry.amount, basis, acquired_at, lotbook.DECLARED, SOURCE_DECLARED)


@external
def buy(
    entry: Entry,
    legs: DynArray[swaps.Leg, 4],
    min_out: uint256,
    deadline: uint256,
    permit: Permit,
) -> uint256:
    """
    @notice Pay `entry.amount` of the quote, get the asset as a lot whose basis is what was paid; returns its number.
    @dev A basis can be forged through one's own pool, so a price per unit away from the oracle's, or no oracle, flags
         the lot as declared. Feeds are asked, never depended on.
    """
    swaps._check_deadline(deadline)
    token: address = self._enter(entry)
    self._pay_in(registry.quote, entry.amount, permit)
    units: uint256 = swaps._swap(registry.quote, token, entry.amount, legs)
    errors.check(units >= min_out, errors.TOO_LITTLE_OUT)

    quote_price: uint256 = 0
    quote_time: uint256 = 0
    status: uint256 = 0
    quote_price, quote_time, status = prices._read(prices.QUOTE)
    flags: uint256 = 0
    paid_price: uint256 = quote_price
    if status != prices.OK:
        paid_price = WAD
        flags = lotbook.DECLARED
    # Rounded down: a basis is never overstated.
    basis: uint256 = entry.amount * paid_price // 10**registry.quote_decimals
    price: uint256 = prices._try_price(entry.asset)
    fair: uint256 = units * price // registry._scale(entry.asset)
    tolerance: uint256 = fair * registry.bounds.buy_tolerance // BPS
    if price == 0 or basis > fair + tolerance or basis + tolerance < fair:
        flags = lotbook.DECLARED

    lot: uint256 = self._open(entry, units, basis, block.timestamp, flags, SOURCE_PAID)
    log events.Bought(
        owner=entry.owner, lot=lot, quote_amount=entry.amount, quote_price=quote_price, quote_time=quote_time
    )
    return lot


@internal
@view
def _enter(entry: Entry) -> address:
    """
    @notice What every way in checks before a token moves; returns the asset's token.
    """
    control._not_paused(control.PAUSE_DEPOSITS)
    control._check_listed(entry.asset)
    registry._check_policy(entry.policy, entry.policy_hash)
    lotbook._authorize(entry.owner)
    return registry._token(entry.asset)


@internal
def _open(
    entry: Entry, units: uint256, basis: uint256, acquired_at: uint256, flags: uint256, source: uint256
) -> uint256:
    lotbook._hold(entry.asset, units)
    return lotbook._open(
        entry.owner, entry.asset, entry.policy, entry.shard, units, basis, acquired_at, flags, source
    )


@internal
def _pay_in(token: address, amount: uint256, permit: Permit):
    if permit.deadline != 0:
        # A permit that somebody sent first has done its work already: its failure is not ours. Whatever it did, only
        # the caller's own tokens are taken below, and only by his allowance.
        _done: bool = raw_call(
            token,
            abi_encode(
                msg.sender,
                self,
                amount,
                permit.deadline,
                permit.v,
                permit.r,
                permit.s,
                method_id=method_id("permit(address,address,uint256,uint256,uint8,bytes32,bytes32)"),
            ),
            revert_on_failure=False,
        )
    swaps._pull(token, amount)


# ---------------------------------------------------------------- ways out
@external
def withdraw(lot: uint256, asset: uint256, amount: uint256, to: address, owner: address = msg.sender) -> uint256:
    """
    @notice Withdraw a lot in kind, whole (max_uint) or in part; returns the units. Reads no price, knows no pause.
    @param asset The asset that the caller takes the lot to be of, or max_uint for any, with all units.
    """
    return self._withdraw([lotbook.LotAmount(lot=lot, amount=amount)], asset, to, owner)


@external
def withdraw_many(
    items: DynArray[lotbook.LotAmount, 32], asset: uint256, to: address, owner: address = msg.sender
) -> uint256:
    """
    @notice Withdraw from up to 32 lots of one asset, all or nothing; returns the units.
    """
    return self._withdraw(items, asset, to, owner)


@internal
def _withdraw(items: DynArray[lotbook.LotAmount, 32], asset: uint256, to: address, owner: address) -> uint256:
    self._check_receiver(to)
    lotbook._authorize(owner)
    meant: uint256 = 0
    units: uint256 = 0
    meant, units = lotbook._take_many(owner, items, asset, KIND_WITHDRAWN)
    log events.Withdrawn(owner=owner, asset=meant, to=to, units=units)
    swaps._send(registry._token(meant), to, units)
    return units


@internal
@view
def _check_receiver(to: address):
    errors.check(to != empty(address) and to != self, errors.BAD_RECEIVER)


@external
def sell(
    items: DynArray[lotbook.LotAmount, 32],
    asset: uint256,
    legs: DynArray[swaps.Leg, 4],
    min_out: uint256,
    deadline: uint256,
    to: address,
) -> uint256:
    """
    @notice Sell from up to 32 of the caller's lots for the quote, all or nothing; returns the quote units paid to `to`.
    @dev The quote's feed is asked for the record only; a feed that is dead or lies cannot stop a sale.
    """
    swaps._check_deadline(deadline)
    self._check_receiver(to)
    meant: uint256 = 0
    units: uint256 = 0
    meant, units = lotbook._take_many(msg.sender, items, asset, KIND_SOLD)
    paid: uint256 = swaps._swap(registry._token(meant), registry.quote, units, legs)
    errors.check(paid >= min_out, errors.TOO_LITTLE_OUT)
    price: uint256 = 0
    at: uint256 = 0
    status: uint256 = 0
    price, at, status = prices._read(prices.QUOTE)
    log events.Sold(
        owner=msg.sender,
        asset=meant,
        to=to,
        units=units,
        quote_amount=paid,
        quote_price=price,
        quote_time=at,
        count=len(items),
    )
    swaps._send(registry.quote, to, paid)
    return paid
