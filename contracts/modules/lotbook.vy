# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Lots
@license MIT
@notice Lots, the cohorts they travel in, and the roll that brings a lot up to date.
@dev A harvest touches cohorts only. A lot follows lazily: as long as its cohort is harvested,

         units = units * proceeds // sold            rounded down, the dust stays with the vault
         basis = units * price // 10**decimals       what those units were worth then

     and the lot is in the cohort that the harvest opened for the same policy. Rolling reads no list, feed, flag or cap,
     and cannot overflow: a lot's units are at most `sold`, and the harvest checked that proceeds, price and their
     product over 10**decimals fit 128 bits. So every lot can always be rolled, and therefore withdrawn.

     Conservation: the sum over lots of a cohort's units is at most the cohort's units, because each share is rounded
     down; `held` is the sum of the open cohorts. Only open cohorts change.

     held word | odd asset 128 | even asset 128 |

     Two assets share a word, so that a harvest between neighbours (WETH and wstETH) pays for one slot, not two.
"""
from . import errors
from . import events
from . import packing
from . import registry

uses: registry

struct LotWords:
    head: uint256
    body: uint256

struct HarvestWords:
    amounts: uint256
    outcome: uint256

struct Lot:
    key: uint256
    acquired_at: uint256
    flags: uint256
    units: uint256
    basis: uint256

struct LotAmount:
    lot: uint256
    amount: uint256

DECLARED: constant(uint256) = 1  # flag: nobody but the owner vouches for the basis

SOURCE_SPLIT: constant(uint256) = 4
KIND_SPLIT: constant(uint256) = 3

DAY: constant(uint256) = 86_400
MAX_HOPS: constant(uint256) = 64
SHARDS: constant(uint256) = 8
MAX: constant(uint256) = max_value(uint256)
U128: constant(uint256) = 2**128 - 1

lots: public(HashMap[address, HashMap[uint256, LotWords]])
lot_count: public(HashMap[address, uint256])
cohorts: public(HashMap[uint256, uint256])
harvests: public(HashMap[uint256, HarvestWords])
held_words: HashMap[uint256, uint256]  # by half the asset id
offers: public(HashMap[address, HashMap[uint256, uint256]])
operators: public(HashMap[address, HashMap[address, bool]])


# ---------------------------------------------------------------- operators
@external
def set_operator(operator: address, approved: bool):
    """
    @notice Let `operator` deposit for the caller and withdraw the caller's lots, anywhere; or stop it.
    @dev Meant for contracts that act for their own caller only, such as the ETH gate.
    """
    self.operators[msg.sender][operator] = approved
    log events.OperatorSet(owner=msg.sender, operator=operator, approved=approved)


@internal
@view
def _authorize(owner: address):
    errors.check(msg.sender == owner or self.operators[owner][msg.sender], errors.NOT_THE_OWNER)


# ---------------------------------------------------------------- roll
@external
def roll(owner: address, lot: uint256, hops: uint256) -> uint256:
    """
    @notice Bring a lot forward by up to `hops` (at most 64) harvests; anyone may. Returns the hops done.
    @dev However the hops are split over calls, the lot ends the same.
    """
    rolled: Lot = empty(Lot)
    done: uint256 = 0
    rolled, done = self._advance(owner, lot, min(hops, MAX_HOPS))
    if done != 0:
        self._store(owner, lot, rolled)
    return done


@internal
def _advance(owner: address, lot: uint256, hops: uint256) -> (Lot, uint256):
    """
    @notice A lot as it is after up to `hops` harvests, and their number. Logs, but does not store.
    """
    words: LotWords = self.lots[owner][lot]
    errors.check(words.head != 0, errors.NO_SUCH_LOT)
    rolled: Lot = Lot(
        key=packing.head_key(words.head),
        acquired_at=packing.head_acquired_at(words.head),
        flags=packing.head_flags(words.head),
        units=packing.high(words.body),
        basis=packing.low(words.body),
    )
    policy: uint256 = packing.key_policy(rolled.key)
    done: uint256 = 0
    for _: uint256 in range(hops, bound=MAX_HOPS):
        number: uint256 = packing.low(self.cohorts[rolled.key])
        if number == 0:
            break
        harvest: HarvestWords = self.harvests[number]
        rolled.key = packing.outcome_key(harvest.outcome, policy, number)
        rolled.acquired_at = packing.outcome_time(harvest.outcome)
        # Both round down, in favour of the vault: what is not anybody's units stays in the cohort.
        rolled.units = rolled.units * packing.low(harvest.amounts) // packing.high(harvest.amounts)
        rolled.basis = rolled.units * packing.low(harvest.outcome) // packing.outcome_scale(harvest.outcome)
        done += 1
    if done != 0:
        # What was declared has been realised; the new basis is what a swap paid.
        rolled.flags &= ~DECLARED
        log events.LotRolled(
            owner=owner,
            lot=lot,
            hops=done,
            key=rolled.key,
            units=rolled.units,
            basis=rolled.basis,
            acquired_at=rolled.acquired_at,
        )
    return rolled, done


@internal
def _current(owner: address, lot: uint256, asset: uint256) -> Lot:
    """
    @notice A lot brought up to date, of the asset that the caller means (or of any, for max_uint).
    """
    rolled: Lot = empty(Lot)
    done: uint256 = 0
    rolled, done = self._advance(owner, lot, MAX_HOPS)
    errors.check(done != MAX_HOPS or packing.low(self.cohorts[rolled.key]) == 0, errors.ROLL_FIRST)
    errors.check(asset == MAX or asset == packing.key_asset(rolled.key), errors.LOT_OF_ANOTHER_ASSET)
    return rolled


@internal
@pure
def _amount(rolled: Lot, asset: uint256, amount: uint256) -> uint256:
    """
    @notice How many units an owner means: max_uint is all, and all is the only amount that fits any asset.
    """
    if amount == MAX:
        return rolled.units
    errors.check(asset != MAX, errors.ANY_ASSET_NEEDS_ALL_UNITS)
    errors.check(amount != 0, errors.ZERO_AMOUNT)
    errors.check(amount <= rolled.units, errors.MORE_THAN_LOT_HOLDS)
    return amount


@internal
def _store(owner: address, lot: uint256, rolled: Lot):
    self.lots[owner][lot] = LotWords(
        head=packing.head(rolled.key, rolled.acquired_at, rolled.flags),
        body=packing.pair(rolled.units, rolled.basis),
    )


# ---------------------------------------------------------------- held
@external
@view
def held(asset: uint256) -> uint256:
    """
    @notice Units of an asset in all its open cohorts.
    """
    return (self.held_words[asset >> 1] >> ((asset & 1) << 7)) & U128


@internal
def _hold(asset: uint256, units: uint256):
    bits: uint256 = (asset & 1) << 7
    word: uint256 = self.held_words[asset >> 1]
    # The sum must not run into the neighbour's half.
    errors.check(((word >> bits) & U128) + units <= U128, errors.AMOUNTS_OUT_OF_RANGE)
    self.held_words[asset >> 1] = word + (units << bits)


@internal
def _release(asset: uint256, units: uint256):
    # What leaves was held: open cohorts have their units, and `held` is their sum.
    self.held_words[asset >> 1] -= units << ((asset & 1) << 7)


# ---------------------------------------------------------------- in
@internal
def _join(asset: uint256, policy: uint256, band: uint256, shard: uint256, units: uint256, cap: uint256) -> uint256:
    """
    @notice Add units to the first of eight shards of today that has room; returns the cohort's key.
    @dev Only today's key can be built here and no cohort is harvested on its own day, so nobody joins yesterday's
         cohort (postponing its harvest) nor a harvested one (sharing in its proceeds).
    """
    errors.check(shard < packing.HARVEST_SEQ - SHARDS, errors.NO_SUCH_SHARD)
    key: uint256 = packing.key(asset, policy, band, block.timestamp // DAY, shard)
    for _: uint256 in range(SHARDS):
        word: uint256 = self.cohorts[key]
        if packing.low(word) == 0 and packing.high(word) + units <= cap:
            self.cohorts[key] = word + (units << 128)
            return key
        key += 1
    errors.check(False, errors.COHORTS_FULL)
    raise  # not reached



@internal
def _append(owner: address, opened: Lot) -> uint256:
    lot: uint256 = self.lot_count[owner]
    self.lot_count[owner] = lot + 1
    self._store(owner, lot, opened)
    return lot


@internal
def _open(
    owner: address,
    asset: uint256,
    policy: uint256,
    shard: uint256,
    units: uint256,
    basis: uint256,
    acquired_at: uint256,
    flags: uint256,
    source: uint256,
) -> uint256:
    """
    @notice Open a lot in today's cohort of its band. The units must be in the vault and in `held`.
    """
    limits: uint256 = registry.limits_words[asset]
    errors.check(units != 0 and units >= packing.high(limits), errors.BELOW_MINIMUM_DEPOSIT)
    errors.check(basis <= U128, errors.BASIS_TOO_LARGE)
    # Rounded down, so the band's lower end is never above what the lot cost.
    band: uint256 = packing.band(basis * registry._scale(asset) // units)
    opened: Lot = Lot(
        key=self._join(asset, policy, band, shard, units, packing.low(limits)),
        acquired_at=acquired_at,
        flags=flags,
        units=units,
        basis=basis,
    )
    lot: uint256 = self._append(owner, opened)
    log events.LotOpened(
        owner=owner,
        lot=lot,
        key=opened.key,
        units=units,
        basis=basis,
        acquired_at=acquired_at,
        flags=flags,
        source=source,
    )
    return lot


# ---------------------------------------------------------------- out
@internal
def _take(owner: address, lot: uint256, rolled: Lot, units: uint256, kind: uint256) -> uint256:
    """
    @notice Take units out of an up-to-date lot and out of its cohort; returns the basis that goes with them.
    @dev The basis part is rounded down and the rest stays, so nothing of it is lost. Voids an offer of the lot.
    """
    basis: uint256 = rolled.basis
    left: Lot = rolled
    left.units -= units
    if left.units == 0:
        left.basis = 0
        self.lots[owner][lot] = empty(LotWords)
    else:
        basis = rolled.basis * units // rolled.units
        left.basis -= basis
        self._store(owner, lot, left)
    self.offers[owner][lot] = 0
    self.cohorts[rolled.key] -= units << 128
    log events.LotReduced(
        owner=owner,
        lot=lot,
        key=rolled.key,
        kind=kind,
        units=units,
        basis=basis,
        acquired_at=rolled.acquired_at,
        flags=rolled.flags,
        units_left=left.units,
        basis_left=left.basis,
    )
    return basis


@internal
def _take_many(
    owner: address, items: DynArray[LotAmount, 32], asset: uint256, kind: uint256
) -> (uint256, uint256):
    """
    @notice Take from several lots of one asset and from `held`; returns the asset and the sum. All or nothing.
    """
    meant: uint256 = asset
    total: uint256 = 0
    errors.check(len(items) != 0, errors.NO_LOTS)
    for item: LotAmount in items:
        rolled: Lot = self._current(owner, item.lot, meant)
        units: uint256 = self._amount(rolled, asset, item.amount)
        # With any asset, the first lot says which one; a batch is of one asset.
        meant = packing.key_asset(rolled.key)
        self._take(owner, item.lot, rolled, units, kind)
        total += units
    self._release(meant, total)
    return meant, total


# ---------------------------------------------------------------- policy
@external
def change_policy(
    lot: uint256, asset: uint256, amount: uint256, policy: uint256, policy_hash: bytes32, shard: uint256
) -> uint256:
    """
    @notice Put a lot, or a part of it (which becomes a lot of its own), under another policy; returns its number.
    @dev Basis, acquisition time and flags stay; the holding clock starts again (today's cohort). A change to policy 0
         that names any asset is never refused, whatever cap, pause, listing or basis: it is the way out of all harvests.
    """
    rolled: Lot = self._current(msg.sender, lot, asset)
    units: uint256 = self._amount(rolled, asset, amount)
    meant: uint256 = packing.key_asset(rolled.key)
    if policy != 0:
        registry._check_policy(policy, policy_hash)

    if units != rolled.units:
        basis: uint256 = self._take(msg.sender, lot, rolled, units, KIND_SPLIT)
        return self._open(
            msg.sender, meant, policy, shard, units, basis, rolled.acquired_at, rolled.flags, SOURCE_SPLIT
        )

    from_key: uint256 = rolled.key
    self.cohorts[from_key] -= units << 128
    self.offers[msg.sender][lot] = 0
    if asset == MAX and policy == 0:
        rolled.key = self._join(meant, 0, 0, 0, units, U128)
    else:
        unit_basis: uint256 = 0
        if units != 0:
            unit_basis = rolled.basis * registry._scale(meant) // units
        cap: uint256 = packing.low(registry.limits_words[meant])
        rolled.key = self._join(meant, policy, packing.band(unit_basis), shard, units, cap)
    self._store(msg.sender, lot, rolled)
    log events.PolicyChanged(owner=msg.sender, lot=lot, key=rolled.key, from_key=from_key)
    return lot
