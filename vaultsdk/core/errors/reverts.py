"""Typed exceptions for what the contracts refuse, and `from_revert`, which makes them.

`REASONS` has an entry for every reason string in the Vyper sources; a unit test reads the sources
and fails when one is missing. An exception class stands for one thing a caller can do about it, so
several reasons may share a class; `reason` keeps the contract's own words.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from vaultsdk.core.errors.base import LotvaultError


class RevertError(LotvaultError):
    """A contract of the vault reverted. `reason` is its own word for it, `context` what the caller
    knew (lot, asset, …); `name`, `limit` and `value` where the caller could supply them."""

    def __init__(
        self,
        message: str,
        *,
        reason: str = "",
        name: str = "",
        limit: object = None,
        value: object = None,
        context: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message, name=name, limit=limit, value=value)
        self.reason = reason
        self.context: Mapping[str, Any] = dict(context or {})


class UnknownRevertError(RevertError):
    """A revert whose reason is not the vault's: a token's, a router's, or none at all."""


class VaultPausedError(RevertError):
    """Deposits and purchases, or harvests, are paused. Ways out never are."""


class NotPermittedError(RevertError):
    """The sender lacks the role, or is neither the owner nor his operator."""


class NotListedError(RevertError):
    """The asset (or adapter) is not listed now."""


class WrongAssetError(RevertError):
    """The asset named is not the one that the lot is of by now."""


class NoSuchLotError(RevertError):
    """The owner has no open lot of that number."""


class AmountTooLargeError(RevertError):
    """More was asked for than there is."""


class BelowMinimumDepositError(RevertError):
    """The amount is below the asset's smallest deposit."""


class CohortsFullError(RevertError):
    """The shard named and the next seven have no room under the cohort cap."""


class OutOfRangeError(RevertError):
    """A number does not fit where it would be stored."""


class PolicyMismatchError(RevertError):
    """The policy does not exist, or its content is not what was meant."""


class BadPolicyError(RevertError):
    """A policy that the deployment does not allow anyone to create."""


class BadPriceError(RevertError):
    """A price or rate outside what the caller allowed."""


class PriceUnavailableError(RevertError):
    """A feed has no usable answer now."""


class SlippageExceededError(BadPriceError):
    """The swap brought less than the caller's own limit."""


class DeadlinePassedError(RevertError):
    """The transaction was mined too late."""


class RollFirstError(RevertError):
    """The lot went through more harvests than one call rolls."""


class NoSuchOfferError(RevertError):
    """The lot is not, or no longer, offered to the sender under that nonce."""


class TransferTermsChangedError(RevertError):
    """The lot is not as the claim says; a harvest may have come between."""


class BadRecipientError(RevertError):
    """Tokens cannot go there."""


class BadLegsError(RevertError):
    """The legs of a swap do not make sense."""


class HarvestRefusedError(RevertError):
    """A harvest breaks a rule that no keeper can waive; `reason` says which."""


class NothingToSellError(HarvestRefusedError):
    """The cohorts named are empty, or hold less than the keeper's minimum."""


class BucketExhaustedError(HarvestRefusedError):
    """The harvest would cost more than the loss bucket can carry now."""


class TokenMisbehavedError(RevertError):
    """A token moved other than what it was told to."""


class AdapterRefusedError(RevertError):
    """A swap adapter refused; `reason` says why."""


class GateRefusedError(RevertError):
    """The ETH gate refused; `reason` says why."""


class BadAssetError(RevertError):
    """A token that cannot be listed."""


class BadFeedError(RevertError):
    """A feed or its settings cannot be used."""


class BadLimitsError(RevertError):
    """Limits, bounds or flags that cannot be set."""


_Entry = tuple[type[RevertError], str]

