"""`vaultsdk route` on a local chain and from a snapshot alone; quotes as the contracts'."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.integration.life import WAD
from vaultsdk.chain.node import Node
from vaultsdk.cli import main
from vaultsdk.core.units import parse_amount
from vaultsdk.devnet.launch import Devnet
from vaultsdk.keeper.calls import quote
from vaultsdk.market.route import routes

pytestmark = pytest.mark.anvil

Run = Callable[..., Result]


@pytest.fixture
def run(devnet: Devnet, deployment_file: Path) -> Run:
    environment = {"LOTVAULT_DEPLOYMENT": str(deployment_file), "LOTVAULT_RPC": devnet.url}

    def invoke(*arguments: str, **env: str) -> Result:
        return CliRunner(mix_stderr=False).invoke(
            main, ("route", *arguments), env={**environment, **env}
        )

    return invoke


def document(result: Result) -> Any:
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_a_split_is_what_the_contracts_quote(devnet: Devnet, run: Run) -> None:
    made = document(run("9000", "WETH", "wstETH", "--json"))
    assert len(made["legs"]) > 1
    assert sum(int(leg["share"]) for leg in made["legs"]) == WAD
    assert Decimal(made["received"]) > Decimal(made["best_single"])
    deployment, node = devnet.deployment, Node.at(devnet.url)
    weth, wsteth = deployment.asset("WETH"), deployment.asset("wstETH")
    quoters = {
        "uniswap_v3": deployment.dex.quoter_v2,
        "uniswap_v2": deployment.dex.uniswap_v2_router_02,
    }
    by_pools = {route.pools: route for route in routes(deployment, weth.address, wsteth.address)}
    used = [tuple(leg["pools"]) for leg in made["legs"]]
    # These legs share no pool, so each contract's own quote is the leg's.
    assert len({pool for pools in used for pool in pools}) == sum(map(len, used))
    for leg, pools in zip(made["legs"], used, strict=True):
        route = by_pools[pools]
        assert leg["data"] == "0x" + route.data.hex()
        read = quote(str(quoters[route.kind]), route, parse_amount(leg["sold"], 18))
        assert read.decode(node.call(read.to, read.data)) == parse_amount(leg["received"], 18)
    after = [float(leg["price_after"]) for leg in made["legs"]]
    assert max(after) / min(after) < 1 + 1e-4
    # Nothing that the best single route, as the chain quotes it, would have been better at.
    singles = []
    for route in by_pools.values():
        read = quote(str(quoters[route.kind]), route, 9000 * WAD)
        singles.append(read.decode(node.call(read.to, read.data)))
    assert max(singles) == parse_amount(made["best_single"], 18)


def test_costs_add_up(run: Run) -> None:
    made = document(run("500", "WETH", "wstETH", "--json"))
    costs = made["costs"]
    parts = ("swap_fee", "price_impact", "oracle_gap", "gas_of_further_swaps")
    total = sum(Decimal(costs[name]["usd"]) for name in parts)
    assert abs(total - Decimal(costs["all"]["usd"])) < Decimal("1e-15")
    worth = Decimal(500) * Decimal(made["price_in_usd"])
    got = Decimal(made["received"]) * Decimal(made["price_out_usd"])
    swaps = Decimal(costs["gas_of_further_swaps"]["usd"])
    assert abs(worth - got + swaps - Decimal(costs["all"]["usd"])) < Decimal("1e-12")
    shown = run("500", "WETH", "wstETH")
    assert shown.exit_code == 0, shown.stderr
    for word in ("price after", "swap fee", "price impact", "oracle gap", "gas", "Brings"):
        assert word in shown.stdout


def test_a_snapshot_gives_the_same_without_a_node(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "pools.json"
    terms = ("--gas-price", "20", "--ether-price", "4642.38", "--price-out", "4880", "--json")
    live = document(run("700", "WETH", "wstETH", "--save-snapshot", str(file), *terms))
    nowhere = {"LOTVAULT_RPC": "http://127.0.0.1:1"}
    offline = run("700", "WETH", "wstETH", "--snapshot", str(file), *terms, **nowhere)
    saved = document(offline)
    assert saved["legs"] == live["legs"] and saved["received"] == live["received"]
    assert saved["costs"]["oracle_gap"] is None and live["costs"]["oracle_gap"] is not None
    bare = run("700", "WETH", "wstETH", "--snapshot", str(file), **nowhere)
    assert bare.exit_code == 0 and "gas is not counted" in bare.stderr


def test_one_leg_and_the_quote(run: Run) -> None:
    made = document(run("100", "WETH", "USDC", "--max-legs", "1", "--json"))
    assert len(made["legs"]) == 1 and made["legs"][0]["share"] == str(WAD)
    assert made["asset_out"] == "USDC"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("0", "WETH", "wstETH"), "0 units cannot be sold: give a size above 0"),
        (("1", "WETH", "WETH"), "is to be sold for itself: name two tokens"),
        (("1", "DOGE", "WETH"), "asset DOGE is not listed"),
        (("1", "WETH", "wstETH", "--price-in", "0"), "--price-in is 0"),
        (("1", "WETH", "wstETH", "--snapshot", "no.json"), "cannot read no.json"),
        (("1", "WETH", "wstETH", "--snapshot", "x", "--all-ticks"), "leave out"),
    ],
)
def test_mistakes_are_named(run: Run, arguments: tuple[str, ...], line: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 1 and line in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1 and not result.stdout
