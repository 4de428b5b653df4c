"""`vaultsdk devnet`: a local chain with the real exchanges and a vault."""

from __future__ import annotations

import functools
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from vaultsdk.chain.deployment import DEVNET_FILE, save_deployment
from vaultsdk.cli.common import (
    LotvaultGroup,
    Output,
    Target,
    account_address,
    output_options,
    table,
    target_options,
)
from vaultsdk.core.deployment import Deployment, check_same_chain
from vaultsdk.core.model import checksum
from vaultsdk.core.units import format_amount, human, human_usd, parse_amount
from vaultsdk.devnet.errors import DevnetError
from vaultsdk.devnet.faucet import give
from vaultsdk.devnet.launch import STATE_DIR, Devnet, start_devnet
from vaultsdk.devnet.market import MarketMover, Step
from vaultsdk.devnet.node import Anvil, fork
from vaultsdk.devnet.params import GWEI, DevnetParams
from vaultsdk.devnet.pricefile import read_prices
from vaultsdk.devnet.replay import replay
from vaultsdk.devnet.rpc import Rpc
from vaultsdk.devnet.running import end, find_running, forget, remember

DEFAULT_PORT: Final = 8545


class _UtcDate(click.ParamType):
    name = "date"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            time = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a date: write it as 2021-11-29", param, ctx)
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


class _Positive(click.ParamType):
    name = "number"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Decimal:
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            number = Decimal(0)
        if not number.is_finite() or number <= 0:
            self.fail(f"{value!r} is not a number above 0", param, ctx)
        return number


_state_dir = click.option(
    "--state-dir",
    type=click.Path(file_okay=False, path_type=Path),
    default=STATE_DIR,
    show_default=True,
    help="Where saved states, logs and the pid file are kept.",
)


@click.group(cls=LotvaultGroup)
def devnet() -> None:
    """A local chain: anvil with Uniswap V2 and V3, tokens, feeds, deep pools and a vault."""


@devnet.command()
@click.option("--port", type=click.IntRange(1, 65_535), default=DEFAULT_PORT, show_default=True)
@click.option("--fresh", is_flag=True, help="Set everything up again instead of the saved state.")
@click.option("--detach", is_flag=True, help="Leave the node running; `devnet down` stops it.")
@click.option("--start", type=_UtcDate(), help="The chain's first date (UTC).")
@click.option("--eth-usd", type=_Positive(), help="ETH/USD at the start.")
@click.option("--base-fee", type=_Positive(), help="Base fee of replayed blocks in gwei.")
@click.option("--accounts", type=click.IntRange(12, 2_000), help="Unlocked accounts on the node.")
@click.option(
    "--deployment",
    "deployment_file",
    envvar="LOTVAULT_DEPLOYMENT",
    type=click.Path(dir_okay=False, path_type=Path),
    default=DEVNET_FILE,
    show_default=True,
    help="Where to write the deployment file (or LOTVAULT_DEPLOYMENT).",
)
@_state_dir
@output_options
def up(
    port: int,
    fresh: bool,
    detach: bool,
    start: datetime | None,
    eth_usd: Decimal | None,
    base_fee: Decimal | None,
    accounts: int | None,
    state_dir: Path,
    deployment_file: Path,
    output: Output,
) -> None:
    """Start the local chain and write its deployment file. Ctrl-C stops it."""
    running = find_running(state_dir)
    if running is not None:
        raise DevnetError(
            f"a devnet is already running at {running.rpc} (pid {running.pid}): "
            "stop it with `vaultsdk devnet down`, or give another --state-dir"
        )
    given: dict[str, Any] = {
        "start": start,
        "eth_usd": eth_usd,
        "base_fee": None if base_fee is None else int(base_fee * GWEI),
        "accounts": accounts,
    }
    params = DevnetParams(**{name: value for name, value in given.items() if value is not None})
    chain = start_devnet(params, state_dir=state_dir, port=port, fresh=fresh, detached=detach)
    try:
        save_deployment(chain.deployment, deployment_file)
        remember(state_dir, chain.node.pid, chain.url)
    except BaseException:
        chain.stop()
        raise
    show = functools.partial(_show_up, chain, deployment_file, output)
    if detach:
        show()
    else:
        _serve(chain.node, show, state_dir)


@devnet.command()
@_state_dir
def down(state_dir: Path) -> None:
    """Stop the local chain that `up` started."""
    ended = end(state_dir)
    click.echo(f"stopped the devnet at {ended.rpc} (pid {ended.pid})")


