"""CompositeFeed: the product, its time, and that one bad part is enough for no answer."""

from __future__ import annotations

from typing import Any

import boa
import pytest
from boa.contracts.vyper.vyper_contract import VyperContract
from eth_utils.crypto import keccak

from tests.contracts.world import DAY, NO_ADDRESS, WAD, World, deploy
from vaultsdk.core.words import FeedWord

HOUR = 3_600
RATE = 1_214_567_890_123_456_789  # stETH per wstETH
MARKET = 998_765_432_109_876_543  # ETH per stETH
LIMIT = 2**96

# Modes of LyingFeed.
HONEST, REVERTS, SHORT, HUGE, BURNS_GAS = 0, 1, 2, 3, 4
NEGATIVE, ZERO, FUTURE, STALE, EMPTY, ABSURD = 5, 6, 7, 8, 9, 10


def method(name: str) -> bytes:
    """Selector of a view without arguments."""
    return keccak(text=f"{name}()")[:4]


def rate_part(
    target: Any, name: str = "rate", decimals: int = 18, **bounds: int
) -> tuple[Any, ...]:
    low, high = bounds.get("low", WAD), bounds.get("high", 2 * WAD)
    return (getattr(target, "address", target), method(name), decimals, low, high)


def market_part(feed: Any, heartbeat: int = DAY, **bounds: int) -> tuple[Any, ...]:
    low, high = bounds.get("low", WAD // 2), bounds.get("high", 2 * WAD)
    return (getattr(feed, "address", feed), heartbeat, low, high)


NO_RATE = rate_part(NO_ADDRESS, low=0, high=0)


@pytest.fixture
def rate(world: World) -> VyperContract:
    return deploy("test/LyingFeed.vy", 18, RATE)


@pytest.fixture
def market(world: World) -> VyperContract:
    return deploy("test/LyingFeed.vy", 18, MARKET)


def composite(rate: tuple[Any, ...], *markets: tuple[Any, ...]) -> VyperContract:
    return deploy("feeds/CompositeFeed.vy", "wstETH / ETH", rate, list(markets))


@pytest.fixture
def feed(rate: VyperContract, market: VyperContract) -> VyperContract:
    return composite(rate_part(rate), market_part(market))


# ---------------------------------------------------------------- the product
def test_protocol_rate_times_market(feed: VyperContract, market: VyperContract) -> None:
    market.set_answer(MARKET, HOUR)
    at = boa.env.timestamp - HOUR
    assert feed.latestRoundData() == (at, RATE * MARKET // WAD, at, at, at)
    assert feed.decimals() == 18
    assert feed.description() == "wstETH / ETH"


def test_a_rate_as_the_real_token_gives_it(world: World, market: VyperContract) -> None:
    token = deploy("test/WrappedStaked.vy", "Wrapped", "W", RATE, 0)
    feed = composite(rate_part(token, "stEthPerToken"), market_part(market))
    assert feed.latestRoundData()[1] == RATE * MARKET // WAD
    token.set_rate(RATE + 10**15, 0)
    assert feed.latestRoundData()[1] == (RATE + 10**15) * MARKET // WAD


def test_other_decimals(world: World) -> None:
    rate = deploy("test/LyingFeed.vy", 18, 1_214_567)
    market = deploy("test/LyingFeed.vy", 8, 99_876_543)
    feed = composite(rate_part(rate, decimals=6), market_part(market))
    assert feed.latestRoundData()[1] == 1_214_567 * 10**12 * 99_876_543 * 10**10 // WAD


def test_two_markets_and_the_older_time(
    world: World, rate: VyperContract, market: VyperContract
) -> None:
    other = deploy("test/LyingFeed.vy", 18, MARKET + 7)
    feed = composite(rate_part(rate), market_part(market), market_part(other))
    for ages in ((HOUR, 5), (5, HOUR)):
        market.set_answer(MARKET, ages[0])
        other.set_answer(MARKET + 7, ages[1])
        round_data = feed.latestRoundData()
        assert round_data[1] == RATE * MARKET // WAD * (MARKET + 7) // WAD
        assert round_data[3] == boa.env.timestamp - HOUR


def test_without_a_protocol_rate(market: VyperContract) -> None:
    feed = composite(NO_RATE, market_part(market))
    assert feed.latestRoundData()[1] == MARKET


def test_the_largest_parts_do_not_overflow(world: World) -> None:
    parts = [deploy("test/LyingFeed.vy", 18, LIMIT - 1) for _ in range(3)]
    bounds = {"low": 1, "high": LIMIT - 1}
    markets = [market_part(part, **bounds) for part in parts[1:]]
    feed = composite(rate_part(parts[0], **bounds), *markets)
    expected = (LIMIT - 1) ** 2 // WAD * (LIMIT - 1) // WAD
    assert feed.latestRoundData()[1] == expected


def test_a_product_of_nothing_is_no_answer(world: World, market: VyperContract) -> None:
    """Every part is above 0, their product rounds down to 0: a price of 0 must not get out."""
    tiny = deploy("test/LyingFeed.vy", 18, 2)
    feed = composite(NO_RATE, market_part(market), market_part(tiny, low=1))
    assert feed.latestRoundData()[1] == 1
    tiny.set_answer(1)
    with boa.reverts("product is zero"):
        feed.latestRoundData()


# ---------------------------------------------------------------- bad parts
@pytest.mark.parametrize(
    ("mode", "reason"),
    [
        (REVERTS, "rate: no answer"),
        (SHORT, "rate: no answer"),
        (EMPTY, "rate: no answer"),
        (NEGATIVE, "rate: out of bounds"),
        (ZERO, "rate: out of bounds"),
        (ABSURD, "rate: out of bounds"),
    ],
)
def test_a_bad_protocol_rate(
    feed: VyperContract, rate: VyperContract, mode: int, reason: str
) -> None:
    rate.set_mode(mode)
    with boa.reverts(reason):
        feed.latestRoundData()


@pytest.mark.parametrize(
    ("mode", "reason"),
    [
        (REVERTS, "market: no answer"),
        (SHORT, "market: no answer"),
        (EMPTY, "market: no answer"),
        (NEGATIVE, "market: not positive"),
        (ZERO, "market: not positive"),
        (ABSURD, "market: out of bounds"),
        (FUTURE, "market: from the future"),
        (STALE, "market: stale"),
    ],
)
@pytest.mark.parametrize("place", [0, 1])
def test_a_bad_market(
    rate: VyperContract, market: VyperContract, place: int, mode: int, reason: str
) -> None:
    parts = [market_part(deploy("test/MockFeed.vy", 18, "good", MARKET)), market_part(market)]
    feed = composite(rate_part(rate), parts[1 - place], parts[place])
    market.set_mode(mode)
    with boa.reverts(reason):
        feed.latestRoundData()


def test_rubbish_after_a_good_answer_is_ignored(
    feed: VyperContract, rate: VyperContract, market: VyperContract
) -> None:
    rate.set_mode(HUGE)
    market.set_mode(HUGE)
    assert feed.latestRoundData()[1] == RATE * MARKET // WAD


def test_each_market_has_its_own_heartbeat(
    world: World, rate: VyperContract, market: VyperContract
) -> None:
    """A fresh part does not make a late one good, nor does the longer heartbeat cover the other."""
    fast = deploy("test/LyingFeed.vy", 18, WAD)
    feed = composite(rate_part(rate), market_part(market, DAY), market_part(fast, HOUR))
    market.set_answer(MARKET, DAY)
    fast.set_answer(WAD, HOUR)
    assert feed.latestRoundData()[3] == boa.env.timestamp - DAY
    fast.set_answer(WAD, HOUR + 1)
    with boa.reverts("market: stale"):
        feed.latestRoundData()
    fast.set_answer(WAD, 0)
    market.set_answer(MARKET, DAY + 1)
    with boa.reverts("market: stale"):
        feed.latestRoundData()


def test_each_part_has_its_own_bounds(
    world: World, rate: VyperContract, market: VyperContract
) -> None:
    """A part that doubled is not hidden by another one that halved."""
    other = deploy("test/LyingFeed.vy", 18, WAD)
    feed = composite(
        rate_part(rate, low=RATE - 1, high=RATE + 1),
        market_part(market, low=MARKET - 1, high=MARKET + 1),
        market_part(other, low=WAD // 10, high=10 * WAD),
    )
    for part, good, reason in ((rate, RATE, "rate"), (market, MARKET, "market")):
        for edge in (good - 1, good + 1):
            part.set_answer(edge)
            assert feed.latestRoundData()[1] > 0
        for beyond in (good - 2, good + 2):
            part.set_answer(beyond)
            with boa.reverts(f"{reason}: out of bounds"):
                feed.latestRoundData()
        part.set_answer(2 * good)
        other.set_answer(WAD // 2)
        with boa.reverts(f"{reason}: out of bounds"):
            feed.latestRoundData()
        part.set_answer(good)
        other.set_answer(WAD)


# ---------------------------------------------------------------- in the vault
def test_the_vault_reads_it_like_any_feed(
    world: World, feed: VyperContract, rate: VyperContract, market: VyperContract
) -> None:
    world.vault.set_feed(1, (feed.address, DAY, 150, WAD, 2 * WAD), sender=world.admin)
    assert FeedWord.unpack(world.vault.feed_words(1)).decimals == 18
    assert world.vault.price(1) == 4_000 * (RATE * MARKET // WAD)
    market.set_answer(MARKET, DAY)
    assert world.vault.read_feed(1) == (RATE * MARKET // WAD, boa.env.timestamp - DAY, 0)
    for bad in (rate, market):
        for mode in (REVERTS, SHORT, BURNS_GAS, ZERO):
            bad.set_mode(mode)
            answer, _, status = world.vault.read_feed(1)
            assert (answer, status) == (0, 1)
        bad.set_mode(HONEST)
    assert world.vault.read_feed(1)[2] == 0


# ---------------------------------------------------------------- construction
def test_what_the_constructor_refuses(
    world: World, rate: VyperContract, market: VyperContract
) -> None:
    many = deploy("test/LyingFeed.vy", 19, MARKET)
    good_rate, good_market = rate_part(rate), market_part(market)
    for reason, parts in {
        "no market feed": (good_rate,),
        "rate: no contract": (rate_part(world.other), good_market),
        "rate: too many decimals": (rate_part(rate, decimals=19), good_market),
        "rate: no answer": (rate_part(rate, "missing"), good_market),
        "market: too many decimals": (good_rate, market_part(many)),
        "market: no heartbeat": (good_rate, market_part(market, 0)),
        "market: out of bounds": (good_rate, market_part(market, low=MARKET + 1)),
        "rate: out of bounds": (rate_part(rate, low=RATE + 1), good_market),
    }.items():
        with boa.reverts(reason):
            composite(*parts)
    for low, high in ((0, WAD), (2, 1), (1, LIMIT)):
        with boa.reverts("rate: bad bounds"):
            composite(rate_part(rate, low=low, high=high), good_market)
        with boa.reverts("market: bad bounds"):
            composite(good_rate, market_part(market, low=low, high=high))


def test_its_parts_can_be_read_back(
    feed: VyperContract, rate: VyperContract, market: VyperContract
) -> None:
    assert feed.rate() == rate_part(rate)
    assert feed.markets(0) == market_part(market)
    with pytest.raises(boa.BoaError):
        feed.markets(1)


def test_there_are_no_past_rounds(feed: VyperContract) -> None:
    with boa.reverts("only the latest round"):
        feed.getRoundData(1)
