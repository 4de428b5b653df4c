"""The keeper's job: one run from snapshot to receipts, and the loop around it.

    job = KeeperJob(vault, deployment, signer, KeeperConfig())
    report = job.run_once()

A job keeps what it learnt (keys, policies) from run to run, so every run but the first is quick.
"""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, Final, Protocol

from vaultsdk.chain.node import Node
from vaultsdk.chain.rpc import NodeError
from vaultsdk.chain.signers import Signer
from vaultsdk.core.cohort import CohortKey
from vaultsdk.core.decision import Reason, Refusal
from vaultsdk.core.deployment import Deployment
from vaultsdk.core.model import Frozen
from vaultsdk.keeper.config import KeeperConfig
from vaultsdk.keeper.decide import Decisions, decide
from vaultsdk.keeper.errors import KeeperError
from vaultsdk.keeper.journal import Journal
from vaultsdk.keeper.plan import Planned, plan
from vaultsdk.keeper.simulate import Simulated, simulate
from vaultsdk.keeper.snapshot import SnapshotReader
from vaultsdk.keeper.state import Snapshot
from vaultsdk.keeper.submit import Submitter
from vaultsdk.keeper.track import HarvestReceipt

log = logging.getLogger("vaultsdk.keeper")

# After that many runs in a row that could not ask the node, something must be said by exiting.
MAX_FAILURES: Final = 5


class HasNode(Protocol):
    """A vault client: all that is needed of it here is its node."""

    @property
    def node(self) -> Node:
        """The node that it talks to."""
        ...


class RunReport(Frozen):
    """What one run saw and did.

    `decisions` has one entry per open cohort. `harvests` landed in this run (with those of an
    earlier run that were found on chain); `simulated` would have been sent in a dry run;
    `refusals` are harvests that were decided on but stopped by simulation or submission.
    """

    snapshot: Snapshot
    decisions: Decisions
    planned: tuple[Planned, ...]
    harvests: tuple[HarvestReceipt, ...] = ()
    simulated: tuple[Simulated, ...] = ()
    refusals: tuple[Refusal, ...] = ()

    @property
    def block(self) -> int:
        """Number of the block that the run decided on."""
        return self.snapshot.block_number

    @property
    def refused(self) -> dict[str, int]:
        """How many cohorts were refused for each reason."""
        counts: dict[str, int] = {}
        for decision in self.decisions.decisions:
            if isinstance(decision.outcome, Refusal):
                reason = decision.outcome.reason.value
                counts[reason] = counts.get(reason, 0) + 1
        return dict(sorted(counts.items()))


