"""What can be known before a transaction is sent: plans (see `reads`) that raise the contract's own
refusal with limit and value, and return what the call needs. Nothing here changes anything.

The chain may move until the transaction is mined; the contract checks all of it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from vaultsdk.chain import calls
from vaultsdk.chain.calls import Read
from vaultsdk.chain.reads import Plan
from vaultsdk.chain.refusals import lacking, refusal
from vaultsdk.chain.rows import AssetState, FeedState, LotRow, VaultState
from vaultsdk.chain.write_calls import LotAmount
from vaultsdk.core.cohort import DAY, HARVEST_BIT, CohortKey
from vaultsdk.core.errors import (
    CohortsFullError,
    OutOfRangeError,
    PriceUnavailableError,
    UnitsError,
    WrongAssetError,
    from_revert,
)
from vaultsdk.core.lot import unit_basis
from vaultsdk.core.policy import Policy
from vaultsdk.core.units import WAD, format_amount
from vaultsdk.core.words import ANY

SHARDS_PER_CALL: Final = 8
"""The contract tries the shard named and the next seven."""
_SHARDS_TO_LOOK_AT: Final = 64
_LAST_SHARD: Final = HARVEST_BIT - SHARDS_PER_CALL - 1
MAX_ROLL: Final = 64


@dataclass(frozen=True)
class WayIn:
    """What a deposit or a purchase needs to know: the asset, the policy's hash and a shard with
    room, at a block's state. `price` is USD wad per whole token, None when there is none now."""

    state: VaultState
    asset: AssetState
    policy_hash: bytes
    shard: int
    price: int | None
    funds: int
    """What the payer has of the token he pays with."""
    allowance: int


@dataclass(frozen=True)
class Lots:
    """The lots that a way out names, as rolled now, and the asset they are of."""

    rows: tuple[LotRow, ...]
    asset: AssetState
    units: int


def way_in(
    lens: str,
    vault: str,
    sender: str,
    owner: str,
    asset: int,
    amount: int,
    policy: int,
    *,
    shard: int | None = None,
    basis: int | None = None,
    acquired_at: int | None = None,
    paid_in_quote: bool = False,
    coming: int = 0,
) -> Plan[WayIn]:
    """Check a deposit (`basis` None: at the oracle's price) or a purchase (`paid_in_quote`).

    `coming`: units that the sender will have by then (ether yet to be wrapped).

    Raises VaultPausedError, NotListedError, BelowMinimumDepositError, CohortsFullError,
    PolicyMismatchError, PriceUnavailableError, NotPermittedError, OutOfRangeError, NoFundsError.
    """
    reads: list[Read[Any]] = [
        calls.vault_state(lens, vault),
        calls.assets_page(lens, vault),
        calls.policy(vault, policy),
        calls.is_operator(vault, owner, sender),
    ]
    state, assets, content, operator = yield reads
    if state.config.deposits_paused:
        raise from_revert("paused")
    it = listed(assets, asset)
    _known_policy(policy, state)
    if owner != sender and not operator:
        raise from_revert("not the owner", owner=owner, sender=sender)
    if acquired_at is not None and acquired_at > state.timestamp:
        raise refusal("acquired in future", "acquired_at", limit=state.timestamp, value=acquired_at)
    token = state.quote if paid_in_quote else it.asset.token
    funds, allowance = yield [
        calls.balance_of(token, sender),
        calls.allowance(token, sender, vault),
    ]
    price = _price(state.base_feed, it.rate)
    if not paid_in_quote:
        fits_limits(it, amount)
        if basis is None:
            if price is None:
                raise no_price(state, it)
            basis = amount * price // it.scale
        chosen = yield from find_shard(lens, vault, it, policy, basis, amount, state, shard)
    else:
        # How much comes out, and with it the cohort, is known only after the swap.
        chosen = shard or 0
    if funds + coming < amount:
        places = state.quote_decimals if paid_in_quote else it.asset.decimals
        raise lacking(sender, token, funds, amount, places)
    return WayIn(state, it, content.hash(), chosen, price, funds, allowance)


