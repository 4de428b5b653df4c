"""The swap of a harvest: up to four legs by shares, listed adapters, only measured balances."""

from __future__ import annotations

import boa
import pytest
from boa.contracts.vyper.vyper_contract import VyperContract
from eth.exceptions import Revert

from tests.contracts.support import LATER, U128, calldata, days, logs, policy_of
from tests.contracts.world import MAX, WAD, WETH, WSTETH, World, deploy

KEEPS, PAYS_SHORT, CALLS, LIES, PARTIAL, GIVES_BACK, PAYS_TWICE, REVERTS, CALLS_UNPAID = range(
    1, 10
)

Leg = tuple[str, int, bytes]


@pytest.fixture
def key(world: World) -> int:
    """12 WETH, ready to be harvested into 10 wstETH."""
    lot = world.deposit(WETH, 12 * WAD)
    days(2)
    world.set_eth(3_000)
    return world.key(lot)


def more_adapters(world: World, count: int) -> list[VyperContract]:
    """Honest listed adapters beside the world's own."""
    out = [world.adapter]
    for _ in range(count - 1):
        adapter = deploy("test/HostileAdapter.vy")
        world.wsteth.mint(adapter, 10**4 * WAD)
        world.weth.mint(adapter, 10**4 * WAD)
        adapter.set_rate(world.weth, world.wsteth, 10, 12)
        adapter.set_rate(world.wsteth, world.weth, 12, 10)
        world.vault.set_adapter(adapter, True, sender=world.admin)
        out.append(adapter)
    return out


def send(world: World, keys: list[int], legs: list[Leg], to_asset: int = WSTETH) -> int:
    return int(world.vault.harvest(keys, to_asset, legs, 0, 0, 0, LATER, sender=world.keeper))


def received(world: World, adapters: list[VyperContract]) -> list[int]:
    """What each adapter has been given of the WETH."""
    start = [10**6 * WAD] + [10**4 * WAD] * (len(adapters) - 1)
    return [
        world.weth.balanceOf(adapter) - before
        for adapter, before in zip(adapters, start, strict=True)
    ]


