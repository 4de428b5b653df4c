# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title EthGate
@license MIT
@notice Takes and pays ether for lots of wrapped ether. The lots are the caller's own, as if he had wrapped it himself.
@dev Trust: no roles, nothing stored, nothing held between calls. A depositor makes this contract his operator in the
     vault first (`set_operator`); it only ever names its own caller as the owner, so that approval gives nobody else
     anything. Revoking it stops the gate; lots can be withdrawn as wrapped ether without it at any time.
     Vault and wrapped ether are fixed for good and trusted; the receiver of ether is not: it is called last, under
     the lock, and sees no state of this contract that could be stale.
     Ether that somebody forces in is nobody's and stays here: every payment is a measured amount.
"""
from ethereum.ercs import IERC20

from ..interfaces import ILotVault
from ..interfaces import IWETH

# Same fields as the vault's.

vault: public(immutable(address))
weth: public(immutable(address))
weth_asset: public(immutable(uint256))


@deploy
def __init__(vault_: address, weth_: address, weth_asset_: uint256):
    """
    @param weth_asset_ The vault's id of `weth_`.
    """
    # Ids are append-only and an id's token never changes, so checking once is enough.
    token: uint256 = staticcall ILotVault(vault_).asset_words(weth_asset_) & (2**160 - 1)
    assert weth_ != empty(address) and token == convert(weth_, uint256), "gate: not the vault's asset"
    vault = vault_
    weth = weth_
    weth_asset = weth_asset_


@external
@payable
@reentrant
def __default__():
    # Only unwrapping pays in here, which happens under the lock; ether sent by mistake could not be given back.
    assert msg.sender == weth, "gate: call deposit"


@external
@payable
def deposit(policy: uint256, policy_hash: bytes32, shard: uint256) -> uint256:
    """
    @notice Deposit the ether sent at the oracle's price; returns the number of the caller's new lot.
    """
    return extcall ILotVault(vault).deposit(
        self._wrap(msg.value, policy, policy_hash, shard), empty(ILotVault.Permit)
    )


@external
@payable
def deposit_declared(
    policy: uint256, policy_hash: bytes32, shard: uint256, basis: uint256, acquired_at: uint256
) -> uint256:
    """
    @notice Deposit the ether sent with a declared basis (USD wad, of the whole lot) and acquisition time.
    """
    return extcall ILotVault(vault).deposit_declared(
        self._wrap(msg.value, policy, policy_hash, shard), basis, acquired_at, empty(ILotVault.Permit)
    )


@external
def withdraw(lot: uint256, amount: uint256, to: address) -> uint256:
    """
    @notice Withdraw units of the caller's lot (max_uint: all) as ether; returns what was sent.
    @dev A lot that a harvest has moved into another asset is refused by the vault: it is not wrapped ether any more.
    """
    assert to != empty(address), "gate: no receiver"
    before: uint256 = staticcall IERC20(weth).balanceOf(self)
    extcall ILotVault(vault).withdraw(lot, weth_asset, amount, self, msg.sender)
    received: uint256 = staticcall IERC20(weth).balanceOf(self) - before
    extcall IWETH(weth).withdraw(received)
    # All gas and no look at the answer: wallets that are contracts must be able to receive.
    sent: bool = raw_call(to, b"", value=received, revert_on_failure=False)
    assert sent, "gate: receiver refused"
    return received


@internal
def _wrap(amount: uint256, policy: uint256, policy_hash: bytes32, shard: uint256) -> ILotVault.Entry:
    """
    @notice Wrap the ether sent and let the vault take exactly that for a lot of the caller's.
    """
    extcall IWETH(weth).deposit(value=amount)
    assert extcall IERC20(weth).approve(vault, amount), "gate: approval refused"
    return ILotVault.Entry(
        asset=weth_asset,
        amount=amount,
        policy=policy,
        policy_hash=policy_hash,
        shard=shard,
        owner=msg.sender,
    )
