"""`ape run deploy` as a user types it: on ape's throwaway chain, on a running one, and refused."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.paths import REPOSITORY
from vaultsdk.chain.deployment import load_deployment, save_deployment
from vaultsdk.devnet.accounts import address
from vaultsdk.devnet.launch import Devnet, start_devnet

CONFIG = REPOSITORY / "scripts/config/devnet.toml"
STEPS = 10


def ape_run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The script in a process of its own, as ape keeps its network in process-wide state."""
    command = [
        str(Path(sys.executable).with_name("ape")),
        "run",
        "deploy",
        "--folder",
        str(folder),
        *arguments,
    ]
    # Output in a pipe must not be coloured or wrapped for a terminal.
    return subprocess.run(
        command,
        cwd=REPOSITORY,
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Devnet, Path]]:
    """A devnet that goes on after the script, and its deployment file."""
    folder = tmp_path_factory.mktemp("devnet")
    with start_devnet(state_dir=folder) as devnet:
        path = folder / "deployment.json"
        save_deployment(devnet.deployment, path)
        yield devnet, path


def nonce(devnet: Devnet, account: str) -> int:
    return int(devnet.rpc.call("eth_getTransactionCount", account, "latest"), 16)


def test_a_rehearsal_on_an_empty_chain_of_apes_own(tmp_path: Path) -> None:
    run = ape_run(
        tmp_path,
        *("--network", "ethereum:local:foundry", "--account", "TEST::9"),
        *("--config", str(CONFIG)),
    )
    assert run.returncode == 0, run.stderr
    assert "setting up tokens, feeds and the exchange" in run.stderr
    assert "checks agree" in run.stdout
    made = load_deployment(tmp_path / "31337-eth-local.json")
    assert made.vault is not None and made.vault in run.stdout
    standard = {file.name for file in (tmp_path / "31337-eth-local.standard-json").iterdir()}
    assert {"LotVault.json", "LotLens.json", "EthGate.json"} <= standard


def test_on_a_running_chain_twice(running: tuple[Devnet, Path], tmp_path: Path) -> None:
    devnet, book = running
    arguments = ["--network", f"ethereum:local:{devnet.url}", "--account", "TEST::8"]
    arguments += ["--config", str(CONFIG), "--deployment", str(book), "--json"]
    first = ape_run(tmp_path, *arguments)
    assert first.returncode == 0, first.stderr
    made = load_deployment(tmp_path / "31337-eth-local.json")
    assert made.genesis_hash == devnet.deployment.genesis_hash
    assert devnet.rpc.call("eth_getCode", made.vault, "latest") != "0x"
    assert nonce(devnet, address(8)) == STEPS
    again = ape_run(tmp_path, *arguments)
    assert again.returncode == 0, again.stderr
    assert nonce(devnet, address(8)) == STEPS
    # ape's own log lines come first on stdout.
    documents = [
        run.stdout[run.stdout.index("{") : run.stdout.rindex("}") + 1] for run in (first, again)
    ]
    assert json.loads(documents[0])["deployment"] == json.loads(documents[1])["deployment"]


def test_bad_input_is_one_line_and_sends_nothing(
    running: tuple[Devnet, Path], tmp_path: Path
) -> None:
    devnet, book = running
    local = ["--network", f"ethereum:local:{devnet.url}", "--deployment", str(book)]
    elsewhere = tmp_path / "elsewhere.json"
    content = json.loads(book.read_text())
    elsewhere.write_text(json.dumps(content | {"genesis_hash": "0x" + "22" * 32}))
    mainnet = tmp_path / "mainnet.toml"
    text = (REPOSITORY / "scripts/config/mainnet-eth.toml").read_text()
    for number in range(1, 4):
        text = text.replace("FILL IN", address(number), 1)
    mainnet.write_text(text)

    cases = [
        (
            [*local, "--account", "TEST::7", "--config", str(mainnet)],
            "the node is on chain 31337, but eth is for chain 1",
        ),
        (
            [
                *local,
                "--account",
                "TEST::7",
                "--config",
                str(CONFIG),
                "--deployment",
                str(elsewhere),
            ],
            "is of another local chain",
        ),
    ]
    before = devnet.rpc.call("eth_blockNumber")
    for arguments, expected in cases:
        run = ape_run(tmp_path / "out", *arguments)
        errors = [line for line in run.stderr.splitlines() if line.startswith("Error: ")]
        assert run.returncode == 1, (arguments, run.stdout, run.stderr)
        assert len(errors) == 1 and expected in errors[0], run.stderr
        assert "Traceback" not in run.stderr + run.stdout
    assert devnet.rpc.call("eth_blockNumber") == before and not (tmp_path / "out").exists()
