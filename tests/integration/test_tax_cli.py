"""The tax commands on a real vault: its log is the ledger, and what they say is on the chain."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.integration.life import live, world
from vaultsdk.cli import main
from vaultsdk.core.units import format_amount, format_usd
from vaultsdk.devnet.launch import Devnet

pytestmark = pytest.mark.anvil

ME = ("--vault-owner", "depositor_0")


def test_a_vaults_log_gives_gains_forms_and_candidates(
    devnet: Devnet, deployment_file: Path, tmp_path: Path
) -> None:
    def run(*arguments: str) -> Result:
        env = {
            "LOTVAULT_DEPLOYMENT": str(deployment_file),
            "LOTVAULT_RPC": devnet.url,
            "LOTVAULT_DEBUG": None,
        }
        return CliRunner(mix_stderr=False).invoke(main, ("tax", *arguments), env=env)

    def good(*arguments: str) -> Result:
        result = run(*arguments)
        assert result.exit_code == 0, result.stderr
        return result

    def made(*arguments: str) -> Any:
        return json.loads(good(*arguments, "--json").stdout)

    w = world(devnet)
    live(w)
    owner = w.signer("depositor_0").address
    us = ("--profile", "us", "--method", "spec", "--scope", "wallet")

    found = made("compute", *us, *ME)
    held = {
        (one["asset"], one["quantity"], one["basis"])
        for one in found["open_lots"]
        if one["wallet"].startswith("vault:")
    }
    deployment = devnet.deployment
    tokens = {asset.id: asset for asset in deployment.assets}
    assert held == {
        (
            tokens[row.lot.asset].symbol,
            format_amount(row.lot.units, tokens[row.lot.asset].decimals),
            format_usd(row.lot.basis),
        )
        for row in w.vault.lots(owner)
        if row.lot.units
    }
    harvests = [one for one in found["disposals"] if "/harvest" in one["event"]]
    assert harvests and all(float(one["fee"]) > 0 for one in harvests)
    assert made("compute", *us, "--vault-owner", owner) == found

    # The same through a file, which people may merge with their own.
    file = tmp_path / "vault.csv"
    good("ledger", *ME, "--out", str(file))
    through = made("compute", *us, "--ledger", str(file))
    assert through["disposals"] == found["disposals"]
    assert through["open_lots"] == found["open_lots"]

    years = sorted({one["disposed"][:4] for one in found["disposals"]})
    report = good("report", *us, *ME, "--year", years[0], "--format", "csv").stdout
    assert "Schedule D" in report
    story = good("explain", *us, *ME, "--event", harvests[0]["event"]).stdout
    assert harvests[0]["lot"] in story

    table = made("candidates", *us, *ME)  # at the vault's own prices
    assert {one["asset"] for one in table["candidates"]} <= {a.symbol for a in deployment.assets}
    assert len(table["candidates"]) == len(
        [one for one in found["open_lots"] if one["quantity"] != "0"]
    )

    everybody = made("compute", *us, "--vault-owner", "all")
    assert len(everybody["disposals"]) > len(found["disposals"])

    # A vault counts in USD: another currency takes rates.
    refused = run("compute", "--profile", "uk", *ME)
    assert refused.exit_code == 1 and refused.stdout == "" and "--fx FILE" in refused.stderr
    # Also of the days on which declared lots were bought, long before their deposit.
    rows = made("ledger", *ME)["rows"]
    days = {row["time"][:10] for row in rows} | {row.get("acquired", "") for row in rows} - {""}
    rates = tmp_path / "fx.csv"
    rates.write_text("date,from,to,rate\n" + "".join(f"{day},USD,GBP,0.8\n" for day in days))
    uk = ("compute", "--profile", "uk", "--fx", str(rates))
    pounds = made(*uk, "--vault-owner", "depositor_1")
    assert pounds["currency"] == "GBP" and pounds["disposals"]

    # What the log does not tell, here the value of a gift, is written into its ledger.
    untold = run(*uk, *ME)
    assert untold.exit_code == 1 and untold.stdout == ""
    assert "column total" in untold.stderr and "vaultsdk tax ledger --out FILE" in untold.stderr
    *_, gift = (row for row in csv.DictReader(file.open()) if row["type"] == "gift_out")
    text = file.read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if line.startswith(gift["id"]))
    asset = f",gift_out,{gift['asset']},{gift['quantity']},"
    file.write_text(text.replace(line, line.replace(asset, f"{asset}1500"), 1), encoding="utf-8")
    told = made(*uk, "--ledger", str(file), "--currency", "USD")
    (given,) = [one for one in told["disposals"] if one["event"] == gift["id"]]
    assert given["proceeds"] == "1200"

    unknown = run("compute", *us, "--vault-owner", "nobody")
    assert unknown.exit_code == 1 and "no account nobody" in unknown.stderr
