"""Deploying a vault on a real node: whole, interrupted anywhere, refused, and tampered with."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from eth_account import Account
from web3.types import RPCEndpoint

from tests.paths import REPOSITORY as ROOT
from vaultsdk.chain.artifacts import load_artifact
from vaultsdk.chain.deploying import (
    DeployError,
    VaultDeployer,
    VerificationError,
    engine,
    read_plan,
)
from vaultsdk.chain.deploying.code import Text, encode
from vaultsdk.chain.deploying.standard_json import compiler, standard_json
from vaultsdk.chain.deployment import load_deployment, save_deployment
from vaultsdk.chain.node import Node
from vaultsdk.chain.signers import LocalSigner
from vaultsdk.cli import main
from vaultsdk.core.deployment import Deployment
from vaultsdk.core.vault_plan import VaultPlan
from vaultsdk.devnet.abi import decode_answer, encode_call
from vaultsdk.devnet.accounts import private_key
from vaultsdk.devnet.launch import Devnet
from vaultsdk.devnet.market import Prices

pytestmark = pytest.mark.anvil

CONFIG = ROOT / "scripts/config/devnet.toml"
DEPLOYER = LocalSigner.from_key(private_key(9))  # an account of the node without any role
STEPS = [
    "timelock",
    "feed:wstETH",
    "adapter:uniswap_v3",
    "adapter:uniswap_v2",
    "vault",
    "lens",
    "eth_gate",
    "policy:conservative",
    "policy:standard",
    "policy:eager",
]


@pytest.fixture
def book(devnet: Devnet, tmp_path: Path) -> Path:
    """The devnet's deployment file, from which the vault's file takes its addresses."""
    path = tmp_path / "book.json"
    save_deployment(devnet.deployment, path)
    return path


@pytest.fixture
def plan(book: Path) -> VaultPlan:
    return read_plan(CONFIG, book)


def deployer(devnet: Devnet, plan: VaultPlan, folder: Path, **options: Any) -> VaultDeployer:
    return VaultDeployer(Node.at(devnet.url), plan, folder, **options)


def nonce(devnet: Devnet, account: str = DEPLOYER.address) -> int:
    return int(devnet.rpc.call("eth_getTransactionCount", account, "latest"), 16)


class Killed(BaseException):
    """Stands for a process that ends: nothing in the engine may catch it."""


def kill_at(work: VaultDeployer, count: int, *, delivered: bool) -> None:
    """Let the process end at its `count`-th sending: just before the node has it, or just after."""
    provider: Any = work.node.w3.provider
    real: Callable[..., Any] = provider.make_request
    seen = 0

    def request(method: RPCEndpoint, params: Any) -> Any:
        nonlocal seen
        if method != "eth_sendRawTransaction":
            return real(method, params)
        seen += 1
        if seen < count:
            return real(method, params)
        if delivered:
            real(method, params)
        raise Killed

    provider.make_request = request


# ---------------------------------------------------------------- all goes well


def test_a_vault_is_deployed_verified_and_written_down(
    devnet: Devnet, plan: VaultPlan, tmp_path: Path
) -> None:
    said: list[str] = []
    done = deployer(devnet, plan, tmp_path, say=said.append).run(DEPLOYER)
    assert list(done.costs) == STEPS and nonce(devnet) == len(STEPS)
    assert all(row.status == "ok" for row in done.rows) and len(done.rows) > 35
    assert done.path == tmp_path / "31337-eth-local.json"
    found = load_deployment(done.path)
    assert found == done.deployment
    # What the devnet set up by itself is the same kind of vault.
    theirs = devnet.deployment
    assert found.quote == theirs.quote and found.dex == theirs.dex
    assert {p.name for p in found.policies} == {p.name for p in theirs.policies}
    assert [p.word_int for p in found.policies[1:]] == [p.policy.word() for p in plan.policies]
    assert [a.symbol for a in found.assets] == [a.symbol for a in theirs.assets]
    assert {p.address for p in found.pools} == {p.address for p in theirs.pools}
    assert found.feeds.keys() == theirs.feeds.keys()
    vault_block = done.costs["vault"].block
    assert found.first_block == vault_block
    # What was spent is what the account lost.
    before = int(devnet.rpc.call("eth_getBalance", DEPLOYER.address, "earliest"), 16)
    now = int(devnet.rpc.call("eth_getBalance", DEPLOYER.address, "latest"), 16)
    assert done.wei == before - now
    assert any(line.startswith("vault at 0x") for line in said)


def test_the_look_before_is_above_what_it_costs(
    devnet: Devnet, plan: VaultPlan, tmp_path: Path
) -> None:
    work = deployer(devnet, plan, tmp_path)
    seen = work.check(DEPLOYER.address)
    assert work.steps == STEPS and nonce(devnet) == 0 and not list(tmp_path.glob("31337*"))
    done = work.run(DEPLOYER)
    assert done.gas_used < seen.gas < 2 * done.gas_used
    assert done.wei < seen.wei


def test_a_second_run_sends_nothing_and_verifies_again(
    devnet: Devnet, plan: VaultPlan, tmp_path: Path
) -> None:
    first = deployer(devnet, plan, tmp_path).run(DEPLOYER)
    second = deployer(devnet, plan, tmp_path).run(DEPLOYER)
    assert nonce(devnet) == len(STEPS)
    assert second.deployment == first.deployment and second.costs == first.costs


def test_what_exists_already_is_taken_and_not_deployed(
    devnet: Devnet, plan: VaultPlan, tmp_path: Path
) -> None:
    first = deployer(devnet, plan, tmp_path).run(DEPLOYER).deployment
    adapters = tuple(
        a.model_copy(update={"address": getattr(first.adapters, a.kind)}) for a in plan.adapters
    )
    timelock = plan.timelock.model_copy(update={"address": first.timelock})
    again = plan.model_copy(update={"name": "two", "adapters": adapters, "timelock": timelock})
    done = deployer(devnet, again, tmp_path).run(DEPLOYER)
    assert not {"timelock", "adapter:uniswap_v3", "adapter:uniswap_v2"} & set(done.costs)
    assert done.deployment.adapters == first.adapters
    assert done.deployment.timelock == first.timelock
    # An adapter over another router is not the one that was meant.
    swapped = tuple(
        a.model_copy(update={"address": adapters[1 - i].address}) for i, a in enumerate(adapters)
    )
    wrong = again.model_copy(update={"name": "three", "adapters": swapped})
    with pytest.raises(VerificationError, match=r"adapter:uniswap_v3, code"):
        deployer(devnet, wrong, tmp_path).run(DEPLOYER)


# ---------------------------------------------------------------- interrupted


def test_killed_around_every_sending_nothing_is_deployed_twice(
    devnet: Devnet, plan: VaultPlan, tmp_path: Path
) -> None:
    """Every run of this one deployment dies at its first sending, by turns just before the node
    has the transaction and just after; so each step is hit both ways."""
    runs = 0
    for _ in STEPS:
        for delivered in (False, True):
            work = deployer(devnet, plan, tmp_path)
            kill_at(work, 1, delivered=delivered)
            with pytest.raises(Killed):
                work.run(DEPLOYER)
            runs += 1
            assert not (tmp_path / "31337-eth-local.json").exists()
    done = deployer(devnet, plan, tmp_path).run(DEPLOYER)
    assert runs == 2 * len(STEPS) and nonce(devnet) == len(STEPS)
    assert list(done.costs) == STEPS
    assert [entry.nonce for entry in done.costs.values()] == list(range(len(STEPS)))
    # The receipt is found again by the hash that was written down before sending.
    assert all(entry.gas_used for entry in done.costs.values())


def test_killed_while_the_progress_file_is_written(
    devnet: Devnet, plan: VaultPlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fsync
    left = 0

    def die(descriptor: int) -> None:
        nonlocal left
        if left == 0:
            raise Killed
        left -= 1
        real(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr("vaultsdk.chain.deploying.journal.os.fsync", die)
        # 12 of the 20 writes: each kind is cut off, before the first file and between the others.
        for writes in (0, 1, 2, 1, 2, 1, 2, 1, 2):
            left = writes
            with pytest.raises(Killed):
                deployer(devnet, plan, tmp_path).run(DEPLOYER)
    done = deployer(devnet, plan, tmp_path).run(DEPLOYER)
    assert list(done.costs) == STEPS and nonce(devnet) == len(STEPS)


def test_another_transaction_that_took_the_nonce_is_noticed(
    devnet: Devnet, plan: VaultPlan, tmp_path: Path
) -> None:
    work = deployer(devnet, plan, tmp_path)
    kill_at(work, 3, delivered=False)
    with pytest.raises(Killed):
        work.run(DEPLOYER)
    # The same account pays somebody: that uses up the nonce meant for the third step.
    assert mined(devnet, {"from": DEPLOYER.address, "to": DEPLOYER.address, "value": "0x1"})
    done = deployer(devnet, plan, tmp_path).run(DEPLOYER)
    assert nonce(devnet) == len(STEPS) + 1
    assert done.costs["adapter:uniswap_v3"].nonce == 3


def test_a_pending_transaction_is_waited_for_and_not_replaced(
    devnet: Devnet, plan: VaultPlan, tmp_path: Path
) -> None:
    devnet.rpc.call("evm_setAutomine", False)
    try:
        for _ in range(2):  # also a second run must leave it alone
            with pytest.raises(DeployError, match="timelock is still pending after 0 s"):
                deployer(devnet, plan, tmp_path, timeout_s=0.1).run(DEPLOYER)
        pool = devnet.rpc.call("txpool_content")["pending"]
        assert [len(by_nonce) for by_nonce in pool.values()] == [1]
        devnet.rpc.call("evm_mine")
    finally:
        devnet.rpc.call("evm_setAutomine", True)
    done = deployer(devnet, plan, tmp_path).run(DEPLOYER)
    assert nonce(devnet) == len(STEPS) and done.costs["timelock"].nonce == 0


def test_a_transaction_that_turns_up_late_is_the_steps_own(
    devnet: Devnet, plan: VaultPlan, tmp_path: Path
) -> None:
    """The node forgets the first sending, so it is sent again with the same nonce; then the first
    one is mined after all. Fees differ between the two, so the second has another hash."""
    devnet.rpc.call("evm_setAutomine", False)
    sent: list[str] = []
    try:
        for _ in range(2):
            work = deployer(devnet, plan, tmp_path)
            provider: Any = work.node.w3.provider
            real = provider.make_request

            def request(method: RPCEndpoint, params: Any, real: Any = real) -> Any:
                if method != "eth_sendRawTransaction":
                    return real(method, params)
                sent.append(params[0])
                answer = real(method, params)
                devnet.rpc.call("anvil_dropTransaction", answer["result"])
                raise Killed

            provider.make_request = request
            with pytest.raises(Killed):
                work.run(DEPLOYER)
            devnet.rpc.call("anvil_setNextBlockBaseFeePerGas", hex(30 * 10**9))
            devnet.rpc.call("evm_mine")
        assert len(set(sent)) == 2
        late = devnet.rpc.call("eth_sendRawTransaction", sent[0])
        devnet.rpc.call("evm_mine")
    finally:
        devnet.rpc.call("evm_setAutomine", True)
    done = deployer(devnet, plan, tmp_path).run(DEPLOYER)
    assert nonce(devnet) == len(STEPS)
    timelock = done.costs["timelock"]
    assert late in timelock.earlier and timelock.tx_hash != late
    receipt = devnet.rpc.call("eth_getTransactionReceipt", late)
    assert timelock.block == int(receipt["blockNumber"], 16)


def test_other_settings_or_another_account_do_not_go_on_with_half_a_vault(
    devnet: Devnet, plan: VaultPlan, tmp_path: Path
) -> None:
    work = deployer(devnet, plan, tmp_path)
    kill_at(work, 2, delivered=True)
    with pytest.raises(Killed):
        work.run(DEPLOYER)
    with pytest.raises(DeployError, match="begun with other settings"):
        deployer(devnet, plan.model_copy(update={"bucket": plan.bucket + 1}), tmp_path).run(
            DEPLOYER
        )
    with pytest.raises(DeployError, match="was begun by"):
        deployer(devnet, plan, tmp_path).run(LocalSigner.from_key(private_key(8)))
    assert nonce(devnet) == 2 and nonce(devnet, LocalSigner.from_key(private_key(8)).address) == 0


def test_a_progress_file_of_another_chain_is_refused(
    devnet: Devnet, plan: VaultPlan, tmp_path: Path
) -> None:
    work = deployer(devnet, plan, tmp_path)
    kill_at(work, 1, delivered=False)
    with pytest.raises(Killed):
        work.run(DEPLOYER)
    content = json.loads(work.progress_path.read_text())
    content["genesis_hash"] = "0x" + "11" * 32
    work.progress_path.write_text(json.dumps(content))
    with pytest.raises(DeployError, match="belongs to another chain"):
        deployer(devnet, plan, tmp_path).run(DEPLOYER)
    work.progress_path.write_text("{")
    with pytest.raises(DeployError, match="cannot be read"):
        deployer(devnet, plan, tmp_path).run(DEPLOYER)
    assert nonce(devnet) == 0


def test_a_process_that_is_killed_goes_on_by_the_same_command(
    devnet: Devnet, book: Path, tmp_path: Path
) -> None:
    """The real thing once: SIGKILL while blocks take a second, then the command again."""
    key = tmp_path / "key"
    key.write_text(private_key(9))
    folder = tmp_path / "deployments"
    command = [sys.executable, "-c", "from vaultsdk.cli import main; main()", "deploy"]
    command += [str(CONFIG), "--deployment", str(book), "--rpc", devnet.url]
    command += ["--key-file", str(key), "--folder", str(folder)]
    devnet.rpc.call("evm_setIntervalMining", 1)
    try:
        process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("adapter:uniswap_v3"):
                process.kill()
                break
        process.wait(timeout=30)
        assert process.returncode == -9 and not (folder / "31337-eth-local.json").exists()
    finally:
        devnet.rpc.call("evm_setIntervalMining", 0)
        devnet.rpc.call("evm_setAutomine", True)
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert nonce(devnet) == len(STEPS)
    assert "checks agree" in run.stdout and "31337-eth-local.json" in run.stdout


# ---------------------------------------------------------------- refused


def command(devnet: Devnet, book: Path, *arguments: str, config: Path = CONFIG) -> Result:
    """`vaultsdk deploy`, keeping its files beside the book."""
    given = ["deploy", str(config), "--deployment", str(book), "--folder", str(book.parent / "out")]
    if "--rpc" not in arguments:
        given += ["--rpc", devnet.url]
    return CliRunner(mix_stderr=False).invoke(main, [*given, *arguments])


def config_with(book: Path, old: str, new: str) -> Path:
    text = CONFIG.read_text()
    assert old in text
    path = book.parent / "vault.toml"
    path.write_text(text.replace(old, new, 1))
    return path


def key_file(folder: Path, key: str) -> str:
    path = folder / "a.key"
    path.write_text(key)
    return str(path)


def refused(result: Result, expected: str, devnet: Devnet, book: Path) -> None:
    """One line, exit code 1, nothing sent, nothing written."""
    errors = [line for line in result.stderr.splitlines() if not line.startswith("warning: ")]
    assert result.exit_code == 1, result.output
    assert len(errors) == 1 and errors[0].startswith("Error: "), result.stderr
    assert expected in errors[0]
    assert nonce(devnet) == 0 and not (book.parent / "out").exists()


def test_bad_input_is_one_line_and_nothing_is_sent(devnet: Devnet, book: Path) -> None:
    mine = ("--key-file", key_file(book.parent, private_key(9)))
    fresh = Account.create()

    refused(command(devnet, book, "--rpc", "http://127.0.0.1:9", *mine), "no", devnet, book)
    refused(command(devnet, book), "name one signer", devnet, book)

    unknown = config_with(book, 'network = "devnet"', 'network = "mainet"')
    result = command(devnet, book, *mine, config=unknown)
    refused(result, "unknown network 'mainet': choose one of mainnet", devnet, book)

    content = json.loads(book.read_text())
    other = book.parent / "other.json"
    other.write_text(json.dumps(content | {"chain_id": 1}))
    result = command(devnet, other, *mine)
    refused(result, "the node is on chain 31337, but eth-local is for chain 1", devnet, book)

    gone = config_with(
        book,
        'token = "USDC"',
        f'token = {{ address = "{fresh.address}", symbol = "USDC", decimals = 6 }}',
    )
    result = command(devnet, book, *mine, config=gone)
    refused(result, f"token USDC: no contract at {fresh.address}", devnet, book)

    weth, usdc = devnet.deployment.asset("WETH").address, devnet.deployment.quote.address
    wrong = config_with(
        book,
        'token = "USDC"',
        f'token = {{ address = "{usdc}", symbol = "DAI", decimals = 6 }}',
    )
    result = command(devnet, book, *mine, config=wrong)
    refused(result, "calls itself 'USDC', not 'DAI'", devnet, book)

    no_feed = config_with(book, 'feed = "rETH/ETH"', f'feed = "{weth}"')
    result = command(devnet, book, *mine, config=no_feed)
    refused(result, f"assets.rETH.rate: the contract at {weth} is no price feed", devnet, book)

    crossed = config_with(book, 'feed = "rETH/ETH"', 'feed = "ETH/USD"')
    result = command(devnet, book, *mine, config=crossed)
    refused(result, "assets.rETH.rate: the answer 4642.38 is outside", devnet, book)

    small = config_with(book, 'bucket = "100 ETH"', 'bucket = "79.9 ETH"')
    result = command(devnet, book, *mine, config=small)
    refused(result, "cannot carry a full cohort of wstETH", devnet, book)

    guardian = ("--key-file", key_file(book.parent, private_key(2)))
    refused(command(devnet, book, *guardian), "also has a role (guardian)", devnet, book)

    poor = ("--key-file", key_file(book.parent, fresh.key.hex()))
    refused(command(devnet, book, *poor), "has 0 ETH, but the deployment may cost", devnet, book)


def test_a_stale_feed_is_noticed_before_anything_is_sent(devnet: Devnet, book: Path) -> None:
    devnet.rpc.call("evm_increaseTime", 2 * 86_400)
    devnet.rpc.call("evm_mine")
    mine = ("--key-file", key_file(book.parent, private_key(9)))
    refused(command(devnet, book, *mine), "base: the feed's answer is 17", devnet, book)


def test_another_vault_of_the_same_name_is_not_written_over(
    devnet: Devnet, plan: VaultPlan, tmp_path: Path
) -> None:
    work = deployer(devnet, plan, tmp_path)
    save_deployment(devnet.deployment, work.path)
    with pytest.raises(DeployError, match="is there already"):
        work.run(DEPLOYER)
    assert nonce(devnet) == 0


def test_check_prints_what_would_be_done(devnet: Devnet, book: Path) -> None:
    result = command(devnet, book, "--check", "--json")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document["steps"] == STEPS
    assert int(document["bucket_needed"]) < int(document["bucket"])
    assert "warning: policies.conservative" in result.stderr
    assert nonce(devnet) == 0 and not (book.parent / "out").exists()


# ---------------------------------------------------------------- verification


def flip(devnet: Devnet, address: str, position: int) -> None:
    """Change one byte of a contract's code."""
    code = bytearray.fromhex(devnet.rpc.call("eth_getCode", address, "latest")[2:])
    code[position] ^= 1
    devnet.rpc.call("anvil_setCode", address, "0x" + code.hex())


