# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Registry
@license MIT
@notice Assets (append-only: an id's token and decimals never change) and policies (immutable, anyone may create one).
@dev Trust: listing is the admin's word that a token neither rebases nor charges for transfers and is worth what its
     rate feed says. Policy ids are guessable, so every way in also takes the hash of the policy that is meant.

     asset word  | unused 88 | decimals 8 | token 160 |
     limits word | min_deposit 128 | cohort_cap 128 |
     policy word | see packing |
"""
from ethereum.ercs import IERC20Detailed

from . import control
from . import errors
from . import events
from . import packing
from . import prices

uses: control
uses: prices

struct AssetConfig:
    token: address
    rate: prices.FeedConfig
    min_deposit: uint256  # units
    cohort_cap: uint256   # units an open cohort may hold

# Hard bounds of this deployment, in bps: no policy may allow more.
struct Bounds:
    max_cost: uint256
    max_slippage: uint256
    max_fee: uint256
    buy_tolerance: uint256  # a purchase further than this from the oracle has a declared basis

BPS: constant(uint256) = 10_000
MAX_POLICIES: constant(uint256) = 2**32

bounds: public(immutable(Bounds))
quote: public(immutable(address))
quote_decimals: public(immutable(uint256))

asset_words: public(HashMap[uint256, uint256])
limits_words: public(HashMap[uint256, uint256])
asset_id_plus_one: HashMap[address, uint256]

policies: public(HashMap[uint256, uint256])
policy_id: public(HashMap[uint256, uint256])  # of a policy word; 0 when there is none
policy_count: public(uint256)


@deploy
def __init__(quote_: address, bounds_: Bounds, assets: DynArray[AssetConfig, 8]):
    quote = quote_
    quote_decimals = convert(staticcall IERC20Detailed(quote_).decimals(), uint256)
    errors.check(quote_decimals <= 18, errors.TOO_MANY_DECIMALS)
    errors.check(
        (
            bounds_.max_cost <= BPS
            and bounds_.max_slippage <= BPS
            and bounds_.max_fee <= BPS
            and bounds_.buy_tolerance <= BPS
        ),
        errors.BOUNDS_ABOVE_ONE,
    )
    bounds = bounds_
    # Policy 0 is the zero word, "hold": its mask is empty, so nothing can be harvested under it.
    self.policy_count = 1
    log events.PolicyCreated(policy=0, word=0, creator=msg.sender)
    for config: AssetConfig in assets:
        self._list_asset(config)


# ---------------------------------------------------------------- assets
@external
def list_asset(config: AssetConfig) -> uint256:
    """
    @notice Add an asset to the family; admin only. Returns its id, which is never reused.
    """
    control._only(control.ADMIN)
    return self._list_asset(config)


@internal
def _list_asset(config: AssetConfig) -> uint256:
    errors.check(config.token != empty(address) and config.token != quote, errors.NOT_AN_ASSET)
    errors.check(self.asset_id_plus_one[config.token] == 0, errors.LISTED_BEFORE)
    decimals: uint256 = convert(staticcall IERC20Detailed(config.token).decimals(), uint256)
    errors.check(decimals <= 18, errors.TOO_MANY_DECIMALS)
    asset: uint256 = control._add_asset()
    self.asset_id_plus_one[config.token] = asset + 1
    self.asset_words[asset] = (decimals << 160) | convert(config.token, uint256)
    log events.AssetListed(asset=asset, token=config.token, decimals=decimals)
    log events.ListingSet(asset=asset, listed=True)
    prices._set_feed(asset, config.rate)
    self._set_limits(asset, config.min_deposit, config.cohort_cap)
    return asset


@external
def set_limits(asset: uint256, min_deposit: uint256, cohort_cap: uint256):
    """
    @notice Smallest deposit and largest open cohort of an asset. Cohorts that exist are not touched.
    @dev The guardian may raise the one and lower the other.
    """
    control._check_known(asset)
    old: uint256 = self.limits_words[asset]
    control._check_tightens(min_deposit >= packing.high(old) and cohort_cap <= packing.low(old))
    self._set_limits(asset, min_deposit, cohort_cap)


@internal
def _set_limits(asset: uint256, min_deposit: uint256, cohort_cap: uint256):
    errors.check(min_deposit < 2**128 and cohort_cap < 2**128, errors.LIMITS_OUT_OF_RANGE)
    self.limits_words[asset] = packing.pair(min_deposit, cohort_cap)
    log events.LimitsSet(asset=asset, min_deposit=min_deposit, cohort_cap=cohort_cap)


@internal
@view
def _token(asset: uint256) -> address:
    return convert(self.asset_words[asset] & (2**160 - 1), address)


@internal
@view
def _token_and_decimals(asset: uint256) -> (address, uint256):
    word: uint256 = self.asset_words[asset]
    return convert(word & (2**160 - 1), address), word >> 160


@internal
@view
def _scale(asset: uint256) -> uint256:
    """
    @notice 10**decimals: units of a whole token.
    """
    return 10 ** (self.asset_words[asset] >> 160)


# ---------------------------------------------------------------- policies
@external
def create_policy(word: uint256) -> uint256:
    """
    @notice Create a policy, or find the id of the one with the same content. Anyone may; nobody can change it.
    """
    known: uint256 = self.policy_id[word]
    if known != 0 or word == 0:
        return known
    errors.check(word < 2**224, errors.POLICY_OUT_OF_RANGE)
    errors.check(packing.policy_mask(word) & ~control._listed_mask() == 0, errors.UNLISTED_REPLACEMENT)
    errors.check(packing.policy_min_loss(word) <= BPS, errors.MIN_LOSS_TOO_HIGH)
    errors.check(packing.policy_max_cost(word) <= bounds.max_cost, errors.MAX_COST_TOO_HIGH)
    errors.check(packing.policy_max_slippage(word) <= bounds.max_slippage, errors.MAX_SLIPPAGE_TOO_HIGH)
    errors.check(packing.policy_max_fee(word) <= bounds.max_fee, errors.MAX_FEE_TOO_HIGH)
    errors.check(packing.policy_min_hold_days(word) != 0, errors.HOLD_BELOW_ONE_DAY)
    errors.check(packing.policy_tax_value(word) <= BPS, errors.TAX_VALUE_TOO_HIGH)
    policy: uint256 = self.policy_count
    errors.check(policy < MAX_POLICIES, errors.TOO_MANY_POLICIES)
    self.policy_count = policy + 1
    self.policies[policy] = word
    self.policy_id[word] = policy
    log events.PolicyCreated(policy=policy, word=word, creator=msg.sender)
    return policy


@internal
@view
def _check_policy(policy: uint256, policy_hash: bytes32):
    word: uint256 = self.policies[policy]
    # Only "hold" is the zero word.
    errors.check(word != 0 or policy == 0, errors.UNKNOWN_POLICY)
    errors.check(keccak256(convert(word, bytes32)) == policy_hash, errors.POLICY_HASH_DIFFERS)
