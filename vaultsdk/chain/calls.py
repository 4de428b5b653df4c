"""Call data of the vault's and the lens's views, with the decoder of each answer. No I/O.

`Read` is a question with its decoder; sync and async clients only carry them to the node.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Final, Generic, TypeVar

from eth_utils.crypto import keccak

from vaultsdk.chain import rows
from vaultsdk.chain.rows import (
    AssetState,
    CohortRow,
    HopRow,
    LotRow,
    VaultState,
    word,
    words,
)
from vaultsdk.core.model import address_to_int, int_to_address
from vaultsdk.core.policy import Policy
from vaultsdk.core.words import (
    AnswerBounds,
    AssetWord,
    BucketWord,
    CohortWord,
    ConfigWord,
    FeedWord,
    Harvest,
    LimitsWord,
    OfferWord,
)

T = TypeVar("T")

PAGE: Final = 500
"""Rows a lens page has at most."""


@dataclass(frozen=True, slots=True)
class Read(Generic[T]):
    """One eth_call: whom to ask, the call data, and how to read the answer."""

    to: str
    data: bytes
    decode: Callable[[bytes], T]


@cache
def selector(signature: str) -> bytes:
    """The first four bytes of a function signature's hash."""
    return keccak(text=signature)[:4]


def static_call(signature: str, *arguments: int | str) -> bytes:
    """Call data for arguments that all are one word: numbers, flags, addresses."""
    parts = [selector(signature)]
    for argument in arguments:
        number = address_to_int(argument) if isinstance(argument, str) else int(argument)
        parts.append(number.to_bytes(32))
    return b"".join(parts)


def _flag(data: bytes) -> bool:
    return word(data) != 0


def _address(data: bytes) -> str:
    return int_to_address(word(data))


def _pair(data: bytes) -> tuple[int, int]:
    first, second = words(data, 2)
    return first, second


def _feed(data: bytes) -> tuple[int, int, int]:
    answer, updated_at, status = words(data, 3)
    return answer, updated_at, status


# ---------------------------------------------------------------- the vault
def lot_words(vault: str, owner: str, lot: int) -> Read[tuple[int, int]]:
    """Head and body of a lot as stored; zeros for a closed one."""
    return Read(vault, static_call("lots(address,uint256)", owner, lot), _pair)


def lot_count(vault: str, owner: str) -> Read[int]:
    """How many lots an owner ever opened; their numbers start at 0."""
    return Read(vault, static_call("lot_count(address)", owner), word)


def cohort(vault: str, key: int) -> Read[CohortWord]:
    """A cohort's units and harvest."""
    return Read(
        vault, static_call("cohorts(uint256)", key), lambda data: CohortWord.unpack(word(data))
    )


def harvest(vault: str, number: int) -> Read[Harvest]:
    """A past harvest."""
    return Read(
        vault,
        static_call("harvests(uint256)", number),
        lambda data: Harvest.unpack(*words(data, 2)),
    )


def harvest_count(vault: str) -> Read[int]:
    """The last harvest's number."""
    return Read(vault, static_call("harvest_count()"), word)


def policy(vault: str, number: int) -> Read[Policy]:
    """A policy by id; the hold policy for an id that does not exist."""
    return Read(
        vault, static_call("policies(uint256)", number), lambda data: Policy.from_word(word(data))
    )


def policy_count(vault: str) -> Read[int]:
    """How many policies there are; ids start at 0 (hold)."""
    return Read(vault, static_call("policy_count()"), word)


def policy_id(vault: str, policy_word: int) -> Read[int]:
    """The id of a policy word; 0 when there is none (or for hold)."""
    return Read(vault, static_call("policy_id(uint256)", policy_word), word)


def held(vault: str, asset: int) -> Read[int]:
    """Units of all open cohorts of an asset."""
    return Read(vault, static_call("held(uint256)", asset), word)


def asset(vault: str, number: int) -> Read[AssetWord]:
    """Token and decimals of an asset id."""
    return Read(
        vault,
        static_call("asset_words(uint256)", number),
        lambda data: AssetWord.unpack(word(data)),
    )


def limits(vault: str, number: int) -> Read[LimitsWord]:
    """Smallest deposit and cohort cap of an asset."""
    return Read(
        vault,
        static_call("limits_words(uint256)", number),
        lambda data: LimitsWord.unpack(word(data)),
    )


def feed(vault: str, feed_id: int) -> Read[FeedWord]:
    """The feed of an asset (0 to 127), the base (128) or the quote (129)."""
    return Read(
        vault,
        static_call("feed_words(uint256)", feed_id),
        lambda data: FeedWord.unpack(word(data)),
    )


def answer_bounds(vault: str, feed_id: int) -> Read[AnswerBounds]:
    """What a feed may answer (wad)."""
    return Read(
        vault,
        static_call("answer_bounds(uint256)", feed_id),
        lambda data: AnswerBounds.unpack(word(data)),
    )


