"""What if: the same engine on a ledger with events that have not happened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from vaultsdk.tax.compute import computed
from vaultsdk.tax.ledger.event import Event
from vaultsdk.tax.ledger.ledger import Ledger
from vaultsdk.tax.options import Options
from vaultsdk.tax.profile import Profile
from vaultsdk.tax.result import TaxResult


@dataclass(frozen=True)
class Simulation:
    """A computation without and with the hypothetical events. The differences are sums over all
    disposals, for such an event may change others: what is bought back changes an earlier loss.

    Money in 1e-18 of the report currency.
    """

    before: TaxResult
    after: TaxResult

    @property
    def realised(self) -> int:
        """What the events add to all gains (negative: losses)."""
        return sum(one.gain for one in self.after.disposals) - sum(
            one.gain for one in self.before.disposals
        )

    @property
    def recognised(self) -> int:
        """What they add to the gains that count."""
        return sum(one.recognised for one in self.after.disposals) - sum(
            one.recognised for one in self.before.disposals
        )

    @property
    def deferred(self) -> int:
        """The part of `realised` that moves into replacements: below 0 a loss put off, above 0 an
        earlier one set free. recognised + deferred + denied = realised."""
        return _carried(self.before, True) - _carried(self.after, True)

    @property
    def denied(self) -> int:
        """The part of `realised` that counts never: below 0 a loss lost for good."""
        return _carried(self.before, False) - _carried(self.after, False)


def simulate(
    ledger: Ledger,
    events: Iterable[Event],
    profile: Profile,
    options: Options | None = None,
    *,
    decimals: Mapping[str, int] | None = None,
    before: TaxResult | None = None,
) -> Simulation:
    """Compute a ledger with and without hypothetical events. Changes nothing.

    `before` saves computing the ledger as it is, if that is known. Raises LedgerProblemsError when
    the ledger or the events cannot be, TaxError as `compute`.
    """
    options = options or Options()
    if before is None:
        before = computed(ledger, profile, options)
    after = computed(ledger.plus(events, decimals), profile, options)
    return Simulation(before, after)


def _carried(result: TaxResult, carried: bool) -> int:
    return sum(one.amount for one in result.adjustments if one.carried is carried)
