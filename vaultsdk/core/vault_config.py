"""The TOML file that describes a vault to deploy, as frozen models.

Pure: text in, models out. Names ("WETH", "ETH/USD") stay names here; `vaultsdk.core.vault_plan`
looks them up and works out the integers. The form is explained in docs/deploy.md.

Every error is one line with the file, the key, its line in the file and what to do.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from typing import Annotated, Final, Literal, Self

from pydantic import BeforeValidator, Discriminator, Field, Tag, ValidationError, model_validator

from vaultsdk.core.errors import LotvaultError
from vaultsdk.core.model import Frozen, checksum
from vaultsdk.core.quantity import parse_days, parse_duration, parse_share, parse_wad

SCHEMA_VERSION: Final = 1
FILL_IN: Final = "FILL IN"
"""What the example files have where only the user knows the value."""

DEPLOY: Final = "deploy"
"""An adapter that is to be deployed, in the place of its address."""

MAX_ASSETS: Final = 8  # what LotVault's constructor takes; more are listed later by the timelock


class VaultConfigError(LotvaultError):
    """A vault's file that cannot be used; the message names the key and says what to do."""


def _located(parse: Callable[[object], object]) -> BeforeValidator:
    """A parser of ours as a validator: pydantic adds the place to a ValueError, not to ours."""

    def validate(value: object) -> object:
        try:
            return parse(value)
        except LotvaultError as error:
            raise ValueError(str(error)) from None

    return BeforeValidator(validate)


def _address(value: object) -> object:
    if value == FILL_IN:
        raise ValueError("still to be filled in: give an address of yours, 0x and 40 hex digits")
    if not isinstance(value, str) or not value.lower().startswith("0x"):
        raise ValueError(f"{value!r} is not an address: give 0x and 40 hex digits in quotes")
    return checksum(value)


def _label(value: object) -> object:
    if isinstance(value, str) and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", value):
        raise ValueError(f"{value!r} cannot name a file: use letters, digits, '.', '_' and '-'")
    return value


def _is_table(value: object) -> str:
    return "<table>" if isinstance(value, Mapping | Frozen) else "<plain>"


def _kind_of_rate(value: object) -> str:
    if _is_table(value) == "<plain>":
        return "<plain>"
    parts = value if isinstance(value, Mapping) else getattr(value, "__dict__", {})
    return "<composite>" if "markets" in parts or "protocol" in parts else "<table>"


def _one(value: object) -> object:
    if value not in (1, "1"):
        raise ValueError(f"{value!r} is not a feed: write a table with feed, or 1 for the constant")
    return 1


def _anyone(value: object) -> object:
    if value != "anyone":
        raise ValueError('give a list of addresses, or "anyone"')
    return value


OwnAddress = Annotated[str, _located(_address)]
Seconds = Annotated[int, _located(parse_duration)]
Days = Annotated[int, _located(parse_days)]
Bps = Annotated[int, _located(parse_share), Field(le=10_000)]
Wad = Annotated[int, _located(parse_wad)]
One = Annotated[Literal[1], BeforeValidator(_one)]
Name = Annotated[str, BeforeValidator(_label), Field(min_length=1, max_length=40)]


class TokenConfig(Frozen):
    """A token that no address book names."""

    address: OwnAddress
    symbol: str = Field(min_length=1)
    decimals: int = Field(ge=0, le=18)


class _Bounded(Frozen):
    """What every answer has: `min` and `max` (wad) outside which it is not believed."""

    min: Wad
    max: Wad

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not 0 < self.min <= self.max:
            raise ValueError("min must be above 0 and at most max")
        return self


class MarketConfig(_Bounded):
    """A market feed: its name in the address book or its address, how late and how far off (bps)
    its answer may be."""

    feed: str = Field(min_length=1)
    heartbeat: Seconds = Field(gt=0, lt=2**32)
    dev: Bps


class ProtocolConfig(_Bounded):
    """A rate that a protocol's contract gives: `target` (token's symbol or address), `call` (a view
    without arguments, "stEthPerToken()") and the decimals of what it gives."""

    target: str = Field(min_length=1)
    call: str = Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*\(\)$")
    decimals: int = Field(default=18, ge=0, le=18)
    dev: Bps


