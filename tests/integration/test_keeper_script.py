"""`ape run keeper`: the job with an ape account, as an operator starts it, in its own process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

from vaultsdk.chain.signers import UnlockedSigner
from vaultsdk.chain.vault import Vault
from vaultsdk.devnet.faucet import give
from vaultsdk.devnet.launch import Devnet
from vaultsdk.devnet.market import Prices

ROOT = Path(__file__).resolve().parents[2]
KEEPER = "TEST::3"  # the devnet's accounts come from the mnemonic that ape's test accounts use
DAY = 86_400


def test_it_harvests_with_an_ape_account(
    devnet: Devnet, deployment_file: Path, tmp_path: Path
) -> None:
    refs = devnet.deployment.devnet
    assert refs is not None
    owner = refs.accounts["depositor_0"]
    vault = Vault.at(devnet.deployment, devnet.url)
    give(devnet.rpc, devnet.deployment, "WETH", {owner: 10**19})
    vault.deposit(UnlockedSigner(owner), "WETH", 10**19, 2)
    mover = devnet.mover()
    mover.step(Prices(eth_usd=Decimal("3000")), time=mover.now() + 40 * DAY)

    report = tmp_path / "report.json"
    run = subprocess.run(
        [
            *(str(Path(sys.executable).with_name("ape")), "run", "keeper"),
            *("--network", "ethereum:local:foundry", "--account", KEEPER),
            *("--deployment", str(deployment_file), "--journal", str(tmp_path / "journal.jsonl")),
            *("--once", "--out", str(report)),
        ],
        cwd=ROOT,
        env={**os.environ, "APE_FOUNDRY_HOST": devnet.url},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    (done,) = json.loads(report.read_text())["harvests"]
    assert vault.lot(owner, 0).hops == 1
    assert vault.harvest_of(1).sold == int(done["sold"]) == 10**19
