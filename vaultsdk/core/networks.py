"""Public networks: whose tokens, exchange contracts and price feeds live where, and who says so.

Pure: TOML text in, frozen models out. Reading the file is `vaultsdk.chain.networks`. The form::

    schema = 1
    [mainnet]
    title = "Ethereum"
    chain_id = 1
    [mainnet.tokens.WETH]            # the key is what the token's symbol() answers
    address = "0x…"                  # with checksum capitals (EIP-55)
    decimals = 18
    sources = ["npm:package@1.2.3 EXPORT.path", "doc:https://…"]
    [mainnet.contracts.quoter_v2]    # one of CONTRACT_NAMES
    [mainnet.feeds."ETH/USD"]        # the key is the feed's pair
    kind = "usd"                     # see FeedKind
    description = "ETH / USD"        # what the feed's description() answers

Every entry names at least one source, because an address that nobody vouches for must not get in.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Annotated, Any, Final, TypeVar

from pydantic import AfterValidator, Field, ValidationError
from pydantic_core import ErrorDetails

from vaultsdk.core.errors import AddressError, LotvaultError
from vaultsdk.core.model import ZERO_ADDRESS, Frozen, checksum

SCHEMA_VERSION: Final = 1

CONTRACT_NAMES: Final = (
    "uniswap_v3_factory",
    "position_manager",
    "swap_router_02",
    "quoter_v2",
    "uniswap_v2_factory",
    "uniswap_v2_router_02",
)
"""Exchange contracts that an entry may name, as in the deployment file's `dex`."""

_SOURCE: Final = re.compile(r"^(?:(?:npm|pypi):\S+@\d\S* \S.*|doc:\S.*)$")
_NAME: Final = re.compile(r"^[a-z][a-z0-9-]*$")


class NetworksError(LotvaultError):
    """A networks file that cannot be used, or a name not in it; the message names the key."""


class FeedKind(StrEnum):
    """What a feed's answer is.

    USD: US dollars per whole token. RATE: a market's rate against the family's base. PROTOCOL: what
    a protocol says its token is worth; list it only in a composite with a market's rate, because it
    does not see a market that pays less. SEQUENCER: 0 while a rollup's sequencer is up.
    """

    USD = "usd"
    RATE = "rate"
    PROTOCOL = "protocol"
    SEQUENCER = "sequencer"


def _exact_checksum(text: str) -> str:
    """Only the EIP-55 spelling: small letters alone would let a typing error through."""
    fixed = checksum(text)
    if fixed == ZERO_ADDRESS:
        raise AddressError("the zero address is no contract: leave the entry out", value=text)
    if fixed != text:
        raise AddressError(
            f"{text} lacks its checksum: compare it with its source, then write {fixed}",
            name="address",
            limit=fixed,
            value=text,
        )
    return fixed


def _source(text: str) -> str:
    if not _SOURCE.match(text):
        raise ValueError(
            f"{text!r} is no source: write 'npm:package@version EXPORT.path', "
            "'pypi:package@version symbol' or 'doc:page or repository and path'"
        )
    return text


StrictAddress = Annotated[str, AfterValidator(_exact_checksum)]
Source = Annotated[str, AfterValidator(_source)]
Sources = Annotated[tuple[Source, ...], Field(min_length=1)]


class ContractEntry(Frozen):
    """A contract of an exchange: `name` (one of CONTRACT_NAMES), where it is and who says so."""

    name: str
    address: StrictAddress
    sources: Sources
    note: str = ""


class TokenEntry(Frozen):
    """An ERC-20 token. `symbol` is the file's key and what the token itself must answer."""

    symbol: str = Field(min_length=1)
    address: StrictAddress
    decimals: int = Field(ge=0, le=18)
    sources: Sources
    note: str = ""


class FeedEntry(Frozen):
    """A price feed that speaks AggregatorV3.

    `decimals` are the answer's. `heartbeat_s` (seconds) and `deviation_bps` are how late and how
    far off its operator lets it be; None where no source says so. `timing_source` says who does.
    """

    name: str = Field(min_length=1)
    kind: FeedKind
    address: StrictAddress
    description: str = Field(min_length=1)
    decimals: int = Field(ge=0, le=18)
    sources: Sources
    heartbeat_s: int | None = Field(default=None, gt=0)
    deviation_bps: int | None = Field(default=None, gt=0, lt=10_000)
    timing_source: Source | None = None
    note: str = ""


Entry = ContractEntry | TokenEntry | FeedEntry


class Network(Frozen):
    """One public chain and what is worth knowing there."""

    name: str
    title: str = Field(min_length=1)
    chain_id: int = Field(gt=0)
    testnet: bool = False
    tokens: tuple[TokenEntry, ...] = ()
    contracts: tuple[ContractEntry, ...] = ()
    feeds: tuple[FeedEntry, ...] = ()

    def token(self, symbol: str) -> TokenEntry:
        """The token with this symbol, in any case. Raises NetworksError."""
        found = [t for t in self.tokens if t.symbol.lower() == symbol.lower()]
        return (
            found[0] if found else self._unknown("token", symbol, (t.symbol for t in self.tokens))
        )

    def contract(self, name: str) -> ContractEntry:
        """The exchange contract with this name. Raises NetworksError."""
        found = [c for c in self.contracts if c.name == name]
        return (
            found[0] if found else self._unknown("contract", name, (c.name for c in self.contracts))
        )

    def feed(self, name: str) -> FeedEntry:
        """The feed with this pair ("ETH/USD"), in any case. Raises NetworksError."""
        found = [f for f in self.feeds if f.name.lower() == name.lower()]
        return found[0] if found else self._unknown("feed", name, (f.name for f in self.feeds))

    @property
    def sequencer(self) -> FeedEntry | None:
        """The feed that says whether the rollup's sequencer is up; None where there is none."""
        return next((f for f in self.feeds if f.kind is FeedKind.SEQUENCER), None)

    def _unknown(self, what: str, name: str, known: Iterable[str]) -> Any:
        raise NetworksError(
            f"network {self.name} lists no {what} {name!r}; it has: {', '.join(known) or 'none'}",
            name=what,
            value=name,
        )


