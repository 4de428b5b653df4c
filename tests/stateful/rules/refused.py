"""Actions made to be refused, with the reason that they must be refused for.

One rule per group picks cases, so that most steps of a run stay useful.
"""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.stateful.base import NO_PERMIT
from tests.stateful.invariants import policy_word
from tests.stateful.model import (
    ALL,
    BASE,
    BPS,
    DAY,
    QUOTE,
    WAD,
    Key,
    Plan,
    Policy,
)
from tests.stateful.rules.hostile import Hostile

FEED_UNIT = 10**10  # of the base's feed, which has 8 decimals, in wad
# In this order: the last two change what could be harvested.
HARVEST_CASES = (
    "one unit below the floor",
    "fee pushes below the floor",
    "one unit above the ceiling",
    "fee hides what is above the ceiling",
    "rate",
    "size",
    "fee",
    "late",
    "twice",
    "order",
    "stranger",
    "same asset",
    "no asset",
    "bucket",
    "cap",
)


class Refusals(Hostile):
    """Each case says what it expects; the model must expect the same."""

    # ------------------------------------------------------------ harvests
    @precondition(lambda self: self.harvestable_some_day() and len(self.model.adapters) == 2)
    @rule(
        data=st.data(),
        cases=st.lists(st.sampled_from(HARVEST_CASES), min_size=1, max_size=4, unique=True),
    )
    def harvest_beyond_limits(self, data: st.DataObject, cases: list[str]) -> None:
        """What could be harvested, in some ways in which it must not be."""
        if not self.eligible():
            self.market_falls(3, 1_500)
        if not (chances := self.eligible()):
            return
        _, to_asset, keys = data.draw(st.sampled_from(chances), label="harvest")
        for case in sorted(cases, key=HARVEST_CASES.index):
            self.harvest_beyond(case, keys, to_asset)

    def harvest_beyond(self, case: str, keys: list[Key], to_asset: int) -> None:
        max_fee = min(self.model.policies[key.policy].max_fee for key in keys)
        plan = self.plan_for(keys, to_asset, max_fee)
        least, most = self.gross_range(plan, 0)
        scale = self.model.assets[plan.asset].scale
        if case == "one unit below the floor" and least:
            self.harvest(keys, to_asset, least - 1, wanted="below floor")
        elif case == "fee pushes below the floor" and least > BPS and max_fee:
            assert self.net_of(least, max_fee) < least
            self.harvest(keys, to_asset, least, fee=max_fee, wanted="below floor")
        elif case == "one unit above the ceiling":
            self.harvest(keys, to_asset, most + 1, wanted="above ceiling")
        elif case == "fee hides what is above the ceiling":
            if self.gross_range(plan, max_fee)[0] > most + 1:
                return  # it would be below the floor as well
            self.harvest(keys, to_asset, most + 1, fee=max_fee, wanted="above ceiling")
        elif case == "rate":
            rate = most * scale // plan.sold + 1
            self.harvest(keys, to_asset, most, min_rate=rate, wanted="rate below minimum")
        elif case == "size":
            size = plan.sold + 1
            self.harvest(keys, to_asset, most, min_sold=size, wanted="too little to sell")
        elif case == "fee":
            self.harvest(keys, to_asset, most, fee=max_fee + 1, wanted="fee above policy")
        elif case == "late":
            self.harvest(keys, to_asset, most, late=1, wanted="deadline passed")
        elif case == "twice":
            self.harvest([*keys, keys[-1]], to_asset, most, wanted="keys not ascending")
        elif case == "order" and len(keys) > 1:
            self.harvest(keys[::-1], to_asset, most, wanted="keys not ascending")
        elif case == "stranger":
            sender = self.stage.guardian
            self.harvest(keys, to_asset, most, sender=sender, wanted="missing role")
        elif case == "same asset" and self.model.assets[plan.asset].listed:
            self.harvest(keys, plan.asset, most, wanted="same asset")
        elif case == "no asset":
            number = len(self.model.assets)
            self.harvest(keys, number, most, wanted="asset not listed")
        elif case == "bucket":
            # What the two rate feeds may hide is more than what half of the used part leaves.
            self.set_bucket_to(self.model.bucket_used // 2)
            if not self.bucket_carries(plan, most):
                self.harvest(keys, to_asset, most, wanted="loss bucket full")
        elif (
            case == "cap"
            and len({key.policy for key in keys}) < len(keys)
            and self.bucket_carries(plan, most)
        ):
            self.merge_above_the_cap(keys, to_asset, most)

    def bucket_carries(self, plan: Plan, gross: int) -> bool:
        return self.model.debit(plan, gross) + self.model.bucket_now() <= self.model.bucket_size

    def set_bucket_to(self, size: int) -> None:
        guardian = self.stage.guardian
        self.act("set_bucket", guardian, (size,), lambda: self.model.set_bucket(guardian, size))

    def merge_above_the_cap(self, keys: list[Key], to_asset: int, gross: int) -> None:
        """With a cap of nothing any merger is too big; and that is no reason for one alone."""
        self.set_limits("guardian", to_asset, self.model.assets[to_asset].min_deposit, 0)
        self.harvest(keys, to_asset, gross, wanted="merged above cap")
        alone = keys[:1]
        least, most = self.gross_range(self.plan_for(alone, to_asset, 0), 0)
        if least <= most:
            self.harvest(alone, to_asset, most)
        self.set_limits("admin", to_asset, 1, 100)

    @precondition(lambda self: self.harvestable_some_day() and not self.something_is_wrong())
    @rule(data=st.data(), case=st.sampled_from(("day", "day after", "harvested", "mask", "mixed")))
    def harvest_ineligible_cohorts(self, data: st.DataObject, case: str) -> None:
        """Whatever is wrong with one cohort, its harvest is refused, alone or beside good ones."""
        model = self.model
        listed = self.listed()
        if case == "day after":
            self.stage.travel(DAY)
            self.stage.refresh()
        if case in ("day", "day after"):
            keys = [key for key in self.open_cohorts() if key.policy and self.is_young(key)]
            wanted = "held too short"
        elif case == "harvested":
            keys = sorted(key for key, cohort in model.cohorts.items() if cohort.harvest)
            wanted = "cohort harvested"
        elif case == "mask":
            keys = [key for key in self.open_cohorts() if not model.policies[key.policy].mask]
            wanted = "not a replacement"
        else:
            keys = self.open_cohorts()
            if len({key.asset for key in keys}) > 1:
                # Either an asset too many, or something else that is wrong with one of them.
                self.harvest(keys, self.choose(data, listed or [0], "to"), 10**6)
            return
        if keys and listed:
            key = self.choose(data, keys, "cohort")
            targets = [
                to
                for to in listed
                if to != key.asset
                and ("day" not in case or model.policies[key.policy].mask >> to & 1)
            ]
            if targets:
                to_asset = self.choose(data, targets, "to")
                self.harvest([key], to_asset, 10**6, wanted=wanted)

    @precondition(lambda self: self.harvestable_some_day())
    @rule(data=st.data())
    def harvest_at_the_edge_of_its_loss(self, data: st.DataObject) -> None:
        """At the highest price that is loss enough, and one unit of the base's feed above it."""
        self.stage.travel(4 * DAY)
        self.stage.refresh()
        key = self.choose(data, [key for key in self.open_cohorts() if key.policy], "cohort")
        targets = [to for to in self.listed() if self.highest_price(key, to)]
        if not targets:
            return
        to_asset = self.choose(data, targets, "to")
        highest = self.highest_price(key, to_asset)
        self.stage.set_answer(BASE, highest + FEED_UNIT)
        self.harvest([key], to_asset, 10**6, wanted="loss too small")
        self.stage.set_answer(BASE, highest)
        if self.can_be_sold([key], to_asset):
            self.harvest_inside(data, [key], to_asset, 500, (), True)

    def highest_price(self, key: Key, to_asset: int) -> int:
        """The highest base answer at which the cohort may be harvested; 0 if there is none."""
        feed = self.model.feeds[BASE]
        before, low, high = feed.answer, 2 * WAD // FEED_UNIT, feed.maximum // FEED_UNIT
        while high - low > 1:
            feed.answer = (low + high) // 2 * FEED_UNIT
            if self.model.eligible(key, to_asset):
                low = feed.answer // FEED_UNIT
            else:
                high = feed.answer // FEED_UNIT
        feed.answer = low * FEED_UNIT
        found = self.model.eligible(key, to_asset) and high < feed.maximum // FEED_UNIT
        feed.answer = before
        return low * FEED_UNIT if found else 0

    def is_young(self, key: Key) -> bool:
        return self.model.today <= key.day + self.model.policies[key.policy].min_hold_days

    # ------------------------------------------------------------ ways in
    @precondition(lambda self: self.room() and self.listed())
    @rule(
        data=st.data(),
        case=st.sampled_from(
            (
                "policy",
                "hash",
                "minimum",
                "cap",
                "basis",
                "shard",
                "future",
                "asset",
                "late",
            )
        ),
    )
    def enter_wrongly(self, data: st.DataObject, case: str) -> None:
        model, owner = self.model, self.choose(data, self.stage.owners, "owner")
        asset = self.choose(data, self.listed(), "asset")
        listing = model.assets[asset]
        units, policy, shard, basis, age = max(listing.min_deposit, 100), 0, 0, 10**20, 0
        if case == "policy":
            policy, wanted = len(model.policies), "unknown policy"
        elif case == "minimum":
            units = listing.min_deposit - 1
            wanted = "below minimum deposit"
            if units < 0:
                return
        elif case == "cap":
            units, wanted = listing.cap + 1, "cohorts full"
            basis = units
        elif case == "basis":
            # No basis of 128 bits makes a unit basis of more than 188: 2**128 * 10**18 < 2**188.
            basis, wanted = 2**128, "basis too large"
        elif case == "shard":
            shard, wanted = 2**31 - 8, "no such shard"
        elif case == "future":
            age, wanted = -1, "acquired in future"
        elif case == "hash":
            self.deposit_with_wrong_hash(owner, asset, units)
            return
        elif case == "asset":
            self.deposit_of_unlisted(owner)
            return
        else:
            self.buy_late(owner, asset)
            return
        self.deposit_declared(owner, owner, asset, units, policy, shard, basis, age, wanted=wanted)

    def deposit_with_wrong_hash(self, owner: str, asset: int, units: int) -> None:
        entry = (asset, units, 1, self.policy_hash(2), 0, owner)
        self.act(
            "deposit_declared",
            owner,
            (entry, 1, 1, NO_PERMIT),
            lambda: self.model.deposit(
                owner, owner, asset, units, 1, 0, basis=1, acquired=1, hash_ok=False
            ),
            wanted="policy hash differs",
        )

    def deposit_of_unlisted(self, owner: str) -> None:
        asset = len(self.model.assets)
        entry = (asset, 100, 1, self.policy_hash(1), 0, owner)
        self.act(
            "deposit_declared",
            owner,
            (entry, 1, 1, NO_PERMIT),
            lambda: self.model.deposit(owner, owner, asset, 100, 1, 0, basis=1, acquired=1),
            wanted="asset not listed",
        )

    def buy_late(self, owner: str, asset: int) -> None:
        leg = (self.stage.adapters[0].address, 0, b"")
        deadline = self.model.now - 1
        self.act(
            "buy",
            owner,
            (self.entry(asset, 10**6, 1, 0, owner), [leg], 0, deadline, NO_PERMIT),
            lambda: self.model.buy(
                owner, owner, asset, 10**6, 1, 1, 0, min_out=0, deadline=deadline
            ),
            wanted="deadline passed",
        )

    # ------------------------------------------------------------ what owners get wrong
    @precondition(lambda self: self.model.lots)
    @rule(
        data=st.data(),
        case=st.sampled_from(
            ("asset", "too much", "zero", "any in part", "to vault", "twice", "gone", "min out")
        ),
    )
    def leave_wrongly(self, data: st.DataObject, case: str) -> None:
        owner, number = self.choose(data, self.all_lots(), "lot")
        lot = self.model.lots[owner, number]
        asset, amount, to = lot.key.asset, ALL, owner
        if case == "asset":
            asset, wanted = (asset + 1) % 3, "lot of another asset"
        elif case == "too much":
            amount, wanted = lot.units + 1, "more than lot holds"
        elif case == "zero":
            amount, wanted = 0, "zero amount"
        elif case == "any in part":
            asset, amount, wanted = ALL, 1, "any asset needs all units"
        elif case == "to vault":
            to, wanted = self.vault, "bad receiver"
        elif case == "gone":
            number, wanted = self.model.counts[owner], "no such lot"
        elif case == "twice":
            items = [(number, ALL), (number, ALL)]
            self.act(
                "withdraw_many",
                owner,
                (items, asset, owner),
                lambda: self.model.withdraw(owner, owner, items, asset),
                wanted="no such lot",
            )
            return
        else:
            self.sell_for_too_little(owner, number)
            return
        self.act(
            "withdraw",
            owner,
            (number, asset, amount, to),
            lambda: self.model.withdraw(
                owner, owner, [(number, amount)], asset, to_ok=to != self.vault
            ),
            wanted=wanted,
        )

    def sell_for_too_little(self, owner: str, number: int) -> None:
        lot, adapter = self.model.lots[owner, number], self.stage.adapters[0].address
        if adapter not in self.model.adapters or not lot.units:
            return
        self.stage.set_rate(lot.key.asset, QUOTE, 1, 1)
        paid, now = lot.units, self.model.now
        self.act(
            "sell",
            owner,
            ([(number, ALL)], lot.key.asset, [(adapter, 0, b"")], paid + 1, now, owner),
            lambda: self.model.sell(
                owner, [(number, ALL)], lot.key.asset, paid, min_out=paid + 1, deadline=now
            ),
            wanted="too little out",
        )

    @precondition(lambda self: self.model.offers)
    @rule(
        data=st.data(),
        case=st.sampled_from(
            ("nonce", "units", "basis", "acquired", "flags", "policy", "asset", "other")
        ),
    )
    def claim_wrongly(self, data: st.DataObject, case: str) -> None:
        owner, number = self.choose(data, self.model.offers, "offer")
        offer = self.model.offers[owner, number]
        terms, nonce, claimer = self.terms(owner, number), offer.nonce, offer.to
        wanted = "lot not as claimed"
        if case == "nonce":
            nonce, wanted = nonce + 1, "no such offer"
        elif case == "other":
            claimer, wanted = self.stage.stranger, "no such offer"
        elif case == "asset":
            terms["asset"], wanted = (terms["asset"] + 1) % 3, "lot of another asset"
        elif case == "units":
            terms["min_units"] += 1
        elif case == "flags":
            terms["flags"] ^= 1
        else:
            terms[case] += 1
        self.act(
            "claim_lot",
            claimer,
            (owner, number, nonce, tuple(terms.values())),
            lambda: self.model.claim(claimer, owner, number, nonce, **terms),
            wanted=wanted,
        )

    # ------------------------------------------------------------ policies and roles
    @rule(
        case=st.sampled_from(
            ("cost", "slippage", "fee", "hold", "loss", "tax", "mask", "keeper", "quote")
        )
    )
    def policy_or_role_out_of_range(self, case: str) -> None:
        cost, slippage, fee = self.model.bounds
        good = Policy(0, 321, 1, 1, 1, 1, 1)
        cases = {
            "cost": ({"max_cost": cost + 1}, "max_cost too high"),
            "slippage": ({"max_slippage": slippage + 1}, "max_slippage too high"),
            "fee": ({"max_fee": fee + 1}, "max_fee too high"),
            "hold": ({"min_hold_days": 0}, "hold below one day"),
            "loss": ({"min_loss": BPS + 1}, "min_loss too high"),
            "tax": ({"tax_value": BPS + 1}, "tax_value too high"),
            "mask": ({"mask": 1 << len(self.model.assets)}, "unlisted replacement"),
        }
        if case in cases:
            change, wanted = cases[case]
            policy = Policy(**{**good.__dict__, **change})
            self.act(
                "create_policy",
                self.stage.stranger,
                (policy_word(policy),),
                lambda: self.model.create_policy(policy),
                wanted=wanted,
            )
        elif case == "keeper":
            guardian, stranger = self.stage.guardian, self.stage.stranger
            self.act(
                "set_roles",
                guardian,
                (stranger, 4),
                lambda: self.model.set_roles(guardian, stranger, 4),
                wanted="guardian only tightens",
            )
        else:
            config = (self.stage.quote.address, self.stage.feed_config(0), 0, 1)
            self.stage_refused("list_asset", self.stage.admin, (config,), "not an asset")
