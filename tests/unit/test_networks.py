"""The networks file: what the packaged one holds, where it comes from, and what a bad one says."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from eth_utils.address import to_checksum_address

from vaultsdk.chain.networks import load_networks
from vaultsdk.cli.networks import networks as command
from vaultsdk.core.networks import (
    CONTRACT_NAMES,
    Entry,
    FeedKind,
    Networks,
    NetworksError,
    parse_networks,
)

ROOT = Path(__file__).resolve().parents[2]
DERIVED = ("@bgd-labs/aave-address-book", "@uniswap/sdk-core")
# An export's path and nothing else, since node evaluates it.
EXPRESSION = re.compile(r"^\w+(?:\.\w+|\[\d+\]|\(\d+\))*$")


@pytest.fixture(scope="module")
def packaged() -> Networks:
    return load_networks()


def entries(networks: Networks) -> Iterator[tuple[str, Entry]]:
    for network in networks.networks:
        for token in network.tokens:
            yield f"{network.name}.tokens.{token.symbol}", token
        for contract in network.contracts:
            yield f"{network.name}.contracts.{contract.name}", contract
        for feed in network.feeds:
            yield f"{network.name}.feeds.{feed.name}", feed


# The packaged file


def test_networks_and_chain_ids(packaged: Networks) -> None:
    assert {n.name: (n.chain_id, n.testnet) for n in packaged.networks} == {
        "mainnet": (1, False),
        "base": (8453, False),
        "arbitrum": (42161, False),
        "sepolia": (11155111, True),
        "base-sepolia": (84532, True),
    }


def test_every_address_has_its_checksum(packaged: Networks) -> None:
    """By eth_utils, not by the parser's own function; and none of the three is ever zero."""
    listed = list(entries(packaged))
    assert len(listed) > 70
    for key, entry in listed:
        assert entry.address == to_checksum_address(entry.address), key
        assert int(entry.address, 16) > 0, key


def test_every_entry_has_a_pinned_source(packaged: Networks) -> None:
    pinned = re.compile(r"^(?:(npm|pypi):(@?[\w./-]+)@\d+\.\d+\.\d+[\w.-]* \S|doc:\S)")
    for key, entry in entries(packaged):
        assert entry.sources, key
        for source in entry.sources:
            assert pinned.match(source), f"{key}: {source}"


def test_networks_have_what_a_deployment_needs(packaged: Networks) -> None:
    for network in packaged.networks:
        assert tuple(c.name for c in network.contracts) == CONTRACT_NAMES, network.name
        assert {"WETH", "USDC"} <= {t.symbol for t in network.tokens}, network.name
        assert network.feed("eth/usd").decimals == 8
        assert network.token("usdc").decimals == 6
    for name in ("base", "arbitrum"):
        sequencer = packaged.get(name).sequencer
        assert sequencer is not None
        assert sequencer.decimals == 0
    assert packaged.get("mainnet").sequencer is None


def test_rates_have_18_decimals_and_usd_feeds_8(packaged: Networks) -> None:
    wanted = {FeedKind.USD: 8, FeedKind.RATE: 18, FeedKind.PROTOCOL: 18, FeedKind.SEQUENCER: 0}
    for network in packaged.networks:
        for feed in network.feeds:
            assert feed.decimals == wanted[feed.kind], f"{network.name} {feed.name}"


def test_sources_name_the_versions_in_package_json(packaged: Networks) -> None:
    pins = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["devDependencies"]
    for key, entry in entries(packaged):
        for package in DERIVED:
            for source in entry.sources:
                if source.startswith(f"npm:{package}@"):
                    assert source.startswith(f"npm:{package}@{pins[package]} "), key


