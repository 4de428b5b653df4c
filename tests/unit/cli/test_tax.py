"""`vaultsdk tax`: what the commands print of small ledgers, and that a ledger with faults gives
every fault on a line, and nothing else."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from vaultsdk.cli import main
from vaultsdk.cli.common import Output, table
from vaultsdk.cli.tax import tax
from vaultsdk.cli.tax.shown import add, brief, money, units
from vaultsdk.tax.compute import compute
from vaultsdk.tax.document import document
from vaultsdk.tax.ledger.parse import parse_ledger
from vaultsdk.tax.profiles import PROFILES, profile
from vaultsdk.tax.reports import report_for
from vaultsdk.tax.reports.render import json_of

Run = Callable[..., Result]

LEDGER = """\
id,time,type,asset,quantity,total,fee,wallet
b1,2023-01-10,buy,ETH,2,2400,10,main
b2,2024-03-01,buy,ETH,1.5,5100,5,main
s1,2024-06-01,sell,ETH,1,3700,7,main
s2,2025-02-03,sell,ETH,2.000000000000000001,5000,7,main
b3,2025-02-10,buy,ETH,1,2600,7,main
i1,2025-03-10,income,[red]X,7,14,,main
"""
FAULTY = """\
id,time,type,asset,quantity,total
b1,2023-01-10,buy,ETH,2x,2400
b2,2024-03-01,buy,BTC,1.5,5100
s1,2024-06-01,sell,ETH,1,3700
s2,2024-02-30,sell,BTC,1,5000
b3,2024-05-01,buy,SOL,3,300
s3,2024-06-02,sell,SOL,4,500
"""
FX = """\
date,from,to,rate
2023-01-10,USD,GBP,0.82
2024-03-01,USD,GBP,0.79
2024-06-01,USD,GBP,0.785
2025-02-03,USD,GBP,0.805
2025-02-10,USD,GBP,0.81
2025-03-10,USD,GBP,0.775
"""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a tax command on LEDGER, or on another text."""
    number = 0

    def invoke(*arguments: str, ledger: str | None = LEDGER, stdin: str | None = None) -> Result:
        nonlocal number
        given: list[str] = []
        if ledger is not None:
            number += 1
            file = tmp_path / f"ledger{number}.csv"
            file.write_text(ledger, encoding="utf-8")
            given = ["--ledger", str(file)]
        return CliRunner(mix_stderr=False).invoke(main, ["tax", *arguments, *given], input=stdin)

    return invoke


def good(result: Result) -> Result:
    assert result.exit_code == 0, result.stderr
    return result


def made(result: Result) -> Any:
    """Stdout as the one JSON document it must be."""
    return json.loads(good(result).stdout)


def refused(result: Result, *parts: str) -> None:
    """One line on stderr that says all of this, and nothing on stdout."""
    assert result.exit_code == 1 and result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("Error: ")
    for part in parts:
        assert part in line


# ---------------------------------------------------------------- help
@pytest.mark.parametrize("name", sorted(tax.commands))
def test_every_command_has_help(name: str) -> None:
    result = CliRunner().invoke(main, ["tax", name, "--help"])
    assert result.exit_code == 0
    assert result.output.startswith(f"Usage: vaultsdk tax {name}")


def test_the_group_says_what_a_ledger_is_and_that_it_is_no_advice() -> None:
    text = " ".join(CliRunner().invoke(main, ["tax", "--help"]).output.split())
    assert "not tax advice" in text and "id, time, type, asset, quantity" in text


# ---------------------------------------------------------------- compute
@pytest.mark.parametrize("name", PROFILES)
def test_the_json_is_the_engines_result_exactly(run: Run, tmp_path: Path, name: str) -> None:
    rules = profile(name)
    expected = document(compute(parse_ledger(LEDGER, report_currency=rules.currency), rules))
    file = tmp_path / "sub" / "result.json"
    result = good(run("compute", "--profile", name, "--json", "--out", str(file)))
    assert result.stdout == json.dumps(expected, indent=2) + "\n"
    assert file.read_text(encoding="utf-8") == result.stdout
    assert result.stderr == ""


