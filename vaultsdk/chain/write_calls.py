"""Call data of everything that changes the vault, and of the timelock's own calls. No I/O.

Amounts in the token's smallest unit, USD in wad, times in seconds, shares in parts of 1e18.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from eth_abi.abi import encode

from vaultsdk.chain.calls import selector, static_call
from vaultsdk.core.errors import OutOfRangeError, from_revert
from vaultsdk.core.lot import Lot, OfferKind
from vaultsdk.core.model import ZERO_ADDRESS, checksum
from vaultsdk.core.policy import Policy
from vaultsdk.core.words import ANY

ENTRY: Final = "(uint256,uint256,uint256,bytes32,uint256,address)"
PERMIT: Final = "(uint256,uint8,bytes32,bytes32)"
LEG: Final = "(address,uint256,bytes)"
ITEM: Final = "(uint256,uint256)"
TERMS: Final = "(uint256,uint256,uint256,uint256,uint256,uint256)"
FEED: Final = "(address,uint256,uint256,uint256,uint256)"
ASSET: Final = f"(address,{FEED},uint256,uint256)"

MAX_ITEMS: Final = 32
MAX_LEGS: Final = 4
MAX_KEYS: Final = 64
MAX_PATH: Final = 256
MAX_HOPS: Final = 64


@dataclass(frozen=True)
class Call:
    """A transaction to be: whom, what, how much ether (wei); `what` and `context` say in errors
    what was tried (asset, lot, amount, ...)."""

    to: str
    data: bytes
    what: str
    value: int = 0
    context: Mapping[str, Any] = field(default_factory=dict)


class Leg(NamedTuple):
    """One swap of several: adapter, share of the amount (parts of 1e18; the last leg takes the
    rest), and the adapter's own data (a token path)."""

    adapter: str
    share: int
    data: bytes


class LotAmount(NamedTuple):
    """A lot and how many of its units; ANY (max_uint) is all of them."""

    lot: int
    amount: int = ANY


class Permit(NamedTuple):
    """An EIP-2612 signature; deadline 0 = none."""

    deadline: int = 0
    v: int = 0
    r: bytes = bytes(32)
    s: bytes = bytes(32)


NO_PERMIT: Final = Permit()


class Entry(NamedTuple):
    """What every way in names. `amount`: units of the asset, or of the quote for a purchase."""

    asset: int
    amount: int
    policy: int
    policy_hash: bytes
    shard: int
    owner: str


class ClaimTerms(NamedTuple):
    """A lot as its receiver saw it; the claim fails if it is another by then."""

    asset: int
    min_units: int
    basis: int
    acquired_at: int
    flags: int
    policy: int

    @classmethod
    def of(cls, lot: Lot) -> ClaimTerms:
        """Exactly this (rolled) lot."""
        return cls(lot.asset, lot.units, lot.basis, lot.acquired_at, int(lot.flags), lot.policy)


class FeedConfig(NamedTuple):
    """A feed: address (zero = the constant 1), heartbeat (s), dev (bps), bounds (wad)."""

    feed: str = ZERO_ADDRESS
    heartbeat: int = 0
    dev: int = 0
    min_answer: int = 0
    max_answer: int = 0


class AssetConfig(NamedTuple):
    """An asset to list: token, rate against the base, smallest deposit, cohort cap (units)."""

    token: str
    rate: FeedConfig
    min_deposit: int
    cohort_cap: int


# ---------------------------------------------------------------- ways in
def deposit(vault: str, entry: Entry, permit: Permit = NO_PERMIT) -> Call:
    """Deposit at the oracle's price, acquired now."""
    data = _encode(f"deposit({ENTRY},{PERMIT})", entry, permit)
    return Call(vault, data, "deposit", context=_of(entry))


def deposit_declared(
    vault: str, entry: Entry, basis: int, acquired_at: int, permit: Permit = NO_PERMIT
) -> Call:
    """Deposit with the basis (USD wad of the whole lot) and time that the owner declares."""
    signature = f"deposit_declared({ENTRY},uint256,uint256,{PERMIT})"
    data = _encode(signature, entry, basis, acquired_at, permit)
    return Call(vault, data, "deposit", context=_of(entry) | {"basis": basis})


def buy(
    vault: str,
    entry: Entry,
    legs: Sequence[Leg],
    min_out: int,
    deadline: int,
    permit: Permit = NO_PERMIT,
) -> Call:
    """Pay quote units, get at least `min_out` units of the asset as a lot."""
    check_legs(legs)
    signature = f"buy({ENTRY},{LEG}[],uint256,uint256,{PERMIT})"
    data = _encode(signature, entry, list(legs), min_out, deadline, permit)
    return Call(vault, data, "buy", context=_of(entry) | {"min_out": min_out})


# ---------------------------------------------------------------- ways out
def withdraw(
    vault: str, lot: int, asset: int, amount: int, to: str, owner: str | None = None
) -> Call:
    """Withdraw a lot in kind; `owner` only when the sender is his operator."""
    context = {"lot": lot, "asset": asset, "amount": amount, "owner": owner}
    signature = "withdraw(uint256,uint256,uint256,address"
    if owner is None:
        data = static_call(f"{signature})", lot, asset, amount, to)
    else:
        data = static_call(f"{signature},address)", lot, asset, amount, to, owner)
    return Call(vault, data, "withdraw", context=context)


