"""Gas of every call, on the real Uniswap, in a vault that has harvested before.

The same ETH amounts everywhere: a swap's gas depends on the ticks it crosses, so only then does the
number of lots remain as the difference between the harvests.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from tests.benchmarks.world import ENTRY, LEGS, MAX, NO_PERMIT, PERMIT, WAD, World
from vaultsdk.devnet.sender import Sender

HARVEST_UNITS = 100 * WAD
PATH = ("WETH", 100, "wstETH")
BACK = ("wstETH", 100, "WETH")
EXTRA_COHORTS = 10
LOT_AMOUNTS = "(uint256,uint256)[]"


def run(world: World, progress: Callable[[str], None]) -> dict[str, int]:
    """Every `gas.` key of the table."""
    _warm_up(world)
    results: dict[str, int] = {}
    for part in (_deposits, _withdrawals, _trades, _harvests, _extra_cohort):
        progress(part.__name__.strip("_"))
        with world.sandbox():
            results |= part(world)
    return results


def _warm_up(world: World) -> None:
    """A first harvest: bucket, `held` and the keeper's balance are no longer zero."""
    owner = world.depositor(0)
    world.fund("WETH", owner, 1_000 * WAD)
    world.deposit(owner, "WETH", 10 * WAD)
    world.days(9, Decimal("3000"))
    world.harvest([world.cohort(owner, 0)], *PATH)


def _deposits(world: World) -> dict[str, int]:
    owner, newcomer = world.depositor(0), world.depositor(1)
    world.fund("WETH", newcomer, 10 * WAD)
    basis = 4_000 * WAD
    return {
        # What holders do who bring assets and their basis along; then at the oracle's price.
        "gas.deposit_first": world.deposit(owner, "WETH", WAD, unit_basis=basis),
        "gas.deposit_existing": world.deposit(owner, "WETH", WAD, unit_basis=basis),
        "gas.deposit_existing_new_owner": world.deposit(newcomer, "WETH", WAD, unit_basis=basis),
        "gas.deposit_oracle_first": world.deposit(owner, "WETH", WAD),
        "gas.deposit_oracle_existing": world.deposit(owner, "WETH", WAD),
    }


def _withdrawals(world: World) -> dict[str, int]:
    """Whole lots out of cohorts that others remain in, after 0, 1 and 5 harvests."""
    owner, other = world.depositor(0), world.depositor(1)
    world.fund("WETH", other, 1_000 * WAD)
    results = {}
    price = Decimal("2900")
    world.days(0, price)
    lots = []
    for hops in (0, 1, 5):
        world.deposit(other, "WETH", 10 * WAD)
        world.deposit(owner, "WETH", 10 * WAD)
        lots.append((hops, world.read("lot_count(address)", "(uint256)", owner)[0] - 1))
    key = world.cohort(owner, lots[0][1])
    for done in range(6):
        for hops, lot in lots:
            if hops == done:
                # The receiver holds the token already, as an owner who comes back does.
                symbol = "WETH" if done % 2 == 0 else "wstETH"
                world.fund(symbol, owner, WAD)
                name = f"gas.withdraw_{hops}_hop{'' if hops == 1 else 's'}"
                results[name] = world.gas(
                    owner,
                    world.vault,
                    "withdraw(uint256,uint256,uint256,address)",
                    lot,
                    world.asset_id(symbol),
                    MAX,
                    owner,
                )
        if done < 5:
            price *= Decimal("0.85")
            world.days(9, price)
            world.harvest([key], *(PATH if done % 2 == 0 else BACK))
            key = world.opened_by_last_harvest()
    return results