def test_the_table_has_disposals_years_lots_and_names_as_they_are(run: Run) -> None:
    text = good(run("compute", "--profile", "us", "--method", "hifo")).stdout
    assert "Disposals under us, hifo, USD" in text
    assert "2025" in text and "Open lots, together" in text
    assert "[red]X" in text  # not read as the terminal's markup
    assert "--json has every number exactly" in text


def test_a_long_table_shows_the_last_rows_and_says_how_many_there_are(run: Run) -> None:
    rows = [f"s{n},2024-01-02T00:00:{n:02},sell,ETH,1,{n}" for n in range(45)]
    ledger = "\n".join(["id,time,type,asset,quantity,total", "b,2024-01-01,buy,ETH,99,99", *rows])
    text = good(run("compute", "--profile", "us", ledger=ledger)).stdout
    assert "the last 40 of 45 parts" in text
    assert "s44" in text and "s4 " not in text
    assert len(made(run("compute", "--profile", "us", "--json", ledger=ledger))["disposals"]) == 45


def test_as_of_method_scope_and_sameness_reach_the_engine(run: Run) -> None:
    ask = ("--method", "lifo", "--scope", "wallet", "--as-of", "2024-12-31")
    found = made(run("compute", "--profile", "us", *ask, "--json"))
    assert (found["method"], found["scope"], found["as_of"]) == ("lifo", "wallet", "2024-12-31")
    assert [one["event"] for one in found["disposals"]] == ["s1"]

    ledger = (
        "id,time,type,asset,quantity,total\nb1,2024-01-01,buy,stETH,1,100\n"
        "s1,2024-02-01,sell,stETH,1,60\nb2,2024-02-02,buy,wstETH,1,70\n"
    )
    wash = ("compute", "--profile", "us-wash", "--json")
    (sure,) = made(run(*wash, ledger=ledger))["disposals"]
    (wide,) = made(run(*wash, "--same", "medium", ledger=ledger))["disposals"]
    assert (sure["disallowed"], wide["disallowed"]) == ("0", "40")


