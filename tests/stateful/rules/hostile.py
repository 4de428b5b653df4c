"""Adapters that cheat in the middle of a harvest, tokens that call the vault from a transfer."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.stateful import stage as modes
from tests.stateful.base import NO_PERMIT, policy_word
from tests.stateful.invariants import pack_key
from tests.stateful.model import ALL, BPS, Policy
from tests.stateful.rules.authority import Authority


class Hostile(Authority):
    """Everything here is refused or harmless."""

    def hostile_call(self, data: st.DataObject) -> bytes:
        """A call that would go through for anybody, were it not for the lock."""
        stranger = self.stage.stranger
        options = [
            self.stage.vault.data("set_operator", stranger, True),
            self.stage.vault.data("create_policy", policy_word(Policy(1, 77, 1, 1, 1, 1, 1))),
            self.stage.vault.data("harvest_count"),
            self.stage.vault.data("held", 0),
            self.stage.vault.data("price", 0),
        ]
        if self.model.lots:
            owner, number = self.choose(data, self.all_lots())
            options += [
                self.stage.vault.data("roll", owner, number, 64),
                self.stage.vault.data("lots", owner, number),
            ]
        return data.draw(st.sampled_from(options), label="call")

    @precondition(lambda self: "hostile" in self.stage.setting.kinds)
    @rule(data=st.data(), times=st.integers(1, 4), after=st.booleans())
    def arm_a_token(self, data: st.DataObject, times: int, after: bool) -> None:
        """Its next transfers call the vault; `act` sees that no such call succeeds."""
        kinds = self.stage.setting.kinds
        index = self.choose(data, [i for i, kind in enumerate(kinds) if kind == "hostile"])
        token = self.stage.tokens[index]
        args = (self.vault, self.hostile_call(data), times, after)
        token.must(self.stage.stranger, "set_call", *args)
        # The vault read its decimals once, when it was listed.
        token.must(self.stage.stranger, "set_decimals", times)

    @precondition(
        lambda self: "hostile" in self.stage.setting.kinds and self.room() and self.listed()
    )
    @rule(data=st.data(), cheat=st.sampled_from(("set_fee", "set_answers_false")))
    def deposit_of_a_cheating_token(self, data: st.DataObject, cheat: str) -> None:
        """A token that charges for a transfer, or that moves nothing and answers false."""
        kinds = self.stage.setting.kinds
        options = [i for i in self.listed() if kinds[i] == "hostile"]
        if not options:
            return
        asset = self.choose(data, options, "asset")
        owner = self.choose(data, self.stage.owners, "owner")
        token, units = self.stage.tokens[asset], self.scale(asset)
        self.fund(asset, owner, units)
        charges = cheat == "set_fee"
        token.must(self.stage.stranger, cheat, 100 if charges else True)
        reason = "token took a fee" if charges else "transfer failed"
        args = (self.entry(asset, units, 0, 0, owner), 0, 0, NO_PERMIT)
        self.stage_refused("deposit_declared", owner, args, reason)
        token.must(self.stage.stranger, cheat, 0 if charges else False)

    @precondition(lambda self: self.eligible() and len(self.model.adapters) == 2)
    @rule(
        data=st.data(),
        mode=st.sampled_from(
            (
                modes.KEEPS,
                modes.PAYS_SHORT,
                modes.CALLS,
                modes.LYING,
                modes.PARTIAL,
                modes.GIVES_BACK,
                modes.PAYS_TWICE,
                modes.REVERTS,
            )
        ),
        share=st.sampled_from((0, 5_000, 9_990)),
    )
    def harvest_through_a_cheat(self, data: st.DataObject, mode: int, share: int) -> None:
        _, to_asset, keys = data.draw(st.sampled_from(self.eligible()), label="harvest")
        plan = self.plan_for(keys, to_asset, 0)
        least, most = self.gross_range(plan, 0)
        gross = (least + most) // 2
        sold, paid, refuses = plan.sold, gross, ""
        if mode == modes.KEEPS:
            paid = 0
        elif mode == modes.PAYS_SHORT:
            paid = gross * share // BPS
        elif mode == modes.PARTIAL:
            paid = (sold * share // BPS) * gross // sold
        elif mode == modes.PAYS_TWICE:
            paid = 2 * gross
        elif mode == modes.GIVES_BACK:
            refuses = "sold another amount"
        elif mode == modes.REVERTS:
            refuses = "hostile: no"
        self.stage.set_adapter_mode(mode, share)
        for adapter in self.stage.adapters:
            adapter.must(self.stage.admin, "set_call", self.vault, self.hostile_call(data))
        self.harvest(keys, to_asset, gross, paid=paid, swap_refuses=refuses)
        if mode == modes.CALLS:
            assert not self.stage.adapters[0].read("last_success"), "an adapter got into the vault"
        self.stage.set_adapter_mode(modes.HONEST)

    @precondition(lambda self: self.model.lots)
    @rule(data=st.data(), asset=st.sampled_from((0, 1, 2)))
    def stranger_tries(self, data: st.DataObject, asset: int) -> None:
        """What is not one's own cannot be taken, moved, offered or claimed; nor may the keeper do
        anything but harvest, or a stranger even that."""
        stranger = self.choose(data, (self.stage.stranger, self.stage.keeper), "who")
        owner, number = self.choose(data, self.all_lots(), "lot")
        key = pack_key(self.model.lots[owner, number].key)
        leg = (self.stage.adapters[0].address, 0, b"")
        entry = self.entry(asset, 10**6, 0, 0, owner)
        now = self.model.now
        tries = {
            "withdraw": ((number, ALL, ALL, stranger, owner), "not the owner"),
            "withdraw_many": (([(number, ALL)], ALL, stranger, owner), "not the owner"),
            "sell": (([(number, ALL)], ALL, [leg], 0, now, stranger), "no such lot"),
            "change_policy": ((number, ALL, ALL, 0, b"\0" * 32, 0), "no such lot"),
            "offer_lot": ((number, stranger, 2), "no such lot"),
            "claim_lot": (
                (owner, number, self.model.offer_count, (ALL, 0, 0, 0, 0, 0)),
                "no such offer",
            ),
            "deposit_declared": ((entry, 0, 0, NO_PERMIT), "not the owner"),
            "harvest": (([key], asset, [leg], 0, 0, 0, now), "missing role"),
            "set_paused": ((3,), "not admin or guardian"),
            "set_bucket": ((1,), "not admin or guardian"),
            "set_listed": ((asset, False), "not admin or guardian"),
            "set_adapter": ((leg[0], False), "not admin or guardian"),
            "set_roles": ((stranger, 7), "not admin or guardian"),
            "list_asset": (
                ((self.stage.quote.address, self.stage.feed_config(0), 0, 0),),
                "missing role",
            ),
        }
        name = data.draw(st.sampled_from(sorted(tries)), label="what")
        if name == "harvest" and stranger == self.stage.keeper:
            return
        args, reason = tries[name]
        self.stage_refused(name, stranger, args, reason)

    def stage_refused(self, name: str, sender: str, args: tuple[object, ...], reason: str) -> None:
        """An attempt that the model has no entry for: it must be refused for this reason."""
        self.sound = False
        receipt = self.stage.vault.send(sender, name, *args)
        self.tally.count(name, receipt.ok, receipt.reason, provoked=True)
        assert not receipt.ok, f"{name} by {sender} went through"
        allowed = {reason}
        if name == "deposit_declared":
            # Checked before whose lot it would be.
            allowed |= {"paused", "asset not listed"}
        assert receipt.reason in allowed, f"{name}: {receipt.reason!r} instead of {allowed}"
