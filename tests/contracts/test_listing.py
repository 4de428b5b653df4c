"""Listing: ids that never change, decimals read once, what delisting does and does not."""

from __future__ import annotations

import boa
import pytest

from tests.contracts.support import (
    LATER,
    U128,
    another_vault,
    asset_config,
    days,
    feed_config,
    list_asset,
    logs,
    names,
    pay_in,
    policy_of,
)
from tests.contracts.world import MAX, NO_ADDRESS, NO_PERMIT, WAD, WETH, WSTETH, World, deploy


def token_of(decimals: int = 18) -> object:
    return deploy("test/TestERC20.vy", "New", "NEW", decimals)


def test_ids_count_up(world: World) -> None:
    tokens = [token_of(decimals) for decimals in (0, 6, 18)]
    ids = [list_asset(world, token, minimum=7, cap=9) for token in tokens]
    assert ids == [3, 4, 5]
    for asset, token, decimals in zip(ids, tokens, (0, 6, 18), strict=True):
        assert world.vault.asset_words(asset) == (decimals << 160) | int(token.address, 16)
        assert world.vault.limits_words(asset) == (7 << 128) | 9
    config = world.vault.config_word()
    assert (config >> 128) & 255 == 6
    assert config & U128 == 0b111111


def test_listing_logs_everything(world: World) -> None:
    feed = deploy("test/MockFeed.vy", 18, "x", WAD)
    list_asset(world, token_of(), feed_config(feed))
    assert names(world) == ["AssetListed", "ListingSet", "FeedSet", "LimitsSet"]


def test_a_token_is_listed_once_for_good(world: World) -> None:
    with boa.reverts("listed before"):
        list_asset(world, world.weth)
    world.vault.set_listed(WETH, False, sender=world.guardian)
    with boa.reverts("listed before"):
        list_asset(world, world.weth)
    world.vault.set_listed(WETH, True, sender=world.admin)
    with boa.reverts("listed before"):
        another_vault(world, assets=[asset_config(world.weth), asset_config(world.weth)])


def test_the_quote_is_never_an_asset(world: World) -> None:
    with boa.reverts("not an asset"):
        list_asset(world, world.usdc)
    with boa.reverts("not an asset"):
        another_vault(world, assets=[asset_config(world.usdc)])
    with boa.reverts("not an asset"):
        world.vault.list_asset(asset_config(NO_ADDRESS), sender=world.admin)


def test_more_than_18_decimals_are_refused(world: World) -> None:
    for decimals in (19, 77, 255):
        with boa.reverts("too many decimals"):
            list_asset(world, token_of(decimals))
    with boa.reverts("too many decimals"):
        another_vault(world, quote=token_of(19).address)
    assert another_vault(world, quote=token_of(18).address).vault.quote_decimals() == 18


def test_decimals_are_read_once(world: World) -> None:
    token = deploy("test/HostileToken.vy", "Fickle", "FICKLE", 6)
    asset = list_asset(world, token)
    pay_in(world, token, world.depositor, 10**7)
    entry = (asset, 10**6, world.policy, world.policy_hash(world.policy), 0, world.depositor)
    world.vault.deposit(entry, NO_PERMIT, sender=world.depositor)
    assert logs(world, "LotOpened")[0].basis == 4_000 * WAD
    token.set_decimals(18)
    world.vault.deposit(entry, NO_PERMIT, sender=world.depositor)
    assert logs(world, "LotOpened")[0].basis == 4_000 * WAD
    token.set_decimals(77)
    assert world.vault.withdraw(0, asset, MAX, world.other, sender=world.depositor) == 10**6


def test_something_that_is_no_token_cannot_be_listed(world: World) -> None:
    with boa.reverts():
        world.vault.list_asset(asset_config(world.other), sender=world.admin)


def test_at_most_128_assets(world: World) -> None:
    for _ in range(125):
        list_asset(world, token_of())
    with boa.reverts("too many assets"):
        list_asset(world, token_of())
    # The feeds of base and quote, ids 128 and 129, are therefore never an asset's.
    assert (world.vault.config_word() >> 128) & 255 == 128
    policy_of(world, mask=U128)


def test_delisted_means_no_way_in_and_every_way_out(world: World) -> None:
    lot = world.deposit(WETH, 12 * WAD)
    other = world.deposit(WSTETH, 12 * WAD)
    days(2)
    world.set_eth(3_000)
    world.vault.set_listed(WETH, False, sender=world.guardian)
    with boa.reverts("asset not listed"):
        world.deposit(WETH, WAD)
    with boa.reverts("asset not listed"):
        world.deposit(WETH, WAD, basis=WAD)
    entry = world.entry(WETH, WAD, owner=world.depositor)
    with boa.reverts("asset not listed"):
        world.vault.buy(entry, [world.leg()], 0, LATER, NO_PERMIT, sender=world.depositor)
    with boa.reverts("asset not listed"):
        world.harvest([world.key(other)], WETH)
    with boa.reverts("unlisted replacement"):
        policy_of(world, mask=0b001)
    # Out of it: part of everything, then a harvest of the rest.
    sender = world.depositor
    world.vault.withdraw(lot, WETH, WAD, world.other, sender=sender)
    world.vault.sell([(lot, WAD)], WETH, [world.leg()], 0, LATER, world.other, sender=sender)
    part = world.vault.change_policy(lot, WETH, WAD, 0, b"", 0, sender=sender)
    nonce = world.vault.offer_lot(part, world.other, 0, sender=sender)
    head, body = world.vault.lots(sender, part)
    terms = (WETH, WAD, body & U128, (head >> 104) & (2**40 - 1), 0, 0)
    world.vault.claim_lot(sender, part, nonce, terms, sender=world.other)
    world.harvest([world.key(lot)], WSTETH)


def test_listed_again_by_the_admin_everything_is_as_before(world: World) -> None:
    word = world.vault.config_word()
    world.vault.set_listed(WETH, False, sender=world.guardian)
    assert world.vault.config_word() == word & ~1
    world.vault.set_listed(WETH, False, sender=world.guardian)
    world.vault.set_listed(WETH, True, sender=world.admin)
    assert world.vault.config_word() == word
    world.deposit(WETH, WAD)


def test_only_what_exists_is_listed_or_delisted(world: World) -> None:
    for asset in (3, 128, 255, MAX):
        for listed in (True, False):
            with boa.reverts("unknown asset"):
                world.vault.set_listed(asset, listed, sender=world.admin)


def test_no_function_changes_an_asset_s_address_or_decimals(world: World) -> None:
    before = [world.vault.asset_words(asset) for asset in range(3)]
    world.vault.set_limits(WETH, 0, U128, sender=world.admin)
    world.vault.set_listed(WETH, False, sender=world.admin)
    feed = deploy("test/MockFeed.vy", 18, "x", WAD)
    world.vault.set_feed(WETH, feed_config(feed), sender=world.admin)
    assert [world.vault.asset_words(asset) for asset in range(3)] == before


@pytest.mark.parametrize("flag", [True, False])
def test_adapters_come_and_go(world: World, flag: bool) -> None:
    world.vault.set_adapter(world.other, flag, sender=world.admin)
    assert world.vault.adapters(world.other) is flag
    assert world.vault.adapters(world.adapter) is True