@pytest.mark.skipif(
    shutil.which("node") is None
    or not all((ROOT / "node_modules" / package / "package.json").is_file() for package in DERIVED),
    reason="node or the address packages are not installed: run make setup",
)
def test_addresses_are_what_the_packages_say(packaged: Networks) -> None:
    """Derives every address again from the packages that its sources name."""
    wanted = [
        (key, entry.address, package, source.split(" ", 1)[1])
        for key, entry in entries(packaged)
        for source in entry.sources
        for package in DERIVED
        if source.startswith(f"npm:{package}@")
    ]
    assert len(wanted) > 60
    assert all(EXPRESSION.match(expression) for *_, expression in wanted)
    lines = ",".join(f'require("{package}").{expression}' for _, _, package, expression in wanted)
    node = subprocess.run(
        ["node", "-e", f"console.log(JSON.stringify([{lines}]))"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    derived = json.loads(node.stdout)
    for (key, address, package, expression), found in zip(wanted, derived, strict=True):
        assert to_checksum_address(found) == address, f"{key}: {package} {expression}"


def test_decimals_are_what_the_address_book_says(packaged: Networks) -> None:
    book = ROOT / "node_modules" / DERIVED[0]
    if shutil.which("node") is None or not book.is_dir():
        pytest.skip("node or the address book is not installed: run make setup")
    for network in packaged.networks:
        for token in network.tokens:
            for source in token.sources:
                expression = source.partition(" ")[2]
                if source.startswith(f"npm:{DERIVED[0]}@"):
                    module, _, symbol, _ = expression.split(".")
                    text = (book / "src" / f"{module}.sol").read_text(encoding="utf-8")
                    said = re.search(rf"\b{symbol}_DECIMALS = (\d+);", text)
                    assert said is not None, source
                    assert int(said[1]) == token.decimals, source


# The parser

GOOD = """
schema = 1
[here]
title = "Here"
chain_id = 7
[here.tokens.WETH]
address = "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2"
decimals = 18
sources = ["doc:a page"]
[here.contracts.quoter_v2]
address = "0x61fFE014bA17989E743c5F6cB21bF9697530B21e"
sources = ["npm:some-package@1.2.3 QUOTER[7]"]
[here.feeds."ETH/USD"]
kind = "usd"
address = "0x5f4eC3Df9cbd43714FE2740f5E3616155c5b8419"
description = "ETH / USD"
decimals = 8
heartbeat_s = 3600
timing_source = "doc:a page"
sources = ["doc:a page"]
"""


def test_a_good_file_is_read_whole() -> None:
    here = parse_networks(GOOD).get("here")
    assert (here.chain_id, here.title, here.testnet) == (7, "Here", False)
    assert here.token("weth").symbol == "WETH"
    assert here.contract("quoter_v2").address == "0x61fFE014bA17989E743c5F6cB21bF9697530B21e"
    feed = here.feed("ETH/USD")
    assert (feed.kind, feed.heartbeat_s, feed.deviation_bps) == (FeedKind.USD, 3600, None)
    assert parse_networks(GOOD).get("7") == here


SECOND = """
[there]
title = "There"
chain_id = 7
"""
TWIN = """
[here.tokens.WETH2]
address = "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2"
decimals = 18
sources = ["doc:a page"]
"""
SAME_SYMBOL = """
[here.tokens.weth]
address = "0x7f39C581F595B53c5cb19bD0b3f8dA6c935E2Ca0"
decimals = 18
sources = ["doc:a page"]
"""
AGAIN = """
[here.tokens.WETH]
decimals = 18
"""


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("schema = 1", "schema = 2"), "schema: must be 1, not 2"),
        (("schema = 1", ""), "schema: must be 1, not None"),
        (('title = "Here"', 'title = "Here'), "is not TOML"),
        (("chain_id = 7\n", ""), "here.chain_id: this key is needed"),
        (("chain_id = 7", "chain_id = 0"), "here.chain_id: Input should be greater than 0"),
        (("chain_id = 7", 'chain_id = 7\nname = "x"'), "here.name: the table's key says this"),
        (("[here]", "[Here]"), "small letters, digits and dashes"),
        (("0xC02aaA", "0xc02aaA"), "here.tokens.WETH.address: the checksum of 0xc02aaA"),
        (
            (
                "C02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2",
                "c02aaa39b223fe8d0a0e5c4f27ead9083c756cc2",
            ),
            "lacks its checksum: compare it with its source",
        ),
        (("0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2", "0x00"), "is not an address"),
        (
            ("C02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2", "0" * 40),
            "the zero address is no contract",
        ),
        (("decimals = 18", "decimals = 19"), "here.tokens.WETH.decimals: Input should be less"),
        (("decimals = 18", "decimal = 18"), "here.tokens.WETH.decimals: this key is needed"),
        (("decimals = 18", "decimals = 18\ncolour = 1"), "WETH.colour: unknown key; remove it"),
        (('sources = ["doc:a page"]', ""), "here.tokens.WETH.sources: this key is needed"),
        (('sources = ["doc:a page"]', "sources = []"), "here.tokens.WETH.sources: "),
        (('sources = ["doc:a page"]', 'sources = ["memory"]'), "'memory' is no source: write"),
        (("some-package@1.2.3", "some-package"), "is no source: write"),
        (("quoter_v2", "quoter"), "here.contracts.quoter: unknown contract; it can be one of"),
        (
            ('kind = "usd"', 'kind = "eur"'),
            "here.feeds.ETH/USD.kind: Input should be 'usd', 'rate'",
        ),
        (('timing_source = "doc:a page"\n', ""), "ETH/USD.timing_source: say who states"),
        (("heartbeat_s = 3600\n", ""), "ETH/USD.timing_source: say who states"),
        (("heartbeat_s = 3600", "heartbeat_s = 0"), "heartbeat_s: Input should be greater than 0"),
        (("", SECOND), "there.chain_id: 7 is already here.chain_id"),
        (("", TWIN), "here.tokens.WETH2: 0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2 is already"),
        (("", SAME_SYMBOL), "here.tokens.weth: weth is already here.tokens.WETH"),
        (("", AGAIN), "is not TOML: Cannot declare ('here', 'tokens', 'WETH') twice"),
        (("", "[here.tokens]\nWBTC = 3\n"), "here.tokens.WBTC: must be a table; write [here.tok"),
    ],
)
def test_a_bad_file_names_the_key_and_says_what_to_do(change: tuple[str, str], says: str) -> None:
    old, new = change
    text = GOOD.replace(old, new, 1) if old else GOOD + new
    assert text != GOOD
    with pytest.raises(NetworksError) as caught:
        parse_networks(text, source="my.toml")
    message = str(caught.value)
    assert says in message
    assert message.startswith("my.toml")
    assert "\n" not in message


