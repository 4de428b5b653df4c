"""The United States: lots by method, per wallet from 2025; wash sales only in `us-wash`."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from vaultsdk.tax.profile import Profile
from vaultsdk.tax.rules.fees import TOKEN_FEES
from vaultsdk.tax.rules.holding import MoreThanOneYearUs
from vaultsdk.tax.rules.losses import NO_RULE, WASH_SALE
from vaultsdk.tax.rules.matching import US_LOTS
from vaultsdk.tax.rules.netting import UsNetting
from vaultsdk.tax.rules.scope import US_SCOPE, Scope
from vaultsdk.tax.rules.timeline import Timeline
from vaultsdk.tax.rules.treatment import GIFTS_CARRY

US: Final = Profile(
    name="us",
    title="United States, individual",
    currency="USD",
    scope=US_SCOPE,
    scopes=(Scope.WALLET, Scope.UNIVERSAL),
    matching=US_LOTS,
    holding=Timeline.always(MoreThanOneYearUs()),
    losses=Timeline.always(NO_RULE),
    fees=Timeline.always(TOKEN_FEES),
    treatment=Timeline.always(GIFTS_CARRY),
    netting=UsNetting(),
    report="us",
    page="docs/tax-us.md",
)

US_WASH: Final = replace(
    US,
    name="us-wash",
    title="United States, individual, as if section 1091 covered crypto",
    losses=Timeline.always(WASH_SALE),
)