def find_shard(
    lens: str,
    vault: str,
    asset: AssetState,
    policy: int,
    basis: int,
    units: int,
    state: VaultState,
    shard: int | None,
) -> Plan[int]:
    """A shard of today's cohort with room for the units: the one named (or of the seven after
    it, which the contract tries itself), or the first that has. Raises CohortsFullError."""
    first = shard or 0
    if not 0 <= first <= _LAST_SHARD:
        raise refusal("no such shard", "shard", limit=_LAST_SHARD, value=first)
    count = SHARDS_PER_CALL if shard is not None else _SHARDS_TO_LOOK_AT
    per_token = unit_basis(units, basis, asset.asset.decimals)
    zero = CohortKey.of(asset.id, policy, per_token, state.timestamp).pack()
    keys = range(zero + first, zero + first + count)
    (rows,) = yield [calls.cohorts_by_key(lens, vault, list(keys))]
    for at, row in enumerate(rows):
        if row.harvest == 0 and row.units + units <= asset.limits.cohort_cap:
            return shard if shard is not None else first + at
    raise refusal(
        "cohorts full",
        "cohort cap",
        limit=asset.limits.cohort_cap,
        value=units,
        decimals=asset.asset.decimals,
        asset=asset.id,
        day=state.timestamp // DAY,
    )


def way_out(
    lens: str, vault: str, owner: str, items: Sequence[LotAmount], asset: int | None
) -> Plan[Lots]:
    """Check a withdrawal or a sale of these lots. `asset` None: whatever the first lot is of.

    Raises NoSuchLotError, WrongAssetError, AmountTooLargeError, RollFirstError, OutOfRangeError.
    """
    reads: list[Read[Any]] = [calls.assets_page(lens, vault)]
    reads += [calls.lots_page(lens, vault, owner, item.lot, 1) for item in items]
    assets, *pages = yield reads
    rows: list[LotRow] = []
    taken: dict[int, int] = {}
    total = 0
    for item, page in zip(items, pages, strict=True):
        row = _open_lot(page, owner, item.lot)
        rows.append(row)
        meant = rows[0].asset if asset is None or asset == ANY else asset
        if row.asset != meant:
            raise WrongAssetError(
                f"lot {item.lot} is of asset {row.asset} by now, not of {meant}: name lots of one "
                "asset, and the asset they are of",
                reason="lot of another asset",
                name="asset",
                limit=row.asset,
                value=meant,
            )
        left = row.units - taken.get(item.lot, 0)
        if item.amount == 0:
            raise from_revert("zero amount", lot=item.lot)
        units = left if item.amount == ANY else item.amount
        if units > left:
            raise refusal(
                "more than lot holds",
                "amount",
                limit=left,
                value=item.amount,
                decimals=assets[row.asset].asset.decimals,
                lot=item.lot,
            )
        taken[item.lot] = taken.get(item.lot, 0) + units
        total += units
    return Lots(tuple(rows), assets[rows[0].asset], total)


def policy_change(
    lens: str,
    vault: str,
    owner: str,
    lot: int,
    amount: int,
    policy: int,
    shard: int | None,
) -> Plan[tuple[Lots, bytes, int]]:
    """Check a change of policy; the lot, the policy's hash and a shard with room.

    Raises as `way_out`, and PolicyMismatchError, BelowMinimumDepositError, CohortsFullError.
    """
    found = yield from way_out(lens, vault, owner, [LotAmount(lot, amount)], None)
    state, content = yield [calls.vault_state(lens, vault), calls.policy(vault, policy)]
    _known_policy(policy, state)
    row, it = found.rows[0], found.asset
    units = found.units
    if units != row.units and units < it.limits.min_deposit:
        raise refusal(
            "below minimum deposit",
            "amount",
            limit=it.limits.min_deposit,
            value=units,
            decimals=it.asset.decimals,
            lot=lot,
        )
    basis = row.basis * units // row.units if row.units else row.basis
    # A whole lot to policy 0 may name ANY, and then nothing can refuse it: no room is needed.
    if policy == 0 and units == row.units:
        return found, content.hash(), 0
    chosen = yield from find_shard(lens, vault, it, policy, basis, units, state, shard)
    return found, content.hash(), chosen


def new_policy(lens: str, vault: str, policy: Policy) -> Plan[int]:
    """Check a policy to be created; its id if it exists already, else 0. Raises PolicyError."""
    state, known = yield [calls.vault_state(lens, vault), calls.policy_id(vault, policy.word())]
    if known == 0:
        policy.check(state.bounds, state.config.listed)
    return int(known)


