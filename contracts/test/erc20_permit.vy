# pragma version 0.4.3
"""
@title  An ERC-20 with EIP-2612 permit that anybody may mint
@author Lotvault contributors
@license MIT
@notice For local chains and tests only: the open `mint` is what makes a faucet and an arbitrage
        trader possible, and what makes the token worthless anywhere else.
@dev    Sources: EIP-20, EIP-712, EIP-2612. The domain is built on every call, so that a fork with
        another chain id refuses signatures made for this one.
"""

from ethereum.ercs import IERC20

implements: IERC20

event Transfer:
    sender: indexed(address)
    receiver: indexed(address)
    value: uint256

event Approval:
    owner: indexed(address)
    spender: indexed(address)
    value: uint256


_DOMAIN_TYPE: constant(bytes32) = keccak256(
    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
)
_PERMIT_TYPE: constant(bytes32) = keccak256(
    "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
)
# secp256k1n / 2: above it a signature is the malleable twin of another one (EIP-2).
_MAX_S: constant(uint256) = (
    57896044618658097711785492504343953926418782139537452191302581570759080747168
)

version: public(constant(String[1])) = "1"
decimals: public(immutable(uint8))

name: public(String[64])
symbol: public(String[32])
totalSupply: public(uint256)
balanceOf: public(HashMap[address, uint256])
allowance: public(HashMap[address, HashMap[address, uint256]])
nonces: public(HashMap[address, uint256])


@deploy
def __init__(name: String[64], symbol: String[32], token_decimals: uint8):
    """
    @param name            Token name; also the name in the permit's domain.
    @param symbol          Ticker.
    @param token_decimals  Decimals, 0 to 255; nothing here depends on them.
    """
    decimals = token_decimals
    self.name = name
    self.symbol = symbol


@external
def transfer(to: address, amount: uint256) -> bool:
    self._move(msg.sender, to, amount)
    return True


@external
def transferFrom(owner: address, to: address, amount: uint256) -> bool:
    allowed: uint256 = self.allowance[owner][msg.sender]
    # An unlimited approval stays unlimited, as in WETH9 and in most newer tokens.
    if allowed != max_value(uint256):
        assert allowed >= amount, "ERC20: allowance"
        self.allowance[owner][msg.sender] = allowed - amount
    self._move(owner, to, amount)
    return True


@external
def approve(spender: address, amount: uint256) -> bool:
    self._approve(msg.sender, spender, amount)
    return True


@external
def permit(
    owner: address,
    spender: address,
    amount: uint256,
    deadline: uint256,
    v: uint8,
    r: bytes32,
    s: bytes32,
):
    """
    @notice Approve by signature (EIP-2612). Anybody may submit it; it works once.
    """
    assert block.timestamp <= deadline, "ERC20: permit expired"
    assert convert(s, uint256) <= _MAX_S, "ERC20: permit signature"
    nonce: uint256 = self.nonces[owner]
    digest: bytes32 = keccak256(
        concat(
            b"\x19\x01",
            self._domain_separator(),
            keccak256(abi_encode(_PERMIT_TYPE, owner, spender, amount, nonce, deadline)),
        )
    )
    signer: address = ecrecover(digest, v, r, s)
    # ecrecover gives the zero address for a malformed signature.
    assert signer != empty(address) and signer == owner, "ERC20: permit signature"
    self.nonces[owner] = nonce + 1
    self._approve(owner, spender, amount)


@external
@view
def DOMAIN_SEPARATOR() -> bytes32:
    return self._domain_separator()


@external
def mint(to: address, amount: uint256):
    """
    @notice Make `amount` units out of nothing; anybody may.
    """
    self.totalSupply += amount
    self.balanceOf[to] += amount
    log Transfer(sender=empty(address), receiver=to, value=amount)


@external
def burn(amount: uint256):
    """
    @notice Destroy `amount` of the caller's own units.
    """
    assert self.balanceOf[msg.sender] >= amount, "ERC20: balance"
    self.balanceOf[msg.sender] -= amount
    self.totalSupply -= amount
    log Transfer(sender=msg.sender, receiver=empty(address), value=amount)


@internal
def _move(owner: address, to: address, amount: uint256):
    assert to != empty(address), "ERC20: to zero"
    assert self.balanceOf[owner] >= amount, "ERC20: balance"
    self.balanceOf[owner] -= amount
    self.balanceOf[to] += amount
    log Transfer(sender=owner, receiver=to, value=amount)


@internal
def _approve(owner: address, spender: address, amount: uint256):
    self.allowance[owner][spender] = amount
    log Approval(owner=owner, spender=spender, value=amount)


@internal
@view
def _domain_separator() -> bytes32:
    return keccak256(
        abi_encode(
            _DOMAIN_TYPE,
            keccak256(self.name),
            keccak256(version),
            chain.id,
            self,
        )
    )
