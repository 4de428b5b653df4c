"""The keeper on the local chain: real pools, the real contract, a real node."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from vaultsdk.chain import write_calls
from vaultsdk.chain.node import Node
from vaultsdk.chain.rpc import NodeDownError, RevertedError
from vaultsdk.chain.signers import LocalSigner, UnlockedSigner
from vaultsdk.chain.vault import Vault
from vaultsdk.core import harvest_rules as rules
from vaultsdk.core.decision import Reason, Refusal
from vaultsdk.devnet.abi import encode_call
from vaultsdk.devnet.accounts import private_key, role_index
from vaultsdk.devnet.faucet import give
from vaultsdk.devnet.launch import Devnet
from vaultsdk.devnet.market import Prices
from vaultsdk.keeper.calls import HarvestCall
from vaultsdk.keeper.config import KeeperConfig
from vaultsdk.keeper.errors import JournalError, KeeperError
from vaultsdk.keeper.job import KeeperJob, RunReport
from vaultsdk.keeper.plan import Planned
from vaultsdk.keeper.simulate import simulate
from vaultsdk.keeper.state import Snapshot
from vaultsdk.keeper.track import wait

pytestmark = pytest.mark.anvil

WAD = 10**18
DAY = 86_400
GWEI = 10**9
EAGER = 3  # the devnet's policy with the shortest holding time
FALLEN = Decimal("3800")


@dataclass
class World:
    """A devnet with two lots in two cohorts, and a keeper's tools."""

    chain: Devnet
    vault: Vault
    journal: Path
    owner: str
    start: int

    @property
    def node(self) -> Node:
        return self.vault.node

    def config(self, **changes: Any) -> KeeperConfig:
        # The devnet's own transactions tip a base fee, and nodes suggest what others paid.
        given = {"journal": self.journal, "priority_fee": GWEI, "receipt_timeout_s": 5} | changes
        return KeeperConfig(**given)

    def job(self, role: str = "keeper", node: Node | None = None, **changes: Any) -> KeeperJob:
        signer = LocalSigner.from_key(private_key(role_index(role)))
        vault = self.vault if node is None else Vault(self.chain.deployment, node)
        return KeeperJob(vault, self.chain.deployment, signer, self.config(**changes))

    def run(self, **changes: Any) -> RunReport:
        """One run of a keeper that is then gone, as a restarted one would find things."""
        job = self.job(**changes)
        try:
            return job.run_once()
        finally:
            job.close()

    def fall(self, price: Decimal = FALLEN, days: int = 10) -> None:
        self.chain.mover().step(Prices(eth_usd=price), time=self.start + days * DAY)

    def keeper_nonce(self) -> int:
        keeper = self.chain.node.rpc.call("eth_getTransactionCount", self.keeper, "latest")
        return int(keeper, 16)

    @property
    def keeper(self) -> str:
        devnet = self.chain.deployment.devnet
        assert devnet is not None
        return devnet.accounts["keeper"]


@pytest.fixture
def world(devnet: Devnet, tmp_path: Path) -> World:
    """Two depositors bought at the first price: one eager, one who waits 31 days."""
    deployment = devnet.deployment
    assert deployment.devnet is not None
    vault = Vault(deployment, Node.at(devnet.url))
    owners = [deployment.devnet.accounts[f"depositor_{number}"] for number in range(2)]
    give(devnet.rpc, deployment, "WETH", dict.fromkeys(owners, 100 * WAD))
    vault.deposit(UnlockedSigner(owners[0]), "WETH", 10 * WAD, policy=EAGER)
    vault.deposit(UnlockedSigner(owners[1]), "WETH", 20 * WAD, policy=1)
    start = int(vault.node.block()["timestamp"], 16)
    return World(devnet, vault, tmp_path / "journal.jsonl", owners[0], start)


def planned(world: World) -> tuple[Snapshot, Planned]:
    """The snapshot that the keeper decides on now, and what it would send."""
    snapshot, _, (one,) = world.job().look()
    return snapshot, one