def test_an_identity_file_takes_the_place_of_the_packages_own(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "same.toml"
    file.write_text(
        'version = "1"\n[[class]]\nname = "x"\nassets = ["A", "B"]\nrules = ["us-wash"]\n'
        'confidence = "high"\nwhy = "said so"\n',
        encoding="utf-8",
    )
    ledger = (
        "id,time,type,asset,quantity,total\nb1,2024-01-01,buy,A,1,100\n"
        "s1,2024-02-01,sell,A,1,60\nb2,2024-02-02,buy,B,1,70\n"
    )
    ask = ("compute", "--profile", "us-wash", "--json", "--identity", str(file))
    assert made(run(*ask, ledger=ledger))["disposals"][0]["disallowed"] == "40"
    file.write_text("version = 1 2", encoding="utf-8")
    refused(run(*ask, ledger=ledger), "is no identity file")


def test_decimals_come_from_a_file(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "assets.json"
    file.write_text('{"TEN": 10}', encoding="utf-8")
    head = "id,time,type,asset,quantity,total\nb1,2024-01-01,buy,TEN,"
    ask = ("ledger", "--check", "--assets", str(file))
    good(run(*ask, ledger=f"{head}0.0000000001,1\n"))
    wrong = run(*ask, ledger=f"{head}0.00000000001,1\n")
    assert "column quantity" in wrong.stderr and "10 can be expressed" in wrong.stderr


def test_a_ledger_may_come_from_stdin(run: Run) -> None:
    piped = run("compute", "--profile", "ca", "--ledger", "-", "--json", ledger=None, stdin=LEDGER)
    assert made(piped) == made(run("compute", "--profile", "ca", "--json"))
    wrong = run("compute", "--profile", "ca", "--ledger", "-", ledger=None, stdin="id,time\n")
    assert wrong.stderr.startswith("stdin row 1, column ")


# ---------------------------------------------------------------- currencies
def test_each_event_is_converted_at_its_own_days_rate(run: Run, tmp_path: Path) -> None:
    rates = tmp_path / "fx.csv"
    rates.write_text(FX, encoding="utf-8")
    ask = ("--profile", "uk", "--fx", str(rates))
    found = made(run("compute", *ask, "--json"))
    assert found["currency"] == "GBP"
    assert found["disposals"][0]["proceeds"] == "2899.005"  # (3700 - 7) at 0.785
    told = good(run("explain", *ask, "--event", "s1")).stdout
    assert "1 USD = 0.785 GBP on 2024-06-01" in told

    rates.write_text(FX.replace("2024-06-01", "2024-06-02"), encoding="utf-8")
    missing = run("compute", *ask)
    assert missing.exit_code == 1 and "no rate from USD to GBP on 2024-06-01" in missing.stderr


def test_a_profile_without_a_currency_takes_the_tables_or_the_one_that_is_named(
    run: Run, tmp_path: Path
) -> None:
    rates = tmp_path / "fx.csv"
    rates.write_text(FX, encoding="utf-8")
    ask = ("compute", "--profile", "average", "--json")
    assert made(run(*ask, "--fx", str(rates)))["currency"] == "GBP"
    assert made(run(*ask, "--report-currency", "CHF"))["currency"] == "CHF"
    assert made(run(*ask, "--currency", "sek"))["currency"] == "SEK"
    assert made(run(*ask))["currency"] is None
    refused(run("compute", "--profile", "us", "--report-currency", "CHF"), "reports in USD")


# ---------------------------------------------------------------- faults
@pytest.mark.parametrize(
    "arguments",
    [
        ("compute", "--profile", "us"),
        ("report", "--profile", "us", "--year", "2024", "--format", "json"),
        ("explain", "--profile", "us", "--event", "s1"),
        ("candidates", "--profile", "us", "--prices", "ETH=1"),
        ("compare", "--profile", "us"),
        ("ledger", "--profile", "us"),
    ],
)
def test_every_fault_is_listed_with_row_and_column_and_nothing_is_written(
    run: Run, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    file = tmp_path / "out.json"
    result = run(*arguments, "--out", str(file), ledger=FAULTY)
    assert result.exit_code == 1
    assert result.stdout == "" and not file.exists()
    *faults, last = result.stderr.splitlines()
    name = tmp_path / "ledger1.csv"
    assert [line.partition(": ")[0] for line in faults] == [
        f"{name} row 2, column quantity",
        f"{name} row 5, column time",
        # The computation's own, in the same list; that no ETH is held follows from row 2.
        f"{name} row 7, column quantity",
    ]
    assert "takes 4 SOL" in faults[-1] and "3 SOL is held" in faults[-1]
    assert last == f"Error: {name} has 3 problems, listed above: nothing was computed"


def test_one_problem_is_counted_as_one(run: Run) -> None:
    result = run("compute", "--profile", "us", ledger=FAULTY[: FAULTY.index("b2,")])
    assert result.stderr.splitlines()[-1].endswith(
        "has 1 problem, listed above: nothing was computed"
    )


def test_files_beside_the_ledger_list_their_faults_too(run: Run, tmp_path: Path) -> None:
    rates = tmp_path / "fx.csv"
    rates.write_text("date,from,to,rate\n2024-01-0,USD,GBP,1\n2024-01-01,USD,GBP,-1\n")
    result = run("compute", "--profile", "uk", "--fx", str(rates))
    assert result.exit_code == 1 and result.stdout == ""
    first, second, last = result.stderr.splitlines()
    assert first.startswith(f"{rates} row 2, column date: ")
    assert second.startswith(f"{rates} row 3, column rate: ")
    assert last.startswith(f"Error: {rates} has 2 problems")


def test_files_that_cannot_be_read_say_which_option_named_them(run: Run, tmp_path: Path) -> None:
    missing = str(tmp_path / "none.csv")
    ask = ("compute", "--profile", "us")
    refused(run(*ask, "--ledger", missing, ledger=None), missing, "No such file", "--ledger")
    for option in ("--fx", "--assets", "--identity"):
        refused(run(*ask, option, missing), missing, option)
    other = tmp_path / "latin.csv"
    other.write_bytes(LEDGER.encode() + "x1,2024-01-01,buy,ETH,1,2,é\n".encode("latin-1"))
    refused(run(*ask, "--ledger", str(other), ledger=None), "not UTF-8", "line 8")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("compute", "--profile", "uk", "--method", "fifo"), "has no method"),
        (("compute", "--profile", "us", "--timezone", "Mars/Base"), "time zone"),
        (("compute", "--profile", "us", "--currency", "EUR", "--scope", "wallet"), "EUR"),
        (("compare", "--choice", "us:none"), "has no method"),
        (("compare", "--choice", "xx"), "no tax profile"),
        (("compare", "--choice", "us:::"), "no choice"),
    ],
)
def test_what_a_profile_or_ledger_cannot_be_asked_is_refused(
    run: Run, arguments: tuple[str, ...], said: str
) -> None:
    result = run(*arguments)
    assert result.exit_code == 1 and result.stdout == "" and said in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("compute", "--profile", "us"),  # no ledger at all
        ("compute", "--ledger", "x"),  # no profile
        ("compute", "--profile", "us", "--ledger", "x", "--vault-owner", "keeper"),
        ("compute", "--profile", "us", "--vault-owner", "all", "--vault-owner", "keeper"),
        ("compute", "--profile", "us", "--ledger", "x", "--as-of", "2024-02-30"),
        ("compare", "--ledger", "x"),
        ("compare", "--ledger", "x", "--profile", "us", "--chart", "x.gif"),
        ("report", "--profile", "us", "--ledger", "x", "--format", "pdf"),
        ("report", "--profile", "us", "--ledger", "x", "--out", "x.doc"),
        ("report", "--profile", "us", "--ledger", "x", "--out", "x", "--format", "table"),
        ("report", "--profile", "us", "--ledger", "x", "--json", "--format", "csv"),
        ("report", "--profile", "us", "--ledger", "x", "--form", "generic", "--reported", "none"),
    ],
)
def test_contradictions_are_usage_errors(run: Run, arguments: tuple[str, ...]) -> None:
    assert run(*arguments, ledger=None).exit_code == 2