class CompositeConfig(_Bounded):
    """A rate made of parts, for which a composite feed is deployed: at most one protocol's rate
    times one or two market feeds. `dev` (bps) is at least the sum of the parts'."""

    description: str = Field(min_length=1, max_length=64)
    heartbeat: Seconds = Field(gt=0, lt=2**32)
    dev: Bps
    protocol: ProtocolConfig | None = None
    markets: tuple[MarketConfig, ...] = Field(min_length=1, max_length=2)

    @model_validator(mode="after")
    def _honest(self) -> Self:
        parts = sum(part.dev for part in self.markets)
        parts += self.protocol.dev if self.protocol else 0
        if self.dev < parts:
            raise ValueError(
                f"dev is {self.dev} bps, but the parts may be off by {parts} bps together: "
                f"give at least {parts} bps"
            )
        return self


class AssetConfig(Frozen):
    """An asset under its symbol: limits with their unit ("1000 WETH"), and the rate in the base.

    `rate` is a feed, a composite, or 1 for what anyone can redeem one for one in the base by its
    own immutable contract (WETH); nothing else may have it.
    """

    token: TokenConfig | None = None
    min_deposit: str
    cohort_cap: str
    rate: Annotated[
        Annotated[One, Tag("<plain>")]
        | Annotated[MarketConfig, Tag("<table>")]
        | Annotated[CompositeConfig, Tag("<composite>")],
        Discriminator(_kind_of_rate),
    ]


class BaseConfig(Frozen):
    """What the family tracks: the unit in which the bucket is given ("ETH") and its USD feed."""

    unit: str = Field(min_length=1)
    feed: Annotated[
        Annotated[One, Tag("<plain>")] | Annotated[MarketConfig, Tag("<table>")],
        Discriminator(_is_table),
    ]


class QuoteConfig(Frozen):
    """The money asset and its USD feed."""

    token: Annotated[
        Annotated[str, Tag("<plain>")] | Annotated[TokenConfig, Tag("<table>")],
        Discriminator(_is_table),
    ]
    feed: MarketConfig


class SequencerConfig(Frozen):
    """The uptime feed of a rollup's sequencer, and how long prices stay unused after it is back."""

    feed: str
    grace: Seconds


class TimelockConfig(Frozen):
    """The admin: an existing timelock's `address`, or proposers, executors ("anyone": empty list is
    refused) and delay of a new one. Proposers may also cancel."""

    address: OwnAddress | None = None
    proposers: tuple[OwnAddress, ...] = ()
    executors: Annotated[
        Annotated[tuple[OwnAddress, ...], Tag("<list>")]
        | Annotated[Literal["anyone"], BeforeValidator(_anyone), Tag("<plain>")],
        Discriminator(lambda value: "<list>" if isinstance(value, list | tuple) else "<plain>"),
    ] = ()
    min_delay: Seconds = 0

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if self.address is not None:
            if self.proposers or self.executors or self.min_delay:
                raise ValueError("give an existing timelock's address or a new one's settings")
            return self
        if not self.proposers:
            raise ValueError("nobody could ever change a setting: name at least one proposer")
        if not self.executors:
            raise ValueError('nobody could execute a change: name executors, or write "anyone"')
        if self.min_delay == 0:
            raise ValueError('a timelock without delay protects nobody: min_delay = "2 days"')
        return self


class RolesConfig(Frozen):
    """Who may tighten at once, who may harvest, and the timelock that may loosen."""

    guardian: OwnAddress
    keeper: OwnAddress
    timelock: TimelockConfig


class BoundsConfig(Frozen):
    """Hard bounds (bps) of the deployment; nobody can change them later."""

    max_cost: Bps
    max_slippage: Bps
    max_fee: Bps
    buy_tolerance: Bps


class PolicyConfig(Frozen):
    """A policy to create, by its name: replacement assets by symbol, shares in bps, whole days."""

    into: tuple[str, ...] = Field(min_length=1)
    min_loss: Bps
    max_cost: Bps
    max_slippage: Bps
    max_fee: Bps
    min_hold: Days = Field(ge=1)
    tax_value: Bps


