"""The commands and programs of the README and of the guides run as written, page by page.

A block of commands is ```` ```console ````, its lines begin with `$ `. One that cannot run here
says why in the line before: `<!-- not run: … -->`. docs/cli.md, docs/sdk.md and docs/deploy.md have
tests of their own. `vaultsdk` runs in this process, because fifteen starts of Python would take
longer than all the rest; every other command runs in a shell.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from vaultsdk.chain.deployment import DEVNET_FILE, save_deployment
from vaultsdk.cli import main
from vaultsdk.devnet.launch import Devnet

pytestmark = pytest.mark.anvil

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
NOT_RUN = "<!-- not run: "


def blocks(page: Path, language: str) -> list[str]:
    """The page's code in a language, without what is marked as not run."""
    text = page.read_text(encoding="utf-8")
    found = re.findall(
        rf"(?:^({NOT_RUN}\S.*-->)\n)?^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL
    )
    return [code for mark, code in found if not mark]


class Shell:
    """A checkout's folder as a reader has it, with a devnet's deployment file in its place."""

    def __init__(self, folder: Path, devnet: Devnet) -> None:
        self.folder = folder
        self.env = {
            **os.environ,
            "LOTVAULT_RPC": devnet.url,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }
        (folder / "scripts").symlink_to(ROOT / "scripts")
        save_deployment(devnet.deployment, folder / DEVNET_FILE)

    def run(self, line: str) -> str:
        """What a command prints on stdout; it must succeed."""
        if line.startswith("vaultsdk "):
            arguments = shlex.split(line, comments=True)[1:]
            result = CliRunner(mix_stderr=False).invoke(main, arguments, env=self.env)
            assert result.exit_code == 0, f"{line}\n{result.stdout}\n{result.stderr}"
            return result.stdout
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", line],
            cwd=self.folder,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def run_page(self, page: Path, at_least: int) -> dict[str, str]:
        """Every command of a page with what it printed."""
        lines = [line for block in blocks(page, "console") for line in block.splitlines()]
        assert len(lines) >= at_least
        assert not [line for line in lines if not line.startswith("$ ")]
        return {line: self.run(line.removeprefix("$ ")) for line in lines}


@pytest.fixture
def shell(devnet: Devnet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(tmp_path)
    return Shell(tmp_path, devnet)


def test_the_readme_runs(shell: Shell) -> None:
    printed = shell.run_page(ROOT / "README.md", at_least=12)
    # What the text around the commands promises.
    (history,) = (text for line, text in printed.items() if "--history" in line)
    assert "loss" in history
    assert list(Path("deployments").glob("*.json"))

    # The program reads what the command reads.
    (program,) = blocks(ROOT / "README.md", "js")
    Path("lots.mjs").write_text(program, encoding="utf-8")
    shown = shell.run("node lots.mjs")
    lots = json.loads(shell.run("vaultsdk lots depositor_0 --json"))["lots"]
    assert len(lots) == 2
    for lot in lots:
        units = lot["units"].replace(".", "").lstrip("0")
        assert f"lot: {lot['lot']}," in shown
        assert f"asset: '{lot['symbol']}'" in shown
        assert re.search(rf"units: {units}0*n", shown), (units, shown)


def test_the_keepers_page_runs(shell: Shell) -> None:
    # The page asks about a cohort of the chain's first day, which somebody must have opened.
    shell.run("vaultsdk deposit WETH 2 --wrap --policy eager --account depositor_0")
    printed = shell.run_page(DOCS / "keeper.md", at_least=3)
    (why,) = (text for line, text in printed.items() if " why " in line)
    assert "0:3:9211:18960:0" in why


def test_the_devnets_page_runs(shell: Shell) -> None:
    Path("closes.csv").write_text("date,close\n2021-12-01,4600\n2021-12-31,3676\n")
    printed = shell.run_page(DOCS / "devnet.md", at_least=2)
    assert any("31 steps" in text for text in printed.values())
    (program,) = blocks(DOCS / "devnet.md", "python")
    shell.run(f"python -c {shlex.quote(program)}")


def test_the_networks_page_runs(shell: Shell) -> None:
    printed = shell.run_page(DOCS / "networks.md", at_least=2)
    assert all("base" in line or "mainnet" in text for line, text in printed.items())
    # Its own network is a file that the command takes.
    (file,) = blocks(DOCS / "networks.md", "toml")
    Path("mine.toml").write_text(file, encoding="utf-8")
    assert "WETH" in shell.run("vaultsdk networks show my-network --file mine.toml")


def test_a_block_that_is_marked_is_left_out(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"{NOT_RUN}why -->\n```console\n$ a\n```\n\n```console\n$ b\n```\n")
    assert blocks(page, "console") == ["$ b\n"]