def test_a_vaults_strangers_are_no_affiliated_persons(run: Run) -> None:
    refused(
        run("compute", "--profile", "us-wash", "--vault-owner", "all", ledger=None), "strangers"
    )


# ---------------------------------------------------------------- report
def reports(name: str, year: str) -> str:
    rules = profile(name)
    result = compute(parse_ledger(LEDGER, report_currency=rules.currency), rules)
    return json_of(report_for(name, result, year, ""))


@pytest.mark.parametrize(
    ("name", "year", "forms"),
    [
        ("us", "2025", ["form-8949", "schedule-d"]),
        ("uk", "2024/25", ["sa108"]),
        ("ca", "2025", ["schedule-3"]),
        ("de", "2025", ["anlage-so"]),
        ("average", "2025", ["disposals"]),
    ],
)
def test_the_forms_of_a_year_are_those_of_the_reports(
    run: Run, name: str, year: str, forms: list[str]
) -> None:
    found = made(run("report", "--profile", name, "--year", year, "--json"))
    assert [one["report"] for one in found["reports"]] == forms
    if name != "average":
        assert found == json.loads(reports(name, year))


def test_screen_csv_json_page_and_pdf_show_the_same_numbers(run: Run, tmp_path: Path) -> None:
    ask = ("report", "--profile", "uk", "--year", "2024-25")
    found = made(run(*ask, "--json"))
    numbers = {
        text
        for one in found["reports"]
        for section in one["sections"]
        for row in section["rows"]
        for text in row.values()
        if text
    }
    table = good(run(*ask)).stdout
    page = good(run(*ask, "--format", "html")).stdout
    rows = list(csv.reader(io.StringIO(good(run(*ask, "--format", "csv")).stdout)))
    cells = {cell for row in rows for cell in row}
    words = table.replace("\n", " ")
    for text in numbers:
        assert text in cells
        assert text in page
        assert text.split()[0] in words
    titles = [row[0] for row in rows if len(row) == 1]
    assert len(titles) == len(found["reports"][0]["sections"]) > 1

    for form in ("csv", "html", "json", "pdf"):
        file = tmp_path / f"form.{form}"
        result = good(run(*ask, "--out", str(file)))
        assert result.stdout == "" if form != "json" else True
        assert f"wrote {file}: SA108" in result.stderr
    assert (tmp_path / "form.html").read_text(encoding="utf-8") == page
    assert json.loads((tmp_path / "form.json").read_text(encoding="utf-8")) == found
    assert (tmp_path / "form.pdf").read_bytes().startswith(b"%PDF-")


