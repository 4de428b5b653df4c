"""The vault's logs, decoded by fixed layout into `vaultsdk.core.events`.

Every field of every event is one word: an indexed one a topic, any other 32 bytes of data. The
table below mirrors `contracts/modules/events.vy`; a test compares it with the packaged ABI.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from eth_utils.crypto import keccak

from vaultsdk.chain.rpc import NodeError
from vaultsdk.core.events import EVENTS, VaultEvent, event_of
from vaultsdk.core.model import int_to_address

# name -> fields in the ABI's order; `*` indexed, `@` address, `?` bool, else uint256.
_FIELDS: Final[Mapping[str, str]] = {
    "AssetListed": "asset* token*@ decimals",
    "ListingSet": "asset* listed?",
    "FeedSet": "feed_id* feed@ decimals heartbeat dev min_answer max_answer",
    "LimitsSet": "asset* min_deposit cohort_cap",
    "AdapterSet": "adapter*@ allowed?",
    "BucketSet": "size used",
    "PausedSet": "flags",
    "RolesSet": "account*@ flags",
    "PolicyCreated": "policy* word creator*@",
    "OperatorSet": "owner*@ operator*@ approved?",
    "LotOpened": "owner*@ lot* key* units basis acquired_at flags source",
    "Bought": "owner*@ lot* quote_amount quote_price quote_time",
    "LotReduced": "owner*@ lot* key* kind units basis acquired_at flags units_left basis_left",
    "Withdrawn": "owner*@ asset* to*@ units",
    "Sold": "owner*@ asset* to*@ units quote_amount quote_price quote_time count",
    "LotRolled": "owner*@ lot* hops key units basis acquired_at",
    "PolicyChanged": "owner*@ lot* key* from_key",
    "LotOffered": "owner*@ lot* to*@ nonce kind",
    "LotClaimed": "owner*@ lot* to*@ new_lot nonce kind key units basis acquired_at flags",
    "CohortHarvested": "key* harvest* units",
    "CohortOpened": "key* harvest* units",
    "Harvested": "harvest* keeper*@ asset_in asset_out sold gross fee net price_in price_out "
    "base_price base_time time_in time_out bucket_used",
}


class Field(NamedTuple):
    """A field of an event: its name, ABI type, and whether it is a topic."""

    name: str
    type: str
    indexed: bool


class EventLayout(NamedTuple):
    """An event: its name, first topic (0x hex) and fields in the ABI's order."""

    name: str
    topic: str
    fields: tuple[Field, ...]

    @property
    def signature(self) -> str:
        """As hashed into the first topic."""
        return f"{self.name}({','.join(field.type for field in self.fields)})"

    def args(self, topics: list[str], data: str) -> dict[str, Any]:
        """The values of a log by name. Raises NodeError when the log has another shape."""
        values = [int(topic, 16) for topic in topics[1:]]
        raw = bytes.fromhex(data[2:])
        rest = [int.from_bytes(raw[i : i + 32]) for i in range(0, len(raw), 32)]
        indexed = sum(field.indexed for field in self.fields)
        if len(values) != indexed or len(rest) != len(self.fields) - indexed:
            raise NodeError(f"a log of {self.name} has another shape: is the address the vault's?")
        topic, word = iter(values), iter(rest)
        return {
            field.name: _value(field.type, next(topic) if field.indexed else next(word))
            for field in self.fields
        }


def _value(kind: str, number: int) -> int | bool | str:
    if kind == "address":
        return int_to_address(number)
    return bool(number) if kind == "bool" else number


def _layout(name: str, text: str) -> EventLayout:
    fields = []
    for part in text.split():
        kind = "address" if "@" in part else "bool" if "?" in part else "uint256"
        fields.append(Field(part.rstrip("*@?"), kind, "*" in part))
    made = EventLayout(name, "", tuple(fields))
    return made._replace(topic="0x" + keccak(text=made.signature).hex())


LAYOUTS: Final[Mapping[str, EventLayout]] = {name: _layout(name, _FIELDS[name]) for name in EVENTS}
BY_TOPIC: Final[Mapping[str, EventLayout]] = {layout.topic: layout for layout in LAYOUTS.values()}


def decode_log(log: Mapping[str, Any], timestamp: int) -> VaultEvent | None:
    """The event of a log as JSON-RPC gives it; None for a log that is no event of the vault."""
    topics = log["topics"]
    layout = BY_TOPIC.get(topics[0]) if topics else None
    if layout is None:
        return None
    return event_of(
        layout.name,
        layout.args(topics, log["data"]),
        block_number=int(log["blockNumber"], 16),
        timestamp=timestamp,
        tx_hash=log["transactionHash"],
        log_index=int(log["logIndex"], 16),
    )
