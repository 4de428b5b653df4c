"""What a vault's file comes to on one chain: every name looked up, every amount an integer.

Pure. An address book (a public network's, or a deployment file's) turns names into addresses; the
plan then holds exactly what constructors take, and says what its loss bucket must carry.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, Self

from eth_utils.crypto import keccak
from pydantic import Field

from vaultsdk.core.deployment import Deployment, DevnetRefs, DexRefs, TokenRef
from vaultsdk.core.errors import LotvaultError
from vaultsdk.core.model import Address, Frozen, checksum
from vaultsdk.core.networks import Network
from vaultsdk.core.policy import BPS, Bounds, Policy
from vaultsdk.core.quantity import DAY_S, parse_token_amount
from vaultsdk.core.units import WAD, format_amount, scale
from vaultsdk.core.vault_config import (
    DEPLOY,
    AssetConfig,
    CompositeConfig,
    MarketConfig,
    TokenConfig,
    VaultConfig,
    VaultConfigError,
)

ROUTERS: Final[Mapping[str, str]] = {
    "uniswap_v3": "swap_router_02",
    "uniswap_v2": "uniswap_v2_router_02",
}
"""Which exchange contract an adapter swaps through."""

_SHORT_DELAY_S: Final = DAY_S  # less is no time to leave in


class AddressBook(Frozen):
    """Names of one chain: tokens by symbol, feeds by pair, exchange contracts by role."""

    source: str
    chain_id: int
    tokens: Mapping[str, TokenRef] = Field(default_factory=dict)
    feeds: Mapping[str, Address] = Field(default_factory=dict)
    dex: DexRefs = DexRefs()
    devnet: DevnetRefs | None = None

    @classmethod
    def of_network(cls, network: Network) -> Self:
        """The book of a public network from the networks file."""
        return cls(
            source=f"network {network.name}",
            chain_id=network.chain_id,
            tokens={
                t.symbol: TokenRef(address=t.address, symbol=t.symbol, decimals=t.decimals)
                for t in network.tokens
            },
            feeds={f.name: f.address for f in network.feeds},
            dex=DexRefs.model_validate({c.name: c.address for c in network.contracts}),
        )

    @classmethod
    def of_deployment(cls, deployment: Deployment) -> Self:
        """The book of a local chain: its own tokens, movable feeds and exchange."""
        tokens = (*deployment.assets, deployment.quote)
        return cls(
            source=f"deployment {deployment.name}",
            chain_id=deployment.chain_id,
            tokens={
                t.symbol: TokenRef(address=t.address, symbol=t.symbol, decimals=t.decimals)
                for t in tokens
            },
            feeds=deployment.devnet.feeds if deployment.devnet else {},
            dex=deployment.dex,
            devnet=deployment.devnet,
        )


class FeedPlan(Frozen):
    """A feed as the vault stores it; without `address` the constant 1. dev in bps, bounds wad."""

    address: Address | None = None
    heartbeat: int = 0
    dev: int = 0
    min_answer: int = 0
    max_answer: int = 0


class ProtocolPlan(Frozen):
    """A protocol's rate: contract, 4-byte selector (0x and 8 digits), decimals, bounds in wad."""

    target: Address
    selector: str
    decimals: int
    min_answer: int
    max_answer: int


class CompositePlan(Frozen):
    """A composite feed to deploy."""

    description: str
    protocol: ProtocolPlan | None
    markets: tuple[FeedPlan, ...]


class AssetPlan(Frozen):
    """An asset to list. With a composite, `rate.address` is None until that is deployed."""

    token: TokenRef
    rate: FeedPlan
    composite: CompositePlan | None
    min_deposit: int
    cohort_cap: int


class AdapterPlan(Frozen):
    """An adapter that exists (`address`), or one to deploy over `router`."""

    kind: str
    router: Address
    address: Address | None


class TimelockPlan(Frozen):
    """The admin: an existing one, or the settings of a new one. Delay in seconds."""

    address: Address | None
    proposers: tuple[Address, ...]
    executors: tuple[Address, ...]
    """Empty with `anyone_executes`."""
    anyone_executes: bool
    min_delay: int


