"""Writes of the sync client: check, fund, sign, send, await, and read the receipt.

Each raises the typed error that names the limit and the value, before sending where it can be
known, and after a revert with what the chain says then.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any, TypeVar

from vaultsdk.chain import calls, checks, refusals, write_calls
from vaultsdk.chain.calls import Read
from vaultsdk.chain.checks import WayIn, split_deposit
from vaultsdk.chain.node import Node
from vaultsdk.chain.permits import sign_permit
from vaultsdk.chain.reads import Plan
from vaultsdk.chain.receipts import (
    BuyReceipt,
    ClaimReceipt,
    DepositReceipt,
    HarvestReceipt,
    OfferReceipt,
    PolicyChangeReceipt,
    Receipt,
    RollReceipt,
    SellReceipt,
    WithdrawReceipt,
)
from vaultsdk.chain.rpc import Block, RevertedError, block_param, hex_bytes
from vaultsdk.chain.sending import FailedTransactionError, Transactor
from vaultsdk.chain.signers import Signer
from vaultsdk.chain.write_calls import (
    NO_PERMIT,
    Call,
    ClaimTerms,
    Entry,
    Leg,
    LotAmount,
    Permit,
)
from vaultsdk.core.deployment import Deployment
from vaultsdk.core.errors import LotvaultError, from_revert
from vaultsdk.core.events import PolicyCreated
from vaultsdk.core.lot import OfferKind
from vaultsdk.core.policy import Policy
from vaultsdk.core.words import ANY, MAX_ASSETS

T = TypeVar("T")
R = TypeVar("R", bound=Receipt)

_PERMIT_SECONDS = 3600


class Funding(StrEnum):
    """How the vault may take the tokens: an approval of exactly the amount where the allowance is
    smaller, a signed permit, or the allowance as it is."""

    APPROVE = "approve"
    PERMIT = "permit"
    ALLOWANCE = "allowance"


class SplitDepositError(LotvaultError):
    """A deposit in several lots stopped half way: `done` are the lots that exist."""

    def __init__(self, done: Sequence[DepositReceipt], parts: int, cause: Exception) -> None:
        lots = ", ".join(str(receipt.lot) for receipt in done)
        super().__init__(f"only lots {lots} of {parts} were opened, then: {cause}")
        self.done = tuple(done)


class VaultWrites:
    """What changes the vault. `run` comes from the client, which also reads."""

    run: Callable[..., Any]

    def __init__(self, node: Node, deployment: Deployment, address: str, lens: str) -> None:
        self.node = node
        self.deployment = deployment
        self.address = address
        self.lens = lens
        self.transactor = Transactor(node)

    # ------------------------------------------------------------ ways in
    def deposit(
        self,
        signer: Signer,
        asset: int | str,
        amount: int,
        policy: int = 0,
        *,
        basis: int | None = None,
        acquired_at: int | None = None,
        owner: str | None = None,
        shard: int | None = None,
        funding: Funding = Funding.APPROVE,
    ) -> DepositReceipt:
        """Deposit units as one lot: at the oracle's price, or with a declared `basis` (USD wad of
        the whole lot) and `acquired_at` (s; now when left out).

        `owner` when the signer is his operator. Raises as `checks.way_in`.
        """
        whose, number = owner or signer.address, self.asset_id(asset)
        found: WayIn = self.run(
            checks.way_in(
                self.lens,
                self.address,
                signer.address,
                whose,
                number,
                amount,
                policy,
                shard=shard,
                basis=basis,
                acquired_at=acquired_at,
            )
        )
        permit = self._fund(signer, found.asset.asset.token, amount, found, funding)
        entry = Entry(number, amount, policy, found.policy_hash, found.shard, whose)
        if basis is None:
            call = write_calls.deposit(self.address, entry, permit)
        else:
            since = found.state.timestamp if acquired_at is None else acquired_at
            call = write_calls.deposit_declared(self.address, entry, basis, since, permit)
        return self.send(call, signer, DepositReceipt)

    def deposit_split(
        self,
        signer: Signer,
        asset: int | str,
        amount: int,
        policy: int = 0,
        *,
        basis: int | None = None,
        acquired_at: int | None = None,
    ) -> list[DepositReceipt]:
        """Deposit as many lots as the cohort cap asks for; a declared basis is split pro rata.

        Raises SplitDepositError, with what was done, when a later lot is refused.
        """
        number = self.asset_id(asset)
        limits, word = self._read_many(
            [calls.limits(self.address, number), calls.asset(self.address, number)]
        )
        if limits.cohort_cap == 0:
            raise from_revert("asset not listed", name="asset", value=number)
        parts = split_deposit(amount, limits.cohort_cap, limits.min_deposit)
        if len(parts) > 1:
            funds, allowance = self._read_many(
                [
                    calls.balance_of(word.token, signer.address),
                    calls.allowance(word.token, signer.address, self.address),
                ]
            )
            if funds < amount:
                raise refusals.lacking(signer.address, word.token, funds, amount, word.decimals)
            if allowance < amount:
                self.send(write_calls.approve(word.token, self.address, amount), signer)
        done: list[DepositReceipt] = []
        left = basis
        for i, part in enumerate(parts):
            share = left
            if basis is not None and left is not None:
                # Rounded down, the last takes the rest: together they are the basis declared.
                share = left if i == len(parts) - 1 else basis * part // amount
                left -= share
            try:
                done.append(
                    self.deposit(signer, number, part, policy, basis=share, acquired_at=acquired_at)
                )
            except LotvaultError as error:
                if not done:
                    raise
                raise SplitDepositError(done, len(parts), error) from error
        return done

    def buy(
        self,
        signer: Signer,
        asset: int | str,
        quote_amount: int,
        legs: Sequence[Leg],
        min_out: int,
        policy: int = 0,
        *,
        deadline: int | None = None,
        shard: int = 0,
        owner: str | None = None,
        funding: Funding = Funding.APPROVE,
    ) -> BuyReceipt:
        """Pay quote units, get at least `min_out` units of the asset as a lot.

        `deadline` (s): 20 minutes from the newest block when left out. Raises as `checks.way_in`.
        """
        whose, number = owner or signer.address, self.asset_id(asset)
        found: WayIn = self.run(
            checks.way_in(
                self.lens,
                self.address,
                signer.address,
                whose,
                number,
                quote_amount,
                policy,
                shard=shard,
                paid_in_quote=True,
            )
        )
        self._check_adapters(legs)
        until = self._deadline(found.state.timestamp, deadline)
        permit = self._fund(signer, found.state.quote, quote_amount, found, funding)
        entry = Entry(number, quote_amount, policy, found.policy_hash, found.shard, whose)
        call = write_calls.buy(self.address, entry, legs, min_out, until, permit)
        return self.send(call, signer, BuyReceipt)

    # ------------------------------------------------------------ ways out
    def withdraw(
        self,
        signer: Signer,
        lot: int,
        amount: int = ANY,
        *,
        to: str | None = None,
        owner: str | None = None,
        asset: int | str | None = None,
    ) -> WithdrawReceipt:
        """Withdraw a lot in kind: all of it, or `amount` units.

        `asset` None: what the lot is of now. A harvest in between then reverts a part, but not
        all. Raises as `checks.way_out`.
        """
        whose = owner or signer.address
        meant = None if asset is None else self.asset_id(asset)
        found = self.run(
            checks.way_out(self.lens, self.address, whose, [LotAmount(lot, amount)], meant)
        )
        # All of a lot is wanted whatever a harvest has made of it meanwhile.
        named = found.asset.id if meant is None and amount != ANY else meant
        call = write_calls.withdraw(
            self.address,
            lot,
            ANY if named is None else named,
            amount,
            to or whose,
            None if whose == signer.address else whose,
        )
        return self.send(call, signer, WithdrawReceipt)

    def withdraw_many(
        self,
        signer: Signer,
        items: Sequence[LotAmount],
        *,
        to: str | None = None,
        owner: str | None = None,
        asset: int | str | None = None,
    ) -> WithdrawReceipt:
        """Withdraw from up to 32 lots of one asset, all or nothing. Raises as `checks.way_out`."""
        write_calls.check_items(items)
        whose = owner or signer.address
        meant = None if asset is None else self.asset_id(asset)
        found = self.run(checks.way_out(self.lens, self.address, whose, items, meant))
        call = write_calls.withdraw_many(
            self.address,
            items,
            found.asset.id,
            to or whose,
            None if whose == signer.address else whose,
        )
        return self.send(call, signer, WithdrawReceipt)

    def sell(
        self,
        signer: Signer,
        items: Sequence[LotAmount],
        legs: Sequence[Leg],
        min_out: int,
        *,
        asset: int | str | None = None,
        deadline: int | None = None,
        to: str | None = None,
    ) -> SellReceipt:
        """Sell from up to 32 of the signer's lots for at least `min_out` quote units.

        Raises as `checks.way_out`, and NotListedError for an adapter.
        """
        write_calls.check_items(items)
        meant = None if asset is None else self.asset_id(asset)
        found = self.run(checks.way_out(self.lens, self.address, signer.address, items, meant))
        self._check_adapters(legs)
        now = self.run(_timestamp(self.lens, self.address))
        until = self._deadline(now, deadline)
        call = write_calls.sell(
            self.address, items, found.asset.id, legs, min_out, until, to or signer.address
        )
        return self.send(call, signer, SellReceipt)

    # ------------------------------------------------------------ lots
    def change_policy(
        self,
        signer: Signer,
        lot: int,
        policy: int,
        amount: int = ANY,
        *,
        shard: int | None = None,
    ) -> PolicyChangeReceipt:
        """Put a lot, or `amount` units of it as a new lot, under another policy.

        Raises as `checks.policy_change`. All of a lot to policy 0 can never be refused.
        """
        found, hashed, chosen = self.run(
            checks.policy_change(
                self.lens, self.address, signer.address, lot, amount, policy, shard
            )
        )
        whole = found.units == found.rows[0].units
        asset, units = found.asset.id, amount
        if policy == 0 and whole:
            asset, units = ANY, ANY
        call = write_calls.change_policy(self.address, lot, asset, units, policy, hashed, chosen)
        return self.send(call, signer, PolicyChangeReceipt)

    def offer(
        self, signer: Signer, lot: int, to: str, kind: OfferKind = OfferKind.OTHER
    ) -> OfferReceipt:
        """Offer a whole lot to another account; the zero address takes the offer back."""
        self.run(checks.way_out(self.lens, self.address, signer.address, [LotAmount(lot)], None))
        return self.send(write_calls.offer_lot(self.address, lot, to, kind), signer, OfferReceipt)

    def claim(
        self,
        signer: Signer,
        owner: str,
        lot: int,
        nonce: int | None = None,
        terms: ClaimTerms | None = None,
    ) -> ClaimReceipt:
        """Take over a lot that was offered to the signer, exactly as it is now unless `terms` say
        otherwise. Raises NoSuchOfferError, TransferTermsChangedError."""
        row, number = self.run(
            checks.claim(self.lens, self.address, signer.address, owner, lot, nonce)
        )
        terms = terms or ClaimTerms.of(row.lot)
        call = write_calls.claim_lot(self.address, owner, lot, number, terms)
        return self.send(call, signer, ClaimReceipt)

    def roll(
        self, signer: Signer, owner: str, lot: int, hops: int = write_calls.MAX_HOPS
    ) -> RollReceipt:
        """Bring anybody's lot forward through up to `hops` (at most 64) harvests."""
        return self.send(write_calls.roll(self.address, owner, lot, hops), signer, RollReceipt)

    def set_operator(self, signer: Signer, operator: str, approved: bool = True) -> Receipt:
        """Let `operator` deposit for and withdraw for the signer, or stop it."""
        return self.send(write_calls.set_operator(self.address, operator, approved), signer)

    def create_policy(self, signer: Signer, policy: Policy) -> tuple[int, Receipt | None]:
        """The id of a policy: of the one with this content if it exists, else of a new one.

        Nothing is sent (and the receipt None) when it exists. Raises PolicyError.
        """
        known = self.run(checks.new_policy(self.lens, self.address, policy))
        if known or policy.is_hold:
            return known, None
        receipt: Receipt = self.send(write_calls.create_policy(self.address, policy), signer)
        made = receipt.all(PolicyCreated)
        # Without an event, somebody else created it in between.
        number = made[-1].policy if made else self.run(_policy_id(self.address, policy))
        return number, receipt

    # ------------------------------------------------------------ keeper
    def harvest(
        self,
        signer: Signer,
        keys: Sequence[int],
        to_asset: int | str,
        legs: Sequence[Leg],
        *,
        min_rate: int,
        min_sold: int,
        fee_bps: int,
        deadline: int,
    ) -> HarvestReceipt:
        """Harvest cohorts. Eligibility is the plan's matter; what the contract refuses comes back
        as HarvestRefusedError, BucketExhaustedError, SlippageExceededError."""
        call = write_calls.harvest(
            self.address,
            keys,
            self.asset_id(to_asset),
            legs,
            min_rate,
            min_sold,
            fee_bps,
            deadline,
        )
        return self.send(call, signer, HarvestReceipt)

    # ------------------------------------------------------------ sending
    def send(self, call: Call, signer: Signer, kind: type[R] = Receipt) -> R:  # type: ignore[assignment]
        """Send any call and read its receipt. Raises the typed error of a revert."""
        try:
            raw = self.transactor.execute(call, signer)
        except (RevertedError, FailedTransactionError) as error:
            raise self.typed(error, sender=signer.address, **call.context) from error
        header = self.node.block(raw["blockHash"])
        return kind.of(raw, int(header["timestamp"], 16), self.address)

    def simulate(self, call: Call, sender: str, block: Block = "latest") -> bytes:
        """What a call would return if `sender` made it at a block. Raises the typed error."""
        request = {
            "from": sender,
            "to": call.to,
            "data": "0x" + call.data.hex(),
            "value": hex(call.value),
        }
        try:
            return hex_bytes(self.node.request("eth_call", request, block_param(block)))
        except RevertedError as error:
            raise self.typed(error, sender=sender, **call.context) from error

    def typed(self, error: Exception, sender: str = "", **context: Any) -> LotvaultError:
        """The typed error of a revert, with limit and value; any other error as it is."""
        if not isinstance(error, RevertedError | FailedTransactionError):
            return error if isinstance(error, LotvaultError) else LotvaultError(str(error))
        plan = refusals.explained(self.lens, self.address, sender, error.reason or "", context)
        try:
            made: LotvaultError = self.run(plan)
        except LotvaultError:
            # The explanation must not hide what is to be explained.
            made = from_revert(error.reason or "")
        if isinstance(error, FailedTransactionError):
            made.args = (f"{made} [transaction {error.tx_hash}]",)
        return made

    def asset_id(self, asset: int | str) -> int:
        """The id of an asset given by id, symbol or address. Raises DeploymentError."""
        if isinstance(asset, int):
            if not 0 <= asset < MAX_ASSETS:
                raise from_revert("unknown asset", name="asset", limit=MAX_ASSETS, value=asset)
            return asset
        return self.deployment.asset(asset).id

    # ------------------------------------------------------------ parts
    def _read_many(self, questions: Sequence[Read[Any]]) -> list[Any]:
        def plan() -> Plan[list[Any]]:
            return (yield questions)

        return self.run(plan())  # type: ignore[no-any-return]

    def _fund(
        self, signer: Signer, token: str, amount: int, found: WayIn, funding: Funding
    ) -> Permit:
        """Make sure that the vault may take the amount; the permit to send along, if any."""
        if funding is Funding.PERMIT:
            deadline = found.state.timestamp + _PERMIT_SECONDS
            return sign_permit(self.node, signer, token, self.address, amount, deadline)
        if found.allowance < amount:
            if funding is Funding.ALLOWANCE:
                of_asset = token == found.asset.asset.token
                raise refusals.refusal(
                    "transfer failed",
                    "allowance",
                    limit=found.allowance,
                    value=amount,
                    decimals=(
                        found.asset.asset.decimals if of_asset else found.state.quote_decimals
                    ),
                    token=token,
                )
            self.send(write_calls.approve(token, self.address, amount), signer)
        return NO_PERMIT

    def _check_adapters(self, legs: Sequence[Leg]) -> None:
        write_calls.check_legs(legs)
        answers = self._read_many([calls.is_adapter(self.address, leg.adapter) for leg in legs])
        for leg, allowed in zip(legs, answers, strict=True):
            if not allowed:
                raise from_revert("adapter not listed", adapter=leg.adapter)

    def _deadline(self, chain_time: int, deadline: int | None) -> int:
        if deadline is None:
            # A public chain's clock is ours; a local chain's may be years away.
            now = max(chain_time, int(time.time()) if self.deployment.devnet is None else 0)
            return now + 1200
        if deadline < chain_time:
            raise refusals.refusal("deadline passed", "deadline", limit=chain_time, value=deadline)
        return deadline


def _timestamp(lens: str, vault: str) -> Plan[int]:
    (state,) = yield [calls.vault_state(lens, vault)]
    return int(state.timestamp)


def _policy_id(vault: str, policy: Policy) -> Plan[int]:
    (number,) = yield [calls.policy_id(vault, policy.word())]
    return int(number)