def test_a_value_where_a_table_must_be_is_named() -> None:
    with pytest.raises(NetworksError, match=r"f: here: must be a table; write \[here\]"):
        parse_networks("schema = 1\nhere = 3\n", source="f")
    with pytest.raises(NetworksError, match="no network in it"):
        parse_networks("schema = 1\n")


def test_an_unknown_name_says_which_are_known(packaged: Networks) -> None:
    with pytest.raises(NetworksError, match="unknown network 'ropsten': choose one of mainnet"):
        packaged.get("ropsten")
    with pytest.raises(NetworksError, match="network sepolia lists no token 'rETH'; it has: WETH"):
        packaged.get("sepolia").token("rETH")
    with pytest.raises(NetworksError, match="lists no feed 'BTC/USD'; it has: ETH/USD"):
        packaged.get("mainnet").feed("BTC/USD")
    with pytest.raises(NetworksError, match="lists no contract 'x'; it has: uniswap_v3_factory"):
        packaged.get("mainnet").contract("x")


# The commands (no node needed; with one: tests/integration/test_networks_check.py)


def test_list_and_show_print_json() -> None:
    listed = CliRunner().invoke(command, ["list", "--json"])
    assert listed.exit_code == 0
    assert [n["chain_id"] for n in json.loads(listed.stdout)["networks"]][:2] == [1, 8453]
    shown = CliRunner().invoke(command, ["show", "8453", "--json"])
    assert json.loads(shown.stdout)["name"] == "base"


def test_show_never_cuts_an_address(packaged: Networks) -> None:
    shown = CliRunner().invoke(command, ["show", "arbitrum"], env={"COLUMNS": "80"})
    assert shown.exit_code == 0
    for token in packaged.get("arbitrum").tokens:
        assert token.address in shown.stdout


def test_file_and_out_options(tmp_path: Path) -> None:
    mine, out = tmp_path / "mine.toml", tmp_path / "out.json"
    mine.write_text(GOOD, encoding="utf-8")
    shown = CliRunner().invoke(command, ["show", "here", "--file", str(mine), "--out", str(out)])
    assert shown.exit_code == 0
    assert json.loads(out.read_text(encoding="utf-8"))["chain_id"] == 7


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["show", "ropsten"], "unknown network 'ropsten'"),
        (["list", "--file", "absent.toml"], "no networks file at absent.toml"),
        (["show", "base", "--out", "absent/out.json"], "cannot write absent/out.json"),
        (["check", "base"], "Missing option '--rpc'"),
        (["check", "base", "--rpc", "localhost:8545"], "give an http:// or https:// URL"),
        (["check", "base", "--rpc", "http://127.0.0.1:1"], "no usable answer from"),
    ],
)
def test_bad_usage_is_one_line_and_exit_code_2(
    arguments: list[str], says: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LOTVAULT_RPC", raising=False)
    result = CliRunner().invoke(command, arguments)
    assert result.exit_code == 2
    assert says in result.output
    assert "Traceback" not in result.output


def test_the_example_in_the_docs_is_a_good_file() -> None:
    text = (ROOT / "docs" / "networks.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    assert parse_networks(example).get("my-network").chain_id == 12345
