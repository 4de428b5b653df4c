"""`networks check` against a real node (anvil) with real contracts.

Of a public network only its shape is faked, since no public node can be reached from a test: the
tokens are WETH9 from npm, the exchange is Uniswap's own byte code, and the feeds are the devnet's.
Their addresses are wherever this chain put them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner, Result
from eth_abi.abi import encode
from web3 import HTTPProvider, Web3

from vaultsdk.chain.networks import CheckStatus, check_network
from vaultsdk.cli.networks import networks as command
from vaultsdk.core.networks import parse_networks
from vaultsdk.devnet.node import Anvil, NodeOptions
from vaultsdk.devnet.npm import bytecode

pytestmark = pytest.mark.anvil

CHAIN_ID = 31_999
ARTIFACTS = Path(__file__).resolve().parents[2] / "vaultsdk" / "devnet" / "artifacts"
NOBODY = "0x000000000000000000000000000000000000dEaD"
# Runtime code that answers every call with the word 0 and with 32 bytes of text.
ZERO_WORD = "0x60205ff3"
BYTES32_TEXT = "0x7f" + b"MKR".ljust(32, b"\0").hex() + "5f5260205ff3"
REVERTS = "0x5f5ffd"


class Chain(NamedTuple):
    """A node and what stands on it."""

    w3: Web3
    url: str
    text: str
    """The networks file that is right about this chain."""
    at: dict[str, str]


def deploy(w3: Web3, code: bytes, types: list[str] | None = None, *values: object) -> str:
    data = code + encode(types or [], values)
    sent = w3.eth.send_transaction({"from": w3.eth.accounts[0], "data": data})
    receipt = w3.eth.wait_for_transaction_receipt(sent)
    assert receipt["status"] == 1
    address = receipt["contractAddress"]
    assert address is not None
    return str(address)


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    log = tmp_path_factory.mktemp("anvil") / "anvil.log"
    with Anvil.start(NodeOptions(chain_id=CHAIN_ID), log=log) as node:
        w3 = Web3(HTTPProvider(node.url))
        weth = deploy(w3, bytecode("WETH9"))
        v3 = deploy(w3, bytecode("UniswapV3Factory"))
        quoter = deploy(w3, bytecode("QuoterV2"), ["address", "address"], v3, weth)
        v2 = deploy(w3, bytecode("UniswapV2Factory"), ["address"], w3.eth.accounts[0])
        router = deploy(w3, bytecode("UniswapV2Router02"), ["address", "address"], v2, weth)
        mock = json.loads((ARTIFACTS / "MockFeed.json").read_text(encoding="utf-8"))["bytecode"]
        feed = deploy(
            w3,
            bytes.fromhex(mock.removeprefix("0x")),
            ["uint8", "string", "int256"],
            8,
            "eth / USD",  # other capitals than the file's: still the same pair
            2000 * 10**8,
        )
        text = f"""
