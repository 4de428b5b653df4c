"""Who is who on a local chain. All accounts are unlocked on the node and their keys are public."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from eth_account import Account
from eth_account.hdaccount import key_from_seed, seed_from_mnemonic
from hexbytes import HexBytes

from vaultsdk.core.model import checksum

# Anvil's own default, known to everybody: never send anything of value to these accounts.
MNEMONIC = "test test test test test test test test test test test junk"

_ROLES = ("deployer", "admin", "guardian", "keeper", "arbitrageur", "liquidity")
# Left free, so that a new role does not move the depositors.
FIRST_DEPOSITOR = 10


@cache
def _seed() -> bytes:
    return seed_from_mnemonic(MNEMONIC, "")


@cache
def private_key(index: int) -> str:
    """The key of the node's account number `index`, 0x and 64 hex digits."""
    return HexBytes(key_from_seed(_seed(), f"m/44'/60'/0'/0/{index}")).to_0x_hex()


@cache
def address(index: int) -> str:
    """The checksummed address of the node's account number `index`."""
    return str(Account.from_key(private_key(index)).address)


def role_index(role: str) -> int:
    """The account number of a role ("keeper", "depositor_3"). Raises KeyError."""
    if role.startswith("depositor_"):
        return FIRST_DEPOSITOR + int(role.removeprefix("depositor_"))
    if role not in _ROLES:
        raise KeyError(role)
    return _ROLES.index(role)


def roles(accounts: Sequence[str]) -> dict[str, str]:
    """Checksummed address by role, of a node with these accounts in the mnemonic's order.

    The node is asked for them because deriving hundreds of keys takes seconds.
    """
    known = [checksum(account) for account in accounts]
    named = dict(zip(_ROLES, known, strict=False))
    depositors = enumerate(known[FIRST_DEPOSITOR:])
    return named | {f"depositor_{n}": account for n, account in depositors}