class KeeperJob:
    """Harvests what is worth it. Without a signer it can only look and simulate nothing."""

    def __init__(
        self,
        vault: HasNode,
        deployment: Deployment,
        signer: Signer | None,
        config: KeeperConfig | None = None,
    ) -> None:
        """Nothing is asked of the node yet. Raises KeeperError without vault or lens."""
        self.config = config or KeeperConfig()
        self.deployment = deployment
        self._node = vault.node
        self._signer = signer
        self._reader = SnapshotReader(self._node, deployment, self.config)
        self._journal: Journal | None = None
        self._submitter: Submitter | None = None

    # ---------------------------------------------------------------- looking
    def look(
        self, only: frozenset[int] | None = None, *, also: tuple[int, ...] = ()
    ) -> tuple[Snapshot, Decisions, tuple[Planned, ...]]:
        """Snapshot, decisions and the calls they lead to; nothing is simulated or sent.

        `only`: keys to decide on. `also`: keys to read though no event told of them.
        """
        address = self._signer.address if self._signer else None
        snapshot = self._reader.read(address, also=also)
        decisions = decide(snapshot, self.config, only)
        return snapshot, decisions, plan(decisions, snapshot, self.config, self._adapters)

    # ---------------------------------------------------------------- a run
    def run_once(
        self, only: frozenset[int] | None = None, *, to_asset: int | None = None
    ) -> RunReport:
        """One run. `only` and `to_asset` narrow what may be harvested.

        Raises KeeperError when the account is not the vault's keeper or something of its own is
        in the way, NodeError when the node cannot be asked. Both leave nothing half done.
        """
        if self._signer is None:
            raise KeeperError("a run needs a signer: name the keeper's account")
        landed: list[HarvestReceipt] = []
        in_flight: Refusal | None = None
        if not self.config.dry_run:
            landed, attempt = self._sender().settle()
            if attempt is not None:
                in_flight = Refusal(
                    reason=Reason.IN_FLIGHT,
                    evidence={
                        "tx": attempt.tx_hash,
                        "nonce": attempt.nonce,
                        "deadline": attempt.deadline,
                    },
                )
        snapshot, decisions, planned = self.look(only, also=tuple(sorted(only or ())))
        if snapshot.keeper is not None and not snapshot.keeper.is_keeper:
            raise KeeperError(
                f"{self._signer.address} does not have the vault's keeper role: give the keeper's "
                "account, or let the admin call set_roles(account, 4)"
            )
        if to_asset is not None:
            planned = tuple(one for one in planned if one.call.to_asset == to_asset)
        for alarm in decisions.alarms:
            log.warning("alarm: the loss bucket cannot carry cohort %s", alarm.explain())
        simulated: list[Simulated] = []
        refusals = [] if in_flight is None else [in_flight]
        for one in planned if in_flight is None else ():
            refusal = self._harvest(one, snapshot, landed, simulated)
            if refusal is not None:
                refusals.append(refusal)
                log.info("not sent: %s", refusal.explain())
                if refusal.reason is Reason.IN_FLIGHT:
                    break
        report = RunReport(
            snapshot=snapshot,
            decisions=decisions,
            planned=planned,
            harvests=tuple(landed),
            simulated=tuple(simulated),
            refusals=tuple(refusals),
        )
        log.info(
            "block %d: %d cohorts, %d planned, %d harvested, refused %s",
            report.block,
            len(decisions.decisions),
            len(planned),
            len(landed),
            report.refused,
        )
        return report

    def _harvest(
        self,
        planned: Planned,
        snapshot: Snapshot,
        landed: list[HarvestReceipt],
        simulated: list[Simulated],
    ) -> Refusal | None:
        """Simulate and send one; None when that went well."""
        assert self._signer is not None
        limit, price = self.config.max_gas_price, snapshot.base_fee + snapshot.tip
        if limit is not None and price > limit:
            return Refusal(
                reason=Reason.GAS_TOO_DEAR, evidence={"gas_price": price, "max_gas_price": limit}
            )
        vault = self.deployment.require_vault()
        tried = simulate(
            self._node,
            vault,
            self._signer.address,
            planned,
            snapshot,
            self.config.fee_covers_gas,
        )
        if isinstance(tried, Refusal):
            return tried
        simulated.append(tried)
        if self.config.dry_run:
            return None
        done = self._sender().send(tried, snapshot)
        if isinstance(done, Refusal):
            return done
        log.info(
            "harvest %d: %d cohorts, sold %d for %d net, tx %s",
            done.number,
            len(done.keys),
            done.sold,
            done.net,
            done.tx_hash,
        )
        landed.append(done)
        return None

    # ---------------------------------------------------------------- the loop
    def run_loop(
        self,
        interval_s: float,
        on_report: Callable[[RunReport], None] | None = None,
        stop: threading.Event | None = None,
    ) -> None:
        """Run, wait, run again, until SIGTERM or SIGINT (or `stop` is set): then the run at hand is
        finished and the loop returns.

        A node that does not answer, or not sensibly, is tried again; after MAX_FAILURES runs in a
        row the last NodeError is raised. KeeperError ends the loop at once: waiting would not mend
        it.
        """
        stop = stop or threading.Event()
        with _Signals(stop):
            failures = 0
            while not stop.is_set():
                try:
                    report = self.run_once()
                except NodeError as error:
                    failures += 1
                    log.warning("run %d in a row that failed: %s", failures, error)
                    if failures >= MAX_FAILURES:
                        raise
                else:
                    failures = 0
                    if on_report is not None:
                        on_report(report)
                stop.wait(interval_s)

    def close(self) -> None:
        """Release the journal."""
        if self._journal is not None:
            self._journal.close()
            self._journal = self._submitter = None

    # ---------------------------------------------------------------- parts
    @property
    def _adapters(self) -> Any:
        return self.deployment.adapters

    def _sender(self) -> Submitter:
        if self._submitter is None:
            assert self._signer is not None
            vault = self.deployment.require_vault()
            self._journal = Journal(
                self.config.journal or self.default_journal(),
                self.deployment.chain_id,
                self.deployment.genesis_hash,
                vault,
                self._signer.address,
            )
            self._submitter = Submitter(self._node, vault, self._signer, self._journal, self.config)
        return self._submitter

    def default_journal(self) -> Path:
        """`out/keeper/<chain>-<vault>-<account>.jsonl`: one file for what must not be shared."""
        assert self._signer is not None
        vault, account = self.deployment.require_vault(), self._signer.address
        name = f"{self.deployment.chain_id}-{vault[2:10]}-{account[2:10]}.jsonl".lower()
        return Path("out/keeper") / name


def cohort_keys(texts: tuple[str, ...]) -> frozenset[int] | None:
    """Packed keys of cohorts named as 0x-hex or asset:policy:band:day:seq; None for none named."""
    return frozenset(CohortKey.parse(text).pack() for text in texts) or None


class _Signals:
    """SIGTERM and SIGINT set the event, while this lasts; a second one acts as ever."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._old: dict[int, Any] = {}

    def __enter__(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        for number in (signal.SIGTERM, signal.SIGINT):
            self._old[number] = signal.signal(number, self._handle)

    def __exit__(self, *exc: object) -> None:
        self._restore()

    def _handle(self, number: int, frame: FrameType | None) -> None:
        log.info("stopping after the run at hand")
        self._stop.set()
        self._restore()

    def _restore(self) -> None:
        for number, old in self._old.items():
            signal.signal(number, old)
        self._old = {}
