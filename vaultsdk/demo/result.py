"""What a demo found, as one document: `out/demo/demo.json`. USD in wad, units in smallest units."""

from __future__ import annotations

from vaultsdk.core.model import Frozen


class HarvestLine(Frozen):
    """One harvest. `cost` is what the swap lost against the oracle, `fee` of it the keeper's."""

    number: int
    time: int
    from_asset: str
    to_asset: str
    cohorts: int
    lots: int
    sold: int
    net: int
    price: int
    loss: int
    cost: int
    fee: int
    gas: int
    gas_usd: int
    tx_hash: str


class Totals(Frozen):
    """Sums over the whole run. `tax_value` is `tax_percent` of the losses realised by harvests;
    `lots_harvested` counts a lot once for every harvest that it went through."""

    days: int
    depositors: int
    lots_opened: int
    lots_open: int
    cohorts_opened: int
    cohorts_harvested: int
    harvests: int
    lots_harvested: int
    losses_realised: int
    gains_realised: int
    tax_percent: int
    tax_value: int
    swap_costs: int
    keeper_fees: int
    gas: int
    gas_usd: int
    gas_per_lot: int
    gas_router_swap: int

    @property
    def costs(self) -> int:
        """Everything the harvests cost (the swaps' costs contain the keeper's fees)."""
        return self.swap_costs + self.gas_usd


class LotStory(Frozen):
    """A lot from its opening to the last day, each step in words with its numbers."""

    number: int
    opened: str
    steps: tuple[str, ...]
    now: str


class DepositorStory(Frozen):
    """One depositor's lots, before and after."""

    name: str
    owner: str
    lots: tuple[LotStory, ...]
    losses_realised: int
    tax_value: int


class Point(Frozen):
    """One day of the chart: ETH/USD and the losses realised until then."""

    time: int
    price: int
    losses: int


class Checks(Frozen):
    """What was compared at the end, and agreed."""

    events: int
    lots: int
    cohorts: int
    words: int


class DemoResult(Frozen):
    """The whole document."""

    schema_version: int = 1
    prices: str
    first_day: str
    last_day: str
    seed: int
    harvests: tuple[HarvestLine, ...]
    refused_last_day: dict[str, int]
    totals: Totals
    depositor: DepositorStory
    points: tuple[Point, ...]
    checks: Checks
