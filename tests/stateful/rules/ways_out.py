"""Owners go: in kind, in part, in batches, by sale, through an operator."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.stateful.model import ALL, QUOTE
from tests.stateful.rules.ways_in import WaysIn


class WaysOut(WaysIn):
    """Withdrawals and sales."""

    def draw_items(self, data: st.DataObject) -> tuple[str, int, list[tuple[int, int]]]:
        """Some lots of one owner and one asset, each whole or in part."""
        owner, first = self.choose(data, self.all_lots(), "lot")
        asset = self.model.lots[owner, first].key.asset
        others = [
            number
            for who, number in self.all_lots()
            if who == owner and number != first and self.model.lots[who, number].key.asset == asset
        ]
        more = data.draw(st.lists(st.sampled_from(others), unique=True)) if others else []
        return owner, asset, [(n, self.draw_amount(data, owner, n)) for n in [first, *more]]

    def draw_amount(self, data: st.DataObject, owner: str, number: int) -> int:
        units = self.model.lots[owner, number].units
        parts = st.integers(1, units) if units else st.just(ALL)
        return data.draw(st.one_of(parts, parts, st.just(ALL)), label="amount")

    def part(self, owner: str, number: int, amount: int) -> int:
        return self.model.lots[owner, number].units if amount == ALL else amount

    @precondition(lambda self: self.model.lots)
    @rule(data=st.data(), any_asset=st.booleans())
    def withdraw(self, data: st.DataObject, any_asset: bool) -> None:
        owner, number = self.choose(data, self.all_lots(), "lot")
        asset = self.model.lots[owner, number].key.asset
        amount = ALL if any_asset else self.draw_amount(data, owner, number)
        self.leave(owner, owner, [(number, amount)], ALL if any_asset else asset, asset)

    @precondition(lambda self: self.model.lots)
    @rule(data=st.data())
    def withdraw_many(self, data: st.DataObject) -> None:
        owner, asset, items = self.draw_items(data)
        receipt, units = self.act(
            "withdraw_many",
            owner,
            (items, asset, owner),
            lambda: self.model.withdraw(owner, owner, items, asset),
        )
        if receipt.ok:
            assert receipt.value == units
            self.move(asset, units or 0, giver=self.vault, taker=owner)

    @precondition(lambda self: self.model.operators and self.model.lots)
    @rule(data=st.data())
    def withdraw_through_an_operator(self, data: st.DataObject) -> None:
        trusting = {owner for owner, _ in self.model.operators}
        lots = [(owner, number) for owner, number in self.all_lots() if owner in trusting]
        if not lots:
            return
        owner, number = self.choose(data, lots, "lot")
        asset = self.model.lots[owner, number].key.asset
        amount = self.draw_amount(data, owner, number)
        self.leave(self.stage.gate, owner, [(number, amount)], asset, asset)

    def leave(
        self, sender: str, owner: str, items: list[tuple[int, int]], named: int, asset: int
    ) -> None:
        ((number, amount),) = items
        args = (number, named, amount, sender) + (() if sender == owner else (owner,))
        receipt, units = self.act(
            "withdraw",
            sender,
            args,
            lambda: self.model.withdraw(sender, owner, items, named),
        )
        if receipt.ok:
            assert receipt.value == units
            self.move(asset, units or 0, giver=self.vault, taker=sender)

    @precondition(lambda self: self.model.lots and len(self.model.adapters) == 2)
    @rule(
        data=st.data(),
        off=st.integers(-800, 100),
        share=st.sampled_from((0, 10**17, 10**18)),
        strict=st.booleans(),
    )
    def sell(self, data: st.DataObject, off: int, share: int, strict: bool) -> None:
        """Through both adapters, at a price that is the owner's own affair."""
        owner, asset, items = self.draw_items(data)
        units = sum(self.part(owner, number, amount) for number, amount in items)
        dollars = self.value(asset, units) * (10_000 + off) // 10_000 // 10**12
        out, per = dollars, max(units, 1)
        self.stage.set_rate(asset, QUOTE, out, per)
        first = units * share // 10**18
        paid = first * out // per + (units - first) * out // per
        legs = [
            (self.stage.adapters[0].address, share, b"first"),
            (self.stage.adapters[1].address, 0, b"second"),
        ]
        min_out = paid if strict else 0
        receipt, sold = self.act(
            "sell",
            owner,
            (items, asset, legs, min_out, self.model.now, owner),
            lambda: self.model.sell(
                owner, items, asset, paid, min_out=min_out, deadline=self.model.now
            ),
        )
        if receipt.ok:
            assert receipt.value == paid
            self.move(asset, sold or 0, giver=self.vault, taker=None)
            self.move(QUOTE, paid, giver=None, taker=owner)
