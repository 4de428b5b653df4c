"""What an engine is asked, and where it notes what cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from vaultsdk.tax.errors import Problem
from vaultsdk.tax.exact import exact
from vaultsdk.tax.ledger.event import Event, Kind, iso
from vaultsdk.tax.ledger.ledger import Ledger
from vaultsdk.tax.profile import Profile
from vaultsdk.tax.result import Income, Matched
from vaultsdk.tax.rules.losses import LossRule
from vaultsdk.tax.rules.matching import Method
from vaultsdk.tax.rules.scope import Scope
from vaultsdk.tax.rules.timeline import Timeline
from vaultsdk.tax.rules.treatment import Op


@dataclass
class Job:
    """A ledger (cut at `as_of`, fees of trades attached) with the rules to apply to it.

    `same` maps an asset to its class where the loss rule takes several assets for one; an asset
    that is not in it is its own class. `method` is None where the engine has no choice; events
    that are `identified` take the lots they name whatever the method. `out` and `problems` are
    filled in; a job with problems has no result.
    """

    ledger: Ledger
    profile: Profile
    method: Method | None
    scope: Timeline[Scope]
    same: Mapping[str, str]
    as_of: int | None = None
    identified: frozenset[str] = frozenset()
    out: Matched = field(default_factory=Matched)
    problems: list[Problem] = field(default_factory=list)

    @property
    def loss_rule(self) -> LossRule:
        """The loss rule; no profile changes its own over time yet."""
        return self.profile.losses.last

    def refuse(self, event: Event, column: str, cause: str) -> None:
        """Note a problem of an event."""
        self.problems.append(Problem(event.row, column, f"{event.id}: {cause}"))

    def amount(self, asset: str, quantity: int) -> str:
        """A quantity for a message: `1.5 WETH`."""
        return f"{exact(quantity, self.ledger.places(asset))} {asset}"

    def short_of(self, event: Event, asked: int, held: int, where: str = "") -> None:
        """Note that an event takes more than there is."""
        self.refuse(
            event,
            "fee_quantity"
            if event.kind == Kind.TRANSFER and asked == event.fee_quantity
            else "quantity",
            f"takes {self.amount(event.asset, asked)} on {iso(event.day)}, but "
            f"{self.amount(event.asset, held)} is held{where}: correct the quantity, or add what "
            "came in before",
        )

    def earn(self, event: Event) -> None:
        """Record units received as income."""
        self.out.income.append(
            Income(event.id, event.owner, event.asset, event.day, event.quantity, event.total)
        )

    def ops(self, day: int) -> tuple[Op, ...]:
        """Operations by kind on a day."""
        return self.profile.treatment.on(day).table()
