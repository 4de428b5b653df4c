"""A small vault on titanoboa's in-memory chain, for every test that needs one.

The tokens are the project's own test tokens (open `mint`), the feeds are ones that the test moves,
and the only adapter trades at rates that the test sets, out of its own pocket: faked, because
these tests are about the vault's own rules and have to be fast. The real DEX is in `uniswap.py`
and in the integration tests.

Money: token units are the token's smallest unit, USD is a wad (1e18), rates are wad.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import boa
from boa.contracts.vyper.vyper_contract import VyperContract, VyperDeployer

from tests.paths import contract_path
from vaultsdk.core.policy import Policy

WAD = 10**18
DAY = 86_400
MAX = 2**256 - 1  # "all" as an amount, "whatever it is" as an asset
NO_ADDRESS = "0x" + "00" * 20
NO_PERMIT = (0, 0, b"\0" * 32, b"\0" * 32)

# Ids in the order of listing.
WETH, WSTETH, RETH = 0, 1, 2
BASE, QUOTE = 128, 129
ADMIN, GUARDIAN, KEEPER = 1, 2, 4

# 2026-01-01 00:00:00 UTC: tests that count days start on a day's first second.
START = 1_767_225_600

ETH_USD = 4_000
RATES = {"weth": WAD, "wsteth": 12 * WAD // 10, "reth": 11 * WAD // 10}  # in the base
DEVS = {"base": 50, "wsteth": 100, "reth": 100}  # bps
MIN_DEPOSIT = WAD // 100
COHORT_CAP = 1_000 * WAD
BUCKET = 1_000 * WAD
BOUNDS = (5_000, 500, 100, 200)  # bps: max_cost, max_slippage, max_fee, buy_tolerance
YEARS = 10 * 365 * DAY  # heartbeat of feeds that shall not go stale by themselves

POLICY = Policy(
    mask=0b111,
    min_loss=500,
    max_cost=3_000,
    max_slippage=300,
    max_fee=50,
    min_hold_days=1,
    tax_value=3_000,
)


@cache
def deployer(path: str) -> VyperDeployer:
    """A contract of `contracts/` by its path in there, compiled once per run."""
    return boa.load_partial(str(contract_path(path)))


def deploy(path: str, *args: Any, sender: str | None = None) -> VyperContract:
    """Deploy a contract of `contracts/`, as in `deploy("test/TestERC20.vy", "USD", "USDC", 6)`."""
    if sender is None:
        return deployer(path).deploy(*args)
    with boa.env.prank(sender):
        return deployer(path).deploy(*args)


def at_start() -> None:
    """Move this chain's clock to `START`; a new chain starts at the computer's time."""
    boa.env.evm.patch.timestamp = START


@dataclass(frozen=True)
class World:
    """The vault and everything around it. Accounts own nothing until `fund` gives them something.

    assets:   WETH 0 (constant rate 1), WSTETH 1 (1.2), RETH 2 (1.1), all 18 decimals; base ETH/USD
              4000 with 8 decimals; quote USDC with 6, its feed at 1.00.
    policies: 0 is hold; `policy` is the id of `POLICY` (any replacement, 5 % loss, 1 day).
    adapter:  `HostileAdapter` in its honest mode, rates as the feeds say and following `set_eth`
              and `set_rate`; holds a million of every token.
    feeds:    `MockFeed`, owned by `admin`; heartbeats of ten years, so time travel is harmless.
              A test about stale feeds sets its own heartbeat with `vault.set_feed`.
    """

    vault: VyperContract
    weth: VyperContract
    wsteth: VyperContract
    reth: VyperContract
    usdc: VyperContract
    base_feed: VyperContract
    wsteth_feed: VyperContract
    reth_feed: VyperContract
    usdc_feed: VyperContract
    adapter: VyperContract
    admin: str
    guardian: str
    keeper: str
    depositor: str
    other: str
    policy: int

    @property
    def tokens(self) -> tuple[VyperContract, ...]:
        """The assets' tokens by id."""
        return (self.weth, self.wsteth, self.reth)

    # ------------------------------------------------------------ ways in
    def fund(self, account: str, asset: int, amount: int) -> None:
        """Mint units of an asset (or of the quote, `QUOTE`) and approve the vault for them."""
        token = self.usdc if asset == QUOTE else self.tokens[asset]
        token.mint(account, amount)
        token.approve(self.vault, token.allowance(account, self.vault) + amount, sender=account)

    def entry(
        self, asset: int, amount: int, *, owner: str, policy: int | None = None, shard: int = 0
    ) -> tuple[int, int, int, bytes, int, str]:
        """The `Entry` of a way in, with the hash of the policy."""
        number = self.policy if policy is None else policy
        return (asset, amount, number, self.policy_hash(number), shard, owner)

    def deposit(
        self,
        asset: int,
        amount: int,
        *,
        basis: int | None = None,
        acquired_at: int | None = None,
        owner: str | None = None,
        policy: int | None = None,
        shard: int = 0,
    ) -> int:
        """Fund and deposit; returns the lot. With `basis` (USD wad, the whole lot's) declared, else
        at the oracle's price. `owner` is the depositor unless named."""
        account = owner or self.depositor
        self.fund(account, asset, amount)
        entry = self.entry(asset, amount, owner=account, policy=policy, shard=shard)
        if basis is None:
            return int(self.vault.deposit(entry, NO_PERMIT, sender=account))
        when = boa.env.timestamp if acquired_at is None else acquired_at
        return int(self.vault.deposit_declared(entry, basis, when, NO_PERMIT, sender=account))

    # ------------------------------------------------------------ policies
    def create_policy(self, policy: Policy) -> int:
        """Create a policy; returns its id."""
        return int(self.vault.create_policy(policy.word()))

    def policy_hash(self, policy: int) -> bytes:
        """The hash that ways in take beside the id."""
        return Policy.from_word(self.vault.policies(policy)).hash()

    # ------------------------------------------------------------ market
    def set_eth(self, usd: int) -> None:
        """Move ETH/USD (whole dollars). The adapter's rates between assets stay, those into the
        quote follow."""
        self.base_feed.set_answer(usd * 10**8, sender=self.admin)
        self._quote_rates(usd)

    def set_rate(self, asset: int, rate: int) -> None:
        """Move an asset's rate in the base (wad), feed and adapter alike; WETH's is constant."""
        feed = {WSTETH: self.wsteth_feed, RETH: self.reth_feed}[asset]
        feed.set_answer(rate, sender=self.admin)
        self._swap_rates()
        self._quote_rates(self.base_feed.latestAnswer() // 10**8)

    def rate(self, asset: int) -> int:
        """An asset's rate in the base (wad), as the feeds say."""
        if asset == WETH:
            return WAD
        return int({WSTETH: self.wsteth_feed, RETH: self.reth_feed}[asset].latestAnswer())

    def _swap_rates(self) -> None:
        for i, token_in in enumerate(self.tokens):
            for j, token_out in enumerate(self.tokens):
                if i != j:
                    self.adapter.set_rate(token_in, token_out, self.rate(i), self.rate(j))

    def _quote_rates(self, usd: int) -> None:
        # 6 decimals against 18.
        for i, token in enumerate(self.tokens):
            value = usd * self.rate(i)
            self.adapter.set_rate(token, self.usdc, value, WAD * 10**12)
            self.adapter.set_rate(self.usdc, token, WAD * 10**12, value)

    # ------------------------------------------------------------ harvests
    def leg(self, share: int = 0, data: bytes = b"") -> tuple[str, int, bytes]:
        """A leg through the adapter; alone, or last, it takes the rest whatever its share."""
        return (self.adapter.address, share, data)

    def key(self, lot: int, owner: str | None = None) -> int:
        """The stored cohort key of a lot."""
        head, _ = self.vault.lots(owner or self.depositor, lot)
        return int(head) >> 144

    def harvest(
        self,
        keys: list[int],
        to_asset: int,
        *,
        fee: int = 0,
        min_rate: int = 0,
        min_sold: int = 0,
        sender: str | None = None,
    ) -> int:
        """Harvest cohorts through the adapter, as the keeper; returns the harvest's number."""
        return int(
            self.vault.harvest(
                sorted(keys),
                to_asset,
                [self.leg()],
                min_rate,
                min_sold,
                fee,
                boa.env.timestamp,
                sender=sender or self.keeper,
            )
        )


def build_world() -> World:
    """Deploy everything. Takes about a second once the contracts are compiled."""
    at_start()
    admin, guardian, keeper, depositor, other = (
        boa.env.generate_address(name)
        for name in ("admin", "guardian", "keeper", "depositor", "other")
    )
    weth = deploy("test/TestERC20.vy", "Wrapped Ether", "WETH", 18)
    wsteth = deploy("test/TestERC20.vy", "Wrapped staked Ether", "wstETH", 18)
    reth = deploy("test/TestERC20.vy", "Rocket Pool Ether", "rETH", 18)
    usdc = deploy("test/TestERC20.vy", "USD Coin", "USDC", 6)
    feed = "test/MockFeed.vy"
    base_feed = deploy(feed, 8, "ETH / USD", ETH_USD * 10**8, sender=admin)
    wsteth_feed = deploy(feed, 18, "wstETH / ETH", RATES["wsteth"], sender=admin)
    reth_feed = deploy(feed, 18, "rETH / ETH", RATES["reth"], sender=admin)
    usdc_feed = deploy(feed, 8, "USDC / USD", 10**8, sender=admin)
    adapter = deploy("test/HostileAdapter.vy")

    def asset(token: VyperContract, rate: tuple[str, int, int, int, int]) -> tuple[Any, ...]:
        return (token.address, rate, MIN_DEPOSIT, COHORT_CAP)

    vault = deploy(
        "LotVault.vy",
        admin,
        guardian,
        keeper,
        usdc.address,
        (base_feed.address, YEARS, DEVS["base"], 10 * WAD, 100_000 * WAD),
        (usdc_feed.address, YEARS, 50, WAD // 2, 2 * WAD),
        NO_ADDRESS,
        0,
        BOUNDS,
        BUCKET,
        [
            asset(weth, (NO_ADDRESS, 0, 0, 0, 0)),
            asset(wsteth, (wsteth_feed.address, YEARS, DEVS["wsteth"], WAD, 2 * WAD)),
            asset(reth, (reth_feed.address, YEARS, DEVS["reth"], WAD, 2 * WAD)),
        ],
        [adapter.address],
    )
    for token in (weth, wsteth, reth):
        token.mint(adapter, 10**6 * WAD)
    usdc.mint(adapter, 10**6 * ETH_USD * 10**6)
    policy = int(vault.create_policy(POLICY.word()))
    world = World(
        vault=vault,
        weth=weth,
        wsteth=wsteth,
        reth=reth,
        usdc=usdc,
        base_feed=base_feed,
        wsteth_feed=wsteth_feed,
        reth_feed=reth_feed,
        usdc_feed=usdc_feed,
        adapter=adapter,
        admin=admin,
        guardian=guardian,
        keeper=keeper,
        depositor=depositor,
        other=other,
        policy=policy,
    )
    world._swap_rates()
    world._quote_rates(ETH_USD)
    return world
