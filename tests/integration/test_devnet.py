"""The local chain: what is on it, its saved state, moving its market, its command line."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlparse

import pytest
from click.testing import CliRunner
from eth_account import Account

from vaultsdk.cli.devnet import devnet as devnet_command
from vaultsdk.core.deployment import Deployment
from vaultsdk.core.series import PricePoint, PriceSeries
from vaultsdk.devnet.abi import decode_answer, encode_call
from vaultsdk.devnet.accounts import private_key, role_index
from vaultsdk.devnet.errors import DevnetError
from vaultsdk.devnet.faucet import give
from vaultsdk.devnet.launch import Devnet, start_devnet
from vaultsdk.devnet.market import MarketMover, Prices
from vaultsdk.devnet.node import Anvil, NodeOptions, find_anvil, fork
from vaultsdk.devnet.params import WAD, DevnetParams
from vaultsdk.devnet.replay import replay
from vaultsdk.devnet.rpc import Rpc
from vaultsdk.devnet.sender import Sender
from vaultsdk.devnet.state import state_key

pytestmark = pytest.mark.anvil

DAY = 86_400
# One smallest unit of a six-decimal token in a pool of millions is far below this.
DUST = Decimal("1e-9")


def read(rpc: Rpc, to: str | None, signature: str, arguments: list[object], types: str) -> object:
    assert to is not None
    return decode_answer(types, rpc.eth_call([(to, encode_call(signature, arguments))])[0])[0]


def elsewhere(deployment: Deployment) -> Deployment:
    """The deployment without where its node answers, which is another port every time."""
    assert deployment.devnet is not None
    nowhere = deployment.devnet.model_copy(update={"rpc": None})
    return deployment.model_copy(update={"devnet": nowhere})


def bands(deployment: Deployment) -> dict[str, Decimal]:
    """The widest deviation that a pool's fee leaves without a gain for a trader."""
    return {pool.address: Decimal(pool.fee) / (1_000_000 - pool.fee) for pool in deployment.pools}


# ---------------------------------------------------------------- what is there
def test_everything_in_the_deployment_file_has_code(devnet: Devnet) -> None:
    deployment = devnet.deployment
    places = {
        "vault": deployment.vault,
        "lens": deployment.lens,
        "timelock": deployment.timelock,
        "eth_gate": deployment.eth_gate,
        **dict(deployment.adapters),
        **dict(deployment.dex),
        **deployment.feeds,
        **{token.symbol: token.address for token in (*deployment.assets, deployment.quote)},
        **{pool.address: pool.address for pool in deployment.pools},
    }
    codes = devnet.rpc.batch([("eth_getCode", [where, "latest"]) for where in places.values()])
    empty = [name for name, code in zip(places, codes, strict=True) if code == "0x"]
    assert empty == []
    assert {(p.kind, p.fee) for p in deployment.pools} == {
        ("uniswap_v3", 100),
        ("uniswap_v3", 500),
        ("uniswap_v3", 3000),
        ("uniswap_v2", 3000),
    }


def test_vault_prices_and_policies_are_those_of_the_deployment(devnet: Devnet) -> None:
    deployment, rpc = devnet.deployment, devnet.rpc
    usd = devnet.mover().usd_prices()
    for asset in deployment.assets:
        price = read(rpc, deployment.vault, "price(uint256)", [asset.id], "(uint256)")
        assert price == usd[asset.symbol]
    for policy in deployment.policies:
        word = read(rpc, deployment.vault, "policies(uint256)", [policy.id], "(uint256)")
        assert word == policy.word_int
    assert deployment.policies[0].name == "hold"


def test_the_timelock_is_admin_and_nobody_else_is(devnet: Devnet) -> None:
    deployment = devnet.deployment
    assert deployment.devnet is not None
    roles = {
        who: read(devnet.rpc, deployment.vault, "roles(address)", [where], "(uint256)")
        for who, where in {**deployment.devnet.accounts, "timelock": deployment.timelock}.items()
    }
    held = {who: flags for who, flags in roles.items() if flags}
    assert held == {"timelock": 1, "guardian": 2, "keeper": 4}


def test_pools_start_at_the_feeds_prices(devnet: Devnet) -> None:
    # Staked tokens grow by 1.4e-9 a second, and setting up may take a few.
    assert all(abs(off) < Decimal("1e-7") for off in devnet.mover().deviations().values())


def test_pools_are_deep(devnet: Devnet) -> None:
    """A hundred ether go through at no more than the fee and a little impact."""
    deployment, usd = devnet.deployment, devnet.mover().usd_prices()
    weth, wsteth = deployment.asset("WETH"), deployment.asset("wstETH")
    signature = "quoteExactInputSingle((address,address,uint256,uint24,uint160))"
    amount = 100 * WAD
    got = read(
        devnet.rpc,
        deployment.dex.quoter_v2,
        signature,
        [(weth.address, wsteth.address, amount, 100, 0)],
        "(uint256,uint160,uint32,uint256)",
    )
    assert isinstance(got, int)
    cost = 1 - Decimal(got * usd["wstETH"]) / Decimal(amount * usd["WETH"])
    assert Decimal("0.0001") < cost < Decimal("0.0005")


