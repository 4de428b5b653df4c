"""The log alone gives the vault's storage, word by word, on a chain with the real exchange."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.integration.life import World, live, world
from vaultsdk.chain import calls
from vaultsdk.chain.async_vault import AsyncVault
from vaultsdk.chain.async_vault import connect as connect_async
from vaultsdk.chain.calls import Read, static_call
from vaultsdk.chain.rows import word, words
from vaultsdk.chain.vault import replay
from vaultsdk.core.cohort import HARVEST_BIT
from vaultsdk.core.events import EVENTS
from vaultsdk.core.ledger import LedgerState
from vaultsdk.devnet.launch import Devnet

pytestmark = pytest.mark.anvil


def getter(w: World, signature: str, *arguments: int | str) -> Read[int]:
    return Read(w.vault.address, static_call(signature, *arguments), word)


def pair(w: World, signature: str, *arguments: int | str) -> Read[tuple[int, int]]:
    return Read(
        w.vault.address,
        static_call(signature, *arguments),
        lambda data: (words(data, 2)[0], words(data, 2)[1]),
    )


def storage(w: World, replayed: LedgerState) -> LedgerState:
    """The state as the getters tell it, also of what the log never named: every account of the
    node, numbers beyond the last, shards beside those in use."""
    vault = w.vault
    deployment = w.devnet.deployment
    assert deployment.devnet is not None
    people = set(deployment.devnet.accounts.values()) | {
        deployment.timelock or "",
        deployment.eth_gate or "",
        vault.address,
    }
    people = {p for p in people | replayed.roles.keys() if p}

    def ask(reads: dict[Any, Read[int]]) -> dict[Any, int]:
        answers = vault.read_many(list(reads.values()))
        return {key: value for key, value in zip(reads, answers, strict=True) if value}

    def numbers(signature: str, keys: set[int] | range) -> dict[int, int]:
        return ask({key: getter(w, signature, key) for key in keys})

    counts = ask({p: getter(w, "lot_count(address)", p) for p in people})
    ids = [(p, n) for p in people for n in range(counts.get(p, 0) + 2)]
    lots = vault.read_many([pair(w, "lots(address,uint256)", *key) for key in ids])
    offers = ask({key: getter(w, "offers(address,uint256)", *key) for key in ids})
    keys = set(replayed.cohorts)
    keys |= {key + 1 for key in keys} | {key ^ HARVEST_BIT for key in keys}
    count = vault.read(calls.harvest_count(vault.address))
    harvests = vault.read_many([pair(w, "harvests(uint256)", n) for n in range(count + 2)])
    adapters = {
        a
        for a in (*people, deployment.adapters.uniswap_v2, deployment.adapters.uniswap_v3)
        if a and vault.read(calls.is_adapter(vault.address, a))
    }
    operators = {
        (owner, operator)
        for owner in people
        for operator in people
        if vault.is_operator(owner, operator)
    }
    return LedgerState(
        lots={key: got for key, got in zip(ids, lots, strict=True) if got != (0, 0)},
        lot_counts=counts,
        cohorts=numbers("cohorts(uint256)", keys),
        harvests={n: got for n, got in enumerate(harvests) if got != (0, 0)},
        harvest_count=count,
        policies=numbers("policies(uint256)", range(10)),
        policy_count=vault.read(calls.policy_count(vault.address)),
        held=numbers("held(uint256)", range(10)),
        asset_words=numbers("asset_words(uint256)", range(10)),
        limits_words=numbers("limits_words(uint256)", range(10)),
        feed_words=numbers("feed_words(uint256)", {*range(10), 128, 129}),
        bucket_word=vault.read(getter(w, "bucket_word()")),
        config_word=vault.read(getter(w, "config_word()")),
        adapters=frozenset(adapters),
        roles=ask({p: getter(w, "roles(address)", p) for p in people}),
        operators=frozenset(operators),
        offers=offers,
        offer_count=vault.read(getter(w, "offer_count()")),
    )


def test_the_replayed_log_equals_storage(devnet: Devnet) -> None:
    w = world(devnet)
    fresh = replay(w.vault)
    assert fresh.difference(storage(w, fresh)) == ()

    before = w.vault.node.block_number()
    live(w)
    lived = replay(w.vault)
    assert lived.difference(storage(w, lived)) == ()
    # Not vacuous: everything the comparison is about is there.
    assert lived.harvest_count == 2
    assert len(lived.lots) >= 6 and lived.offers and lived.operators
    kinds = {type(event) for event in w.vault.events()}
    assert {kind.__name__ for kind in kinds} == set(EVENTS), "an event kind was never seen"

    # Up to an earlier block, it is the state of that block.
    assert replay(w.vault, before) == fresh


def test_a_changed_word_is_seen(devnet: Devnet) -> None:
    """The comparison itself can fail: here, storage that no event tells of."""
    w = world(devnet)
    vault = w.vault
    vault.deposit(w.signer("depositor_0"), "WETH", 10**18, 2)
    state = replay(vault)
    assert state.difference(storage(w, state)) == ()
    owner = w.signer("depositor_0").address
    tampered = state.model_copy(
        update={"lots": {**state.lots, (owner, 0): (state.lots[owner, 0][0], 1)}}
    )
    (line,) = tampered.difference(storage(w, tampered))
    assert line.startswith("lots")


def test_pages_equal_the_replays_own_roll(devnet: Devnet) -> None:
    """Two ways to a rolled lot: the lens on chain, and the log with the SDK's own arithmetic."""
    w = world(devnet)
    live(w)
    state = replay(w.vault)
    seen = 0
    pending = 0
    for owner in state.lot_counts:
        rows = w.vault.lots(owner)
        assert {row.number for row in rows} == set(state.lots_of(owner))
        for row in rows:
            rolled = state.rolled(owner, row.number)
            assert row.lot == rolled.lot
            assert row.stored == state.lot(owner, row.number)
            assert row.hops == rolled.hops
            assert w.vault.lot_history(owner, row.number) == rolled.realisations
            seen += 1
            pending += row.hops
    assert seen == len(state.lots)
    assert pending >= 2, "nothing to roll: the test shows nothing"


def test_async_reads_are_the_sync_ones(devnet: Devnet) -> None:
    w = world(devnet)
    live(w)
    owner = w.signer("depositor_0").address
    keys = sorted(w.vault.ledger().state().cohorts)
    block = w.vault.node.block_number()

    async def read() -> list[object]:
        async with await connect_async(devnet.url, devnet.deployment) as node:
            vault = AsyncVault(devnet.deployment, node)
            found = await asyncio.gather(
                vault.lots(owner, block=block),
                vault.lot(owner, 0, block),
                vault.lot_history(owner, 1, block),
                vault.cohorts(keys, block),
                vault.cohort(keys[0], block),
                vault.harvests(block),
                vault.policies(block),
                vault.assets(block),
                vault.state(block),
                vault.events(last_block=block),
            )
            ledger = await vault.ledger(block)
            return [*found, ledger.state()]

    vault = w.vault
    assert asyncio.run(read()) == [
        vault.lots(owner, block=block),
        vault.lot(owner, 0, block),
        vault.lot_history(owner, 1, block),
        vault.cohorts(keys, block),
        vault.cohort(keys[0], block),
        vault.harvests(block),
        vault.policies(block),
        vault.assets(block),
        vault.state(block),
        vault.events(last_block=block),
        replay(vault, block),
    ]
