"""A short demo, through the command that people use."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from vaultsdk.cli import main

SERIES = """date,close
2021-11-30,4642.38
2021-12-31,3675.79
2022-01-31,2689.14
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a run of 63 days with 20 depositors leaves behind."""
    where = tmp_path_factory.mktemp("demo")
    prices = where / "closes.csv"
    prices.write_text(SERIES)
    asked = ["demo", "--prices", str(prices), "--depositors", "20", "--folder", str(where)]
    result = CliRunner(mix_stderr=False).invoke(main, [*asked, "--json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == json.loads((where / "demo.json").read_text())
    return where


def test_it_harvests_and_the_numbers_add_up(folder: Path) -> None:
    found = json.loads((folder / "demo.json").read_text())
    totals, harvests = found["totals"], found["harvests"]
    assert totals["days"] == 63
    assert totals["depositors"] == 20
    assert totals["harvests"] == len(harvests) > 0
    assert totals["losses_realised"] == sum(line["loss"] for line in harvests) > 0
    assert totals["lots_harvested"] == sum(line["lots"] for line in harvests)
    assert totals["gas"] == sum(line["gas"] for line in harvests)
    assert totals["tax_value"] == totals["losses_realised"] * 30 // 100
    assert totals["swap_costs"] + totals["gas_usd"] < totals["tax_value"]
    assert found["points"][-1]["losses"] == totals["losses_realised"]
    assert len(found["points"]) == 63


def test_one_depositor_is_told_in_full(folder: Path) -> None:
    found = json.loads((folder / "demo.json").read_text())
    story = found["depositor"]
    assert story["losses_realised"] > 0
    told = " ".join(step for lot in story["lots"] for step in lot["steps"])
    assert "harvest" in told
    assert "old basis" in told


def test_the_picture_and_the_page(folder: Path) -> None:
    assert (folder / "chart.png").read_bytes().startswith(b"\x89PNG")
    page = (folder / "index.html").read_text()
    assert "<svg" in page
    assert "not tax advice" in page


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "empty"),
        ("day,close\n2021-11-30,1\n", "date"),
        ("date,close\n2021-11-30,abc\n", "line 2"),
        ("date,close\n2021-11-30,-5\n", "line 2"),
    ],
)
def test_a_malformed_price_file_is_one_line(tmp_path: Path, text: str, complaint: str) -> None:
    prices = tmp_path / "bad.csv"
    prices.write_text(text)
    result = CliRunner(mix_stderr=False).invoke(
        main, ["demo", "--prices", str(prices), "--folder", str(tmp_path)]
    )
    assert result.exit_code == 1
    assert complaint in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "demo.json").exists()
