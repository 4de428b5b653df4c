"""Reading a snapshot: the whole vault at one block hash in two or three round trips, quotes in two
more when something is harvestable.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from vaultsdk.chain import calls as views
from vaultsdk.chain.calls import PAGE
from vaultsdk.chain.node import Node
from vaultsdk.chain.rows import AssetState as AssetRow
from vaultsdk.chain.rows import CohortRow, FeedState, VaultState
from vaultsdk.chain.rpc import RevertedError, call_params, hex_bytes, result_of
from vaultsdk.core.cohort import DAY, CohortKey
from vaultsdk.core.deployment import Deployment
from vaultsdk.core.harvest_rules import Candidate
from vaultsdk.core.model import ZERO_ADDRESS
from vaultsdk.core.policy import Policy
from vaultsdk.core.words import BASE_FEED
from vaultsdk.keeper import calls
from vaultsdk.keeper.config import KeeperConfig
from vaultsdk.keeper.discovery import Discovery
from vaultsdk.keeper.errors import KeeperError
from vaultsdk.keeper.quoting import Wanted, wanted
from vaultsdk.keeper.state import AssetState, KeeperState, Reading, Snapshot
from vaultsdk.market.curve import Curve
from vaultsdk.market.route import Route, routes

_BEST: Final = 2  # routes of a pair that are quoted at every size


@dataclass
class SnapshotReader:
    """Reads snapshots of one vault. Keeps what cannot change (known keys, policies), so that every
    run but the first reads new blocks only."""

    node: Node
    deployment: Deployment
    config: KeeperConfig = field(default_factory=KeeperConfig)

    def __post_init__(self) -> None:
        self._vault = self.deployment.require_vault()
        if self.deployment.lens is None:
            raise KeeperError(
                f"deployment {self.deployment.name} has no lens: deploy LotLens and write its "
                "address into the file"
            )
        self._lens = self.deployment.lens
        self._discovery = Discovery(
            self.node, self._vault, self.deployment.first_block, self.config.log_chunk
        )
        self._symbols = {asset.id: asset.symbol for asset in self.deployment.assets}
        self._keys: dict[int, CohortKey] = {}
        self._policies: dict[int, Policy] = {}
        self._routes: dict[tuple[int, int], tuple[Route, ...]] = {}

    def read(
        self, keeper: str | None = None, *, also: Sequence[int] = (), quotes: bool = True
    ) -> Snapshot:
        """All open cohorts, prices, limits and quotes at the newest block.

        `keeper` adds that account's state; `also` names keys to read even if no event told of
        them. Raises NodeError, or KeeperError when the deployment file does not fit the vault.
        """
        header, tip, nonces = self._head(keeper)
        block_hash, number = str(header["hash"]), int(header["number"], 16)
        timestamp = int(header["timestamp"], 16)
        keys = sorted(self._discovery.update(number) | set(also))
        listed = [a for a in self.deployment.adapters.model_dump().values() if a is not None]
        lens, vault = self._lens, self._vault
        reads: list[views.Read[Any]] = [
            views.vault_state(lens, vault),
            views.assets_page(lens, vault),
            # Without an account to ask for, the zero address, which has no role.
            views.roles(vault, keeper or ZERO_ADDRESS),
            *(views.is_adapter(vault, adapter) for adapter in listed),
            *(views.cohorts_by_key(lens, vault, page) for page in _pages(keys)),
        ]
        answers = self._at(reads, block_hash)
        state: VaultState = answers[0]
        assets: list[AssetRow] = answers[1]
        roles: int = answers[2]
        allowed = answers[3 : 3 + len(listed)]
        rows = [row for page in answers[3 + len(listed) :] for row in page]
        base = int(header.get("baseFeePerGas", "0x0"), 16)
        snapshot = Snapshot(
            chain_id=self.deployment.chain_id,
            vault=self._vault,
            block_number=number,
            block_hash=block_hash,
            timestamp=timestamp,
            base_fee=base,
            tip=tip,
            config=state.config,
            bucket=state.bucket,
            assets=self._assets(assets),
            feeds={BASE_FEED: _reading(state.base_feed)}
            | {asset.id: _reading(asset.rate) for asset in assets},
            candidates=self._candidates(rows, timestamp, frozenset(also)),
            adapters=tuple(a for a, is_listed in zip(listed, allowed, strict=True) if is_listed),
            keeper=None
            if keeper is None
            else KeeperState(
                address=keeper,
                roles=roles,
                balance=nonces[2],
                nonce=nonces[0],
                pending_nonce=nonces[1],
            ),
        )
        if not quotes:
            return snapshot
        found = tuple(
            (want.asset_in, want.asset_out, curve)
            for want in wanted(snapshot)
            for curve in self._quote(want, snapshot)
        )
        return snapshot.model_copy(update={"curves": found})

    def _head(self, keeper: str | None) -> tuple[dict[str, Any], int, list[int]]:
        asked: list[tuple[str, list[Any]]] = [("eth_getBlockByNumber", ["latest", False])]
        if keeper is not None:
            asked += [("eth_getTransactionCount", [keeper, tag]) for tag in ("latest", "pending")]
            asked.append(("eth_getBalance", [keeper, "latest"]))
        if self.config.priority_fee is None:
            asked.append(("eth_maxPriorityFeePerGas", []))
        answers = self.node.batch(asked)
        numbers = [int(answer, 16) for answer in answers[1:]]
        tip = self.config.priority_fee
        return answers[0], numbers.pop() if tip is None else tip, numbers

    def _assets(self, rows: list[AssetRow]) -> dict[int, AssetState]:
        found = {
            row.id: AssetState(
                id=row.id,
                symbol=self._symbols.get(row.id, f"asset {row.id}"),
                address=row.asset.token,
                decimals=row.asset.decimals,
                cohort_cap=row.limits.cohort_cap,
                held=row.held,
            )
            for row in rows
        }
        for asset in self.deployment.assets:
            if asset.id not in found or found[asset.id].address != asset.address:
                raise KeeperError(
                    f"the vault's asset {asset.id} is not {asset.symbol} of the deployment file: "
                    "give the file of this vault with --deployment"
                )
        return found

    def _candidates(
        self, rows: Sequence[CohortRow], now: int, also: frozenset[int]
    ) -> tuple[Candidate, ...]:
        """Open cohorts with units; keys that can never be open again are forgotten."""
        found: list[Candidate] = []
        for row in rows:
            key, word = row.key, row.policy_word
            if key not in self._keys:
                self._keys[key] = CohortKey.unpack(key)
            cohort = self._keys[key]
            alive = row.units and not row.harvest
            if not alive and (row.harvest or not cohort.is_shard or cohort.day < now // DAY):
                self._discovery.retire(key)
            if alive or key in also:
                if word not in self._policies:
                    self._policies[word] = Policy.from_word(word)
                policy = self._policies[word]
                found.append(
                    Candidate(key=cohort, units=row.units, harvest=row.harvest, policy=policy)
                )
        return tuple(found)

    def _at(self, reads: Sequence[views.Read[Any]], block: str) -> list[Any]:
        answers = self.node.calls([(read.to, read.data) for read in reads], block)
        return [read.decode(answer) for read, answer in zip(reads, answers, strict=True)]

    def _quote(self, want: Wanted, snapshot: Snapshot) -> list[Curve]:
        """Curves of a pair: every route at the probe and the whole, the best at every size."""
        ways = self._ways(want.asset_in, want.asset_out, snapshot)
        ends = sorted({want.sizes[0], want.sizes[-1]})
        found = self._ask([(way, size) for way in ways for size in ends], snapshot.block_hash)
        best = sorted(ways, key=lambda way: -found.get((way, want.sizes[-1]), 0))[:_BEST]
        between = [size for size in want.sizes if size not in ends]
        found |= self._ask([(way, size) for way in best for size in between], snapshot.block_hash)
        curves = []
        for way in ways:
            points = tuple((s, found[way, s]) for s in want.sizes if found.get((way, s)))
            if points and (way in best or len(best) < _BEST):
                curves.append(Curve(route=way, points=points))
        return curves

    def _ways(self, asset_in: int, asset_out: int, snapshot: Snapshot) -> tuple[Route, ...]:
        pair = asset_in, asset_out
        if pair not in self._routes:
            self._routes[pair] = routes(
                self.deployment,
                snapshot.assets[asset_in].address,
                snapshot.assets[asset_out].address,
            )
        return tuple(
            way
            for way in self._routes[pair]
            if getattr(self.deployment.adapters, way.kind) in snapshot.adapters
            and self._quoter(way) is not None
        )

    def _quoter(self, way: Route) -> str | None:
        dex = self.deployment.dex
        return dex.quoter_v2 if way.kind == "uniswap_v3" else dex.uniswap_v2_router_02

    def _ask(self, asked: Sequence[tuple[Route, int]], block: str) -> dict[tuple[Route, int], int]:
        """Units out by (route, size); a quote that reverts (too little liquidity) is left out."""
        reads = [calls.quote(str(self._quoter(way)), way, size) for way, size in asked]
        answers = self.node.batch_answers(
            [("eth_call", call_params(read.to, read.data, block)) for read in reads]
        )
        found: dict[tuple[Route, int], int] = {}
        for place, read, answer in zip(asked, reads, answers, strict=True):
            try:
                out = read.decode(hex_bytes(result_of(answer, "eth_call")))
            except RevertedError:
                continue
            if out:
                found[place] = out
        return found


def _reading(feed: FeedState) -> Reading:
    return Reading(
        answer=feed.answer,
        updated_at=feed.updated_at,
        status=feed.status,
        dev=feed.feed.dev,
        words=feed.status_text,
    )


def _pages(keys: Sequence[int]) -> list[Sequence[int]]:
    return [keys[i : i + PAGE] for i in range(0, len(keys), PAGE)]
