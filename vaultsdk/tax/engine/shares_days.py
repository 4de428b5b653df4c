"""A holding by days: what one person's class of units did on each of them.

All of a class that one person acquires on a day is one acquisition, and all that he disposes of on
a day is one disposal (TCGA 1992 s. 105(1)(a)). So sums by day are all that the matching reads, and
neither the order nor the hour of a day's rows can matter.
"""

from __future__ import annotations

from typing import NamedTuple


class Match(NamedTuple):
    """Units of a day's disposal that one day's acquisition gave (None: the pool), with what it had
    before."""

    rule: str
    source: Day | None
    quantity: int
    basis: int
    of_quantity: int
    of_basis: int


class Day:
    """One day of a holding. `unmatched` of what was bought, and `unmet` of what was sold, shrink
    as the matching goes on. `came` and `went` count all units, for the balance."""

    __slots__ = (
        "asset",
        "bought",
        "came",
        "day",
        "fee",
        "holding",
        "matches",
        "proceeds",
        "received",
        "received_cost",
        "removed",
        "sales",
        "sold",
        "unmatched",
        "unmatched_cost",
        "unmet",
        "went",
    )

    def __init__(self, holding: Holding, day: int) -> None:
        self.holding = holding
        self.day = day
        # None until there is something: an empty list more for each of many days is what the
        # garbage collector would spend most of the time on.
        self.bought: list[str] | None = None  # ids
        self.sales: list[str] | None = None  # ids
        self.removed: list[tuple[str, str, int]] | None = None  # id, asset, quantity
        self.matches: list[Match] | None = None
        self.asset = ""  # sold; the class where several were
        self.unmatched = 0
        self.unmatched_cost = 0
        self.sold = 0
        self.unmet = 0
        self.proceeds = 0  # less the fee
        self.fee = 0
        self.received = 0
        self.received_cost = 0
        self.came = 0
        self.went = 0

    def buy(self, id: str, quantity: int, cost: int) -> None:
        """Add to the day's acquisition."""
        if self.bought is None:
            self.bought = [id]
        else:
            self.bought.append(id)
        self.came += quantity
        self.unmatched += quantity
        self.unmatched_cost += cost

    def sell(self, id: str, asset: str, quantity: int, total: int, fee: int) -> None:
        """Add to the day's disposal."""
        if self.sales is None:
            self.sales = [id]
            self.asset = asset
        else:
            self.sales.append(id)
            if asset != self.asset:
                self.asset = self.holding.group
        self.went += quantity
        self.sold += quantity
        self.unmet += quantity
        self.proceeds += total - fee
        self.fee += fee

    def take(self, rule: str, source: Day, quantity: int) -> None:
        """Match units sold with units that `source` bought, at their part of its cost: rounded
        down, and all that is left of it with the last unit."""
        held, cost = source.unmatched, source.unmatched_cost
        basis = cost * quantity // held
        match = Match(rule, source, quantity, basis, held, cost)
        if self.matches is None:
            self.matches = [match]
        else:
            self.matches.append(match)
        self.unmet -= quantity
        source.unmatched = held - quantity
        source.unmatched_cost = cost - basis

    def take_rest(self, rule: str) -> Match:
        """Match what is left of the units sold with the pool."""
        pool, quantity = self.holding, self.unmet
        held, cost = pool.quantity, pool.cost
        basis = pool.take(quantity) if quantity else 0
        self.unmet = 0
        return Match(rule, None, quantity, basis, held, cost)


class Holding:
    """What one owner has of one class: its days in order, and its section 104 pool."""

    __slots__ = ("cost", "days", "group", "owner", "quantity")

    def __init__(self, owner: str, group: str) -> None:
        self.owner = owner
        self.group = group  # the class
        self.days: list[Day] = []
        self.quantity = 0
        self.cost = 0

    @property
    def key(self) -> tuple[str, str]:
        """What holdings are sorted by."""
        return self.owner, self.group

    def on(self, day: int) -> Day:
        """The day, which is the last one or a later one."""
        days = self.days
        if not days or days[-1].day != day:
            days.append(Day(self, day))
        return days[-1]

    def take(self, quantity: int) -> int:
        """Take units from the pool; returns the part of its cost that goes with them."""
        whole = quantity >= self.quantity
        basis = self.cost if whole else self.cost * quantity // self.quantity
        self.quantity -= quantity
        self.cost -= basis
        return basis
