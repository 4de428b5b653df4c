"""What the client's tests share: a devnet seen through `Vault`, funded owners, and a busy history
that leaves lots in every state: rolled and not, split, sold, claimed, closed, offered."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from vaultsdk.chain.node import connect
from vaultsdk.chain.signers import UnlockedSigner
from vaultsdk.chain.vault import Vault
from vaultsdk.chain.write_calls import Leg, LotAmount, set_paused
from vaultsdk.chain.writes import Funding
from vaultsdk.core.lot import OfferKind
from vaultsdk.devnet.faucet import give
from vaultsdk.devnet.launch import Devnet
from vaultsdk.devnet.market import Prices

WAD = 10**18
DAY = 86_400
STANDARD, EAGER = 2, 3


@dataclass
class World:
    """A devnet, its vault and who acts on it."""

    devnet: Devnet
    vault: Vault

    def signer(self, role: str) -> UnlockedSigner:
        """An account by role."""
        assert self.devnet.deployment.devnet is not None
        return UnlockedSigner(self.devnet.deployment.devnet.accounts[role])

    def leg(self, *path: str | int) -> Leg:
        """One V3 leg along symbols and fees: `leg("WETH", 500, "USDC")`."""
        deployment = self.devnet.deployment
        data = b""
        for part in path:
            if isinstance(part, int):
                data += part.to_bytes(3)
            else:
                quote = deployment.quote
                token = quote if part == quote.symbol else deployment.asset(part)
                data += bytes.fromhex(token.address[2:])
        assert deployment.adapters.uniswap_v3 is not None
        return Leg(deployment.adapters.uniswap_v3, WAD, data)

    def fall(self, share: str, days: int | None = None) -> None:
        """Let ETH fall to a share of its price, with the pools, `days` later; when left out, on
        the first day on which lots of today under EAGER may be harvested."""
        if days is None:
            days = self.vault.policy(EAGER).min_hold_days + 1
        mover = self.devnet.mover()
        price = Decimal(mover.usd_prices()["WETH"]) / WAD * Decimal(share)
        mover.step(Prices(eth_usd=price), time=(mover.now() // DAY + days) * DAY + 60)

    def open_keys(self, asset: int, policy: int) -> list[int]:
        """Open cohorts of an asset and a policy, ascending."""
        keys = self.vault.ledger().state().open_cohorts()
        return [k for k in keys if k >> 104 == asset and k >> 72 & 0xFFFFFFFF == policy]

    def harvest(self, asset: str, to_asset: str, fee: int, policy: int) -> int:
        """Let the keeper harvest all cohorts of an asset and a policy; the harvest's number."""
        deployment = self.devnet.deployment
        keys = self.open_keys(deployment.asset(asset).id, policy)
        receipt = self.vault.harvest(
            self.signer("keeper"),
            keys,
            to_asset,
            [self.leg(asset, fee, to_asset)],
            min_rate=1,
            min_sold=1,
            fee_bps=20,
            deadline=2**40,
        )
        return receipt.number


def world(devnet: Devnet, whole: int = 1_000) -> World:
    """A world whose first three depositors have `whole` of everything."""
    assert devnet.deployment.devnet is not None
    accounts = devnet.deployment.devnet.accounts
    owners = [accounts[f"depositor_{i}"] for i in range(3)]
    for symbol in ("WETH", "wstETH", "rETH"):
        give(devnet.rpc, devnet.deployment, symbol, dict.fromkeys(owners, whole * WAD))
    give(devnet.rpc, devnet.deployment, "USDC", dict.fromkeys(owners, 10**6 * 10**6))
    return World(devnet, Vault(devnet.deployment, connect(devnet.url, devnet.deployment)))


def live(w: World) -> None:
    """Two harvests and every kind of action around them."""
    vault = w.vault
    one, two, three = (w.signer(f"depositor_{i}") for i in range(3))
    usdc_weth, weth_usdc = w.leg("USDC", 500, "WETH"), w.leg("WETH", 500, "USDC")
    vault.deposit(one, "WETH", 5 * WAD, EAGER)  # lot 0
    vault.deposit(one, "WETH", 3 * WAD, EAGER, basis=20_000 * WAD, acquired_at=1_600_000_000)
    vault.deposit(one, "wstETH", 2 * WAD, STANDARD, funding=Funding.PERMIT)  # lot 2
    vault.buy(two, "WETH", 9_000 * 10**6, [usdc_weth], WAD, EAGER)  # lot 0
    vault.deposit(two, "rETH", 4 * WAD)  # lot 1
    vault.deposit(three, "WETH", 2 * WAD, STANDARD)  # lot 0
    vault.set_operator(one, two.address)
    vault.deposit(two, "WETH", WAD, EAGER, owner=one.address)  # one's lot 3
    vault.send(set_paused(vault.address, 1), w.signer("guardian"))

    w.fall("0.7")
    w.harvest("WETH", "wstETH", 100, EAGER)
    vault.roll(three, one.address, 1)  # anybody may
    vault.withdraw(one, 0, WAD)  # wstETH by now
    vault.sell(two, [LotAmount(0, WAD // 2)], [w.leg("wstETH", 3000, "USDC")], 1)
    vault.change_policy(one, 0, STANDARD, WAD)  # part: lot 4
    vault.change_policy(one, 2, 0)

    w.fall("0.75")
    w.harvest("wstETH", "WETH", 100, EAGER)
    vault.offer(one, 3, three.address, OfferKind.GIFT)
    vault.claim(three, one.address, 3)  # three's lot 1
    vault.offer(two, 1, one.address)
    vault.offer(two, 1, three.address)  # replaces the one before, and stays
    vault.sell(three, [LotAmount(1, WAD // 4)], [weth_usdc], 1)
    vault.withdraw(two, 4, WAD // 10, owner=one.address, to=one.address)
    vault.withdraw(three, 0)
