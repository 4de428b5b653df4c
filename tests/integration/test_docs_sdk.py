"""The examples of docs/sdk.md run as written, one after another, and so do the commands of
docs/cli.md; only the node's address is this test's own."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.integration.life import world
from vaultsdk.chain.deployment import DEVNET_FILE, save_deployment
from vaultsdk.cli import main
from vaultsdk.devnet.launch import Devnet

pytestmark = pytest.mark.anvil

DOCS = Path(__file__).resolve().parents[2] / "docs"
NODE = "http://127.0.0.1:8545"


@pytest.fixture
def at_home(devnet: Devnet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Devnet:
    """A folder with the devnet's deployment file where `devnet up` puts it."""
    save_deployment(devnet.deployment, tmp_path / DEVNET_FILE)
    monkeypatch.chdir(tmp_path)
    return devnet


def blocks(page: str, language: str) -> list[str]:
    text = (DOCS / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def test_the_sdk_page_runs(at_home: Devnet) -> None:
    world(at_home)  # gives depositor_0 tokens, as the page assumes
    found = blocks("sdk.md", "python")
    assert len(found) >= 7
    names: dict[str, Any] = {}
    for number, block in enumerate(found):
        code = compile(block.replace(NODE, at_home.url), f"docs/sdk.md block {number}", "exec")
        exec(code, names)


def test_the_cli_pages_day_runs(at_home: Devnet) -> None:
    (day,) = blocks("cli.md", "console")
    lines = [line.removeprefix("$ ") for line in day.splitlines()]
    commands = [line for line in lines if line.startswith("vaultsdk ")]
    assert len(commands) >= 10
    for line in commands:
        if line.startswith("vaultsdk devnet up"):
            continue  # it is up
        result = CliRunner().invoke(main, shlex.split(line)[1:], env={"LOTVAULT_RPC": at_home.url})
        assert result.exit_code == 0, f"{line}\n{result.output}"