_OWNERS: Final[Mapping[str, _Entry]] = {
    "paused": (
        VaultPausedError,
        "it is paused now: wait for the admin to lift it; ways out are open",
    ),
    "asset not listed": (NotListedError, "the asset is not listed now: choose a listed one"),
    "unknown asset": (NotListedError, "there is no asset of that id: see the deployment file"),
    "not the owner": (
        NotPermittedError,
        "the sender is neither the owner nor his operator: send from the owner, or let him call "
        "set_operator",
    ),
    "acquired in future": (
        OutOfRangeError,
        "the acquisition time lies after the block's: give seconds (UTC), not later than now",
    ),
    "too little out": (
        SlippageExceededError,
        "the swap brings less than min_out: lower min_out, or wait for a better price",
    ),
    "deadline passed": (
        DeadlinePassedError,
        "the deadline has passed: send again with a later one",
    ),
    "bad receiver": (BadRecipientError, "tokens cannot go to the zero address or the vault"),
    "below minimum deposit": (
        BelowMinimumDepositError,
        "the amount is zero or below the asset's smallest deposit: deposit more",
    ),
    "basis too large": (
        OutOfRangeError,
        "the basis does not fit 128 bits: give USD wad of the lot",
    ),
    "unit basis too large": (
        OutOfRangeError,
        "the basis per whole token is beyond any band: check basis (USD wad) and amount",
    ),
    "cohorts full": (
        CohortsFullError,
        "eight shards are full under the cohort cap: name a shard at least 8 higher, or split the "
        "deposit into several lots",
    ),
    "no such shard": (OutOfRangeError, "shards end at 2**31 - 9: name a smaller one"),
    "unknown policy": (PolicyMismatchError, "there is no policy of that id: create it first"),
    "policy hash differs": (
        PolicyMismatchError,
        "the policy of that id is not the one meant: look up its id by its word",
    ),
    "no such lot": (NoSuchLotError, "the owner has no such lot open: list his lots"),
    "lot of another asset": (
        WrongAssetError,
        "the lot is of another asset by now (a harvest came between): read it again, or name ANY "
        "with all units",
    ),
    "roll first": (RollFirstError, "the lot went through more than 64 harvests: call roll first"),
    "any asset needs all units": (
        WrongAssetError,
        "ANY as asset goes only with all units (max_uint): name the asset to move a part",
    ),
    "zero amount": (
        OutOfRangeError,
        "the amount is 0: give at least one unit, or max_uint for all",
    ),
    "more than lot holds": (AmountTooLargeError, "the lot holds less than that: ask for less"),
    "no lots": (NoSuchLotError, "the batch names no lots: name at least one"),
    "no such kind": (OutOfRangeError, "offer kinds are 0 other, 1 own wallet, 2 gift"),
    "no such offer": (
        NoSuchOfferError,
        "the lot is not offered to the sender under that nonce: ask its owner to offer it again",
    ),
    "lot not as claimed": (
        TransferTermsChangedError,
        "the lot is not as the claim says: read it again before claiming",
    ),
    "token took a fee": (
        TokenMisbehavedError,
        "the token charges for transfers: it cannot be held",
    ),
    "transfer failed": (
        TokenMisbehavedError,
        "the token refused the transfer: check balance and allowance",
    ),
}

_POLICIES: Final[Mapping[str, _Entry]] = {
    "policy out of range": (BadPolicyError, "the word's top 32 bits must be zero"),
    "unlisted replacement": (
        BadPolicyError,
        "the mask names an asset that is not listed: leave it out",
    ),
    "min_loss too high": (BadPolicyError, "min_loss is above 10000 bps: lower it"),
    "max_cost too high": (BadPolicyError, "max_cost is above the deployment's bound: lower it"),
    "max_slippage too high": (
        BadPolicyError,
        "max_slippage is above the deployment's bound: lower it",
    ),
    "max_fee too high": (BadPolicyError, "max_fee is above the deployment's bound: lower it"),
    "hold below one day": (BadPolicyError, "min_hold_days is 0: give at least 1"),
    "tax_value too high": (BadPolicyError, "tax_value is above 10000 bps: lower it"),
    "too many policies": (BadPolicyError, "the vault has no policy ids left: use one that exists"),
}