class PolicyPlan(Frozen):
    """A policy to create."""

    name: str
    policy: Policy


class VaultPlan(Frozen):
    """Everything that is to be deployed. The assets' ids are their places."""

    name: str
    chain_id: int
    quote: TokenRef
    quote_feed: FeedPlan
    base_unit: str
    base: FeedPlan
    sequencer: Address | None
    grace: int
    bounds: Bounds
    bucket: int
    """Units of the base, wad."""
    guardian: Address
    keeper: Address
    timelock: TimelockPlan
    assets: tuple[AssetPlan, ...]
    adapters: tuple[AdapterPlan, ...]
    policies: tuple[PolicyPlan, ...]
    eth_gate: int | None
    """Id of the wrapped ether; None for no gate."""
    dex: DexRefs
    devnet: DevnetRefs | None = None
    """Passed on to the deployment file: what only a local chain has."""

    def asset_id(self, symbol: str) -> int:
        """The id that the vault gives to an asset of the plan."""
        return next(i for i, asset in enumerate(self.assets) if asset.token.symbol == symbol)

    def bucket_needed(self, rates: Mapping[str, int]) -> tuple[int, str]:
        """What the largest full cohort may debit at once, base wad, and of which asset it is.

        Design: a harvest is debited the shortfall plus `dev(in) + dev(out)` of the value sold; the
        shortfall is at most the largest slippage that a policy may allow. `rates` are wad per whole
        token by symbol. Rounded up.
        """
        needed, of = 0, ""
        for number, sold in enumerate(self.assets):
            others = [a.rate.dev for i, a in enumerate(self.assets) if i != number]
            share = self.bounds.max_slippage + sold.rate.dev + max(others, default=0)
            value = -(-sold.cohort_cap * rates[sold.token.symbol] // scale(sold.token.decimals))
            debit = -(-value * share // BPS)
            if debit > needed:
                needed, of = debit, sold.token.symbol
        return needed, of

    def check_bucket(self, rates: Mapping[str, int]) -> None:
        """Raise VaultConfigError when the bucket cannot carry a full cohort at these rates."""
        needed, of = self.bucket_needed(rates)
        if needed > self.bucket:
            raise VaultConfigError(
                f"bucket: {_base(self, self.bucket)} cannot carry a full cohort of {of}, which may "
                f"cost {_base(self, needed)} at the largest slippage and deviations: raise bucket, "
                f"or lower assets.{of}.cohort_cap or bounds.max_slippage",
                name="bucket",
                limit=needed,
                value=self.bucket,
            )

    def least_rates(self) -> dict[str, int]:
        """The least rate that the vault would believe, wad by symbol."""
        return {a.token.symbol: WAD if _constant(a) else a.rate.min_answer for a in self.assets}

    def warnings(self) -> tuple[str, ...]:
        """What is allowed but probably not meant, one line each."""
        return tuple(self._warnings())

    def _warnings(self) -> Iterator[str]:
        for asset in self.assets:
            if _constant(asset) and asset.token.symbol != "WETH":
                yield (
                    f"assets.{asset.token.symbol}.rate is the constant 1: only right if anyone can "
                    f"redeem it one for one in {self.base_unit} by its own immutable contract"
                )
        if self.timelock.address is None and self.timelock.min_delay < _SHORT_DELAY_S:
            yield (
                f"roles.timelock.min_delay is {self.timelock.min_delay} s: owners have less than "
                "a day to leave before a change"
            )
        if self.guardian == self.keeper:
            yield "roles: guardian and keeper are the same account, so neither watches the other"
        for plan in self.policies:
            for out in plan.policy.assets:
                for number, sold in enumerate(self.assets):
                    if number == out:
                        continue
                    pair = f"{sold.token.symbol} to {self.assets[out].token.symbol}"
                    devs = sold.rate.dev, self.assets[out].rate.dev
                    for text in plan.policy.warnings(*devs):
                        yield f"policies.{plan.name}, {pair}: {text}"


def _constant(asset: AssetPlan) -> bool:
    return asset.composite is None and asset.rate.address is None


def _base(plan: VaultPlan, amount: int) -> str:
    return f"{format_amount(amount, 18)} {plan.base_unit}"


def plan_vault(config: VaultConfig, book: AddressBook, source: str = "vault file") -> VaultPlan:
    """Look up every name of the file and work out every amount.

    Raises VaultConfigError (with `source` in front) for a name that the book does not have, an
    amount in a wrong unit, a policy outside the bounds, and a bucket that cannot carry a cohort
    even at the least rates.
    """
    try:
        return _Planner(config, book).plan()
    except LotvaultError as error:
        raise VaultConfigError(
            f"{source}: {error}", name=error.name, limit=error.limit, value=error.value
        ) from None


class _Planner:
    """Resolving one file against one book."""

    def __init__(self, config: VaultConfig, book: AddressBook) -> None:
        self.config = config
        self.book = book

    def plan(self) -> VaultPlan:
        config = self.config
        dex = self._dex()
        assets = tuple(self._asset(symbol, asset) for symbol, asset in config.assets.items())
        quote = self._token("quote.token", config.quote.token)
        self._no_twins([*(a.token for a in assets), quote])
        symbols = list(config.assets)
        made = VaultPlan(
            name=config.name,
            chain_id=self.book.chain_id,
            quote=quote,
            quote_feed=self._feed("quote.feed", config.quote.feed),
            base_unit=config.base.unit,
            base=FeedPlan() if config.base.feed == 1 else self._feed("base.feed", config.base.feed),
            sequencer=self._feed_address("sequencer.feed", config.sequencer.feed)
            if config.sequencer
            else None,
            grace=config.sequencer.grace if config.sequencer else 0,
            bounds=Bounds(**config.bounds.model_dump()),
            bucket=parse_token_amount(config.bucket, config.base.unit, 18, "bucket"),
            guardian=config.roles.guardian,
            keeper=config.roles.keeper,
            timelock=self._timelock(),
            assets=assets,
            adapters=tuple(
                self._adapter(kind, where, dex) for kind, where in config.adapters.items()
            ),
            policies=tuple(self._policies(symbols)),
            eth_gate=None if config.eth_gate is None else symbols.index(config.eth_gate),
            dex=dex,
            devnet=self.book.devnet,
        )
        made.check_bucket(made.least_rates())
        return made

    def _dex(self) -> DexRefs:
        known = set(DexRefs.model_fields)
        for name in self.config.dex:
            if name not in known:
                raise VaultConfigError(
                    f"dex.{name}: unknown contract; it can be {', '.join(sorted(known))}"
                )
        return self.book.dex.model_copy(update=dict(self.config.dex))

    def _token(self, key: str, token: str | TokenConfig) -> TokenRef:
        if isinstance(token, TokenConfig):
            return TokenRef(**token.model_dump())
        if token in self.book.tokens:
            return self.book.tokens[token]
        known = ", ".join(self.book.tokens) or "none"
        raise VaultConfigError(
            f"{key}: {self.book.source} has no token {token} (it has {known}): choose one of them, "
            "or give a table with address, symbol and decimals",
            name=key,
            value=token,
        )

    def _feed_address(self, key: str, feed: str) -> str:
        if feed.lower().startswith("0x"):
            return checksum(feed)
        if feed in self.book.feeds:
            return self.book.feeds[feed]
        known = ", ".join(self.book.feeds) or "none"
        raise VaultConfigError(
            f"{key}: {self.book.source} has no feed {feed} (it has {known}): choose one of them, "
            "or give its address",
            name=key,
            value=feed,
        )

    def _feed(self, key: str, feed: MarketConfig) -> FeedPlan:
        return FeedPlan(
            address=self._feed_address(f"{key}.feed", feed.feed),
            heartbeat=feed.heartbeat,
            dev=feed.dev,
            min_answer=feed.min,
            max_answer=feed.max,
        )

    def _asset(self, symbol: str, asset: AssetConfig) -> AssetPlan:
        key = f"assets.{symbol}"
        token = self._token(key, asset.token if asset.token is not None else symbol)
        if token.symbol != symbol:
            raise VaultConfigError(f"{key}.token.symbol: is {token.symbol}: must be {symbol}")
        rate, composite = FeedPlan(), None
        if isinstance(asset.rate, CompositeConfig):
            composite = self._composite(f"{key}.rate", asset.rate)
            rate = FeedPlan(
                heartbeat=asset.rate.heartbeat,
                dev=asset.rate.dev,
                min_answer=asset.rate.min,
                max_answer=asset.rate.max,
            )
        elif isinstance(asset.rate, MarketConfig):
            rate = self._feed(f"{key}.rate", asset.rate)
        decimals = token.decimals
        cap = parse_token_amount(asset.cohort_cap, symbol, decimals, f"{key}.cohort_cap")
        least = parse_token_amount(asset.min_deposit, symbol, decimals, f"{key}.min_deposit")
        if not 0 < least <= cap < 2**128:
            raise VaultConfigError(
                f"{key}: min_deposit must be above 0 and at most cohort_cap", name=key
            )
        return AssetPlan(
            token=token, rate=rate, composite=composite, min_deposit=least, cohort_cap=cap
        )

    def _composite(self, key: str, composite: CompositeConfig) -> CompositePlan:
        rate = composite.protocol
        return CompositePlan(
            description=composite.description,
            protocol=None
            if rate is None
            else ProtocolPlan(
                target=checksum(rate.target)
                if rate.target.lower().startswith("0x")
                else self._token(f"{key}.protocol.target", rate.target).address,
                selector="0x" + keccak(text=rate.call)[:4].hex(),
                decimals=rate.decimals,
                min_answer=rate.min,
                max_answer=rate.max,
            ),
            markets=tuple(
                self._feed(f"{key}.markets.{number}", part)
                for number, part in enumerate(composite.markets)
            ),
        )

    def _adapter(self, kind: str, where: str, dex: DexRefs) -> AdapterPlan:
        role = ROUTERS[kind]
        router: str | None = getattr(dex, role)
        if router is None:
            raise VaultConfigError(
                f"adapters.{kind}: {self.book.source} has no {role}: give its address as "
                f"{role} under [dex], or leave this adapter out"
            )
        if where != DEPLOY and not where.lower().startswith("0x"):
            raise VaultConfigError(f'adapters.{kind}: give an address, or "{DEPLOY}"', value=where)
        return AdapterPlan(
            kind=kind, router=router, address=None if where == DEPLOY else checksum(where)
        )

    def _timelock(self) -> TimelockPlan:
        lock = self.config.roles.timelock
        anyone = lock.executors == "anyone"
        return TimelockPlan(
            address=lock.address,
            proposers=lock.proposers,
            executors=() if lock.executors == "anyone" else lock.executors,
            anyone_executes=anyone,
            min_delay=lock.min_delay,
        )

    def _policies(self, symbols: list[str]) -> Iterator[PolicyPlan]:
        bounds = Bounds(**self.config.bounds.model_dump())
        for name, wanted in self.config.policies.items():
            policy = Policy(
                mask=sum(1 << symbols.index(symbol) for symbol in set(wanted.into)),
                min_loss=wanted.min_loss,
                max_cost=wanted.max_cost,
                max_slippage=wanted.max_slippage,
                max_fee=wanted.max_fee,
                min_hold_days=wanted.min_hold,
                tax_value=wanted.tax_value,
            )
            try:
                policy.check(bounds, (1 << len(symbols)) - 1)
            except LotvaultError as error:
                raise VaultConfigError(f"policies.{name}: {error}", name=error.name) from None
            yield PolicyPlan(name=name, policy=policy)

    def _no_twins(self, tokens: list[TokenRef]) -> None:
        seen: dict[str, str] = {}
        for token in tokens:
            if token.address in seen:
                raise VaultConfigError(
                    f"{token.symbol} and {seen[token.address]} are the same token: remove one"
                )
            seen[token.address] = token.symbol