def test_a_folder_takes_a_csv_for_each_section(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "forms"
    folder.mkdir()
    good(run("report", "--profile", "us", "--year", "2025", "--out", str(folder)))
    names = sorted(file.name for file in folder.iterdir())
    assert "form-8949-2025-box-i.csv" in names and "form-8949-2025-box-l.csv" in names


def test_a_year_is_only_left_out_where_there_is_one(run: Run) -> None:
    refused(run("report", "--profile", "us"), "2024, 2025", "--year")
    assert "2024/25" in good(run("report", "--profile", "uk")).stdout
    none = "id,time,type,asset,quantity,total\nb1,2024-01-01,buy,ETH,1,1\n"
    refused(run("report", "--profile", "us", ledger=none), "nothing was disposed of")
    empty = good(run("report", "--profile", "us", "--year", "2024", ledger=none)).stdout
    assert "No disposals in this year" in empty
    refused(run("report", "--profile", "us", "--year", "2024/25"), "is not a tax year")


def test_a_form_is_one_taxpayers(run: Run) -> None:
    ledger = (
        "id,time,type,asset,quantity,total,owner\n"
        "a1,2024-01-01,buy,ETH,1,1,ann\na2,2024-02-01,sell,ETH,1,3,ann\n"
        "b1,2024-01-01,buy,ETH,1,1,ben\nb2,2024-02-01,sell,ETH,1,5,ben\n"
    )
    refused(run("report", "--profile", "us", ledger=ledger), "2 owners", "'ann', 'ben'")
    text = good(run("report", "--profile", "us", "--owner", "ben", ledger=ledger)).stdout
    assert "5.00" in text and "3.00" not in text
    refused(run("report", "--profile", "us", "--owner", "bob", ledger=ledger), "no owner 'bob'")
    listed = good(run("report", "--profile", "us", "--form", "generic", ledger=ledger)).stdout
    assert "ann" in listed and "ben" in listed


def test_one_form_can_be_asked_for(run: Run) -> None:
    ask = ("report", "--profile", "us", "--year", "2025", "--json", "--form")
    found = made(run(*ask, "schedule-d"))
    assert [one["report"] for one in found["reports"]] == ["schedule-d"]
    assert made(run(*ask, "generic"))["reports"][0]["report"] == "disposals"
    refused(run(*ask, "sa108"), "form-8949, schedule-d, generic")


def test_what_a_broker_reported_decides_the_box(run: Run) -> None:
    ask = ("report", "--profile", "us", "--year", "2025", "--reported", "basis")
    assert "box G" in good(run(*ask)).stdout
    refused(
        run("report", "--profile", "uk", "--year", "2024/25", "--reported", "basis"), "reported"
    )


# ---------------------------------------------------------------- explain, candidates, compare
def test_an_event_is_explained_line_by_line(run: Run, tmp_path: Path) -> None:
    ask = ("explain", "--profile", "us", "--event", "s2")
    text = good(run(*ask)).stdout
    assert f"{tmp_path / 'ledger1.csv'} row 5" in text and "IRC § 1222" in text
    found = made(run(*ask, "--json"))
    assert [one["lot"] for one in found["disposals"]] == ["b1", "b2"]


def test_an_event_that_is_not_there_is_refused_with_what_looks_like_it(run: Run) -> None:
    ledger = LEDGER.replace("s1,", "sale-2024,")
    refused(
        run("explain", "--profile", "us", "--event", "sale2024", ledger=ledger),
        "did you mean sale-2024?",
    )
    late = ("explain", "--profile", "us", "--event", "s2", "--as-of", "2024-12-31")
    refused(run(*late), "after --as-of 2024-12-31")


def test_candidates_are_lots_or_the_pool_at_prices_given(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "prices.csv"
    file.write_text("asset,price\nETH,1000\n", encoding="utf-8")
    ask = ("candidates", "--prices", str(file), "--prices", "[red]X=1.5", "--json")
    result = run(*ask, "--profile", "us")
    found = made(result)
    assert "as of the ledger's last day, 2025-03-10" in result.stderr
    assert [one["lot"] for one in found["candidates"]] == ["b3", "b2", "i1"]
    assert found["candidates"][0]["value"] == "1000"
    (eth, _) = made(run(*ask, "--profile", "ca", "--as-of", "2025-06-01"))["candidates"]
    assert (eth["kind"], eth["asset"]) == ("pool", "ETH")
    text = good(run("candidates", "--profile", "us-wash", "--prices", "ETH=1000")).stdout
    assert "Do not buy" in text and "ETH (or WETH)" in text and "no price for [red]X" in text


def test_prices_that_will_not_do_are_refused(run: Run, tmp_path: Path) -> None:
    ask = ("candidates", "--profile", "us")
    refused(run(*ask), "--prices")
    refused(run(*ask, "--prices", "ETH=-1"), "ETH=-1", "plain decimal")
    refused(run(*ask, "--prices", "=1"), "asset is missing")
    refused(run(*ask, "--prices", "ETH=1", "--prices", "ETH=2"), "ETH twice")
    refused(run(*ask, "--prices", str(tmp_path / "none")), "No such file", "--prices")
    file = tmp_path / "prices.csv"
    file.write_text("asset,price\nETH,1k\nETH,2\nX,1\nX,1\n", encoding="utf-8")
    result = run(*ask, "--prices", str(file))
    assert [line.partition(": ")[0] for line in result.stderr.splitlines()[:-1]] == [
        f"{file} row 2, column price",
        f"{file} row 5, column asset",
    ]
    other = made(run(*ask, "--prices", "DOGE=1", "--prices", "ETH=1", "--json"))
    assert "nothing is held of DOGE: its price is not used" in other["notes"]


def test_methods_stand_side_by_side_with_a_picture(run: Run, tmp_path: Path) -> None:
    picture = tmp_path / "sub" / "methods.png"
    found = made(run("compare", "--profile", "us", "--chart", str(picture), "--json"))["choices"]
    assert [one["choice"] for one in found] == ["us:spec", "us:fifo", "us:lifo", "us:hifo"]
    assert {one["currency"] for one in found} == {"USD"}
    assert picture.read_bytes().startswith(b"\x89PNG")
    drawn = tmp_path / "methods.svg"
    both = ("--profile", "ca", "--choice", "us:fifo:wallet", "--choice", "uk")
    text = good(run("compare", *both, "--chart", str(drawn))).stdout
    assert text.index("\nca ") < text.index("\nus:fifo:wallet ") < text.index("\nuk ")
    assert "<svg" in drawn.read_text(encoding="utf-8")


def test_profiles_of_several_currencies_each_read_the_ledger_in_their_own(
    run: Run, tmp_path: Path
) -> None:
    ask = ("compare", "--choice", "us:fifo", "--choice", "uk", "--json")
    untold = run(*ask)
    assert made(untold)["choices"][0]["realised"].startswith("2872.66")
    assert "does not say its currency" in untold.stderr
    rates = tmp_path / "fx.csv"
    rates.write_text(FX, encoding="utf-8")
    both = run(*ask, "--fx", str(rates), "--currency", "USD")
    us, uk = made(both)["choices"]
    assert us["realised"].startswith("2872.66") and uk["currency"] == "GBP"
    assert both.stderr == ""
    alone = made(run("compute", "--profile", "uk", "--fx", str(rates), "--json"))
    assert Decimal(uk["basis_left"]) == sum(Decimal(pool["cost"]) for pool in alone["pools"])


def test_a_chart_without_its_library_names_the_extra_and_nothing_is_written(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    file, picture = tmp_path / "out.json", tmp_path / "out.svg"
    ask = ("compare", "--profile", "us", "--out", str(file), "--chart", str(picture))
    refused(run(*ask), "vaultsdk[chart]")
    assert not file.exists() and not picture.exists()


# ---------------------------------------------------------------- ledger, profiles
def test_a_ledger_comes_out_in_order_and_reads_back_the_same(run: Run, tmp_path: Path) -> None:
    head, *rows = LEDGER.splitlines(keepends=True)
    text = good(run("ledger", ledger=head + "".join(reversed(rows)))).stdout
    assert text == LEDGER
    file = tmp_path / "told.csv"
    result = good(run("ledger", "--out", str(file)))
    assert file.read_text(encoding="utf-8") == LEDGER
    assert result.stdout == "" and "6 events" in result.stderr
    told = made(run("ledger", "--json", "--profile", "us"))
    assert told["currency"] == "USD" and told["rows"][-1]["asset"] == "[red]X"


def test_a_check_says_what_is_there(run: Run) -> None:
    found = made(run("ledger", "--check", "--json"))
    assert (found["events"], found["first"], found["last"]) == (6, "2023-01-10", "2025-03-10")
    assert found["assets"] == {"ETH": 5, "[red]X": 1} and found["owners"] == []
    assert found["types"] == {"buy": 3, "income": 1, "sell": 2}
    text = good(run("ledger", "--check")).stdout
    assert "No faults" in text and "[red]X" in text and "give --profile" in text

    oversold = LEDGER.replace("s1,2024-06-01,sell,ETH,1,", "s1,2024-06-01,sell,ETH,9,")
    good(run("ledger", "--check", ledger=oversold))
    result = run("ledger", "--check", "--profile", "ca", ledger=oversold)
    assert result.exit_code == 1 and "row 4, column quantity" in result.stderr


def test_the_profiles_are_listed(run: Run) -> None:
    found = made(run("profiles", "--json", ledger=None))["profiles"]
    assert [one["profile"] for one in found] == list(PROFILES)
    us = found[0]
    assert us["scope"][1] == {"scope": "wallet", "since": "2025-01-01"}
    assert us["methods"] == ["spec", "fifo", "lifo", "hifo"]
    text = good(run("profiles", ledger=None)).stdout
    assert "wallet from 2025-01-01" in text and "docs/tax-uk.md" in text


# ---------------------------------------------------------------- numbers for people
@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1_234_567_890_000_000_000_000, "1,234.57"),
        (-5 * 10**15, ">-0.01"),
        (1, "<0.01"),
        (0, "0.00"),
        (None, ""),
    ],
)
def test_money_is_rounded_and_never_shown_as_nothing(value: int | None, text: str) -> None:
    assert money(value) == text


