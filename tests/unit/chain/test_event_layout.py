"""The table of events against the packaged ABI, and logs against eth-abi's generic decoder."""

from __future__ import annotations

from typing import Any

import pytest
from eth_abi.abi import decode, encode
from hypothesis import given
from hypothesis import strategies as st

from vaultsdk.chain.artifacts import load_artifact
from vaultsdk.chain.event_layout import BY_TOPIC, LAYOUTS, EventLayout, decode_log
from vaultsdk.chain.rpc import NodeError
from vaultsdk.core.events import EVENTS, VaultEvent

ABI = {item["name"]: item for item in load_artifact("LotVault").abi if item["type"] == "event"}
OWN_FIELDS = set(VaultEvent.model_fields)


def test_the_table_is_the_packaged_abi() -> None:
    assert LAYOUTS.keys() == ABI.keys() == EVENTS.keys()
    for name, item in ABI.items():
        expected = [(i["name"], i["type"], i["indexed"]) for i in item["inputs"]]
        assert [tuple(field) for field in LAYOUTS[name].fields] == expected
    assert len(BY_TOPIC) == len(ABI)


def test_the_models_have_exactly_the_events_fields() -> None:
    for name, layout in LAYOUTS.items():
        assert [field.name for field in layout.fields] == [
            field for field in EVENTS[name].model_fields if field not in OWN_FIELDS
        ]


def values_of(kind: str) -> st.SearchStrategy[Any]:
    if kind == "bool":
        return st.booleans()
    bits = 160 if kind == "address" else 256
    numbers = st.integers(0, 2**bits - 1)
    return numbers.map(lambda n: f"0x{n:040x}") if kind == "address" else numbers


@st.composite
def logs(draw: st.DrawFn) -> tuple[EventLayout, list[Any], dict[str, Any]]:
    layout = draw(st.sampled_from(list(LAYOUTS.values())))
    values = [draw(values_of(field.type)) for field in layout.fields]
    topics, types, rest = [layout.topic], [], []
    for field, value in zip(layout.fields, values, strict=True):
        if field.indexed:
            topics.append("0x" + encode([field.type], [value]).hex())
        else:
            types.append(field.type)
            rest.append(value)
    log = {
        "topics": topics,
        "data": "0x" + encode(types, rest).hex(),
        "blockNumber": "0x10",
        "logIndex": "0x3",
        "transactionHash": "0x" + "ab" * 32,
    }
    return layout, values, log


@given(logs())
def test_a_log_is_what_the_generic_decoder_reads(
    case: tuple[EventLayout, list[Any], dict[str, Any]],
) -> None:
    layout, _, log = case
    event = decode_log(log, 1234)
    assert event is not None
    assert (event.NAME, event.block_number, event.log_index) == (layout.name, 16, 3)
    assert (event.timestamp, event.tx_hash) == (1234, log["transactionHash"])
    plain = [field for field in layout.fields if not field.indexed]
    generic = iter(decode([field.type for field in plain], bytes.fromhex(log["data"][2:])))
    topics = iter(log["topics"][1:])
    for field in layout.fields:
        expected = (
            decode([field.type], bytes.fromhex(next(topics)[2:]))[0]
            if field.indexed
            else next(generic)
        )
        found = getattr(event, field.name)
        assert (found.lower() if field.type == "address" else found) == expected


def test_other_peoples_logs_are_left_out() -> None:
    log = {"topics": ["0x" + "00" * 32], "data": "0x"}
    assert decode_log(log, 0) is None
    assert decode_log({"topics": [], "data": "0x"}, 0) is None


@pytest.mark.parametrize("data", ["0x", "0x" + "00" * 31, "0x" + "00" * 96])
def test_a_log_of_another_shape_is_refused(data: str) -> None:
    layout = LAYOUTS["BucketSet"]
    log = {
        "topics": [layout.topic],
        "data": data,
        "blockNumber": "0x1",
        "logIndex": "0x0",
        "transactionHash": "0x",
    }
    with pytest.raises(NodeError, match="another shape"):
        decode_log(log, 0)