def claim(
    lens: str, vault: str, sender: str, owner: str, lot: int, nonce: int | None
) -> Plan[tuple[LotRow, int]]:
    """Check that the lot is offered to the sender; the lot and the offer's nonce.

    Raises NoSuchLotError, NoSuchOfferError, RollFirstError.
    """
    page, standing = yield [
        calls.lots_page(lens, vault, owner, lot, 1),
        calls.offer(vault, owner, lot),
    ]
    row = _open_lot(page, owner, lot)
    if standing is None or standing.to != sender or nonce not in (None, standing.nonce):
        raise from_revert("no such offer", owner=owner, lot=lot, sender=sender)
    return row, standing.nonce


# ---------------------------------------------------------------- parts
def listed(assets: Sequence[AssetState], asset: int) -> AssetState:
    """The asset, if it may be deposited now. Raises NotListedError naming those that may."""
    if 0 <= asset < len(assets) and assets[asset].listed:
        return assets[asset]
    may = ", ".join(str(it.id) for it in assets if it.listed) or "none"
    raise from_revert("asset not listed", name="asset", value=asset, listed=may)


def fits_limits(asset: AssetState, amount: int) -> None:
    """Raise BelowMinimumDepositError or CohortsFullError for an amount that is never taken."""
    if amount == 0 or amount < asset.limits.min_deposit:
        raise refusal(
            "below minimum deposit",
            "amount",
            limit=asset.limits.min_deposit,
            value=amount,
            decimals=asset.asset.decimals,
            asset=asset.id,
        )
    fits_cap(asset, amount)


def fits_cap(asset: AssetState, amount: int) -> None:
    """Raise CohortsFullError when no cohort could ever take the amount."""
    cap = asset.limits.cohort_cap
    if amount > cap:
        places = asset.asset.decimals
        raise CohortsFullError(
            f"{format_amount(amount, places)} is above the cohort cap of "
            f"{format_amount(cap, places)} (asset {asset.id}): split it into several lots "
            "(split_deposit, or --split on the command line)",
            reason="cohorts full",
            name="cohort cap",
            limit=cap,
            value=amount,
        )


def no_price(state: VaultState, asset: AssetState) -> PriceUnavailableError:
    """The refusal when there is no good price, naming the feed, its status and its age."""
    name, feed = ("base", state.base_feed)
    if feed.ok:
        name, feed = (f"asset {asset.id}", asset.rate)
    age = f" (age {state.timestamp - feed.updated_at} s, heartbeat {feed.feed.heartbeat} s)"
    return PriceUnavailableError(
        f"the feed of {name} gives no price now: {feed.status_text}"
        f"{age if feed.updated_at else ''}; wait for it, or declare a basis",
        reason="feed stale" if feed.status_text == "stale" else "feed has no answer",
        name="feed",
        limit=feed.feed.heartbeat,
        value=state.timestamp - feed.updated_at if feed.updated_at else None,
    )


def split_deposit(amount: int, cohort_cap: int, min_deposit: int = 0) -> tuple[int, ...]:
    """An amount as the fewest, nearly equal parts that each fit a cohort; they add up exactly.

    Raises OutOfRangeError when a part would be below the smallest deposit.
    """
    if cohort_cap <= 0 or amount <= 0:
        raise UnitsError(
            "an amount and a cohort cap above 0 are needed", name="amount", value=amount
        )
    count = -(-amount // cohort_cap)
    part, extra = divmod(amount, count)
    if part < min_deposit:
        raise OutOfRangeError(
            f"{amount} split into {count} parts is below the smallest deposit {min_deposit}",
            name="amount",
            limit=min_deposit,
            value=part,
        )
    return tuple(part + 1 if i < extra else part for i in range(count))


def _open_lot(page: Sequence[LotRow], owner: str, lot: int) -> LotRow:
    if not page or not page[0].exists:
        raise from_revert("no such lot", owner=owner, lot=lot)
    row = page[0]
    if row.hops > MAX_ROLL:
        raise from_revert("roll first", lot=lot, hops=row.hops)
    return row


def _known_policy(policy: int, state: VaultState) -> None:
    if not 0 <= policy < state.policy_count:
        raise refusal("unknown policy", "policy", limit=state.policy_count - 1, value=policy)


def _price(base: FeedState, rate: FeedState) -> int | None:
    # Rounded down, as the contract rounds it.
    return base.answer * rate.answer // WAD if base.ok and rate.ok else None
