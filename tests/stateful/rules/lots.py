"""What owners do with lots that stay: policies, offers, claims; and rolls, which anyone may do."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.stateful.base import policy_word
from tests.stateful.model import ALL, BPS, Policy
from tests.stateful.rules.ways_in import shards
from tests.stateful.rules.ways_out import WaysOut


class Lots(WaysOut):
    """Changes of policy, offers, claims, rolls."""

    @rule(
        mask=st.integers(1, 7),
        min_loss=st.sampled_from((0, 100, 1_000)),
        max_cost=st.sampled_from((0, 2_500, 5_000)),
        max_slippage=st.sampled_from((100, 300, 500)),
        max_fee=st.sampled_from((0, 30, 200)),
        days=st.integers(1, 3),
    )
    @precondition(lambda self: len(self.model.policies) < 8)
    def create_policy(
        self, mask: int, min_loss: int, max_cost: int, max_slippage: int, max_fee: int, days: int
    ) -> None:
        listed = sum(1 << asset for asset in self.listed())
        policy = Policy(mask & listed, min_loss, max_cost, max_slippage, max_fee, days, BPS)
        receipt, number = self.act(
            "create_policy",
            self.stage.stranger,
            (policy_word(policy),),
            lambda: self.model.create_policy(policy),
        )
        assert receipt.value == number

    @precondition(lambda self: self.model.lots)
    @rule(data=st.data(), shard=shards)
    def change_policy(self, data: st.DataObject, shard: int) -> None:
        owner, number = self.choose(data, self.all_lots(), "lot")
        asset = self.model.lots[owner, number].key.asset
        amount, policy = self.draw_amount(data, owner, number), self.draw_policy(data)
        receipt, lot = self.act(
            "change_policy",
            owner,
            (number, asset, amount, policy, self.policy_hash(policy), shard),
            lambda: self.model.change_policy(owner, number, asset, amount, policy, shard),
        )
        if receipt.ok:
            assert receipt.value == lot

    @precondition(lambda self: self.model.lots)
    @rule(data=st.data(), noise=st.binary(min_size=32, max_size=32))
    def stop_all_harvests(self, data: st.DataObject, noise: bytes) -> None:
        """A change to hold that names any asset is never refused; the hash does not matter."""
        owner, number = self.choose(data, self.all_lots(), "lot")
        receipt, _ = self.act(
            "change_policy",
            owner,
            (number, ALL, ALL, 0, noise, 0),
            lambda: self.model.change_policy(owner, number, ALL, ALL, 0, 0),
        )
        assert receipt.ok

    # ------------------------------------------------------------ offers
    @precondition(lambda self: self.model.lots)
    @rule(data=st.data(), kind=st.integers(0, 2), cancel=st.sampled_from((False, False, True)))
    def offer_lot(self, data: st.DataObject, kind: int, cancel: bool) -> None:
        owner, number = self.choose(data, self.all_lots(), "lot")
        to = "" if cancel else self.choose(data, self.stage.owners, "to")
        receipt, nonce = self.act(
            "offer_lot",
            owner,
            (number, to or "0x" + "00" * 20, kind),
            lambda: self.model.offer(owner, number, to, kind),
        )
        assert receipt.value == nonce

    def terms(self, owner: str, number: int) -> dict[str, int]:
        """The lot as a claimer sees it now."""
        lot = self.model.lots[owner, number]
        return {
            "asset": lot.key.asset,
            "min_units": lot.units,
            "basis": lot.basis,
            "acquired": lot.acquired,
            "flags": lot.flags,
            "policy": lot.key.policy,
        }

    @precondition(lambda self: self.model.offers)
    @rule(data=st.data(), fewer=st.integers(0, 5), any_asset=st.booleans())
    def claim_lot(self, data: st.DataObject, fewer: int, any_asset: bool) -> None:
        owner, number = self.choose(data, self.model.offers, "offer")
        offer = self.model.offers[owner, number]
        terms = self.terms(owner, number)
        terms["min_units"] = max(0, terms["min_units"] - fewer)
        if any_asset:
            terms["asset"] = ALL
        receipt, lot = self.act(
            "claim_lot",
            offer.to,
            (owner, number, offer.nonce, tuple(terms.values())),
            lambda: self.model.claim(offer.to, owner, number, offer.nonce, **terms),
        )
        assert receipt.value == lot

    # ------------------------------------------------------------ rolls
    @precondition(lambda self: self.model.lots)
    @rule(data=st.data(), hops=st.integers(0, 70))
    def roll(self, data: st.DataObject, hops: int) -> None:
        """By a stranger, some hops; nothing changes but what is stored."""
        owner, number = self.choose(data, self.all_lots(), "lot")
        behind = self.hops_behind(owner, number)
        receipt, _ = self.act("roll", self.stage.stranger, (owner, number, hops), lambda: None)
        assert receipt.value == min(hops, behind, 64)
        assert self.hops_behind(owner, number) == behind - receipt.value

    def hops_behind(self, owner: str, number: int) -> int:
        return self.ledger.state().rolled(owner, number).hops