@devnet.command()
@target_options
@output_options
def status(target: Target, output: Output) -> None:
    """Show where the chain stands: its clock, its prices, how far each pool is from the feeds."""
    mover = _connect(target)
    now, usd, off = mover.now(), mover.usd_prices(), mover.deviations()
    block = int(mover.rpc.call("eth_blockNumber"), 16)
    document = {
        "rpc": mover.rpc.url,
        "chain_id": mover.deployment.chain_id,
        "block": block,
        "time": _iso(now),
        "usd_wad": {symbol: str(price) for symbol, price in usd.items()},
        "pool_deviations": {pool: f"{share:.8f}" for pool, share in off.items()},
    }
    prices = table("token", "USD", right=("USD",))
    for symbol, price in usd.items():
        prices.add_row(symbol, human_usd(price))
    pools = table("pool", "fee", "address", "off the feeds", right=("fee", "off the feeds"))
    symbols = _symbols(mover.deployment)
    for pool in mover.deployment.pools:
        pair = f"{pool.kind[-2:]} {symbols[pool.token0]}/{symbols[pool.token1]}"
        pools.add_row(pair, _percent(pool.fee), pool.address, f"{off[pool.address] * 100:+.3f} %")
    output.emit(document, f"{mover.rpc.url}: block {block}, {_iso(now)}", prices, pools)


@devnet.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--column", help="Which column holds the price; `close` if there is one.")
@click.option("--interpolate", is_flag=True, help="Fill in every day between two given prices.")
@click.option("--from", "start", type=_UtcDate(), help="Leave out what is before this date.")
@click.option("--to", "stop", type=_UtcDate(), help="Leave out what is after this date.")
@click.option("--shift", is_flag=True, help="Move the series so that it begins on the next day.")
@click.option("--speed", type=_Positive(), help="Steps a second, to watch; else as fast as can be.")
@target_options
@output_options
def prices(
    file: Path,
    column: str | None,
    interpolate: bool,
    start: datetime | None,
    stop: datetime | None,
    shift: bool,
    speed: Decimal | None,
    target: Target,
    output: Output,
) -> None:
    """Replay the ETH/USD prices of FILE: feeds move, a trader pulls the pools along.

    FILE is CSV (or Feather): `date` or `time` (ISO, UTC) first, then `close` or a column per asset.
    """
    series = read_prices(file, column)
    if start is not None or stop is not None:
        series = series.between(start, stop)
    if interpolate:
        series = series.daily()
    mover = _connect(target)
    if shift:
        tomorrow = (mover.now() // 86_400 + 1) * 86_400
        series = series.shifted(datetime.fromtimestamp(tomorrow, UTC))
    pause = 0.0 if speed is None else float(1 / speed)
    done: list[Step] = []
    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=output.as_json,
    ) as progress:
        task = progress.add_task("replaying", total=len(series.points))
        for step in replay(mover, series, pause=pause):
            done.append(step)
            told = f"{_iso(step.time)[:10]}  ETH {human_usd(step.prices['WETH'])}"
            progress.update(task, advance=1, description=told)
    document = {
        "steps": len(done),
        "first": _iso(done[0].time),
        "last": _iso(done[-1].time),
        "block": done[-1].block,
        "trades": sum(step.trades for step in done),
        "usd_wad": {symbol: str(price) for symbol, price in done[-1].prices.items()},
    }
    told = (
        f"{document['steps']} steps from {document['first']} to {document['last']}, "
        f"{document['trades']} arbitrage trades; ETH is at {human_usd(done[-1].prices['WETH'])}"
    )
    output.emit(document, told)


@devnet.command("give")
@click.argument("account")
@click.argument("token")
@click.argument("amount")
@target_options
@output_options
def give_(account: str, token: str, amount: str, target: Target, output: Output) -> None:
    """Give ACCOUNT (an address, or a role such as depositor_0) AMOUNT of a test TOKEN.

    TOKEN is an asset or the quote, by symbol. WETH goes to the node's own accounts only.
    """
    deployment = target.deployment
    quote = deployment.quote
    given = quote if token.lower() == quote.symbol.lower() else deployment.asset(token)
    who = account_address(account, deployment)
    units = parse_amount(amount, given.decimals)
    node = _connect(target).rpc
    if given.symbol == "WETH" and who not in map(checksum, node.call("eth_accounts")):
        raise DevnetError(
            f"{who} is no account of the node, which must sign for WETH: give it wstETH or rETH, "
            "or give WETH to a role such as depositor_0"
        )
    give(node, deployment, given.symbol, {who: units})
    document = {
        "account": who,
        "token": given.address,
        "symbol": given.symbol,
        "units": format_amount(units, given.decimals),
    }
    output.emit(document, f"gave {human(units, given.decimals)} {given.symbol} to {who}")


