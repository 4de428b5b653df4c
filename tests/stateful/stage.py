"""A vault with everything around it for one stateful run, and the model of the same.

Three assets whose decimals are a permutation of 18, 8 and 6 and whose tokens are plain, without
return values, or calling out in every transfer when armed; a base feed that can go stale, rate
feeds that can lie, and two adapters that trade at whatever rate a rule sets, out of their own funds
(faked: these tests are about the vault; the real DEX is in the integration tests).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import boa
from eth_utils import keccak, to_checksum_address

from tests.contracts.world import NO_ADDRESS, START, at_start
from tests.stateful.chain import Caller, Log, deploy, deploy_with_logs, layout_of
from tests.stateful.model import (
    ADMIN,
    BASE,
    BPS,
    DAY,
    GUARDIAN,
    KEEPER,
    QUOTE,
    WAD,
    Asset,
    Feed,
    Model,
)

OWNERS = ("depositor", "saver", "trader")
ETH_USD = 2_000 * WAD
RATES = (WAD, 12 * WAD // 10, 105 * WAD // 100)
BOUNDS = (5_000, 500, 200, 200)  # bps: max_cost, max_slippage, max_fee, buy_tolerance
BUCKET = 2_000 * WAD
WEEK = 7 * DAY
PLENTY = 10**40
TOKENS = {"plain": "TestERC20", "noreturn": "NoReturnToken", "hostile": "HostileToken"}
# Feed decimals. 8 and 18, so that scaling is seen.
DECIMALS = {BASE: 8, QUOTE: 8, 1: 18, 2: 8}
LIES = {  # modes of LyingFeed, and what the vault must say
    1: "feed has no answer",  # reverts
    2: "feed has no answer",  # 64 bytes
    3: "",  # rubbish after a good answer
    5: "feed has no answer",  # negative
    6: "feed has no answer",  # zero
    7: "feed has no answer",  # from the future
    8: "feed stale",
    9: "feed has no answer",  # success without a byte
    10: "feed out of bounds",  # 2**255 - 1
}
# Modes of HostileAdapter.
HONEST, KEEPS, PAYS_SHORT, CALLS, LYING, PARTIAL, GIVES_BACK, PAYS_TWICE, REVERTS = range(9)


@dataclass(frozen=True)
class Setting:
    """What a run draws: asset decimals, token kinds, and whether there is a sequencer."""

    decimals: tuple[int, ...]
    kinds: tuple[str, ...]
    layer2: bool


class Stage:
    """Deployed anew for every run; addresses are checksummed strings."""

    def __init__(self, setting: Setting) -> None:
        at_start()
        self.setting = setting
        name = ("admin", "guardian", "keeper", "stranger", "sink", "gate", *OWNERS)
        # The same addresses in every run: choices are made from sorted lists of them.
        self.accounts = {each: to_checksum_address(keccak(text=each)[:20]) for each in name}
        self.admin, self.guardian = self.accounts["admin"], self.accounts["guardian"]
        self.keeper, self.stranger = self.accounts["keeper"], self.accounts["stranger"]
        self.sink, self.gate = self.accounts["sink"], self.accounts["gate"]
        self.owners = tuple(self.accounts[each] for each in OWNERS)
        self.tokens: list[Caller] = []
        for i, (decimals, kind) in enumerate(zip(setting.decimals, setting.kinds, strict=True)):
            token = deploy(f"test/{TOKENS[kind]}.vy", f"Asset {i}", f"A{i}", decimals)
            self.tokens.append(token)
        self.quote = deploy("test/TestERC20.vy", "USD Coin", "USDC", 6)
        self._feeds: dict[int, Caller] = {
            BASE: self._mock_feed(BASE, ETH_USD),
            QUOTE: self._mock_feed(QUOTE, WAD),
            1: self._lying_feed(1),
            2: self._lying_feed(2),
        }
        self.sequencer = self._mock_feed(BASE, 0) if setting.layer2 else None
        if self.sequencer:
            self.sequencer.must(self.admin, "set_round", 0, START - DAY)
        self.adapters = [deploy("test/HostileAdapter.vy") for _ in range(2)]
        self.model = self._model()
        self.vault, self.constructor_logs = self._deploy_vault()
        self.layout = layout_of("LotVault.vy")
        for token in (*self.tokens, self.quote):
            for adapter in self.adapters:
                token.must(self.admin, "mint", adapter.address, PLENTY)
            for payer in (*self.owners, self.gate):
                token.must(payer, "approve", self.vault.address, 2**256 - 1)

    # ------------------------------------------------------------ set-up
    def _mock_feed(self, feed_id: int, answer: int) -> Caller:
        scaled = answer // 10 ** (18 - DECIMALS[feed_id])
        args = (DECIMALS[feed_id], f"feed {feed_id}", scaled)
        return deploy("test/MockFeed.vy", *args, sender=self.admin)

    def _lying_feed(self, feed_id: int) -> Caller:
        scaled = RATES[feed_id] // 10 ** (18 - DECIMALS[feed_id])
        return deploy("test/LyingFeed.vy", DECIMALS[feed_id], scaled)

    def _model(self) -> Model:
        feeds = {
            BASE: Feed(50, 2 * DAY, WAD, 10**6 * WAD, ETH_USD, START),
            QUOTE: Feed(50, 2 * DAY, WAD // 2, 2 * WAD, WAD, START),
            0: Feed(constant=True),
            1: Feed(100, WEEK, WAD // 2, 3 * WAD, RATES[1], START),
            2: Feed(150, WEEK, WAD // 2, 3 * WAD, RATES[2], START),
        }
        assets = [
            Asset(decimals, 1 if decimals < 18 else 10, 100 * 10**decimals)
            for decimals in self.setting.decimals
        ]
        return Model(
            assets=assets,
            feeds=feeds,
            quote_scale=10**6,
            buy_tolerance=BOUNDS[3],
            bounds=BOUNDS[:3],
            bucket_size=BUCKET,
            now=START,
            roles={self.admin: ADMIN, self.guardian: GUARDIAN, self.keeper: KEEPER},
            adapters={each.address for each in self.adapters},
            bucket_time=START,
            bucket_sizes=[(START, BUCKET)],
        )

    def feed_config(self, feed_id: int) -> tuple[str, int, int, int, int]:
        """The feed's settings in the model, as the vault takes them."""
        feed = self.model.feeds[feed_id]
        address = NO_ADDRESS if feed.constant else self._feeds[feed_id].address
        return (address, feed.heartbeat, feed.dev, feed.minimum, feed.maximum)

    def _deploy_vault(self) -> tuple[Caller, tuple[Log, ...]]:
        def listing(i: int) -> tuple[Any, ...]:
            asset = self.model.assets[i]
            token = self.tokens[i].address
            return (token, self.feed_config(i), asset.min_deposit, asset.cap)

        return deploy_with_logs(
            "LotVault.vy",
            self.admin,
            self.guardian,
            self.keeper,
            self.quote.address,
            self.feed_config(BASE),
            self.feed_config(QUOTE),
            self.sequencer.address if self.sequencer else NO_ADDRESS,
            3_600,
            BOUNDS,
            BUCKET,
            [listing(i) for i in range(len(self.tokens))],
            [each.address for each in self.adapters],
        )

    # ------------------------------------------------------------ the world outside
    def token(self, asset: int) -> Caller:
        """The token of an asset, or the quote."""
        return self.quote if asset == QUOTE else self.tokens[asset]

    def balance(self, asset: int, holder: str) -> int:
        return int(self.token(asset).read("balanceOf", holder))

    def travel(self, seconds: int) -> None:
        """Move the chain's clock and the model's. LyingFeeds keep their answers fresh."""
        boa.env.evm.patch.timestamp += seconds
        boa.env.evm.patch.block_number += 1
        self.model.now += seconds
        assert self.model.now == boa.env.evm.patch.timestamp
        for feed_id in (1, 2):
            self.model.feeds[feed_id].updated = self.model.now

    def set_answer(self, feed_id: int, answer: int) -> None:
        """A new, fresh answer (wad; rounded down to the feed's decimals), told truly."""
        unit = 10 ** (18 - DECIMALS[feed_id])
        feed, caller = self.model.feeds[feed_id], self._feeds[feed_id]
        caller.must(self.admin, "set_answer", answer // unit)
        if feed_id in (1, 2):
            caller.must(self.admin, "set_mode", 0)
        feed.answer, feed.updated, feed.broken = answer // unit * unit, self.model.now, ""

    def refresh(self) -> None:
        """Make every feed and the sequencer good again, at the answers they had."""
        for feed_id in self._feeds:
            self.set_answer(feed_id, self.model.feeds[feed_id].answer)
        self.set_sequencer(0)

    def lie(self, feed_id: int, mode: int) -> None:
        """Let a rate feed misbehave."""
        self._feeds[feed_id].must(self.admin, "set_mode", mode)
        self.model.feeds[feed_id].broken = LIES[mode]

    def set_sequencer(self, state: int) -> None:
        """0: up for a day, 1: down, 2: up since a minute, 3: has never answered a round."""
        if self.sequencer is None:
            return
        since = {0: self.model.now - DAY, 1: self.model.now, 2: self.model.now - 60, 3: 0}
        self.sequencer.must(self.admin, "set_round", int(state == 1), since[state])
        self.model.sequencer = "sequencer down" if state else ""

    def set_rate(self, token_in: int, token_out: int, out: int, per: int) -> None:
        """Both adapters give `out` units for `per` units, rounded down."""
        pair = (self.token(token_in).address, self.token(token_out).address)
        for adapter in self.adapters:
            adapter.must(self.admin, "set_rate", *pair, out, per)

    def set_adapter_mode(self, mode: int, share: int = BPS) -> None:
        for adapter in self.adapters:
            adapter.must(self.admin, "set_mode", mode, share)

    def kill_everything(self) -> None:
        """The worst that admin, guardian, feeds and adapters together can do to an exit."""
        vault = self.vault
        vault.must(self.guardian, "set_paused", 3)
        for asset, _ in enumerate(self.tokens):
            vault.must(self.guardian, "set_listed", asset, False)
        for adapter in self.adapters:
            vault.must(self.guardian, "set_adapter", adapter.address, False)
        self.set_adapter_mode(REVERTS)
        for feed_id in (1, 2):
            self._feeds[feed_id].must(self.admin, "set_mode", 1)
        self._feeds[BASE].must(self.admin, "set_round", 0, 0)
        self._feeds[QUOTE].must(self.admin, "set_round", 0, 0)
        if self.sequencer:
            self.sequencer.must(self.admin, "set_round", 1, 0)
