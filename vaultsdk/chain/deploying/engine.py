"""Deploying a vault from a plan: look, send what is missing, verify, write the deployment file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from requests.exceptions import RequestException
from web3 import Web3
from web3.exceptions import Web3Exception

from vaultsdk.chain.artifacts import load_artifact
from vaultsdk.chain.deploying.journal import DeployError, Entry, Journal
from vaultsdk.chain.deploying.pools import find_pools
from vaultsdk.chain.deploying.preflight import Look, chain_identity, look, require_funds
from vaultsdk.chain.deploying.sending import Sender
from vaultsdk.chain.deploying.standard_json import kept, standard_json
from vaultsdk.chain.deploying.steps import Facts, creations, known_addresses, rate_address
from vaultsdk.chain.deploying.verify import verify
from vaultsdk.chain.deployment import save_deployment
from vaultsdk.chain.networks import CheckRow, CheckStatus
from vaultsdk.chain.node import Node
from vaultsdk.chain.signers import Signer
from vaultsdk.core.deployment import AdapterRefs, AssetRef, Deployment, PolicyRef
from vaultsdk.core.model import ZERO_ADDRESS
from vaultsdk.core.vault_plan import VaultPlan

_T = TypeVar("_T")

_ATTEMPTS = 3
RECEIPT_TIMEOUT_S = 600.0  # a transaction at twice the base fee waits longer only in a fee spike


@dataclass(frozen=True)
class Deployed:
    """What a run ends with. `path` is the deployment file, `costs` what every step cost."""

    deployment: Deployment
    path: Path
    rows: tuple[CheckRow, ...]
    costs: dict[str, Entry]
    standard_json: tuple[Path, ...]

    @property
    def gas_used(self) -> int:
        """Gas of all steps whose receipts were seen."""
        return sum(entry.gas_used or 0 for entry in self.costs.values())

    @property
    def wei(self) -> int:
        """Wei paid for them."""
        return sum(entry.cost or 0 for entry in self.costs.values())


class VerificationError(DeployError):
    """Something on the chain is not as planned; `rows` has every comparison."""

    def __init__(self, message: str, rows: list[CheckRow]) -> None:
        super().__init__(message)
        self.rows = rows


class VaultDeployer:
    """One vault on one chain. `folder` gets the progress file, the deployment file and the
    standard-JSON inputs; `project` is the checkout with the sources (None: no standard JSON)."""

    def __init__(
        self,
        node: Node,
        plan: VaultPlan,
        folder: Path,
        *,
        project: Path | None = None,
        say: Callable[[str], None] = lambda _: None,
        timeout_s: float = RECEIPT_TIMEOUT_S,
    ) -> None:
        self.node = node
        self.w3 = node.w3
        self.plan = plan
        self.project = project
        self._say = say
        self._timeout = timeout_s
        stem = f"{plan.chain_id}-{plan.name}"
        self.path = folder / f"{stem}.json"
        self.progress_path = folder / f"{stem}.progress.json"
        self.standard_json_folder = folder / f"{stem}.standard-json"

    def check(self, deployer: str | None = None) -> Look:
        """What can be known before sending, with a `deployer` whether that account can pay.

        Raises DeployError, VaultConfigError.
        """
        return self._reached(lambda: self._check(deployer))

    def run(self, signer: Signer) -> Deployed:
        """Deploy what is missing, verify all of it and write the files.

        Safe to repeat after any failure. Raises DeployError (VerificationError when what is on the
        chain is not as planned: then no deployment file is written).
        """
        return self._reached(lambda: self._run(signer))

    def _reached(self, work: Callable[[], _T]) -> _T:
        try:
            return work()
        except (RequestException, Web3Exception, OSError) as error:
            raise DeployError(
                f"the node failed ({type(error).__name__}: {' '.join(str(error).split())[:200]}): "
                f"run the same command again; {self.progress_path} says how far it came"
            ) from None

    def _check(self, deployer: str | None) -> Look:
        chain_identity(self.w3)
        seen = look(self.w3, self.plan, deployer)
        if deployer is not None:
            require_funds(seen, deployer)
        return seen

    @property
    def steps(self) -> list[str]:
        """Keys of the steps that a first run takes, in order."""
        names = [step.key for step in creations(self.plan)]
        return [*names, *(f"policy:{policy.name}" for policy in self.plan.policies)]

    def _run(self, signer: Signer) -> Deployed:
        chain_id, genesis = chain_identity(self.w3)
        deployer = Web3.to_checksum_address(signer.address)
        seen = look(self.w3, self.plan, deployer)
        journal = Journal.open(self.progress_path, chain_id, genesis, deployer, self._digest())
        if not journal.entries:
            if self.path.exists():
                raise DeployError(
                    f"{self.path} is there already: give the vault another name, or move that file "
                    "away to deploy a new one"
                )
            # Later runs need less; what they need is checked by every transaction's own estimate.
            require_funds(seen, deployer)
        sources = self._standard_json()
        facts = self._send(Sender(self.node, signer, journal, self._say, self._timeout), seen)
        first = journal.entries["vault"].block or 0
        begun = min(e.block for e in journal.entries.values() if e.block is not None)
        rows = self._compare(facts, begun, deployer)
        bad = [row for row in rows if row.status is not CheckStatus.OK]
        if bad:
            one = bad[0]
            raise VerificationError(
                f"{len(bad)} of {len(rows)} checks failed, first {one.subject}, {one.field}: "
                f"expected {one.expected}, found {one.found}: do not use this vault",
                rows,
            )
        deployment = self._describe(chain_id, genesis, facts, first)
        written = []
        for name, text in sources.items():
            file = self.standard_json_folder / f"{name}.json"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
            written.append(file)
        save_deployment(deployment, self.path)
        return Deployed(
            deployment=deployment,
            path=self.path,
            rows=tuple(rows),
            costs=journal.entries,
            standard_json=tuple(written),
        )

    def _compare(self, facts: Facts, first_block: int, deployer: str) -> list[CheckRow]:
        """All comparisons, with feeds read again: sending may have taken longer than they keep an
        answer. A feed that moves between its own reading and the vault's is no difference."""
        rows: list[CheckRow] = []
        for _ in range(_ATTEMPTS):
            block = self.w3.eth.block_number
            seen = look(self.w3, self.plan, deployer)
            rows = verify(
                self.w3, self.plan, facts, seen.rates, seen.base_usd, first_block, deployer
            )
            if all(row.status is CheckStatus.OK for row in rows):
                break
            if self.w3.eth.block_number == block:
                break
        return rows

    def _digest(self) -> str:
        return "0x" + hashlib.sha256(self.plan.model_dump_json().encode()).hexdigest()

    def _standard_json(self) -> dict[str, str]:
        """Made before anything is sent: sources that do not fit the code must stop it."""
        if self.project is None:
            return {}
        made = {}
        for step in creations(self.plan):
            artifact = step.artifact
            file = self.standard_json_folder / f"{artifact.name}.json"
            # An earlier run's will do if it is of this code: making it takes the compiler seconds.
            text = kept(file, artifact) or standard_json(artifact, self.project)
            if text is not None:
                made[artifact.name] = text
        return made

    def _send(self, sender: Sender, seen: Look) -> Facts:
        addresses = known_addresses(self.plan)
        facts = Facts(addresses=addresses, decimals=seen.decimals)
        for step in creations(self.plan):
            addresses[step.key] = sender.create(step.key, step.data(facts))
        vault = self.w3.eth.contract(
            address=Web3.to_checksum_address(addresses["vault"]),
            abi=list(load_artifact("LotVault").abi),
        )
        for policy in self.plan.policies:
            word = policy.policy.word()
            call = vault.functions.create_policy(word)
            exists = vault.functions.policy_id(word)
            data = bytes.fromhex(call._encode_transaction_data()[2:])
            sender.call(
                f"policy:{policy.name}",
                vault.address,
                data,
                lambda exists=exists: exists.call() != 0,  # type: ignore[misc]
            )
        return facts

    def _describe(self, chain_id: int, genesis: str, facts: Facts, first_block: int) -> Deployment:
        plan, at = self.plan, facts.addresses
        vault = self.w3.eth.contract(
            address=Web3.to_checksum_address(at["vault"]), abi=list(load_artifact("LotVault").abi)
        )
        policies = [PolicyRef.model_validate({"id": 0, "name": "hold", "word": 0})]
        for policy in plan.policies:
            word = policy.policy.word()
            number = vault.functions.policy_id(word).call()
            policies.append(
                PolicyRef.model_validate({"id": number, "name": policy.name, "word": word})
            )
        feeds = {"base": plan.base.address, "quote": plan.quote_feed.address}
        for asset in plan.assets:
            feeds[asset.token.symbol] = rate_address(asset, at)
        tokens = [*(a.token.address for a in plan.assets), plan.quote.address]
        return Deployment(
            name=plan.name,
            chain_id=chain_id,
            genesis_hash=genesis,
            first_block=first_block,
            vault=at["vault"],
            lens=at["lens"],
            timelock=at["timelock"],
            eth_gate=at.get("eth_gate"),
            quote=plan.quote,
            assets=tuple(
                AssetRef(id=number, **asset.token.model_dump())
                for number, asset in enumerate(plan.assets)
            ),
            policies=tuple(policies),
            adapters=AdapterRefs.model_validate(
                {a.kind: at[f"adapter:{a.kind}"] for a in plan.adapters}
            ),
            feeds={k: v for k, v in feeds.items() if v is not None and v != ZERO_ADDRESS},
            dex=plan.dex,
            pools=find_pools(self.w3, plan.dex, tokens),
            devnet=plan.devnet,
        )