# ---------------------------------------------------------------- a harvest
def test_price_falls_keeper_harvests_lots_are_rolled(world: World) -> None:
    before = world.vault.lot(world.owner, 0)
    assert world.run().refused == {"held too short": 2}
    world.fall()
    report = world.run(fee_bps=10)
    (done,) = report.harvests
    assert report.refused == {"held too short": 1}
    assert done.sold == 10 * WAD and done.fee == done.gross * 10 // 10_000
    after = world.vault.lot(world.owner, 0)
    assert (before.asset, after.asset) == (0, 1)
    assert after.units == done.net and after.hops == 1
    assert after.basis == done.net * done.price_out // WAD < before.basis
    # The plan promised at most what came, and named all that was lost on the way.
    assert done.expected is not None
    lost = done.expected.value_sold - done.net * done.price_out // WAD
    costs = done.expected.costs - done.expected.gas
    assert abs(lost - costs) <= WAD // 1000
    loss = before.basis - after.basis
    # The basis was taken at the band's lower end: at most 0.8 % too low.
    assert 0 <= loss - done.expected.loss <= before.basis * 8 // 1_000


def test_a_second_run_sends_nothing(world: World) -> None:
    world.fall()
    assert len(world.run().harvests) == 1
    nonce = world.keeper_nonce()
    again = world.run()
    assert not again.harvests and not again.simulated
    assert world.keeper_nonce() == nonce


def test_a_job_that_lives_on_reads_only_what_is_new(world: World) -> None:
    """The same decisions as a fresh keeper's, from the second run on without the whole log."""
    job = world.job()
    asked: list[int] = []
    request = world.node.request

    def noted(method: str, *params: Any) -> Any:
        if method == "eth_getLogs":
            asked.append(int(params[0]["fromBlock"], 16))
        return request(method, *params)

    world.node.request = noted  # type: ignore[method-assign]
    job.run_once()
    world.chain.rpc.call("anvil_mine", hex(200))
    world.fall()
    assert len(job.run_once().harvests) == 1
    live = job.run_once()
    assert asked[0] == world.chain.deployment.first_block < asked[-1]
    job.close()
    fresh = world.run()
    assert live.decisions == fresh.decisions


def test_a_dry_run_sends_nothing(world: World) -> None:
    world.fall()
    nonce = world.keeper_nonce()
    report = world.run(dry_run=True)
    assert len(report.simulated) == 1 and not report.harvests
    assert world.keeper_nonce() == nonce
    assert not world.journal.exists()


def test_the_estimate_is_what_the_harvest_used(world: World) -> None:
    world.fall()
    report = world.run()
    (done,), (tried,) = report.harvests, report.simulated
    assert done.gas_used <= tried.gas_used < tried.gas_limit
    assert tried.breakdown.gas_units == tried.gas_used


# ---------------------------------------------------------------- refusals
def test_a_stale_feed_is_a_reason(world: World) -> None:
    world.fall()
    world.chain.rpc.call("evm_increaseTime", 2 * DAY)
    world.chain.rpc.call("evm_mine")
    report = world.run()
    assert report.refused == {"held too short": 1, Reason.NO_PRICE.value: 1}
    stale = next(
        d.outcome
        for d in report.decisions.decisions
        if isinstance(d.outcome, Refusal) and d.outcome.reason is Reason.NO_PRICE
    )
    assert stale.evidence["feed"] == "base" and stale.evidence["status"] == "stale"


def test_paused_harvests_are_a_reason(world: World) -> None:
    world.fall()
    guardian = LocalSigner.from_key(private_key(role_index("guardian")))
    world.vault.send(write_calls.set_paused(world.vault.address, 2), guardian)
    assert world.run().refused == {"paused": 2}


def test_gas_above_the_limit_stops_the_harvest(world: World) -> None:
    world.fall()
    nonce = world.keeper_nonce()
    (refusal,) = world.run(max_gas_price=GWEI).refusals
    assert refusal.reason is Reason.GAS_TOO_DEAR
    assert world.keeper_nonce() == nonce


def test_a_keeper_without_the_role_is_told_so(world: World) -> None:
    world.fall()
    with pytest.raises(KeeperError, match="does not have the vault's keeper role"):
        world.run(role="deployer")


def test_a_keeper_without_funds_is_told_so(world: World) -> None:
    world.fall()
    world.chain.rpc.call("anvil_setBalance", world.keeper, hex(GWEI))
    with pytest.raises(KeeperError, match="check the balance"):
        world.run()
    # Nothing half done: with funds again the same harvest goes through.
    world.chain.rpc.call("anvil_setBalance", world.keeper, hex(WAD))
    assert len(world.run().harvests) == 1


