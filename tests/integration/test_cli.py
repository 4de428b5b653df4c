"""The commands on a real chain: what they print, one JSON document each, and for every mistake one
line on stderr, a non-zero exit code and nothing half done."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.integration.life import EAGER, WAD, World, live, world
from vaultsdk.chain.deployment import save_deployment
from vaultsdk.cli import main
from vaultsdk.core.cohort import CohortKey
from vaultsdk.core.units import parse_usd
from vaultsdk.devnet.accounts import private_key, role_index
from vaultsdk.devnet.launch import Devnet

pytestmark = pytest.mark.anvil

Run = Callable[..., Result]
NOBODY = "0x1111111111111111111111111111111111111111"
ME = ("--account", "depositor_0")
_CREATE = ("policy", "create", "--into", "WETH", "--min-loss", "5%")
RULES = (*_CREATE, "--max-slippage", "1%", "--max-fee", "0")


@pytest.fixture
def w(devnet: Devnet) -> World:
    return world(devnet)


@pytest.fixture
def run(devnet: Devnet, deployment_file: Path) -> Run:
    """Runs a command line against the devnet; environment variables name file and node."""
    environment = {
        "LOTVAULT_DEPLOYMENT": str(deployment_file),
        "LOTVAULT_RPC": devnet.url,
        "LOTVAULT_KEY_FILE": None,
        "LOTVAULT_DEBUG": None,
    }

    def invoke(*arguments: str, **env: str) -> Result:
        # Apart, so that what a script reads from stdout is seen to be clean (click before 8.2).
        return CliRunner(mix_stderr=False).invoke(main, arguments, env={**environment, **env})

    return invoke


def good(result: Result) -> Result:
    assert result.exit_code == 0, result.stderr
    return result


def document(result: Result) -> Any:
    """Stdout as the one JSON document it must be."""
    return json.loads(good(result).stdout)


# ---------------------------------------------------------------- what they do
def test_a_depositors_day(w: World, run: Run) -> None:
    made = document(run("deposit", "WETH", "2.5", "--policy", "eager", *ME, "--json"))
    (lot,) = made["lots"]
    assert (lot["lot"], lot["units"], lot["basis_usd"]) == (0, "2.5", "11605.95")
    key = CohortKey.parse(lot["cohort"])
    assert key == CohortKey.parse(lot["cohort_hex"]) and key.policy == EAGER

    declared = run(
        "deposit", "wstETH", "1", "--basis", "$6000.5", "--acquired", "2020-02-29", *ME, "--permit"
    )
    assert "$6,000.50" in good(declared).stdout
    bought = document(run("buy", "WETH", "9000", *ME, "--json"))
    assert bought["basis_usd"] == "9000" and not bought["declared"]

    shown = good(run("lots", "depositor_0")).stdout
    assert "3 lots" in shown and "3 eager" in shown and "2020-02-29" in shown
    listed = document(run("lots", *ME, "--json"))
    assert [row["lot"] for row in listed["lots"]] == [0, 1, 2]
    assert [row["declared"] for row in listed["lots"]] == [False, True, False]
    total = sum(parse_usd(row["basis_usd"]) for row in listed["lots"])
    assert parse_usd(listed["basis_usd"]) == total

    change = document(run("policy", "change", "0:1", "standard", *ME, "--json"))
    assert (change["lot"], change["policy"]) == (3, 2)
    sale = document(run("sell", "0:0.5", "3", *ME, "--json"))
    assert (sale["units"], sale["lots"]) == ("1.5", [0, 3])
    out = document(run("withdraw", "2", "0:0.25", *ME, "--to", NOBODY, "--json"))
    assert out["withdrawals"][0]["symbol"] == "WETH"
    assert w.vault.balance(w.devnet.deployment.asset("WETH").address, NOBODY) > WAD

    offered = document(run("offer", "0", "depositor_1", "--kind", "gift", *ME, "--json"))
    claimed = document(run("claim", "depositor_0", "0", "--account", "depositor_1", "--json"))
    assert offered["nonce"] == 1 and claimed["units"] == "0.75"
    rest = document(run("withdraw", "--all", *ME, "--json"))
    assert [part["symbol"] for part in rest["withdrawals"]] == ["wstETH"]
    assert "has no open lots" in good(run("lots", *ME)).stdout


def test_harvested_lots_are_rolled_explained_and_listed(w: World, run: Run, tmp_path: Path) -> None:
    live(w)
    owner = w.signer("depositor_0").address
    rolled = document(run("lots", owner, "--json"))["lots"]
    stored = document(run("lots", owner, "--json", "--as-stored"))["lots"]
    assert [row["lot"] for row in rolled] == [row["lot"] for row in stored]
    pending = [row for row in rolled if row["pending_harvests"]]
    assert pending
    for row in pending:
        assert row["asset"] != stored[rolled.index(row)]["asset"]

    file = tmp_path / "sub" / "history.json"
    history = good(run("lots", owner, "--history", "1", "--out", str(file)))
    assert "opened (declared)" in history.stdout
    assert "harvest 1:" in history.stdout and "(pending)" in history.stdout
    kept = json.loads(file.read_text(encoding="utf-8"))
    assert [entry["type"] for entry in kept["entries"]] == ["Opening", "Realisation"]
    assert len(kept["pending"]) == 1

    state = w.vault.ledger().state()
    listed = document(run("cohorts", "--json"))["cohorts"]
    assert {int(row["cohort_hex"], 16) for row in listed} == set(state.open_cohorts())
    every = document(run("cohorts", "--all", "--json"))["cohorts"]
    assert {int(row["cohort_hex"], 16) for row in every} == set(state.cohorts)
    one = listed[0]
    for name in (one["cohort"], one["cohort_hex"]):
        assert document(run("cohorts", name, "--json"))["cohorts"] == [one]

    number = pending[0]["lot"]
    assert document(run("roll", str(number), *ME, "--json"))["harvests"] == 1
    again = run("roll", str(number), *ME)
    assert again.exit_code == 1 and "up to date" in again.stderr


def test_the_status_shows_feeds_and_what_the_bucket_carries(w: World, run: Run) -> None:
    found = document(run("vault", "status", "--json"))
    assert [row["symbol"] for row in found["assets"]] == ["WETH", "wstETH", "rETH"]
    assert all(row["carried"] for row in found["assets"])
    # 1,000 WETH at rate 1 and 5 % slippage, with the 2 % of rETH, the feed that deviates most.
    assert found["assets"][0]["worst_debit_base"] == "70"
    assert {feed["name"]: feed["status"] for feed in found["feeds"]}["base"] == "ok"
    assert sorted(role for held in found["roles"].values() for role in held) == [
        "admin",
        "guardian",
        "keeper",
    ]
    w.devnet.rpc.call("evm_setNextBlockTimestamp", w.devnet.mover().now() + 3 * 86_400)
    w.devnet.rpc.call("evm_mine")
    late = good(run("vault", "status")).stdout
    assert "stale" in late and "no price" in late


def test_policies(run: Run) -> None:
    rules = ("--into", "WETH", "--into", "reth", "--min-loss", "5%", "--max-cost", "20%")
    more = ("--max-slippage", "1.5%", "--max-fee", "30", "--hold", "9")
    made = document(run("policy", "create", *rules, *more, *ME, "--json"))
    assert made["created"] and made["assets"] == [0, 2]
    numbers = [made[name] for name in ("min_loss", "max_cost", "max_slippage", "max_fee")]
    assert numbers == [500, 2000, 150, 30]
    assert any("rETH" in warning for warning in made["warnings"])
    again = document(run("policy", "create", *rules, *more, *ME, "--json"))
    assert (again["id"], again["created"]) == (made["id"], False)
    shown = document(run("policy", "show", str(made["id"]), "--json"))
    assert shown["word"] == made["word"] and len(shown["hash"]) == 66
    assert "Note:" in good(run("policy", "show", str(made["id"]))).stdout
    names = [row["name"] for row in document(run("policy", "list", "--json"))["policies"]]
    assert names[:4] == ["hold", "conservative", "standard", "eager"]


def test_a_key_file_signs(w: World, run: Run, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text(private_key(role_index("depositor_1")) + "\n", encoding="utf-8")
    made = document(run("deposit", "WETH", "1", "--json", LOTVAULT_KEY_FILE=str(key)))
    assert made["owner"] == w.signer("depositor_1").address
    # What is said on the command line beats the environment.
    own = document(run("deposit", "WETH", "1", *ME, "--json", LOTVAULT_KEY_FILE=str(key)))
    assert own["owner"] == w.signer("depositor_0").address


def test_a_deposit_above_the_cap_asks_for_split(devnet: Devnet, run: Run) -> None:
    world(devnet, whole=1_500)
    refused = run("deposit", "WETH", "1200", *ME)
    assert refused.exit_code == 1
    assert refused.stderr.startswith("Error: 1200 is above the cohort cap of 1000")
    assert "--split" in refused.stderr
    made = document(run("deposit", "WETH", "1200", *ME, "--split", "--json"))
    assert [lot["units"] for lot in made["lots"]] == ["600", "600"]


def test_ether_is_wrapped_for_who_has_none(w: World, run: Run) -> None:
    fresh = ("--account", "depositor_7")
    made = document(run("deposit", "WETH", "3", "--wrap", *fresh, "--json"))
    assert made["lots"][0]["units"] == "3"
    many = document(run("deposit", "WETH", "1200", "--wrap", "--split", *fresh, "--json"))
    assert [lot["units"] for lot in many["lots"]] == ["600", "600"]


def test_a_stale_feed_stops_deposits_at_its_price_only(w: World, run: Run) -> None:
    w.devnet.rpc.call("evm_setNextBlockTimestamp", w.devnet.mover().now() + 2 * 86_400)
    w.devnet.rpc.call("evm_mine")
    late = run("deposit", "WETH", "1", *ME)
    assert late.exit_code == 1 and late.stderr.count("\n") == 1
    assert "the feed of base gives no price now: stale (age 1728" in late.stderr
    assert "heartbeat 86400 s" in late.stderr
    good(run("deposit", "WETH", "1", "--basis", "4000", *ME))
    good(run("withdraw", "0", *ME))


# ---------------------------------------------------------------- mistakes
MISTAKES: dict[str, tuple[tuple[str, ...], str]] = {
    "an unlisted asset": (("deposit", "DOGE", "1", *ME), "asset DOGE is not listed by devnet"),
    "an unlisted id": (("deposit", "9", "1", *ME), "asset 9 is not listed"),
    "a policy that is not there": (
        ("deposit", "WETH", "1", "--policy", "12", *ME),
        "unknown policy",
    ),
    "a policy name that is not there": (
        ("deposit", "WETH", "1", "--policy", "greedy", *ME),
        "policy greedy is not in the deployment file; known: 0 hold",
    ),
    "a policy out of range": (
        (*RULES, "--max-cost", "51%", *ME),
        "max_cost is 5100 bps (51 %), but at most 5000 bps",
    ),
    "a policy of no days": (
        (*RULES, "--max-cost", "5%", "--hold", "0", *ME),
        "min_hold_days is 0",
    ),
    "above the cap": (("deposit", "WETH", "100000", *ME), "above the cohort cap of 1000"),
    "above the cap, in ether": (
        ("deposit", "WETH", "1200", "--wrap", *ME),
        "1200 is above the cohort cap of 1000",
    ),
    "below the minimum, in ether": (("deposit", "WETH", "0.001", "--wrap", *ME), "limit 0.01"),
    "in the future, in ether": (
        ("deposit", "WETH", "1", "--wrap", "--basis", "9", "--acquired", "2900-01-01", *ME),
        "acquired",
    ),
    "a purchase below the minimum": (("buy", "WETH", "1", *ME), "below minimum deposit"),
    "a purchase above the cap": (
        ("buy", "WETH", "999999999", *ME),
        "above the cohort cap",
    ),
    "an asset that is not ether": (
        ("deposit", "rETH", "1", "--wrap", *ME),
        "--wrap makes WETH, not rETH",
    ),
    "below the minimum": (("deposit", "WETH", "0.001", *ME), "limit 0.01"),
    "too many decimals": (
        ("buy", "WETH", "1.0000001", *ME),
        "has 7 decimal places, but only 6",
    ),
    "a negative amount": (("deposit", "WETH", "--", "-1"), "amount is -1: give 0 or more"),
    "more than he has": (("deposit", "WETH", "999.5", *ME), "has 999 of token"),
    "no signer": (("deposit", "WETH", "1"), "name one signer: --key-file FILE"),
    "two signers": (
        ("deposit", "WETH", "1", *ME, "--keystore", "x"),
        "name one signer: --key-file FILE",
    ),
    "no key file": (("deposit", "WETH", "1", "--key-file", "none.key"), "no key file at none.key"),
    "an account of nobody": (
        ("deposit", "WETH", "1", "--account", "depositor_999"),
        "no account depositor_999 on this local chain",
    ),
    "a wrong checksum": (
        ("lots", "0xBcd4042DE499D14e55001CcbB24a551F3b954097"),
        "checksum",
    ),
    "no such lot": (("withdraw", "7", *ME), "no such lot"),
    "a lot twice": (("withdraw", "0:0.8", "0:0.8", *ME), "more than lot holds"),
    "no such lot's history": (("lots", "depositor_0", "--history", "5"), "no such lot"),
    "no cohort": (("cohorts", "1:2:3"), "is not a cohort: give 0x-hex or"),
    "an impossible cohort": (("cohorts", "0:0:5:1:0"), "band"),
    "a sale of two assets": (("sell", "0", "1", *ME), "one asset"),
    "no offer": (("claim", "depositor_0", "0", "--account", "depositor_1"), "no such offer"),
    "a place where no file can be": (
        ("vault", "status", "--out", "/dev/null/x.json"),
        "cannot write /dev/null/x.json",
    ),
}


@pytest.mark.parametrize("case", MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_one_line_and_changes_nothing(
    w: World, run: Run, case: tuple[tuple[str, ...], str]
) -> None:
    arguments, message = case
    vault = w.vault
    vault.deposit(w.signer("depositor_0"), "WETH", WAD)
    vault.deposit(w.signer("depositor_0"), "rETH", WAD)
    before = vault.node.block_number()
    result = run(*arguments)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith("Error: ") and message in result.stderr
    assert result.stderr.count("\n") == 1, "more than one line"
    assert vault.node.block_number() == before, "something was sent"


@pytest.mark.parametrize(
    "arguments",
    [
        ("deposit", "WETH"),
        ("deposit", "WETH", "1", "--acquired", "2020-01-01", *ME),
        ("deposit", "WETH", "1", "--basis", "1", "--acquired", "yesterday", *ME),
        ("deposit", "WETH", "1", "--split", "--shard", "1", *ME),
        ("withdraw", *ME),
        ("withdraw", "1", "--all", *ME),
        ("withdraw", "one", *ME),
        ("offer", "1", *ME),
        ("offer", "1", "depositor_1", "--cancel", *ME),
        ("policy", "create", "--into", "WETH", "--min-loss", "lots", *ME),
        ("nonsense",),
        ("lots", "--nonsense"),
    ],
)
def test_wrong_usage_is_exit_code_two(run: Run, arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert "Error: " in result.stderr and result.stdout == ""


def test_test_tokens_can_be_bought_with(w: World, run: Run) -> None:
    me = ("--account", "depositor_3")
    refused = run("buy", "WETH", "9000", *me)
    assert refused.exit_code == 1 and "devnet give ACCOUNT USDC" in refused.stderr
    given = document(run("devnet", "give", "depositor_3", "usdc", "9000.5", "--json"))
    assert (given["symbol"], given["units"]) == ("USDC", "9000.5")
    good(run("buy", "WETH", "9000.5", *me))
    unknown = run("devnet", "give", "depositor_3", "DOGE", "1")
    assert unknown.exit_code == 1 and "DOGE is not listed" in unknown.stderr
    stranger = run("devnet", "give", NOBODY, "WETH", "1")
    assert stranger.exit_code == 1 and "no account of the node" in stranger.stderr


def test_a_poor_key_is_told_to_get_ether(w: World, run: Run, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("77" * 32, encoding="utf-8")
    poor = ("--key-file", str(key))
    deposit = run("deposit", "WETH", "1", *poor)
    assert deposit.exit_code == 1 and "has 0 of token WETH" in deposit.stderr
    assert "--wrap" in deposit.stderr and "vaultsdk devnet give ACCOUNT WETH" in deposit.stderr
    made = run(*RULES, "--max-cost", "9%", *poor)
    assert made.exit_code == 1 and made.stderr.count("\n") == 1
    assert "has 0 ether" in made.stderr and "send it some" in made.stderr


def test_no_node_a_wrong_one_and_wrong_files(devnet: Devnet, run: Run, tmp_path: Path) -> None:
    def refused(*arguments: str, message: str, **env: str) -> None:
        result = run(*arguments, **env)
        assert result.exit_code == 1 and result.stdout == ""
        assert message in result.stderr
        assert result.stderr.count("\n") == 1

    status = ("vault", "status")
    refused(*status, "--rpc", "http://127.0.0.1:9", message="no node answers at http://127.0.0.1:9")
    refused(*status, "--rpc", "ws://x", message="give one with http:// or https://")
    refused(*status, message="no deployment file at gone.json", LOTVAULT_DEPLOYMENT="gone.json")

    file = tmp_path / "other.json"
    other = devnet.deployment.model_copy(update={"chain_id": 10})
    save_deployment(other, file)
    refused(
        *status, "--deployment", str(file), message="is for chain 10 but the RPC is chain 31337"
    )
    older = devnet.deployment.model_copy(update={"genesis_hash": "0x" + "12" * 32})
    save_deployment(older, file)
    refused(*status, "--deployment", str(file), message="its genesis block differs")
    public = devnet.deployment.model_copy(update={"devnet": None})
    save_deployment(public, file)
    refused(*status, "--deployment", str(file), message="say which node", LOTVAULT_RPC="")
    for text in ("", "{", "[]", '{"schema_version": 9}', "\x00"):
        file.write_text(text, encoding="utf-8")
        refused(*status, "--deployment", str(file), message=str(file))


def test_the_program_itself_fails_in_one_line(tmp_path: Path) -> None:
    """A real process once: what CliRunner cannot show is that no traceback comes out of Python."""
    program = [sys.executable, "-c", "from vaultsdk.cli import main; main()"]
    environment = {**os.environ, "LOTVAULT_DEPLOYMENT": str(tmp_path / "none.json")}
    failed = subprocess.run(
        [*program, "lots", NOBODY], env=environment, capture_output=True, text=True, check=False
    )
    assert failed.returncode == 1 and failed.stdout == ""
    assert failed.stderr.startswith("Error: no deployment file at")
    assert failed.stderr.count("\n") == 1
    debug = subprocess.run(
        [*program, "--debug", "lots", NOBODY],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert debug.returncode == 1 and "Traceback" in debug.stderr
