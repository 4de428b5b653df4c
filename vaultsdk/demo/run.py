"""Running the demo: a devnet, depositors, the price series day by day, the keeper every day."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

from vaultsdk.chain.signers import UnlockedSigner
from vaultsdk.chain.vault import Vault
from vaultsdk.chain.write_calls import Leg, LotAmount
from vaultsdk.core.series import PriceSeries
from vaultsdk.core.units import scale
from vaultsdk.demo.scenario import Act, Action, Day, Opening, Way, needs
from vaultsdk.devnet.accounts import FIRST_DEPOSITOR
from vaultsdk.devnet.faucet import give
from vaultsdk.devnet.launch import Devnet, start_devnet
from vaultsdk.devnet.market import MarketMover, Prices
from vaultsdk.devnet.params import DevnetParams
from vaultsdk.keeper.config import KeeperConfig
from vaultsdk.keeper.job import KeeperJob
from vaultsdk.keeper.track import HarvestReceipt
from vaultsdk.market.route import routes

DAY_S: Final = 86_400
KEEPER_FEE_BPS: Final = 5
# The node would suggest what its other transactions pay, and those bid to be first.
_TIP: Final = 10**9
_SPARE_QUOTE: Final = 10**6  # whole quote tokens for every depositor who buys


@dataclass
class Replay:
    """What happened, beside what the chain itself remembers."""

    prices: list[tuple[int, int]] = field(default_factory=list)
    """(time, ETH/USD in wad) of every day."""
    harvests: list[HarvestReceipt] = field(default_factory=list)
    refused_last_day: dict[str, int] = field(default_factory=dict)


def params_for(series: PriceSeries, depositors: int) -> DevnetParams:
    """A chain whose clock and first price lie just before the series."""
    return DevnetParams(
        start=series.first.time - timedelta(days=1),
        eth_usd=series.first.price,
        accounts=FIRST_DEPOSITOR + depositors,
    )


def open_devnet(series: PriceSeries, depositors: int, state_dir: Path) -> Devnet:
    """The chain that the demo runs on. Raises DevnetError."""
    return start_devnet(params_for(series, depositors), state_dir=state_dir)


def replay(
    devnet: Devnet,
    series: PriceSeries,
    scenario: Sequence[Day],
    *,
    journal: Path,
    on_day: Callable[[int, Replay], None] | None = None,
) -> tuple[Vault, Replay]:
    """Live through the series: the market moves, depositors act, the keeper runs, every day.

    `journal`: the keeper's, made anew. `on_day` hears of every day that is over.
    """
    journal.unlink(missing_ok=True)
    vault = Vault.at(devnet.deployment, devnet.url)
    people = _People(devnet, vault, scenario)
    keeper = KeeperJob(
        vault,
        devnet.deployment,
        UnlockedSigner(people.accounts["keeper"]),
        KeeperConfig(fee_bps=KEEPER_FEE_BPS, priority_fee=_TIP, journal=journal),
    )
    # The progress bar tells; a log line for every day would only hide it.
    logging.getLogger("vaultsdk.keeper").setLevel(logging.ERROR)
    mover: MarketMover = devnet.mover()
    done = Replay()
    try:
        for number, (point, day) in enumerate(zip(series.points, scenario, strict=True)):
            step = mover.step(Prices(eth_usd=point.price), time=int(point.time.timestamp()))
            done.prices.append((step.time, step.prices["WETH"]))
            for opening in day.openings:
                people.open(opening, step.prices["WETH"])
            for action in day.actions:
                people.act(action)
            report = keeper.run_once()
            done.harvests += report.harvests
            done.refused_last_day = report.refused
            if on_day is not None:
                on_day(number + 1, done)
    finally:
        keeper.close()
    return vault, done


class _People:
    """The depositors: who they are, what they have, what they do."""

    def __init__(self, devnet: Devnet, vault: Vault, scenario: Sequence[Day]) -> None:
        refs = devnet.deployment.devnet
        assert refs is not None
        self.accounts = refs.accounts
        self.deployment = devnet.deployment
        self.vault = vault
        self._policies = {policy.name: policy.id for policy in devnet.deployment.policies}
        self._first: dict[int, int] = {}
        for asset, wanted in needs(scenario).items():
            purses = {self._address(number): units for number, units in wanted.items()}
            give(devnet.rpc, devnet.deployment, asset, purses)
        buyers = {o.depositor for day in scenario for o in day.openings if o.way is Way.BOUGHT}
        quote = devnet.deployment.quote
        purse = _SPARE_QUOTE * scale(quote.decimals)
        give(
            devnet.rpc,
            devnet.deployment,
            quote.symbol,
            {self._address(number): purse for number in buyers},
        )

    def open(self, opening: Opening, eth_usd: int) -> None:
        """Open a lot; `eth_usd` (wad) is the day's price."""
        signer = UnlockedSigner(self._address(opening.depositor))
        policy = self._policies[opening.policy]
        if opening.way is Way.BOUGHT:
            quote = self.deployment.quote
            money = opening.units * eth_usd // 10**36 * scale(quote.decimals)
            token = self.deployment.asset(opening.asset).address
            # Nobody trades against the demo, so the depositor's own limit may be loose.
            least = opening.units * 95 // 100
            receipt = self.vault.buy(
                signer,
                opening.asset,
                max(money, scale(quote.decimals)),
                [self._leg(quote.address, token)],
                least if money else 0,
                policy,
            )
            lot = receipt.lot
        elif opening.way is Way.DECLARED:
            price = self.vault.price(opening.asset)
            basis = opening.units * price // 10**18 * opening.basis_percent // 100
            since = self._now() - opening.age * DAY_S
            lot = self.vault.deposit(
                signer, opening.asset, opening.units, policy, basis=basis, acquired_at=since
            ).lot
        else:
            lot = self.vault.deposit(signer, opening.asset, opening.units, policy).lot
        self._first.setdefault(opening.depositor, lot)

    def act(self, action: Action) -> None:
        """Something done with the depositor's first lot, if he still has it."""
        account = self._address(action.depositor)
        lot = self._first.get(action.depositor)
        if lot is None:
            return
        row = self.vault.lot(account, lot)
        if not row.exists or row.units == 0:
            return
        signer = UnlockedSigner(account)
        if action.act is Act.WITHDRAW_HALF:
            self.vault.withdraw(signer, lot, row.units // 2, asset=row.asset)
        elif action.act is Act.START_HARVESTING:
            self.vault.change_policy(signer, lot, self._policies["standard"])
        else:
            token = self.deployment.assets[row.asset].address
            leg = self._leg(token, self.deployment.quote.address)
            self.vault.sell(signer, [LotAmount(lot, row.units)], [leg], 1, asset=row.asset)

    def _leg(self, token_in: str, token_out: str) -> Leg:
        """The whole amount over the cheapest way with Uniswap V3."""
        adapter = self.deployment.adapters.uniswap_v3
        assert adapter is not None
        found = [r for r in routes(self.deployment, token_in, token_out) if r.kind == "uniswap_v3"]
        best = min(found, key=lambda route: (len(route.fees), sum(route.fees)))
        return Leg(adapter, 0, best.data)

    def _address(self, depositor: int) -> str:
        return self.accounts[f"depositor_{depositor}"]

    def _now(self) -> int:
        return int(
            self.vault.node.request("eth_getBlockByNumber", "latest", False)["timestamp"], 16
        )