_HARVESTS: Final[Mapping[str, _Entry]] = {
    "keys not ascending": (HarvestRefusedError, "sort the cohort keys, each once"),
    "cohort harvested": (HarvestRefusedError, "a cohort was harvested already: leave it out"),
    "assets differ": (HarvestRefusedError, "all cohorts of a harvest must be of one asset"),
    "same asset": (HarvestRefusedError, "the asset received is the one sold: name another"),
    "not a replacement": (HarvestRefusedError, "a cohort's policy does not allow that asset"),
    "held too short": (
        HarvestRefusedError,
        "a cohort has not been held for its policy's full days: wait",
    ),
    "loss too small": (HarvestRefusedError, "a cohort has lost less than its policy asks: wait"),
    "too little to sell": (
        NothingToSellError,
        "the cohorts hold nothing, or less than min_sold: read them again",
    ),
    "fee above policy": (HarvestRefusedError, "fee_bps is above a policy's max_fee: lower it"),
    "rate below minimum": (
        SlippageExceededError,
        "the swap brings less than min_rate per whole token: quote again",
    ),
    "below floor": (
        HarvestRefusedError,
        "the swap costs more than a policy allows: sell less, or take another route",
    ),
    "above ceiling": (
        HarvestRefusedError,
        "the swap brings more than basis or feeds explain: a feed is late, or the loss is gone",
    ),
    "loss bucket full": (
        BucketExhaustedError,
        "the loss bucket cannot carry this harvest now: sell less, or wait until it drains",
    ),
    "merged above cap": (
        HarvestRefusedError,
        "the cohorts of one policy would merge into one above the cap: harvest fewer at once",
    ),
    "amounts out of range": (OutOfRangeError, "amounts or prices do not fit 128 bits: sell less"),
    "too many harvests": (HarvestRefusedError, "harvest numbers have run out: deploy a new vault"),
    "no legs": (BadLegsError, "name at least one leg"),
    "shares above one": (
        BadLegsError,
        "the shares of the legs add up to more than 1e18: lower them",
    ),
    "adapter not listed": (
        NotListedError,
        "the adapter is not listed: use one of the deployment's",
    ),
    "sold another amount": (
        BadLegsError,
        "the swap did not take exactly what was to be sold: take another route",
    ),
    "no such band": (OutOfRangeError, "bands 1 to 895 do not exist: check the cohort key"),
}

_PRICES: Final[Mapping[str, _Entry]] = {
    "feed stale": (
        PriceUnavailableError,
        "a feed's answer is older than its heartbeat: wait for an update, or declare a basis",
    ),
    "feed out of bounds": (
        PriceUnavailableError,
        "a feed's answer is outside its bounds: the admin must look at it",
    ),
    "sequencer down": (
        PriceUnavailableError,
        "the sequencer is down or came back just now: wait for the grace period",
    ),
    "feed has no answer": (
        PriceUnavailableError,
        "a feed gives no answer: the admin must look at it",
    ),
    "product is zero": (PriceUnavailableError, "the composite feed's product is zero"),
    "only the latest round": (
        PriceUnavailableError,
        "the composite feed knows only the latest round",
    ),
}
# The parts of a composite feed: a protocol's rate and market feeds, each with its own checks.
_FEED_PARTS: Final[Mapping[str, Mapping[str, str]]] = {
    "rate": {
        "no contract": "is no contract",
        "no answer": "gives no answer",
        "out of bounds": "is outside its bounds",
        "too many decimals": "has more than 18 decimals",
        "bad bounds": "has bounds that exclude everything",
    },
    "market": {
        "no answer": "gives no answer",
        "not positive": "is not positive",
        "out of bounds": "is outside its bounds",
        "stale": "is older than its heartbeat",
        "from the future": "is from the future",
        "no heartbeat": "has no heartbeat",
        "too many decimals": "has more than 18 decimals",
        "bad bounds": "has bounds that exclude everything",
    },
}