def read_feed(vault: str, feed_id: int) -> Read[tuple[int, int, int]]:
    """Answer (wad), its time and a status: see `rows.FEED_STATUS`."""
    return Read(vault, static_call("read_feed(uint256)", feed_id), _feed)


def price(vault: str, number: int) -> Read[int]:
    """USD wad per whole token. The call reverts when there is no good price."""
    return Read(vault, static_call("price(uint256)", number), word)


def bucket(vault: str) -> Read[BucketWord]:
    """The loss bucket as stored: `used` as of its time."""
    return Read(vault, static_call("bucket_word()"), lambda data: BucketWord.unpack(word(data)))


def config(vault: str) -> Read[ConfigWord]:
    """Pauses and listing."""
    return Read(vault, static_call("config_word()"), lambda data: ConfigWord.unpack(word(data)))


def is_adapter(vault: str, adapter: str) -> Read[bool]:
    """True for a listed adapter."""
    return Read(vault, static_call("adapters(address)", adapter), _flag)


def roles(vault: str, account: str) -> Read[int]:
    """The sum of an account's roles: admin 1, guardian 2, keeper 4."""
    return Read(vault, static_call("roles(address)", account), word)


def offer(vault: str, owner: str, lot: int) -> Read[OfferWord | None]:
    """A lot's standing offer."""

    def decode(data: bytes) -> OfferWord | None:
        packed = word(data)
        return OfferWord.unpack(packed) if packed else None

    return Read(vault, static_call("offers(address,uint256)", owner, lot), decode)


def is_operator(vault: str, owner: str, operator: str) -> Read[bool]:
    """True when `operator` may deposit for and withdraw for `owner`."""
    return Read(vault, static_call("operators(address,address)", owner, operator), _flag)


# ---------------------------------------------------------------- the lens
def lots_page(lens: str, vault: str, owner: str, start: int, n: int) -> Read[list[LotRow]]:
    """An owner's lots from number `start`, at most `n` and PAGE, stored and rolled."""
    data = static_call("lots_page(address,address,uint256,uint256)", vault, owner, start, n)
    return Read(lens, data, rows.lots_page)


def lot_history(
    lens: str, vault: str, owner: str, lot: int, hops: int = PAGE
) -> Read[list[HopRow]]:
    """What each pending harvest did to a lot, oldest first."""
    data = static_call("lot_history(address,address,uint256,uint256)", vault, owner, lot, hops)
    return Read(lens, data, rows.lot_history)


def cohorts_by_key(lens: str, vault: str, keys: Sequence[int]) -> Read[list[CohortRow]]:
    """At most PAGE cohorts by key."""
    signature = "cohorts_by_key(address,uint256[])"
    head = static_call(signature, vault, 64, len(keys))
    data = head + b"".join(key.to_bytes(32) for key in keys)
    return Read(lens, data, partial(rows.cohorts_page, keys=tuple(keys)))


def harvests_page(lens: str, vault: str, start: int, n: int) -> Read[dict[int, Harvest]]:
    """Harvests by number, from `start` (the first is 1), at most `n` and PAGE."""
    data = static_call("harvests_page(address,uint256,uint256)", vault, start, n)
    return Read(lens, data, partial(rows.harvests_page, start=start))


def policies_page(lens: str, vault: str, start: int, n: int) -> Read[dict[int, Policy]]:
    """Policies by id, from `start`, at most `n` and PAGE."""
    data = static_call("policies_page(address,uint256,uint256)", vault, start, n)
    return Read(lens, data, partial(rows.policies_page, start=start))


def assets_page(lens: str, vault: str) -> Read[list[AssetState]]:
    """All assets ever listed, by id."""
    return Read(lens, static_call("assets_page(address)", vault), rows.assets_page)


def vault_state(lens: str, vault: str) -> Read[VaultState]:
    """What holds for the whole vault."""
    return Read(lens, static_call("vault_state(address)", vault), rows.vault_state)


# ---------------------------------------------------------------- tokens
def balance_of(token: str, account: str) -> Read[int]:
    """Units of an ERC-20 that an account has."""
    return Read(token, static_call("balanceOf(address)", account), word)


def allowance(token: str, account: str, spender: str) -> Read[int]:
    """Units that `spender` may still take from `account`."""
    return Read(token, static_call("allowance(address,address)", account, spender), word)


def nonce_of(token: str, account: str) -> Read[int]:
    """An account's EIP-2612 nonce."""
    return Read(token, static_call("nonces(address)", account), word)


def domain_separator(token: str) -> Read[int]:
    """A token's EIP-712 domain separator, as a number."""
    return Read(token, static_call("DOMAIN_SEPARATOR()"), word)


def text(token: str, function: str) -> Read[str]:
    """What `name()`, `symbol()` or `version()` says."""
    return Read(token, static_call(f"{function}()"), _text)


def _text(data: bytes) -> str:
    size = word(data, 1)
    return data[64 : 64 + size].decode("utf-8", "replace")
