"""The deployment file: what is written is read back, and what cannot be used says why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from vaultsdk.chain.deployment import deployment_path, load_deployment, save_deployment
from vaultsdk.core.deployment import Deployment, DeploymentError, PoolRef, check_same_chain

LOW, HIGH = "0x" + "11" * 20, "0x" + "Ab" * 20
GENESIS = "0x" + "0f" * 32


def made(**changes: Any) -> Deployment:
    content: dict[str, Any] = {
        "name": "test",
        "chain_id": 31337,
        "genesis_hash": GENESIS,
        "first_block": 7,
        "quote": {"address": LOW, "symbol": "USDC", "decimals": 6},
        "assets": [{"id": 0, "address": HIGH.lower(), "symbol": "WETH", "decimals": 18}],
        "policies": [
            {"id": 0, "name": "hold", "word": 0},
            {"id": 1, "name": "Eager", "word": "0x" + "5".zfill(64)},
        ],
        "pools": [
            {
                "kind": "uniswap_v3",
                "address": LOW,
                "token0": LOW,
                "token1": HIGH.lower(),
                "fee": 500,
            }
        ],
    }
    return Deployment.model_validate(content | changes)


def test_written_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "deployment.json"
    save_deployment(made(), path)
    assert load_deployment(path) == made()
    assert [file.name for file in path.parent.iterdir()] == ["deployment.json"]
    assert json.loads(path.read_text())["policies"][1]["word"] == "0x" + "5".zfill(64)
    assert deployment_path(8453, "family") == Path("deployments/8453-family.json")


def test_addresses_are_checksummed_and_words_are_words() -> None:
    deployment = made()
    assert deployment.assets[0].address.lower() == HIGH.lower()
    assert deployment.assets[0].address != HIGH.lower()
    assert deployment.policies[1].word_int == 5


def test_looked_up_by_id_name_or_address() -> None:
    deployment = made()
    asset = deployment.assets[0]
    assert (
        deployment.asset(0) == deployment.asset("weth") == deployment.asset(HIGH.lower()) == asset
    )
    assert deployment.policy("eager") == deployment.policy(1) == deployment.policy("1")
    with pytest.raises(DeploymentError, match="asset DAI is not listed by test; listed: 0 WETH"):
        deployment.asset("DAI")
    with pytest.raises(DeploymentError, match=r"policy 9 .*known: 0 hold, 1 Eager"):
        deployment.policy(9)
    with pytest.raises(DeploymentError, match="has no vault"):
        deployment.require_vault()
    assert made(vault=LOW).require_vault() == LOW


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "is not a deployment file of schema 1: the document"),
        ("[]", "is not a deployment file"),
        ("{}", "name: Field required"),
        (made().to_json().replace('"schema_version": 1', '"schema_version": 2'), "schema_version"),
        (made().to_json().replace(LOW, "0x12"), "'0x12' is not an address"),
        (made().to_json().replace(GENESIS, "0x12"), "genesis_hash"),
        (made().to_json().replace('"name": "test",', '"name": "test", "more": 1,'), "more: Extra"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "d.json"
    path.write_text(text)
    with pytest.raises(DeploymentError, match=complaint) as caught:
        load_deployment(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_no_file_names_the_two_ways_out(tmp_path: Path) -> None:
    with pytest.raises(DeploymentError, match=r"devnet up.*--deployment or LOTVAULT_DEPLOYMENT"):
        load_deployment(tmp_path / "none.json")


def test_another_chain_is_refused() -> None:
    check_same_chain(made(), 31337, GENESIS.upper().replace("X", "x"))
    with pytest.raises(DeploymentError, match=r"f\.json is for chain 31337 but the RPC is chain 1"):
        check_same_chain(made(), 1, GENESIS, "f.json")
    with pytest.raises(DeploymentError, match="its genesis block differs"):
        check_same_chain(made(), 31337, "0x" + "00" * 32)


def test_nothing_twice_and_pools_sorted() -> None:
    asset = {"id": 0, "address": LOW, "symbol": "A", "decimals": 18}
    with pytest.raises(ValidationError, match="two assets have the same id"):
        made(assets=[asset, asset])
    policy = {"id": 0, "name": "hold", "word": 0}
    with pytest.raises(ValidationError, match="two policies have the same id"):
        made(policies=[policy, policy])
    with pytest.raises(ValidationError, match="token0 must sort below token1"):
        PoolRef(kind="uniswap_v2", address=LOW, token0=HIGH.lower(), token1=LOW, fee=3000)