_ADMIN: Final[Mapping[str, _Entry]] = {
    "missing role": (NotPermittedError, "the sender lacks the role for this call"),
    "not admin or guardian": (NotPermittedError, "only the admin or the guardian may do this"),
    "guardian only tightens": (
        NotPermittedError,
        "the guardian may only tighten: let the admin (the timelock) loosen",
    ),
    "own roles": (NotPermittedError, "an admin cannot change its own roles: use another admin"),
    "no admin": (BadLimitsError, "a vault needs an admin: give its address"),
    "no such role": (BadLimitsError, "roles are the sum of admin 1, guardian 2, keeper 4"),
    "no such pause": (BadLimitsError, "pauses are the sum of deposits 1, harvests 2"),
    "too many assets": (BadAssetError, "a vault lists at most 128 assets"),
    "not an asset": (BadAssetError, "the zero address and the quote cannot be listed"),
    "listed before": (BadAssetError, "the token has an id already: set_listed lists it again"),
    "too many decimals": (BadAssetError, "tokens and feeds may have at most 18 decimals"),
    "bounds above one": (BadLimitsError, "a hard bound is above 10000 bps: lower it"),
    "limits out of range": (BadLimitsError, "limits must fit 128 bits"),
    "bucket out of range": (BadLimitsError, "the bucket's size must fit 96 bits (base wad)"),
    "unknown feed": (BadFeedError, "feed ids are asset ids, 128 (base) and 129 (quote)"),
    "constant has dev": (BadFeedError, "the constant 1 has dev 0: give a feed, or dev 0"),
    "feed out of range": (BadFeedError, "the heartbeat must fit 32 bits, dev be below 10000 bps"),
    "feed bounds": (BadFeedError, "min_answer must be at most max_answer, both in 128 bits (wad)"),
    "no market feed": (BadFeedError, "a composite feed needs at least one market feed"),
}

_ADAPTERS: Final[Mapping[str, _Entry]] = {
    "adapter: same token": (AdapterRefusedError, "the adapter is to swap a token into itself"),
    "adapter: nothing to swap": (AdapterRefusedError, "the adapter got nothing to swap"),
    "adapter: not funded": (AdapterRefusedError, "the adapter did not receive the amount to swap"),
    "adapter: input left over": (
        AdapterRefusedError,
        "the pool could fill only a part: sell less, or split over several routes",
    ),
    "adapter: nothing received": (AdapterRefusedError, "the swap brought nothing"),
    "adapter: approval refused": (
        AdapterRefusedError,
        "the token sold refuses the router's approval",
    ),
    "adapter: no ether": (AdapterRefusedError, "adapters swap tokens only: wrap the ether first"),
    "adapter: no router": (AdapterRefusedError, "an adapter needs its router's address"),
    "adapter: path ends": (
        AdapterRefusedError,
        "the path must start with the token sold and end with the one received",
    ),
    "adapter: path length": (AdapterRefusedError, "the path has the wrong length"),
    "gate: approval refused": (GateRefusedError, "the vault could not be approved for WETH"),
    "gate: call deposit": (GateRefusedError, "send ETH with deposit, not by a plain transfer"),
    "gate: no receiver": (GateRefusedError, "name an address that receives the ETH"),
    "gate: not the vault's asset": (GateRefusedError, "the asset id is not the vault's WETH"),
    "gate: receiver refused": (GateRefusedError, "the receiver does not take ETH: name another"),
}

REASONS: Final[Mapping[str, _Entry]] = {
    **_OWNERS,
    **_POLICIES,
    **_HARVESTS,
    **_PRICES,
    **_ADMIN,
    **_ADAPTERS,
    **{
        f"{part}: {what}": (PriceUnavailableError, f"the {part} part of a composite feed {meaning}")
        for part, meanings in _FEED_PARTS.items()
        for what, meaning in meanings.items()
    },
}


def from_revert(reason: str, **context: Any) -> RevertError:
    """The typed exception for a revert reason, never raised here.

    `context` may hold `name`, `limit` and `value` of what was refused; anything else (lot, …)
    is kept and shown too. Unknown reasons become UnknownRevertError.
    """
    cleaned = reason.strip()
    name = str(context.pop("name", ""))
    limit, value = context.pop("limit", None), context.pop("value", None)
    kind, advice = REASONS.get(cleaned, (UnknownRevertError, _unknown(cleaned)))
    details = [f"{key} {item}" for key, item in context.items() if item is not None]
    if value is not None:
        details.append(f"{name or 'value'} is {value}")
    if limit is not None:
        details.append(f"limit {limit}")
    message = advice if kind is UnknownRevertError else f"{cleaned}: {advice}"
    if details:
        message += f" ({', '.join(details)})"
    return kind(
        message, reason=cleaned, name=name or cleaned, limit=limit, value=value, context=context
    )


def _unknown(reason: str) -> str:
    if not reason:
        return (
            "the contract refused without a reason: an amount overflows, or the address is not the "
            "vault's; check the deployment file and the numbers"
        )
    return f'a contract refused with "{reason}": check balances, allowances and addresses'