def test_quantities_keep_what_six_decimals_can_say() -> None:
    assert units(1_500_000, 6) == "1.5"
    assert units(10**18 + 1, 18) == "1"
    assert units(1, 18) == "<0.000001"
    assert units(10**60, 0) == f"{10**60:,}"
    assert units(1_000, 0) == "1,000"


VAULT = "1:0x" + "3Aa5" + "0" * 32 + "443c"
LOT = f"{VAULT}:0x" + "Bcd4" + "1" * 32 + "4096:3"


def test_long_names_are_shown_short_and_explain_takes_them_so(run: Run) -> None:
    ledger = (
        f"id,time,type,asset,quantity,total\n{LOT},2024-01-01,buy,ETH,1,1\n"
        f"{LOT}/harvest7,2024-02-01,sell,ETH,1,3\n"
    )
    shown = "1:0x3Aa5…443c:0xBcd4…4096:3/harvest7"
    assert brief(f"{LOT}/harvest7") == shown
    text = good(run("compute", "--profile", "us", ledger=ledger)).stdout
    assert shown in text
    ask = ("explain", "--profile", "us", "--event")
    found = good(run(*ask, shown, ledger=ledger)).stdout
    assert found.startswith(f"{LOT}/harvest7: ")
    twin = ledger + f"{LOT.replace('1' * 32, '2' * 32)}/harvest7,2024-01-01,buy,ETH,1,1\n"
    refused(run(*ask, shown, ledger=twin), "2 events are shown as")


