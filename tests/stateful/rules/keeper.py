"""The keeper harvests: as planned, at the very edge, in legs, with cohorts that are gone."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.stateful.chain import Receipt
from tests.stateful.invariants import judge_harvest, pack_key
from tests.stateful.model import (
    BASE,
    BPS,
    DAY,
    KEEPER,
    PAUSE_HARVESTS,
    TOP_SEQ,
    Harvest,
    Key,
    Plan,
    Refused,
    band_of,
    ceiling,
)
from tests.stateful.rules.lots import Lots

# Where in the allowed range of proceeds a swap ends, in thousandths; both ends often.
places = st.one_of(st.sampled_from((0, 1_000)), st.integers(0, 1_000))


# Shares of all legs but the last: one leg, halves, four, nothing left for the last or the first.
SPLITS = ((), (), (5 * 10**17,), (10**17, 10**17, 3 * 10**17), (10**18,), (0,))


class KeeperRules(Lots):
    """Harvests that should go through (unless pause, bucket or cap say no, as the model knows)."""

    def eligible(self) -> list[tuple[int, int, list[Key]]]:
        """(asset, to_asset, cohorts) of everything that can be harvested now."""
        if not self.keeper_may_work():
            return []
        found = []
        for asset, _ in enumerate(self.model.assets):
            for to_asset, _ in enumerate(self.model.assets):
                keys = [
                    key
                    for key in self.open_cohorts()
                    if key.asset == asset and self.model.eligible(key, to_asset)
                ]
                if keys and self.can_be_sold(keys, to_asset):
                    found.append((asset, to_asset, keys))
        return found

    def can_be_sold(self, keys: list[Key], to_asset: int) -> bool:
        """Whether a whole number of units lies between floor and ceiling: not for a few units."""
        least, most = self.gross_range(self.plan_for(keys, to_asset, 0), 0)
        return least <= most

    def plan_for(self, keys: list[Key], to_asset: int, fee: int) -> Plan:
        return self.model.plan(
            self.stage.keeper, keys, to_asset, deadline=self.model.now, min_sold=0, fee=fee
        )

    # ------------------------------------------------------------ what a swap may pay
    def net_of(self, gross: int, fee: int) -> int:
        return gross - gross * fee // BPS

    def gross_range(self, plan: Plan, fee: int) -> tuple[int, int]:
        """Least and most gross proceeds that floor and ceiling allow; empty if first > second."""
        scale_in = self.model.assets[plan.asset].scale
        scale_out = self.model.assets[plan.to_asset].scale
        unit = Fraction(plan.sold * scale_out, plan.price_out * scale_in)
        net = ceiling(plan.floor * unit)
        least = ceiling(Fraction(net * BPS, BPS - fee))
        while least > 0 and self.net_of(least - 1, fee) >= net:
            least -= 1
        while self.net_of(least, fee) < net:
            least += 1
        return least, int(plan.ceiling * unit // 1)

    # ------------------------------------------------------------ one harvest
    def harvest(
        self,
        keys: list[Key],
        to_asset: int,
        gross: int,
        *,
        fee: int = 0,
        legs: tuple[int, ...] = (),
        min_rate: int = 0,
        min_sold: int = 0,
        sender: str | None = None,
        late: int = 0,
        wanted: str | None = None,
        swap_refuses: str = "",
        words: list[int] | None = None,
        paid: int | None = None,
    ) -> tuple[Receipt, Harvest | None]:
        """Send it, with both adapters set to pay `gross` in all (in several legs a little less,
        by rounding). `legs`: shares of all but the last. `paid`: what a cheating adapter will in
        fact pay."""
        keeper = sender or self.stage.keeper
        full = [k for k in dict.fromkeys(keys) if k in self.open_cohorts()]
        sold = sum(self.model.cohorts[key].units for key in full)
        asset = full[0].asset if full else 0
        if to_asset < len(self.model.assets):
            self.stage.set_rate(asset, to_asset, gross, max(sold, 1))
        rest, honest = sold, 0
        for share in legs:
            part = sold * share // 10**18
            rest -= part
            honest += part * gross // max(sold, 1)
        honest += rest * gross // max(sold, 1)
        received = honest if paid is None else paid
        route = [
            (self.stage.adapters[i % 2].address, share, bytes([i]))
            for i, share in enumerate((*legs, 0))
        ]
        deadline = self.model.now - late

        def model() -> Harvest:
            plan = self.model.plan(
                keeper, keys, to_asset, deadline=deadline, min_sold=min_sold, fee=fee
            )
            used = {self.stage.adapters[i % 2].address for i in range(len(route))}
            if used - self.model.adapters:
                raise Refused("adapter not listed")
            if swap_refuses:
                raise Refused(swap_refuses)
            return self.model.harvest(plan, received, fee, min_rate)

        receipt, done = self.act(
            "harvest",
            keeper,
            (
                words if words is not None else [pack_key(key) for key in keys],
                to_asset,
                route,
                min_rate,
                min_sold,
                fee,
                deadline,
            ),
            model,
            wanted=wanted,
        )
        if done is not None:
            assert receipt.value == done.number
            self.after_harvest(receipt, done, keeper)
        return receipt, done

    def after_harvest(self, receipt: Receipt, done: Harvest, keeper: str) -> None:
        plan = done.plan
        judge_harvest(self.model, done)
        self.move(plan.asset, plan.sold, giver=self.vault, taker=None)
        self.move(plan.to_asset, done.net, giver=None, taker=self.vault)
        # 7: the fee is all that a keeper ever gets.
        self.move(plan.to_asset, done.fee, giver=None, taker=keeper)
        feeds = self.model.feeds

        def time_of(feed_id: int) -> int:
            return self.model.now if feeds[feed_id].constant else feeds[feed_id].updated

        (event,) = (log.args for log in receipt.logs if log.name == "Harvested")
        assert event == {
            "harvest": done.number,
            "keeper": keeper,
            "asset_in": plan.asset,
            "asset_out": plan.to_asset,
            "sold": plan.sold,
            "gross": done.gross,
            "fee": done.fee,
            "net": done.net,
            "price_in": plan.price_in,
            "price_out": plan.price_out,
            "base_price": feeds[BASE].answer,
            "base_time": time_of(BASE),
            "time_in": time_of(plan.asset),
            "time_out": time_of(plan.to_asset),
            "bucket_used": self.model.bucket_used,
        }

    # ------------------------------------------------------------ rules
    @precondition(lambda self: self.eligible())
    @rule(
        data=st.data(),
        place=places,
        legs=st.sampled_from(SPLITS),
        exact=st.booleans(),
    )
    def harvest_what_is_eligible(
        self, data: st.DataObject, place: int, legs: tuple[int, ...], exact: bool
    ) -> None:
        _, to_asset, keys = data.draw(st.sampled_from(self.eligible()), label="harvest")
        chosen = data.draw(st.sets(st.sampled_from(keys), min_size=1), label="cohorts")
        self.harvest_inside(data, sorted(chosen), to_asset, place, legs, exact)

    def harvest_inside(
        self,
        data: st.DataObject,
        keys: list[Key],
        to_asset: int,
        place: int,
        legs: tuple[int, ...],
        exact: bool,
    ) -> None:
        max_fee = min(self.model.policies[key.policy].max_fee for key in keys)
        fee = data.draw(st.sampled_from((0, max_fee, max_fee // 2)), label="fee")
        plan = self.plan_for(keys, to_asset, fee)
        least, most = self.gross_range(plan, fee)
        gross = least + (most - least) * place // 1_000 if least <= most else least
        net, scale = self.net_of(gross, fee), self.model.assets[plan.asset].scale
        # Cohorts that are gone, of today and of days to come: dropped, whatever they are.
        gone = {
            Key(plan.asset, 2**32 - 1, 1, 0, 5),
            Key(plan.asset, keys[0].policy, keys[0].band, self.model.today + 3, 0),
            # The very cohort that this harvest will open.
            Key(
                to_asset,
                keys[0].policy,
                band_of(plan.price_out),
                self.model.today,
                TOP_SEQ + len(self.model.harvests) + 1,
            ),
            *(k for k, c in self.model.cohorts.items() if not c.units and not c.harvest),
        }
        extra = data.draw(st.sets(st.sampled_from(sorted(gone))), label="gone")
        self.harvest(
            sorted({*keys, *extra}),
            to_asset,
            gross,
            fee=fee,
            legs=legs,
            min_rate=net * scale // plan.sold if exact and not legs else 0,
            min_sold=plan.sold if exact else 0,
        )

    @precondition(lambda self: self.harvestable_some_day())
    @rule(data=st.data(), drop=st.integers(500, 3_500), place=places, days=st.integers(2, 10))
    def crash_and_harvest(self, data: st.DataObject, drop: int, place: int, days: int) -> None:
        """Days pass, the market falls, the keeper is there."""
        self.market_falls(days, drop)
        chances = self.eligible()
        if chances:
            _, to_asset, keys = data.draw(st.sampled_from(chances), label="harvest")
            self.harvest_inside(data, keys, to_asset, place, (), True)

    @precondition(lambda self: self.harvestable_some_day())
    @rule(data=st.data(), drop=st.integers(100, 2_000), rounds=st.integers(2, 4))
    def bear_market(self, data: st.DataObject, drop: int, rounds: int) -> None:
        """Fall after fall, and every time all that can be harvested is: lots go many hops."""
        for _ in range(rounds):
            self.market_falls(3, drop)
            for _ in range(3):
                if not (chances := self.eligible()):
                    break
                _, to_asset, keys = data.draw(st.sampled_from(chances), label="harvest")
                self.harvest_inside(data, keys, to_asset, 500, (), False)

    def market_falls(self, days: int, drop: int) -> None:
        self.stage.travel(days * DAY)
        base = self.model.feeds[BASE].answer * (BPS - drop) // BPS
        self.stage.refresh()
        self.stage.set_answer(BASE, max(base, 2 * 10**18))

    def harvestable_some_day(self) -> bool:
        return self.keeper_may_work() and any(key.policy for key in self.open_cohorts())

    def keeper_may_work(self) -> bool:
        """Not paused, with its role and the adapter of the first leg; the second may be missing."""
        return bool(
            self.model.roles[self.stage.keeper] & KEEPER
            and not self.model.paused & PAUSE_HARVESTS
            and self.stage.adapters[0].address in self.model.adapters
        )