def test_legs_take_shares_and_the_last_takes_the_rest(world: World, key: int) -> None:
    adapters = more_adapters(world, 4)
    shares = [WAD // 3, WAD // 7, WAD // 100]
    legs = [(a.address, s, b"") for a, s in zip(adapters, [*shares, 77], strict=True)]
    send(world, [key], legs)
    parts = [12 * WAD * share // WAD for share in shares]
    assert received(world, adapters) == [*parts, 12 * WAD - sum(parts)]
    assert world.weth.balanceOf(world.vault) == 0
    (event,) = logs(world, "Harvested")
    assert event.sold == 12 * WAD
    assert event.gross == sum(part * 10 // 12 for part in [*parts, 12 * WAD - sum(parts)])


def test_the_split_survives_a_smaller_size(world: World, key: int) -> None:
    lot = world.vault.lot_count(world.depositor) - 1
    world.vault.withdraw(lot, WETH, 4 * WAD, world.other, sender=world.depositor)
    adapters = more_adapters(world, 2)
    send(world, [key], [(adapters[0].address, WAD // 4, b""), (adapters[1].address, 0, b"")])
    assert received(world, adapters) == [2 * WAD, 6 * WAD]


def test_the_last_leg_s_share_is_not_read(world: World, key: int) -> None:
    send(world, [key], [(world.adapter.address, MAX, b"")])


def test_a_leg_of_nothing_is_skipped(world: World, key: int) -> None:
    adapters = more_adapters(world, 3)
    adapters[1].set_mode(REVERTS)
    adapters[2].set_mode(REVERTS)
    legs = [(adapters[1].address, 0, b""), (adapters[0].address, WAD, b"")]
    # The last one's rest is nothing either.
    send(world, [key], [*legs, (adapters[2].address, 0, b"")])
    assert received(world, adapters) == [12 * WAD, 0, 0]


def test_shares_above_one_are_refused(world: World, key: int) -> None:
    adapters = more_adapters(world, 3)
    legs = [(a.address, s, b"") for a, s in zip(adapters, (WAD // 2, WAD // 2 + 1, 0), strict=True)]
    with boa.reverts("shares above one"):
        send(world, [key], legs)
    with boa.reverts("shares above one"):
        send(world, [key], [(adapters[0].address, WAD + 1, b""), legs[2]])
    with boa.reverts():  # 12e18 times this does not fit a word
        send(world, [key], [(adapters[0].address, MAX, b""), legs[2]])


def test_at_least_one_leg_at_most_four(world: World, key: int) -> None:
    with boa.reverts("no legs"):
        send(world, [key], [])
    signature = (
        "harvest(uint256[],uint256,(address,uint256,bytes)[],uint256,uint256,uint256,uint256)"
    )
    leg = (world.adapter.address, WAD // 5, b"")

    def raw(count: int) -> None:
        data = calldata(signature, [key], WSTETH, [leg] * count, 0, 0, 0, LATER)
        boa.env.raw_call(world.vault.address, sender=world.keeper, data=data)

    with pytest.raises(Revert):
        raw(5)
    raw(4)
    assert world.vault.harvest_count() == 1


def test_only_listed_adapters(world: World, key: int) -> None:
    stranger = deploy("test/HostileAdapter.vy")
    with boa.reverts("adapter not listed"):
        send(world, [key], [(stranger.address, 0, b"")])
    with boa.reverts("adapter not listed"):
        send(world, [key], [(stranger.address, WAD // 2, b""), world.leg()])
    with boa.reverts("adapter not listed"):
        send(world, [key], [(world.keeper, 0, b"")])
    world.vault.set_adapter(world.adapter, False, sender=world.guardian)
    with boa.reverts("adapter not listed"):
        send(world, [key], [world.leg()])


def test_the_leg_s_data_reaches_the_adapter_and_is_bounded(world: World, key: int) -> None:
    send(world, [key], [world.leg(data=b"\xab" * 256)])
    assert world.adapter.last_data() == b"\xab" * 256


def test_an_adapter_that_keeps_the_tokens(world: World, key: int) -> None:
    world.adapter.set_mode(KEEPS)
    with boa.reverts("below floor"):
        send(world, [key], [world.leg()])


def test_one_bad_leg_among_good_ones(world: World, key: int) -> None:
    adapters = more_adapters(world, 2)
    adapters[1].set_mode(KEEPS)
    legs = [(adapters[0].address, WAD * 95 // 100, b""), (adapters[1].address, 0, b"")]
    with boa.reverts("below floor"):
        send(world, [key], legs)


def test_an_adapter_that_pays_short(world: World, key: int) -> None:
    world.adapter.set_mode(PAYS_SHORT, 9_600)
    with boa.reverts("below floor"):
        send(world, [key], [world.leg()])
    world.adapter.set_mode(PAYS_SHORT, 9_800)  # within the 3 % of slippage: a bad price, no more
    send(world, [key], [world.leg()])
    assert logs(world, "Harvested")[0].gross == 98 * WAD // 10


def test_what_an_adapter_says_counts_for_nothing(world: World, key: int) -> None:
    world.adapter.set_mode(LIES)
    send(world, [key], [world.leg()])
    assert logs(world, "Harvested")[0].gross == 10 * WAD
    assert world.vault.held(WSTETH) == 10 * WAD == world.wsteth.balanceOf(world.vault)


def test_an_adapter_that_gives_tokens_back(world: World, key: int) -> None:
    world.adapter.set_mode(GIVES_BACK, 9_999)
    with boa.reverts("sold another amount"):
        send(world, [key], [world.leg()])


def test_an_adapter_that_fills_in_part(world: World, key: int) -> None:
    # The rest of the tokens lies with the adapter: lost to the vault, hence a matter of the floor.
    world.adapter.set_mode(PARTIAL, 9_000)
    with boa.reverts("below floor"):
        send(world, [key], [world.leg()])


def test_an_adapter_that_pays_too_much(world: World, key: int) -> None:
    world.adapter.set_mode(PAYS_TWICE)
    with boa.reverts("above ceiling"):
        send(world, [key], [world.leg()])


def test_an_adapter_that_reverts(world: World, key: int) -> None:
    world.adapter.set_mode(REVERTS)
    with boa.reverts("hostile: no"):
        send(world, [key], [world.leg()])


def test_a_balance_that_somebody_sent_to_the_vault_is_nobody_s(world: World, key: int) -> None:
    world.wsteth.mint(world.vault, 5 * WAD)
    world.weth.mint(world.vault, 5 * WAD)
    send(world, [key], [world.leg()])
    event = logs(world, "Harvested")[0]
    assert (event.sold, event.gross) == (12 * WAD, 10 * WAD)
    assert world.weth.balanceOf(world.vault) == 5 * WAD
    assert world.wsteth.balanceOf(world.vault) == 15 * WAD
    assert world.vault.held(WSTETH) == 10 * WAD


@pytest.mark.parametrize(
    ("signature", "values"),
    [
        ("withdraw(uint256,uint256,uint256,address)", (0, MAX, MAX, "adapter")),
        ("roll(address,uint256,uint256)", ("depositor", 0, 64)),
        ("held(uint256)", (0,)),
        ("price(uint256)", (0,)),
        ("cohorts(uint256)", (0,)),
    ],
)
def test_an_adapter_that_calls_back_gets_nowhere(
    world: World, key: int, signature: str, values: tuple[object, ...]
) -> None:
    addresses = {"adapter": world.adapter.address, "depositor": world.depositor}
    plain = [addresses.get(value, value) if isinstance(value, str) else value for value in values]
    # It is even made an operator, and owns a lot that it may withdraw at any other time.
    world.vault.set_operator(world.adapter, True, sender=world.depositor)
    world.adapter.set_call(world.vault, calldata(signature, *plain))
    world.adapter.set_mode(CALLS)
    send(world, [key], [world.leg()])
    assert not world.adapter.last_success()
    assert world.vault.held(WSTETH) == 10 * WAD


def test_proceeds_cannot_be_paid_by_another_way_in(world: World, key: int) -> None:
    # The adapter deposits its own wstETH in the middle of the swap and "pays" with that: the same
    # tokens would count as proceeds and as its lot.
    adapter = world.adapter
    adapter.approve(world.wsteth, world.vault, MAX)
    entry = world.entry(WSTETH, 10 * WAD, owner=adapter.address, policy=0)
    signature = (
        "deposit((uint256,uint256,uint256,bytes32,uint256,address),(uint256,uint8,bytes32,bytes32))"
    )
    permit = (0, 0, b"\0" * 32, b"\0" * 32)
    adapter.set_call(world.vault, calldata(signature, entry, permit))
    adapter.set_mode(CALLS_UNPAID)
    with boa.reverts("below floor"):
        send(world, [key], [world.leg()])
    # The very call works at any other time, so it was the lock that stopped it.
    with boa.env.prank(adapter.address):
        boa.env.raw_call(
            world.vault.address, sender=adapter.address, data=calldata(signature, entry, permit)
        )
    assert world.vault.lot_count(adapter) == 1


def test_four_legs_may_use_the_same_adapter(world: World, key: int) -> None:
    legs = [world.leg(share=WAD // 4, data=bytes([count])) for count in range(4)]
    send(world, [key], legs)
    assert logs(world, "Harvested")[0].gross == 10 * WAD


def test_merged_rounding_dust_stays_in_the_vault(world: World) -> None:
    second = policy_of(world, min_loss=700)
    world.vault.set_limits(WETH, 1, U128, sender=world.admin)
    keys = [
        world.key(world.deposit(WETH, units, policy=policy))
        for units, policy in ((WAD + 1, world.policy), (WAD + 2, second))
    ]
    days(2)
    world.set_eth(3_000)
    send(world, sorted(keys), [world.leg()])
    opened = sum(event.units for event in logs(world, "CohortOpened"))
    dust = world.wsteth.balanceOf(world.vault) - opened
    assert dust == 1
    assert world.vault.held(WSTETH) == opened
