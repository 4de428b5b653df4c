"""Does the chain hold exactly what the plan says? Code, immutables, settings, roles and prices.

Reads only. Roles are also read from the logs, because a mapping cannot be listed: nobody may hold
one who was not meant to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from web3 import Web3
from web3.contract import Contract
from web3.exceptions import BadFunctionCallOutput, ContractLogicError

from vaultsdk.chain.artifacts import load_artifact
from vaultsdk.chain.deploying.code import differences
from vaultsdk.chain.deploying.preflight import ask
from vaultsdk.chain.deploying.steps import (
    TIMELOCK,
    Facts,
    creations,
    known_addresses,
    rate_address,
)
from vaultsdk.chain.networks import CheckRow, CheckStatus
from vaultsdk.core import packing
from vaultsdk.core.band import band
from vaultsdk.core.model import ZERO_ADDRESS, address_to_int
from vaultsdk.core.units import WAD
from vaultsdk.core.vault_plan import FeedPlan, VaultPlan

ADMIN, GUARDIAN, KEEPER = 1, 2, 4
BASE, QUOTE = 128, 129


def verify(
    w3: Web3,
    plan: VaultPlan,
    facts: Facts,
    rates: dict[str, int],
    base_usd: int,
    first_block: int,
    deployer: str,
) -> list[CheckRow]:
    """One row for every comparison. `rates` and `base_usd` are wad, from the feeds directly."""
    rows = list(_codes(w3, plan, facts))
    if all(row.status is CheckStatus.OK for row in rows):
        # On other code the getters below would mean nothing, or revert.
        rows += _settings(w3, plan, facts)
        rows += _vault_roles(w3, plan, facts, first_block, deployer)
        rows += _timelock_roles(w3, plan, facts, first_block, deployer)
        rows += _prices(w3, plan, facts, rates, base_usd)
    return rows


def _codes(w3: Web3, plan: VaultPlan, facts: Facts) -> Iterator[CheckRow]:
    for step in creations(plan):
        at = facts.addresses[step.key]
        code = bytes(w3.eth.get_code(Web3.to_checksum_address(at)))
        found = differences(step.artifact, code, step.immutables(facts))
        yield _row(step.key, "code", "the compiler's", "; ".join(found) or "the compiler's", at)
    for key, at in known_addresses(plan).items():
        if key.startswith("adapter:"):
            router = next(a.router for a in plan.adapters if f"adapter:{a.kind}" == key)
            name = {"adapter:uniswap_v3": "UniswapV3Adapter"}.get(key, "UniswapV2Adapter")
            code = bytes(w3.eth.get_code(Web3.to_checksum_address(at)))
            found = differences(load_artifact(name), code, {"router": router})
            yield _row(key, "code", "the compiler's", "; ".join(found) or "the compiler's", at)


def _settings(w3: Web3, plan: VaultPlan, facts: Facts) -> Iterator[CheckRow]:
    vault = _contract(w3, "LotVault", facts.addresses["vault"])

    def row(field: str, expected: Any, found: Any) -> CheckRow:
        return _row("vault", field, expected, found, vault.address)

    def fields(field: str, layout: packing.Layout, word: Any, **expected: int) -> CheckRow:
        return row(field, expected, _fields(layout, word, expected))

    count = len(plan.assets)
    yield fields(
        "config word",
        packing.CONFIG,
        _read(vault, "config_word"),
        paused=0,
        asset_count=count,
        listed=(1 << count) - 1,
    )
    yield fields("bucket", packing.BUCKET, _read(vault, "bucket_word"), size=plan.bucket)
    yield _feed(vault, "base", BASE, plan.base, plan.base.address or ZERO_ADDRESS, facts)
    quote = plan.quote_feed
    yield _feed(vault, "quote", QUOTE, quote, quote.address or ZERO_ADDRESS, facts)
    for number, asset in enumerate(plan.assets):
        symbol, token = asset.token.symbol, address_to_int(asset.token.address)
        word = _read(vault, "asset_words", number)
        yield fields(
            f"asset {symbol}", packing.ASSET, word, decimals=asset.token.decimals, token=token
        )
        yield fields(
            f"limits of {symbol}",
            packing.LIMITS,
            _read(vault, "limits_words", number),
            min_deposit=asset.min_deposit,
            cohort_cap=asset.cohort_cap,
        )
        where = rate_address(asset, facts.addresses)
        yield _feed(vault, symbol, number, asset.rate, where, facts)
    for policy in plan.policies:
        word = policy.policy.word()
        number = _read(vault, "policy_id", word)
        yield row(f"policy {policy.name} exists", True, bool(number))
        yield row(f"policy {policy.name}", word, _read(vault, "policies", number))


def _feed(
    vault: Contract, name: str, number: int, feed: FeedPlan, where: str, facts: Facts
) -> CheckRow:
    expected = {
        "dev": feed.dev,
        # A composite always has 18.
        "decimals": 0 if where == ZERO_ADDRESS else facts.decimals.get(where, 18),
        "heartbeat": feed.heartbeat,
        "feed": address_to_int(where),
        # The contract keeps bounds as bands.
        "min_band": band(feed.min_answer),
        "max_band": band(feed.max_answer),
    }
    found = _fields(packing.FEED, _read(vault, "feed_words", number), expected)
    return _row("vault", f"feed of {name}", expected, found, vault.address)


def _vault_roles(
    w3: Web3, plan: VaultPlan, facts: Facts, first_block: int, deployer: str
) -> Iterator[CheckRow]:
    vault = _contract(w3, "LotVault", facts.addresses["vault"])
    expected: dict[str, int] = {}
    for account, flag in (
        (facts.addresses["timelock"], ADMIN),
        (plan.guardian, GUARDIAN),
        (plan.keeper, KEEPER),
    ):
        expected[account] = expected.get(account, 0) | flag
    granted: dict[str, int] = {}
    for log in vault.events.RolesSet.get_logs(from_block=first_block):
        granted[log["args"]["account"]] = log["args"]["flags"]
    yield _row("vault", "roles", _sorted(expected), _sorted(granted), vault.address)
    for account, flags in expected.items():
        found = _read(vault, "roles", account)
        yield _row("vault", f"roles of {account}", flags, found, vault.address)
    yield _row("vault", "roles of the deployer", 0, _read(vault, "roles", deployer), vault.address)
    adapters: dict[str, bool] = {}
    for log in vault.events.AdapterSet.get_logs(from_block=first_block):
        adapters[log["args"]["adapter"]] = log["args"]["allowed"]
    wanted = {facts.addresses[f"adapter:{a.kind}"]: True for a in plan.adapters}
    yield _row("vault", "adapters", _sorted(wanted), _sorted(adapters), vault.address)


def _timelock_roles(
    w3: Web3, plan: VaultPlan, facts: Facts, first_block: int, deployer: str
) -> Iterator[CheckRow]:
    lock = _contract(w3, TIMELOCK, facts.addresses["timelock"])
    if plan.timelock.address is not None:
        # Somebody else's: that it answers like one is all that can be asked.
        delay = ask(w3, lock.address, "getMinDelay()")
        yield _row("timelock", "answers getMinDelay()", True, len(delay) == 32, lock.address)
        return
    yield _row(
        "timelock", "delay (s)", plan.timelock.min_delay, _read(lock, "getMinDelay"), lock.address
    )
    executors = [ZERO_ADDRESS] if plan.timelock.anyone_executes else plan.timelock.executors
    wanted: set[tuple[str, str]] = {("DEFAULT_ADMIN_ROLE", str(lock.address))}
    wanted |= {("PROPOSER_ROLE", who) for who in plan.timelock.proposers}
    wanted |= {("CANCELLER_ROLE", who) for who in plan.timelock.proposers}
    wanted |= {("EXECUTOR_ROLE", who) for who in executors}
    names = {bytes(_read(lock, name)): name for name in sorted({name for name, _ in wanted})}
    found = set()
    for log in lock.events.RoleGranted.get_logs(from_block=first_block):
        role, who = bytes(log["args"]["role"]), log["args"]["account"]
        if _read(lock, "hasRole", role, who):
            found.add((names.get(role, "0x" + role.hex()), who))
    text = [f"{name} {who}" for name, who in sorted(wanted)]
    yield _row(
        "timelock", "roles", text, [f"{name} {who}" for name, who in sorted(found)], lock.address
    )
    powers = [name for role, name in names.items() if _read(lock, "hasRole", role, deployer)]
    yield _row("timelock", "roles of the deployer", [], powers, lock.address)


def _prices(
    w3: Web3, plan: VaultPlan, facts: Facts, rates: dict[str, int], base_usd: int
) -> Iterator[CheckRow]:
    vault = _contract(w3, "LotVault", facts.addresses["vault"])
    for number, asset in enumerate(plan.assets):
        symbol = asset.token.symbol
        expected = base_usd * rates[symbol] // WAD
        found = _read(vault, "price", number)
        yield _row("vault", f"price of {symbol} (USD wad)", expected, found, vault.address)
    _, _, status = _read(vault, "read_feed", QUOTE)
    yield _row("vault", "status of the quote's feed", 0, status, vault.address)


def _contract(w3: Web3, name: str, address: str) -> Contract:
    abi = list(load_artifact(name).abi)
    return w3.eth.contract(address=Web3.to_checksum_address(address), abi=abi)


def _read(contract: Contract, name: str, *arguments: Any) -> Any:
    """A getter's answer; the refusal's text where it reverts, so that one is one bad row."""
    try:
        return contract.get_function_by_name(name)(*arguments).call()
    except ContractLogicError as error:
        return f"refused: {error.message}"
    except BadFunctionCallOutput:
        return "no answer"


def _fields(layout: packing.Layout, word: Any, wanted: Mapping[str, int]) -> Any:
    """Those fields of a word that are compared; what is no word, as it is."""
    if not isinstance(word, int):
        return word
    unpacked = layout.unpack(word)
    return {name: unpacked[name] for name in wanted}


def _sorted(values: dict[str, Any]) -> list[str]:
    return [f"{key} {value}" for key, value in sorted(values.items())]


def _row(subject: str, field: str, expected: Any, found: Any, at: str) -> CheckRow:
    return CheckRow(
        subject=subject,
        field=field,
        status=CheckStatus.OK if expected == found else CheckStatus.MISMATCH,
        expected=str(expected),
        found=str(found),
        address=at,
    )
