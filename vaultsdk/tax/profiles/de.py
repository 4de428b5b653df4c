"""Germany: first in, first out in each wallet, exempt after a year."""

from __future__ import annotations

from typing import Final

from vaultsdk.tax.profile import Profile
from vaultsdk.tax.rules.fees import TOKEN_FEES
from vaultsdk.tax.rules.holding import MoreThanOneYearDe
from vaultsdk.tax.rules.losses import NO_RULE
from vaultsdk.tax.rules.matching import DE_LOTS
from vaultsdk.tax.rules.netting import GermanyNetting
from vaultsdk.tax.rules.scope import PER_WALLET, Scope
from vaultsdk.tax.rules.timeline import Timeline
from vaultsdk.tax.rules.treatment import GIFTS_CARRY

DE: Final = Profile(
    name="de",
    title="Germany, private assets",
    currency="EUR",
    scope=PER_WALLET,
    scopes=(Scope.WALLET, Scope.UNIVERSAL),
    matching=DE_LOTS,
    holding=Timeline.always(MoreThanOneYearDe()),
    losses=Timeline.always(NO_RULE),
    fees=Timeline.always(TOKEN_FEES),
    treatment=Timeline.always(GIFTS_CARRY),
    netting=GermanyNetting(),
    report="de",
    page="docs/tax-de.md",
)
