"""What several contract tests need beside `World`: other vaults, logs, lots, words, bands.

The small functions here that compute are written from `docs/design.md`, not from the contracts or
the SDK, so that a test compares two independent readings of the same rule.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import boa
from boa.contracts.vyper.vyper_contract import VyperContract
from eth_abi.abi import encode
from eth_abi.grammar import parse
from eth_utils import keccak

from tests.contracts import world as defaults
from tests.contracts.world import BASE, DAY, NO_ADDRESS, RETH, WAD, WETH, YEARS, World, deploy
from vaultsdk.core.policy import Policy

U128 = 2**128 - 1
HOLD_HASH = keccak(b"\0" * 32)
CONSTANT = (NO_ADDRESS, 0, 0, 0, 0)  # a feed config: the constant 1
LATER = 10**11  # a deadline that never passes


def feed_config(
    feed: Any, *, heartbeat: int = YEARS, dev: int = 100, low: int = 0, high: int = U128
) -> tuple[str, int, int, int, int]:
    """A `FeedConfig`: heartbeat in seconds, dev in bps, bounds in wad."""
    address = feed if isinstance(feed, str) else feed.address
    return (address, heartbeat, dev, low, high)


def base_config(world: World) -> tuple[str, int, int, int, int]:
    """The base feed as `build_world` lists it."""
    return (world.base_feed.address, YEARS, defaults.DEVS["base"], 10 * WAD, 100_000 * WAD)


def rate_config(feed: VyperContract) -> tuple[str, int, int, int, int]:
    """A rate feed as `build_world` lists it."""
    return (feed.address, YEARS, 100, WAD, 2 * WAD)


def asset_config(
    token: VyperContract | str, rate: Any = CONSTANT, *, minimum: int = 1, cap: int = U128
) -> tuple[Any, ...]:
    """An `AssetConfig`: minimum deposit and cohort cap in units."""
    address = token if isinstance(token, str) else token.address
    return (address, rate, minimum, cap)


def deploy_args(world: World) -> dict[str, Any]:
    """The constructor's arguments of `build_world`'s vault, to be changed one by one."""
    limits = {"minimum": defaults.MIN_DEPOSIT, "cap": defaults.COHORT_CAP}
    return {
        "admin": world.admin,
        "guardian": world.guardian,
        "keeper": world.keeper,
        "quote": world.usdc.address,
        "base": base_config(world),
        "quote_feed": (world.usdc_feed.address, YEARS, 50, WAD // 2, 2 * WAD),
        "sequencer": NO_ADDRESS,
        "grace": 0,
        "bounds": defaults.BOUNDS,
        "bucket": defaults.BUCKET,
        "assets": [
            asset_config(world.weth, CONSTANT, **limits),
            asset_config(world.wsteth, rate_config(world.wsteth_feed), **limits),
            asset_config(world.reth, rate_config(world.reth_feed), **limits),
        ],
        "adapters": [world.adapter.address],
    }


def another_vault(world: World, **changes: Any) -> World:
    """A world with a vault of its own whose constructor arguments differ by `changes`."""
    args = deploy_args(world)
    assert changes.keys() <= args.keys()
    vault = deploy("LotVault.vy", *(args | changes).values())
    listed = (vault.config_word() & U128) & 0b111
    policy = int(vault.create_policy(defaults.POLICY.model_copy(update={"mask": listed}).word()))
    return replace(world, vault=vault, policy=policy)


def list_asset(
    world: World, token: VyperContract, rate: Any = CONSTANT, *, minimum: int = 1, cap: int = U128
) -> int:
    """List one more asset as the admin; returns its id."""
    config = asset_config(token, rate, minimum=minimum, cap=cap)
    return int(world.vault.list_asset(config, sender=world.admin))


def pay_in(world: World, token: Any, account: str, amount: int) -> None:
    """Mint and approve any token."""
    token.mint(account, amount)
    token.approve(world.vault, amount, sender=account)


def policy_of(world: World, **changes: int) -> int:
    """A policy like the world's own but for `changes`; returns its id."""
    return world.create_policy(Policy(**(defaults.POLICY.model_dump() | changes)))


