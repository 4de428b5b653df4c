# pragma version 0.4.3
"""
@title Packing
@license MIT
@notice The one place that knows how Lotvault lays numbers out in words. Pure; mirrored by `vaultsdk.core`.
@dev Vyper packs no storage, so words are packed by hand. Most significant field first; every table adds up to 256.

     cohort key  | unused 144 | asset 8 | policy 32 | band 16 | day 24 | seq 32 |
     cohort      | units 128 | harvest 128 |
     amounts     | sold 128 | proceeds 128 |                             first word of a harvest
     outcome     | unused 56 | decimals 8 | to_asset 8 | band 16 | time 40 | price 128 |  second word of a harvest;
                 decimals and price are those of the asset received, so that a roll reads nothing else
     lot head    | key 112 | acquired_at 40 | flags 104 |
     lot body    | units 128 | basis 128 |
     policy      | unused 32 | mask 128 | min_loss 16 | max_cost 16 | max_slippage 16 | max_fee 16
                 | min_hold_days 16 | tax_value 16 |

     Fields arrive here in range: callers check them where the value enters the vault.
"""

from . import errors

U128: constant(uint256) = 2**128 - 1
U112: constant(uint256) = 2**112 - 1
U104: constant(uint256) = 2**104 - 1
U40: constant(uint256) = 2**40 - 1
U32: constant(uint256) = 2**32 - 1
U24: constant(uint256) = 2**24 - 1
U16: constant(uint256) = 2**16 - 1
U8: constant(uint256) = 2**8 - 1

# A unit basis has at most 188 bits, so that `n <= 187` and a band fits 16 bits (187 << 7 | 127 = 24063).
MAX_UNIT_BASIS: constant(uint256) = 2**188 - 1
# seq with this bit set: a cohort that a harvest opened; without it: a shard that owners open.
HARVEST_SEQ: constant(uint256) = 2**31


# ---------------------------------------------------------------- halves
@internal
@pure
def pair(high: uint256, low: uint256) -> uint256:
    return (high << 128) | low


@internal
@pure
def high(word: uint256) -> uint256:
    return word >> 128


@internal
@pure
def low(word: uint256) -> uint256:
    return word & U128


# ---------------------------------------------------------------- band
@internal
@pure
def band(unit_basis: uint256) -> uint256:
    """
    @notice Logarithmic bucket of a unit basis (USD wad per whole token): 7 mantissa bits below the leading one.
    @dev Rounds down (`lower(band(x)) <= x`): a cohort's threshold is never above what its lots cost, so the vault
         never overstates a loss. Below 128 there are no 7 bits to take: band 0, legitimate, never harvestable.
    """
    errors.check(unit_basis <= MAX_UNIT_BASIS, errors.UNIT_BASIS_TOO_LARGE)
    if unit_basis < 128:
        return 0
    # Binary search for n = floor(log2 x), from its highest bit down. Written out: a loop costs 800 gas more.
    n: uint256 = 0
    if unit_basis >> 128 != 0:
        n |= 128
    if unit_basis >> (n | 64) != 0:
        n |= 64
    if unit_basis >> (n | 32) != 0:
        n |= 32
    if unit_basis >> (n | 16) != 0:
        n |= 16
    if unit_basis >> (n | 8) != 0:
        n |= 8
    if unit_basis >> (n | 4) != 0:
        n |= 4
    if unit_basis >> (n | 2) != 0:
        n |= 2
    if unit_basis >> (n | 1) != 0:
        n |= 1
    return (n << 7) | ((unit_basis >> (n - 7)) & 127)


@internal
@pure
def lower(band_: uint256) -> uint256:
    """
    @notice The smallest unit basis of a band; 0 for band 0.
    @dev Bands 1 to 895 belong to no unit basis and are refused.
    """
    if band_ == 0:
        return 0
    errors.check(band_ >= 896, errors.NO_SUCH_BAND)
    return (128 + (band_ & 127)) << ((band_ >> 7) - 7)


@internal
@pure
def upper(band_: uint256) -> uint256:
    """
    @notice The largest unit basis of a band.
    """
    if band_ == 0:
        return 127
    return ((129 + (band_ & 127)) << ((band_ >> 7) - 7)) - 1


# ---------------------------------------------------------------- cohort key
@internal
@pure
def key(asset: uint256, policy: uint256, band_: uint256, day: uint256, seq: uint256) -> uint256:
    return (asset << 104) | (policy << 72) | (band_ << 56) | (day << 32) | seq


@internal
@pure
def key_asset(key_: uint256) -> uint256:
    return key_ >> 104


@internal
@pure
def key_policy(key_: uint256) -> uint256:
    return (key_ >> 72) & U32


@internal
@pure
def key_band(key_: uint256) -> uint256:
    return (key_ >> 56) & U16


@internal
@pure
def key_day(key_: uint256) -> uint256:
    return (key_ >> 32) & U24


# ---------------------------------------------------------------- harvest outcome
@internal
@pure
def outcome(decimals: uint256, to_asset: uint256, band_: uint256, time: uint256, price: uint256) -> uint256:
    return (decimals << 192) | (to_asset << 184) | (band_ << 168) | (time << 128) | price


@internal
@pure
def outcome_time(word: uint256) -> uint256:
    return (word >> 128) & U40


@internal
@pure
def outcome_scale(word: uint256) -> uint256:
    """
    @notice 10**decimals of the asset received.
    """
    return 10 ** (word >> 192)


@internal
@pure
def outcome_key(word: uint256, policy: uint256, number: uint256) -> uint256:
    """
    @notice Key of the cohort that harvest `number` with this outcome word opened for `policy`.
    """
    return (
        (((word >> 184) & U8) << 104)
        | (policy << 72)
        | (((word >> 168) & U16) << 56)
        | (((word >> 128) & U40) // 86400 << 32)
        | HARVEST_SEQ
        | number
    )


# ---------------------------------------------------------------- lot head
@internal
@pure
def head(key_: uint256, acquired_at: uint256, flags: uint256) -> uint256:
    return (key_ << 144) | (acquired_at << 104) | flags


@internal
@pure
def head_key(head_: uint256) -> uint256:
    return head_ >> 144


@internal
@pure
def head_acquired_at(head_: uint256) -> uint256:
    return (head_ >> 104) & U40


@internal
@pure
def head_flags(head_: uint256) -> uint256:
    return head_ & U104


# ---------------------------------------------------------------- policy
@internal
@pure
def policy_mask(word: uint256) -> uint256:
    return word >> 96


@internal
@pure
def policy_min_loss(word: uint256) -> uint256:
    return (word >> 80) & U16


@internal
@pure
def policy_max_cost(word: uint256) -> uint256:
    return (word >> 64) & U16


@internal
@pure
def policy_max_slippage(word: uint256) -> uint256:
    return (word >> 48) & U16


@internal
@pure
def policy_max_fee(word: uint256) -> uint256:
    return (word >> 32) & U16


@internal
@pure
def policy_min_hold_days(word: uint256) -> uint256:
    return (word >> 16) & U16


@internal
@pure
def policy_tax_value(word: uint256) -> uint256:
    return word & U16
