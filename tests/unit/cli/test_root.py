"""The root command: fast help, commands that import when used, errors in one line."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib import import_module

import click
import pytest
from click.testing import CliRunner
from requests.exceptions import ConnectTimeout

from vaultsdk.cli import COMMANDS, main
from vaultsdk.cli.failures import Failure, LotvaultGroup, failure_of
from vaultsdk.cli.values import BPS, DATE, LOT_PART, LotPart, age_text, less
from vaultsdk.core.errors import LotvaultError


def test_help_needs_no_web3() -> None:
    """In a process of its own: this one has imported everything already."""
    script = (
        "import sys\n"
        "from click.testing import CliRunner\n"
        "from vaultsdk.cli import main\n"
        "assert CliRunner().invoke(main, ['--help']).exit_code == 0\n"
        "print(sorted({'web3', 'pydantic', 'eth_account', 'rich'} & sys.modules.keys()))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    heavy = set(ast.literal_eval(done.stdout))
    assert "web3" not in heavy and "eth_account" not in heavy


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str) -> None:
    result = CliRunner().invoke(main, [name, "--help"])
    assert result.exit_code == 0, result.output
    assert result.output.startswith(f"Usage: vaultsdk {name}")
    entry = COMMANDS[name]
    assert isinstance(
        getattr(import_module(f"vaultsdk.cli.{entry.module}"), entry.attribute), click.Command
    )


def test_a_command_that_is_not_installed_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(COMMANDS, "later", COMMANDS["lots"]._replace(module="not_written_yet"))
    assert "later" not in CliRunner().invoke(main, ["--help"]).output
    result = CliRunner().invoke(main, ["later"])
    assert result.exit_code == 2 and "No such command" in result.output


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (LotvaultError("too\n  much"), "too much"),
        (ConnectTimeout(), "the node does not answer (ConnectTimeout)"),
        (TimeoutError(), "the node does not answer (TimeoutError)"),
        (PermissionError(13, "Permission denied", "x.json"), "cannot use file x.json"),
        (KeyError("what"), "unexpected KeyError: 'what'"),
        (ZeroDivisionError(), "unexpected ZeroDivisionError: no message"),
    ],
)
def test_any_error_becomes_one_line(error: Exception, line: str) -> None:
    assert line in failure_of(error).message

    @click.group(cls=LotvaultGroup)
    def root() -> None:
        """Stands for the real root."""

    @root.group(cls=LotvaultGroup)
    def inner() -> None:
        """Groups nest."""

    @inner.command()
    def fail() -> None:
        """Fails as told."""
        raise error

    result = CliRunner().invoke(root, ["inner", "fail"])
    assert result.exit_code == 1
    assert result.output.startswith("Error: ") and result.output.count("\n") == 1


def test_a_failure_is_one_line() -> None:
    assert Failure("a\nb   c").message == "a b c"


# ---------------------------------------------------------------- values
@pytest.mark.parametrize(
    ("text", "bps"), [("5%", 500), ("0.5 %", 50), ("500", 500), ("0", 0), ("0.01%", 1)]
)
def test_shares(text: str, bps: int) -> None:
    assert BPS.convert(text, None, None) == bps


@pytest.mark.parametrize("text", ["", "five", "0.001%", "1.5", "-1", "NaN", "Infinity", "5%%"])
def test_what_is_no_share(text: str) -> None:
    with pytest.raises(click.BadParameter):
        BPS.convert(text, None, None)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2021-11-29", 1_638_144_000),
        ("2021-11-29T01:00", 1_638_147_600),
        ("2021-11-29T01:00+01:00", 1_638_144_000),
        ("1638144000", 1_638_144_000),
    ],
)
def test_dates_are_utc(text: str, seconds: int) -> None:
    assert DATE.convert(text, None, None) == seconds


@pytest.mark.parametrize("text", ["", "29.11.2021", "2021-13-01", "5"])
def test_what_is_no_date(text: str) -> None:
    with pytest.raises(click.BadParameter):
        DATE.convert(text, None, None)


def test_lots_with_amounts() -> None:
    assert LOT_PART.convert("3", None, None) == LotPart(3)
    assert LOT_PART.convert("3:1.5", None, None) == LotPart(3, "1.5")
    for wrong in ("", "x", "3:", ":1", "-1", "3 4"):
        with pytest.raises(click.BadParameter):
            LOT_PART.convert(wrong, None, None)


def test_ages_and_shares_of_amounts() -> None:
    ages = {0: "0 s", 119: "119 s", 120: "2 min", 7_199: "119 min", 7_200: "2 h", 172_800: "2 d"}
    assert {seconds: age_text(seconds) for seconds in ages} == ages
    assert (less(1_000, 50), less(999, 1), less(5, 20_000)) == (995, 998, 0)