@devnet.command("fork")
@click.option("--rpc", envvar="LOTVAULT_RPC", required=True, help="URL of the node to fork.")
@click.option("--port", type=click.IntRange(1, 65_535), help="By default any free port.")
@click.option("--block", type=click.IntRange(0), help="Fork at this block; by default the latest.")
@_state_dir
@output_options
def fork_(rpc: str, port: int | None, block: int | None, state_dir: Path, output: Output) -> None:
    """Start a node that continues from another one's chain. Ctrl-C stops it.

    A fork of the devnet has its chain id and genesis, so its deployment file serves both.
    """
    Rpc(rpc).call("eth_chainId")  # a node that does not answer is said in our words, not anvil's
    node = fork(rpc, log=state_dir / "anvil-fork.log", port=port, block=block)
    number = int(node.rpc.call("eth_blockNumber"), 16)
    document = {"rpc": node.url, "pid": node.pid, "forked": rpc, "block": number}
    told = f"forked {rpc} at block {number}: {node.url} (Ctrl-C stops it)"
    _serve(node, functools.partial(output.emit, document, told))


def _serve(node: Anvil, show: Callable[[], None], state_dir: Path | None = None) -> None:
    """Show what runs, wait until it ends or somebody interrupts, and leave nothing behind."""
    try:
        # A plain kill must end the node as Ctrl-C does.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        show()
        code = node.process.wait()
    except KeyboardInterrupt:
        node.stop()
        click.echo("stopped", err=True)
        return
    finally:
        if state_dir is not None:
            forget(state_dir)
    if code != 0:
        raise DevnetError(f"anvil ended by itself with code {code}: see {node.log}")


def _connect(target: Target) -> MarketMover:
    """The mover of the running chain, after checking that file and node belong together."""
    node = Rpc(target.url)
    chain_id, genesis = node.batch([("eth_chainId", []), ("eth_getBlockByNumber", ["0x0", False])])
    check_same_chain(target.deployment, int(chain_id, 16), genesis["hash"], str(target.path))
    return MarketMover(node, target.deployment)


def _show_up(chain: Devnet, deployment_file: Path, output: Output) -> None:
    deployment = chain.deployment
    document = {
        "rpc": chain.url,
        "pid": chain.node.pid,
        "restored": chain.restored,
        "deployment_file": str(deployment_file),
        "deployment": deployment,
    }
    how = "from its saved state" if chain.restored else "set up anew"
    told = f"devnet at {chain.url} (chain {deployment.chain_id}), {how}"
    addresses = table("what", "address")
    for name, where in _addresses(deployment):
        addresses.add_row(name, where)
    output.emit(document, told, addresses, f"deployment file: {deployment_file}")


def _addresses(deployment: Deployment) -> list[tuple[str, str]]:
    """Everything worth a row, in the order in which people look for it."""
    rows = [
        ("vault", deployment.vault),
        ("lens", deployment.lens),
        ("timelock (admin)", deployment.timelock),
        ("ETH gate", deployment.eth_gate),
        ("adapter Uniswap V3", deployment.adapters.uniswap_v3),
        ("adapter Uniswap V2", deployment.adapters.uniswap_v2),
        (f"quote {deployment.quote.symbol}", deployment.quote.address),
        *((f"asset {asset.id} {asset.symbol}", asset.address) for asset in deployment.assets),
        *((f"feed {name}", where) for name, where in deployment.feeds.items()),
        ("SwapRouter02", deployment.dex.swap_router_02),
        ("QuoterV2", deployment.dex.quoter_v2),
        ("Uniswap V2 router", deployment.dex.uniswap_v2_router_02),
    ]
    symbols = _symbols(deployment)
    for pool in deployment.pools:
        pair = f"{symbols[pool.token0]}/{symbols[pool.token1]}"
        rows.append((f"pool {pool.kind[-2:]} {pair} {_percent(pool.fee)}", pool.address))
    return [(name, where) for name, where in rows if where is not None]


def _symbols(deployment: Deployment) -> dict[str, str]:
    return {token.address: token.symbol for token in (*deployment.assets, deployment.quote)}


def _percent(fee: int) -> str:
    """A pool's fee for people: 500 parts per million are 0.05 %."""
    return f"{Decimal(fee) / 10_000:f} %"


def _iso(time: int) -> str:
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
