"""`vaultsdk networks`: the public networks that the SDK knows, and whether a node agrees."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import click
from requests.exceptions import RequestException
from rich.console import Console
from rich.table import Table
from rich.text import Text
from web3 import HTTPProvider, Web3
from web3.exceptions import Web3Exception

from vaultsdk.chain.networks import CheckRow, CheckStatus, check_network, load_networks
from vaultsdk.core.networks import FeedEntry, Network, Networks, NetworksError

RPC_TIMEOUT_S: Final = 15
_COLOURS: Final = {
    CheckStatus.OK: "green",
    CheckStatus.MISMATCH: "red",
    CheckStatus.MISSING: "yellow",
}

_file = click.option(
    "--file",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A networks file of your own instead of the packaged one.",
)
_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
_out = click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the JSON document to this file.",
)


class _Failure(click.ClickException):
    """One line on stderr and exit code 2: bad usage, a bad file, a node that does not answer."""

    exit_code = 2


@click.group()
def networks() -> None:
    """Public networks: addresses, their sources, and a check against a node."""


@networks.command("list")
@_file
@_json
@_out
def list_(file: Path | None, as_json: bool, out: Path | None) -> None:
    """List the networks of the file."""
    known = _load(file).networks
    document = {
        "networks": [
            {"name": n.name, "title": n.title, "chain_id": n.chain_id, "testnet": n.testnet}
            for n in known
        ]
    }
    table = _table("name", "title", "chain id", "tokens", "contracts", "feeds")
    for n in known:
        title = f"{n.title} (testnet)" if n.testnet else n.title
        counts = (str(len(entries)) for entries in (n.tokens, n.contracts, n.feeds))
        table.add_row(n.name, title, str(n.chain_id), *counts)
    _emit(document, [table], as_json, out)


@networks.command()
@click.argument("name")
@_file
@_json
@_out
def show(name: str, file: Path | None, as_json: bool, out: Path | None) -> None:
    """Show every address of network NAME (or its chain id) with its first source."""
    network = _get(file, name)
    tokens = _table("token", "address", "decimals", "source")
    for t in network.tokens:
        tokens.add_row(t.symbol, t.address, str(t.decimals), t.sources[0])
    contracts = _table("contract", "address", "source")
    for c in network.contracts:
        contracts.add_row(c.name, c.address, c.sources[0])
    feeds = _table("feed", "kind", "address", "heartbeat", "deviation", "source")
    for f in network.feeds:
        feeds.add_row(f.name, f.kind, f.address, *_timing(f), f.sources[0])
    _emit(network.model_dump(mode="json"), [tokens, contracts, feeds], as_json, out)


@networks.command()
@click.argument("name")
@click.option("--rpc", envvar="LOTVAULT_RPC", required=True, help="URL of a node of that network.")
@_file
@_json
@_out
def check(name: str, rpc: str, file: Path | None, as_json: bool, out: Path | None) -> None:
    """Compare network NAME with the node at --rpc.

    Exit code 0: all agree. 1: an entry differs, or has no code. 2: nothing could be compared.
    """
    network = _get(file, name)
    rows = _check(network, rpc)
    bad = [row for row in rows if row.status is not CheckStatus.OK]
    document = {
        "network": network.name,
        "chain_id": network.chain_id,
        "ok": not bad,
        "rows": [row.model_dump(mode="json") for row in rows],
    }
    table = _table("status", "entry", "check", "expected", "found", "address")
    for row in rows:
        # Text, not markup: what a contract says about itself must not style the table.
        cells = (row.subject, row.field, row.expected, row.found, row.address or "")
        status = Text(row.status.value, style=_COLOURS[row.status])
        table.add_row(status, *(Text(cell) for cell in cells))
    _emit(document, [table], as_json, out)
    if bad:
        click.echo(
            f"{len(bad)} of {len(rows)} checks failed: compare the entries with their sources",
            err=True,
        )
        raise click.exceptions.Exit(1)
    click.echo(f"all {len(rows)} checks agree", err=True)


def _load(file: Path | None) -> Networks:
    try:
        return load_networks(file)
    except NetworksError as error:
        raise _Failure(str(error)) from None


def _get(file: Path | None, name: str) -> Network:
    try:
        return _load(file).get(name)
    except NetworksError as error:
        raise _Failure(str(error)) from None


def _check(network: Network, rpc: str) -> list[CheckRow]:
    """The rows, or one line if the node is down, is none, or is on another chain."""
    if not rpc.startswith(("http://", "https://")):
        raise _Failure(f"--rpc {rpc}: give an http:// or https:// URL")
    # No retries: somebody waits at the terminal, and can try again himself.
    provider = HTTPProvider(
        rpc, request_kwargs={"timeout": RPC_TIMEOUT_S}, exception_retry_configuration=None
    )
    try:
        rows = check_network(Web3(provider), network)
    except (RequestException, Web3Exception, OSError, ValueError) as error:
        raise _Failure(
            f"no usable answer from {rpc} ({type(error).__name__}): "
            "is it an Ethereum node, is it running, and is the URL right?"
        ) from None
    if rows[0].status is not CheckStatus.OK:
        raise _Failure(
            f"{rpc} is on chain {rows[0].found}, but {network.name} is chain "
            f"{network.chain_id}: give the URL of a node of {network.title}"
        )
    return rows


def _table(*columns: str) -> Table:
    """A plain table that folds long cells instead of cutting them, and never folds an address."""
    table = Table(box=None)
    for column in columns:
        table.add_column(column, overflow="fold", min_width=42 if column == "address" else None)
    return table


def _timing(feed: FeedEntry) -> tuple[str, str]:
    heartbeat = "" if feed.heartbeat_s is None else f"{feed.heartbeat_s:,} s"
    deviation = "" if feed.deviation_bps is None else f"{feed.deviation_bps} bps"
    return heartbeat, deviation


def _emit(document: dict[str, Any], tables: list[Table], as_json: bool, out: Path | None) -> None:
    text = json.dumps(document, indent=2)
    if out is not None:
        try:
            out.write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            raise _Failure(f"cannot write {out}: {error.strerror}; correct --out") from None
    if as_json:
        click.echo(text)
        return
    console = Console()
    if not console.is_terminal:
        # In a pipe a column cut to 80 characters would lose half an address.
        console = Console(width=200)
    for number, table in enumerate(tables):
        if number:
            console.print()
        console.print(table)