def test_faucet_and_permit(devnet: Devnet) -> None:
    deployment = devnet.deployment
    assert deployment.devnet is not None
    account = deployment.devnet.accounts["depositor_0"]
    for symbol, units in (("WETH", 5 * WAD), ("wstETH", 7 * WAD), ("USDC", 9_000_000)):
        give(devnet.rpc, deployment, symbol, {account: units})
    for token, units in ((deployment.asset("WETH"), 5 * WAD), (deployment.quote, 9_000_000)):
        balance = read(devnet.rpc, token.address, "balanceOf(address)", [account], "(uint256)")
        assert balance == units

    spender, usdc = deployment.devnet.accounts["keeper"], deployment.quote.address
    message = {
        "owner": account,
        "spender": spender,
        "value": 4_000_000,
        "nonce": 0,
        "deadline": 2**40,
    }
    names = ("owner", "spender", "value", "nonce", "deadline")
    kinds = ("address", "address", "uint256", "uint256", "uint256")
    signed = Account.sign_typed_data(
        private_key(role_index("depositor_0")),
        {"name": "USD Coin", "version": "1", "chainId": 31337, "verifyingContract": usdc},
        {"Permit": [{"name": n, "type": k} for n, k in zip(names, kinds, strict=True)]},
        message,
    )
    arguments = [account, spender, 4_000_000, 2**40, signed.v]
    arguments += [value.to_bytes(32, "big") for value in (signed.r, signed.s)]
    data = encode_call("permit(address,address,uint256,uint256,uint8,bytes32,bytes32)", arguments)
    sender = Sender(devnet.rpc, 10 * deployment.devnet.base_fee)
    sender.send(spender, usdc, data, "permit")
    sender.flush()
    pair: list[object] = [account, spender]
    assert read(devnet.rpc, usdc, "allowance(address,address)", pair, "(uint256)") == 4_000_000
    sender.send(spender, usdc, data, "the same permit again")
    with pytest.raises(DevnetError, match=r"the same permit again failed.*permit signature"):
        sender.flush()


# ---------------------------------------------------------------- saved state
def test_a_second_start_comes_from_the_saved_state(tmp_path: Path) -> None:
    with start_devnet(state_dir=tmp_path) as first:
        assert not first.restored
        logs = first.rpc.call(
            "eth_getLogs", {"fromBlock": "0x0", "address": first.deployment.vault}
        )
    with start_devnet(state_dir=tmp_path) as second:
        assert second.restored
        assert elsewhere(second.deployment) == elsewhere(first.deployment)
        assert second.deployment.devnet is not None
        assert second.deployment.devnet.rpc == second.url
        genesis = second.rpc.call("eth_getBlockByNumber", "0x0", False)
        assert genesis["hash"] == second.deployment.genesis_hash
        # Events from before the save are still there, or no ledger could be rebuilt.
        query = {
            "fromBlock": hex(second.deployment.first_block),
            "address": second.deployment.vault,
        }
        assert second.rpc.call("eth_getLogs", query) == logs
        assert len(logs) > len(second.deployment.assets)
        # The clock goes on from the saved state's, not from today's.
        second.rpc.call("evm_mine")
        assert 0 <= second.mover().now() - second.deployment.devnet.first_time < 60
        second.mover().step(Prices(eth_usd=Decimal(4000)))
    with start_devnet(state_dir=tmp_path) as third:
        # What happened on a chain after its start is not carried into the next one.
        assert third.restored
        assert third.mover().usd_prices()["WETH"] == int(DevnetParams().eth_usd * WAD)
    with start_devnet(state_dir=tmp_path, fresh=True) as fourth:
        assert not fourth.restored


def test_other_parameters_are_another_state() -> None:
    params = DevnetParams()
    assert state_key(params) == state_key(DevnetParams())
    assert state_key(params) != state_key(params.model_copy(update={"eth_usd": Decimal(1)}))


