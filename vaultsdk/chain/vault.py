"""The vault's client: typed reads at any block, and writes that say why before the chain refuses.

    node = connect(url, deployment)
    vault = Vault(deployment, node)
    for row in vault.lots(owner):            # rolled through all harvests
        print(row.number, row.lot.key, row.units, row.basis)
    receipt = vault.deposit(signer, "WETH", 10**18, policy=2)
    print(receipt.lot, receipt.key)

Units in the token's smallest unit, USD in wad, times in seconds since 1970. Reads raise NodeError;
writes raise the RevertError that names the limit and the value, NoFundsError, SignerError,
TransactionPendingError.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from vaultsdk.chain import calls, logs, reads
from vaultsdk.chain.calls import Read
from vaultsdk.chain.node import Node, connect
from vaultsdk.chain.reads import Plan
from vaultsdk.chain.rows import AssetState, CohortRow, LotRow, VaultState
from vaultsdk.chain.rpc import Block, NodeError
from vaultsdk.chain.writes import VaultWrites
from vaultsdk.core.deployment import Deployment, DeploymentError
from vaultsdk.core.errors import from_revert
from vaultsdk.core.events import VaultEvent
from vaultsdk.core.ledger import Ledger, LedgerState
from vaultsdk.core.policy import Policy
from vaultsdk.core.roll import Realisation
from vaultsdk.core.words import (
    BucketWord,
    CohortWord,
    ConfigWord,
    Harvest,
    LimitsWord,
    OfferWord,
)

__all__ = ["Vault", "connect", "replay", "require_lens"]

T = TypeVar("T")


class Vault(VaultWrites):
    """One vault on one node. Every read takes `block`: a number, a hash or a tag."""

    def __init__(self, deployment: Deployment, node: Node) -> None:
        super().__init__(node, deployment, deployment.require_vault(), require_lens(deployment))

    def __repr__(self) -> str:
        return f"Vault({self.address} on {self.node.name})"

    @classmethod
    def at(cls, deployment: Deployment, url: str) -> Vault:
        """The vault on the node behind a URL, checked to be on the deployment's chain."""
        return cls(deployment, connect(url, deployment))

    # ------------------------------------------------------------ carrying reads to the node
    def read(self, read: Read[T], block: Block = "latest") -> T:
        """One read."""
        return read.decode(self.node.call(read.to, read.data, block))

    def read_many(self, questions: Sequence[Read[Any]], block: Block = "latest") -> list[Any]:
        """Several reads in one round trip, answers in order."""
        answers = self.node.calls([(read.to, read.data) for read in questions], block)
        return [read.decode(data) for read, data in zip(questions, answers, strict=True)]

    def run(self, plan: Plan[T], block: Block = "latest") -> T:
        """Carry out a plan (see `reads`), all of it at one block."""
        at = self._pinned(block)
        try:
            questions = next(plan)
            while True:
                try:
                    answers = self.read_many(questions, at)
                except NodeError as error:
                    questions = plan.throw(error)
                else:
                    questions = plan.send(answers)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]

    def _pinned(self, block: Block) -> Block:
        # "latest" may move between the round trips of one plan.
        return self.node.block_number() if block == "latest" else block

    # ------------------------------------------------------------ lots
    def lots(
        self, owner: str, *, include_closed: bool = False, block: Block = "latest"
    ) -> list[LotRow]:
        """All open lots of an owner, stored and rolled, by pages of 500."""
        return self.run(reads.lots(self.lens, self.address, owner, include_closed), block)

    def lot(self, owner: str, number: int, block: Block = "latest") -> LotRow:
        """One lot, stored and rolled. Raises NoSuchLotError when it is closed or unknown."""
        page = self.read(calls.lots_page(self.lens, self.address, owner, number, 1), block)
        if not page or not page[0].exists:
            raise from_revert("no such lot", owner=owner, lot=number)
        return page[0]

    def lot_words(self, owner: str, number: int, block: Block = "latest") -> tuple[int, int]:
        """Head and body of a lot as stored; zeros for a closed one."""
        return self.read(calls.lot_words(self.address, owner, number), block)

    def lot_count(self, owner: str, block: Block = "latest") -> int:
        """How many lots an owner ever opened; numbers start at 0."""
        return self.read(calls.lot_count(self.address, owner), block)

    def lot_history(
        self, owner: str, number: int, block: Block = "latest"
    ) -> tuple[Realisation, ...]:
        """What each harvest since the last roll did to a lot, oldest first.

        What was rolled before is in the log: `ledger().history(owner, number)`.
        """
        return self.run(reads.lot_history(self.lens, self.address, owner, number), block)

    def offer_of(self, owner: str, number: int, block: Block = "latest") -> OfferWord | None:
        """A lot's standing offer."""
        return self.read(calls.offer(self.address, owner, number), block)

    # ------------------------------------------------------------ cohorts, harvests, policies
    def cohort(self, key: int, block: Block = "latest") -> CohortWord:
        """A cohort's units and harvest, by packed key."""
        return self.read(calls.cohort(self.address, key), block)

    def cohorts(self, keys: Sequence[int], block: Block = "latest") -> list[CohortRow]:
        """Cohorts by packed key, with policy and thresholds, in the order of the keys."""
        return self.run(reads.cohorts(self.lens, self.address, keys), block)

    def harvest_of(self, number: int, block: Block = "latest") -> Harvest:
        """A past harvest by number (from 1)."""
        return self.read(calls.harvest(self.address, number), block)

    def harvests(self, block: Block = "latest") -> dict[int, Harvest]:
        """All harvests by number."""
        return self.run(reads.harvests(self.lens, self.address), block)

    def policy(self, number: int, block: Block = "latest") -> Policy:
        """A policy by id. Raises PolicyMismatchError when there is none of that id."""
        content, count = self.read_many(
            [calls.policy(self.address, number), calls.policy_count(self.address)], block
        )
        if number >= count:
            raise from_revert("unknown policy", name="policy", limit=count - 1, value=number)
        return content  # type: ignore[no-any-return]

    def policies(self, block: Block = "latest") -> dict[int, Policy]:
        """All policies by id."""
        return self.run(reads.policies(self.lens, self.address), block)

    def policy_id(self, policy: Policy, block: Block = "latest") -> int | None:
        """The id of a policy's content; None when nobody has created it."""
        if policy.is_hold:
            return 0
        return self.read(calls.policy_id(self.address, policy.word()), block) or None

    # ------------------------------------------------------------ the vault as a whole
    def state(self, block: Block = "latest") -> VaultState:
        """What holds for the whole vault, with the block that it is of."""
        return self.read(calls.vault_state(self.lens, self.address), block)

    def assets(self, block: Block = "latest") -> list[AssetState]:
        """All assets with limits, rate feed, holdings, by id."""
        return self.read(calls.assets_page(self.lens, self.address), block)

    def price(self, asset: int | str, block: Block = "latest") -> int:
        """USD wad per whole token. Raises PriceUnavailableError, with the contract's reason, and
        NotListedError for an id that no asset has (the contract would answer with the base)."""
        number = self.asset_id(asset)
        questions: list[Read[Any]] = [
            calls.config(self.address),
            calls.price(self.address, number),
        ]
        try:
            config, price = self.read_many(questions, block)
        except NodeError as error:
            raise self.typed(error, asset=number) from error
        if number >= config.asset_count:
            raise from_revert("unknown asset", name="asset", value=number)
        return int(price)

    def read_feed(self, feed_id: int, block: Block = "latest") -> tuple[int, int, int]:
        """Answer (wad), its time, and a status: see `rows.FEED_STATUS`."""
        return self.read(calls.read_feed(self.address, feed_id), block)

    def held(self, asset: int | str, block: Block = "latest") -> int:
        """Units of all open cohorts of an asset."""
        return self.read(calls.held(self.address, self.asset_id(asset)), block)

    def limits(self, asset: int | str, block: Block = "latest") -> LimitsWord:
        """Smallest deposit and cohort cap of an asset."""
        return self.read(calls.limits(self.address, self.asset_id(asset)), block)

    def bucket(self, block: Block = "latest") -> BucketWord:
        """The loss bucket as stored."""
        return self.read(calls.bucket(self.address), block)

    def config(self, block: Block = "latest") -> ConfigWord:
        """Pauses and listing."""
        return self.read(calls.config(self.address), block)

    def roles(self, account: str, block: Block = "latest") -> int:
        """The sum of an account's roles: admin 1, guardian 2, keeper 4."""
        return self.read(calls.roles(self.address, account), block)

    def is_operator(self, owner: str, operator: str, block: Block = "latest") -> bool:
        """True when `operator` may deposit for and withdraw for `owner`."""
        return self.read(calls.is_operator(self.address, owner, operator), block)

    def balance(self, token: str, account: str, block: Block = "latest") -> int:
        """Units of any ERC-20 that an account has."""
        return self.read(calls.balance_of(token, account), block)

    # ------------------------------------------------------------ the log
    def events(
        self,
        first_block: int | None = None,
        last_block: int | None = None,
        names: Sequence[str] = (),
    ) -> list[VaultEvent]:
        """The vault's events in order, from its first block to the newest unless said otherwise.

        `names` keeps only events of these names.
        """
        first = self.deployment.first_block if first_block is None else first_block
        last = self.node.block_number() if last_block is None else last_block
        plan = logs.events(self.address, first, last, names)
        try:
            questions = next(plan)
            while True:
                try:
                    answers = self.node.batch(questions)
                except NodeError as error:
                    questions = plan.throw(error)
                else:
                    questions = plan.send(answers)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]

    def ledger(self, to_block: int | None = None) -> Ledger:
        """The log replayed up to a block: state and every lot's history."""
        return Ledger().apply_all(self.events(last_block=to_block))


def replay(vault: Vault, to_block: int | None = None) -> LedgerState:
    """The vault's storage as its log alone rebuilds it, after a block. Raises LedgerError."""
    return vault.ledger(to_block).state()


def require_lens(deployment: Deployment) -> str:
    """The lens's address. Raises DeploymentError when there is none."""
    if deployment.lens is None:
        raise DeploymentError(
            f"deployment {deployment.name} names no lens, which reads need: deploy LotLens and "
            "write its address into the file"
        )
    return deployment.lens