def logs(world: World, *names: str) -> list[Any]:
    """The vault's own events of its last call, of these names (or all), in order."""
    return [
        event
        for event in world.vault.get_logs()
        if event.address == world.vault.address and (not names or type(event).__name__ in names)
    ]


def names(world: World) -> list[str]:
    """The names of the vault's own events of its last call."""
    return [type(event).__name__ for event in logs(world)]


def fields(event: Any) -> dict[str, Any]:
    """An event's fields without the emitter."""
    out = event._asdict()
    out.pop("address")
    return dict(out)


def lot_of(world: World, lot: int, owner: str | None = None) -> dict[str, int]:
    """A stored lot, unpacked by hand."""
    head, body = world.vault.lots(owner or world.depositor, lot)
    return {
        "key": head >> 144,
        "acquired_at": (head >> 104) & (2**40 - 1),
        "flags": head & (2**104 - 1),
        "units": body >> 128,
        "basis": body & U128,
    }


def key_of(asset: int, policy: int, band: int, day: int, seq: int) -> int:
    """A cohort key from the table in the design: asset 8, policy 32, band 16, day 24, seq 32."""
    return (asset << 104) | (policy << 72) | (band << 56) | (day << 32) | seq


def key_fields(key: int) -> tuple[int, int, int, int, int]:
    """asset, policy, band, day, seq of a key."""
    return (
        key >> 104,
        (key >> 72) & (2**32 - 1),
        (key >> 56) & (2**16 - 1),
        (key >> 32) & (2**24 - 1),
        key & (2**32 - 1),
    )


def naive_band(unit_basis: int) -> int:
    """Band by the definition: position of the leading bit, then the seven bits below it."""
    if unit_basis < 128:
        return 0
    bits = bin(unit_basis)[2:]
    return (len(bits) - 1) * 128 + int(bits[1:8], 2)


def naive_lower(band: int) -> int:
    """The least unit basis of a band by the definition."""
    return 0 if band == 0 else int("1" + f"{band % 128:07b}", 2) << (band // 128 - 7)


def cohort(world: World, key: int) -> tuple[int, int]:
    """Units and harvest number of a cohort."""
    word = int(world.vault.cohorts(key))
    return word >> 128, word & U128


def today() -> int:
    """The chain's day."""
    return int(boa.env.timestamp) // DAY


def days(count: int) -> None:
    """Let days pass."""
    boa.env.time_travel(seconds=count * DAY)


def chain_of(world: World, lot: int, hops: int, owner: str | None = None) -> list[int]:
    """Harvest a lot's cohort `hops` times between WETH and rETH without rolling it; the numbers.

    A lot's cohort is only where it stands after a roll, so the later keys are read from the
    events. ETH falls by a tenth each time.
    """
    key = world.key(lot, owner)
    numbers = []
    world.vault.set_feed(
        BASE, feed_config(world.base_feed, dev=50, low=1, high=U128), sender=world.admin
    )
    for _ in range(hops):
        days(2)
        world.base_feed.set_answer(world.base_feed.latestAnswer() * 9 // 10, sender=world.admin)
        to_asset = RETH if key >> 104 == WETH else WETH
        numbers.append(world.harvest([key], to_asset))
        key = logs(world, "CohortOpened")[-1].key
    return numbers


def calldata(signature: str, *values: Any) -> bytes:
    """A call's data from its signature, as in `calldata("roll(address,uint256,uint256)", ...)`."""
    listed = signature[signature.index("(") :]
    # The grammar knows no empty tuple.
    types = [c.to_type_str() for c in parse(listed).components] if listed != "()" else []
    selector: bytes = keccak(signature.encode())[:4]
    plain = [value.address if hasattr(value, "address") else value for value in values]
    return selector + encode(types, plain)
