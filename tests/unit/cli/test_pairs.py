"""`vaultsdk pairs`: files and options in, a ranking with reasons out, faults in one line."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.unit.harvest.pairs.histories import DAY, START, follower, walk
from tests.unit.market.pools.builders import WAD, A, B, v2
from vaultsdk.cli import main
from vaultsdk.core.pools import PoolSnapshot

DAYS = 200
ETH = walk(DAYS, 1)
COLUMNS = {
    "ETH": ETH,
    "WETH": ETH,
    "rETH": follower(ETH, 2, 0.002),
    "SOL": follower(ETH, 3, 0.03),
}


def table(columns: dict[str, Any]) -> str:
    rows = [f"date,{','.join(columns)}"]
    for i in range(max(map(len, columns.values()))):
        cells = [str(column[i]) if i < len(column) else "" for column in columns.values()]
        rows.append(f"{(START + i * DAY):%Y-%m-%d},{','.join(cells)}")
    return "\n".join(rows) + "\n"


@pytest.fixture
def prices(tmp_path: Path) -> Path:
    path = tmp_path / "prices.csv"
    path.write_text(table(COLUMNS))
    return path


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    last = START + (DAYS - 1) * DAY
    found = PoolSnapshot(
        chain_id=1,
        block_number=7,
        block_hash="0x" + "00" * 32,
        timestamp=int(last.timestamp()) + 3_600,
        pools=(v2(10**6 * WAD, 10**6 * WAD),),
    )
    path = tmp_path / "pools.json"
    path.write_text(found.to_json())
    return path


def run(prices: Path, *options: str) -> Result:
    return CliRunner().invoke(main, ["pairs", "--prices", str(prices), "--asset", "ETH", *options])


def document(prices: Path, *options: str) -> Any:
    result = run(prices, *options, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_ranking(prices: Path) -> None:
    got = document(prices, "--profile", "us-wash", "--fee", "rETH=5", "--fee", "SOL=10")
    assert [one["replacement"] for one in got["ranked"]] == ["rETH", "SOL"]
    first = got["ranked"][0]
    assert first["costs"]["fees"] == 10
    assert first["costs"]["total"] == pytest.approx(10 + first["costs"]["tracking"])
    assert first["why"] and "windows" not in first["measures"]
    (refused,) = got["refused"]
    assert refused["replacement"] == "WETH" and refused["reason"] == "same for wash sales"
    assert "confidence high" in refused["evidence"]["why"]
    assert got == document(prices, "--profile", "us-wash", "--fee", "rETH=5", "--fee", "SOL=10")


def test_how_sure_sameness_must_be(prices: Path) -> None:
    def refused(*options: str) -> set[str]:
        return {one["replacement"] for one in document(prices, *options)["refused"]}

    assert refused("--profile", "us-wash", "--same", "low") == {"WETH", "rETH"}
    assert refused("--profile", "us") == set()
    assert refused() == set()
    assert refused("--profile", "uk") == set()
    assert refused("--profile", "uk", "--same", "medium") == {"WETH"}


def test_the_table_says_why(prices: Path) -> None:
    text = run(prices, "--with", "rETH", "--with", "SOL").output
    assert "1. rETH: tracking" in text and "less than SOL" in text
    assert "no loss rule was asked about" in text


def test_a_rate_is_a_fair_value_or_a_price(prices: Path, tmp_path: Path) -> None:
    rate = tmp_path / "rate.csv"
    rate.write_text(table({"rate": [1.05 * math.exp(1e-4 * i) for i in range(DAYS)]}))
    fair = document(prices, "--with", "rETH", "--rate", f"rETH={rate}")
    assert fair["ranked"][0]["measures"]["basis"]["against"].endswith("rate.csv:rate")
    made = document(
        prices, "--rate", f"wstETH={rate}:rate", "--with", "wstETH", "--carry", "wstETH=300"
    )
    (row,) = made["ranked"]
    assert row["measures"]["basis"] is None and row["costs"]["carry"] == -300
    assert row["measures"]["whole"]["tracking_error"]["value"] < 1e-6
    assert any("promised rate" in note for note in made["notes"])


def test_how_old_a_rate_may_be(prices: Path, tmp_path: Path) -> None:
    rate = tmp_path / "rate.csv"
    rate.write_text("date,rate\n2024-01-01,1\n2024-01-06,1.01\n2024-07-18,1.02\n")
    options = ("--rate", f"wstETH={rate}", "--with", "wstETH")
    result = run(prices, *options)
    assert result.exit_code == 1 and "3 days, 0:00:00 old at 2024-01-04" in result.output
    assert document(prices, *options, "--rate-age", "200")["ranked"]


def test_depth(prices: Path, snapshot: Path) -> None:
    tokens = ("--token", f"ETH={A}:18", "--token", f"rETH={B}:18", "--with", "rETH")
    base = ("--snapshot", str(snapshot), *tokens)
    got = document(prices, *base, "--size", "1000")
    (row,) = got["ranked"]
    assert row["costs"]["fees"] == 60 and row["costs"]["impact"] == pytest.approx(20, rel=0.01)
    assert row["swap"]["out"]["amount_in"] == "1000" and got["size"] == "1000"
    (refused,) = document(prices, *base, "--size", "20000")["refused"]
    assert refused["reason"] == "too little depth"
    # The pool trades at 1, the file says otherwise: the way there is dear, the way back is not.
    gap = document(prices, *base, "--size", "1000", "--mid", "prices", "--max-cost", "50%")
    assert abs(gap["ranked"][0]["swap"]["out"]["gap_bps"]) > 1
    assert abs(gap["ranked"][0]["costs"]["gap"]) < 0.1 * abs(
        gap["ranked"][0]["swap"]["out"]["gap_bps"]
    )
    late = run(prices, *base, "--size", "1", "--mid", "prices", "--to", "2024-05-01")
    assert late.exit_code == 1 and "no price within" in late.output


def test_capitals_make_no_other_asset(prices: Path) -> None:
    got = document(prices, "--asset", "eth", "--with", "reth", "--with", "RETH")
    assert got["asset"] == "ETH" and [one["replacement"] for one in got["ranked"]] == ["rETH"]


def test_windows_and_a_chart(prices: Path, tmp_path: Path) -> None:
    got = document(prices, "--rolling", "--window", "60")
    assert len(got["ranked"][0]["measures"]["windows"]) == DAYS - 60
    for name in ("a.png", "a.svg"):
        path = tmp_path / name
        assert run(prices, "--chart", str(path)).exit_code == 0
        once = path.read_bytes()
        assert run(prices, "--chart", str(path)).exit_code == 0
        assert len(once) > 10_000 and (name == "a.svg" or path.read_bytes() == once)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--asset", "DOGE"), "no column 'DOGE'"),
        (("--with", "DOGE"), "no column 'DOGE'"),
        (("--fee", "DOGE=5"), "--fee DOGE: it is no replacement"),
        (("--fee", "rETH"), "write NAME=VALUE"),
        (("--fee", "rETH=1", "--fee", "rETH=2"), "names rETH twice"),
        (("--size", "1"), "give both --snapshot FILE and --size"),
        (("--identity", "x.toml"), "name one with --profile"),
        (("--profile", "uk", "--days-lost", "100"), "knows no long term"),
        (("--window", "5"), "window of 5"),
        (("--chart", "a.pdf"), "name a .png or .svg"),
        (("--from", "2030-01-01"), "has nothing in that span"),
        (("--rate", "rETH=none.csv"), "cannot read none.csv"),
    ],
)
def test_faults_are_one_line(prices: Path, options: tuple[str, ...], says: str) -> None:
    result = run(prices, *options)
    assert result.exit_code == 1, result.output
    assert says in result.output and result.output.count("\n") == 1


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda rows: rows[:5] + rows[6:], "2 days, 0:00:00 from 2024-01-04"),
        (
            lambda rows: [*rows[:5], rows[4], *rows[5:]],
            "line 6: 2024-01-04T00:00:00+00:00 comes twice",
        ),
        (lambda rows: [*rows[:5], rows[6], rows[5], *rows[7:]], "comes after a later time"),
        (lambda rows: [*rows[:5], "2024-01-05,nan,1,1,1", *rows[6:]], "line 6: the price is nan"),
        (lambda rows: [*rows[:5], "2024-01-05,1,,1,1", *rows[6:]], "no WETH price between"),
        (lambda rows: [*rows[:5], "2024-01-05,1,-1,1,1", *rows[6:]], "the price is -1"),
        (lambda rows: [rows[0].replace("SOL", "rETH"), *rows[1:]], "two columns have one name"),
        (lambda rows: [], "is empty"),
    ],
)
def test_bad_prices_are_named(prices: Path, change: Any, says: str) -> None:
    prices.write_text("\n".join(change(table(COLUMNS).splitlines())))
    result = run(prices)
    assert result.exit_code == 1 and says in result.output, result.output
