"""A moving average for those whose law has no profile of its own here."""

from __future__ import annotations

from typing import Final

from vaultsdk.tax.profile import Profile
from vaultsdk.tax.rules.fees import TOKEN_FEES
from vaultsdk.tax.rules.holding import NoTerms
from vaultsdk.tax.rules.losses import NO_RULE
from vaultsdk.tax.rules.matching import PLAIN_AVERAGE
from vaultsdk.tax.rules.netting import PlainNetting
from vaultsdk.tax.rules.scope import PER_TAXPAYER, Scope
from vaultsdk.tax.rules.timeline import Timeline
from vaultsdk.tax.rules.treatment import GIFTS_CARRY

AVERAGE: Final = Profile(
    name="average",
    title="moving average, no jurisdiction",
    currency="",
    scope=PER_TAXPAYER,
    scopes=(Scope.WALLET, Scope.UNIVERSAL),
    matching=PLAIN_AVERAGE,
    holding=Timeline.always(NoTerms()),
    losses=Timeline.always(NO_RULE),
    fees=Timeline.always(TOKEN_FEES),
    treatment=Timeline.always(GIFTS_CARRY),
    netting=PlainNetting(),
    report="generic",
    page="docs/tax-average.md",
)
