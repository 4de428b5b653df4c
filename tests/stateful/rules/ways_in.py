"""Depositors come: declared, at the oracle's price, by purchase, through an operator."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.stateful.base import NO_PERMIT, VaultMachine
from tests.stateful.model import DAY, PAUSE_DEPOSITS, QUOTE

MOST_LOTS = 14  # more make every check slower and show nothing new

# Of what the units are worth now. Often the same, so that lots of several owners share cohorts.
percents = st.one_of(st.sampled_from((150, 200)), st.integers(20, 300))
shards = st.sampled_from((0, 0, 0, 1, 7, 2**31 - 9))


class WaysIn(VaultMachine):
    """Deposits and purchases."""

    def room(self) -> bool:
        return len(self.model.lots) < MOST_LOTS and not self.model.paused & PAUSE_DEPOSITS

    def listed(self) -> list[int]:
        return [i for i, asset in enumerate(self.model.assets) if asset.listed]

    def draw_units(self, data: st.DataObject, asset: int) -> int:
        """A few units, where rounding shows, or up to forty tokens."""
        scale = self.model.assets[asset].scale
        least = max(1, self.model.assets[asset].min_deposit)
        few = st.integers(least, least + 50)
        many = st.integers(scale // 10, 40 * scale)
        return data.draw(st.one_of(many, many, few), label="units")

    def draw_policy(self, data: st.DataObject) -> int:
        """Any policy, hold rarely: nothing much happens to what is held."""
        count = len(self.model.policies)
        return data.draw(st.sampled_from([*range(1, count), *range(1, count), 0]), label="policy")

    @precondition(lambda self: self.room() and self.listed())
    @rule(data=st.data(), percent=percents, shard=shards, age=st.integers(0, 900 * DAY))
    def deposit_with_declared_basis(
        self, data: st.DataObject, percent: int, shard: int, age: int
    ) -> None:
        owner = self.choose(data, self.stage.owners, "owner")
        asset = self.choose(data, self.listed(), "asset")
        units = self.draw_units(data, asset)
        policy = self.draw_policy(data)
        basis = self.value(asset, units) * percent // 100
        self.deposit_declared(owner, owner, asset, units, policy, shard, basis, age)

    @precondition(lambda self: self.room() and self.listed())
    @rule(data=st.data(), size=st.sampled_from((0, 1, 127, 128, 2**127, 2**128 - 1)))
    def deposit_with_absurd_basis(self, data: st.DataObject, size: int) -> None:
        """Harms only who declares it, or is refused for its size."""
        owner = self.choose(data, self.stage.owners, "owner")
        asset = self.choose(data, self.listed(), "asset")
        units = self.draw_units(data, asset)
        self.deposit_declared(owner, owner, asset, units, self.draw_policy(data), 0, size, 0)

    @precondition(lambda self: self.room() and self.listed())
    @rule(data=st.data(), shard=shards)
    def deposit_at_the_oracles_price(self, data: st.DataObject, shard: int) -> None:
        owner = self.choose(data, self.stage.owners, "owner")
        asset = self.choose(data, self.listed(), "asset")
        units, policy = self.draw_units(data, asset), self.draw_policy(data)
        self.fund(asset, owner, units)
        receipt, lot = self.act(
            "deposit",
            owner,
            (self.entry(asset, units, policy, shard, owner), NO_PERMIT),
            lambda: self.model.deposit(owner, owner, asset, units, policy, shard),
        )
        if receipt.ok:
            assert receipt.value == lot
            self.move(asset, units, giver=owner, taker=self.vault)

    @precondition(lambda self: self.room() and self.listed())
    @rule(
        data=st.data(),
        dollars=st.integers(1, 20_000),
        off=st.sampled_from((0, 0, 100, -150, 500, -900)),
        strict=st.booleans(),
    )
    def buy(self, data: st.DataObject, dollars: int, off: int, strict: bool) -> None:
        """At the feeds' price, or `off` it by so many bps: then the basis counts as declared."""
        owner = self.choose(data, self.stage.owners, "owner")
        asset = self.choose(data, self.listed(), "asset")
        policy = self.draw_policy(data)
        paid = dollars * 10**6
        scale = self.model.assets[asset].scale
        received = dollars * 10**18 * scale * (10_000 + off) // 10_000 // self.value(asset, scale)
        least = self.model.assets[asset].min_deposit
        received = max(received, least, 1)
        self.stage.set_rate(QUOTE, asset, received, paid)
        self.fund(QUOTE, owner, paid)
        leg = (self.stage.adapters[0].address, 0, b"")
        min_out = received if strict else 0
        receipt, lot = self.act(
            "buy",
            owner,
            (self.entry(asset, paid, policy, 0, owner), [leg], min_out, self.model.now, NO_PERMIT),
            lambda: self.model.buy(
                owner,
                owner,
                asset,
                paid,
                received,
                policy,
                0,
                min_out=min_out,
                deadline=self.model.now,
                swap_refuses=self.adapter_refuses(0),
            ),
        )
        if receipt.ok:
            assert receipt.value == lot
            self.move(QUOTE, paid, giver=owner, taker=None)
            self.move(asset, received, giver=None, taker=self.vault)

    def adapter_refuses(self, index: int) -> str:
        """Why the vault would not call this adapter, or nothing."""
        listed = self.stage.adapters[index].address in self.model.adapters
        return "" if listed else "adapter not listed"

    # ------------------------------------------------------------ operators
    @rule(data=st.data(), approved=st.sampled_from((True, True, False)))
    def set_operator(self, data: st.DataObject, approved: bool) -> None:
        owner = self.choose(data, self.stage.owners, "owner")
        self.act(
            "set_operator",
            owner,
            (self.stage.gate, approved),
            lambda: self.model.set_operator(owner, self.stage.gate, approved),
        )

    @precondition(lambda self: self.room() and self.listed() and self.model.operators)
    @rule(data=st.data(), percent=percents)
    def deposit_through_an_operator(self, data: st.DataObject, percent: int) -> None:
        """The operator pays, the owner has the lot."""
        owner, gate = self.choose(data, self.model.operators, "owner and operator")
        asset = self.choose(data, self.listed(), "asset")
        units = self.draw_units(data, asset)
        basis = self.value(asset, units) * percent // 100
        self.deposit_declared(gate, owner, asset, units, self.draw_policy(data), 0, basis, 0)
