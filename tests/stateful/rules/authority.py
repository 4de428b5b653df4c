"""Admin and guardian: the guardian tightens, the admin does either and puts things right again."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.stateful.model import ADMIN, DAY, KEEPER
from tests.stateful.rules.market import Market
from tests.stateful.stage import BUCKET


class Authority(Market):
    """Settings. What a guardian may not do, the model knows: loosening is refused to it."""

    @rule(data=st.data(), who=st.sampled_from(("admin", "guardian")))
    def change_a_setting(self, data: st.DataObject, who: str) -> None:
        """One rule for all of them: settings are not what a run should be made of."""
        change = data.draw(
            st.sampled_from(
                (
                    self.draw_paused,
                    self.draw_listed,
                    self.draw_limits,
                    self.draw_bucket,
                    self.draw_feed,
                    self.draw_adapter,
                    self.draw_keeper,
                )
            ),
            label="setting",
        )
        change(data, who)

    def draw_paused(self, data: st.DataObject, who: str) -> None:
        self.set_paused(who, data.draw(st.integers(0, 3)))

    def set_paused(self, who: str, flags: int) -> None:
        sender = self.stage.accounts[who]
        self.act("set_paused", sender, (flags,), lambda: self.model.set_paused(sender, flags))

    def draw_listed(self, data: st.DataObject, who: str) -> None:
        self.set_listed(who, data.draw(st.integers(0, 2)), data.draw(st.booleans()))

    def set_listed(self, who: str, asset: int, listed: bool) -> None:
        sender = self.stage.accounts[who]
        self.act(
            "set_listed",
            sender,
            (asset, listed),
            lambda: self.model.set_listed(sender, asset, listed),
        )

    def draw_limits(self, data: st.DataObject, who: str) -> None:
        asset = data.draw(st.integers(0, 2))
        least, percent = data.draw(st.sampled_from(((0, 130), (1, 100), (20, 40), (20, 100))))
        self.set_limits(who, asset, least, percent)

    def set_limits(self, who: str, asset: int, least: int, percent: int) -> None:
        """Least units of a deposit; a cap in percent of a hundred tokens."""
        sender = self.stage.accounts[who]
        cap = self.scale(asset) * percent
        self.act(
            "set_limits",
            sender,
            (asset, least, cap),
            lambda: self.model.set_limits(sender, asset, least, cap),
        )

    def draw_bucket(self, data: st.DataObject, who: str) -> None:
        self.set_bucket(who, data.draw(st.sampled_from((1, 50, 100, 200))))

    def set_bucket(self, who: str, percent: int) -> None:
        sender, size = self.stage.accounts[who], BUCKET * percent // 100
        self.act("set_bucket", sender, (size,), lambda: self.model.set_bucket(sender, size))

    def draw_feed(self, data: st.DataObject, who: str) -> None:
        feed_id = data.draw(st.sampled_from((1, 2, 128, 129)))
        dev = data.draw(st.sampled_from((50, 100, 200)))
        days = data.draw(st.sampled_from((1, 2, 7)))
        self.set_feed(who, feed_id, dev, days * DAY)

    def set_feed(self, who: str, feed_id: int, dev: int, heartbeat: int) -> None:
        sender, feed = self.stage.accounts[who], self.model.feeds[feed_id]
        minimum, maximum = feed.minimum, feed.maximum
        address = self.stage.feed_config(feed_id)[0]
        self.act(
            "set_feed",
            sender,
            (feed_id, (address, heartbeat, dev, minimum, maximum)),
            lambda: self.model.set_feed(sender, feed_id, dev, heartbeat, minimum, maximum),
        )

    def draw_adapter(self, data: st.DataObject, who: str) -> None:
        self.set_adapter(who, data.draw(st.integers(0, 1)), data.draw(st.booleans()))

    def set_adapter(self, who: str, index: int, allowed: bool) -> None:
        sender, adapter = self.stage.accounts[who], self.stage.adapters[index].address
        self.act(
            "set_adapter",
            sender,
            (adapter, allowed),
            lambda: self.model.set_adapter(sender, adapter, allowed),
        )

    def draw_keeper(self, data: st.DataObject, who: str) -> None:
        self.set_keeper(who, data.draw(st.sampled_from((0, KEEPER))))

    def set_keeper(self, who: str, flags: int) -> None:
        sender, keeper = self.stage.accounts[who], self.stage.keeper
        self.act(
            "set_roles",
            sender,
            (keeper, flags),
            lambda: self.model.set_roles(sender, keeper, flags),
        )

    @precondition(lambda self: self.is_tight())
    @rule()
    def admin_puts_things_right(self) -> None:
        """So that runs do not end up where nothing may be done."""
        admin, model = self.stage.admin, self.model
        assert model.roles[admin] & ADMIN
        self.set_paused("admin", 0)
        for index in (0, 1):
            self.set_adapter("admin", index, True)
        for asset, _ in enumerate(model.assets):
            self.set_listed("admin", asset, True)
            self.set_limits("admin", asset, 1, 100)
        self.set_keeper("admin", KEEPER)
        self.set_bucket("admin", 100)
        self.stage.refresh()

    def is_tight(self) -> bool:
        model = self.model
        return bool(
            model.paused
            or len(model.adapters) < 2
            or not all(asset.listed for asset in model.assets)
            or not model.roles[self.stage.keeper] & KEEPER
            or model.bucket_size < BUCKET
        )