# ---------------------------------------------------------------- a hostile market
def push_pool(world: World, units: int) -> None:
    """A stranger sells WETH into the pool that the keeper is about to use."""
    deployment = world.chain.deployment
    assert deployment.devnet is not None and deployment.dex.swap_router_02 is not None
    attacker = deployment.devnet.accounts["depositor_5"]
    give(world.chain.rpc, deployment, "WETH", {attacker: units})
    weth, wsteth = deployment.asset("WETH").address, deployment.asset("wstETH").address
    router = deployment.dex.swap_router_02
    signer = UnlockedSigner(attacker)
    world.vault.send(write_calls.approve(weth, router, units), signer)
    data = encode_call(
        "exactInputSingle((address,address,uint24,address,uint256,uint256,uint160))",
        [(weth, wsteth, 100, attacker, units, 0, 0)],
    )
    world.vault.send(write_calls.Call(router, data, "attack"), signer)


def test_a_pool_pushed_before_the_harvest_makes_it_fail_and_nothing_is_lost(world: World) -> None:
    world.fall()
    snapshot, one = planned(world)
    push_pool(world, 5_000 * WAD)
    refusal = simulate(world.node, world.vault.address, world.keeper, one, snapshot)
    assert isinstance(refusal, Refusal) and refusal.reason is Reason.RATE_BELOW_MINIMUM
    # Sent all the same, as by a keeper whom the attacker overtook within the block.
    held = world.vault.held("WETH")
    transaction = {
        "from": world.keeper,
        "to": world.vault.address,
        "data": one.call.data(world.vault.address),
        "gas": hex(2_000_000),
    }
    tx_hash = world.node.request("eth_sendTransaction", transaction)
    receipt = wait(world.node, tx_hash, 10)
    assert receipt is not None and receipt["status"] == "0x0"
    assert world.vault.held("WETH") == held
    assert world.vault.cohort(one.call.keys[0]).is_open
    # The next run sees the pushed pool and takes another one, or waits; it never pays the attacker.
    report = world.run()
    for done in report.harvests:
        assert done.expected is not None
        assert done.expected.costs - done.expected.gas < done.expected.value_sold // 200


# ---------------------------------------------------------------- the contract's limits
def outcome(world: World, call: HarvestCall) -> str:
    """Nothing when the contract would take it now, else its words."""
    request = {
        "from": world.keeper,
        "to": world.vault.address,
        "data": call.data(world.vault.address),
    }
    try:
        world.node.request("eth_call", request, "latest")
    except RevertedError as error:
        return error.reason or "no reason"
    return ""


def test_what_the_plan_computes_the_contract_refuses_one_unit_further(world: World) -> None:
    world.fall()
    _, one = planned(world)
    choice, market, call = one.batch.choice, one.batch.market, one.call
    sold, net = choice.plan.sold, choice.settled.net
    rate = rules.min_rate(net, sold, market)
    ends = {
        "rate below minimum": ({"min_rate": rate}, {"min_rate": rate + 1}),
        "too little to sell": ({"min_sold": sold}, {"min_sold": sold + 1}),
        "fee above policy": (
            {"fee_bps": choice.plan.limits.max_fee, "min_rate": 0},
            {"fee_bps": choice.plan.limits.max_fee + 1, "min_rate": 0},
        ),
    }
    for words, (inside, outside) in ends.items():
        assert outcome(world, call.model_copy(update=inside)) == "", words
        assert outcome(world, call.model_copy(update=outside)) == words


def test_the_bucket_is_predicted_to_the_unit(world: World) -> None:
    world.fall()
    _, one = planned(world)
    debit = one.batch.choice.settled.debit
    guardian = LocalSigner.from_key(private_key(role_index("guardian")))
    for size, words in ((debit, ""), (debit - 1, "loss bucket full")):
        world.vault.send(write_calls.set_bucket(world.vault.address, size), guardian)
        assert outcome(world, one.call) == words
        # The keeper says the same: for the whole cohort there is room, or there is not.
        _, decisions, plans = world.job().look()
        assert bool(plans) is (words == "")
    assert decisions.alarms


def test_the_price_at_which_a_cohort_becomes_eligible_is_exact(world: World) -> None:
    """At the threshold (in the feed's 1e-8 USD) the contract takes it, a step above it does not."""
    world.fall()
    _, one = planned(world)
    (decision, *_) = [d for d in world.job().look()[1].decisions if d.harvested]
    assert decision.outlook.threshold is not None
    answer = decision.outlook.threshold // 10**10
    deployment = world.chain.deployment
    deployer = LocalSigner.from_key(private_key(role_index("deployer")))
    loose = one.call.model_copy(update={"min_rate": 0})
    for step, words in ((0, ""), (1, "loss too small")):
        data = encode_call("set_answer(int256)", [answer + step])
        world.vault.send(write_calls.Call(deployment.feeds["base"], data, "feed"), deployer)
        assert outcome(world, loose) == words
        seen = next(
            d.outcome
            for d in world.job().look()[1].decisions
            if d.candidate.key == decision.candidate.key
        )
        said = seen.reason.value if isinstance(seen, Refusal) else ""
        assert said == words


