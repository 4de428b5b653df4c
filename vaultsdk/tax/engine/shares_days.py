"""A holding by days: what one person's class of units did on each of them.

All of a class that one person acquires on a day is one acquisition, and all that he disposes of on
a day is one disposal (TCGA 1992 s. 105(1)(a)). So sums by day are all that the matching reads, and
neither the order nor the hour of a day's rows can matter.
"""

from __future__ import annotations


class Match:
    """Units of a day's disposal that one day's acquisition gave, with what it had before."""

    __slots__ = ("basis", "of_basis", "of_quantity", "quantity", "rule", "source")

    def __init__(self, rule: str, source: Day, quantity: int, basis: int) -> None:
        self.rule = rule
        self.source = source
        self.quantity = quantity
        self.basis = basis
        self.of_quantity = source.unmatched
        self.of_basis = source.unmatched_cost


class Day:
    """One day of a holding. `unmatched` of what was bought, and `unmet` of what was sold, shrink
    as the matching goes on. `came` and `went` count all units, for the balance."""

    __slots__ = (
        "assets",
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
        self.bought: list[str] = []  # ids
        self.unmatched = 0
        self.unmatched_cost = 0
        self.sales: list[str] = []  # ids
        self.assets: set[str] = set()  # sold
        self.sold = 0
        self.unmet = 0
        self.proceeds = 0  # less the fee
        self.fee = 0
        self.received = 0
        self.received_cost = 0
        self.removed: list[tuple[str, str, int]] = []  # id, asset, quantity
        self.came = 0
        self.went = 0
        self.matches: list[Match] = []

    def take(self, rule: str, source: Day, quantity: int) -> None:
        """Match units sold with units that `source` bought, at their part of its cost: rounded
        down, and all that is left of it with the last unit."""
        if quantity == source.unmatched:
            basis = source.unmatched_cost
        else:
            basis = source.unmatched_cost * quantity // source.unmatched
        self.matches.append(Match(rule, source, quantity, basis))
        self.unmet -= quantity
        source.unmatched -= quantity
        source.unmatched_cost -= basis


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
