"""The machine without rules: every action goes through `act`, every step ends in the invariants.

`act` asks the model first and the vault second. The model either does the work or names the reason
for which the vault must refuse; anything else fails the run. Balances of everybody who matters are
mirrored in `purse` by what the model says must have moved.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, TypeVar

import boa
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant

from tests.stateful import invariants
from tests.stateful.chain import Receipt
from tests.stateful.invariants import pack_key, policy_word
from tests.stateful.model import ALL, QUOTE, TOP_SEQ, Key, Model, Policy, Refused
from tests.stateful.stage import Setting, Stage
from tests.stateful.storage import storage_differences
from tests.stateful.tally import TALLY
from vaultsdk.core.events import event_of
from vaultsdk.core.ledger import Ledger

T = TypeVar("T")

NO_PERMIT = (0, 0, b"\0" * 32, b"\0" * 32)
FULL_CHECK_LOTS = 8  # up to so many lots every owner leaves after every step
FULL_CHECK_STEPS = 4  # else one owner a step, and all of them every so many steps

# Two policies that everybody knows from the start: a patient one and an eager one.
POLICIES = (
    Policy(0b111, 500, 3_000, 300, 50, 1, 3_000),
    Policy(0b111, 100, 5_000, 500, 100, 2, 3_500),
    Policy(0b110, 0, 5_000, 400, 200, 1, 2_000),
)


class VaultMachine(RuleBasedStateMachine):
    """A vault, its model, and the invariants of docs/design.md after every step."""

    stage: Stage
    tally = TALLY

    def __init__(self) -> None:
        super().__init__()
        self._anchor = boa.env.anchor()
        self._anchor.__enter__()
        boa.env.sstore_trace = {}
        self.purse: Counter[tuple[str, int]] = Counter()
        self.steps = 0
        self.sound = False  # nothing has gone wrong so far, the last step's invariants included
        self.transactions = 0
        self.ledger = Ledger()

    def teardown(self) -> None:
        try:
            if self.sound:
                invariants.getters_equal_replay(self.stage, self.ledger.state())
                self.check_purses(self.stage.owners)
                self.everybody_leaves(self.stage.owners)
        finally:
            self._anchor.__exit__(None, None, None)

    @property
    def model(self) -> Model:
        return self.stage.model

    @property
    def vault(self) -> str:
        return self.stage.vault.address

    @initialize(
        decimals=st.permutations((18, 8, 6)),
        kinds=st.tuples(
            st.sampled_from(("plain", "hostile")),
            st.sampled_from(("plain", "noreturn", "hostile")),
            st.sampled_from(("plain", "noreturn", "hostile")),
        ),
        layer2=st.booleans(),
    )
    def start(self, decimals: list[int], kinds: tuple[str, ...], layer2: bool) -> None:
        self.stage = Stage(Setting(tuple(decimals), kinds, layer2))
        self.replay(self.stage.constructor_logs)
        for policy in POLICIES:
            self.act(
                "create_policy",
                self.stage.stranger,
                (policy_word(policy),),
                lambda policy=policy: self.model.create_policy(policy),
            )
        # So that no run is empty: each owner has a lot of another asset under a policy of his own,
        # and one that shares a cohort with everybody's.
        for i, owner in enumerate(self.stage.owners):
            for asset, policy, units in ((i, i + 1, 10 * self.scale(i)), (0, 1, self.scale(0) + i)):
                basis = 2 * self.value(asset, units)
                self.deposit_declared(owner, owner, asset, units, policy, 0, basis, 0)

    # ------------------------------------------------------------ one action
    def act(
        self,
        name: str,
        sender: str,
        args: tuple[Any, ...],
        model: Callable[[], T],
        *,
        wanted: str | None = None,
    ) -> tuple[Receipt, T | None]:
        """Send a transaction and do the same in the model; both must agree on the outcome.

        `wanted`: this action is made to be refused for that reason; the model must know it too.
        """
        self.sound = False
        before = self.model.copy()
        result: T | None = None
        refusal: str | None = None
        try:
            result = model()
        except Refused as no:
            refusal = no.reason
            self.stage.model = before
        receipt = self.stage.vault.send(sender, name, *args)
        self.tally.count(name, receipt.ok, receipt.reason, provoked=wanted is not None)
        if wanted is not None:
            assert refusal == wanted, f"{name}: model says {refusal!r}, the rule wants {wanted!r}"
        if refusal is None:
            assert receipt.ok, f"{name}: refused with {receipt.reason!r}, the model allows it"
        else:
            assert not receipt.ok, f"{name}: done, the model refuses it: {refusal}"
            assert receipt.reason == refusal, f"{name}: {receipt.reason!r} instead of {refusal!r}"
        self.replay(receipt.logs)
        self.check_armed_tokens()
        return receipt, result

    def replay(self, logs: tuple[Any, ...]) -> None:
        """Give a transaction's logs to the ledger: each transaction is a block of its own."""
        self.transactions += 1
        for index, log in enumerate(logs):
            self.ledger.apply(
                event_of(
                    log.name,
                    log.args,
                    block_number=self.transactions,
                    timestamp=self.model.now,
                    tx_hash=f"0x{self.transactions:064x}",
                    log_index=index,
                )
            )

    def move(self, asset: int, units: int, *, giver: str | None, taker: str | None) -> None:
        """Mirror a transfer; None is a mint or a pool, whose balances nobody watches."""
        if giver is not None:
            self.purse[giver, asset] -= units
        if taker is not None:
            self.purse[taker, asset] += units

    def fund(self, asset: int, holder: str, units: int) -> None:
        self.stage.token(asset).must(self.stage.admin, "mint", holder, units)
        self.move(asset, units, giver=None, taker=holder)

    def policy_hash(self, policy: int) -> bytes:
        return invariants.policy_hash(self.model.policies[policy])

    def scale(self, asset: int) -> int:
        return self.model.assets[asset].scale

    def value(self, asset: int, units: int) -> int:
        """USD wad at the true answers of the feeds, whatever they say now; for choosing numbers."""
        feeds = self.model.feeds
        price = feeds[128].answer * feeds[asset].answer // 10**18
        return units * price // self.model.assets[asset].scale

    # ------------------------------------------------------------ used by several rules
    def entry(
        self, asset: int, amount: int, policy: int, shard: int, owner: str
    ) -> tuple[Any, ...]:
        known = policy if policy < len(self.model.policies) else 0
        return (asset, amount, policy, self.policy_hash(known), shard, owner)

    def deposit_declared(
        self,
        payer: str,
        owner: str,
        asset: int,
        units: int,
        policy: int,
        shard: int,
        basis: int,
        age: int,
        *,
        wanted: str | None = None,
    ) -> int | None:
        self.fund(asset, payer, units)
        acquired = self.model.now - age
        entry = self.entry(asset, units, policy, shard, owner)
        receipt, lot = self.act(
            "deposit_declared",
            payer,
            (entry, basis, acquired, NO_PERMIT),
            lambda: self.model.deposit(
                payer, owner, asset, units, policy, shard, basis=basis, acquired=acquired
            ),
            wanted=wanted,
        )
        if receipt.ok:
            assert receipt.value == lot
            self.move(asset, units, giver=payer, taker=self.vault)
        return lot

    def check_armed_tokens(self) -> None:
        """Whatever a token called in the middle of a transfer must have been refused."""
        for token, kind in zip(self.stage.tokens, self.stage.setting.kinds, strict=True):
            if kind == "hostile" and token.read("calls_made"):
                assert not token.read("last_success"), "a token got into the vault from a transfer"

    # ------------------------------------------------------------ invariants
    @invariant()
    def after_every_step(self) -> None:
        self.steps += 1
        model = self.model
        invariants.solvency(model, self.purse, self.vault)
        invariants.conservation(model)
        invariants.bucket_windows(model)
        self.check_purses((self.vault, self.stage.keeper, self.stage.stranger))
        state = self.ledger.state()
        differences = storage_differences(self.vault, state, self.stage.layout)
        assert not differences, "replay differs from storage:\n" + "\n".join(differences)
        hops = invariants.replay_equals_model(model, state)
        self.tally.hops = max(self.tally.hops, hops)
        self.can_always_withdraw()
        self.sound = True

    def check_purses(self, holders: tuple[str, ...]) -> None:
        """Real balances are what the model says: a keeper's are its fees, a stranger's nothing."""
        for holder in holders:
            for asset in (*range(len(self.model.assets)), QUOTE):
                found = self.stage.balance(asset, holder)
                wanted = self.purse[holder, asset]
                assert found == wanted, f"{holder} has {found} of asset {asset}, not {wanted}"

    def can_always_withdraw(self) -> None:
        """Inside an anchor: the worst of everything, and owners leave with all that is theirs."""
        owners = self.stage.owners
        if len(self.model.lots) > FULL_CHECK_LOTS and self.steps % FULL_CHECK_STEPS:
            owners = (owners[self.steps % len(owners)],)
        saved, purse = self.stage.model, self.purse.copy()
        self.stage.model = saved.copy()
        with boa.env.anchor():
            self.stage.kill_everything()
            self.everybody_leaves(owners)
        self.stage.model, self.purse = saved, purse

    def everybody_leaves(self, owners: tuple[str, ...]) -> None:
        """Owners withdraw every lot, and get exactly the units that the model has for them."""
        for owner in owners:
            for asset, _ in enumerate(self.model.assets):
                lots = {
                    number: lot
                    for (who, number), lot in self.model.lots.items()
                    if who == owner and lot.key.asset == asset
                }
                if not lots:
                    continue
                had = self.stage.balance(asset, self.stage.sink)
                logs = []
                if len(lots) == 1:
                    # Alone by the plain call, that names no asset: whatever the lot has become.
                    (number,) = lots
                    args = (number, ALL, ALL, self.stage.sink)
                    logs += self.stage.vault.must(owner, "withdraw", *args).logs
                else:
                    for start in range(0, len(lots), 32):
                        items = [(number, ALL) for number in sorted(lots)[start : start + 32]]
                        args = (items, asset, self.stage.sink)
                        logs += self.stage.vault.must(owner, "withdraw_many", *args).logs
                got = self.stage.balance(asset, self.stage.sink) - had
                assert got == sum(lot.units for lot in lots.values()), "an exit paid another amount"
                closed = [log.args for log in logs if log.name == "LotReduced"]
                assert len(closed) == len(lots)
                for event in closed:
                    lot = lots[event["lot"]]
                    found = (
                        event["key"],
                        event["units"],
                        event["basis"],
                        event["acquired_at"],
                        event["flags"],
                    )
                    wanted = (pack_key(lot.key), lot.units, lot.basis, lot.acquired, lot.flags)
                    assert found == wanted, f"lot {event['lot']}: {found}, the model has {wanted}"
                    assert (event["units_left"], event["basis_left"]) == (0, 0)

    # ------------------------------------------------------------ choosing
    def choose(self, data: st.DataObject, options: Any, label: str = "") -> Any:
        """One of several things that exist now."""
        return data.draw(st.sampled_from(sorted(options)), label=label or None)

    def all_lots(self) -> list[tuple[str, int]]:
        return sorted(self.model.lots)

    def open_cohorts(self) -> list[Key]:
        return sorted(k for k, c in self.model.cohorts.items() if c.units and not c.harvest)

    def is_harvest_cohort(self, key: Key) -> bool:
        return key.seq >= TOP_SEQ
