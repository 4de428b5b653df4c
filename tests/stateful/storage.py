"""Every word that the vault's storage must hold, from the ledger's replay of its logs.

Compared both ways: each word that the ledger expects must be there, and each slot that was ever
written must be one that the ledger knows (or zero). So nothing can hide in storage that the logs do
not tell.
"""

from __future__ import annotations

import boa

from tests.stateful.chain import slot_of, written_slots
from vaultsdk.core.ledger import LedgerState


def expected_words(state: LedgerState, at: dict[str, int]) -> dict[int, tuple[int, str]]:
    """Word and name of every slot that is not zero; `at` is the first slot of each variable."""
    words: dict[int, tuple[int, str]] = {}

    def put(name: str, value: int, *keys: int | str, offset: int = 0) -> None:
        words[slot_of(at[name], *keys) + offset] = (value, f"{name}{list(keys)}+{offset}")

    for (owner, lot), halves in state.lots.items():
        for offset, word in enumerate(halves):
            put("lots", word, owner, lot, offset=offset)
    for number, halves in state.harvests.items():
        for offset, word in enumerate(halves):
            put("harvests", word, number, offset=offset)
    for (owner, lot), word in state.offers.items():
        put("offers", word, owner, lot)
    for owner, operator in state.operators:
        put("operators", 1, owner, operator)
    for adapter in state.adapters:
        put("adapters", 1, adapter)
    for owner, count in state.lot_counts.items():
        put("lot_count", count, owner)
    for account, flags in state.roles.items():
        put("roles", flags, account)
    for policy, word in state.policies.items():
        put("policies", word, policy)
        put("policy_id", policy, word)
    for asset, word in state.asset_words.items():
        put("asset_words", word, asset)
        put("asset_id_plus_one", asset + 1, f"{word % 2**160:#x}")
    held: dict[int, int] = {}
    for asset, units in state.held.items():  # two assets a word, the even one low
        held[asset // 2] = held.get(asset // 2, 0) + (units << (128 * (asset % 2)))
    for pair, word in held.items():
        put("held_words", word, pair)
    for name in ("cohorts", "limits_words", "feed_words"):
        for key, word in getattr(state, name).items():
            put(name, word, key)
    for name in ("policy_count", "bucket_word", "config_word", "offer_count"):
        if name in at:  # else it is a part of another word
            put(name, getattr(state, name))
    return words


def storage_differences(address: str, state: LedgerState, at: dict[str, int]) -> list[str]:
    """One line per word that differs; empty when the replay equals storage."""
    expected = expected_words(state, at)
    lines = []
    for slot in expected.keys() | written_slots(address):
        wanted, name = expected.get(slot, (0, f"unknown slot {slot:#x}"))
        found = boa.env.get_storage(address, slot)
        if found != wanted:
            lines.append(f"{name}: storage has {found:#x}, the logs say {wanted:#x}")
    return lines
