"""The vault's client for asyncio: the reads of `Vault`, from the same plans and decoders.

    async with await connect(url, deployment) as node:
        vault = AsyncVault(deployment, node)
        mine, yours = await asyncio.gather(vault.lots(one), vault.lots(other))

Units in the token's smallest unit, USD in wad, times in seconds since 1970. Raises NodeError.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from vaultsdk.chain import calls, logs, reads
from vaultsdk.chain.async_node import AsyncNode, connect
from vaultsdk.chain.calls import Read
from vaultsdk.chain.reads import Plan
from vaultsdk.chain.rows import AssetState, CohortRow, LotRow, VaultState
from vaultsdk.chain.rpc import Block, NodeError
from vaultsdk.chain.vault import require_lens
from vaultsdk.core.deployment import Deployment
from vaultsdk.core.errors import from_revert
from vaultsdk.core.events import VaultEvent
from vaultsdk.core.ledger import Ledger
from vaultsdk.core.policy import Policy
from vaultsdk.core.roll import Realisation
from vaultsdk.core.words import CohortWord, Harvest

__all__ = ["AsyncVault", "connect"]

T = TypeVar("T")


class AsyncVault:
    """One vault on one node. Every read takes `block`: a number, a hash or a tag."""

    def __init__(self, deployment: Deployment, node: AsyncNode) -> None:
        self.deployment = deployment
        self.node = node
        self.address = deployment.require_vault()
        self.lens = require_lens(deployment)

    async def read(self, read: Read[T], block: Block = "latest") -> T:
        """One read."""
        (answer,) = await self.read_many([read], block)
        return answer  # type: ignore[no-any-return]

    async def read_many(self, questions: Sequence[Read[Any]], block: Block = "latest") -> list[Any]:
        """Several reads in one round trip, answers in order."""
        answers = await self.node.calls([(read.to, read.data) for read in questions], block)
        return [read.decode(data) for read, data in zip(questions, answers, strict=True)]

    async def run(self, plan: Plan[T], block: Block = "latest") -> T:
        """Carry out a plan (see `reads`), all of it at one block."""
        at = await self.node.block_number() if block == "latest" else block
        try:
            questions = next(plan)
            while True:
                try:
                    answers = await self.read_many(questions, at)
                except NodeError as error:
                    questions = plan.throw(error)
                else:
                    questions = plan.send(answers)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]

    async def lots(
        self, owner: str, *, include_closed: bool = False, block: Block = "latest"
    ) -> list[LotRow]:
        """All open lots of an owner, stored and rolled."""
        plan = reads.lots(self.lens, self.address, owner, include_closed)
        return await self.run(plan, block)

    async def lot(self, owner: str, number: int, block: Block = "latest") -> LotRow:
        """One lot, stored and rolled. Raises NoSuchLotError."""
        page = await self.read(calls.lots_page(self.lens, self.address, owner, number, 1), block)
        if not page or not page[0].exists:
            raise from_revert("no such lot", owner=owner, lot=number)
        return page[0]

    async def lot_history(
        self, owner: str, number: int, block: Block = "latest"
    ) -> tuple[Realisation, ...]:
        """What each harvest since the last roll did to a lot, oldest first."""
        return await self.run(reads.lot_history(self.lens, self.address, owner, number), block)

    async def cohort(self, key: int, block: Block = "latest") -> CohortWord:
        """A cohort's units and harvest, by packed key."""
        return await self.read(calls.cohort(self.address, key), block)

    async def cohorts(self, keys: Sequence[int], block: Block = "latest") -> list[CohortRow]:
        """Cohorts by packed key, in the order of the keys."""
        return await self.run(reads.cohorts(self.lens, self.address, keys), block)

    async def harvests(self, block: Block = "latest") -> dict[int, Harvest]:
        """All harvests by number."""
        return await self.run(reads.harvests(self.lens, self.address), block)

    async def policies(self, block: Block = "latest") -> dict[int, Policy]:
        """All policies by id."""
        return await self.run(reads.policies(self.lens, self.address), block)

    async def assets(self, block: Block = "latest") -> list[AssetState]:
        """All assets with limits, rate feed, holdings, by id."""
        return await self.read(calls.assets_page(self.lens, self.address), block)

    async def state(self, block: Block = "latest") -> VaultState:
        """What holds for the whole vault, with the block that it is of."""
        return await self.read(calls.vault_state(self.lens, self.address), block)

    async def events(
        self,
        first_block: int | None = None,
        last_block: int | None = None,
        names: Sequence[str] = (),
    ) -> list[VaultEvent]:
        """The vault's events in order, from its first block to the newest unless said otherwise."""
        first = self.deployment.first_block if first_block is None else first_block
        last = await self.node.block_number() if last_block is None else last_block
        plan = logs.events(self.address, first, last, names)
        try:
            questions = next(plan)
            while True:
                try:
                    answers = await self.node.batch(questions)
                except NodeError as error:
                    questions = plan.throw(error)
                else:
                    questions = plan.send(answers)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]

    async def ledger(self, to_block: int | None = None) -> Ledger:
        """The log replayed up to a block."""
        return Ledger().apply_all(await self.events(last_block=to_block))