# ---------------------------------------------------------------- never twice
_KILLED = """
import os, sys
from pathlib import Path
from vaultsdk.chain.deployment import load_deployment
from vaultsdk.chain.node import Node
from vaultsdk.chain.signers import LocalSigner
from vaultsdk.chain.vault import Vault
from vaultsdk.keeper.config import KeeperConfig
from vaultsdk.keeper.job import KeeperJob

path, url, key, journal, when = sys.argv[1:]

class Dying(Node):
    def request(self, method, *params):
        if method == "eth_sendRawTransaction" and when == "before":
            os._exit(9)
        answer = super().request(method, *params)
        if method == "eth_sendRawTransaction":
            os._exit(9)
        return answer

deployment = load_deployment(Path(path))
job = KeeperJob(
    Vault(deployment, Dying.at(url)), deployment, LocalSigner.from_key(key),
    KeeperConfig(journal=Path(journal), priority_fee=10**9),
)
job.run_once()
"""


def kill(world: World, deployment_file: Path, when: str) -> None:
    """A keeper in a process of its own, which dies (without any clean-up) at its broadcast."""
    key = private_key(role_index("keeper"))
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            _KILLED,
            str(deployment_file),
            world.chain.url,
            key,
            str(world.journal),
            when,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 9, done.stderr


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_keeper_killed_around_its_broadcast_harvests_once(
    world: World, deployment_file: Path, when: str
) -> None:
    world.fall()
    nonce = world.keeper_nonce()
    kill(world, deployment_file, when)
    assert world.keeper_nonce() == nonce + (when == "after")
    lines = [json.loads(line) for line in world.journal.read_text().splitlines()]
    assert [line["type"] for line in lines] == ["attempt"]
    # The restarted keeper finds the harvest, or sends the same bytes; either way it is one.
    report = world.run()
    (done,) = report.harvests
    assert done.tx_hash == lines[0]["tx_hash"]
    assert world.keeper_nonce() == nonce + 1
    assert not world.run().harvests
    assert world.keeper_nonce() == nonce + 1
    assert len(world.vault.harvests()) == 1


@pytest.fixture
def no_mining(world: World) -> Iterator[World]:
    """Transactions stay pending until somebody mines."""
    world.chain.rpc.call("evm_setAutomine", False)
    yield world
    world.chain.rpc.call("anvil_dropAllTransactions")
    world.chain.rpc.call("evm_setAutomine", True)


def test_while_a_harvest_is_pending_nothing_else_is_sent(no_mining: World) -> None:
    world = no_mining
    world.chain.rpc.call("evm_setAutomine", True)
    world.fall()
    world.chain.rpc.call("evm_setAutomine", False)
    nonce = world.keeper_nonce()
    for _ in range(3):
        report = world.run(receipt_timeout_s=0.05)
        assert [one.reason for one in report.refusals] == [Reason.IN_FLIGHT]
    pending = world.node.request("eth_getTransactionCount", world.keeper, "pending")
    assert int(pending, 16) == nonce + 1
    world.chain.rpc.call("evm_mine")
    assert len(world.run().harvests) == 1
    assert world.keeper_nonce() == nonce + 1
    assert len(world.vault.harvests()) == 1


def test_a_harvest_that_was_dropped_is_replaced_under_its_own_nonce(no_mining: World) -> None:
    world = no_mining
    world.chain.rpc.call("evm_setAutomine", True)
    world.fall()
    world.chain.rpc.call("evm_setAutomine", False)
    nonce = world.keeper_nonce()
    world.run(receipt_timeout_s=0.05, deadline_s=60)
    first = json.loads(world.journal.read_text().splitlines()[0])
    world.chain.rpc.call("anvil_dropAllTransactions")
    world.chain.rpc.call("evm_increaseTime", 120)
    world.chain.rpc.call("evm_mine")
    world.chain.rpc.call("evm_setAutomine", True)
    (done,) = world.run().harvests
    assert done.tx_hash != first["tx_hash"]
    attempts = [json.loads(line) for line in world.journal.read_text().splitlines()]
    nonces = [line["nonce"] for line in attempts if line["type"] == "attempt"]
    assert nonces == [nonce, nonce]
    assert world.keeper_nonce() == nonce + 1