@pytest.mark.parametrize("contract", ["vault", "timelock", "lens", "eth_gate"])
def test_a_byte_of_other_code_is_found(
    devnet: Devnet, plan: VaultPlan, tmp_path: Path, contract: str
) -> None:
    done = deployer(devnet, plan, tmp_path).run(DEPLOYER)
    done.path.unlink()
    flip(devnet, getattr(done.deployment, contract), 100)
    with pytest.raises(VerificationError, match=f"{contract}, code") as caught:
        deployer(devnet, plan, tmp_path).run(DEPLOYER)
    assert "code differs from the compiler's at byte 100" in str(caught.value)
    assert not done.path.exists()


def test_an_immutable_that_was_changed_is_found(
    devnet: Devnet, plan: VaultPlan, tmp_path: Path
) -> None:
    done = deployer(devnet, plan, tmp_path).run(DEPLOYER).deployment
    wsteth = done.feeds["wstETH"]
    for address in (done.vault, done.adapters.uniswap_v3, done.eth_gate, wsteth):
        assert address is not None
        flip(devnet, address, -1)
    # LotVault's last immutable is the quote's decimals, the composite's last word is unused.
    flip(devnet, wsteth, load_artifact("CompositeFeed").deployed_size - 200)
    with pytest.raises(VerificationError) as caught:
        deployer(devnet, plan, tmp_path).run(DEPLOYER)
    bad = {row.subject: row.found for row in caught.value.rows if row.status != "ok"}
    assert bad["vault"].startswith("immutable registry.quote_decimals is 0x")
    assert bad["adapter:uniswap_v3"].startswith("immutable router is 0x")
    assert bad["eth_gate"].startswith("immutable weth_asset is 0x")
    assert "immutable MARKETS is" in bad["feed:wstETH"]


