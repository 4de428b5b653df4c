"""From the chain after a replay to the demo's document: every figure comes from the vault's log.

The log is replayed into state and compared with what the contract stores, word by word; only then
is anything counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from vaultsdk.chain.vault import Vault
from vaultsdk.core.cohort import CohortKey
from vaultsdk.core.errors import LotvaultError
from vaultsdk.core.ledger import Ledger, PolicyMove, gains
from vaultsdk.core.ledger.gains import GainKind, GainRow
from vaultsdk.core.ledger.state import LedgerState
from vaultsdk.demo.result import Checks, DemoResult, HarvestLine, Point, Totals
from vaultsdk.demo.run import Replay
from vaultsdk.demo.story import tell
from vaultsdk.keeper.track import HarvestReceipt

TAX_PERCENT: Final = 30
# Gas of the plain swap a depositor would do himself, as `make bench` measures it
# (`gas.router_swap`), for one lot and one harvest.
ROUTER_SWAP_GAS: Final = 101_101
_PAGE: Final = 200


class DemoError(LotvaultError):
    """The chain and the replay of its log differ: a bug, never the user's fault."""


def collect(vault: Vault, replay: Replay, *, prices: str, seed: int, depositors: int) -> DemoResult:
    """The document. Raises DemoError when log and storage differ."""
    events = list(vault.events())
    ledger = Ledger().apply_all(events)
    state = ledger.state()
    checks = _compare(vault, state, len(events))
    rows = gains(ledger.histories(), vault.deployment.quote.decimals, state)
    by_harvest = [row for row in rows if row.kind is GainKind.HARVEST]
    lines = tuple(_line(vault, harvest, by_harvest) for harvest in replay.harvests)
    losses = -sum(row.gain for row in by_harvest if row.gain is not None and row.gain < 0)
    gained = sum(row.gain for row in by_harvest if row.gain is not None and row.gain > 0)
    gas = sum(line.gas for line in lines)
    lots_harvested = len(by_harvest)
    totals = Totals(
        days=len(replay.prices),
        depositors=depositors,
        lots_opened=sum(state.lot_counts.values()),
        lots_open=len(state.lots),
        cohorts_opened=len(_cohorts(ledger, state)),
        cohorts_harvested=sum(line.cohorts for line in lines),
        harvests=len(lines),
        lots_harvested=lots_harvested,
        losses_realised=losses,
        gains_realised=gained,
        tax_percent=TAX_PERCENT,
        tax_value=losses * TAX_PERCENT // 100,
        swap_costs=sum(line.cost for line in lines),
        keeper_fees=sum(line.fee for line in lines),
        gas=gas,
        gas_usd=sum(line.gas_usd for line in lines),
        gas_per_lot=gas // lots_harvested if lots_harvested else 0,
        gas_router_swap=ROUTER_SWAP_GAS,
    )
    return DemoResult(
        prices=prices,
        first_day=_day(replay.prices[0][0]),
        last_day=_day(replay.prices[-1][0]),
        seed=seed,
        harvests=lines,
        refused_last_day=replay.refused_last_day,
        totals=totals,
        depositor=tell(vault, ledger, state, by_harvest, TAX_PERCENT),
        points=_points(replay, by_harvest),
        checks=checks,
    )


def _cohorts(ledger: Ledger, state: LedgerState) -> set[int]:
    """Keys of all cohorts that ever held a lot, those that emptied again included."""
    keys = set(state.cohorts)
    for history in ledger.histories():
        keys.add(history.opening.key.pack())
        keys |= {entry.to_key.pack() for entry in history.entries if isinstance(entry, PolicyMove)}
    return keys


def _compare(vault: Vault, state: LedgerState, events: int) -> Checks:
    """Lots and cohorts of the replayed log against the contract's own words."""
    lots = 0
    for owner in state.lot_counts:
        for row in vault.lots(owner):
            if not row.exists:
                continue
            lots += 1
            stored = state.lots.get((owner, row.number))
            if stored != (row.stored_head, row.stored_body):
                raise DemoError(f"lot {row.number} of {owner}: log and storage differ")
            rolled = state.rolled(owner, row.number).lot
            if rolled.pack() != (row.head, row.body):
                raise DemoError(f"lot {row.number} of {owner}: SDK and contract roll differently")
    if lots != len(state.lots):
        raise DemoError(f"the log knows {len(state.lots)} lots, the contract {lots}")
    keys = sorted(state.cohorts)
    for start in range(0, len(keys), _PAGE):
        page = keys[start : start + _PAGE]
        for key, cohort in zip(page, vault.cohorts(page), strict=True):
            if cohort.word != state.cohorts[key]:
                raise DemoError(f"cohort {CohortKey.unpack(key)}: log and storage differ")
    return Checks(events=events, lots=lots, cohorts=len(keys), words=2 * lots + len(keys))


def _line(vault: Vault, harvest: HarvestReceipt, rows: Sequence[GainRow]) -> HarvestLine:
    own = [row for row in rows if row.source == f"harvest {harvest.number}"]
    block = vault.node.request("eth_getBlockByNumber", hex(harvest.block), False)
    asset_in = vault.deployment.assets[harvest.asset_in]
    asset_out = vault.deployment.assets[harvest.asset_out]
    value_sold = harvest.sold * harvest.price_in // 10**asset_in.decimals
    value_net = harvest.net * harvest.price_out // 10**asset_out.decimals
    return HarvestLine(
        number=harvest.number,
        time=int(block["timestamp"], 16),
        from_asset=asset_in.symbol,
        to_asset=asset_out.symbol,
        cohorts=len(harvest.keys),
        lots=len(own),
        sold=harvest.sold,
        net=harvest.net,
        price=harvest.base_price,
        loss=-sum(row.gain or 0 for row in own),
        cost=value_sold - value_net,
        fee=harvest.fee * harvest.price_out // 10**asset_out.decimals,
        gas=harvest.gas_used,
        gas_usd=harvest.gas_usd,
        tx_hash=harvest.tx_hash,
    )


def _points(replay: Replay, rows: Sequence[GainRow]) -> tuple[Point, ...]:
    """Price and losses so far, day by day."""
    losses: Counter[int] = Counter()
    for row in rows:
        losses[row.disposed_at] -= row.gain or 0
    times = sorted(losses)
    points, so_far, next_loss = [], 0, 0
    for number, (time, price) in enumerate(replay.prices):
        # A day lasts until the next one's price: what was harvested on it counts for it.
        end = replay.prices[number + 1][0] if number + 1 < len(replay.prices) else times[-1:]
        until = end if isinstance(end, int) else (end[0] + 1 if end else time + 1)
        while next_loss < len(times) and times[next_loss] < until:
            so_far += losses[times[next_loss]]
            next_loss += 1
        points.append(Point(time=time, price=price, losses=so_far))
    return tuple(points)


def _day(time: int) -> str:
    return datetime.fromtimestamp(time, UTC).date().isoformat()
