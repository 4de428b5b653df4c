"""The vault's log, in ranges that adapt to what a provider allows, as `vaultsdk.core.events`.

`events` is a plan like those of `reads`, but of plain JSON-RPC calls: sync and async clients carry
it to the node.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any, Final

from vaultsdk.chain.event_layout import LAYOUTS, decode_log
from vaultsdk.chain.rpc import NodeDownError, NodeError
from vaultsdk.core.events import VaultEvent

RpcCalls = Sequence[tuple[str, Sequence[Any]]]
LogPlan = Generator[RpcCalls, list[Any], list[VaultEvent]]

# Big enough for any local chain in one call; providers' limits lie between 500 and 100,000 blocks
# (or 10,000 logs), and each refusal halves the range.
FIRST_SPAN: Final = 100_000
_HEADERS_AT_ONCE: Final = 200


def events(
    address: str,
    first_block: int,
    last_block: int,
    names: Sequence[str] = (),
    span: int = FIRST_SPAN,
) -> LogPlan:
    """All events of the vault from `first_block` to `last_block`, both included, in order.

    `names` keeps only these events. Raises NodeError when the node refuses even a single block.
    """
    found: list[VaultEvent] = []
    times: dict[int, int] = {}
    query: dict[str, Any] = {"address": address}
    if names:
        query["topics"] = [[LAYOUTS[name].topic for name in names]]
    start, limit = first_block, span
    while start <= last_block:
        end = min(start + span - 1, last_block)
        wanted = query | {"fromBlock": hex(start), "toBlock": hex(end)}
        try:
            (logs,) = yield [("eth_getLogs", [wanted])]
        except NodeDownError:
            raise
        except NodeError:
            if end == start:
                raise
            # Never again as much as was refused, or half of all calls would be.
            limit = span = max((end - start + 1) // 2, 1)
            continue
        logs = [log for log in logs if not log.get("removed")]
        yield from _times(logs, times)
        for log in logs:
            event = decode_log(log, times[int(log["blockNumber"], 16)])
            if event is not None:
                found.append(event)
        start, span = end + 1, min(span * 2, limit)
    # Nodes answer in order, but nothing obliges them to.
    return sorted(found, key=lambda event: event.position)


def _times(
    logs: Sequence[dict[str, Any]], times: dict[int, int]
) -> Generator[RpcCalls, list[Any], None]:
    """Fill in the times of the logs' blocks: from the logs where the node says, else by header."""
    missing = []
    for log in logs:
        number = int(log["blockNumber"], 16)
        if number in times:
            continue
        if said := log.get("blockTimestamp"):
            times[number] = int(said, 16)
        else:
            missing.append(number)
    unknown = sorted(set(missing) - times.keys())
    for i in range(0, len(unknown), _HEADERS_AT_ONCE):
        some = unknown[i : i + _HEADERS_AT_ONCE]
        headers = yield [("eth_getBlockByNumber", [hex(number), False]) for number in some]
        for number, header in zip(some, headers, strict=True):
            if header is None:
                raise NodeError(f"the node does not have block {number}: is it in sync?")
            times[number] = int(header["timestamp"], 16)
