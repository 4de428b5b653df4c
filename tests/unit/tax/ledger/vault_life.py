"""Random lives of a vault, as the log that it would write: every action rolls its lot first, splits
and harvests round as the contract does. The core's ledger refuses whatever is not consistent.
"""

from __future__ import annotations

from random import Random
from typing import Any

from tests.unit.core.script import DAY, KEEPER, POLICY, TOKEN_A, Script, asset
from vaultsdk.core.band import band
from vaultsdk.core.cohort import CohortKey, harvest_seq
from vaultsdk.core.ledger import Ledger
from vaultsdk.core.lot import Lot, split_basis
from vaultsdk.core.model import int_to_address

Call = tuple[str, dict[str, Any]]
OWNERS = tuple(int_to_address(0xA000 + i) for i in range(3))
VAULT = int_to_address(0xBEEF)
SYMBOLS = {0: "WETH", 1: "wstETH", 2: "WHOLE"}
DECIMALS = {0: 18, 1: 6, 2: 0}
QUOTE_DECIMALS = 6
WAD = 10**18


class VaultLife:
    """A vault with three assets (of 18, 6 and no decimals), three policies and three owners."""

    def __init__(self, seed: int, steps: int = 60, begins: int = 100 * DAY) -> None:
        self.random = Random(seed)
        self.script = Script().vault()
        # 100 days: in 2025, when basis is kept by wallet. Fewer: in 2024, and lives on into it.
        self.script.tx(*asset(2, TOKEN_A, 0), after=begins)
        other = POLICY.model_copy(update={"min_loss": 2000})
        self.script.tx(("PolicyCreated", {"policy": 2, "word": other.word(), "creator": KEEPER}))
        self.ledger = Ledger()
        self.seen = 0
        self.after = 12
        self._take()
        actions = (
            [self.deposit] * 4
            + [self.buy, self.withdraw, self.withdraw, self.sell, self.sell, self.split]
            + [self.split, self.move, self.claim, self.claim, self.roll]
            + [self.harvest] * 4
        )
        for _ in range(steps):
            # Some blocks share their second with the block before, as on fast chains.
            self.after = self.random.choice([0, 1, 12, 3600, DAY, 5 * DAY, 40 * DAY])
            self.random.choice(actions)()

    # ------------------------------------------------------------ the log
    @property
    def now(self) -> int:
        return self.script.time + self.after

    def _take(self) -> None:
        self.ledger.apply_all(self.script.events[self.seen :])
        self.seen = len(self.script.events)
        self.state = self.ledger.state()

    def tx(self, calls: list[Call]) -> None:
        self.script.tx(*calls, after=self.after)
        self._take()

    # ------------------------------------------------------------ helpers
    def amount(self) -> int:
        return self.random.randint(1, 10 ** self.random.choice([1, 9, 18, 20, 20]))

    def part(self, units: int) -> int:
        return units if self.random.random() < 0.4 else self.random.randint(min(1, units), units)

    def key(self, number: int, policy: int, units: int, basis: int) -> int:
        index = band(basis * 10 ** DECIMALS[number] // units) if units else 0
        day = self.now // DAY
        keys = (
            CohortKey(asset=number, policy=policy, band=index, day=day, seq=shard).pack()
            for shard in range(1000)
        )
        return next(key for key in keys if self.state.cohort(key).is_open)

    def pick(self) -> tuple[str, int] | None:
        return self.random.choice(sorted(self.state.lots)) if self.state.lots else None

    def rolled(self, owner: str, number: int) -> tuple[Lot, list[Call]]:
        """The lot after its roll, and the log of the roll."""
        found = self.state.rolled(owner, number)
        lot = found.lot
        if not found.hops:
            return lot, []
        fields = {
            "owner": owner,
            "lot": number,
            "hops": found.hops,
            "key": lot.key.pack(),
            "units": lot.units,
            "basis": lot.basis,
            "acquired_at": lot.acquired_at,
        }
        return lot, [("LotRolled", fields)]

    def reduced(self, owner: str, number: int, lot: Lot, kind: int, units: int) -> Call:
        basis, left = split_basis(lot.units, lot.basis, units)
        return (
            "LotReduced",
            {
                "owner": owner,
                "lot": number,
                "key": lot.key.pack(),
                "kind": kind,
                "units": units,
                "basis": basis,
                "acquired_at": lot.acquired_at,
                "flags": int(lot.flags),
                "units_left": lot.units - units,
                "basis_left": left,
            },
        )

    def opened(self, owner: str, key: int, units: int, basis: int, **rest: int) -> Call:
        return (
            "LotOpened",
            {
                "owner": owner,
                "lot": self.state.lot_counts.get(owner, 0),
                "key": key,
                "units": units,
                "basis": basis,
                **rest,
            },
        )

    # ------------------------------------------------------------ actions
    def deposit(self) -> None:
        number, units, basis = self.random.choice([0, 0, 1, 2]), self.amount(), self.amount()
        declared = self.random.random() < 0.5
        acquired = self.now - self.random.randint(0, 900 * DAY) * declared
        key = self.key(number, self.random.choice([1, 2]), units, basis)
        owner = self.random.choice(OWNERS)
        source = 1 if declared else 2
        call = self.opened(
            owner, key, units, basis, acquired_at=acquired, flags=int(declared), source=source
        )
        self.tx([call])

    def buy(self) -> None:
        owner, units, basis = self.random.choice(OWNERS), self.amount(), self.amount()
        key = self.key(0, 1, units, basis)
        call = self.opened(
            owner,
            key,
            units,
            basis,
            acquired_at=self.now,
            flags=self.random.choice([0, 1]),
            source=3,
        )
        paid = {"quote_amount": self.amount(), "quote_price": WAD, "quote_time": 1}
        self.tx([call, ("Bought", {"owner": owner, "lot": call[1]["lot"], **paid})])

    def several(self, kind: int) -> tuple[str, int, int, int, list[Call]] | None:
        """Parts of up to three lots of one owner and asset: owner, asset, units, count, calls."""
        first = self.pick()
        if first is None:
            return None
        owner = first[0]
        number = self.state.rolled(*first).lot.asset
        calls: list[Call] = []
        total = count = 0
        for other in [first[1], *sorted(self.state.lots_of(owner))]:
            lot, roll = self.rolled(owner, other)
            taken = any(c[0] == "LotReduced" and c[1]["lot"] == other for c in calls)
            if lot.asset != number or count == self.random.choice([1, 2, 3]) or taken:
                continue
            units = self.part(lot.units)
            calls = [*roll, *calls, self.reduced(owner, other, lot, kind, units)]
            total, count = total + units, count + 1
        return (owner, number, total, count, calls) if count else None

    def withdraw(self) -> None:
        found = self.several(1)
        if found is None:
            return
        owner, number, total, _, calls = found
        to = self.random.choice([owner, owner, *OWNERS, KEEPER])
        last = ("Withdrawn", {"owner": owner, "asset": number, "to": to, "units": total})
        self.tx([*calls, last])

    def sell(self) -> None:
        found = self.several(2)
        if found is None:
            return
        owner, number, total, count, calls = found
        fields = {
            "owner": owner,
            "asset": number,
            "to": owner,
            "units": total,
            "quote_amount": self.amount(),
            "quote_price": self.random.choice([0, WAD, 99 * WAD // 100 + 7]),
            "quote_time": 1,
            "count": count,
        }
        self.tx([*calls, ("Sold", fields)])

    def split(self) -> None:
        found = self.pick()
        if found is None:
            return
        owner, number = found
        lot, roll = self.rolled(owner, number)
        if lot.units < 2:
            return
        units = self.random.randint(1, lot.units - 1)
        left = self.reduced(owner, number, lot, 3, units)
        basis = left[1]["basis"]
        key = self.key(lot.asset, self.random.choice([1, 2]), units, basis)
        new = self.opened(
            owner, key, units, basis, acquired_at=lot.acquired_at, flags=int(lot.flags), source=4
        )
        self.tx([*roll, left, new])

    def move(self) -> None:
        found = self.pick()
        if found is None:
            return
        owner, number = found
        lot, roll = self.rolled(owner, number)
        key = self.key(lot.asset, self.random.choice([0, 1, 2]), lot.units, lot.basis)
        if key == lot.key.pack():
            return
        fields = {"owner": owner, "lot": number, "key": key, "from_key": lot.key.pack()}
        self.tx([*roll, ("PolicyChanged", fields)])

    def claim(self) -> None:
        found = self.pick()
        if found is None:
            return
        owner, number = found
        to = self.random.choice([other for other in OWNERS if other != owner])
        lot, roll = self.rolled(owner, number)
        terms = {
            "owner": owner,
            "lot": number,
            "to": to,
            "nonce": self.state.offer_count + 1,
            "kind": self.random.choice([0, 1, 2]),
        }
        claimed = {
            **terms,
            "new_lot": self.state.lot_counts.get(to, 0),
            "key": lot.key.pack(),
            "units": lot.units,
            "basis": lot.basis,
            "acquired_at": lot.acquired_at,
            "flags": int(lot.flags),
        }
        self.tx([*roll, ("LotOffered", terms), ("LotClaimed", claimed)])

    def roll(self) -> None:
        found = self.pick()
        if found is None:
            return
        _, calls = self.rolled(*found)
        if calls:
            self.tx(calls)

    def harvest(self) -> None:
        keys = {
            key: units
            for key, units in self.state.open_cohorts().items()
            if key >> 72 & 0xFFFFFFFF and self.random.random() < 0.7
        }
        if not keys:
            return
        asset_in = self.random.choice(sorted(keys)) >> 104
        keys = {key: units for key, units in keys.items() if key >> 104 == asset_in}
        asset_out = self.random.choice([number for number in DECIMALS if number != asset_in])
        number, when = self.state.harvest_count + 1, self.now
        sold, gross = sum(keys.values()), self.amount()
        price = self.random.randint(1, WAD)  # so that the value of all fits the 128 bits of a basis
        fee = self.random.choice([0, gross // 500, self.random.randint(0, gross)])
        groups: dict[int, int] = {}
        calls: list[Call] = []
        for key, units in keys.items():
            policy = key >> 72 & 0xFFFFFFFF
            groups[policy] = groups.get(policy, 0) + units
            calls.append(("CohortHarvested", {"key": key, "harvest": number, "units": units}))
        for policy, units in groups.items():
            new = CohortKey(
                asset=asset_out,
                policy=policy,
                band=band(price),
                day=when // DAY,
                seq=harvest_seq(number),
            )
            share = (gross - fee) * units // sold
            opened = {"key": new.pack(), "harvest": number, "units": share}
            calls.append(("CohortOpened", opened))
        fields = {
            "harvest": number,
            "keeper": KEEPER,
            "asset_in": asset_in,
            "asset_out": asset_out,
            "sold": sold,
            "gross": gross,
            "fee": fee,
            "net": gross - fee,
            "price_in": self.amount(),
            "price_out": price,
            "base_price": WAD,
            "base_time": when,
            "time_in": when,
            "time_out": when,
            "bucket_used": 0,
        }
        self.tx([*calls, ("Harvested", fields)])