def test_a_role_that_nobody_planned_is_found(
    devnet: Devnet, plan: VaultPlan, tmp_path: Path
) -> None:
    done = deployer(devnet, plan, tmp_path).run(DEPLOYER).deployment
    assert done.vault is not None and done.timelock is not None
    # As if the constructor had left the deployer a role: the timelock gives it one.
    as_timelock(devnet, done, encode_call("set_roles(address,uint256)", [DEPLOYER.address, 4]))
    with pytest.raises(VerificationError) as caught:
        deployer(devnet, plan, tmp_path).run(DEPLOYER)
    bad = {row.field for row in caught.value.rows if row.status != "ok"}
    assert bad == {"roles", "roles of the deployer"}


def test_a_setting_that_differs_is_found(devnet: Devnet, plan: VaultPlan, tmp_path: Path) -> None:
    done = deployer(devnet, plan, tmp_path).run(DEPLOYER).deployment
    rogue = devnet.deployment.require_vault()  # any contract will do as an adapter to list
    feed = (done.feeds["rETH"], 86_400, 201, WAD // 2, 4 * WAD)
    for data in (
        encode_call("set_adapter(address,bool)", [rogue, True]),
        encode_call("set_bucket(uint256)", [plan.bucket + 1]),
        encode_call("set_limits(uint256,uint256,uint256)", [1, 1, 1]),
        encode_call("set_feed(uint256,(address,uint256,uint256,uint256,uint256))", [2, feed]),
        encode_call("set_paused(uint256)", [1]),
    ):
        as_timelock(devnet, done, data)
    with pytest.raises(VerificationError) as caught:
        deployer(devnet, plan, tmp_path).run(DEPLOYER)
    bad = {row.field for row in caught.value.rows if row.status != "ok"}
    assert bad == {"adapters", "bucket", "limits of wstETH", "feed of rETH", "config word"}


WAD = 10**18


def as_timelock(devnet: Devnet, deployment: Deployment, data: bytes) -> None:
    """Call the vault as its admin, without proposing and waiting."""
    timelock = deployment.timelock
    devnet.rpc.call("anvil_impersonateAccount", timelock)
    devnet.rpc.call("anvil_setBalance", timelock, hex(WAD))
    transaction = {"from": timelock, "to": deployment.vault, "data": "0x" + data.hex()}
    assert mined(devnet, transaction) == "0x1"


def mined(devnet: Devnet, transaction: dict[str, Any]) -> str:
    """Send it from an unlocked account; the receipt's status, for which anvil takes a moment."""
    sent = devnet.rpc.call("eth_sendTransaction", transaction)
    deadline = time.monotonic() + 10
    while (receipt := devnet.rpc.call("eth_getTransactionReceipt", sent)) is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return str(receipt["status"])


def test_a_feed_that_moves_while_it_is_compared_is_no_difference(
    devnet: Devnet, plan: VaultPlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, looks = engine.look, 0

    def look(*arguments: Any) -> Any:
        nonlocal looks
        seen = real(*arguments)
        looks += 1
        if looks == 2:  # after the feeds are read, before the vault is asked
            devnet.mover().step(Prices(eth_usd=Decimal(4000)))
        return seen

    monkeypatch.setattr(engine, "look", look)
    done = deployer(devnet, plan, tmp_path).run(DEPLOYER)
    assert looks == 3 and all(row.status == "ok" for row in done.rows)


def test_immutables_are_laid_out_as_vyper_does() -> None:
    one, two = (1).to_bytes(32, "big"), (2).to_bytes(32, "big")
    assert encode([(1, 2), (2, 1)]) == two + one + two + two + one
    assert encode((1, "0x02", b"\x01")) == one + two + b"\x01" + bytes(31)
    assert encode(Text("ab")) == two + b"ab" + bytes(30)


# ---------------------------------------------------------------- afterwards


def test_the_timelock_changes_a_setting_after_its_delay(
    devnet: Devnet, plan: VaultPlan, tmp_path: Path
) -> None:
    """The way docs/deploy.md describes; the guardian tightens without waiting."""
    done = deployer(devnet, plan, tmp_path).run(DEPLOYER).deployment
    vault, timelock, rpc = done.require_vault(), done.timelock, devnet.rpc
    assert timelock is not None and done.devnet is not None
    proposer, guardian = done.devnet.accounts["admin"], done.devnet.accounts["guardian"]

    def send(account: str, to: str, data: bytes) -> str:
        call = {"from": account, "to": to, "data": "0x" + data.hex(), "gas": hex(1_000_000)}
        return mined(devnet, call)

    def bucket() -> int:
        (word,) = decode_answer(
            "(uint256)", rpc.eth_call([(vault, encode_call("bucket_word()"))])[0]
        )
        return int(word) >> 160

    change = encode_call("set_bucket(uint256)", [2 * plan.bucket])
    path = tmp_path / "31337-eth-local.json"
    propose, execute = by_the_guide(path, devnet.url, 2 * plan.bucket)
    assert send(guardian, vault, change) == "0x0"
    assert send(proposer, vault, change) == "0x0"
    assert send(proposer, timelock, propose) == "0x1"
    assert send(proposer, timelock, execute) == "0x0"
    rpc.call("evm_increaseTime", 2 * 86_400)
    assert send(proposer, timelock, execute) == "0x1"
    assert bucket() == 2 * plan.bucket
    assert send(guardian, vault, encode_call("set_bucket(uint256)", [WAD])) == "0x1"
    assert bucket() == WAD


def by_the_guide(path: Path, url: str, bucket: int) -> tuple[bytes, bytes]:
    """Run the guide's own lines, with another size of bucket; the two calls that they make."""
    guide = (ROOT / "docs/deploy.md").read_text()
    (code,) = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    assert "200 * 10**18" in code
    run = subprocess.run(
        [sys.executable, "-c", code.replace("200 * 10**18", str(bucket))],
        env={**os.environ, "LOTVAULT_RPC": url, "LOTVAULT_DEPLOYMENT": str(path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    timelock, propose, execute = run.stdout.split()
    assert timelock == load_deployment(path).timelock
    return bytes.fromhex(propose[2:]), bytes.fromhex(execute[2:])


# ---------------------------------------------------------------- for explorers


@pytest.mark.slow
@pytest.mark.parametrize("name", ["LotVault", "UniswapV3Adapter"])
def test_standard_json_compiles_to_what_is_deployed(name: str, tmp_path: Path) -> None:
    artifact = load_artifact(name)
    text = standard_json(artifact, ROOT)
    assert text is not None
    program = compiler()
    assert program is not None
    file = tmp_path / "input.json"
    file.write_text(text)
    run = subprocess.run(
        [program.with_name("vyper-json"), str(file)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    contracts = json.loads(run.stdout)["contracts"]
    made = contracts[artifact.source.removeprefix("contracts/")][name]["evm"]
    assert "0x" + made["bytecode"]["object"].removeprefix("0x") == artifact.bytecode
    assert str(ROOT) not in text


def test_standard_json_of_other_sources_stops_before_anything_is_sent(
    devnet: Devnet, plan: VaultPlan, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    (project / "contracts").mkdir(parents=True)
    for path in (ROOT / "contracts").rglob("*.vy*"):
        copy = project / "contracts" / path.relative_to(ROOT / "contracts")
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(path.read_text())
    feed = project / "contracts/feeds/CompositeFeed.vy"
    feed.write_text(feed.read_text().replace("low != 0 and low <= high", "low <= high"))
    with pytest.raises(DeployError, match=r"CompositeFeed\.vy has changed since its byte code"):
        deployer(devnet, plan, tmp_path / "out", project=project).run(DEPLOYER)
    assert nonce(devnet) == 0
    # Of the timelock there are no sources here; without a project there are none at all.
    assert standard_json(load_artifact("openzeppelin/TimelockController"), ROOT) is None
    assert standard_json(load_artifact("EthGate"), tmp_path) is None


@pytest.mark.slow
def test_standard_json_lies_beside_the_deployment_file(
    devnet: Devnet, plan: VaultPlan, tmp_path: Path
) -> None:
    done = deployer(devnet, plan, tmp_path, project=ROOT).run(DEPLOYER)
    names = {file.name for file in done.standard_json}
    assert names == {
        f"{name}.json"
        for name in (
            "CompositeFeed",
            "UniswapV3Adapter",
            "UniswapV2Adapter",
            "LotVault",
            "LotLens",
            "EthGate",
        )
    }
    assert all(f.parent == tmp_path / "31337-eth-local.standard-json" for f in done.standard_json)
    # A second run takes those that are of the deployed code, and makes the others anew.
    gate = done.standard_json[[f.name for f in done.standard_json].index("EthGate.json")]
    was = gate.read_text()
    gate.write_text(was.replace(json.loads(was)["integrity"], "00" * 32))
    deployer(devnet, plan, tmp_path, project=ROOT).run(DEPLOYER)
    assert gate.read_text() == was


def test_the_packaged_timelock_is_the_npm_packages(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, str(ROOT / "scripts/package_timelock.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