def withdraw_many(
    vault: str, items: Sequence[LotAmount], asset: int, to: str, owner: str | None = None
) -> Call:
    """Withdraw from up to 32 lots of one asset."""
    check_items(items)
    if owner is None:
        data = _encode(f"withdraw_many({ITEM}[],uint256,address)", list(items), asset, to)
    else:
        signature = f"withdraw_many({ITEM}[],uint256,address,address)"
        data = _encode(signature, list(items), asset, to, owner)
    context = {"lots": _numbers(items), "asset": asset, "owner": owner}
    return Call(vault, data, "withdraw", context=context)


def sell(
    vault: str,
    items: Sequence[LotAmount],
    asset: int,
    legs: Sequence[Leg],
    min_out: int,
    deadline: int,
    to: str,
) -> Call:
    """Sell from up to 32 of the sender's lots for at least `min_out` quote units."""
    check_items(items)
    check_legs(legs)
    signature = f"sell({ITEM}[],uint256,{LEG}[],uint256,uint256,address)"
    data = _encode(signature, list(items), asset, list(legs), min_out, deadline, to)
    context = {"lots": _numbers(items), "asset": asset, "min_out": min_out}
    return Call(vault, data, "sell", context=context)


# ---------------------------------------------------------------- lots
def change_policy(
    vault: str, lot: int, asset: int, amount: int, policy: int, policy_hash: bytes, shard: int
) -> Call:
    """Put a lot, or a part of it, under another policy."""
    signature = "change_policy(uint256,uint256,uint256,uint256,bytes32,uint256)"
    hashed = int.from_bytes(policy_hash)
    data = static_call(signature, lot, asset, amount, policy, hashed, shard)
    context = {"lot": lot, "asset": asset, "amount": amount, "policy": policy}
    return Call(vault, data, "change policy", context=context)


def offer_lot(vault: str, lot: int, to: str, kind: OfferKind = OfferKind.OTHER) -> Call:
    """Offer a whole lot; the zero address takes the offer back."""
    data = static_call("offer_lot(uint256,address,uint256)", lot, to, int(kind))
    return Call(vault, data, "offer", context={"lot": lot, "to": to})


def claim_lot(vault: str, owner: str, lot: int, nonce: int, terms: ClaimTerms) -> Call:
    """Take over a lot that was offered to the sender."""
    data = _encode(f"claim_lot(address,uint256,uint256,{TERMS})", owner, lot, nonce, terms)
    return Call(vault, data, "claim", context={"owner": owner, "lot": lot, "nonce": nonce})


def roll(vault: str, owner: str, lot: int, hops: int = MAX_HOPS) -> Call:
    """Bring a lot forward through up to `hops` (at most 64) harvests."""
    data = static_call("roll(address,uint256,uint256)", owner, lot, hops)
    return Call(vault, data, "roll", context={"owner": owner, "lot": lot})


def set_operator(vault: str, operator: str, approved: bool) -> Call:
    """Let `operator` deposit for and withdraw for the sender, or stop it."""
    data = static_call("set_operator(address,bool)", operator, approved)
    return Call(vault, data, "set operator", context={"operator": operator})


def create_policy(vault: str, policy: Policy) -> Call:
    """Create a policy, or find the one with the same content."""
    data = static_call("create_policy(uint256)", policy.word())
    return Call(vault, data, "create policy")


def harvest(
    vault: str,
    keys: Sequence[int],
    to_asset: int,
    legs: Sequence[Leg],
    min_rate: int,
    min_sold: int,
    fee_bps: int,
    deadline: int,
) -> Call:
    """Harvest cohorts, keys ascending. `min_rate`: net units of `to_asset` per whole token sold."""
    if not 1 <= len(keys) <= MAX_KEYS:
        raise OutOfRangeError(
            f"a harvest takes 1 to {MAX_KEYS} cohorts, not {len(keys)}: split it",
            name="keys",
            limit=MAX_KEYS,
            value=len(keys),
        )
    if list(keys) != sorted(set(keys)):
        raise from_revert("keys not ascending")
    check_legs(legs)
    signature = f"harvest(uint256[],uint256,{LEG}[],uint256,uint256,uint256,uint256)"
    data = _encode(
        signature, list(keys), to_asset, list(legs), min_rate, min_sold, fee_bps, deadline
    )
    context = {"cohorts": len(keys), "to_asset": to_asset, "fee_bps": fee_bps}
    return Call(vault, data, "harvest", context=context)


# ---------------------------------------------------------------- tokens
def approve(token: str, spender: str, amount: int) -> Call:
    """Let `spender` take `amount` units of the sender's."""
    data = static_call("approve(address,uint256)", spender, amount)
    return Call(token, data, "approve", context={"spender": spender})


def wrap(weth: str, amount: int) -> Call:
    """Turn ether (wei) into WETH."""
    return Call(weth, selector("deposit()"), "wrap ether", value=amount)


