"""Which cohorts may be open: a cohort has no list on chain, its key is in the events.

A key is learnt from the log and then read from storage at the pinned block, so a log can only miss
a cohort, never invent one. Blocks near the end are read again each time, as a reorganised chain
may hold other events there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from vaultsdk.chain.event_layout import LAYOUTS
from vaultsdk.chain.node import Node
from vaultsdk.chain.rpc import NodeDownError, NodeError

# Every event that can be a cohort's first, with the position of the key among its topics.
_TOPICS: Final = {
    LAYOUTS["LotOpened"].topic: 3,
    LAYOUTS["PolicyChanged"].topic: 3,
    LAYOUTS["CohortOpened"].topic: 1,
}
_OVERLAP: Final = 64  # blocks; two epochs of mainnet, after which a block is final


@dataclass
class Discovery:
    """Keys that may be open, kept from run to run; `start` is the first block with events."""

    node: Node
    vault: str
    start: int
    chunk: int = 10_000
    keys: set[int] = field(default_factory=set)
    _next: int | None = None

    def update(self, to_block: int) -> frozenset[int]:
        """Read the events up to `to_block`; the keys that may be open there."""
        first = self.start if self._next is None else max(self.start, self._next - _OVERLAP)
        while first <= to_block:
            last = min(to_block, first + self.chunk - 1)
            try:
                logs = self._logs(first, last)
            except NodeDownError:
                raise
            except NodeError:
                # Nodes limit the range or the number of answers, each in its own words.
                if self.chunk <= 1 or last == first:
                    raise
                self.chunk = max(1, min(self.chunk, last - first + 1) // 2)
                continue
            for log in logs:
                self._learn(log["topics"])
            first = last + 1
        self._next = to_block + 1
        return frozenset(self.keys)

    def retire(self, key: int) -> None:
        """Forget a key that was harvested, or is empty and past its day: it can never be open
        again, unless the chain is reorganised; then its event is read again with the last blocks.
        """
        self.keys.discard(key)

    def _learn(self, topics: list[str]) -> None:
        self.keys.add(int(topics[_TOPICS[topics[0]]], 16))

    def _logs(self, first: int, last: int) -> list[Any]:
        query = {
            "address": self.vault,
            "fromBlock": hex(first),
            "toBlock": hex(last),
            "topics": [list(_TOPICS)],
        }
        return list(self.node.request("eth_getLogs", query))
