"""Refusals before the chain's own: typed errors that name the limit and the value, in whole tokens
for people and as integers for programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vaultsdk.chain import calls
from vaultsdk.chain.reads import Plan
from vaultsdk.core.errors import LotvaultError, RevertError, from_revert
from vaultsdk.core.harvest_rules import bucket_room
from vaultsdk.core.units import format_amount
from vaultsdk.core.words import ANY


class NoFundsError(LotvaultError):
    """The sender has not enough ether for gas and value, or not enough tokens to deposit."""


def lacking(sender: str, token: str, funds: int, amount: int, decimals: int) -> NoFundsError:
    """The refusal of a payment that the sender cannot make."""
    return NoFundsError(
        f"{sender} has {format_amount(funds, decimals)} of token {token}, but "
        f"{format_amount(amount, decimals)} are needed: get more first, or ask for less",
        name="balance",
        limit=funds,
        value=amount,
    )


def refusal(
    reason: str,
    name: str = "",
    *,
    limit: int | None = None,
    value: int | None = None,
    decimals: int = 0,
    unit: str = "",
    **context: Any,
) -> RevertError:
    """The contract's own refusal, said before asking it. Amounts are shown with `decimals`."""

    def shown(number: int | None) -> str | None:
        if number is None:
            return None
        return f"{format_amount(number, decimals)} {unit}".strip()

    error = from_revert(reason, name=name, limit=shown(limit), value=shown(value), **context)
    error.limit, error.value = limit, value
    return error


def explained(
    lens: str, vault: str, sender: str, reason: str, context: Mapping[str, Any]
) -> Plan[RevertError]:
    """The typed error for a revert, with the limit and the value read from the chain.

    `context` is what the call named: asset, amount, lot, owner, policy. A plan; see `reads`.
    """
    asset, amount = context.get("asset"), context.get("amount")
    shown: dict[str, Any] = {
        key: value
        for key, value in context.items()
        if value is not None and value != ANY and key in ("asset", "lot", "lots", "owner", "policy")
    }
    sized = reason in ("below minimum deposit", "cohorts full")
    if sized and isinstance(asset, int) and asset != ANY and amount is not None:
        limits, token = yield [calls.limits(vault, asset), calls.asset(vault, asset)]
        small = reason == "below minimum deposit"
        return refusal(
            reason,
            "amount",
            limit=limits.min_deposit if small else limits.cohort_cap,
            value=amount,
            decimals=token.decimals,
            **shown,
        )
    if reason == "unknown policy":
        (count,) = yield [calls.policy_count(vault)]
        return refusal(reason, "policy", limit=count - 1, value=context.get("policy"))
    lot, owner = context.get("lot"), context.get("owner") or sender
    if reason in ("more than lot holds", "lot of another asset") and lot is not None:
        ((row,),) = yield [calls.lots_page(lens, vault, owner, lot, 1)]
        if reason == "lot of another asset":
            return refusal(reason, "asset", limit=row.asset, value=asset, lot=lot)
        (token,) = yield [calls.asset(vault, row.asset)]
        return refusal(
            reason,
            "amount",
            limit=row.units,
            value=amount,
            decimals=token.decimals,
            **shown,
        )
    if reason == "loss bucket full":
        (state,) = yield [calls.vault_state(lens, vault)]
        room = bucket_room(state.bucket, state.timestamp)
        return refusal(reason, "room in the bucket", limit=room, decimals=18, unit="of the base")
    return from_revert(reason, **shown)
