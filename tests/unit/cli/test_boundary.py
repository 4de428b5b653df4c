"""`vaultsdk harvest boundary` and `vaultsdk policy suggest`: the issue's numbers, bad input in one
line, and a page that shows what they print."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.unit.tax.pages import RUN, filled
from vaultsdk.cli import main
from vaultsdk.core.policy import Bounds, Policy

PAGE = Path(__file__).resolve().parents[3] / "docs" / "boundary.md"
EXAMPLE = "--tau-now .37 --tau-later .37 --k .003 --r .05 --lam .2 --mu .05 --sigma .7"


def run(command: str) -> Result:
    return CliRunner(mix_stderr=False).invoke(main, command.split())


def document(command: str) -> dict[str, Any]:
    result = run(f"{command} --json")
    assert result.exit_code == 0, result.stderr
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_the_issue_s_example() -> None:
    found = document(f"harvest boundary {EXAMPLE}")
    assert found["z_star"] == pytest.approx(0.714446, abs=5e-7)
    assert found["loss_threshold"] == 1 - found["z_star"]
    assert found["break_even"] == pytest.approx(0.961039, abs=5e-7)
    assert found["value"] == pytest.approx(0.034793, abs=5e-7)
    assert list(found["share"]) == ["1%", "5%", "10%", "20%", "30%"]
    assert found["share"]["10%"] == pytest.approx(0.771, abs=5e-4)
    assert found["share"]["1%"] < 0


def test_percentages_are_shares() -> None:
    shares = document(f"harvest boundary {EXAMPLE}")
    percent = "--tau-now 37% --tau-later 37% --k 0.3% --r 5% --lam .2 --mu 5% --volatility 70%"
    assert document(f"harvest boundary {percent}")["z_star"] == pytest.approx(shares["z_star"])


def test_all_of_it_at_once() -> None:
    found = document(
        f"harvest boundary {EXAMPLE} --gas 20 --size 10000 --horizon 2 --year-end 0.5 "
        "--tau-next 20% --simulate 2000 --seed 3"
    )
    assert found["gas"]["fixed_cost"] == 0.002
    assert found["gas"]["z_star"] < found["z_star"]
    assert found["finite"]["terms"]["tau_next"] == 0.2
    times = [point["time"] for point in found["finite"]["points"]]
    assert times[0] == 0 and times[-1] == 2 and 0.5 in times
    assert found["simulation"]["low"] < found["value"] < found["simulation"]["high"]
    tables = run(f"harvest boundary {EXAMPLE} --horizon 2 --year-end 0.5 --simulate 100")
    assert "0.500" in tables.stdout and "antithetic pairs" in tables.stdout


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("--tau-later 1", "Never harvest: a <= 0"),
        ("--k 0", "Harvesting is free (k = 0)"),
        ("--sigma 0", "Nothing to harvest"),
        ("--gas 900 --size 10000", "no loss of a lot of this size pays for it"),
    ],
)
def test_where_there_is_no_boundary_it_says_so(options: str, words: str) -> None:
    result = run(f"harvest boundary {EXAMPLE} {options}")
    assert result.exit_code == 0 and words in result.stdout


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("--sigma -0.7", "sigma is -0.7: give a volatility a year, at least 0"),
        ("--tau-now 1.37", "tau_now is 1.37: give a tax rate between 0 and 1"),
        ("--r -1", "r is -1: give a rate a year between 0 and 1"),
        ("--mu nan", "mu is nan: give a rate of growth"),
        ("--lam inf", "lam is inf: give liquidations a year"),
        ("--r 0 --lam 0", "r and lam are both 0"),
        ("--gas 5", "give both --gas and --size"),
        ("--gas 5 --size 0", "the size above 0"),
        ("--gas nan --size 5", "give USD"),
        ("--year-end 0.5", "give --horizon YEARS too"),
        ("--tau-later 1 --simulate 100", "there is no threshold to simulate"),
        ("--simulate 1", "simulate at least 2"),
        ("--chart x.pdf", "name a .png or .svg file"),
    ],
)
def test_bad_input_is_one_line(options: str, words: str) -> None:
    result = run(f"harvest boundary {EXAMPLE} {options}")
    assert result.exit_code == 1 and result.stdout == ""
    assert words in result.stderr and result.stderr.count("\n") == 1


def test_what_is_no_number_is_wrong_usage() -> None:
    result = run("harvest boundary --k cheap --sigma .7")
    assert result.exit_code == 2 and "'cheap' is not a number" in result.stderr


@pytest.mark.parametrize("extra", ["", "--k 0", "--tau-later 1", "--sigma 0"])
@pytest.mark.parametrize("form", ["png", "svg"])
def test_the_chart(tmp_path: Path, form: str, extra: str) -> None:
    files = [tmp_path / f"{name}.{form}" for name in "ab"]
    for file in files:
        result = run(f"harvest boundary {EXAMPLE} {extra} --chart {file}")
        assert result.exit_code == 0, result.stderr
    one, two = (file.read_bytes() for file in files)
    assert one.startswith(b"\x89PNG" if form == "png" else b"<?xml")
    if form == "png":
        assert one == two


def test_a_chart_without_matplotlib(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    result = run(f"harvest boundary {EXAMPLE} --chart {tmp_path / 'x.png'}")
    assert result.exit_code == 1 and "vaultsdk[chart]" in result.stderr


# ---------------------------------------------------------------- policy suggest
def test_a_suggestion_is_a_policy_and_a_command_that_makes_it() -> None:
    found = document("policy suggest --volatility 0.7 --k 0.003")
    fields = ("min_loss", "max_cost", "max_slippage", "max_fee", "min_hold_days", "tax_value")
    policy = Policy(mask=1, **{name: found[name] for name in fields})
    policy.check(Bounds(max_cost=5_000, max_slippage=400, max_fee=100), 1)
    assert found["min_loss"] == 2_819
    words = found["command"].split()
    assert words[:4] == ["policy", "create", "--into", "ASSET"]
    # Nothing in the command is refused before the deployment file is looked for.
    result = CliRunner(mix_stderr=False).invoke(main, [*words, "--deployment", "none.json"])
    assert result.exit_code == 1 and "none.json" in result.stderr


def test_a_volatility_from_prices(tmp_path: Path) -> None:
    rows = [f"2024-{1 + i // 28:02d}-{1 + i % 28:02d},{100 + 5 * (i % 2)}" for i in range(336)]
    file = tmp_path / "prices.csv"
    file.write_text("date,ETH\n" + "\n".join(rows) + "\n")
    found = document(f"policy suggest --prices {file} --column ETH --k 0.3%")
    assert found["volatility"]["returns"] == 335
    assert found["inputs"]["sigma"] == found["volatility"]["sigma"]
    assert len(found["by_volatility"]) == 2
    shown = run(f"policy suggest --prices {file} --k 0.3%").stdout
    assert "95 % confidence" in shown


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("", "give the volatility once"),
        ("--volatility 0.7 --prices x.csv", "give the volatility once"),
        ("--volatility 0.7 --column ETH", "give --prices FILE too"),
        ("--prices none.csv", "no price file at none.csv"),
        ("--volatility -1", "sigma is -1"),
        ("--volatility 0.7 --dev-out 9%", "choose a pair with closer feeds"),
    ],
)
def test_a_suggestion_that_cannot_be(options: str, words: str) -> None:
    result = run(f"policy suggest --k 0.003 {options}")
    assert result.exit_code == 1 and words in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (["2024-01-01,100", "2024-01-01,101"], "comes twice"),
        (["2024-01-02,100", "2024-01-01,101"], "comes after a later time"),
        (["2024-01-01,100", "2024-01-02,nan"], "must be above 0"),
        (["2024-01-01,100", "2024-01-02,-1"], "must be above 0"),
    ],
)
def test_a_price_file_with_a_fault_is_named_by_line(
    tmp_path: Path, rows: list[str], words: str
) -> None:
    file = tmp_path / "prices.csv"
    file.write_text("date,close\n" + "\n".join(rows) + "\n")
    result = run(f"policy suggest --k 0.003 --prices {file}")
    assert result.exit_code == 1 and words in result.stderr and "line 3" in result.stderr


def test_where_nothing_pays_it_says_hold() -> None:
    found = document("policy suggest --k 0.003 --volatility 0.7 --tau-later 1")
    assert found["hold"] is True and "command" not in found
    assert "Policy 0 (hold)" in run("policy suggest --k .003 --volatility .7 --tau-later 1").stdout


# ---------------------------------------------------------------- the page
def test_the_page_shows_what_its_commands_print() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert len(RUN.findall(text)) >= 4
    assert text == filled(text), "run: python tests/unit/cli/test_boundary.py"


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