# ---------------------------------------------------------------- moving the market
def test_replay_moves_feeds_and_keeps_pools_within_their_fees(devnet: Devnet) -> None:
    mover, deployment = devnet.mover(), devnet.deployment
    start = datetime.fromtimestamp(mover.now(), UTC)
    closes = ["4642.38", "3675.79", "3800", "1195.00", "90.5", "12000"]
    points = tuple(
        PricePoint(start + timedelta(days=30 * n), Decimal(close))
        for n, close in enumerate(closes, start=1)
    )
    trades = 0
    for point, step in zip(
        points, replay(mover, PriceSeries(name="made up", points=points)), strict=True
    ):
        trades += step.trades
        assert mover.now() == step.time == int(point.time.timestamp())
        assert step.prices == mover.usd_prices()
        assert step.prices["WETH"] == int(point.price * WAD)
        for asset in deployment.assets:
            price = read(devnet.rpc, deployment.vault, "price(uint256)", [asset.id], "(uint256)")
            assert price == step.prices[asset.symbol]
        allowed = bands(deployment)
        for pool, off in mover.deviations().items():
            assert abs(off) <= allowed[pool] + DUST, f"{pool} is {off} off at {point}"
    assert trades > 0


def test_staked_tokens_gain_on_ether(devnet: Devnet) -> None:
    mover = devnet.mover()
    before = mover.usd_prices()
    after = mover.step(time=mover.now() + 365 * DAY).prices
    assert after["WETH"] == before["WETH"]
    for symbol, yearly in (("wstETH", "0.045"), ("rETH", "0.040")):
        gained = Decimal(after[symbol]) / Decimal(before[symbol]) - 1
        assert abs(gained - Decimal(yearly)) < Decimal("0.001")


def test_a_depeg_moves_only_what_is_staked(devnet: Devnet) -> None:
    mover = devnet.mover()
    before = mover.usd_prices()
    step = mover.step(Prices(steth_eth=Decimal("0.94"), reth_premium=Decimal("0.98")))
    assert step.prices["WETH"] == before["WETH"]
    assert step.prices["wstETH"] < before["wstETH"] * 95 // 100
    allowed = bands(devnet.deployment)
    assert all(abs(off) <= allowed[p] + DUST for p, off in mover.deviations().items())


def test_within_the_band_nobody_trades(devnet: Devnet) -> None:
    """The first price moved by less than any fee: no trade, so no pool moves."""
    mover = devnet.mover()
    step = mover.step(Prices(eth_usd=DevnetParams().eth_usd * Decimal("1.0002")))
    assert step.trades == 0


def test_every_replayed_block_starts_from_the_same_base_fee(devnet: Devnet) -> None:
    mover = devnet.mover()
    for wanted, given in ((DevnetParams().base_fee, None), (3 * 10**9, 3 * 10**9)):
        step = mover.step(base_fee=given)
        block = devnet.rpc.call("eth_getBlockByNumber", hex(step.block), False)
        assert int(block["baseFeePerGas"], 16) == wanted


def test_time_does_not_go_back(devnet: Devnet) -> None:
    mover = devnet.mover()
    block = devnet.rpc.call("eth_blockNumber")
    with pytest.raises(DevnetError, match="cannot go back"):
        mover.step(time=mover.now() - 1)
    past = PricePoint(datetime(2020, 1, 1, tzinfo=UTC), Decimal(100))
    with pytest.raises(DevnetError, match=r"2020-01-01.*before the chain's clock"):
        next(replay(mover, PriceSeries(name="old", points=(past,))))
    assert devnet.rpc.call("eth_blockNumber") == block


def test_only_a_devnets_market_can_be_moved(devnet: Devnet) -> None:
    public = devnet.deployment.model_copy(update={"devnet": None})
    with pytest.raises(DevnetError, match="is not a devnet"):
        MarketMover(devnet.rpc, public)


# ---------------------------------------------------------------- forks
@pytest.mark.fork
def test_a_fork_of_the_devnet_moves_by_itself(devnet: Devnet, tmp_path: Path) -> None:
    before = devnet.mover().usd_prices()
    with fork(devnet.url, log=tmp_path / "fork.log") as node:
        genesis = node.rpc.call("eth_getBlockByNumber", "0x0", False)
        assert genesis["hash"] == devnet.deployment.genesis_hash
        mover = MarketMover(node.rpc, devnet.deployment)
        step = mover.step(Prices(eth_usd=Decimal(2000)), time=mover.now() + DAY)
        assert step.trades > 0
        allowed = bands(devnet.deployment)
        assert all(abs(off) <= allowed[p] + DUST for p, off in mover.deviations().items())
    assert devnet.mover().usd_prices() == before


# ---------------------------------------------------------------- the node
def test_the_node_dies_with_its_parent(tmp_path: Path) -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("only Linux ends a child whose parent was killed")
    program = (
        "import sys, time; from pathlib import Path; from vaultsdk.devnet.node import Anvil\n"
        "node = Anvil.start(log=Path(sys.argv[1])); print(node.url, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path / "anvil.log")], stdout=subprocess.PIPE
    )
    assert parent.stdout is not None
    port = urlparse(parent.stdout.readline().decode().strip()).port
    assert port is not None
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return
        time.sleep(0.05)
    pytest.fail("anvil outlived its parent")


