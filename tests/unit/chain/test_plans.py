"""Plans without a node: the tests play the node, because what a provider refuses cannot be had
from a local one."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

import pytest
from eth_abi.abi import decode, encode

from vaultsdk.chain import checks, logs, reads
from vaultsdk.chain.event_layout import LAYOUTS
from vaultsdk.chain.rpc import NodeDownError, NodeError
from vaultsdk.core.errors import CohortsFullError, OutOfRangeError, UnitsError
from vaultsdk.core.events import PausedSet

VAULT = "0xabababababababababababababababababababab"
LENS = "0x1111111111111111111111111111111111111111"
OWNER = "0x2222222222222222222222222222222222222222"


# ---------------------------------------------------------------- pages of lots
class Lens:
    """Answers lots_page and lot_count for `count` lots; refuses pages above `most` rows."""

    def __init__(self, count: int, most: int = 500) -> None:
        self.count, self.most = count, most
        self.rounds: list[list[int]] = []

    def run(self, plan: Generator[Any, Any, Any]) -> Any:
        try:
            questions = next(plan)
            while True:
                try:
                    answers = self._answers(questions)
                except NodeError as error:
                    questions = plan.throw(error)
                else:
                    questions = plan.send(answers)
        except StopIteration as end:
            return end.value

    def _answers(self, questions: Sequence[Any]) -> list[Any]:
        found = []
        sizes = []
        for read in questions:
            if read.to == VAULT:
                found.append(self.count)
                continue
            _, owner, start, n = decode(["address", "address", "uint256", "uint256"], read.data[4:])
            assert owner == OWNER
            sizes.append(n)
            if n > self.most:
                self.rounds.append(sizes)
                raise NodeError("out of gas", code=-32000)
            numbers = range(start, min(start + n, self.count))
            words = [w for i in numbers for w in (i, i % 3, 0, i % 3, 0, 0)]
            found.append(read.decode(encode(["uint256[]"], [words])))
        self.rounds.append(sizes)
        return found


@pytest.mark.parametrize("count", [0, 1, 499, 500, 501, 1000, 5001])
def test_every_lot_is_read_once(count: int) -> None:
    lens = Lens(count)
    found = lens.run(reads.lots(LENS, VAULT, OWNER, include_closed=True))
    assert [row.number for row in found] == list(range(count))
    assert len(lens.rounds) <= 1 + -(-max(count - 500, 0) // 4000)
    open_ones = Lens(count).run(reads.lots(LENS, VAULT, OWNER))
    assert [row.number for row in open_ones] == [i for i in range(count) if i % 3]


@pytest.mark.parametrize("most", [499, 100, 7, 1])
def test_pages_shrink_until_the_node_takes_them(most: int) -> None:
    lens = Lens(1203, most)
    found = lens.run(reads.lots(LENS, VAULT, OWNER, include_closed=True))
    assert [row.number for row in found] == list(range(1203))
    assert sum(any(size > most for size in sizes) for sizes in lens.rounds) <= 5


def test_a_node_that_refuses_everything_is_an_error() -> None:
    with pytest.raises(NodeError, match="out of gas"):
        Lens(3, most=0).run(reads.lots(LENS, VAULT, OWNER))


# ---------------------------------------------------------------- the log
class Provider:
    """Answers eth_getLogs with one PausedSet a block, refusing more than `most` blocks at once."""

    def __init__(self, most: int, with_times: bool = True) -> None:
        self.most, self.with_times = most, with_times
        self.spans: list[int] = []
        self.headers = 0

    def run(self, plan: Generator[Any, Any, Any]) -> Any:
        try:
            questions = next(plan)
            while True:
                try:
                    answers = [self._answer(*question) for question in questions]
                except NodeError as error:
                    questions = plan.throw(error)
                else:
                    questions = plan.send(answers)
        except StopIteration as end:
            return end.value

    def _answer(self, method: str, params: list[Any]) -> Any:
        if method == "eth_getBlockByNumber":
            self.headers += 1
            return {"timestamp": hex(1000 + int(params[0], 16))}
        first, last = int(params[0]["fromBlock"], 16), int(params[0]["toBlock"], 16)
        self.spans.append(last - first + 1)
        if last - first + 1 > self.most:
            raise NodeError("query returned more than 10000 results", code=-32005)
        return [self._log(number) for number in range(first, last + 1)]

    def _log(self, number: int) -> dict[str, Any]:
        log = {
            "topics": [LAYOUTS["PausedSet"].topic],
            "data": "0x" + number.to_bytes(32).hex(),
            "blockNumber": hex(number),
            "logIndex": "0x0",
            "transactionHash": "0x" + number.to_bytes(32).hex(),
        }
        return log | {"blockTimestamp": hex(1000 + number)} if self.with_times else log


@pytest.mark.parametrize("most", [10**9, 1000, 33, 1])
@pytest.mark.parametrize("with_times", [True, False])
def test_the_whole_log_comes_once_and_in_order(most: int, with_times: bool) -> None:
    provider = Provider(most, with_times)
    found = provider.run(logs.events(VAULT, 5, 204, span=128))
    assert [event.flags for event in found if isinstance(event, PausedSet)] == list(range(5, 205))
    assert all(event.timestamp == 1000 + event.block_number for event in found)
    assert provider.headers == (0 if with_times else 200)


def test_a_range_grows_again_but_not_to_what_was_refused() -> None:
    provider = Provider(most=100)
    provider.run(logs.events(VAULT, 1, 2000, span=160))
    refused = [span for span in provider.spans if span > 100]
    assert refused == [160]
    assert max(span for span in provider.spans if span <= 100) == 80


def test_a_node_that_refuses_one_block_is_an_error() -> None:
    with pytest.raises(NodeError, match="10000 results"):
        Provider(most=0).run(logs.events(VAULT, 1, 10))


def test_a_dead_node_is_not_asked_for_less() -> None:
    plan = logs.events(VAULT, 1, 10)
    next(plan)
    with pytest.raises(NodeDownError):
        plan.throw(NodeDownError("gone"))


def test_removed_logs_are_left_out() -> None:
    plan = logs.events(VAULT, 1, 1)
    next(plan)
    log = Provider(1)._log(1) | {"removed": True}
    with pytest.raises(StopIteration) as end:
        plan.send([[log]])
    assert end.value.value == []


def test_only_the_events_named_are_asked_for() -> None:
    plan = logs.events(VAULT, 1, 1, names=["RolesSet", "Harvested"])
    ((_, (query,)),) = next(plan)
    assert query["topics"] == [[LAYOUTS["RolesSet"].topic, LAYOUTS["Harvested"].topic]]


# ---------------------------------------------------------------- splitting a deposit
@pytest.mark.parametrize(
    ("amount", "cap", "parts"),
    [
        (10, 10, (10,)),
        (11, 10, (6, 5)),
        (30, 10, (10, 10, 10)),
        (31, 10, (8, 8, 8, 7)),
        (1, 9, (1,)),
    ],
)
def test_a_deposit_is_split_evenly_into_the_fewest(
    amount: int, cap: int, parts: tuple[int, ...]
) -> None:
    assert checks.split_deposit(amount, cap) == parts


def test_a_split_below_the_smallest_deposit_is_refused() -> None:
    with pytest.raises(OutOfRangeError) as caught:
        checks.split_deposit(11, 10, min_deposit=6)
    assert (caught.value.limit, caught.value.value) == (6, 5)
    with pytest.raises(UnitsError):
        checks.split_deposit(0, 10)


def test_the_cap_error_names_both_numbers() -> None:
    from vaultsdk.chain.rows import AssetState, FeedState
    from vaultsdk.core.packing import ASSET, LIMITS

    state = AssetState(
        id=4,
        asset_word=ASSET.pack(decimals=6, token=1),
        limits_word=LIMITS.pack(min_deposit=0, cohort_cap=2_500_000),
        rate=FeedState(0, 0, 0, 0, 0),
        held=0,
        balance=0,
        listed=True,
    )
    checks.fits_cap(state, 2_500_000)
    with pytest.raises(CohortsFullError, match=r"2\.500001 is above the cohort cap of 2\.5 ") as e:
        checks.fits_cap(state, 2_500_001)
    assert (e.value.limit, e.value.value) == (2_500_000, 2_500_001)
