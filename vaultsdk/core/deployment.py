"""What is deployed where: the one file that the SDK, the keeper, the CLI and the tests read.

Frozen models and their JSON form; reading and writing files is `vaultsdk.chain.deployment`.
Addresses are checksummed strings, amounts and fees integers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal, Self

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from vaultsdk.core.errors import AddressError, LotvaultError
from vaultsdk.core.model import Address, Frozen

SCHEMA_VERSION: Final = 1


class DeploymentError(LotvaultError):
    """A deployment file that cannot be used; the message says which and what to do."""


def _hex_word(value: object) -> object:
    """Accept an int or a 0x string; keep 0x and 64 hex digits."""
    if isinstance(value, int):
        return f"0x{value:064x}"
    return value.lower() if isinstance(value, str) else value


Word = Annotated[str, BeforeValidator(_hex_word), Field(pattern=r"^0x[0-9a-f]{64}$")]
"""A 256-bit word as 0x and 64 hex digits; an int is accepted."""


class TokenRef(Frozen):
    """An ERC-20 token: its address, ticker and decimals."""

    address: Address
    symbol: str
    decimals: int = Field(ge=0, le=18)


class AssetRef(TokenRef):
    """An asset that the vault lists, under the id that its contract gave it."""

    id: int = Field(ge=0, le=127)


class PolicyRef(Frozen):
    """A policy by id, with the word that the contract stores and a name for people."""

    id: int = Field(ge=0, lt=2**32)
    name: str
    word: Word

    @property
    def word_int(self) -> int:
        """The policy word as an integer."""
        return int(self.word, 16)


class AdapterRefs(Frozen):
    """The listed adapters, by exchange."""

    uniswap_v3: Address | None = None
    uniswap_v2: Address | None = None


class DexRefs(Frozen):
    """The exchange's own contracts."""

    uniswap_v3_factory: Address | None = None
    swap_router_02: Address | None = None
    quoter_v2: Address | None = None
    position_manager: Address | None = None
    uniswap_v2_factory: Address | None = None
    uniswap_v2_router_02: Address | None = None


class PoolRef(Frozen):
    """A pool worth routing through. `fee` is in parts per million (500 = 0.05 %)."""

    kind: Literal["uniswap_v2", "uniswap_v3"]
    address: Address
    token0: Address
    token1: Address
    fee: int = Field(ge=0, lt=1_000_000)

    @model_validator(mode="after")
    def _sorted(self) -> Self:
        if int(self.token0, 16) >= int(self.token1, 16):
            raise ValueError("token0 must sort below token1")
        return self


class DevnetRefs(Frozen):
    """What only a local chain has: movable feeds, the trader's and everybody else's accounts."""

    feeds: Mapping[str, Address]
    """Feeds that a script may move, by description without spaces ("ETH/USD")."""
    accounts: Mapping[str, Address]
    """Accounts by role ("deployer", "keeper", "depositor_0"), all unlocked on the node."""
    arbitrageur: Address
    first_time: int
    """Unix time of the block at which everything was in place."""
    rpc: str | None = None
    """Where its node answers, as long as it runs."""
    base_fee: int = Field(ge=0)
    """Base fee (wei) that every replayed block starts from."""


class Deployment(Frozen):
    """One vault and everything around it on one chain.

    `genesis_hash` tells two local chains with the same id apart; `first_block` is where events
    start. `feeds` maps "base", "quote" and asset symbols to the vault's own feeds (an asset whose
    rate is the constant 1 has none).
    """

    schema_version: Literal[1] = SCHEMA_VERSION
    name: str = Field(min_length=1)
    chain_id: int = Field(gt=0)
    genesis_hash: Word
    first_block: int = Field(ge=0)
    vault: Address | None = None
    lens: Address | None = None
    timelock: Address | None = None
    eth_gate: Address | None = None
    quote: TokenRef
    assets: tuple[AssetRef, ...] = ()
    policies: tuple[PolicyRef, ...] = ()
    adapters: AdapterRefs = AdapterRefs()
    feeds: Mapping[str, Address] = Field(default_factory=dict)
    dex: DexRefs = DexRefs()
    pools: tuple[PoolRef, ...] = ()
    devnet: DevnetRefs | None = None

    @model_validator(mode="after")
    def _unique(self) -> Self:
        ids = [asset.id for asset in self.assets]
        if len(set(ids)) != len(ids):
            raise ValueError("two assets have the same id")
        policies = [policy.id for policy in self.policies]
        if len(set(policies)) != len(policies):
            raise ValueError("two policies have the same id")
        return self

    @classmethod
    def from_json(cls, text: str, source: str = "deployment") -> Self:
        """Parse a deployment file's text; `source` names it in errors.

        Raises DeploymentError with one line that names the first bad field.
        """
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "the document"
            raise DeploymentError(
                f"{source} is not a deployment file of schema {SCHEMA_VERSION}: "
                f"{where}: {first['msg']}; write it again with `devnet up` or `deploy`"
            ) from None
        except AddressError as error:
            raise DeploymentError(f"{source} cannot be used: {error}") from None

    def to_json(self) -> str:
        """The file's text: indented JSON with a final newline."""
        return self.model_dump_json(indent=2) + "\n"

    def asset(self, name: str | int) -> AssetRef:
        """The asset with this id, symbol (any case) or address. Raises DeploymentError."""
        wanted = str(name).lower()
        for asset in self.assets:
            if wanted in (str(asset.id), asset.symbol.lower(), asset.address.lower()):
                return asset
        known = ", ".join(f"{asset.id} {asset.symbol}" for asset in self.assets) or "none"
        raise DeploymentError(f"asset {name} is not listed by {self.name}; listed: {known}")

    def policy(self, name: str | int) -> PolicyRef:
        """The policy with this id or name. Raises DeploymentError."""
        wanted = str(name).lower()
        for policy in self.policies:
            if wanted in (str(policy.id), policy.name.lower()):
                return policy
        known = ", ".join(f"{policy.id} {policy.name}" for policy in self.policies) or "none"
        raise DeploymentError(f"policy {name} is not in the deployment file; known: {known}")

    def require_vault(self) -> str:
        """The vault's address. Raises DeploymentError when only the market is deployed."""
        if self.vault is None:
            raise DeploymentError(f"deployment {self.name} has no vault; deploy one first")
        return self.vault


def check_same_chain(
    deployment: Deployment,
    chain_id: int,
    genesis_hash: str,
    source: str = "deployment file",
) -> None:
    """Raise DeploymentError unless a node with this chain id and genesis is the file's chain."""
    if deployment.chain_id != chain_id:
        raise DeploymentError(
            f"{source} is for chain {deployment.chain_id} but the RPC is chain {chain_id}: "
            "give the file of that chain with --deployment or another node with --rpc"
        )
    if deployment.genesis_hash != genesis_hash.lower():
        raise DeploymentError(
            f"{source} was written for another chain {chain_id} (its genesis block differs): "
            "it is left over from an earlier local chain; start the devnet again or give "
            "the current file with --deployment"
        )