def test_a_node_that_cannot_start_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "anvil.log"
    with pytest.raises(DevnetError, match="anvil ended at once"):
        Anvil.start(replace(NodeOptions(), load_state=tmp_path / "nothing.json"), log=log)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(DevnetError, match=r"port .* is taken"):
            Anvil.start(NodeOptions(port=taken.getsockname()[1]), log=log)
    monkeypatch.setenv("LOTVAULT_ANVIL", str(tmp_path / "no-anvil"))
    with pytest.raises(DevnetError, match="LOTVAULT_ANVIL"):
        find_anvil()
    monkeypatch.delenv("LOTVAULT_ANVIL")
    monkeypatch.setenv("LOTVAULT_NODE_MODULES", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DevnetError, match="anvil is not installed: run `make setup`"):
        find_anvil()


# ---------------------------------------------------------------- the command line
def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner(mix_stderr=False).invoke(devnet_command, [str(a) for a in arguments])
    return result.exit_code, result.stdout, result.stderr


def test_up_status_prices_and_down(tmp_path: Path) -> None:
    file = ("--deployment", tmp_path / "deployment.json")
    places = ("--state-dir", tmp_path / "state", *file)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    try:
        code, out, err = run("up", "--detach", "--port", port, "--json", *places)
        assert (code, err) == (0, "")
        started = json.loads(out)
        assert Deployment.model_validate(started["deployment"]).vault is not None
        assert run("up", "--detach", *places)[0] == 1  # it is running already

        prices = tmp_path / "prices.csv"
        prices.write_text("date,BTC,ETH\n2021-12-01,,4000\n2021-12-04,50000,3000.5\n")
        code, out, err = run("prices", prices, "--column", "ETH", "--interpolate", "--json", *file)
        assert (code, err) == (0, "")
        replayed = json.loads(out)
        assert (replayed["steps"], replayed["last"]) == (4, "2021-12-04T00:00:00Z")

        code, out, err = run("status", "--json", *file)
        assert (code, err) == (0, "")
        shown = json.loads(out)
        assert shown["usd_wad"]["WETH"] == str(3000_500 * 10**15)
        assert shown["rpc"] == f"http://127.0.0.1:{port}"
    finally:
        code, out, err = run("down", "--state-dir", tmp_path / "state")
    assert code == 0
    code, _, err = run("down", "--state-dir", tmp_path / "state")
    assert code == 1
    assert "no devnet is running" in err


def test_ctrl_c_ends_the_node(tmp_path: Path) -> None:
    program = "from vaultsdk.cli.devnet import devnet; devnet()"
    places = ["--state-dir", str(tmp_path), "--deployment", str(tmp_path / "deployment.json")]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    up = subprocess.Popen(
        [sys.executable, "-c", program, "up", "--port", port, *places],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        # A suite that runs in the background ignores interrupts, and so would its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert up.stdout is not None
    for line in up.stdout:
        if line.startswith("deployment file"):
            break
    up.send_signal(signal.SIGINT)
    _, err = up.communicate(timeout=20)
    assert (up.returncode, err) == (0, "stopped\n")
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(port))) != 0
    assert not (tmp_path / "anvil.pid").exists()


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("date,close\n2021-12-01,4000\n2021-12-02,abc\n", "line 3: 'abc' is not a price"),
        ("date,close\n2021-12-02,4000\n2021-12-01,3000\n", "line 3: .* comes after a later time"),
        ("", "is empty"),
    ],
)
def test_a_malformed_price_file_moves_nothing(
    devnet: Devnet, deployment_file: Path, tmp_path: Path, content: str, complaint: str
) -> None:
    file = tmp_path / "prices.csv"
    file.write_text(content)
    block = devnet.rpc.call("eth_blockNumber")
    code, out, err = run("prices", file, "--deployment", deployment_file, "--rpc", devnet.url)
    assert (code, out) == (1, "")
    assert err.count("\n") == 1
    assert re.search(complaint, err)
    assert devnet.rpc.call("eth_blockNumber") == block


def test_a_deployment_file_of_another_chain_is_refused(
    devnet: Devnet, deployment_file: Path, tmp_path: Path
) -> None:
    text = deployment_file.read_text()
    other = tmp_path / "other.json"
    for changed, complaint in (
        (text.replace('"chain_id": 31337', '"chain_id": 1'), "is for chain 1 but the RPC is chain"),
        (
            text.replace(devnet.deployment.genesis_hash, "0x" + "11" * 32),
            "its genesis block differs",
        ),
        ("{", "is not a deployment file"),
    ):
        other.write_text(changed)
        code, _, err = run("status", "--deployment", other, "--rpc", devnet.url)
        assert code == 1
        assert complaint in err
    code, _, err = run("status", "--deployment", tmp_path / "none.json", "--rpc", devnet.url)
    assert code == 1
    assert "no deployment file" in err