schema = 1
[local]
title = "Local"
chain_id = {CHAIN_ID}
[local.tokens.WETH]
address = "{weth}"
decimals = 18
sources = ["doc:this test"]
[local.contracts.uniswap_v3_factory]
address = "{v3}"
sources = ["doc:this test"]
[local.contracts.quoter_v2]
address = "{quoter}"
sources = ["doc:this test"]
[local.contracts.uniswap_v2_factory]
address = "{v2}"
sources = ["doc:this test"]
[local.contracts.uniswap_v2_router_02]
address = "{router}"
sources = ["doc:this test"]
[local.feeds."ETH/USD"]
kind = "usd"
address = "{feed}"
description = "ETH / USD"
decimals = 8
sources = ["doc:this test"]
"""
        at = {"weth": weth, "v3": v3, "quoter": quoter, "v2": v2, "router": router, "feed": feed}
        yield Chain(w3, node.url, text, at)


def differing(chain: Chain, *changes: tuple[str, str]) -> list[tuple[str, str, str, str]]:
    """(subject, field, status, found) of the rows that are not ok, after changes to the file."""
    text = chain.text
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    rows = check_network(chain.w3, parse_networks(text).get("local"))
    return [(r.subject, r.field, r.status.value, r.found) for r in rows if r.status.value != "ok"]


def run(chain: Chain, tmp_path: Path, *changes: tuple[str, str], rpc: str = "") -> Result:
    text = chain.text
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    mine = tmp_path / "mine.toml"
    mine.write_text(text, encoding="utf-8")
    arguments = ["check", "local", "--rpc", rpc or chain.url, "--file", str(mine)]
    return CliRunner(mix_stderr=False).invoke(command, [*arguments, "--json"])


def test_a_right_file_is_ok_in_every_row(chain: Chain) -> None:
    rows = check_network(chain.w3, parse_networks(chain.text).get("local"))
    assert {row.status for row in rows} == {CheckStatus.OK}
    assert [(row.subject, row.field) for row in rows] == [
        ("chain", "chain id"),
        ("token WETH", "code"),
        ("token WETH", "symbol"),
        ("token WETH", "decimals"),
        ("contract uniswap_v3_factory", "code"),
        ("contract quoter_v2", "code"),
        ("contract quoter_v2", "factory"),
        ("contract uniswap_v2_factory", "code"),
        ("contract uniswap_v2_router_02", "code"),
        ("contract uniswap_v2_router_02", "factory"),
        ("feed ETH/USD", "code"),
        ("feed ETH/USD", "description"),
        ("feed ETH/USD", "decimals"),
    ]


def test_a_wrong_symbol(chain: Chain) -> None:
    found = differing(chain, ("tokens.WETH", "tokens.stETH"))
    assert found == [("token stETH", "symbol", "mismatch", "WETH")]


def test_wrong_decimals(chain: Chain) -> None:
    assert differing(
        chain, ("decimals = 18", "decimals = 6"), ("decimals = 8", "decimals = 18")
    ) == [
        ("token WETH", "decimals", "mismatch", "18"),
        ("feed ETH/USD", "decimals", "mismatch", "8"),
    ]


def test_a_feed_of_another_pair(chain: Chain) -> None:
    found = differing(chain, ('"ETH / USD"', '"BTC / USD"'))
    assert found == [("feed ETH/USD", "description", "mismatch", "eth / USD")]


def test_no_code_is_missing_and_nothing_more_is_asked(chain: Chain) -> None:
    found = differing(chain, (chain.at["weth"], NOBODY))
    assert found == [("token WETH", "code", "missing", "no code")]


def test_a_contract_that_is_another_one(chain: Chain) -> None:
    """Code is there, but it belongs to the other exchange, or answers nothing."""
    found = differing(
        chain, (chain.at["quoter"], "Q"), (chain.at["router"], chain.at["quoter"]), ("Q", NOBODY)
    )
    assert found == [
        ("contract quoter_v2", "code", "missing", "no code"),
        ("contract uniswap_v2_router_02", "factory", "mismatch", chain.at["v3"]),
    ]


@pytest.mark.parametrize(
    ("code", "symbol"), [(REVERTS, "no answer"), (ZERO_WORD, ""), (BYTES32_TEXT, "MKR")]
)
def test_tokens_that_answer_oddly(chain: Chain, code: str, symbol: str) -> None:
    chain.w3.provider.make_request("anvil_setCode", [NOBODY, code])  # type: ignore[arg-type]
    try:
        found = differing(chain, (chain.at["weth"], NOBODY))
    finally:
        chain.w3.provider.make_request("anvil_setCode", [NOBODY, "0x"])  # type: ignore[arg-type]
    assert ("token WETH", "symbol", "mismatch", symbol) in found


def test_the_command_says_ok_with_exit_code_0(chain: Chain, tmp_path: Path) -> None:
    result = run(chain, tmp_path)
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document["ok"] is True
    assert document["chain_id"] == CHAIN_ID
    assert len(document["rows"]) == 13
    assert "all 13 checks agree" in result.stderr


def test_the_command_ends_with_1_on_a_mismatch(chain: Chain, tmp_path: Path) -> None:
    result = run(chain, tmp_path, ("decimals = 18", "decimals = 6"))
    assert result.exit_code == 1
    assert json.loads(result.stdout)["ok"] is False
    assert "1 of 13 checks failed" in result.stderr


def test_the_command_prints_a_table_with_whole_addresses(chain: Chain, tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(chain.text, encoding="utf-8")
    arguments = ["check", "local", "--rpc", chain.url, "--file", str(mine)]
    result = CliRunner(mix_stderr=False).invoke(command, arguments)
    assert result.exit_code == 0
    assert all(address in result.stdout for address in chain.at.values())


def test_on_another_chain_nothing_else_is_compared(chain: Chain) -> None:
    found = differing(chain, (f"chain_id = {CHAIN_ID}", "chain_id = 10"))
    assert found == [("chain", "chain id", "mismatch", str(CHAIN_ID))]
    wrong = parse_networks(chain.text.replace(f"chain_id = {CHAIN_ID}", "chain_id = 10"))
    assert len(check_network(chain.w3, wrong.get("local"))) == 1


def test_a_wrong_chain_is_one_line_and_exit_code_2(chain: Chain, tmp_path: Path) -> None:
    result = run(chain, tmp_path, (f"chain_id = {CHAIN_ID}", "chain_id = 10"))
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert f"is on chain {CHAIN_ID}, but local is chain 10" in result.stderr


def test_a_node_that_is_down_is_one_line_and_exit_code_2(chain: Chain, tmp_path: Path) -> None:
    result = run(chain, tmp_path, rpc="http://127.0.0.1:1")
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert "no usable answer from http://127.0.0.1:1" in result.stderr