class Networks(Frozen):
    """All networks of one file, in the file's order."""

    networks: tuple[Network, ...]

    def get(self, name: str) -> Network:
        """The network with this name ("base") or chain id ("8453"). Raises NetworksError."""
        for network in self.networks:
            if name.lower() in (network.name, str(network.chain_id)):
                return network
        known = ", ".join(n.name for n in self.networks) or "none"
        raise NetworksError(
            f"unknown network {name!r}: choose one of {known}, or add it to a file of your own",
            name="network",
            value=name,
        )


_E = TypeVar("_E", TokenEntry, ContractEntry, FeedEntry, Network)


def _build(model: type[_E], key: str, values: Mapping[str, object]) -> _E:
    """The model from a table; errors get the dotted key in front of them."""
    try:
        return model.model_validate(values)
    except AddressError as error:
        raise NetworksError(
            f"{key}.address: {error}", name=f"{key}.address", value=error.value
        ) from None
    except ValidationError as error:
        first: ErrorDetails = error.errors(include_url=False)[0]
        where = ".".join([key, *(str(part) for part in first["loc"])])
        hint = {
            "missing": "this key is needed; add it",
            "extra_forbidden": "unknown key; remove it or correct its spelling",
        }.get(first["type"], first["msg"].removeprefix("Value error, "))
        raise NetworksError(f"{where}: {hint}", name=where, value=first.get("input")) from None


def _table(value: object, key: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise NetworksError(f"{key}: must be a table; write [{key}]", name=key, value=value)
    return value


def _entries(
    model: type[_E], key: str, name_field: str, value: object, known: tuple[str, ...] = ()
) -> list[_E]:
    entries = []
    for name, raw in _table(value, key).items():
        where = f"{key}.{name}"
        if known and name not in known:
            raise NetworksError(
                f"{where}: unknown contract; it can be one of {', '.join(known)}", name=where
            )
        table = _table(raw, where)
        if name_field in table:
            raise NetworksError(f"{where}.{name_field}: the table's key says this; remove it")
        entries.append(_build(model, where, {**table, name_field: name}))
    return entries


def _check_feed(key: str, feed: FeedEntry) -> None:
    timed = feed.heartbeat_s is not None or feed.deviation_bps is not None
    if timed != (feed.timing_source is not None):
        where = f"{key}.feeds.{feed.name}.timing_source"
        raise NetworksError(
            f"{where}: say who states heartbeat_s and deviation_bps, or leave all three out",
            name=where,
        )


def _no_twins(key: str, labels: Iterable[tuple[str, object]]) -> None:
    """Refuse two entries with one value: the second is nearly always a wrong paste."""
    seen: dict[object, str] = {}
    for label, value in labels:
        if value in seen:
            raise NetworksError(
                f"{label}: {value} is already {seen[value]}; correct one of them or remove it",
                name=key,
                value=value,
            )
        seen[value] = label


def _network(name: str, raw: object) -> Network:
    if not _NAME.match(name):
        raise NetworksError(
            f"{name}: a network's name is small letters, digits and dashes", name=name, value=name
        )
    table = dict(_table(raw, name))
    tokens = _entries(TokenEntry, f"{name}.tokens", "symbol", table.pop("tokens", {}))
    contracts = _entries(
        ContractEntry, f"{name}.contracts", "name", table.pop("contracts", {}), CONTRACT_NAMES
    )
    feeds = _entries(FeedEntry, f"{name}.feeds", "name", table.pop("feeds", {}))
    for feed in feeds:
        _check_feed(name, feed)
    if "name" in table:
        raise NetworksError(
            f"{name}.name: the table's key says this; remove it", name=f"{name}.name"
        )
    network = _build(
        Network,
        name,
        {**table, "name": name, "tokens": tokens, "contracts": contracts, "feeds": feeds},
    )
    _no_twins(name, [(f"{name}.tokens.{t.symbol}", t.symbol.lower()) for t in tokens])
    _no_twins(
        name,
        [
            *((f"{name}.tokens.{t.symbol}", t.address) for t in tokens),
            *((f"{name}.contracts.{c.name}", c.address) for c in contracts),
            *((f"{name}.feeds.{f.name}", f.address) for f in feeds),
        ],
    )
    return network


def parse_networks(text: str, source: str = "networks file") -> Networks:
    """Parse and check the text of a networks file; `source` names it in errors.

    Raises NetworksError with one line that names the key and says what to do: bad TOML, a key
    missing, unknown or given twice, a wrong checksum, an entry without a source, the same address
    twice on a network, the same chain id twice.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise NetworksError(f"{source} is not TOML: {error}") from None
    version = document.pop("schema", None)
    if version != SCHEMA_VERSION:
        raise NetworksError(
            f"{source}: schema: must be {SCHEMA_VERSION}, not {version}; "
            f"write schema = {SCHEMA_VERSION} at the top",
            name="schema",
            limit=SCHEMA_VERSION,
            value=version,
        )
    try:
        networks = [_network(name, raw) for name, raw in document.items()]
        if not networks:
            raise NetworksError("no network in it; add a table such as [mainnet]")
        _no_twins("chain_id", [(f"{n.name}.chain_id", n.chain_id) for n in networks])
    except NetworksError as error:
        raise NetworksError(
            f"{source}: {error}", name=error.name, limit=error.limit, value=error.value
        ) from None
    return Networks(networks=tuple(networks))