@pytest.mark.parametrize("width", [40, 80, 120])
def test_no_number_is_cut_off_however_narrow_the_terminal(
    monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("FORCE_COLOR", "1")
    shown = table("name", "one", "two", "three", right=("one", "two", "three"))
    numbers = [f"{10**n:,}" for n in (17, 18, 19)]
    add(shown, "a name of several words", *numbers)
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    Output().emit({}, shown)
    for number in numbers:
        assert number in stream.getvalue()


def test_a_gift_is_converted_at_its_own_day_where_its_value_is_its_cost(
    run: Run, tmp_path: Path
) -> None:
    gift = tmp_path / "gift.csv"
    gift.write_text(
        "id,time,type,asset,quantity,total,acquired\ng,2024-06-01,gift_in,X,1,100,2023-02-01\n",
        encoding="utf-8",
    )
    rates = tmp_path / "rates.csv"
    rates.write_text(
        "date,from,to,rate\n2023-02-01,EUR,GBP,0.5\n2024-06-01,EUR,GBP,0.8\n"
        "2023-02-01,EUR,USD,1.1\n2024-06-01,EUR,USD,1.2\n",
        encoding="utf-8",
    )
    ask = ("--ledger", str(gift), "--fx", str(rates), "--currency", "EUR", "--json")
    british = made(run("compute", "--profile", "uk", *ask, ledger=None))
    assert [pool["cost"] for pool in british["pools"]] == ["80"]
    american = made(run("compute", "--profile", "us", *ask, ledger=None))
    assert [lot["basis"] for lot in american["open_lots"]] == ["110"]


def test_a_file_without_a_header_has_one_fault(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "none.csv"
    file.write_text("b1,2024-01-01,buy,ETH,1,5\n", encoding="utf-8")
    result = run("compute", "--profile", "us", "--ledger", str(file), ledger=None)
    assert result.exit_code == 1
    assert "the first line is no header: begin with a line like id,time,type" in result.stderr
    assert "has 1 problem" in result.stderr


def test_a_uk_day_is_explained_by_the_name_that_the_table_shows(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "day.csv"
    file.write_text(
        "id,time,type,asset,quantity,total\nb,2024-01-01,buy,X,3,3\n"
        "s1,2024-02-01,sell,X,1,2\ns2,2024-02-01,sell,X,1,2\n",
        encoding="utf-8",
    )
    ask = ("explain", "--profile", "uk", "--ledger", str(file), "--event")
    assert "2 X from the pool" in good(run(*ask, "s1;s2", ledger=None)).stdout


def test_names_of_owners_take_the_room_they_need(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "owners.csv"
    file.write_text(
        "id,time,type,asset,quantity,total,owner\nb,2024-01-01,buy,X,3,3,ann\n"
        "c,2024-01-01,buy,X,3,3,ben\n",
        encoding="utf-8",
    )
    ask = ("candidates", "--profile", "us-wash", "--ledger", str(file), "--prices", "X=1")
    text = good(run(*ask, ledger=None)).stdout
    head = next(line for line in text.splitlines() if "owner" in line)
    assert "owner  " in head and len(head) < 130 and head.rstrip().endswith("denied")
