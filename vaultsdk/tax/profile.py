"""A profile: the rules of one jurisdiction, composed."""

from __future__ import annotations

from dataclasses import dataclass

from vaultsdk.tax.rules.fees import FeeRule
from vaultsdk.tax.rules.holding import Holding
from vaultsdk.tax.rules.losses import LossRule
from vaultsdk.tax.rules.matching import Matching
from vaultsdk.tax.rules.netting import Netting
from vaultsdk.tax.rules.scope import Scope
from vaultsdk.tax.rules.timeline import Timeline
from vaultsdk.tax.rules.treatment import Treatment


@dataclass(frozen=True)
class Profile:
    """Scope, matcher, holding period, losses, fees, events, netting and report of a jurisdiction.

    What changes with the law by day is a `Timeline`; netting knows its own years. `scopes` are the
    scopes that may be asked for instead of the profile's own. `report` names the forms.
    """

    name: str
    title: str
    currency: str
    scope: Timeline[Scope]
    scopes: tuple[Scope, ...]
    matching: Matching
    holding: Timeline[Holding]
    losses: Timeline[LossRule]
    fees: Timeline[FeeRule]
    treatment: Timeline[Treatment]
    netting: Netting
    report: str
    page: str  # of the documentation