# ---------------------------------------------------------------- admin and guardian
def set_roles(vault: str, account: str, flags: int) -> Call:
    """Set an account's roles: the sum of admin 1, guardian 2, keeper 4."""
    return Call(vault, static_call("set_roles(address,uint256)", account, flags), "set roles")


def set_paused(vault: str, flags: int) -> Call:
    """Pause deposits and purchases (1), harvests (2), both (3) or nothing (0)."""
    return Call(vault, static_call("set_paused(uint256)", flags), "set paused")


def set_listed(vault: str, asset: int, listed: bool) -> Call:
    """Delist an asset, or list it again."""
    data = static_call("set_listed(uint256,bool)", asset, listed)
    return Call(vault, data, "set listed", context={"asset": asset})


def set_limits(vault: str, asset: int, min_deposit: int, cohort_cap: int) -> Call:
    """Smallest deposit and largest open cohort of an asset (units)."""
    data = static_call("set_limits(uint256,uint256,uint256)", asset, min_deposit, cohort_cap)
    return Call(vault, data, "set limits", context={"asset": asset})


def set_feed(vault: str, feed_id: int, config: FeedConfig) -> Call:
    """Set the feed of an asset, the base (128) or the quote (129)."""
    data = _encode(f"set_feed(uint256,{FEED})", feed_id, config)
    return Call(vault, data, "set feed", context={"feed": feed_id})


def set_adapter(vault: str, adapter: str, allowed: bool) -> Call:
    """List a swap adapter, or take it off."""
    data = static_call("set_adapter(address,bool)", adapter, allowed)
    return Call(vault, data, "set adapter", context={"adapter": adapter})


def set_bucket(vault: str, size: int) -> Call:
    """Set the loss bucket's size (base wad)."""
    return Call(vault, static_call("set_bucket(uint256)", size), "set bucket")


def list_asset(vault: str, config: AssetConfig) -> Call:
    """Add an asset to the family."""
    data = _encode(f"list_asset({ASSET})", config)
    return Call(vault, data, "list asset", context={"token": config.token})


def timelock_schedule(timelock: str, call: Call, delay: int, salt: bytes = bytes(32)) -> Call:
    """Announce a call that the timelock may make after `delay` seconds (proposers only)."""
    signature = "schedule(address,uint256,bytes,bytes32,bytes32,uint256)"
    data = _encode(signature, call.to, call.value, call.data, bytes(32), salt, delay)
    return Call(timelock, data, f"schedule: {call.what}", context=call.context)


def timelock_execute(timelock: str, call: Call, salt: bytes = bytes(32)) -> Call:
    """Make an announced call whose time has come (executors only)."""
    signature = "execute(address,uint256,bytes,bytes32,bytes32)"
    data = _encode(signature, call.to, call.value, call.data, bytes(32), salt)
    return Call(timelock, data, f"execute: {call.what}", value=call.value, context=call.context)


# ---------------------------------------------------------------- checks that need no chain
def check_items(items: Sequence[LotAmount]) -> None:
    """Refuse no lots, and more than 32."""
    if not items:
        raise from_revert("no lots")
    if len(items) > MAX_ITEMS:
        raise OutOfRangeError(
            f"one call takes at most {MAX_ITEMS} lots, not {len(items)}: split it",
            name="lots",
            limit=MAX_ITEMS,
            value=len(items),
        )


def check_legs(legs: Sequence[Leg]) -> None:
    """Refuse no legs, more than four, shares above one, and data no adapter takes."""
    if not legs:
        raise from_revert("no legs")
    if len(legs) > MAX_LEGS:
        raise OutOfRangeError(
            f"a swap has at most {MAX_LEGS} legs, not {len(legs)}: merge some",
            name="legs",
            limit=MAX_LEGS,
            value=len(legs),
        )
    whole = 10**18
    shares = sum(leg.share for leg in legs[:-1])
    if shares > whole or any(leg.share < 0 for leg in legs):
        raise from_revert("shares above one", name="shares", limit=whole, value=shares)
    longest = max(len(leg.data) for leg in legs)
    if longest > MAX_PATH:
        raise OutOfRangeError(
            f"a leg's data has at most {MAX_PATH} bytes, not {longest}: take a shorter path",
            name="data",
            limit=MAX_PATH,
            value=longest,
        )


def _of(entry: Entry) -> dict[str, Any]:
    checksum(entry.owner)
    return {
        "asset": entry.asset,
        "amount": entry.amount,
        "policy": entry.policy,
        "shard": entry.shard,
    }


def _numbers(items: Sequence[LotAmount]) -> str:
    return ",".join(str(item.lot) for item in items)


def _encode(signature: str, *arguments: Any) -> bytes:
    inside = signature[signature.index("(") + 1 : -1]
    return selector(signature) + encode(_split(inside), arguments)


def _split(types: str) -> list[str]:
    """The top-level types of a list of types."""
    parts, depth, start = [], 0, 0
    for at, letter in enumerate(types):
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            parts.append(types[start:at])
            start = at + 1
    return [*parts, types[start:]]
