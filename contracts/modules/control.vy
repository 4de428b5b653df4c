# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Control
@license MIT
@notice Who may do what, and what is paused or listed.
@dev Trust: the admin (a timelock) may loosen, so loosening is slow and public; the guardian may only tighten, at
     once; the keeper may only harvest. No role can touch withdrawals, take deposits or change a policy.

     config word | unused 87 | harvest_count 31 | paused 2 | asset_count 8 | listed mask 128 |

     Pause and listing share a word because every deposit reads both; the number of harvests is there because every
     harvest reads the word anyway, and a second one would cost it a cold read.
"""
from . import errors
from . import events

ADMIN: constant(uint256) = 1
GUARDIAN: constant(uint256) = 2
KEEPER: constant(uint256) = 4

PAUSE_DEPOSITS: constant(uint256) = 1
PAUSE_HARVESTS: constant(uint256) = 2

PAUSE_BITS: constant(uint256) = 3 << 136
MASK: constant(uint256) = 2**128 - 1
MAX_ASSETS: constant(uint256) = 128

roles: public(HashMap[address, uint256])
config_word: public(uint256)


@deploy
def __init__(admin: address, guardian: address, keeper: address):
    """
    @dev The deployer gets no role.
    """
    errors.check(admin != empty(address), errors.NO_ADMIN)
    self._set_roles(admin, ADMIN)
    if guardian != empty(address):
        self._set_roles(guardian, self.roles[guardian] | GUARDIAN)
    if keeper != empty(address):
        self._set_roles(keeper, self.roles[keeper] | KEEPER)


# ---------------------------------------------------------------- roles
@external
def set_roles(account: address, flags: uint256):
    """
    @notice Set the roles of an account: the sum of ADMIN 1, GUARDIAN 2, KEEPER 4.
    @dev The guardian may only take the keeper's role away. No admin changes its own roles, so one always remains.
    """
    errors.check(flags < 8, errors.NO_SUCH_ROLE)
    errors.check(account != msg.sender or self.roles[account] & ADMIN == 0, errors.OWN_ROLES)
    self._check_tightens(flags == self.roles[account] & ~KEEPER)
    self._set_roles(account, flags)


@internal
def _set_roles(account: address, flags: uint256):
    self.roles[account] = flags
    log events.RolesSet(account=account, flags=flags)


@internal
@view
def _only(role: uint256):
    errors.check(self.roles[msg.sender] & role != 0, errors.MISSING_ROLE)


@internal
@view
def _check_tightens(tighter: bool):
    """
    @notice The admin may do anything with a setting, the guardian only what is tighter, anybody else nothing.
    """
    flags: uint256 = self.roles[msg.sender]
    if flags & ADMIN == 0:
        errors.check(flags & GUARDIAN != 0, errors.NOT_ADMIN_OR_GUARDIAN)
        errors.check(tighter, errors.GUARDIAN_ONLY_TIGHTENS)


# ---------------------------------------------------------------- pause
@external
def set_paused(flags: uint256):
    """
    @notice Pause deposits and purchases (1), harvests (2), both (3) or nothing (0). Withdrawals have no switch.
    """
    errors.check(flags < 4, errors.NO_SUCH_PAUSE)
    config: uint256 = self.config_word
    paused: uint256 = (config >> 136) & 3
    self._check_tightens(flags & paused == paused)
    self.config_word = (config & ~PAUSE_BITS) | (flags << 136)
    log events.PausedSet(flags=flags)


@internal
@view
def _not_paused(pause: uint256):
    errors.check((self.config_word >> 136) & pause == 0, errors.PAUSED)


# ---------------------------------------------------------------- harvests
@external
@view
def harvest_count() -> uint256:
    """
    @notice Harvests so far, which is the number of the last one.
    """
    return self.config_word >> 138


@internal
def _next_harvest() -> uint256:
    """
    @notice Takes the next harvest number. They start at 1 and stay below 2**31.
    """
    config: uint256 = self.config_word
    number: uint256 = (config >> 138) + 1
    errors.check(number < 2**31, errors.TOO_MANY_HARVESTS)
    self.config_word = config + (1 << 138)
    return number


# ---------------------------------------------------------------- listing
@external
def set_listed(asset: uint256, listed: bool):
    """
    @notice Delist an asset (guardian or admin), or list it again (admin).
    @dev Delisted: no deposit, no purchase, no harvest into it. Every way out stays open.
    """
    config: uint256 = self.config_word
    self._check_known(asset)
    self._check_tightens(not listed)
    if listed:
        config |= 1 << asset
    else:
        config &= ~(1 << asset)
    self.config_word = config
    log events.ListingSet(asset=asset, listed=listed)


@internal
@view
def _asset_count() -> uint256:
    return (self.config_word >> 128) & 255


@internal
@view
def _check_known(asset: uint256):
    errors.check(asset < self._asset_count(), errors.UNKNOWN_ASSET)


@internal
@view
def _check_listed(asset: uint256):
    errors.check(asset < MAX_ASSETS and (self.config_word >> asset) & 1 == 1, errors.ASSET_NOT_LISTED)


@internal
@view
def _listed_mask() -> uint256:
    return self.config_word & MASK


@internal
def _add_asset() -> uint256:
    """
    @notice Takes the next asset id and lists it.
    """
    config: uint256 = self.config_word
    asset: uint256 = self._asset_count()
    errors.check(asset < MAX_ASSETS, errors.TOO_MANY_ASSETS)
    self.config_word = (config + (1 << 128)) | (1 << asset)
    return asset
