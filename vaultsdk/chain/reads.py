"""Reads that take several calls, written once for sync and async clients.

A plan is a generator: it yields reads, is sent their answers in order, and returns its result. It
does no I/O; `Vault` and `AsyncVault` carry the questions to the node, each yield in one round
trip. A NodeError is thrown into the plan, so that it can ask for less.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any, Final, TypeVar

from vaultsdk.chain import calls
from vaultsdk.chain.calls import PAGE, Read
from vaultsdk.chain.rows import CohortRow, LotRow
from vaultsdk.chain.rpc import NodeDownError, NodeError
from vaultsdk.core.policy import Policy
from vaultsdk.core.roll import Realisation
from vaultsdk.core.words import Harvest

T = TypeVar("T")
Plan = Generator[Sequence[Read[Any]], list[Any], T]

_PAGES_AT_ONCE: Final = 8  # a page of lots is 200 kB of JSON


def one(read: Read[T]) -> Plan[T]:
    """A plan of a single read."""
    (answer,) = yield [read]
    return answer  # type: ignore[no-any-return]


def lots(lens: str, vault: str, owner: str, include_closed: bool = False) -> Plan[list[LotRow]]:
    """All lots of an owner, page by page; smaller pages when a node refuses a big one."""
    found: list[LotRow] = []
    count, size, at_once = PAGE, PAGE, 1
    while len(found) < count:
        starts = range(len(found), count, size)[:at_once]
        reads: list[Read[Any]] = [calls.lots_page(lens, vault, owner, s, size) for s in starts]
        if not found:
            # The first page is asked for before it is known how many there are.
            reads.append(calls.lot_count(vault, owner))
        try:
            answers = yield reads
        except NodeDownError:
            raise
        except NodeError:
            # Too much gas or too big an answer for this node: lots that lag far behind cost more.
            if size == 1 and at_once == 1:
                raise
            size, at_once = max(size // 4, 1), 1
            continue
        if not found:
            count = answers.pop()
            at_once = _PAGES_AT_ONCE
        for rows in answers:
            found += rows
        if count and not answers[0]:
            raise NodeError("the lens answered an empty page in the middle: use another node")
    return found if include_closed else [row for row in found if row.stored_head]


def lot_history(lens: str, vault: str, owner: str, lot: int) -> Plan[tuple[Realisation, ...]]:
    """What the pending harvests of a lot realised, oldest first, with each harvest's totals."""
    (hops,) = yield [calls.lot_history(lens, vault, owner, lot)]
    if not hops:
        return ()
    harvests = yield [calls.harvest(vault, hop.harvest) for hop in hops]
    return tuple(hop.realisation(h) for hop, h in zip(hops, harvests, strict=True))


def cohorts(lens: str, vault: str, keys: Sequence[int]) -> Plan[list[CohortRow]]:
    """Cohorts by key, in the order of the keys."""
    pages = yield [
        calls.cohorts_by_key(lens, vault, keys[i : i + PAGE]) for i in range(0, len(keys), PAGE)
    ]
    return [row for page in pages for row in page]


def harvests(lens: str, vault: str) -> Plan[dict[int, Harvest]]:
    """All harvests by number."""
    found: dict[int, Harvest] = {}
    while True:
        (page,) = yield [calls.harvests_page(lens, vault, len(found) + 1, PAGE)]
        found |= page
        if len(page) < PAGE:
            return found


def policies(lens: str, vault: str) -> Plan[dict[int, Policy]]:
    """All policies by id."""
    found: dict[int, Policy] = {}
    while True:
        (page,) = yield [calls.policies_page(lens, vault, len(found), PAGE)]
        found |= page
        if len(page) < PAGE:
            return found
