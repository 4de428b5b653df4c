"""`vaultsdk backtest`: documents, tables, a page that is the same twice, and what is refused."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from vaultsdk.cli import main


@pytest.fixture(scope="module")
def prices(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three years that fall, rise and fall again, a price a day."""
    from datetime import date, timedelta

    lines = ["date,close"]
    for i in range(1_100):
        price = 1_000 * 0.997 ** min(i, 400) * 1.004 ** max(0, min(i - 400, 400))
        price *= 0.998 ** max(0, i - 800)
        lines.append(f"{date(2018, 1, 1) + timedelta(days=i)},{price:.6f}")
    path = tmp_path_factory.mktemp("prices") / "eth.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["backtest", *map(str, arguments)])


def test_a_document(prices: Path) -> None:
    result = call("--prices", prices, "--lots", "5", "--gas-gwei", "20", "--json")
    assert result.exit_code == 0, result.output
    document = json.loads(result.output)
    assert document["history"]["steps"] == 1_100 and document["gas"] == "20 gwei throughout"
    assert len(document["starts"]) == 5
    never, best = document["policies"]["never"], document["policies"]["fixed:20%"]
    assert never["gain"]["mean"] == 0 and not never["events"]
    assert best["gain"]["mean"] > 0 and best["loss"]["mean"] > 0.2
    assert best["gain"]["mean"] == pytest.approx(sum(best["gains"]) / 5)
    # Money is exact text, and adds up to what the shares say.
    losses = sum(Decimal(event["loss"]) for event in best["events"])
    assert float(losses) / 50_000 == pytest.approx(best["loss"]["mean"])


def test_a_table(prices: Path) -> None:
    result = call("--prices", prices, "--lots", "3", "--policy", "never", "--policy", "fixed:20%")
    assert result.exit_code == 0, result.output
    assert "fixed:20%" in result.output and "optimal" not in result.output
    assert "1,100 prices, 2018-01-01 to 2021-01-04, none missing; 3 lots; gas: none." in (
        result.output
    )


def test_a_page_is_the_same_twice(prices: Path, tmp_path: Path) -> None:
    pages = []
    for folder in ("a", "b"):
        html = tmp_path / folder / "backtest.html"
        result = call("--prices", prices, "--lots", "4", "--html", html)
        assert result.exit_code == 0, result.output
        pages.append((html.read_bytes(), html.with_suffix(".json").read_bytes()))
    assert pages[0] == pages[1]
    assert pages[0][0].count(b"<svg") == 2 and b"year-end" in pages[0][0]
    assert json.loads(pages[0][1])["policies"]


def test_a_sweep(prices: Path) -> None:
    result = call(
        *("--prices", prices, "--lots", "3", "--policy", "fixed:20%", "--policy", "optimal"),
        *("--sweep", "swap-fee=0,1%", "--sweep", "hold_days=1,31", "--processes", "1", "--json"),
    )
    assert result.exit_code == 0, result.output
    sets = json.loads(result.output)["sets"]
    assert [(one["policy"], one["swap_fee"], one["hold_days"]) for one in sets] == [
        (policy, fee, hold)
        for policy in ("fixed:20%", "optimal")
        for fee in (0.0, 0.01)
        for hold in (1, 31)
    ]
    assert sets[0]["summary"]["gain"]["mean"] > sets[2]["summary"]["gain"]["mean"]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--policy", "sometimes"], "no policy 'sometimes'"),
        (["--policy", "never", "--policy", "never"], "asked for twice"),
        (["--tau-now", "120%"], "tau_now is 1.2"),
        (["--lots", "0"], "0 lots"),
        (["--horizon", "9"], "too short"),
        (["--gas-gwei", "-1"], "--gas-gwei -1"),
        (["--gas", "nowhere.csv"], "cannot read nowhere.csv"),
        (["--gas", "nowhere.csv", "--gas-gwei", "1"], "once"),
        (["--html", "page.json"], "name a .html file"),
        (["--html", "page.html", "--sweep", "r=0,1%"], "leave out --sweep"),
        (["--sweep", "r"], "--sweep r: write a term and its values"),
        (["--sweep", "r=x"], "--sweep r=x"),
        (["--sweep", "tau=0.1"], "nothing is called 'tau'"),
        (["--sweep", "size=1.5"], "takes whole numbers"),
        (["--sweep", "gate=0"], "run twice instead"),
    ],
)
def test_refused(prices: Path, arguments: list[str], complaint: str) -> None:
    result = call("--prices", prices, *arguments)
    assert result.exit_code == 1, result.output
    assert complaint in result.output and result.output.count("\n") == 1


def test_a_gap_is_named(prices: Path, tmp_path: Path) -> None:
    lines = prices.read_text().splitlines()
    short = tmp_path / "short.csv"
    short.write_text("\n".join(lines[:50] + lines[52:]) + "\n")
    result = call("--prices", short)
    assert result.exit_code == 1 and "2 days missing between 2018-02-18" in result.output
    result = call("--prices", short, "--max-gap", "48", "--lots", "2")
    assert result.exit_code == 0 and "2 missing and left out" in result.output