def test_somebody_elses_pending_transaction_is_not_overtaken(no_mining: World) -> None:
    world = no_mining
    world.chain.rpc.call("evm_setAutomine", True)
    world.fall()
    world.chain.rpc.call("evm_setAutomine", False)
    own = {"from": world.keeper, "to": world.owner, "value": "0x1"}
    world.node.request("eth_sendTransaction", own)
    with pytest.raises(KeeperError, match="pending transaction"):
        world.run()


def test_two_keepers_do_not_share_a_journal(world: World) -> None:
    world.fall()
    first = world.job()
    first.run_once()
    with pytest.raises(JournalError, match="another keeper"):
        world.run()
    first.close()


# ---------------------------------------------------------------- the command line and the loop
def line(world: World, deployment_file: Path, *arguments: str, rpc: str | None = None) -> list[str]:
    """The command line of a `vaultsdk` command on this world."""
    program = [sys.executable, "-c", "from vaultsdk.cli import main; main()"]
    target = ["--deployment", str(deployment_file), "--rpc", rpc or world.chain.url]
    return [*program, *arguments, *target]


def command(world: World, deployment_file: Path, *arguments: str, rpc: str | None = None) -> Any:
    return subprocess.run(
        line(world, deployment_file, *arguments, rpc=rpc),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_commands_agree_with_each_other(world: World, deployment_file: Path) -> None:
    world.fall()
    signed = ["--account", "keeper", "--journal", str(world.journal)]
    plan = json.loads(command(world, deployment_file, "plan", "--json").stdout)
    said = {one["cohort"]: one["decision"] for one in plan["cohorts"]}
    assert sorted(said.values()) == ["harvest", "refused"]
    for key, decision in said.items():
        why = json.loads(command(world, deployment_file, "why", key, "--json").stdout)
        assert why["decision"] == decision and why["steps"]
    refused = next(key for key, decision in said.items() if decision == "refused")
    by_hand = command(world, deployment_file, "harvest", "send", refused, *signed)
    assert by_hand.returncode == 1 and "nothing was harvested" in by_hand.stderr
    dry = command(world, deployment_file, "keeper", "run", "--once", "--dry-run", *signed, "--json")
    assert dry.returncode == 0 and len(json.loads(dry.stdout)["simulated"]) == 1
    real = command(world, deployment_file, "keeper", "run", "--once", *signed, "--json")
    assert real.returncode == 0 and len(json.loads(real.stdout)["landed"]) == 1
    again = command(world, deployment_file, "harvest", "send", *signed, "--json")
    assert again.returncode == 0 and not json.loads(again.stdout)["landed"]


def test_each_mistake_is_one_line_and_a_failure(world: World, deployment_file: Path) -> None:
    world.fall()
    signed = ["--account", "keeper", "--journal", str(world.journal)]
    for arguments, rpc, words in (
        (["plan"], "http://127.0.0.1:1", "no node answers"),
        (["keeper", "run", "--once", *signed], "http://127.0.0.1:1", "no node answers"),
        (["why", "junk"], None, "is not a cohort"),
        (["keeper", "run", "--once"], None, "name one signer"),
        (["keeper", "run", "--once", "--account", "deployer"], None, "keeper role"),
    ):
        done = command(world, deployment_file, *arguments, rpc=rpc)
        assert done.returncode != 0 and words in done.stderr, (arguments, done.stderr)
        assert len(done.stderr.strip().splitlines()) == 1 and not done.stdout


def test_the_loop_gives_up_on_a_node_that_stays_away(world: World) -> None:
    job = world.job(node=Node.at("http://127.0.0.1:1"))
    with pytest.raises(NodeDownError):
        job.run_loop(0.01)
    job.close()


def test_the_loop_finishes_its_run_at_sigterm(world: World, deployment_file: Path) -> None:
    world.fall()
    signed = ["--account", "keeper", "--journal", str(world.journal)]
    loop = subprocess.Popen(
        line(world, deployment_file, "keeper", "run", "--interval", "0.2", "--json", *signed),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    assert loop.stdout is not None
    first, second = json.loads(loop.stdout.readline()), json.loads(loop.stdout.readline())
    loop.send_signal(signal.SIGTERM)
    begun = time.monotonic()
    assert loop.wait(20) == 0 and time.monotonic() - begun < 10
    assert len(first["landed"]) == 1 and not second["landed"]