def _trades(world: World) -> dict[str, int]:
    owner = world.depositor(0)
    usdc = world.deployment.quote
    money = 10_000 * 10**usdc.decimals
    world.fund(usdc.symbol, owner, 10 * money)
    world.deposit(owner, "WETH", WAD)
    lot = world.read("lot_count(address)", "(uint256)", owner)[0] - 1
    entry = (
        world.asset_id("WETH"),
        money,
        world.policy.id,
        world.policy_hash,
        0,
        owner,
    )
    router = world.deployment.dex.swap_router_02
    assert router is not None
    world.gas(owner, world.token("WETH"), "approve(address,uint256)", router, MAX)
    path = world.leg(*PATH)[2]
    world.fund("wstETH", owner, WAD)
    return {
        "gas.buy": world.gas(
            owner,
            world.vault,
            f"buy({ENTRY},{LEGS},uint256,uint256,{PERMIT})",
            entry,
            [world.leg("USDC", 500, "WETH")],
            1,
            MAX,
            NO_PERMIT,
        ),
        "gas.sell": world.gas(
            owner,
            world.vault,
            f"sell({LOT_AMOUNTS},uint256,{LEGS},uint256,uint256,address)",
            [(lot, MAX)],
            world.asset_id("WETH"),
            [world.leg("WETH", 500, "USDC")],
            1,
            MAX,
            owner,
        ),
        # What a depositor would do himself, for one lot, every time.
        "gas.router_swap": world.gas(
            owner,
            router,
            "exactInput((bytes,address,uint256,uint256))",
            (path, owner, 10 * WAD, 0),
        ),
    }


def _deposit_many(world: World, lots: int) -> int:
    """Split the harvest's units over so many lots of one cohort; its key."""
    owner = world.depositor(2)
    sender = Sender(world.rpc, 1_000 * world.base_fee)
    world.fund("WETH", owner, HARVEST_UNITS)
    world.rpc.call(
        "anvil_setBalance", owner, hex(10**6 * WAD)
    )  # limits, not gas used, are reserved
    data = world.deposit_data(owner, "WETH", HARVEST_UNITS // lots)
    for done in range(1, lots + 1):
        sender.send(owner, world.vault, data, "deposit")
        if done % 500 == 0 or done == lots:  # a node takes batches of a limited size
            # Full blocks raise the base fee by an eighth each; what is measured here is gas.
            world.rpc.call("anvil_setNextBlockBaseFeePerGas", hex(world.base_fee))
            sender.flush()
    first, last = world.cohort(owner, 0), world.cohort(owner, lots - 1)
    assert first == last, "the lots must share a cohort"
    return first


def _harvests(world: World) -> dict[str, int]:
    results = {}
    # One time for all: tokens that grow and pools that follow are then in the same state.
    start = world.mover.now()
    for lots in (1, 100, 10_000):
        with world.sandbox():
            key = _deposit_many(world, lots)
            world.days(9, Decimal("2500"), since=start)
            name = f"gas.harvest_{lots}_lot{'' if lots == 1 else 's'}"
            results[name] = world.harvest([key], *PATH)
    with world.sandbox():
        # The harvests above sell all the WETH there is; a balance that becomes zero is refunded.
        # Where others' lots stay behind it is not.
        world.deposit(world.depositor(0), "WETH", WAD, shard=1_000)
        key = _deposit_many(world, 1)
        world.days(9, Decimal("2500"), since=start)
        results["gas.harvest_others_stay"] = world.harvest([key], *PATH)
    return results


def _extra_cohort(world: World) -> dict[str, int]:
    """The same units in one cohort and in eleven (shards of one day, one policy)."""
    owner = world.depositor(2)
    world.fund("WETH", owner, HARVEST_UNITS)
    used = {}
    start = world.mover.now()
    for cohorts in (1, 1 + EXTRA_COHORTS):
        with world.sandbox():
            for shard in range(cohorts):
                world.deposit(owner, "WETH", HARVEST_UNITS // cohorts, shard)
            keys = [world.cohort(owner, lot) for lot in range(cohorts)]
            assert len(set(keys)) == cohorts
            world.days(9, Decimal("2500"), since=start)
            used[cohorts] = world.harvest(keys, *PATH)
    extra = (used[1 + EXTRA_COHORTS] - used[1]) // EXTRA_COHORTS
    return {"gas.harvest_extra_cohort": extra}