class VaultConfig(Frozen):
    """One vault. Either `network` names the address book, or `chain_id` the chain and every token,
    feed and exchange contract is given by address."""

    name: Name
    network: str | None = None
    chain_id: int | None = Field(default=None, gt=0)
    eth_gate: str | None = None
    """Symbol of the wrapped ether for which a gate is deployed; None for no gate."""
    bucket: str
    quote: QuoteConfig
    base: BaseConfig
    sequencer: SequencerConfig | None = None
    bounds: BoundsConfig
    roles: RolesConfig
    assets: Mapping[str, AssetConfig] = Field(min_length=1, max_length=MAX_ASSETS)
    adapters: Mapping[Literal["uniswap_v3", "uniswap_v2"], str] = Field(min_length=1)
    """An adapter's address, or "deploy"."""
    dex: Mapping[str, OwnAddress] = Field(default_factory=dict)
    """Exchange contracts, over those of the address book."""
    policies: Mapping[str, PolicyConfig] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.network is None) == (self.chain_id is None):
            raise ValueError('give either network = "mainnet" or chain_id with all addresses')
        if self.eth_gate is not None and self.eth_gate not in self.assets:
            raise ValueError(f"eth_gate: {self.eth_gate} is not one of the assets")
        for name, policy in self.policies.items():
            for symbol in policy.into:
                if symbol not in self.assets:
                    raise ValueError(f"policies.{name}.into: {symbol} is not one of the assets")
        if "hold" in self.policies:
            raise ValueError("policies.hold: every vault has it as policy 0; remove it")
        return self


def parse_vault_config(text: str, source: str = "vault file") -> VaultConfig:
    """The vault that a file's text describes; `source` names it in errors.

    Raises VaultConfigError: bad TOML, a key that is missing, unknown or malformed, a value that
    makes no sense. The line is that of the key at fault, or of its nearest table.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise VaultConfigError(f"{source} is not TOML: {error}") from None
    version = document.pop("schema", None)
    if version != SCHEMA_VERSION:
        raise VaultConfigError(
            f"{source}: schema must be {SCHEMA_VERSION}, not {version}: write schema = "
            f"{SCHEMA_VERSION} at the top",
            name="schema",
            limit=SCHEMA_VERSION,
            value=version,
        )
    try:
        return VaultConfig.model_validate(document)
    except ValidationError as error:
        raise _explained(error, text, source) from None


_HINTS: Final[Mapping[str, str]] = {
    "missing": "this key is needed; add it",
    "extra_forbidden": "unknown key; remove it or correct its spelling",
}


def _explained(error: ValidationError, text: str, source: str) -> VaultConfigError:
    first = error.errors(include_url=False)[0]
    # Tags of unions are in angle brackets; a mapping's bad key is followed by "[key]".
    place = [str(part) for part in first["loc"] if not re.match(r"^[<\[]", str(part))]
    message = _HINTS.get(first["type"]) or first["msg"].removeprefix("Value error, ")
    where, line = ".".join(place), line_of(text, place)
    prefix = f"{source}{f', line {line}' if line else ''}: {f'{where}: ' if where else ''}"
    return VaultConfigError(f"{prefix}{message}", name=where, value=first.get("input"))


_HEADER: Final = re.compile(r"^\s*\[\[?\s*(.+?)\s*\]\]?\s*(?:#.*)?$")


def line_of(text: str, place: list[str]) -> int | None:
    """Line (from 1) of a dotted key, or of the nearest table around it; None when not found.

    tomllib does not say where a value stood, so this looks for headers and `key =`. Good for files
    written by people, one key a line.
    """
    table: list[str] = []
    best: tuple[int, int] | None = None  # keys matched, line
    for number, row in enumerate(text.splitlines(), 1):
        header = _HEADER.match(row)
        if header:
            table = _keys(header[1])
            path = table
        else:
            path = [*table, *_keys(row.split("=", 1)[0])] if "=" in row else []
        depth = len(path)
        if path and path == [p for p in place if not p.isdigit()][:depth]:
            best = max(best or (0, 0), (depth, number), key=lambda item: item[0])
    return best[1] if best else None


def _keys(text: str) -> list[str]:
    return [key.strip().strip("\"'") for key in re.findall(r'"[^"]*"|\'[^\']*\'|[^.\s]+', text)]
