"""The world outside: time, prices, feeds that go bad, gifts of tokens to the vault."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.stateful.model import BASE, DAY, QUOTE, WAD
from tests.stateful.rules.keeper import KeeperRules
from tests.stateful.stage import LIES, RATES


class Market(KeeperRules):
    """Nothing here asks the vault for anything but `donate`."""

    @rule(hours=st.integers(1, 30))
    def pass_hours(self, hours: int) -> None:
        """The market's feeds are not refreshed, so that they go stale by themselves."""
        self.stage.travel(hours * 3_600)

    @rule(days=st.integers(1, 40))
    def pass_days(self, days: int) -> None:
        self.stage.travel(days * DAY)
        self.stage.refresh()

    @rule(percent=st.integers(70, 160))
    def move_base(self, percent: int) -> None:
        answer = self.model.feeds[BASE].answer * percent // 100
        self.stage.set_answer(BASE, min(max(answer, 2 * WAD), 10**5 * WAD))

    @rule(feed_id=st.sampled_from((1, 2)), bps=st.integers(-300, 300))
    def move_rate(self, feed_id: int, bps: int) -> None:
        self.stage.set_answer(feed_id, RATES[feed_id] * (10_000 + bps) // 10_000)

    @rule(data=st.data(), which=st.sampled_from((1, 2, QUOTE, "sequencer")))
    def feeds_fail(self, data: st.DataObject, which: int | str) -> None:
        """A rate feed lies, the quote is worth 0.88 (as it was once), or the sequencer is down."""
        if which == "sequencer":
            self.stage.set_sequencer(data.draw(st.sampled_from((1, 2, 3)), label="state"))
        elif which == QUOTE:
            percent = data.draw(st.integers(88, 101), label="percent")
            self.stage.set_answer(QUOTE, WAD * percent // 100)
        else:
            mode = data.draw(st.sampled_from(sorted(LIES)), label="mode")
            self.stage.lie(int(which), mode)
            status = self.stage.vault.read("read_feed", which)[2]
            assert status == (0 if mode == 3 else _status(mode))

    @precondition(lambda self: self.something_is_wrong())
    @rule()
    def feeds_recover(self) -> None:
        self.stage.refresh()

    def something_is_wrong(self) -> bool:
        return any(self.model.feed_status(feed_id) for feed_id in self.model.feeds)

    @rule(asset=st.sampled_from((0, 1, 2, QUOTE)), units=st.integers(1, 10**20))
    def donate(self, asset: int, units: int) -> None:
        """Tokens sent to the vault by mistake belong to nobody and change nothing."""
        self.stage.token(asset).must(self.stage.stranger, "mint", self.vault, units)
        self.move(asset, units, giver=None, taker=self.vault)


def _status(mode: int) -> int:
    """`read_feed`'s status of each lie (docs/design.md)."""
    return {5: 2, 6: 2, 7: 5, 8: 4, 10: 3}.get(mode, 1)
